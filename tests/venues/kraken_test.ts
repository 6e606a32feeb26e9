/** Kraken: the documented and the recorded texts, books held by their checksum, and sessions with the simulator. */
import assert from "node:assert/strict";
import { backfillCandles } from "../../collector/candles/backfill.ts";
import { Unreadable } from "../../collector/model/events.ts";
import { Rest } from "../../collector/net/rest.ts";
import { MINUTE } from "../../collector/sandbox/world.ts";
import { kraken } from "../../collector/venues/kraken.ts";
import type { Reading, TradeCursor } from "../../collector/venues/venue.ts";
import { LocalBook } from "../../collector/watch/book.ts";
import { REAL, test } from "../support/requirements.ts";
import { readFrames, readRecording } from "../support/recording.ts";
import { get, hear, hurried, NOON, withSandbox } from "../support/simulated.ts";

const only = <K extends Reading["kind"]>(readings: Reading[], kind: K) =>
  readings.filter((r): r is Extract<Reading, { kind: K }> => r.kind === kind);
const localBook = (market = "BTC-USD") =>
  new LocalBook(
    "kraken",
    market,
    kraken.wholeBook!.depth,
    kraken.wholeBook!.checksum,
  );

const trade = (id: string) =>
  `{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"buy","price":109601.2,"qty":0.04561994,"ord_type":"market","trade_id":${id},"timestamp":"2025-05-27T11:24:03.847761Z"}]}`;
/** The example of the venue's guide to the checksum. */
const BIDS =
  '{"price":45283.5,"qty":0.10000000},{"price":45283.4,"qty":1.54582015},{"price":45282.1,"qty":0.10000000},{"price":45281.0,"qty":0.10000000},{"price":45280.3,"qty":1.54592586},{"price":45279.0,"qty":0.07990000},{"price":45277.6,"qty":0.03310103},{"price":45277.5,"qty":0.30000000},{"price":45277.3,"qty":1.54602737},{"price":45276.6,"qty":0.15445238}';
const ASKS =
  '{"price":45285.2,"qty":0.00100000},{"price":45286.4,"qty":1.54571953},{"price":45286.6,"qty":1.54571109},{"price":45289.6,"qty":1.54560911},{"price":45290.2,"qty":0.15890660},{"price":45291.8,"qty":1.54553491},{"price":45294.7,"qty":0.04454749},{"price":45296.1,"qty":0.35380000},{"price":45297.5,"qty":0.09945542},{"price":45299.5,"qty":0.18772827}';
const book = (
  type: string,
  checksum: string,
  bids = "",
  asks = "",
  more = ',"timestamp":"2023-10-06T17:35:55.440295Z"',
) =>
  `{"channel":"book","type":"${type}","data":[{"symbol":"BTC/USD","bids":[${bids}],"asks":[${asks}],"checksum":${checksum}${more}}]}`;

Deno.test("each kind of frame, as documented; an id beyond 2⁵³ keeps its last digit", () => {
  const id = "9007199254740993";
  assert.equal(Number(id), 2 ** 53);
  assert.deepEqual(kraken.read(trade(id)), [{
    kind: "trade",
    venue: "kraken",
    market: "BTC-USD",
    id,
    ts: 1748345043847761,
    price: "109601.2",
    size: "0.04561994",
    side: "buy",
    fills: 1,
  }]);
  const ticker = (more: string) =>
    `{"channel":"ticker","type":"snapshot","data":[{"symbol":"ALGO/USD","bid":0.10025,"bid_qty":740.0,"ask":0.10035,"ask_qty":740.0,"last":0.10035,"volume":997038.98383185,"vwap":0.10148,"low":0.09979,"high":0.10285,"change":-0.00017,"change_pct":-0.17${more}}]}`;
  assert.deepEqual(
    kraken.read(ticker(',"timestamp":"2023-09-25T09:04:31.742648999Z"')),
    [{
      kind: "ticker",
      venue: "kraken",
      market: "ALGO-USD",
      ts: 1695632671742648,
      last: "0.10035",
      volume24h: "997038.98383185",
      // 997,038.98383185 × 0.10148
      value24h: "101179.51607926",
      changeRate: "-0.0017",
    }],
  );
  // Without a time there is nothing to keep.
  assert.deepEqual(kraken.read(ticker("")), []);
  assert.deepEqual(
    kraken.read(
      '{"channel":"book","type":"update","data":[{"symbol":"MATIC/USD","bids":[{"price":0.5657,"qty":1098.3947558}],"asks":[],"checksum":2114181697,"timestamp":"2023-10-06T17:35:55.440295Z"}]}',
    ),
    [{
      kind: "delta",
      venue: "kraken",
      market: "MATIC-USD",
      ts: 1696613755440295,
      firstUpdate: null,
      lastUpdate: null,
      checksum: "2114181697",
      bids: [["0.5657", "1098.3947558", "565710983947558"]],
      asks: [],
    }],
  );
});

