import { completeRows, isConstant, lagged } from "./lags.ts";
import { nestedResiduals } from "./nested.ts";

/** Lag orders of a VAR of two series. */
export interface VarOrder {
  aic: number;
  bic: number;
  /** Rows that all orders share. */
  n: number;
}

/**
 * The order p in `least` … `most` of a two-series VAR with a constant that has the
 * least AIC and BIC, ln|Σ̂| + c(n) (4p + 2) / n with c = 2 and ln n, on the
 * rows that all orders share (Lütkepohl 2005, §4.3; statsmodels'
 * `VAR.select_order`).
 *
 * @returns null where a series is constant or too short.
 */
export function varOrder(
  x: Float64Array,
  y: Float64Array,
  most: number,
  least = 1,
): VarOrder | null {
  if (isConstant(x) || isConstant(y)) return null;
  const rows = completeRows([x, y], most);
  const n = rows.length;
  if (n < 4 * most + 4) return null;
  const columns = Array.from({ length: most }, (_, i) => [
    lagged(x, rows, i + 1),
    lagged(y, rows, i + 1),
  ]).flat();
  const residuals = nestedResiduals(
    [...columns, lagged(x, rows, 0), lagged(y, rows, 0)],
    2,
  );
  const best = (weight: number) => {
    let order = least, low = Infinity;
    for (let p = least; p <= most; p++) {
      const [xx, xy, , yy] = residuals[2 * p]!;
      const determinant = (xx! * yy! - xy! * xy!) / n / n;
      const criterion = Math.log(determinant) + weight * (4 * p + 2) / n;
      if (criterion < low) {
        low = criterion;
        order = p;
      }
    }
    return order;
  };
  return { aic: best(2), bic: best(Math.log(n)), n };
}
