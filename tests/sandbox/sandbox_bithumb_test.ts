/** Bithumb through its adapter, against the simulator that speaks as it does. */
import assert from "node:assert/strict";
import { backfillCandles } from "../../collector/candles/backfill.ts";
import type { Candle, Trade } from "../../collector/model/events.ts";
import { Rest } from "../../collector/net/rest.ts";
import { MINUTE } from "../../collector/sandbox/world.ts";
import { bithumb, bithumbTicker } from "../../collector/venues/bithumb.ts";
import type { Fields } from "../../collector/venues/fields.ts";
import { feed } from "../../collector/net/feed.ts";
import type { TradeCursor } from "../../collector/venues/venue.ts";
import { parseExact } from "../../collector/model/wire.ts";
import { ask, get, hear, NOON, withSandbox } from "../support/simulated.ts";

const MARKETS = ["KRW-BTC", "KRW-ETH", "KRW-XRP"];

/** A clock that runs so many times as fast as the wall's. */
function hurried(times = 20): () => number {
  const start = Date.now();
  return () => start + times * (Date.now() - start);
}

const client = () =>
  new Rest({ ...bithumb, restPauseMs: 0 }, {
    signal: new AbortController().signal,
    backoffMs: 20,
  });

Deno.test("Bithumb's socket: binary, Korean times, replaced lists, camel case only", async () => {
  await withSandbox({ days: 1, now: hurried() }, async (sandbox) => {
    const { socket } = sandbox.bithumb;
    const both = await hear(
      socket,
      [
        ask("trade", ["KRW-BTC", "krw-eth", "KRW-NOPE"]),
        // The name that the documents give is not heeded.
        ask("trade", ["KRW-ETH"], { is_only_snapshot: true }),
      ],
      (heard) => heard.some((text) => /KRW-ETH.*REALTIME/.test(text)),
    );
    assert.ok(both.binary.every(Boolean));
    const eth = both.heard.findIndex((text) => text.includes("KRW-ETH"));
    assert.match(both.heard[eth]!, /SNAPSHOT/);
    assert.ok(both.heard.slice(eth).every((text) => text.includes("KRW-ETH")));
    const { trade_date, trade_time, trade_timestamp } = JSON.parse(
      both.heard[0]!,
    );
    assert.equal(
      Date.parse(`${trade_date}T${trade_time}+09:00`),
      Math.floor(trade_timestamp / 1000) * 1000,
    );
    const once = await hear(
      socket,
      [JSON.stringify([
        { ticket: "t" },
        { type: "orderbook", codes: ["KRW-BTC.30"], isOnlySnapshot: true },
        { type: "orderbook", codes: ["KRW-ETH.5"], isOnlySnapshot: true },
        { format: "no such format" },
      ])],
      (heard) => heard.length === 2,
    );
    const [btc, small] = once.heard.map((text) => JSON.parse(text));
    assert.equal(btc.orderbook_units.length, 15);
    assert.equal(small.orderbook_units.length, 5);
    assert.match(String(btc.timestamp), /^\d{16}$/);
  });
});

Deno.test("Bithumb's socket: PING, refusals, too many sockets and the end of an idle one", async () => {
  await withSandbox({ days: 1, idleMs: 300 }, async ({ bithumb }) => {
    for (
      const [text, name] of [
        ["nonsense", "WRONG_FORMAT"],
        ['{"ticket":"t"}', "WRONG_FORMAT"],
        ['[{"type":"trade","codes":["KRW-BTC"]}]', "NO_TICKET"],
        ['[{"ticket":"t"},{"codes":["KRW-BTC"]}]', "WRONG_FORMAT"],
        ['[{"ticket":"t"},{"type":"trade","codes":[]}]', "INVALID_PARAM"],
        [ask("candle.1m", ["KRW-BTC"]), "INVALID_PARAM"],
        [ask("orderbook", ["KRW-BTC"], { level: 7 }), "WRONG_FORMAT"],
      ] as const
    ) {
      const refused = await hear(bithumb.socket, [text], () => false);
      assert.equal(JSON.parse(refused.heard[0]!).error.name, name, text);
      assert.equal(refused.code, 1000);
    }
    const idle = await hear(bithumb.socket, [], () => false);
    assert.notEqual(idle.code, 1000);
    const many = await Promise.all(
      Array.from({ length: 15 }, async () => {
        const url = bithumb.socket.replace("ws:", "http:");
        const response = await fetch(url, {
          headers: {
            connection: "upgrade",
            upgrade: "websocket",
            "sec-websocket-version": "13",
            "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
          },
        });
        await response.body?.cancel();
        return response.status;
      }),
    );
    assert.ok(many.includes(429), String(many));
  });
  await withSandbox({ days: 1, now: hurried(200) }, async ({ bithumb }) => {
    const { heard } = await hear(bithumb.socket, ["PING"], (h) => h.length > 2);
    assert.ok(heard.every((text) => text === '{"status":"UP"}'));
  });
});

