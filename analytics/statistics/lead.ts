import type { White } from "./cross_correlation.ts";
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
    const left = pairs - spent;
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

/**
 * The buckets of the largest joint events: both move the same way, each further
 * than so many independent series do together once in two to three pairs; at most one
 * of a hundred buckets, the largest first.
 */
export function jointEvents(x: White, y: White): number[] {
  const a = x.white, b = y.white, n = a.length;
  const far = -normalAt(Math.sqrt(0.2 / Math.max(n, 100)));
  const events: [at: number, size: number][] = [];
  for (let t = 0; t < n; t++) {
    const size = Math.min(Math.abs(a[t]!), Math.abs(b[t]!));
    if (size > far && a[t]! * b[t]! > 0) events.push([t, size]);
  }
  return events.sort((p, q) => q[1] - p[1]).slice(0, Math.ceil(n / 100))
    .map(([at]) => at);
}

/** Buckets after a joint event in which its echo is taken to last. */
export const ECHO = 48;

/** A series without the buckets of these events and their echo. */
export function withoutEvents(x: Float64Array, events: number[]): Float64Array {
  const out = x.slice();
  for (const at of events) out.fill(NaN, at, at + ECHO);
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
