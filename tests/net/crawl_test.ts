import assert from "node:assert/strict";
import {
  askAgainAt,
  Crawler,
  type CrawlerOptions,
  USER_AGENT,
} from "../../collector/net/crawl.ts";

const START = Date.parse("2026-11-20T00:00:00Z");

/** A host whose answers are given by path, on a clock that only sleeping moves. */
function host(
  answer: (path: string) => Response | Promise<Response>,
  options: Partial<CrawlerOptions> = {},
) {
  let ms = START;
  let running = 0, most = 0;
  const asked: { path: string; at: number; agent: string | null }[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      asked.push({
        path: pathname + search,
        at: ms - START,
        agent: request.headers.get("user-agent"),
      });
      most = Math.max(most, ++running);
      // Long enough that a second request would arrive meanwhile.
      await new Promise((wake) => setTimeout(wake, 2));
      running--;
      return await answer(pathname + search);
    },
  );
  const crawler = new Crawler({
    pauseMs: 1100,
    random: () => 0,
    clock: {
      now: () => ms,
      sleep: (wait, signal) => {
        signal?.throwIfAborted();
        ms += wait;
        return Promise.resolve();
      },
    },
    ...options,
  });
  const base = `http://127.0.0.1:${server.addr.port}`;
  return {
    asked,
    crawler,
    base,
    most: () => most,
    pass: (more: number) => void (ms += more),
    ask: (path: string, more = {}) => crawler.request(base + path, more),
    close: () => server.shutdown(),
  };
}

const noRobots = (path: string) =>
  path === "/robots.txt"
    ? new Response("", { status: 404 })
    : new Response("ok");

Deno.test("one request at a time, in order, never closer than the pause", async () => {
  const h = host(noRobots);
  await Promise.all(["/a", "/b", "/c", "/d"].map((path) => h.ask(path)));
  await h.close();
  assert.deepEqual(h.asked.map((a) => a.path), [
    "/robots.txt",
    "/a",
    "/b",
    "/c",
    "/d",
  ]);
  assert.equal(h.most(), 1);
  assert.deepEqual(h.asked.map((a) => a.at), [0, 1100, 2200, 3300, 4400]);
  assert(h.asked.every((a) => a.agent === USER_AGENT));
});

Deno.test("jitter only lengthens the pause", async () => {
  const values = [0.9, 0, 0.5];
  let next = 0;
  const h = host(noRobots, { random: () => values[next++ % 3]! });
  for (const path of ["/a", "/b", "/c"]) await h.ask(path);
  await h.close();
  for (let i = 1; i < h.asked.length; i++) {
    assert(h.asked[i]!.at - h.asked[i - 1]!.at >= 1100);
  }
  assert(
    new Set(h.asked.map((a, i) => a.at - (h.asked[i - 1]?.at ?? 0))).size > 2,
  );
});

Deno.test("robots.txt: the longest match counts, query string included; what it excludes is never asked", async () => {
  const h = host((path) =>
    path === "/robots.txt"
      ? new Response(
        "User-agent: *\nDisallow: /mini/\nDisallow: /board/lists/?id=47\nDisallow: /board/\nAllow: /board/lists/\n" +
          "\nUser-agent: GPTBot\nDisallow: /\n",
      )
      : new Response("ok")
  );
  const kinds: string[] = [];
  for (
    const path of [
      "/mini/board/lists/?id=presalecoin",
      "/board/lists/?id=47",
      "/board/lists/?id=bitcoins_new1&page=1",
      "/board/view/?id=bitcoins_new1",
      "/mgallery/board/lists/?id=coin",
    ]
  ) kinds.push((await h.ask(path)).kind);
  await h.close();
  assert.deepEqual(kinds, ["excluded", "excluded", "page", "excluded", "page"]);
  assert.deepEqual(h.asked.map((a) => a.path), [
    "/robots.txt",
    "/board/lists/?id=bitcoins_new1&page=1",
    "/mgallery/board/lists/?id=coin",
  ]);
});

Deno.test("robots.txt may address crowdtape by name and ask for a longer pause", async () => {
  const h = host((path) =>
    path === "/robots.txt"
      ? new Response(
        "User-agent: *\nAllow: /\n\nUser-agent: crowdtape\nDisallow: /x\nCrawl-delay: 5\n",
      )
      : new Response("ok")
  );
  assert.equal((await h.ask("/x")).kind, "excluded");
  await h.ask("/a");
  await h.ask("/b");
  await h.close();
  assert.deepEqual(h.asked.map((a) => a.at), [0, 5000, 10_000]);
});

Deno.test("robots.txt is read again after a day; an API called by contract has none", async () => {
  const h = host(noRobots);
  await h.ask("/api", { robots: false });
  await h.ask("/a");
  h.pass(23 * 3600_000);
  await h.ask("/b");
  h.pass(3600_000);
  await h.ask("/c");
  await h.close();
  assert.deepEqual(h.asked.map((a) => a.path), [
    "/api",
    "/robots.txt",
    "/a",
    "/b",
    "/robots.txt",
    "/c",
  ]);
});

