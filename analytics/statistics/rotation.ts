import { studentBeyond } from "./distributions.ts";
import type { Interval } from "./fisher.ts";
import { meanOf } from "./rhythm.ts";
import type { Grid } from "./seasonality.ts";
import { MS } from "../../collector/model/time.ts";

/** One series turned round against the other. */
export interface Rotations {
  /** Whole weeks where there are 20 such shifts, whole days where there are 15, else steps of equal length. */
  way: "weeks" | "days" | "steps";
  /** Buckets of each shift, 1 … length − 1. */
  shifts: number[];
}

/**
 * Shifts of a series round its own span: it keeps its memory, bursts and holes
 * whole and can know nothing of the other. Nothing closer than a twentieth of
 * the span counts, where both still share what is slow.
 */
export function rotationsOf({ length, step }: Grid): Rotations {
  const least = Math.ceil(length / 20);
  const every = (size: number) => {
    const shifts: number[] = [];
    for (let s = size; s < length; s += size) {
      if (s >= least && s <= length - least) shifts.push(s);
    }
    return shifts;
  };
  for (
    const [way, size, fewest] of [
      ["weeks", MS.week / step, 20],
      ["days", MS.day / step, 15],
    ] as const
  ) {
    const shifts = Number.isInteger(size) ? every(size) : [];
    if (shifts.length >= fewest) return { way, shifts };
  }
  return { way: "steps", shifts: every(Math.max(1, Math.round(length / 220))) };
}

/**
 * Share of the copies at least as far from 0 as the observed value, it counted
 * among them; where no copy is, or the share is at most .05 and too coarse to say
 * how small, Student's t on the copies' root mean square.
 */
export function shareBeyond(observed: number, copies: number[]): number {
  const known = copies.filter((value) => !Number.isNaN(value));
  if (Number.isNaN(observed) || known.length === 0) return NaN;
  const size = Math.abs(observed);
  const hits = known.filter((value) => Math.abs(value) >= size).length;
  const share = (1 + hits) / (1 + known.length);
  if (hits > 0 && share > 0.05) return share;
  return Math.min(share, studentBeyond(size / spreadOf(known), known.length));
}

/** Root mean square: how far from 0 copies are. */
const spreadOf = (copies: number[]): number =>
  Math.sqrt(copies.reduce((sum, v) => sum + v * v, 0) / copies.length);

/** A correlation beside those of copies that know nothing of each other. */
export interface Placed {
  /** tanh(atanh r ± t s), s the root mean square of the copies' atanh r; null where there are too few copies. */
  interval: Interval | null;
  /** Share of the copies with |r| as great. */
  p: number;
  copies: number;
  /** s: how much a correlation of unrelated copies varies. */
  spread: number;
}

/** Fewest copies that an interval is made from. */
const LEAST_COPIES = 10;

/** The place of corr(x, y) among the correlations of y with x turned round. */
export function placedCorrelation(
  x: Float64Array,
  y: Float64Array,
  r: number,
  { shifts }: Rotations,
): Placed {
  const n = x.length;
  const doubled = new Float64Array(2 * n);
  doubled.set(x);
  doubled.set(x, n);
  const meanX = meanOf(x), meanY = meanOf(y);
  /** Pearson's r over the pairs that are known, in one pass. */
  const correlate = (shift: number) => {
    let count = 0, a = 0, b = 0, aa = 0, bb = 0, ab = 0;
    for (let t = 0; t < n; t++) {
      const u = doubled[shift + t]! - meanX, v = y[t]! - meanY;
      const product = u * v;
      if (product !== product) continue;
      count++;
      a += u;
      b += v;
      aa += u * u;
      bb += v * v;
      ab += product;
    }
    return (ab - a * b / count) /
      Math.sqrt((aa - a * a / count) * (bb - b * b / count));
  };
  const copies = shifts.map(correlate).filter((value) => Math.abs(value) < 1);
  const z = Math.atanh(r);
  const atanhs = copies.map(Math.atanh);
  const spread = spreadOf(atanhs);
  const half = quantileOfT(copies.length) * spread;
  return {
    interval: copies.length < LEAST_COPIES || Number.isNaN(r)
      ? null
      : { low: Math.tanh(z - half), high: Math.tanh(z + half) },
    p: shareBeyond(z, atanhs),
    copies: copies.length,
    spread,
  };
}

/** The t with P(|T| ≥ t) = .05 of so many degrees of freedom. */
function quantileOfT(df: number): number {
  let low = 1.9, high = 13;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (studentBeyond(middle, df) > 0.05) low = middle;
    else high = middle;
  }
  return low;
}
