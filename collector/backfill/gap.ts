/** A gap under refill: claiming it, and what a page of the venue's trades does to it. */
import type postgres from "postgres";
import { compareIds } from "../model/decimal.ts";
import type { Micros, Trade } from "../model/events.ts";
import { columnsOf, type GapOutcome } from "../model/gap_reason.ts";
import { contradictions } from "../store/contradictions.ts";
import type { Reject } from "../store/batch.ts";
import { type Client, insertPagedTrades } from "../store/tables.ts";
import { MARGIN, time } from "./margin.ts";
import { reopenVerified } from "./uncertain.ts";
import type { TradeCursor, Venue } from "../venues/venue.ts";
import { DAY } from "../model/time.ts";

/** A process that is killed leaves its gaps to others after this: a venue may forget soon. */
const CLAIM = "10 seconds";
/** A claim that lasts longer than any pause was made before a clock was set back. */
const LONGEST_CLAIM = "15 minutes";

/** A gap that this process has claimed. Times are by the venue's clock. */
export interface Gap {
  id: string;
  market: string;
  from: Micros;
  to: Micros;
  /** The last trade before it and the first after it, in the order of arrival, where there are such. */
  before: TradeCursor | null;
  after: TradeCursor | null;
  /** Whether those trades are stored. */
  stored: { before: boolean; after: boolean };
  /** How long ago its end became known, in seconds. */
  waited: number;
  /** Where an attempt that was broken off had come to. */
  reached: TradeCursor | null;
  /** Times of the first and the last trade that its refill concerns. */
  touched: [Micros, Micros];
}

/** What a gap's page is kept with. */
export interface GapDeps {
  venue: Venue;
  sql: postgres.Sql;
  /** By the venue's clock. */
  now(): Micros;
  /** By ours: when a page was received. */
  received(): Micros;
  /** What a page says otherwise than what is stored. */
  reject(reject: Reject): void;
  /** Told of spans, by the venue's clock, in which a page added trades or changed what is known of them. */
  changed?(market: string, from: Micros, to: Micros): void;
}

const micros = (sql: Client, column: string) =>
  sql`(extract(epoch from ${sql(column)}) * 1e6)::bigint`;

/** The venue's markets that it lists no more. */
export const delisted = (sql: Client, venue: string) =>
  sql`
    select market from market_flags
    where venue = ${venue} and flag = 'delisted' and ended_at is null`;

/**
 * Claims the gap of these markets, or of delisted ones, that has waited longest
 * for its next attempt. Where the past can be had later, a gap waits ten seconds after its
 * end or for the first trade after it: a subscription takes effect a while after it is sent.
 */
export async function claimGap(
  markets: string[],
  { venue, sql }: GapDeps,
): Promise<Gap | null> {
  const [row] = await sql`
    update gaps set claimed_until = clock_timestamp() + ${CLAIM}::interval, attempts = attempts + 1,
      ended_at = least(ended_at, clock_timestamp())
    where gap_id = (
      select gap_id from gaps
      where venue = ${venue.id} and channel = 'trade'
        and (market = any (${markets}) or market in (${
    delisted(sql, venue.id)
  }))
        and state = 'open' and to_ts is not null
        ${
    venue.trades.paging === "newest"
      ? sql``
      : sql`and (to_id is not null or ended_at not between clock_timestamp() - interval '10 seconds' and clock_timestamp())`
  }
        and (claimed_until is null or claimed_until < clock_timestamp()
          or claimed_until > clock_timestamp() + ${LONGEST_CLAIM}::interval)
      order by claimed_until nulls first, from_ts limit 1 for update skip locked)
    returning gap_id, market, ${micros(sql, "from_ts")} as "from", ${
    micros(sql, "to_ts")
  } as "to", from_id, to_id, reached_id, ${
    micros(sql, "reached_ts")
  } as reached_ts,
      extract(epoch from clock_timestamp() - ended_at)::float8 as waited`;
  if (!row) return null;
  const [from, to] = [Number(row.from), Number(row.to)];
  const before = await find(sql, venue.id, row.market, row.from_id);
  const after = await find(sql, venue.id, row.market, row.to_id);
  return {
    id: row.gap_id,
    market: row.market,
    from,
    to,
    before: before ?? (row.from_id ? { id: row.from_id, ts: from } : null),
    after: after ?? (row.to_id ? { id: row.to_id, ts: to } : null),
    stored: { before: before !== null, after: after !== null },
    waited: row.waited,
    touched: [before?.ts ?? from, after?.ts ?? to],
    reached: row.reached_id === null
      ? null
      : { id: row.reached_id, ts: Number(row.reached_ts) },
  };
}

