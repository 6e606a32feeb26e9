import assert from "node:assert/strict";
import { readComments } from "../collector/communities/dcinside_comments.ts";
import {
  commentRequest,
  type Gallery,
  listUrl,
  readList,
} from "../collector/communities/dcinside.ts";
import { countsRequest, readCounts } from "../collector/communities/x.ts";
import type { BookDelta, Candle, Trade } from "../collector/events.ts";
import { worldMarkets } from "../collector/sandbox/markets.ts";
import {
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from "../collector/sandbox/sandbox.ts";
import { Board, Tweets } from "../collector/sandbox/talk.ts";
import { worded } from "../collector/sandbox/wording.ts";
import { MINUTE, World } from "../collector/sandbox/world.ts";
import { upbitTrade } from "../collector/venues/upbit.ts";
import { binance } from "../collector/venues/binance.ts";
import { upbit } from "../collector/venues/upbit.ts";
import { parseExact } from "../collector/wire.ts";

const NOON = Date.UTC(2026, 10, 18, 12, 0, 30);
const planted = { lagBuckets: 3, strength: 0.6 };

/** Runs with a simulator; its clock stands still unless told otherwise. */
async function withSandbox(
  options: SandboxOptions,
  run: (sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  const sandbox = await startSandbox({ now: () => NOON, ...options });
  try {
    await run(sandbox);
  } finally {
    await sandbox.close();
  }
}

/** One answer as text; waits where the simulator asks for it. */
async function get(url: string, init: RequestInit = {}): Promise<string> {
  for (;;) {
    const response = await fetch(url, init);
    const text = await response.text();
    if (response.status !== 429) return text;
    await new Promise((resume) => setTimeout(resume, 200));
  }
}

/** A socket that collects what it hears as text until it has heard enough. */
async function hear(
  url: string,
  say: string[],
  enough: (heard: string[]) => boolean,
): Promise<{ heard: string[]; binary: boolean[]; code: number | null }> {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  const heard: string[] = [];
  const binary: boolean[] = [];
  let code: number | null = null;
  await new Promise<void>((done, fail) => {
    const late = setTimeout(
      () => fail(new Error(`heard only ${heard.slice(-3)}`)),
      20_000,
    );
    const end = () => {
      clearTimeout(late);
      done();
    };
    socket.onopen = () => say.forEach((text) => socket.send(text));
    socket.onmessage = ({ data }) => {
      binary.push(typeof data !== "string");
      heard.push(
        typeof data === "string" ? data : new TextDecoder().decode(data),
      );
      if (enough(heard)) end();
    };
    socket.onclose = (event) => {
      code = event.code;
      end();
    };
  });
  if (code === null) {
    const closed = new Promise((done) => socket.onclose = done);
    socket.close();
    await closed;
  }
  return { heard, binary, code };
}

const ask = (type: string, codes: string[], more = {}) =>
  JSON.stringify([{ ticket: "test" }, { type, codes, ...more }]);

Deno.test("the same seed gives the same world, another one another", () => {
  const make = (seed: number, now = NOON) =>
    new World(seed, planted, now, 7, 1);
  for (const { venue, market } of worldMarkets) {
    const from = (NOON - 3_600_000) * 1000, to = NOON * 1000;
    const trades = make(1).trades(venue, market, from, to);
    assert.ok(trades.length > 30, market);
    assert.deepEqual(make(1).trades(venue, market, from, to), trades);
    // Started two hours later it remembers the same past.
    const later = make(1, NOON + 7_200_000);
    assert.deepEqual(later.trades(venue, market, from, to), trades);
    assert.notDeepEqual(make(2).trades(venue, market, from, to), trades);
  }
});

Deno.test("ids are unique, contiguous on Binance, and beyond 2^53 on Upbit", () => {
  const world = new World(4, planted, NOON, 7, 1);
  for (const { venue, market } of worldMarkets) {
    const trades = world.trades(
      venue,
      market,
      (NOON - 6 * 3_600_000) * 1000,
      NOON * 1000,
    );
    assert.equal(new Set(trades.map((t) => t.id)).size, trades.length);
    const twins = trades.filter((t, at) => {
      const last = trades[at - 1];
      return last && last.ts === t.ts && last.price === t.price &&
        last.size === t.size && last.side === t.side;
    });
    assert.ok(
      twins.length > 0,
      `${market}: trades that only the id tells apart`,
    );
    trades.forEach((trade, at) => {
      const before = trades[at - 1];
      if (venue === "binance" && before) {
        assert.equal(Number(trade.id), Number(before.id) + 1);
      }
      if (venue === "upbit") {
        assert.equal(trade.id.length, 17);
        assert.ok(BigInt(trade.id) > BigInt(Number.MAX_SAFE_INTEGER));
        assert.equal(trade.id.slice(0, 13), String(trade.ts / 1000));
      }
    });
  }
});

Deno.test("the won price is the dollar price at 1,400 and a premium up to 4 %", () => {
  const world = new World(1, planted, NOON, 7, 1);
  for (let minute = world.start + 60; minute < world.liveFrom; minute += 60) {
    for (const base of ["BTC", "ETH", "XRP"]) {
      const [won, dollar] = ["KRW", "USDT"].map((quote) => {
        const market = worldMarkets.find((m) =>
          m.base === base && m.quote === quote
        )!;
        const trade = world.lastTrade(market, minute * MINUTE)!;
        return trade.ticks * market.tick / 10 ** market.priceDigits;
      }) as [number, number];
      const rate = won / dollar;
      assert.ok(rate > 1400 * 0.96 && rate < 1400 * 1.08, `${base} ${rate}`);
    }
  }
});

Deno.test("Upbit's pages: candles are the sums of exactly the trades", async () => {
  const options = { days: 1, limits: false };
  await withSandbox(options, async ({ upbit: { rest }, world }) => {
    for (const market of ["KRW-BTC", "KRW-XRP"]) {
      // All trades of the past day, page by page, by cursor.
      const trades: Trade[] = [];
      for (let cursor = "";;) {
        const page = parseExact(
          await get(
            `${rest}/v1/trades/ticks?market=${market}&count=9999${cursor}`,
          ),
        ) as Record<string, unknown>[];
        assert.ok(page.length <= 500);
        if (page.length === 0) break;
        trades.push(...page.map(upbitTrade));
        cursor = `&cursor=${trades.at(-1)!.id}`;
      }
      const truth = world.trades(
        "upbit",
        market,
        world.start * MINUTE * 1000,
        NOON * 1000 + 1,
      );
      assert.deepEqual(trades.reverse(), truth);

      // All candles, page by page, by time.
      const candles: Candle[] = [];
      for (let before = (world.liveFrom * MINUTE) * 1000;;) {
        const url = upbit.candles.url(rest, market, 0, before)
          .replace(/count=\d+/, "count=1000");
        const page = upbit.candles.read(await get(url), market);
        assert.ok(page.length <= 200);
        if (page.length === 0) break;
        assert.ok(page.at(-1)!.ts < before, "`to` is exclusive");
        candles.unshift(...page);
        before = page[0]!.ts;
      }
      const minutes = Map.groupBy(
        truth,
        (t) => Math.floor(t.ts / 60e6) * 60e6,
      );
      assert.deepEqual(candles.map((c) => c.ts), [...minutes.keys()]);
      if (market === "KRW-XRP") assert.ok(candles.length < 1440, "empty ones");
      for (const candle of candles) {
        const some = minutes.get(candle.ts)!;
        assert.deepEqual(sums(some), {
          open: candle.open,
          high: candle.high,
          low: candle.low,
          close: candle.close,
          volume: candle.volume,
          quoteVolume: candle.quoteVolume,
        });
      }
    }
  });
});

Deno.test("Binance's pages: klines and aggregates agree, and page without a hole", async () => {
  await withSandbox({ days: 1 }, async ({ binance: { rest }, world }) => {
    const symbol = "XRPUSDT";
    const start = world.start * MINUTE;
    const first = JSON.parse(
      await get(
        `${rest}/api/v3/aggTrades?symbol=${symbol}&startTime=${start}&limit=1`,
      ),
    )[0].a;
    const rows: Record<string, unknown>[] = [];
    for (let from = first;;) {
      const page = JSON.parse(
        await get(
          `${rest}/api/v3/aggTrades?symbol=${symbol}&fromId=${from}&limit=5000`,
        ),
      );
      assert.ok(page.length <= 1000);
      if (page.length === 0) break;
      rows.push(...page);
      from = page.at(-1).a + 1;
    }
    rows.forEach((row, at) => {
      const before = rows[at - 1];
      if (!before) return;
      assert.equal(row.a, Number(before.a) + 1);
      assert.equal(row.f, Number(before.l) + 1);
    });
    const trades = rows.map((row) =>
      binance.read(JSON.stringify({ e: "aggTrade", s: symbol, ...row }))[0]
    ) as Trade[];
    assert.deepEqual(
      trades,
      world.trades("binance", symbol, start * 1000, NOON * 1000 + 1),
    );
    const candles: Candle[] = [];
    for (let before = world.liveFrom * 60e6; before > start * 1000;) {
      const page = binance.candles.read(
        await get(binance.candles.url(rest, symbol, start * 1000, before)),
        symbol,
      );
      candles.unshift(...page);
      before = page[0]!.ts;
    }
    assert.equal(candles.length, 1441);
    const minutes = Map.groupBy(trades, (t) => Math.floor(t.ts / 60e6) * 60e6);
    for (const candle of candles) {
      const some = minutes.get(candle.ts);
      assert.equal(
        candle.tradeCount,
        some?.reduce((sum, t) => sum + t.fills, 0) ?? 0,
      );
      if (!some) {
        assert.equal(candle.state, "no_trade");
        continue;
      }
      const { volume, quoteVolume, open, close } = sums(some);
      assert.deepEqual(
        [candle.volume, candle.quoteVolume, candle.open, candle.close],
        [volume, quoteVolume, open, close],
      );
    }
  });
});

Deno.test("the venues refuse as the venues do", async () => {
  await withSandbox({ days: 1 }, async ({ upbit, binance }) => {
    const answer = async (url: string) => {
      const response = await fetch(url);
      return [
        response.status,
        await response.text(),
        response.headers,
      ] as const;
    };
    const [status, text] = await answer(
      `${upbit.rest}/v1/candles/minutes/1?market=KRW-NOPE`,
    );
    assert.equal(status, 404);
    assert.equal(text, '{"error":{"name":404,"message":"Code not found"}}');
    const [bad, message, headers] = await answer(
      `${binance.rest}/api/v3/klines?symbol=NOPE&interval=1m`,
    );
    assert.equal(bad, 400);
    assert.equal(message, '{"code":-1121,"msg":"Invalid symbol."}');
    assert.match(headers.get("x-mbx-used-weight-1m")!, /^\d+$/);
    const [, , left] = await answer(`${upbit.rest}/v1/market/all`);
    assert.equal(left.get("remaining-req"), "group=market; min=600; sec=9");
    const many = await Promise.all(
      Array.from(
        { length: 60 },
        () => answer(`${upbit.rest}/v1/ticker?markets=KRW-BTC`),
      ),
    );
    const seen = new Set(many.map(([status]) => status));
    assert.ok(seen.has(200) && seen.has(429) && seen.has(418), `${[...seen]}`);
  });
});

Deno.test("Upbit's socket: binary, snapshots first, replaced lists, silence about unknown codes", async () => {
  await withSandbox({ days: 1, now: Date.now }, async ({ upbit, world }) => {
    const both = await hear(
      upbit.socket,
      [
        ask("trade", ["KRW-BTC", "krw-eth", "KRW-NOPE"]),
        ask("trade", ["KRW-ETH"], { isOnlyRealtime: false }),
      ],
      (heard) => heard.some((text) => /KRW-ETH.*REALTIME/.test(text)),
    );
    assert.ok(both.binary.every(Boolean));
    assert.match(both.heard[0]!, /KRW-BTC.*SNAPSHOT/);
    const eth = both.heard.findIndex((text) => text.includes("KRW-ETH"));
    assert.match(both.heard[eth]!, /SNAPSHOT/);
    assert.ok(
      both.heard.slice(eth).every((text) => text.includes("KRW-ETH")),
      "the second list replaces the first",
    );
    for (const frame of both.heard) {
      const id = /"sequential_id":(\d+),/.exec(frame)![1]!;
      const row = upbitTrade(parseExact(frame) as Record<string, unknown>);
      assert.equal(row.id, id);
      const truth = world.trades("upbit", row.market, row.ts, row.ts + 1);
      assert.deepEqual(truth.find((t) => t.id === id), row);
    }
    const once = await hear(
      upbit.socket,
      [
        JSON.stringify([
          { ticket: "t" },
          { type: "orderbook", codes: ["KRW-BTC"], is_only_snapshot: true },
          { type: "ticker", codes: ["KRW-BTC"], is_only_snapshot: true },
          { format: "SIMPLE" },
        ]),
      ],
      (heard) => heard.length === 2,
    );
    assert.equal(JSON.parse(once.heard[0]!).obu.length, 30);
    assert.equal(JSON.parse(once.heard[1]!).ty, "ticker");
  });
});

Deno.test("Upbit's socket: PING, refusals and the end of an idle one", async () => {
  await withSandbox({ days: 1, idleMs: 300 }, async ({ upbit }) => {
    const ping = await hear(upbit.socket, ["PING"], () => true);
    assert.equal(ping.heard[0], '{"status":"UP"}');
    for (
      const [text, name] of [
        ["nonsense", "WRONG_FORMAT"],
        ['[{"type":"trade","codes":["KRW-BTC"]}]', "NO_TICKET"],
        ['[{"ticket":"t"},{"codes":["KRW-BTC"]}]', "NO_TYPE"],
        ['[{"ticket":"t"},{"type":"trade"}]', "NO_CODES"],
        [ask("nope", ["KRW-BTC"]), "INVALID_PARAM"],
      ] as const
    ) {
      const refused = await hear(upbit.socket, [text], () => false);
      assert.equal(JSON.parse(refused.heard[0]!).error.name, name);
      assert.equal(refused.code, 1000);
    }
    const idle = await hear(upbit.socket, [], () => false);
    assert.notEqual(idle.code, 1000);
  });
});

Deno.test("every wording of a number is the same number", () => {
  for (const text of ["150123000", "0.00005485", "0.01200000", "3", "-25000"]) {
    for (const how of ["plain", "point", "zeros", "java", "python"] as const) {
      assert.equal(Number(worded(text, how)), Number(text), `${text} ${how}`);
    }
  }
  assert.equal(worded("116539000", "java"), "1.16539E8");
  assert.equal(worded("0.00005485", "python"), "5.485e-05");
  assert.equal(worded("0.0005", "java"), "5.0E-4");
});

Deno.test("the adapters read every frame, and the depth chain is sound", async () => {
  await withSandbox({ days: 1, now: Date.now, rate: 30 }, async (sandbox) => {
    const channels = ["trade", "ticker", "book"] as const;
    const kinds: Record<string, number> = {};
    const [one] = upbit.connections(sandbox.upbit.socket, [
      "KRW-BTC",
      "KRW-ETH",
      "KRW-XRP",
    ], [...channels]);
    const [two] = binance.connections(sandbox.binance.socket, [
      "BTCUSDT",
      "ETHUSDT",
      "XRPUSDT",
    ], [...channels]);
    let snapshot = "";
    const [upbitHeard, binanceHeard] = await Promise.all([
      hear(one!.url, one!.subscribe, (heard) => heard.length >= 150),
      hear(two!.url, [
        ...two!.subscribe,
        '{"method":"SUBSCRIBE","params":["btcusdt@kline_1m"],"id":7}',
      ], (heard) => {
        if (heard.length === 20) {
          get(`${sandbox.binance.rest}/api/v3/depth?symbol=BTCUSDT&limit=1000`)
            .then((text) => snapshot = text);
        }
        return heard.length >= 200 && snapshot !== "";
      }),
    ]);
    const deltas: BookDelta[] = [];
    for (
      const [venue, frames] of [
        [upbit, upbitHeard.heard],
        [binance, binanceHeard.heard],
      ] as const
    ) {
      for (const frame of frames) {
        for (const reading of venue.read(frame)) {
          kinds[reading.kind] = (kinds[reading.kind] ?? 0) + 1;
          if (reading.kind === "delta" && reading.market === "BTCUSDT") {
            deltas.push(reading);
          }
        }
      }
    }
    for (const kind of ["trade", "ticker", "book", "delta"]) {
      assert.ok(kinds[kind]! > 0, `${kind}: ${JSON.stringify(kinds)}`);
    }
    assert.ok(binanceHeard.heard.includes('{"result":null,"id":7}'));
    deltas.forEach((delta, at) => {
      const before = deltas[at - 1];
      if (before) {
        assert.equal(
          BigInt(delta.firstUpdate),
          BigInt(before.lastUpdate) + 1n,
        );
      }
    });
    // A book begun from the page and moved by the frames never crosses.
    const start = binance.book!.read(snapshot);
    const bids = new Map(start.bids), asks = new Map(start.asks);
    for (const delta of deltas) {
      if (BigInt(delta.lastUpdate) <= BigInt(start.lastUpdate)) continue;
      for (
        const [side, changes] of [[bids, delta.bids], [
          asks,
          delta.asks,
        ]] as const
      ) {
        for (const [price, size] of changes) {
          if (size === "0") {
            assert.ok(side.delete(price), "removes what is there");
          } else side.set(price, size);
        }
      }
      const best = Math.max(...[...bids.keys()].map(Number));
      assert.ok(best < Math.min(...[...asks.keys()].map(Number)));
      assert.equal(bids.size, 40);
      assert.equal(asks.size, 40);
    }
  });
});

Deno.test("live trades are the world's, once each, and sockets can be cut and markets muted", async () => {
  await withSandbox({ days: 1, now: Date.now }, async (sandbox) => {
    const { world } = sandbox;
    const { heard } = await hear(
      `${sandbox.binance.socket}/ws/btcusdt@aggTrade`,
      [],
      (heard) => heard.length >= 5,
    );
    const trades = heard.map((text) => binance.read(text)[0] as Trade);
    const truth = world.trades(
      "binance",
      "BTCUSDT",
      trades[0]!.ts,
      trades.at(-1)!.ts + 1,
    );
    const at = truth.findIndex((t) => t.id === trades[0]!.id);
    assert.deepEqual(trades, truth.slice(at, at + trades.length));

    sandbox.mute("BTCUSDT");
    const other = await hear(
      `${sandbox.binance.socket}/stream?streams=btcusdt@aggTrade/ethusdt@aggTrade`,
      [],
      (heard) => {
        if (heard.length === 3) sandbox.cut("binance");
        return false;
      },
    );
    assert.ok(other.heard.every((text) => text.includes("ETHUSDT")));
    assert.notEqual(other.code, 1000, "no close frame");
  });
});

Deno.test("the gallery: every post once, comments by number, robots, redirects", async () => {
  await withSandbox({ days: 7 }, async ({ dcinside, world }) => {
    const { base } = dcinside;
    const hash = (raw: string) => `h${raw}`;
    const gallery: Gallery = { base, id: "bitcoins_new1", type: "G" };
    const at = NOON * 1000;
    assert.match(await get(`${base}/robots.txt`), /Disallow: \/kcaptcha\//);

    const read = async (number: number) => {
      const text = await get(listUrl(gallery, number));
      const page = readList(gallery, number, { status: 200, text }, at, hash);
      if (page.outcome !== "page") throw new Error(page.detail);
      return page;
    };
    const ids: string[] = [];
    for (let number = 1; number <= 12; number++) {
      const page = await read(number);
      assert.deepEqual(page.unreadable, []);
      assert.deepEqual(page.skipped, {
        ad: 2,
        notice: 1,
        survey: 1,
        deleted: 0,
      });
      assert.equal(page.posts.length, 100);
      ids.push(...page.posts.map(({ post }) => post.id));
    }
    const numbers = ids.map(Number);
    assert.deepEqual(numbers, [...new Set(numbers)].sort((a, b) => b - a));
    const missing = numbers[0]! - numbers.at(-1)! + 1 - numbers.length;
    assert.ok(missing > 5 && missing < 60, `${missing} deleted`);

    // Comments: those that the list shows are those that come.
    const { posts, token } = await read(2);
    let pages = 0, shells = 0, replies = 0, ads = 0;
    for (const { post } of posts) {
      if (post.comments === 0) continue;
      let living = 0;
      for (let number = 1, rows = 1; rows > 0; number++) {
        const asked = commentRequest(
          gallery,
          post.id,
          { token: token!, cookie: null },
          number,
        );
        const text = await get(asked.url, {
          method: "POST",
          headers: asked.headers,
          body: asked.body ?? "",
        });
        const page = readComments(
          gallery.id,
          post.id,
          post.comments,
          { status: 200, text },
          at,
          hash,
        );
        if (page.outcome !== "page") throw new Error(page.detail);
        assert.deepEqual(page.unreadable, []);
        rows = page.rows;
        pages++;
        ads += page.ads;
        assert.ok(page.comments.length <= 100);
        assert.equal(page.total, post.comments);
        living += page.comments.filter((c) => !c.deleted).length;
        shells += page.comments.filter((c) => c.deleted).length;
        replies += page.comments.filter((c) => c.parentId !== null).length;
        assert.ok(page.comments.every((c) => c.ts >= post.ts && c.ts <= at));
      }
      assert.equal(living, post.comments);
    }
    assert.ok(pages > 0 && ads > 0 && replies > 0 && shells >= 0);

    const bare = await fetch(`${base}/board/comment/`, {
      method: "POST",
      body: new URLSearchParams({ id: gallery.id, no: ids[0]! }),
    });
    assert.equal(await bare.text(), "");

    const shape = (id: string, text: string) =>
      readList({ ...gallery, id }, 1, { status: 200, text }, at, hash);
    const wrong = shape("coin", await get(`${base}/board/lists/?id=coin`));
    assert.equal(wrong.outcome, "wrongType");
    const minor = shape(
      "coin",
      await get(`${base}/mgallery/board/lists/?id=coin`),
    );
    assert.equal(minor.outcome, "page");
    const none = shape("nope", await get(`${base}/board/lists/?id=nope`));
    assert.equal(none.outcome, "missing");

    for (
      const [failure, outcome] of [
        ["empty", "blocked"],
        ["403", "forbidden"],
        ["429", "limited"],
        ["5xx", "outage"],
        ["layout", "layoutChanged"],
      ] as const
    ) {
      dcinside.fail(failure);
      const response = await fetch(listUrl(gallery, 1));
      const { status } = response;
      const text = await response.text();
      const page = readList(gallery, 1, { status, text }, at, hash);
      assert.equal(page.outcome, outcome);
    }
    assert.ok(dcinside.requests.length > 20);
    assert.ok(world.start < world.liveFrom);
  });
});

Deno.test("comments of a busy post go over several pages, none lost", () => {
  const world = new World(1, planted, NOON, 7, 1);
  const board = new Board(world, "bitcoins_new1", 1);
  const from = world.start, until = world.liveFrom - 400;
  const seen = new Set<number>();
  let longest = 0;
  const last = board.posts.before(until);
  for (let index = board.posts.before(from - 1440); index < last; index++) {
    const comments = board.comments(index, board.post(index), NOON);
    longest = Math.max(longest, comments.length);
    for (const { no, ms } of comments) {
      assert.ok(!seen.has(no));
      if (ms >= from * MINUTE && ms < until * MINUTE) seen.add(no);
    }
  }
  let written = 0;
  for (let minute = from; minute < until; minute++) {
    written += board.commentCount(minute);
  }
  assert.equal(seen.size, written);
  assert.ok(longest > 100, `${longest} is more than a page`);
});

Deno.test("X: one reply for seven days, first and last bucket partial", async () => {
  await withSandbox({}, async ({ x, world }) => {
    const query = "#bitcoin -is:retweet";
    const { url, headers } = countsRequest(x.base, query, x.token);
    const response = await fetch(url, { headers });
    assert.equal(response.headers.get("x-rate-limit-remaining"), "299");
    const text = await response.text();
    const reply = readCounts(query, { status: response.status, text });
    if (reply.outcome !== "counts") throw new Error(reply.message);
    assert.equal(reply.counts.length, 7 * 1440 + 1);
    assert.deepEqual(reply.unreadable, []);
    const partial = reply.counts.filter((c) => !c.complete);
    assert.deepEqual(partial, [reply.counts[0], reply.counts.at(-1)]);
    const tweets = new Tweets(world);
    for (const { ts, count } of reply.counts.slice(1, -1)) {
      assert.equal(count, tweets.minute(query, ts / 60e6));
    }
    const total = reply.counts.reduce((sum, c) => sum + c.count, 0);
    assert.equal(JSON.parse(text).meta.total_tweet_count, total);

    const wrong = await fetch(url, { headers: { authorization: "Bearer no" } });
    assert.equal(wrong.status, 401);
    assert.match(wrong.headers.get("content-type")!, /problem\+json/);
    assert.equal((await wrong.json()).status, 401);
    let limited = 0;
    for (let at = 0; at < 305 && limited === 0; at++) {
      const again = await fetch(`${x.base}/2/tweets/counts/recent`, {
        headers,
      });
      await again.body?.cancel();
      if (again.status === 429) limited = at;
    }
    assert.ok(limited > 290);
  });
});

Deno.test("talk leads volume by the planted lag, or by nothing", () => {
  for (const seed of [1, 2, 3]) {
    const lead = correlations(new World(seed, planted, NOON, 7, 1));
    for (const { name, at, others } of lead) {
      const [lag, r] = at;
      assert.equal(lag, 3, `${name} of seed ${seed}`);
      assert.ok(r > 0.38 && r < 0.65, `${name} of seed ${seed}: ${r}`);
      assert.ok(others < 0.1, `${name} of seed ${seed}: ${others} elsewhere`);
    }
    const mean = lead.reduce((sum, { at }) => sum + at[1], 0) / lead.length;
    assert.ok(mean > 0.45 && mean < 0.57, `${mean}`);
    for (
      const { name, at } of correlations(new World(seed, null, NOON, 7, 1))
    ) {
      assert.ok(Math.abs(at[1]) < 0.095, `${name} of seed ${seed}: ${at}`);
    }
  }
  const behind = { lagBuckets: -5, strength: 0.6 };
  for (const { at } of correlations(new World(9, behind, NOON, 7, 1))) {
    assert.equal(at[0], -5);
  }
});

Deno.test("a port in use is one clear sentence", async () => {
  await withSandbox({ days: 1 }, async ({ upbit }) => {
    const port = Number(new URL(upbit.rest).port);
    await assert.rejects(startSandbox({ port }), {
      name: "CliError",
      message: new RegExp(`^Port ${port} is in use`),
    });
  });
});

/** Open, high, low, close and exact volumes of trades. */
function sums(trades: Trade[]) {
  const prices = trades.map((t) => Number(t.price));
  let volume = 0n, value = 0n;
  for (const { price, size } of trades) {
    volume += tenBillionths(size);
    value += tenBillionths(price) * tenBillionths(size);
  }
  const find = (wanted: number) =>
    trades.find((t) => Number(t.price) === wanted)!.price;
  return {
    open: trades[0]!.price,
    high: find(Math.max(...prices)),
    low: find(Math.min(...prices)),
    close: trades.at(-1)!.price,
    volume: decimal(volume, 10),
    quoteVolume: decimal(value, 20),
  };
}

function tenBillionths(text: string): bigint {
  const [whole, fraction = ""] = text.split(".");
  return BigInt(whole + fraction.padEnd(10, "0"));
}

function decimal(value: bigint, digits: number): string {
  const text = value.toString().padStart(digits + 1, "0");
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`
    .replace(/\.?0+$/, "");
}

/** For each kind of talk and each market: where |r| of Δlog is largest, and the largest away from there. */
function correlations(world: World) {
  const minutes = Array.from(
    { length: 7 * 1440 },
    (_, at) => world.start - world.start % 5 + at,
  );
  const changes = (count: (minute: number) => number): number[] => {
    const sums = new Float64Array(minutes.length / 5);
    minutes.forEach((minute, at) => sums[Math.floor(at / 5)]! += count(minute));
    return Array.from(sums.subarray(1)).map((value, at) =>
      Math.log1p(value) - Math.log1p(sums[at]!)
    );
  };
  const tweets = new Tweets(world);
  const board = new Board(world, "bitcoins_new1", 1);
  const talks = {
    x: changes((minute) => tweets.minute("#bitcoin -is:retweet", minute)),
    dcinside: changes((minute) =>
      board.posts.count(minute) + board.commentCount(minute)
    ),
  };
  return worldMarkets.flatMap((market) => {
    const volume = changes((minute) =>
      world.candle(market, minute)?.volume ?? 0
    );
    return Object.entries(talks).map(([name, talk]) => {
      const all = Array.from({ length: 49 }, (_, at) => {
        const lag = at - 24;
        return [lag, pearson(talk, volume, lag)] as [number, number];
      });
      const at = all.reduce((best, one) =>
        Math.abs(one[1]) > Math.abs(best[1]) ? one : best
      );
      // Differences of a shock answer with the other sign one step away.
      const others = Math.max(
        ...all.filter(([lag]) => Math.abs(lag - at[0]) > 1)
          .map(([, r]) => Math.abs(r)),
      );
      return { name: `${name} and ${market.market}`, at, others };
    });
  });
}

/** corr(x[t − lag], y[t]). */
function pearson(x: number[], y: number[], lag: number): number {
  let n = 0, sx = 0, sy = 0, xx = 0, yy = 0, xy = 0;
  y.forEach((b, t) => {
    const a = x[t - lag];
    if (a === undefined) return;
    n++;
    sx += a;
    sy += b;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  });
  return (n * xy - sx * sy) /
    Math.sqrt((n * xx - sx ** 2) * (n * yy - sy ** 2));
}
