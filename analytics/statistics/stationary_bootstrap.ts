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
  const { block, draws = 2000, seed = 1 } = options;
  const random = randomFrom(seed);
  const scale = block > 1 ? 1 / Math.log1p(-1 / block) : 0;
  const counts = new Float64Array(n);
  return Float64Array.from({ length: draws }, () => {
    counts.fill(0);
    for (let left = n; left > 0;) {
      let at = Math.floor(random() * n);
      const length = 1 + Math.floor(Math.log(1 - random()) * scale);
      for (let i = Math.min(left, length); i > 0; i--, left--) {
        counts[at]!++;
        if (++at === n) at = 0;
      }
    }
    return statistic(counts);
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
  const statistic = weighted(a, b, method);
  const block = Math.max(1, options.block ?? pairBlockLength(a, b));
  if (!Number.isFinite(block) || Number.isNaN(pearson(a, b))) return null;
  const drawn = stationaryBootstrap(a.length, statistic, { ...options, block })
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
  method: "pearson" | "spearman" | "kendall",
): (counts: Float64Array) => number {
  if (method === "pearson") return (counts) => pearson(x, y, counts);
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
