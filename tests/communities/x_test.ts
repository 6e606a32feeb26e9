import assert from "node:assert/strict";
import { countsRequest, readCounts } from "../../collector/communities/x/x.ts";
import { Crawler } from "../../collector/net/crawl.ts";
import type { Event } from "../../collector/model/events.ts";
import type { Reject } from "../../collector/store/store.ts";
import {
  missingToken,
  readTweetCounts,
  type TweetCountDeps,
} from "../../collector/communities/x/counts.ts";
import { REAL, test } from "../support/requirements.ts";

const QUERY = "#bitcoin -is:retweet";
const ok = (body: unknown) => ({ status: 200, text: JSON.stringify(body) });
const at = (text: string) => Date.parse(text) * 1000;

test("the recorded reply: 169 buckets, 411 posts, first and last partial", [
  "real",
], () => {
  const recorded = JSON.parse(
    Deno.readTextFileSync(
      new URL("x/recorded_get_recent_tweets_count_1.json", REAL),
    ),
  );
  const reply = readCounts("Tweepy", ok(recorded.body), "hour");
  assert(reply.outcome === "counts");
  assert.equal(reply.counts.length, recorded.body.data.length);
  assert.equal(reply.counts.length, 169);
  assert.equal(reply.counts.reduce((sum, c) => sum + c.count, 0), 411);
  assert.deepEqual(
    reply.counts.flatMap((c, i) => c.complete ? [] : [i]),
    [0, 168],
  );
  // The partial first bucket begins at 19:18:24 and lies in that of 19:00.
  assert.equal(reply.counts[0]!.ts, at("2021-09-13T19:00:00Z"));
  assert.equal(reply.counts[0]!.bucket, "1h");
});

test("the documented examples", ["real"], () => {
  const examples = JSON.parse(
    Deno.readTextFileSync(new URL("x/examples.json", REAL)),
  );
  const days = readCounts("q", ok(examples.counts_recent_200), "day");
  assert(days.outcome === "counts");
  assert.deepEqual(days.counts.map((c) => c.count), [5, 3, 8]);
  const renamed = readCounts(
    "q",
    ok(examples.counts_recent_200_openapi_2_167_names),
    "hour",
  );
  assert(renamed.outcome === "counts");
  assert.deepEqual(renamed.counts.map((c) => c.count), [5]);
  const problem = readCounts("q", {
    status: 400,
    text: JSON.stringify(examples.error_problem_400),
  });
  assert(problem.outcome === "refused");
  assert.match(problem.message, /The 'query' parameter is required/);
  const limited = readCounts("q", {
    status: 429,
    text: JSON.stringify(examples.error_429_legacy_shape),
  });
  assert(limited.outcome === "limited");
  assert.match(limited.message, /Rate limit exceeded/);
});

Deno.test("one request asks for the whole window by the minute", () => {
  const { url, headers } = countsRequest("https://api.x.com", QUERY, "T");
  assert.equal(
    url,
    "https://api.x.com/2/tweets/counts/recent?query=%23bitcoin%20-is%3Aretweet&granularity=minute",
  );
  assert.equal(headers.authorization, "Bearer T");
});

const minutes = [
  {
    start: "2026-11-20T00:00:20.000Z",
    end: "2026-11-20T00:01:00.000Z",
    tweet_count: 2,
  },
  {
    start: "2026-11-20T00:01:00.000Z",
    end: "2026-11-20T00:02:00.000Z",
    tweet_count: 0,
  },
  {
    start: "2026-11-20T00:02:00.000Z",
    end: "2026-11-20T00:03:00.000Z",
    post_count: 7,
  },
  {
    start: "2026-11-20T00:03:00.000Z",
    end: "2026-11-20T00:03:20.000Z",
    tweet_count: 1,
  },
];

Deno.test("a zero is known, a part of a minute is not, in whatever order they come", () => {
  const reply = readCounts(QUERY, ok({ data: minutes.toReversed() }));
  assert(reply.outcome === "counts");
  assert.deepEqual(reply.counts.map((c) => [c.ts, c.count, c.complete]), [
    [at("2026-11-20T00:00:00Z"), 2, false],
    [at("2026-11-20T00:01:00Z"), 0, true],
    [at("2026-11-20T00:02:00Z"), 7, true],
    [at("2026-11-20T00:03:00Z"), 1, false],
  ]);
  assert(reply.counts.every((c) => c.query === QUERY && c.bucket === "1m"));
});

Deno.test("the last bucket is not complete even where it looks whole", () => {
  const reply = readCounts(QUERY, ok({ data: minutes.slice(1, 3) }));
  assert(reply.outcome === "counts");
  assert.deepEqual(reply.counts.map((c) => c.complete), [true, false]);
});

