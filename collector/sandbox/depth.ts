import { hash } from "./random.ts";
import type { WorldMarket } from "./markets.ts";
import type { World } from "./world.ts";

/** A level: price in ticks, size in units. */
export type DepthLevel = [ticks: number, units: number];

/**
 * The order book around the last trade at a moment, best level first. Pure in
 * (seed, market, time): every level keeps its size for a while of its own.
 */
export function depth(
  world: World,
  market: WorldMarket,
  ms: number,
  levels: number,
): { bids: DepthLevel[]; asks: DepthLevel[] } {
  const last = world.lastTrade(market, ms);
  if (!last) return { bids: [], asks: [] };
  const step = market.bookStep;
  const near = last.buy
    ? Math.ceil(last.ticks / step) - 1
    : Math.floor(last.ticks / step);
  const bids: DepthLevel[] = [], asks: DepthLevel[] = [];
  for (let at = 0; at < levels; at++) {
    for (
      const [side, place] of [
        [bids, near - at],
        [asks, near + 1 + at],
      ] as const
    ) {
      const own = hash(world.seed, market.stream ^ 0x77, place);
      const spell = Math.floor((ms + own) / (400 + own % 6000)) % 1e6;
      const size = hash(world.seed, market.stream ^ 0x78, place * 1e6 + spell) /
        4294967296;
      side.push([
        place * step,
        1 + Math.round(market.size * (0.1 + 4 * size * size)),
      ]);
    }
  }
  return { bids, asks };
}