Deno.test("while robots.txt cannot be read nothing else is asked; an old copy goes on counting", async () => {
  let broken = true;
  const h = host((path) =>
    path !== "/robots.txt"
      ? new Response("ok")
      : broken
      ? new Response("", { status: 503 })
      : new Response("User-agent: *\nDisallow: /no\n")
  );
  assert.equal((await h.ask("/a")).kind, "unreachable");
  assert.equal((await h.ask("/a")).kind, "resting");
  broken = false;
  h.pass(31_000);
  assert.equal((await h.ask("/a")).kind, "page");
  broken = true;
  h.pass(25 * 3600_000);
  assert.equal((await h.ask("/no")).kind, "excluded");
  assert.equal((await h.ask("/a")).kind, "page");
  await h.close();
});

for (
  const [status, headers, least] of [
    [429, {}, 60_000],
    [429, { "retry-after": "300" }, 300_000],
    [429, { "retry-after": new Date(START + 400_000).toUTCString() }, 390_000],
    [503, { "retry-after": "120" }, 120_000],
    [500, {}, 30_000],
    [403, {}, 3600_000],
  ] as const
) {
  Deno.test(`after HTTP ${status} ${JSON.stringify(headers)} the host is left alone for ${least / 1000} s`, async () => {
    let well = false;
    const h = host((path) =>
      well || path === "/robots.txt"
        ? new Response("")
        : new Response("", { status, headers })
    );
    const answer = await h.ask("/a");
    assert(answer.kind === "page" && answer.status === status);
    well = true;
    h.pass(least - 2000);
    const resting = await h.ask("/b");
    assert.equal(resting.kind, "resting");
    assert.equal(h.asked.length, 2);
    h.pass(12_000);
    assert.equal((await h.ask("/b")).kind, "page");
    await h.close();
  });
}

Deno.test("trouble in a row doubles the rest, a good page ends it", async () => {
  let status = 500;
  const h = host((path) =>
    new Response("", { status: path === "/robots.txt" ? 200 : status })
  );
  const rests: number[] = [];
  const restAfterTrouble = async () => {
    await h.ask("/a");
    const answer = await h.ask("/a");
    assert(answer.kind === "resting");
    let waited = 0;
    while ((await h.ask("/free")).kind === "resting" && waited < 1000) {
      h.pass(1000);
      waited++;
      status = 200;
    }
    return waited;
  };
  rests.push(await restAfterTrouble());
  status = 500;
  await h.ask("/a");
  h.pass(31_000);
  rests.push(await restAfterTrouble());
  await h.close();
  assert.deepEqual(rests, [30, 60]);
});

Deno.test("a reader may see trouble in a page that looks well", async () => {
  const h = host((path) =>
    new Response(path === "/robots.txt" ? "" : "<body></body>")
  );
  await h.ask("/a", { trouble: () => "blocked" });
  h.pass(9 * 60_000);
  const answer = await h.ask("/a");
  assert(answer.kind === "resting");
  assert.equal(answer.reason, "blocked");
  await h.close();
});

Deno.test("an endless answer, a mute one and a closed port are unreachable, not pages", async () => {
  let stop = () => {};
  const h = host((path) => {
    if (path === "/robots.txt") return new Response("");
    if (path === "/long") return new Response("x".repeat(2000));
    return new Promise((resolve) => {
      stop = () => resolve(new Response("late"));
    });
  }, { maxBytes: 1000, timeoutMs: 200 });
  const long = await h.ask("/long");
  assert(long.kind === "unreachable");
  assert.match(long.reason, /longer than 1000 bytes/);
  h.pass(3600_000);
  const mute = await h.ask("/mute");
  assert(mute.kind === "unreachable");
  assert.match(mute.reason, /no answer within/);
  stop();
  await h.close();
  h.pass(3600_000);
  assert.equal((await h.ask("/closed")).kind, "unreachable");
});

Deno.test("a signal ends the wait, and the queue goes on", async () => {
  const h = host(noRobots);
  const stop = new AbortController();
  stop.abort(new Error("SIGTERM"));
  await assert.rejects(h.ask("/a", { signal: stop.signal }), /SIGTERM/);
  assert.equal((await h.ask("/b")).kind, "page");
  await h.close();
  assert.deepEqual(h.asked.map((a) => a.path), ["/robots.txt", "/b"]);
});

Deno.test("redirects are shown, not followed", async () => {
  const h = host((path) =>
    path === "/robots.txt"
      ? new Response("")
      : new Response("", { status: 302, headers: { location: "/else" } })
  );
  const answer = await h.ask("/a");
  await h.close();
  assert(answer.kind === "page" && answer.headers.get("location") === "/else");
});

Deno.test("when to ask again", () => {
  const now = START;
  assert.equal(askAgainAt(new Headers(), now), null);
  assert.equal(
    askAgainAt(new Headers({ "retry-after": "7" }), now),
    now + 7000,
  );
  assert.equal(askAgainAt(new Headers({ "retry-after": "soon" }), now), null);
  assert.equal(
    askAgainAt(new Headers({ "x-rate-limit-reset": "1763600000" }), now),
    1763600000000,
  );
  for (
    const [reset, at] of [
      ["2025-11-20T00:53:20.019685Z", 1763600000019],
      ["1763600000", 1763600000000],
      ["soon", null],
    ] as const
  ) {
    assert.equal(
      askAgainAt(new Headers({ "x-ratelimit-reset": reset }), now),
      at,
    );
  }
});
