import assert from "node:assert/strict";
import { LakeFiles } from "../../analytics/lake/files.ts";
import { openDuckdb } from "../../analytics/lake/lake.ts";
import { snapshot } from "../../analytics/snapshot.ts";
import { ask } from "../bench/fill_lake.ts";
import { onBoth, parquet, TODAY } from "../support/lake_steps.ts";

onBoth("the lake after a mishap", async (step, database) => {
  const { sql } = database;

  await step("a count that differs is caught", async ({ data }) => {
    const lakeFiles = await LakeFiles.open(sql, data);
    const duckdb = await openDuckdb(data);
    const content = {
      table: "trades",
      venue: "upbit",
      date: "2026-11-20",
      name: "0-9",
      from: 0n,
      to: 9n,
      rows: 4,
      query: "select 1 as trade_id from range(3)",
    };
    await assert.rejects(
      lakeFiles.write(duckdb, content),
      /has 4 rows, but its file has 3/,
    );
    assert.equal(
      (await lakeFiles.write(duckdb, { ...content, rows: 3 })).rows,
      3,
    );
    assert.deepEqual(await parquet(data), [
      ".staging/trades-upbit-2026-11-20-0-9.parquet",
    ]);
    duckdb.close();
    lakeFiles.close();
  });

  await step(
    "a crash between rename and record leaves nothing half",
    async ({ data, run, trade }) => {
      await trade("1");
      // The record is the one thing a snapshot writes to Postgres.
      const broken = new Proxy(sql, {
        get: (target, name) =>
          name === "begin"
            ? () => Promise.reject(new Error("power cut"))
            : Reflect.get(target, name),
      });
      await assert.rejects(
        snapshot({
          data,
          database: { ...database, sql: broken },
          today: TODAY,
        }),
        /power cut/,
      );
      assert.equal((await parquet(data)).length, 1, "renamed, not recorded");
      await trade("2");
      assert.equal((await run()).trades!.rows, 2);
      assert.equal((await parquet(data)).length, 1);
      assert.deepEqual(
        await ask(data, "select count(*) as n from lake.trades"),
        [
          { n: "2" },
        ],
      );
    },
  );

  await step(
    "a crash after the record of a compaction ends it",
    async ({ data, run, trade }) => {
      await trade("1");
      await run();
      const [old] = await parquet(data);
      const kept = await Deno.readFile(`${data}/lake/${old}`);
      await trade("2");
      await run();
      const [merged] = await parquet(data);
      // As it stood just before the merged day's old file was removed.
      await Deno.writeFile(`${data}/lake/${old}`, kept);
      await Deno.writeTextFile(
        `${data}/lake/.intent.json`,
        JSON.stringify({
          add: [`lake/${merged}`],
          past: { [`lake/${old}`]: `lake/.past/1/${old}` },
        }),
      );
      assert.equal((await run()).trades!.rows, 0);
      assert.deepEqual(await parquet(data), [merged]);
    },
  );

  await step(
    "a missing file and a lake of another database are said so",
    async ({ data, run, trade }) => {
      await trade("1");
      await run();
      const [path] = await parquet(data);
      await Deno.rename(`${data}/lake/${path}`, `${data}/aside`);
      await assert.rejects(run(), /is recorded in lake_files but is not there/);
      await Deno.rename(`${data}/aside`, `${data}/lake/${path}`);
      assert.equal((await run()).trades!.rows, 0);
      await sql`truncate lake_files`;
      await assert.rejects(run(), /the lake belongs to another database/);
      assert.deepEqual(await parquet(data), [path], "nothing was removed");
    },
  );
});
