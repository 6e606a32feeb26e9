import { knownPairs } from "./lags.ts";
import { ascending } from "./spearman.ts";

/** Ranks without gaps, equal values equal, from 0; and how many there are. */
export function denseRanks(
  x: Float64Array,
  order: Uint32Array,
): { ranks: Uint32Array; distinct: number } {
  const ranks = new Uint32Array(x.length);
  let rank = -1, before = NaN;
  for (const place of order) {
    if (x[place] !== before) rank++;
    before = x[place]!;
    ranks[place] = rank;
  }
  return { ranks, distinct: rank + 1 };
}

/**
 * Kendall's τ-b = (C − D) / √((n₀ − n₁)(n₀ − n₂)) with C concordant and D
 * discordant pairs, n₀ = n(n−1)/2, n₁ and n₂ the pairs tied in x and in y
 * (Kendall 1945), in O(n log n): in ascending order of x each value is placed
 * in a Fenwick tree over the ranks of y.
 */
export class Kendall {
  readonly #order: Uint32Array;
  readonly #x: Uint32Array;
  readonly #y: Uint32Array;
  readonly #tree: Float64Array;

  /** Both series known throughout. */
  constructor(x: Float64Array, y: Float64Array) {
    this.#order = ascending(x);
    this.#x = denseRanks(x, this.#order).ranks;
    const { ranks, distinct } = denseRanks(y, ascending(y));
    this.#y = ranks;
    this.#tree = new Float64Array(distinct + 1);
  }

  /** τ-b where pair i counts `weights[i]` times; NaN where a series is constant. */
  tau(weights?: Float64Array): number {
    const order = this.#order, x = this.#x, y = this.#y, tree = this.#tree;
    tree.fill(0);
    const counts = new Float64Array(tree.length);
    let n = 0, score = 0, tiedX = 0;
    for (let from = 0; from < order.length;) {
      const rank = x[order[from]!]!;
      let to = from, group = 0;
      for (; to < order.length && x[order[to]!] === rank; to++) {
        const place = order[to]!;
        const weight = weights ? weights[place]! : 1;
        if (weight === 0) continue;
        group += weight;
        const own = y[place]!;
        const upTo = sumTo(tree, own + 1), below = sumTo(tree, own);
        score += weight * (below - (n - upTo));
      }
      for (let i = from; i < to; i++) {
        const place = order[i]!;
        const weight = weights ? weights[place]! : 1;
        if (weight === 0) continue;
        counts[y[place]!]! += weight;
        for (let at = y[place]! + 1; at < tree.length; at += at & -at) {
          tree[at]! += weight;
        }
      }
      n += group;
      tiedX += group * (group - 1) / 2;
      from = to;
    }
    let tiedY = 0;
    for (const count of counts) tiedY += count * (count - 1) / 2;
    const all = n * (n - 1) / 2;
    const below = Math.sqrt(all - tiedX) * Math.sqrt(all - tiedY);
    return below > 0 ? Math.max(-1, Math.min(1, score / below)) : NaN;
  }
}

/** Sum of the tree's first `count` places. */
function sumTo(tree: Float64Array, count: number): number {
  let sum = 0;
  for (let at = count; at > 0; at -= at & -at) sum += tree[at]!;
  return sum;
}

/** Kendall's τ-b over the pairs of which both are known; NaN where it is not defined. */
export function kendall(x: Float64Array, y: Float64Array): number {
  return new Kendall(...knownPairs(x, y)).tau();
}
