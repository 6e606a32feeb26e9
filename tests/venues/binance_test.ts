import assert from "node:assert/strict";
import { LocalBook } from "../../collector/watch/book.ts";
import type { BookDelta, Trade } from "../../collector/model/events.ts";
import { Unreadable } from "../../collector/model/events.ts";
import { binance } from "../../collector/venues/binance.ts";
import { REAL, test } from "../support/requirements.ts";
import { readFrames, readRecording } from "../support/recording.ts";

const SESSION = new URL("binance_us/BINANCE_US.ws.1.0", REAL);
const SNAPSHOTS = new URL("binance_us/BINANCE_US.http.0.0", REAL);

test(
  "the recorded session: 480 frames, none unreadable",
  ["real"],
  async () => {
    const frames = await readFrames(SESSION);
    assert.equal(frames.length, 480);
    const readings = frames.flatMap(binance.read);
    const kinds = readings.map((r) => r.kind);
    const count = (kind: string) => kinds.filter((k) => k === kind).length;
    assert.deepEqual(
      [count("delta"), count("trade"), count("candle"), kinds.length],
      [336, 11, 5, 352],
    );
  },
);

test(
  "aggregate ids run without a hole, prices to the last digit",
  ["real"],
  async () => {
    const frames = (await readFrames(SESSION)).filter((f) =>
      f.includes('"aggTrade"')
    );
    const trades = frames.flatMap(binance.read) as Trade[];
    for (const [i, trade] of trades.entries()) {
      const raw = (name: string) =>
        new RegExp(`"${name}":"?([^,}"]+)`).exec(
          frames[i]!.split('"data":')[1]!,
        )![1]!;
      const plain = (text: string) =>
        text.includes(".") ? text.replace(/\.?0+$/, "") : text;
      assert.equal(trade.id, raw("a"));
      assert.equal(trade.price, plain(raw("p")));
      assert.equal(trade.size, plain(raw("q")));
      assert.equal(trade.fills, Number(raw("l")) - Number(raw("f")) + 1);
      assert.equal(trade.side, raw("m") === "true" ? "sell" : "buy");
      if (i > 0) assert.equal(BigInt(trade.id), BigInt(trades[i - 1]!.id) + 1n);
    }
  },
);

test(
  "books follow from the recorded snapshots without a break",
  ["real"],
  async () => {
    const deltas = (await readFrames(SESSION)).flatMap(binance.read)
      .filter((r): r is BookDelta => r.kind === "delta");
    const books = new Map<string, LocalBook>();
    for (const { url, payload } of await readRecording(SNAPSHOTS)) {
      const market = new URL(url).searchParams.get("symbol")!;
      const book = new LocalBook("binance", market);
      assert.ok(book.start(binance.book!.read(payload)));
      books.set(market, book);
    }
    assert.equal(books.size, 4);
    const steps = deltas.map((delta) => books.get(delta.market)!.apply(delta));
    assert.ok(!steps.includes("broken"));
    assert.ok(!steps.includes("waiting"));
    assert.ok(steps.filter((s) => s === "applied").length > 300);
    for (const book of books.values()) {
      const { bids, asks } = book.top(10)!;
      assert.deepEqual([bids.length, asks.length], [10, 10]);
      assert.ok(Number(bids[0]![0]) < Number(asks[0]![0]), "not crossed");
      for (let i = 1; i < 10; i++) {
        assert.ok(Number(bids[i]![0]) < Number(bids[i - 1]![0]));
        assert.ok(Number(asks[i]![0]) > Number(asks[i - 1]![0]));
      }
    }
    // The same with the snapshot coming after some deltas, as it does live.
    for (const { url, payload } of await readRecording(SNAPSHOTS)) {
      const market = new URL(url).searchParams.get("symbol")!;
      const late = new LocalBook("binance", market);
      const mine = deltas.filter((d) => d.market === market);
      for (const delta of mine.slice(0, 20)) {
        assert.equal(late.apply(delta), "waiting");
      }
      assert.ok(late.start(binance.book!.read(payload)));
      for (const delta of mine.slice(20)) late.apply(delta);
      assert.deepEqual(late.top(10), books.get(market)!.top(10));
    }
    // The last bookTicker of the recording names the best of both sides.
    const tops = (await readFrames(SESSION)).map((f) => JSON.parse(f).data)
      .filter((d) => d.s === "ZRXUSDT" && d.B);
    const best = books.get("ZRXUSDT")!.top(1)!;
    assert.equal(`${Number(tops.at(-1).b)}`, best.bids[0]![0]);
    assert.equal(`${Number(tops.at(-1).a)}`, best.asks[0]![0]);
  },
);

