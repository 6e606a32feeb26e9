/** Granger's test both ways, on what levels or differences have without their season. */
import { type Granger, granger } from "./granger.ts";
import { grangerPlacebo } from "./granger_placebo.ts";
import { difference, feasibleLag } from "./lags.ts";
import { deseason } from "./rhythm.ts";
import { rotationsOf } from "./rotation.ts";
import { type Grid, seasonOf } from "./seasonality.ts";
import { type VarOrder, varOrder } from "./vector_autoregression.ts";

/** Granger's test in one direction; its p is the share of placebos with as great an F. */
export interface GrangerRow extends Granger {
  direction: "x→y" | "y→x";
  /** `levels` and `differences` without their season; Toda–Yamamoto's on levels. */
  form: "levels" | "differences" | "toda-yamamoto";
  pAdjusted: number;
}

/** Longest lag of the VAR: a day of hours or so, and what the data carries. */
const VAR_LAGS = 24;

/**
 * Granger's test both ways; under unit roots on differences, and on levels by
 * Toda and Yamamoto.
 */
export function grangers(
  x: Float64Array,
  y: Float64Array,
  grid: Grid,
  wanders: boolean,
): { order: VarOrder | null; tests: GrangerRow[] } {
  const rotations = rotationsOf(grid);
  const without = (values: Float64Array) =>
    deseason(values, grid, seasonOf(grid)).residuals;
  const [levelX, levelY] = [without(x), without(y)];
  const [a, b] = wanders
    ? [without(difference(x)), without(difference(y))]
    : [levelX, levelY];
  const most = (u: Float64Array, v: Float64Array) =>
    feasibleLag([u, v], Math.min(VAR_LAGS, Math.floor(u.length / 20)));
  const order = varOrder(a, b, Math.max(1, most(a, b)));
  const rows: GrangerRow[] = [];
  const add = (
    form: GrangerRow["form"],
    u: Float64Array,
    v: Float64Array,
    lags: number,
    extra: number,
  ) => {
    for (const direction of ["x→y", "y→x"] as const) {
      const [cause, effect] = direction === "x→y" ? [u, v] : [v, u];
      const test = granger(cause, effect, lags, extra);
      if (!test) continue;
      const p = grangerPlacebo(cause, effect, lags, rotations);
      rows.push({ direction, form, ...test, p, pAdjusted: NaN });
    }
  };
  if (order) add(wanders ? "differences" : "levels", a, b, order.bic, 0);
  if (wanders) {
    const levels = varOrder(levelX, levelY, Math.max(1, most(levelX, levelY)));
    if (levels) add("toda-yamamoto", levelX, levelY, levels.bic, 1);
  }
  return { order, tests: rows };
}
