// @ts-nocheck Its types are still to come.
/** What the verdict on a pair says in a line. */
import { number } from "../parts/format.js";

/** Verdicts that name a lag which stands out. */
export const FOUND = ["x_leads", "y_leads", "together"];

/** Pairs known at the lag that stands out, else in the same bucket. */
export function pairsOf(pair) {
  const place = pair.lags.lag.indexOf(pair.lag);
  return place < 0 ? pair.rows[0]?.[7] ?? null : pair.lags.n[place];
}

/**
 * The verdict as a sentence; its details stand in the mart's own words.
 * @param {{verdict: string, lag: number | null, minutes: number | null, r: number | null, rows: unknown[][], lags: Record<string, number[]>} | undefined} pair
 * @param {"volume" | "volatility" | "abs_return"} against
 */
export function headline(pair, against, t, lang) {
  const c = t.correlation;
  if (!pair) return c.notYet;
  return c[pair.verdict]({
    span: c.span(Math.abs(pair.minutes ?? 0)),
    against: c.quantities[against],
    r: number(pair.r, lang, 2),
    n: number(pairsOf(pair), lang),
  });
}

/** A p-value with three places, a small one by its bound. */
export const probability = (p, lang) =>
  p === null ? "–" : p < 0.001 ? "< 0.001" : number(p, lang, 3);
