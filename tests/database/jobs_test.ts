import assert from "node:assert/strict";
import { connect } from "../../collector/database/client.ts";
import { type JobDeps, schedule } from "../../collector/database/jobs.ts";
import { pause } from "../../collector/model/pause.ts";
import { test } from "../support/requirements.ts";
import { startPostgres } from "../support/postgres_server.ts";

/** A job that says when it runs, in a process of its own as far as the database knows. */
function collector(sql: JobDeps["sql"], cron = "0 0 1 1 *") {
  const stop = new AbortController();
  const lines: string[] = [];
  let runs = 0;
  const run = (name: string) =>
    schedule(name, cron, {
      sql,
      signal: stop.signal,
      log: (line) => lines.push(line),
    }, () => {
      runs++;
      return Promise.resolve();
    });
  return {
    lines,
    runs: () => runs,
    start: (name: string) => run(name),
    stop: () => stop.abort(),
  };
}

const settle = () => pause(300, new AbortController().signal);

test("of two collectors one runs a job", ["postgres"], async (t) => {
  const server = await startPostgres();
  const clients = [connect(server.url, 2), connect(server.url, 2)] as const;
  const sessions = () =>
    clients[0]`
      select pid from pg_stat_activity where application_name = 'crowdtape jobs'`;
  try {
    await t.step(
      "the other skips its run, until the first has ended",
      async () => {
        const first = collector(clients[0]);
        const firstDone = first.start("candles");
        await settle();
        const second = collector(clients[1]);
        const secondDone = second.start("candles");
        await settle();
        assert.deepEqual([first.runs(), second.runs()], [1, 0]);
        first.stop();
        await firstDone;
        second.stop();
        await secondDone;

        const third = collector(clients[1]);
        const thirdDone = third.start("candles");
        await settle();
        assert.equal(third.runs(), 1);
        third.stop();
        await thirdDone;
        assert.deepEqual([...first.lines, ...second.lines, ...third.lines], []);
      },
    );

    await t.step("different jobs are shared out", async () => {
      const first = collector(clients[0]);
      const second = collector(clients[1]);
      const done = [first.start("a")];
      await settle();
      done.push(second.start("b"), second.start("a"));
      await settle();
      assert.deepEqual([first.runs(), second.runs()], [1, 1]);
      assert.equal(
        (await sessions()).length,
        2,
        "a session each, for all its jobs",
      );
      first.stop();
      second.stop();
      await Promise.all(done);
    });

    await t.step("a lost connection gives its jobs away", async () => {
      const first = collector(clients[0]);
      const firstDone = first.start("candles");
      await settle();
      await clients[1]`
        select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'crowdtape jobs'`;
      await settle();
      const second = collector(clients[1]);
      const secondDone = second.start("candles");
      await settle();
      assert.deepEqual([first.runs(), second.runs()], [1, 1]);
      first.stop();
      second.stop();
      await Promise.all([firstDone, secondDone]);
    });

    await t.step("a run is told that its turn may be another's", async () => {
      const stop = new AbortController();
      const began = Promise.withResolvers<AbortSignal>();
      const told = Promise.withResolvers<void>();
      const done = schedule("long", 60_000, {
        sql: clients[0],
        signal: stop.signal,
        log: () => {},
      }, async (turn) => {
        began.resolve(turn);
        turn.addEventListener("abort", () => told.resolve());
        await told.promise;
      });
      assert.equal((await began.promise).aborted, false);
      await clients[1]`
        select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'crowdtape jobs'`;
      await told.promise;
      assert.equal(stop.signal.aborted, false);
      stop.abort();
      await done;
    });

    await t.step("a job about the process runs in each", async () => {
      const first = collector(null);
      const second = collector(null);
      const done = [first.start("report 1"), second.start("report 2")];
      await settle();
      assert.deepEqual([first.runs(), second.runs()], [1, 1]);
      first.stop();
      second.stop();
      await Promise.all(done);
    });

    await t.step("no session is left behind", async () => {
      await settle();
      assert.equal((await sessions()).length, 0);
    });
  } finally {
    for (const client of clients) await client.end();
    await server.stop();
  }
});
