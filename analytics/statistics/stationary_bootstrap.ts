import { blockLength } from "./block_length.ts";
import type { Interval } from "./fisher.ts";
import { Kendall } from "./kendall.ts";
import { knownPairs } from "./lags.ts";
import { pearson } from "./pearson.ts";
import { randomFrom } from "./random.ts";
import { ascending, midRanks } from "./spearman.ts";

/** What the draws say of a statistic. */
export interface Bootstrap extends Interval {
  /** Standard deviation over the draws. */
  error: number;
  /** Mean block length. */
  block: number;
  draws: number;
}

/** How to draw. */
export interface BootstrapOptions {
  /** Mean block length; default by {@link blockLength} of the product of the standardised series. */
  block?: number;
  /** Default 2,000. */
  draws?: number;
  /** Default 1. */
  seed?: number;
}

/**
 * The stationary bootstrap (Politis & Romano 1994): the series is put together
 * anew from blocks that start anywhere and have geometric lengths of mean
 * `block`, wrapping round the end. `statistic` gets how often each place was
 * drawn and gives null where it is not defined in that draw.
 *
 * @returns each draw's statistic.
 */
export function stationaryBootstrap(
  n: number,
  statistic: (counts: Float64Array) => number,
  options: { block: number; draws?: number; seed?: number },
): Float64Array {
  const counts = new Float64Array(n);
  const random = randomFrom(options.seed ?? 1);
  return Float64Array.from({ length: options.draws ?? 2000 }, () => {
    counts.fill(0);
    drawBlocks(n, options.block, random, (from, to) => {
      for (let i = from; i < to; i++) counts[i]!++;
    });
    return statistic(counts);
  });
}

/** One draw: spans of places, `n` in all; a block that runs over the end goes on at 0. */
function drawBlocks(
  n: number,
  block: number,
  random: () => number,
  take: (from: number, to: number) => void,
): void {
  const scale = block > 1 ? 1 / Math.log1p(-1 / block) : 0;
  for (let left = n; left > 0;) {
    let from = Math.floor(random() * n);
    let length = scale === 0
      ? 1
      : 1 + Math.floor(Math.log(1 - random()) * scale);
    if (length > left) length = left;
    left -= length;
    while (length > 0) {
      const to = Math.min(n, from + length);
      take(from, to);
      length -= to - from;
      from = 0;
    }
  }
}

/** Pearson's r of each draw; sums over a block are differences of running sums. */
function bootstrapPearson(
  x: Float64Array,
  y: Float64Array,
  options: { block: number; draws?: number; seed?: number },
): Float64Array {
  const n = x.length;
  const meanX = x.reduce((sum, v) => sum + v, 0) / n;
  const meanY = y.reduce((sum, v) => sum + v, 0) / n;
  // Five running sums beside one another: x, y, x², y², xy.
  const sums = new Float64Array(5 * (n + 1));
  for (let i = 0, at = 0; i < n; i++, at += 5) {
    const u = x[i]! - meanX, v = y[i]! - meanY;
    sums[at + 5] = sums[at]! + u;
    sums[at + 6] = sums[at + 1]! + v;
    sums[at + 7] = sums[at + 2]! + u * u;
    sums[at + 8] = sums[at + 3]! + v * v;
    sums[at + 9] = sums[at + 4]! + u * v;
  }
  const wholeX = sums[5 * n + 2]!, wholeY = sums[5 * n + 3]!;
  const random = randomFrom(options.seed ?? 1);
  return Float64Array.from({ length: options.draws ?? 2000 }, () => {
    let u = 0, v = 0, uu = 0, vv = 0, uv = 0;
    drawBlocks(n, options.block, random, (from, to) => {
      const low = 5 * from, high = 5 * to;
      u += sums[high]! - sums[low]!;
      v += sums[high + 1]! - sums[low + 1]!;
      uu += sums[high + 2]! - sums[low + 2]!;
      vv += sums[high + 3]! - sums[low + 3]!;
      uv += sums[high + 4]! - sums[low + 4]!;
    });
    const xx = uu - u * u / n, yy = vv - v * v / n;
    // What rounding leaves of a constant draw is no variance.
    return xx > 1e-12 * wholeX && yy > 1e-12 * wholeY
      ? (uv - u * v / n) / Math.sqrt(xx * yy)
      : NaN;
  });
}

/**
 * A 95 % percentile interval of a correlation, over pairs drawn together. Not
 * valid where a series has a unit root.
 *
 * @returns null where the correlation is not defined.
 */
export function bootstrapCorrelation(
  x: Float64Array,
  y: Float64Array,
  method: "pearson" | "spearman" | "kendall",
  options: BootstrapOptions = {},
): Bootstrap | null {
  const [a, b] = knownPairs(x, y);
  const block = Math.max(1, options.block ?? pairBlockLength(a, b));
  if (!Number.isFinite(block) || Number.isNaN(pearson(a, b))) return null;
  const how = { ...options, block };
  const drawn =
    (method === "pearson"
      ? bootstrapPearson(a, b, how)
      : stationaryBootstrap(a.length, weighted(a, b, method), how))
      .filter((r) => !Number.isNaN(r)).sort();
  const draws = drawn.length;
  if (draws < 2) return null;
  const mean = drawn.reduce((sum, r) => sum + r, 0) / draws;
  const error = Math.sqrt(
    drawn.reduce((sum, r) => sum + (r - mean) ** 2, 0) / (draws - 1),
  );
  return {
    low: quantile(drawn, 0.025),
    high: quantile(drawn, 0.975),
    error,
    block,
    draws,
  };
}

/** {@link blockLength} of the product of the standardised series, whose mean is Pearson's r. */
export function pairBlockLength(x: Float64Array, y: Float64Array): number {
  const n = x.length;
  const meanX = x.reduce((sum, v) => sum + v, 0) / n;
  const meanY = y.reduce((sum, v) => sum + v, 0) / n;
  // Scale does not change the length.
  return blockLength(x.map((v, i) => (v - meanX) * (y[i]! - meanY)));
}

/** The coefficient of pairs of which each counts so many times. */
function weighted(
  x: Float64Array,
  y: Float64Array,
  method: "spearman" | "kendall",
): (counts: Float64Array) => number {
  if (method === "kendall") {
    const pairs = new Kendall(x, y);
    return (counts) => pairs.tau(counts);
  }
  const orderX = ascending(x), orderY = ascending(y);
  return (counts) =>
    pearson(midRanks(x, orderX, counts), midRanks(y, orderY, counts), counts);
}

/** Linear between the places of sorted values. */
export function quantile(sorted: Float64Array, p: number): number {
  const at = p * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!);
}
