import { type Grid, timeOf } from "./seasonality.ts";

/** Rows of a file: a time and a value each. */
export interface Rows {
  /** Milliseconds UTC; NaN where unreadable. */
  times: Float64Array;
  /** NaN where missing or not a number. */
  values: Float64Array;
}

/** How rows that are finer than the bucket become its value. */
export type Combine = "sum" | "mean" | "last";

/** What became of the rows of a series. */
export interface Taken {
  rows: number;
  /** Rows without a readable time. */
  timeless: number;
  /** Rows without a number. */
  missing: number;
  /** Rows outside of the span that both series cover and that was asked for. */
  outside: number;
  /** Rows that repeat another of the same time and value. */
  repeated: number;
  /** Buckets in which rows of one time contradict each other: unknown. */
  contradictory: number;
  /** Buckets of which only a part of the rows is there: unknown. */
  incomplete: number;
  /** Buckets of the span without any row: unknown, not zero. */
  absent: number;
  /** Buckets whose value is known. */
  known: number;
  /** Distance of the rows, milliseconds; null where they come irregularly, so that any row makes a bucket known. */
  every: number | null;
  /** Where in the bucket the rows begin, milliseconds after its UTC begin: of rows as far apart as the bucket is long; null where finer rows may begin a bucket anywhere. */
  phase: number | null;
}

/** Two series on one grid. */
export interface Aligned {
  grid: Grid;
  /** A value a bucket; NaN: unknown. */
  x: Float64Array;
  y: Float64Array;
  takenX: Taken;
  takenY: Taken;
  /** Buckets of which both are known. */
  pairs: number;
}

interface Buckets {
  /** By number of the bucket since the epoch; NaN: unknown. */
  values: Map<number, number>;
  /** Rows by bucket. */
  counts: Map<number, number>;
  taken: Taken;
}

/**
 * Puts two series on one grid over the span that both cover. Rows as far apart
 * as the bucket is long bring their own phase: days that begin at 15:00 UTC are
 * days of Korea, and finer rows of the other series are put into the same. With
 * two phases that differ (`takenX.phase`, `takenY.phase`) x's is taken, and
 * nothing may be concluded; without one buckets begin in UTC.
 * A bucket without a row, with a part of its rows only, or with rows that
 * contradict each other is unknown: NaN, never 0.
 *
 * @param step bucket, milliseconds.
 * @param span from (inclusive) and to (exclusive), milliseconds; buckets that only partly lie in it are left out.
 */
export function align(
  rowsX: Rows,
  rowsY: Rows,
  step: number,
  options: {
    from?: number;
    to?: number;
    combineX?: Combine;
    combineY?: Combine;
  } = {},
): Aligned {
  const orderedX = inOrder(rowsX), orderedY = inOrder(rowsY);
  const phaseX = phaseOf(orderedX, step), phaseY = phaseOf(orderedY, step);
  const phase = phaseX ?? phaseY ?? 0;
  const a = bucketise(orderedX, step, phase, options.combineX ?? "sum");
  const b = bucketise(orderedY, step, phase, options.combineY ?? "sum");
  a.taken.phase = phaseX;
  b.taken.phase = phaseY;
  let first = -Infinity, last = Infinity;
  for (const { values } of [a, b]) {
    let low = Infinity, high = -Infinity;
    for (const bucket of values.keys()) {
      low = Math.min(low, bucket);
      high = Math.max(high, bucket);
    }
    first = Math.max(first, low);
    last = Math.min(last, high);
  }
  first = Math.max(
    first,
    Math.ceil(((options.from ?? -Infinity) - phase) / step),
  );
  last = Math.min(
    last,
    Math.floor(((options.to ?? Infinity) - phase) / step) - 1,
  );
  const length = Number.isFinite(first) && last >= first ? last - first + 1 : 0;
  const grid = { start: length ? first * step + phase : 0, step, length };
  const x = place(a, first, length), y = place(b, first, length);
  let pairs = 0;
  for (let t = 0; t < length; t++) {
    if (x[t]! === x[t]! && y[t]! === y[t]!) pairs++;
  }
  return { grid, x, y, takenX: a.taken, takenY: b.taken, pairs };
}

/** The distance that most neighbours keep; null where too few rows keep to it. */
function distance(times: Float64Array): number | null {
  const counts = new Map<number, number>();
  let gaps = 0;
  for (let i = 1; i < times.length; i++) {
    const gap = times[i]! - times[i - 1]!;
    if (gap <= 0) continue;
    gaps++;
    counts.set(gap, (counts.get(gap) ?? 0) + 1);
  }
  let every: number | null = null, most = 0;
  for (const [gap, count] of counts) {
    if (count > most) [every, most] = [gap, count];
  }
  if (every === null) return null;
  let kept = 0;
  for (const [gap, count] of counts) if (gap % every === 0) kept += count;
  return kept >= 0.95 * gaps ? every : null;
}

