/**
 * The ledger: which spans of each (venue, market, channel) were observed, and
 * which were not and why. Entries travel through the store with the events, so
 * that the ledger never claims more than what is committed.
 */
import type postgres from "postgres";
import type { Micros } from "../model/events.ts";
import { columnsOf, type GapReason } from "../model/gap_reason.ts";

/** A market's trade: its code and the exact id. */
export type MarketId = [market: string, id: string];

/** An entry of the ledger; times are microseconds UTC by the venue's clock, see {@link VenueClock}. */
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
    reason: GapReason;
  }
  /** It delivered up to here. */
  | ({ kind: "seen"; span: string } & Seen)
  /** It is gone: from `to` on its streams are not observed. */
  | { kind: "end"; span: string; to: Micros; reason: GapReason }
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
    reason: GapReason;
  };

/** How far a socket has come. */
export interface Seen {
  to: Micros;
  /** First trades since the last report, one for each market. */
  first: MarketId[];
  /** Last trades, which prove to other sockets what lies between. */
  last: MarketId[];
}

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
        await seen(sql, entry);
        break;
      case "end":
        await end(sql, entry);
        break;
      case "gap": {
        const { code, detail } = columnsOf(entry.reason);
        await sql`
          insert into gaps (venue, market, channel, from_ts, to_ts, from_id, to_id, reason, detail)
          values (${entry.venue}, ${entry.market}, ${entry.channel}, ${
          time(sql, entry.from)
        },
            ${entry.to === null ? null : time(sql, entry.to)},
            ${entry.fromId}::bigint, ${entry.toId}::bigint, ${code}, ${
          json(sql, detail)
        })`;
      }
    }
  }
}

/** A client or a transaction of one. */
// deno-lint-ignore ban-types -- as postgres.js declares it
type Client = postgres.ISql<{}>;
type Entry<K extends LedgerEntry["kind"]> = Extract<LedgerEntry, { kind: K }>;

const json = (sql: Client, detail: object) =>
  sql`${JSON.stringify(detail)}::text::jsonb`;
const time = (sql: Client, ts: Micros) =>
  sql`to_timestamp(${ts}::float8 / 1e6)`;

/**
 * Gaps that were growing end here. A stream that has none was left by a process
 * that could not say so, or is another collector's too: whatever the clocks say,
 * what lies between its last trade and the next one is a gap until it is proved
 * whole. Only a stream of which nothing is known yet has none.
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
  const { code, detail } = columnsOf(reason);
  await sql`
    with streams as (
      select market, channel from unnest(${markets}::text[]) as market, unnest(${channels}::text[]) as channel
    ), growing as (
      update gaps g set to_ts = greatest(g.from_ts, ${at}), next_span = ${span}
      from streams s
      where g.venue = ${venue} and g.market = s.market and g.channel = s.channel
        and g.state = 'open' and g.to_ts is null
      returning g.market, g.channel
    ), ends as (
      select s.market, s.channel, f.last_id, coalesce(
        (select max(o.to_ts) from observed o
          where o.venue = ${venue} and s.market = any (o.markets) and s.channel = any (o.channels)
            and o.span_id <> ${span} and not o.imported), f.last_ts) as last
      from streams s
      left join stream_stats f on f.source = ${venue} and f.stream = s.market and f.channel = s.channel
      where (s.market, s.channel) not in (select market, channel from growing)
    )
    insert into gaps (venue, market, channel, from_ts, to_ts, from_id, reason, detail, absence, next_span)
    select ${venue}, market, channel, least(last, ${at}), greatest(last, ${at}),
      case when channel = 'trade' then last_id end,
      case when last > ${at} + interval '2 seconds' then 'clock_set_back' else ${code} end,
      ${json(sql, detail)}, true, ${span}
    from ends where last < ${at} or last >= ${at} and channel = 'trade'`;
}

async function seen(
  sql: Client,
  { span, to, first, last }: Entry<"seen">,
): Promise<void> {
  await sql`
    update observed set to_ts = greatest(to_ts, ${time(sql, to)})
    where span_id = ${span}`;
  if (first.length > 0) {
    await sql`
      update gaps g set to_id = f.id
      from unnest(${markets(first)}::text[], ${
      ids(first)
    }::bigint[]) as f (market, id)
      where g.venue = (select venue from observed where span_id = ${span})
        and g.market = f.market and g.channel = 'trade' and g.state = 'open'
        -- Any later socket ends the gap: the next one may not have delivered a trade.
        and g.to_ts is not null and g.to_id is null and f.id > coalesce(g.from_id, -1)`;
  }
  if (last.length > 0) {
    await sql`
      insert into observed_ids (span_id, market, first_id, last_id)
      select ${span}, l.market, coalesce(f.id, l.id), l.id
      from unnest(${markets(last)}::text[], ${
      ids(last)
    }::bigint[]) as l (market, id)
      left join unnest(${markets(first)}::text[], ${
      ids(first)
    }::bigint[]) as f (market, id) using (market)
      on conflict (span_id, market) do update set last_id = excluded.last_id`;
  }
}

const markets = (pairs: MarketId[]) => pairs.map(([market]) => market);
const ids = (pairs: MarketId[]) => pairs.map(([, id]) => id);

async function end(
  sql: Client,
  { span, to, reason }: Entry<"end">,
): Promise<void> {
  const { code, detail } = columnsOf(reason);
  await sql`
    with ended as (
      update observed set to_ts = greatest(to_ts, ${
    time(sql, to)
  }), ended = true
      where span_id = ${span} and not ended
      returning *
    )
    insert into gaps (venue, market, channel, from_ts, from_id, reason, detail, span_id, absence)
    select e.venue, m.market, c.channel, e.to_ts,
      case when c.channel = 'trade' then coalesce(f.last_id, a.trade_id) end, ${code}, ${
    json(sql, detail)
  }, e.span_id, true
    from ended e
    cross join unnest(e.markets) as m (market)
    cross join unnest(e.channels) as c (channel)
    left join stream_stats f on f.source = e.venue and f.stream = m.market and f.channel = c.channel
    left join anchors a on a.venue = e.venue and a.market = m.market`;
}

/**
 * Resolves the gaps that need no refill: what another socket observed meanwhile
 * is repaired; tickers and books, which no venue serves for the past, are
 * unrecoverable. A delisted market no longer trades: its gap ends with the
 * first list without it.
 * @returns how many were resolved.
 */
