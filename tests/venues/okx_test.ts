/** OKX: the recorded and the documented frames, and a session with the simulator. */
import assert from "node:assert/strict";
import { backfillCandles } from "../../collector/candles/backfill.ts";
import { Unreadable } from "../../collector/model/events.ts";
import { feed } from "../../collector/net/feed.ts";
import { Rest } from "../../collector/net/rest.ts";
import { MINUTE } from "../../collector/sandbox/world.ts";
import { okx } from "../../collector/venues/okx.ts";
import type { Reading, TradeCursor } from "../../collector/venues/venue.ts";
import { REAL, test } from "../support/requirements.ts";
import { readFrames } from "../support/recording.ts";
import { get, hear, hurried, NOON, withSandbox } from "../support/simulated.ts";

const MIDDAY = Date.UTC(2026, 10, 20, 12);
const only = <K extends Reading["kind"]>(readings: Reading[], kind: K) =>
  readings.filter((r): r is Extract<Reading, { kind: K }> => r.kind === kind);
const trade = (id: string, more = "") =>
  `{"instId":"BTC-USDT","tradeId":"${id}","px":"42219.9","sz":"0.12060306","side":"buy","ts":"1630048897897","source":"0"${more}}`;
const frame = (channel: string, ...rows: string[]) =>
  `{"arg":{"channel":"${channel}","instId":"BTC-USDT"},"data":[${
    rows.join(",")
  }]}`;
const TRADE = {
  kind: "trade",
  venue: "okx",
  market: "BTC-USDT",
  id: "130639474",
  ts: 1630048897897000,
  price: "42219.9",
  size: "0.12060306",
  side: "buy",
  fills: 1,
};

Deno.test("it reads as CONTRIBUTING shows", async () => {
  const text = await Deno.readTextFile(
    new URL("../../collector/venues/okx.ts", import.meta.url),
  );
  const guide = await Deno.readTextFile(
    new URL("../../CONTRIBUTING.md", import.meta.url),
  );
  const [, shown] = /```ts\n([^`]*`[^]*?function trade[^]*?)```/.exec(guide)!;
  assert.ok(text.includes(shown!));
});

test("the recorded session of 2022", ["real"], async () => {
  const frames = await readFrames(new URL("more/OKX.ws.1.0", REAL));
  const read = (text: string) =>
    // Each trade came alone then: under the name of what is collected now.
    okx.read(text.replace('"channel":"trades"', '"channel":"trades-all"'));
  const books = frames.filter((text) =>
    text.includes('"channel":"books"') && text.includes('"data"')
  );
  assert.equal(books.length, 290);
  for (const text of books) assert.throws(() => read(text), Unreadable);
  const readings = frames.filter((text) => !books.includes(text)).flatMap(read);
  assert.equal(only(readings, "notice").length, 18);
  assert.ok(only(readings, "notice").every(({ code }) => code === "ack"));
  assert.equal(only(readings, "ticker").length, 28);
  const trades = only(readings, "trade");
  assert.equal(new Set(trades.map((t) => `${t.market} ${t.id}`)).size, 74);
  assert.equal(trades.length, 74);
  const bitcoin = trades.filter(({ market }) => market === "BTC-USDT");
  assert.deepEqual(
    bitcoin.map(({ id }) => Number(id)),
    Array.from({ length: 69 }, (_, at) => 338476307 + at),
  );
  assert.deepEqual(bitcoin.find(({ id }) => id === "338476314"), {
    kind: "trade",
    venue: "okx",
    market: "BTC-USDT",
    id: "338476314",
    ts: 1652459226199000,
    price: "30243.5",
    size: "0.00000938",
    side: "buy",
    fills: 1,
  });
  // A whole book, whose rows do not repeat the market.
  const whole = books.filter((text) => text.includes('"snapshot"'))
    .flatMap((text) => okx.read(text.replace('"books"', '"books5"')));
  assert.deepEqual(only(whole, "book").map((book) => book.market).sort(), [
    "BTC-USD-220527",
    "BTC-USDT",
    "UNI-USD-SWAP",
  ]);
  for (const { bids, asks } of only(whole, "book")) {
    assert.ok(Number(bids[0]![0]) < Number(asks[0]![0]));
    assert.ok(Number(bids[1]![0]) < Number(bids[0]![0]));
  }
});

