import assert from "node:assert/strict";
import type { Trade } from "../../collector/model/events.ts";
import { Unreadable } from "../../collector/model/events.ts";
import {
  bithumb,
  bithumbTicker,
  bithumbTrade,
} from "../../collector/venues/bithumb.ts";
import { legacyTrades } from "../../collector/venues/bithumb_legacy.ts";
import type { Fields } from "../../collector/venues/fields.ts";
import type { Reading } from "../../collector/venues/venue.ts";
import { parseExact } from "../../collector/model/wire.ts";
import { REAL, test } from "../support/requirements.ts";
import { randomFrom, shuffled } from "../support/random.ts";
import { readFrames } from "../support/recording.ts";

const LEGACY = new URL("bithumb/BITHUMB.ws.1.0", REAL);
const SESSION = new URL("bithumb/session_2026-09-23.jsonl", REAL);
const session = async () =>
  (await Deno.readTextFile(SESSION)).split("\n").filter((line) => line !== "");
const only = <K extends Reading["kind"]>(readings: Reading[], kind: K) =>
  readings.filter((r): r is Extract<Reading, { kind: K }> => r.kind === kind);
const keyed = (trades: Trade[]) =>
  new Map(trades.map((t) => [`${t.market} ${t.id} ${t.ts}`, t]));
const row = (json: string) => parseExact(json) as Fields;

/** A trade as the socket sends it, with an id that no double holds. */
const TRADE =
  '{"type":"trade","code":"KRW-BTC","trade_price":116208000,"trade_volume":0.0009,"ask_bid":"BID","trade_date":"2026-09-23","trade_time":"12:18:33","trade_timestamp":1790133513739,"sequential_id":1079953210371761723,"timestamp":1790133514039,"stream_type":"REALTIME"}';

test("the recorded frames of the older socket give their 7 trades", [
  "real",
], async () => {
  const frames = await readFrames(LEGACY);
  const readings = frames.flatMap(bithumb.read);
  const trades = only(readings, "trade");
  assert.deepEqual(
    only(readings, "notice").map((n) => [n.code, n.message]),
    [
      ["ack", "0000: Connected Successfully"],
      ["ack", "0000: Filter Registered Successfully"],
    ],
  );
  assert.equal(readings.length, 9);
  assert.equal(trades.length, 7);
  assert.deepEqual({ ...trades[0], id: "" }, {
    kind: "trade",
    venue: "bithumb",
    market: "KRW-CON",
    id: "",
    ts: Date.UTC(2021, 5, 1, 23, 43, 34) * 1000 + 555_058,
    price: "3.908",
    size: "12365.191",
    side: "buy",
    fills: 1,
  });
  assert.deepEqual(trades.map((t) => [t.market, t.side]).slice(1), [
    ["KRW-GOM2", "sell"],
    ["KRW-GOM2", "buy"],
    ["KRW-GOM2", "buy"],
    ["KRW-GOM2", "buy"],
    ["KRW-GOM2", "buy"],
    ["KRW-GOM2", "sell"],
  ]);
  // The key that stands for the missing id: the microsecond, and three digits.
  for (const { id, ts } of trades) {
    assert.match(id, /^\d{19}$/);
    assert.equal(id.slice(0, 16), String(ts));
  }
  const tradesOf = (some: string[]) =>
    keyed(only(some.flatMap(bithumb.read), "trade"));
  const sorted = (all: Map<string, Trade>) =>
    [...all].sort(([a], [b]) => a < b ? -1 : 1);
  const truth = sorted(tradesOf(frames));
  assert.equal(truth.length, 7);
  const random = randomFrom(7);
  for (let round = 0; round < 20; round++) {
    const twice = shuffled([...frames, ...frames], random);
    assert.deepEqual(sorted(tradesOf(twice)), truth);
  }
});

Deno.test("trades without an id: alike ones of one frame stay apart, a frame sent again adds none", () => {
  const one = {
    buySellGb: "1",
    contPrice: "485900",
    contQty: "0.196",
    contAmt: "95236.400",
    contDtm: "2020-08-14 06:28:41.621909",
    updn: "dn",
    symbol: "ETH_KRW",
  };
  const frame = [one, one, { ...one, contQty: "0.197" }, {
    ...one,
    buySellGb: "2",
  }, { ...one, symbol: "BTC_KRW" }];
  const trades = legacyTrades(frame);
  assert.equal(keyed(trades).size, 5);
  assert.deepEqual(legacyTrades(structuredClone(frame)), trades);
  assert.equal(
    trades[0]!.ts,
    Date.UTC(2020, 7, 13, 21, 28, 41) * 1000 + 621_909,
  );
  for (
    const wrong of [
      { ...one, buySellGb: "3" },
      { ...one, symbol: "ETH" },
      { ...one, contDtm: "2020-08-14" },
      { ...one, contDtm: "9020-08-14 06:28:41.621909" },
      { ...one, contDtm: "2020-08-14 06:28:41.6219091" },
      { ...one, contQty: "0" },
    ]
  ) assert.throws(() => legacyTrades([wrong]), Unreadable);
  const most = legacyTrades(Array(1000).fill(one));
  assert.equal(keyed(most).size, 1000);
  assert.throws(() => legacyTrades(Array(1001).fill(one)), Unreadable);
});

