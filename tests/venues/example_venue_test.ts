/** The documented frames of OKX, read by the venue that CONTRIBUTING adds. */
import assert from "node:assert/strict";
import { backfillCandles } from "../../collector/candles/backfill.ts";
import { Unreadable } from "../../collector/model/events.ts";
import { feed } from "../../collector/net/feed.ts";
import { Rest } from "../../collector/net/rest.ts";
import { okx } from "../support/example_venue.ts";

const NOON = Date.UTC(2026, 10, 20, 12);
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

Deno.test("the file is as short as CONTRIBUTING says, and reads as shown there", async () => {
  const text = await Deno.readTextFile(
    new URL("../support/example_venue.ts", import.meta.url),
  );
  const guide = await Deno.readTextFile(
    new URL("../../CONTRIBUTING.md", import.meta.url),
  );
  const lines = text.trimEnd().split("\n").length;
  assert.ok(lines <= 150);
  assert.ok(guide.includes(`${lines} lines`));
  const [, shown] = /```ts\n([^`]*`[^]*?function trade[^]*?)```/.exec(guide)!;
  assert.ok(text.includes(shown!));
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
      NOON + minute * 60_000
    }","3.721","3.743","3.677","3.708","${volume}","22698348.04828491","12698348.04828491","${over}"]`;
  const candles = okx.candles.read(
    `{"code":"0","msg":"","data":[${row(2, "1", "0")},${row(1, "0")},${
      row(0, "8422410")
    }]}`,
    "BTC-USDT",
  );
  assert.deepEqual(
    candles.map((c) => [c.ts / 1000 - NOON, c.volume, c.state, c.tradeCount]),
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

/** A server that keeps the rules of the documents: 20 minutes of candles and a socket for each address. */
function standIn() {
  const server = Deno.serve({ port: 0, onListen: () => {} }, (request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (request.headers.get("upgrade") === "websocket") {
      const { socket, response } = Deno.upgradeWebSocket(request);
      socket.onmessage = ({ data }) => {
        if (data === "ping") return socket.send("pong");
        for (const arg of JSON.parse(data).args) {
          socket.send(JSON.stringify({ event: "subscribe", arg, connId: "1" }));
          if (pathname.endsWith("/business")) {
            socket.send(frame("trades-all", trade("130639474")));
          }
        }
      };
      return response;
    }
    const after = Number(searchParams.get("after"));
    const asked = Number(searchParams.get("limit"));
    const rows = [];
    for (
      let ts = after - 60_000;
      ts >= NOON && rows.length < asked;
      ts -= 60_000
    ) {
      // A page is cut at 7, whatever is asked for.
      if (rows.length === 7) break;
      rows.push([String(ts), "2", "3", "1", "2", "5", "10", "10", "1"]);
    }
    return Response.json({ code: "0", msg: "", data: rows });
  });
  const { port } = server.addr as Deno.NetAddr;
  return {
    socket: `ws://127.0.0.1:${port}/ws/v5`,
    rest: `http://127.0.0.1:${port}`,
    close: () => server.shutdown(),
  };
}

Deno.test("through the collector's own feed and backfill", async () => {
  const server = standIn();
  const stop = new AbortController();
  const [connection] = okx.connections(server.socket, ["BTC-USDT"], ["trade"]);
  const kinds: string[] = [];
  for await (const items of feed(okx, connection!, { signal: stop.signal })) {
    for (const item of items) {
      if (item.kind !== "frame") continue;
      for (const reading of item.readings) kinds.push(reading.kind);
    }
    if (kinds.includes("trade")) break;
  }
  assert.deepEqual(kinds, ["notice", "trade"]);
  const client = new Rest({ ...okx, restPauseMs: 0 }, { signal: stop.signal });
  const from = NOON * 1000, to = (NOON + 20 * 60_000) * 1000;
  const candles = [];
  for await (
    const page of backfillCandles(okx, server.rest, "BTC-USDT", from, to, {
      client,
    })
  ) candles.push(...page);
  assert.deepEqual(
    candles.map((c) => c.ts).sort((a, b) => a - b),
    Array.from({ length: 20 }, (_, i) => from + i * 60e6),
  );
  stop.abort();
  await server.close();
});
