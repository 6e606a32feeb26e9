import {
  completeRows,
  difference,
  feasibleLag,
  isConstant,
  known,
  lagged,
  schwertLag,
} from "./lags.ts";
import { leastSquares } from "./least_squares.ts";
import { mackinnonP, type Trend } from "./mackinnon.ts";
import { nestedResiduals } from "./nested.ts";

/** An augmented Dickey–Fuller test. */
export interface Adf {
  /** t of γ. */
  statistic: number;
  /** MacKinnon's p of "there is a unit root". */
  p: number;
  /** Lagged differences in the regression. */
  lags: number;
  /** Rows of the regression. */
  n: number;
}

/**
 * Augmented Dickey–Fuller test of a unit root:
 * Δy[t] = α (+ δt) + γ y[t−1] + Σ φᵢ Δy[t−i] + ε, t-statistic of γ.
 *
 * The number of lags has the least AIC over 0 … `maxLag` (default ⌈12(n/100)^¼⌉,
 * at most n/2 − 1 − the deterministic terms) on the rows that all of them
 * share; the chosen regression is then fitted on every row it can use, as
 * statsmodels' `adfuller` does. Rows with an unknown value in them are left
 * out.
 *
 * @returns null for a constant series, or one too short.
 */
export function adf(
  y: Float64Array,
  options: { trend?: Trend; maxLag?: number } = {},
): Adf | null {
  const trend = options.trend ?? "c";
  const terms = trend === "c" ? 1 : 2;
  const n = known(y).length;
  if (isConstant(y)) return null;
  const longest = Math.min(
    Math.floor(n / 2) - terms - 1,
    options.maxLag ?? schwertLag(n),
  );
  if (longest < 0) return null;
  const dy = difference(y);
  const maxLag = feasibleLag([dy], longest);
  const common = completeRows([dy], maxLag);
  const time = (rows: number[]) => Float64Array.from(rows);
  const residuals = nestedResiduals([
    ...(trend === "ct" ? [time(common)] : []),
    lagged(y, common, 1),
    ...Array.from({ length: maxLag }, (_, i) => lagged(dy, common, i + 1)),
    lagged(dy, common, 0),
  ], 1);
  let lags = 0, best = Infinity;
  for (let p = 0; p <= maxLag; p++) {
    const aic = common.length * Math.log(residuals[terms + p]![0]!) +
      2 * (terms + 1 + p);
    if (aic < best) {
      best = aic;
      lags = p;
    }
  }
  const rows = completeRows([dy], lags);
  const fit = leastSquares(
    [
      lagged(y, rows, 1),
      ...Array.from({ length: lags }, (_, i) => lagged(dy, rows, i + 1)),
      new Float64Array(rows.length).fill(1),
      ...(trend === "ct" ? [time(rows)] : []),
    ],
    lagged(dy, rows, 0),
  );
  if (!fit || fit.rss === 0) return null;
  const statistic = fit.coefficients[0]! / fit.errors[0]!;
  return { statistic, p: mackinnonP(statistic, trend), lags, n: rows.length };
}
