/** Talk and markets out of the marts, on one grid a bucket length, ready to be compared. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { logarithm } from "../statistics/align.ts";
import { difference } from "../statistics/lags.ts";
import { type LeftOut, withoutEvents } from "../statistics/lead.ts";
import { deseason } from "../statistics/rhythm.ts";
import { type Grid, seasonOf } from "../statistics/seasonality.ts";
import { Prepared } from "../statistics/verdict.ts";

/** One series in one bucket length. */
export interface Series {
  /** What it is, three names of each side. */
  names: Names;
  bucket: string;
  prepared: Prepared;
  scale: "log" | "level";
  /** The scale to be judged, and its changes, without these buckets, their season and a straight line. */
  even(form: Form, without: LeftOut): Float64Array;
}

type Names = [string, string, string];

/** Levels (or logs), or their differences. */
export type Form = "scaled" | "changes";

/** Talk beside a market. */
export interface Pair {
  talk: Series;
  market: Series;
  grid: Grid;
}

/** Bucket lengths, milliseconds. */
const BUCKETS: Record<string, number> = { "5m": 300_000, "1h": 3_600_000 };

/**
 * Closed bars of every market: their volume, and of the minutes' log returns the root of the sum of
 * squares (realised volatility, of whole buckets only); and the log return from the close of the bar before, as it is and without its sign.
 */
export const MARKETS = `
  with bars as (
    select venue, market, interval as bucket, ts, volume, state,
      case interval when '5m' then 5 else 60 end as minutes,
      case when ts - lag(ts) over series = to_minutes(case interval when '5m' then 5 else 60 end)
        then ln(close / lag(close) over series) end as return
    from marts.candles
    where interval in ('5m', '1h') and close > 0
    window series as (partition by venue, market, interval order by ts)
  ), returns as (
    select venue, market, ts,
      case when state <> 'partial' and ts - lag(ts) over series = interval 1 minute
        then ln(close / lag(close) over series) end as return
    from marts.candles
    where interval = '1m' and close > 0
    window series as (partition by venue, market order by ts)
  ), volatilities as (
    select venue, market, bucket, time_bucket(to_minutes(minutes), ts) as ts,
      case when count(return) = minutes then sqrt(sum(return * return)) end as volatility
    from returns cross join (values ('5m', 5), ('1h', 60)) spans(bucket, minutes)
    group by venue, market, bucket, minutes, time_bucket(to_minutes(minutes), ts)
  ), measured as (
    select venue, market, 'volume' as against, bucket, ts, volume as value from bars where state <> 'partial'
    union all
    select venue, market, 'abs_return', bucket, ts, abs(return) from bars where state <> 'partial'
    union all
    select venue, market, 'return', bucket, ts, return from bars where state <> 'partial'
    union all
    select venue, market, 'volatility', bucket, ts, volatility from volatilities
  )
  select venue, market, against, bucket, epoch_ms(ts)::double as ms, value::double as value
  from measured
  where value is not null and isfinite(value)`;

/** Three names, the bucket's length, milliseconds UTC, value. */
type Point = [string, string, string, string, number, number];

/** Measures that have no logarithm: a return or a score of 0 is an answer. */
const LEVELS = new Set(["abs_return", "return", "tone"]);

/** How pairs are read. */
export interface Reading {
  /** Queries that give points. */
  talk: string;
  markets: string;
  /** Which series are compared. */
  related(talk: Names, market: Names): boolean;
  /** Longest span of a bucket length, milliseconds; the newest part counts. */
  longest?: Partial<Record<string, number>>;
}

/** Every pair of talk and market that is asked for. */
export async function readPairs(
  connection: DuckDBConnection,
  { talk, markets, related, longest = {} }: Reading,
): Promise<Pair[]> {
  const read = async (sql: string) =>
    (await connection.runAndReadAll(sql)).getRows() as unknown as Point[];
  const ofTalk = await read(talk), ofMarkets = await read(markets);
  const all: Pair[] = [];
  for (const [bucket, step] of Object.entries(BUCKETS)) {
    const here = (points: Point[]) => points.filter((p) => p[3] === bucket);
    const [a, b] = [here(ofTalk), here(ofMarkets)];
    // Talk and market have to meet in time: only the span of talk counts.
    let first = Infinity, last = -Infinity;
    for (const point of a) {
      first = Math.min(first, point[4]);
      last = Math.max(last, point[4]);
    }
    if (!(last >= first)) continue;
    first = Math.max(first, last - (longest[bucket] ?? Infinity) + step);
    const grid = { start: first, step, length: (last - first) / step + 1 };
    const left = series(a, grid), right = series(b, grid);
    for (const one of left) {
      for (const other of right) {
        if (related(one.names, other.names)) {
          all.push({ talk: one, market: other, grid });
        }
      }
    }
  }
  return all;
}

function series(points: Point[], grid: Grid): Series[] {
  const found = new Map<string, { point: Point; values: Float64Array }>();
  for (const point of points) {
    const key = JSON.stringify(point.slice(0, 3));
    let one = found.get(key);
    if (!one) {
      one = { point, values: new Float64Array(grid.length).fill(NaN) };
      found.set(key, one);
    }
    const place = (point[4] - grid.start) / grid.step;
    if (place >= 0 && place < grid.length) one.values[place] = point[5];
  }
  return [...found.values()].map(({ point, values }) => {
    const scale = LEVELS.has(point[2]) ? "level" : "log";
    const scaled = scale === "log" ? logarithm(values).values : values;
    return {
      names: [point[0], point[1], point[2]],
      bucket: point[3],
      prepared: new Prepared(scaled, grid),
      scale,
      even: evenly(scaled, grid),
    };
  });
}

/** What no pair leaves out is made once, for all. */
function evenly(values: Float64Array, grid: Grid): Series["even"] {
  const whole = new Map<Form, Float64Array>();
  const make = (form: Form, of: Float64Array) =>
    deseason(
      form === "scaled" ? of : difference(of),
      grid,
      seasonOf(grid),
      true,
    ).residuals;
  return (form, without) => {
    if (without.at.length > 0) {
      return make(form, withoutEvents(values, without));
    }
    const known = whole.get(form) ?? make(form, values);
    whole.set(form, known);
    return known;
  };
}
