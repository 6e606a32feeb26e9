import assert from "node:assert/strict";
import { analyze } from "../../analytics/analyze.ts";
import { ask, fillLake, withData } from "../bench/fill_lake.ts";

const START = "timestamptz '2026-11-02 00:00:00+00'";
const SECOND = `epoch(ts - ${START}::timestamp)::integer as second`;
const near = (actual: unknown, expected: number) =>
  assert.ok(
    Math.abs(Number(actual) - expected) <= 1e-9 * Math.abs(expected),
    `${actual} instead of ${expected}`,
  );

const markets = (data: string) =>
  fillLake(
    data,
    "markets",
    `select *, ${START} as first_seen from (values ('upbit', 'KRW-BTC', 'BTC', 'KRW'),
      ('bithumb', 'KRW-BTC', 'BTC', 'KRW'), ('binance', 'BTCUSDT', 'BTC', 'USDT')) v(venue, market, base, quote)`,
  );

/** One trade a row: second, price, size. */
const trades = (data: string, rows: [number, number, number][]) =>
  fillLake(
    data,
    "trades",
    `select 'upbit' as venue, 'KRW-BTC' as market, row_number() over () as trade_id,
      ${START} + to_milliseconds((second * 1000)::bigint) as ts, price, size, 'buy' as side, 1 as fills
    from (values ${
      rows.map((r) => `(${r.join(", ")})`).join(", ")
    }) v(second, price, size)`,
  );

/** One bar a row: venue, market, minute, close, volume, quote volume, state. */
type Bar = [string, string, number, number, number, number, string];
const bars = (data: string, rows: Bar[]) =>
  fillLake(
    data,
    "candles",
    `select venue, market, '1m' as interval, ${START} + to_minutes(minute) as ts, close as open, close as high,
      close as low, close, volume, quote_volume, 1 as trade_count, 'venue' as source, state, 0 as revision,
      1 as written
    from (values ${
      rows.map(([v, m, at, close, volume, value, state]) =>
        `('${v}', '${m}', ${at}, ${close}, ${volume}, ${value}, '${state}')`
      ).join(", ")
    }) v(venue, market, minute, close, volume, quote_volume, state)`,
  );

/** One book of KRW-BTC a row: second, bids, asks. */
const books = (data: string, rows: [number, string[][], string[][]][]) =>
  fillLake(
    data,
    "books",
    `select 'upbit' as venue, 'KRW-BTC' as market, ${START} + to_seconds(second) as ts, bids, asks
    from (values ${
      rows.map(([s, bids, asks]) =>
        `(${s}, '${JSON.stringify(bids)}', '${JSON.stringify(asks)}')`
      ).join(", ")
    }) v(second, bids, asks)`,
  );

Deno.test("windows of a minute slide by half a minute; sigma is the population's", async () => {
  await withData(async (data) => {
    await markets(data);
    await trades(data, [[10, 100, 1], [40, 104, 3], [65, 102, 2]]);
    await analyze({ data, only: "window_metrics" });
    const rows = await ask(
      data,
      `select *, ${SECOND} from marts.window_metrics order by ts`,
    );
    assert.deepEqual(rows.map((r) => r.second), [-30, 0, 30, 60]);
    const [, whole, next] = rows;
    assert.deepEqual(
      [whole!.mean_price, whole!.high, whole!.low, whole!.volume],
      [102, 104, 100, 4],
    );
    near(whole!.vwap, 103);
    near(whole!.sigma, 2);
    near(next!.sigma, 1);
    assert.deepEqual(rows.map((r) => r.region), Array(4).fill("Korea"));
    assert.ok(rows.every((r) => r.ma_price === null));
  });
});

