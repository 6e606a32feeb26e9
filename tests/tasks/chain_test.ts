/** `deno task run` as a user runs it, against the simulator: rounds, a step that fails, and kills. */
import assert from "node:assert/strict";
import { connect, openDatabase } from "../../collector/database/client.ts";
import { pause } from "../../collector/model/pause.ts";
import { sandboxTokens } from "../../collector/sandbox/community_simulators.ts";
import { type Sandbox, startSandbox } from "../../collector/sandbox/sandbox.ts";
import { emptyData } from "../support/empty_database.ts";
import { startPostgres } from "../support/postgres_server.ts";
import { test } from "../support/requirements.ts";
import { type Running, startTask } from "../support/run_task.ts";

/** So many milliseconds for what a loaded machine may take. */
const LATEST_MS = 180_000;
const never = new AbortController().signal;

interface Run {
  round: Date;
  step: string;
  attempt: number;
  state: string;
  started_at: Date;
  ended_at: Date | null;
  units: string | null;
  rows: string | null;
  error: string | null;
}

async function prepare(sandbox: Sandbox, run: object, data: string) {
  const env = {
    CROWDTAPE_DATA: data,
    CROWDTAPE_CONFIG: `${data}/config.json`,
    CROWDTAPE_SALT: "a salt for tests",
    ...sandboxTokens,
  };
  await Deno.writeTextFile(
    env.CROWDTAPE_CONFIG,
    JSON.stringify({
      ...sandbox.config,
      api: { port: 0 },
      historyDays: 0.05,
      run: { pause: "1s", ...run },
    }),
  );
  return env;
}

/** Looks again and again until something is there. */
async function until<T>(
  what: string,
  look: () => Promise<T | null | undefined | false>,
): Promise<T> {
  const latest = Date.now() + LATEST_MS;
  while (Date.now() < latest) {
    const found = await look();
    if (found) return found;
    await pause(100, never);
  }
  throw new Error(`${what} did not come`);
}

/** The runs, as a task beside the running one reads them. */
async function runsIn(data: string, url = ""): Promise<Run[]> {
  const { sql, close } = url
    ? (() => {
      const sql = connect(url, 1);
      return { sql, close: () => sql.end() };
    })()
    : await openDatabase({ data, url, max: 1 });
  try {
    return [...await sql<Run[]>`select * from runs order by run_id`];
  } finally {
    await close();
  }
}

/** Asserts that no step was done twice in a round, or ran while it already did. */
function assertSound(runs: Run[]): void {
  for (const step of new Set(runs.map((run) => run.step))) {
    const own = runs.filter((run) => run.step === step);
    const done = own.filter(({ state }) => state === "done")
      .map(({ round }) => round.getTime());
    assert.equal(new Set(done).size, done.length, `${step} done twice`);
    for (const [i, run] of own.slice(1).entries()) {
      const before = own[i]!;
      assert.ok(before.ended_at, `${step} ran while it already did`);
      assert.ok(before.ended_at <= run.started_at, step);
    }
  }
}

/** Processes that were started for this data folder and have not ended. */
async function processesOn(data: string): Promise<number> {
  let found = 0;
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const environ = await Deno.readTextFile(`/proc/${name}/environ`);
      if (!environ.split("\0").includes(`CROWDTAPE_DATA=${data}`)) continue;
      if (await Deno.readTextFile(`/proc/${name}/cmdline`)) found++;
    } catch {
      // It ended meanwhile, or is somebody else's.
    }
  }
  return found;
}

const times = (running: Running, words: RegExp) =>
  running.said().match(new RegExp(words, "g"))?.length ?? 0;

Deno.test("two rounds on the simulator; a step that fails is told and tried again, and ends nothing else", async () => {
  const sandbox = await startSandbox({ days: 1 });
  const data = await emptyData();
  const run = { steps: ["snapshot", "forecast"], every: "5s", after: "1s" };
  const env = await prepare(sandbox, run, data);
  // A file where the snapshot wants a folder.
  await Deno.writeTextFile(`${data}/lake`, "");
  await using running = startTask(["run"], env);
  await running.says(/snapshot: attempt 1 of 3 failed: /);
  await Deno.remove(`${data}/lake`);
  await until(
    "a second round",
    () => Promise.resolve(times(running, /forecast: done/) >= 2),
  );
  const [, api] = /API: (\S+)\/healthz/.exec(running.said())!;
  const health = await (await fetch(`${api}/healthz`)).json();
  assert.deepEqual(
    health.runs.map((run: { step: string }) => run.step),
    ["forecast", "snapshot"],
  );
  assert.ok(health.runs[1].failures_last_day >= 1, JSON.stringify(health));
  assert.ok(health.runs[1].success_age_seconds < 600);
  const metrics = await (await fetch(`${api}/metrics`)).text();
  assert.match(
    metrics,
    /^crowdtape_run_last_success_age_seconds\{step="snapshot"\} \d/m,
  );
  assert.match(
    metrics,
    /^crowdtape_run_failures_last_day\{step="snapshot"\} [1-9]/m,
  );
  const runs = await runsIn(data);
  running.stop("SIGTERM");
  const { code, err, out } = await running.ended;
  assert.equal(code, 0, err);
  assert.match(out, /stopped; written: /);
  assertSound(runs);
  const failed = runs.find(({ state }) => state === "failed")!;
  assert.equal(failed.step, "snapshot");
  assert.match(failed.error!, /lake/);
  const again = runs.find(({ round, step, attempt }) =>
    round.getTime() === failed.round.getTime() && step === "snapshot" &&
    attempt === failed.attempt + 1
  );
  assert.equal(again?.state, "done");
  assert.ok(Number(again.units) > 5 && Number(again.rows) > 0);
  const snapshots = runs.filter(({ step, state }) =>
    step === "snapshot" && state === "done"
  );
  assert.ok(snapshots.length >= 2);
  // Stopped in the middle of whatever it did: nothing is left to run.
  await until(
    "the end of each step",
    async () => await processesOn(data) === 0,
  );
  assertSound(await runsIn(data));
  await sandbox.close();
});