Deno.test("books of the older socket: whole ones, and changes without a number", () => {
  assert.deepEqual(
    bithumb.read(
      '{"type":"orderbooksnapshot","content":{"symbol":"BTC_KRW","datetime":"1790133914965948","asks":[["116501000","0.0163"],["116510000","0"]],"bids":[["116500000","0.7074"],["116475000","0.0258"]]}}',
    ),
    [{
      kind: "book",
      venue: "bithumb",
      market: "KRW-BTC",
      ts: 1790133914965948,
      bids: [["116500000", "0.7074"], ["116475000", "0.0258"]],
      asks: [["116501000", "0.0163"]],
    }],
  );
  const [btc, eth, ...more] = bithumb.read(
    '{"type":"orderbookdepth","content":{"list":[{"symbol":"BTC_KRW","orderType":"ask","price":"10593000","quantity":"1.11223318","total":"3"},{"symbol":"ETH_BTC","orderType":"bid","price":"0.0705","quantity":"0","total":"0"},{"symbol":"BTC_KRW","orderType":"bid","price":"10590000","quantity":"0.5","total":"1"}],"datetime":"1580268255864325"}}',
  );
  assert.equal(more.length, 0);
  assert.deepEqual(btc, {
    kind: "delta",
    venue: "bithumb",
    market: "KRW-BTC",
    ts: 1580268255864325,
    firstUpdate: "1580268255864325",
    lastUpdate: "1580268255864325",
    bids: [["10590000", "0.5"]],
    asks: [["10593000", "1.11223318"]],
  });
  assert.deepEqual(eth?.kind === "delta" && [eth.market, eth.bids], [
    "BTC-ETH",
    [["0.0705", "0"]],
  ]);
  const [refused] = bithumb.read(
    '{"status":"5100","resmsg":"Invalid Filter Syntax"}',
  );
  assert.ok(refused?.kind === "notice" && refused.code === "error");
});

test("the recorded session: times in UTC, sizes of zero dropped", [
  "real",
], async () => {
  const frames = await session();
  const ticker = frames.find((frame) => frame.includes('"ticker"'))!;
  // Shortened by those who printed it: without its sums nothing is guessed.
  assert.throws(() => bithumb.read(ticker), Unreadable);
  const rest = frames.filter((frame) => frame !== ticker);
  const readings = rest.flatMap(bithumb.read);
  const books = only(readings, "book");
  assert.deepEqual(books.map((b) => [b.market, b.ts, b.asks.length]), [
    ["KRW-ETH", 1790133505546514, 3],
    ["KRW-ETH", 1790133505627050, 3],
    ["KRW-BTC", 1790133505564033, 2],
  ]);
  assert.deepEqual(books[2]!.asks, [
    ["116208000", "0.3313"],
    ["116209000", "0.0001"],
  ]);
  const [trade] = only(readings, "trade");
  // 12:18:33 on the Korean clock.
  assert.equal(trade!.ts, Date.UTC(2026, 8, 23, 3, 18, 33, 739) * 1000);
  assert.deepEqual(
    only(readings, "notice").map((n) => n.code),
    ["alive", "error"],
  );
  const whole = ticker.replace(
    '"timestamp"',
    '"signed_change_rate":-0.0123,"acc_trade_volume_24h":812.5,"acc_trade_price_24h":94000000000.5,"timestamp"',
  );
  assert.deepEqual(bithumb.read(whole), [{
    kind: "ticker",
    venue: "bithumb",
    market: "KRW-BTC",
    ts: Date.UTC(2026, 8, 23, 3, 18, 34, 44) * 1000,
    last: "116208000",
    volume24h: "812.5",
    value24h: "94000000000.5",
    changeRate: "-0.0123",
  }]);
});

