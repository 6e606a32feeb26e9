/**
 * Autocorrelations ρ(0) … ρ(lags): Σ d[t] d[t−k] / Σ d[t]² with d = x − x̄. An
 * unknown value takes its products with it, and only those.
 */
export function autocorrelation(x: Float64Array, lags: number): Float64Array {
  let n = 0, mean = 0;
  for (const value of x) {
    if (value === value) {
      n++;
      mean += value;
    }
  }
  mean /= n;
  // A deviation of 0 adds nothing to any sum.
  const d = x.map((value) => value === value ? value - mean : 0);
  const out = new Float64Array(lags + 1);
  for (let k = 0; k <= lags; k++) {
    let sum = 0;
    for (let t = k; t < d.length; t++) sum += d[t]! * d[t - k]!;
    out[k] = sum;
  }
  const whole = out[0]!;
  return out.map((sum) => sum / whole);
}