const level = (price: string, size: string): [string, string] => [price, size];
const delta = (first: number, last: number, bids: [string, string][]) =>
  ({
    kind: "delta",
    venue: "binance",
    market: "M",
    ts: 1_600_000_000_000_000 + last,
    firstUpdate: `${first}`,
    lastUpdate: `${last}`,
    bids,
    asks: [],
  }) satisfies BookDelta;

Deno.test("a missing update breaks the book, which waits for a snapshot", () => {
  const book = new LocalBook("binance", "M");
  const snapshot = { lastUpdate: "10", bids: [level("9.5", "1")], asks: [] };
  assert.equal(book.waiting, true);
  assert.equal(book.start(snapshot), true);
  assert.equal(book.top(5), null, "a snapshot has no time");
  assert.equal(book.apply(delta(8, 10, [])), "ignored");
  assert.equal(book.apply(delta(9, 11, [level("10.25", "2")])), "applied");
  assert.deepEqual(book.top(5)!.bids, [["10.25", "2"], ["9.5", "1"]]);
  assert.equal(book.apply(delta(12, 12, [level("9.5", "0")])), "applied");
  assert.equal(book.apply(delta(12, 12, [])), "ignored");
  assert.deepEqual(book.top(5)!.bids, [["10.25", "2"]]);
  assert.equal(book.apply(delta(14, 14, [level("1", "1")])), "broken");
  assert.equal(book.top(5), null);
  assert.equal(book.waiting, true);
  assert.equal(book.apply(delta(15, 16, [level("2", "1")])), "waiting");
  assert.equal(book.start({ ...snapshot, lastUpdate: "12" }), false);
  assert.equal(book.waiting, true);
  assert.equal(book.start({ ...snapshot, lastUpdate: "13" }), true);
  assert.deepEqual(
    book.top(5)!.bids,
    [["9.5", "1"], ["2", "1"], ["1", "1"]],
  );
});

Deno.test("levels are compared as numbers that no double can tell apart", () => {
  const book = new LocalBook("binance", "M");
  book.start({ lastUpdate: "1", bids: [], asks: [] });
  book.apply(delta(2, 2, [
    level("123456789.123456781", "1"),
    level("123456789.123456789", "2"),
    level("99999999.9", "3"),
    level("123456789.12345678", "4"),
  ]));
  assert.deepEqual(book.top(3)!.bids.map(([, size]) => size), ["2", "1", "4"]);
  book.apply(delta(3, 3, [level("123456789.123456781", "0")]));
  assert.deepEqual(book.top(9)!.bids.map(([, size]) => size), ["2", "4", "3"]);
});