Deno.test("a session: every frame is read, every live trade is the world's, once", async () => {
  await withSandbox({ days: 1, now: hurried() }, async (sandbox) => {
    const [connection] = bithumb.connections(
      sandbox.bithumb.socket,
      MARKETS,
      ["trade", "ticker", "book"],
    );
    const stop = new AbortController();
    const trades: Trade[] = [];
    const kinds: Record<string, number> = {};
    let up = 0, cut = 0;
    const late = setTimeout(() => stop.abort(), 20_000);
    const options = { signal: stop.signal, minPauseMs: 10, maxPauseMs: 20 };
    for await (const items of feed(bithumb, connection!, options)) {
      for (const item of items) {
        assert.notEqual(item.kind, "unreadable", JSON.stringify(item));
        if (item.kind === "up") up++;
        if (item.kind !== "frame") continue;
        for (const reading of item.readings) {
          kinds[reading.kind] = (kinds[reading.kind] ?? 0) + 1;
          if (reading.kind === "trade") trades.push(reading);
          if (reading.kind !== "book") continue;
          const best = [reading.bids, reading.asks].map((side) =>
            Number(side[0]![0])
          );
          assert.ok(best[0]! < best[1]!);
          for (const [price, size] of [...reading.bids, ...reading.asks]) {
            assert.ok(Number(price) > 0 && Number(size) > 0);
          }
        }
      }
      if (trades.length > 40 && cut === 0) cut += sandbox.cut("bithumb");
      if (trades.length > 120 && up > 1 && kinds.book! > 30) stop.abort();
    }
    clearTimeout(late);
    assert.deepEqual([cut, up], [1, 2]);
    assert.ok(kinds.ticker! > 30, JSON.stringify(kinds));
    for (const market of MARKETS) {
      const heard = trades.filter((t) => t.market === market);
      const times = heard.map((t) => t.ts);
      const truth = new Map(
        sandbox.world.trades(
          "bithumb",
          market,
          Math.min(...times),
          Math.max(...times) + 1,
        ).map((t) => [t.id, t]),
      );
      for (const trade of heard) assert.deepEqual(trade, truth.get(trade.id));
    }
  });
});

Deno.test("trades page back by cursor over Korea's midnight, none missing and no id rounded", async () => {
  await withSandbox({ days: 9 }, async ({ bithumb: { rest }, world }) => {
    const now = NOON * 1000;
    for (
      const [market, hours] of [["KRW-XRP", 200], ["KRW-BTC", 2]] as const
    ) {
      const from = (NOON - hours * 3_600_000) * 1000;
      const trades: Trade[] = [];
      let cursor: TradeCursor | null = null, pages = 0;
      do {
        const url = bithumb.trades.url(rest, market, cursor, now);
        const page = bithumb.trades.read(await client().get(url), market);
        assert.ok(page.length <= bithumb.trades.pageLimit);
        if (page.length === 0) break;
        trades.push(...page);
        assert.ok(++pages < 500, "the pages do not move");
        cursor = page.at(-1)!;
      } while (cursor.ts >= from);
      assert.ok(pages > 5, `${pages} pages`);
      // Seven days of Korea's before today's, and not one more.
      const first = Date.UTC(2026, 10, 10, 15) * 1000;
      const truth = world.trades("bithumb", market, first, now + 1);
      const got = trades.reverse();
      assert.equal(new Set(got.map((t) => t.id)).size, got.length);
      if (hours === 200) assert.equal(got.length, truth.length);
      // One by one: the difference of two long lists takes for ever to print.
      const skipped = truth.length - got.length;
      for (const [at, trade] of got.entries()) {
        assert.deepEqual(trade, truth[skipped + at]);
      }
      assert.ok(got.some((t) => String(Number(t.id)) !== t.id));
    }
  });
});