Deno.test("killed in the middle of a step and started again: the step ends with it, and its round is taken up again", async () => {
  const sandbox = await startSandbox({ days: 1 });
  const data = await emptyData();
  // The round began half an hour ago and ends in half an hour.
  const after = (Math.floor(Date.now() / 1000) + 1800) % 3600 || 1;
  const env = await prepare(sandbox, {
    steps: ["snapshot", "analyze"],
    every: "1h",
    after: `${after}s`,
  }, data);
  const { sql, close } = await openDatabase({ data, url: "" });
  await sql`insert into runs (round, step, attempt, state, collector, ended_at)
    values ('2026-01-01', 'site', 1, 'done', gen_random_uuid(), now())`;
  await close();
  {
    await using first = startTask(["run"], env);
    await first.says(/snapshot: done/);
    await until(
      "a running step",
      async () =>
        (await runsIn(data)).some(({ step, state }) =>
          step === "analyze" && state === "running"
        ),
    );
    first.stop("SIGKILL");
    await first.ended;
  }
  await until("the end of the step", async () => await processesOn(data) === 0);
  await using second = startTask(["run"], env);
  await second.says(/analyze: its process has ended before it/);
  await second.says(/analyze: done/);
  const runs = (await runsIn(data)).slice(1);
  second.stop("SIGINT");
  assert.equal((await second.ended).code, 0);
  assertSound(runs);
  assert.deepEqual(
    runs.map(({ step, attempt, state }) => [step, attempt, state]),
    [
      ["snapshot", 1, "done"],
      ["analyze", 1, "abandoned"],
      ["analyze", 2, "done"],
    ],
  );
  assert.equal(new Set(runs.map(({ round }) => round.getTime())).size, 1);
  await sandbox.close();
});

test(
  "of two processes on one PostgreSQL one runs the chain, whichever is killed",
  ["postgres"],
  async () => {
    const sandbox = await startSandbox({ days: 1 });
    const server = await startPostgres();
    const data = await Deno.makeTempDir({ prefix: "crowdtape-test-" });
    const env = {
      ...await prepare(sandbox, {
        steps: ["snapshot"],
        every: "3s",
        after: "1s",
      }, data),
      DATABASE_URL: server.url,
    };
    const sql = connect(server.url, 1);
    const done = async (than = 0) =>
      await until("a run that is done", async () => {
        const [row] = await sql`select max(run_id)::int as id from runs
        where state = 'done' and run_id > ${than}`
          .catch(() => []);
        return row?.id as number | null;
      });
    try {
      let two = [startTask(["run"], env), startTask(["run"], env)];
      try {
        let last = await done();
        for (let kill = 0; kill < 4; kill++) {
          await until(
            "a running step",
            async () =>
              (await sql`select from runs where state = 'running'`).length > 0,
          );
          const [one, other] = two as [Running, Running];
          one.stop("SIGKILL");
          await one.ended;
          two = [other, startTask(["run"], env)];
          last = await done(last);
        }
        const runs = await runsIn(data, server.url);
        assertSound(runs);
        assert.ok(runs.some(({ state }) => state === "abandoned"));
      } finally {
        for (const one of two) {
          await one[Symbol.asyncDispose]();
        }
      }
    } finally {
      await sql.end();
      await server.stop();
      await sandbox.close();
    }
  },
);

Deno.test("a step waits for another one on the folder, and ends where nobody wants it any more", async () => {
  const data = await emptyData();
  using lock = await Deno.open(`${data}/step.lock`, {
    create: true,
    write: true,
  });
  await lock.lock(true);
  // Its standard input is at its end from the first.
  await using step = startTask(["snapshot", "--attended"], {
    CROWDTAPE_DATA: data,
  });
  const { code, out, err } = await step.ended;
  assert.deepEqual({ code, out, err }, { code: 1, out: "", err: "" });
});
