/**
 * What one more hour costs `analyze`, for `deno task bench hour`: CPU seconds of
 * a process of its own, after a week and after eight, beside all made anew.
 */
import type { Figure } from "./figures.ts";
import { fillLake } from "./fill_lake.ts";

/** Eight markets of three venues: three coins on both sides of the border, and the won price of a USDT. */
const MARKETS = [
  ["upbit", "KRW-BTC", "BTC", "KRW", 9e7],
  ["upbit", "KRW-ETH", "ETH", "KRW", 4e6],
  ["upbit", "KRW-XRP", "XRP", "KRW", 800],
  ["upbit", "KRW-USDT", "USDT", "KRW", 1380],
  ["bithumb", "KRW-BTC", "BTC", "KRW", 9e7],
  ["binance", "BTCUSDT", "BTC", "USDT", 65_000],
  ["binance", "ETHUSDT", "ETH", "USDT", 2900],
  ["binance", "XRPUSDT", "XRP", "USDT", 0.58],
] as const;

const START = "2026-09-01";

/** A market: venue, code, base, quote and the level of its price. */
export type Level = readonly [string, string, string, string, number];

/** Coins on both sides of the border. */
export const marketsOf = (count: number): Level[] =>
  Array.from({ length: count / 2 }, (_, i): Level[] => [
    ["upbit", `KRW-C${i}`, `C${i}`, "KRW", 1400 * (i + 1)],
    ["binance", `C${i}USDT`, `C${i}`, "USDT", i + 1],
  ]).flat();

const valuesOf = (markets: readonly Level[]) =>
  `(values ${
    markets.map(([venue, market, base, quote, price]) =>
      `('${venue}', '${market}', '${base}', '${quote}', ${price}::double)`
    ).join(", ")
  }) m(venue, market, base, quote, level)`;

/** A walk that is the same whatever part of it is asked for: waves of many lengths, by the second `s`. */
const PRICE =
  `level * (1 + 0.05 * sin(s / 90000) + 0.02 * sin(s / 7000 + level) +
  0.004 * sin(s / 431 + level) + 0.001 * sin(s * s * 0.0001))`;

/** One row every so many seconds of each market, for the hours `from` to `to`. */
const rowsOf = (
  markets: string,
  seconds: number,
  from: number,
  to: number,
) =>
  `(select *, timestamptz '${START} 00:00:00+00' + to_seconds(s) as ts, ${PRICE} as price
    from ${markets}, range(${from * 3600}, ${to * 3600}, ${seconds}) r(s))`;

/**
 * Adds the hours `from` to `to` (exclusive) since the start to the lake, in a file of their own a day.
 * @param without tables that are filled already.
 */
