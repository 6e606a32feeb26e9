import assert from "node:assert/strict";
import { authorHasher } from "../../collector/communities/authors.ts";
import {
  commentRequest,
  type Gallery,
  listUrl,
  readList,
  sessionCookie,
  viewUrl,
} from "../../collector/communities/dcinside/dcinside.ts";
import { REAL, test } from "../support/requirements.ts";

const BASE = "https://gall.dcinside.com";
const gallery: Gallery = { base: BASE, id: "bitcoins_new1", type: "G" };
const hash = authorHasher("pepper");
const at = (text: string) => Date.parse(text) * 1000;
const AT = at("2026-09-17T12:05:00Z");
const recorded = (name: string) =>
  Deno.readTextFileSync(new URL(`dcinside/${name}`, REAL));
const list = (text: string, page = 1, status = 200) =>
  readList(gallery, page, { status, text }, AT, hash);
const table = (rows: string) =>
  `<html><body><input type="hidden" id="e_s_n_o" value="3eabc219">
  <table class="gall_list"><tbody class="listwrap2">${rows}</tbody></table></body></html>`;
const row = (
  no: number,
  {
    title = "t",
    date = `title="2026-09-17 21:04:43">21:04`,
    replies = "",
    count = "1",
  } = {},
) =>
  `<tr class="ub-content us-post" data-no="${no}" data-type="icon_txt">
  <td class="gall_num">${no}</td>
  <td class="gall_tit ub-word"><a href="/board/view/?id=b&no=${no}" view-msg ="">${title}</a>${replies}</td>
  <td class="gall_writer ub-writer" data-nick="ㅇㅇ" data-uid="" data-ip="10.1"></td>
  <td class="gall_date" ${date}</td><td class="gall_count">${count}</td><td class="gall_recommend">0</td></tr>`;

test("the recorded list: 6 posts of 11 rows", ["real"], () => {
  const page = list(recorded("list_bitcoins_new1_20260917.html"));
  assert(page.outcome === "page");
  assert.deepEqual(page.posts.map(({ post }) => post.id), [
    "9554448",
    "9554447",
    "9554446",
    "9554445",
    "9554444",
    "9554443",
  ]);
  assert.deepEqual(page.skipped, { ad: 3, notice: 1, survey: 1, deleted: 0 });
  assert.equal(page.unreadable.length, 0);
  const { post, precision } = page.posts[0]!;
  assert.equal(precision, "second");
  assert.deepEqual(post, {
    kind: "post",
    source: "dcinside",
    board: "bitcoins_new1",
    id: "9554448",
    ts: at("2026-09-17T12:04:43Z"),
    title: "제와삐 반등시작됐죠?",
    author: hash("10.1"),
    authorKind: "anonymous",
    comments: 0,
    views: 10,
    likes: 0,
  });
  // Two posts come from the same address, the others from different ones.
  assert.equal(new Set(page.posts.map((p) => p.post.author)).size, 5);
});

test("the observed rows of old and new layouts", ["real"], () => {
  const page = list(recorded("rows_observed.html"));
  assert(page.outcome === "page");
  assert.deepEqual(
    page.posts.map(({ post: p, precision }) => [
      p.id,
      p.comments,
      p.views,
      p.likes,
      p.authorKind,
      precision,
      new Date(p.ts / 1000).toISOString(),
    ]),
    [
      ["4782971", 0, 33, 0, "member", "second", "2024-07-19T06:59:28.000Z"],
      ["2929405", 3, 34, 1, "anonymous", "day", "2026-07-04T15:00:00.000Z"],
      ["718525", 18, 232, 0, "anonymous", "day", "2026-07-05T15:00:00.000Z"],
    ],
  );
  assert.deepEqual(page.skipped, { ad: 1, notice: 1, survey: 0, deleted: 0 });
  assert.equal(page.posts[0]!.post.author, hash("exampleuid01"));
});

Deno.test("rows of 2019 name the post in its link only", () => {
  const page = list(
    table(`<tr class="ub-content"><td class="gall_num">115335</td>
    <td class="gall_tit"><a href="/board/view/?id=hoteltvn&amp;no=115335&amp;page=1">옛날</a></td>
    <td class="gall_writer"></td><td class="gall_date" title="2019-09-07 01:02:03">09.07</td>
    <td class="gall_count">-</td><td class="gall_recommend">-</td></tr>`),
  );
  assert(page.outcome === "page");
  const { post } = page.posts[0]!;
  assert.equal(post.id, "115335");
  assert.deepEqual([post.author, post.authorKind, post.views, post.likes], [
    null,
    null,
    null,
    null,
  ]);
});

Deno.test("titles keep entities and emoji as characters", () => {
  const page = list(
    table(row(1, { title: "a &amp; b &lt;c&gt; 👨‍👩‍👧 🚀&nbsp;x" })),
  );
  assert(page.outcome === "page");
  assert.equal(page.posts[0]!.post.title, "a & b <c> 👨‍👩‍👧 🚀 x");
});

Deno.test("reply numbers, with the spoken ones beside", () => {
  const box = (text: string) =>
    `<a class="reply_numbox" href="#"><span class="reply_num">${text}</span></a>`;
  const page = list(
    table(
      row(2, { replies: box("[256]") }) + row(1, { replies: box("[12/1]") }),
    ),
  );
  assert(page.outcome === "page");
  assert.deepEqual(page.posts.map((p) => p.post.comments), [256, 12]);
  assert.equal(page.token, "3eabc219");
});

