import { type Candle, type Micros, Unreadable } from "../model/events.ts";
import type { Rest } from "../net/rest.ts";
import type { Venue } from "../venues/venue.ts";
import { MINUTE } from "../model/time.ts";

/** One minute in microseconds. */
/** After a minute has ended, how long a venue may take to publish its candle. */
const SETTLE = 5_000_000;

/** Settings of {@link backfillCandles}. */
export interface BackfillOptions {
  client: Rest;
  /** The wall clock; a running minute is never stored. */
  now?: () => Micros;
  /** Told after each page how far back it reached. */
  onPage?: (page: { market: string; reached: Micros; candles: number }) => void;
  signal?: AbortSignal;
}

/**
 * The venue's 1-minute candles of [from, to), page by page, newest page first,
 * each page in ascending order and without a hole: a minute that the venue
 * leaves out between two candles had no trade and becomes a `no_trade` candle at
 * the close before it.
 *
 * A page covers the time from its oldest candle on; what was asked for is never
 * taken for what came. Ends early where the history begins: before the oldest
 * candle of all nothing is known, so nothing is made.
 *
 * @throws {Unreadable} when a page cannot be read, with its address.
 * @throws {Error} when the venue refuses, see {@link Rest}.
 */
export async function* backfillCandles(
  venue: Pick<Venue, "candles">,
  rest: string,
  market: string,
  from: Micros,
  to: Micros,
  options: BackfillOptions,
): AsyncGenerator<Candle[], void, void> {
  const now = options.now ?? (() => Date.now() * 1000);
  const oldest = Math.ceil(from / MINUTE) * MINUTE;
  let before = Math.floor(Math.min(to, now() - SETTLE) / MINUTE) * MINUTE;
  // Minutes in [border, before of the first page) that wait for the close of the page below.
  let border = before;
  while (before > oldest) {
    options.signal?.throwIfAborted();
    const url = venue.candles.url(rest, market, oldest, before);
    const page = (await options.client.page(
      url,
      (body) => readPage(venue, body, market),
    )).filter((candle) => candle.ts < before);
    if (page.length === 0) return;
    before = page[0]!.ts;
    const candles = withoutHoles(page, border)
      .filter((candle) => candle.ts >= oldest);
    border = before;
    options.onPage?.({
      market,
      reached: Math.max(before, oldest),
      candles: candles.length,
    });
    if (candles.length > 0) yield candles;
  }
}

/** A page in ascending order, one candle a minute. */
function readPage(
  venue: Pick<Venue, "candles">,
  body: string,
  market: string,
): Candle[] {
  const candles = venue.candles.read(body, market);
  const stray = candles.find((c) => c.market !== market || c.ts % MINUTE !== 0);
  if (stray) {
    throw new Unreadable(`holds a candle of ${stray.market} at ${stray.ts} µs`);
  }
  const byTime = new Map(candles.map((candle) => [candle.ts, candle]));
  return [...byTime.values()].sort((a, b) => a.ts - b.ts);
}

/** Adds the minutes without trades from the first candle up to `end`. */
function withoutHoles(page: Candle[], end: Micros): Candle[] {
  const filled: Candle[] = [];
  for (const [i, candle] of page.entries()) {
    filled.push(candle);
    const next = page[i + 1]?.ts ?? end;
    for (let ts = candle.ts + MINUTE; ts < next; ts += MINUTE) {
      filled.push(noTrade(candle, ts));
    }
  }
  return filled;
}

/** A minute in which nothing was traded: the price is the last one. */
function noTrade(last: Candle, ts: Micros): Candle {
  return {
    ...last,
    ts,
    open: last.close,
    high: last.close,
    low: last.close,
    volume: "0",
    quoteVolume: "0",
    tradeCount: 0,
    state: "no_trade",
  };
}
