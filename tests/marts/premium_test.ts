import assert from "node:assert/strict";
import { analyze } from "../../analytics/analyze.ts";
import { Crawler } from "../../collector/net/crawl.ts";
import { checkConfig } from "../../collector/config.ts";
import { openDatabase } from "../../collector/database/client.ts";
import {
  collectRate,
  readRate,
  readRateHistory,
  watchRate,
} from "../../collector/watch/rates.ts";
import { type Reject, Store } from "../../collector/store/store.ts";
import { ask, fillLake, withData } from "../bench/fill_lake.ts";
import { NOON, withSandbox } from "../support/simulated.ts";

const START = "timestamptz '2026-11-02 00:00:00+00'";
const near = (actual: unknown, expected: number, within = 1e-12) =>
  assert.ok(
    typeof actual === "number" &&
      Math.abs(actual - expected) <= within * Math.max(1, Math.abs(expected)),
    `${actual} instead of ${expected}`,
  );

const markets = (data: string) =>
  fillLake(
    data,
    "markets",
    `select *, ${START} as first_seen from (values ('upbit', 'KRW-BTC', 'BTC', 'KRW'),
      ('upbit', 'KRW-USDT', 'USDT', 'KRW'), ('binance', 'BTCUSDT', 'BTC', 'USDT')) v(venue, market, base, quote)`,
  );

/** One candle a row: venue, market, minute, close, state. */
const closes = (
  data: string,
  rows: [string, string, number, number, string?][],
) =>
  fillLake(
    data,
    "candles",
    `select venue, market, '1m' as interval, ${START} + to_minutes(minute) as ts, close as open, close as high,
      close as low, close, 1 as volume, close as quote_volume, 1 as trade_count, 'venue' as source, state,
      0 as revision, 1 as written
    from (values ${
      rows.map(([v, m, at, close, state = "closed"]) =>
        `('${v}', '${m}', ${at}, ${close}, '${state}')`
      ).join(", ")
    }) v(venue, market, minute, close, state)`,
  );

/** One book a row: venue, market, second, bids, asks. */
type Levels = [string, string][];
const books = (
  data: string,
  rows: [string, string, number, Levels, Levels][],
) =>
  fillLake(
    data,
    "books",
    `select venue, market, ${START} + to_seconds(seen) as ts, bids, asks from (values ${
      rows.map(([v, m, at, bids, asks]) =>
        `('${v}', '${m}', ${at}, '${JSON.stringify(bids)}', '${
          JSON.stringify(asks)
        }')`
      ).join(", ")
    }) v(venue, market, seen, bids, asks)`,
  );

/** One rate a row: base, seconds from the start, rate. */
const rates = (data: string, rows: [string, number, number][]) =>
  fillLake(
    data,
    "rates",
    `select 'page' as source, base, 'KRW' as quote, ${START} + to_seconds(seen) as ts, rate from (values ${
      rows.map(([base, at, rate]) => `('${base}', ${at}, ${rate})`).join(", ")
    }) v(base, seen, rate)`,
  );

const premiums = async (data: string) => {
  await analyze({ data, only: "premium" });
  return await ask(
    data,
    `select *, epoch(ts - ${START}::timestamp)::integer // 60 as minute from marts.premium order by ts`,
  );
};

