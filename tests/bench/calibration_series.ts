/**
 * Series of which the truth is known, for the calibration: each generator is a
 * function of its own that says where its kind of world comes from.
 */
import type { Grid } from "../../analytics/statistics/seasonality.ts";
import { randomFrom } from "../support/random.ts";

/** Standard normal numbers from a seed. */
export function normalFrom(seed: number): () => number {
  const random = randomFrom(seed);
  return () =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Buckets from a Monday, 00:00 UTC. */
export const gridOf = (length: number, step = 3_600_000): Grid => ({
  start: Date.UTC(2024, 0, 1),
  step,
  length,
});

/** Hourly buckets from a Monday. */
export const hourly = (length: number): Grid => gridOf(length);

/** Numbers of this many buckets. */
export const fill = (n: number, value: (t: number) => number): Float64Array =>
  Float64Array.from({ length: n }, (_, t) => value(t));

/** x[t] = φ x[t−1] + ε[t], stationary from the start. */
export function autoregressive(
  n: number,
  phi: number,
  normal: () => number,
): Float64Array {
  let value = NaN;
  return fill(n, () => {
    const news = normal();
    return value = value === value
      ? phi * value + news
      : news / Math.sqrt(1 - phi * phi);
  });
}

/** The sums of what is new: a random walk. */
export function walk(n: number, normal: () => number): Float64Array {
  let value = 0;
  return fill(n, () => value += normal());
}

/** GARCH(1,1) of Bollerslev (1986), α .1, β .85, with t(3) innovations of variance 1: finite variance, no fourth moment. */
export function garch(n: number, normal: () => number): Float64Array {
  let variance = 1, last = 0;
  return fill(n, () => {
    variance = 0.05 + 0.1 * last * last + 0.85 * variance;
    const chi = normal() ** 2 + normal() ** 2 + normal() ** 2;
    return last = Math.sqrt(variance) * normal() / Math.sqrt(chi);
  });
}

/** (1 − L)^−d of noise, cut at 1,000 terms: long memory (Hosking 1981). */
export function fractional(
  n: number,
  d: number,
  normal: () => number,
): Float64Array {
  const terms = 1000;
  const weights = new Float64Array(terms).fill(1);
  for (let k = 1; k < terms; k++) {
    weights[k] = weights[k - 1]! * (k - 1 + d) / k;
  }
  const news = fill(n + terms, normal);
  return fill(n, (t) => {
    let sum = 0;
    for (let k = 0; k < terms; k++) sum += weights[k]! * news[t + terms - k]!;
    return sum;
  });
}

/** ln(1 + count), counts negative binomial of mean .8 e^(.5 AR(.8)) and size 1: most are zero, some are bursts. */
export function counts(
  n: number,
  normal: () => number,
  random: () => number,
): Float64Array {
  const level = autoregressive(n, 0.8, normal);
  return fill(n, (t) => {
    // A Poisson number of a mean that is exponential is negative binomial of size 1.
    const mean = 0.8 * Math.exp(0.3 * level[t]!) * -Math.log(1 - random());
    let count = 0, left = Math.exp(-mean);
    for (let u = random(); u > left && count < 500;) {
      u -= left;
      left *= mean / ++count;
    }
    return Math.log1p(count);
  });
}

/**
 * What Korea does in a day: little at five, much in the evening, later and
 * less steep on weekends, with the step that the morning makes on working
 * days; smooth in the minute.
 */
export function koreanDay(grid: Grid, t: number): number {
  const time = grid.start + t * grid.step + 9 * 3_600_000;
  const hour = time / 3_600_000 % 24;
  const weekend = (Math.floor(time / 86_400_000) + 3) % 7 >= 5;
  const wave = (peak: number) => Math.cos(2 * Math.PI * (hour - peak) / 24);
  return weekend
    ? 0.6 * wave(22) - 0.3
    : wave(20) + 0.5 / (1 + Math.exp(-4 * (hour - 9)));
}

/** Adds so many sd at these buckets, falling by 1/e in `decay` buckets. */
export function shocked(
  x: Float64Array,
  at: number[],
  height: number,
  decay: number,
): Float64Array {
  const mean = x.reduce((sum, v) => sum + v, 0) / x.length;
  const sd = Math.sqrt(
    x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length,
  );
  const out = x.slice();
  for (const first of at) {
    const last = Math.min(x.length, first + Math.ceil(8 * decay));
    for (let t = first; t < last; t++) {
      out[t]! += height * sd * Math.exp(-(t - first) / decay);
    }
  }
  return out;
}

/** Unknown in blocks of 3 to 40 buckets, about a tenth of all. */
export function holed(x: Float64Array, random: () => number): Float64Array {
  const out = x.slice();
  for (let left = x.length / 10; left > 0;) {
    const length = 3 + Math.floor(38 * random());
    const first = Math.floor(random() * x.length);
    out.fill(NaN, first, first + length);
    left -= length;
  }
  return out;
}

/** The plainest kinds, by their names. */
export const kinds: Record<
  string,
  (n: number, normal: () => number) => Float64Array
> = {
  "white noise": fill,
  "AR(0.9)": (n, normal) => autoregressive(n, 0.9, normal),
  "hourly seasonality": (n, normal) =>
    autoregressive(n, 0.5, normal).map((v, t) =>
      v + 2 * Math.sin(2 * Math.PI * t / 24) + (t % 24 === 9 ? 3 : 0)
    ),
  "random walk": walk,
};
