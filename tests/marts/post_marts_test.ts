import { bluesky } from "../../collector/sandbox/communities/bluesky.ts";
import assert from "node:assert/strict";
import { analyze } from "../../analytics/analyze.ts";
import { snapshot } from "../../analytics/snapshot.ts";
import { pearson } from "../../analytics/statistics/pearson.ts";
import { openDatabase } from "../../collector/database/client.ts";
import { followPosts } from "../../collector/communities/bluesky/post_stream.ts";
import { startSandbox } from "../../collector/sandbox/sandbox.ts";
import { Store } from "../../collector/store/store.ts";
import { ask } from "../bench/fill_lake.ts";
import { emptyData } from "../support/empty_database.ts";

const MINUTE = 60e6, HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 10, 18, 12, 0, 30);

Deno.test("hours that were missed, from the cursor to the marts", async () => {
  const data = await emptyData();
  const database = await openDatabase({ data });
  const { sql } = database;
  const store = new Store(sql);
  const sandbox = await startSandbox({ now: () => NOW, days: 1 });
  // As a collector leaves it that was stopped at 10 o'clock.
  const begun = Date.UTC(2026, 10, 18, 10) * 1000;
  const host = new URL(sandbox.of(bluesky).socket).host;
  await sql`insert into cursors (source, place, subject, since, cursor)
    values ('bluesky', ${host}, 'bitcoin,비트코인', ${
    String(begun)
  }::text::bigint, ${String(begun)}::text::bigint)`;
  const stop = new AbortController();
  const running = followPosts(
    { socket: sandbox.of(bluesky).socket, terms: ["bitcoin", "비트코인"] },
    {
      sql,
      store,
      hashAuthor: (did) => did,
      signal: stop.signal,
      now: () => NOW * 1000,
      log: () => {},
      settleMs: 50,
    },
  );
  const truth = sandbox.of(bluesky).stream.posts(begun, NOW * 1000 + 1);
  for (;;) {
    const [row] = await sql`select cursor::text from cursors`;
    if (Number(row!.cursor) >= truth.at(-1)!.us) break;
    await new Promise((wake) => setTimeout(wake, 20));
  }
  stop.abort();
  await running;
  await store.close();
  await snapshot({ data, database, today: "2026-11-18" });
  await database.close();
  await analyze({ data, only: "attention_share" });

  for (const term of ["bitcoin", "비트코인"]) {
    const rows = await ask(
      data,
      `select epoch_us(ts)::bigint as us, measure, count_complete as count from marts.attention
       where source = 'bluesky' and query = 'posts:${term}' and bucket = '5m' order by ts`,
    );
    const counts = rows.filter((row) => row.count !== null);
    assert.deepEqual(
      counts.map((row) => [Number(row.us), row.measure, Number(row.count)]),
      Array.from({ length: 24 }, (_, i) => begun + i * 5 * MINUTE).map((
        us,
      ) => [
        us,
        "posts",
        truth.filter((post) =>
          post.us >= us && post.us < us + 5 * MINUTE &&
          post.terms.includes(term)
        ).length,
      ]),
    );
  }
  // One post is one mention, in whatever words it was found; those deleted since
  // were never read, and 비트코인ETF is no name of the dictionary.
  const [named] = await ask(
    data,
    `select sum(count_raw)::bigint as posts, count(count_complete)::bigint as hours from marts.mentions
     where source = 'bluesky' and coin = 'BTC' and bucket = '1h' and ts < '2026-11-18 12:00:00'`,
  );
  const left = truth.filter((post) =>
    post.terms.length > 0 && post.us < NOW * 1000 - 30e6 &&
    (post.goneUs ?? Infinity) > NOW * 1000 && !post.text.includes("ETF")
  );
  assert.equal(named!.hours, "2");
  assert.equal(named!.posts, String(left.length));
  assert.deepEqual(
    await ask(
      data,
      "select * from marts.attention_share where source = 'bluesky'",
    ),
    [],
  );
  await sandbox.close();
  await Deno.remove(data, { recursive: true });
});

Deno.test("the simulated stream follows the talk that leads volume", async () => {
  const sandbox = await startSandbox({ now: () => NOW, days: 3 });
  const buckets = 30 * 12;
  const from = NOW * 1000 - 30 * HOUR - (NOW * 1000) % (5 * MINUTE);
  const posts = new Float64Array(buckets);
  for (
    const { us, terms } of sandbox.of(bluesky).stream.posts(from, NOW * 1000)
  ) {
    const bucket = Math.floor((us - from) / (5 * MINUTE));
    if (bucket < buckets && terms.includes("bitcoin")) posts[bucket]!++;
  }
  const changes = (level: (bucket: number) => number) =>
    Float64Array.from(
      { length: buckets - 24 },
      (_, i) => level(i + 12) - level(i + 11),
    );
  const talk = changes((bucket) => Math.log1p(posts[bucket]!));
  const lags = Array.from({ length: 13 }, (_, i) => i - 6);
  const found = lags.map((lag) =>
    pearson(
      talk,
      changes((bucket) =>
        sandbox.world.climate.volume(
          0,
          (from / MINUTE) + 5 * (bucket + lag),
        )
      ),
    ) as number
  );
  const best = lags[found.indexOf(Math.max(...found))];
  assert.equal(best, sandbox.planted!.lagBuckets);
  assert(Math.max(...found) > 0.4, String(found));
  await sandbox.close();
});
