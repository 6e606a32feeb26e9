import assert from "node:assert/strict";
import type { Outcome } from "../../collector/communities/dcinside/gallery.ts";
import { HOUR, MINUTE, openBoards, START } from "../support/gallery_site.ts";

const html = (body: string, status = 200, headers = {}) => () =>
  new Response(body, { status, headers });
const redirect = (location: string) => html("", 302, { location });
const script = (to: string) =>
  html(`<script type="text/javascript">location.replace("${to}")</script>`);
/** A connection that breaks in the middle of the page. */
const broken = () =>
  new Response(
    new ReadableStream({
      start(controller) {
        controller.enqueue(
          new TextEncoder().encode("<body><table class=gall_list><tr>"),
        );
        controller.error(new Error("cut"));
      },
    }),
  );

const shape = (row: string) =>
  html(
    `<body><input id="e_s_n_o" value="t"><table class="gall_list"><tbody>${
      row.repeat(30)
    }</tbody></table></body>`,
  );

/** What may come instead of a page, what it is, and whether it is kept in `rejects`. */
const shapes: [
  name: string,
  answer: () => Response,
  list: Outcome,
  comments: Outcome,
  kept: RegExp | null,
][] = [
  ["no words", html(""), "blocked", "blocked", /^blocked: an empty page/],
  [
    "an empty body",
    html("<html><head></head><body> </body></html>"),
    "blocked",
    "blocked",
    /^blocked: an empty page/,
  ],
  ["403", html("no", 403), "forbidden", "forbidden", /^forbidden: HTTP 403/],
  ["429", html("slower", 429), "limited", "limited", /^limited: HTTP 429/],
  [
    "a request for fewer",
    html("<body>너무 많은 요청입니다.</body>"),
    "limited",
    "limited",
    /^limited: the page asks/,
  ],
  ["500", html("oops", 500), "outage", "outage", /^outage: HTTP 500/],
  ["502", html("oops", 502), "outage", "outage", /^outage: HTTP 502/],
  ["503", html("", 503), "outage", "outage", /^outage: HTTP 503/],
  ["a broken connection", broken, "outage", "outage", null],
  [
    "rows of another layout",
    shape(`<tr class="post-row"><td class="no">1</td></tr>`),
    "layoutChanged",
    "broken",
    /^(layoutChanged|broken): a/,
  ],
  [
    "rows without a title",
    shape(
      `<tr class="ub-content us-post" data-no="7"><td class="gall_num">7</td></tr>`,
    ),
    "layoutChanged",
    "broken",
    /^(layoutChanged|broken): a/,
  ],
  [
    "another page",
    html("<body><p>hello</p></body>"),
    "broken",
    "broken",
    /^broken: a/,
  ],
  ["other JSON", html(`{"result":"ok"}`), "broken", "broken", /^broken: a/],
  [
    "a redirect in circles",
    script("/mini/board/lists/?id=g"),
    "wrongType",
    "wrongType",
    /^wrongType: redirected to/,
  ],
  [
    "a redirect to somewhere else",
    redirect("https://example.invalid/login"),
    "broken",
    "broken",
    /^broken: redirected to/,
  ],
];