Deno.test("the checksum of the venue's guide, from digits as they stood there", () => {
  const [whole] = only(
    kraken.read(book("snapshot", "3310070434", BIDS, ASKS, "")),
    "delta",
  );
  assert.equal(whole!.ts, null, "the example has no time");
  const local = localBook();
  assert.equal(local.apply(whole!), "applied");
  assert.equal(local.top(5), null);
  const [wrong] = only(
    kraken.read(book("snapshot", "3310070435", BIDS, ASKS)),
    "delta",
  );
  assert.equal(localBook().apply(wrong!), "unlike");
  // The last zero of a quantity is part of it.
  const [short] = only(
    kraken.read(
      book("snapshot", "3310070434", BIDS.replace("0.10000000", "0.1"), ASKS),
    ),
    "delta",
  );
  assert.equal(localBook().apply(short!), "unlike");
});

Deno.test("a book without numbers: what a missing update breaks, its checksum shows; a whole one begins anew", () => {
  const local = localBook();
  const apply = (text: string) =>
    local.apply(only(kraken.read(text), "delta")[0]!);
  assert.equal(apply(book("snapshot", "3310070434", BIDS, ASKS)), "applied");
  assert.equal(local.top(1)!.asks[0]![1], "0.001");
  // Taken away and put back again in one frame, in this order.
  const undone = '{"price":45285.2,"qty":0},{"price":45285.2,"qty":0.00100000}';
  assert.equal(apply(book("update", "3310070434", "", undone)), "applied");
  // A level that nothing told of is missing.
  const lost = '{"price":45285.2,"qty":0}';
  assert.equal(apply(book("update", "3310070434", "", lost)), "unlike");
  assert.ok(local.waiting);
  assert.equal(local.top(1), null);
  assert.equal(apply(book("update", "3310070434", "", undone)), "waiting");
  assert.equal(apply(book("snapshot", "3310070434", BIDS, ASKS)), "applied");
});

Deno.test("words without data are notices", () => {
  const said = [
    '{"channel":"heartbeat"}',
    '{"channel":"status","type":"update","data":[{"version":"2.0.0","system":"online","api_version":"v2","connection_id":18239578009413566319}]}',
    '{"channel":"status","type":"update","data":[{"version":"2.0.0","system":"maintenance","api_version":"v2","connection_id":1}]}',
    '{"method":"pong","req_id":101,"time_in":"2023-09-24T14:10:23.799685Z","time_out":"2023-09-24T14:10:23.799703Z"}',
    '{"method":"subscribe","result":{"channel":"trade","snapshot":false,"symbol":"BTC/USD"},"success":true,"time_in":"2023-09-25T09:04:31.742599Z","time_out":"2023-09-25T09:04:31.742648Z"}',
    '{"error":"Currency pair not supported XBT/USD","method":"subscribe","success":false,"symbol":"XBT/USD","time_in":"2023-09-25T09:04:31.742599Z","time_out":"2023-09-25T09:04:31.742648Z"}',
  ].flatMap(kraken.read).map((n) => n.kind === "notice" && [n.code, n.message]);
  assert.deepEqual(said, [
    ["alive", "heartbeat"],
    ["ack", "status online"],
    ["error", "status maintenance"],
    ["alive", "pong"],
    ["ack", "subscribe trade BTC/USD"],
    ["error", "XBT/USD: Currency pair not supported XBT/USD"],
  ]);
});

