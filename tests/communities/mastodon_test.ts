import assert from "node:assert/strict";
import { authorHasher } from "../../collector/communities/authors.ts";
import type { CommunityDeps } from "../../collector/communities/community.ts";
import {
  idAt,
  mastodon,
  readTimeline,
  timelineUrl,
} from "../../collector/communities/mastodon.ts";
import { checkConfig } from "../../collector/config.ts";
import { openDatabase } from "../../collector/database/client.ts";
import { dropOldText } from "../../collector/database/retention.ts";
import {
  mastodon as simulated,
  type ServerFailure,
} from "../../collector/sandbox/communities/mastodon.ts";
import { startSandbox } from "../../collector/sandbox/sandbox.ts";
import { Store } from "../../collector/store/store.ts";
import { emptyData } from "../support/empty_database.ts";

const TAGS = ["bitcoin", "비트코인"];
const MINUTE = 60_000, HOUR = 60 * MINUTE;
const hash = authorHasher("pepper");
const DATE = { date: "Wed, 18 Nov 2026 12:00:30 GMT" };

const answer = (body: unknown, status = 200, headers = DATE) => ({
  status,
  text: typeof body === "string" ? body : JSON.stringify(body),
  headers: new Headers(headers),
});

/** A post as the API's documentation has it, but for its tags. */
const documented = {
  id: "103270115826048975",
  created_at: "2019-12-08T03:48:33.901Z",
  in_reply_to_id: null,
  sensitive: false,
  spoiler_text: "",
  visibility: "public",
  language: "en",
  uri: "https://mastodon.social/users/someone/statuses/103270115826048975",
  replies_count: 5,
  reblogs_count: 6,
  favourites_count: 11,
  content:
    '<p>&quot;Fees &lt; 1%&quot; they said.<br />비트코인</p><p>So <a href="https://mastodon.social/tags/Bitcoin">#<span>Bitcoin</span></a></p>',
  account: { id: "1", username: "someone", bot: false, noindex: false },
  tags: [
    { name: "bitcoin", url: "https://mastodon.social/tags/bitcoin" },
    { name: "news", url: "https://mastodon.social/tags/news" },
  ],
};

Deno.test("Mastodon: a documented post, its time by its id", () => {
  const page = readTimeline(answer([documented]), TAGS, hash);
  assert.ok(page.outcome === "timeline");
  assert.equal(page.last, 103270115826048975n);
  assert.equal(page.at, Date.parse("2026-11-18T12:00:30Z") * 1000);
  assert.deepEqual(page.posts, [{
    kind: "post",
    source: "mastodon",
    board: "bitcoin",
    // Beyond 2^53, to the last digit.
    id: "103270115826048975",
    ts: Date.parse("2019-12-08T03:48:33.849Z") * 1000,
    title: '"Fees < 1%" they said. 비트코인 So #Bitcoin',
    author: hash("1"),
    authorKind: "member",
    comments: 5,
    views: null,
    likes: 11,
  }]);
  // An answer out of a cache is older than it looks.
  const cached = readTimeline(
    answer([], 200, { ...DATE, age: "25" } as typeof DATE),
    TAGS,
    hash,
  );
  assert.ok(cached.outcome === "timeline" && cached.last === null);
  assert.equal(cached.at, Date.parse("2026-11-18T12:00:05Z") * 1000);
});

Deno.test("Mastodon: both tags are one post; who asks not to be indexed leaves a count", () => {
  const page = readTimeline(
    answer([{
      ...documented,
      tags: [{ name: "비트코인" }, { name: "Bitcoin" }],
      account: { id: "7", noindex: true },
    }]),
    TAGS,
    hash,
  );
  assert.ok(page.outcome === "timeline");
  const [post] = page.posts;
  assert.deepEqual(
    [post!.board, post!.title, post!.author],
    ["bitcoin,비트코인", "", null],
  );
});

Deno.test("Mastodon: what is asked for is the server's own posts after an id", () => {
  assert.equal(
    timelineUrl(
      "https://mastodon.social",
      "비트코인",
      idAt(Date.parse("2019-12-08T03:48:33.901Z") * 1000),
    ),
    "https://mastodon.social/api/v1/timelines/tag/%EB%B9%84%ED%8A%B8%EC%BD%94%EC%9D%B8" +
      "?local=true&limit=40&min_id=103270115829415936",
  );
});

