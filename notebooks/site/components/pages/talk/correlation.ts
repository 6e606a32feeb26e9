/// <reference lib="dom" />
/** Correlation with its intervals, the lags, and the verdict on every pair, as tables. */
import type { Market } from "../../../../marts.ts";
import type {
  Against,
  Bucket,
  Correlated,
  TalkData,
  TalkSeries,
} from "../../../data/talk.json.ts";
import { scale, span, whisker } from "../../charts/interval.js";
import { el, table } from "../../parts/elements.js";
import { marketName, nameIn, number, sourceName } from "../../parts/format.js";
import type { Lang, Words } from "../../words/i18n.js";
import { FOUND, pairsOf, probability } from "../../parts/verdict.js";

/** What was asked of a source, as its readers call it. */
export function querySource(s: TalkSeries, lang: Lang): string {
  const asked = s.query.replace(/^(posts|comments):/, "");
  return `${sourceName(s.source, lang)} ${asked}`;
}

/** A pair as its tables need it. */
export interface PairContext {
  pair: Correlated;
  bucket: Bucket;
  lang: Lang;
  t: Words;
}

/** Each form and coefficient in the same bucket, with both intervals, n and effective n. */
export function intervalTable(
  { pair, t, lang }: PairContext,
): HTMLElement {
  const c = t.correlation;
  const k = c.columns;
  return table(
    c.same,
    [
      k.form,
      k.method,
      k.r,
      scale(lang),
      k.interval,
      k.bootstrap,
      k.n,
      k.nEff,
      k.p,
    ],
    pair.rows.map((
      [form, method, r, low, high, bootLow, bootHigh, n, nEff, p, valid],
    ) => [
      el(
        "span",
        valid ? {} : { class: "invalid" },
        nameIn(c.forms, form),
        valid ? null : el("small", {}, ` ${c.invalid}`),
      ),
      nameIn(c.methods, method),
      number(r, lang, 2),
      r === null || low === null || high === null || !valid
        ? ""
        : whisker(r, low, high),
      low === null || high === null
        ? el("small", {}, c.none)
        : span(low, high, lang),
      bootLow === null || bootHigh === null
        ? "–"
        : span(bootLow, bootHigh, lang),
      number(n, lang),
      number(nEff, lang),
      probability(p, lang),
    ]),
    ["", "", "num", "num wide", "num", "num", "num", "num", "num"],
  );
}

/** Every lag with its band, n and adjusted p. */
export function lagTable(
  { pair, bucket, t, lang }: PairContext,
): HTMLElement {
  const k = t.correlation.lagColumns;
  const { lag, r, band, n, p } = pair.lags;
  return table(
    t.correlation.table,
    [t.correlation.lagAxis[bucket], k.r, k.band, k.n, k.p],
    lag.map((at, i) => [
      number(at * (bucket === "5m" ? 5 : 1), lang),
      number(r[i], lang, 3),
      `± ${number(band[i], lang, 3)}`,
      number(n[i], lang),
      probability(p[i], lang),
    ]),
    ["num", "num", "num", "num", "num"],
  );
}

/** All pairs, and the one that is shown. */
export interface PairsContext {
  data: TalkData;
  correlation: Record<string, Correlated>;
  lang: Lang;
  t: Words;
  against: Against;
  bucket: Bucket;
  /** The keys of series and market. */
  chosen: string;
  choose: (series: string, market: string) => void;
}

/** Each talk series against each market; a cell chooses its pair. */
export function pairTable(context: PairsContext): HTMLElement {
  const { data, lang, t } = context;
  const c = t.correlation;
  return table(
    c.allPairs,
    [
      t.talk.market,
      ...data.series.map((s) =>
        el(
          "span",
          {},
          t.talk.measures[s.measure],
          " ",
          el("small", {}, querySource(s, lang)),
        )
      ),
    ],
    data.markets.map((m) => [
      marketName(m, lang),
      ...data.series.map((s) => pairCell(s, m, context)),
    ]),
    ["", ...data.series.map(() => "num")],
  );
}

/** The verdict on a pair, as a button that chooses it. */
function pairCell(
  s: TalkSeries,
  m: Market,
  { correlation, lang, t, against, bucket, chosen, choose }: PairsContext,
): HTMLElement {
  const c = t.correlation;
  const pair = correlation[`${s.key}|${m.key}|${against}|${bucket}`];
  const found = pair && FOUND.includes(pair.verdict) && pair.lag !== 0;
  return el(
    "button",
    {
      type: "button",
      class: "cell",
      "aria-pressed": String(chosen === `${s.key}|${m.key}`),
      onclick: () => choose(s.key, m.key),
    },
    pair
      ? `${c.short[pair.verdict]}${
        found ? ` ${c.span(Math.abs(pair.minutes ?? 0))}` : ""
      }`
      : t.unknown,
    pair
      ? el(
        "small",
        {},
        ` r ${number(pair.r, lang, 2)}`,
        el("span", { class: "wide" }, ` · n ${number(pairsOf(pair), lang)}`),
      )
      : null,
  );
}
