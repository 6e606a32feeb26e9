/// <reference lib="dom" />
/** The communities of the Data health page: the share of minutes that were seen whole. */
import type { CountedHours, HealthData } from "../../../data/health.json.ts";
import { timeAxis, timeline } from "../../charts/timeline.js";
import { ageOf } from "../../parts/age.js";
import { el, follow, section } from "../../parts/elements.js";
import { moment, nameIn, sourceName } from "../../parts/format.js";
import { legend } from "../../parts/legend.js";
import { i18n, type Lang, type Words } from "../../words/i18n.js";
import { exactShare, untilWords } from "./figures.js";

/** What a count's query counts, where it is a kind of post on a board. */
function queryName(one: CountedHours, t: Words): string {
  const [kind = "", board] = one.query.split(":");
  return board && kind in t.talk.measures
    ? `${board} ${nameIn(t.talk.measures, kind)}`
    : one.query;
}

/**
 * The share of minutes that were seen whole, by source and query. What stands
 * beside each is put into `ages`, by the name that its feed has.
 */
export function communities(
  { hours }: HealthData,
  lang: Lang,
  ages: Map<string, HTMLElement>,
): HTMLElement {
  const t = i18n[lang];
  const h = t.health;
  const { series } = hours;
  if (!series || series.length === 0) {
    return section(
      h.communities,
      null,
      el("p", {}, series ? h.noCounts : t.absent("count_coverage")),
    );
  }
  const newest = Math.max(...series.map((one) => one.until ?? 0));
  const rows = el("div");
  follow(rows, () => {
    const holders = series.map(() => el("div", { class: "timeline" }));
    const times = el("div", { class: "timeline" });
    rows.replaceChildren(
      ...series.map((one, i) => {
        const { row, beside } = communityRow(one, holders[i]!, newest, lang);
        ages.set(`${one.source} ${one.query} count`, beside);
        return row;
      }),
      el("div", { class: "timeline-row times" }, times),
    );
    // All are as wide as the first one has become.
    const width = Math.floor(holders[0]!.clientWidth);
    for (const [i, one] of series.entries()) {
      holders[i]!.replaceChildren(communityTimeline(one, hours, width, lang));
    }
    times.replaceChildren(timeAxis(hours, width, lang));
  });
  return section(
    h.communities,
    h.communitiesLead,
    rows,
    legend([
      ["observed", h.complete],
      ["incomplete", h.incomplete],
      ["unknown", h.missing],
    ]),
  );
}

/** The row of one query around its timeline. */
function communityRow(
  one: CountedHours,
  holder: HTMLElement,
  newest: number,
  lang: Lang,
): { row: HTMLElement; beside: HTMLElement } {
  const t = i18n[lang];
  const h = t.health;
  const [complete, incomplete, missing] = one.minutes;
  const whole = complete + incomplete + missing;
  const further = [
    { name: h.incomplete, n: incomplete },
    { name: h.missing, n: missing },
  ].filter(({ n }) => n > 0);
  const beside = el(
    "small",
    { class: "timeline-age" },
    untilWords(one.until, newest, 3_600_000, h, lang) ||
      ageOf(one.until, lang),
  );
  const row = el(
    "div",
    { class: "timeline-row" },
    el(
      "div",
      { class: "timeline-name" },
      el("b", {}, sourceName(one.source, lang)),
      el("small", {}, ` ${queryName(one, t)}`),
    ),
    holder,
    el(
      "div",
      { class: "timeline-part" },
      el("b", {}, exactShare(complete, whole, lang)),
      el("small", {}, ` ${h.complete}`),
      ...further.map(({ name, n }) =>
        el(
          "small",
          { class: "further" },
          `${name} ${exactShare(n, whole, lang)}`,
        )
      ),
    ),
    beside,
  );
  return { row, beside };
}

/** The hours of one query. */
function communityTimeline(
  one: CountedHours,
  hours: HealthData["hours"],
  width: number,
  lang: Lang,
): SVGSVGElement {
  const t = i18n[lang];
  const h = t.health;
  const whole = one.minutes.reduce((sum, n) => sum + n, 0);
  return timeline(hours, one.cells, {
    width,
    name: h.label({
      name: `${sourceName(one.source, lang)} ${queryName(one, t)}`,
      range: h.ranges["7d"],
      parts: `${h.complete} ${exactShare(one.minutes[0], whole, lang)}`,
    }),
    said: (state, from, to) =>
      `${state === "incomplete" ? h.incomplete : h.missing}\n${
        moment(from, lang)
      } – ${moment(to, lang)}`,
  });
}