Deno.test("spreads: mean prices in dollars, absent where not collected, unknown where the rate is", async () => {
  await withData(async (data) => {
    await markets(data);
    await bars(data, [
      ["upbit", "KRW-BTC", 1, 0, 1, 140_000, "closed"],
      ["bithumb", "KRW-BTC", 1, 0, 3, 462_000, "closed"],
      ["binance", "BTCUSDT", 1, 0, 2, 200, "closed"],
      ["binance", "BTCUSDT", 2, 0, 2, 200, "closed"],
    ]);
    await fillLake(
      data,
      "rates",
      `select 'page' as source, 'USD' as base, 'KRW' as quote, ${START} as ts, 1400 as rate`,
    );
    await analyze({ data, only: "region_spread" });
    const [row, ...more] = await ask(
      data,
      "select * from marts.region_spread",
    );
    assert.equal(more.length, 0);
    assert.deepEqual([row!.region_a, row!.region_b], ["Korea", "global"]);
    near(row!.price_a, 602_000 / 1400 / 4);
    near(row!.spread_pct, 7.5);
    assert.equal(row!.fx_age_seconds, 60);
    await analyze({ data, only: "exchange_spread" });
    const pairs = await ask(
      data,
      "select venue_a, venue_b, spread_pct from marts.exchange_spread order by 1, 2",
    );
    assert.deepEqual(pairs.map((p) => `${p.venue_a} ${p.venue_b}`), [
      "binance bithumb",
      "binance upbit",
      "bithumb upbit",
    ]);
    near(pairs[2]!.spread_pct, 10);
  });
});

Deno.test("books: imbalance, microprice, levels of size zero and books of one side", async () => {
  await withData(async (data) => {
    await markets(data);
    await books(data, [
      [1, [["101", "0"], ["100", "3"], ["99", "3"]], [["102", "1"], [
        "103",
        "1",
      ]]],
      [2, [["100", "1"]], []],
    ]);
    await analyze({ data, only: "book_stats" });
    const rows = await ask(
      data,
      "select * from marts.book_stats order by region",
    );
    assert.deepEqual(rows.map((r) => r.region), ["Korea", "total"]);
    for (const row of rows) {
      assert.deepEqual([row.bid, row.ask, row.spread], [100, 102, 2]);
      near(row.imbalance, 0.5);
      near(row.microprice, (100 * 1 + 102 * 3) / 4);
      assert.deepEqual([Number(row.books), Number(row.one_sided)], [1, 1]);
    }
  });
});

Deno.test("liquidity: realised variance, Amihud, Roll and the effective spread by hand", async () => {
  await withData(async (data) => {
    await markets(data);
    const bar = (minute: number, close: number): Bar => [
      "upbit",
      "KRW-BTC",
      minute,
      close,
      1,
      1e6,
      "closed",
    ];
    // Bounces of 1 in the first hour; a hole at minute 6; a climb in the second hour.
    await bars(data, [
      ...[100, 101, 100, 101, 100, 101].map((c, i) => bar(i, c)),
      bar(7, 200),
      ...[1, 2, 4, 8, 16].map((c, i) => bar(60 + i, c)),
    ]);
    await books(data, [[10, [["99", "1"]], [["101", "1"]]]]);
    await trades(data, [[9, 500, 1], [12, 101, 1], [15, 100, 1], [16, 500, 1]]);
    await analyze({ data, only: "liquidity" });
    const [bounce, climb] = await ask(
      data,
      "select * from marts.liquidity order by ts",
    );
    const r = Math.log(1.01);
    assert.equal(Number(bounce!.returns), 5, "none across the hole");
    near(bounce!.realised_variance, 5 * r * r);
    near(bounce!.realised_volatility, Math.sqrt(r * r * 525600));
    near(bounce!.amihud, r);
    // Pairs (−1, 1), (1, −1), (−1, 1), (1, −1): covariance −4/3.
    near(bounce!.roll, 2 * Math.sqrt(4 / 3));
    // A trade before the first book and one six seconds after it have no mid.
    assert.equal(Number(bounce!.spread_trades), 2);
    near(bounce!.effective_spread, 0.01);
    assert.equal(climb!.roll, null);
    assert.equal(climb!.effective_spread, null);
  });
});
