/** Configurations: what is left out means its default, and what is there means itself. */
import assert from "node:assert/strict";
import {
  checkConfig,
  type Config,
  loadConfig,
} from "../../collector/config.ts";

/** Something else than the default of every key. */
const OTHER: Config = checkConfig({
  venues: { coinone: {} },
  communities: { bluesky: {} },
  rates: { usdtkrw: { every: "2m" } },
  verifySeconds: 30,
  historyDays: 1,
  textDays: 2,
  keepDays: { indicators: { "1m": 7 }, premium: 30 },
  spool: { maxBytes: 10_000_000 },
  run: { every: "2h", steps: ["snapshot"] },
  api: { host: "0.0.0.0", port: 1 },
  simulated: true,
}, "a test");

Deno.test("every key that is left out means its default", async () => {
  const all = checkConfig({}, "nothing");
  assert.deepEqual(await loadConfig(""), all);
  assert.deepEqual(Object.keys(OTHER).sort(), Object.keys(all).sort());
  for (const key of Object.keys(all) as (keyof Config)[]) {
    assert.notDeepEqual(OTHER[key], all[key], key);
    const { [key]: _, ...rest } = OTHER;
    assert.deepEqual(
      checkConfig(rest, "a test"),
      { ...OTHER, [key]: all[key] },
      key,
    );
  }
});

/** Days of the marts of bars. */
const INTERVALS = {
  "1m": 14,
  "5m": 90,
  "15m": 365,
  "1h": null,
  "4h": null,
  "1d": null,
  "1d-kst": null,
};

Deno.test("the defaults are those of the README", () => {
  const { venues, communities, rates, ...rest } = checkConfig({}, "nothing");
  assert.deepEqual(Object.keys(venues), ["upbit", "binance"]);
  assert.deepEqual(Object.keys(communities), ["dcinside", "x"]);
  assert.deepEqual(
    Object.entries(rates).map(([key, rate]) => [key, rate?.every]),
    [["usdkrw", "1h"], ["usdtkrw", "1m"]],
  );
  assert.deepEqual(rest, {
    verifySeconds: 60,
    historyDays: 7,
    textDays: 14,
    keepDays: {
      indicators: INTERVALS,
      signals: INTERVALS,
      window_metrics: 90,
      mean_prices: 365,
      exchange_spread: 365,
      region_spread: 365,
      arbitrage: 365,
      premium: null,
      liquidity: null,
      book_stats: null,
    },
    spool: { maxBytes: 2 * 2 ** 30 },
    run: {
      every: "1h",
      after: "5m",
      steps: ["snapshot", "forecast", "analyze", "publish", "site"],
      attempts: 3,
      pause: "30s",
      longest: "3h",
      pages: "dist",
    },
    api: { host: "127.0.0.1", port: 8787 },
    simulated: false,
  });
});

Deno.test("a key that is there means what it lists: nothing where it lists nothing", () => {
  const none = checkConfig(
    { venues: {}, communities: {}, rates: {} },
    "a test",
  );
  assert.deepEqual([none.venues, none.communities, none.rates], [{}, {}, {}]);
  const { venues, rates, api } = checkConfig(
    { venues: { upbit: {} }, rates: { usdkrw: {} }, api: { port: 1 } },
    "a test",
  );
  assert.deepEqual(Object.keys(venues), ["upbit"]);
  assert.deepEqual(venues.upbit?.markets, ["KRW-BTC", "KRW-ETH", "KRW-XRP"]);
  assert.deepEqual(Object.keys(rates), ["usdkrw"]);
  assert.deepEqual(api, { host: "127.0.0.1", port: 1 });
});
