/**
 * Random histories of a lake: late trades, revised candles, new and delisted
 * markets, `analyze` killed in the middle. What it then makes of the news must be
 * what it makes of everything at once.
 */
import assert from "node:assert/strict";
import { analyze } from "../../analytics/analyze.ts";
import { martNames, openLake } from "../../analytics/lake/lake.ts";
import { loadConfig } from "../../collector/config.ts";
import { randomFrom } from "../support/random.ts";
import type { Figure } from "./figures.ts";
import { fillLake } from "./fill_lake.ts";

/** 15 days: the usual volume of an hour looks back over 14. */
const DAYS = 16, START = Date.parse("2026-11-01");

const MARKETS = [
  ["upbit", "KRW-BTC", "BTC", "KRW", 90_000_000],
  ["upbit", "KRW-USDT", "USDT", "KRW", 1400],
  ["binance", "BTCUSDT", "BTC", "USDT", 65_000],
  ["bithumb", "KRW-BTC", "BTC", "KRW", 90_000_000],
] as const;

type Market = typeof MARKETS[number];

/** Kept so short that rounds drop cells and days. */
const KEEP_DAYS = {
  indicators: { "1m": 3, "5m": 6, "1h": 9 },
  signals: { "1m": 2 },
  window_metrics: 4,
  mean_prices: 9,
  region_spread: 5,
  premium: 7,
};

/** A lake that goes on and is corrected. */
class History {
  readonly random: () => number;
  #written = 0;
  #hours = new Map<Market, number>();

  constructor(readonly data: string, seed: number) {
    this.random = randomFrom(seed);
  }

  async #fill(table: string, query: string): Promise<void> {
    const written = ++this.#written;
    await fillLake(
      this.data,
      table,
      `select *, ${written} as written from (${query})`,
      `${written - 1}-${written}`,
    );
  }

  /** Some minutes of a market, hours since the start: candles and, where they are new, trades and books. */
  async #span(
    [venue, market, , , level]: Market,
    from: number,
    to: number,
    revised = false,
  ) {
    const salt = Math.floor(this.random() * 1000);
    // Some minutes are unknown, some seen in part.
    const seconds = (step: number) =>
      `(select '${venue}' as venue, '${market}' as market, s,
        to_timestamp(${START / 1000} + s) as ts,
        ${level} * (1 + 0.05 * sin(s / 9000) + 0.01 * sin(s / 700 + ${salt})) as price,
        hash(s + ${salt}) % 1000 as h
       from range(${from * 3600}, ${to * 3600}, ${step}) r(s))`;
    await this.#fill(
      "candles",
      `select venue, market, '1m' as interval, ts, price::decimal(30,8) as open, (price * 1.001)::decimal(30,8) as high,
        (price * 0.999)::decimal(30,8) as low, (price * (1 + 0.0001 * (h % 9)))::decimal(30,8) as close,
        case when h < 30 then 0 else 1 + h / 100.0 end::decimal(30,8) as volume,
        case when h < 30 then 0 else price * (1 + h / 100.0) end::decimal(30,8) as quote_volume,
        (h % 50)::integer as trade_count, 'venue' as source,
        case when h < 30 then 'no_trade' when h < 34 then 'partial' else 'closed' end as state, ${salt} as revision
       from ${seconds(60)} where h < 995`,
    );
    if (revised) return;
    await this.#fill(
      "trades",
      `select venue, market, s * 1000 + ${salt} as trade_id, ts + to_milliseconds(h::bigint) as ts,
        price::decimal(30,8) as price, (1 + h / 100.0)::decimal(30,8) as size, 'buy' as side
       from ${seconds(97)}`,
    );
    await this.#fill(
      "books",
      `select venue, market, ts + interval 55 seconds as ts,
        format('[["{}","1.5"],["{}","2"]]', round(price * 0.9999, 6), round(price * 0.9998, 6)) as bids,
        format('[["{}","1.2"],["{}","3"]]', round(price * 1.0001, 6), round(price * 1.0002, 6)) as asks
       from ${seconds(600)}`,
    );
  }

  async list(market: Market, from: number, to: number): Promise<void> {
    const [venue, name, base, quote] = market;
    await fillLake(
      this.data,
      "markets",
      `select '${venue}' as venue, '${name}' as market, '${base}' as base, '${quote}' as quote,
        timestamptz '2026-11-01 00:00:00+00' + to_minutes(${
        MARKETS.indexOf(market)
      }) as first_seen`,
      name,
    );
    await this.#span(market, from, to);
    this.#hours.set(market, to);
  }

  async begin(): Promise<void> {
    for (const market of MARKETS.slice(0, 3)) {
      await this.list(market, 0, (DAYS - 1) * 24);
    }
    // Two days of it: the statistics are the dearest of all marts.
    await this.talk((DAYS - 3) * 24, DAYS * 24);
  }

  async talk(from: number, to: number): Promise<void> {
    await this.#fill(
      "counts",
      `select 'dcinside' as source, 'posts:bitcoins_new1' as query, to_timestamp(${
        START / 1000
      } + s) as ts, '1m' as bucket, (hash(s) % 9)::integer as count, hash(s) % 50 > 0 as complete,
        (hash(s) % 9)::integer as first_count from range(${from * 3600}, ${
        to * 3600
      }, 60) r(s)`,
    );
    await this.#fill(
      "rates",
      `select 'r' as source, 'USD' as base, 'KRW' as quote, to_timestamp(${
        START / 1000
      } + s) as ts, 1380 + s % 7 as rate from range(${from * 3600}, ${
        to * 3600
      }, 7200) r(s)`,
    );
  }

  /** One thing happens. @returns what. */
  async happen(): Promise<string> {
    const listed = [...this.#hours];
    const [market, end] = listed[Math.floor(this.random() * listed.length)]!;
    const at = Math.floor(this.random() * (end - 2));
    const [venue, name, , , level] = market;
    const kind = Math.floor(this.random() * 5);
    if (kind === 0) {
      const hours = 1 + Math.floor(this.random() * 30);
      for (const [one, end] of listed) {
        await this.#span(one, end, end + hours);
        this.#hours.set(one, end + hours);
      }
      return `${hours} hours more`;
    }
    if (kind === 1) {
      await this.#fill(
        "trades",
        `select '${venue}' as venue, '${name}' as market, ${this.#written} as trade_id, to_timestamp(${
          START / 1000 + at * 3600 + 7
        }) as ts,
          ${level} as price, 3 as size, 'sell' as side`,
      );
      return `a late trade of ${name} in hour ${at}`;
    }
    if (kind === 2) {
      await this.#span(market, at, at + 1, true);
      return `revised candles of ${name} in hour ${at}`;
    }
    const other = MARKETS[3];
    if (!this.#hours.has(other)) {
      await this.list(other, 24 * 3, 24 * 5);
      return "a new market";
    }
    for (const table of ["candles", "trades", "books", "markets"]) {
      await Deno.remove(`${this.data}/lake/${table}/venue=${other[0]}`, {
        recursive: true,
      });
    }
    this.#hours.delete(other);
    return "a market is gone";
  }
}

