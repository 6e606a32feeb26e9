import assert from "node:assert/strict";
import { reasonInWords } from "../../collector/model/gap_reason.ts";
import type { Trade } from "../../collector/model/events.ts";
import {
  feed,
  type FeedItem,
  type FeedOptions,
} from "../../collector/net/feed.ts";
import { binance } from "../../collector/venues/binance.ts";
import { upbit } from "../../collector/venues/upbit.ts";
import type { ConnectionSpec, Venue } from "../../collector/venues/venue.ts";

/** A venue on loopback; `onOpen` gets each socket with its number from 0. */
function serve(onOpen: (socket: WebSocket, number: number) => void) {
  let opened = 0;
  let open = 0;
  const log = { most: 0, received: [] as string[] };
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request, {
        idleTimeout: 0,
      });
      const number = opened++;
      socket.onopen = () => {
        log.most = Math.max(log.most, ++open);
        onOpen(socket, number);
      };
      socket.onmessage = ({ data }) => log.received.push(data);
      socket.onclose = () => open--;
      return response;
    },
  );
  const url = `ws://127.0.0.1:${server.addr.port}`;
  return { url, log, close: () => server.shutdown() };
}

const trade = (id: number) =>
  `{"ty":"trade","cd":"KRW-BTC","ttms":1785395041124,"tp":91368000.0,"tv":1,"ab":"BID","sid":${id}}`;

/** Runs a feed until `enough` says so, and gives all that it said. */
async function collect(
  url: string,
  enough: (items: FeedItem[]) => boolean,
  options: Partial<FeedOptions> & {
    venue?: Pick<Venue, "read" | "keepalive" | "messagePauseMs">;
    subscribe?: string[];
    slowly?: (batch: FeedItem[]) => Promise<void>;
  } = {},
): Promise<FeedItem[]> {
  const stop = new AbortController();
  const connection: ConnectionSpec = {
    url,
    subscribe: options.subscribe ?? ["hello"],
    markets: ["KRW-BTC"],
    channels: ["trade"],
  };
  const items: FeedItem[] = [];
  const { venue = upbit, slowly, ...rest } = options;
  for await (
    const batch of feed(venue, connection, {
      minPauseMs: 5,
      maxPauseMs: 20,
      ...rest,
      signal: stop.signal,
    })
  ) {
    items.push(...batch);
    await slowly?.(batch);
    if (enough(items)) stop.abort();
  }
  return items;
}

const ids = (items: FeedItem[]) =>
  items.flatMap((item) => item.kind === "frame" ? item.readings : [])
    .filter((r): r is Trade => r.kind === "trade").map((t) => Number(t.id));
const downs = (items: FeedItem[]) =>
  items.flatMap((item) =>
    item.kind === "down" ? [reasonInWords(item.reason)] : []
  );
const kinds = (items: FeedItem[]) => items.map((item) => item.kind);

Deno.test("text and binary frames, and one that cannot be read", async () => {
  const venue = serve((socket) => {
    socket.send(trade(1));
    socket.send(new TextEncoder().encode(trade(2)));
    socket.send(new Uint8Array([0x7b, 0xff, 0x7d]));
    socket.send('{"ty":"trade"}');
    socket.send(trade(3));
  });
  const items = await collect(venue.url, (all) => ids(all).includes(3));
  await venue.close();
  assert.deepEqual(kinds(items), [
    "up",
    "frame",
    "frame",
    "unreadable",
    "unreadable",
    "frame",
    "down",
  ]);
  assert.deepEqual(ids(items), [1, 2, 3]);
  assert.deepEqual(downs(items), ["the collector was stopped"]);
  const [, wrong] = items.filter((item) => item.kind === "unreadable");
  assert.equal(wrong?.kind === "unreadable" && wrong.payload, '{"ty":"trade"}');
  assert.deepEqual(venue.log.received, ["hello"]);
});

Deno.test("a cut socket is replaced, and both cuts are told", async () => {
  const venue = serve((socket, number) => {
    socket.send(trade(number));
    if (number < 2) socket.close(1000, "bye");
  });
  const items = await collect(venue.url, (all) => ids(all).includes(2));
  await venue.close();
  assert.deepEqual(kinds(items), [
    ...["up", "frame", "down"],
    ...["up", "frame", "down"],
    ...["up", "frame", "down"],
  ]);
  assert.match(downs(items)[0]!, /code 1000 bye/);
  assert.equal(venue.log.most, 1, "never two sockets at once");
});

Deno.test("an open but mute socket is given up", async () => {
  const venue = serve((socket, number) => {
    if (number === 1) socket.send(trade(1));
  });
  const items = await collect(venue.url, (all) => ids(all).includes(1), {
    idleMs: 100,
  });
  await venue.close();
  assert.match(downs(items)[0]!, /no frame for 0.1 s/);
  assert.equal(venue.log.most, 1);
});

