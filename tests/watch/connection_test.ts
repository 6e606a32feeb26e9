/** A connection's trades and its ledger, on a socket that delivers before all of its subscriptions are sent. */
import assert from "node:assert/strict";
import { loadConfig } from "../../collector/config.ts";
import { openDatabase } from "../../collector/database/client.ts";
import { VenueClock } from "../../collector/model/venue_clock.ts";
import { pause } from "../../collector/model/pause.ts";
import { Store } from "../../collector/store/store.ts";
import { coinone } from "../../collector/venues/coinone.ts";
import { Connection } from "../../collector/watch/connection.ts";
import { Throttle } from "../../collector/watch/throttle.ts";
import { emptyData } from "../support/empty_database.ts";

const frame = (id: string, at: number) =>
  JSON.stringify({
    r: "DATA",
    c: "TRADE",
    d: { qc: "KRW", tc: "BTC", i: id, t: at, p: "100", q: "1", sm: true },
  });

Deno.test("a trade that comes before the socket is up does not stand for what the last process observed", async () => {
  const now = Date.now();
  const id = (ms: number) => `${now + ms}001`;
  const data = await emptyData();
  const { sql, close } = await openDatabase({ data });
  // What a process left that was killed half a minute ago.
  await sql`
    insert into observed (span_id, collector, venue, markets, channels, from_ts, to_ts)
    values (gen_random_uuid(), gen_random_uuid(), 'coinone', array['KRW-BTC'], array['trade'],
      ${new Date(now - 60_000)}, ${new Date(now - 30_000)})`;
  await sql`
    insert into stream_stats (source, stream, channel, events, last_ts, last_received_at, first_id, last_id)
    values ('coinone', 'KRW-BTC', 'trade', 2, ${new Date(
    now - 30_000,
  )}, ${new Date(now - 30_000)}, ${id(-60_000)}::bigint, ${
    id(-30_000)
  }::bigint)`;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request);
      socket.onmessage = ({ data }) => {
        if (data.includes("first")) socket.send(frame(id(0), now));
        else if (data.includes("second")) {
          socket.send(frame(id(900), now + 900));
        }
      };
      return response;
    },
  );
  const stop = new AbortController();
  const store = new Store(sql, { everyMs: 20 });
  const clock = new VenueClock(() => Date.now() * 1000);
  const connection = new Connection({
    url: `ws://127.0.0.1:${server.addr.port}/`,
    // Long enough for the store to commit what came between them.
    subscribe: ["first", "second"],
    markets: ["KRW-BTC"],
    channels: ["trade"],
  }, {
    venue: { ...coinone, messagePauseMs: 800 },
    throttle: new Throttle(10),
    makeCandles: false,
    deps: {
      config: await loadConfig(),
      sql,
      store,
      signal: stop.signal,
      now: () => Date.now() * 1000,
      log: () => {},
    },
    clock,
    snapshot: () => Promise.reject(new Error("no books")),
    recount: () => {},
    turn: () => Promise.resolve(),
    suspect: () => {},
    onUp: () => {},
    onLost: () => {},
  });
  const running = connection.run();
  try {
    const gap = async () =>
      (await sql`
        select from_id, to_id from gaps where channel = 'trade' and reason = 'not_collected'`)[
        0
      ];
    const both = async () =>
      (await sql`select from trades`).length === 2 && await gap();
    for (let n = 0; n < 200 && !await both(); n++) {
      connection.sample();
      await pause(100, stop.signal);
    }
    connection.sample();
    await store.flush();
    const found = await gap();
    assert.equal(found?.from_id, id(-30_000));
    assert.equal((await sql`select from trades`).length, 2, "both are stored");
  } finally {
    stop.abort();
    await running;
    await store.close();
    await server.shutdown();
    await close();
    await Deno.remove(data, { recursive: true });
  }
});
