import { depth, type DepthLevel } from "./depth.ts";
import type { WorldMarket } from "./markets.ts";
import type { World } from "./world.ts";

/** Both sides of a book, or what changed of them: 0 units where a level is gone. */
export interface BookSides {
  bids: DepthLevel[];
  asks: DepthLevel[];
}

/** One market's book as a venue holds it, moved forwards by looking at it. */
export class MovingBook {
  #bids = new Map<number, number>();
  #asks = new Map<number, number>();

  constructor(
    readonly world: World,
    readonly market: WorldMarket,
    readonly levels: number,
  ) {}

  /** Brings it up to `ms`; what changed since the last look, the levels that are gone first. */
  move(ms: number): BookSides {
    const { bids, asks } = depth(this.world, this.market, ms, this.levels);
    return { bids: follow(this.#bids, bids), asks: follow(this.#asks, asks) };
  }

  /** As of the last look, best first. */
  get best(): BookSides {
    return {
      bids: [...this.#bids].sort((a, b) => b[0] - a[0]),
      asks: [...this.#asks].sort((a, b) => a[0] - b[0]),
    };
  }
}

function follow(kept: Map<number, number>, levels: DepthLevel[]): DepthLevel[] {
  const wanted = new Map(levels);
  const changed: DepthLevel[] = [];
  for (const ticks of kept.keys()) {
    if (wanted.has(ticks)) continue;
    kept.delete(ticks);
    changed.push([ticks, 0]);
  }
  for (const [ticks, units] of wanted) {
    if (kept.get(ticks) === units) continue;
    kept.set(ticks, units);
    changed.push([ticks, units]);
  }
  return changed;
}
