import { x as simulatedX } from "../../collector/sandbox/communities/x.ts";
import { dcinside } from "../../collector/sandbox/communities/dcinside.ts";
import assert from "node:assert/strict";
import { authorHasher } from "../../collector/communities/authors.ts";
import { Crawler } from "../../collector/net/crawl.ts";
import {
  crawlGallery,
  type GalleryDeps,
} from "../../collector/communities/dcinside/gallery.ts";
import { startSandbox } from "../../collector/sandbox/sandbox.ts";
import { Board } from "../../collector/sandbox/talk.ts";
import { readTweetCounts } from "../../collector/communities/x/counts.ts";
import { HOUR, MINUTE, openBoards, START } from "../support/gallery_site.ts";

Deno.test("the posts of a gallery, on the embedded database", async (t) => {
  const boards = await openBoards();
  const { board, sql, store } = boards;

  await t.step(
    "the first crawl covers the configured span, zeros included",
    async () => {
      const b = board("first");
      const report = await b.crawl();
      assert.deepEqual([report.outcome, report.pages, report.posts], [
        "done",
        1,
        40,
      ]);
      const counts = await b.counts("posts");
      // From 02:01 (an hour back, whole minutes) to 03:00, the running minute left out.
      assert.equal(counts.length, 59);
      assert.equal(counts[0]!.ts.toISOString(), "2026-11-20T02:01:00.000Z");
      assert(counts.every((row) => row.complete));
      assert.equal(counts.reduce((sum, row) => sum + row.count, 0), 20 - 1);
      assert(counts.some((row) => row.count === 0));
      assert.equal((await b.counts("comments")).length, 0);
      const [post] = await b.posts();
      assert.equal(post!.author_hash, authorHasher("pepper")("someone"));
    },
  );

  await t.step("the same pages again give the same rows", async () => {
    const b = board("again");
    b.site.posts[39]!.comments = [{ no: 1, at: START - MINUTE }];
    await b.crawl();
    const before = [[...await b.posts()], [...await b.comments()], [
      ...await b.counts("posts"),
    ]];
    const asked = b.site.asked.length;
    await b.crawl();
    assert.deepEqual([[...await b.posts()], [...await b.comments()], [
      ...await b.counts("posts"),
    ]], before);
    // One list page, no comments: nothing has changed.
    assert.deepEqual(b.site.asked.slice(asked), [
      "/board/lists/?id=again&list_num=100&page=1",
    ]);
  });

  await t.step(
    "paging goes back to what is known, and an outage leaves no hole",
    async () => {
      const b = board("outage");
      b.site.size = 10;
      await b.crawl();
      assert.deepEqual(
        b.site.asked.map((a) => a.split("page=")[1]),
        [undefined, "1", "2", "3"],
      );
      for (const shape of [502, 403, 429]) {
        b.pass(5 * MINUTE);
        b.site.instead = () => new Response("x", { status: shape });
        const before = await b.counts("posts");
        const report = await b.crawl();
        assert.equal(
          report.outcome,
          shape === 502 ? "outage" : shape === 403 ? "forbidden" : "limited",
        );
        assert.equal((await b.counts("posts")).length, before.length);
        assert.equal((await b.crawl()).outcome, "resting");
        b.pass(2 * HOUR);
      }
      b.site.instead = () => null;
      for (let i = 0; i < 25; i++) {
        b.site.posts.push({
          no: 2000 + i,
          at: START + (i + 1) * 10 * MINUTE,
          comments: [],
        });
      }
      const report = await b.crawl();
      assert.deepEqual([report.outcome, report.pages], ["done", 3]);
      const counts = await b.counts("posts");
      assert(counts.every((row) => row.complete));
      // Not one minute is missing between the first and the last.
      assert.equal(
        (counts.at(-1)!.ts - counts[0]!.ts) / MINUTE + 1,
        counts.length,
      );
      assert.equal(
        counts.reduce((sum, row) => sum + row.count, 0),
        19 + 25,
      );
    },
  );

  await t.step(
    "a crawl broken off halfway claims nothing, the next one does",
    async () => {
      const b = board("halfway");
      b.site.size = 10;
      b.site.instead = (path) =>
        path.includes("page=2") ? new Response("", { status: 500 }) : null;
      assert.equal((await b.crawl()).outcome, "outage");
      const counts = await b.counts("posts");
      assert(counts.length > 0);
      assert.equal(await b.complete("posts"), 0);
      assert.equal((await b.posts()).length, 10);
      b.site.instead = () => null;
      b.pass(MINUTE);
      assert.equal((await b.crawl()).outcome, "done");
      assert.equal(await b.complete("posts"), 59);
    },
  );

  await t.step("every failure is what it is, and none is a zero", async () => {
    const empty = "<html><head></head><body></body></html>";
    const redesigned =
      `<table class="gall_list"><tbody><tr class="row"><td>1</td></tr></tbody></table>`;
    for (
      const [name, answer, outcome, rejected] of [
        ["blocked", () => new Response(empty), "blocked", 1],
        ["layout", () => new Response(redesigned), "layoutChanged", 1],
        [
          "missing",
          () =>
            new Response(
              `<script>alert("해당 갤러리는 존재하지 않습니다.")</script>`,
            ),
          "missing",
          1,
        ],
        ["notfound", () => new Response("", { status: 404 }), "missing", 1],
        ["broken", () => new Response("<body>hello</body>"), "broken", 1],
      ] as const
    ) {
      const b = board(name);
      b.site.instead = answer;
      const report = await b.crawl();
      assert.deepEqual([report.outcome, report.rejected], [outcome, rejected]);
      assert.equal((await b.counts("posts")).length, 0);
      assert.equal((await b.posts()).length, 0);
      assert.equal((await b.rejects()).length, 1);
      assert.match(b.lines[0]!, new RegExp(`${name}.*${outcome}`));
    }
  });

  await t.step("a row that cannot be read leaves its minute open", async () => {
    const b = board("doubt");
    const [odd] = b.site.posts.splice(30, 1);
    b.site.row = `<tr class="ub-content us-post" data-no="${odd!.no}">
      <td class="gall_num">${odd!.no}</td><td class="gall_tit"><a href="?no=${
      odd!.no
    }">t</a></td>
      <td class="gall_date" title="2026-11-20 11:30:20">x</td><td class="gall_count">many</td></tr>`;
    const report = await b.crawl();
    assert.deepEqual([report.outcome, report.posts, report.rejected], [
      "done",
      39,
      1,
    ]);
    const open = (await b.counts("posts")).filter((row) => !row.complete);
    assert.deepEqual(open.map((row) => row.ts.toISOString()), [
      "2026-11-20T02:30:00.000Z",
    ]);
  });

  await t.step("a block is left alone for ten minutes", async () => {
    const b = board("tenminutes");
    b.site.instead = () => new Response("<body></body>");
    await b.crawl();
    b.pass(9 * MINUTE);
    const asked = b.site.asked.length;
    assert.equal((await b.crawl()).outcome, "resting");
    assert.equal(b.site.asked.length, asked);
  });

  await t.step("the type of a gallery is learned once", async () => {
    const b = board("minor");
    b.site.type = "/mgallery";
    assert.equal((await b.crawl()).outcome, "done");
    await b.crawl();
    assert.deepEqual(b.site.asked.map((a) => a.split("?")[0]), [
      "/robots.txt",
      "/board/lists/",
      "/mgallery/board/lists/",
      "/mgallery/board/lists/",
    ]);
    b.deps.types.clear();
    b.site.instead = () =>
      new Response(
        `<script>location.replace("/mini/board/lists/?id=minor")</script>`,
      );
    const asked = b.site.asked.length;
    assert.equal((await b.crawl()).outcome, "wrongType");
    assert.equal(b.site.asked.length - asked, 2);
  });

  await t.step("what robots.txt excludes is never asked", async () => {
    const b = board("private");
    b.site.robots =
      "User-agent: *\nDisallow: /mini/\nDisallow: /board/lists/?id=private\n";
    assert.equal((await b.crawl()).outcome, "excluded");
    assert.deepEqual(b.site.asked, ["/robots.txt"]);
    const mini = board("mini");
    mini.site.robots = "User-agent: *\nDisallow: /mini/\n";
    mini.deps.types.set("mini", "MI");
    assert.equal((await mini.crawl()).outcome, "excluded");
    assert.deepEqual(mini.site.asked, ["/robots.txt"]);
  });

  await t.step("a signal stops it without claims", async () => {
    const b = board("stopped");
    const stop = new AbortController();
    stop.abort();
    const report = await crawlGallery("stopped", {
      ...b.deps,
      signal: stop.signal,
    });
    assert.equal(report.outcome, "stopped");
    assert.equal((await b.counts("posts")).length, 0);
  });

  await t.step("the simulator's gallery and its X, end to end", async () => {
    let ms = Date.parse("2026-11-20T03:00:20Z");
    const sandbox = await startSandbox({ seed: 7, days: 1, now: () => ms });
    const lines: string[] = [];
    const deps: GalleryDeps = {
      config: { base: sandbox.of(dcinside).base, historyDays: 0.5 },
      sql,
      store,
      crawler: new Crawler({ pauseMs: 0 }),
      hashAuthor: authorHasher("pepper"),
      types: new Map(),
      now: () => ms * 1000,
      log: (line) => lines.push(line),
    };
    try {
      const first = await crawlGallery("bitcoins_new1", deps);
      assert.equal(first.outcome, "done");
      assert.equal(first.rejected, 0);
      ms += 5 * MINUTE;
      const second = await crawlGallery("bitcoins_new1", deps);
      assert.equal(second.outcome, "done");
      assert(second.comments > 0);
      const coin = await crawlGallery("coin", deps);
      assert.equal(coin.outcome, "done");
      assert.equal(deps.types.get("coin"), "M");
      const [posts] =
        await sql`select count(*)::int as minutes, bool_and(complete) as complete,
        min(count) as least, sum(count)::int as posts from counts where query = 'posts:bitcoins_new1'`;
      assert.equal(posts!.minutes, 12 * 60 - 1 + 5);
      assert.equal(posts!.complete, true);
      // What the simulator says was there: seen by the first crawl or by the second.
      const truth = new Board(sandbox.world, "bitcoins_new1", 1);
      const crawls = [ms - 5 * MINUTE, ms];
      let written = 0;
      for (let i = truth.countAt(ms) - 1; i >= 0; i--) {
        const post = truth.post(i);
        if (post.ms < first.covered!.from / 1000) break;
        const visible = crawls.some((at) =>
          post.ms <= at && !(post.goneMs !== null && post.goneMs <= at)
        );
        if (visible && post.ms < second.covered!.to / 1000) written++;
      }
      assert(written > 100);
      assert.equal(posts!.posts, written);
      sandbox.of(dcinside).fail("empty");
      ms += 5 * MINUTE;
      assert.equal(
        (await crawlGallery("bitcoins_new1", deps)).outcome,
        "blocked",
      );
      const x = {
        ...deps,
        config: { base: sandbox.of(simulatedX).base },
        token: sandbox.of(simulatedX).token,
        crawler: new Crawler({ pauseMs: 0 }),
      };
      const counts = await readTweetCounts("#bitcoin -is:retweet", x);
      assert.equal(counts.outcome, "counts");
      assert.equal(counts.buckets, counts.complete + 2);
      const before =
        await sql`select * from counts where source = 'x' order by ts`;
      await readTweetCounts("#bitcoin -is:retweet", x);
      assert.deepEqual([
        ...await sql`select * from counts where source = 'x' order by ts`,
      ], [...before]);
      assert.equal(
        (await readTweetCounts("q", { ...x, token: "wrong" })).outcome,
        "unauthorized",
      );
    } finally {
      await sandbox.close();
    }
  });

  await boards.close();
});
