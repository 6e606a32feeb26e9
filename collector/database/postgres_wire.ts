/** Messages of PostgreSQL's wire protocol, on the server's side. */

export const TERMINATE = 0x58, READY_IDLE = 0x49, PASSWORD = 0x70;
/** Longest message before the password is known, as in PostgreSQL; and after. */
export const MOST_BYTES_OF_STRANGER = 10_000, MOST_BYTES = 2 ** 30;
export const SYNC = Uint8Array.of(0x53, 0, 0, 0, 4);
/** Messages of the extended protocol: Parse, Bind, Describe, Execute, Close, Flush. */
export const STEPS = new Set(
  [..."PBDECH"].map((letter) => letter.charCodeAt(0)),
);
const READY = 0x5a;

const view = (bytes: Uint8Array) =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The transaction status with which an answer ends if the backend became ready, else null. */
export function readyStatus(output: Uint8Array[]): number | null {
  const last = output.at(-1);
  if (!last || last.length < READY_LENGTH) return null;
  // No other message ends like that: the others end in a zero, a one or a text's zero.
  return last[last.length - 6] === READY && last[last.length - 2] === 5
    ? last[last.length - 1]!
    : null;
}

/** Bytes of ReadyForQuery: `Z`, the length 5, the status. */
const READY_LENGTH = 6;
const SSL_REQUEST = 80877103, GSS_REQUEST = 80877104, CANCEL_REQUEST = 80877102;

/** A message of the server: its letter, its length, its content. */
function message(letter: string, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(5 + content.length);
  bytes[0] = letter.charCodeAt(0);
  view(bytes).setInt32(1, 4 + content.length);
  bytes.set(content, 5);
  return bytes;
}

/** A message of the authentication: its number and what belongs to it. */
export function authentication(code: number, text: string): Uint8Array {
  const content = new Uint8Array(4 + text.length);
  view(content).setInt32(0, code);
  new TextEncoder().encodeInto(text, content.subarray(4));
  return message("R", content);
}

/** The answer to a wrong password. */
export const REFUSED = message(
  "E",
  new TextEncoder().encode(
    "SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed: the password of this start is in postgres.service in the data folder\0\0",
  ),
);

/** Takes the ReadyForQuery off the end of an answer. */
export function withoutReady(output: Uint8Array[]): void {
  const last = output.pop()!;
  if (last.length > READY_LENGTH) output.push(last.subarray(0, -READY_LENGTH));
}

/** The messages of a connection: first the start without a type byte, then typed ones. One that is too long ends it. */
export async function* messages(
  connection: Deno.TcpConn,
  most: { bytes: number },
): AsyncGenerator<Uint8Array, undefined> {
  let held = new Uint8Array(64 * 1024);
  let from = 0, to = 0;
  let started = false;
  for (;;) {
    for (;;) {
      const typed = started ? 1 : 0;
      if (to - from < 4 + typed) break;
      const length = typed + view(held).getInt32(from + typed);
      if (length < 4 + typed || length > most.bytes) return;
      if (to - from < length) {
        if (held.length < length) held = grown(held, from, to, length);
        break;
      }
      const message = held.slice(from, from + length);
      from += length;
      if (!started) {
        if (length < 8) return;
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

export async function writeAll(
  connection: Deno.TcpConn,
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(bytes.subarray(at));
  }
}

export function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // Closed already.
  }
}
