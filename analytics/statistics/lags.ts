/** Longest lag that tests of stationarity try: ⌈12 (n/100)^¼⌉ (Schwert 1989). */
export const schwertLag = (n: number): number =>
  Math.ceil(12 * (n / 100) ** 0.25);

/** Δx: x[t] − x[t−1], NaN where either is unknown; as long as `x`, the first NaN. */
export function difference(x: Float64Array): Float64Array {
  const out = new Float64Array(x.length).fill(NaN);
  for (let t = 1; t < x.length; t++) out[t] = x[t]! - x[t - 1]!;
  return out;
}

/** The known values, in their order. */
export const known = (x: Float64Array): Float64Array =>
  x.filter((value) => !Number.isNaN(value));

/** The pairs of which both are known. */
export function knownPairs(
  x: Float64Array,
  y: Float64Array,
): [Float64Array, Float64Array] {
  const both = (_: number, t: number) =>
    !Number.isNaN(x[t]!) && !Number.isNaN(y[t]!);
  return [x.filter(both), y.filter(both)];
}

/** True where a series has fewer than two different known values. */
export function isConstant(x: Float64Array): boolean {
  let first = NaN;
  for (const value of x) {
    if (Number.isNaN(value)) continue;
    if (Number.isNaN(first)) first = value;
    else if (value !== first) return false;
  }
  return true;
}

/** The times t at which every one of `series` is known from t − `back` to t. */
export function completeRows(
  series: Float64Array[],
  back: number,
): number[] {
  const rows: number[] = [];
  let run = 0;
  for (let t = 0; t < series[0]!.length; t++) {
    run = series.every((values) => !Number.isNaN(values[t]!)) ? run + 1 : 0;
    if (run > back) rows.push(t);
  }
  return rows;
}

/**
 * The longest lag up to `lag` at which at least half of the known times still
 * have a complete past: many holes leave room for few lags only.
 */
export function feasibleLag(series: Float64Array[], lag: number): number {
  const enough = completeRows(series, 0).length / 2;
  let feasible = lag;
  while (feasible > 0 && completeRows(series, feasible).length < enough) {
    feasible--;
  }
  return feasible;
}

/** x[t − lag] at each of the times `rows`. */
export function lagged(
  x: Float64Array,
  rows: number[],
  lag: number,
): Float64Array {
  // A loop: `Float64Array.from` with a function took a third of a verdict's time.
  const out = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) out[i] = x[rows[i]! - lag]!;
  return out;
}
