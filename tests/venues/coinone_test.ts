import assert from "node:assert/strict";
import { Unreadable } from "../../collector/model/events.ts";
import { Rest } from "../../collector/net/rest.ts";
import { coinone } from "../../collector/venues/coinone.ts";
import type { Reading } from "../../collector/venues/venue.ts";
import { REAL, test } from "../support/requirements.ts";

const readFile = async (name: string): Promise<Reading[]> =>
  (await Deno.readTextFile(new URL(`coinone/${name}`, REAL))).split("\n")
    .filter((line) => line !== "").flatMap(coinone.read);
const only = <K extends Reading["kind"]>(readings: Reading[], kind: K) =>
  readings.filter((r): r is Extract<Reading, { kind: K }> => r.kind === kind);

test("the recorded session: every kind of frame", ["real"], async () => {
  const readings = await readFile("session_2026-09-23.jsonl");
  assert.deepEqual(
    readings.map((r) => r.kind === "notice" ? `${r.code} ${r.message}` : r),
    [
      "ack CONNECTED",
      "ack ORDERBOOK KRW-BTC",
      {
        kind: "ticker",
        venue: "coinone",
        market: "KRW-BTC",
        ts: 1790133796484000,
        last: "116380000",
        volume24h: "267.27610034",
        value24h: "30947007404.5912",
        // 116,380,000 / 115,640,000 − 1
        changeRate: "0.0063991698",
      },
      {
        kind: "trade",
        venue: "coinone",
        market: "KRW-BTC",
        id: "1790134177835001",
        ts: 1790134177835000,
        price: "116460000",
        size: "0.00483595",
        side: "buy",
        fills: 1,
      },
      "alive PONG",
      "error ERROR: 160012: Invalid Topic",
      "error ERROR: 160011: Invalid Type: request_type",
      "error ERROR: 160010: Invalid Request",
    ],
  );
});

test("the documented frames: SHORT trades, and asks that come worst first", [
  "real",
], async () => {
  const readings = await readFile("docs_examples_2023-09-01.jsonl");
  assert.deepEqual(
    only(readings, "trade").map((t) => [t.market, t.id, t.ts, t.size, t.side]),
    [
      ["KRW-XRP", "1693560450996001", 1693560450996000, "5000", "buy"],
      ["KRW-XRP", "1693560563084003", 1693560563084000, "290.745", "sell"],
    ],
  );
  const [book, ...more] = only(readings, "book");
  assert.equal(more.length, 0);
  assert.equal(book!.asks.length, 16);
  assert.equal(book!.bids.length, 16);
  assert.deepEqual(book!.asks[0], ["687.5", "47022.8803"]);
  assert.deepEqual(book!.asks[15], ["695.5", "5000"]);
  assert.deepEqual(book!.bids[0], ["687.4", "6704.0994"]);
  assert.deepEqual(book!.bids[2], ["687.2", "71156.78279601"]);
});

Deno.test("SHORT tickers and books, and a coin without a yesterday", () => {
  const ticker =
    '{"r":"DATA","c":"TICKER","d":{"qc":"KRW","tc":"XRP","t":1693560155038,"qv":"1.5","tv":"0.0","hi":"1","lo":"1","fi":"1","la":"688.30","yla":"700"}}';
  const [read] = coinone.read(ticker);
  assert.ok(read?.kind === "ticker");
  assert.deepEqual(
    [read.last, read.value24h, read.volume24h, read.changeRate],
    ["688.3", "1.5", "0", "-0.0167142857"],
  );
  const [fresh] = coinone.read(ticker.replace('"yla":"700"', '"yla":"0"'));
  assert.equal(fresh?.kind === "ticker" && fresh.changeRate, "0");
  assert.deepEqual(
    coinone.read(
      '{"r":"DATA","c":"ORDERBOOK","d":{"qc":"KRW","tc":"XRP","t":1693560155038,"i":"1693560155038001","a":[{"p":"9.5","q":"1"},{"p":"10","q":"2"},{"p":"9.25","q":"0"}],"b":[{"p":"9","q":"3"}]}}',
    ),
    [{
      kind: "book",
      venue: "coinone",
      market: "KRW-XRP",
      ts: 1693560155038000,
      bids: [["9", "3"]],
      asks: [["9.5", "1"], ["10", "2"]],
    }],
  );
});

Deno.test("a frame that is something else is unreadable, never a guess", () => {
  const trade =
    '{"response_type":"DATA","channel":"TRADE","data":{"quote_currency":"KRW","target_currency":"XRP","id":"1693560450996001","timestamp":1693560450996,"price":"688.3","qty":"5000","is_seller_maker":true}}';
  assert.equal(coinone.read(trade).length, 1);
  const wrong = [
    "",
    "PONG",
    "[]",
    "null",
    "{}",
    "<html></html>",
    trade.slice(0, -4),
    trade.replace('"TRADE"', '"CHART"'),
    trade.replace('"DATA"', '"NEWS"').replace('"TRADE"', '"NEWS"'),
    trade.replace('"KRW"', '""'),
    trade.replace('"1693560450996001"', '"x"'),
    trade.replace("1693560450996,", "16935604,"),
    trade.replace('"688.3"', '"0"'),
    trade.replace('"5000"', '"-1"'),
    trade.replace("true", '"true"'),
    '{"response_type":"DATA","channel":"TRADE","data":null}',
    '{"response_type":"DATA","channel":"ORDERBOOK","data":{"quote_currency":"KRW","target_currency":"XRP","timestamp":1693560155038,"asks":[1],"bids":[]}}',
    '{"response_type":"DATA","channel":"TICKER","data":{"quote_currency":"KRW","target_currency":"XRP","timestamp":1693560155038,"quote_volume":"1","target_volume":"1","last":"1"}}',
  ];
  for (const frame of wrong) {
    assert.throws(() => coinone.read(frame), Unreadable, frame);
  }
});

