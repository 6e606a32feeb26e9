/**
 * The marts `correlation` and `correlation_lags`: the statistics of
 * `analytics/statistics/` for every source of talk and every market.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { logarithm } from "../statistics/align.ts";
import { benjaminiHochberg } from "../statistics/benjamini_hochberg.ts";
import { normalAt } from "../statistics/distributions.ts";
import { difference } from "../statistics/lags.ts";
import { type Correlation, correlation } from "../statistics/report.ts";
import { deseason } from "../statistics/rhythm.ts";
import { rotationsOf } from "../statistics/rotation.ts";
import { type Grid, seasonOf } from "../statistics/seasonality.ts";
import { Prepared, type Verdict, verdict } from "../statistics/verdict.ts";
import {
  type Sentence,
  tell,
  verdictSentence,
} from "../statistics/verdict_sentence.ts";

/** One series of the lake in one bucket length. */
interface Series {
  /** source, query, measure of talk, or venue, market, against of a market. */
  names: [string, string, string];
  bucket: string;
  values: Float64Array;
  prepared: Prepared;
  /** The scale to be judged, and its changes, without their season and a straight line. */
  scaled: Float64Array;
  changes: Float64Array;
  scale: "log" | "level";
}

interface Pair {
  talk: Series;
  market: Series;
  grid: Grid;
}

/** Bucket lengths, milliseconds. */
const BUCKETS: Record<string, number> = { "5m": 300_000, "1h": 3_600_000 };

/** Draws of the bootstrap of each row; half of what `correlate` takes, for a mart has hundreds of rows. */
const DRAWS = 1000;

/** Complete buckets of talk. */
const TALK = `
  select source, query, measure, bucket, epoch_ms(ts)::double, count_complete::double
  from marts.attention
  where bucket in ('5m', '1h') and count_complete is not null`;

/**
 * Closed bars: their volume, and of the minutes' log returns the root of the sum of
 * squares (realised volatility, of whole buckets only); and the absolute log
 * return from the close of the bar before.
 */
const MARKETS = `
  with bars as (
    select venue, market, interval as bucket, ts, volume, state,
      case interval when '5m' then 5 else 60 end as minutes,
      case when ts - lag(ts) over series = to_minutes(case interval when '5m' then 5 else 60 end)
        then abs(ln(close / lag(close) over series)) end as abs_return
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
    select venue, market, 'abs_return', bucket, ts, abs_return from bars where state <> 'partial'
    union all
    select venue, market, 'volatility', bucket, ts, volatility from volatilities
  )
  select venue, market, against, bucket, epoch_ms(ts)::double, value::double
  from measured
  where value is not null and isfinite(value)`;

type Point = [string, string, string, string, number, number];

/** Every pair of talk and market, on one grid a bucket length. */
async function pairs(connection: DuckDBConnection): Promise<Pair[]> {
  const read = async (sql: string) =>
    (await connection.runAndReadAll(sql)).getRows() as unknown as Point[];
  const talk = await read(TALK), markets = await read(MARKETS);
  const all: Pair[] = [];
  for (const [bucket, step] of Object.entries(BUCKETS)) {
    const here = (points: Point[]) => points.filter((p) => p[3] === bucket);
    const [a, b] = [here(talk), here(markets)];
    // Talk and market have to meet in time: only the span of talk counts.
    let first = Infinity, last = -Infinity;
    for (const point of a) {
      first = Math.min(first, point[4]);
      last = Math.max(last, point[4]);
    }
    if (!(last >= first)) continue;
    const grid = { start: first, step, length: (last - first) / step + 1 };
    const left = series(a, grid), right = series(b, grid);
    for (const one of left) {
      for (const other of right) all.push({ talk: one, market: other, grid });
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
    // A return of 0 is an answer, and has no logarithm.
    const scale = point[2] === "abs_return" ? "level" : "log";
    const scaled = scale === "log" ? logarithm(values).values : values;
    const even = (form: Float64Array) =>
      deseason(form, grid, seasonOf(grid), true).residuals;
    return {
      names: [point[0], point[1], point[2]],
      bucket: point[3],
      values,
      prepared: new Prepared(scaled, grid),
      scaled: even(scaled),
      changes: even(difference(scaled)),
      scale,
    };
  });
}

