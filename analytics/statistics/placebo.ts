import { randomFrom } from "./random.ts";
import { type Grid, koreanWeekday, timeOf } from "./seasonality.ts";
import { MS } from "../../collector/model/time.ts";

/** What copies that cannot know of each other say of a statistic. */
export interface Placebo {
  /** Weeks by which one series was shifted, or days that were shuffled (pieces of a fixed length, or shifts by steps of one, where there are too few days). */
  way: "weeks" | "days" | "pieces" | "steps";
  copies: number;
  /** Copies that came out at least as extreme. */
  hits: number;
  /** (1 + hits) / (1 + copies); where that is at most .05, or no copy came so far, the tail of Gumbel's distribution with the copies' mean and deviation, where it is smaller. */
  p: number;
}

/** A placebo with what its copies came to. */
export interface Drawn extends Placebo {
  values: number[];
}

/** Fewest shifts by whole weeks that are placebo enough. */
const LEAST_WEEKS = 20;

/** Fewest days (or pieces) that are worth shuffling. */
const LEAST_BLOCKS = 10;

/** How copies of a series are made. */
export interface Copies {
  way: Placebo["way"];
  /** How many different ones there are at most. */
  most: number;
  /** Copy number `i` of a series, the same for the same number. */
  copy(x: Float64Array, i: number): Float64Array;
}

/**
 * Copies of one series that keep its own rhythm, bursts and holes, and know
 * nothing of the other: shifted round by whole weeks where there are at least
 * 20 such shifts that leave half of the weeks beside others; else its days in
 * another order, Korean working days among working days and weekends among
 * weekends; where there are fewer than ten days, pieces of twice the lags.
 */
export function copiesOf(grid: Grid, lags: number): Copies {
  const { length, step } = grid;
  const week = MS.week / step;
  const shifts = Number.isInteger(week) ? Math.floor(length / 2 / week) : 0;
  if (2 * shifts >= LEAST_WEEKS) {
    return {
      way: "weeks",
      most: 2 * shifts,
      copy: (x, i) => {
        const weeks = i % 2 === 0 ? i / 2 + 1 : -(i + 1) / 2;
        return rotated(x, weeks * week);
      },
    };
  }
  const day = step < MS.day ? MS.day / step : 7;
  const days = length / day >= LEAST_BLOCKS;
  const size = days
    ? Math.round(day)
    : Math.max(1, Math.min(2 * lags, Math.floor(length / LEAST_BLOCKS)));
  const daily = days && step < MS.day;
  // A day begins at midnight in Korea.
  const into = (grid.start + 9 * MS.hour) % MS.day / step;
  const first = daily ? Math.ceil(size - into) % size : 0;
  const kind = daily
    ? (block: number) => koreanWeekday(timeOf(grid, first + block * size)) > 4
    : () => false;
  return {
    way: days ? "days" : "pieces",
    most: Infinity,
    copy: (x, i) => {
      const out = x.slice();
      out.set(shuffledBlocks(x.subarray(first), size, kind, i), first);
      return out;
    },
  };
}

const rotated = (x: Float64Array, by: number): Float64Array =>
  x.map((_, t) => x[((t + by) % x.length + x.length) % x.length]!);

/** The blocks of a kind in another order; what is left over at the end stays. */
function shuffledBlocks(
  x: Float64Array,
  size: number,
  kind: (block: number) => boolean,
  seed: number,
): Float64Array {
  const random = randomFrom(seed + 1);
  const out = x.slice();
  const blocks = Array.from(
    { length: Math.floor(x.length / size) },
    (_, block) => block,
  );
  for (const which of [false, true]) {
    const places = blocks.filter((block) => kind(block) === which);
    const from = places.slice();
    for (let i = from.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      [from[i], from[j]] = [from[j]!, from[i]!];
    }
    places.forEach((place, i) =>
      out.set(x.subarray(from[i]! * size, (from[i]! + 1) * size), place * size)
    );
  }
  return out;
}

/** Hits that end the search early: p is large, and 25 hits say how large. */
const ENOUGH = 25;

/**
 * How often copies reach the observed value: 199 of them, and up to 399 while
 * fewer than ten do; fewer where 25 have (Besag & Clifford 1991) or none of 99 comes near.
 *
 * @param of the statistic of copy number `i`; larger is more extreme.
 */
export function drawPlacebo(
  copies: Pick<Copies, "way" | "most">,
  observed: number,
  of: (i: number) => number,
  most = 399,
): Drawn {
  const values: number[] = [];
  let hits = 0;
  const end = Math.min(copies.most, most);
  for (let i = 0; i < end; i++) {
    const value = of(i);
    values.push(value);
    if (value >= observed) hits++;
    if (hits >= ENOUGH || (values.length >= 199 && hits >= 10)) break;
    // No copy comes near: more of them would only say so again.
    if (i === 98 && hits === 0 && gumbelBeyond(values, observed) < 1e-4) break;
  }
  return { ...placeboOf(copies.way, values, observed), values };
}

/** What these values of copies say of the observed one. */
export function placeboOf(
  way: Placebo["way"],
  values: number[],
  observed: number,
): Placebo {
  const hits = values.reduce((n, v) => v >= observed ? n + 1 : n, 0);
  const share = (1 + hits) / (1 + values.length);
  return {
    way,
    copies: values.length,
    hits,
    p: hits === 0 || share <= 0.05
      ? Math.min(share, gumbelBeyond(values, observed))
      : share,
  };
}

/** P(maximum ≥ value) of Gumbel's distribution by the method of moments: fewer copies, more accurate small p (Knijnenburg et al. 2009). */
function gumbelBeyond(values: number[], observed: number): number {
  const n = values.length;
  if (n < LEAST_WEEKS) return 1;
  const mean = values.reduce((sum, v) => sum + v, 0) / n;
  const deviation = Math.sqrt(
    values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / (n - 1),
  );
  const scale = deviation * Math.sqrt(6) / Math.PI;
  const place = mean - 0.5772156649015329 * scale;
  return -Math.expm1(-Math.exp(-(observed - place) / scale));
}
