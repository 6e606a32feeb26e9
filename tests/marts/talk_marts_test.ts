import {
  normalBeyond,
  studentBeyond,
} from "../../analytics/statistics/distributions.ts";
import assert from "node:assert/strict";
import { analyze } from "../../analytics/analyze.ts";
import {
  type Listed,
  makeDictionary,
} from "../../analytics/talk/dictionary.ts";
import { readTalk, rulesOf } from "../../analytics/talk/read_talk.ts";
import { dropOldText } from "../../collector/database/retention.ts";
import { ask, fillLake, withData } from "../bench/fill_lake.ts";
import { onBoth } from "../support/lake_steps.ts";

const START = "timestamptz '2026-11-02 00:00:00+00'";

/** Whole minutes of posts on a board: `hours` hours with `each` posts in the first minute of each. */
const posts = (hours: number, each: string, board = "b", missing = "false") =>
  `select 'dcinside' as source, 'posts:${board}' as query, ${START} + to_minutes(m) as ts, '1m' as bucket,
    case when m % 60 = 0 then ${each} else 0 end as count, not (${missing}) as complete,
    case when m % 60 = 0 then ${each} else 0 end as first_count, 1 as written
  from (select unnest(range(${hours * 60}))::integer as m)`;

/** Texts as they were read: minute, coins, hash, words up and down. */
const talk = (
  rows: [
    minute: number,
    coins: string,
    hash: string,
    up?: number,
    down?: number,
  ][],
) =>
  `select 'dcinside' as source, 'b' as board, 'post' as kind, row_number() over () as text_id,
    ${START} + to_minutes(m) as ts, coins, up as positive, down as negative, 'ko' as language, coins as words,
    5 as length, hash as text_hash, 1 as written
  from (values ${
    rows.map(([m, coins, hash, up = 0, down = 0]) =>
      `(${m}, '${coins}', '${hash}', ${up}, ${down})`
    ).join(", ")
  }) v(m, coins, hash, up, down)`;

Deno.test("mentions: raw beside de-duplicated, a known zero is no unknown one", async () => {
  await withData(async (data) => {
    // Hour 2 was not wholly seen.
    await fillLake(data, "counts", posts(30, "3", "b", "m = 125"));
    await fillLake(
      data,
      "talk",
      talk([
        [0, "BTC", "same"],
        [1, "BTC", "same"],
        [2, "BTC,ETH", "other"],
        [120, "BTC", "third"],
        // 24 hours after the last one the same words are news again.
        [1442, "BTC", "same"],
        [1443, "BTC", ""],
        [1444, "BTC", ""],
      ]),
    );
    await analyze({ data, only: "attention_share" });
    const hours = await ask(
      data,
      `select hour(ts) + 24 * (day(ts) - 2) as h, coin, count_raw as raw, count_complete as complete,
        count_deduplicated as once from marts.mentions
       where bucket = '1h' and (h in (0, 1, 2, 24)) order by h, coin`,
    );
    const row = (
      h: number,
      coin: string,
      raw: string,
      complete: string | null,
      once: string,
    ) => ({
      h: String(h),
      coin,
      raw,
      complete,
      once,
    });
    assert.deepEqual(hours, [
      row(0, "BTC", "3", "3", "2"),
      row(0, "ETH", "1", "1", "1"),
      row(1, "BTC", "0", "0", "0"),
      row(1, "ETH", "0", "0", "0"),
      row(2, "BTC", "1", null, "1"),
      row(2, "ETH", "0", null, "0"),
      row(24, "BTC", "3", "3", "3"),
      row(24, "ETH", "0", "0", "0"),
    ]);
    const [share] = await ask(
      data,
      `select share, share_deduplicated as once from marts.attention_share
       where bucket = '1h' and coin = 'BTC' order by ts limit 1`,
    );
    assert.deepEqual(share, { share: 3 / 4, once: 2 / 3 });
    const [day] = await ask(
      data,
      "select share from marts.attention_share where bucket = '1d' and coin = 'BTC' order by ts limit 1",
    );
    assert.equal(day!.share, null, "an hour of the day is not whole");
  });
});

