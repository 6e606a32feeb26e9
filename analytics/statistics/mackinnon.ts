import { normalBelow } from "./distributions.ts";

/** The deterministic part of the Dickey–Fuller regression: a constant, or a constant and a trend. */
export type Trend = "c" | "ct";

/**
 * The surface of MacKinnon, "Approximate asymptotic distribution functions for
 * unit-root and cointegration tests", Journal of Business & Economic
 * Statistics 12 (1994), one variable.
 */
const SURFACE: Record<Trend, {
  least: number;
  most: number;
  split: number;
  small: number[];
  large: number[];
}> = {
  c: {
    least: -18.83,
    most: 2.74,
    split: -1.61,
    small: [2.1659, 1.4412, 0.038269],
    large: [1.7339, 0.93202, -0.12745, -0.010368],
  },
  ct: {
    least: -16.18,
    most: 0.7,
    split: -2.89,
    small: [3.2512, 1.6047, 0.049588],
    large: [2.5261, 0.61654, -0.37956, -0.060285],
  },
};

/** P of a Dickey–Fuller t as small as `t` under a unit root: Φ of a polynomial in t. */
export function mackinnonP(t: number, trend: Trend): number {
  const { least, most, split, small, large } = SURFACE[trend];
  if (t > most) return 1;
  if (t < least) return 0;
  let z = 0;
  for (const c of (t <= split ? small : large).toReversed()) z = z * t + c;
  return normalBelow(z);
}
