import assert from "node:assert/strict";
import type { Trade } from "../../collector/model/events.ts";
import { Unreadable } from "../../collector/model/events.ts";
import { parseExact } from "../../collector/model/wire.ts";
import type { Fields } from "../../collector/venues/fields.ts";
import { upbit, upbitTrade } from "../../collector/venues/upbit.ts";
import type { Reading } from "../../collector/venues/venue.ts";
import { REAL, test } from "../support/requirements.ts";
import { randomFrom, shuffled } from "../support/random.ts";
import { readFrames, readRecording } from "../support/recording.ts";

const SESSION = new URL("upbit/UPBIT.ws.62.0", REAL);
const file = (name: string) =>
  Deno.readTextFile(new URL(`upbit/${name}`, REAL));
const lines = async (name: string) =>
  (await file(name)).split("\n").filter((line) => line !== "");
const only = <K extends Reading["kind"]>(readings: Reading[], kind: K) =>
  readings.filter((r): r is Extract<Reading, { kind: K }> => r.kind === kind);
const keyed = (trades: Trade[]) =>
  new Map(trades.map((t) => [`${t.venue} ${t.market} ${t.id}`, t]));
const countBy = (markets: string[]) =>
  Object.fromEntries(
    [...new Set(markets)].sort().map((
      m,
    ) => [m, markets.filter((x) => x === m).length]),
  );

test(
  "the recorded session gives its 304 trades and 145 books",
  ["real"],
  async () => {
    const readings = (await readFrames(SESSION)).flatMap(upbit.read);
    const trades = only(readings, "trade"), books = only(readings, "book");
    assert.equal(readings.length, 449);
    assert.deepEqual(countBy(trades.map((t) => t.market)), {
      "BTC-ITAM": 2,
      "KRW-LAMB": 299,
      "KRW-WAVES": 3,
    });
    assert.deepEqual(countBy(books.map((b) => b.market)), {
      "BTC-ITAM": 8,
      "BTC-PAX": 8,
      "BTC-XTZ": 16,
      "KRW-LAMB": 87,
      "KRW-WAVES": 26,
    });
    assert.equal(keyed(trades).size, 304);
    const lamb = trades.filter((t) => t.market === "KRW-LAMB");
    let backwards = 0;
    for (const [i, t] of lamb.entries()) {
      if (i > 0 && BigInt(t.id) < BigInt(lamb[i - 1]!.id)) backwards++;
    }
    assert.equal(backwards, 6);
    for (const book of books) {
      for (const [price, size] of [...book.bids, ...book.asks]) {
        assert.ok(Number(price) > 0 && Number(size) > 0);
      }
      assert.ok(book.bids.length > 0 && book.bids.length <= 15);
    }
  },
);

test(
  "twice, shuffled or cut with overlap: the same 304 trades",
  ["real"],
  async () => {
    const frames = await readFrames(SESSION);
    const tradesOf = (some: string[]) =>
      keyed(only(some.flatMap(upbit.read), "trade"));
    const sorted = (trades: Map<string, Trade>) =>
      [...trades].sort(([a], [b]) => a < b ? -1 : 1);
    const truth = sorted(tradesOf(frames));
    const random = randomFrom(62);
    assert.deepEqual(sorted(tradesOf([...frames, ...frames])), truth);
    for (let round = 0; round < 20; round++) {
      assert.deepEqual(sorted(tradesOf(shuffled(frames, random))), truth);
      const cut = Math.floor(random() * frames.length);
      const back = Math.floor(random() * cut);
      assert.deepEqual(
        sorted(tradesOf([...frames.slice(0, cut), ...frames.slice(back)])),
        truth,
      );
    }
  },
);