Deno.test("Mastodon: rows that cannot be read are told, and the page goes on", () => {
  const odd = [
    { ...documented, tags: null },
    { ...documented, tags: [{ name: "news" }] },
    { ...documented, created_at: "2019-12-08T05:48:33.901Z" },
    { ...documented, id: "12345" },
    { ...documented, id: "AdyK3Zz1Xh0" },
    { ...documented, content: null },
    { ...documented, account: {} },
    { ...documented, replies_count: -1 },
    null,
    7,
  ];
  for (const row of odd) {
    const page = readTimeline(answer([documented, row]), TAGS, hash);
    assert.ok(page.outcome === "timeline");
    assert.equal(page.posts.length, 1, JSON.stringify(row));
    assert.equal(page.unreadable.length, 1);
  }
});

Deno.test("Mastodon: an answer that is no timeline is one outcome each, never an empty one", () => {
  const cases: [string, string | unknown, number][] = [
    ["limited", { error: "Too many requests" }, 429],
    [
      "forbidden",
      { error: "This method requires an authenticated user" },
      422,
    ],
    ["forbidden", { error: "…" }, 401],
    ["forbidden", "<html>", 403],
    ["outage", "<h1>Bad Gateway</h1>", 502],
    ["refused", { error: "Record not found" }, 404],
    ["refused", "", 301],
    ["blocked", "", 200],
    ["blocked", " \n", 200],
    ["broken", "<!doctype html><p>Hello", 200],
    ["broken", { error: "…" }, 200],
    ["broken", "[", 200],
    // Ids of other software that speaks the same language hold no time.
    ["broken", [{ ...documented, id: "AdyK3Zz1Xh0" }], 200],
  ];
  for (const [outcome, body, status] of cases) {
    const read = readTimeline(answer(body, status), TAGS, hash);
    assert.equal(read.outcome, outcome, `${status} ${body}`);
  }
});

Deno.test("Mastodon's settings: tags as servers write them", () => {
  const of = (tags: string[]) =>
    checkConfig({ communities: { mastodon: { tags } } }, "c").communities
      .mastodon!.tags;
  assert.deepEqual(of(["Bitcoin", "비트코인", "web3"]), [
    "bitcoin",
    "비트코인",
    "web3",
  ]);
  for (const wrong of ["#bitcoin", "two words", "a,b", "2026", ""]) {
    assert.throws(() => of([wrong]), /communities\.mastodon\.tags\.0/, wrong);
  }
});

/** A collector on its own database, against the simulated server. */
async function open() {
  let ms = Date.parse("2026-11-18T12:00:20Z");
  /** The collector's clock less the server's. */
  let ahead = 0;
  const sandbox = await startSandbox({ seed: 5, days: 1, now: () => ms });
  const { base, server } = sandbox.of(simulated);
  const data = await emptyData();
  const db = await openDatabase({ data, url: "" });
  const store = new Store(db.sql);
  const lines: string[] = [];
  const deps: CommunityDeps = {
    sql: db.sql,
    store,
    signal: new AbortController().signal,
    now: () => (ms + ahead) * 1000,
    log: (line) => lines.push(line),
    hashAuthor: hash,
    token: "",
  };
  const config = checkConfig({
    communities: { mastodon: { base, pauseMs: 0, historyDays: 0.25 } },
  }, "c").communities.mastodon!;
  return {
    server,
    sql: db.sql,
    lines,
    now: () => ms,
    pass: (more: number) => void (ms += more),
    shift: (to: number) => void (ahead = to),
    /** One turn of a collector that has just started: no host is left alone yet. */
    turn: () => mastodon.job(config, deps)(),
    minutes: async (tag: string) =>
      new Map(
        (await db.sql`select ts, count, complete from counts
          where source = 'mastodon' and query = ${`posts:${tag}`} order by ts`)
          .map((row) => [
            row.ts.getTime() as number,
            row.complete ? row.count as number : null,
          ]),
      ),
    close: async () => {
      await store.close();
      await db.close();
      await sandbox.close();
      await Deno.remove(data, { recursive: true });
    },
  };
}

