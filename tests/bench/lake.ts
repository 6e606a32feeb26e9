/**
 * Speed of the lake and of the indicators, for `deno task bench`. Each figure
 * has beside it a plain way to do the same on the same machine in the same run.
 */
import { analyze } from "../../analytics/analyze.ts";
import { type Lake, openDuckdb } from "../../analytics/lake/lake.ts";
import {
  NO_DAY,
  type Unit,
  type Units,
  writeUnits,
} from "../../analytics/units/records.ts";
import { dayFile } from "../../analytics/units/session.ts";
import { snapshot } from "../../analytics/snapshot.ts";
import { connect, openDatabase } from "../../collector/database/client.ts";
import type { Figure } from "./figures.ts";
import { fillLake } from "./fill_lake.ts";
import { talibCalls } from "../support/oracles/talib_calls.ts";
import { KEPT_FOR_GOOD } from "../support/kept_for_good.ts";
import { startPostgres } from "../support/postgres_server.ts";

/** Runs `work` and gives its seconds and the most memory the process held, in MB. */
async function measure(
  work: () => Promise<unknown>,
): Promise<{ seconds: number; peak: number }> {
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, Deno.memoryUsage().rss);
  }, 50);
  const started = performance.now();
  try {
    await work();
  } finally {
    clearInterval(watch);
  }
  return { seconds: (performance.now() - started) / 1000, peak: peak / 1e6 };
}

/**
 * Trades of six markets over a day: prices in ticks around a walk; four sizes
 * in ten have eight random decimals, the others repeat round ones, as in the
 * recorded half minute of Upbit (118 of 304 sizes are new).
 */
const TRADES = (rows: number) => `
  insert into trades (venue, market, trade_id, ts, price, size, side, received_at)
  select case when g % 2 = 0 then 'upbit' else 'binance' end, 'M' || g % 6, 17853950411240000 + g, ts,
    round((90000000 + 1000000 * sin(g / 10000.0) + 20000 * random())::numeric, -3),
    case when random() < 0.4 then round((0.00001 + random() * random() * 0.3)::numeric, 8)
      else (1 + floor(random() * random() * 400))::numeric * 0.0005 end,
    case when random() < 0.5 then 'buy' else 'sell' end, ts + random() * interval '50 ms'
  from (select g, timestamptz '2026-11-20Z' + g * (interval '24 hours' / ${rows}) as ts
    from generate_series(0, ${rows - 1}) g) made`;

/** Postgres → sorted zstd Parquet, on a PostgreSQL of its own. */
export async function benchSnapshot(rows = 1_000_000): Promise<Figure[]> {
  const server = await startPostgres({ synced: true });
  const data = await Deno.makeTempDir({ prefix: "crowdtape-bench-" });
  try {
    const database = await openDatabase({ url: server.url });
    const { sql } = database;
    try {
      await sql`select ensure_day_partitions('trades', '2026-11-20', '2026-11-21')`;
      await sql.unsafe(TRADES(rows));
      await sql`analyze trades`;
      const plain = await measure(() => plainCopy(server.url, data, rows / 10));
      let bytes = 0;
      const ours = await measure(async () => {
        const [report] = await snapshot({
          data,
          database,
          tables: ["trades"],
        });
        if (report!.rows !== rows) throw new Error(`${report!.rows} rows`);
        bytes = report!.bytes;
      });
      return [{
        work: "Postgres → sorted zstd Parquet, counted and verified",
        value: rows / ours.seconds,
        unit: "rows/s",
        aim: 1_000_000,
        baseline: {
          name: "a cursor's rows appended to DuckDB one by one",
          value: rows / 10 / plain.seconds,
        },
        note: `${ours.peak.toFixed(0)} MB at most`,
      }, {
        work: "bytes a trade in the lake",
        value: bytes / rows,
        unit: "bytes",
        aim: 10,
        baseline: {
          name: "the same rows as gzipped CSV",
          value: await gzippedCsv(server.url, rows / 10) / (rows / 10),
        },
      }];
    } finally {
      await database.close();
    }
  } finally {
    await server.stop();
    await Deno.remove(data, { recursive: true });
  }
}

const COLUMNS =
  "venue, market, trade_id, ts, price, size, side, fills, received_at, written";

async function plainCopy(
  url: string,
  data: string,
  rows: number,
): Promise<void> {
  const duckdb = await openDuckdb(data);
  const sql = connect(url, 1);
  const { connection } = duckdb;
  await connection.run(
    `create table plain (venue text, market text, trade_id text, ts text, price text, size text,
      side text, fills integer, received_at text, written text)`,
  );
  const appender = await connection.createAppender("plain");
  for await (
    const batch of sql.unsafe(
      `select venue, market, trade_id, ts::text, price, size, side, fills, received_at::text, written
       from trades limit ${rows}`,
    ).cursor(10_000)
  ) {
    for (const row of batch) {
      appender.appendVarchar(row.venue);
      appender.appendVarchar(row.market);
      appender.appendVarchar(row.trade_id);
      appender.appendVarchar(row.ts);
      appender.appendVarchar(row.price);
      appender.appendVarchar(row.size);
      appender.appendVarchar(row.side);
      appender.appendInteger(row.fills);
      appender.appendVarchar(row.received_at);
      appender.appendVarchar(row.written);
      appender.endRow();
    }
  }
  appender.closeSync();
  await connection.run(
    `copy (select * replace (trade_id::bigint as trade_id, ts::timestamptz as ts,
      price::decimal(38,18) as price, size::decimal(38,18) as size,
      received_at::timestamptz as received_at) from plain order by market, ts, trade_id)
     to '${data}/plain.parquet' (format parquet, compression zstd)`,
  );
  await sql.end();
  duckdb.close();
}

