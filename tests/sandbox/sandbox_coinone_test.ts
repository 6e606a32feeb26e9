import assert from "node:assert/strict";
import type { Trade } from "../../collector/model/events.ts";
import { backfillCandles } from "../../collector/candles/backfill.ts";
import { compareDecimals } from "../../collector/model/decimal.ts";
import { feed } from "../../collector/net/feed.ts";
import { Rest } from "../../collector/net/rest.ts";
import { MINUTE } from "../../collector/sandbox/world.ts";
import { coinone } from "../../collector/venues/coinone.ts";
import type { Reading } from "../../collector/venues/venue.ts";
import { get, hear, NOON, withSandbox } from "../support/simulated.ts";

const only = <K extends Reading["kind"]>(readings: Reading[], kind: K) =>
  readings.filter((r): r is Extract<Reading, { kind: K }> => r.kind === kind);

Deno.test("the simulator goes over the limit as the venue does", async () => {
  await withSandbox({ days: 1 }, async ({ coinone: { rest } }) => {
    const url = `${rest}/public/v2/orderbook/KRW/BTC?size=5`;
    let headers = new Headers();
    let body = "", asked = 0;
    for (; asked < 2000 && !body.includes("Blocked"); asked++) {
      const answer = await fetch(url);
      assert.equal(answer.status, 200);
      body = await answer.text();
      headers = answer.headers;
    }
    assert.ok(asked > 1200, `${asked}`);
    assert.equal(headers.get("public-ratelimit-remaining"), null);
    assert.deepEqual(JSON.parse(body), {
      result: "error",
      error_code: "4",
      error_msg: "Blocked user access",
    });
  });
});

/** A clock that runs sixty times as fast as the wall's. */
function hurried(): () => number {
  const start = Date.now();
  return () => start + 60 * (Date.now() - start);
}

Deno.test("a session with the simulator: every frame is read, every trade is true", async () => {
  const options = { days: 1, now: hurried() };
  await withSandbox(options, async ({ coinone: venue, world }) => {
    const markets = ["KRW-BTC", "KRW-ETH", "KRW-XRP"];
    const channels = ["trade", "ticker", "book"] as const;
    const [one] = coinone.connections(venue.socket, markets, [...channels]);
    const short = one!.subscribe.map((text) =>
      JSON.stringify({ ...JSON.parse(text), format: "SHORT" })
    );
    for (const say of [one!.subscribe, short]) {
      const { heard, binary } = await hear(
        one!.url,
        [...say, say[2]!, coinone.keepalive!.frame],
        (heard) => heard.filter((text) => text.includes("TRADE")).length >= 60,
      );
      assert.ok(binary.every((is) => !is));
      const readings = heard.flatMap(coinone.read);
      const notices = only(readings, "notice");
      assert.equal(notices.length, 12); // connected, 10 topics, PONG
      assert.equal(notices[0]!.message, "CONNECTED");
      assert.equal(notices[11]!.code, "alive");
      const trades = only(readings, "trade");
      assert.ok(trades.length > 30);
      assert.equal(
        new Set(trades.map((t) => t.market + t.id)).size,
        trades.length,
      );
      for (const trade of trades) {
        assert.match(trade.id, /^\d{16}$/);
        const truth = world.trades(
          "coinone",
          trade.market,
          trade.ts,
          trade.ts + 1,
        );
        assert.deepEqual(truth.find(({ id }) => id === trade.id), trade);
      }
      assert.ok(only(readings, "ticker").length > 30);
      const books = only(readings, "book");
      const seen = new Set(books.map((book) => JSON.stringify(book)));
      assert.ok(seen.size < books.length, "some books come twice");
      for (const { asks, bids } of books) {
        assert.equal(asks.length, 16);
        const rising = [...bids.toReversed(), ...asks].map(([price]) => price);
        for (const [at, price] of rising.slice(1).entries()) {
          assert.ok(compareDecimals(rising[at]!, price) < 0);
        }
      }
      const raw = heard.find((text) => /"(asks|a)":/.test(text))!;
      const [worst, next] = [...raw.matchAll(/"(?:price|p)":"(\d+)"/g)];
      assert.ok(
        Number(worst![1]) > Number(next![1]),
        "on the wire worst first",
      );
    }
  });
});

Deno.test("a refusal names the topic that was acknowledged just before it", async () => {
  await withSandbox({ days: 1 }, async ({ coinone: venue }) => {
    const [connection] = coinone.connections(
      venue.socket,
      ["KRW-BTC", "KRW-NOPE", "KRW-XRP"],
      ["trade"],
    );
    const stop = new AbortController();
    const refusals: string[] = [];
    for await (
      const items of feed(coinone, connection!, { signal: stop.signal })
    ) {
      for (const item of items) {
        if (item.kind !== "frame") continue;
        for (const notice of only(item.readings, "notice")) {
          if (notice.code === "error") refusals.push(notice.message);
          if (notice.message === "TRADE KRW-XRP") stop.abort();
        }
      }
    }
    assert.deepEqual(refusals, [
      "ERROR: 160012: Invalid Topic, after TRADE KRW-NOPE",
    ]);
  });
});

