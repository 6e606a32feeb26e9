/** What the verdict on a pair says in a line. */
import type {
  Against,
  Bucket,
  Correlated,
  Verdict,
} from "../../data/talk.json.ts";
import { number } from "./format.js";
import { i18n, type Lang, type Words } from "../words/i18n.js";
import { verdictWords } from "../words/verdict_words.js";

/** Verdicts that name a lag which stands out. */
export const FOUND: readonly Verdict[] = [
  "x_leads",
  "y_leads",
  "x_adds",
  "y_adds",
  "together",
];

/** What the verdict's words are made from. */
type Judged =
  & Pick<Correlated, "verdict" | "lag" | "minutes" | "r" | "rows">
  & { lags: Pick<Correlated["lags"], "lag" | "n"> };

/** Pairs known at the lag that stands out, else in the same bucket. */
export function pairsOf(pair: Judged): number | null {
  const place = pair.lag === null ? -1 : pair.lags.lag.indexOf(pair.lag);
  return (place < 0 ? pair.rows[0]?.[7] : pair.lags.n[place]) ?? null;
}

/** The verdict as a sentence; {@link restsOn} says what it rests on. */
export function headline(
  pair: Judged | undefined,
  against: Against,
  t: Words,
  lang: Lang,
): string {
  const c = t.correlation;
  if (!pair) return c.notYet;
  return c[pair.verdict]({
    span: c.span(Math.abs(pair.minutes ?? 0)),
    against: c.quantities[against],
    r: number(pair.r, lang, 2),
    n: number(pairsOf(pair), lang),
  });
}

/** What a verdict rests on, in words; nothing where the data are of an older version. */
export function restsOn(
  pair: Judged & Pick<Correlated, "found"> & { lags: { lag: number[] } },
  names: { talk: string; market: string },
  bucket: Bucket,
  lang: Lang,
): string {
  const { found, verdict } = pair;
  const words = verdictWords[lang];
  const { span } = i18n[lang].correlation;
  const step = bucket === "5m" ? 5 : 60;
  const figures = {
    ...names,
    n: number(pairsOf(pair), lang),
    lag: pair.lag ?? 0,
    span: span(Math.abs(pair.minutes ?? 0)),
    r: number(pair.r, lang, 3),
    p: relation(found?.p, lang),
    lags: number(pair.lags.lag.length, lang),
    furthest: span(Math.max(0, ...pair.lags.lag) * step),
    pairs: number(found?.pairs, lang),
    seen: found?.seen ? number(found.seen, lang, 2) : "",
    events: found?.events ?? 0,
    wandering: "",
    differences: "",
  };
  if (verdict === "too_little") return words.too_little(figures);
  if (!found) return "";
  if (verdict !== "unit_roots") return words[verdict](figures);
  return words.unit_roots({
    ...figures,
    wandering: (["talk", "market"] as const)
      .filter((side) => !((found.unitRoots[side] ?? 1) < 0.05))
      .map((side) =>
        found.unitRoots[side] === null
          ? names[side]
          : `${names[side]}: ADF ${relation(found.unitRoots[side], lang)}`
      ).join(", "),
    differences: words[found.finding](figures),
  });
}

/** `p = 0.012` or `p < 0.001`. */
const relation = (p: number | null | undefined, lang: Lang): string => {
  const text = probability(p, lang);
  return text.startsWith("<") ? `p ${text}` : `p = ${text}`;
};

/** A p-value with three places, a small one by its bound. */
export const probability = (
  p: number | null | undefined,
  lang: Lang,
): string =>
  p === null || p === undefined
    ? "–"
    : p < 0.001
    ? "< 0.001"
    : number(p, lang, 3);
