/**
 * The embedded database of a data folder. One process has it open and serves
 * it; the others find the way in the file `postgres.service`, which only the
 * owner can read.
 */
import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import type postgres from "postgres";
import type { Opening, Said } from "./embedded_worker.ts";
import { CliError, diskTrouble } from "../cli/errors.ts";
import { pause } from "../model/pause.ts";

/** How long the process that has it open may take to answer. */
const ANSWER_MS = 30_000;
/** Between two attempts to open it again. */
const FIRST_PAUSE_MS = 1000, LONGEST_PAUSE_MS = 10_000;

export interface EmbeddedOptions {
  /** Most connections of the pool. */
  max: number;
  connect(url: string, max: number): postgres.Sql;
  /** Makes the tables; others connect only once they are there. */
  migrate(sql: postgres.Sql): Promise<unknown>;
}

/** An open embedded database. */
export interface Embedded {
  sql: postgres.Sql;
  url: string;
  /** The command that connects psql, without the password. */
  psql: string;
  close(): Promise<void>;
}

/**
 * Opens the embedded database under `<data>/postgres`; if another process has
 * it open, connects to that.
 * @throws {CliError} when the folder cannot be used, with the remedy.
 */
export async function openEmbedded(
  data: string,
  options: EmbeddedOptions,
): Promise<Embedded> {
  let lock: Deno.FsFile;
  try {
    await Deno.mkdir(data, { recursive: true, mode: 0o700 });
    // The system lets go of this lock when its process dies, however it dies.
    lock = await Deno.open(`${data}/postgres.lock`, {
      create: true,
      write: true,
    });
    // Another user who holds it would keep this one out.
    await Deno.chmod(`${data}/postgres.lock`, 0o600);
  } catch (error) {
    throw unusable(data, error as Error);
  }
  try {
    const deadline = Date.now() + ANSWER_MS;
    while (!(await lock.tryLock(true))) {
      const shared = await connectToFirst(data, options);
      if (shared) {
        lock.close();
        return shared;
      }
      if (Date.now() > deadline) {
        throw new CliError(
          `Another process has the embedded database under ${data}/postgres open and does not answer. ` +
            "Stop it, or set CROWDTAPE_DATA to another folder.",
        );
      }
      await new Promise((wake) => setTimeout(wake, 200));
    }
    return await serve(data, lock, options);
  } catch (error) {
    lock.close();
    throw error instanceof CliError ? error : unusable(data, error as Error);
  }
}

/** What keeps a data folder from being used, as a sentence with its remedy. */
function unusable(data: string, error: Error): CliError {
  const { message, name } = error;
  const trouble = name === "AlreadyExists"
    ? "a file"
    : /permission denied|not permitted/i.test(message)
    ? "forbidden"
    : diskTrouble(error);
  switch (trouble) {
    case "full":
      return new CliError(
        `The disk of the data folder ${data} is full (${message}). ` +
          "Free some space and start again; what is there is not damaged.",
      );
    case "a file":
      return new CliError(
        `The data folder ${data} is a file, or lies in one. ` +
          "Move it away, or set CROWDTAPE_DATA to a folder.",
      );
    case "forbidden":
      return new CliError(
        `The data folder ${data} cannot be written to by this user (${message}). ` +
          "Give it to the user, or set CROWDTAPE_DATA to a folder that can be written to.",
      );
  }
  return new CliError(
    `The embedded database under ${data}/postgres cannot be opened: ${message}. ` +
      "If the folder is not one that crowdtape made, set CROWDTAPE_DATA to another.",
  );
}

/** How a client finds the server. */
interface Way {
  port: number;
  password: string;
}

