/** What `/healthz` and `/metrics` say of the ledger and of what could not be read. */
import type postgres from "postgres";

/** A source whose frames, rows and pages suddenly can't be read. */
export interface Rise {
  source: string;
  last_5_minutes: number;
  /** Mean of the 5-minute spans of the day before. */
  usual: number;
}

/** Fewer than this in five minutes are no sudden rise. */
const REMARKABLE = 20;
/** So many times the usual number is one. */
const TIMES = 5;

/** Rejects of the last five minutes against the day before, source by source. */
export async function rejectRises(sql: postgres.Sql): Promise<Rise[]> {
  const rows = await sql<Rise[]>`
    select source,
      count(*) filter (where received_at > now() - interval '5 minutes')::int as last_5_minutes,
      round(count(*) filter (where received_at <= now() - interval '5 minutes') / 287.0, 2)::float8 as usual
    from rejects where received_at > now() - interval '1 day'
      -- A bad file says nothing of a feed.
      and source <> 'import'
    group by source order by source`;
  return rows.filter((row) =>
    row.last_5_minutes >= REMARKABLE &&
    row.last_5_minutes > TIMES * Math.max(1, row.usual)
  );
}

/**
 * Tickers and books without news for `seconds` that should have some: no socket
 * observes them, or their market trades meanwhile. A market in which nothing
 * happens is quiet, and one that was delisted is gone; neither is stale.
 */
export async function staleStreams(
  sql: postgres.Sql,
  seconds: number,
): Promise<string[]> {
  const rows = await sql<{ stream: string }[]>`
    with clock as (
      select clock_timestamp() - make_interval(secs => ${seconds}) as since
    ), watched as (
      select o.venue, m.market, c.channel
      from observed o, clock, unnest(o.markets) as m (market), unnest(o.channels) as c (channel)
      where o.to_ts > since
    )
    select concat_ws(' ', f.source, f.stream, f.channel) as stream from feeds f, clock
    where f.channel in ('ticker', 'book') and f.last_received_at < since
      and ((f.source, f.stream, f.channel) not in (select venue, market, channel from watched)
        or exists (select from feeds t where t.source = f.source and t.stream = f.stream
          and t.channel = 'trade' and t.last_received_at > since))
      and not exists (select from notices n where n.venue = f.source and n.market = f.stream
        and n.notice = 'delisted' and n.ended_at is null)
    order by f.source, f.channel, f.stream`;
  return rows.map(({ stream }) => stream);
}

/** Gaps of one venue and channel in one state. */
export interface GapCount {
  venue: string;
  channel: string;
  state: string;
  gaps: number;
  /** Sum of their lengths; one that still grows up to now. */
  seconds: number;
}

/** The ledger's gaps counted. */
export const gapCounts = (sql: postgres.Sql): Promise<GapCount[]> =>
  sql<GapCount[]>`
    select venue, channel, state, count(*)::int as gaps,
      sum(extract(epoch from coalesce(to_ts, greatest(now(), from_ts)) - from_ts))::float8 as seconds
    from gaps group by venue, channel, state order by venue, channel, state`;
