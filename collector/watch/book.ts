import { compareDecimals } from "../model/decimal.ts";
import type { Book, BookDelta, LevelChange, Micros } from "../model/events.ts";
import type { BookSnapshot, Venue } from "../venues/venue.ts";

/**
 * `waiting`: kept until a snapshot comes; `applied`; `ignored`: older than the
 * book; `broken`: an update is missing, the book waits for a new snapshot;
 * `unlike`: its checksum is not the venue's, likewise.
 */
export type Step = "waiting" | "applied" | "ignored" | "broken" | "unlike";

/** Deltas kept while a snapshot is under way: about eight minutes at 10 a second. */
const MOST_WAITING = 5000;

/**
 * A market's order book, kept from a snapshot and the deltas after it, by the
 * rules of Binance's documentation ("How to manage a local order book
 * correctly"): deltas that the snapshot holds already are dropped, and each
 * further one must begin at or before the update id that follows the last.
 *
 * Where the socket sends the whole book, each one begins anew. Deltas without
 * update ids are taken as they come; a checksum tells whether one is missing.
 *
 * It knows the levels of the snapshot and those that changed since. `keep`
 * bounds each side; what lies deeper is forgotten.
 */
export class LocalBook {
  #bids: LevelChange[] = [];
  #asks: LevelChange[] = [];
  /** The last update's id, if it has one; null while a snapshot is awaited. */
  #last: bigint | "unnumbered" | null = null;
  #ts: Micros | null = null;
  #waiting: BookDelta[] = [];

  constructor(
    readonly venue: string,
    readonly market: string,
    readonly keep = 2000,
    readonly checksum?: NonNullable<Venue["wholeBook"]>["checksum"],
  ) {}

  /** Whether a snapshot is needed. */
  get waiting(): boolean {
    return this.#last === null;
  }

  /** Forgets everything: after a socket broke, updates are missing. */
  reset(): void {
    this.#last = this.#ts = null;
    this.#waiting = [];
  }

  /** Takes the next delta. */
  apply(delta: BookDelta): Step {
    if (delta.whole) return this.#begin(delta);
    if (this.#last === null) {
      this.#waiting.push(delta);
      // Losing the oldest is found out when the snapshot meets the rest.
      if (this.#waiting.length > MOST_WAITING) this.#waiting.shift();
      return "waiting";
    }
    const { firstUpdate, lastUpdate } = delta;
    if (
      this.#last !== "unnumbered" && firstUpdate !== null && lastUpdate !== null
    ) {
      const last = BigInt(lastUpdate);
      if (last <= this.#last) return "ignored";
      if (BigInt(firstUpdate) > this.#last + 1n) {
        this.reset();
        this.#waiting.push(delta);
        return "broken";
      }
      this.#last = last;
    }
    for (const level of delta.bids) change(this.#bids, level, -1);
    for (const level of delta.asks) change(this.#asks, level, 1);
    // A level beyond the bound is worth nothing, but would cost memory.
    this.#bids.length = Math.min(this.#bids.length, this.keep);
    this.#asks.length = Math.min(this.#asks.length, this.keep);
    this.#ts = delta.ts;
    return this.#compared(delta);
  }

  /** Begins anew with a whole book. */
  #begin({ lastUpdate, bids, asks, ts, checksum }: BookDelta): Step {
    this.#waiting = [];
    this.#last = lastUpdate === null ? "unnumbered" : BigInt(lastUpdate);
    this.#bids = side(bids, -1, this.keep);
    this.#asks = side(asks, 1, this.keep);
    this.#ts = ts;
    return this.#compared({ checksum });
  }

  #compared({ checksum }: Pick<BookDelta, "checksum">): Step {
    if (checksum === undefined || !this.checksum) return "applied";
    if (this.checksum(this.#bids, this.#asks) === checksum) return "applied";
    this.reset();
    return "unlike";
  }

  /**
   * Starts from a snapshot and the deltas that waited for it.
   * @returns false when it is older than they reach: ask for another one.
   */
  start(snapshot: BookSnapshot): boolean {
    const deltas = this.#waiting;
    this.#waiting = [];
    this.#last = BigInt(snapshot.lastUpdate);
    this.#ts = null;
    this.#bids = side(snapshot.bids, -1, this.keep);
    this.#asks = side(snapshot.asks, 1, this.keep);
    for (const [i, delta] of deltas.entries()) {
      if (this.apply(delta) !== "broken") continue;
      this.#waiting = deltas.slice(i);
      return false;
    }
    return true;
  }

  /**
   * The best `depth` levels of both sides; null before the first delta after
   * the snapshot, since a snapshot says no event time.
   */
  top(depth: number): Book | null {
    if (this.#last === null || this.#ts === null) return null;
    return {
      kind: "book",
      venue: this.venue,
      market: this.market,
      ts: this.#ts,
      bids: this.#bids.slice(0, depth).map(([price, size]) => [price, size]),
      asks: this.#asks.slice(0, depth).map(([price, size]) => [price, size]),
    };
  }
}

/** A side of a snapshot, best first, without empty levels. */
function side(
  levels: LevelChange[],
  order: 1 | -1,
  keep: number,
): LevelChange[] {
  return levels.filter(([, size]) => size !== "0")
    .sort((a, b) => order * compareDecimals(a[0], b[0])).slice(0, keep);
}

/** Sets or removes one level of a side that is sorted best first. */
function change(
  levels: LevelChange[],
  level: LevelChange,
  order: 1 | -1,
): void {
  let from = 0, to = levels.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    const there = levels[middle]!;
    if (order * compareDecimals(there[0], level[0]) < 0) from = middle + 1;
    else to = middle;
  }
  const found = levels[from]?.[0] === level[0];
  if (level[1] !== "0") levels.splice(from, found ? 1 : 0, level);
  else if (found) levels.splice(from, 1);
}
