import { normalAt, normalBeyond } from "./distributions.ts";
import { knownPairs } from "./lags.ts";

/** A slope and an error that allows for dependence and unequal variance. */
export interface NeweyWest {
  slope: number;
  error: number;
  /** slope ± 1.96 errors. */
  low: number;
  high: number;
  /** Two-sided, normal. */
  p: number;
  /** Lags L of the Bartlett weights. */
  lags: number;
}

/** L = ⌊4 (n/100)^(2/9)⌋ of Newey & West (1987), fewer than n. */
export const neweyWestLags = (n: number): number =>
  Math.min(n - 1, Math.floor(4 * (n / 100) ** (2 / 9)));

/** Σ v[t]² + 2 Σⱼ (1 − j/(L+1)) Σ v[t] v[t−j]: n times the long-run variance of values whose mean is 0. */
export function bartlettSum(values: Float64Array, lags: number): number {
  let total = 0;
  for (let j = 0; j <= lags; j++) {
    let sum = 0;
    for (let t = j; t < values.length; t++) sum += values[t]! * values[t - j]!;
    total += (j === 0 ? 1 : 2 * (1 - j / (lags + 1))) * sum;
  }
  return total;
}

/** Newey & West's standard error of a mean. */
export function errorOfMean(values: Float64Array): number {
  const n = values.length;
  const sum = bartlettSum(centre(values, false), neweyWestLags(n));
  return Math.sqrt(Math.max(0, sum)) / n;
}

/**
 * OLS of y on a constant and x with Newey & West's (1987) covariance,
 * Ω̂ = Γ₀ + Σ (1 − j/(L+1)) (Γⱼ + Γⱼᵀ), L = ⌊4 (n/100)^(2/9)⌋, without a
 * correction for small samples. For standardised series the slope is Pearson's
 * r and the interval one for r. Under strong persistence L is small and the
 * interval still too narrow.
 *
 * @returns null for a constant x or fewer than four pairs.
 */
export function neweyWest(
  x: Float64Array,
  y: Float64Array,
  options: { lags?: number; standardise?: boolean } = {},
): NeweyWest | null {
  const [a, b] = knownPairs(x, y).map((values) =>
    centre(values, options.standardise ?? false)
  ) as [Float64Array, Float64Array];
  const n = a.length;
  let xx = 0, xy = 0;
  for (let i = 0; i < n; i++) {
    xx += a[i]! * a[i]!;
    xy += a[i]! * b[i]!;
  }
  if (n < 4 || !(xx > 0) || !Number.isFinite(xy)) return null;
  const slope = xy / xx;
  const scores = a.map((value, i) => value * (b[i]! - slope * value));
  const lags = Math.min(n - 1, options.lags ?? neweyWestLags(n));
  // With x centred the constant and the slope do not mix, so Ω̂'s one element is enough.
  const omega = bartlettSum(scores, lags);
  const error = Math.sqrt(omega) / xx;
  const half = normalAt(0.975) * error;
  return {
    slope,
    error,
    low: slope - half,
    high: slope + half,
    p: normalBeyond(slope / error),
    lags,
  };
}

/** x − x̄, over its deviation where asked. */
function centre(x: Float64Array, standardise: boolean): Float64Array {
  const mean = x.reduce((sum, v) => sum + v, 0) / x.length;
  const out = x.map((v) => v - mean);
  if (!standardise) return out;
  const deviation = Math.sqrt(
    out.reduce((sum, v) => sum + v * v, 0) / x.length,
  );
  return out.map((v) => v / deviation);
}
