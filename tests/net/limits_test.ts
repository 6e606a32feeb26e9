/** What comes from outside is read up to a bound, however much is sent. */
import assert from "node:assert/strict";
import { Crawler } from "../../collector/net/crawl.ts";
import { Unreadable } from "../../collector/model/events.ts";
import { feed, type FeedItem } from "../../collector/net/feed.ts";
import { Rest } from "../../collector/net/rest.ts";
import type { Reject } from "../../collector/store/batch.ts";
import { upbit } from "../../collector/venues/upbit.ts";
import { CoverageTracker } from "../../collector/watch/coverage_tracker.ts";

const MB = 1e6;

/** A host that sends zeros until the reader goes away; tells how many bytes it was asked for. */
function endless(status: number, headers: Record<string, string> = {}) {
  let sent = 0;
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => {
      const zeros = new Uint8Array(MB);
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += zeros.length;
          if (sent > 4e9) controller.close();
          else controller.enqueue(zeros);
        },
      });
      return new Response(
        headers["content-encoding"] === "gzip"
          ? body.pipeThrough(
            new CompressionStream("gzip") as unknown as TransformStream<
              Uint8Array,
              Uint8Array
            >,
          )
          : body,
        { status, headers },
      );
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}/page`,
    sent: () => sent,
    close: () => server.shutdown(),
  };
}

Deno.test("a REST answer without end becomes a reject, and memory stays", async (t) => {
  for (
    const [name, headers] of [
      ["plain", {}],
      ["gzipped, of a few bytes on the wire", { "content-encoding": "gzip" }],
    ] as const
  ) {
    await t.step(name, async () => {
      const host = endless(200, headers);
      const rejects: Reject[] = [];
      const stop = new AbortController();
      const rest = new Rest({ ...upbit, restPauseMs: 0 }, {
        signal: stop.signal,
        maxBytes: 5 * MB,
        onUnreadable: (page) => rejects.push(page),
      });
      await assert.rejects(
        rest.page(host.url, JSON.parse),
        (error: Error) =>
          error instanceof Unreadable &&
          /longer than 5000000 bytes/.test(error.message),
      );
      // Asked once: it would be no shorter the next time.
      assert.equal(rejects.length, 1);
      assert.equal(rejects[0]!.place, host.url);
      assert.ok(rejects[0]!.payload.length <= 4096);
      // What is compressed waits in the sockets by the gigabyte.
      assert.ok(host.sent() < 4e9, `${host.sent()} bytes were taken`);
      await host.close();
    });
  }
});

Deno.test("of an error without end the beginning is read", async () => {
  const host = endless(500);
  const rest = new Rest({ ...upbit, restPauseMs: 0 }, {
    signal: new AbortController().signal,
    attempts: 2,
    backoffMs: 1,
  });
  await assert.rejects(rest.get(host.url), /HTTP 500.*Check the network/s);
  assert.ok(host.sent() < 500 * MB, `${host.sent()} bytes were taken`);
  await host.close();
});

Deno.test("a page or a robots.txt without end is no answer", async () => {
  const host = endless(200);
  for (const robots of [true, false]) {
    const crawler = new Crawler({ pauseMs: 0, maxBytes: MB });
    const answer = await crawler.request(host.url, { robots });
    assert.equal(answer.kind, "unreachable");
    assert.match(
      answer.kind === "unreachable" ? answer.reason : "",
      /longer than 1000000 bytes/,
    );
  }
  assert.ok(host.sent() < 500 * MB, `${host.sent()} bytes were taken`);
  await host.close();
});

Deno.test("a frame beyond belief is unreadable, and puts every market in doubt", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request);
      // It names one market only; what else was in it nobody read.
      socket.onopen = () =>
        socket.send(`{"cd":"KRW-BTC","x":"${"0".repeat(9 * 2 ** 20)}"}`);
      return response;
    },
  );
  const connection = {
    url: `ws://127.0.0.1:${server.addr.port}`,
    subscribe: [],
    markets: ["KRW-BTC", "KRW-ETH"],
    channels: ["trade" as const],
  };
  const stop = new AbortController();
  let found: FeedItem | undefined;
  for await (const items of feed(upbit, connection, { signal: stop.signal })) {
    found ??= items.find(({ kind }) => kind === "unreadable");
    if (found) stop.abort();
  }
  assert.ok(found?.kind === "unreadable");
  assert.match(found.reason, /a frame of \d+ bytes/);
  assert.equal(found.payload, "");
  const doubted: string[] = [];
  const tracker = new CoverageTracker(upbit, connection, {
    ledger: (entry) => {
      if (entry.kind === "gap") doubted.push(entry.market);
    },
    suspect: () => {},
  });
  tracker.up(0);
  tracker.unreadable(found.payload, 1e6);
  tracker.tick(1e9);
  assert.deepEqual(doubted, ["KRW-BTC", "KRW-ETH"]);
  await server.shutdown();
});
