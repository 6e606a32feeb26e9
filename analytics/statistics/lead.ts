import { normalAt } from "./distributions.ts";

/** The lags that stand out most: on x's side (positive), on y's, and in the same bucket. */
export interface Peaks {
  /** Lag and |z|; a side without a lag has |z| 0. */
  x: { lag: number; z: number };
  y: { lag: number; z: number };
  same: number;
  /** The greatest of them. */
  most: number;
}

/** What two series of news are, ready to be compared many times: unknown is 0, and known by a mark. */
export interface Marked {
  values: Float64Array;
  known: Uint8Array;
  holes: boolean;
}

/** Marks what is unknown. */
export function mark(x: Float64Array): Marked {
  const values = new Float64Array(x.length);
  const known = new Uint8Array(x.length);
  let holes = false;
  for (let t = 0; t < x.length; t++) {
    if (x[t]! === x[t]!) {
      values[t] = x[t]!;
      known[t] = 1;
    } else holes = true;
  }
  return { values, known, holes };
}

/**
 * z of every lag, −lags … lags, as {@link crossCorrelation} has it for series
 * whose mean is 0: T = Σab/√Σa²b² (White 1980), less what was spent.
 *
 * @param spent share of the buckets that went into parameters.
 */
export function lagScores(
  x: Marked,
  y: Marked,
  lags: number,
  spent: number,
): Float64Array {
  const n = x.values.length;
  const out = new Float64Array(2 * lags + 1);
  const { values: a, known: knownA } = x, { values: b, known: knownB } = y;
  const holes = x.holes || y.holes;
  for (let lag = -lags; lag <= lags; lag++) {
    const from = Math.max(0, lag), to = Math.min(n, n + lag);
    let sum = 0, squares = 0, pairs = to - from;
    for (let t = from; t < to; t++) {
      const product = a[t - lag]! * b[t]!;
      sum += product;
      squares += product * product;
    }
    if (holes) {
      pairs = 0;
      for (let t = from; t < to; t++) pairs += knownA[t - lag]! & knownB[t]!;
    }
    const left = pairs * (1 - spent);
    if (!(squares > 0) || left <= 2) continue;
    const T = sum / Math.sqrt(squares) * Math.sqrt(left / pairs);
    out[lag + lags] = T / Math.sqrt(Math.max(1 - T * T / left, 1 / left));
  }
  return out;
}

/** The peaks of a table of z. */
export function peaksOf(z: Float64Array): Peaks {
  const lags = (z.length - 1) / 2;
  const x = { lag: 1, z: 0 }, y = { lag: -1, z: 0 };
  for (let k = 1; k <= lags; k++) {
    const ahead = Math.abs(z[lags + k]!), back = Math.abs(z[lags - k]!);
    if (ahead > x.z) [x.lag, x.z] = [k, ahead];
    if (back > y.z) [y.lag, y.z] = [-k, back];
  }
  const same = Math.abs(z[lags]!);
  return { x, y, same, most: Math.max(x.z, y.z, same) };
}

/** Joint events that independent series have on average. */
const BY_CHANCE = 1.6;

/**
 * 1 where a series moves further than all but √(1.6/n) of its buckets, else 0:
 * independent series do so together 1.6 times in all, however heavy their tails.
 */
export function extremes(x: Float64Array): Float64Array {
  const sizes = x.filter((v) => v === v).map(Math.abs).sort();
  const most = Math.round(Math.sqrt(BY_CHANCE * sizes.length));
  const far = sizes[sizes.length - most - 1] ?? Infinity;
  return x.map((v) => Math.abs(v) > far ? 1 : 0);
}

/** Buckets that are left out: from each of `at` on so many. */
export interface LeftOut {
  at: number[];
  buckets: number;
}

/** Buckets after a joint event in which its echo is taken to last, where there is room. */
const ECHO = 48;

/**
 * The largest joint events and their echo, half of all buckets at most.
 * @param x,y see {@link extremes}.
 */
export function jointEvents(x: Float64Array, y: Float64Array): LeftOut {
  const at: number[] = [];
  for (let t = 0; t < x.length; t++) if (x[t]! * y[t]! > 0) at.push(t);
  const room = Math.floor(x.length / 2 / Math.max(1, at.length));
  return { at, buckets: Math.max(1, Math.min(ECHO, room)) };
}

/** A series without these buckets. */
export function withoutEvents(
  x: Float64Array,
  { at, buckets }: LeftOut,
): Float64Array {
  if (at.length === 0) return x;
  const out = x.slice();
  for (const from of at) out.fill(NaN, from, from + buckets);
  return out;
}

/**
 * The |r| that nine of ten such comparisons would find, where |z| has to
 * exceed `bound` over `pairs` pairs: T = r √n / √(1 + 2r²) for normal scores.
 */
export function seenNineInTen(bound: number, pairs: number): number {
  const z = bound + normalAt(0.9);
  if (!(pairs > 0)) return NaN;
  const T = z / Math.sqrt(1 + z * z / pairs);
  const square = T * T / pairs;
  return square < 0.5 ? Math.sqrt(square / (1 - 2 * square)) : NaN;
}
