/**
 * Refill: what the ledger calls a gap in a market's trades is asked of the
 * venue again, page by page, until an exact id that is already stored is met.
 */
import type postgres from "postgres";
import { compareIds } from "../decimal.ts";
import type { Micros, Trade } from "../events.ts";
import { pause } from "../pause.ts";
import { Refused, type Rest } from "../rest.ts";
import { type Gap, keepDoubt, keepPage, MARGIN } from "./refill_page.ts";
import { readTrades } from "./trade_pages.ts";
import type { TradeCursor, Venue } from "../venues/venue.ts";

const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;
/** Who is killed leaves its gaps to others so long after: a venue may forget soon. */
const CLAIM = "10 seconds";
const RENEW_MS = 3000;

/** What refilling a venue's gaps works with. */
export interface RefillDeps {
  venue: Venue;
  /** Base of the venue's REST address. */
  rest: string;
  client: Rest;
  sql: postgres.Sql;
  signal: AbortSignal;
  now(): Micros;
  log(line: string): void;
}

/** A gap that was refilled, and the span in which its candles are to be made anew. */
export interface Refilled {
  market: string;
  from: Micros;
  to: Micros;
  recovered: number;
}

/**
 * Refills the venue's open gaps of these markets, and of those that it has
 * delisted, one after another, the oldest first, because venues forget. Broken
 * off and started again it goes on where it was. One page at a time through the
 * venue's one queue of requests, so that what the live feed asks for never
 * waits for more than a page.
 */
export async function* refillGaps(
  markets: string[],
  deps: RefillDeps,
): AsyncGenerator<Refilled, void, void> {
  // Where only the newest trades can be had, every market's page is wanted now.
  const atOnce = deps.venue.trades.paging === "newest" ? markets.length : 1;
  for (;;) {
    const gaps: Gap[] = [];
    while (gaps.length < atOnce) {
      deps.signal.throwIfAborted();
      const gap = await claim(markets, deps);
      if (!gap) break;
      gaps.push(gap);
    }
    if (gaps.length === 0) return;
    const done = await Promise.all(gaps.map((gap) => attempt(gap, deps)));
    for (const refilled of done) if (refilled) yield refilled;
  }
}

/** Refills a gap; one that cannot be closed yet is left for later, with a growing pause. */
async function attempt(gap: Gap, deps: RefillDeps): Promise<Refilled | null> {
  const { venue, sql, signal, log } = deps;
  const renewing = setInterval(() => {
    sql`update gaps set claimed_until = now() + ${CLAIM}::interval where gap_id = ${gap.id} and state = 'open'`
      .catch(() => {}); // away: the claim runs out, which does no harm
  }, RENEW_MS);
  try {
    const recovered = await refill(gap, deps);
    const [from, to] = gap.touched;
    return { market: gap.market, from, to, recovered };
  } catch (error) {
    signal.throwIfAborted();
    const { message } = error as Error;
    if (error instanceof Refused) {
      const gone = await sql`
        update gaps set state = 'unrecoverable', closed_at = now(), claimed_until = null,
          note = 'the venue has no pages of a delisted market'
        where gap_id = ${gap.id} and state = 'open' and market in (${
        delisted(deps)
      })`;
      if (gone.count > 0) {
        log(`${venue.id}: a gap of ${gap.market}, delisted, is lost`);
        return null;
      }
    }
    log(
      `${venue.id}: a gap of ${gap.market} stays open for now (${message})`,
    );
    await sql`
      update gaps set claimed_until = now() + interval '2 seconds' * power(2, ${
      // What only the newest page has is gone soon.
      venue.trades.paging === "newest" ? sql`0` : sql`least(attempts, 8)`})
      where gap_id = ${gap.id}`;
    return null;
  } finally {
    clearInterval(renewing);
  }
}

const micros = (sql: postgres.Sql, column: string) =>
  sql`(extract(epoch from ${sql(column)}) * 1e6)::bigint`;

/** The venue's markets that it lists no more. */
const delisted = ({ venue, sql }: RefillDeps) =>
  sql`
    select market from notices
    where venue = ${venue.id} and notice = 'delisted' and ended_at is null`;

async function claim(
  markets: string[],
  deps: RefillDeps,
): Promise<Gap | null> {
  const { venue, sql, now } = deps;
  // A subscription takes effect a while after it is sent. Where the past can
  // be had later that is waited for; where it can't, the page is taken at once.
  const ended = venue.trades.paging === "newest" ? now() : now() - MARGIN;
  const [row] = await sql`
    update gaps set claimed_until = now() + ${CLAIM}::interval, attempts = attempts + 1
    where gap_id = (
      select gap_id from gaps
      where venue = ${venue.id} and channel = 'trade'
        and (market = any (${markets}) or market in (${delisted(deps)}))
        and state = 'open' and to_ts < to_timestamp(${ended}::float8 / 1e6)
        and (claimed_until is null or claimed_until < now())
      order by from_ts limit 1 for update skip locked)
    returning gap_id, market, ${micros(sql, "from_ts")} as "from", ${
    micros(sql, "to_ts")
  } as "to",
      from_id, to_id, reached_id, ${micros(sql, "reached_ts")} as reached_ts`;
  return row
    ? {
      id: row.gap_id,
      market: row.market,
      from: Number(row.from),
      to: Number(row.to),
      fromId: row.from_id,
      toId: row.to_id,
      touched: [Number(row.from), Number(row.to)],
      reached: row.reached_id === null
        ? null
        : { id: row.reached_id, ts: Number(row.reached_ts) },
    }
    : null;
}