const AGAINST: Record<string, Sentence> = {
  volume: { en: "volume", ko: "거래량" },
  volatility: { en: "volatility", ko: "변동성" },
  abs_return: { en: "|return|", ko: "|수익률|" },
};

const MEASURES: Record<string, Sentence> = {
  posts: { en: "posts", ko: "글" },
  comments: { en: "comments", ko: "댓글" },
  tweets: { en: "tweets", ko: "트윗" },
};

/** The sentence for a row: under unit roots those of the differences stand beside the differences. */
function sentenceOf(
  made: Verdict,
  pair: Pair,
  ofChanges: boolean,
): Sentence & { code: string } {
  const { talk, market, grid } = pair;
  const name = (language: "en" | "ko", [, , what]: string[]) =>
    MEASURES[what!]?.[language] ?? AGAINST[what!]?.[language] ?? what!;
  const inLanguage = (language: "en" | "ko") => {
    const x = name(language, talk.names);
    const y = `${market.names[1]} ${name(language, market.names)}`;
    return ofChanges && made.code === "unit_roots" && made.found
      ? tell(made.found, x, y, grid.step)[language]
      : verdictSentence(made, x, y, grid.step)[language];
  };
  return {
    code: ofChanges && made.code === "unit_roots" && made.found
      ? made.found.finding
      : made.code,
    en: inLanguage("en"),
    ko: inLanguage("ko"),
  };
}

/**
 * The verdict on every pair. Among many pairs some stand out by chance, so the
 * probability of each peak is adjusted over all of them (Benjamini–Hochberg),
 * and what does not hold then was not found.
 */
function judge(all: Pair[]): { pair: Pair; made: Verdict }[] {
  const verdicts = all.map(({ talk, market }) =>
    verdict(talk.prepared, market.prepared)
  );
  const adjusted = benjaminiHochberg(
    verdicts.map(({ found }) => found?.p ?? NaN),
  );
  return verdicts.map((made, i) => {
    const pair = all[i]!;
    if (!made.found) return { pair, made };
    const p = adjusted[i]!;
    const finding = p < 0.05 ? made.found.finding : "nothing";
    return {
      pair,
      made: {
        ...made,
        code: made.code === "unit_roots" ? made.code : finding,
        found: { ...made.found, finding, p, pairs: all.length },
      },
    };
  });
}

/** Makes the table `correlations`; undefined figures are NULL. */
export async function correlations(
  connection: DuckDBConnection,
): Promise<void> {
  const rows: { pair: Pair; made: Verdict; row: Correlation }[] = [];
  const judged = judge(await pairs(connection));
  for (const { pair, made } of judged) {
    const { talk, market } = pair;
    for (const transform of ["log", "dlog"] as const) {
      const [x, y] = transform === "log"
        ? [talk.scaled, market.scaled]
        : [talk.changes, market.changes];
      for (const method of ["pearson", "spearman", "kendall"] as const) {
        rows.push({
          pair,
          made,
          row: correlation(x, y, transform, method, {
            draws: method === "pearson" && made.found ? DRAWS : 0,
            seed: 1,
            valid: transform === "dlog" || made.code !== "unit_roots",
            rotations: rotationsOf(pair.grid),
          }),
        });
      }
    }
  }
  const adjusted = benjaminiHochberg(
    rows.map(({ row }) => row.valid ? row.p : NaN),
  );
  await fill(
    connection,
    "correlations",
    {
      ...NAMES,
      transform: "varchar",
      method: "varchar",
      r: "double",
      n: "bigint",
      n_eff: "double",
      low: "double",
      high: "double",
      boot_low: "double",
      boot_high: "double",
      p: "double",
      p_adjusted: "double",
      valid: "boolean",
      lag: "integer",
      lag_minutes: "integer",
      lag_r: "double",
      lag_p: "double",
      verdict: "varchar",
      verdict_en: "varchar",
      verdict_ko: "varchar",
    },
    rows.map(({ pair, made, row }, i) => {
      const said = sentenceOf(made, pair, row.transform === "dlog");
      const lag = made.found?.peak.lag ?? null;
      return [
        ...namesOf(pair),
        row.transform === "log" || pair.market.scale === "log"
          ? { log: pair.market.scale, dlog: "dlog", level: "level" }[
            row.transform
          ]
          : "dlevel",
        row.method,
        row.r,
        row.n,
        row.nEffective,
        row.interval?.low ?? null,
        row.interval?.high ?? null,
        row.bootstrap?.low ?? null,
        row.bootstrap?.high ?? null,
        row.p,
        adjusted[i]!,
        row.valid,
        lag,
        lag === null ? null : lag * pair.grid.step / 60_000,
        made.found?.peak.r ?? null,
        made.found?.p ?? null,
        said.code,
        said.en,
        said.ko,
      ];
    }),
  );
}

