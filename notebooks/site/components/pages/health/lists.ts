/// <reference lib="dom" />
/** Below the timelines of the Data health page: gaps, trade ids, what could not be read. */
import type { Gap, GapState, HealthData } from "../../../data/health.json.ts";
import { el, region, section, segments, table } from "../../parts/elements.js";
import { moment, nameIn, number, sourceName } from "../../parts/format.js";
import { outcomeWords, reasonWords } from "../../words/gap_words.js";
import { i18n, type Lang } from "../../words/i18n.js";
import { duration, marketNames } from "./figures.js";

const STATES: GapState[] = ["open", "unrecoverable", "repaired"];

/** A code that the page does not know stays as it is: an older ledger holds sentences. */
const sentence = (code: string, known: string | null): Node | string =>
  known ?? el("span", { lang: "en" }, code);

/** The gaps with their reasons, open ones first. */
export function gapList(data: HealthData, lang: Lang): HTMLElement {
  const t = i18n[lang];
  const h = t.health;
  const all = Object.values(data.states).reduce((sum, n) => sum + n, 0);
  if (all === 0) {
    return section(h.gaps, null, el("p", {}, h.noGaps));
  }
  const listed = data.gaps.reduce((sum, gap) => sum + gap.n, 0);
  const body = region(h.gaps, "scroll tall stack");
  const occurring = STATES.filter((name) => (data.states[name] ?? 0) > 0);
  const state = segments<"all" | GapState>(
    h.state,
    "gaps",
    {
      all: `${h.all} ${number(all, lang)}`,
      ...Object.fromEntries(
        occurring.map((name) => [
          name,
          `${h.states[name]} ${number(data.states[name], lang)}`,
        ]),
      ),
    },
    "all",
    draw,
  );
  function draw(): void {
    const wanted = state.state.value;
    const rows = data.gaps.filter((gap) =>
      wanted === "all" || gap.state === wanted
    );
    body.replaceChildren(
      rows.length === 0
        ? el("p", { class: "lead" }, h.noneOfState)
        : gapTable(rows, lang),
    );
  }
  draw();
  return section(
    h.gaps,
    h.gapsLead,
    el("div", { class: "choices" }, state.node),
    body,
    el(
      "p",
      { class: "note" },
      listed < all
        ? `${h.oneRow} ${h.listed(number(listed, lang), number(all, lang))}`
        : h.oneRow,
    ),
  );
}

function gapTable(rows: Gap[], lang: Lang): HTMLElement {
  const h = i18n[lang].health;
  const c = h.columns;
  return table(
    h.gaps,
    [c.stream, c.from, c.length, c.state, c.reason, c.recovered, c.note],
    rows.map((gap) => [
      `${sourceName(gap.venue, lang)} ${
        marketNames(gap.markets, gap.n, h, lang)
      } ${nameIn(h.channels, gap.channel)}`,
      el("small", {}, moment(gap.from, lang)),
      gap.to === null
        ? h.underWay
        : duration((gap.to - gap.from) / 1000, h, lang),
      el(
        "span",
        { class: "gap-state" },
        el("i", { class: `sample ${gap.state}`, "aria-hidden": "true" }),
        h.states[gap.state],
      ),
      sentence(gap.reason, reasonWords(gap.reason, gap.detail, lang)),
      gap.recovered > 0 ? number(gap.recovered, lang) : "",
      el(
        "span",
        {},
        gap.note === null ? "" : sentence(
          gap.note,
          outcomeWords(gap.note, gap.noteDetail, lang),
        ),
        Math.abs(gap.clock ?? 0) > 2000
          ? el("small", { class: "further" }, h.clock(gap.clock ?? 0))
          : "",
      ),
    ]),
    ["", "", "num", "", "", "num", ""],
  );
}

/** Of markets in which a missing id is a missing trade: whether one is missing. */
export function idList(data: HealthData, lang: Lang): HTMLElement[] {
  const h = i18n[lang].health;
  if (data.ids.length === 0) return [];
  const c = h.idColumns;
  return [section(
    h.ids,
    h.idsLead,
    table(
      h.ids,
      [c.market, c.first, c.last, c.missing, c.at],
      data.ids.map((one) => [
        `${sourceName(one.venue, lang)} ${one.market}`,
        one.first,
        one.last,
        number(Number(one.missing), lang),
        el("small", {}, moment(one.at, lang)),
      ]),
      ["", "num", "num", "num", ""],
    ),
  )];
}

/** What could not be read, by source, in words. */
export function rejectList(data: HealthData, lang: Lang): HTMLElement {
  const t = i18n[lang];
  const h = t.health;
  const name = (source: string) =>
    source === "import" ? h.imported : sourceName(source, lang);
  return section(
    h.rejects,
    data.rejects.length > 0 ? h.rejectsLead : null,
    data.rejects.length === 0 ? el("p", {}, h.noRejects) : el(
      "ul",
      { class: "plain" },
      ...data.rejects.map((row) =>
        el(
          "li",
          {},
          h.rejected({
            source: name(row.source),
            day: number(row.day, lang),
            n: number(row.n, lang),
            newest: moment(row.newest, lang),
          }),
        )
      ),
    ),
  );
}
