/** Tail probabilities and quantiles, each from the side that keeps its digits. */
import betaQuantile from "@stdlib/stats-base-dists-beta-quantile";
import fCdf from "@stdlib/stats-base-dists-f-cdf";
import normalCdf from "@stdlib/stats-base-dists-normal-cdf";
import normalQuantile from "@stdlib/stats-base-dists-normal-quantile";
import tCdf from "@stdlib/stats-base-dists-t-cdf";

/** P(Z ≤ z) of the standard normal distribution. */
export const normalBelow = (z: number): number => normalCdf(z, 0, 1);

/** The z with P(Z ≤ z) = p. */
export const normalAt = (p: number): number => normalQuantile(p, 0, 1);

/** P(|Z| ≥ |z|) of the standard normal distribution. */
export const normalBeyond = (z: number): number =>
  2 * normalCdf(-Math.abs(z), 0, 1);

/** P(|T| ≥ |t|) of Student's t with `df` degrees of freedom (need not be whole). */
export const studentBeyond = (t: number, df: number): number =>
  df > 0 ? 2 * tCdf(-Math.abs(t), df) : NaN;

/** P(F ≥ f) of Fisher's F; as P(1/F ≤ 1/f), so that small tails keep their digits. */
export const fisherBeyond = (f: number, df1: number, df2: number): number =>
  f > 0 ? fCdf(1 / f, df2, df1) : Number.isNaN(f) ? NaN : 1;

/** The x with P(X ≤ x) = p of the beta distribution with shapes `a` and `b`. */
export const betaAt = (p: number, a: number, b: number): number =>
  betaQuantile(p, a, b);
