/** Gate: the recorded and the documented texts, its books by REST and deltas, and sessions with the simulator. */
import assert from "node:assert/strict";
import { backfillCandles } from "../../collector/candles/backfill.ts";
import { Unreadable } from "../../collector/model/events.ts";
import { Rest } from "../../collector/net/rest.ts";
import { MINUTE } from "../../collector/sandbox/world.ts";
import { gate } from "../../collector/venues/gate.ts";
import type { Reading, TradeCursor } from "../../collector/venues/venue.ts";
import { LocalBook } from "../../collector/watch/book.ts";
import { REAL, test } from "../support/requirements.ts";
import { readFrames, readRecording } from "../support/recording.ts";
import { get, hear, hurried, NOON, withSandbox } from "../support/simulated.ts";

const only = <K extends Reading["kind"]>(readings: Reading[], kind: K) =>
  readings.filter((r): r is Extract<Reading, { kind: K }> => r.kind === kind);
/** The documents' example, with the market's own count, which is not read. */
const trade = (id: string) =>
  `{"time":1606292218,"time_ms":1606292218231,"channel":"spot.trades","event":"update","result":{"id":${id},"id_market":2390902,"create_time":1606292218,"create_time_ms":"1606292218213.4578","side":"sell","currency_pair":"GT_USDT","amount":"16.4700000000","price":"0.4705000000","range":"2390902-2390902"}}`;
const update = (channel: string, result: string, more = "") =>
  `{"time":1619093533${more},"channel":"${channel}","event":"update","result":${result}}`;

Deno.test("each kind of frame, as documented; an id beyond 2⁵³ keeps its last digit", () => {
  const id = "9007199254740993";
  assert.deepEqual(gate.read(trade(id)), [{
    kind: "trade",
    venue: "gate",
    market: "GT_USDT",
    id,
    ts: 1606292218213457,
    price: "0.4705",
    size: "16.47",
    side: "sell",
    fills: 1,
  }]);
  const row =
    '{"currency_pair":"NEO_BTC","last":"0.0018716","lowest_ask":"0.0018734","highest_bid":"0.0018697","change_percentage":"-2.9256","base_volume":"1138.01640718","quote_volume":"2.048263365803126","high_24h":"0.0018754","low_24h":"0.0017148"}';
  const ticker = {
    kind: "ticker",
    venue: "gate",
    market: "NEO_BTC",
    ts: 1619093533000000,
    last: "0.0018716",
    volume24h: "1138.01640718",
    value24h: "2.048263365803126",
    changeRate: "-0.029256",
  };
  assert.deepEqual(gate.read(update("spot.tickers", row)), [ticker]);
  assert.deepEqual(
    gate.read(update("spot.tickers", row, ',"time_ms":1619093533123')),
    [{ ...ticker, ts: 1619093533123000 }],
  );
  assert.deepEqual(
    gate.read(
      update(
        "spot.order_book_update",
        '{"t":1606294781123,"e":"depthUpdate","E":1606294781,"s":"BTC_USDT","U":48776301,"u":48776306,"b":[["19137.74","0.0001"],["19088.37","0"]]}',
      ),
    ),
    [{
      kind: "delta",
      venue: "gate",
      market: "BTC_USDT",
      ts: 1606294781123000,
      firstUpdate: "48776301",
      lastUpdate: "48776306",
      bids: [["19137.74", "0.0001"], ["19088.37", "0"]],
      asks: [],
    }],
  );
});

Deno.test("words without data are notices", () => {
  const said = [
    '{"time":1606292218,"channel":"spot.trades","event":"subscribe","result":{"status":"success"}}',
    '{"time":1545404023,"channel":"spot.pong","event":"","error":null,"result":null}',
    '{"time":1606292218,"channel":"spot.tickers","event":"subscribe","error":{"code":2,"message":"unknown currency pair NO_USDT"},"result":{"status":"fail"}}',
  ].flatMap(gate.read).map((n) => n.kind === "notice" && [n.code, n.message]);
  assert.deepEqual(said, [
    ["ack", "subscribe spot.trades"],
    ["alive", "spot.pong"],
    ["error", "spot.tickers: 2: unknown currency pair NO_USDT"],
  ]);
});