Deno.test("one message a topic; 363 markets fit on a few sockets", () => {
  const [one, ...more] = coinone.connections(
    "ws://x",
    ["KRW-BTC", "KRW-ETH"],
    ["trade", "book", "candle"],
  );
  assert.equal(more.length, 0);
  assert.deepEqual(one!.channels, ["trade", "book"]);
  assert.deepEqual(
    one!.subscribe.map((text) => JSON.parse(text)),
    [
      ["TRADE", "BTC"],
      ["ORDERBOOK", "BTC"],
      ["TRADE", "ETH"],
      ["ORDERBOOK", "ETH"],
    ].map(([channel, target_currency]) => ({
      request_type: "SUBSCRIBE",
      channel,
      topic: { quote_currency: "KRW", target_currency },
    })),
  );
  const all = Array.from({ length: 363 }, (_, i) => `KRW-C${i}`);
  const sockets = coinone.connections("ws://x", all, [
    "trade",
    "ticker",
    "book",
  ]);
  assert.ok(sockets.length <= 20);
  assert.deepEqual(sockets.flatMap((c) => c.markets), all);
  for (const { subscribe } of sockets) assert.ok(subscribe.length <= 363);
});

Deno.test("pages: candles, trades and the list of markets", () => {
  const page = (rest: string) =>
    `{"result":"success","error_code":"0",${rest}}`;
  const before = Date.UTC(2026, 8, 23, 4) * 1000;
  const url = new URL(
    coinone.candles.url("https://x", "KRW-BTC", before - 600e6, before),
  );
  assert.equal(url.pathname, "/public/v2/chart/KRW/BTC");
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    interval: "1m",
    timestamp: String(before / 1000),
    size: "11",
  });
  const row = (ms: number, volume: string) =>
    `{"timestamp":${ms},"open":"3","high":"5","low":"2","close":"4.50","target_volume":"${volume}","quote_volume":"1.25"}`;
  const candles = coinone.candles.read(
    page(
      `"is_last":false,"chart":[${row(1790136000000, "0.0")},${
        row(1790135940000, "0.5")
      }]`,
    ),
    "KRW-BTC",
  );
  assert.deepEqual(
    candles.map((c) => [c.market, c.ts, c.close, c.volume, c.state]),
    [
      ["KRW-BTC", 1790135940000000, "4.5", "0.5", "closed"],
      ["KRW-BTC", 1790136000000000, "4.5", "0", "no_trade"],
    ],
  );
  const [trade] = coinone.trades.read(
    page(
      '"transactions":[{"id":"1790134177835001","timestamp":1790134177835,"price":"116460000","qty":"0.00483595","is_seller_maker":false}]',
    ),
    "KRW-BTC",
  );
  assert.deepEqual([trade!.market, trade!.id, trade!.side], [
    "KRW-BTC",
    "1790134177835001",
    "sell",
  ]);
  const listed = coinone.markets.read(
    page(
      '"markets":[{"quote_currency":"KRW","target_currency":"BTC","maintenance_status":0,"trade_status":1},{"quote_currency":"KRW","target_currency":"LUNA","maintenance_status":0,"trade_status":0},{"quote_currency":"KRW","target_currency":"ETH","maintenance_status":1,"trade_status":1}]',
    ),
  );
  assert.deepEqual(listed.map((m) => [m.market, m.base, m.quote, m.active]), [
    ["KRW-BTC", "BTC", "KRW", true],
    ["KRW-LUNA", "LUNA", "KRW", false],
    ["KRW-ETH", "ETH", "KRW", false],
  ]);
  for (const body of [page('"chart":{}'), page('"chart":[1]'), "{}", "[]"]) {
    assert.throws(() => coinone.candles.read(body, "KRW-BTC"), Unreadable);
  }
});

const OVER =
  '{"result":"error","error_code":"4","error_msg":"Blocked user access"}';

Deno.test("errors come with 200: over the limit is a pause, a mistake is not", async () => {
  assert.equal(
    coinone.restError(200, OVER),
    "error: 4: Blocked user access",
  );
  assert.equal(coinone.restError(200, '{"result":"success"}'), null);
  assert.match(coinone.restError(200, "<!DOCTYPE html>")!, /DOCTYPE/);
  const left = (headers: Record<string, string>) =>
    coinone.restWait(new Headers(headers));
  assert.equal(left({}), 0);
  assert.equal(left({ "public-ratelimit-remaining": "800" }), 0);
  assert.equal(left({ "public-ratelimit-remaining": "1" }), 1000);

  const fine = '{"result":"success","error_code":"0","chart":[]}';
  const bodies = [
    OVER,
    '{"errorCode":"405","status":"maintenance","result":"error"}',
    fine,
    '{"result":"error","error_code":"108","error_msg":"Unknown CryptoCurrency"}',
    "<!DOCTYPE html><html></html>",
  ];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response(bodies.shift()),
  );
  const url = `http://127.0.0.1:${server.addr.port}/`;
  const pauses: string[] = [];
  const rest = new Rest({ ...coinone, restPauseMs: 0 }, {
    signal: new AbortController().signal,
    backoffMs: 1,
    onPause: (_, why) => pauses.push(why),
  });
  assert.equal(await rest.get(url), fine);
  assert.equal(pauses.length, 2);
  assert.match(pauses[0]!, /4: Blocked user access/);
  await assert.rejects(rest.get(url), /1 attempt: .*108: Unknown Crypto/);
  await assert.rejects(rest.get(url), /1 attempt: .*DOCTYPE/);
  assert.equal(bodies.length, 0);
  await server.shutdown();
});