/** Runs `analyze` in a process of its own and kills it `after` ms into the mart that follows the first `marts` made. */
async function killed(
  data: string,
  config: string,
  marts: number,
  after: number,
): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--allow-all",
      new URL("../../analytics/analyze.ts", import.meta.url).pathname,
    ],
    env: { CROWDTAPE_DATA: data, CROWDTAPE_CONFIG: config },
    stdout: "piped",
    stderr: "null",
  }).spawn();
  let lines = 0;
  // A line a mart, as soon as it is made.
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    lines += text.split("\n").length - 1;
    if (lines < marts) continue;
    await new Promise((resolve) => setTimeout(resolve, after));
    try {
      child.kill("SIGKILL");
    } catch {
      // It had ended.
    }
    break;
  }
  await child.status;
}

/** Runs so many rounds. @throws {assert.AssertionError} where a mart is not the same both ways. */
export async function compareHistories(
  rounds: number,
  seed: number,
  say: (text: string) => void = () => {},
): Promise<void> {
  const data = await Deno.makeTempDir({ prefix: "crowdtape-units-" });
  const fresh = `${data}/fresh`;
  try {
    await Deno.mkdir(fresh);
    await Deno.symlink(`${data}/lake`, `${fresh}/lake`);
    const config = `${data}/config.json`;
    await Deno.writeTextFile(config, JSON.stringify({ keepDays: KEEP_DAYS }));
    const { keepDays } = await loadConfig(config);
    const history = new History(data, seed);
    await history.begin();
    await analyze({ data, keepDays });
    for (let round = 0; round < rounds; round++) {
      const happened = await history.happen();
      const kill = history.random() < 0.4;
      if (kill) {
        const marts = 1 + Math.floor(8 * history.random());
        await killed(data, config, marts, 500 * history.random());
      }
      const made = await analyze({ data, keepDays });
      await analyze({ data: fresh, full: true, keepDays });
      await assertSame(
        data,
        fresh,
        `round ${round}, seed ${seed}: ${happened}`,
      );
      const units = made.reduce((sum, mart) => sum + mart.units, 0);
      say(`${round} ${happened}${kill ? ", killed" : ""}: ${units} units`);
      assert.equal(
        (await analyze({ data, keepDays })).reduce(
          (sum, mart) => sum + mart.units,
          0,
        ),
        0,
        "with nothing new nothing is made",
      );
    }
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

/** 200 rounds, ten of each of 20 histories, or it fails. */
export async function benchHistories(seed: number): Promise<Figure[]> {
  for (let i = 0; i < 20; i++) {
    await compareHistories(10, seed * 100 + i, console.error);
  }
  return [{
    work:
      "rounds of which every mart is the same made of the news and made anew",
    value: 200,
    unit: "of 200",
  }];
}

/** Every mart of two folders row by row, doubles to 1e-12. */
export async function assertSame(
  one: string,
  other: string,
  message: string,
): Promise<void> {
  assert.deepEqual(await martNames(one), await martNames(other));
  const a = await openLake({ data: one }), b = await openLake({ data: other });
  try {
    for (const mart of await martNames(one)) {
      const described = (await a.connection.runAndReadAll(
        `select column_name, column_type from (describe marts.${mart})`,
      )).getRowsJson() as [string, string][];
      const exact = described.filter(([, type]) => type !== "DOUBLE");
      const order = [...exact, ...described.filter((c) => !exact.includes(c))]
        .map(([name]) => `"${name}"`).join(", ");
      const query = `select ${order} from marts.${mart} order by ${order}`;
      const left = (await a.connection.runAndReadAll(query)).getRows();
      const right = (await b.connection.runAndReadAll(query)).getRows();
      assert.equal(left.length, right.length, `${message}: rows of ${mart}`);
      for (const [i, row] of left.entries()) {
        for (const [j, value] of row.entries()) {
          const want = right[i]![j];
          const same = typeof value === "number" && typeof want === "number"
            ? Object.is(value, want) ||
              Math.abs(value - want) <= 1e-12 * Math.max(1, Math.abs(want))
            : String(value) === String(want);
          if (!same) {
            assert.fail(
              `${message}: ${mart}, row ${i}: ${row} is not ${right[i]}`,
            );
          }
        }
      }
    }
  } finally {
    a.close();
    b.close();
  }
}
