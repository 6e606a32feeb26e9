import assert from "node:assert/strict";
import { authorHasher } from "../collector/authors.ts";
import { Crawler } from "../collector/crawl.ts";
import { openDatabase } from "../collector/database.ts";
import { crawlGallery, type GalleryDeps } from "../collector/gallery.ts";
import { MOST_POSTS } from "../collector/gallery_comments.ts";
import { dropOldText } from "../collector/retention.ts";
import { startSandbox } from "../collector/sandbox/sandbox.ts";
import { Store } from "../collector/store.ts";
import { readTweetCounts } from "../collector/tweet_counts.ts";

const MINUTE = 60_000, HOUR = 60 * MINUTE;
const START = Date.parse("2026-11-20T03:00:20Z");

interface ListedPost {
  no: number;
  at: number;
  comments: { no: number; at: number; memo?: string; gone?: boolean }[];
  deleted?: boolean;
}

/** A gallery of a few posts, whose every answer a test may replace. */
class Site {
  posts: ListedPost[] = [];
  asked: string[] = [];
  robots = "";
  type = "";
  size = 100;
  /** A further row of every list page. */
  row = "";
  /** Answers instead of the page, where it gives one. */
  instead: (path: string) => Response | null = () => null;
  #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const url = new URL(request.url);
      const form = new URLSearchParams(await request.text());
      const path = url.pathname === "/board/comment/"
        ? `comment ${form.get("no")}/${form.get("comment_page")}`
        : url.pathname + url.search;
      this.asked.push(path);
      if (path === "/robots.txt") return new Response(this.robots);
      const other = this.instead(path);
      if (other) return other;
      return url.pathname === "/board/comment/"
        ? this.#comments(form)
        : this.#list(url);
    },
  );

  get base(): string {
    return `http://127.0.0.1:${(this.#server.addr as Deno.NetAddr).port}`;
  }

  close = () => this.#server.shutdown();

  #list(url: URL): Response {
    if (!url.pathname.startsWith(`${this.type}/board/lists`)) {
      return new Response(
        `<script>location.replace("${this.base}${this.type}/board/lists/${url.search}")</script>`,
      );
    }
    const page = Number(url.searchParams.get("page"));
    const shown = this.posts.toSorted((a, b) => b.no - a.no)
      .slice((page - 1) * this.size, page * this.size);
    const rows = shown.map((post) => {
      const date = new Date(post.at + 9 * HOUR).toISOString().slice(0, 19)
        .replace("T", " ");
      const living = post.comments.filter((c) => !c.gone).length;
      return `<tr class="ub-content us-post" data-no="${post.no}" data-type="icon_txt">
        <td class="gall_num">${post.no}</td><td class="gall_tit ub-word"><a href="/board/view/?id=g&no=${post.no}">title ${post.no}</a>${
        living
          ? `<a class="reply_numbox"><span class="reply_num">[${living}]</span></a>`
          : ""
      }</td><td class="gall_writer ub-writer" data-uid="someone" data-ip=""></td>
        <td class="gall_date" title="${date}">x</td><td class="gall_count">1</td><td class="gall_recommend">0</td></tr>`;
    });
    return new Response(
      `<body><input id="e_s_n_o" value="token"><table class="gall_list"><tbody>
      <tr class="ub-content"><td class="gall_num">AD</td></tr>${this.row}${
        rows.join("")
      }</tbody></table></body>`,
    );
  }

  #comments(form: URLSearchParams): Response {
    const post = this.posts.find((p) => String(p.no) === form.get("no"));
    if (!post || post.deleted) return new Response("", { status: 404 });
    const page = Number(form.get("comment_page"));
    const rows = post.comments.slice((page - 1) * 100, page * 100).map((c) => ({
      no: String(c.no),
      user_id: "someone",
      ip: "",
      c_no: 0,
      nicktype: "20",
      reg_date: new Date(c.at + 9 * HOUR).toISOString().slice(5, 19)
        .replace("-", ".").replace("T", " "),
      memo: c.memo ?? `words ${c.no}`,
      del_yn: c.gone ? "Y" : "N",
      is_delete: c.gone ? "1" : "0",
    }));
    const ad = { no: 0, nicktype: "COMMENT_BOY", memo: "buy" };
    return Response.json({
      total_cnt: post.comments.filter((c) => !c.gone).length,
      comments: rows.length ? [ad, ...rows] : [],
    });
  }
}

Deno.test("the gallery job on the embedded database", async (t) => {
  const data = await Deno.makeTempDir();
  const db = await openDatabase({ data });
  const { sql } = db;
  const store = new Store(sql);
  const open: Site[] = [];

  /** A fresh gallery with its own clock; two hours of posts, one every three minutes. */
  function board(id: string, historyDays = 1 / 24) {
    const site = new Site();
    open.push(site);
    let ms = START;
    const lines: string[] = [];
    for (let i = 0; i < 40; i++) {
      site.posts.push({
        no: 1000 + i,
        at: START - (40 - i) * 3 * MINUTE,
        comments: [],
      });
    }
    const deps: GalleryDeps = {
      config: { base: site.base, historyDays },
      sql,
      store,
      crawler: new Crawler({
        pauseMs: 0,
        random: () => 0,
        clock: {
          now: () => ms,
          sleep: (wait) => Promise.resolve(void (ms += wait)),
        },
      }),
      hashAuthor: authorHasher("pepper"),
      types: new Map(),
      now: () => ms * 1000,
      log: (line) => lines.push(line),
    };
    const counts = (measure: string) =>
      sql`select ts, count, complete, first_count from counts
        where source = 'dcinside' and query = ${`${measure}:${id}`} order by ts`;
    return {
      site,
      deps,
      lines,
      counts,
      now: () => ms,
      pass: (more: number) => void (ms += more),
      crawl: () => crawlGallery(id, deps),
      complete: async (measure: string) =>
        (await counts(measure)).filter((row) => row.complete).length,
      posts: () =>
        sql`select * from posts where board = ${id} order by post_id`,
      comments: () =>
        sql`select * from comments where board = ${id} order by comment_id`,
      rejects: () =>
        sql`select * from rejects where place like ${`%${id}%`} order by reject_id`,
    };
  }

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

  await t.step("the simulator's gallery and its X, end to end", async () => {
    let ms = Date.parse("2026-11-20T03:00:20Z");
    const sandbox = await startSandbox({ seed: 7, days: 1, now: () => ms });
    const lines: string[] = [];
    const deps: GalleryDeps = {
      config: { base: sandbox.dcinside.base, historyDays: 0.5 },
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
      assert(posts!.posts > 100);
      sandbox.dcinside.fail("empty");
      ms += 5 * MINUTE;
      assert.equal(
        (await crawlGallery("bitcoins_new1", deps)).outcome,
        "blocked",
      );
      const x = {
        ...deps,
        config: { base: sandbox.x.base },
        token: sandbox.x.token,
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

  for (const site of open) await site.close();
  await store.close();
  await db.close();
  await Deno.remove(data, { recursive: true });
});
