/// <reference lib="dom" />
/** The texts that were said most often, known by what they hold and not by their words. */
import type { Repeated } from "../../../../attention.ts";
import { el, region, section, segments, table } from "../../parts/elements.js";
import { moment, nameIn, number, sourceName } from "../../parts/format.js";
import type { Lang, Words } from "../../words/i18n.js";

/** The section of the Talk page. */
export function repeatsSection(
  data: Repeated[] | null,
  lang: Lang,
  t: Words,
): HTMLElement {
  const p = t.repeats;
  if (!data) {
    return section(p.heading, null, el("p", {}, t.absent("repeated_texts")));
  }
  if (data.length === 0) {
    return section(p.heading, p.lead, el("p", {}, p.none));
  }
  const repeated = data;
  const body = region(p.heading, "scroll stack");
  const over = segments(p.over, "repeats", p.spans, "1d", draw);
  function draw(): void {
    const c = p.columns;
    const rows = repeated.filter((row) => row.span === over.state.value);
    body.replaceChildren(
      rows.length === 0 ? el("p", { class: "lead" }, p.none) : table(
        p.heading,
        [c.text, c.count, c.holds, c.tone, c.length, c.boards, c.when],
        rows.map((row) => [
          el(
            "span",
            {},
            el("code", {}, row.fingerprint),
            el("small", {}, ` ${sourceName(row.source, lang)}`),
          ),
          number(row.count, lang),
          holds(row, p),
          p.tones[row.tone > 0 ? "up" : row.tone < 0 ? "down" : "none"],
          `${number(row.length, lang)} ${
            row.language in p.languages ? nameIn(p.languages, row.language) : ""
          }`,
          number(row.boards, lang),
          el(
            "small",
            {},
            `${moment(row.first, lang)} – ${moment(row.last, lang)}`,
          ),
        ]),
        ["", "num", "", "", "", "num", "end"],
      ),
    );
  }
  draw();
  return section(
    p.heading,
    p.lead,
    el("div", { class: "choices" }, over.node),
    body,
    el("p", { class: "note" }, p.note),
  );
}

/** Coins and listed words that the text holds. */
const holds = (row: Repeated, p: Words["repeats"]): HTMLElement => {
  const words = row.words.split(",").filter((word) => word !== "");
  return row.coins === "" && words.length === 0
    ? el("small", {}, p.nothing)
    : el(
      "span",
      {},
      row.coins.replaceAll(",", ", "),
      el("small", {}, ` ${words.join(", ")}`),
    );
};
