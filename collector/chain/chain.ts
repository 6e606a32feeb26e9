/**
 * The chain: snapshot, forecast, analyze, publish and site, round after round.
 * What was done stands in the table `runs`, so a process that begins goes on
 * where the last one was killed, and does nothing twice.
 */
import type postgres from "postgres";
import { parseDuration } from "../cli/duration.ts";
import { masked } from "../cli/secrets.ts";
import { dataFolder } from "../cli/data_folder.ts";
import type { Beside } from "../collect.ts";
import type { Config } from "../config.ts";
import { schedule } from "../database/jobs.ts";
import { pause } from "../model/pause.ts";
import { runStep } from "./step_process.ts";
import { type Made, type StepName, steps } from "./steps.ts";

/** Between two attempts at most, in milliseconds. */
const LONGEST_PAUSE_MS = 10 * 60_000;
/** How long the end of a step is kept for a database that is away, in milliseconds. */
const TELL_WITHIN_MS = 10 * 60_000;

/** The last attempt at a step in a round. */
interface Attempt {
  state: "running" | "done" | "failed" | "abandoned";
  attempt: number;
}

/**
 * Runs the chain on its schedule until the signal aborts. Of several processes
 * on one data folder, and of several on one PostgreSQL, one runs it; when that
 * one ends, however it ends, another goes on.
 */
export const chain: Beside = async ({ config, database, id, signal, log }) => {
  const { sql, embedded } = database;
  const own = config.run;
  const data = dataFolder();
  // The system frees it with the process. The embedded database has one session for all, and so no locks of its own.
  await Deno.mkdir(data, { recursive: true, mode: 0o700 });
  using lock = await Deno.open(`${data}/run.lock`, {
    create: true,
    write: true,
  });
  const rounds = new Rounds(sql, own, id, log);
  let first = true, locked = false;
  log(`chain: ${own.steps.join(", ")} every ${own.every}`);
  const every = parseDuration(own.every, "run.every");
  // Whether a round is due is asked of the database, each minute: neither a
  // clock that is set nor a machine that slept loses one.
  const when = every >= 60_000 ? "* * * * *" : Math.max(200, every / 10);
  await schedule(
    "chain",
    when,
    { sql: embedded ? null : sql, signal, log },
    async (turn) => {
      locked ||= await lock.tryLock(true);
      if (locked) return await rounds.look(turn);
      if (first) log(`chain: another process runs it on ${data}`);
      first = false;
    },
  );
};

class Rounds {
  /** When this process began, in seconds since 1970 by the database's clock. */
  #since: number | null = null;

  constructor(
    readonly sql: postgres.Sql,
    readonly config: Config["run"],
    readonly id: string,
    readonly log: (line: string) => void,
  ) {}

  /**
   * Runs what is due of the newest round. To be called by one process at a time.
   */
  async look(turn: AbortSignal): Promise<void> {
    const { sql, config } = this;
    // Nobody else runs a step now: whoever began these is gone.
    const gone = await sql<{ step: string }[]>`
      update runs set state = 'abandoned', ended_at = clock_timestamp() where state = 'running'
      returning step`;
    for (const { step } of gone) {
      this.log(`${step}: its process has ended before it`);
    }
    const seconds = (span: string) => parseDuration(span, "run") / 1000;
    const every = seconds(config.every), after = seconds(config.after);
    const [now] = await sql<{ at: number; round: number; known: boolean }[]>`
      select at, floor((at - ${after}::float8) / ${every}::float8) * ${every}::float8 + ${after}::float8 as round,
        exists (select from runs) as known
      from (select extract(epoch from clock_timestamp())::float8 as at) as clock`;
    const { at, round, known } = now!;
    const since = this.#since ??= at;
    // The first round of all waits for its time: nothing has been collected yet.
    if (!known && round <= since) return;
    const failed = new Set<StepName>();
    for (const step of config.steps) {
      if (turn.aborted) return;
      const missing = steps[step].needs.filter((need) => failed.has(need));
      if (missing.length > 0 || !await this.#step(step, round, turn)) {
        failed.add(step);
      }
    }
    await sql`delete from runs where started_at < clock_timestamp() - interval '30 days'`;
  }

