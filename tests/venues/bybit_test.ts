/** Bybit: the documented and the recorded frames, its books by snapshot and delta, and sessions with the simulator. */
import assert from "node:assert/strict";
import { backfillCandles } from "../../collector/candles/backfill.ts";
import { Unreadable } from "../../collector/model/events.ts";
import { Rest } from "../../collector/net/rest.ts";
import { MINUTE } from "../../collector/sandbox/world.ts";
import { bybit } from "../../collector/venues/bybit.ts";
import type { Reading } from "../../collector/venues/venue.ts";
import { LocalBook } from "../../collector/watch/book.ts";
import { REAL, test } from "../support/requirements.ts";
import { readFrames } from "../support/recording.ts";
import { get, hear, hurried, NOON, withSandbox } from "../support/simulated.ts";

const only = <K extends Reading["kind"]>(readings: Reading[], kind: K) =>
  readings.filter((r): r is Extract<Reading, { kind: K }> => r.kind === kind);

/** As documented, but for the id: spot has numbers where the example has a future's UUID. */
const trades = (...ids: string[]) =>
  `{"topic":"publicTrade.BTCUSDT","ts":1680652847526,"type":"snapshot","data":[${
    ids.map((id) =>
      `{"i":"${id}","T":1680652847524,"p":"28165.38","v":"0.041732","S":"Sell","s":"BTCUSDT","BT":false}`
    ).join(",")
  }]}`;
const book = (type: string, u: number, b: string, a: string) =>
  `{"topic":"orderbook.50.BTCUSDT","type":"${type}","ts":1672304484978,"data":{"s":"BTCUSDT","b":[${b}],"a":[${a}],"u":${u},"seq":7961638724},"cts":1672304484976}`;

Deno.test("each kind of frame, as documented; an id beyond 2⁵³ keeps its last digit", () => {
  const ids = ["2290000000050703789", "2290000000050703790"];
  assert.ok(ids.every((id) => !Number.isSafeInteger(Number(id))));
  assert.deepEqual(
    bybit.read(trades(...ids)),
    ids.map((id) => ({
      kind: "trade",
      venue: "bybit",
      market: "BTCUSDT",
      id,
      ts: 1680652847524000,
      price: "28165.38",
      size: "0.041732",
      side: "sell",
      fills: 1,
    })),
  );
  assert.deepEqual(
    bybit.read(
      '{"topic":"tickers.BTCUSDT","ts":1672305380595,"type":"snapshot","cs":496622841,"data":{"symbol":"BTCUSDT","lastPrice":"16363.78","highPrice24h":"16566.64","lowPrice24h":"16009.19","prevPrice24h":"16443.66","volume24h":"5865.470182","turnover24h":"95949815.680875","price24hPcnt":"-0.0049"}}',
    ),
    [{
      kind: "ticker",
      venue: "bybit",
      market: "BTCUSDT",
      ts: 1672305380595000,
      last: "16363.78",
      volume24h: "5865.470182",
      value24h: "95949815.680875",
      changeRate: "-0.0049",
    }],
  );
  assert.deepEqual(
    bybit.read(
      book(
        "snapshot",
        18521288,
        '["16493.50","0.006"],["16493.00","0.100"]',
        '["16611.00","0.029"],["16612.00","0.213"]',
      ),
    ),
    [{
      kind: "delta",
      venue: "bybit",
      market: "BTCUSDT",
      ts: 1672304484978000,
      firstUpdate: "18521288",
      lastUpdate: "18521288",
      whole: true,
      bids: [["16493.5", "0.006"], ["16493", "0.1"]],
      asks: [["16611", "0.029"], ["16612", "0.213"]],
    }],
  );
});

Deno.test("a book: deltas in their order, one that is missing breaks it, a whole one begins anew", () => {
  const local = new LocalBook("bybit", "BTCUSDT", 50);
  const apply = (...of: Parameters<typeof book>) => {
    const [delta] = only(bybit.read(book(...of)), "delta");
    return local.apply(delta!);
  };
  assert.equal(apply("delta", 6, "", '["10","1"]'), "waiting");
  assert.equal(apply("snapshot", 7, '["9","1"]', '["11","1"]'), "applied");
  assert.equal(apply("delta", 8, '["9","0"],["8","2"]', ""), "applied");
  assert.deepEqual(
    [local.top(5)!.bids, local.top(5)!.asks],
    [[["8", "2"]], [["11", "1"]]],
  );
  assert.equal(apply("delta", 8, '["8","3"]', ""), "ignored");
  assert.equal(apply("delta", 10, "", '["11","0"]'), "broken");
  assert.equal(local.top(5), null);
  assert.equal(apply("snapshot", 12, '["7","1"]', '["12","1"]'), "applied");
  // Its service began again: the whole book, by whatever name.
  assert.equal(apply("delta", 1, '["6","1"]', '["13","1"]'), "applied");
  assert.deepEqual(local.top(5)!.bids, [["6", "1"]]);
  assert.equal(apply("delta", 2, '["6.5","1"]', ""), "applied");
  assert.deepEqual(local.top(5)!.bids, [["6.5", "1"], ["6", "1"]]);
});

