import { pearson } from "./pearson.ts";
import { knownPairs } from "./lags.ts";

/** The places of the values of `x` in ascending order. */
export function ascending(x: Float64Array): Uint32Array {
  return Uint32Array.from(x, (_, i) => i).sort((a, b) => x[a]! - x[b]!);
}

/**
 * Ranks from 1; equal values share the mean of their places. NaN is not allowed.
 *
 * @param order the places in ascending order, where they are known already.
 * @param weights how often each value counts; a value that counts 0 times has rank 0.
 */
export function midRanks(
  x: Float64Array,
  order: Uint32Array = ascending(x),
  weights?: Float64Array,
): Float64Array {
  const ranks = new Float64Array(x.length);
  let before = 0;
  for (let from = 0; from < order.length;) {
    const value = x[order[from]!]!;
    let to = from, count = 0;
    while (to < order.length && x[order[to]!] === value) {
      count += weights ? weights[order[to]!]! : 1;
      to++;
    }
    if (count > 0) {
      for (let i = from; i < to; i++) {
        ranks[order[i]!] = before + (count + 1) / 2;
      }
    }
    before += count;
    from = to;
  }
  return ranks;
}

/** Spearman's ρ: Pearson's r of the mid-ranks, over the pairs of which both are known. */
export function spearman(x: Float64Array, y: Float64Array): number {
  const [a, b] = knownPairs(x, y);
  return pearson(midRanks(a), midRanks(b));
}
