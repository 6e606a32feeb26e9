import type { Micros } from "../model/events.ts";
import type { GapReason } from "../model/gap_reason.ts";
import { pause } from "../model/pause.ts";
import type {
  ConnectionSpec,
  Notice,
  Reading,
  Venue,
} from "../venues/venue.ts";

/** How frames are read and the socket is kept open; a {@link Venue} is one. */
export interface FrameReader<R> {
  read(frame: string): R[];
  /** Left out where the server sends enough by itself. */
  keepalive?: Venue["keepalive"];
  messagePauseMs: number;
  /** Maximum age of a socket in milliseconds; then it is replaced. */
  lifetimeMs?: number;
}

/** Where a feed leads; an address with a cursor in it is made anew for each socket. */
export interface FeedConnection {
  url: string | (() => string);
  subscribe: ConnectionSpec["subscribe"];
}

/** When something happened: by the host's clock, and by one that no setting of it changes (`performance.now()`). */
export interface Moment {
  at: Micros;
  elapsed: Micros;
}

const moment = (): Moment => ({
  at: Date.now() * 1000,
  elapsed: performance.now() * 1000,
});

/** What a feed says, in the order in which it happened. */
export type FeedItem<R = Reading> =
  & Moment
  & (
    | { kind: "frame"; readings: R[] }
    | {
      kind: "unreadable";
      reason: string;
      payload: string;
    }
    /** The socket is open and the subscription is sent. */
    | { kind: "up" }
    /** From here until the next `up` nothing is observed. */
    | { kind: "down"; reason: GapReason }
  );

/** Settings of a {@link feed}; the defaults suit the real venues. */
export interface FeedOptions {
  signal: AbortSignal;
  /** Numbers from 0 to 1 for the jitter. */
  random?: () => number;
  /** Pause before a further attempt, in milliseconds. */
  minPauseMs?: number;
  maxPauseMs?: number;
  /** After a connection this long, the pauses start again from the first. */
  stableMs?: number;
  /** A socket without any frame for this long is given up. */
  idleMs?: number;
  /** How long opening and closing may take. */
  handshakeMs?: number;
  /** Characters of frames that may wait for the reader. */
  maxWaiting?: number;
  /** Awaited before each attempt: request permission, as the sockets of a venue share its limits. */
  turn?: () => Promise<void>;
  /** Given ways to end the socket that has just opened, for reasons that the feed can't see, and to say more on it. */
  onOpen?: (
    drop: (reason: GapReason) => void,
    say: (messages: string[]) => void,
  ) => void;
}

/** Characters or bytes of the longest frame that is read; real ones have a hundredth of it. */
const LONGEST_FRAME = 8 * 2 ** 20;

/**
 * One WebSocket, kept alive: what came in since the last pull, again and again,
 * until the signal aborts. A WebSocket cannot push back, so when the reader
 * falls behind by `maxWaiting` the socket is dropped, said so by `down`, and
 * opened again once the reader has caught up: memory stays bounded and no loss
 * is silent. It never throws.
 *
 * @example
 * ```ts
 * for await (const items of feed(upbit, connection, { signal })) {
 *   for (const item of items) console.log(item);
 * }
 * ```
 */
export async function* feed<R extends { kind: string } = Reading>(
  venue: FrameReader<R>,
  connection: FeedConnection,
  options: FeedOptions,
): AsyncGenerator<FeedItem<R>[], void, void> {
  const ended = new AbortController();
  const signal = AbortSignal.any([options.signal, ended.signal]);
  const inbox = new Inbox<R>(options.maxWaiting ?? 64 * 2 ** 20);
  const running = keepConnected(venue, connection, options, signal, inbox);
  try {
    for (;;) {
      const items = await inbox.take();
      if (items.length === 0) return;
      yield items;
    }
  } finally {
    ended.abort();
    await running;
  }
}

/** Opens one socket after another until the signal aborts. */
async function keepConnected<R extends { kind: string }>(
  venue: FrameReader<R>,
  connection: FeedConnection,
  options: FeedOptions,
  signal: AbortSignal,
  inbox: Inbox<R>,
): Promise<void> {
  const { minPauseMs = 500, maxPauseMs = 30_000, stableMs = 60_000 } = options;
  const random = options.random ?? Math.random;
  let attempt = 0;
  while (!signal.aborted) {
    await options.turn?.();
    if (signal.aborted) break;
    const opened = performance.now();
    await oneSocket(venue, connection, options, signal, inbox);
    if (signal.aborted) break;
    if (performance.now() - opened >= stableMs) attempt = 0;
    const most = Math.min(maxPauseMs, minPauseMs * 2 ** ++attempt);
    await pause(minPauseMs + random() * (most - minPauseMs), signal);
    await inbox.drained(signal);
  }
  inbox.end();
}