/** Refills one gap and closes it. @returns the trades that nobody had. */
async function refill(gap: Gap, deps: RefillDeps): Promise<number> {
  const { venue, sql } = deps;
  const before = await neighbour(gap, "before", deps);
  const after = await neighbour(gap, "after", deps);
  await sql`
    update gaps set from_id = coalesce(from_id, ${before?.id ?? null}::bigint),
      to_id = coalesce(to_id, ${after?.id ?? null}::bigint)
    where gap_id = ${gap.id}`;
  const reached = venue.trades.paging === "up"
    ? await goUp(gap, before, after, deps)
    : venue.trades.paging === "down"
    ? await goDown(gap, before, after, deps)
    : await takeNewest(gap, before, deps);
  if (venue.trades.dense && before && after) {
    await proveWhole(gap, before, after, deps);
  }
  return await close(gap, reached, deps);
}

/**
 * Counts the ids from one neighbour to the other: where a venue's ids have no
 * hole, so must ours.
 * @throws {Error} when some are missing still.
 */
async function proveWhole(
  gap: Gap,
  before: TradeCursor,
  after: TradeCursor,
  { venue, sql }: RefillDeps,
): Promise<void> {
  const [row] = await sql`
    select ${after.id}::bigint - ${before.id}::bigint + 1 - count(*) as missing from trades
    where venue = ${venue.id} and market = ${gap.market}
      and trade_id between ${before.id}::bigint and ${after.id}::bigint`;
  if (row!.missing !== "0") {
    // The next attempt begins anew.
    await sql`update gaps set reached_id = null, reached_ts = null where gap_id = ${gap.id}`;
    throw new Error(`${row!.missing} ids are not on the venue's pages`);
  }
}

/** The stored trade that lies clear of the gap, `before` or `after` it. */
async function neighbour(
  gap: Gap,
  side: "before" | "after",
  { venue, sql }: RefillDeps,
): Promise<TradeCursor | null> {
  const id = side === "before" ? gap.fromId : gap.toId;
  const ts = side === "before" ? gap.from - MARGIN : gap.to + MARGIN;
  const at = sql`to_timestamp(${ts}::float8 / 1e6)`;
  const [row] = id !== null
    ? await sql`
      select trade_id, ${micros(sql, "ts")} as micros from trades
      where venue = ${venue.id} and market = ${gap.market} and trade_id = ${id}::bigint`
    : side === "before"
    ? await sql`
      select trade_id, ${micros(sql, "ts")} as micros from trades
      where venue = ${venue.id} and market = ${gap.market} and ts <= ${at}
      order by trade_id desc limit 1`
    : await sql`
      select trade_id, ${micros(sql, "ts")} as micros from trades
      where venue = ${venue.id} and market = ${gap.market} and ts >= ${at}
      order by trade_id limit 1`;
  return row ? { id: row.trade_id, ts: Number(row.micros) } : null;
}

/** From the trade before the gap up to the one after it, or to the present. */
async function goUp(
  gap: Gap,
  before: TradeCursor | null,
  after: TradeCursor | null,
  deps: RefillDeps,
): Promise<Micros> {
  let cursor = gap.reached ?? before ?? await below(gap, after, deps);
  // A market that has never traded.
  if (!cursor) return -Infinity;
  for (;;) {
    const trades = await page(gap, cursor, deps);
    const last = trades.at(-1);
    if (!last) break;
    const further = compareIds(last.id, cursor.id) > 0;
    cursor = { id: last.id, ts: last.ts };
    await keepPage(gap, trades, cursor, deps);
    if (!further) break;
    if (after && compareIds(cursor.id, after.id) >= 0) break;
    if (!after && cursor.ts > gap.to + MARGIN) break;
  }
  return -Infinity;
}

/**
 * A trade before the gap where none is stored: where ids have no hole, so many
 * ids less are so many trades earlier.
 */
async function below(
  gap: Gap,
  after: TradeCursor | null,
  deps: RefillDeps,
): Promise<TradeCursor | null> {
  const newest = after ?? (await page(gap, null, deps))[0];
  if (!newest) return null;
  let id = BigInt(newest.id);
  for (;;) {
    id -= BigInt(deps.venue.trades.pageLimit);
    if (id < 0n) id = 0n;
    const [first] = await page(gap, { id: String(id), ts: gap.from }, deps);
    if (!first) return null;
    if (first.ts < gap.from - MARGIN || id === 0n) {
      return { id: first.id, ts: first.ts };
    }
  }
}