export async function resolveCovered(
  sql: postgres.Sql,
  venue: string,
): Promise<number> {
  const gone = await sql`
    with delisted as (
      select market, first_seen as since from market_flags
      where venue = ${venue} and flag = 'delisted' and ended_at is null
    ), ended as (
      update gaps g set to_ts = d.since from delisted d
      where g.venue = ${venue} and g.market = d.market and g.state = 'open'
        and g.to_ts is null and g.from_ts < d.since
    )
    update gaps g set state = 'repaired', to_ts = coalesce(g.to_ts, g.from_ts), closed_at = now(),
      note = 'delisted_before'
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
      where g.venue = ${venue} and g.state = 'open' and g.absence and g.channel <> 'trade'
    ), settled as (
      select gap_id, coalesce(c.to_ts, (select max(upper(part)) from unnest(c.span) as part
        where part @> c.from_ts)) as to_ts
      from candidates c
      where c.span @> case when c.to_ts is null then tstzrange(c.from_ts, c.from_ts, '[]')
        else tstzrange(c.from_ts, c.to_ts) end
    )
    update gaps g set state = 'repaired', to_ts = s.to_ts, closed_at = now(), note = 'other_socket_observed'
    from settled s where g.gap_id = s.gap_id and s.to_ts is not null`;
  // A gap of a collector that stays away ends where another collector's observation goes on.
  await sql`
    update gaps g set to_ts = greatest(g.from_ts, other.to_ts), to_id = other.last_id, next_span = other.span_id
    from gaps h
    cross join lateral (
      select o.span_id, o.to_ts, i.last_id from observed o join observed_ids i using (span_id)
      where o.venue = h.venue and i.market = h.market and o.to_ts > h.from_ts
        and o.span_id is distinct from h.span_id and i.last_id > h.from_id
      order by o.to_ts desc limit 1
    ) as other
    where g.gap_id = h.gap_id and h.venue = ${venue} and h.state = 'open' and h.absence
      and h.channel = 'trade' and h.to_ts is null`;
  // Of trades only ids prove that: one socket delivered what both ends of the gap name.
  const delivered = await sql`
    update gaps g set state = 'repaired', closed_at = now(), claimed_until = null,
      note = 'other_socket_delivered'
    where g.venue = ${venue} and g.state = 'open' and g.absence and g.channel = 'trade'
      and g.from_id is not null and g.to_id is not null and g.to_ts is not null
      and exists (select from observed_ids i join observed o using (span_id)
        where o.venue = g.venue and i.market = g.market and i.span_id is distinct from g.span_id
          and i.first_id <= g.from_id and i.last_id >= g.to_id)`;
  const lost = await sql`
    update gaps set state = 'unrecoverable', closed_at = now(), note = 'no_past'
    where venue = ${venue} and state = 'open' and channel <> 'trade'
      -- Another collector's observation is known a moment later; whatever the venue's clock says.
      and to_ts is not null
      and coalesce(ended_at not between clock_timestamp() - interval '5 seconds' and clock_timestamp(), true)`;
  return gone.count + covered.count + delivered.count + lost.count;
}
