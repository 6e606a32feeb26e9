import assert from "node:assert/strict";
import {
  postId,
  readStream,
  streamUrl,
  termFinder,
} from "../../collector/communities/bluesky/bluesky.ts";
import { checkConfig } from "../../collector/config.ts";
import { Unreadable } from "../../collector/model/events.ts";
import { REAL, test } from "../support/requirements.ts";

const find = termFinder(["bitcoin", "비트코인"]);
const DID = "did:plc:q235v55g5unth4zjjdpacfdr";

/** A frame as the wire has it, with changes. */
const frame = (commit: object, more: object = {}) =>
  JSON.stringify({
    did: DID,
    time_us: 1779719009157119,
    kind: "commit",
    commit: {
      rev: "3mmoojpaqkn2z",
      operation: "create",
      collection: "app.bsky.feed.post",
      rkey: "3mmoojp4cd223",
      cid: "bafyreicl7rzkxdrm4zz2ehbx52kuk3mvfow6p3gzfys72r5grvskxoswy4",
      ...commit,
    },
    ...more,
  });
const post = (text: unknown, more: object = {}) =>
  frame({
    record: {
      $type: "app.bsky.feed.post",
      createdAt: "2019-01-01T00:00:00.000Z",
      langs: ["ko"],
      text,
    },
  }, more);

test(
  "the recorded frames: ten read, one of them a post, and that without a term",
  [
    "real",
  ],
  async () => {
    const lines = (await Deno.readTextFile(
      new URL("bluesky/golden_v1.jsonl", REAL),
    )).trim().split("\n");
    const readings = lines.map((line) => readStream(line, find));
    assert.equal(readings.length, 10);
    assert(readings.every(({ kind }) => kind === "other"));
    assert.deepEqual(
      readings.map(({ ts }) => ts),
      lines.map((line) => Number(/"time_us":(\d+)/.exec(line)![1])),
    );
    // With a word of the one post it is found, by the server's time and a word's bounds.
    const [found, ...rest] = lines.map((line) =>
      readStream(line, termFinder(["rsv"]))
    ).filter(({ kind }) => kind === "post");
    assert.deepEqual(rest, []);
    assert.deepEqual(found, {
      kind: "post",
      ts: 1779719009157119,
      key: `${DID}/app.bsky.feed.post/3mmoojp4cd223/3mmoojpaqkn2z`,
      id: postId(DID, "3mmoojp4cd223"),
      did: DID,
      text: "Try RSV for a good time !!",
      terms: ["rsv"],
    });
  },
);

Deno.test("a post: the server's time, both terms, nothing that a text column refuses", () => {
  const read = readStream(post("비트코인이란 Bitcoin\0 \ud83d"), find);
  assert.deepEqual(read, {
    kind: "post",
    ts: 1779719009157119,
    key: `${DID}/app.bsky.feed.post/3mmoojp4cd223/3mmoojpaqkn2z`,
    id: postId(DID, "3mmoojp4cd223"),
    did: DID,
    text: "비트코인이란 Bitcoin\ufffd \ufffd",
    terms: ["bitcoin", "비트코인"],
  });
  const ts = 1779719009157119;
  assert.deepEqual(readStream(post("good morning"), find), {
    kind: "other",
    ts,
  });
});

Deno.test("deletes, edits, other collections, accounts", () => {
  const ts = 1779719009157119;
  const gone = readStream(
    frame({ operation: "delete", rev: "3mmoojpae7c2e" }),
    find,
  );
  assert.deepEqual(gone, {
    kind: "deleted",
    ts,
    key: `${DID}/app.bsky.feed.post/3mmoojp4cd223/3mmoojpae7c2e`,
    id: postId(DID, "3mmoojp4cd223"),
  });
  const others = [
    frame({ operation: "update", record: { text: "bitcoin" } }),
    frame({ collection: "app.bsky.feed.like", operation: "delete" }),
    frame({ collection: "app.bsky.feed.like", record: { text: "bitcoin" } }),
    frame({}, { kind: "identity", commit: undefined, identity: { seq: 1 } }),
    frame({}, { kind: "sync", commit: undefined }),
  ];
  for (const text of others) {
    assert.deepEqual(readStream(text, find), { kind: "other", ts });
  }
  const account = (active: boolean, status?: string) =>
    readStream(
      frame({}, {
        kind: "account",
        commit: undefined,
        account: { active, did: DID, seq: 30340180351, status },
      }),
      find,
    ).kind;
  assert.equal(account(true), "other");
  assert.equal(account(false, "deactivated"), "other");
  assert.equal(account(false, "deleted"), "removed");
  assert.equal(account(false, "takendown"), "removed");
  const odd = readStream(post(undefined), find);
  assert(odd.kind === "odd" && odd.ts === ts);
});

