import postgres from "postgres";
import { pause } from "../model/pause.ts";
import { reconnectingClient } from "./reconnecting_client.ts";

/** What a scheduled job works with. */
export interface JobDeps {
  /**
   * The database that says whose turn it is. Null: the job runs in every
   * process, because it is about the process rather than the database.
   */
  sql: postgres.Sql | null;
  signal: AbortSignal;
  log(line: string): void;
}

let scheduled = 0;

/**
 * Runs a job at once and then on its schedule (UTC), one run at a time. A run
 * that fails is logged and does not end the job.
 *
 * Of several processes on one database one runs the job and the others skip
 * their runs; when that process ends, however it ends, the next run is
 * another's. The embedded database is a single session for all that use it, so
 * there each process runs its own.
 * @param when a cron schedule, or milliseconds from one run's end to the next
 * @param run its signal aborts when the run is to end: the process stops, or the
 * job may be another's since the connection was lost
 * @returns resolves once the signal aborts and the run under way has ended.
 */
export async function schedule(
  name: string,
  when: string | number,
  { sql, signal, log }: JobDeps,
  run: (turn: AbortSignal) => Promise<void>,
): Promise<void> {
  const turns = sql && Turns.of(sql);
  let running: Promise<void> | null = null;
  const turn = async () => {
    // Before the question: a turn that is lost at once is lost for this run.
    const lost = turns?.lost;
    if (turns && !(await turns.mine(name))) return;
    if (signal.aborted) return;
    await run(lost ? AbortSignal.any([signal, lost]) : signal);
  };
  const once = () => {
    if (signal.aborted) return Promise.resolve();
    running ??= turn()
      .catch((error) => {
        if (!signal.aborted) log(`${name}: ${(error as Error).message}`);
      })
      .finally(() => running = null);
    return running;
  };
  try {
    if (typeof when === "number") {
      while (!signal.aborted) {
        await once();
        await pause(when, signal);
      }
    } else {
      // A name is free again only a while after its signal; nothing else asks for it.
      const jobs = Deno.cron(`${name} ${++scheduled}`, when, { signal }, once);
      await once();
      await jobs;
    }
    await running;
  } finally {
    await turns?.leave();
  }
}

/**
 * Which jobs are this process's: advisory locks of a session that it holds for
 * nothing else. They are held until it ends, so that one process does a job run
 * after run; the server frees them with the connection, also after SIGKILL.
 */
class Turns {
  static #all = new WeakMap<postgres.Sql, Turns>();
  #session: postgres.Sql;
  #users = 0;
  #held = new Map<string, Promise<boolean>>();
  #lost = new AbortController();

  /** The turns on a client's database; each call is to be matched by {@link leave}. */
  static of(sql: postgres.Sql): Turns {
    let turns = Turns.#all.get(sql);
    if (!turns) Turns.#all.set(sql, turns = new Turns(sql));
    turns.#users++;
    return turns;
  }

  private constructor(readonly sql: postgres.Sql) {
    const { host, port, database, user, pass, ssl, connection } = sql.options;
    // The types know one host, the client takes the list that it made itself.
    const server = { host, port } as unknown as { host: string; port: number };
    this.#session = reconnectingClient((lost) =>
      postgres({
        ...server,
        database,
        username: user,
        ...(pass !== null && { password: pass }),
        ssl: ssl as postgres.Options<Record<string, never>>["ssl"] & object,
        connection: { ...connection, application_name: "crowdtape jobs" },
        max: 1,
        // The locks are the session's, so it is never replaced by a fresh one.
        idle_timeout: 0,
        max_lifetime: 0,
        connect_timeout: 10,
        onnotice: () => {},
        // A lost connection has lost its locks.
        onclose: () => {
          this.#held.clear();
          this.#lost.abort();
          this.#lost = new AbortController();
          lost();
        },
      })
    );
  }

  /** Aborts when the connection is lost, and with it every turn that it holds now. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Whether the job is this process's now. */
  async mine(job: string): Promise<boolean> {
    const held = this.#held.get(job);
    if (held && await held) return true;
    const asked = this.#session<{ mine: boolean }[]>`
      select pg_try_advisory_lock(hashtext('crowdtape job'), hashtext(${job})) as mine`
      .then(([row]) => row!.mine);
    this.#held.set(job, asked);
    try {
      return await asked;
    } catch (error) {
      this.#held.delete(job);
      throw error;
    }
  }

  async leave(): Promise<void> {
    if (--this.#users > 0) return;
    Turns.#all.delete(this.sql);
    await this.#session.end({ timeout: 1 });
  }
}
