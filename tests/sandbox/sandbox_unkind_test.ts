/** The simulator as it is by default: other clocks, late and short pages, and faults of pages and ids. */
import assert from "node:assert/strict";
import type { Trade } from "../../collector/model/events.ts";
import { conditionsOf, KIND } from "../../collector/sandbox/conditions.ts";
import type { Fault } from "../../collector/sandbox/faults.ts";
import { type Sandbox, startSandbox } from "../../collector/sandbox/sandbox.ts";
import { World } from "../../collector/sandbox/world.ts";
import {
  mapVenues,
  type SimulatedVenue,
  simulatedVenues,
  simulators,
  worldMarkets,
} from "../../collector/sandbox/simulators.ts";
import { venues } from "../../collector/venues/registry.ts";
import { get, hear, NOON, planted } from "../support/simulated.ts";

const VENUES = simulatedVenues;
/** The busiest market of each. */
const MARKET = mapVenues((_, at) => simulators[at]!.markets[0]!.market);

/** The newest page of trades, or the one at a cursor. */
async function page(
  sandbox: Sandbox,
  venue: SimulatedVenue,
  cursor: Trade | null = null,
): Promise<Trade[]> {
  const { trades } = venues[venue]!;
  const market = MARKET[venue];
  const now = sandbox.clock(venue) * 1000;
  const url = trades.url(sandbox[venue].rest, market, cursor, now);
  return trades.read(await get(url), market)
    .sort((a, b) => BigInt(a.id) < BigInt(b.id) ? -1 : 1);
}

/** Frames of a venue's trades until there are enough. */
async function frames(sandbox: Sandbox, venue: SimulatedVenue, enough: number) {
  const [one] = venues[venue]!.connections(
    sandbox[venue].socket,
    [MARKET[venue]],
    ["trade"],
  );
  const { heard } = await hear(
    one!.url,
    one!.subscribe,
    (heard) => heard.length >= enough,
  );
  return heard.flatMap((frame) => venues[venue]!.read(frame))
    .filter((reading) => reading.kind === "trade");
}

/** A host's clock at noon that runs 60 times as fast as ours. */
function hurried(): () => number {
  const start = Date.now();
  return () => NOON + 60 * (Date.now() - start);
}

