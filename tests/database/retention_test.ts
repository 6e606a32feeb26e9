/** Titles and texts go in time, also while no collector runs. */
import assert from "node:assert/strict";
import { openDatabase } from "../../collector/database/client.ts";
import { dropOldText } from "../../collector/database/retention.ts";
import { startPostgres } from "../support/postgres_server.ts";
import { test } from "../support/requirements.ts";

test(
  "where pg_cron is there, it drops old texts by the configured days",
  ["postgres", "pgcron"],
  async (t) => {
    const server = await startPostgres({
      settings: [
        "shared_preload_libraries=pg_cron",
        "cron.database_name=crowdtape",
      ],
    });
    const { sql, close } = await openDatabase({ url: server.url });
    const now = Date.now() * 1000;
    try {
      await t.step("without the extension nothing is scheduled", async () => {
        const [row] = await sql`select keep_text_for(14) as scheduled`;
        assert.equal(row!.scheduled, false);
      });
      await sql`create extension pg_cron`;

      await t.step("one job, whose days follow the settings", async () => {
        await dropOldText(sql, 14, now);
        await dropOldText(sql, 30, now);
        const jobs =
          await sql`select jobname, schedule, command, active from cron.job`;
        assert.deepEqual(jobs.map((job) => ({ ...job })), [{
          jobname: "crowdtape text",
          schedule: "23 3 * * *",
          command:
            "select public.drop_old_text(now() - make_interval(secs => 2592000))",
          active: true,
        }]);
      });

      await t.step("what the job says does it", async () => {
        await sql`insert into posts (source, board, post_id, ts, title, first_seen, observed_at)
          select 'dcinside', 'b', age, now() - age * interval '1 day', 'a title', now(), now()
          from unnest(array[29, 31]) as age`;
        await sql`insert into comments (source, board, post_id, comment_id, ts, text, first_seen)
          select 'dcinside', 'b', age, age, now() - age * interval '1 day', 'a text', now()
          from unnest(array[29, 31]) as age`;
        const [job] = await sql`select command from cron.job`;
        await sql.unsafe(job!.command);
        const kept = await sql`
          select post_id::integer as id, title, text from posts join comments using (post_id) order by 1`;
        assert.deepEqual(kept.map((row) => ({ ...row })), [
          { id: 29, title: "a title", text: "a text" },
          { id: 31, title: null, text: null },
        ]);
      });
    } finally {
      await close();
      await server.stop();
    }
  },
);