Deno.test("mentions: tweets by what their query asks for; texts never read make the hour unknown", async () => {
  await withData(async (data) => {
    await fillLake(
      data,
      "counts",
      `${posts(2, "3")} union all
       select 'x', '#bitcoin -ethereum', ts, bucket, count, complete, first_count, written from (${
        posts(2, "7")
      })`,
    );
    await fillLake(data, "talk", talk([[0, "BTC", "a"], [60, "BTC", "b"]]));
    await fillLake(
      data,
      "posts",
      `select 'dcinside' as source, 'b' as board, 99 as post_id, ${START} + interval 61 minutes as ts,
        false as deleted, 1 as written`,
    );
    await analyze({ data, only: "mentions" });
    assert.deepEqual(
      await ask(
        data,
        `select source, coin, count_complete as n, count_deduplicated as once from marts.mentions
         where bucket = '1h' order by source, ts`,
      ),
      [
        { source: "dcinside", coin: "BTC", n: "1", once: "1" },
        { source: "dcinside", coin: "BTC", n: null, once: "1" },
        { source: "x", coin: "BTC", n: "7", once: null },
        { source: "x", coin: "BTC", n: "7", once: null },
      ],
    );
  });
});

Deno.test("attention_z: only the same hours before it, never a later one", async () => {
  const z = async (last: number) => {
    let rows: Record<string, unknown>[] = [];
    await withData(async (data) => {
      // Six weeks; each week's Monday 00:00 has 5, 6, 7, … posts, the last one `last`.
      const each =
        `case when m // 60 % 168 = 0 then case when m // 10080 = 5 then ${last} else 5 + m // 10080 end else 4 end`;
      await fillLake(data, "counts", posts(168 * 6, each));
      await analyze({ data, only: "attention_z" });
      rows = await ask(
        data,
        `select week(ts) - 45 as week, count, z, weeks from marts.attention_z
         where coin is null and dayofweek(ts) = 1 and hour(ts) = 0 order by ts`,
      );
    });
    return rows;
  };
  const calm = await z(10), wild = await z(1000);
  assert.deepEqual(calm.map((r) => r.weeks), ["0", "1", "2", "3", "4", "5"]);
  assert.deepEqual(calm.slice(0, 4).map((r) => r.z), [null, null, null, null]);
  // What comes later changes nothing before it.
  assert.deepEqual(wild.slice(0, 5), calm.slice(0, 5));
  const before = [5, 6, 7, 8, 9].map((n) => Math.log(1 + n));
  const mean = before.reduce((a, b) => a + b) / 5;
  const deviation = Math.sqrt(
    before.reduce((s, v) => s + (v - mean) ** 2, 0) / 4,
  );
  for (const [rows, last] of [[calm, 10], [wild, 1000]] as const) {
    // As rare as Student's t of five weeks, √(1 + 1/5) for the mean's own error.
    const t = (Math.log(1 + last) - mean) / (deviation * Math.sqrt(1.2));
    const got = Number(rows[5]!.z);
    assert.ok(
      Math.abs(Math.log(normalBeyond(got) / studentBeyond(t, 4))) < 0.5,
      `${got}: ${normalBeyond(got)}, not ${studentBeyond(t, 4)}`,
    );
  }
});

Deno.test("tone and repeated texts: a repeated text weighs once and is shown without its words", async () => {
  await withData(async (data) => {
    await fillLake(
      data,
      "talk",
      talk([
        [0, "BTC", "aaaaaaaaaaaa", 2, 0],
        [1, "BTC", "aaaaaaaaaaaa", 2, 0],
        [2, "BTC", "aaaaaaaaaaaa", 2, 0],
        [3, "BTC", "bbbbbbbbbbbb", 0, 1],
        [4, "ETH", "cccccccccccc", 1, 3],
        [5, "ETH", "dddddddddddd", 0, 0],
      ]),
    );
    await analyze({ data, only: "tone" });
    await analyze({ data, only: "repeated_texts" });
    assert.deepEqual(
      await ask(
        data,
        `select coin, texts, texts_deduplicated as once, scored, score, score_low from marts.tone
         where bucket = '1d' order by coin nulls last`,
      ),
      [
        {
          coin: "BTC",
          texts: "4",
          once: "2",
          scored: "2",
          score: 0,
          score_low: null,
        },
        {
          coin: "ETH",
          texts: "2",
          once: "2",
          scored: "1",
          score: -0.5,
          score_low: null,
        },
        {
          coin: null,
          texts: "6",
          once: "4",
          scored: "3",
          score: -0.5 / 3,
          score_low: null,
        },
      ],
    );
    assert.deepEqual(
      await ask(
        data,
        "select fingerprint, count, coins, tone from marts.repeated_texts where span = '1d'",
      ),
      [{ fingerprint: "aaaaaaaa", count: "3", coins: "BTC", tone: 1 }],
    );
  });
});

