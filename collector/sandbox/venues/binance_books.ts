import { depth } from "../depth.ts";
import type { WorldMarket } from "../markets.ts";
import type { World } from "../world.ts";
import { binancePrice, binanceSize } from "./binance_frames.ts";

const LEVELS = 40;

/** One market's book as the venue holds it: units by price in ticks. */
interface Held {
  lastUpdate: number;
  bids: Map<number, number>;
  asks: Map<number, number>;
}

/** Changes of a book since the last look, with the ids that number them. */
export interface BookChange {
  U: number;
  u: number;
  b: [string, string][];
  a: [string, string][];
}

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
        bids: new Map(),
        asks: new Map(),
      };
      this.#held.set(market, held);
    }
    const target = depth(this.world, market, ms, LEVELS);
    const U = held.lastUpdate + 1;
    const side = (kept: Map<number, number>, levels: [number, number][]) => {
      const wanted = new Map(levels);
      const out: [string, string][] = [];
      for (const ticks of kept.keys()) {
        if (wanted.has(ticks)) continue;
        kept.delete(ticks);
        out.push([binancePrice(market, ticks), "0.00000000"]);
      }
      for (const [ticks, units] of wanted) {
        if (kept.get(ticks) === units) continue;
        kept.set(ticks, units);
        out.push([binancePrice(market, ticks), binanceSize(market, units)]);
      }
      return out;
    };
    const b = side(held.bids, target.bids), a = side(held.asks, target.asks);
    if (b.length + a.length > 0) {
      held.lastUpdate += b.length + a.length;
      const change = { U, u: held.lastUpdate, b, a };
      for (const call of this.#changed) call(market, ms, change);
    }
    return held;
  }

  /** What `/api/v3/depth` answers. */
  snapshot(market: WorldMarket, levels: number): unknown {
    const held = this.advance(market, this.now());
    const side = (kept: Map<number, number>, sign: number) =>
      [...kept].sort((x, y) => sign * (x[0] - y[0])).slice(0, levels).map(
        ([ticks, units]) => [
          binancePrice(market, ticks),
          binanceSize(market, units),
        ],
      );
    return {
      lastUpdateId: held.lastUpdate,
      bids: side(held.bids, -1),
      asks: side(held.asks, 1),
    };
  }
}
