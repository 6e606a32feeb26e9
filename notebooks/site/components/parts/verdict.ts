/** What the verdict on a pair says in a line. */
import type { Against, Correlated, Verdict } from "../../data/talk.json.ts";
import { number } from "./format.js";
import type { Lang, Words } from "../words/i18n.js";

/** Verdicts that name a lag which stands out. */
export const FOUND: readonly Verdict[] = ["x_leads", "y_leads", "together"];

/** What the verdict's words are made from. */
type Judged =
  & Pick<Correlated, "verdict" | "lag" | "minutes" | "r" | "rows">
  & { lags: Pick<Correlated["lags"], "lag" | "n"> };

/** Pairs known at the lag that stands out, else in the same bucket. */
export function pairsOf(pair: Judged): number | null {
  const place = pair.lag === null ? -1 : pair.lags.lag.indexOf(pair.lag);
  return (place < 0 ? pair.rows[0]?.[7] : pair.lags.n[place]) ?? null;
}

/** The verdict as a sentence; its details stand in the mart's own words. */
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
