/** What `/healthz` and `/metrics` say of the streams, the ledger and of what could not be read. */
import type postgres from "postgres";
import type { Sockets } from "../watch/presence.ts";

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

/** Seconds: shorter silence is never stale, nor is a collector that began since. */
const PATIENCE = 120;
/** Where too few pauses were measured: seconds without any news of a whole channel. */
const UNKNOWN_PATIENCE = 600;
/** A collector tells of itself every five seconds. */
const GONE = 30;

/** The collectors that are alive, and what of their streams is silent. */
export interface Silence {
  /** Processes that collect. */
  collectors: number;
  /** Whether the youngest of them began less than two minutes ago. */
  young: boolean;
  sockets: Sockets[];
  /** `source stream channel` of each that is silent beyond its own rhythm; `*` for all streams of a channel. */
  stale: string[];
  /** `source * channel` that is pushed and of which nothing has come since the collectors began. */
  awaited: string[];
}

/**
 * Streams without news beyond what is usual for them, of those that are
 * configured. All ages are by the database's clock.
 *
 * A stream that is looked at on a schedule has missed three turns. One whose
 * news is pushed is silent for ten times its longest usual pause (SQL function
 * `longest_silence`), or for two minutes while its market trades. Of a channel
 * whose pauses are not known yet some news must come. A market that was delisted
 * is not stale.
 */
export async function silence(sql: postgres.Sql): Promise<Silence> {
  const [row] = await sql<
    (Omit<Silence, "stale" | "awaited"> & {
      stale: string[] | null;
      awaited: string[] | null;
    })[]
  >`
    with alive as (
      select * from collectors where seen_at > clock_timestamp() - make_interval(secs => ${GONE})
    ), wanted as (
      select g.source, stream, g.channel, min(g.every) as every, min(a.began_at) as began_at
      from alive a, jsonb_to_recordset(a.streams)
        as g (source text, channel text, every float8, streams text[]), unnest(g.streams) as stream
      group by 1, 2, 3
    ), heard as (
      select w.source, w.stream, w.channel, w.every, coalesce(f.news_at >= w.began_at, false) as heard,
        extract(epoch from clock_timestamp() - greatest(f.news_at, w.began_at))::float8 as silent,
        f.longest_pause,
        case when w.every is null then longest_silence(f.pauses, f.longest_pause)
          else greatest(3 * w.every, ${PATIENCE}) end as patience
      from wanted w left join stream_stats f using (source, stream, channel)
    ), judged as (
      select *, coalesce(silent > patience, false)
          or channel in ('ticker', 'book') and silent > ${PATIENCE}
            and bool_or(channel = 'trade' and heard and silent <= ${PATIENCE})
              over (partition by source, stream) as mute
      from heard h
      where not exists (select from market_flags n where n.venue = h.source and n.market = h.stream
        and n.flag = 'delisted' and n.ended_at is null)
    ), channels as (
      select source, channel, bool_or(heard) as heard, max(every) as every,
        not bool_or(heard) and min(silent) > greatest(${PATIENCE}, 3 * max(every))
          or bool_and(patience is null)
            and min(silent) > greatest(${UNKNOWN_PATIENCE}, 10 * max(longest_pause))
          or bool_and(mute) and count(*) > 1 as mute
      from judged group by source, channel
    ), socket as (
      select s.venue, sum(s."all")::int as "all", sum(s.up)::int as up, min(s.down_seconds) as down_seconds
      from alive a, jsonb_to_recordset(a.sockets) as s (venue text, "all" int, up int, down_seconds float8)
      group by s.venue
    )
    select (select count(*)::int from alive) as collectors,
      coalesce((select max(began_at) from alive) > clock_timestamp() - make_interval(secs => ${PATIENCE}), false)
        as young,
      coalesce((select json_agg(s order by venue) from socket s), '[]') as sockets,
      (select array_agg(name order by name) from (
        select concat_ws(' ', source, stream, channel) as name from judged
          where mute and (source, channel) not in (select source, channel from channels where mute)
        union select concat_ws(' ', source, '*', channel) from channels where mute
        union select concat_ws(' ', venue, '*', 'socket') from socket
          where "all" > 0 and up = 0 and down_seconds > ${PATIENCE}
      ) as names) as stale,
      (select array_agg(concat_ws(' ', source, '*', channel) order by source, channel) from channels
        where not heard and every is null) as awaited`;
  return { ...row!, stale: row!.stale ?? [], awaited: row!.awaited ?? [] };
}

/** Whether data comes in as it should. */
export type Status =
  | "ok"
  | "starting"
  | "disconnected"
  | "stale"
  | "unreadable";

/** What is wrong first: no socket, a silent stream, pages that cannot be read. */
export function statusOf(
  { collectors, young, sockets, stale, awaited }: Silence,
  rising: Rise[],
  feeds: number,
): Status {
  if (collectors === 0) return feeds === 0 ? "starting" : "disconnected";
  const wanted = sockets.some(({ all }) => all > 0);
  if (wanted && !sockets.some(({ up }) => up > 0)) {
    return young && awaited.length > 0 ? "starting" : "disconnected";
  }
  if (stale.length > 0) return "stale";
  if (awaited.length > 0) return "starting";
  return rising.length > 0 ? "unreadable" : "ok";
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
