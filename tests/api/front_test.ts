/** The API's port: what is passed on, what is followed, and who is disconnected. */
import assert from "node:assert/strict";
import { Front, type FrontOptions } from "../../collector/api/front.ts";

const pause = (ms: number) => new Promise((wake) => setTimeout(wake, ms));
const encode = (text: string) => new TextEncoder().encode(text);

/** A server of an app whose `/v1/live` says something every 10 ms, until nobody listens. */
async function withFront(
  run: (
    address: { port: number; url: string },
    front: Front,
    state: { cancelled: number; errors: string[] },
  ) => Promise<void>,
  options: FrontOptions = {},
  event = "event: tickers\ndata: {}\n\n",
) {
  const state = { cancelled: 0, errors: [] as string[] };
  const app = async (request: Request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/fails") throw new Error("on purpose");
    if (pathname !== "/v1/live") {
      return Response.json({
        path: request.url.slice(-20),
        method: request.method,
        body: await request.text(),
      });
    }
    let timer: ReturnType<typeof setInterval>;
    return new Response(
      new ReadableStream({
        start: (controller) => {
          timer = setInterval(() => {
            if (controller.desiredSize! > 0) controller.enqueue(encode(event));
          }, 10);
        },
        cancel: () => {
          clearInterval(timer);
          state.cancelled++;
        },
      }),
      {
        headers: {
          "content-type": "text/event-stream",
          "x-accept": request.headers.get("accept") ?? "",
        },
      },
    );
  };
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const front = new Front(listener, app, {
    ...options,
    onError: (error) => state.errors.push(error.message),
  });
  const { port } = listener.addr;
  try {
    await run({ port, url: `http://127.0.0.1:${port}` }, front, state);
  } finally {
    await front.shutdown();
  }
}

/** Waits until it is so. */
async function until(so: () => boolean, what: string) {
  for (let i = 0; !so(); i++) {
    if (i === 500) assert.fail(`never: ${what}`);
    await pause(20);
  }
}

Deno.test("every other request reaches the app as it is", async () => {
  await withFront(async ({ url }, front, state) => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, i) => {
        const response = await fetch(`${url}/some/path?n=${i}`, {
          method: i % 2 ? "POST" : "GET",
          ...(i % 2 && { body: "x".repeat(100_000) }),
        });
        return await response.json();
      }),
    );
    for (const [i, { path, method, body }] of answers.entries()) {
      assert.ok(path.endsWith(`/some/path?n=${i}`));
      assert.equal(method, i % 2 ? "POST" : "GET");
      assert.equal(body.length, i % 2 ? 100_000 : 0);
    }
    const failed = await fetch(`${url}/fails`);
    assert.equal(failed.status, 500);
    await failed.body?.cancel();
    assert.deepEqual(state.errors, ["on purpose"]);
    assert.equal(front.following, 0);
  });
});

Deno.test("who follows gets the answer's head and its events, also over a connection used before", async () => {
  await withFront(async ({ port, url }, front, state) => {
    // The client keeps connections: this one goes through the server.
    await (await fetch(`${url}/first`)).body?.cancel();
    for (let i = 0; i < 3; i++) {
      const response = await fetch(`${url}/v1/live?x=1`, {
        headers: { accept: "text/event-stream" },
      });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("content-type"), "text/event-stream");
      assert.equal(response.headers.get("x-accept"), "text/event-stream");
      let text = "";
      for await (const part of response.body!) {
        text += new TextDecoder().decode(part);
        if (text.split("\n\n").length > 3) break;
      }
      assert.match(text, /^(event: tickers\ndata: \{\}\n\n){3}/);
    }
    // Its head comes letter by letter.
    const slowly = await Deno.connect({ port });
    for (const letter of "GET /v1/live HTTP/1.1\r\nHost: x\r\n\r\n") {
      await slowly.write(encode(letter));
      await pause(1);
    }
    const buffer = new Uint8Array(1000);
    const head = new TextDecoder().decode(
      buffer.subarray(0, await slowly.read(buffer) ?? 0),
    );
    assert.match(head, /^HTTP\/1\.1 200 /);
    assert.equal(front.following, 1);
    slowly.close();
    await until(
      () => front.following === 0,
      "the one that has gone is noticed",
    );
    await until(
      () => state.cancelled === 4,
      "nothing is made for those who left",
    );
    assert.deepEqual(state.errors, []);
  });
});

Deno.test("a follower that takes nothing is closed, and the others go on", async () => {
  const big = `data: ${"x".repeat(500_000)}\n\n`;
  await withFront(
    async ({ port, url }, front, state) => {
      const stuck = await Deno.connect({ port });
      await stuck.write(encode("GET /v1/live HTTP/1.1\r\n\r\n"));
      await until(() => front.following === 1, "it follows");
      const other = await fetch(`${url}/v1/live`);
      let bytes = 0;
      const reading = (async () => {
        for await (const part of other.body!) bytes += part.length;
      })().catch(() => {});
      await until(() => front.following === 1, "the stuck one is disconnected");
      const then = bytes;
      await until(() => bytes > then + 5e6, "the other still gets its events");
      // Its connection is closed, not only forgotten.
      const ended = async () => {
        const buffer = new Uint8Array(1e6);
        while (await stuck.read(buffer) !== null);
      };
      await Promise.race([
        ended().catch(() => {}),
        pause(5000).then(() => assert.fail("it is still open")),
      ]);
      stuck.close();
      await front.shutdown();
      await reading;
      assert.equal(state.cancelled >= 1, true);
    },
    { patienceMs: 300 },
    big,
  );
});

Deno.test("what is no request is answered or closed, and costs nobody else", async () => {
  await withFront(async ({ port, url }, _, state) => {
    for (
      const text of [
        "\0\0\0\0\r\n\r\n",
        "GET /v1/live HTTP/1.1\r\nno header\r\n\r\n",
        "GET /v1/live HTTP/1.1\r\n\0: \r\n\r\n",
        `GET /v1/live HTTP/1.1\r\nx: ${"y".repeat(20_000)}`,
        "GET /v1/livelier HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "",
      ]
    ) {
      const connection = await Deno.connect({ port });
      await connection.write(encode(text));
      if (text.length < 100 && text !== "") {
        const buffer = new Uint8Array(1000);
        const read = await Promise.race([
          connection.read(buffer).catch(() => null),
          pause(3000).then(() => assert.fail(JSON.stringify(text))),
        ]);
        const said = new TextDecoder().decode(buffer.subarray(0, read ?? 0));
        assert.match(said, text.includes("livelier") ? / 200 / : /^$| 400 /);
      }
      connection.close();
    }
    const response = await fetch(`${url}/still`);
    assert.equal(response.status, 200);
    await response.body?.cancel();
    assert.deepEqual(state.errors, []);
  });
});
