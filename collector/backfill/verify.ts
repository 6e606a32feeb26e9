/**
 * Verification: the newest trades that a socket delivered against the venue's
 * own pages. It finds what no liveness check can: a trade that was never sent
 * while all else went on.
 */
import { compareIds } from "../model/decimal.ts";
import type { Micros, Trade } from "../model/events.ts";
import { extendChain, recordUndelivered, storePage } from "./page.ts";
import { MARGIN, time } from "./margin.ts";
import type { RefillDeps } from "./refill.ts";
import { reopenVerified } from "./uncertain.ts";
import type { Store } from "../store/store.ts";
import type { Client } from "../store/tables.ts";
import { readTrades } from "./trade_pages.ts";
import type { TradeCursor } from "../venues/venue.ts";
import { SECOND } from "../model/time.ts";

/** Most pages that one look at a market turns; what lies beyond is left to the refill. */
const PAGES = 50;

/** Empty pages of one look after which the rest is left to the refill. */
const EMPTY = 3;

/** What came out of a look at a market. */
export interface Verified {
  /** Trades that were not stored and had had the time to come. */
  undelivered: number;
  /** Id of the newest of them, and the span of their times. */
  newest: string | null;
  from: Micros;
  to: Micros;
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
    select verified_id, (extract(epoch from verified_ts) * 1e6)::bigint as verified_ts, first_id, last_id, chain_from_id,
      exists (select from gaps where venue = ${venue.id} and market = ${market} and channel = 'trade'
        and state = 'open') as open
    from stream_stats where source = ${venue.id} and stream = ${market} and channel = 'trade'`;
  if (!feed || feed.first_id === null) {
    await anchor(market, deps);
    return null;
  }
  if (feed.open) return null;
  const last: TradeCursor | null = feed.verified_id === null
    ? null
    : { id: feed.verified_id, ts: Number(feed.verified_ts) };
  const asked = now();
  const first = await readTrades(venue, rest, market, null, client, asked);
  const trades = [...first];
  const oldest = () => trades[0]!;
  // The first look at a market goes back to what has had the time to come: a
  // page of a busy one holds nothing as old as that.
  const met = () =>
    oldest().ts < (last?.ts ?? asked) - MARGIN ||
    compareIds(oldest().id, feed.first_id) <= 0 ||
    last !== null && trades.some((trade) => trade.id === last.id);
  for (
    let turned = 1, empty = 0;
    venue.trades.paging === "down" && trades.length > 0 && turned < PAGES &&
    !met();
    turned++
  ) {
    const cursor = { id: oldest().id, ts: oldest().ts };
    const more = await readTrades(venue, rest, market, cursor, client, now());
    if (more.length === 0) {
      // There are older ones: an empty answer is asked for again.
      if (++empty < EMPTY) continue;
      break;
    }
    // A venue that ignores the cursor has no way down.
    if (compareIds(more[0]!.id, cursor.id) >= 0) break;
    trades.unshift(
      ...more.filter((trade) => compareIds(trade.id, cursor.id) < 0),
    );
  }
  // Dense ids show by themselves what lies between.
  const walked = venue.trades.paging === "down" ||
    venue.trades.paging === "up" && !venue.trades.dense;
  if (walked && trades.length > 0 && !met()) {
    await leaveToRefill(market, last?.id ?? feed.first_id, oldest(), deps);
    return null;
  }
  const nothing = { undelivered: 0, newest: null, from: 0, to: 0, span: 0 };
  if (trades.length === 0) return nothing;
  const span = first.at(-1)!.ts - first[0]!.ts;
  // Later ones may be on their way. Of a page that is all that can be had, the
  // older half is compared at least.
  const settled = asked -
    (venue.trades.paging === "newest"
      ? Math.min(MARGIN, Math.max(SECOND * 2, span / 2))
      : MARGIN);

  // A chain that a cut page began goes on downward from there, over trades
  // that sockets may still deliver.
  const newest = trades.findLast((trade) => trade.ts <= settled);
  const joins = venue.trades.paging === "newest" && newest &&
      feed.chain_from_id !== null &&
      compareIds(newest.id, feed.chain_from_id) < 0 &&
      compareIds(trades.at(-1)!.id, feed.chain_from_id) >= 0
    ? feed.chain_from_id as string
    : null;
  const isLinked = (trade: Trade) =>
    trade.ts <= settled || joins !== null && compareIds(trade.id, joins) <= 0;
  if (joins !== null) deps.awaited?.offer(trades);
  // Whatever a socket delivered before the page was asked for is committed now.
  await store.flush();
  const stored = await sql<{ trade_id: string }[]>`
    select trade_id from trades
    where venue = ${venue.id} and market = ${market} and trade_id = any (${
    trades.map((trade) => trade.id)
  }::bigint[])`;
  const known = new Set(stored.map((row) => row.trade_id));
  const missing = trades.filter((trade) =>
    !known.has(trade.id) && trade.ts <= settled &&
    // Older ones nobody has promised.
    compareIds(trade.id, feed.first_id) > 0 &&
    (last === null || trade.ts > last.ts - MARGIN ||
      // A page that was cut short may have hidden them from the last look.
      venue.trades.paging === "newest")
  );
  const early = trades.filter((trade) =>
    !known.has(trade.id) && trade.ts > settled && isLinked(trade)
  );
  const overdue = deps.awaited?.overdue(market, asked - MARGIN) ?? [];
  let paged: Trade[] = [];
  await sql.begin(async (tx) => {
    paged = await inNoGap(tx, venue.id, overdue);
    if (paged.length > 0) {
      await recordUndelivered(tx, venue.id, market, paged, "found_by_refill");
    }
    if (early.length > 0) await storePage(tx, early, deps);
    if (missing.length > 0) {
      await storePage(tx, missing, deps);
      await recordUndelivered(
        tx,
        venue.id,
        market,
        missing,
        "found_on_page",
      );
    }
    if (venue.trades.paging === "newest") {
      // What is newer than that may still come, and is not stored yet.
      const chain = await extendChain(
        tx,
        venue.id,
        market,
        trades.filter(isLinked),
      );
      if (chain && newest) {
        const spans = await reopenVerified(tx, venue.id, market, {
          first: chain.from,
          newest: trades.findLast(isLinked) ?? newest,
        });
        for (const { from, to } of spans) deps.changed?.(market, from, to);
      }
    }
    if (newest) {
      await tx`
        update stream_stats set verified_id = ${newest.id}::bigint, verified_ts = ${
        time(tx, newest.ts)
      }
        where source = ${venue.id} and stream = ${market} and channel = 'trade'`;
    }
  });
  for (const trade of overdue) deps.awaited!.delivered(trade);
  if (joins !== null) deps.awaited?.keep(market, early);
  const undelivered = [...missing, ...paged];
  if (undelivered.length === 0) return { ...nothing, span };
  const times = undelivered.map((trade) => trade.ts);
  return {
    undelivered: undelivered.length,
    newest: undelivered.map((trade) => trade.id).sort(compareIds).at(-1)!,
    from: Math.min(...times),
    to: Math.max(...times),
    span,
  };
}

/** Those of some trades of a market that lie in no gap: by its ids, or by its times where it lacks one. */
async function inNoGap(
  tx: Client,
  venue: string,
  trades: Trade[],
): Promise<Trade[]> {
  const [first] = trades;
  if (!first) return [];
  const rows = await tx`
    select id::text from unnest(${
    trades.map((trade) => trade.id)
  }::text[]::bigint[],
      ${trades.map((trade) => trade.ts)}::float8[]) as trade (id, micros)
    where not exists (select from gaps
      where venue = ${venue} and market = ${first.market} and channel = 'trade'
        and coalesce(id >= from_id, from_ts <= to_timestamp(micros / 1e6))
        and coalesce(id <= to_id, to_ts is null or to_ts >= to_timestamp(micros / 1e6)))`;
  const ids = new Set(rows.map((row) => row.id));
  return trades.filter((trade) => ids.has(trade.id));
}

/** What is too much for one look becomes a gap, which the refill walks; the next look begins behind it. */
async function leaveToRefill(
  market: string,
  from: string,
  oldest: TradeCursor,
  { venue, sql }: RefillDeps,
): Promise<void> {
  await sql`
    with first as (
      select trade_id, ts from trades
      where venue = ${venue.id} and market = ${market} and trade_id = ${from}::bigint
    ), last as (
      select trade_id, ts from trades
      where venue = ${venue.id} and market = ${market} and trade_id <= ${oldest.id}::bigint
      order by trade_id desc limit 1
    ), gap as (
      insert into gaps (venue, market, channel, from_ts, to_ts, from_id, to_id, reason)
      select ${venue.id}, ${market}, 'trade', first.ts, greatest(first.ts, last.ts), first.trade_id,
        last.trade_id, 'not_compared'
      from first, last
    )
    update stream_stats set verified_id = last.trade_id, verified_ts = last.ts
    from last
    where source = ${venue.id} and stream = ${market} and channel = 'trade'`;
}

/** Of a market of which no socket has delivered a trade, the newest on the venue's page begins the record. */
async function anchor(
  market: string,
  { venue, rest, client, sql, now }: RefillDeps,
): Promise<void> {
  const [known] = await sql`
    select from anchors where venue = ${venue.id} and market = ${market}`;
  if (known) return;
  const trades = await readTrades(venue, rest, market, null, client, now());
  const newest = trades.at(-1);
  if (!newest) return;
  await sql`
    insert into anchors (venue, market, trade_id) values (${venue.id}, ${market}, ${newest.id}::bigint)
    on conflict do nothing`;
}
