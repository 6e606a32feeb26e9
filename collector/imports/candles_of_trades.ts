import type postgres from "postgres";
import { makeCandles } from "../candles/candles.ts";
import type { Micros } from "../model/events.ts";
import { tables } from "../store/tables.ts";
import { DAY } from "../model/time.ts";

/** One day in microseconds. */

/** Of which trades candles are made. */
export interface Span {
  venue: string;
  market: string;
  from: Micros;
  to: Micros;
  /** Days from the epoch with trades; null: all of the span, in which each minute without one is known. */
  days: ReadonlySet<number> | null;
  /** The wall clock. */
  now: Micros;
}

/**
 * Makes the 1-minute candles of imported trades, as those of late ones are made:
 * `partial` where nobody says that the trades are all of their minute. Day by
 * day, in bounded memory.
 * @returns candles that are new or changed
 */
export async function candlesOfTrades(
  sql: postgres.Sql,
  { venue, market, from, to, days, now }: Span,
): Promise<number> {
  const first = Math.floor(from / DAY), last = Math.floor(to / DAY);
  const all = days
    ? [...days].sort((a, b) => a - b)
    : Array.from({ length: last - first + 1 }, (_, i) => first + i);
  let made = 0;
  for (const day of all) {
    const candles = await makeCandles(
      sql,
      venue,
      market,
      Math.max(from, day * DAY),
      Math.min(to, (day + 1) * DAY - 1),
      now,
    );
    if (candles.length === 0) continue;
    made += await tables.candle.insert(
      sql,
      candles.map((event) => ({ event, receivedAt: now })),
    );
  }
  return made;
}
