/** What the simulator does when it is told to misbehave. */
import assert from "node:assert/strict";
import type { Trade } from "../../collector/model/events.ts";
import type { Fault } from "../../collector/sandbox/faults.ts";
import { type Sandbox, startSandbox } from "../../collector/sandbox/sandbox.ts";
import { binance } from "../../collector/venues/binance.ts";
import type { Venue } from "../../collector/venues/venue.ts";
import { upbit } from "../../collector/venues/upbit.ts";
import { get } from "../support/simulated.ts";

/** What one socket heard, in order. */
interface Heard {
  trades: Trade[];
  /** Frames that the adapter could not read. */
  unreadable: string[];
  notices: string[];
  /** The code it was closed with; null while it is open. */
  closed: number | null;
  /** Resolves once a condition holds. */
  until(what: string, done: () => boolean): Promise<void>;
  close(): Promise<void>;
}

/** Listens to the trades of some markets. */
function listen(venue: Venue, base: string, markets: string[]): Heard {
  const [connection] = venue.connections(base, markets, ["trade"]);
  const socket = new WebSocket(connection!.url);
  socket.binaryType = "arraybuffer";
  const ended = new Promise<void>((done) =>
    socket.addEventListener("close", () => done())
  );
  const heard: Heard = {
    trades: [],
    unreadable: [],
    notices: [],
    closed: null,
    async until(what, done) {
      const deadline = Date.now() + 15_000;
      while (!done()) {
        assert.ok(Date.now() < deadline, `never: ${what}`);
        await new Promise((wake) => setTimeout(wake, 5));
      }
    },
    close() {
      if (socket.readyState < WebSocket.CLOSING) socket.close();
      return ended;
    },
  };
  socket.onopen = () => connection!.subscribe.forEach((s) => socket.send(s));
  socket.onclose = ({ code }) => heard.closed = code;
  socket.onmessage = ({ data }) => {
    const text = typeof data === "string"
      ? data
      : new TextDecoder().decode(data);
    try {
      for (const reading of venue.read(text)) {
        if (reading.kind === "trade") heard.trades.push(reading);
        if (reading.kind === "notice") heard.notices.push(reading.code);
      }
    } catch {
      heard.unreadable.push(text);
    }
  };
  return heard;
}

const MARKETS = ["KRW-BTC", "KRW-ETH"];

/** A world 60 times as fast as ours, and a socket that has begun to hear of it. */
async function withSocket(
  run: (sandbox: Sandbox, heard: Heard) => Promise<void>,
): Promise<void> {
  const start = Date.now();
  const sandbox = await startSandbox({
    days: 1,
    limits: false,
    conditions: "kind",
    now: () => start + 60 * (Date.now() - start),
  });
  const heard = listen(upbit, sandbox.upbit.socket, MARKETS);
  try {
    await heard.until("trades", () => heard.trades.length > 20);
    await run(sandbox, heard);
  } finally {
    await heard.close();
    await sandbox.close();
  }
}

/** Runs a fault to its end; what was heard meanwhile. */
async function during(
  { faults }: Sandbox,
  heard: Heard,
  fault: Fault,
): Promise<Trade[]> {
  const record = faults.start(fault);
  // What was on its way arrives as it was.
  await heard.until("a moment", () => Date.now() >= record.from + 100);
  const before = heard.trades.length;
  await heard.until("the end", () => Date.now() >= record.to - 20);
  return heard.trades.slice(before);
}

const ids = (trades: Trade[]) => trades.map((trade) => trade.id);
const many = 400;

