/**
 * The newest of each stream. The database makes the JSON, as one text: the
 * process that collects only passes it on.
 */
import type postgres from "postgres";

/** The newest event of a stream. */
export interface FeedRow {
  source: string;
  stream: string;
  channel: string;
  events: string;
  last_ts: Date;
  age_seconds: number;
  /** Silence beyond which it is mute; null while too few pauses were measured. */
  mute_after_seconds: number | null;
}

/** By the database's clock: when the news was committed, in the seconds since. */
const age = (sql: postgres.Sql) =>
  sql`round(extract(epoch from clock_timestamp() - coalesce(news_at, last_received_at))::numeric, 3)::float8`;

/** The streams as rows. */
export const feeds = (sql: postgres.Sql): Promise<FeedRow[]> =>
  sql<FeedRow[]>`
    select source, stream, channel, events, last_ts, ${age(sql)} as age_seconds,
      longest_silence(pauses, longest_pause) as mute_after_seconds
    from stream_stats order by source, channel, stream`;

/** A time as JavaScript writes it. */
export const iso = (sql: postgres.Sql, column: string) =>
  sql`to_char(${
    sql(column)
  } at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** The same as a text of JSON. */
export async function feedsJson(sql: postgres.Sql): Promise<string> {
  const [row] = await sql<{ json: string }[]>`
    select coalesce(json_agg(f order by source, channel, stream), '[]')::text as json from (
      select source, stream, channel, events::text, ${
    iso(sql, "last_ts")
  } as last_ts,
        ${age(sql)} as age_seconds
      from stream_stats) as f`;
  return row!.json;
}

/** The newest ticker of each market, one index look-up a market; a text of JSON. */
export async function tickersJson(sql: postgres.Sql): Promise<string> {
  const [row] = await sql<{ json: string }[]>`
    select coalesce(json_agg(newest order by venue, market), '[]')::text as json
    from stream_stats f
    cross join lateral (
      select venue, market, ${
    iso(sql, "ts")
  } as ts, last::text, change_rate::text,
        volume_24h::text, value_24h::text
      from tickers where venue = f.source and market = f.stream
      order by tickers.ts desc limit 1) as newest
    where f.channel = 'ticker'`;
  return row!.json;
}