Deno.test("each kind of frame", () => {
  assert.deepEqual(okx.read(frame("trades-all", trade("130639474"))), [TRADE]);
  assert.deepEqual(
    okx.read(
      frame(
        "tickers",
        '{"instType":"SPOT","instId":"BTC-USDT","last":"9999.99","lastSz":"0.1","askPx":"9999.99","askSz":"11","bidPx":"8888.88","bidSz":"5","open24h":"9000","high24h":"10000","low24h":"8888.88","volCcy24h":"22220000","vol24h":"2222","sodUtc0":"2222","sodUtc8":"2222","ts":"1597026383085"}',
      ),
    ),
    [{
      kind: "ticker",
      venue: "okx",
      market: "BTC-USDT",
      ts: 1597026383085000,
      last: "9999.99",
      volume24h: "2222",
      value24h: "22220000",
      // 9,999.99 / 9,000 − 1
      changeRate: "0.11111",
    }],
  );
  assert.deepEqual(
    okx.read(
      frame(
        "books5",
        '{"asks":[["111.06","55154","0","2"],["111.07","53276","0","2"]],"bids":[["111.05","57745","0","2"],["111.04","57109.10","0","2"]],"instId":"BTC-USDT","ts":"1670324386802","seqId":363996337}',
      ),
    ),
    [{
      kind: "book",
      venue: "okx",
      market: "BTC-USDT",
      ts: 1670324386802000,
      bids: [["111.05", "57745"], ["111.04", "57109.1"]],
      asks: [["111.06", "55154"], ["111.07", "53276"]],
    }],
  );
});

Deno.test("an id beyond 2⁵³ keeps its last digit", () => {
  const ids = ["17853950411240000", "17853950411240001"];
  const read = okx.read(
    frame("trades-all", ...ids.map((id) => trade(id))),
  );
  assert.deepEqual(read.map((t) => t.kind === "trade" && t.id), ids);
});

Deno.test("words without data are notices", () => {
  const said = [
    "pong",
    '{"event":"subscribe","arg":{"channel":"tickers","instId":"BTC-USDT"},"connId":"a4d3ae55"}',
    '{"event":"error","code":"60012","msg":"Invalid request: {\\"op\\": \\"subscribe\\"}","connId":"a4d3ae55"}',
    '{"event":"notice","code":"64008","msg":"The connection will soon be closed for a service upgrade. Please reconnect.","connId":"a4d3ae55"}',
  ].flatMap(okx.read).map((n) => n.kind === "notice" && [n.code, n.message]);
  assert.deepEqual(said, [
    ["alive", "pong"],
    ["ack", "tickers BTC-USDT"],
    ["error", '60012: Invalid request: {"op": "subscribe"}'],
    [
      "shutdown",
      "64008: The connection will soon be closed for a service upgrade. Please reconnect.",
    ],
  ]);
});

Deno.test("what it does not know is unreadable, never a guess", () => {
  const whole = frame("trades-all", trade("1"));
  const wrong = [
    "",
    "PONG",
    "[]",
    "{}",
    whole.slice(0, -3),
    whole.replace("trades-all", "trades"),
    whole.replace('"buy"', '"both"'),
    whole.replace('"42219.9"', '"0"'),
    whole.replace('"42219.9"', '""'),
    whole.replace('"0.12060306"', "null"),
    whole.replace('"1630048897897"', '"1630048897"'),
    whole.replace('"tradeId":"1"', '"tradeId":"x"'),
    frame(
      "books5",
      '{"asks":[1],"bids":[],"instId":"A-B","ts":"1670324386802"}',
    ),
  ];
  for (const text of wrong) {
    assert.throws(() => okx.read(text), Unreadable, text);
  }
});

Deno.test("executions and the rest come over two addresses", () => {
  const sockets = okx.connections("wss://x/ws/v5", ["BTC-USDT", "ETH-USDT"], [
    "trade",
    "ticker",
    "book",
    "candle",
  ]);
  assert.deepEqual(
    sockets.map((s) => [s.url, s.channels, s.markets.length]),
    [
      ["wss://x/ws/v5/business", ["trade"], 2],
      ["wss://x/ws/v5/public", ["ticker", "book"], 2],
    ],
  );
  assert.deepEqual(JSON.parse(sockets[0]!.subscribe[0]!), {
    op: "subscribe",
    args: [
      { channel: "trades-all", instId: "BTC-USDT" },
      { channel: "trades-all", instId: "ETH-USDT" },
    ],
  });
  const many = Array.from({ length: 250 }, (_, i) => `C${i}-USDT`);
  const spread = okx.connections("wss://x", many, ["book"]);
  assert.deepEqual(spread.flatMap((s) => s.markets), many);
  // The venue takes 64 kB in a request.
  for (const { subscribe } of spread) assert.ok(subscribe[0]!.length < 64_000);
});

