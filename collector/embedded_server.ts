import type { PGlite } from "@electric-sql/pglite";

/**
 * Serves a PGlite over PostgreSQL's wire protocol on loopback.
 *
 * PGlite is one backend with one unnamed portal, so messages of two
 * connections must not mix: a connection holds the backend from the first
 * message of an exchange until the backend says that it is ready and in no
 * transaction. The others wait their turn.
 *
 * Protocol: https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export class EmbeddedServer {
  readonly port: number;
  #db: PGlite;
  #listener: Deno.TcpListener;
  #connections = new Set<Deno.TcpConn>();
  #turn: Promise<void> = Promise.resolve();

  constructor(db: PGlite) {
    this.#db = db;
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#accept();
  }

  /** Open connections. */
  get clients(): number {
    return this.#connections.size;
  }

  /** Closes every connection and waits for the exchange that is under way. */
  async stop(): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) close(connection);
    await this.#turn;
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) {
      connection.setNoDelay();
      this.#connections.add(connection);
      this.#serve(connection)
        // A client that vanishes in the middle of a message is no error of ours.
        .catch(() => {})
        .finally(() => {
          this.#connections.delete(connection);
          close(connection);
        });
    }
  }

  async #serve(connection: Deno.TcpConn): Promise<void> {
    let release: (() => void) | null = null;
    let status = READY_IDLE;
    let failed = false;
    try {
      for await (const message of messages(connection)) {
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
    const last = output.at(-1);
    if (!last || last.length < READY_LENGTH) return null;
    // No other message ends like that: the others end in a zero, a one or a text's zero.
    return last[last.length - 6] === READY && last[last.length - 2] === 5
      ? last[last.length - 1]!
      : null;
  }

  /** Ends what a connection that went away has begun. */
  async #abandon(status: number): Promise<void> {
    await this.#exchange(SYNC, []);
    if (status !== READY_IDLE) await this.#db.exec("rollback");
  }
}

const TERMINATE = 0x58, READY = 0x5a, READY_IDLE = 0x49;
const SYNC = Uint8Array.of(0x53, 0, 0, 0, 4);
/** Messages of the extended protocol: Parse, Bind, Describe, Execute, Close, Flush. */
const STEPS = new Set([..."PBDECH"].map((letter) => letter.charCodeAt(0)));
/** Bytes of ReadyForQuery: `Z`, the length 5, the status. */
const READY_LENGTH = 6;
const SSL_REQUEST = 80877103, GSS_REQUEST = 80877104, CANCEL_REQUEST = 80877102;

/** Takes the ReadyForQuery off the end of an answer. */
function withoutReady(output: Uint8Array[]): void {
  const last = output.pop()!;
  if (last.length > READY_LENGTH) output.push(last.subarray(0, -READY_LENGTH));
}

/** The messages of a connection: first the start without a type byte, then typed ones. */
async function* messages(connection: Deno.TcpConn): AsyncGenerator<Uint8Array> {
  let held = new Uint8Array(64 * 1024);
  let from = 0, to = 0;
  let started = false;
  for (;;) {
    for (;;) {
      const typed = started ? 1 : 0;
      if (to - from < 4 + typed) break;
      const length = typed + view(held).getInt32(from + typed);
      if (to - from < length) {
        if (held.length < length) held = grown(held, from, to, length);
        break;
      }
      const message = held.slice(from, from + length);
      from += length;
      if (!started) {
        const code = view(message).getInt32(4);
        if (code === SSL_REQUEST || code === GSS_REQUEST) {
          await writeAll(connection, Uint8Array.of(0x4e)); // 'N': not encrypted
          continue;
        }
        if (code === CANCEL_REQUEST) return;
        started = true;
      }
      yield message;
    }
    if (to === held.length) {
      if (from > 0) held.copyWithin(0, from, to);
      else held = grown(held, from, to, held.length * 2);
      to -= from;
      from = 0;
    } else if (from > 0 && from === to) {
      from = to = 0;
    }
    const read = await connection.read(held.subarray(to));
    if (read === null) return;
    to += read;
  }
}

const view = (bytes: Uint8Array) =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function grown(
  held: Uint8Array<ArrayBuffer>,
  from: number,
  to: number,
  size: number,
) {
  const larger = new Uint8Array(Math.max(size, held.length) + from);
  larger.set(held.subarray(0, to));
  return larger;
}

async function writeAll(
  connection: Deno.TcpConn,
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(bytes.subarray(at));
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // Closed already.
  }
}
