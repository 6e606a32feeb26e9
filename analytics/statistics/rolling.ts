import type { Grid } from "./seasonality.ts";

/**
 * Pearson's r over a window that moves with the clock: for bucket t the pairs
 * with time in (t − window, t], whether or not buckets are missing (pandas'
 * `rolling("30D").corr`).
 *
 * @param window milliseconds.
 * @param least pairs below which there is no value: NaN.
 */
export function rollingCorrelation(
  x: Float64Array,
  y: Float64Array,
  grid: Grid,
  window: number,
  least: number,
): Float64Array {
  const width = Math.max(1, Math.floor(window / grid.step));
  const out = new Float64Array(x.length).fill(NaN);
  const [meanX, meanY] = means(x, y);
  let n = 0, a = 0, b = 0, aa = 0, bb = 0, ab = 0;
  const count = (t: number, sign: number) => {
    const u = x[t]! - meanX, v = y[t]! - meanY;
    if (u !== u || v !== v) return;
    n += sign;
    a += sign * u;
    b += sign * v;
    aa += sign * u * u;
    bb += sign * v * v;
    ab += sign * u * v;
  };
  for (let t = 0; t < x.length; t++) {
    count(t, 1);
    if (t >= width) count(t - width, -1);
    if (n < Math.max(2, least)) continue;
    const xx = aa - a * a / n, yy = bb - b * b / n;
    // What is left over by rounding is no variance.
    if (xx <= 1e-12 * aa || yy <= 1e-12 * bb) continue;
    const r = (ab - a * b / n) / Math.sqrt(xx * yy);
    out[t] = Math.max(-1, Math.min(1, r));
  }
  return out;
}

/** The means over the pairs, so that sums of squares stay small. */
function means(x: Float64Array, y: Float64Array): [number, number] {
  let n = 0, a = 0, b = 0;
  for (let t = 0; t < x.length; t++) {
    if (x[t]! !== x[t]! || y[t]! !== y[t]!) continue;
    n++;
    a += x[t]!;
    b += y[t]!;
  }
  return [a / n, b / n];
}