Deno.test("candles are fetched back to the beginning and are the sums of the trades", async () => {
  const options = { days: 1, limits: false };
  await withSandbox(options, async ({ bithumb: { rest }, world }) => {
    const market = "KRW-XRP", from = world.start * MINUTE * 1000;
    const candles: Candle[] = [];
    for await (
      const page of backfillCandles(bithumb, rest, market, from, NOON * 1000, {
        client: client(),
        now: () => NOON * 1000,
      })
    ) candles.unshift(...page);
    assert.equal(candles.length, 1440);
    const minutes = Map.groupBy(
      world.trades("bithumb", market, from, NOON * 1000),
      (trade) => trade.ts - trade.ts % 60e6,
    );
    for (const [at, candle] of candles.entries()) {
      assert.equal(candle.ts, from + at * 60e6);
      const trades = minutes.get(candle.ts);
      assert.equal(candle.state, trades ? "closed" : "no_trade");
      if (!trades) continue;
      assert.deepEqual(
        [candle.open, candle.close],
        [trades[0]!.price, trades.at(-1)!.price],
      );
      // Four digits each.
      const units = (size: string) => Math.round(Number(size) * 1e4);
      assert.equal(
        units(candle.volume),
        trades.reduce((sum, trade) => sum + units(trade.size), 0),
      );
    }
  });
});

Deno.test("Bithumb's pages: refusals with 200, a ticker ahead of its time, limits told", async () => {
  await withSandbox({ days: 1 }, async ({ bithumb: { rest }, world }) => {
    const listed = bithumb.markets.read(
      await get(bithumb.markets.url(rest)),
    );
    assert.deepEqual(listed.map((m) => [m.market, m.warning]), [
      ["KRW-BTC", null],
      ["KRW-ETH", null],
      ["KRW-XRP", "CAUTION"],
    ]);
    for (
      const [path, status, says] of [
        ["orderbook?markets=KRW-BTC,KRW-NOPE", 200, "404: Code not found"],
        ["orderbook", 200, /^400: Missing request parameter/],
        ["candles/minutes/1?market=KRW-BTC&to=tomorrow", 200, /^400: /],
        ["trades/ticks?market=KRW-BTC&daysAgo=8", 200, /^400: /],
        ["nope", 404, /^not_found: No Route/],
      ] as const
    ) {
      const response = await fetch(`${rest}/v1/${path}`);
      assert.equal(response.status, status, path);
      const error = bithumb.restError(status, await response.text());
      if (typeof says === "string") assert.equal(error, says);
      else assert.match(error!, says);
    }
    const text = await get(`${rest}/v1/ticker?markets=krw-btc`);
    const last = world.trades(
      "bithumb",
      "KRW-BTC",
      NOON * 1000 - 6e8,
      NOON * 1000,
    )
      .at(-1)!;
    const [row] = parseExact(text) as Fields[];
    assert.equal(row!.timestamp, String(last.ts / 1000 + 9 * 3_600_000));
    assert.equal(bithumbTicker(row!).ts, last.ts);
    assert.equal(bithumbTicker(row!).last, last.price);
    const books = JSON.parse(
      await get(`${rest}/v1/orderbook?markets=KRW-BTC,KRW-ETH`),
    );
    assert.deepEqual(
      books.map((b: { orderbook_units: unknown[] }) =>
        b.orderbook_units.length
      ),
      [15, 15],
    );
    const asked = await Promise.all(
      Array.from({ length: 200 }, () => fetch(`${rest}/v1/market/all`)),
    );
    await Promise.all(asked.map((response) => response.body?.cancel()));
    const refused = asked.find((response) => response.status === 429);
    assert.equal(bithumb.restWait(refused!.headers), 1000);
  });
});