Deno.test("premium: by hand, a stale rate says so, missing sides are NULL", async () => {
  await withData(async (data) => {
    await markets(data);
    await closes(data, [
      ["upbit", "KRW-BTC", 0, 58_740_000],
      ["binance", "BTCUSDT", 0, 42_981.09],
      // One side alone, then a price that nobody paid in that minute.
      ["upbit", "KRW-BTC", 1, 58_740_000],
      ["upbit", "KRW-BTC", 2, 58_740_000],
      ["binance", "BTCUSDT", 2, 42_981.09, "no_trade"],
      // Two hours later with the same rate, then five days later.
      ["upbit", "KRW-BTC", 120, 58_740_000],
      ["binance", "BTCUSDT", 120, 42_981.09],
      ["upbit", "KRW-BTC", 7200, 58_740_000],
      ["binance", "BTCUSDT", 7200, 42_981.09],
    ]);
    await rates(data, [["USD", 0, 1297], ["USDT", 30, 1390]]);
    const rows = await premiums(data);
    const row = (minute: number) => rows.find((r) => r.minute === minute)!;
    const first = row(0);
    near(first.premium_fx, 58_740_000 / (42_981.09 * 1297) - 1);
    assert.equal((Number(first.premium_fx) * 100).toFixed(2), "5.37");
    near(first.premium_usdt, 58_740_000 / (42_981.09 * 1390) - 1);
    near(first.tether, 1390 / 1297 - 1);
    assert.equal(first.basis, "candle");
    assert.equal(first.usdt_basis, "rate");
    assert.equal(first.fx_age_seconds, 60);
    assert.equal(first.stale, false);
    // Dear in dollars, cheap in the dollars that Koreans buy.
    assert.equal(first.disagree, true);
    assert.equal(row(1).global_price, null);
    assert.equal(row(1).premium_fx, null);
    assert.equal(row(2).premium_fx, null);
    assert.equal(row(120).stale, true);
    assert.equal(row(120).fx_age_seconds, 121 * 60);
    near(row(120).premium_fx, 0.05370637, 1e-4);
    assert.equal(row(120).usdt_krw, null, "a USDT price of two hours ago");
    assert.equal(row(120).premium_usdt, null);
    assert.equal(row(7200).fx, null);
    assert.equal(row(7200).premium_fx, null);
  });
});

Deno.test("premium: mids of fresh books on both sides, else closes; the venue's own USDT first", async () => {
  await withData(async (data) => {
    await markets(data);
    await closes(data, [
      ["upbit", "KRW-BTC", 0, 150],
      ["binance", "BTCUSDT", 0, 0.1],
      ["upbit", "KRW-BTC", 1, 150],
      ["binance", "BTCUSDT", 1, 0.1],
      ["upbit", "KRW-BTC", 2, 150],
      ["binance", "BTCUSDT", 2, 0.1],
      ["upbit", "KRW-USDT", 0, 1440],
      ["upbit", "KRW-USDT", 1, 1450],
    ]);
    await books(data, [
      // The level of size zero is no level.
      ["upbit", "KRW-BTC", 58, [["165", "0"], ["159", "1"]], [["161", "1"]]],
      ["binance", "BTCUSDT", 55, [["0.09", "1"]], [["0.11", "1"]]],
      // Minute 1: one side of the book is too old. Minute 2: one side of the book is empty.
      ["upbit", "KRW-BTC", 118, [["159", "1"]], [["161", "1"]]],
      ["binance", "BTCUSDT", 100, [["0.09", "1"]], [["0.11", "1"]]],
      ["upbit", "KRW-BTC", 178, [["159", "1"]], []],
      ["binance", "BTCUSDT", 178, [["0.09", "1"]], [["0.11", "1"]]],
    ]);
    await rates(data, [["USD", 0, 1400], ["USDT", 170, 1460]]);
    const rows = await premiums(data);
    assert.deepEqual(
      rows.map((r) => [r.basis, r.korean_price, r.usdt_krw, r.usdt_basis]),
      [
        ["book", 160, 1440, "candle"],
        ["candle", 150, 1450, "candle"],
        ["candle", 150, 1460, "rate"],
      ],
    );
    near(rows[0]!.global_price, 0.1);
    near(rows[0]!.premium_fx, 160 / 140 - 1);
    near(rows[1]!.premium_usdt, 150 / 145 - 1);
  });
});

