/**
 * Seeded randomness with random access: the same (seed, stream, index) gives
 * the same value whatever was asked before, so nothing has to be stored.
 */

/** A 32-bit finaliser with good avalanche (Wellons' `lowbias32` constants). */
function scramble(value: number): number {
  value ^= value >>> 16;
  value = Math.imul(value, 0x7feb352d);
  value ^= value >>> 15;
  value = Math.imul(value, 0x846ca68b);
  return (value ^ (value >>> 16)) >>> 0;
}

/** A 32-bit hash of a seed, a stream (see {@link stream}) and an index up to 2^53. */
export function hash(seed: number, stream: number, index: number): number {
  const high = Math.floor(index / 4294967296);
  const low = (index - high * 4294967296) | 0;
  return scramble(
    (scramble((scramble(seed ^ 0x9e3779b9) + stream) | 0) ^ scramble(low)) +
        Math.imul(high, 0x85ebca6b) | 0,
  );
}

/** A number for a name, to keep independent series apart (FNV-1a). */
export function stream(name: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < name.length; at++) {
    value = Math.imul(value ^ name.charCodeAt(at), 0x01000193);
  }
  return value >>> 0;
}

/** Uniform on [0, 1). */
export function uniform(seed: number, stream: number, index: number): number {
  return hash(seed, stream, index) / 4294967296;
}

/** Standard normal (Box–Muller). */
export function normal(seed: number, stream: number, index: number): number {
  const first = hash(seed, stream, index);
  const second = scramble(first ^ 0x5bd1e995);
  return Math.sqrt(-2 * Math.log((first + 0.5) / 4294967296)) *
    Math.cos(2 * Math.PI * second / 4294967296);
}

/**
 * Smooth noise of unit size: standard normals at every `period`, joined by a
 * line. `at` and `period` are in the same unit.
 */
export function drift(
  seed: number,
  stream: number,
  at: number,
  period: number,
): number {
  const knot = Math.floor(at / period);
  const part = at / period - knot;
  return (1 - part) * normal(seed, stream, knot) +
    part * normal(seed, stream, knot + 1);
}

/** A sequence of pseudo-random numbers (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** Uniform on [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let value = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number on [0, below). */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** Standard normal. */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.next())) *
      Math.cos(2 * Math.PI * this.next());
  }

  /** Poisson; from a mean of 60 on by its normal approximation. */
  poisson(mean: number): number {
    if (mean >= 60) {
      return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    }
    const limit = Math.exp(-mean);
    let count = 0;
    for (let left = this.next(); left > limit; left *= this.next()) count++;
    return count;
  }
}