Deno.test("a mute socket stays open; what it would have said is gone on it, and only there", async () => {
  await withSocket(async (sandbox, heard) => {
    const record = sandbox.faults.start({
      kind: "mute",
      venue: "upbit",
      forMs: many,
    });
    // What was on its way arrives.
    await heard.until("silence", () => Date.now() >= record.from + 100);
    const before = heard.trades.length;
    await heard.until("the end", () => Date.now() >= record.to - 50);
    assert.equal(heard.trades.length, before);
    assert.equal(heard.closed, null);
    await heard.until("new trades", () => heard.trades.length > before + 20);
    const lost = record.lostTrades.get("KRW-BTC")!;
    assert.ok(lost > 3, `${lost}`);
    const btc = heard.trades.filter((trade) => trade.market === "KRW-BTC");
    const times = btc.map((trade) => trade.ts);
    const truth = sandbox.world.trades(
      "upbit",
      "KRW-BTC",
      times[0]! + 1,
      Math.max(...times),
    );
    const known = new Set(ids(btc));
    const missing = truth.filter((trade) => !known.has(trade.id));
    assert.equal(missing.length, lost);
    const page = upbit.trades.read(
      await get(
        upbit.trades.url(sandbox.upbit.rest, "KRW-BTC", null, 0),
      ),
      "KRW-BTC",
    );
    const shown = new Set(ids(page));
    assert.ok(missing.every((trade) => shown.has(trade.id)));
  });
});

Deno.test("one market mute among live ones; a fault of one venue leaves the others alone", async () => {
  await withSocket(async (sandbox, heard) => {
    const other = listen(binance, sandbox.binance.socket, ["BTCUSDT"]);
    await other.until("trades", () => other.trades.length > 5);
    const count = other.trades.length;
    const some = await during(sandbox, heard, {
      kind: "muteMarket",
      venue: "upbit",
      market: "KRW-ETH",
      forMs: many,
    });
    assert.ok(some.length > 3);
    assert.ok(some.every((trade) => trade.market === "KRW-BTC"));
    assert.ok(other.trades.length > count + 3);
    await other.close();
  });
});

Deno.test("frames repeated, shuffled and late: all are there, and not as they were", async () => {
  await withSocket(async (sandbox, heard) => {
    const whole = async (afterMs = 400) => {
      await heard.until("all", () => sandbox.faults.active("upbit").length < 1);
      await new Promise((wake) => setTimeout(wake, afterMs));
      for (const market of MARKETS) {
        const some = heard.trades.filter((trade) => trade.market === market);
        const [first, ...rest] = some;
        const last = Math.max(...rest.map((trade) => trade.ts));
        const truth = sandbox.world.trades(
          "upbit",
          market,
          first!.ts + 1,
          last,
        );
        const known = new Set(ids(rest));
        assert.deepEqual(ids(truth).filter((id) => !known.has(id)), []);
      }
    };
    const venue = "upbit", forMs = many;
    const twice = await during(sandbox, heard, {
      kind: "repeat",
      venue,
      forMs,
      share: 1,
      windowMs: 100,
    });
    assert.ok(new Set(ids(twice)).size < twice.length);
    await whole();

    const backwards = (trades: Trade[]) =>
      trades.filter((trade, at) => at > 0 && trade.ts < trades[at - 1]!.ts)
        .length;
    heard.trades.length = 0;
    const mixed = await during(sandbox, heard, {
      kind: "shuffle",
      venue,
      forMs,
      windowMs: 200,
    });
    assert.ok(backwards(mixed) > mixed.length / 10);
    await whole();

    heard.trades.length = 0;
    const began = sandbox.clock("upbit") * 1000;
    const record = sandbox.faults.start({
      kind: "delay",
      venue,
      forMs: 2500,
      delayMs: 1500,
    });
    await new Promise((wake) => setTimeout(wake, 250));
    assert.ok(
      heard.trades.every(({ ts }) => ts <= began),
      "nothing for as long as they are late, but what was on its way",
    );
    assert.ok(record.touched > 3);
    await whole(2000);
  });
});

Deno.test("frames cut short and nonsense between them cannot be read, and nothing else is changed", async () => {
  await withSocket(async (sandbox, heard) => {
    const venue = "upbit", forMs = many;
    await during(sandbox, heard, { kind: "truncate", venue, forMs, share: 1 });
    const [record] = sandbox.faults.records;
    const lost = [...record!.lostTrades.values()].reduce((a, b) => a + b, 0);
    assert.ok(lost > 3);
    assert.equal(heard.unreadable.length, lost);
    heard.unreadable.length = 0;
    const some = await during(sandbox, heard, {
      kind: "garbage",
      venue,
      forMs,
      share: 1,
    });
    assert.ok(heard.unreadable.length > 3);
    assert.ok(some.length > 3);
    for (const trade of some) {
      const { ts } = trade;
      const real = sandbox.world.trades("upbit", trade.market, ts, ts + 1);
      assert.deepEqual(real.find((other) => other.id === trade.id), trade);
    }
  });
});

