/** Korbit: the documented frames and pages, its warnings, and sessions with the simulator. */
import assert from "node:assert/strict";
import { backfillCandles } from "../../collector/candles/backfill.ts";
import { Unreadable } from "../../collector/model/events.ts";
import { Rest } from "../../collector/net/rest.ts";
import { MINUTE } from "../../collector/sandbox/world.ts";
import { korbit } from "../../collector/venues/korbit.ts";
import type { Reading } from "../../collector/venues/venue.ts";
import { readMarkets } from "../../collector/watch/listing.ts";
import { get, hear, hurried, NOON, withSandbox } from "../support/simulated.ts";

const only = <K extends Reading["kind"]>(readings: Reading[], kind: K) =>
  readings.filter((r): r is Extract<Reading, { kind: K }> => r.kind === kind);
/** `snapshot` is true for the first, then false or null. */
const trades = (snapshot: string, ...ids: string[]) =>
  `{"type":"trade","timestamp":1700000000000,"symbol":"btc_krw","snapshot":${snapshot},"data":[${
    ids.map((id) =>
      `{"timestamp":1699999990000,"price":"100","qty":"0.5","isBuyerTaker":true,"tradeId":${id}}`
    ).join(",")
  }]}`;
const TRADE = {
  kind: "trade",
  venue: "korbit",
  market: "btc_krw",
  id: "1",
  ts: 1699999990000000,
  price: "100",
  size: "0.5",
  side: "buy",
  fills: 1,
};

Deno.test("each kind of frame, as documented; an id beyond 2⁵³ keeps its last digit", () => {
  for (const snapshot of ["true", "false", "null"]) {
    assert.deepEqual(korbit.read(trades(snapshot, "1")), [TRADE]);
  }
  const ids = ["9007199254740993", "9007199254740994"];
  assert.deepEqual(
    korbit.read(trades("null", ...ids)),
    ids.map((id) => ({ ...TRADE, id })),
  );
  assert.deepEqual(
    korbit.read(
      '{"type":"ticker","timestamp":1700000027754,"symbol":"btc_krw","snapshot":true,"data":{"open":"95097000","high":"96732000","low":"93000000","close":"93840000","prevClose":"95097000","priceChange":"-1257000","priceChangePercent":"-1.32","volume":"4.32","quoteVolume":"405388800","bestBidPrice":"93840000","bestAskPrice":"93851000","lastTradedAt":1700000027000}}',
    ),
    [{
      kind: "ticker",
      venue: "korbit",
      market: "btc_krw",
      ts: 1700000027754000,
      last: "93840000",
      volume24h: "4.32",
      value24h: "405388800",
      changeRate: "-0.0132",
    }],
  );
  assert.deepEqual(
    korbit.read(
      '{"type":"orderbook","timestamp":1700000006177,"symbol":"btc_krw","snapshot":false,"data":{"timestamp":1700000000234,"bids":[{"price":"99","qty":"0.50","amt":"49.5"},{"price":"98","qty":"0"}],"asks":[{"price":"101","qty":"1"}]}}',
    ),
    [{
      kind: "book",
      venue: "korbit",
      market: "btc_krw",
      ts: 1700000000234000,
      bids: [["99", "0.5"]],
      asks: [["101", "1"]],
    }],
  );
});

Deno.test("words without data are notices", () => {
  const said = [
    '{"requestId":1,"status":"success"}',
    '{"requestId":1,"status":"fail","code":"INVALID_SYMBOL","message":"invalid symbol"}',
    '{"status":"error","message":"invalid request"}',
  ].flatMap(korbit.read).map((n) => n.kind === "notice" && [n.code, n.message]);
  assert.deepEqual(said, [
    ["ack", "request 1"],
    ["error", "1: INVALID_SYMBOL: invalid symbol"],
    ["error", "invalid request"],
  ]);
});

Deno.test("what it does not know is unreadable, never a guess", () => {
  const whole = trades("false", "1");
  const wrong = [
    "",
    "PONG",
    "[]",
    "{}",
    whole.slice(0, -3),
    whole.replace('"type":"trade"', '"type":"myTrade"'),
    whole.replace("isBuyerTaker", "isSellerTaker"),
    whole.replace('true,"tradeId"', '"true","tradeId"'),
    whole.replace('"100"', '"0"'),
    whole.replace('"0.5"', "null"),
    whole.replace("1699999990000", "1699999990"),
    whole.replace('"tradeId":1', '"tradeId":-1'),
    whole.replace('"tradeId":1', '"tradeId":9223372036854775808'),
    whole.replace('"symbol":"btc_krw"', '"symbol":""'),
    '{"type":"orderbook","symbol":"btc_krw","data":{"timestamp":1700000000234,"bids":[1],"asks":[]}}',
  ];
  for (const text of wrong) {
    assert.throws(() => korbit.read(text), Unreadable, text);
  }
});