Deno.test("pages: markets, candles, trades, errors", () => {
  assert.deepEqual(
    okx.markets.read(
      '{"code":"0","msg":"","data":[{"instType":"SPOT","instId":"BTC-USDT","baseCcy":"BTC","quoteCcy":"USDT","state":"live"},{"instType":"SPOT","instId":"OLD-USDT","baseCcy":"OLD","quoteCcy":"USDT","state":"suspend"}]}',
    ).map((m) => [m.market, m.base, m.quote, m.active]),
    [["BTC-USDT", "BTC", "USDT", true], ["OLD-USDT", "OLD", "USDT", false]],
  );
  const row = (minute: number, volume: string, over = "1") =>
    `["${
      MIDDAY + minute * 60_000
    }","3.721","3.743","3.677","3.708","${volume}","22698348.04828491","12698348.04828491","${over}"]`;
  const candles = okx.candles.read(
    `{"code":"0","msg":"","data":[${row(2, "1", "0")},${row(1, "0")},${
      row(0, "8422410")
    }]}`,
    "BTC-USDT",
  );
  assert.deepEqual(
    candles.map((c) => [c.ts / 1000 - MIDDAY, c.volume, c.state, c.tradeCount]),
    [
      [0, "8422410", "closed", null],
      [60_000, "0", "no_trade", 0],
      [120_000, "1", "partial", null],
    ],
  );
  assert.equal(candles[0]!.quoteVolume, "22698348.04828491");
  const page = `{"code":"0","msg":"","data":[${trade("130639474")},${
    trade("130639473")
  }]}`;
  assert.deepEqual(
    okx.trades.read(page, "BTC-USDT").map((t) => t.id),
    ["130639474", "130639473"],
  );
  const url = new URL(
    okx.trades.url("https://x", "BTC-USDT", { id: "130639473", ts: 0 }, 0),
  );
  assert.equal(url.searchParams.get("after"), "130639473");
  const error =
    '{"code":"51001","msg":"Instrument ID does not exist","data":[]}';
  assert.equal(okx.restError(200, page), null);
  assert.match(okx.restError(200, error)!, /^51001: /);
  assert.match(okx.restError(502, "<html>")!, /HTTP 502/);
  assert.ok(okx.restLater!("50011: Too Many Requests"));
  assert.ok(!okx.restLater!("51001: Instrument ID does not exist"));
});

Deno.test("a session with the simulator: every frame is read, every trade is true, once", async () => {
  const options = { days: 1, limits: false, now: hurried() };
  await withSandbox(options, async ({ okx: { socket }, world }) => {
    const markets = okx.defaultMarkets;
    const sockets = okx.connections(socket, markets, [
      "trade",
      "ticker",
      "book",
      "candle",
    ]);
    const readings: Reading[] = [];
    for (const { url, subscribe } of sockets) {
      const { heard, binary } = await hear(
        url,
        // Asked for twice, it is said yes twice and comes once.
        [...subscribe, ...subscribe, okx.keepalive!.frame],
        (heard) => heard.length >= 120,
      );
      assert.ok(binary.every((is) => !is));
      assert.equal(heard.filter((text) => text === "pong").length, 1);
      readings.push(...heard.flatMap(okx.read));
    }
    const acks = only(readings, "notice").filter(({ code }) => code === "ack");
    assert.equal(acks.length, 2 * 3 * markets.length);
    const trades = only(readings, "trade");
    assert.ok(trades.length > 60);
    for (const trade of trades) {
      const truth = world.trades("okx", trade.market, trade.ts, trade.ts + 1);
      assert.deepEqual(truth.find(({ id }) => id === trade.id), trade);
    }
    // Each answer brings the last trade before it once more; no other comes twice, and no id is left out.
    for (const market of markets) {
      const heard = trades.filter((trade) => trade.market === market)
        .map(({ id }) => Number(id));
      const ids = [...new Set(heard)].sort((a, b) => a - b);
      assert.ok(heard.length - ids.length <= 2);
      assert.deepEqual(ids, ids.map((_, at) => ids[0]! + at));
    }
    assert.ok(only(readings, "ticker").length > 10);
    const books = only(readings, "book");
    assert.ok(books.length > 10);
    for (const { bids, asks } of books) {
      assert.deepEqual([bids.length, asks.length], [5, 5]);
      assert.ok(Number(bids[0]![0]) < Number(asks[0]![0]));
    }
  });
});

