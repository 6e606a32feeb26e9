import { dcinside } from "../../collector/sandbox/communities/dcinside.ts";
import { x } from "../../collector/sandbox/communities/x.ts";
import assert from "node:assert/strict";
import { readComments } from "../../collector/communities/dcinside/comments.ts";
import {
  commentRequest,
  type Gallery,
  listUrl,
  readList,
} from "../../collector/communities/dcinside/dcinside.ts";
import { countsRequest, readCounts } from "../../collector/communities/x/x.ts";
import { Tweets } from "../../collector/sandbox/talk.ts";
import { get, NOON, withSandbox } from "../support/simulated.ts";

Deno.test("the gallery: every post once, comments by number, robots, redirects", async () => {
  await withSandbox({ days: 7 }, async (sandbox) => {
    const { world } = sandbox;
    const { base, fail, requests } = sandbox.of(dcinside);
    const hash = (raw: string) => `h${raw}`;
    const gallery: Gallery = { base, id: "bitcoins_new1", type: "G" };
    const at = NOON * 1000;
    assert.match(await get(`${base}/robots.txt`), /Disallow: \/kcaptcha\//);

    const read = async (number: number) => {
      const text = await get(listUrl(gallery, number));
      const page = readList(gallery, number, { status: 200, text }, at, hash);
      if (page.outcome !== "page") throw new Error(page.detail);
      return page;
    };
    const ids: string[] = [];
    for (let number = 1; number <= 12; number++) {
      const page = await read(number);
      assert.deepEqual(page.unreadable, []);
      assert.deepEqual(page.skipped, {
        ad: 2,
        notice: 1,
        survey: 1,
        deleted: 0,
      });
      assert.equal(page.posts.length, 100);
      ids.push(...page.posts.map(({ post }) => post.id));
    }
    const numbers = ids.map(Number);
    assert.deepEqual(numbers, [...new Set(numbers)].sort((a, b) => b - a));
    const missing = numbers[0]! - numbers.at(-1)! + 1 - numbers.length;
    assert.ok(missing > 5 && missing < 60, `${missing} deleted`);

    // Comments: those that the list shows are those that come.
    const { posts, token } = await read(2);
    let pages = 0, shells = 0, replies = 0, ads = 0;
    for (const { post } of posts) {
      if (post.comments === 0) continue;
      let living = 0;
      for (let number = 1, rows = 1; rows > 0; number++) {
        const asked = commentRequest(
          gallery,
          post.id,
          { token: token!, cookie: null },
          number,
        );
        const text = await get(asked.url, {
          method: "POST",
          headers: asked.headers,
          body: asked.body ?? "",
        });
        const page = readComments(
          gallery.id,
          post.id,
          post.comments,
          { status: 200, text },
          at,
          hash,
        );
        if (page.outcome !== "page") throw new Error(page.detail);
        assert.deepEqual(page.unreadable, []);
        rows = page.rows;
        pages++;
        ads += page.ads;
        assert.ok(page.comments.length <= 100);
        assert.equal(page.total, post.comments);
        living += page.comments.filter((c) => !c.deleted).length;
        shells += page.comments.filter((c) => c.deleted).length;
        replies += page.comments.filter((c) => c.parentId !== null).length;
        assert.ok(page.comments.every((c) => c.ts >= post.ts && c.ts <= at));
      }
      assert.equal(living, post.comments);
    }
    assert.ok(pages > 0 && ads > 0 && replies > 0 && shells >= 0);

    const bare = await fetch(`${base}/board/comment/`, {
      method: "POST",
      body: new URLSearchParams({ id: gallery.id, no: ids[0]! }),
    });
    assert.equal(await bare.text(), "");

    const shape = (id: string, text: string) =>
      readList({ ...gallery, id }, 1, { status: 200, text }, at, hash);
    const wrong = shape("coin", await get(`${base}/board/lists/?id=coin`));
    assert.equal(wrong.outcome, "wrongType");
    const minor = shape(
      "coin",
      await get(`${base}/mgallery/board/lists/?id=coin`),
    );
    assert.equal(minor.outcome, "page");
    const none = shape("nope", await get(`${base}/board/lists/?id=nope`));
    assert.equal(none.outcome, "missing");

    for (
      const [failure, outcome] of [
        ["empty", "blocked"],
        ["403", "forbidden"],
        ["429", "limited"],
        ["5xx", "outage"],
        ["layout", "layoutChanged"],
      ] as const
    ) {
      fail(failure);
      const response = await fetch(listUrl(gallery, 1));
      const { status } = response;
      const text = await response.text();
      const page = readList(gallery, 1, { status, text }, at, hash);
      assert.equal(page.outcome, outcome);
    }
    assert.ok(requests.length > 20);
    assert.ok(world.start < world.liveFrom);
  });
});

Deno.test("X: one reply for seven days, first and last bucket partial", async () => {
  await withSandbox({}, async (sandbox) => {
    const { world } = sandbox;
    const { base, token } = sandbox.of(x);
    const query = "#bitcoin -is:retweet";
    const { url, headers } = countsRequest(base, query, token);
    const response = await fetch(url, { headers });
    assert.equal(response.headers.get("x-rate-limit-remaining"), "299");
    const text = await response.text();
    const reply = readCounts(query, { status: response.status, text });
    if (reply.outcome !== "counts") throw new Error(reply.message);
    assert.equal(reply.counts.length, 7 * 1440 + 1);
    assert.deepEqual(reply.unreadable, []);
    const partial = reply.counts.filter((c) => !c.complete);
    assert.deepEqual(partial, [reply.counts[0], reply.counts.at(-1)]);
    const tweets = new Tweets(world);
    for (const { ts, count } of reply.counts.slice(1, -1)) {
      assert.equal(count, tweets.minute(query, ts / 60e6));
    }
    const total = reply.counts.reduce((sum, c) => sum + c.count, 0);
    assert.equal(JSON.parse(text).meta.total_tweet_count, total);

    const wrong = await fetch(url, { headers: { authorization: "Bearer no" } });
    assert.equal(wrong.status, 401);
    assert.match(wrong.headers.get("content-type")!, /problem\+json/);
    assert.equal((await wrong.json()).status, 401);
    let limited = 0;
    for (let at = 0; at < 305 && limited === 0; at++) {
      const again = await fetch(`${base}/2/tweets/counts/recent`, {
        headers,
      });
      await again.body?.cancel();
      if (again.status === 429) limited = at;
    }
    assert.ok(limited > 290);
  });
});
