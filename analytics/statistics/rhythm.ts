import { isConstant } from "./lags.ts";
import { type Grid, type Season, solve, timeOf } from "./seasonality.ts";
import { MS } from "../../collector/model/time.ts";

/** A series without its season. */
export interface Deseasoned {
  residuals: Float64Array;
  /** Parameters given up, without the overall mean. */
  parameters: number;
  /** Divides what is new by how lively its place in the season usually is. */
  evenly(news: Float64Array): Float64Array;
}

/** The mean that one bucket is given: at most four columns with their weights, its slot's first. */
interface Design {
  columns: number;
  /** Columns of bucket t are at 4t … 4t + 3; −1: none. */
  places: Int32Array;
  weights: Float64Array;
}

/**
 * Takes the season's means out by least squares over the known buckets. Where
 * buckets are shorter than an hour each hour has a straight line of its own, and
 * each place within the hour a mean for all hours: a rhythm that is smooth leaves
 * no steps at the full hour that both series would share, nor does one that has
 * steps there.
 *
 * @param trend takes a straight line out as well.
 */
export function deseason(
  x: Float64Array,
  grid: Grid,
  season: Season,
  trend = false,
): Deseasoned {
  const none = { residuals: x.slice(), parameters: 0, evenly: same };
  if (isConstant(x) || (season.factors.length === 0 && !trend)) return none;
  const design = designOf(grid, season, trend);
  const { columns: k, places, weights } = design;
  const gram = new Float64Array(k * k), sums = new Float64Array(k);
  const mean = meanOf(x);
  for (let t = 0; t < x.length; t++) {
    const value = x[t]! - mean;
    if (value !== value) continue;
    for (let i = 4 * t; i < 4 * t + 4 && places[i]! >= 0; i++) {
      const at = places[i]!, weight = weights[i]!;
      sums[at]! += weight * value;
      for (let j = 4 * t; j < 4 * t + 4 && places[j]! >= 0; j++) {
        gram[at * k + places[j]!]! += weight * weights[j]!;
      }
    }
  }
  const { solution, rank } = solve(gram, sums);
  let whole = 0, left = 0;
  const residuals = x.map((value, t) => {
    const residual = value - mean - fitted(design, solution, t);
    if (residual === residual) {
      whole += (value - mean) ** 2;
      left += residual ** 2;
    }
    return residual;
  });
  // A series that is all season leaves nothing but rounding.
  if (left < 1e-20 * whole) residuals.forEach((v, t) => residuals[t] = v * 0);
  const evenly = season.factors.length === 0
    ? same
    : (news: Float64Array) => spreadEvenly(news, design, slotsOf(season));
  return { residuals, parameters: Math.max(0, rank - 1), evenly };
}

const same = (news: Float64Array) => news;

/** Values that the first factor may have; the others are small and have no spread of their own. */
const slotsOf = (season: Season): number =>
  ({
    "none": 1,
    "weekday": 7,
    "hour": 24,
    "weekend and hour": 48,
    "hour of the week": 168,
  })[season.name];

function designOf(grid: Grid, season: Season, trend: boolean): Design {
  const [slot, within] = season.factors;
  const slots = slotsOf(season);
  const inHour = within ? Math.ceil(MS.hour / grid.step) : 1;
  const columns = (within ? 2 : 1) * slots + inHour - 1 + (trend ? 1 : 0);
  const places = new Int32Array(4 * grid.length).fill(-1);
  const weights = new Float64Array(4 * grid.length);
  for (let t = 0; t < grid.length; t++) {
    const time = timeOf(grid, t);
    let at = 4 * t;
    const add = (place: number, weight: number) => {
      places[at] = place;
      weights[at++] = weight;
    };
    const place = slot ? slot(time) : 0;
    add(place, 1);
    if (within) {
      add(slots + place, time % MS.hour / MS.hour - 0.5);
      // The first place within the hour is the constant's.
      if (within(time) > 0) add(2 * slots + within(time) - 1, 1);
    }
    if (trend) add(columns - 1, t / grid.length - 0.5);
  }
  return { columns, places, weights };
}

function fitted(design: Design, solution: Float64Array, t: number): number {
  let sum = 0;
  for (let i = 4 * t; i < 4 * t + 4 && design.places[i]! >= 0; i++) {
    sum += design.weights[i]! * solution[design.places[i]!]!;
  }
  return sum;
}

/** Buckets of the whole series' spread that each slot's own is averaged with. */
const SHRINK = 10;

/** Values over the mean size of their slot, which is drawn towards that of all. */
function spreadEvenly(
  news: Float64Array,
  { places }: Design,
  slots: number,
): Float64Array {
  const sizes = new Float64Array(slots), counts = new Float64Array(slots);
  let size = 0, count = 0;
  for (let t = 0; t < news.length; t++) {
    const value = Math.abs(news[t]!);
    if (value !== value) continue;
    size += value;
    count++;
    sizes[places[4 * t]!]! += value;
    counts[places[4 * t]!]!++;
  }
  const usual = size / count;
  if (!(usual > 0)) return news;
  const spread = sizes.map((sum, i) =>
    (sum + SHRINK * usual) / (counts[i]! + SHRINK)
  );
  return news.map((value, t) => value / spread[places[4 * t]!]!);
}

/** The mean of the values that are known; unknown ones are NaN. */
export function meanOf(x: Float64Array): number {
  let sum = 0, n = 0;
  for (const value of x) {
    if (value === value) {
      sum += value;
      n++;
    }
  }
  return sum / n;
}