/** Makes the table `correlation_lags`, lags of every pair that there is enough data for. */
export async function correlationLags(
  connection: DuckDBConnection,
): Promise<void> {
  const rows = judge(await pairs(connection)).flatMap(({ pair, made }) => {
    return (made.found?.table.rows ?? []).map((row) => ({ pair, made, row }));
  });
  const adjusted = benjaminiHochberg(rows.map(({ row }) => row.p));
  await fill(
    connection,
    "correlation_lags",
    {
      ...NAMES,
      lag: "integer",
      lag_minutes: "integer",
      r: "double",
      band: "double",
      family_band: "double",
      n: "bigint",
      p: "double",
      p_adjusted: "double",
      of: "varchar",
      finding: "varchar",
      finding_p: "double",
      talk_unit_root_p: "double",
      market_unit_root_p: "double",
      pairs: "integer",
      seen: "double",
      events: "integer",
    },
    rows.map(({ pair, made, row }, i) => {
      const all = made.found!.table.rows.length;
      // Šidák: what one lag in so many may reach with 5 % over all.
      const family = normalAt(1 + Math.expm1(Math.log(0.95) / all) / 2);
      return [
        ...namesOf(pair),
        row.lag,
        row.lag * pair.grid.step / 60_000,
        row.r,
        row.band,
        row.band / normalAt(0.975) * family,
        row.n,
        row.p,
        adjusted[i]!,
        made.found!.on,
        made.found!.finding,
        made.found!.p,
        made.adfX?.p ?? null,
        made.adfY?.p ?? null,
        made.found!.pairs ?? null,
        made.found!.seen,
        made.found!.without?.events ?? null,
      ];
    }),
  );
}

const NAMES = {
  source: "varchar",
  query: "varchar",
  measure: "varchar",
  venue: "varchar",
  market: "varchar",
  against: "varchar",
  bucket: "varchar",
};

const namesOf = ({ talk, market }: Pair) => [
  ...talk.names,
  ...market.names,
  talk.bucket,
];

type Cell = string | number | boolean | null;

/** Makes a temporary table of these rows; NaN becomes NULL. */
async function fill(
  connection: DuckDBConnection,
  table: string,
  columns: Record<string, string>,
  rows: Cell[][],
): Promise<void> {
  const types = Object.values(columns);
  await connection.run(
    `create or replace temp table ${table} (${
      Object.entries(columns).map(([name, type]) => `"${name}" ${type}`)
        .join(", ")
    })`,
  );
  const appender = await connection.createAppender(table, "main", "temp");
  for (const row of rows) {
    row.forEach((cell, i) => {
      if (cell === null || Number.isNaN(cell)) appender.appendNull();
      else if (typeof cell === "string") appender.appendVarchar(cell);
      else if (typeof cell === "boolean") appender.appendBoolean(cell);
      else if (types[i] === "bigint") appender.appendBigInt(BigInt(cell));
      else if (types[i] === "integer") appender.appendInteger(cell);
      else appender.appendDouble(cell);
    });
    appender.endRow();
  }
  appender.closeSync();
}