/** From the trade after the gap, or from the newest, down to the one before it. */
async function goDown(
  gap: Gap,
  before: TradeCursor | null,
  after: TradeCursor | null,
  deps: RefillDeps,
): Promise<Micros> {
  const { venue, now } = deps;
  const floor = before ? before.ts - SECOND : gap.from - MARGIN;
  const oldest = venue.trades.reachDays === null
    ? -Infinity
    : (Math.floor(now() / DAY) - venue.trades.reachDays) * DAY;
  let cursor = gap.reached ?? after;
  let reached = cursor?.ts ?? now();
  for (;;) {
    const trades = await page(gap, cursor, deps);
    const first = trades[0];
    if (first) {
      reached = first.ts;
      await keepPage(gap, trades, { id: first.id, ts: first.ts }, deps);
      if (before && trades.some((trade) => trade.id === before.id)) {
        return -Infinity;
      }
      cursor = { id: first.id, ts: first.ts };
    } else {
      // A venue that pages by day has no more of this one.
      reached = Math.floor((reached - 1) / DAY) * DAY - 1;
      if (!cursor) return -Infinity;
      cursor = { id: cursor.id, ts: reached };
    }
    if (reached < floor) return -Infinity;
    if (reached < oldest) return Math.max(reached, oldest);
  }
}

/** One page is all there is: it is taken at once, and again until the gap's end lies clear behind. */
async function takeNewest(
  gap: Gap,
  before: TradeCursor | null,
  deps: RefillDeps,
): Promise<Micros> {
  // An attempt that was broken off may have had a page that reached further back.
  let oldest = gap.reached;
  for (;;) {
    const trades = await page(gap, null, deps);
    const first = trades[0];
    if (first) {
      if (!oldest || first.ts < oldest.ts) {
        oldest = { id: first.id, ts: first.ts };
      }
      await keepPage(gap, trades, oldest, deps);
    }
    if (deps.now() >= gap.to + MARGIN) break;
    await pause(2000, deps.signal);
    deps.signal.throwIfAborted();
  }
  // Nothing at all is no proof of anything.
  if (!oldest) return gap.to;
  // A page that is shorter than it may be proves nothing: venues cut them.
  const whole = oldest.ts < gap.from - MARGIN ||
    before !== null && compareIds(oldest.id, before.id) <= 0;
  return whole ? -Infinity : oldest.ts;
}

/** A page of trades in the order of their ids. */
async function page(
  gap: Gap,
  cursor: TradeCursor | null,
  { venue, rest, client, now }: RefillDeps,
): Promise<Trade[]> {
  return await readTrades(venue, rest, gap.market, cursor, client, now());
}

/**
 * Closes a gap as repaired; what lies before `lostUntil` can't be had again and
 * becomes a gap of its own that says so.
 */
async function close(
  gap: Gap,
  lostUntil: Micros,
  { sql, venue, log }: RefillDeps,
): Promise<number> {
  const until = Math.min(Math.max(lostUntil, gap.from), gap.to);
  const lost = lostUntil > gap.from;
  const [row] = await sql.begin(async (transaction) => {
    const tx = transaction as unknown as postgres.Sql;
    const [open] = await tx`
      select reason from gaps where gap_id = ${gap.id} and state = 'open' for update`;
    if (open) {
      await keepDoubt(tx, venue.id, {
        market: gap.market,
        from: gap.from,
        until: lostUntil,
        reason: open.reason,
      });
    }
    if (lost) {
      await tx`
        insert into gaps (venue, market, channel, from_ts, to_ts, from_id, to_id, reason, state, closed_at, note)
        select venue, market, channel, from_ts, to_timestamp(${until}::float8 / 1e6), from_id, reached_id,
          reason, 'unrecoverable', now(), 'the venue''s pages do not reach back so far'
        from gaps where gap_id = ${gap.id} and state = 'open'`;
    }
    return await tx`
      update gaps set state = 'repaired', closed_at = now(), claimed_until = null,
        note = 'refilled by exact id',
        from_ts = case when ${lost} then to_timestamp(${until}::float8 / 1e6) else from_ts end,
        from_id = case when ${lost} then reached_id else from_id end
      where gap_id = ${gap.id} and state = 'open' returning recovered`;
  });
  // Another page has closed it meanwhile.
  if (!row) return 0;
  const seconds = Math.round((gap.to - gap.from) / SECOND);
  log(
    `${venue.id}: a gap of ${seconds} s in ${gap.market} is ${
      lost ? `lost up to ${new Date(until / 1000).toISOString()}` : "closed"
    }, ${row.recovered} trades recovered`,
  );
  return row.recovered;
}