Deno.test("what it does not know is unreadable, never a guess", () => {
  const whole = trade("83449369");
  const wrong = [
    "",
    "pong",
    "[]",
    "{}",
    whole.slice(0, -3),
    whole.replace('"channel":"trade"', '"channel":"level3"'),
    whole.replace('"buy"', '"b"'),
    whole.replace("109601.2", "0"),
    whole.replace("109601.2", "null"),
    whole.replace("0.04561994", "-1"),
    whole.replace("83449369", "-83449369"),
    whole.replace("83449369", "9223372036854775808"),
    whole.replace("847761Z", "847761"),
    whole.replace("2025-05-27", "1970-01-01"),
    book("new", "1"),
    book("update", "-1"),
    book("update", "1", '{"price":1}'),
    book("update", "1", "[1,2]"),
    book("update", "1", "", "", ""),
  ];
  for (const text of wrong) {
    assert.throws(() => kraken.read(text), Unreadable, text);
  }
});

test(
  "the recorded list of 2021: every pair of a socket, by the name that we make of it and back",
  ["real"],
  async () => {
    const [list] = (await readRecording(new URL("more/KRAKEN.0", REAL)))
      .filter(({ kind }) => kind === "fetched");
    const markets = kraken.markets.read(list!.payload);
    assert.equal(markets.length, 293);
    assert.ok(markets.every(({ active, warning }) => active && !warning));
    const bitcoin = markets.find(({ market }) => market === "BTC-USD")!;
    assert.deepEqual([bitcoin.base, bitcoin.quote], ["BTC", "USD"]);
    assert.ok(markets.some(({ market }) => market === "DOGE-BTC"));
    // By REST each has the list's own short name again.
    const pairs = Object.values<{ altname: string; wsname?: string }>(
      JSON.parse(list!.payload).result,
    ).filter(({ wsname }) => wsname).map(({ altname }) => altname);
    assert.deepEqual(
      markets.map(({ market }) =>
        new URL(kraken.trades.url("https://x", market, null, 0)).searchParams
          .get("pair")
      ),
      pairs,
    );
  },
);

test(
  "the recorded session of 2021, by an older protocol: no guess",
  ["real"],
  async () => {
    const frames = await readFrames(new URL("more/KRAKEN.ws.49.0", REAL));
    assert.equal(frames.filter((text) => text.startsWith("[")).length, 18);
    for (const text of frames) {
      assert.throws(
        () => kraken.read(text),
        Unreadable,
      );
    }
  },
);

Deno.test("requests: one a channel, by the names of the socket", () => {
  const many = Array.from({ length: 130 }, (_, i) => `C${i}-USD`);
  const sockets = kraken.connections("wss://x/v2", many, [
    "trade",
    "ticker",
    "book",
    "candle",
  ]);
  assert.deepEqual(sockets.map((s) => s.markets.length), [100, 30]);
  const asked = sockets[1]!.subscribe.map((text) => JSON.parse(text));
  assert.deepEqual(
    asked.map(({ method, params: { symbol, ...rest } }) => [
      method,
      rest,
      symbol.length,
      symbol[0],
    ]),
    [
      ["subscribe", { channel: "trade", snapshot: false }, 30, "C100/USD"],
      ["subscribe", { channel: "ticker" }, 30, "C100/USD"],
      ["subscribe", { channel: "book", depth: 25 }, 30, "C100/USD"],
    ],
  );
});