Deno.test("what is no frame of Jetstream's is unreadable", () => {
  for (
    const text of [
      "",
      "null",
      "[]",
      '{"did":"did:plc:x","time_us":1779719009157119',
      frame({}, { time_us: "1779719009157119" }),
      frame({}, { time_us: 1779719009 }),
      frame({}, { time_us: 1.5 }),
      frame({}, { did: "someone" }),
      frame({}, { commit: undefined }),
      frame({ rkey: 7 }),
      frame({ operation: undefined }),
      '{"$type":"message","payload":{"$type":"network.bsky.jetstream.subscribeEvents#commit","seq":1}}',
    ]
  ) assert.throws(() => readStream(text, find), Unreadable, text);
});

Deno.test("terms are words, in any case, Korean ones with their particles", () => {
  const both = ["bitcoin", "비트코인"];
  for (
    const [text, terms] of [
      ["Bitcoin", ["bitcoin"]],
      ["#BITCOIN!", ["bitcoin"]],
      ["bitcoin's", ["bitcoin"]],
      ["ｂｉｔｃｏｉｎ", ["bitcoin"]],
      ["bitcoin은 비트코인", both],
      ["bitcoinは", ["bitcoin"]],
      ["bitcoins mybitcoin bitcoin_x bitcoin2 bítcoin", []],
      ["비트코인", ["비트코인"]],
      ["비트코인".normalize("NFD"), ["비트코인"]],
      ["(비트코인)이 비트코인이 비트코인에서는", ["비트코인"]],
      ["비트코인ETF", ["비트코인"]],
      ["비트코인캐시 비트코인골드 새비트코인 비트코인은행", []],
      ["비트 코인", []],
      ["", []],
    ] as const
  ) assert.deepEqual(find(text), terms, text);
  const odd = termFinder(["$btc", "c++", "bitcoin cash", "bitcoin", "$btc"]);
  assert.deepEqual(odd("to the $BTC and back"), ["$btc"]);
  assert.deepEqual(odd("$btcx a$btcd c+"), []);
  assert.deepEqual(odd("C++ or bitcoin \n Cash"), [
    "bitcoin",
    "bitcoin cash",
    "c++",
  ]);
});

Deno.test("ids are 63 bits of the at-uri's hash: the same key of two accounts gives two", () => {
  const id = postId(DID, "3mmoojp4cd223");
  // sha256sum of "at://did:plc:…/app.bsky.feed.post/3mmoojp4cd223", its first 63 bits.
  assert.equal(id, "715026899304250251");
  assert.notEqual(id, postId("did:plc:other", "3mmoojp4cd223"));
  const ids = new Set(
    Array.from({ length: 20_000 }, (_, i) => postId(DID, String(i))),
  );
  assert.equal(ids.size, 20_000);
  for (const id of ids) assert(BigInt(id) >= 0n && BigInt(id) < 2n ** 63n);
});

Deno.test("the address, with and without a cursor", () => {
  const socket = "wss://jetstream2.us-east.bsky.network/subscribe";
  assert.equal(
    streamUrl(socket, null),
    `${socket}?wantedCollections=app.bsky.feed.post`,
  );
  assert.equal(
    streamUrl(socket, 1779719009157119),
    `${socket}?wantedCollections=app.bsky.feed.post&cursor=1779719009157119`,
  );
});

Deno.test("the configuration: off unless named, wrong terms told", () => {
  assert.equal(
    checkConfig({ communities: {} }, "c").communities.bluesky,
    undefined,
  );
  assert.deepEqual(
    checkConfig({ communities: { bluesky: {} } }, "c").communities.bluesky,
    {
      terms: ["bitcoin", "비트코인"],
      socket: "wss://jetstream2.us-east.bsky.network/subscribe",
    },
  );
  for (const term of ["", " bitcoin", "a,b", "!!", "x".repeat(65)]) {
    assert.throws(
      () => checkConfig({ communities: { bluesky: { terms: [term] } } }, "c"),
      /communities\.bluesky\.terms\.0/,
      term,
    );
  }
});
