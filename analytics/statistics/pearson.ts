/**
 * Pearson's r = Σ(x−x̄)(y−ȳ) / √(Σ(x−x̄)² Σ(y−ȳ)²), over the pairs of which both
 * are known; NaN for fewer than two pairs or a constant series.
 *
 * @param weights how often each pair counts; default once.
 */
export function pearson(
  x: Float64Array,
  y: Float64Array,
  weights?: Float64Array,
): number {
  let n = 0, sumX = 0, sumY = 0;
  let firstX = NaN, firstY = NaN, variesX = false, variesY = false;
  const length = x.length;
  for (let i = 0; i < length; i++) {
    const a = x[i]!, b = y[i]!, w = weights ? weights[i]! : 1;
    if (w === 0 || a !== a || b !== b) continue;
    if (n === 0) {
      firstX = a;
      firstY = b;
    }
    variesX ||= a !== firstX;
    variesY ||= b !== firstY;
    n += w;
    sumX += w * a;
    sumY += w * b;
  }
  if (!variesX || !variesY) return NaN;
  const meanX = sumX / n, meanY = sumY / n;
  let xx = 0, yy = 0, xy = 0;
  for (let i = 0; i < length; i++) {
    const a = x[i]! - meanX, b = y[i]! - meanY, w = weights ? weights[i]! : 1;
    if (w === 0 || a !== a || b !== b) continue;
    xx += w * a * a;
    yy += w * b * b;
    xy += w * a * b;
  }
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
}
