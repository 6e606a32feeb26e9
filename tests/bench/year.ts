/**
 * What a year of minutes costs, for `deno task bench year`: every mart, publish
 * and the site's data, made whole and after one more hour.
 */
import { openDuckdb } from "../../analytics/lake/lake.ts";
import {
  lakeTables,
  literal,
  partitionQuery,
} from "../../analytics/lake/tables.ts";
import { openDatabase } from "../../collector/database/client.ts";
import { startPostgres } from "../support/postgres_server.ts";
import type { Figure } from "./figures.ts";
import { fillHours, type Level, marketsOf } from "./hour.ts";

/** One process: its wall and CPU seconds, and the most memory that it held, in MB. */
export interface Cost {
  seconds: number;
  cpu: number;
  peak: number;
}

/** Clock ticks in a second, as /proc counts CPU time. */
const TICKS = 100;

/** Runs a program of this repository and watches it. */
export async function watch(
  program: string,
  env: Record<string, string>,
  ...args: string[]
): Promise<Cost> {
  const started = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--allow-all",
      new URL(`../../${program}`, import.meta.url).pathname,
      ...args,
    ],
    env,
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const cost: Cost = { seconds: 0, cpu: 0, peak: 0 };
  const look = setInterval(() => {
    try {
      const of = (file: string) =>
        Deno.readTextFileSync(`/proc/${child.pid}/${file}`);
      const stat = of("stat");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      cost.cpu = (Number(fields[11]) + Number(fields[12])) / TICKS;
      const peak = /VmHWM:\s+(\d+)/.exec(of("status"))?.[1];
      cost.peak = Math.max(cost.peak, Number(peak ?? 0) / 1000);
    } catch {
      // It has ended.
    }
  }, 20);
  try {
    const { success, stderr } = await child.output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
  } finally {
    clearInterval(look);
  }
  cost.seconds = (performance.now() - started) / 1000;
  return cost;
}

/** Days of trades and order books, which are not the minutes that are measured. */
const LIVE_DAYS = 2;

/** The first day of {@link fillHours}, in milliseconds. */
const START = Date.parse("2026-09-01");

/** Writes candles of so many days, a file a venue and day, as a snapshot leaves them. */
export async function fillYear(
  data: string,
  markets: readonly Level[],
  days: number,
): Promise<void> {
  const candles = lakeTables.find(({ name }) => name === "candles")!;
  const duckdb = await openDuckdb(data);
  try {
    for (let day = 0; day < days; day++) {
      const date = new Date(START + day * 86_400_000).toISOString().slice(
        0,
        10,
      );
      for (const venue of new Set(markets.map(([venue]) => venue))) {
        const given: Record<string, string> = {
          venue: literal(venue),
          market: "market",
          interval: "'1m'",
          ts: "ts",
          open: "price",
          high: "price * 1.001",
          low: "price * 0.999",
          close: "price * (1 + 0.0005 * sin(s))",
          volume: "1 + s % 977 / 100.0",
          quote_volume: "price * (1 + s % 977 / 100.0)",
          trade_count: "s % 311",
          source: "'venue'",
          state: "'closed'",
          revision: "0",
          written: "1",
        };
        const rows = `select ${
          candles.columns.map(({ name, type }) =>
            type.startsWith("DECIMAL")
              ? `(${given[name] ?? "null"})::decimal(18,8)::${type} as ${name}`
              : `(${given[name] ?? "null"})::${type} as ${name}`
          ).join(", ")
        }, date ${literal(date)} as date from (
          select market, s, ts, level * (1 + 0.05 * sin(s / 90000) + 0.02 * sin(s / 7000 + level)
            + 0.004 * sin(s / 431 + level)) as price
          from (select market, level from (values ${
          markets.filter(([of]) => of === venue)
            .map(([, market, , , level]) =>
              `(${literal(market)}, ${level}::double)`
            )
            .join(", ")
        }) m(market, level)), (select s, timestamptz '2026-09-01 00:00:00+00' + to_seconds(s) as ts
            from range(${day * 86_400}, ${(day + 1) * 86_400}, 60) r(s)))`;
        const folder = `${data}/lake/candles/venue=${venue}/date=${date}`;
        await Deno.mkdir(folder, { recursive: true });
        await duckdb.connection.run(
          `copy (${partitionQuery(candles, `from (${rows})`)}) to ${
            literal(`${folder}/0-1.parquet`)
          } (format parquet, compression zstd, parquet_version v2)`,
        );
      }
    }
  } finally {
    duckdb.close();
  }
}

