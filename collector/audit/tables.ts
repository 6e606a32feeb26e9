/** What the tables of minutes hold: candles of markets and counts of communities. */
import type postgres from "postgres";

/** Which rows are looked at. */
export interface TableScope {
  /** ISO times; null: from the first row, to the last. */
  from: string | null;
  to: string | null;
  venue?: string;
  market?: string;
  /** Only candles of this interval and source. */
  interval?: string;
  source?: string;
}

/** A run of intervals without a row: nobody knows what happened then. */
export interface Hole {
  /** Open time of the first missing interval, ISO. */
  from: string;
  /** Open time of the next row, ISO. */
  to: string;
  /** Missing intervals. */
  missing: number;
}

/** Coverage of one series of candles. */
export interface CandleCoverage {
  venue: string;
  market: string;
  interval: string;
  source: string;
  from: string;
  to: string;
  rows: number;
  closed: number;
  no_trade: number;
  partial: number;
  /** Unknown: intervals of the span without a row. */
  missing: number;
  holes: Hole[];
  /** Of the span's intervals, those with a row that is not partial. */
  known_percent: number;
}

/**
 * Candles of each series: states apart, and the holes between the first and the
 * last one, or in the whole span where one is asked for.
 */
export async function auditCandles(
  sql: postgres.Sql,
  scope: TableScope,
): Promise<CandleCoverage[]> {
  const rows = await sql<SeriesRow[]>`
    with known as (
      select venue, market, interval, source, ts, state, interval::interval as step from candles
      where ${
    scope.venue === undefined ? sql`true` : sql`venue = ${scope.venue}`
  }
        and ${
    scope.market === undefined ? sql`true` : sql`market = ${scope.market}`
  }
        and ${
    scope.interval === undefined ? sql`true` : sql`interval = ${scope.interval}`
  }
        and ${
    scope.source === undefined ? sql`true` : sql`source = ${scope.source}`
  }
    ), ${series(sql, scope)}
    select venue, market, interval, source, ${summary(sql, scope)},
      count(state) filter (where state = 'closed')::int as closed,
      count(state) filter (where state = 'no_trade')::int as no_trade,
      count(state) filter (where state = 'partial')::int as partial
    from steps group by venue, market, interval, source having count(state) > 0 or count(*) > 1
    order by venue, market, interval, source`;
  return rows.map(({ holes, from, to, missing, ...row }) => ({
    venue: row.venue,
    market: row.market,
    interval: row.interval,
    source: row.source,
    from: from.toISOString(),
    to: to.toISOString(),
    rows: row.rows,
    closed: row.closed,
    no_trade: row.no_trade,
    partial: row.partial,
    missing,
    holes: holes ?? [],
    known_percent: percent(row.closed + row.no_trade, row.rows + missing),
  }));
}

/** Coverage of one series of counts. */
export interface CountCoverage {
  source: string;
  query: string;
  bucket: string;
  from: string;
  to: string;
  rows: number;
  complete: number;
  /** Buckets that were only partly observed. */
  incomplete: number;
  missing: number;
  holes: Hole[];
  known_percent: number;
}

/** Counts of each community and query; see {@link auditCandles}. */
export async function auditCounts(
  sql: postgres.Sql,
  scope: TableScope,
): Promise<CountCoverage[]> {
  const rows = await sql<SeriesRow[]>`
    with known as (
      select source as venue, query as market, bucket as interval, '' as source, ts,
        case when complete then 'complete' else 'incomplete' end as state, bucket::interval as step from counts
      where ${
    scope.venue === undefined ? sql`true` : sql`source = ${scope.venue}`
  }
        and ${
    scope.market === undefined ? sql`true` : sql`query = ${scope.market}`
  }
    ), ${series(sql, scope)}
    select venue, market, interval, ${summary(sql, scope)},
      count(state) filter (where state = 'complete')::int as complete
    from steps group by venue, market, interval having count(state) > 0 or count(*) > 1
    order by venue, market, interval`;
  return rows.map(({ holes, from, to, missing, ...row }) => ({
    source: row.venue,
    query: row.market,
    bucket: row.interval,
    from: from.toISOString(),
    to: to.toISOString(),
    rows: row.rows,
    complete: row.complete,
    incomplete: row.rows - row.complete,
    missing,
    holes: holes ?? [],
    known_percent: percent(row.complete, row.rows + missing),
  }));
}

interface SeriesRow {
  venue: string;
  market: string;
  interval: string;
  source: string;
  from: Date;
  to: Date;
  rows: number;
  closed: number;
  no_trade: number;
  partial: number;
  complete: number;
  missing: number;
  holes: Hole[] | null;
}

/**
 * Each row of `known` with the number of intervals missing after it. An asked
 * span gets a row without a state before it and one at its end, so that what is
 * missing at its edges counts too.
 */
function series(sql: postgres.Sql, { from, to }: TableScope) {
  const inside = sql`
    ${from === null ? sql`true` : sql`ts >= ${from}::timestamptz`}
    and ${to === null ? sql`true` : sql`ts < ${to}::timestamptz`}`;
  const each =
    sql`select distinct venue, market, interval, source, step from known`;
  // An interval belongs to the span when it opens in it.
  const aligned = (time: string) =>
    sql`to_timestamp(ceil(extract(epoch from ${time}::timestamptz) / extract(epoch from step))
      * extract(epoch from step))`;
  return sql`
    edges as (
      ${
    from === null
      ? sql`select venue, market, interval, source, ts, state, step from known where false`
      : sql`select venue, market, interval, source, ${
        aligned(from)
      } - step as ts, null::text as state, step from (${each}) as one`
  }
      union all
      ${
    to === null
      ? sql`select venue, market, interval, source, ts, state, step from known where false`
      : sql`select venue, market, interval, source, ${
        aligned(to)
      } as ts, null::text as state, step from (${each}) as one`
  }
    ), marked as (
      select venue, market, interval, source, ts, state, step from known where ${inside}
      union all select * from edges
    ), steps as (
      select *, ts + step as after,
        lead(ts) over (partition by venue, market, interval, source order by ts) as next
      from marked
    )`;
}

/** An asked span begins and ends with its edges, another with its rows. */
const summary = (sql: postgres.Sql, { from, to }: TableScope) =>
  sql`
  ${from === null ? sql`min(ts)` : sql`min(after)`} as "from",
  ${to === null ? sql`max(after)` : sql`max(ts)`} as "to",
  count(state)::int as rows,
  coalesce(sum(extract(epoch from next - after) / extract(epoch from step))
    filter (where next > after), 0)::int as missing,
  json_agg(json_build_object('from', ${iso(sql, "after")}, 'to', ${
    iso(sql, "next")
  },
    'missing', (extract(epoch from next - after) / extract(epoch from step))::int) order by ts)
    filter (where next > after) as holes`;

const iso = (sql: postgres.Sql, column: string) =>
  sql`to_char(${sql(column)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;

/** Part of a whole in percent; of nothing, all is known. */
export const percent = (part: number, whole: number): number =>
  whole === 0 ? 100 : 100 * part / whole;
