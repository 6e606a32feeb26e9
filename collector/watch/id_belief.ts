/** Detects implausible ids of a dense market. */
import type { Micros, Trade } from "../model/events.ts";

/** No market makes so many trades between two frames. */
const JUMP = 100_000n;
/** An id this close to the doubted ones before it continues their sequence. */
const CLOSE = 10_000n;
/** Ids that go on by themselves for so long, by their own times, are the venue's count: many were made meanwhile. */
const CONFIRMED: Micros = 20_000_000;

/**
 * Ids are dense, so an id far from the last one would open a gap of as many
 * trades. It is doubted until ids keep coming from there for a while: then the
 * venue does count from there, and the gap is refilled.
 */
export class IdBelief {
  #last = new Map<string, bigint>();
  #doubted = new Map<string, { id: bigint; since: Micros }>();

  /** The last trade that was stored of a market before this process. */
  know(market: string, id: string): void {
    if (!this.#last.has(market)) this.#last.set(market, BigInt(id));
  }

  /** @returns why the trade is not believed; null: it is. */
  doubt({ market, id, ts }: Trade): string | null {
    const n = BigInt(id);
    const last = this.#last.get(market);
    if (last === undefined || distance(n, last) <= JUMP) {
      return this.#believe(market, n);
    }
    const doubted = this.#doubted.get(market);
    if (!doubted || distance(n, doubted.id) > CLOSE) {
      this.#doubted.set(market, { id: n, since: ts });
    } else if (ts - doubted.since >= CONFIRMED) {
      return this.#believe(market, n);
    } else doubted.id = n;
    return `the id ${id} of ${market} is beyond belief: the one before it is ${last}`;
  }

  #believe(market: string, id: bigint): null {
    this.#last.set(market, id);
    this.#doubted.delete(market);
    return null;
  }
}

const distance = (a: bigint, b: bigint) => a > b ? a - b : b - a;
