/** A gap under refill: claimed, looked up, left to the next attempt. */
import type postgres from "postgres";
import type { Micros } from "../model/events.ts";
import { columnsOf, type GapOutcome } from "../model/gap_reason.ts";
import type { Reject } from "../store/batch.ts";
import type { Client } from "../store/tables.ts";
import type { AwaitedTrades } from "./awaited.ts";
import { time } from "./margin.ts";
import type { TradeCursor, Venue } from "../venues/venue.ts";

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
  /** Of a venue whose ids alone do not show what a socket left out. */
  awaited?: AwaitedTrades;
}

/** A column's time in microseconds. */
export const micros = (sql: Client, column: string) =>
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