/** The life of one socket; resolves when it is closed and will say no more. */
async function oneSocket<R extends { kind: string }>(
  venue: FrameReader<R>,
  connection: FeedConnection,
  options: FeedOptions,
  outer: AbortSignal,
  inbox: Inbox<R>,
): Promise<void> {
  const { idleMs = 65_000, handshakeMs = 10_000 } = options;
  const { url } = connection;
  let socket: WebSocket;
  try {
    socket = new WebSocket(typeof url === "string" ? url : url());
  } catch (error) {
    const { message } = error as Error;
    const reason: GapReason = { code: "no_such_address", message };
    inbox.put({ kind: "down", ...moment(), reason }, 0);
    return;
  }
  socket.binaryType = "arraybuffer";
  const over = Promise.withResolvers<void>();
  const closed = new Promise<void>((resolve) =>
    socket.addEventListener("close", () => resolve(), { once: true })
  );
  const life = new AbortController();
  const { signal } = life;
  let refusal = "", acknowledged = "";
  let quiet = 0;

  /** Ends this socket; whatever it still delivers is ignored. */
  const drop = (reason: GapReason) => {
    if (signal.aborted) return;
    life.abort();
    inbox.put({ kind: "down", ...moment(), reason }, 0);
    if (socket.readyState < WebSocket.CLOSING) socket.close();
    over.resolve();
  };

  let said = Promise.resolve();
  /** Sends messages after those before them, as far apart as the venue wants them. */
  const say = (messages: string[]) => {
    said = said.then(async () => {
      for (const message of messages) {
        await pause(venue.messagePauseMs, signal);
        if (signal.aborted) return;
        socket.send(message);
      }
    });
  };

  socket.addEventListener("open", async () => {
    for (const [i, message] of connection.subscribe.entries()) {
      if (i > 0) await pause(venue.messagePauseMs, signal);
      if (signal.aborted) return;
      socket.send(message);
    }
    inbox.put({ kind: "up", ...moment() }, 0);
    options.onOpen?.(drop, say);
    const { keepalive } = venue;
    if (!keepalive) return;
    const alive = setInterval(
      () => socket.send(keepalive.frame),
      keepalive.everyMs,
    );
    signal.addEventListener("abort", () => clearInterval(alive));
  }, { signal });
  socket.addEventListener("message", (event: MessageEvent) => {
    quiet = 0;
    const item = readFrame(venue, event.data);
    if (!inbox.put(item, event.data.length ?? event.data.byteLength)) {
      drop({ code: "reader_behind" });
    } else if (item.kind === "frame") {
      for (const reading of item.readings as { kind: string }[]) {
        if (!isNotice(reading)) continue;
        if (reading.code === "ack") acknowledged = `, after ${reading.message}`;
        if (reading.code === "error") {
          // Coinone does not name what it refuses: it is the last request.
          reading.message += acknowledged;
          refusal = `: ${reading.message}`;
        }
        if (reading.code === "shutdown") {
          drop({ code: "shutdown_announced", message: reading.message });
        }
      }
    }
  }, { signal });
  socket.addEventListener("error", (event) => {
    const cause = event instanceof ErrorEvent ? event.message : "unknown cause";
    drop({ code: "socket_failed", message: cause + refusal });
  }, { signal });
  socket.addEventListener("close", ({ code, reason }) => {
    drop({ code: "closed_by_venue", status: code, message: reason + refusal });
  }, { signal });

  // Ticks are counted rather than time: a process that was stopped for a
  // while first reads what has come in meanwhile.
  const ticks = 10;
  const idle = setInterval(() => {
    if (++quiet > ticks) drop({ code: "no_frame", seconds: idleMs / 1000 });
  }, idleMs / ticks);
  const late = setTimeout(() => {
    if (socket.readyState === WebSocket.CONNECTING) {
      drop({ code: "no_answer", seconds: handshakeMs / 1000 });
    }
  }, handshakeMs);
  const old = venue.lifetimeMs
    ? setTimeout(
      () => drop({ code: "socket_age" }),
      venue.lifetimeMs,
    )
    : 0;
  const stop = () => drop({ code: "stopped" });
  outer.addEventListener("abort", stop);

  await over.promise;
  clearInterval(idle);
  clearTimeout(old);
  outer.removeEventListener("abort", stop);
  // Never two sockets at once; one that does not close in time is dead.
  clearTimeout(late);
  const patience = new AbortController();
  await Promise.race([
    closed,
    pause(outer.aborted ? 1000 : handshakeMs, patience.signal),
  ]);
  patience.abort();
}

const isNotice = (reading: { kind: string }): reading is Notice =>
  reading.kind === "notice";

const utf8 = new TextDecoder("utf-8", { fatal: true });
const lenient = new TextDecoder();

/** Upbit sends its JSON in binary frames, Binance in text frames. */
function readFrame<R>(
  venue: Pick<FrameReader<R>, "read">,
  data: string | ArrayBuffer,
): FeedItem<R> {
  const { at, elapsed } = moment();
  const size = typeof data === "string" ? data.length : data.byteLength;
  if (size > LONGEST_FRAME) {
    const reason =
      `a frame of ${size} bytes, of which ${LONGEST_FRAME} are read`;
    // Without its text, which names markets: it may have been about any.
    return { kind: "unreadable", reason, payload: "", at, elapsed };
  }
  try {
    const text = typeof data === "string" ? data : utf8.decode(data);
    return { kind: "frame", readings: venue.read(text), at, elapsed };
  } catch (error) {
    const payload = typeof data === "string" ? data : lenient.decode(data);
    const reason = (error as Error).message;
    return { kind: "unreadable", reason, payload, at, elapsed };
  }
}

/** What waits for the reader, bounded. */
class Inbox<R> {
  #items: FeedItem<R>[] = [];
  #size = 0;
  #ended = false;
  #wake: (() => void) | null = null;
  #emptied: (() => void) | null = null;

  constructor(readonly limit: number) {}

  /** Keeps the item; false when this makes the inbox full. */
  put(item: FeedItem<R>, size: number): boolean {
    this.#items.push(item);
    this.#size += size;
    this.#wake?.();
    return this.#size < this.limit;
  }

  /** Everything that waits, or nothing once it has ended. */
  async take(): Promise<FeedItem<R>[]> {
    if (this.#items.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = null;
    }
    const items = this.#items;
    this.#items = [];
    this.#size = 0;
    this.#emptied?.();
    return items;
  }

  /** Resolves once nothing waits. */
  async drained(signal: AbortSignal): Promise<void> {
    if (this.#items.length === 0 || signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#emptied = resolve;
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    this.#emptied = null;
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
  }
}