Deno.test("keepalives are sent, and their answers keep a quiet socket", async () => {
  const venue = serve((socket) => {
    socket.addEventListener("message", ({ data }) => {
      if (data === "PING") socket.send('{"status":"UP"}');
    });
  });
  const items = await collect(
    venue.url,
    (all) => all.filter((item) => item.kind === "frame").length >= 20,
    {
      idleMs: 400,
      venue: { ...upbit, keepalive: { frame: "PING", everyMs: 40 } },
    },
  );
  await venue.close();
  assert.deepEqual(downs(items), ["the collector was stopped"]);
});

Deno.test("what an old socket still says does not reach the new one", async () => {
  const held: WebSocket[] = [];
  const venue = serve((socket, number) => {
    held.push(socket);
    if (number === 0) {
      socket.send(
        '{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}',
      );
      for (let i = 0; i < 50; i++) socket.send(aggregate(666));
    } else {
      socket.send(aggregate(1));
      if (held[0]!.readyState === WebSocket.OPEN) held[0]!.send(aggregate(666));
      socket.send(aggregate(2));
    }
  });
  const items = await collect(venue.url, (all) => ids(all).includes(2), {
    venue: binance,
    subscribe: [],
  });
  await venue.close();
  assert.deepEqual(ids(items), [1, 2]);
  assert.match(downs(items)[0]!, /about to close/);
  assert.equal(venue.log.most, 1);
});

const aggregate = (id: number) =>
  `{"e":"aggTrade","E":1672515782136,"s":"BNBBTC","a":${id},"p":"0.001","q":"100","f":100,"l":105,"T":1672515782136,"m":true}`;

Deno.test("every new socket subscribes anew, message by message", async () => {
  const times: number[] = [];
  const venue = serve((socket, number) => {
    socket.addEventListener("message", ({ data }) => {
      times.push(performance.now());
      if (data !== "b") return;
      if (number === 0) socket.close();
      else socket.send(trade(1));
    });
  });
  const items = await collect(venue.url, (all) => ids(all).includes(1), {
    subscribe: ["a", "b"],
    venue: { ...upbit, messagePauseMs: 30 },
  });
  await venue.close();
  assert.deepEqual(venue.log.received, ["a", "b", "a", "b"]);
  assert.ok(times[1]! - times[0]! >= 25 && times[3]! - times[2]! >= 25);
  assert.equal(kinds(items).filter((kind) => kind === "up").length >= 1, true);
});

Deno.test("a refusal is part of the reason", async () => {
  const venue = serve((socket, number) => {
    if (number > 0) return socket.send(trade(1));
    socket.send('{"error":{"name":"NO_CODES","message":"none"}}');
    socket.close(1000);
  });
  const items = await collect(venue.url, (all) => ids(all).includes(1));
  await venue.close();
  assert.match(downs(items)[0]!, /code 1000.*NO_CODES: none/);
});

Deno.test("a slow reader: the loss is told and memory bounded", async () => {
  const burst = 2000;
  const venue = serve((socket, number) => {
    for (let i = 0; i < burst; i++) socket.send(trade(number * burst + i));
  });
  let waited = false;
  const limit = 100 * trade(1).length;
  const items = await collect(
    venue.url,
    (all) => kinds(all).filter((kind) => kind === "up").length >= 2,
    {
      maxWaiting: limit,
      slowly: async () => {
        if (!waited) await new Promise((resolve) => setTimeout(resolve, 300));
        waited = true;
      },
    },
  );
  await venue.close();
  assert.match(downs(items)[0]!, /fell behind/);
  const first = ids(items).filter((id) => id < burst);
  assert.ok(first.length < burst, "dropped");
  assert.deepEqual(first, first.map((_, i) => i), "without a hole before that");
});

Deno.test("pauses grow with full jitter up to the bound", async () => {
  const drawn: number[] = [];
  const opened: number[] = [];
  const venue = serve((socket) => {
    opened.push(performance.now());
    socket.close();
  });
  await collect(venue.url, () => opened.length >= 5, {
    minPauseMs: 20,
    maxPauseMs: 80,
    random: () => {
      drawn.push(1);
      return 1;
    },
  });
  await venue.close();
  const pauses = opened.slice(1).map((at, i) => at - opened[i]!);
  // 40, 80 and never more than 80: at least that long each.
  assert.ok(pauses[0]! >= 39 && pauses[1]! >= 79 && pauses[2]! >= 79);
  assert.ok(drawn.length >= 4);
});

Deno.test("a venue that is not there: told each time, never thrown", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const items = await collect(
    `ws://127.0.0.1:${port}`,
    (all) => downs(all).length >= 3,
  );
  assert.ok(downs(items).length >= 3);
  assert.ok(!kinds(items).includes("up"));
  const none = await collect("nonsense://x", (all) => downs(all).length >= 2);
  assert.match(downs(none)[0]!, /no such address/);
});

Deno.test("leaving the loop closes the socket", async () => {
  const closed = Promise.withResolvers<void>();
  const venue = serve((socket) => {
    socket.addEventListener("close", () => closed.resolve());
    socket.send(trade(1));
  });
  const signal = new AbortController().signal;
  const connection = {
    url: venue.url,
    subscribe: [],
    markets: [],
    channels: [],
  };
  for await (const _ of feed(upbit, connection, { signal })) break;
  await closed.promise;
  await venue.close();
});
