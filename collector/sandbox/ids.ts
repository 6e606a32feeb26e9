import type { Ids, WorldMarket } from "./markets.ts";
import { hash, stream } from "./random.ts";

const BEGIN = stream("ids begin");

/**
 * How far the time inside a market's ids is off, in milliseconds: up to 24 days
 * either way, so that an id says nothing of when its trade was made.
 */
const shift = (seed: number, market: WorldMarket): number =>
  hash(seed, BEGIN ^ market.stream, 0) - 2 ** 31;

/** Where the numbers of a market begin: anywhere below four thousand million. */
export const beginsAt = (seed: number, market: WorldMarket): number =>
  hash(seed, BEGIN ^ market.stream, 1);

/** Ids that are a time and, in so many digits, a place among the trades of that millisecond. */
export const timeAndCounter = (digits: number, first: number): Ids => ({
  kind: "timed",
  id: (time, counter) =>
    `${time}${String(counter + first).padStart(digits, "0")}`,
  time: (id) => Number(id / 10n ** BigInt(digits)),
});

function timed({ market, ids }: WorldMarket) {
  if (ids.kind === "timed") return ids;
  throw new Error(`the ids of ${market} hold no time`);
}

/** A trade's exact id where ids grow with time. */
export const timedId = (
  seed: number,
  market: WorldMarket,
  { ms, counter }: { ms: number; counter: number },
): string => timed(market).id(ms + shift(seed, market), counter);

/** The millisecond in which the trade with this {@link timedId} was made. */
export const msOfId = (
  seed: number,
  market: WorldMarket,
  id: bigint,
): number => timed(market).time(id) - shift(seed, market);
