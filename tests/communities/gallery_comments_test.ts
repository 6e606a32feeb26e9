import assert from "node:assert/strict";
import { MOST_POSTS } from "../../collector/communities/dcinside/gallery_comments.ts";
import { dropOldText } from "../../collector/database/retention.ts";
import { HOUR, MINUTE, openBoards, START } from "../support/gallery_site.ts";

Deno.test("the comments of a gallery, on the embedded database", async (t) => {
  const boards = await openBoards();
  const { board, sql } = boards;

  await t.step(
    "comments are read where their number changed, and cover minutes from then on",
    async () => {
      const b = board("talk");
      const post = b.site.posts[39]!;
      post.comments = Array.from(
        { length: 230 },
        (_, i) => ({ no: i + 1, at: START - 100_000 + i * 100 }),
      );
      post.comments[5]!.gone = true;
      const first = await b.crawl();
      assert.deepEqual([first.commentedPosts, first.comments, first.pending], [
        1,
        229,
        0,
      ]);
      assert.deepEqual(b.site.asked.filter((a) => a.startsWith("comment")), [
        "comment 1039/1",
        "comment 1039/2",
        "comment 1039/3",
      ]);
      const [gone] = (await b.comments()).filter((c) => c.deleted);
      assert.deepEqual([gone!.comment_id, gone!.text, gone!.author_hash], [
        "6",
        "",
        null,
      ]);
      assert.equal((await b.counts("comments")).length, 0);
      b.pass(5 * MINUTE);
      post.comments.push({ no: 500, at: START + 2 * MINUTE });
      b.site.posts[10]!.comments = [{ no: 501, at: START + 3 * MINUTE }];
      const second = await b.crawl();
      assert.deepEqual(
        [second.outcome, second.commentedPosts, second.pending],
        ["done", 2, 0],
      );
      const counts = await b.counts("comments");
      assert.deepEqual(
        counts.map((
          row,
        ) => [row.ts.toISOString().slice(11, 16), row.count, row.complete]),
        [["03:01", 0, true], ["03:02", 1, true], ["03:03", 1, true], [
          "03:04",
          0,
          true,
        ]],
      );
      // One of them is deleted: the words go, the first count stays.
      b.pass(5 * MINUTE);
      b.site.posts[10]!.comments = [];
      await b.crawl();
      const row = (await b.comments()).find((c) => c.comment_id === "501")!;
      assert.deepEqual([row.deleted, row.text], [true, null]);
      const revised = (await b.counts("comments"))[2]!;
      assert.deepEqual([revised.count, revised.first_count, revised.complete], [
        0,
        1,
        true,
      ]);
    },
  );

  await t.step(
    "too many changed posts: the newest and the oldest first, no minute claimed before all are read",
    async () => {
      const b = board("busy");
      await b.crawl();
      b.pass(5 * MINUTE);
      for (let i = 0; i < 60; i++) {
        b.site.posts.push({
          no: 3000 + i,
          at: START + 4 * MINUTE,
          comments: [],
        });
      }
      for (const post of b.site.posts) {
        post.comments = [{ no: 10 * post.no, at: START + 4 * MINUTE }];
      }
      const second = await b.crawl();
      assert.deepEqual([second.commentedPosts, second.pending], [
        MOST_POSTS,
        40,
      ]);
      const read = b.site.asked.filter((a) => a.startsWith("comment")).map((
        a,
      ) => parseInt(a.slice(8)));
      assert.equal(read[0], 3059);
      assert.equal(read.at(-1), 1000);
      assert.equal(await b.complete("comments"), 0);
      assert((await b.counts("comments")).length > 0);
      b.pass(5 * MINUTE);
      const third = await b.crawl();
      assert.deepEqual([third.commentedPosts, third.pending], [40, 0]);
      const counts = await b.counts("comments");
      assert(counts.every((row) => row.complete));
      assert.equal(counts.length, 9);
      assert.equal(
        counts.find((row) => row.ts.toISOString().includes("03:04"))!.count,
        100,
      );
    },
  );

  await t.step(
    "a comment that cannot be read is a reject and leaves its minutes open",
    async () => {
      const b = board("odd");
      // `rejects` takes the database's clock, six minutes from here.
      const shift = Date.now() - 6 * MINUTE - START;
      b.pass(shift);
      for (const post of b.site.posts) post.at += shift;
      await b.crawl();
      const post = b.site.posts[39]!;
      post.comments = [{ no: 1, at: b.now() }, { no: 0, at: b.now() }];
      b.pass(3 * MINUTE);
      const report = await b.crawl();
      assert.deepEqual([report.outcome, report.rejected, report.pending], [
        "done",
        1,
        0,
      ]);
      const counts = await b.counts("comments");
      assert.equal(counts[0]!.complete, false);
      b.pass(6 * MINUTE);
      await b.crawl();
      const after = await b.counts("comments");
      assert.equal(after[0]!.complete, false);
      assert.equal(after.at(-1)!.complete, true);
    },
  );

  await t.step(
    "a deleted post keeps its counts and loses its words",
    async () => {
      const b = board("deleted");
      const post = b.site.posts[39]!;
      post.comments = [{ no: 1, at: START - MINUTE }];
      await b.crawl();
      post.comments.push({ no: 2, at: START });
      post.deleted = true;
      b.pass(5 * MINUTE);
      const report = await b.crawl();
      assert.deepEqual([report.outcome, report.pending], ["done", 0]);
      const row = (await b.posts()).at(-1)!;
      assert.deepEqual([row.deleted, row.title, row.comment_count], [
        true,
        null,
        2,
      ]);
      assert.deepEqual((await b.comments()).map((c) => c.text), [null]);
      const asked = b.site.asked.length;
      await b.crawl();
      assert.equal(b.site.asked.length, asked + 1);
    },
  );

  await t.step(
    "a block while reading comments ends the crawl and claims no minute",
    async () => {
      const b = board("midway");
      await b.crawl();
      for (const i of [37, 38, 39]) {
        b.site.posts[i]!.comments = [{ no: i, at: START }];
      }
      b.site.instead = (path) =>
        path.startsWith("comment 1038") ? new Response("") : null;
      b.pass(5 * MINUTE);
      const report = await b.crawl();
      assert.deepEqual(
        [report.outcome, report.commentedPosts, report.pending],
        ["blocked", 1, 2],
      );
      assert.equal(await b.complete("comments"), 0);
      b.site.instead = () => null;
      b.pass(11 * MINUTE);
      assert.equal((await b.crawl()).pending, 0);
      assert.equal(await b.complete("comments"), 15);
    },
  );

  await t.step("old text is dropped, counts stay", async () => {
    const b = board("old");
    b.site.posts[39]!.comments = [{ no: 1, at: START }];
    await b.crawl();
    const later = (START + 14 * 24 * HOUR - HOUR) * 1000;
    await dropOldText(sql, 14, later);
    const rows = await b.posts();
    assert.equal(rows.filter((row) => row.title === null).length, 20);
    assert.equal(rows.length, 40);
    assert.equal((await b.comments())[0]!.text, "words 1");
    await dropOldText(sql, 14, later + HOUR * 1000 + 1e6);
    assert.equal((await b.comments())[0]!.text, null);
    assert.equal(await b.complete("posts"), 59);
    assert.deepEqual(await dropOldText(sql, 14, later + HOUR * 1000), {
      posts: 0,
      comments: 0,
    });
  });

  await boards.close();
});
