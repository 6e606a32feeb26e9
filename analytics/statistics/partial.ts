import { correlationP, fisherInterval, type Interval } from "./fisher.ts";
import { effectiveSize } from "./effective_size.ts";
import { pearson } from "./pearson.ts";
import {
  type Factor,
  type Grid,
  hourAndWeekday,
  withoutSeason,
} from "./seasonality.ts";

/** A correlation with the calendar held fixed. */
export interface Partial {
  r: number;
  /** Pairs. */
  n: number;
  /** n − 2 − the dummies. */
  df: number;
  nEffective: number;
  /** From Fisher's transformation on the effective n, of which the dummies take their share; null where too little is left. */
  interval: Interval | null;
  p: number;
}

/**
 * Partial correlation: Pearson's r of the residuals of x and y on dummies of
 * the hour (24) and the weekday (7), one of each dropped, over the pairs that
 * are known on both sides.
 */
export function partialCorrelation(
  x: Float64Array,
  y: Float64Array,
  grid: Grid,
  factors: Factor[] = hourAndWeekday,
): Partial {
  const both = (values: Float64Array) =>
    values.map((v, t) => x[t]! === x[t]! && y[t]! === y[t]! ? v : NaN);
  const a = withoutSeason(both(x), grid, factors);
  const b = withoutSeason(both(y), grid, factors);
  const dummies = Math.max(a.parameters, b.parameters);
  const { n, nEffective } = effectiveSize(a.residuals, b.residuals);
  const df = n - dummies - 2;
  const left = nEffective * (n - dummies) / n;
  const r = df > 0 ? pearson(a.residuals, b.residuals) : NaN;
  return {
    r,
    n,
    df,
    nEffective,
    interval: fisherInterval(r, left),
    p: correlationP(r, left),
  };
}