Deno.test("words without data are notices", () => {
  const said = [
    '{"success":true,"ret_msg":"","conn_id":"2324d924-aa4d-45b0-a858-7b8be29ab52b","req_id":"publicTrade.BTCUSDT","op":"subscribe"}',
    '{"success":true,"ret_msg":"pong","conn_id":"0970e817-426e-429a-a679-ff7f55e0b16a","op":"ping"}',
    '{"req_id":"","op":"pong","args":["1675418560633"],"conn_id":"cfcb4ocsvfriu23r3er0-1b"}',
    '{"success":false,"ret_msg":"args size >10","conn_id":"2324d924","req_id":"publicTrade.BTCUSDT","op":"subscribe"}',
  ].flatMap(bybit.read).map((n) => n.kind === "notice" && [n.code, n.message]);
  assert.deepEqual(said, [
    ["ack", "subscribe publicTrade.BTCUSDT"],
    ["alive", "pong"],
    ["alive", "pong"],
    ["error", "publicTrade.BTCUSDT: args size >10"],
  ]);
});

Deno.test("what it does not know is unreadable, never a guess", () => {
  const whole = trades("2290000000050703789");
  const wrong = [
    "",
    "pong",
    "[]",
    "{}",
    whole.slice(0, -3),
    whole.replace("publicTrade", "trade"),
    whole.replace('"Sell"', '"sell"'),
    whole.replace('"28165.38"', '"0"'),
    whole.replace('"28165.38"', "null"),
    whole.replace('"0.041732"', '"-1"'),
    whole.replace('"T":1680652847524', '"T":1680652847'),
    // The documents' own example, which is a future's.
    trades("20f43950-d8dd-5b31-9112-a178eb6023af"),
    trades("9223372036854775808"),
    book("whole", 1, "", ""),
    book("delta", 1, '["1"]', ""),
    book("delta", 1, '[1,"-1"]', ""),
    book("snapshot", -1, "", ""),
    '{"topic":"kline.1.BTCUSDT","data":[],"ts":1672324988882,"type":"snapshot"}',
  ];
  for (const text of wrong) {
    assert.throws(() => bybit.read(text), Unreadable, text);
  }
});

test(
  "the recorded session of 2021, of futures by an older protocol: acks, and no guess",
  ["real"],
  async () => {
    const frames = await readFrames(new URL("more/BYBIT.ws.26.0", REAL));
    const acks = frames.filter((text) => text.includes('"success"'));
    assert.equal(acks.length, 4);
    assert.ok(
      only(acks.flatMap(bybit.read), "notice").every(({ code }) =>
        code === "ack"
      ),
    );
    const rest = frames.filter((text) => !acks.includes(text));
    assert.ok(rest.length > 1000);
    for (const text of rest) assert.throws(() => bybit.read(text), Unreadable);
  },
);

Deno.test("requests name ten topics at most, whichever channels are wanted", () => {
  const many = Array.from({ length: 130 }, (_, i) => `COIN${i}USDT`);
  const sockets = bybit.connections("wss://x/spot", many, [
    "trade",
    "ticker",
    "book",
    "candle",
  ]);
  assert.deepEqual(sockets.map((s) => s.markets.length), [100, 30]);
  for (const { url, subscribe, channels } of sockets) {
    assert.equal(url, "wss://x/spot");
    assert.deepEqual(channels, ["trade", "ticker", "book"]);
    const asked = subscribe.map((text) => JSON.parse(text));
    assert.ok(
      asked.every(({ args, op }) => op === "subscribe" && args.length <= 10),
    );
    // The venue takes 21,000 characters on a socket.
    assert.ok(JSON.stringify(asked.map(({ args }) => args)).length < 21_000);
  }
  const topics = sockets.flatMap(({ subscribe }) =>
    subscribe.flatMap((text) => JSON.parse(text).args)
  );
  assert.equal(new Set(topics).size, 390);
  assert.ok(topics.includes("orderbook.50.COIN129USDT"));
});