/** Keeps the claim while an attempt goes on. */
export const renewClaim = (gap: Gap, { sql }: GapDeps) =>
  sql`
    update gaps set claimed_until = clock_timestamp() + ${CLAIM}::interval
    where gap_id = ${gap.id} and state = 'open'`;

/**
 * Leaves the gap to the next attempt, `seconds` from now at the soonest.
 * @param failed whether the next pause is to be longer
 */
export const releaseGap = (
  gap: Gap,
  seconds: number,
  why: GapOutcome | null,
  failed: boolean,
  { sql }: GapDeps,
) =>
  sql`
    update gaps set claimed_until = clock_timestamp() + ${
    String(seconds)
  }::interval,
      note = coalesce(${why?.code ?? null}, note),
      note_detail = coalesce(${
    why ? JSON.stringify(columnsOf(why).detail) : null
  }::text::jsonb, note_detail), attempts = attempts - ${failed ? 0 : 1}
    where gap_id = ${gap.id} and state = 'open'`;

/** Keeps that pages prove the gap up to a stored trade, also for a later attempt. */
export async function reach(
  gap: Gap,
  id: string,
  { sql, venue }: GapDeps,
): Promise<void> {
  const cursor = await find(sql, venue.id, gap.market, id);
  if (!cursor) return;
  gap.reached = cursor;
  await sql`
    update gaps set reached_id = ${cursor.id}::bigint, reached_ts = ${
    time(sql, cursor.ts)
  } where gap_id = ${gap.id}`;
}

/** Forgets how far an attempt had come, so that the next one begins anew. */
export const forgetReached = (gap: Gap, { sql }: GapDeps) =>
  sql`
    update gaps set reached_id = null, reached_ts = null
    where gap_id = ${gap.id}`;

async function find(
  sql: Client,
  venue: string,
  market: string,
  id: string | null,
): Promise<TradeCursor | null> {
  if (id === null) return null;
  const [row] = await sql`
    select trade_id, ${micros(sql, "ts")} as micros from trades
    where venue = ${venue} and market = ${market} and trade_id = ${id}::bigint`;
  return row ? { id: row.trade_id, ts: Number(row.micros) } : null;
}

/** The oldest stored trade at or after a time, or the newest at or before it. */
export async function neighbour(
  sql: Client,
  venue: string,
  market: string,
  side: "before" | "after",
  ts: Micros,
): Promise<TradeCursor | null> {
  const [row] = side === "before"
    ? await sql`
      select trade_id, ${micros(sql, "ts")} as micros from trades
      where venue = ${venue} and market = ${market} and ts <= ${time(sql, ts)}
      order by trade_id desc limit 1`
    : await sql`
      select trade_id, ${micros(sql, "ts")} as micros from trades
      where venue = ${venue} and market = ${market} and ts >= ${time(sql, ts)}
      order by trade_id limit 1`;
  return row ? { id: row.trade_id, ts: Number(row.micros) } : null;
}

/** How many ids between two stored ones, both counted, are not stored. */
export async function missingIds(
  sql: Client,
  venue: string,
  market: string,
  first: string,
  last: string,
): Promise<bigint> {
  const [row] = await sql<{ missing: string }[]>`
    select ${last}::bigint - ${first}::bigint + 1 - count(*) as missing from trades
    where venue = ${venue} and market = ${market}
      and trade_id between ${first}::bigint and ${last}::bigint`;
  return BigInt(row!.missing);
}

/**
 * Stores a page's trades: each id once. What the page says otherwise than what
 * is stored is rejected.
 */
