/**
 * The ledger: which spans of each (venue, market, channel) were observed, and
 * which were not and why. Entries travel through the store with the events, so
 * that the ledger never claims more than what is committed.
 */
import type postgres from "postgres";
import type { Micros } from "../events.ts";

/** Something that the ledger has to know; times are microseconds UTC by our clock. */
export type LedgerEntry =
  /** A socket is up: what lies between the last observation and `from` is a gap. */
  | {
    kind: "begin";
    /** A UUID, this socket's own. */
    span: string;
    venue: string;
    markets: string[];
    channels: string[];
    from: Micros;
    /** Why there was a gap, where no one has said so yet. */
    reason: string;
  }
  /** It delivered up to here. */
  | { kind: "seen"; span: string; to: Micros }
  /** It is gone: from `to` on its streams are not observed. */
  | { kind: "end"; span: string; to: Micros; reason: string }
  /** Something was lost while the socket was up. */
  | {
    kind: "gap";
    venue: string;
    market: string;
    channel: string;
    from: Micros;
    /** Null: it is still growing, and ends when a socket is up again. */
    to: Micros | null;
    /** The ids on both sides, where they are known. */
    fromId: string | null;
    toId: string | null;
    reason: string;
  };

/**
 * Commits entries in their order, in one transaction.
 * @param collector this process, a UUID
 */
export async function writeLedger(
  sql: postgres.Sql,
  collector: string,
  entries: LedgerEntry[],
): Promise<void> {
  await sql.begin((tx) => recordEntries(tx, collector, entries));
}

/** Records entries in their order, within a transaction of the caller. */
export async function recordEntries(
  sql: Client,
  collector: string,
  entries: LedgerEntry[],
): Promise<void> {
  for (const entry of entries) {
    switch (entry.kind) {
      case "begin":
        await begin(sql, collector, entry);
        break;
      case "seen":
        await sql`
          update observed set to_ts = greatest(to_ts, ${time(sql, entry.to)})
          where span_id = ${entry.span}`;
        break;
      case "end":
        await end(sql, entry);
        break;
      case "gap":
        await sql`
          insert into gaps (venue, market, channel, from_ts, to_ts, from_id, to_id, reason)
          values (${entry.venue}, ${entry.market}, ${entry.channel}, ${
          time(sql, entry.from)
        },
            ${entry.to === null ? null : time(sql, entry.to)},
            ${entry.fromId}::bigint, ${entry.toId}::bigint, ${entry.reason})`;
    }
  }
}

/** A client or a transaction of one. */
// deno-lint-ignore ban-types -- as postgres.js declares it
type Client = postgres.ISql<{}>;
type Entry<K extends LedgerEntry["kind"]> = Extract<LedgerEntry, { kind: K }>;

const time = (sql: Client, ts: Micros) =>
  sql`to_timestamp(${ts}::float8 / 1e6)`;

/**
 * Gaps that were growing end here. A stream without one was left by a process
 * that could not say so: its gap reaches back to the end of what was observed,
 * or to its newest event where the ledger knows nothing of it.
 */
async function begin(
  sql: Client,
  collector: string,
  { span, venue, markets, channels, from, reason }: Entry<"begin">,
): Promise<void> {
  const at = time(sql, from);
  const known = await sql<{ span_id: string }[]>`
    insert into observed (span_id, collector, venue, markets, channels, from_ts, to_ts)
    values (${span}, ${collector}, ${venue}, ${markets}, ${channels}, ${at}, ${at})
    on conflict do nothing returning span_id`;
  // Written before, by a batch whose answer was lost.
  if (known.length === 0) return;
  await sql`
    with streams as (
      select market, channel from unnest(${markets}::text[]) as market, unnest(${channels}::text[]) as channel
    ), growing as (
      update gaps g set to_ts = greatest(g.from_ts, ${at})
      from streams s
      where g.venue = ${venue} and g.market = s.market and g.channel = s.channel
        and g.state = 'open' and g.to_ts is null
      returning g.market, g.channel
    ), ends as (
      select s.market, s.channel, coalesce(
        (select max(o.to_ts) from observed o
          where o.venue = ${venue} and s.market = any (o.markets) and s.channel = any (o.channels)
            and o.span_id <> ${span} and not o.imported),
        (select f.last_ts from feeds f
          where f.source = ${venue} and f.stream = s.market and f.channel = s.channel)) as last
      from streams s
      where (s.market, s.channel) not in (select market, channel from growing)
    )
    insert into gaps (venue, market, channel, from_ts, to_ts, reason, absence)
    select ${venue}, market, channel, last, ${at}, ${reason}, true from ends where last < ${at}`;
}

async function end(
  sql: Client,
  { span, to, reason }: Entry<"end">,
): Promise<void> {
  await sql`
    with ended as (
      update observed set to_ts = greatest(to_ts, ${
    time(sql, to)
  }), ended = true
      where span_id = ${span} and not ended
      returning *
    )
    insert into gaps (venue, market, channel, from_ts, reason, span_id, absence)
    select venue, market, channel, to_ts, ${reason}, span_id, true
    from ended, unnest(markets) as market, unnest(channels) as channel`;
}

/**
 * Settles the gaps that need no refill: what another socket observed meanwhile
 * is repaired, what can't be had again (tickers and books) is unrecoverable. A
 * market that was delisted trades no more: its gap ends with the first list
 * without it.
 * @returns how many were settled.
 */
export async function settleGaps(
  sql: postgres.Sql,
  venue: string,
): Promise<number> {
  const gone = await sql`
    with delisted as (
      select market, first_seen as since from notices
      where venue = ${venue} and notice = 'delisted' and ended_at is null
    ), ended as (
      update gaps g set to_ts = d.since from delisted d
      where g.venue = ${venue} and g.market = d.market and g.state = 'open'
        and g.to_ts is null and g.from_ts < d.since
    )
    update gaps g set state = 'repaired', to_ts = coalesce(g.to_ts, g.from_ts), closed_at = now(),
      note = 'the market was delisted before'
    from delisted d
    where g.venue = ${venue} and g.market = d.market and g.state = 'open' and g.from_ts >= d.since`;
  const covered = await sql`
    with candidates as (
      select g.gap_id, g.from_ts, g.to_ts, (
        select range_agg(tstzrange(o.from_ts, o.to_ts)) from observed o
        where o.venue = g.venue and g.market = any (o.markets) and g.channel = any (o.channels)
          and o.to_ts > g.from_ts and o.span_id is distinct from g.span_id
      ) as span
      from gaps g
      where g.venue = ${venue} and g.state = 'open' and g.absence
    ), settled as (
      select gap_id, coalesce(c.to_ts, (select max(upper(part)) from unnest(c.span) as part
        where part @> c.from_ts)) as to_ts
      from candidates c
      where c.span @> case when c.to_ts is null then tstzrange(c.from_ts, c.from_ts, '[]')
        else tstzrange(c.from_ts, c.to_ts) end
    )
    update gaps g set state = 'repaired', to_ts = s.to_ts, closed_at = now(), note = 'another socket observed it'
    from settled s where g.gap_id = s.gap_id and s.to_ts is not null`;
  const lost = await sql`
    update gaps set state = 'unrecoverable', closed_at = now(), note = 'the past of this channel can''t be had'
    where venue = ${venue} and state = 'open' and channel <> 'trade'
      -- Another collector's observation is known a moment later.
      and to_ts < clock_timestamp() - interval '5 seconds'`;
  return gone.count + covered.count + lost.count;
}