Deno.test("pages as documented: markets with their flags, candles, trades, errors", () => {
  const listed = (symbol: string, status: string, flags: string) =>
    `{"symbol":"${symbol}","baseCoin":"BTC","quoteCoin":"USDT",${flags},"status":"${status}","marginTrading":"utaOnly","lotSizeFilter":{"basePrecision":"0.000001"},"priceFilter":{"tickSize":"0.01"}}`;
  assert.deepEqual(
    bybit.markets.read(
      `{"retCode":0,"retMsg":"OK","result":{"category":"spot","list":[${
        [
          listed("BTCUSDT", "Trading", '"innovation":"0","stTag":"0"'),
          listed("NEWUSDT", "Trading", '"innovation":"1","stTag":"0"'),
          listed("BADUSDT", "PreLaunch", '"innovation":"1","stTag":"1"'),
        ].join(",")
      }]},"retExtInfo":{},"time":1672712468011}`,
    ).map((m) => [m.market, m.base, m.quote, m.active, m.warning]),
    [
      ["BTCUSDT", "BTC", "USDT", true, null],
      ["NEWUSDT", "BTC", "USDT", true, "INNOVATION"],
      ["BADUSDT", "BTC", "USDT", false, "INNOVATION,ST"],
    ],
  );
  const candles = bybit.candles.read(
    '{"retCode":0,"retMsg":"OK","result":{"symbol":"BTCUSD","category":"inverse","list":[["1670608800000","17071","17073","17027","17055.5","268611","15.74462667"],["1670605200000","17071.5","17071.5","17061","17071","4177","0.24469757"],["1670601600000","17086.5","17088","16978","17071.5","0","0"]]},"retExtInfo":{},"time":1672025956592}',
    "BTCUSD",
  );
  assert.deepEqual(
    candles.map((c) => [c.ts / 1000, c.close, c.quoteVolume, c.state]),
    [
      [1670601600000, "17071.5", "0", "no_trade"],
      [1670605200000, "17071", "0.24469757", "closed"],
      [1670608800000, "17055.5", "15.74462667", "closed"],
    ],
  );
  const page =
    '{"retCode":0,"retMsg":"OK","result":{"category":"spot","list":[{"execId":"2100000000007764263","symbol":"BTCUSDT","price":"16618.49","size":"0.00012","side":"Buy","time":"1672052955758","isBlockTrade":false}]},"retExtInfo":{},"time":1672053054358}';
  assert.deepEqual(bybit.trades.read(page, "BTCUSDT"), [{
    kind: "trade",
    venue: "bybit",
    market: "BTCUSDT",
    id: "2100000000007764263",
    ts: 1672052955758000,
    price: "16618.49",
    size: "0.00012",
    side: "buy",
    fills: 1,
  }]);
  assert.equal(bybit.restError(200, page), null);
  const error =
    '{"retCode":10001,"retMsg":"Not supported symbols","result":{},"retExtInfo":{},"time":1672053054358}';
  assert.equal(
    bybit.restError(200, error),
    "10001: Not supported symbols",
  );
  assert.ok(!bybit.restLater!("10001: Not supported symbols"));
  assert.ok(bybit.restLater!("10006: Too many visits."));
  const shut = bybit.restError(403, "403, access too frequent.")!;
  assert.ok(bybit.restLater!(shut));
});