Deno.test("a count that is no whole number is set apart, the others stay", () => {
  const reply = readCounts(
    QUERY,
    ok({
      data: [
        minutes[1],
        { ...minutes[2], post_count: -1 },
        { ...minutes[2], post_count: 1.5 },
        { ...minutes[2], post_count: null },
        { start: "soon", end: "later", tweet_count: 1 },
        { start: minutes[1]!.start, end: minutes[3]!.start, tweet_count: 1 },
      ],
    }),
  );
  assert(reply.outcome === "counts");
  assert.equal(reply.counts.length, 1);
  assert.equal(reply.unreadable.length, 5);
});

for (
  const [status, text, outcome, words] of [
    [
      401,
      '{"title":"Unauthorized","type":"about:blank","status":401}',
      "unauthorized",
      /X_BEARER_TOKEN is not valid/,
    ],
    [
      403,
      '{"title":"Forbidden","detail":"client-not-enrolled."}',
      "forbidden",
      /client-not-enrolled.*developer portal/,
    ],
    [429, "", "limited", /too many requests/],
    [
      429,
      '{"type":"https://api.x.com/2/problems/usage-capped","title":"UsageCapExceeded"}',
      "capped",
      /spending limit/,
    ],
    [503, "<html>over capacity</html>", "outage", /next turn/],
    [
      200,
      '{"errors":[{"title":"Not Found Error","detail":"Could not find it."}]}',
      "refused",
      /Could not find it/,
    ],
    [200, "<html></html>", "broken", /rejects/],
    [200, '{"data":5}', "broken", /rejects/],
  ] as const
) {
  Deno.test(`HTTP ${status} ${text.slice(0, 30)} is ${outcome}`, () => {
    const reply = readCounts(QUERY, { status, text });
    assert.equal(reply.outcome, outcome);
    assert.match(reply.message, words);
  });
}

Deno.test("no token is one clear line", () => {
  assert.match(missingToken([QUERY]), /^X_BEARER_TOKEN is not set: .*#bitcoin/);
});

/** A server that gives the same answer and counts its requests. */
function serve(answer: () => Response) {
  const asked: (string | null)[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      asked.push(request.headers.get("authorization"));
      return answer();
    },
  );
  const events: Event[] = [];
  const rejects: Reject[] = [];
  const lines: string[] = [];
  let ms = Date.parse("2026-11-20T00:03:25Z");
  const clock = {
    now: () => ms,
    sleep: (wait: number) => Promise.resolve(void (ms += wait)),
  };
  const deps: TweetCountDeps = {
    config: { base: `http://127.0.0.1:${server.addr.port}` },
    token: "secret",
    store: {
      write: (more) => void events.push(...more),
      reject: (row) => void rejects.push(row),
      flush: () => Promise.resolve(),
    },
    crawler: new Crawler({ pauseMs: 0, clock, random: () => 0 }),
    now: () => ms * 1000,
    log: (line) => void lines.push(line),
  };
  return {
    asked,
    events,
    rejects,
    lines,
    deps,
    pass: (more: number) => void (ms += more),
    close: () => server.shutdown(),
  };
}

Deno.test("the job asks once, without robots.txt, and writes every bucket", async () => {
  const x = serve(() => Response.json({ data: [...minutes, { start: "x" }] }));
  const report = await readTweetCounts(QUERY, x.deps);
  await x.close();
  assert.equal(x.asked.length, 1);
  assert.equal(x.asked[0], "Bearer secret");
  assert.deepEqual(
    [report.outcome, report.buckets, report.complete, report.rejected],
    ["counts", 4, 2, 1],
  );
  assert.equal(x.events.length, 4);
  assert.equal(x.rejects.length, 1);
});

Deno.test("after a 429 nothing is asked before the limit resets", async () => {
  let limited = true;
  const x = serve(() =>
    limited
      ? Response.json({
        errors: [{ code: 88, message: "Rate limit exceeded" }],
      }, {
        status: 429,
        headers: {
          "x-rate-limit-reset": String(
            Date.parse("2026-11-20T00:13:25Z") / 1000,
          ),
        },
      })
      : Response.json({ data: minutes })
  );
  const outcomes = [(await readTweetCounts(QUERY, x.deps)).outcome];
  limited = false;
  x.pass(9 * 60_000);
  outcomes.push((await readTweetCounts(QUERY, x.deps)).outcome);
  assert.equal(x.asked.length, 1);
  x.pass(61_000);
  outcomes.push((await readTweetCounts(QUERY, x.deps)).outcome);
  await x.close();
  assert.deepEqual(outcomes, ["limited", "resting", "counts"]);
  assert.equal(x.asked.length, 2);
  assert(x.lines.every((line) => !line.includes("secret")));
});

Deno.test("a page that is no reply becomes a reject and no count", async () => {
  const x = serve(() => new Response("<html></html>"));
  const report = await readTweetCounts(QUERY, x.deps);
  await x.close();
  assert.equal(report.outcome, "broken");
  assert.equal(x.events.length, 0);
  assert.equal(x.rejects[0]!.payload, "<html></html>");
});
