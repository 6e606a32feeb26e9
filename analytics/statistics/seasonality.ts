import { isConstant } from "./lags.ts";
import { MS } from "../../collector/model/time.ts";

/** The grid of the buckets: bucket i starts at `start` + i · `step`. */
export interface Grid {
  /** Start of the first bucket, milliseconds UTC. */
  start: number;
  /** Length of a bucket, milliseconds. */
  step: number;
  /** Buckets. */
  length: number;
}

/** Start of bucket `i`, milliseconds UTC. */
export const timeOf = (grid: Grid, i: number): number =>
  grid.start + i * grid.step;

/** Hour of the day, 0 to 23, UTC. */
export const hourOf = (time: number): number => Math.floor(time / MS.hour) % 24;

/** Day of the week, Monday 0 to Sunday 6, UTC. */
export const weekdayOf = (time: number): number =>
  (Math.floor(time / MS.day) + 3) % 7;

/** Which mean a bucket belongs to; one function a factor, means add up. */
export type Factor = (time: number) => number;

/** Hour of the day and day of the week. */
export const hourAndWeekday: Factor[] = [hourOf, weekdayOf];

/** Hour of the day in Korea, 0 to 23, and whether it is a weekend there: 48 values. Korea has kept UTC+9 since 1988. */
export const koreanHour = (time: number): number =>
  (koreanWeekday(time) >= 5 ? 24 : 0) + hourOf(time + KST);

/** Day of the week in Korea, Monday 0 to Sunday 6. */
export const koreanWeekday = (time: number): number => weekdayOf(time + KST);

const KST = 9 * MS.hour;

/** What is taken out of a series before it is tested, and its name. */
export interface Season {
  name: "none" | "weekday" | "hour" | "weekend and hour" | "hour of the week";
  factors: Factor[];
}

/**
 * The season that a grid can show, in the days that people in Korea live in:
 * the hour where buckets are shorter than a day and there are three days, the
 * hour of working days apart from that of weekends from two weeks on, every
 * hour of the week from eight weeks on; for days the weekday from three weeks
 * on. Where buckets are shorter than an hour the place within it is a second
 * factor.
 */
export function seasonOf(grid: Grid): Season {
  const span = grid.length * grid.step;
  if (grid.step >= MS.day) {
    return grid.step === MS.day && span >= 3 * MS.week
      ? { name: "weekday", factors: [koreanWeekday] }
      : { name: "none", factors: [] };
  }
  if (span < 3 * MS.day) return { name: "none", factors: [] };
  const within: Factor[] = grid.step < MS.hour
    ? [(time) => Math.floor(time % MS.hour / grid.step)]
    : [];
  if (span >= 8 * MS.week) {
    const hourOfWeek = (time: number) =>
      koreanWeekday(time) * 24 + hourOf(time + KST);
    return { name: "hour of the week", factors: [hourOfWeek, ...within] };
  }
  return span >= 2 * MS.week
    ? { name: "weekend and hour", factors: [koreanHour, ...within] }
    : { name: "hour", factors: [(time) => hourOf(time + KST), ...within] };
}

/** A series without its means, and how many of them there were besides the overall one. */
export interface Adjusted {
  residuals: Float64Array;
  parameters: number;
}

/**
 * The residuals of x on dummies of each factor's values (one of each dropped)
 * and a constant: least squares by the normal equations, whose entries are
 * counts and sums and so lose nothing.
 */
export function withoutSeason(
  x: Float64Array,
  grid: Grid,
  factors: Factor[],
): Adjusted {
  if (isConstant(x)) return { residuals: x.slice(), parameters: 0 };
  const columnOf = factors.map(() => new Map<number, number>());
  let columns = 1;
  const places: Int32Array[] = factors.map(() => new Int32Array(x.length));
  for (let t = 0; t < x.length; t++) {
    if (Number.isNaN(x[t]!)) continue;
    factors.forEach((factor, f) => {
      const level = factor(timeOf(grid, t));
      const seen = columnOf[f]!;
      // The first level of a factor is the constant's.
      if (!seen.has(level)) seen.set(level, seen.size === 0 ? 0 : columns++);
      places[f]![t] = seen.get(level)!;
    });
  }
  const gram = new Float64Array(columns * columns);
  const sums = new Float64Array(columns);
  let mean = 0, n = 0;
  for (const value of x) {
    if (value === value) {
      mean += value;
      n++;
    }
  }
  mean /= n;
  const active: number[] = [];
  for (let t = 0; t < x.length; t++) {
    const value = x[t]! - mean;
    if (value !== value) continue;
    active.length = 0;
    active.push(0);
    for (const place of places) if (place[t]! > 0) active.push(place[t]!);
    for (const a of active) {
      sums[a]! += value;
      for (const b of active) gram[a * columns + b]!++;
    }
  }
  const { solution, rank } = solve(gram, sums);
  let whole = 0, left = 0;
  const residuals = x.map((value, t) => {
    let fitted = solution[0]!;
    for (const place of places) {
      if (place[t]! > 0) fitted += solution[place[t]!]!;
    }
    const residual = value - mean - fitted;
    if (residual === residual) {
      whole += (value - mean) ** 2;
      left += residual ** 2;
    }
    return residual;
  });
  // A series that is all season leaves nothing but rounding.
  if (left < 1e-20 * whole) residuals.forEach((v, t) => residuals[t] = v * 0);
  return { residuals, parameters: rank - 1 };
}

/** Gaussian elimination of a symmetric non-negative system; what depends on the rest gets 0. */
export function solve(
  gram: Float64Array,
  right: Float64Array,
): { solution: Float64Array; rank: number } {
  const k = right.length;
  const solution = Float64Array.from(right);
  const usable = new Uint8Array(k);
  const size = Float64Array.from({ length: k }, (_, j) => gram[j * k + j]!);
  for (let j = 0; j < k; j++) {
    const pivot = gram[j * k + j]!;
    if (pivot <= 1e-10 * size[j]!) continue;
    usable[j] = 1;
    for (let i = j + 1; i < k; i++) {
      const factor = gram[i * k + j]! / pivot;
      if (factor === 0) continue;
      for (let c = j; c < k; c++) gram[i * k + c]! -= factor * gram[j * k + c]!;
      solution[i]! -= factor * solution[j]!;
    }
  }
  for (let j = k - 1; j >= 0; j--) {
    if (!usable[j]) {
      solution[j] = 0;
      continue;
    }
    let sum = solution[j]!;
    for (let c = j + 1; c < k; c++) sum -= gram[j * k + c]! * solution[c]!;
    solution[j] = sum / gram[j * k + j]!;
  }
  return { solution, rank: usable.reduce((sum, one) => sum + one, 0) };
}