Deno.test("what it does not know is unreadable, never a guess", () => {
  const whole = trade("309143071");
  const wrong = [
    "",
    "pong",
    "[]",
    "{}",
    whole.slice(0, -3),
    whole.replace("spot.trades", "spot.usertrades"),
    whole.replace('"update"', '"all"'),
    whole.replace('"sell"', '"ask"'),
    whole.replace('"0.4705000000"', '"0"'),
    whole.replace('"16.4700000000"', "null"),
    whole.replace("309143071", "-1"),
    whole.replace("309143071", "9223372036854775808"),
    whole.replace("1606292218213.4578", "1606292218.2134578"),
    whole.replace('"1606292218213.4578"', '{"a":1}'),
    update("spot.tickers", "[]"),
    update(
      "spot.order_book_update",
      '{"t":1606294781123,"s":"A_B","U":1,"u":"x"}',
    ),
    update(
      "spot.candlesticks",
      '{"t":"1619093520","v":"0","c":"1","h":"1","l":"1","o":"1","n":"1m_A_B"}',
    ),
  ];
  for (const text of wrong) {
    assert.throws(() => gate.read(text), Unreadable, text);
  }
});

test(
  "the recorded session of 2021: every frame but the candles, and the books that its pages begin",
  ["real"],
  async () => {
    const frames = await readFrames(new URL("more/GATEIO.ws.1.0", REAL));
    const candles = frames.filter((text) =>
      text.includes('"spot.candlesticks"') && text.includes('"update"')
    );
    assert.equal(candles.length, 14);
    for (const text of candles) {
      assert.throws(() => gate.read(text), Unreadable);
    }
    const readings = frames.filter((text) => !candles.includes(text))
      .flatMap(gate.read);
    const notices = only(readings, "notice");
    assert.deepEqual(
      [notices.length, new Set(notices.map(({ code }) => code))],
      [22, new Set(["ack"])],
    );
    const trades = only(readings, "trade");
    assert.equal(new Set(trades.map(({ id }) => id)).size, 9);
    assert.deepEqual(trades.find(({ id }) => id === "816995772"), {
      kind: "trade",
      venue: "gate",
      market: "DIS_USDT",
      id: "816995772",
      ts: 1619093543708264,
      price: "121.58",
      size: "0.201",
      side: "sell",
      fills: 1,
    });
    assert.equal(only(readings, "ticker").length, 22);
    const deltas = only(readings, "delta");
    assert.equal(deltas.length, 172);
    const pages = (await readRecording(new URL("more/GATEIO.http.0.0", REAL)))
      .filter(({ kind }) => kind === "fetched");
    let begun = 0;
    for (const { url, payload } of pages) {
      const market = new URL(url).searchParams.get("currency_pair")!;
      const own = deltas.filter((delta) => delta.market === market);
      const book = new LocalBook("gate", market);
      for (const delta of own) book.apply(delta);
      assert.ok(book.start(gate.book!.read(payload)), market);
      if (book.top(5)) begun++;
    }
    // Of two nothing came after the page.
    assert.deepEqual([pages.length, begun], [10, 8]);
  },
);

test("the recorded list of 2021", ["real"], async () => {
  const [list] = (await readRecording(new URL("more/GATEIO.0", REAL)))
    .filter(({ kind }) => kind === "fetched");
  const markets = gate.markets.read(list!.payload);
  const count = (of: (m: typeof markets[number]) => boolean) =>
    markets.filter(of).length;
  assert.deepEqual(
    [
      markets.length,
      count(({ active }) => !active),
      count(({ warning }) => warning === "SELLABLE"),
      count(({ active, warning }) => active && warning === null),
    ],
    [1458, 44, 6, 1408],
  );
});

Deno.test("requests: one a book, one for all trades and one for all tickers", () => {
  const many = Array.from({ length: 130 }, (_, i) => `C${i}_USDT`);
  const sockets = gate.connections("wss://x", many, [
    "trade",
    "ticker",
    "book",
    "candle",
  ]);
  assert.deepEqual(
    sockets.map((s) => [s.markets.length, s.subscribe.length]),
    [[100, 102], [30, 32]],
  );
  const asked = sockets[1]!.subscribe.map((text) => JSON.parse(text));
  assert.deepEqual(
    asked.slice(0, 3).map(({ channel, event, payload }) => [
      channel,
      event,
      payload.length,
    ]),
    [
      ["spot.trades", "subscribe", 30],
      ["spot.tickers", "subscribe", 30],
      ["spot.order_book_update", "subscribe", 2],
    ],
  );
  assert.deepEqual(asked[2].payload, ["C100_USDT", "100ms"]);
});

const paged = (id: number, sequence: number | null) =>
  `{"id":"${id}","create_time":"1548000000","create_time_ms":"1548000000123.456","currency_pair":"ETH_BTC","side":"buy","amount":"0.15","price":"0.03"${
    sequence === null ? "" : `,"sequence_id":"${sequence}"`
  }}`;