test(
  "each recorded price and size is the wire's to the last digit",
  ["real"],
  async () => {
    let compared = 0;
    for (const frame of await readFrames(SESSION)) {
      if (!frame.includes('"ty":"trade"')) continue;
      const [trade] = only(upbit.read(frame), "trade");
      const raw = (name: string) =>
        new RegExp(`"${name}":([^,}]+)`).exec(frame)![1]!;
      assert.equal(trade!.id, raw("sid"));
      assert.equal(trade!.ts, Number(raw("ttms")) * 1000);
      assert.ok(sameNumber(trade!.price, raw("tp")));
      assert.ok(sameNumber(trade!.size, raw("tv")));
      compared++;
    }
    assert.equal(compared, 304);
  },
);

/** Whether two number texts mean the same, by counting units of 10^-40. */
function sameNumber(a: string, b: string): boolean {
  const units = (text: string) => {
    const [mantissa = "", exponent = "0"] = text.toLowerCase().split("e");
    const [whole = "", fraction = ""] = mantissa.split(".");
    return BigInt(whole + fraction) *
      10n ** BigInt(40 + Number(exponent) - fraction.length);
  };
  return units(a) === units(b);
}

test("the recorded market list", ["real"], async () => {
  const [page] = await readRecording(new URL("upbit/UPBIT.0", REAL));
  const markets = upbit.markets.read(page!.payload);
  assert.equal(markets.length, 294);
  assert.deepEqual(markets[2], {
    venue: "upbit",
    market: "BTC-ETH",
    base: "ETH",
    quote: "BTC",
    koreanName: "이더리움",
    englishName: "Ethereum",
    active: true,
    warning: null,
  });
});

test(
  "two trades that differ in the 17th digit stay two",
  ["real"],
  async () => {
    const rows = parseExact(
      await file("rest_trades_colliding_2026-07-30.json"),
    ) as Fields[];
    const trades = rows.map(upbitTrade);
    assert.deepEqual(trades.map((t) => t.id), [
      "17853950411240001",
      "17853950411240000",
    ]);
    assert.equal(keyed(trades).size, 2);
    assert.deepEqual({ ...trades[0], id: "" }, { ...trades[1], id: "" });
  },
);

test("one trade on the socket and by REST is one trade", ["real"], async () => {
  const [frame] = await lines("same_trade_ws_2026-07-30.jsonl");
  const [row] = parseExact(
    await file("same_trade_rest_2026-07-30.json"),
  ) as Fields[];
  assert.deepEqual(upbit.read(frame!), [upbitTrade(row!)]);
  assert.deepEqual(upbit.read(frame!), [{
    kind: "trade",
    venue: "upbit",
    market: "KRW-BTC",
    id: "17853950437790001",
    ts: 1785395043779000,
    price: "91361000",
    size: "0.01275549",
    side: "sell",
    fills: 1,
  }]);
});

test("candle frames are partial until REST says more", ["real"], async () => {
  const [first, last] = (await lines(
    "candle_1m_last_two_frames_2026-07-30.jsonl",
  )).flatMap(upbit.read);
  assert.deepEqual(last, {
    kind: "candle",
    venue: "upbit",
    market: "KRW-BTC",
    interval: "1m",
    ts: Date.UTC(2026, 6, 30, 6, 51) * 1000,
    open: "91180000",
    high: "91180000",
    low: "91180000",
    close: "91180000",
    volume: "0.08189562",
    quoteVolume: "7467242.6316",
    tradeCount: null,
    source: "venue",
    state: "partial",
  });
  assert.equal(first?.kind === "candle" && first.volume, "0.07477688");
});

test("errors and status frames are notices", ["real"], async () => {
  const notices = (await lines("errors_and_status_2026-09-23.jsonl"))
    .flatMap(upbit.read);
  assert.deepEqual(
    notices.map((n) => n.kind === "notice" && n.code),
    ["alive", "error", "error", "error"],
  );
  assert.match(JSON.stringify(notices[1]), /NO_TICKET: 티켓이/);
});

