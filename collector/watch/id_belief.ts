/** Which ids of a dense market may be believed. */
import type { Trade } from "../events.ts";

/** No market makes so many trades while a socket lives between two frames. */
const JUMP = 10_000_000n;
/** So close to a doubted id, another one confirms it. */
const CLOSE = 10_000n;

/**
 * Where ids are dense, one that is millions ahead of the last would make a hole
 * of as many trades. It is doubted until a second one close to it says that the
 * venue really counts from there.
 */
export class IdBelief {
  #last = new Map<string, bigint>();
  #doubted = new Map<string, bigint>();

  /** @returns why the trade is not believed; null: it is. */
  doubt({ market, id }: Trade): string | null {
    const n = BigInt(id);
    const last = this.#last.get(market);
    if (last === undefined || distance(n, last) <= JUMP) {
      this.#last.set(market, n);
      return null;
    }
    const doubted = this.#doubted.get(market);
    if (
      doubted !== undefined && n !== doubted && distance(n, doubted) <= CLOSE
    ) {
      this.#last.set(market, n);
      this.#doubted.delete(market);
      return null;
    }
    this.#doubted.set(market, n);
    return `the id ${id} of ${market} is beyond belief: the one before it is ${last}`;
  }

  /** A new socket may begin anywhere. */
  forget(): void {
    this.#last.clear();
    this.#doubted.clear();
  }
}

const distance = (a: bigint, b: bigint) => a > b ? a - b : b - a;