Deno.test("pages as documented: markets with their flags, candles, trades, books, errors", () => {
  const listed = (id: string, status: string, more = "") =>
    `{"id":"${id}","base":"A","quote":"B","trade_status":"${status}"${more}}`;
  assert.deepEqual(
    gate.markets.read(
      `[${
        [
          listed("A_B", "tradable", ',"st_tag":false,"delisting_time":0'),
          listed("C_B", "tradable", ',"st_tag":true,"delisting_time":0'),
          listed(
            "D_B",
            "sellable",
            ',"st_tag":true,"delisting_time":1700000000',
          ),
          listed("E_B", "untradable"),
        ].join(",")
      }]`,
    ).map((m) => [m.market, m.active, m.warning]),
    [
      ["A_B", true, null],
      ["C_B", true, "ST"],
      ["D_B", true, "ST,DELISTING,SELLABLE"],
      ["E_B", false, null],
    ],
  );
  const row = (minute: number, base: string, over: string) =>
    `["${
      1700000040 + minute * 60
    }","971519.677","0.0021724","0.0021922","0.0021714","0.0021737","${base}"${over}]`;
  assert.deepEqual(
    gate.candles.read(
      `[${row(2, "3", ',"false"')},${row(0, "4.50", ',"true"')},${
        row(1, "0", "")
      }]`,
      "A_B",
    ).map((c) => [c.ts / 1e6, c.open, c.close, c.volume, c.state]),
    [
      [1700000040, "0.0021737", "0.0021724", "4.5", "closed"],
      [1700000100, "0.0021737", "0.0021724", "0", "no_trade"],
      [1700000160, "0.0021737", "0.0021724", "3", "partial"],
    ],
  );
  const read = (...rows: string[]) =>
    gate.trades.read(`[${rows.join(",")}]`, "ETH_BTC").map(({ id }) => id);
  assert.deepEqual(
    gate.trades.read(`[${paged(1232893232, 588018)}]`, "ETH_BTC"),
    [{
      kind: "trade",
      venue: "gate",
      market: "ETH_BTC",
      id: "1232893232",
      ts: 1548000000123456,
      price: "0.03",
      size: "0.15",
      side: "buy",
      fills: 1,
    }],
  );
  // A number that the page leaves out ends it: what is older waits for a page that has it.
  assert.deepEqual(
    read(paged(90, 7), paged(95, 9), paged(99, 10), paged(93, 8), paged(80, 5)),
    ["99", "95", "93", "90"],
  );
  // Pages of before there was such a number.
  assert.deepEqual(read(paged(90, null), paged(80, null)), ["90", "80"]);
  assert.equal(
    new URL(
      gate.trades.url("https://x", "ETH_BTC", {
        id: "1",
        ts: 1548000000123456,
      }, 0),
    ).searchParams.get("to"),
    "1548000001",
  );
  assert.deepEqual(
    gate.book!.read(
      '{"id":123456,"current":1623898993123,"update":1623898993121,"asks":[["1.52","1.151"]],"bids":[["1.17","201.863"]]}',
    ),
    {
      lastUpdate: "123456",
      asks: [["1.52", "1.151"]],
      bids: [["1.17", "201.863"]],
    },
  );
  const error =
    '{"label":"INVALID_CURRENCY_PAIR","message":"Invalid currency pair X"}';
  assert.equal(
    gate.restError(400, error),
    "INVALID_CURRENCY_PAIR: Invalid currency pair X",
  );
  assert.equal(gate.restError(200, `[${paged(1, 1)}]`), null);
  assert.ok(!gate.restLater!(gate.restError(400, error)!));
  assert.ok(gate.restLater!("TOO_MANY_REQUESTS: Request Rate limit Exceeded"));
});