export async function storePage(
  tx: Client,
  trades: Trade[],
  { received, reject, venue, changed }: GapDeps,
): Promise<void> {
  const [oldest, newest] = [trades[0], trades.at(-1)];
  if (!oldest || !newest) return;
  const days = [...new Set(trades.map((trade) => Math.floor(trade.ts / DAY)))]
    .map((day) => new Date(day * DAY / 1000).toISOString().slice(0, 10));
  await tx`select ensure_day_partitions('trades', day, day) from unnest(${days}::date[]) as day`;
  const receivedAt = received();
  const rows = trades.map((event) => ({ event, receivedAt }));
  const added = await insertPagedTrades(tx, rows);
  if (added > 0) changed?.(oldest.market, oldest.ts, newest.ts);
  if (added === rows.length) return;
  for (
    const found of await contradictions(tx, rows, `${venue.id} page by REST`)
  ) {
    reject(found);
  }
}

/**
 * Commits a page and how far the gap's refill came, together. What the page
 * brings that nobody had is never without a row of the ledger: it counts for
 * the gap where its id lies between the gap's ends, or within {@link MARGIN} of
 * them, and for what lies further away there is a gap `undelivered`, which is
 * thereby repaired.
 */
export async function keepPage(
  gap: Gap,
  trades: Trade[],
  reached: TradeCursor | null,
  deps: GapDeps,
): Promise<Chain | null> {
  const { sql, venue } = deps;
  return await sql.begin(async (tx) => {
    const late = await unknown(tx, gap, trades, deps);
    await storePage(tx, trades, deps);
    const near = late.filter((trade) => isNear(gap, trade));
    const far = late.filter((trade) => !isNear(gap, trade));
    const times = late.map((trade) => trade.ts);
    gap.touched = [
      Math.min(gap.touched[0], ...times),
      Math.max(gap.touched[1], ...times),
    ];
    const [first, last] = span(near);
    const ids = near.map((trade) => trade.id).sort(compareIds);
    const beside = (id: string, side: "before" | "after") =>
      side === "before"
        ? tx`(select max(trade_id) from trades where venue = ${venue.id} and market = ${gap.market}
            and trade_id < ${id}::bigint)`
        : tx`(select min(trade_id) from trades where venue = ${venue.id} and market = ${gap.market}
            and trade_id > ${id}::bigint)`;
    const [lowest, highest] = [ids[0], ids.at(-1)];
    await tx`
      update gaps set recovered = recovered + ${near.length},
        from_ts = least(from_ts, ${
      first === Infinity ? null : time(tx, first)
    }),
        to_ts = greatest(to_ts, ${
      last === -Infinity ? null : time(tx, last + 1)
    }),
        from_id = ${
      lowest === undefined
        ? tx`from_id`
        : tx`case when from_id >= ${lowest}::bigint then ${
          beside(lowest, "before")
        } else from_id end`
    },
        to_id = ${
      highest === undefined
        ? tx`to_id`
        : tx`case when to_id <= ${highest}::bigint then ${
          beside(highest, "after")
        } else to_id end`
    },
        reached_id = coalesce(${reached?.id ?? null}::bigint, reached_id),
        reached_ts = coalesce(${
      reached ? time(tx, reached.ts) : null
    }, reached_ts)
      where gap_id = ${gap.id}`;
    const chain = venue.trades.paging === "newest"
      ? await extendChain(tx, venue.id, gap.market, trades)
      : null;
    if (chain) {
      const settled = deps.now() - MARGIN;
      const spans = await reopenVerified(tx, venue.id, gap.market, {
        first: chain.from,
        newest: trades.findLast((trade) => trade.ts <= settled) ?? trades[0]!,
      }, gap.id);
      for (const { from, to } of spans) deps.changed?.(gap.market, from, to);
    }
    if (far.length > 0) {
      await recordUndelivered(
        tx,
        venue.id,
        gap.market,
        far,
        "found_by_refill",
      );
    }
    return chain;
  });
}

/** Pages of the newest trades that overlap: from the one to the other nothing is missing. */
export interface Chain {
  from: TradeCursor;
  toId: string;
}