Deno.test("arbitrage: both books walked to a size, by hand", async () => {
  await withData(async (data) => {
    await markets(data);
    await books(data, [
      [
        "upbit",
        "KRW-BTC",
        58,
        [["14300000", "2"], ["14200000", "0.5"]],
        [["14310000", "2"]],
      ],
      [
        "binance",
        "BTCUSDT",
        59,
        [["9990", "1"]],
        [["10000", "0.5"], ["10100", "1"], ["10500", "0"]],
      ],
      // A book of one side gives no row.
      ["upbit", "KRW-BTC", 118, [["14300000", "2"]], []],
      ["binance", "BTCUSDT", 118, [["9990", "1"]], [["10000", "1"]]],
    ]);
    await rates(data, [["USD", 0, 1400], ["USDT", 30, 1420]]);
    await analyze({ data, only: "arbitrage" });
    const rows = await ask(
      data,
      "select * from marts.arbitrage where ts < timestamp '2026-11-02 00:01:00' order by buy_venue, size_usd",
    );
    assert.deepEqual(
      rows.map((r) => [r.buy_venue, r.size_usd, r.filled]),
      [
        ["binance", 1000, true],
        ["binance", 10000, true],
        // The levels there are hold 15,100 dollars.
        ["binance", 50000, false],
        ["upbit", 1000, true],
        ["upbit", 10000, true],
        ["upbit", 50000, false],
      ],
    );
    const row = rows[1]!;
    const units = 0.5 + 5000 / 10100;
    near(row.units, units);
    near(row.buy_price, 10000 / units);
    near(row.sell_price, 14300000);
    near(row.sell_slippage, 0);
    near(row.buy_slippage, 1 / units - 1);
    const ratio = 14300000 / 1400 / (10000 / units);
    near(row.gross_fx, ratio - 1);
    near(row.transfer_usd, 0.0001 * 10000);
    near(row.net_fx, ratio * (1 - 0.0005) / 1.001 - 1 - 0.0001);
    near(row.net_usdt, ratio * 1400 / 1420 * 0.9995 / 1.001 - 1 - 0.0001);
    assert.equal(row.indicative, true);
    const back = rows[3]!;
    near(back.units, 1000 * 1400 / 14310000);
    near(
      back.gross_fx,
      9990 * 1400 / 14310000 - 1,
    );
    near(back.transfer_usd, 0.0008 * 14310000 / 1400);
    for (const name of ["buy_price", "sell_price", "net_fx", "net_usdt"]) {
      assert.equal(rows[2]![name], null, name);
    }
    const [late] = await ask(
      data,
      "select count(*)::integer as n from marts.arbitrage where ts = timestamp '2026-11-02 00:01:00' and sell_venue = 'upbit'",
    );
    assert.equal(late!.n, 3);
    const [none] = await ask(
      data,
      "select count(*)::integer as n from marts.arbitrage where ts = timestamp '2026-11-02 00:01:00' and buy_venue = 'upbit'",
    );
    assert.equal(none!.n, 0);
  });
});

const page = { url: "https://rates.example/x", rate: "rates.KRW", time: "t" };
const LATER = Date.UTC(2026, 10, 20) * 1000;

Deno.test("rates are read to the digit, with their own time", () => {
  const read = (text: string, more = {}) =>
    readRate(text, { ...page, ...more }, ["USD", "KRW"], LATER);
  assert.deepEqual(
    read('{"t":1795046400,"rates":{"KRW":1402.350000000000001}}'),
    {
      kind: "rate",
      source: "rates.example",
      base: "USD",
      quote: "KRW",
      ts: 1795046400e6,
      rate: "1402.350000000000001",
    },
  );
  // A day alone is not known before its fixing.
  assert.equal(
    read('{"t":"2026-11-18","rates":{"KRW":1402}}').ts,
    Date.UTC(2026, 10, 18, 15) * 1000,
  );
  assert.equal(
    read('[{"p":1431.0,"at":1795046400123}]', { rate: "0.p", time: "0.at" }).ts,
    1795046400123e3,
  );
  for (
    const [text, reason] of [
      ['{"t":1795046400,"rates":{}}', /nothing at rates\.KRW/],
      ['{"t":1795046400,"rates":{"KRW":0}}', /rate of 0/],
      ['{"t":1795046400,"rates":{"KRW":"many"}}', /not a decimal/],
      ['{"t":"soon","rates":{"KRW":1402}}', /not a time/],
      ['{"t":1795996800,"rates":{"KRW":1402}}', /future/],
      ["<html>", /not JSON/],
    ] as const
  ) assert.throws(() => read(text), reason);
  const past = readRateHistory(
    '{"rates":{"2026-11-17":{"KRW":1400.1},"2026-11-18":{"KRW":null},"2026-11-19":{"KRW":1401}}}',
    page,
    ["USD", "KRW"],
    LATER,
  );
  assert.deepEqual(past.rates.map((r) => r.rate), ["1400.1", "1401"]);
  assert.equal(past.unreadable.length, 1);
});