/** So many markets over so many days. */
export interface Size {
  markets: number;
  days: number;
}

const parts = ["analyze", "publish", "site's data"] as const;

type Costs = Record<typeof parts[number], Cost>;

/** All that follows a snapshot, as processes of their own. */
async function chain(data: string, url: string): Promise<Costs> {
  const env = { CROWDTAPE_DATA: data, DATABASE_URL: url, CROWDTAPE_CONFIG: "" };
  return {
    analyze: await watch("analytics/analyze.ts", env),
    publish: await watch("analytics/publish.ts", env),
    "site's data": await watch(
      "tests/bench/write_site_data.ts",
      env,
      `${data}/site`,
    ),
  };
}

/** The whole chain at one size: everything, and after one more hour in the middle of a day. */
export async function measureYear(
  { markets: count, days }: Size,
  parent?: string,
): Promise<{ whole: Costs; hour: Costs; rows: number }> {
  const data = await Deno.makeTempDir({
    prefix: "crowdtape-bench-",
    dir: parent,
  });
  const server = await startPostgres({ synced: true });
  const markets = marketsOf(count);
  try {
    await (await openDatabase({ url: server.url })).close();
    await fillYear(data, markets, days);
    // Talk and rates as long as the minutes; trades and books of the newest days alone.
    await fillHours(data, 0, days * 24, markets, [
      "candles",
      "trades",
      "books",
    ]);
    await fillHours(data, (days - LIVE_DAYS) * 24, days * 24, markets, [
      "markets",
      "candles",
      "rates",
      "counts",
    ]);
    await fillHours(data, days * 24, days * 24 + 11, markets);
    const whole = await chain(data, server.url);
    await fillHours(data, days * 24 + 11, days * 24 + 12, markets);
    const hour = await chain(data, server.url);
    return { whole, hour, rows: count * days * 1440 };
  } finally {
    await server.stop();
    await Deno.remove(data, { recursive: true });
  }
}

/** Growth up to the largest size: each dimension by itself, and both. */
export async function benchYear(largest: Size): Promise<Figure[]> {
  const { markets, days } = largest;
  const sizes = [
    { markets: 10, days: 30 },
    { markets: 25, days: 90 },
    { markets: 50, days: 365 },
    largest,
  ].filter((size, i, all) =>
    size.markets <= markets && size.days <= days &&
    all.findIndex((s) => s.markets === size.markets && s.days === size.days) ===
      i
  );
  const figures: Figure[] = [];
  for (const size of sizes) {
    const { whole, hour } = await measureYear(size);
    const last = size === sizes.at(-1);
    for (
      const [what, costs, aim] of [
        ["made whole", whole, 1800],
        ["one more hour", hour, 60],
      ] as const
    ) {
      const all = Object.values(costs);
      const figure: Figure = {
        work: `${size.markets} markets × ${size.days} days of minutes: ${what}`,
        value: all.reduce((sum, { seconds }) => sum + seconds, 0),
        unit: "s",
        aim: last ? aim : undefined,
        note: parts.map((part) => {
          const { seconds, cpu, peak } = costs[part];
          return `${part} ${seconds.toFixed(1)} s, ${
            cpu.toFixed(1)
          } s of CPU, ${peak.toFixed(0)} MB`;
        }).join("; "),
      };
      figures.push(figure);
      console.error(
        `${figure.work}: ${figure.value.toFixed(1)} s; ${figure.note}`,
      );
    }
  }
  return figures;
}