test("every transcribed frame is read, in both formats", ["real"], async () => {
  const read = async (name: string) => (await lines(name)).flatMap(upbit.read);
  const [ticker] = only(await read("upbit_ws_2026-08-13.jsonl"), "ticker");
  assert.deepEqual(ticker, {
    kind: "ticker",
    venue: "upbit",
    market: "KRW-BTC",
    ts: 1786613070431000,
    last: "89886000",
    volume24h: "569.49951948",
    value24h: "51158711929.01375",
    changeRate: "0.0027219384",
  });
  assert.equal((await read("ticker_trade_default_2023-11-19.jsonl")).length, 4);
  assert.equal((await read("trade_default_2026-09-02.jsonl")).length, 1);
  assert.equal((await read("orderbook_default_2023-11-19.jsonl")).length, 1);
  assert.equal(
    (await read("orderbook_trimmed_default_2026-09-23.jsonl")).length,
    2,
  );
  assert.deepEqual(await read("orderbook_trimmed_simple_2026-09-23.jsonl"), [{
    kind: "book",
    venue: "upbit",
    market: "KRW-BTC",
    ts: 1790134773006000,
    bids: [["116534000", "0.00079276"], ["116521000", "0.01624318"]],
    asks: [["116606000", "0.06288509"], ["116609000", "0.0005"]],
  }]);
});

Deno.test("SIMPLE ticker and candle", () => {
  assert.deepEqual(
    upbit.read(
      '{"ty":"ticker","cd":"KRW-BTC","tp":1.16539E8,"scr":-0.0027,"atv24h":569.49951948,"atp24h":51158711929.01375,"ttms":1786613070200,"tms":1786613070431,"st":"REALTIME"}',
    ),
    [{
      kind: "ticker",
      venue: "upbit",
      market: "KRW-BTC",
      ts: 1786613070431000,
      last: "116539000",
      volume24h: "569.49951948",
      value24h: "51158711929.01375",
      changeRate: "-0.0027",
    }],
  );
  const [candle] = upbit.read(
    '{"ty":"candle.5m","cd":"KRW-BTC","cdttmu":"2026-07-30T06:50:00","op":1,"hp":2,"lp":1,"tp":2,"catv":0.5,"catp":0.75,"tms":1785394318967,"st":"REALTIME"}',
  );
  assert.ok(candle?.kind === "candle" && candle.interval === "5m");
});

Deno.test("padding levels are dropped and microseconds understood", () => {
  assert.deepEqual(
    upbit.read(
      '{"type":"orderbook","code":"USDT-BTC","timestamp":1691530805062000,"orderbook_units":[{"ask_price":29800.5,"bid_price":29799.10,"ask_size":0.1,"bid_size":2E-8},{"ask_price":0,"bid_price":29798.0,"ask_size":0,"bid_size":0.0}]}',
    ),
    [{
      kind: "book",
      venue: "upbit",
      market: "USDT-BTC",
      ts: 1691530805062000,
      bids: [["29799.1", "0.00000002"]],
      asks: [["29800.5", "0.1"]],
    }],
  );
});

Deno.test("a frame that is something else is unreadable, never a guess", () => {
  const trade =
    '{"ty":"trade","cd":"KRW-BTC","ttms":1785395041124,"tp":1,"tv":1,"ab":"BID","sid":17853950411240001}';
  assert.equal(upbit.read(trade).length, 1);
  const wrong = [
    "",
    "PONG",
    "[]",
    "null",
    "{}",
    '{"ty":"myOrder"}',
    trade.slice(0, -4),
    trade.replace('"BID"', '"MID"'),
    trade.replace('"tp":1', '"tp":0'),
    trade.replace('"tv":1', '"tv":-1'),
    trade.replace('"tp":1', '"tp":null'),
    trade.replace("17853950411240001", "99999999999999999999"),
    trade.replace("17853950411240001", "1.5"),
    trade.replace("1785395041124,", "178539504,"),
    trade.replace('"ttms"', '"tms"'),
    trade.replace('"KRW-BTC"', '""'),
    '{"ty":"orderbook","cd":"KRW-BTC","tms":1790134773006,"obu":[1]}',
    '{"ty":"candle.1m","cd":"KRW-BTC","cdttmu":"2026-13-30T06:50:00","op":1}',
  ];
  for (const frame of wrong) {
    assert.throws(() => upbit.read(frame), Unreadable, frame);
  }
});