Deno.test("the simulator refuses as the venue does", async () => {
  await withSandbox({ days: 1 }, async ({ okx: { socket, rest } }) => {
    const say = (channel: string, instId: string) =>
      JSON.stringify({ op: "subscribe", args: [{ channel, instId }] });
    const { heard } = await hear(
      `${socket}/public`,
      [say("trades-all", "BTC-USDT"), say("tickers", "NO-USDT"), "{"],
      (heard) => heard.length === 3,
    );
    assert.deepEqual(
      only(heard.flatMap(okx.read), "notice")
        .map(({ code, message }) => `${code} ${message.slice(0, 5)}`),
      ["error 60018", "error 60018", "error 60012"],
    );
    // 20 in two seconds, then 429 with a code of its own.
    let answer: Response, asked = 0;
    do {
      answer = await fetch(okx.markets.url(rest));
      if (answer.status === 200) await answer.body?.cancel();
    } while (answer.status === 200 && ++asked < 2000);
    assert.ok(asked >= 20 && asked < 2000, `${asked}`);
    assert.equal(answer.status, 429);
    const error = okx.restError(429, await answer.text())!;
    assert.equal(error, "50011: Too Many Requests");
    assert.ok(okx.restLater!(error));
    const unknown = await get(okx.trades.url(rest, "NO-USDT", null, 0));
    assert.match(okx.restError(200, unknown)!, /^51001: /);
  });
});

Deno.test("pages go back by id without a hole; a quiet minute is flat", async () => {
  await withSandbox({ days: 1 }, async ({ okx: { rest }, world }) => {
    const market = "XRP-USDT";
    const found = [];
    let cursor: TradeCursor | null = null;
    for (let pages = 0; pages < 12; pages++) {
      const url = okx.trades.url(rest, market, cursor, NOON * 1000);
      const page = okx.trades.read(await get(url), market);
      assert.equal(page.length, 100);
      found.push(...page);
      cursor = page.at(-1)!;
    }
    const truth = world.trades("okx", market, 0, NOON * 1000 + 1)
      .slice(-1200);
    assert.deepEqual(found.toReversed(), truth);
    const to = NOON - NOON % MINUTE, from = to - 600 * MINUTE;
    const signal = new AbortController().signal;
    const client = new Rest({ ...okx, restPauseMs: 0 }, { signal });
    const candles = [];
    for await (
      const page of backfillCandles(okx, rest, market, from * 1000, to * 1000, {
        client,
      })
    ) candles.push(...page);
    candles.sort((a, b) => a.ts - b.ts);
    assert.deepEqual(
      candles.map(({ ts }) => ts / 1000),
      Array.from({ length: 600 }, (_, at) => from + at * MINUTE),
    );
    for (const { ts, volume, state } of candles) {
      const traded = world.trades("okx", market, ts, ts + 60e6)
        .reduce((sum, { size }) => sum + Math.round(Number(size) * 1e6), 0);
      assert.equal(Math.round(Number(volume) * 1e6), traded);
      assert.equal(state, traded === 0 ? "no_trade" : "closed");
    }
  });
});

Deno.test("through the collector's own feed, in the unkind world: a cut is told, the trades come again", async () => {
  await withSandbox(
    { days: 1, now: hurried(), conditions: "unkind", limits: false },
    async (sandbox) => {
      const stop = new AbortController();
      const [one] = okx.connections(sandbox.okx.socket, ["BTC-USDT"], [
        "trade",
      ]);
      const client = { ...okx, connectPauseMs: 10 };
      const ids = new Set<string>();
      let downs = 0;
      for await (const items of feed(client, one!, { signal: stop.signal })) {
        for (const item of items) {
          if (item.kind === "down") downs++;
          if (item.kind !== "frame") continue;
          for (const trade of only(item.readings, "trade")) ids.add(trade.id);
        }
        if (ids.size > 20 && downs === 0) sandbox.cut("okx");
        if (ids.size > 40 && downs > 0) break;
      }
      stop.abort();
      const { conditions } = sandbox;
      assert.notEqual(conditions.okx.offsetMs, 0);
      const [first] = [...ids].map(Number).sort((a, b) => a - b);
      const last = Math.max(...[...ids].map(Number));
      // What the cut took is on the pages, once they have it.
      const missing = () => {
        const gone: string[] = [];
        for (let id = first!; id <= last; id++) {
          if (!ids.has(String(id))) gone.push(String(id));
        }
        return gone;
      };
      for (let tries = 0; missing().length > 0 && tries < 50; tries++) {
        let cursor: TradeCursor | null = { id: String(last + 1), ts: 0 };
        while (cursor && Number(cursor.id) > first!) {
          const url = okx.trades.url(
            sandbox.okx.rest,
            "BTC-USDT",
            cursor,
            sandbox.clock("okx") * 1000,
          );
          const page = okx.trades.read(await get(url), "BTC-USDT");
          for (const { id } of page) ids.add(id);
          cursor = page.at(-1) ?? null;
        }
      }
      assert.deepEqual(missing(), []);
    },
  );
});
