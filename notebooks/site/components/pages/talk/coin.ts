/// <reference lib="dom" />
/** What is said of the coin that is chosen, beside its own market: the verdict first, then what it rests on. */
import type { Market } from "../../../../marts.ts";
import type { CoinVerdict } from "../../../../coin_talk.ts";
import { span } from "../../charts/interval.js";
import { el, region, section, table } from "../../parts/elements.js";
import { marketName, number, sourceName } from "../../parts/format.js";
import { FOUND, probability } from "../../parts/verdict.js";
import { coinWords } from "../../words/coin_words.js";
import type { Lang, Words } from "../../words/i18n.js";

/** The section, drawn anew when another market is chosen. */
export function coinSection(
  rows: CoinVerdict[] | null,
  lang: Lang,
  t: Words,
  chosen: () => Market,
): { node: HTMLElement; draw: () => void } {
  const w = coinWords[lang];
  const answer = el("div", { role: "status" });
  const own = region(w.heading, "scroll stack");
  const whole = region(w.whole, "scroll stack");
  const draw = () => {
    if (!rows) return;
    const market = chosen();
    const here = rows.filter((row) => row.market === market.key);
    const all = rows.filter((row) => row.coin === "*");
    answer.replaceChildren(
      ...answers(here, marketName(market, lang), lang),
      ...answers(all, w.allMarkets, lang),
    );
    own.replaceChildren(
      here.length > 0
        ? verdictTable(here, marketName(market, lang), lang, t)
        : "",
    );
    whole.replaceChildren(
      all.length > 0 ? verdictTable(all, w.allMarkets, lang, t) : "",
    );
  };
  const node = section(
    w.heading,
    w.lead,
    ...(rows ? [answer, own, whole] : [el("p", {}, t.absent("coin_verdicts"))]),
    el("p", { class: "note" }, t.correlation.caveat),
  );
  draw();
  return { node, draw };
}

/** What was found, the surest first; else that nothing was. */
function answers(
  rows: CoinVerdict[],
  market: string,
  lang: Lang,
): HTMLElement[] {
  const w = coinWords[lang];
  const judged = rows.filter(({ verdict }) => verdict !== "too_little");
  if (judged.length === 0) {
    return [el("p", { class: "answer" }, w.tooLittle(market))];
  }
  const found = judged.filter(({ verdict }) => FOUND.includes(verdict))
    .sort((a, b) => (a.lagP ?? 1) - (b.lagP ?? 1));
  if (found.length === 0) {
    return [
      el("p", { class: "answer" }, w.nothing(market, judged.length)),
    ];
  }
  return found.slice(0, 3).map((row) =>
    el(
      "p",
      { class: "answer found" },
      w.found({
        talk: `${sourceName(row.source, lang)} ${w.talk[row.talk]}`,
        market: `${market} ${w.against[row.against]}`,
        verdict: row.verdict,
        minutes: row.minutes ?? 0,
        r: number(row.lagR, lang, 2),
        p: probability(row.lagP, lang),
      }),
    )
  );
}

function verdictTable(
  rows: CoinVerdict[],
  caption: string,
  lang: Lang,
  t: Words,
): HTMLElement {
  const w = coinWords[lang];
  const k = w.columns;
  return table(
    caption,
    [
      k.talk,
      k.against,
      k.verdict,
      k.lag,
      k.r,
      k.interval,
      k.p,
      k.talkFirst,
      k.marketFirst,
      k.after,
      k.sameSign,
    ],
    rows.map((row) => [
      el(
        "span",
        {},
        w.talk[row.talk],
        " ",
        el("small", {}, sourceName(row.source, lang)),
      ),
      `${w.against[row.against]} · ${t.correlation.buckets[row.bucket]}`,
      t.correlation.short[row.verdict],
      row.minutes === null || row.lagR === null
        ? "–"
        : `${number(row.lagR, lang, 2)} · ${w.span(row.minutes)}`,
      number(row.r, lang, 2),
      row.low === null || row.high === null
        ? "–"
        : span(row.low, row.high, lang),
      probability(row.p, lang),
      probability(row.talkFirst, lang),
      probability(row.marketFirst, lang),
      row.bursts === 0 || row.after === null ? "–" : w.bursts(
        row.bursts,
        number(row.after, lang, 2),
        probability(row.afterP, lang),
      ),
      row.sameSign === null ? "–" : `${number(100 * row.sameSign, lang, 0)} %`,
    ]),
    ["", "", "", "num", "num", "num", "num", "num", "num", "num", "num"],
  );
}