  /** Tries a step until it is done, its attempts are used up or the turn ends. @returns whether it is done */
  async #step(
    step: StepName,
    round: number,
    turn: AbortSignal,
  ): Promise<boolean> {
    const { sql, config } = this;
    const [last] = await sql<Attempt[]>`
      select state, attempt from runs where round = to_timestamp(${round}::float8) and step = ${step}
      order by attempt desc limit 1`;
    if (last?.state === "done") return true;
    let attempt = last?.attempt ?? 0;
    while (attempt < config.attempts) {
      attempt++;
      if (attempt > 1) await pause(this.#pauseBefore(attempt), turn);
      if (turn.aborted) return false;
      const state = await this.#attempt(step, round, attempt, turn);
      if (state === "done") return true;
      if (state === "failed" && attempt === config.attempts) {
        this.log(`${step}: left until the next round`);
      }
    }
    return false;
  }

  /** Twice as long each time, give or take a half; in milliseconds. */
  #pauseBefore(attempt: number): number {
    const first = parseDuration(this.config.pause, "run.pause");
    return Math.min(first * 2 ** (attempt - 2), LONGEST_PAUSE_MS) *
      (0.5 + Math.random());
  }

  async #attempt(
    step: StepName,
    round: number,
    attempt: number,
    turn: AbortSignal,
  ): Promise<Attempt["state"]> {
    const { sql, config } = this;
    const [row] = await sql<{ id: string }[]>`
      insert into runs (round, step, attempt, collector)
      values (to_timestamp(${round}::float8), ${step}, ${attempt}, ${this.id})
      returning run_id as id`;
    const began = performance.now();
    const { made, ...end } = await this.#run(step, turn);
    const tell = () =>
      sql`
      update runs set state = ${end.state}, ended_at = clock_timestamp(), error = ${end.error},
        units = ${made?.units ?? null}, rows = ${made?.rows ?? null}
      where run_id = ${row!.id} and state = 'running'`;
    await this.#tell(tell, turn);
    const number = (n: number) => n.toLocaleString("en-US");
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    if (end.state === "done") {
      const parts = [
        made?.units == null ? "" : `, ${number(made.units)} units`,
        made?.rows == null ? "" : `, ${number(made.rows)} rows`,
      ];
      this.log(`${step}: done in ${seconds} s${parts.join("")}`);
    } else if (end.state === "failed") {
      this.log(
        `${step}: attempt ${attempt} of ${config.attempts} failed: ${end.error}`,
      );
    }
    return end.state;
  }

  async #run(step: StepName, turn: AbortSignal): Promise<{
    state: Attempt["state"];
    error: string | null;
    made?: Made;
  }> {
    const { config } = this;
    const { options, report } = steps[step];
    const late = AbortSignal.timeout(parseDuration(config.longest, "run"));
    const ended = await runStep(
      step,
      options?.(config) ?? [],
      AbortSignal.any([turn, late]),
    ).catch((error: Error) => ({ error: masked(error.message) }));
    if (ended === null) {
      return late.aborted && !turn.aborted
        ? { state: "failed", error: `took longer than ${config.longest}` }
        : { state: "abandoned", error: null };
    }
    if ("error" in ended) return { state: "failed", error: ended.error };
    // A report of another shape counts nothing; the step is done all the same.
    return {
      state: "done",
      error: null,
      made: report.safeParse(ended.report).data,
    };
  }

  /** Writes how a step has ended; while the database is away, again and again. */
  async #tell(write: () => PromiseLike<unknown>, turn: AbortSignal) {
    const until = performance.now() + TELL_WITHIN_MS;
    for (;;) {
      try {
        await write();
        return;
      } catch (error) {
        if (turn.aborted || performance.now() > until) throw error;
        await pause(1000, turn);
      }
    }
  }
}