Deno.test("Mastodon against the simulator's truth, on the embedded database", async (t) => {
  const m = await open();
  const { server, sql } = m;
  const begun = m.now();
  /** When a turn was made: a post that was deleted between two is in neither. */
  const turns: number[] = [];
  const turn = async () => {
    turns.push(m.now());
    await m.turn();
  };
  const truth = (tag: string, from: number) =>
    server.posts(from, from + MINUTE).filter((post) =>
      post.tags.includes(tag) &&
      turns.some((at) => post.ms <= at && (post.goneMs ?? Infinity) > at)
    ).length;
  const compare = async (tag: string) => {
    const minutes = await m.minutes(tag);
    for (const [ts, count] of minutes) {
      if (count !== null) {
        assert.equal(count, truth(tag, ts), new Date(ts).toISOString());
      }
    }
    return minutes;
  };
  try {
    await t.step(
      "the first turn knows the span asked for, zeros included",
      async () => {
        await turn();
        for (const tag of TAGS) {
          const minutes = await compare(tag);
          const known = [...minutes.keys()];
          assert.equal(
            known[0],
            Math.ceil((begun - 6 * HOUR) / MINUTE) * MINUTE,
          );
          // 12:00:20 less half a minute: 11:58 is the last that is over.
          assert.equal(known.at(-1), Date.parse("2026-11-18T11:58:00Z"));
          assert.equal(known.length, 6 * 60 - 2);
          assert.ok([...minutes.values()].includes(0));
          assert.ok(![...minutes.values()].includes(null));
        }
        const posts = server.posts(begun - 6 * HOUR, begun)
          .filter(({ goneMs }) => (goneMs ?? Infinity) > begun);
        const rows = await sql`select post_id::text as id, board, title,
        author_hash from posts where source = 'mastodon'`;
        assert.deepEqual(
          new Set(rows.map(({ id }) => id)),
          new Set(posts.map(({ id }) => id)),
        );
        assert.equal(rows.length, posts.length);
        const hidden = new Set(
          posts.filter(({ noindex }) => noindex).map(({ id }) => id),
        );
        assert.ok(hidden.size > 10);
        assert.ok(rows.some(({ board }) => board === "bitcoin,비트코인"));
        for (const { id, title, author_hash } of rows) {
          assert.equal(title === "", hidden.has(id));
          if (hidden.has(id)) assert.equal(author_hash, null);
          else assert.match(author_hash, /^[0-9a-f]{32}$/);
        }
        assert.ok(server.asked.every((asked) => asked.includes("local=true")));
      },
    );

    await t.step(
      "again without news: one empty page a tag, the same rows",
      async () => {
        const before = await sql`select * from counts order by query, ts`;
        server.asked.length = 0;
        await turn();
        assert.ok(server.asked.length <= 2 * TAGS.length);
        assert.deepEqual(
          [...await sql`select * from counts order by query, ts`],
          [...before],
        );
      },
    );

    for (
      const [failure, words] of [
        ["empty", /blocked: 0 posts/],
        ["401", /nobody without an account.*leave mastodon out/],
        ["429", /too many requests/],
        ["5xx", /HTTP 502\. These minutes stay open/],
        ["html", /not a list of posts.*communities\.mastodon/],
      ] as [ServerFailure, RegExp][]
    ) {
      await t.step(
        `${failure}: minutes stay open, and are known afterwards`,
        async () => {
          m.pass(10 * MINUTE);
          const before = (await m.minutes("bitcoin")).size;
          server.failure = failure;
          m.lines.length = 0;
          await m.turn();
          assert.match(m.lines.join("\n"), words);
          assert.equal((await m.minutes("bitcoin")).size, before);
          server.failure = null;
          await turn();
          assert.equal((await compare("bitcoin")).size, before + 10);
        },
      );
    }

    await t.step(
      "an unreadable post: its minutes are not called known, the others are",
      async () => {
        m.pass(5 * MINUTE);
        server.failure = "odd";
        await m.turn();
        server.failure = null;
        const rejects = await sql`select place, reason from rejects
        where source = 'mastodon' and reason like 'a post whose tags%'`;
        assert.ok(rejects.length >= 1);
        const minutes = await m.minutes("bitcoin");
        assert.ok([...minutes.values()].slice(-5).includes(null));
        assert.ok(![...minutes.values()].slice(0, -6).includes(null));
      },
    );

    await t.step(
      "a clock that is hours ahead: nothing is claimed that the server has not seen",
      async () => {
        m.shift(3 * HOUR);
        m.pass(5 * MINUTE);
        await turn();
        const last = [...(await m.minutes("bitcoin")).keys()].at(-1)!;
        assert.ok(last + MINUTE <= m.now());
        m.shift(-3 * HOUR);
        m.pass(5 * MINUTE);
        await turn();
        assert.equal(
          [...(await m.minutes("bitcoin")).keys()].at(-1)! - last,
          5 * MINUTE,
        );
        await compare("bitcoin");
      },
    );

    await t.step(
      "the words go when they are old, the counts stay",
      async () => {
        const counts = await sql`select * from counts order by query, ts`;
        await dropOldText(sql, 1, (m.now() + 48 * HOUR) * 1000);
        const [{ kept }] = await sql`select count(*)::int as kept from posts
        where source = 'mastodon' and title is not null` as unknown as [
          { kept: number },
        ];
        assert.equal(kept, 0);
        assert.deepEqual(
          [...await sql`select * from counts order by query, ts`],
          [...counts],
        );
      },
    );
  } finally {
    await m.close();
  }
});