Deno.test("an id of 19 digits is exact, in both formats and by REST", () => {
  const [trade] = bithumb.read(TRADE);
  assert.ok(trade?.kind === "trade");
  assert.equal(trade.id, "1079953210371761723");
  const simple =
    '{"ty":"trade","cd":"KRW-BTC","tp":116208000,"tv":0.0009,"ab":"BID","td":"2026-09-23","ttm":"12:18:33","ttms":1790133513739,"sid":1079953210371761723,"tms":1790133514039,"st":"REALTIME"}';
  assert.deepEqual(bithumb.read(simple), [trade]);
  const tick =
    '{"market":"KRW-BTC","trade_date_utc":"2026-09-23","trade_time_utc":"03:18:33","timestamp":1790133513739,"trade_price":116208000,"trade_volume":0.00090000,"prev_closing_price":115000000,"change_price":1208000,"ask_bid":"BID","sequential_id":1079953210371761723}';
  assert.deepEqual(bithumb.trades.read(`[${tick}]`, "KRW-BTC"), [trade]);
  // Should ticks ever be on the Korean clock as tickers are: the row says so.
  const ahead = tick.replace("1790133513739", "1790165913739");
  assert.deepEqual(bithumb.trades.read(`[${ahead}]`, "KRW-BTC"), [trade]);
  assert.deepEqual(bithumbTrade(row(TRADE)), trade);
});

Deno.test("a ticker by REST is nine hours ahead, and no more once that is mended", () => {
  const ticker = (timestamp: number, tradeTime = timestamp) =>
    bithumbTicker(row(
      `{"market":"KRW-BTC","trade_date":"20260923","trade_time":"032849","trade_date_kst":"20260923","trade_time_kst":"122849","trade_timestamp":${tradeTime},"trade_price":116208000,"signed_change_rate":0.01,"acc_trade_price_24h":1.5,"acc_trade_volume_24h":2,"timestamp":${timestamp}}`,
    )).ts;
  const real = Date.UTC(2026, 8, 23, 3, 28, 49, 623);
  assert.equal(ticker(1790166529623), real * 1000);
  assert.equal(ticker(real), real * 1000);
  // A market that nobody traded for half a day.
  const later = real + 12 * 3_600_000;
  assert.equal(ticker(later, real), later * 1000);
});

Deno.test("what is something else is unreadable, never a guess", () => {
  const wrong = [
    "",
    "[]",
    "{}",
    '{"type":"candle.1m"}',
    '{"type":"ticker","content":{"symbol":"BTC_KRW"}}',
    TRADE.slice(0, -4),
    TRADE.replace('"BID"', '"1"'),
    TRADE.replace("0.0009", "0.0000"),
    TRADE.replace("1790133513739", "179013351"),
    TRADE.replace("1079953210371761723", "10799532103717617231"),
    '{"type":"orderbook","code":"KRW-BTC","timestamp":1790133505546514,"orderbook_units":[1]}',
    '{"type":"orderbookdepth","content":{"list":[{"symbol":"BTC_KRW","orderType":"both","price":"1","quantity":"1"}],"datetime":"1580268255864325"}}',
  ];
  for (const frame of wrong) {
    assert.throws(() => bithumb.read(frame), Unreadable, frame);
  }
});

Deno.test("padding and rounded-off sizes are dropped from a book", () => {
  const [book] = bithumb.read(
    '{"type":"orderbook","code":"KRW-BTC","orderbook_units":[{"ask_price":120000000,"bid_price":113000000,"ask_size":0.0000,"bid_size":5.5544},{"ask_price":0,"bid_price":112000000,"ask_size":0,"bid_size":6.1459}],"level":1,"timestamp":1790133505546514}',
  );
  assert.ok(book?.kind === "book");
  assert.deepEqual(book.asks, []);
  assert.equal(book.bids.length, 2);
});

Deno.test("one subscription frame; the market list and its flag", () => {
  const [connection, ...more] = bithumb.connections(
    "ws://x",
    ["KRW-BTC", "KRW-ETH"],
    ["trade", "book", "candle"],
  );
  assert.equal(more.length, 0);
  const codes = ["KRW-BTC", "KRW-ETH"];
  assert.deepEqual(JSON.parse(connection!.subscribe[0]!).slice(1), [
    { type: "trade", codes },
    { type: "orderbook", codes },
    { format: "DEFAULT" },
  ]);
  const all = Array.from({ length: 493 }, (_, i) => `KRW-C${i}`);
  assert.equal(bithumb.connections("ws://x", all, ["trade"]).length, 2);
  assert.ok(bithumb.keepalive!.everyMs < 60_000);
  const markets = bithumb.markets.read(
    '[{"market":"KRW-BTC","korean_name":"비트코인","english_name":"Bitcoin","market_warning":"NONE"},{"market":"BTC-ETH","korean_name":"이더리움","english_name":"Ethereum","market_warning":"CAUTION"}]',
  );
  assert.deepEqual(
    markets.map((m) => [m.venue, m.market, m.base, m.quote, m.warning]),
    [
      ["bithumb", "KRW-BTC", "BTC", "KRW", null],
      ["bithumb", "BTC-ETH", "ETH", "BTC", "CAUTION"],
    ],
  );
});