async function gzippedCsv(url: string, rows: number): Promise<number> {
  const sql = connect(url, 1);
  const csv = await sql.unsafe(
    `copy (select ${COLUMNS} from trades order by ts limit ${rows}) to stdout (format csv)`,
  ).readable() as unknown as AsyncIterable<Uint8Array<ArrayBuffer>>;
  let bytes = 0;
  const packed = ReadableStream.from(csv).pipeThrough(
    new CompressionStream("gzip"),
  );
  for await (const chunk of packed) bytes += chunk.length;
  await sql.end({ timeout: 0 });
  return bytes;
}

/** 1-minute bars of 20 markets: prices in ticks around waves, no gap. */
const BARS = (rows: number) => `
  with closes as (
    select i, round(1e6 + 1e5 * sin(i / 9000) + 900 * cos(i * 0.37) + 300 * sin(i * i * 0.01), 1) as close
    from range(${rows}) r(i)
  )
  select 'v' as venue, 'M' || lpad((i // ${
  rows / 20
})::text, 2, '0') as market, '1m' as interval,
    timestamp '2025-01-01' + to_minutes((i % ${rows / 20})::bigint) as ts,
    close + (i * 7919) % 211 as high, close - (i * 104729) % 197 as low, close,
    ((i * 31) % 9973 + 1) / 1000 as volume, 'closed' as state
  from closes`;

/** Puts bars in the place of the mart of candles, as if they had been made. */
async function placeCandles(
  { connection }: Lake,
  data: string,
  bars: string,
): Promise<void> {
  await connection.run(`create table bars as from '${bars}'`);
  const reader = await connection.runAndReadAll(
    `select ts::date::text, venue || ' ' || market, count(*)::integer from bars group by all`,
  );
  const units: Units = new Map([[NO_DAY, new Map()]]);
  for (
    const [day, shard, rows] of reader.getRowsJson() as [
      string,
      string,
      number,
    ][]
  ) {
    const shards = units.get(day) ?? new Map<string, Unit>();
    units.set(day, shards);
    shards.set(shard, { read: "", made: "", rows });
  }
  for (const day of units.keys()) {
    const path = dayFile(data, "candles", day);
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await connection.run(
      `copy (from bars where ts::date = date '${day}') to '${path}' (format parquet, compression zstd)`,
    );
  }
  await writeUnits(data, "candles", units);
}

/** Every indicator over 1-minute bars of 20 markets, Parquet to Parquet. */
export async function benchIndicators(bars = 10_000_000): Promise<Figure[]> {
  const data = await Deno.makeTempDir({ prefix: "crowdtape-bench-" });
  try {
    await Deno.mkdir(`${data}/marts`);
    // `analyze` wants a lake; the bars themselves stand in the mart of candles.
    await fillLake(
      data,
      "markets",
      "select 'v' as venue, 'M00' as market, timestamptz '2025-01-01 00:00:00+00' as first_seen",
    );
    const candles = `${data}/bars.parquet`;
    const duckdb = await openDuckdb(data);
    await duckdb.connection.run(
      `copy (${BARS(bars)}) to '${candles}' (format parquet, compression zstd)`,
    );
    await placeCandles(duckdb, data, candles);
    duckdb.close();
    const ours = await measure(async () => {
      const [report] = await analyze({
        data,
        only: "indicators",
        keepDays: KEPT_FOR_GOOD,
      });
      if (report!.rows !== bars) throw new Error(`${report!.rows} rows`);
    });
    const pandas = await benchPandas(candles, `${data}/pandas.parquet`);
    const work = `all indicators over ${
      bars.toLocaleString("en")
    } 1-minute bars`;
    return [{
      work,
      value: ours.seconds,
      unit: "s",
      aim: 60,
      baseline: pandas && {
        name: "pandas and TA-Lib over the same file",
        value: pandas.seconds,
      },
      note: pandas
        ? undefined
        : "no python3 with pandas, pyarrow and TA-Lib to compare with",
    }, {
      work: `${work}, memory at most`,
      value: ours.peak,
      unit: "MB",
      aim: 2000,
      baseline: pandas && {
        name: "pandas and TA-Lib over the same file",
        value: pandas.peak_mb,
      },
    }];
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

/** Undefined where there is no Python that can. */
async function benchPandas(
  from: string,
  to: string,
): Promise<{ seconds: number; peak_mb: number } | undefined> {
  const script = new URL(
    "../support/oracles/bench_indicators.py",
    import.meta.url,
  );
  const python = (...args: string[]) =>
    new Deno.Command("python3", { args, stderr: "piped" }).output();
  try {
    const can = await python("-c", "import pandas, pyarrow, talib");
    if (!can.success) return undefined;
  } catch {
    return undefined;
  }
  const { success, stdout, stderr } = await python(
    script.pathname,
    from,
    to,
    JSON.stringify(talibCalls),
  );
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}
