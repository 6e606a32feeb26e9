import assert from "node:assert/strict";
import { postId } from "../../collector/communities/bluesky/bluesky.ts";
import { openDatabase } from "../../collector/database/client.ts";
import { followPosts } from "../../collector/communities/bluesky/post_stream.ts";
import { Store } from "../../collector/store/store.ts";
import { emptyData } from "../support/empty_database.ts";
import { SECOND } from "../../collector/model/time.ts";

/** 2026-05-25T14:23:00Z. */
const T = 1779718980_000000;

const event = (us: number, kind: string, more: object, did = "did:plc:a") =>
  JSON.stringify({ did, time_us: us, kind, ...more });
const commit = (
  us: number,
  rkey: string,
  rev: string,
  more: object,
  did = "did:plc:a",
) =>
  event(us, "commit", {
    commit: { rev, rkey, collection: "app.bsky.feed.post", ...more },
  }, did);
const post = (
  us: number,
  rkey: string,
  rev: string,
  text: unknown,
  did?: string,
) =>
  commit(us, rkey, rev, {
    operation: "create",
    record: {
      $type: "app.bsky.feed.post",
      createdAt: "2031-01-01T00:00:00Z",
      text,
    },
  }, did);

Deno.test("literal frames: once each, by the server's time, deletes obeyed, garbage kept aside", async () => {
  const data = await emptyData();
  const db = await openDatabase({ data });
  const { sql } = db;
  const store = new Store(sql);
  const scripts = [
    [
      event(T + 1 * SECOND, "identity", { identity: { seq: 1 } }),
      post(T + 30 * SECOND, "k1", "r1", "Bitcoin, bitcoin"),
      // The same key of another account, and one post in both words.
      post(T + 31 * SECOND, "k1", "r1", "비트코인도 bitcoin도", "did:plc:b"),
      post(T + 32 * SECOND, "k2", "r2", "bitcoin, soon gone"),
      commit(T + 33 * SECOND, "k1", "r3", {
        operation: "update",
        record: { text: "edited" },
      }),
      commit(T + 70 * SECOND, "k2", "r4", { operation: "delete" }),
      post(T + 80 * SECOND, "k3", "r5", undefined),
      post(T + 90 * SECOND, "k4", "r6", "bitcoin", "did:plc:c"),
      event(T + 100 * SECOND, "account", {
        account: { active: false, status: "deleted", did: "did:plc:c" },
      }, "did:plc:c"),
      post(T + 250 * SECOND, "k5", "r7", "비트코인"),
    ],
    [
      // From the cursor on: two that are known, one of them deleted meanwhile.
      post(T + 245 * SECOND, "k0", "r0", "nothing"),
      post(T + 250 * SECOND, "k5", "r7", "비트코인"),
      "{garbage",
      post(T + 300 * SECOND, "k6", "r8", "bitcoin"),
      event(T + 500 * SECOND, "identity", { identity: { seq: 2 } }),
    ],
  ];
  const asked: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const script = scripts[asked.length];
      asked.push(new URL(request.url).search);
      const { socket, response } = Deno.upgradeWebSocket(request);
      socket.onopen = () => {
        for (const frame of script ?? []) socket.send(frame);
        if (asked.length === 1) socket.close(1001, "restarting");
      };
      return response;
    },
  );
  const stop = new AbortController();
  const lines: string[] = [];
  let failures = 2;
  const running = followPosts(
    {
      socket: `ws://127.0.0.1:${server.addr.port}/subscribe`,
      terms: ["bitcoin", "비트코인"],
    },
    {
      sql,
      // The database is away at first: nothing of it is lost.
      store: {
        counters: store.counters,
        write: (events, at) => store.write(events, at),
        reject: (reject) => store.reject(reject),
        flush: () =>
          failures-- > 0 ? Promise.reject(new Error("away")) : store.flush(),
      },
      hashAuthor: (did) => did,
      signal: stop.signal,
      now: () => Date.now() * 1000,
      log: (line) => lines.push(line),
      settleMs: 10,
      feed: { minPauseMs: 1, maxPauseMs: 5 },
    },
  );
  const late = Date.now() + 20_000;
  for (;;) {
    const [row] = await sql`select cursor::text from cursors`;
    if (Number(row?.cursor) === T + 500 * SECOND) break;
    if (Date.now() > late) throw new Error(`waited in vain: ${lines}`);
    await new Promise((wake) => setTimeout(wake, 10));
  }
  stop.abort();
  await running;
  await store.flush();

  assert.deepEqual(asked, [
    "?wantedCollections=app.bsky.feed.post",
    `?wantedCollections=app.bsky.feed.post&cursor=${T + 245 * SECOND}`,
  ]);
  assert(lines.some((line) => line.includes("with code 1001 restarting")));
  assert(lines.some((line) => line.includes("not kept yet (away)")));
  const rows = await sql`
    select post_id::text as id, board, title, deleted, author_hash,
      (extract(epoch from ts) * 1000000)::bigint::text as us from posts order by ts`;
  assert.deepEqual(
    rows.map((r) => [
      r.id,
      r.board,
      r.title,
      r.deleted,
      r.author_hash,
      (Number(r.us) - T) / SECOND,
    ]),
    [
      [
        postId("did:plc:a", "k1"),
        "bitcoin",
        "Bitcoin, bitcoin",
        false,
        "did:plc:a",
        30,
      ],
      [
        postId("did:plc:b", "k1"),
        "bitcoin,비트코인",
        "비트코인도 bitcoin도",
        false,
        "did:plc:b",
        31,
      ],
      [postId("did:plc:a", "k2"), "bitcoin", null, true, "did:plc:a", 32],
      [postId("did:plc:c", "k4"), "bitcoin", null, true, "did:plc:c", 90],
      [
        postId("did:plc:a", "k5"),
        "비트코인",
        "비트코인",
        false,
        "did:plc:a",
        250,
      ],
      [
        postId("did:plc:a", "k6"),
        "bitcoin",
        "bitcoin",
        false,
        "did:plc:a",
        300,
      ],
    ],
  );
  const counts = await sql`
    select query, count, complete,
      (extract(epoch from ts) * 1000000)::bigint::text as us from counts
    where complete order by query desc, ts`;
  assert.deepEqual(
    counts.map((r) => [r.query, (Number(r.us) - T) / 60e6, r.count]),
    [
      // Seen from 1 s on: minute 0 is partial. Garbage came within minute 4 or 5,
      // after the event at 250 s; what follows it is known from 255 s on.
      ["posts:비트코인", 1, 0],
      ["posts:비트코인", 2, 0],
      ["posts:비트코인", 3, 0],
      ["posts:비트코인", 5, 0],
      ["posts:비트코인", 6, 0],
      ["posts:비트코인", 7, 0],
      ["posts:bitcoin", 1, 1],
      ["posts:bitcoin", 2, 0],
      ["posts:bitcoin", 3, 0],
      ["posts:bitcoin", 5, 1],
      ["posts:bitcoin", 6, 0],
      ["posts:bitcoin", 7, 0],
    ],
  );
  const rejects =
    await sql`select source, reason, payload from rejects order by reject_id`;
  assert.deepEqual(rejects.map((r) => [r.source, r.reason]), [
    ["bluesky", "a post without a text"],
    ["bluesky", "a frame that is not JSON"],
  ]);
  assert.equal(rejects[1]!.payload, "{garbage");
  await server.shutdown();
  await store.close();
  await db.close();
  await Deno.remove(data, { recursive: true });
});
