import type { PGlite } from "@electric-sql/pglite";

import {
  authentication,
  close,
  messages,
  MOST_BYTES,
  MOST_BYTES_OF_STRANGER,
  PASSWORD,
  READY_IDLE,
  readyStatus,
  REFUSED,
  STEPS,
  SYNC,
  TERMINATE,
  withoutReady,
  writeAll,
} from "./postgres_wire.ts";
import { MECHANISM, Scram } from "./scram.ts";

const decoder = new TextDecoder();

/** Bytes of log after which a checkpoint is made. */
const CHECKPOINT_BYTES = 192 * 2 ** 20;
/** A checkpoint is made at least that often while anything is written. */
const CHECKPOINT_MS = 5 * 60_000;
/** How long a client may take to show that it knows the password. */
const PASSWORD_MS = 10_000;
/** Connections that have not shown it yet; the oldest makes way for one more. */
const MOST_STRANGERS = 64;

export interface EmbeddedServerOptions {
  password: string;
  /** Default: one that is free. */
  port?: number;
  /** Bytes of log after which a checkpoint is made. */
  checkpointBytes?: number;
}

/**
 * Serves a PGlite over PostgreSQL's wire protocol on loopback, to those who
 * know the password.
 *
 * PGlite is one backend with one unnamed portal, so messages of two
 * connections must not mix: a connection holds the backend from the first
 * message of an exchange until the backend says that it is ready and in no
 * transaction. The others wait their turn.
 *
 * A backend alone makes no checkpoint and its log grows without end, so this
 * asks for them: what is replayed after a crash, and what the log takes on the
 * disk, stays bounded.
 *
 * Protocol: https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class EmbeddedServer {
  readonly port: number;
  #db: PGlite;
  #scram: Scram;
  #checkpointBytes: number;
  #listener: Deno.TcpListener;
  #connections = new Set<Deno.TcpConn>();
  #strangers = new Set<Deno.TcpConn>();
  #turn: Promise<void> = Promise.resolve();
  #checkpoint: { at: number; log: number } | null = null;
  #checking = false;
  #timer: ReturnType<typeof setInterval>;

  constructor(db: PGlite, options: EmbeddedServerOptions) {
    this.#db = db;
    this.#scram = new Scram(options.password);
    this.#checkpointBytes = options.checkpointBytes ?? CHECKPOINT_BYTES;
    this.#listener = Deno.listen({
      hostname: "127.0.0.1",
      port: options.port ?? 0,
    });
    this.port = this.#listener.addr.port;
    this.#accept();
    this.#timer = setInterval(() => this.#keepLogShort(), 1000);
  }

  /** Open connections of those who know the password. */
  get clients(): number {
    return this.#connections.size;
  }

  /** Closes every connection and waits for the exchange that is under way. */
  async stop(): Promise<void> {
    this.abandon();
    await this.#turn;
  }

  /** Closes every connection at once. */
  abandon(): void {
    clearInterval(this.#timer);
    this.#listener.close();
    for (const connection of this.#strangers) close(connection);
    for (const connection of this.#connections) close(connection);
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) {
      connection.setNoDelay();
      if (this.#strangers.size >= MOST_STRANGERS) {
        const [oldest] = this.#strangers;
        this.#strangers.delete(oldest!);
        close(oldest!);
      }
      this.#strangers.add(connection);
      this.#serve(connection)
        // A client that disconnects within a message is not an error of the server.
        .catch(() => {})
        .finally(() => {
          this.#strangers.delete(connection);
          this.#connections.delete(connection);
          close(connection);
        });
    }
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    const most = { bytes: MOST_BYTES_OF_STRANGER };
    const incoming = messages(connection, most);
    const late = setTimeout(() => close(connection), PASSWORD_MS);
    try {
      const start = (await incoming.next()).value;
      if (!start || !(await this.#admit(connection, incoming))) return;
      clearTimeout(late);
      this.#strangers.delete(connection);
      this.#connections.add(connection);
      most.bytes = MOST_BYTES;
      await this.#converse(connection, start, incoming);
    } finally {
      clearTimeout(late);
    }
  }

  /** Whether the client knows the password. */
  async #admit(
    connection: Deno.TcpConn,
    incoming: AsyncGenerator<Uint8Array>,
  ): Promise<boolean> {
    const ask = (code: number, text: string) =>
      writeAll(connection, authentication(code, text));
    const answer = async () => {
      const message = (await incoming.next()).value;
      return message?.[0] === PASSWORD ? message.subarray(5) : null;
    };
    await ask(10, `${MECHANISM}\0\0`);
    const chosen = await answer();
    if (!chosen) return false;
    const named = decoder.decode(chosen).startsWith(`${MECHANISM}\0`);
    const exchange = named
      ? this.#scram.begin(decoder.decode(chosen.subarray(MECHANISM.length + 5)))
      : null;
    if (exchange) {
      await ask(11, exchange.reply);
      const proof = await answer();
      const last = proof && exchange.end(decoder.decode(proof));
      if (last) {
        await ask(12, last);
        return true;
      }
    }
    await writeAll(connection, REFUSED);
    return false;
  }

  async #converse(
    connection: Deno.TcpConn,
    start: Uint8Array,
    incoming: AsyncGenerator<Uint8Array>,
  ): Promise<void> {
    let release: (() => void) | null = null;
    let status = READY_IDLE;
    let failed = false;
    try {
      for (
        let message: Uint8Array | undefined = start;
        message;
        message = (await incoming.next()).value
      ) {
        // The first message has no type: its length's first byte is a zero.
        const kind = message[0]!;
        if (kind === TERMINATE) return;
        // After an error everything up to the next Sync is passed over.
        if (failed && kind !== SYNC[0]) continue;
        release ??= await this.#takeTurn();
        const output: Uint8Array[] = [];
        let ready = await this.#exchange(message, output);
        if (ready !== null && STEPS.has(kind)) {
          // PGlite says at once that it is ready when a step fails; the client hears it after its Sync.
          failed = true;
          ready = null;
          withoutReady(output);
        } else if (ready !== null) {
          failed = false;
          status = ready;
        }
        for (const chunk of output) await writeAll(connection, chunk);
        if (ready === READY_IDLE) {
          release();
          release = null;
        }
      }
    } finally {
      if (release) await this.#abandon(status).finally(release);
    }
  }

  /** Waits until no other connection is in an exchange; the answer gives the turn back. */
  async #takeTurn(): Promise<() => void> {
    const before = this.#turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#turn = before.then(() => promise);
    await before;
    return resolve;
  }

  /** Makes a checkpoint when the log since the last one is long or old. */
  async #keepLogShort(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    const release = await this.#takeTurn();
    try {
      const { rows } = await this.#db.query<{ log: number }>(
        "select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::float8 as log",
      );
      const { log } = rows[0]!;
      const now = performance.now();
      const last = this.#checkpoint ??= { at: now, log };
      const grown = log - last.log;
      if (grown === 0) last.at = now;
      if (grown < this.#checkpointBytes && now - last.at < CHECKPOINT_MS) {
        return;
      }
      await this.#db.exec("checkpoint");
      this.#checkpoint = { at: performance.now(), log };
    } catch {
      // It is asked for again in a second; what keeps it from being made stops writes too, and they say so.
    } finally {
      this.#checking = false;
      release();
    }
  }

  /** Sends one message to the backend; the transaction status if it became ready, else null. */
  async #exchange(
    message: Uint8Array,
    output: Uint8Array[],
  ): Promise<number | null> {
    await this.#db.execProtocolRawStream(message, {
      onRawData: (data) => {
        output.push(data.slice());
      },
    });
    return readyStatus(output);
  }

  /** Rolls back the transaction of a connection that went away. */
  async #abandon(status: number): Promise<void> {
    await this.#exchange(SYNC, []);
    if (status !== READY_IDLE) await this.#db.exec("rollback");
  }
}
