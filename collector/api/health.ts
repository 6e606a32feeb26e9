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