Deno.test("the documents' own payloads", () => {
  const data = {
    aggTrade:
      '{"e":"aggTrade","E":1672515782136,"s":"BNBBTC","a":12345,"p":"0.001","q":"100","f":100,"l":105,"T":1672515782136,"m":true,"M":true}',
    ticker:
      '{"e":"24hrTicker","E":1672515782136,"s":"BNBBTC","p":"0.0015","P":"-250.00","w":"0.0018","x":"0.0009","c":"0.0025","Q":"10","b":"0.0024","B":"10","a":"0.0026","A":"100","o":"0.0010","h":"0.0025","l":"0.0010","v":"10000","q":"18","O":0,"C":86400000,"F":0,"L":18150,"n":18151}',
  };
  assert.deepEqual(binance.read(data.aggTrade), [{
    kind: "trade",
    venue: "binance",
    market: "BNBBTC",
    id: "12345",
    ts: 1672515782136000,
    price: "0.001",
    size: "100",
    side: "sell",
    fills: 6,
  }]);
  assert.deepEqual(
    binance.read(`{"stream":"bnbbtc@ticker","data":${data.ticker}}`),
    [{
      kind: "ticker",
      venue: "binance",
      market: "BNBBTC",
      ts: 1672515782136000,
      last: "0.0025",
      volume24h: "10000",
      value24h: "18",
      changeRate: "-2.5",
    }],
  );
  const code = (frame: string) => {
    const [reading] = binance.read(frame);
    return reading?.kind === "notice" ? reading.code : null;
  };
  assert.equal(code('{"result":null,"id":1}'), "ack");
  assert.equal(code('{"result":["bnbbtc@aggTrade"],"id":1}'), "alive");
  assert.equal(
    code('{"error":{"code":2,"msg":"Invalid request"},"id":1}'),
    "error",
  );
  assert.equal(code('{"e":"serverShutdown","E":1770123456789}'), "shutdown");
  assert.equal(
    code(
      '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}',
    ),
    "shutdown",
  );
  for (
    const wrong of [
      "[]",
      "ping",
      '{"stream":"x"}',
      '{"data":null}',
      '{"e":"markPrice"}',
      data.aggTrade.replace('"m":true', '"m":"true"'),
      data.aggTrade.replace('"l":105', '"l":99'),
      data.aggTrade.replace('"100"', '"0"'),
      data.ticker.replace('"-250.00"', '"much"'),
    ]
  ) assert.throws(() => binance.read(wrong), Unreadable, wrong);
});

Deno.test("REST: candles, markets, errors", () => {
  const rows =
    '[[1499040000000,"0.01634790","0.80000000","0.01575800","0.01577100","148976.11427815",1499040059999,"2434.19055334",308,"1756.87402397","28.46694368","0"],[1499040060000,"0.01577100","0.01577100","0.01577100","0.01577100","0.00000000",1499040119999,"0.00000000",0,"0.0","0.0","0"]]';
  const [first, quiet] = binance.candles.read(rows, "ETHBTC");
  assert.deepEqual(first, {
    kind: "candle",
    venue: "binance",
    market: "ETHBTC",
    interval: "1m",
    ts: 1499040000000000,
    open: "0.0163479",
    high: "0.8",
    low: "0.015758",
    close: "0.015771",
    volume: "148976.11427815",
    quoteVolume: "2434.19055334",
    tradeCount: 308,
    source: "venue",
    state: "closed",
  });
  assert.deepEqual([quiet?.state, quiet?.volume], ["no_trade", "0"]);
  const url = new URL(
    binance.candles.url("http://h", "ETHBTC", 1499040000e6, 1499040120e6),
  );
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    symbol: "ETHBTC",
    interval: "1m",
    endTime: "1499040119999",
    limit: "2",
  });
  const [market] = binance.markets.read(
    '{"timezone":"UTC","symbols":[{"symbol":"ETHBTC","status":"BREAK","baseAsset":"ETH","quoteAsset":"BTC"}]}',
  );
  assert.deepEqual([market?.base, market?.quote, market?.active], [
    "ETH",
    "BTC",
    false,
  ]);
  const refused = '{"code":-1121,"msg":"Invalid symbol."}';
  assert.equal(binance.restError(400, refused), "-1121: Invalid symbol.");
  assert.equal(binance.restError(200, refused), "-1121: Invalid symbol.");
  assert.equal(binance.restError(200, '{"lastUpdateId":1}'), null);
  const used = (weight: string) =>
    binance.restWait(new Headers({ "X-MBX-USED-WEIGHT-1m": weight }));
  assert.deepEqual([used("50"), used("5900")], [0, 10_000]);
});

Deno.test("streams are lower case and split over sockets", () => {
  const [connection] = binance.connections(
    "wss://stream.binance.com:9443",
    ["BTCUSDT", "ETHUSDT"],
    ["trade", "book", "candle"],
  );
  assert.equal(
    connection!.url,
    "wss://stream.binance.com:9443/stream?streams=btcusdt@aggTrade/btcusdt@depth@100ms/ethusdt@aggTrade/ethusdt@depth@100ms",
  );
  const all = Array.from({ length: 1000 }, (_, i) => `COIN${i}USDT`);
  const split = binance.connections("wss://h", all, [
    "trade",
    "book",
    "ticker",
  ]);
  assert.deepEqual(split.flatMap((c) => c.markets), all);
  for (const { url } of split) {
    assert.ok(url.length < 8000 && url.split("/").length <= 1024);
  }
});