const urlOf = ({ port, password }: Way) =>
  `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;

/** The file is one that libpq reads: psql, pg_dump and others connect with it. */
const wayFile = (data: string) => `${data}/postgres.service`;

function psqlCommand(data: string): string {
  const path = resolve(wayFile(data)).replaceAll("'", "'\\''");
  return `PGSERVICEFILE='${path}' psql service=crowdtape`;
}

async function writeWay(data: string, { port, password }: Way): Promise<void> {
  const path = wayFile(data);
  await Deno.remove(`${path}.new`).catch(() => {});
  await Deno.writeTextFile(
    `${path}.new`,
    `[crowdtape]\nhost=127.0.0.1\nport=${port}\nuser=postgres\npassword=${password}\ndbname=postgres\n`,
    { createNew: true, mode: 0o600 },
  );
  await Deno.rename(`${path}.new`, path);
}

async function readWay(data: string): Promise<Way | null> {
  const text = await Deno.readTextFile(wayFile(data)).catch(() => "");
  const port = Number(/^port=(\d+)$/m.exec(text)?.[1]);
  const password = /^password=(.+)$/m.exec(text)?.[1];
  return port && password ? { port, password } : null;
}

/** Connects to the process that serves the folder; null while it is not ready. */
async function connectToFirst(
  data: string,
  { connect, max }: EmbeddedOptions,
): Promise<Embedded | null> {
  const way = await readWay(data);
  if (!way) return null;
  const url = urlOf(way);
  const sql = connect(url, max);
  try {
    await sql`select 1`;
  } catch {
    await sql.end({ timeout: 1 });
    return null;
  }
  return {
    sql,
    url,
    psql: psqlCommand(data),
    close: () => sql.end({ timeout: 5 }),
  };
}

async function serve(
  data: string,
  lock: Deno.FsFile,
  { connect, migrate, max }: EmbeddedOptions,
): Promise<Embedded> {
  await Deno.remove(wayFile(data)).catch(() => {});
  const password = randomBytes(24).toString("base64url");
  const server = new EmbeddedThread({ folder: `${data}/postgres`, password });
  const port = await server.open();
  const url = urlOf({ port, password });
  const sql = connect(url, max);
  try {
    await migrate(sql);
    await writeWay(data, { port, password });
  } catch (error) {
    await sql.end({ timeout: 1 });
    await server.close();
    throw server.stopped ? new Error(server.stopped) : error;
  }
  const close = async () => {
    await sql.end({ timeout: 5 });
    await Deno.remove(wayFile(data)).catch(() => {});
    // Our own connections take a moment to be seen as gone.
    for (let asked = 0; await server.clients() > 0; asked++) {
      if (asked === 10) {
        console.error(
          "Another process still uses the embedded database; it is served until that one ends.",
        );
      }
      await new Promise((wake) => setTimeout(wake, 200));
    }
    await server.close();
    lock.close();
  };
  return { sql, url, psql: psqlCommand(data), close };
}

/**
 * The thread with PostgreSQL. When that gives up, as on a full disk, the thread
 * is ended and another one opens the folder at the same port as soon as that
 * succeeds: PostgreSQL's log brings back what was acknowledged, and clients
 * connect again.
 */
class EmbeddedThread {
  /** Why PostgreSQL gave up, if it did. */
  stopped: string | null = null;
  #opening: Opening;
  #worker: Worker | null = null;
  #answer: ((said: Said) => void) | null = null;
  #closing = new AbortController();
  #reopening: Promise<void> = Promise.resolve();

  constructor(opening: Opening) {
    this.#opening = opening;
  }

  /** @returns the port. @throws with PostgreSQL's own words. */
  async open(): Promise<number> {
    const worker = this.#worker = new Worker(
      new URL("./embedded_worker.ts", import.meta.url),
      { type: "module" },
    );
    // One that has been ended has nothing more to say.
    const hear = (said: Said) => {
      if (worker === this.#worker) this.#hear(said);
    };
    worker.onmessage = ({ data }: MessageEvent<Said>) => hear(data);
    worker.onerror = (event) => {
      event.preventDefault();
      hear({ ended: event.message });
    };
    const said = await this.#ask(this.#opening);
    if ("port" in said) return this.#opening.port = said.port;
    this.#end();
    throw new Error(
      "error" in said ? said.error : "ended" in said ? said.ended : "",
    );
  }

  /** Open connections. */
  async clients(): Promise<number> {
    const said = await this.#ask("clients");
    return "clients" in said ? said.clients : 0;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#reopening;
    await this.#ask("close");
    this.#end();
  }

  #ask(message: Opening | "clients" | "close"): Promise<Said> {
    const worker = this.#worker;
    if (!worker) return Promise.resolve({ closed: true });
    return new Promise((resolve) => {
      this.#answer = resolve;
      worker.postMessage(message);
    });
  }

  #hear(said: Said): void {
    const answer = this.#answer;
    this.#answer = null;
    if ("ended" in said) this.#end();
    if (answer) answer(said);
    else if ("ended" in said) this.#reopening = this.#reopen(said.ended);
  }

  #end(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }

  async #reopen(reason: string): Promise<void> {
    this.stopped = reason;
    console.error(
      `The embedded database has stopped (${reason}). Nothing that it acknowledged is lost; it is opened again as soon as it can be.`,
    );
    const { signal } = this.#closing;
    for (
      let wait = FIRST_PAUSE_MS;;
      wait = Math.min(wait * 2, LONGEST_PAUSE_MS)
    ) {
      await pause(wait, signal);
      if (signal.aborted) return;
      try {
        await this.open();
        return console.error("The embedded database is open again.");
      } catch (error) {
        if ((error as Error).message === reason) continue;
        reason = (error as Error).message;
        console.error(
          `The embedded database cannot be opened yet (${reason}).`,
        );
      }
    }
  }
}
