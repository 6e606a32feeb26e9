import type { DepthLevel } from "../depth.ts";
import type { WorldMarket } from "../markets.ts";
import { MovingBook } from "../moving_book.ts";
import type { World } from "../world.ts";
import { binancePrice, binanceSize } from "./binance_frames.ts";

const LEVELS = 40;

/** One market's book as the venue holds it. */
interface Held {
  lastUpdate: number;
  book: MovingBook;
}

/** Changes of a book since the last look, with the ids that number them. */
export interface BookChange {
  U: number;
  u: number;
  b: [string, string][];
  a: [string, string][];
}

const texts = (market: WorldMarket, levels: DepthLevel[]) =>
  levels.map(([ticks, units]): [string, string] => [
    binancePrice(market, ticks),
    binanceSize(market, units),
  ]);

/** The order books, moved forwards by looking at them; every change has a number. */
export class Books {
  #held = new Map<WorldMarket, Held>();
  #changed: ((market: WorldMarket, ms: number, change: BookChange) => void)[] =
    [];

  constructor(readonly world: World, readonly now: () => number) {}

  /** Calls back with every change, in order. */
  onChange(
    call: (market: WorldMarket, ms: number, change: BookChange) => void,
  ): void {
    this.#changed.push(call);
  }

  /** Brings a book up to `ms` and tells those who listen what changed. */
  advance(market: WorldMarket, ms: number): Held {
    let held = this.#held.get(market);
    if (!held) {
      // Higher after every start, as on the venue.
      held = {
        lastUpdate: Math.floor(ms / 10),
        book: new MovingBook(this.world, market, LEVELS),
      };
      this.#held.set(market, held);
    }
    const U = held.lastUpdate + 1;
    const { bids, asks } = held.book.move(ms);
    if (bids.length + asks.length > 0) {
      held.lastUpdate += bids.length + asks.length;
      const change = {
        U,
        u: held.lastUpdate,
        b: texts(market, bids),
        a: texts(market, asks),
      };
      for (const call of this.#changed) call(market, ms, change);
    }
    return held;
  }

  /** What `/api/v3/depth` answers. */
  snapshot(market: WorldMarket, levels: number): unknown {
    const { lastUpdate, book } = this.advance(market, this.now());
    const { bids, asks } = book.best;
    return {
      lastUpdateId: lastUpdate,
      bids: texts(market, bids.slice(0, levels)),
      asks: texts(market, asks.slice(0, levels)),
    };
  }
}