Deno.test("words the simulator refuses, the 21st socket, and the end of a silent one", async () => {
  const options = { days: 1, idleMs: 1500 };
  await withSandbox(options, async ({ coinone: { socket } }) => {
    for (
      const [say, code] of [
        ["PING", 160010],
        ['{"request_type":"ping"}', 160011],
        ['{"request_type":"SUBSCRIBE","channel":"trade"}', 160011],
      ] as const
    ) {
      const { heard } = await hear(
        socket,
        [say],
        (heard) => heard.length === 2,
      );
      assert.equal(JSON.parse(heard[1]!).error_code, code);
    }
    const open = Array.from({ length: 20 }, () => new WebSocket(socket));
    const closed = Promise.all(
      open.map((one) =>
        new Promise<number>((done) => one.onclose = ({ code }) => done(code))
      ),
    );
    await Promise.all(
      open.map((one) => new Promise((done) => one.onmessage = done)),
    );
    const { code } = await hear(socket, [], () => false);
    assert.equal(code, 4290);
    // Nobody says anything: they are dropped without a close frame.
    for (const code of await closed) assert.notEqual(code, 1000);
    const { heard } = await hear(socket, [], (heard) => heard.length === 1);
    assert.match(heard[0]!, /CONNECTED/);
  });
});

Deno.test("candles over several pages: no minute missing, each the sum of its trades", async () => {
  await withSandbox({ days: 2, limits: false }, async (sandbox) => {
    const { coinone: { rest }, world } = sandbox;
    for (const cap of [500, 77]) {
      const client = new Rest({ ...coinone, restPauseMs: 0 }, {
        signal: new AbortController().signal,
      });
      if (cap < 500) {
        sandbox.faults.start({
          kind: "cap",
          venue: "coinone",
          rows: cap,
          forMs: 60_000,
        });
      }
      const market = "KRW-XRP", pages: number[] = [];
      const from = (world.start + 100) * MINUTE * 1000;
      const candles = [];
      for await (
        const page of backfillCandles(
          coinone,
          rest,
          market,
          from,
          NOON * 1000,
          { client, now: () => NOON * 1000 },
        )
      ) {
        pages.push(page.length);
        candles.unshift(...page);
      }
      assert.ok(pages.length > 5 && (cap === 500 || pages.length > 30));
      const truth = Map.groupBy(
        world.trades("coinone", market, from, NOON * 1000),
        (trade) => Math.floor(trade.ts / 60e6) * 60e6,
      );
      const until = Math.floor(NOON / MINUTE) * MINUTE * 1000;
      assert.equal(candles.length, (until - from) / 60e6);
      let close = "", quiet = 0;
      for (const [at, candle] of candles.entries()) {
        assert.equal(candle.ts, from + at * 60e6);
        const trades = truth.get(candle.ts);
        if (trades) {
          assert.equal(candle.state, "closed");
          assert.equal(candle.open, trades[0]!.price);
          assert.equal(candle.close, trades.at(-1)!.price);
          assert.equal(candle.volume, units(trades));
        } else {
          quiet++;
          assert.equal(candle.state, "no_trade");
          if (close) assert.equal(candle.close, close);
        }
        close = candle.close;
      }
      assert.ok(quiet > 10, "some minutes have no trade");
    }
  });
});

/** The sum of sizes, exact. */
function units(trades: Trade[]): string {
  const sum = trades.reduce((sum, { size }) => {
    const [whole, fraction = ""] = size.split(".");
    return sum + BigInt(whole + fraction.padEnd(8, "0"));
  }, 0n).toString().padStart(9, "0");
  return `${sum.slice(0, -8)}.${sum.slice(-8)}`.replace(/\.?0+$/, "");
}

Deno.test("the page of trades: the newest 200 and not one more", async () => {
  await withSandbox({ days: 1 }, async ({ coinone: { rest }, world }) => {
    const { trades } = coinone;
    assert.equal(trades.paging, "newest");
    const url = trades.url(rest, "KRW-BTC", null, NOON * 1000);
    const page = trades.read(await get(url), "KRW-BTC");
    const truth = world.trades(
      "coinone",
      "KRW-BTC",
      (NOON - 3_600_000) * 1000,
      NOON * 1000 + 1,
    );
    assert.deepEqual(page.toReversed(), truth.slice(-200));
    assert.equal(page.length, trades.pageLimit);
    const more = await get(url.replace("size=200", "size=1000"));
    assert.deepEqual(trades.read(more, "KRW-BTC"), page);
    const cursor = { id: page.at(-1)!.id, ts: page.at(-1)!.ts };
    assert.equal(trades.url(rest, "KRW-BTC", cursor, NOON * 1000), url);
  });
});