Deno.test("tone: ten of ten positive texts are not certainty", async () => {
  await withData(async (data) => {
    const texts = (coin: string, up: number, n: number) =>
      Array.from({ length: n }, (_, i) =>
        [
          i,
          coin,
          `${coin}${i}`,
          i < up ? 1 : 0,
          i < up ? 0 : 1,
        ] as Parameters<typeof talk>[0][number]);
    await fillLake(
      data,
      "talk",
      talk([
        ...texts("BTC", 10, 10),
        ...texts("ETH", 0, 12),
        ...texts("SOL", 15, 20),
        ...texts("XRP", 9, 9),
      ]),
    );
    await analyze({ data, only: "tone" });
    const rows = await ask(
      data,
      `select coin, score, score_low as low, score_high as high from marts.tone
       where bucket = '1d' and coin is not null order by coin`,
    );
    // scipy.stats.beta.ppf([.025, .975], yes + .5, n - yes + .5), as 2x - 1
    const expected: [low: number, high: number][] = [
      [0.56560746, 0.99990422],
      [-0.99991985, -0.62938812],
      [0.07161074, 0.79520303],
    ];
    for (const [i, [low, high]] of expected.entries()) {
      const row = rows[i] as Record<string, number>;
      assert.ok(Math.abs(row.low! - low) < 1e-6, `${row.coin} ${row.low}`);
      assert.ok(Math.abs(row.high! - high) < 1e-6, `${row.coin} ${row.high}`);
    }
    assert.deepEqual(rows[3], { coin: "XRP", score: 1, low: null, high: null });
  });
});

onBoth("reading talk", async (step, database) => {
  const { sql } = database;
  await step(
    "each text once; without its words; a dropped text stays read",
    async ({ data, run }) => {
      await sql`truncate talk, talk_readings`;
      const post = (id: number, title: string | null) =>
        sql`insert into posts (source, board, post_id, ts, title, first_seen, observed_at)
        values ('dcinside', 'b', ${id}, '2026-11-20T10:00:00Z', ${title}, now(), now())`;
      await post(1, "비트 떡상 간다 비밀입니다");
      await post(2, null);
      await sql`insert into comments (source, board, post_id, comment_id, ts, text, first_seen)
      values ('dcinside', 'b', 1, 7, '2026-11-20T10:01:00Z', 'ETH dump', now())`;
      const report = await run();
      assert.equal(report.talk!.rows, 2);
      assert.equal((await run()).talk!.rows, 0);
      assert.deepEqual(
        await ask(
          data,
          "select kind, text_id as id, coins, positive as up, negative as down, words from lake.talk order by kind desc",
        ),
        [
          {
            kind: "post",
            id: "1",
            coins: "BTC",
            up: 2,
            down: 0,
            words: "간다,떡상,비트",
          },
          {
            kind: "comment",
            id: "7",
            coins: "ETH",
            up: 0,
            down: 1,
            words: "ETH,dump",
          },
        ],
      );
      // The list shows it with more views: read again, and nothing is new.
      await sql`update posts set view_count = 5, written = current_transaction()`;
      assert.equal(await readTalk(sql, data), 0);
      // A new title is.
      await sql`update posts set title = '이더 폭락', written = current_transaction() where post_id = 1`;
      assert.equal(await readTalk(sql, data), 1);
      // A score of other words is made anew.
      const [reading] = await sql`select rules from talk_readings limit 1`;
      const dictionary = makeDictionary(
        await sql<Listed[]>`
        select distinct base, korean_name, english_name from markets`,
      );
      assert.equal(reading!.rules, rulesOf(dictionary));
      assert.notEqual(reading!.rules, rulesOf(dictionary, "other words"));
      await sql`update talk set positive = 9`;
      await sql`update talk_readings set rules = ${
        rulesOf(dictionary, "other words")
      }`;
      assert.equal(await readTalk(sql, data), 2);
      assert.equal(await readTalk(sql, data), 0);
      await dropOldText(sql, 1, Date.parse("2026-12-20") * 1000);
      // Other rules: what is left of the texts is read again, and nothing is left.
      await sql`update talk_readings set rules = 'older'`;
      assert.equal(await readTalk(sql, data), 0);
      const [kept] =
        await sql`select coins, negative, text_hash from talk where kind = 'post'`;
      assert.deepEqual([kept!.coins, kept!.negative], ["ETH", 1]);
      const all = JSON.stringify(await sql`select * from talk`);
      assert.ok(!all.includes("비밀"), "no text is kept");
    },
  );

  await step("the public reads no single text's row", async () => {
    await assert.rejects(
      sql.begin(async (tx) => {
        await tx`set local role anon`;
        await tx`select * from talk`;
      }),
      /permission denied/,
    );
  });
});
