/** Pages of trades by REST, as the refill and the verification ask for them. */
import { compareIds } from "../model/decimal.ts";
import { type Micros, type Trade, Unreadable } from "../model/events.ts";
import type { Rest } from "../net/rest.ts";
import type { TradeCursor, Venue } from "../venues/venue.ts";

/**
 * Asks for a page of trades.
 * @returns them in the order of their ids, each once; where pages go upward,
 * without those before the cursor: a venue that is asked by time gives a few.
 * @throws {Unreadable} with the address, when the page cannot be read or is another market's.
 * @throws {Error} when the venue refuses, see {@link Rest}.
 */
export async function readTrades(
  venue: Pick<Venue, "trades">,
  rest: string,
  market: string,
  cursor: TradeCursor | null,
  client: Rest,
  /** By the venue's clock. */
  now: Micros,
): Promise<Trade[]> {
  const url = venue.trades.url(rest, market, cursor, now);
  const trades = await client.page(url, (body) => {
    const trades = venue.trades.read(body, market);
    const stray = trades.find((trade) => trade.market !== market);
    if (stray) throw new Unreadable(`holds trades of ${stray.market}`);
    return trades;
    // A market whose page fails holds back no other: it is asked for again in its turn.
  }, 1);
  const from = venue.trades.paging === "up" ? cursor?.id : undefined;
  const byId = new Map(
    trades.filter(({ id }) => from === undefined || compareIds(id, from) >= 0)
      .map((trade) => [trade.id, trade]),
  );
  return [...byId.values()].sort((a, b) => compareIds(a.id, b.id));
}
