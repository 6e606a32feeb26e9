import { autocorrelation } from "./autocorrelation.ts";
import { isConstant } from "./lags.ts";

/** How many independent pairs two dependent series are worth. */
export interface EffectiveSize {
  /** Between 3 and n. */
  nEffective: number;
  /** Pairs of which both are known. */
  n: number;
  /** Lags that went into the sum. */
  lags: number;
}

/**
 * n_eff = n / (1 + 2 Σₖ (1 − k/n) ρx(k) ρy(k)) (Bartlett 1935), held within
 * [3, n]: the size at which independent pairs would make r vary as much.
 *
 * The sum runs to lag ⌊√n⌋ and on from there while the product stays positive,
 * at most to n/2: short enough that noise adds nothing, long enough for series that
 * remember for weeks. The autocorrelations are those of the pairs that are
 * known on both sides.
 */
export function effectiveSize(x: Float64Array, y: Float64Array): EffectiveSize {
  const both = (values: Float64Array) =>
    values.map((v, t) => x[t]! === x[t]! && y[t]! === y[t]! ? v : NaN);
  const a = both(x), b = both(y);
  const n = a.reduce((count, v) => v === v ? count + 1 : count, 0);
  if (n < 3 || isConstant(a) || isConstant(b)) {
    return { nEffective: NaN, n, lags: 0 };
  }
  const most = Math.floor(n / 2);
  const root = Math.min(most, Math.floor(Math.sqrt(n)));
  let reach = Math.min(most, 2 * root);
  let rx = autocorrelation(a, reach), ry = autocorrelation(b, reach);
  let sum = 0, lags = 0;
  for (let k = 1; k <= most; k++) {
    if (k > reach) {
      reach = Math.min(most, 2 * reach);
      rx = autocorrelation(a, reach);
      ry = autocorrelation(b, reach);
    }
    const product = rx[k]! * ry[k]!;
    if (k > root && !(product > 0)) break;
    sum += (1 - k / n) * product;
    lags = k;
  }
  const inflation = 1 + 2 * sum;
  const nEffective = inflation > 0 ? n / inflation : n;
  return { nEffective: Math.max(3, Math.min(n, nEffective)), n, lags };
}