async function onStage(
  options: Parameters<typeof startSandbox>[0],
  run: (sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  const sandbox = await startSandbox({ days: 1, limits: false, ...options });
  try {
    await run(sandbox);
  } finally {
    await sandbox.close();
  }
}

Deno.test("conditions are unkind unless kindness is asked for", () => {
  for (let seed = 0; seed < 50; seed++) {
    const drawn = Object.values(conditionsOf("unkind", seed));
    assert.deepEqual(Object.values(conditionsOf("unkind", seed)), drawn);
    const offsets = drawn.map(({ offsetMs }) => offsetMs);
    assert.equal(new Set(offsets).size, VENUES.length);
    const ahead = offsets.filter((ms) => ms > 0).length;
    assert.ok(Math.abs(ahead - VENUES.length / 2) <= 0.5);
    for (const { offsetMs, driftPpm, restLagMs, emptyShare } of drawn) {
      assert.ok(Math.abs(offsetMs) >= 2000 && Math.abs(offsetMs) <= 40_000);
      assert.ok(Math.abs(driftPpm) >= 50 && Math.abs(driftPpm) <= 500);
      assert.ok(restLagMs >= 500 && restLagMs <= 4000);
      assert.ok(emptyShare > 0);
    }
  }
  assert.deepEqual(conditionsOf("kind", 1).upbit, KIND);
  const { upbit, bithumb } = conditionsOf({ upbit: { offsetMs: -90_000 } }, 1);
  assert.equal(upbit.offsetMs, -90_000);
  assert.ok(upbit.restLagMs > 0);
  assert.notEqual(bithumb.offsetMs, 0);
});

Deno.test("all that a venue says is by its own clock", async () => {
  let host = NOON;
  await onStage({ now: () => host }, async (sandbox) => {
    for (const venue of VENUES) {
      const { offsetMs, restLagMs } = sandbox.conditions[venue];
      sandbox.conditions[venue].emptyShare = 0;
      assert.equal(sandbox.clock(venue), NOON + offsetMs);
      // A page ends where the clock is, less what it is behind.
      const newest = (await page(sandbox, venue)).at(-1)!;
      const until = (NOON + offsetMs - restLagMs) * 1000;
      const truth = sandbox.world.trades(
        venue,
        MARKET[venue],
        until - 600e6,
        until + 1,
      );
      assert.deepEqual(newest, truth.at(-1));
    }
    // A day later they have drifted.
    host = NOON + 86_400_000;
    for (const venue of VENUES) {
      const { offsetMs, driftPpm } = sandbox.conditions[venue];
      assert.equal(
        sandbox.clock(venue),
        Math.floor(host + offsetMs + 86.4 * driftPpm),
      );
      const response = await fetch(
        venues[venue]!.trades.url(sandbox[venue].rest, MARKET[venue], null, 0),
      );
      await response.body?.cancel();
      const said = Date.parse(response.headers.get("date")!);
      assert.equal(said, Math.floor(sandbox.clock(venue) / 1000) * 1000);
    }
    const time = JSON.parse(await get(`${sandbox.binance.rest}/api/v3/time`));
    assert.equal(time.serverTime, sandbox.clock("binance"));
    const server = JSON.parse(
      await get(`${sandbox.coinone.rest}/public/v2/markets/KRW`),
    );
    assert.equal(server.server_time, sandbox.clock("coinone"));
  });
});

Deno.test("trades come when the venue's clock reaches their time, and a page has them later", async () => {
  await onStage({ now: hurried() }, async (sandbox) => {
    for (const venue of VENUES) {
      sandbox.conditions[venue].restLagMs = 40_000;
      sandbox.conditions[venue].emptyShare = 0;
      const [trade] = (await frames(sandbox, venue, 25)).slice(-1);
      // 60 s of the simulated clock are a second of ours; a busy machine may take some.
      const late = sandbox.clock(venue) - trade!.ts / 1000;
      assert.ok(late >= 0 && late < 600_000, `${venue}: ${late} ms`);
      const newest = (await page(sandbox, venue)).at(-1)!;
      assert.ok(newest.ts / 1000 <= sandbox.clock(venue) - 40_000);
    }
  });
});

Deno.test("a clock set ahead makes what it passed at once, one set back trades nothing new until it is there again", async () => {
  let host = NOON;
  const conditions = { binance: { ...KIND } };
  await onStage({ now: () => host, conditions }, async (sandbox) => {
    const before = (await page(sandbox, "binance")).at(-1)!;
    sandbox.setClock("binance", 90_000);
    assert.equal(sandbox.clock("binance"), NOON + 90_000);
    const after = (await page(sandbox, "binance")).at(-1)!;
    const between = sandbox.world.trades(
      "binance",
      "BTCUSDT",
      before.ts + 1,
      (NOON + 90_000) * 1000 + 1,
    );
    assert.equal(after.id, between.at(-1)!.id);
    sandbox.setClock("binance", -3_600_000);
    assert.equal(sandbox.clock("binance"), NOON - 3_600_000);
    host += 60_000;
    assert.equal((await page(sandbox, "binance")).at(-1)!.id, after.id);
  });
});

Deno.test("pages: some are empty, the first after a socket is short, a time may be a millisecond off", async () => {
  await onStage({ now: () => NOON, seed: 3 }, async (sandbox) => {
    for (const venue of VENUES) {
      const conditions = sandbox.conditions[venue];
      let empty = 0;
      for (let i = 0; i < 100; i++) {
        if ((await page(sandbox, venue)).length === 0) empty++;
      }
      assert.ok(empty >= 1 && empty <= 15, `${venue}: ${empty} of 100`);
      conditions.emptyShare = 0;
      const whole = await page(sandbox, venue);
      const [one] = venues[venue]!.connections(
        sandbox[venue].socket,
        [MARKET[venue]],
        ["trade"],
      );
      const socket = new WebSocket(one!.url);
      await new Promise((opened) => socket.onopen = opened);
      const closed = new Promise((done) => socket.onclose = done);
      socket.close();
      await closed;
      const first = await page(sandbox, venue);
      assert.equal(first.length, conditions.shortAfterCut);
      assert.deepEqual(await page(sandbox, venue), whole);
      conditions.restSkewMs = 1;
      assert.deepEqual(
        await page(sandbox, venue),
        whole.map((trade) => ({ ...trade, ts: trade.ts + 1000 })),
      );
    }
  });
});

Deno.test("ids begin anywhere, grow with time, and say nothing of it", () => {
  const of = (seed: number) =>
    new World(worldMarkets, seed, planted, NOON, 1, 1);
  for (const { venue, market } of worldMarkets) {
    const firsts = [1, 2, 3].map((seed) =>
      BigInt(
        of(seed).trades(venue, market, (NOON - 6e5) * 1000, NOON * 1000)[0]!.id,
      )
    );
    const spread = firsts.map((id) =>
      Number(id - firsts[0]!) / Number(firsts[0]!)
    );
    assert.ok(spread.slice(1).every((part) => part !== 0), market);
  }
  const btc = of(1).trades(
    "binance",
    "BTCUSDT",
    (NOON - 6e5) * 1000,
    NOON * 1000,
  );
  const eth = of(1).trades(
    "binance",
    "ETHUSDT",
    (NOON - 6e5) * 1000,
    NOON * 1000,
  );
  assert.ok(Math.abs(Number(btc[0]!.id) - Number(eth[0]!.id)) > 1e6);
});

Deno.test("faults of pages: empty, the same again, without an end, falsified, an id beyond belief, a market that fails", async () => {
  await onStage({ now: () => NOON, conditions: "kind" }, async (sandbox) => {
    for (const venue of VENUES) {
      const { rest } = sandbox[venue];
      const { trades } = venues[venue]!;
      const whole = await page(sandbox, venue);
      const during = async <T>(fault: Fault, run: () => Promise<T>) => {
        const record = sandbox.faults.start(fault);
        const result = await run();
        assert.ok(record.touched > 0, fault.kind);
        sandbox.faults.stop();
        return result;
      };
      const forMs = 30_000;
      await during({ kind: "empty", venue, forMs, requests: 2 }, async () => {
        assert.deepEqual(await page(sandbox, venue), []);
        assert.deepEqual(await page(sandbox, venue), []);
        assert.deepEqual(await page(sandbox, venue), whole);
      });
      if (trades.paging !== "newest") {
        const middle = whole[Math.floor(whole.length / 2)]!;
        assert.notDeepEqual(await page(sandbox, venue, middle), whole);
        await during({ kind: "sameAgain", venue, forMs }, async () => {
          assert.deepEqual(await page(sandbox, venue, middle), whole);
        });
      }
      const lies = await during(
        { kind: "falsified", venue, forMs, field: "price" },
        () => page(sandbox, venue),
      );
      lies.forEach((trade, at) => {
        const { price, ...rest } = whole[at]!;
        assert.notEqual(trade.price, price);
        assert.deepEqual({ ...trade, price: "" }, { ...rest, price: "" });
      });
      const other = await during(
        { kind: "falsified", venue, forMs, field: "time" },
        () => page(sandbox, venue),
      );
      assert.equal(other[0]!.ts, whole[0]!.ts - 30e6);
      const far = await during(
        { kind: "farId", on: "page", venue, forMs, ahead: String(2n ** 62n) },
        () => page(sandbox, venue),
      );
      const { id } = whole.at(-1)!;
      assert.equal(far.at(-1)!.id, String(BigInt(id) + 2n ** 62n));
      assert.deepEqual(far.slice(0, -1), whole.slice(0, -1));
      const market = MARKET[venue];
      await during(
        { kind: "marketFails", venue, market, way: "server", forMs },
        async () => {
          const answer = async (market: string) => {
            const response = await fetch(trades.url(rest, market, null, 0));
            await response.body?.cancel();
            return response.status;
          };
          assert.ok(await answer(market) >= 500);
          assert.equal(
            await answer(
              market.replace("BTC", "ETH").replace("btc", "eth"),
            ),
            200,
          );
        },
      );
      await during({ kind: "endless", venue, forMs }, async () => {
        const response = await fetch(trades.url(rest, market, null, 0));
        let bytes = 0;
        for await (const part of response.body!) {
          bytes += part.length;
          if (bytes > 4e6) break;
        }
        assert.ok(bytes > 4e6);
      });
    }
  });
});

Deno.test("faults of sockets: a trade of a market that nobody asked for, an id beyond belief; the true ones go on", async () => {
  await onStage({ now: hurried(), conditions: "kind" }, async (sandbox) => {
    for (const venue of VENUES) {
      const forMs = 60_000;
      sandbox.faults.start({ kind: "stranger", venue, forMs });
      sandbox.faults.start({
        kind: "farId",
        on: "socket",
        venue,
        forMs,
        ahead: "1000000000000",
      });
      const heard = await frames(sandbox, venue, 30);
      sandbox.faults.stop();
      const { true: real = [], false: made = [] } = Object.groupBy(
        heard,
        ({ market, id, ts }) =>
          String(
            sandbox.world.trades(venue, market, ts, ts + 1)
              .some((trade) => trade.id === id),
          ) as "true" | "false",
      );
      // A frame may hold several trades.
      assert.deepEqual([...new Set(made.map(({ market }) => market))], [
        MARKET[venue].replace(/BTC/i, "DOGE"),
        MARKET[venue],
      ]);
      assert.ok(real.length > 10);
    }
  });
});
