/** Which ids of a dense market may be believed. */
import type { Micros, Trade } from "../model/events.ts";

/** No market makes so many trades between two frames of one socket. */
const JUMP = 10_000_000n;
/** Nor so many while none is up: more than a year of the busiest. */
const OUTAGE = 1_000_000_000n;
/** So close to the doubted ones before it, an id goes on with them. */
const CLOSE = 10_000n;
/** Ids that go on by themselves for so long, by their own times, are the venue's new count. */
const CONFIRMED: Micros = 60_000_000;

/**
 * Where ids are dense, one that is millions ahead of the last would make a hole
 * of as many trades. It is doubted, unless for a minute no other kind comes:
 * then the venue really counts from there.
 */
export class IdBelief {
  #last = new Map<string, { id: bigint; jump: bigint }>();
  #doubted = new Map<string, { id: bigint; since: Micros }>();

  /** @returns why the trade is not believed; null: it is. */
  doubt({ market, id, ts }: Trade): string | null {
    const n = BigInt(id);
    const last = this.#last.get(market);
    if (!last || distance(n, last.id) <= last.jump) {
      return this.#believe(market, n);
    }
    const doubted = this.#doubted.get(market);
    if (!doubted || distance(n, doubted.id) > CLOSE) {
      this.#doubted.set(market, { id: n, since: ts });
    } else if (ts - doubted.since >= CONFIRMED) {
      return this.#believe(market, n);
    } else doubted.id = n;
    return `the id ${id} of ${market} is beyond belief: the one before it is ${last.id}`;
  }

  /** While no socket is up, many trades may be made. */
  rest(): void {
    for (const last of this.#last.values()) last.jump = OUTAGE;
  }

  #believe(market: string, id: bigint): null {
    this.#last.set(market, { id, jump: JUMP });
    this.#doubted.delete(market);
    return null;
  }
}

const distance = (a: bigint, b: bigint) => a > b ? a - b : b - a;