Deno.test("one request a socket, with one part for each channel", () => {
  const [one, two] = korbit.connections(
    "wss://x",
    Array.from({ length: 130 }, (_, i) => `c${i}_krw`),
    ["trade", "ticker", "book", "candle"],
  );
  assert.equal(one!.subscribe.length, 1);
  assert.deepEqual(
    JSON.parse(two!.subscribe[0]!).map((part: Record<string, unknown>) => [
      part.requestId,
      part.method,
      part.type,
      (part.symbols as string[]).length,
    ]),
    [
      [1, "subscribe", "trade", 30],
      [2, "subscribe", "ticker", 30],
      [3, "subscribe", "orderbook", 30],
    ],
  );
});

const PAIRS =
  '{"success":true,"data":[{"symbol":"btc_krw","status":"launched"},{"symbol":"old_krw","status":"stopped"},{"symbol":"bad_krw","status":"launched"}]}';
const ALERTS =
  '{"success":true,"data":[{"symbol":"bad_krw","alerts":[{"type":"PRICE_SOARING","level":"1","startAt":1700000000000,"endAt":1700003600000,"value":"120"},{"type":"DEPOSIT_SOARING","startAt":1700000000000,"endAt":1700003600000},{"type":"PRICE_SOARING"}]}]}';

Deno.test("warnings stand on a page of their own; without it there is no list, or they would seem over", async () => {
  const pages: Record<string, string> = {
    [korbit.markets.url("https://x")]: PAIRS,
    [korbit.markets.cautions!.url("https://x")]: ALERTS,
  };
  const client = {
    page: <T>(url: string, read: (body: string) => T) =>
      pages[url]
        ? Promise.resolve(read(pages[url]))
        : Promise.reject(new Error("HTTP 503")),
  };
  const listed = await readMarkets(korbit, "https://x", client);
  assert.deepEqual(
    listed.map((m) => [m.market, m.base, m.quote, m.active, m.warning]),
    [
      ["btc_krw", "BTC", "KRW", true, null],
      ["old_krw", "OLD", "KRW", false, null],
      ["bad_krw", "BAD", "KRW", true, "PRICE_SOARING,DEPOSIT_SOARING"],
    ],
  );
  delete pages[korbit.markets.cautions!.url("https://x")];
  await assert.rejects(readMarkets(korbit, "https://x", client), /503/);
  assert.throws(
    () => korbit.markets.cautions!.read('{"success":true,"data":[1]}'),
    Unreadable,
  );
});

Deno.test("pages as documented: candles, trades, errors", () => {
  const row = (minute: number, volume: string) =>
    `{"timestamp":${
      1700000040000 + minute * 60_000
    },"open":"1","high":"3","low":"1","close":"2","volume":"${volume}"}`;
  assert.deepEqual(
    korbit.candles.read(
      `{"success":true,"data":[${row(0, "0.50")},${row(1, "0")}]}`,
      "btc_krw",
    ).map((c) => [c.ts / 1000, c.volume, c.quoteVolume, c.state]),
    [
      [1700000040000, "0.5", null, "closed"],
      [1700000100000, "0", "0", "no_trade"],
    ],
  );
  const url = new URL(
    korbit.candles.url(
      "https://x",
      "btc_krw",
      1700000040000_000,
      1700000100000_000,
    ),
  );
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    symbol: "btc_krw",
    interval: "1",
    end: "1700000099999",
    limit: "1",
  });
  const page =
    '{"success":true,"data":[{"timestamp":1699999990000,"price":"100","qty":"0.5","isBuyerTaker":true,"tradeId":1}]}';
  assert.deepEqual(korbit.trades.read(page, "btc_krw"), [TRADE]);
  assert.equal(korbit.restError(200, page), null);
  const error = '{"success":false,"error":{"message":"INVALID_SYMBOL"}}';
  assert.equal(korbit.restError(400, error), "INVALID_SYMBOL");
  assert.equal(korbit.restError(200, error), "INVALID_SYMBOL");
  const left = (remaining: number) =>
    korbit.restWait(
      new Headers({ ratelimit: `limit=50, remaining=${remaining}, reset=1` }),
    );
  assert.deepEqual([left(48), left(1)], [0, 1000]);
  assert.equal(korbit.restWait(new Headers()), 0);
});