Deno.test("a row that cannot be read is set apart, the others stay", () => {
  const page = list(
    table(row(2) + row(1, { count: "many" }) + row(3, { date: ">whenever" })),
  );
  assert(page.outcome === "page");
  assert.equal(page.posts.length, 1);
  assert.deepEqual(page.unreadable.map((u) => u.ts), [
    at("2026-09-17T12:04:43Z"),
    null,
  ]);
});

Deno.test("deleted rows and ads are no posts", () => {
  const page = list(table(
    row(2) +
      `<tr class="ub-content"><td class="gall_num">1</td><td class="gall_tit">삭제된 게시물입니다.</td></tr>` +
      `<tr class="ub-content"><td class="gall_num">AD</td><td class="gall_tit"><a href="https://addc.dcinside.com/?no=5">x</a></td></tr>`,
  ));
  assert(page.outcome === "page");
  assert.equal(page.posts.length, 1);
  assert.deepEqual(page.skipped, { ad: 1, notice: 0, survey: 0, deleted: 1 });
});

const moved = (to: string) =>
  `<script type="text/javascript">location.replace("${to}")</script>`;
for (
  const [name, status, text, outcome] of [
    [
      "an empty body",
      200,
      "<html><head><title>x</title></head><body></body></html>",
      "blocked",
    ],
    ["nothing at all", 200, "", "blocked"],
    ["429", 429, "x", "limited"],
    [
      "the penalty box",
      200,
      "<html><body>penalty-box</body></html>",
      "limited",
    ],
    [
      "too many, in Korean",
      200,
      "<body>너무 많은 요청입니다</body>",
      "limited",
    ],
    ["403", 403, "x", "forbidden"],
    ["500", 500, "x", "outage"],
    ["503", 503, "", "outage"],
    ["404", 404, "x", "missing"],
    [
      "no such gallery",
      200,
      "<script>alert('해당 갤러리는 존재하지 않습니다.');</script>",
      "missing",
    ],
    [
      "another type",
      200,
      moved(`${BASE}/mgallery/board/lists/?id=coin`),
      "wrongType",
    ],
    [
      "no post rows",
      200,
      table(`<tr class="ub-content"><td class="gall_num">공지</td></tr>`),
      "layoutChanged",
    ],
    [
      "renamed cells",
      200,
      table(
        `<tr class="ub-content us-post" data-no="5"><td class="n">5</td></tr>`,
      ),
      "layoutChanged",
    ],
    ["no rows", 200, table(""), "layoutChanged"],
    ["something else", 200, "<html><body>hello</body></html>", "broken"],
    ["418", 418, "x", "broken"],
  ] as const
) {
  Deno.test(`a list page with ${name} is ${outcome}`, () => {
    assert.equal(list(text, 1, status).outcome, outcome);
  });
}

Deno.test("the type is learned from where a page leads", () => {
  for (
    const [to, type] of [
      ["https://gall.dcinside.com/mgallery/board/lists/?id=coin", "M"],
      ["/mini/board/lists/?id=presalecoin", "MI"],
      ["https://gall.dcinside.com/person/board/lists?id=x", "PR"],
      ["http://127.0.0.1:9/dc/board/lists/?id=x", "G"],
    ] as const
  ) {
    const page = list(moved(to));
    assert(page.outcome === "wrongType");
    assert.equal(page.type, type);
  }
  const byHeader = readList(
    gallery,
    1,
    { status: 302, text: "", location: "/mgallery/board/lists/?id=coin" },
    AT,
    hash,
  );
  assert(byHeader.outcome === "wrongType" && byHeader.type === "M");
});

Deno.test("after the last page a list is empty and not broken", () => {
  const page = list(
    table(`<tr class="ub-content"><td class="gall_num">공지</td></tr>`),
    7,
  );
  assert(page.outcome === "page");
  assert.equal(page.posts.length, 0);
  assert.equal(
    list(table(`<tr class="post-row"><td>5</td></tr>`), 7).outcome,
    "layoutChanged",
  );
  // Rows that are posts and cannot be read are still a change of layout.
  assert.equal(
    list(table(`<tr class="ub-content us-post" data-no="5"></tr>`), 7).outcome,
    "layoutChanged",
  );
});

Deno.test("what is asked for", () => {
  const minor: Gallery = { base: BASE, id: "coin", type: "M" };
  assert.equal(
    listUrl(minor, 2),
    `${BASE}/mgallery/board/lists/?id=coin&list_num=100&page=2`,
  );
  assert.equal(
    viewUrl(gallery, "5"),
    `${BASE}/board/view/?id=bitcoins_new1&no=5`,
  );
  const asked = commentRequest(minor, "5", { token: "3e", cookie: "c1" }, 2);
  assert.equal(asked.url, `${BASE}/board/comment/`);
  const form = new URLSearchParams(asked.body);
  assert.deepEqual(
    ["id", "no", "cmt_no", "e_s_n_o", "comment_page", "_GALLTYPE_", "ci_t"].map(
      (k) => form.get(k),
    ),
    ["coin", "5", "5", "3e", "2", "M", "c1"],
  );
  assert.equal(asked.headers["x-requested-with"], "XMLHttpRequest");
  assert.equal(
    sessionCookie(new Headers({ "set-cookie": "ci_c=abc; path=/" })),
    "abc",
  );
});
