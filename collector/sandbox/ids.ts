import type { WorldMarket } from "./markets.ts";
import { hash, stream } from "./random.ts";

const BEGIN = stream("ids begin"), FILLS = stream("fills");

/** The millisecond from which Bithumb's simulated ids count: of the size that the venue's had in 2026. */
const BITHUMB_EPOCH = 1_532_652_604_000;

/**
 * How far the time inside a market's ids is off, in milliseconds: up to 24 days
 * either way, so that an id says nothing of when its trade was made.
 */
const shift = (seed: number, market: WorldMarket): number =>
  hash(seed, BEGIN ^ market.stream, 0) - 2 ** 31;

/** Where a Binance market's numbers begin: anywhere below four thousand million. */
export const beginsAt = (seed: number, market: WorldMarket): number =>
  hash(seed, BEGIN ^ market.stream, 1);

/**
 * A trade's exact id on a venue whose ids grow with time and have holes: 17
 * digits on Upbit, 16 on Coinone. On Bithumb 19, odd for the first trade of a
 * millisecond, so that a double could not hold it; how the venue itself makes
 * its ids is not known.
 */
export function timedId(
  seed: number,
  market: WorldMarket,
  { ms, counter }: { ms: number; counter: number },
): string {
  const time = ms + shift(seed, market);
  if (market.venue === "bithumb") {
    const place = (time % 1_000_003) * 2 + 1 + counter;
    return String((BigInt(time - BITHUMB_EPOCH) << 22n) + BigInt(place));
  }
  return market.venue === "coinone"
    ? `${time}${String(counter + 1).padStart(3, "0")}`
    : `${time}${String(counter).padStart(4, "0")}`;
}

/** The millisecond in which the trade with this {@link timedId} was made. */
export function msOfId(seed: number, market: WorldMarket, id: bigint): number {
  const time = market.venue === "bithumb"
    ? Number(id >> 22n) + BITHUMB_EPOCH
    : Number(id / (market.venue === "coinone" ? 1000n : 10_000n));
  return time - shift(seed, market);
}

/** The id of the first execution in a Binance aggregate; the last is the next one's less 1. */
export const firstFill = (seed: number, aggregate: number): number =>
  3 * aggregate + hash(seed, FILLS, aggregate) % 3;
