import assert from "node:assert/strict";
import { authorHasher } from "../../collector/communities/authors.ts";
import { readComments } from "../../collector/communities/dcinside/comments.ts";
import { readKoreanTime } from "../../collector/model/korean_time.ts";
import { REAL, test } from "../support/requirements.ts";

const hash = authorHasher("pepper");
const at = (text: string) => Date.parse(text) * 1000;
const AT = at("2026-09-17T12:05:00Z");
const recorded = (name: string) =>
  Deno.readTextFileSync(new URL(`dcinside/${name}`, REAL));
const moved = (to: string) =>
  `<script type="text/javascript">location.replace("${to}")</script>`;

test("the recorded comments", ["real"], () => {
  const read = (name: string, shown: number) => {
    const page = readComments(
      "b",
      "9000",
      shown,
      { status: 200, text: recorded(name) },
      at("2026-11-21T00:00:00Z"),
      hash,
    );
    assert(page.outcome === "page", name);
    assert.deepEqual(page.unreadable, []);
    const living = page.comments.filter((c) => !c.deleted);
    return { ...page, living };
  };
  const general = read("comments_general-page1.json", 10);
  assert.deepEqual([
    general.rows,
    general.living.length,
    general.ads,
    general.total,
  ], [11, 10, 1, 10]);
  assert.equal(general.comments[0]!.text, "");
  assert.equal(general.comments[1]!.text, "fixture comment 2");
  assert.equal(general.comments[5]!.parentId, "1005");
  assert.equal(general.comments[0]!.ts, at("2026-10-06T03:00:00Z"));
  const minor = read("comments_minor-page1.json", 5);
  assert.deepEqual([minor.rows, minor.living.length, minor.ads, minor.total], [
    7,
    5,
    1,
    5,
  ]);
  const gone = minor.comments.find((c) => c.deleted)!;
  assert.deepEqual([gone.id, gone.text, gone.author], ["1015", "", null]);
  assert.equal(minor.comments[0]!.ts, at("2025-01-01T03:00:00Z"));
  const mini = read("comments_mini-page1.json", 1);
  assert.equal(mini.living.length, 1);
  const after = read("comments_general-after-last-page.json", 10);
  assert.deepEqual([after.rows, after.comments.length, after.total], [
    0,
    0,
    10,
  ]);
});

const comments = (text: string, shown = 1, status = 200) =>
  readComments("b", "9000", shown, { status, text }, AT, hash);
const reply = (more: object, total = 1) =>
  JSON.stringify({
    total_cnt: total,
    comments: [{
      no: "7",
      parent: "9000",
      user_id: "",
      name: "n",
      ip: "211.36",
      c_no: 0,
      reg_date: "09.17 21:04:00",
      nicktype: "00",
      memo: "x",
      del_yn: "N",
      is_delete: "0",
      vr_player: false,
      ...more,
    }],
  });

Deno.test("emoticons and spoken comments have no text, markup becomes text", () => {
  for (
    const [more, text] of [
      [{ memo: `<img class="written_dccon" src="x">` }, ""],
      [{ memo: "voice", vr_player: "<iframe></iframe>" }, ""],
      [{ memo: "a<br>b &amp; c 🚀" }, "a\nb & c 🚀"],
    ] as const
  ) {
    const page = comments(reply(more));
    assert(page.outcome === "page");
    assert.equal(page.comments[0]!.text, text);
    assert.equal(page.comments[0]!.author, hash("211.36"));
  }
});

Deno.test("a comment's id beyond 2^53 stays exact", () => {
  const page = comments(
    reply({ no: "9007199254740993" }).replace(
      '"9007199254740993"',
      "9007199254740993",
    ),
  );
  assert(page.outcome === "page");
  assert.equal(page.comments[0]!.id, "9007199254740993");
});

Deno.test("an answer without words means none, or a block where there should be some", () => {
  const none = comments("", 0);
  assert(none.outcome === "page" && none.total === 0);
  const nothing = comments('{"total_cnt":0,"comments":null}', 0);
  assert(nothing.outcome === "page" && nothing.comments.length === 0);
  assert.equal(comments("", 3).outcome, "blocked");
});

Deno.test("failures instead of comments", () => {
  assert.equal(comments("x", 1, 404).outcome, "deleted");
  assert.equal(comments(moved("/derror/deleted/b/9000")).outcome, "deleted");
  assert.equal(comments("x", 1, 429).outcome, "limited");
  assert.equal(comments("x", 1, 403).outcome, "forbidden");
  assert.equal(comments("x", 1, 502).outcome, "outage");
  assert.equal(comments("정상적인 접근이 아닙니다.").outcome, "broken");
  assert.equal(comments('{"comments":[]}').outcome, "broken");
  const page = comments(reply({ reg_date: "soon" }));
  assert(page.outcome === "page");
  assert.equal(page.comments.length, 0);
  assert.equal(page.unreadable.length, 1);
});

Deno.test("Korean times, the year inferred where it is missing", () => {
  const cases = [
    ["2026-09-17 21:04:43", "2026-09-17T12:04:43Z", "second"],
    ["2025.01.01 12:00:00", "2025-01-01T03:00:00Z", "second"],
    ["09.17 21:04:00", "2026-09-17T12:04:00Z", "second"],
    ["26/07/05", "2026-07-04T15:00:00Z", "day"],
    ["21.10.05", "2021-10-04T15:00:00Z", "day"],
    ["12.31", "2025-12-30T15:00:00Z", "day"],
    ["21:04", "2026-09-17T12:04:00Z", "minute"],
    ["23:59", "2026-09-16T14:59:00Z", "minute"],
  ] as const;
  for (const [text, utc, precision] of cases) {
    assert.deepEqual(
      readKoreanTime(text, AT),
      { ts: at(utc), precision },
      text,
    );
  }
  // The first of January in Korea is still the old year in UTC.
  const newYear = at("2026-12-31T15:00:30Z");
  assert.equal(
    readKoreanTime("12.31 23:59:59", newYear).ts,
    at("2026-12-31T14:59:59Z"),
  );
  assert.equal(
    readKoreanTime("01.01 00:00:10", newYear).ts,
    at("2026-12-31T15:00:10Z"),
  );
  assert.equal(
    readKoreanTime("01.02 00:00:00", newYear).ts,
    at("2027-01-01T15:00:00Z"),
  );
  assert.equal(
    readKoreanTime("01.02 00:00:31", newYear).ts,
    at("2026-01-01T15:00:31Z"),
  );
  for (const text of ["02.29 00:00:00", "2.29"]) {
    assert.equal(
      readKoreanTime(text, at("2025-01-05T00:00:00Z")).ts,
      at("2024-02-28T15:00:00Z"),
    );
  }
  for (
    const text of [
      "",
      "soon",
      "13.01 00:00:00",
      "02.30 00:00:00",
      "25:00",
      "2026-09-17 21:61:00",
    ]
  ) {
    assert.throws(() => readKoreanTime(text, AT), { name: "Unreadable" }, text);
  }
});
