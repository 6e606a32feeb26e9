/** Pairs of which one leads: x by `lag` buckets, with correlation r between what is new in each. */
import type { Chance, Pair } from "./calibration_nulls.ts";
import { fill, gridOf, koreanDay, shocked } from "./calibration_series.ts";

/** A planted pair. */
export interface Plant {
  /** What a reader calls it. */
  name: string;
  r: number;
  /** Buckets by which x comes first. */
  lag: number;
  /** Correlation in the same bucket besides. */
  same?: number;
  make(chance: Chance): Pair;
}

/** What is new in x and in y, y's holding x's of `lag` buckets before. */
function innovations(
  n: number,
  { r, lag, same = 0 }: { r: number; lag: number; same?: number },
  normal: () => number,
): { x: Float64Array; y: Float64Array } {
  const first = fill(n + lag, normal);
  const rest = Math.sqrt(1 - r * r - same * same);
  return {
    x: first.subarray(lag),
    y: fill(
      n,
      (t) => r * first[t]! + same * first[t + lag]! + rest * normal(),
    ),
  };
}

/** x[t] = φ x[t−1] + ε[t] of given innovations. */
function remembered(news: Float64Array, phi: number): Float64Array {
  let value = news[0]! / Math.sqrt(1 - phi * phi);
  return news.map((v, t) => value = t === 0 ? value : phi * value + v);
}

/** A lead as it is, in AR(.9), under a rhythm, with one shock of 8 sd in both. */
const worlds: Record<string, (pair: Pair, chance: Chance) => Pair> = {
  "AR(0.9)": ({ x, y, grid }) => ({
    x: remembered(x, 0.9),
    y: remembered(y, 0.9),
    grid,
  }),
  "KST rhythm": ({ x, y, grid }) => {
    const day = fill(grid.length, (t) => 2 * koreanDay(grid, t));
    const add = (news: Float64Array) =>
      remembered(news, 0.5).map((v, t) => v + day[t]!);
    return { x: add(x), y: add(y), grid };
  },
  "one shared shock": ({ x, y, grid }, { random }) => {
    const at = [Math.floor((0.1 + 0.8 * random()) * grid.length)];
    const add = (news: Float64Array) =>
      shocked(remembered(news, 0.5), at, 8, 12);
    return { x: add(x), y: add(y), grid };
  },
};

/** A lead of this size in AR(.7), three buckets ahead, over `n` hours. */
export const leadOf = (r: number, n: number): Plant => ({
  name: `r = ${r.toFixed(3)}, n = ${n}`,
  r,
  lag: 3,
  make: ({ normal }) => {
    const { x, y } = innovations(n, { r, lag: 3 }, normal);
    return { x: remembered(x, 0.7), y: remembered(y, 0.7), grid: gridOf(n) };
  },
});

/** The plants of the calibration. */
export const plants: Plant[] = [
  ...Object.entries(worlds).flatMap(([name, world]) =>
    [3, 20].map((lag): Plant => ({
      name: `${name}, ${lag} h ahead`,
      r: 0.2,
      lag,
      make: (chance) =>
        world({
          ...innovations(2000, { r: 0.2, lag }, chance.normal),
          grid: gridOf(2000),
        }, chance),
    }))
  ),
  {
    name: "a market listed two weeks ago in a grid of twelve",
    r: 0.3,
    lag: 3,
    make: ({ normal }) => {
      const { x, y } = innovations(2016, { r: 0.3, lag: 3 }, normal);
      const listed = remembered(y, 0.7).fill(NaN, 0, 2016 - 336);
      return { x: remembered(x, 0.7), y: listed, grid: gridOf(2016) };
    },
  },
  {
    name: "beyond r = .45 in the same bucket",
    r: 0.2,
    lag: 3,
    same: 0.45,
    make: ({ normal }) => {
      const plant = { r: 0.2, lag: 3, same: 0.45 };
      const { x, y } = innovations(2000, plant, normal);
      return {
        x: remembered(x, 0.7),
        y: remembered(y, 0.7),
        grid: gridOf(2000),
      };
    },
  },
];