/** Rows whose time is known, in the order of time. */
interface Ordered {
  rows: Rows;
  order: number[];
  times: Float64Array;
  every: number | null;
}

function inOrder(rows: Rows): Ordered {
  const order = Array.from(rows.times, (_, i) => i)
    .filter((i) => !Number.isNaN(rows.times[i]!))
    .sort((i, j) => rows.times[i]! - rows.times[j]!);
  const times = Float64Array.from(order, (i) => rows.times[i]!);
  return { rows, order, times, every: distance(times) };
}

/** Where rows that are a bucket apart begin, after the bucket's begin in UTC. */
function phaseOf({ times, every }: Ordered, step: number): number | null {
  if (every === null || every % step !== 0) return null;
  const counts = new Map<number, number>();
  let phase = 0, most = 0;
  for (const time of times) {
    const place = (time % step + step) % step;
    const count = (counts.get(place) ?? 0) + 1;
    counts.set(place, count);
    if (count > most) [phase, most] = [place, count];
  }
  return phase;
}

function bucketise(
  { rows, order, times, every }: Ordered,
  step: number,
  phase: number,
  combine: Combine,
): Buckets {
  const whole = every !== null && step % every === 0 ? step / every : 1;
  const taken: Taken = {
    rows: rows.times.length,
    timeless: rows.times.length - order.length,
    missing: 0,
    outside: 0,
    repeated: 0,
    contradictory: 0,
    incomplete: 0,
    absent: 0,
    known: 0,
    every,
    phase: null,
  };
  const values = new Map<number, number>(), counts = new Map<number, number>();
  const contradicted = new Set<number>();
  const held = new Map<number, { sum: number; n: number; last: number }>();
  for (let k = 0; k < order.length; k++) {
    const time = times[k]!, value = rows.values[order[k]!]!;
    const bucket = Math.floor((time - phase) / step);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
    if (!values.has(bucket)) values.set(bucket, NaN);
    if (k > 0 && times[k - 1] === time && every !== null) {
      if (Object.is(rows.values[order[k - 1]!]!, value)) taken.repeated++;
      else contradicted.add(bucket);
      continue;
    }
    if (Number.isNaN(value)) {
      taken.missing++;
      continue;
    }
    const one = held.get(bucket) ?? { sum: 0, n: 0, last: NaN };
    one.sum += value;
    one.n++;
    one.last = value;
    held.set(bucket, one);
  }
  for (const [bucket, { sum, n, last }] of held) {
    if (contradicted.has(bucket)) continue;
    if (n < whole) {
      taken.incomplete++;
      continue;
    }
    values.set(
      bucket,
      combine === "sum" ? sum : combine === "mean" ? sum / n : last,
    );
  }
  taken.contradictory = contradicted.size;
  return { values, counts, taken };
}

function place(buckets: Buckets, first: number, length: number): Float64Array {
  const { values, counts, taken } = buckets;
  const out = new Float64Array(length).fill(NaN);
  for (let t = 0; t < length; t++) {
    const value = values.get(first + t);
    if (value === undefined) taken.absent++;
    else if (value === value) {
      out[t] = value;
      taken.known++;
    }
  }
  for (const [bucket, count] of counts) {
    if (bucket < first || bucket >= first + length) taken.outside += count;
  }
  return out;
}

/** The scale on which a series is judged. */
export interface Scale {
  name: "log" | "log1p" | "none";
  values: Float64Array;
  /** Known values that have no logarithm. */
  lost: number;
}

/**
 * ln(1 + v) for counts (whole and not negative), ln v for what is otherwise
 * not negative, a zero then being unknown; nothing where there are negative
 * values.
 */
export function logarithm(x: Float64Array): Scale {
  let whole = true, negative = false;
  for (const value of x) {
    if (Number.isNaN(value)) continue;
    if (value < 0) negative = true;
    if (!Number.isInteger(value)) whole = false;
  }
  if (negative) return { name: "none", values: x, lost: 0 };
  if (whole) return { name: "log1p", values: x.map(Math.log1p), lost: 0 };
  let lost = 0;
  const values = x.map((value) => {
    if (value === 0) lost++;
    return value > 0 ? Math.log(value) : NaN;
  });
  return { name: "log", values, lost };
}

/** The first and the end of the last bucket, as ISO text in UTC. */
export function spanOf(grid: Grid): [from: string, to: string] {
  const text = (time: number) => new Date(time).toISOString();
  return [text(grid.start), text(timeOf(grid, grid.length))];
}
