import { known } from "./lags.ts";

/**
 * The mean block length that lets the stationary bootstrap estimate a mean
 * best: Politis & White (2004) with the correction of Patton, Politis & White
 * (2009), b = (2ĝ²/d̂)^⅓ n^⅓ with flat-top weights to twice the first lag after
 * which the autocorrelations are small, at most ⌈min(3√n, n/3)⌉.
 *
 * @returns NaN for a constant series.
 */
export function blockLength(x: Float64Array): number {
  const values = known(x);
  const n = values.length;
  const mean = values.reduce((sum, v) => sum + v, 0) / n;
  const e = values.map((v) => v - mean);
  const inRow = Math.max(5, Math.floor(Math.log10(n)));
  const most = Math.ceil(Math.sqrt(n)) + inRow;
  const small = 2 * Math.sqrt(Math.log10(n) / n);
  const squares = new Float64Array(n + 1);
  for (let t = 0; t < n; t++) squares[t + 1] = squares[t]! + e[t]! * e[t]!;
  const covariance = new Float64Array(most + 1);
  let quiet = 0, chosen = -1;
  for (let k = 0; k <= most && k < n; k++) {
    let sum = 0;
    for (let t = k; t < n; t++) sum += e[t]! * e[t - k]!;
    covariance[k] = sum / n;
    // The first run of `inRow` small autocorrelations ends at k − 1.
    if (chosen < 0 && quiet >= inRow) chosen = k - inRow;
    const left = squares[n]! - squares[Math.min(n, k + 1)]!;
    const right = squares[Math.max(0, n - k - 1)]!;
    quiet = Math.abs(sum) / Math.sqrt(left * right) < small ? quiet + 1 : 0;
  }
  const m = chosen < 0 ? most : Math.min(most, 2 * Math.max(chosen, 1));
  let g = 0, variance = covariance[0]!;
  for (let k = 1; k <= m; k++) {
    const weight = k / m <= 0.5 ? 1 : 2 * (1 - k / m);
    g += 2 * weight * k * covariance[k]!;
    variance += 2 * weight * covariance[k]!;
  }
  const b = Math.cbrt(g * g / (variance * variance)) * Math.cbrt(n);
  return Math.min(b, Math.ceil(Math.min(3 * Math.sqrt(n), n / 3)));
}
