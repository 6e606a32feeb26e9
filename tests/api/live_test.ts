/** `/v1/live`: one event for all, and nobody waits for the slow. */
import assert from "node:assert/strict";
import { constants, gunzipSync } from "node:zlib";
import { Live } from "../../collector/api/live.ts";

const event = (n: number) =>
  `event: tickers\ndata: {"n":${n},"text":"${"가나다".repeat(9000)}"}\n\n`;

/** A source of events that counts how often it is read. */
function source() {
  const state = { reads: 0, fails: false };
  const read = () => {
    state.reads++;
    return state.fails
      ? Promise.reject(new Error("no database"))
      : Promise.resolve(event(state.reads));
  };
  return { state, read };
}

const pause = (ms: number) => new Promise((wake) => setTimeout(wake, ms));

/** Reads until `enough` bytes say so. */
async function take(
  body: ReadableStream<Uint8Array>,
  enough: (bytes: Uint8Array) => boolean,
): Promise<Uint8Array> {
  let bytes = new Uint8Array();
  for await (const piece of body) {
    bytes = new Uint8Array([...bytes, ...piece]);
    if (enough(bytes)) break;
  }
  return bytes;
}

const unzipped = (bytes: Uint8Array) => {
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH })
      .toString();
  } catch {
    return "";
  }
};

Deno.test("an event is made once for all, plain and gzipped, whenever they come", async () => {
  const { state, read } = source();
  const live = new Live(50, read);
  const events = (text: string) => text.split("\n\n").filter((e) => e !== "");
  const follow = async (gzip: boolean) => {
    const text = (bytes: Uint8Array) =>
      gzip ? unzipped(bytes) : new TextDecoder().decode(bytes);
    const bytes = await take(
      live.follow(gzip)!,
      (bytes) => events(text(bytes)).length > 3,
    );
    return { bytes: bytes.length, events: events(text(bytes)).slice(0, 3) };
  };
  const many = [];
  for (let i = 0; i < 20; i++) {
    many.push(follow(i % 2 === 0));
    // Each begins in the middle of what the others hear.
    await pause(7);
  }
  const heard = await Promise.all(many);
  for (const { events } of heard) {
    const numbers = events.map((e) => Number(/"n":(\d+)/.exec(e)![1]));
    for (const [i, n] of numbers.entries()) {
      assert.equal(events[i] + "\n\n", event(n), "whole and exact");
    }
    assert.deepEqual(numbers, [0, 1, 2].map((i) => numbers[0]! + i));
  }
  assert.ok(heard[0]!.bytes < heard[1]!.bytes / 10, "compressed");
  // Not once for each of them.
  assert.ok(state.reads < 60, `${state.reads} reads`);
  await pause(150);
  const { reads } = state;
  await pause(150);
  assert.equal(state.reads, reads, "nobody follows, nothing is read");
});

Deno.test("a follower that does not take its events is disconnected, the others are not", async () => {
  const { read } = source();
  const live = new Live(20, read);
  const slow = live.follow(false)!;
  let taken = 0;
  const quick = take(live.follow(true)!, () => ++taken > 30);
  await quick;
  // What waited for it is one event, then it ends.
  let bytes = 0;
  await assert.rejects(async () => {
    for await (const piece of slow) bytes += piece.length;
  }, /too slow/);
  assert.ok(bytes <= 2 * new TextEncoder().encode(event(1)).length, `${bytes}`);
});

Deno.test("a database that is away ends nobody's stream", async () => {
  const { state, read } = source();
  const live = new Live(20, read);
  const { error: print } = console;
  console.error = () => {};
  let text = "";
  state.fails = true;
  setTimeout(() => state.fails = false, 100);
  await take(live.follow(false)!, (bytes) => {
    text = new TextDecoder().decode(bytes);
    return text.includes("event: tickers");
  });
  console.error = print;
  assert.match(text, /^: the database did not answer\n\n/);
});

Deno.test("a server and its clients: browsers' fetch reads it, event by event", async () => {
  const { read } = source();
  const live = new Live(50, read);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const gzip = request.headers.get("accept-encoding")!.includes("gzip");
      return new Response(live.follow(gzip), {
        headers: {
          "content-type": "text/event-stream",
          "cache-control": "no-store, no-transform",
          ...(gzip && { "content-encoding": "gzip" }),
        },
      });
    },
  );
  for (const encoding of ["gzip", "identity"]) {
    const response = await fetch(`http://127.0.0.1:${server.addr.port}`, {
      headers: { "accept-encoding": encoding },
    });
    let text = "";
    for await (
      const part of response.body!.pipeThrough(new TextDecoderStream())
    ) {
      text += part;
      if (text.split("\n\n").length > 3) break;
    }
    const [first] = text.split("\n\n");
    assert.equal(
      `${first}\n\n`,
      event(Number(/"n":(\d+)/.exec(first!)![1])),
      encoding,
    );
  }
  await Promise.race([server.shutdown(), pause(500)]);
});