Deno.test("pages as documented: markets, candles, trades by time, errors", () => {
  const listed = (name: string, status: string) =>
    `"X${name}":{"altname":"${name}","wsname":"${
      name.slice(0, 3)
    }/USD","base":"X","quote":"ZUSD","status":"${status}"}`;
  assert.deepEqual(
    kraken.markets.read(
      `{"error":[],"result":{${
        [
          listed("XBTUSD", "online"),
          listed("XDGUSD", "cancel_only"),
          listed("ETHUSD", "limit_only"),
        ].join(",")
      },"DARK.d":{"altname":"DARK.d"}}}`,
    ).map((m) => [m.market, m.active, m.warning]),
    [
      ["BTC-USD", true, null],
      ["DOGE-USD", false, "CANCEL_ONLY"],
      ["ETH-USD", true, "LIMIT_ONLY"],
    ],
  );
  const candles = kraken.candles.read(
    '{"error":[],"result":{"XXBTZUSD":[[1688671200,"30306.1","30306.2","30305.7","30305.7","30306.1","3.39243896",23],[1688671260,"30304.5","30304.5","30300.0","30300.0","30300.0","0.00000000",0],[1688671320,"30300.3","30300.4","30291.4","30291.4","30294.7","2.46401500",16]],"last":1688672160}}',
    "BTC-USD",
  );
  assert.deepEqual(
    candles.map((c) => [c.ts / 1e6, c.volume, c.tradeCount, c.state]),
    [
      [1688671200, "3.39243896", 23, "closed"],
      [1688671260, "0", 0, "no_trade"],
      [1688671320, "2.464015", 16, "partial"],
    ],
  );
  const page =
    '{"error":[],"result":{"XXBTZUSD":[["30243.40000","0.34507674",1688669597.8277369,"b","m","",61044952],["30243.30000","0.00376960",1688669598.2804112,"s","l","",61044953],["30243.30000","0.01235716",1688669602.698379,"s","m","",61044956]],"last":"1688671969993150842"}}';
  const trades = kraken.trades.read(page, "BTC-USD");
  assert.deepEqual(
    trades.map(({ id, ts, side, price }) => [id, ts, side, price]),
    [
      ["61044952", 1688669597827736, "buy", "30243.4"],
      ["61044953", 1688669598280411, "sell", "30243.3"],
      ["61044956", 1688669602698379, "sell", "30243.3"],
    ],
  );
  const url = new URL(
    kraken.trades.url("https://x", "DOGE-BTC", trades[2]!, 0),
  );
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    pair: "XDGXBT",
    count: "1000",
    since: "1688669602697379000",
  });
  assert.equal(kraken.restError(200, page), null);
  const error = '{"error":["EQuery:Unknown asset pair"]}';
  assert.equal(kraken.restError(200, error), "EQuery:Unknown asset pair");
  assert.ok(!kraken.restLater!("EQuery:Unknown asset pair"));
  for (
    const later of [
      "EAPI:Rate limit exceeded",
      "EGeneral:Too many requests",
      "EGeneral:Temporary lockout",
      "EService:Unavailable",
    ]
  ) assert.ok(kraken.restLater!(later));
  for (
    const wrong of [
      '{"error":[],"result":{"last":"1"}}',
      '{"error":[],"result":{"A":[],"B":[],"last":"1"}}',
      page.replace('"b"', '"x"'),
      page.replace("1688669597.8277369", "1688669597827"),
    ]
  ) {
    assert.throws(() => kraken.trades.read(wrong, "BTC-USD"), Unreadable);
  }
});

Deno.test("a session with the simulator: every frame is read, every trade is true, once; each checksum holds", async () => {
  const options = { days: 1, limits: false, now: hurried() };
  await withSandbox(options, async ({ kraken: { socket }, world }) => {
    const markets = kraken.defaultMarkets;
    const [one] = kraken.connections(socket, markets, [
      "trade",
      "ticker",
      "book",
    ]);
    const { heard, binary } = await hear(
      one!.url,
      [...one!.subscribe, kraken.keepalive!.frame],
      (heard) =>
        heard.filter((text) => text.includes('"channel":"trade"')).length >= 60,
    );
    assert.ok(binary.every((is) => !is));
    const readings = heard.flatMap(kraken.read);
    const notices = only(readings, "notice").map(({ code }) => code);
    assert.equal(notices.filter((code) => code === "ack").length, 10);
    assert.ok(!notices.includes("error"));
    const trades = only(readings, "trade");
    for (const market of markets) {
      const heard = trades.filter((trade) => trade.market === market);
      const [first, last] = [heard[0]!, heard.at(-1)!];
      const truth = world.trades("kraken", market, first.ts, last.ts + 1);
      const from = truth.findIndex(({ id }) => id === first.id);
      const to = truth.findIndex(({ id }) => id === last.id);
      assert.deepEqual(truth.slice(from, to + 1), heard);
    }
    assert.ok(only(readings, "ticker").length > 10);
    const books = new Map(
      markets.map((market) => [market, localBook(market)]),
    );
    let applied = 0;
    for (const delta of only(readings, "delta")) {
      const local = books.get(delta.market)!;
      assert.equal(local.apply(delta), "applied");
      const { bids, asks } = local.top(25)!;
      assert.ok(Number(bids[0]![0]) < Number(asks[0]![0]));
      assert.deepEqual([bids.length, asks.length], [25, 25]);
      applied++;
    }
    assert.ok(applied > 30, `${applied}`);
  });
});

