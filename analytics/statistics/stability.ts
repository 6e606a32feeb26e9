import { pearson } from "./pearson.ts";
import { rollingCorrelation } from "./rolling.ts";
import type { Transform } from "./same_bucket.ts";
import type { Grid } from "./seasonality.ts";
import { quantile } from "./stationary_bootstrap.ts";
import { MS } from "../../collector/model/time.ts";

/** How steady the correlation was. */
export interface Rolling {
  transform: Transform;
  /** Milliseconds. */
  window: number;
  windows: number;
  low: number;
  median: number;
  high: number;
  /** Share of the windows whose sign is that of the whole. */
  sameSign: number;
  /** r at the end of windows that do not overlap: [milliseconds UTC, r]. */
  path: [number, number][];
}

/** r in windows that roll: 30 days, or a quarter of the span where that is less than 90. */
export function rolling(
  transform: Transform,
  x: Float64Array,
  y: Float64Array,
  grid: Grid,
  asked?: number,
): Rolling {
  const span = grid.length * grid.step;
  const window = asked ??
    (span >= 90 * MS.day
      ? 30 * MS.day
      : Math.max(1, Math.floor(span / 4 / grid.step)) * grid.step);
  const width = Math.max(1, Math.floor(window / grid.step));
  const values = rollingCorrelation(
    x,
    y,
    grid,
    window,
    Math.max(10, Math.ceil(width / 2)),
  );
  const defined = values.filter((r) => !Number.isNaN(r)).sort();
  const sign = Math.sign(pearson(x, y));
  const path: [number, number][] = [];
  for (let t = width - 1; t < values.length; t += width) {
    path.push([grid.start + (t + 1) * grid.step, values[t]!]);
  }
  const at = (p: number) => defined.length > 0 ? quantile(defined, p) : NaN;
  return {
    transform,
    window,
    windows: defined.length,
    low: at(0),
    median: at(0.5),
    high: at(1),
    sameSign: defined.length > 0
      ? defined.filter((r) => Math.sign(r) === sign).length / defined.length
      : NaN,
    path,
  };
}