export async function fillHours(
  data: string,
  from: number,
  to: number,
  of: readonly Level[] = MARKETS,
  without: readonly string[] = [],
): Promise<void> {
  const name = `${from}-${to}`;
  const markets = valuesOf(of);
  const every = (seconds: number, from: number, to: number) =>
    rowsOf(markets, seconds, from, to);
  const fill = async (table: string, query: string) => {
    if (!without.includes(table)) await fillLake(data, table, query, name);
  };
  if (from === 0 || without.length > 0) {
    await fill(
      "markets",
      `select venue, market, base, quote, true as active, timestamptz '${START} 00:00:00+00' as first_seen
       from ${markets}`,
    );
  }
  await fill(
    "candles",
    `select venue, market, '1m' as interval, ts, price::decimal(30,8) as open, (price * 1.001)::decimal(30,8) as high,
       (price * 0.999)::decimal(30,8) as low, (price * (1 + 0.0005 * sin(s)))::decimal(30,8) as close,
       (1 + s % 977 / 100.0 + 5 * (sin(s / 5000) > 0.9)::integer)::decimal(30,8) as volume,
       (price * (1 + s % 977 / 100.0))::decimal(30,8) as quote_volume, (s % 311)::integer as trade_count,
       'venue' as source, 'closed' as state, 0 as revision, ${to} as written from ${
      every(60, from, to)
    }`,
  );
  await fill(
    "trades",
    `select venue, market, s as trade_id, ts + interval 137 milliseconds as ts, price::decimal(30,8) as price,
       (0.01 + s % 97 / 1000.0)::decimal(30,8) as size, 'buy' as side, ${to} as written from ${
      every(10, from, to)
    }`,
  );
  await fill(
    "books",
    `select venue, market, ts + interval 57 seconds as ts,
       format('[["{}","1.5"],["{}","2"]]', round(price * 0.9999, 6), round(price * 0.9998, 6)) as bids,
       format('[["{}","1.2"],["{}","3"]]', round(price * 1.0001, 6), round(price * 1.0002, 6)) as asks,
       ${to} as written from ${every(60, from, to)}`,
  );
  await fill(
    "rates",
    `select 'simulated' as source, 'USD' as base, 'KRW' as quote, ts, (1380 + s % 7)::decimal(30,8) as rate, ${to} as written
     from (select timestamptz '${START} 00:00:00+00' + to_seconds(s) as ts, s from range(${
      from * 3600
    }, ${to * 3600}, 900) r(s))`,
  );
  await fill(
    "counts",
    `select 'dcinside' as source, 'posts:bitcoins_new1' as query, ts, '1m' as bucket,
       (5 + 4 * sin(s / 3000) + s % 3)::integer as count, true as complete,
       (5 + 4 * sin(s / 3000) + s % 3)::integer as first_count, ${to} as written
     from (select timestamptz '${START} 00:00:00+00' + to_seconds(s) as ts, s from range(${
      from * 3600
    }, ${to * 3600}, 60) r(s))`,
  );
}

/** CPU seconds of one `analyze` in a process of its own. */
export const cpuOf = (data: string, ...options: string[]): Promise<number> =>
  cpuOfTask("analytics/analyze.ts", data, ...options);

/** CPU seconds of a task in a process of its own. */
export async function cpuOfTask(
  task: string,
  data: string,
  ...options: string[]
): Promise<number> {
  const report = `${data}/cpu.txt`;
  const { success, stderr } = await new Deno.Command("sh", {
    args: [
      "-c",
      '"$@" > /dev/null && times',
      "sh",
      Deno.execPath(),
      "run",
      "--quiet",
      "--allow-all",
      new URL(`../../${task}`, import.meta.url).pathname,
      ...options,
    ],
    env: { CROWDTAPE_DATA: data },
    stdout: "piped",
    stderr: "piped",
  }).output().then(async (output) => {
    await Deno.writeFile(report, output.stdout);
    return output;
  });
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  // The second line of `times` is that of the children: user and system, 1m2.345s each.
  const children = (await Deno.readTextFile(report)).trim().split("\n").at(-1)!;
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)]
    .reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0);
}

/** One more hour after a week and after eight, beside all made anew. */
export async function benchHour(weeks = 8): Promise<Figure[]> {
  const data = await Deno.makeTempDir({ prefix: "crowdtape-bench-" });
  // An hour in the middle of a day: at midnight the statistics of whole days are made.
  const more = async (from: number) => {
    await fillHours(data, from, from + 12);
    await cpuOf(data);
    await fillHours(data, from + 12, from + 13);
    return await cpuOf(data);
  };
  try {
    await fillHours(data, 0, 7 * 24);
    const week = await more(7 * 24);
    await fillHours(data, 7 * 24 + 13, weeks * 7 * 24);
    const later = await more(weeks * 7 * 24);
    const full = await cpuOf(data, "--full");
    return [{
      work: `analyze: one more hour after ${weeks} weeks, CPU, 8 markets`,
      value: later,
      unit: "s",
      aim: 0.1 * full,
      baseline: { name: "everything made anew", value: full },
    }, {
      work: `the same against one more hour after a week`,
      value: later / week,
      unit: "times",
      aim: 1.3,
      baseline: { name: "one more hour after a week, s", value: week },
    }];
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}