/** Adds a page of the newest trades, which is stored, to its market's chain; one that does not overlap begins a new one. */
export async function extendChain(
  tx: Client,
  venue: string,
  market: string,
  page: Trade[],
): Promise<Chain | null> {
  const [first, last] = [page[0], page.at(-1)];
  if (!first || !last) return null;
  const id = (trade: Trade) => tx`${trade.id}::bigint`;
  const [row] = await tx`
    with page as (
      select ${id(first)} as first, ${id(last)} as last,
        ${time(tx, first.ts)} as first_ts
    )
    update stream_stats f set
      chain_from_id = case when f.chain_to_id >= p.first then least(f.chain_from_id, p.first) else p.first end,
      chain_from_ts = case when f.chain_to_id >= p.first then least(f.chain_from_ts, p.first_ts)
        else p.first_ts end,
      chain_to_id = case when f.chain_to_id >= p.first then greatest(f.chain_to_id, p.last) else p.last end
    from page p
    where f.source = ${venue} and f.stream = ${market} and f.channel = 'trade'
      -- An answer from before the chain adds nothing.
      and (f.chain_from_id is null or p.last >= f.chain_from_id)
    returning chain_from_id, ${
    micros(tx, "chain_from_ts")
  } as chain_from_ts, chain_to_id`;
  return row
    ? {
      from: { id: row.chain_from_id, ts: Number(row.chain_from_ts) },
      toId: row.chain_to_id,
    }
    : null;
}

/** A repaired gap for trades that sockets did not deliver and a page did. */
export async function recordUndelivered(
  tx: Client,
  venue: string,
  market: string,
  trades: Trade[],
  note: GapOutcome["code"],
): Promise<void> {
  const [from, to] = span(trades);
  const ids = trades.map((trade) => trade.id).sort(compareIds);
  await tx`
    insert into gaps (venue, market, channel, from_ts, to_ts, from_id, to_id, reason, state, recovered,
      closed_at, note)
    select ${venue}, ${market}, 'trade', ${time(tx, from)}, ${time(tx, to + 1)},
      (select max(trade_id) from trades where venue = ${venue} and market = ${market}
        and trade_id < ${ids[0]!}::bigint and ts >= ${time(tx, from - DAY)}),
      (select min(trade_id) from trades where venue = ${venue} and market = ${market}
        and trade_id > ${ids.at(-1)!}::bigint and ts <= ${time(tx, to + DAY)}),
      'undelivered', 'repaired', ${trades.length}, now(), ${note}`;
}

/** Whether a trade belongs to the gap, by its id, or by its time where it lies just outside. */
function isNear({ before, after, from, to }: Gap, { id, ts }: Trade): boolean {
  const past = before ? compareIds(id, before.id) > 0 : ts >= from - MARGIN;
  const early = after ? compareIds(id, after.id) < 0 : ts <= to + MARGIN;
  return past && early ||
    ts >= (before?.ts ?? from) - MARGIN && ts <= (after?.ts ?? to) + MARGIN;
}

/**
 * Trades of a page that the market's observation should have brought and did
 * not: newer than the first that a socket delivered and, by the venue's own
 * times, older than the last one by {@link MARGIN}, or within the gap.
 */
async function unknown(
  sql: Client,
  gap: Gap,
  trades: Trade[],
  { venue }: GapDeps,
): Promise<Trade[]> {
  if (trades.length === 0) return [];
  const [row] = await sql`
    select f.first_id, (select ${micros(sql, "ts")} from trades t
        where t.venue = ${venue.id} and t.market = ${gap.market} and t.trade_id = f.last_id) as last_ts,
      (select coalesce(array_agg(trade_id::text), '{}') from trades
        where venue = ${venue.id} and market = ${gap.market}
          and trade_id = any (${
    trades.map((trade) => trade.id)
  }::bigint[])) as known
    from (select 1) as one
    left join stream_stats f on f.source = ${venue.id} and f.stream = ${gap.market} and f.channel = 'trade'`;
  const known = new Set<string>(row!.known);
  const settled = row!.last_ts === null
    ? -Infinity
    : Number(row!.last_ts) - MARGIN;
  const first: string | null = row!.first_id;
  return trades.filter((trade) => {
    if (known.has(trade.id)) return false;
    const { before, after } = gap;
    if (
      (before ? compareIds(trade.id, before.id) > 0 : trade.ts >= gap.from) &&
      (after ? compareIds(trade.id, after.id) < 0 : trade.ts <= gap.to)
    ) return true;
    // Before the first observation nothing is promised.
    return trade.ts <= settled && first !== null &&
      compareIds(trade.id, first) > 0;
  });
}

/** Times of the first and last of some trades; infinite where there are none. */
export function span(trades: Trade[]): [Micros, Micros] {
  let first = Infinity, last = -Infinity;
  for (const { ts } of trades) {
    if (ts < first) first = ts;
    if (ts > last) last = ts;
  }
  return [first, last];
}
