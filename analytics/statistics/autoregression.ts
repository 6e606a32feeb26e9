import { completeRows, feasibleLag, isConstant, lagged } from "./lags.ts";
import { leastSquares } from "./least_squares.ts";
import { nestedResiduals } from "./nested.ts";

/** x[t] = c + Σ φᵢ x[t−i] + ε[t]. */
export interface Autoregression {
  constant: number;
  /** φ₁ … φₚ. */
  coefficients: Float64Array;
}

/** Longest order that is tried: ⌊10 log₁₀ n⌋. */
export const longestOrder = (n: number): number =>
  Math.max(1, Math.floor(10 * Math.log10(Math.max(n, 10))));

/**
 * Fits AR(p) by least squares. p has the least BIC, n ln(RSS/n) + (p+1) ln n,
 * over 0 … `maxOrder` on the rows they share, then every row that p allows is
 * used (statsmodels' `ar_select_order` and `AutoReg`). Where holes leave too
 * few complete rows fewer orders are tried.
 *
 * @returns null for a constant series or one too short.
 */
export function autoregression(
  x: Float64Array,
  options: { maxOrder?: number } = {},
): Autoregression | null {
  if (isConstant(x)) return null;
  const n = completeRows([x], 0).length;
  const longest = feasibleLag(
    [x],
    Math.min(options.maxOrder ?? longestOrder(n), Math.floor(n / 4)),
  );
  const common = completeRows([x], longest);
  const lags = (rows: number[], p: number) =>
    Array.from({ length: p }, (_, i) => lagged(x, rows, i + 1));
  const residuals = nestedResiduals([
    ...lags(common, longest),
    lagged(x, common, 0),
  ], 1);
  let order = 0, best = Infinity;
  for (let p = 0; p <= longest; p++) {
    const bic = common.length * Math.log(residuals[p]![0]! / common.length) +
      (p + 1) * Math.log(common.length);
    if (bic < best) {
      best = bic;
      order = p;
    }
  }
  const rows = completeRows([x], order);
  const fit = leastSquares(
    [new Float64Array(rows.length).fill(1), ...lags(rows, order)],
    lagged(x, rows, 0),
  );
  if (!fit) return null;
  return {
    constant: fit.coefficients[0]!,
    coefficients: fit.coefficients.slice(1),
  };
}

/** ε[t] = x[t] − c − Σ φᵢ x[t−i]; NaN where a term is unknown. */
export function filter(x: Float64Array, model: Autoregression): Float64Array {
  const { constant, coefficients } = model;
  const out = x.map((value) => value - constant);
  for (let i = 0; i < coefficients.length; i++) {
    const phi = coefficients[i]!, back = i + 1;
    out.fill(NaN, 0, back);
    for (let t = back; t < x.length; t++) out[t]! -= phi * x[t - back]!;
  }
  return out;
}