Deno.test("a session with the simulator: every frame is read, every trade is true, once", async () => {
  const options = { days: 1, limits: false, now: hurried() };
  await withSandbox(options, async ({ korbit: { socket }, world }) => {
    const markets = korbit.defaultMarkets;
    const [one] = korbit.connections(socket, markets, [
      "trade",
      "ticker",
      "book",
    ]);
    const { heard, binary } = await hear(
      one!.url,
      one!.subscribe,
      (heard) =>
        heard.filter((text) => text.includes('"type":"trade"')).length >= 60,
    );
    assert.ok(binary.every((is) => !is));
    const readings = heard.flatMap(korbit.read);
    assert.deepEqual(
      only(readings, "notice").map(({ code }) => code),
      ["ack", "ack", "ack"],
    );
    for (const market of markets) {
      // The last one before the subscription may come once more.
      const heard = [
        ...new Map(
          only(readings, "trade").filter((trade) => trade.market === market)
            .map((trade) => [trade.id, trade]),
        ).values(),
      ].sort((a, b) => a.ts - b.ts);
      const [first, last] = [heard[0]!, heard.at(-1)!];
      const truth = world.trades("korbit", market, first.ts, last.ts + 1);
      const from = truth.findIndex(({ id }) => id === first.id);
      const to = truth.findIndex(({ id }) => id === last.id);
      assert.deepEqual(heard, truth.slice(from, to + 1));
    }
    assert.ok(only(readings, "ticker").length > 10);
    const books = only(readings, "book");
    assert.ok(books.length > 10);
    for (const { bids, asks } of books) {
      assert.deepEqual([bids.length, asks.length], [30, 30]);
      assert.ok(Number(bids[0]![0]) < Number(asks[0]![0]));
    }
  });
});

Deno.test("the simulator refuses as the venue does", async () => {
  await withSandbox({ days: 1 }, async ({ korbit: { socket, rest } }) => {
    const say = (more: object) =>
      JSON.stringify([{
        requestId: 7,
        method: "subscribe",
        type: "trade",
        symbols: ["btc_krw"],
        ...more,
      }]);
    const { heard } = await hear(
      socket,
      [
        say({ symbols: ["BTC_KRW"] }),
        say({ type: "candle" }),
        say({ method: "ping" }),
        "{}",
      ],
      (heard) => heard.length === 4,
    );
    assert.deepEqual(
      only(heard.flatMap(korbit.read), "notice")
        .map(({ code, message }) => `${code} ${message}`),
      [
        "error 7: INVALID_SYMBOL: invalid symbol",
        "error 7: INVALID_TYPE: invalid type",
        "error 7: INVALID_METHOD: invalid method",
        "error request must be an array",
      ],
    );
    const unknown = await get(korbit.trades.url(rest, "no_krw", null, 0));
    assert.equal(korbit.restError(400, unknown), "INVALID_SYMBOL");
    const client = new Rest(korbit, { signal: new AbortController().signal });
    const listed = await readMarkets(korbit, rest, client);
    assert.deepEqual(
      listed.map(({ market, warning }) => [market, warning]),
      korbit.defaultMarkets.map((market) => [market, null]),
    );
    // 50 a second, then 429 with the seconds to wait.
    let answer: Response, asked = 0;
    do {
      answer = await fetch(`${rest}/v2/time`);
      await answer.body?.cancel();
    } while (answer.status === 200 && ++asked < 5000);
    assert.ok(asked >= 40 && asked < 5000, `${asked}`);
    assert.equal(answer.status, 429);
    assert.equal(answer.headers.get("retry-after"), "1");
  });
});

Deno.test("the one page of trades; candles of minutes with trades, the others made", async () => {
  await withSandbox({ days: 1 }, async ({ korbit: { rest }, world }) => {
    const market = "xrp_krw";
    const page = korbit.trades.read(
      await get(korbit.trades.url(rest, market, null, NOON * 1000)),
      market,
    );
    const truth = world.trades("korbit", market, 0, NOON * 1000 + 1)
      .slice(-500);
    assert.deepEqual(page.toReversed(), truth);
    const to = NOON - NOON % MINUTE, from = to - 600 * MINUTE;
    const signal = new AbortController().signal;
    const client = new Rest({ ...korbit, restPauseMs: 0 }, { signal });
    const candles = [];
    for await (
      const page of backfillCandles(
        korbit,
        rest,
        market,
        from * 1000,
        to * 1000,
        { client },
      )
    ) candles.push(...page);
    candles.sort((a, b) => a.ts - b.ts);
    assert.deepEqual(
      candles.map(({ ts }) => ts / 1000),
      Array.from({ length: 600 }, (_, at) => from + at * MINUTE),
    );
    for (const { ts, volume, state } of candles) {
      const traded = world.trades("korbit", market, ts, ts + 60e6)
        .reduce((sum, { size }) => sum + Math.round(Number(size) * 1e8), 0);
      assert.equal(Math.round(Number(volume) * 1e8), traded);
      assert.equal(state, traded === 0 ? "no_trade" : "closed");
    }
  });
});