Deno.test("asked for once more, the whole book comes; asked for twice, it is refused, and so is what there is not", async () => {
  await withSandbox({ days: 1 }, async ({ kraken: { socket, rest } }) => {
    const [one] = kraken.connections(socket, ["BTC-USD"], ["book"]);
    const { heard } = await hear(
      one!.url,
      [
        ...one!.subscribe,
        ...kraken.wholeBook!.again("BTC-USD"),
        ...one!.subscribe,
        ...kraken.connections(socket, ["NO-USD"], ["trade"])[0]!.subscribe,
        "{",
      ],
      (heard) => heard.some((text) => text.includes("Malformed")),
    );
    const readings = heard.flatMap(kraken.read);
    assert.equal(only(readings, "delta").length, 2);
    assert.deepEqual(
      only(readings, "notice").filter(({ code }) => code === "error")
        .map(({ message }) => message),
      [
        "BTC/USD: Already subscribed",
        "NO/USD: Currency pair not supported NO/USD",
        "nothing: Malformed request",
      ],
    );
    const unknown = await get(kraken.trades.url(rest, "NO-USD", null, 0));
    assert.equal(
      kraken.restError(200, unknown),
      "EQuery:Unknown asset pair",
    );
    // A burst, then HTTP 200 with an error.
    let asked = 1, body = "";
    while (!kraken.restError(200, body) && ++asked < 1000) {
      body = await get(`${rest}/0/public/Time`);
    }
    assert.ok(asked >= 15 && asked < 1000, `${asked}`);
    assert.ok(kraken.restLater!(kraken.restError(200, body)!));
  });
});

Deno.test("pages go up by time without a hole, each from the last trade of the one before; the newest 720 candles", async () => {
  await withSandbox(
    { days: 1, limits: false },
    async ({ kraken: { rest }, world }) => {
      const market = "XRP-USD";
      const truth = world.trades("kraken", market, 0, NOON * 1000 + 1);
      const ids = new Set<string>();
      let cursor: TradeCursor = truth[0]!;
      for (let pages = 0; pages < 100; pages++) {
        const url = kraken.trades.url(rest, market, cursor, NOON * 1000);
        const page = kraken.trades.read(await get(url), market);
        assert.ok(page.some(({ id }) => id === cursor.id));
        for (const { id } of page) ids.add(id);
        const last = page.at(-1)!;
        if (last.id === cursor.id) break;
        cursor = last;
      }
      assert.deepEqual([...ids], truth.map(({ id }) => id));
      const newest = kraken.trades.read(
        await get(kraken.trades.url(rest, market, null, NOON * 1000)),
        market,
      );
      assert.deepEqual(newest, truth.slice(-1000));
      const to = NOON - NOON % MINUTE;
      const signal = new AbortController().signal;
      const client = new Rest({ ...kraken, restPauseMs: 0 }, { signal });
      const candles = [];
      for await (
        const page of backfillCandles(
          kraken,
          rest,
          market,
          (to - 1000 * MINUTE) * 1000,
          to * 1000,
          { client, now: () => NOON * 1000 },
        )
      ) candles.push(...page);
      // The running one is among the 720.
      assert.deepEqual(
        candles.map(({ ts }) => ts / 1000),
        Array.from({ length: 719 }, (_, at) => to - (719 - at) * MINUTE),
      );
      for (const { ts, volume, state } of candles) {
        const traded = world.trades("kraken", market, ts, ts + 60e6)
          .reduce((sum, { size }) => sum + Math.round(Number(size) * 1e8), 0);
        assert.equal(Math.round(Number(volume) * 1e8), traded);
        assert.equal(state, traded === 0 ? "no_trade" : "closed");
      }
    },
  );
});
