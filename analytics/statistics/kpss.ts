import { isConstant, known, schwertLag } from "./lags.ts";
import { bartlettSum } from "./newey_west.ts";

/** A KPSS test of stationarity around a level. */
export interface Kpss {
  statistic: number;
  /** p of "stationary around a level", interpolated in the published table: never below 0.01 nor above 0.10. */
  p: number;
  /** "≤" at 0.01, "≥" at 0.10, else "=". */
  bound: "=" | "≤" | "≥";
  /** Lags of the long-run variance. */
  lags: number;
}

/** Table 1 of Kwiatkowski et al. (1992), level. */
const TABLE: [statistic: number, p: number][] = [
  [0.347, 0.10],
  [0.463, 0.05],
  [0.574, 0.025],
  [0.739, 0.01],
];

/**
 * KPSS = Σ S[t]² / (n² σ̂²), S the running sum of y − ȳ, σ̂² the long-run
 * variance with Bartlett weights 1 − j/(L+1) (Kwiatkowski, Phillips, Schmidt &
 * Shin 1992). The known values are taken one after the other.
 *
 * @param lags L: "auto" by Hobijn, Franses & Ooms (1998); "schwert" for ⌈12(n/100)^¼⌉; or a number. They give different statistics.
 * @returns null for a constant series or fewer than three values.
 */
export function kpss(
  y: Float64Array,
  lags: "auto" | "schwert" | number = "auto",
): Kpss | null {
  const values = known(y);
  const n = values.length;
  if (n < 3 || isConstant(values)) return null;
  const mean = values.reduce((sum, v) => sum + v, 0) / n;
  const e = values.map((v) => v - mean);
  const product = (j: number) => {
    let sum = 0;
    for (let t = j; t < n; t++) sum += e[t]! * e[t - j]!;
    return sum;
  };
  const used = Math.min(
    n - 1,
    lags === "auto"
      ? automaticLags(product, n)
      : lags === "schwert"
      ? schwertLag(n)
      : lags,
  );
  const variance = bartlettSum(e, used) / n;
  let running = 0, squares = 0;
  for (const value of e) {
    running += value;
    squares += running * running;
  }
  const statistic = squares / (n * n) / variance;
  return { statistic, ...tabled(statistic), lags: used };
}

/** Hobijn, Franses & Ooms (1998) with n^(2/9) autocovariances: ⌊1.1447 (s₁/s₀)^⅔ n^⅓⌋. */
function automaticLags(product: (j: number) => number, n: number): number {
  let s0 = product(0) / n, s1 = 0;
  for (let j = 1; j <= Math.floor(n ** (2 / 9)); j++) {
    const covariance = 2 * product(j) / n;
    s0 += covariance;
    s1 += j * covariance;
  }
  return Math.floor(1.1447 * Math.cbrt((s1 / s0) ** 2) * Math.cbrt(n));
}

function tabled(statistic: number): Pick<Kpss, "p" | "bound"> {
  const last = TABLE.at(-1)!;
  if (statistic <= TABLE[0]![0]) return { p: 0.1, bound: "≥" };
  if (statistic >= last[0]) return { p: last[1], bound: "≤" };
  const above = TABLE.findIndex(([value]) => value > statistic);
  const [[a, p], [b, q]] = [TABLE[above - 1]!, TABLE[above]!];
  return { p: p + (q - p) * (statistic - a) / (b - a), bound: "=" };
}