Deno.test("markets carry the venue's caution flags", () => {
  const [market] = upbit.markets.read(
    '[{"market":"KRW-LAMB","korean_name":"람다","english_name":"Lambda","market_event":{"warning":true,"caution":{"PRICE_FLUCTUATIONS":false,"TRADING_VOLUME_SOARING":true}}}]',
  );
  assert.equal(market?.warning, "WARNING,TRADING_VOLUME_SOARING");
});

Deno.test("one subscription frame holds everything asked for", () => {
  const [connection, ...more] = upbit.connections("ws://x", [
    "KRW-BTC",
    "KRW-ETH",
  ], ["trade", "book", "ticker", "candle"]);
  assert.equal(more.length, 0);
  const [message, ...further] = connection!.subscribe;
  assert.equal(further.length, 0);
  const [ticket, ...wanted] = JSON.parse(message!);
  assert.ok(ticket.ticket);
  const codes = ["KRW-BTC", "KRW-ETH"];
  assert.deepEqual(wanted, [
    { type: "trade", codes },
    { type: "orderbook", codes },
    { type: "ticker", codes },
    { format: "SIMPLE" },
  ]);
  assert.deepEqual(upbit.connections("ws://x", codes, ["candle"]), []);
  const all = Array.from({ length: 855 }, (_, i) => `KRW-C${i}`);
  const split = upbit.connections("ws://x", all, ["trade"]);
  assert.deepEqual(split.flatMap((c) => c.markets), all);
  for (const { subscribe } of split) assert.ok(subscribe[0]!.length < 9500);
});

Deno.test("candle pages: asked for exclusively, newest first, given ascending", () => {
  const before = Date.UTC(2026, 6, 30, 7) * 1000;
  const url = new URL(
    upbit.candles.url(
      "https://api.upbit.com",
      "KRW-BTC",
      before - 600e6,
      before,
    ),
  );
  assert.equal(url.pathname, "/v1/candles/minutes/1");
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    market: "KRW-BTC",
    to: "2026-07-30T07:00:00Z",
    count: "10",
  });
  const row = (minute: string, close: string) =>
    `{"market":"KRW-BTC","candle_date_time_utc":"2026-07-30T06:${minute}:00","candle_date_time_kst":"2026-07-30T15:${minute}:00","opening_price":91180000.0,"high_price":91180000.0,"low_price":91180000.0,"trade_price":${close},"timestamp":1785394319691,"candle_acc_trade_price":7467242.6316,"candle_acc_trade_volume":0.08189562,"unit":1}`;
  const page = upbit.candles.read(
    `[${row("52", "91190000.0")},${row("51", "9.118E7")}]`,
    "KRW-BTC",
  );
  assert.deepEqual(page.map((c) => [c.ts, c.close, c.state]), [
    [Date.UTC(2026, 6, 30, 6, 51) * 1000, "91180000", "closed"],
    [Date.UTC(2026, 6, 30, 6, 52) * 1000, "91190000", "closed"],
  ]);
});

Deno.test("REST errors, also where the status says 200", () => {
  const body = '{"error":{"name":404,"message":"Code not found"}}';
  assert.equal(upbit.restError(404, body), "404: Code not found");
  assert.equal(upbit.restError(200, body), "404: Code not found");
  assert.equal(upbit.restError(200, '[{"market":"KRW-BTC"}]'), null);
  assert.match(upbit.restError(200, "<html>busy</html>")!, /<html>/);
  assert.match(upbit.restError(502, "")!, /HTTP 502/);
  const left = (sec: number) =>
    upbit.restWait(
      new Headers({ "remaining-req": `group=candle; min=600; sec=${sec}` }),
    );
  assert.deepEqual([left(9), left(0)], [0, 1000]);
});