Deno.test("a session with the simulator: every frame is read, every trade is true, once; books never cross", async () => {
  const options = { days: 1, limits: false, now: hurried() };
  await withSandbox(options, async ({ bybit: { socket }, world }) => {
    const markets = bybit.defaultMarkets;
    const [one] = bybit.connections(socket, markets, [
      "trade",
      "ticker",
      "book",
    ]);
    const { heard, binary } = await hear(
      one!.url,
      [...one!.subscribe, bybit.keepalive!.frame],
      (heard) =>
        heard.filter((text) => text.includes("publicTrade.")).length >= 60,
    );
    assert.ok(binary.every((is) => !is));
    const readings = heard.flatMap(bybit.read);
    const notices = only(readings, "notice").map(({ code }) => code);
    assert.deepEqual(notices, ["ack", "alive"]);
    const trades = only(readings, "trade");
    for (const trade of trades) {
      const truth = world.trades("bybit", trade.market, trade.ts, trade.ts + 1);
      assert.deepEqual(truth.find(({ id }) => id === trade.id), trade);
    }
    for (const market of markets) {
      const heard = trades.filter((trade) => trade.market === market);
      const [first, last] = [heard[0]!, heard.at(-1)!];
      const truth = world.trades("bybit", market, first.ts, last.ts + 1)
        .map(({ id }) => id);
      const ids = heard.map(({ id }) => id);
      assert.deepEqual(
        truth.slice(truth.indexOf(ids[0]!), truth.indexOf(ids.at(-1)!) + 1),
        ids,
      );
    }
    assert.ok(only(readings, "ticker").length > 10);
    const books = new Map(
      markets.map((market) => [market, new LocalBook("bybit", market, 50)]),
    );
    let applied = 0;
    for (const delta of only(readings, "delta")) {
      const local = books.get(delta.market)!;
      assert.equal(local.apply(delta), "applied");
      const { bids, asks } = local.top(50)!;
      assert.ok(Number(bids[0]![0]) < Number(asks[0]![0]));
      assert.deepEqual([bids.length, asks.length], [50, 50]);
      applied++;
    }
    assert.ok(applied > 30, `${applied}`);
  });
});

Deno.test("asked for once more, the whole book comes; asked for twice, it is refused", async () => {
  await withSandbox({ days: 1 }, async ({ bybit: { socket } }) => {
    const [one] = bybit.connections(socket, ["BTCUSDT"], ["book"]);
    const { heard } = await hear(
      one!.url,
      [
        ...one!.subscribe,
        ...bybit.wholeBook!.again("BTCUSDT"),
        ...one!.subscribe,
      ],
      (heard) => heard.some((text) => text.includes("already subscribed")),
    );
    const readings = heard.flatMap(bybit.read);
    const wholes = only(readings, "delta").filter(({ whole }) => whole);
    assert.equal(wholes.length, 2);
    assert.deepEqual(wholes[0]!.bids, wholes[1]!.bids);
  });
});

Deno.test("the simulator refuses as the venue does", async () => {
  await withSandbox({ days: 1 }, async ({ bybit: { socket, rest } }) => {
    const say = (...args: string[]) =>
      JSON.stringify({ req_id: "x", op: "subscribe", args });
    const { heard } = await hear(
      socket,
      [
        say("publicTrade.NOUSDT"),
        say("liquidation.BTCUSDT"),
        say(...Array(11).fill("tickers.BTCUSDT")),
        "{",
      ],
      (heard) => heard.length === 4,
    );
    assert.deepEqual(
      only(heard.flatMap(bybit.read), "notice")
        .map(({ code, message }) => `${code} ${message.slice(0, 13)}`),
      [
        "error x: error:hand",
        "error x: error:hand",
        "error x: args size ",
        "error : Params Erro",
      ],
    );
    const unknown = await get(bybit.trades.url(rest, "NOUSDT", null, 0));
    assert.equal(
      bybit.restError(200, unknown),
      "10001: Not supported symbols",
    );
    // 600 in five seconds, then nothing but 403.
    let answer: Response, asked = 0;
    do {
      answer = await fetch(`${rest}/v5/market/time`);
      if (answer.status === 200) await answer.body?.cancel();
    } while (answer.status === 200 && ++asked < 20_000);
    assert.ok(asked >= 590 && asked < 20_000, `${asked}`);
    assert.equal(answer.status, 403);
    assert.ok(bybit.restLater!(bybit.restError(403, await answer.text())!));
  });
});

Deno.test("the one page of trades; candles without the running one, a quiet minute flat", async () => {
  await withSandbox({ days: 1 }, async ({ bybit: { rest }, world }) => {
    const market = "XRPUSDT";
    const page = bybit.trades.read(
      await get(bybit.trades.url(rest, market, null, NOON * 1000)),
      market,
    );
    const truth = world.trades("bybit", market, 0, NOON * 1000 + 1).slice(-60);
    assert.deepEqual(page.toReversed(), truth);
    const to = NOON - NOON % MINUTE, from = to - 600 * MINUTE;
    const signal = new AbortController().signal;
    const client = new Rest({ ...bybit, restPauseMs: 0 }, { signal });
    const candles = [];
    for await (
      const page of backfillCandles(
        bybit,
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
      const traded = world.trades("bybit", market, ts, ts + 60e6)
        .reduce((sum, { size }) => sum + Math.round(Number(size) * 1e6), 0);
      assert.equal(Math.round(Number(volume) * 1e6), traded);
      assert.equal(state, traded === 0 ? "no_trade" : "closed");
    }
  });
});
