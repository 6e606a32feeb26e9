/** Pairs in which neither comes first, however much else they share. */
import type { Grid } from "../../analytics/statistics/seasonality.ts";
import {
  autoregressive,
  counts,
  fill,
  fractional,
  garch,
  gridOf,
  holed,
  koreanDay,
  shocked,
  walk,
} from "./calibration_series.ts";

/** Two series on one grid, on the scale to be judged. */
export interface Pair {
  x: Float64Array;
  y: Float64Array;
  grid: Grid;
}

/** Where chance comes from. */
export interface Chance {
  normal: () => number;
  random: () => number;
}

/** Makes a pair of `n` buckets of `step` milliseconds. */
export type Generator = (n: number, step: number, chance: Chance) => Pair;

/** Each side by itself from one kind of series. */
const apart =
  (make: (n: number, chance: Chance, grid: Grid) => Float64Array): Generator =>
  (n, step, chance) => {
    const grid = gridOf(n, step);
    return { x: make(n, chance, grid), y: make(n, chance, grid), grid };
  };

/** Both in one rhythm of KST hours and weekends, in mean and in scale. */
const rhythm = (strength: number): Generator =>
  apart((n, { normal }, grid) =>
    autoregressive(n, 0.5, normal).map((v, t) => {
      const day = koreanDay(grid, t);
      return strength * day + v * Math.exp(0.15 * strength * day);
    })
  );

/** The same news in the same bucket of both. */
const news = (
  count: number,
  height: number,
  decayX: number,
  decayY: number,
): Generator =>
(n, step, chance) => {
  const { normal, random } = chance;
  const at = Array.from(
    { length: count },
    () => Math.floor((0.05 + 0.9 * random()) * n),
  );
  return {
    x: shocked(autoregressive(n, 0.3, normal), at, height, decayX),
    y: shocked(autoregressive(n, 0.3, normal), at, height, decayY),
    grid: gridOf(n, step),
  };
};

const levelBreak: Generator = (n, step, { normal, random }) => {
  const at = Math.floor((0.2 + 0.6 * random()) * n);
  const make = () =>
    autoregressive(n, 0.5, normal).map((v, t) => t >= at ? v + 2.5 : v);
  return { x: make(), y: make(), grid: gridOf(n, step) };
};

/** Both as lively as one hidden AR(.98) makes them. */
const volatility: Generator = (n, step, { normal }) => {
  const hidden = autoregressive(n, 0.98, normal);
  const make = () => {
    let value = 0;
    return fill(
      n,
      (t) => value = 0.5 * value + Math.exp(0.15 * hidden[t]!) * normal(),
    );
  };
  return { x: make(), y: make(), grid: gridOf(n, step) };
};

/** The nulls, by what a reader calls them. */
export const nulls: Record<string, Generator> = {
  "white noise": apart((n, { normal }) => fill(n, normal)),
  "AR(0.9)": apart((n, { normal }) => autoregressive(n, 0.9, normal)),
  "rhythm of UTC hours": apart((n, { normal }, grid) =>
    autoregressive(n, 0.5, normal).map((v, t) => {
      const hour = (grid.start + t * grid.step) / 3_600_000 % 24;
      return v + 2 * Math.sin(2 * Math.PI * hour / 24) +
        (Math.floor(hour) === 9 ? 3 : 0);
    })
  ),
  "random walk": apart((n, { normal }) => walk(n, normal)),
  "common KST rhythm, moderate": rhythm(1),
  "common KST rhythm, strong": rhythm(3),
  "one shock of 8 sd": news(1, 8, 12, 12),
  "five shocks of 4 sd": news(5, 4, 12, 12),
  "ten shocks, two decays": news(10, 6, 12, 36),
  "GARCH, t(3)": apart((n, { normal }) => garch(n, normal)),
  "counts with zeros × AR(.95)": (n, step, { normal, random }) => ({
    x: counts(n, normal, random),
    y: autoregressive(n, 0.95, normal),
    grid: gridOf(n, step),
  }),
  "long memory, d = .4": apart((n, { normal }) => fractional(n, 0.4, normal)),
  "common level break": levelBreak,
  "trend-stationary": apart((n, { normal }) =>
    autoregressive(n, 0.5, normal).map((v, t) => v + 6 * t / n)
  ),
  "holes in blocks": apart((n, { normal, random }) =>
    holed(autoregressive(n, 0.7, normal), random)
  ),
  "shared volatility": volatility,
};