Deno.test("a page without a rate is a reject, a missing one a line in the log", async () => {
  await withSandbox({ days: 1 }, async (sandbox) => {
    const rejects: Reject[] = [], lines: string[] = [];
    const { usdkrw } = checkConfig(sandbox.config, "test").rates;
    const deps = {
      store: {
        write: () => {},
        reject: (reject: Reject) => void rejects.push(reject),
        flush: () => Promise.resolve(),
      },
      crawler: new Crawler({ pauseMs: 0 }),
      signal: new AbortController().signal,
      now: () => NOON * 1000,
      log: (line: string) => void lines.push(line),
    };
    assert.equal(await collectRate("usdkrw", usdkrw!, deps), 1);
    const wrong = { ...usdkrw!, rate: "rates.JPY" };
    assert.equal(await collectRate("usdkrw", wrong, deps), 0);
    assert.match(rejects[0]!.reason, /nothing at rates\.JPY/);
    assert.equal(rejects[0]!.source, "sandbox");
    assert.match(lines[0]!, /Check rates\.usdkrw/);
    const gone = { ...usdkrw!, url: "http://127.0.0.1:1/" };
    assert.equal(await collectRate("usdkrw", gone, deps), 0);
    assert.equal(rejects.length, 1);
  });
});

Deno.test("the hidden premium is found in the simulator's prices, and the identity holds on every row", async () => {
  await withData(async (data) => {
    await withSandbox({ days: 1 }, async (sandbox) => {
      const { world } = sandbox;
      const config = checkConfig(sandbox.config, "test");
      const database = await openDatabase({ data });
      const end = new AbortController();
      try {
        const store = new Store(database.sql);
        const crawler = new Crawler({ pauseMs: 0 });
        const deps = {
          sql: database.sql,
          store,
          crawler,
          signal: end.signal,
          now: () => NOON * 1000,
          log: (line: string) => {
            // The history is in and the newest rate is asked for.
            if (/history: [1-9]/.test(line)) setTimeout(() => end.abort(), 500);
          },
        };
        await watchRate("usdkrw", config.rates.usdkrw!, deps);
        const usdt = config.rates.usdtkrw!;
        const still = { ...deps, signal: new AbortController().signal };
        assert.equal(await collectRate("usdtkrw", usdt, still, true), 1442);
        for (
          const [venue, code, base, quote] of [
            ["upbit", "KRW-BTC", "BTC", "KRW"],
            ["binance", "BTCUSDT", "BTC", "USDT"],
          ] as const
        ) {
          store.list([{
            venue,
            market: code,
            base,
            quote,
            koreanName: null,
            englishName: null,
            active: true,
            warning: null,
          }]);
          const market = world.market(venue, code)!;
          const unit = market.tick / 10 ** market.priceDigits;
          const last = Math.floor(NOON / 60_000);
          for (let minute = last - 300; minute < last; minute++) {
            const candle = world.candle(market, minute);
            if (!candle) continue;
            const price = (ticks: number) => String(ticks * unit);
            store.write([{
              kind: "candle",
              venue,
              market: code,
              interval: "1m",
              ts: minute * 60e6,
              open: price(candle.open),
              high: price(candle.high),
              low: price(candle.low),
              close: price(candle.close),
              volume: "1",
              quoteVolume: price(candle.close),
              tradeCount: candle.count,
              source: "venue",
              state: "closed",
            }], NOON * 1000);
          }
        }
        await store.close();
        const { snapshot } = await import("../../analytics/snapshot.ts");
        await snapshot({ data });
      } finally {
        end.abort();
        await database.close();
      }
      await analyze({ data, only: "premium" });
      const rows = await ask(
        data,
        "select epoch(ts)::bigint::integer as s, * from marts.premium order by ts",
      );
      assert.ok(rows.length >= 290, `${rows.length} rows`);
      for (const row of rows) {
        const minute = Number(row.s) / 60 + 1;
        const { climate } = world;
        near(row.premium_fx, climate.premium(minute), 0.002);
        near(row.tether, climate.tether(minute), 0.001);
        const [fx, usdt, tether] = [
          row.premium_fx,
          row.premium_usdt,
          row.tether,
        ].map(Number) as [number, number, number];
        near((1 + usdt) * (1 + tether), 1 + fx, 1e-12);
        assert.equal(row.stale, false);
        assert.ok(Number(row.fx_age_seconds) <= 600);
      }
    });
  });
});