Deno.test("candles: `to` is Korean, the end of the candle is not its beginning", () => {
  const before = Date.UTC(2026, 8, 22, 18) * 1000;
  const url = new URL(
    bithumb.candles.url("https://api.bithumb.com", "KRW-BTC", 0, before),
  );
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    market: "KRW-BTC",
    to: "2026-09-23T03:00:00",
    count: "200",
  });
  const candle = (minute: string, value: string) =>
    `{"market":"KRW-BTC","candle_date_time_utc":"2026-09-22T17:${minute}:00","candle_date_time_kst":"2026-09-23T02:${minute}:00","opening_price":8615000,"high_price":8618000,"low_price":8611000,"trade_price":8616000,"timestamp":1790134860000,"candle_acc_trade_price":${value},"candle_acc_trade_volume":6.9678,"unit":1}`;
  const page = bithumb.candles.read(
    `[${candle("59", "60018891.90054")},${candle("58", "0")}]`,
    "KRW-BTC",
  );
  assert.deepEqual(page.map((c) => [c.ts, c.state]), [
    [Date.UTC(2026, 8, 22, 17, 58) * 1000, "no_trade"],
    [Date.UTC(2026, 8, 22, 17, 59) * 1000, "closed"],
  ]);
});

Deno.test("pages of trades: the day of the cursor, in Korea", () => {
  const now = Date.UTC(2026, 8, 23, 3, 20) * 1000;
  const asked = (ts: number | null) => {
    const cursor = ts === null ? null : { id: "1079953210371761723", ts };
    const url = bithumb.trades.url("https://x", "KRW-BTC", cursor, now);
    const { market, count, cursor: id, ...more } = Object.fromEntries(
      new URL(url).searchParams,
    );
    assert.deepEqual([market, count], ["KRW-BTC", "500"]);
    assert.equal(id, cursor?.id);
    return more;
  };
  const at = (
    ...[day, h, m, s, ms]: [number, number, number, number, number]
  ) => Date.UTC(2026, 8, day, h, m, s, ms) * 1000;
  assert.deepEqual(asked(null), {});
  assert.deepEqual(asked(at(23, 3, 18, 33, 739)), {});
  assert.deepEqual(asked(at(22, 15, 0, 0, 0)), {});
  // The last second of a Korean day is asked for with the day that follows.
  assert.deepEqual(asked(at(22, 14, 59, 59, 500)), {});
  const to = "235959";
  assert.deepEqual(asked(at(22, 14, 59, 58, 500)), { to, daysAgo: "1" });
  assert.deepEqual(asked(at(21, 15, 0, 0, 0)), { to, daysAgo: "1" });
  assert.deepEqual(asked(at(21, 14, 59, 59, 0)), { to, daysAgo: "1" });
  assert.deepEqual(asked(at(16, 3, 0, 0, 0)), { to, daysAgo: "7" });
  // Beyond a week the venue is asked for what it still may have.
  assert.deepEqual(asked(at(12, 3, 0, 0, 0)), { to, daysAgo: "7" });
});

Deno.test("REST errors, mostly with a status of 200", () => {
  const unknown = '{"error":{"name":404,"message":"Code not found"}}';
  assert.equal(bithumb.restError(200, unknown), "404: Code not found");
  assert.equal(
    bithumb.restError(404, '{"name":"not_found","message":"No Route matched"}'),
    "not_found: No Route matched",
  );
  assert.equal(bithumb.restError(200, '[{"market":"KRW-BTC"}]'), null);
  assert.match(bithumb.restError(414, "")!, /HTTP 414/);
  assert.match(bithumb.restError(200, "<html>점검</html>")!, /html/);
  assert.deepEqual(
    ["404: Code not found", "429: Too many", "500: busy"].map((error) =>
      bithumb.restLater!(error)
    ),
    [false, true, true],
  );
  const left = (n: string) =>
    bithumb.restWait(new Headers({ "x-ratelimit-remaining": n }));
  assert.deepEqual([left("149"), left("0")], [0, 1000]);
  assert.equal(bithumb.restWait(new Headers()), 0);
});
