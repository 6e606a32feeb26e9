/** A book that is held by a checksum: what breaks it is told, and the whole one is asked for on the same socket. */
import assert from "node:assert/strict";
import type { Book } from "../../collector/model/events.ts";
import { VenueClock } from "../../collector/model/venue_clock.ts";
import type { Reject } from "../../collector/store/batch.ts";
import { kraken } from "../../collector/venues/kraken.ts";
import {
  Connection,
  type ConnectionOptions,
} from "../../collector/watch/connection.ts";
import type { WatchDeps } from "../../collector/watch/deps.ts";

/** One level a side, and an update of it with a checksum that is given. */
const frame = (type: string, ask: string, checksum: string) =>
  `{"channel":"book","type":"${type}","data":[{"symbol":"BTC/USD","bids":[${
    type === "snapshot" ? '{"price":9.0,"qty":1.00000000}' : ""
  }],"asks":[{"price":11.0,"qty":${ask}}],"checksum":${checksum},"timestamp":"2026-11-20T12:00:00.000000Z"}]}`;
const sum = (ask: string) =>
  kraken.wholeBook!.checksum!(
    [["9", "1", "90100000000"]],
    [["11", ask, `110${ask.replace(".", "")}`]],
  );

Deno.test("a checksum that fails is a reject, and the book comes again without a new socket", async () => {
  const heard: string[] = [];
  let sockets = 0;
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request);
      sockets++;
      socket.onmessage = ({ data }) => {
        const { method, params } = JSON.parse(data);
        heard.push(`${method} ${params.channel} ${params.symbol}`);
        if (method !== "subscribe") return;
        if (heard.length > 1) {
          socket.send(frame("snapshot", "3.00000000", sum("3.00000000")));
          return;
        }
        socket.send(frame("snapshot", "1.00000000", sum("1.00000000")));
        socket.send(frame("update", "2.00000000", sum("2.00000000")));
        // An update between this one and the last was lost.
        socket.send(frame("update", "2.50000000", "1"));
        socket.send(frame("update", "2.60000000", "2"));
      };
      return response;
    },
  );
  const stop = new AbortController();
  const rejects: Reject[] = [], books: Book[] = [];
  const deps = {
    signal: stop.signal,
    now: () => Date.now() * 1000,
    log: () => {},
    store: {
      ledger: () => {},
      write: () => {},
      reject: (reject: Reject) => rejects.push(reject),
    },
  } as unknown as WatchDeps;
  const [spec] = kraken.connections(
    `ws://127.0.0.1:${server.addr.port}`,
    ["BTC-USD"],
    ["book"],
  );
  const connection = new Connection(spec!, {
    venue: { ...kraken, messagePauseMs: 1 },
    throttle: { add: (book: Book) => books.push(book) },
    makeCandles: false,
    deps,
    clock: new VenueClock(deps.now),
    turn: () => Promise.resolve(),
    onUp: () => {},
    onLost: () => {},
    suspect: () => {},
    recount: () => {},
    snapshot: () => Promise.reject(new Error("there is no such page")),
  } as unknown as ConnectionOptions);
  const running = connection.run();
  for (let tries = 0; tries < 1000; tries++) {
    connection.sample();
    if (books.at(-1)?.asks[0]?.[1] === "3") break;
    await new Promise((resume) => setTimeout(resume, 10));
  }
  stop.abort();
  await running;
  await server.shutdown();
  assert.deepEqual(books.at(-1)?.asks, [["11", "3"]]);
  assert.ok(!books.some(({ asks }) => asks[0]![1].startsWith("2.")));
  assert.equal(sockets, 1);
  // Once, although a further update came meanwhile.
  assert.deepEqual(heard, [
    "subscribe book BTC/USD",
    "unsubscribe book BTC/USD",
    "subscribe book BTC/USD",
  ]);
  assert.deepEqual(rejects.map(({ source, reason }) => [source, reason]), [[
    "kraken",
    "the book of BTC-USD has another checksum than the venue's",
  ]]);
  assert.match(rejects[0]!.payload, /"checksum":"1"/);
});
