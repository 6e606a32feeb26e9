import assert from "node:assert/strict";
import type { BookDelta, Trade } from "../../collector/model/events.ts";
import { binance } from "../../collector/venues/binance.ts";
import { upbit, upbitTrade } from "../../collector/venues/upbit.ts";
import { parseExact } from "../../collector/model/wire.ts";
import { ask, get, hear, withSandbox } from "../support/simulated.ts";

/** A clock that runs so many times as fast as the wall's. */
function hurried(times = 20): () => number {
  const start = Date.now();
  return () => start + times * (Date.now() - start);
}

Deno.test("Upbit's socket: binary, snapshots first, replaced lists, silence about unknown codes", async () => {
  await withSandbox({ days: 1, now: hurried() }, async ({ upbit, world }) => {
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

Deno.test("Upbit's ids sometimes run backwards on the socket", async () => {
  const options = { days: 1, now: hurried(200) };
  await withSandbox(options, async ({ upbit: { socket } }) => {
    const ids = (heard: string[]) =>
      heard.map((text) => BigInt(/"sequential_id":(\d+),/.exec(text)![1]!));
    const backwards = (heard: string[]) =>
      ids(heard).some((id, at, all) => at > 0 && id < all[at - 1]!);
    const { heard } = await hear(
      socket,
      [ask("trade", ["KRW-BTC"])],
      backwards,
    );
    const all = ids(heard);
    assert.ok(backwards(heard));
    assert.equal(new Set(all.slice(1)).size, all.length - 1);
  });
});

Deno.test("the adapters read every frame, and the depth chain is sound", async () => {
  await withSandbox({ days: 1, now: hurried() }, async (sandbox) => {
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
          BigInt(delta.firstUpdate!),
          BigInt(before.lastUpdate!) + 1n,
        );
      }
    });
    // A book begun from the page and moved by the frames never crosses.
    const start = binance.book!.read(snapshot);
    const bids = new Map(start.bids), asks = new Map(start.asks);
    for (const delta of deltas) {
      if (BigInt(delta.lastUpdate!) <= BigInt(start.lastUpdate)) continue;
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
  await withSandbox({ days: 1, now: hurried() }, async (sandbox) => {
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
