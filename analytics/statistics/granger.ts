import { fisherBeyond } from "./distributions.ts";
import { completeRows, lagged } from "./lags.ts";
import { type Fit, leastSquares } from "./least_squares.ts";

/** Whether the past of one series says more about another than that one's own past. */
export interface Granger {
  F: number;
  df1: number;
  df2: number;
  p: number;
  /** Lags of each series. */
  lags: number;
  /** Rows of the regression. */
  n: number;
}

/**
 * Does `cause` precede `effect`? Both regressions of `effect` on a constant and
 * `lags` of its own lags, one with as many lags of `cause`, over the same n
 * rows: F = ((RSSr − RSSu)/p) / (RSSu/(n − 2p − 1)) (Granger 1969; statsmodels'
 * `grangercausalitytests`, ssr_ftest). Precedence, not cause.
 *
 * @param extra Toda & Yamamoto's (1995) further lags of both, left out of the test: as many as the series must be differenced. They keep it valid under unit roots.
 * @returns null where the regression cannot be made.
 */
export function granger(
  cause: Float64Array,
  effect: Float64Array,
  lags: number,
  extra = 0,
): Granger | null {
  const all = lags + extra;
  const rows = completeRows([cause, effect], all);
  const n = rows.length;
  const own = Array.from(
    { length: all },
    (_, i) => lagged(effect, rows, i + 1),
  );
  const others = Array.from(
    { length: all },
    (_, i) => lagged(cause, rows, i + 1),
  );
  const constant = new Float64Array(n).fill(1);
  const target = lagged(effect, rows, 0);
  const without = leastSquares(
    [constant, ...own, ...others.slice(lags)],
    target,
  );
  const full = leastSquares([constant, ...own, ...others], target);
  if (!without || !full || full.rss <= 1e-22 * square(target)) return null;
  return test(without, full, lags);
}

function test(without: Fit, full: Fit, lags: number): Granger {
  const df2 = full.n - full.k;
  const F = (without.rss - full.rss) / lags / (full.rss / df2);
  return {
    F,
    df1: lags,
    df2,
    p: fisherBeyond(F, lags, df2),
    lags,
    n: full.n,
  };
}

const square = (x: Float64Array) => x.reduce((sum, v) => sum + v * v, 0);
