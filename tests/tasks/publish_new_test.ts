/** `deno task publish` after the first time: what has changed, and nothing else. */
import assert from "node:assert/strict";
import { analyze } from "../../analytics/analyze.ts";
import { publish } from "../../analytics/publish.ts";
import { openDatabase } from "../../collector/database/client.ts";
import { withData } from "../bench/fill_lake.ts";
import { fillHours, marketsOf } from "../bench/hour.ts";
import { putDatabase } from "../support/empty_database.ts";

Deno.test("publish: one more hour writes that hour, drops what has passed, and leaves the rest unread", async () => {
  await withData(async (data) => {
    const database = await openDatabase({ data: await putDatabase(data) });
    const { sql } = database;
    const run = async (full = false) =>
      Object.fromEntries(
        (await publish({ data, database, days: 1, full }))
          .map((report) => [report.mart, report]),
      );
    try {
      const markets = marketsOf(2);
      await fillHours(data, 0, 30, markets);
      await analyze({ data });
      await run();

      // A row of yesterday that somebody changed: it is not looked at.
      const spoil = () =>
        sql`update published_indicators set close = -1 where interval = '1h' and ts = '2026-09-01 12:00:00+00'`;
      assert.equal((await spoil()).count, 2);
      const untouched = await run();
      for (const { mart, changed, removed } of Object.values(untouched)) {
        assert.deepEqual([mart, changed, removed], [mart, 0, 0]);
      }

      await fillHours(data, 30, 31, markets);
      await analyze({ data });
      const later = await run();
      // Of two markets an hour of minutes passes and an hour comes; longer bars of the day change.
      const { removed, changed, rows } = later.indicators!;
      assert.equal(removed, 2 * (60 + 12 + 4));
      assert.ok(changed >= removed && changed < 3 * removed, `${changed}`);
      assert.equal(later.premium!.removed, 60);
      const [stored] = await sql`select count(*)::integer as rows,
          (count(*) filter (where close = -1))::integer as spoilt from published_indicators`;
      assert.deepEqual({ ...stored }, { rows, spoilt: 2 });
      const [told] =
        await sql`select row_count, from_ts = (select min(ts) from published_indicators) as first,
          to_ts = (select max(ts) from published_indicators) as last from published_marts where mart = 'indicators'`;
      assert.deepEqual({ ...told }, {
        row_count: rows,
        first: true,
        last: true,
      });

      // All compared: nothing else differs from what the marts hold.
      const full = await run(true);
      for (const { mart, changed, removed } of Object.values(full)) {
        assert.deepEqual([mart, changed, removed], [
          mart,
          mart === "indicators" ? 2 : 0,
          0,
        ]);
      }

      // Rows that a mart no longer has go with its day.
      await Deno.remove(`${data}/lake/candles/venue=upbit`, {
        recursive: true,
      });
      await Deno.remove(`${data}/lake/books/venue=upbit`, { recursive: true });
      await analyze({ data });
      const gone = await run();
      assert.ok(gone.indicators!.removed > 0);
      const [left] =
        await sql`select (count(*) filter (where venue = 'upbit'))::integer as upbit,
          count(*)::integer as rows from published_indicators`;
      assert.deepEqual({ ...left }, { upbit: 0, rows: gone.indicators!.rows });
      for (const { mart, changed, removed } of Object.values(await run(true))) {
        assert.deepEqual([mart, changed, removed], [mart, 0, 0]);
      }
    } finally {
      await database.close();
    }
  });
});
