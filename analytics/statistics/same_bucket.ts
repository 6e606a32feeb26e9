/** Correlations in the same bucket, each beside those of copies that know nothing of each other. */
import { effectiveSize } from "./effective_size.ts";
import { normalBeyond } from "./distributions.ts";
import { fisherInterval, type Interval, type Method } from "./fisher.ts";
import { kendall } from "./kendall.ts";
import { knownPairs } from "./lags.ts";
import { type NeweyWest, neweyWest } from "./newey_west.ts";
import { type Partial, partialCorrelation } from "./partial.ts";
import { pearson } from "./pearson.ts";
import { placedCorrelation, type Rotations } from "./rotation.ts";
import { type Grid, hourAndWeekday, withoutSeason } from "./seasonality.ts";
import { midRanks, spearman } from "./spearman.ts";
import {
  type Bootstrap,
  bootstrapCorrelation,
} from "./stationary_bootstrap.ts";

/** On what scale a figure stands. */
export type Transform = "level" | "log" | "dlog";

/** One correlation of series without their season, a straight line and the largest joint events, and how sure it is. */
export interface Correlation {
  transform: Transform;
  method: Method;
  /** NaN where it is not defined. */
  r: number;
  /** With season and joint events left in, so including the rhythm and the news that both share: no p belongs to it. */
  raw: number;
  /** Pairs that `raw` is over. */
  rawN: number;
  n: number;
  nEffective: number;
  /** Lags that the effective n sums over. */
  lags: number;
  /** What the interval would be if the pairs were independent. */
  iid: Interval | null;
  /** On the effective n. */
  fisher: Interval | null;
  /** Pearson only. */
  neweyWest: NeweyWest | null;
  bootstrap: Bootstrap | null;
  /** From how much r varies between copies that know nothing of each other. */
  interval: Interval | null;
  /** Share of those copies with |r| as great. */
  p: number;
  pAdjusted: number;
  /** False under unit roots: no interval holds then. */
  valid: boolean;
}

/** Each method's coefficient. */
export const COEFFICIENTS = { pearson, spearman, kendall };

/** {@link partialCorrelation} with its place among copies. */
export function partialOf(
  x: Float64Array,
  y: Float64Array,
  grid: Grid,
  rotations: Rotations,
): Partial {
  const made = partialCorrelation(x, y, grid);
  const both = (values: Float64Array) =>
    withoutSeason(
      values.map((v, t) => x[t]! === x[t]! && y[t]! === y[t]! ? v : NaN),
      grid,
      hourAndWeekday,
    ).residuals;
  const { interval, p } = placedCorrelation(
    both(x),
    both(y),
    made.r,
    rotations,
  );
  return { ...made, interval, p };
}

/** One correlation with its intervals; `x` and `y` without their season. */
export function correlation(
  x: Float64Array,
  y: Float64Array,
  transform: Transform,
  method: Method,
  options: {
    draws: number;
    seed: number;
    valid: boolean;
    rotations: Rotations;
  },
): Correlation {
  const r = COEFFICIENTS[method](x, y);
  const [a, b] = method === "pearson" ? [x, y] : ranked(x, y);
  const placed = placedCorrelation(
    a,
    b,
    method === "kendall" ? pearson(a, b) : r,
    options.rotations,
  );
  const { interval, p } = method === "kendall"
    ? ofTau(r, placed.spread)
    : placed;
  const { nEffective, n, lags } = effectiveSize(a, b);
  return {
    transform,
    method,
    r,
    raw: r,
    rawN: n,
    n,
    nEffective,
    lags,
    iid: fisherInterval(r, n, method),
    fisher: fisherInterval(r, nEffective, method),
    neweyWest: method === "pearson" && !Number.isNaN(r)
      ? neweyWest(x, y, { standardise: true })
      : null,
    bootstrap: options.draws > 0 && !Number.isNaN(r)
      ? bootstrapCorrelation(x, y, method, options)
      : null,
    interval,
    p,
    pAdjusted: NaN,
    valid: options.valid,
  };
}

/** Kendall's τ of unrelated series varies by two thirds of what their rank correlation does. */
function ofTau(
  tau: number,
  spreadOfRanks: number,
): { interval: Interval | null; p: number } {
  const spread = 2 / 3 * spreadOfRanks, z = Math.atanh(tau);
  if (!(spread > 0) || Number.isNaN(tau)) return { interval: null, p: NaN };
  return {
    interval: {
      low: Math.tanh(z - 1.96 * spread),
      high: Math.tanh(z + 1.96 * spread),
    },
    p: normalBeyond(z / spread),
  };
}

/** Mid-ranks of the pairs, each in its place. */
function ranked(
  x: Float64Array,
  y: Float64Array,
): [Float64Array, Float64Array] {
  const [a, b] = knownPairs(x, y);
  const ranksX = midRanks(a), ranksY = midRanks(b);
  const outX = new Float64Array(x.length).fill(NaN), outY = outX.slice();
  for (let t = 0, i = 0; t < x.length; t++) {
    if (x[t]! !== x[t]! || y[t]! !== y[t]!) continue;
    outX[t] = ranksX[i]!;
    outY[t] = ranksY[i++]!;
  }
  return [outX, outY];
}