Deno.test("a session with the simulator: every frame is read, every trade is true, once; the book follows its page", async () => {
  const options = { days: 1, limits: false, now: hurried() };
  await withSandbox(options, async ({ gate: { socket, rest }, world }) => {
    const markets = gate.defaultMarkets;
    const [one] = gate.connections(socket, markets, [
      "trade",
      "ticker",
      "book",
    ]);
    let page = Promise.resolve("");
    const { heard, binary } = await hear(
      one!.url,
      [...one!.subscribe, gate.keepalive!.frame],
      (heard) => {
        if (heard.length === 30) {
          page = get(gate.book!.url(rest, "BTC_USDT"));
        }
        return heard.filter((text) => text.includes('"spot.trades"')).length >=
          80;
      },
    );
    assert.ok(binary.every((is) => !is));
    const readings = heard.flatMap(gate.read);
    assert.deepEqual(
      only(readings, "notice").map(({ code }) => code).sort(),
      ["ack", "ack", "ack", "ack", "ack", "alive"],
    );
    for (const market of markets) {
      const heard = only(readings, "trade")
        .filter((trade) => trade.market === market)
        .sort((a, b) => BigInt(a.id) < BigInt(b.id) ? -1 : 1);
      const [first, last] = [heard[0]!, heard.at(-1)!];
      const truth = world.trades("gate", market, first.ts, last.ts + 1);
      const from = truth.findIndex(({ id }) => id === first.id);
      // The last frames may still have been under way.
      const known = new Set(heard.map(({ id }) => id));
      const whole = truth.slice(from).filter(({ id }) => known.has(id));
      assert.deepEqual(heard, whole);
      assert.equal(known.size, heard.length);
    }
    assert.ok(only(readings, "ticker").length > 10);
    const book = new LocalBook("gate", "BTC_USDT");
    const deltas = only(readings, "delta")
      .filter(({ market }) => market === "BTC_USDT");
    for (const delta of deltas) {
      assert.equal(book.apply(delta), "waiting");
    }
    assert.ok(book.start(gate.book!.read(await page)));
    const { bids, asks } = book.top(10)!;
    assert.ok(Number(bids[0]![0]) < Number(asks[0]![0]));
  });
});

Deno.test("the simulator refuses as the venue does", async () => {
  await withSandbox({ days: 1 }, async ({ gate: { socket, rest } }) => {
    const say = (channel: string, payload: unknown) =>
      JSON.stringify({ time: 1, channel, event: "subscribe", payload });
    const { heard } = await hear(
      socket,
      [
        say("spot.trades", ["NO_USDT"]),
        say("spot.order_book_update", ["BTC_USDT", "7ms"]),
        say("spot.nothing", []),
        "{",
      ],
      (heard) => heard.length === 4,
    );
    assert.deepEqual(
      only(heard.flatMap(gate.read), "notice")
        .map(({ code, message }) => `${code} ${message}`),
      [
        "error spot.trades: 2: unknown currency pair NO_USDT",
        "error spot.order_book_update: 2: invalid argument",
        "error spot.nothing: 2: unknown channel",
        "error nothing: 2: unknown channel",
      ],
    );
    const unknown = await get(gate.trades.url(rest, "NO_USDT", null, 0));
    assert.match(gate.restError(400, unknown)!, /^INVALID_CURRENCY_PAIR: /);
    let answer: Response, asked = 0;
    do {
      answer = await fetch(`${rest}/spot/time`);
      if (answer.status === 200) await answer.body?.cancel();
    } while (answer.status === 200 && ++asked < 5000);
    assert.ok(asked >= 190 && asked < 5000, `${asked}`);
    assert.equal(answer.status, 429);
    assert.ok(gate.restLater!(gate.restError(429, await answer.text())!));
  });
});

Deno.test("pages go back by seconds without a hole; a quiet minute is flat", async () => {
  await withSandbox({ days: 1 }, async ({ gate: { rest }, world }) => {
    const market = "XRP_USDT";
    const truth = world.trades("gate", market, 0, NOON * 1000 + 1);
    const found = new Set<string>();
    let cursor: TradeCursor | null = null;
    for (let pages = 0; pages < 100; pages++) {
      const url = gate.trades.url(rest, market, cursor, NOON * 1000);
      const page = gate.trades.read(await get(url), market);
      const before: number = found.size;
      for (const { id } of page) found.add(id);
      if (found.size === before) break;
      cursor = page.at(-1)!;
    }
    assert.deepEqual([...found].toReversed(), truth.map(({ id }) => id));
    const to = NOON - NOON % MINUTE, from = to - 1200 * MINUTE;
    const signal = new AbortController().signal;
    const client = new Rest({ ...gate, restPauseMs: 0 }, { signal });
    const candles = [];
    for await (
      const page of backfillCandles(
        gate,
        rest,
        market,
        from * 1000,
        to * 1000,
        {
          client,
        },
      )
    ) candles.push(...page);
    candles.sort((a, b) => a.ts - b.ts);
    assert.deepEqual(
      candles.map(({ ts }) => ts / 1000),
      Array.from({ length: 1200 }, (_, at) => from + at * MINUTE),
    );
    for (const { ts, volume, state } of candles) {
      const traded = world.trades("gate", market, ts, ts + 60e6)
        .reduce((sum, { size }) => sum + Math.round(Number(size) * 1e3), 0);
      assert.equal(Math.round(Number(volume) * 1e3), traded);
      assert.equal(state, traded === 0 ? "no_trade" : "closed");
    }
  });
});
