import { placeboOf } from "./placebo.ts";
import type { Rotations } from "./rotation.ts";

/**
 * The share of copies whose Granger F is at least as great: the cause is turned
 * round against the effect, and so keeps its memory while the effect keeps its
 * own. F is of the same regressions as {@link granger}'s, their sums of products
 * made round the span with unknown values at the mean, which is what makes
 * hundreds of them cheap; the observed F of the comparison is made the same way.
 */
export function grangerPlacebo(
  cause: Float64Array,
  effect: Float64Array,
  lags: number,
  { way, shifts }: Rotations,
): number {
  const n = cause.length;
  const x = centred(cause), y = centred(effect);
  const xx = products(x, x, 0, lags), yy = products(y, y, 0, lags);
  const gain = (shift: number) => {
    // Σ x[t + shift − j] y[t − i] depends on j − i alone.
    const xy = products(x, y, shift, lags);
    return explained(xx, yy, xy, lags, n);
  };
  return placeboOf(way, shifts.map(gain), gain(0)).p;
}

/** x − x̄, 0 where unknown. */
function centred(x: Float64Array): Float64Array {
  let sum = 0, n = 0;
  for (const value of x) {
    if (value === value) {
      sum += value;
      n++;
    }
  }
  return x.map((value) => value === value ? value - sum / n : 0);
}

/** Σ a[t + shift − k] b[t] for k = −lags … lags, round the span. */
function products(
  a: Float64Array,
  b: Float64Array,
  shift: number,
  lags: number,
): Float64Array {
  const n = a.length;
  const out = new Float64Array(2 * lags + 1);
  for (let k = -lags; k <= lags; k++) {
    const by = ((shift - k) % n + n) % n;
    let sum = 0;
    for (let t = 0; t < n - by; t++) sum += a[t + by]! * b[t]!;
    for (let t = n - by; t < n; t++) sum += a[t + by - n]! * b[t]!;
    out[k + lags] = sum;
  }
  return out;
}

/** ln of the residual sum of squares of y on its own lags over that with x's lags: grows with F. */
function explained(
  xx: Float64Array,
  yy: Float64Array,
  xy: Float64Array,
  lags: number,
  n: number,
): number {
  const size = 2 * lags + 1;
  const gram = new Float64Array(size * size);
  const set = (a: number, b: number, value: number) => {
    gram[a * size + b] = value;
    gram[b * size + a] = value;
  };
  // Columns: y[t−1 … t−lags], x[t−1 … t−lags], y[t].
  for (let i = 1; i <= lags; i++) {
    for (let j = 1; j <= lags; j++) {
      set(i - 1, j - 1, yy[i - j + lags]!);
      set(lags + i - 1, lags + j - 1, xx[i - j + lags]!);
      set(lags + j - 1, i - 1, xy[j - i + lags]!);
    }
    set(i - 1, size - 1, yy[i + lags]!);
    set(lags + i - 1, size - 1, xy[i + lags]!);
  }
  set(size - 1, size - 1, yy[lags]!);
  for (let i = 0; i < size - 1; i++) gram[i * size + i]! *= 1 + 1e-9;
  let without = NaN;
  for (let j = 0; j < size - 1; j++) {
    if (j === lags) without = gram[size * size - 1]!;
    const pivot = gram[j * size + j]!;
    if (!(pivot > 1e-12 * n * 1e-6)) continue;
    for (let a = j + 1; a < size; a++) {
      const factor = gram[a * size + j]! / pivot;
      if (factor === 0) continue;
      for (let b = j + 1; b < size; b++) {
        gram[a * size + b]! -= factor * gram[j * size + b]!;
      }
    }
  }
  return Math.log(without / gram[size * size - 1]!);
}