Deno.test("sockets are cut and none is opened for a while; Binance says before that it will close", async () => {
  await withSocket(async (sandbox, heard) => {
    const record = sandbox.faults.start({
      kind: "cut",
      venue: "upbit",
      forMs: many,
    });
    assert.equal(record.touched, 1);
    await heard.until("the cut", () => heard.closed !== null);
    assert.notEqual(heard.closed, 1000);
    const early = listen(upbit, sandbox.upbit.socket, MARKETS);
    await early.until("the refusal", () => early.closed !== null);
    await heard.until("the end", () => Date.now() >= record.to);
    const late = listen(upbit, sandbox.upbit.socket, MARKETS);
    await late.until("trades", () => late.trades.length > 3);
    await late.close();

    const told = listen(binance, sandbox.binance.socket, ["BTCUSDT"]);
    await told.until("trades", () => told.trades.length > 3);
    sandbox.faults.start({ kind: "shutdown", venue: "binance", forMs: 200 });
    await told.until("the word", () => told.notices.includes("shutdown"));
    assert.equal(told.closed, null);
    await told.until("the end", () => told.closed !== null);
    assert.equal(told.closed, 1001);
  });
});

Deno.test("REST: refusals with what each venue says of them, shorter pages, broken ones", async () => {
  const sandbox = await startSandbox({ days: 1, conditions: "kind" });
  const { faults, upbit: { rest } } = sandbox;
  const once = async (fault: Fault, url: string) => {
    faults.start(fault);
    const response = await fetch(url);
    const text = await response.text();
    faults.stop();
    return { response, text, status: response.status };
  };
  const forMs = 30_000;
  const ticks = upbit.trades.url(rest, "KRW-BTC", null, 0);
  const aggregates = binance.trades.url(rest, "BTCUSDT", null, 0);

  const busy = await once({ kind: "tooMany", venue: "upbit", forMs }, ticks);
  assert.equal(busy.status, 429);
  assert.equal(upbit.restWait(busy.response.headers), 1000);
  const weight = await once(
    { kind: "tooMany", venue: "binance", forMs },
    aggregates,
  );
  assert.equal(weight.status, 429);
  const seconds = Number(weight.response.headers.get("retry-after"));
  assert.ok(seconds > 25 && seconds <= 30);
  const banned = await once(
    { kind: "banned", venue: "binance", forMs },
    aggregates,
  );
  assert.equal(banned.status, 418);
  assert.match(binance.restError(418, banned.text)!, /-1003/);

  const capped = await once(
    { kind: "cap", venue: "binance", forMs, rows: 200 },
    aggregates,
  );
  const whole = binance.trades.read(await get(aggregates), "BTCUSDT");
  const short = binance.trades.read(capped.text, "BTCUSDT");
  assert.equal(short.length, 200);
  assert.equal(whole.length, 1000);

  const page = async (way: "truncated" | "html" | "server") =>
    await once({ kind: "brokenPage", venue: "upbit", forMs, way }, ticks);
  const cut = await page("truncated");
  assert.equal(cut.status, 200);
  assert.throws(() => upbit.trades.read(cut.text, "KRW-BTC"));
  const html = await page("html");
  assert.equal(html.status, 200);
  assert.ok(upbit.restError(200, html.text));
  assert.ok((await page("server")).status >= 500);
  const asked = performance.now();
  const slow = await once(
    { kind: "brokenPage", venue: "upbit", forMs, way: "slow" },
    ticks,
  );
  assert.ok(performance.now() - asked >= 1000);
  assert.equal(upbit.trades.read(slow.text, "KRW-BTC").length, 500);
  assert.deepEqual(
    faults.records.map((record) => record.touched),
    faults.records.map(() => 1),
  );
  await sandbox.close();
});