Deno.test("DC Inside under its failure shapes: each lands as what it is, none as a zero", async (t) => {
  const boards = await openBoards();
  /** A gallery that was crawled once, and five minutes later has news. */
  async function withNews(id: string) {
    const b = boards.board(id);
    assert.equal((await b.crawl()).outcome, "done");
    b.pass(5 * MINUTE);
    b.site.posts.push({ no: 2000, at: START + MINUTE, comments: [] });
    b.site.posts[39]!.comments = [{ no: 1, at: START + 2 * MINUTE }];
    b.site.posts[38]!.comments = [{ no: 2, at: START + 3 * MINUTE }];
    const known = async () => ({
      posts: (await b.counts("posts")).filter((row) => row.complete),
      comments: (await b.counts("comments")).filter((row) => row.complete),
    });
    return { b, known };
  }
  type Board = Awaited<ReturnType<typeof withNews>>["b"];

  /** Once it is over everything is known without a hole, the news among it. */
  async function recovers(b: Board) {
    b.site.instead = () => null;
    b.pass(2 * HOUR);
    const report = await b.crawl();
    assert.deepEqual([report.outcome, report.pending], ["done", 0]);
    for (
      const [measure, minutes, total] of [
        ["posts", 59 + 5 + 120, 19 + 1],
        ["comments", 4 + 120, 2],
      ] as const
    ) {
      const counts = await b.counts(measure);
      assert(counts.every((row) => row.complete), measure);
      assert.equal(counts.length, minutes, measure);
      assert.equal(counts.reduce((n, row) => n + row.count, 0), total, measure);
    }
  }

  for (const [i, [name, answer, list, comments, kept]] of shapes.entries()) {
    await t.step(`${name} instead of a list`, async () => {
      const { b, known } = await withNews(`list${i}`);
      const before = await known();
      b.site.instead = answer;
      const report = await b.crawl();
      assert.deepEqual([report.outcome, report.covered], [list, null]);
      assert.deepEqual(await known(), before);
      const rejects = await b.rejects();
      assert.equal(rejects.length, kept ? 1 : 0);
      if (kept) assert.match(rejects[0]!.reason, kept);
      assert(b.lines.at(-1)!.includes(`list${i}`));
      await recovers(b);
    });

    await t.step(`${name} instead of comments`, async () => {
      const { b, known } = await withNews(`talk${i}`);
      const before = await known();
      b.site.instead = (path) => path.startsWith("comment") ? answer() : null;
      const report = await b.crawl();
      assert.equal(report.outcome, comments);
      // Posts are known, of comments no minute; both posts wait.
      assert.equal((await known()).posts.length, 59 + 5);
      assert.deepEqual((await known()).comments, before.comments);
      assert.equal(report.pending, 2);
      assert.equal((await b.comments()).length, 0);
      assert((await b.posts()).every((post) => !post.deleted && post.title));
      const reasons = (await boards.sql`
        select reason from rejects where place like ${`%=talk${i}&%`}`)
        .map((row) => row.reason);
      assert.equal(
        reasons.length,
        kept ? (/broken|wrongType/.test(comments) ? 2 : 1) : 0,
      );
      for (const reason of reasons) assert.match(reason, kept!);
      await recovers(b);
    });
  }

  for (
    const [i, [name, answer]] of ([
      ["HTTP 404", html("", 404)],
      ["a redirect", redirect("/derror/deleted/g/1039")],
      ["a script", script("/derror/deleted/g/1039")],
    ] as const).entries()
  ) {
    await t.step(`a deleted post, told by ${name}`, async () => {
      const { b } = await withNews(`gone${i}`);
      b.site.instead = (path) =>
        path.startsWith("comment 1039") ? answer() : null;
      const report = await b.crawl();
      assert.deepEqual([report.outcome, report.pending, report.rejected], [
        "done",
        0,
        0,
      ]);
      const gone = (await b.posts()).filter((post) => post.deleted);
      assert.deepEqual(gone.map((p) => [p.post_id, p.title, p.comment_count]), [
        ["1039", null, 1],
      ]);
      const counts = await b.counts("posts");
      assert.equal(counts.reduce((n, row) => n + row.count, 0), 20);
      // It is not asked for again.
      const asked = b.site.asked.length;
      b.pass(5 * MINUTE);
      await b.crawl();
      assert.equal(b.site.asked.length, asked + 1);
    });
  }

  await t.step("a gallery that moves to another type is followed", async () => {
    for (
      const [i, answer] of [
        (to: string) => script(`${to}`)(),
        (to: string) => redirect(to)(),
      ].entries()
    ) {
      const { b } = await withNews(`moved${i}`);
      b.site.type = "/mgallery";
      b.site.instead = (path) =>
        path.startsWith("/board/lists")
          ? answer(`${b.site.base}/mgallery${path}`)
          : null;
      const report = await b.crawl();
      assert.deepEqual([report.outcome, report.rejected], ["done", 0]);
      assert.equal(b.deps.types.get(`moved${i}`), "M");
      b.pass(5 * MINUTE);
      const asked = b.site.asked.length;
      await b.crawl();
      assert.deepEqual(b.site.asked.slice(asked), [
        `/mgallery/board/lists/?id=moved${i}&list_num=100&page=1`,
      ]);
    }
  });

  await t.step(
    "words of a comment or a title do not look like a failure",
    async () => {
      const { b } = await withNews("words");
      const words = [
        "너무 많은 요청 penalty-box",
        `<script>location.replace("/derror/deleted/g/1")</script>`,
        "해당 갤러리는 존재하지 않습니다",
        "<body></body>",
      ];
      b.site.posts[39]!.comments = words.map((memo, i) => ({
        no: i + 1,
        at: START + 2 * MINUTE,
        memo,
      }));
      b.site.posts = b.site.posts.slice(38);
      b.site.row =
        `<tr class="ub-content us-post" data-no="2001"><td class="gall_num">2001</td>
        <td class="gall_tit"><a href="?no=2001">location.replace("/derror/deleted/") 너무 많은 요청</a></td>
        <td class="gall_date" title="2026-11-20 12:01:20">x</td><td class="gall_count">1</td></tr>`;
      const report = await b.crawl();
      assert.deepEqual([report.outcome, report.rejected], ["done", 0]);
      assert.equal(report.comments, 4 + 1);
    },
  );

  await boards.close();
});
