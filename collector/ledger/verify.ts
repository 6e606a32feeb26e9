/**
 * Verification: the newest trades that a socket delivered against the venue's
 * own pages. It finds what no liveness check can: a trade that was never sent
 * while all else went on.
 */
import type { Micros } from "../events.ts";
import type { RefillDeps } from "./refill.ts";
import { MARGIN } from "./refill_page.ts";
import type { Store } from "../store/store.ts";
import { readTrades } from "./trade_pages.ts";
import type { TradeCursor } from "../venues/venue.ts";

/** Most pages that one look at a market turns; what lies beyond is left to the refill. */
const PAGES = 50;

/** What came out of a look at a market. */
export interface Verified {
  /** Trades that were not stored and had had the time to come. */
  undelivered: number;
  /** Time of the newest of them. */
  newest: Micros | null;
  /** How much time a page spanned: the next look should come sooner than that. */
  span: Micros;
}

/**
 * Compares what is stored of a market with the venue's newest pages, back to
 * where the last look ended. Trades that are missing are stored, and are a
 * repaired gap of the ledger, reason `undelivered`. While a gap of the market
 * is open nothing is compared: the refill does that.
 * @returns null where nothing was compared.
 */
export async function verifyTrades(
  market: string,
  deps: RefillDeps & { store: Store },
): Promise<Verified | null> {
  const { venue, rest, client, sql, store, now } = deps;
  const [feed] = await sql`
    select verified_id, (extract(epoch from verified_ts) * 1e6)::bigint as verified_ts,
      exists (select from gaps where venue = ${venue.id} and market = ${market} and channel = 'trade'
        and state = 'open') as open
    from feeds where source = ${venue.id} and stream = ${market} and channel = 'trade'`;
  if (!feed || feed.open) return null;
  const last: TradeCursor | null = feed.verified_id === null
    ? null
    : { id: feed.verified_id, ts: Number(feed.verified_ts) };
  const settled = now() - MARGIN;
  const first = await readTrades(venue, rest, market, null, client, now());
  const trades = [...first];
  const oldest = () => trades[0]!;
  const met = () =>
    last === null || oldest().ts < last.ts - MARGIN ||
    trades.some((trade) => trade.id === last.id);
  for (
    let turned = 1;
    venue.trades.paging === "down" && trades.length > 0 && turned < PAGES &&
    !met();
    turned++
  ) {
    const cursor = { id: oldest().id, ts: oldest().ts };
    const more = await readTrades(venue, rest, market, cursor, client, now());
    if (more.length === 0) break;
    trades.unshift(...more);
  }
  if (venue.trades.paging === "down" && trades.length > 0 && !met()) {
    await sql`
      insert into gaps (venue, market, channel, from_ts, to_ts, reason)
      values (${venue.id}, ${market}, 'trade', to_timestamp(${
      last!.ts
    }::float8 / 1e6),
        to_timestamp(${oldest().ts}::float8 / 1e6), 'not compared with the venue''s pages')`;
  }
  if (trades.length === 0) return { undelivered: 0, newest: null, span: 0 };
  const span = first.at(-1)!.ts - first[0]!.ts;

  // Whatever a socket delivered before the page was asked for is committed now.
  await store.flush();
  const since = await sql<{ since: string | null }[]>`
    select (extract(epoch from min(from_ts)) * 1e6)::bigint as since from observed
    where venue = ${venue.id} and ${market} = any (markets) and 'trade' = any (channels)
      and not imported`;
  const observedSince = Number(since[0]?.since ?? Infinity);
  const stored = await sql<{ trade_id: string }[]>`
    select trade_id from trades
    where venue = ${venue.id} and market = ${market} and trade_id = any (${
    trades.map((trade) => trade.id)
  }::bigint[])
      and ts >= to_timestamp(${
    Math.min(...trades.map((trade) => trade.ts))
  }::float8 / 1e6)`;
  const known = new Set(stored.map((row) => row.trade_id));
  const missing = trades.filter((trade) =>
    !known.has(trade.id) && trade.ts <= settled &&
    // Older ones nobody has promised.
    trade.ts > observedSince + MARGIN &&
    (last === null || trade.ts > last.ts - MARGIN)
  );
  if (missing.length > 0) {
    store.write(missing, now());
    await store.flush();
    const times = missing.map((trade) => trade.ts);
    await sql`
      insert into gaps (venue, market, channel, from_ts, to_ts, reason, state, recovered, closed_at, note)
      values (${venue.id}, ${market}, 'trade', to_timestamp(${
      Math.min(...times)
    }::float8 / 1e6), to_timestamp(${Math.max(...times) + 1}::float8 / 1e6),
        'undelivered', 'repaired', ${missing.length}, now(), 'found on the venue''s own page')`;
  }
  const newest = trades.findLast((trade) => trade.ts <= settled);
  if (newest) {
    await sql`
      update feeds set verified_id = ${newest.id}::bigint, verified_ts = to_timestamp(${newest.ts}::float8 / 1e6)
      where source = ${venue.id} and stream = ${market} and channel = 'trade'`;
  }
  return {
    undelivered: missing.length,
    newest: missing.length > 0 ? Math.max(...missing.map((t) => t.ts)) : null,
    span,
  };
}
