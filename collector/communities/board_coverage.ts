/**
 * Which minutes of a crawled board are known. A minute is complete when one
 * unbroken run of crawls has seen all of it; then its count is exact and a zero
 * is a zero. Minutes nobody saw have no row in `counts`.
 */
import type postgres from "postgres";
import type { Count, Micros } from "../model/events.ts";
import { MINUTE } from "../model/time.ts";

/** The minute that `ts` lies in. */
export const minuteOf = (ts: Micros): Micros =>
  Math.floor(ts / MINUTE) * MINUTE;

/** The first minute that begins at `ts` or later. */
export const nextMinute = (ts: Micros): Micros =>
  Math.ceil(ts / MINUTE) * MINUTE;

/** A community's board. */
export interface Board {
  source: string;
  board: string;
}

/** What is counted on a board. */
export type Measure = "posts" | "comments";

/** The name of a board's series in `counts`. */
export const seriesOf = (measure: Measure, board: string): string =>
  `${measure}:${board}`;

/** Where the last crawls of a board left off. */
export interface Coverage {
  /** End of the last complete minute of each series, or null where there is none. */
  posts: Micros | null;
  comments: Micros | null;
  /** When the first post of the board was stored. */
  firstSeen: Micros | null;
  /** When a comment of the board last could not be read. */
  lastReject: Micros | null;
}

const numberOrNull = (text: string | null) =>
  text === null ? null : Number(text);

/** The place in `rejects` of comments that could not be read. */
export const commentPlace = (board: string, postId: string): string =>
  `${seriesOf("comments", board)}/${postId}`;

/** Reads where the last crawls left off. */
export async function readCoverage(
  sql: postgres.Sql,
  { source, board }: Board,
): Promise<Coverage> {
  const complete = (measure: Measure) =>
    sql`select max(ts) + interval '1 minute' from counts
      where source = ${source} and query = ${seriesOf(measure, board)}
        and bucket = '1m' and complete`;
  const micros = (value: postgres.PendingQuery<postgres.Row[]>) =>
    sql`(extract(epoch from (${value})) * 1000000)::bigint::text`;
  const [row] = await sql`select
    ${micros(complete("posts"))} as posts,
    ${micros(complete("comments"))} as comments,
    ${
    micros(sql`select min(first_seen) from posts
        where source = ${source} and board = ${board}`)
  } as first_seen,
    ${
    micros(sql`select max(received_at) from rejects
        where source = ${source} and starts_with(place, ${
      commentPlace(board, "")
    })`)
  } as last_reject`;
  return {
    posts: numberOrNull(row!.posts),
    comments: numberOrNull(row!.comments),
    firstSeen: numberOrNull(row!.first_seen),
    lastReject: numberOrNull(row!.last_reject),
  };
}

/** The complete minutes of a series in [from, to). */
export async function completeMinutes(
  sql: postgres.Sql,
  { source, board }: Board,
  measure: Measure,
  from: Micros,
  to: Micros,
): Promise<Set<Micros>> {
  const rows = await sql`
    select (extract(epoch from ts) * 1000000)::bigint::text as ts from counts
    where source = ${source} and query = ${seriesOf(measure, board)}
      and bucket = '1m' and complete
      and ts >= to_timestamp(${from}::float8 / 1e6)
      and ts < to_timestamp(${to}::float8 / 1e6)`;
  return new Set(rows.map((row) => Number(row.ts)));
}

/**
 * The counts of every minute in [from, to), zeros included, as the stored posts
 * or living comments give them.
 * @param complete whether a minute was seen whole; null leaves it out.
 */
export async function countMinutes(
  sql: postgres.Sql,
  { source, board }: Board,
  measure: Measure,
  from: Micros,
  to: Micros,
  complete: (minute: Micros) => boolean | null,
): Promise<Count[]> {
  const rows = await sql`
    select (extract(epoch from date_trunc('minute', ts)) * 1000000)::bigint::text as minute,
      count(*)::integer as count
    from ${sql(measure)}
    where source = ${source} and board = ${board}
      and ts >= to_timestamp(${from}::float8 / 1e6)
      and ts < to_timestamp(${to}::float8 / 1e6)
      ${measure === "comments" ? sql`and not deleted` : sql``}
    group by 1`;
  const found = new Map(
    rows.map((row) => [Number(row.minute), row.count as number]),
  );
  const counts: Count[] = [];
  for (let minute = from; minute < to; minute += MINUTE) {
    const whole = complete(minute);
    if (whole === null) continue;
    counts.push({
      kind: "count",
      source,
      query: seriesOf(measure, board),
      ts: minute,
      bucket: "1m",
      count: found.get(minute) ?? 0,
      complete: whole,
    });
  }
  return counts;
}

/**
 * The counts of every term and minute in [from, to), zeros included, as the
 * stored posts give them, where a post's board is its terms by commas.
 */
export async function countTerms(
  sql: postgres.Sql,
  source: string,
  terms: string[],
  from: Micros,
  to: Micros,
  complete: (minute: Micros) => boolean,
): Promise<Count[]> {
  const rows = await sql`
    select wanted.term, (extract(epoch from date_trunc('minute', ts)) * 1000000)::bigint::text as minute,
      count(*)::integer as count
    from posts, unnest(${terms}::text[]) as wanted (term)
    where source = ${source} and wanted.term = any(string_to_array(board, ','))
      and ts >= to_timestamp(${from}::float8 / 1e6)
      and ts < to_timestamp(${to}::float8 / 1e6)
    group by 1, 2`;
  const found = new Map(
    rows.map((row) => [`${row.minute} ${row.term}`, row.count as number]),
  );
  const counts: Count[] = [];
  for (let minute = from; minute < to; minute += MINUTE) {
    for (const term of terms) {
      counts.push({
        kind: "count",
        source,
        query: seriesOf("posts", term),
        ts: minute,
        bucket: "1m",
        count: found.get(`${minute} ${term}`) ?? 0,
        complete: complete(minute),
      });
    }
  }
  return counts;
}
