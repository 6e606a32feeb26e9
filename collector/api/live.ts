/** `/v1/live`: each event is made and compressed once, however many follow. */
import { constants, deflateRawSync } from "node:zlib";

/** More are turned away: each costs the collecting process a socket and about 100 kB. */
export const MOST_FOLLOWERS = 5000;
/** Events in a row that a follower may be late with before it is disconnected. */
const PATIENCE = 5;
/** Followers that are sent to before others get a turn of the event loop. */
const AT_ONCE = 50;

/** A gzip stream begins so (RFC 1952); its blocks follow, each a whole one. */
const GZIP_HEAD = new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);

interface Follower {
  gzip: boolean;
  controller: ReadableStreamDefaultController<Uint8Array>;
  /** Events in a row that it has not taken. */
  late: number;
}

/**
 * An event each `everyMs` for all followers. One that has not taken the event
 * before gets none, and is disconnected after five of them: nothing waits for it in
 * memory. Reads while somebody follows; one that fails is tried again at the
 * next turn, and followers are told by a comment.
 */
export class Live {
  #followers = new Set<Follower>();
  #running = false;

  /** @param read makes the text of an event */
  constructor(
    readonly everyMs: number,
    readonly read: () => Promise<string>,
  ) {}

  /** A body for one more follower; null where there are too many. */
  follow(gzip: boolean): ReadableStream<Uint8Array<ArrayBuffer>> | null {
    if (this.#followers.size >= MOST_FOLLOWERS) return null;
    let follower: Follower;
    return new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        follower = { gzip, controller, late: 0 };
        if (gzip) controller.enqueue(GZIP_HEAD);
        this.#followers.add(follower);
        this.#run();
      },
      cancel: () => void this.#followers.delete(follower),
    }, { highWaterMark: 1 });
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    while (this.#followers.size > 0) {
      const next = performance.now() + this.everyMs;
      const text = await this.read().catch((error) => {
        console.error(`api: /v1/live: ${(error as Error).message}`);
        return ": the database did not answer\n\n";
      });
      await this.#send(text);
      await pause(Math.max(0, next - performance.now()));
    }
    this.#running = false;
  }

  async #send(text: string): Promise<void> {
    const plain = new TextEncoder().encode(text);
    // Ends on a block of its own, with nothing that refers to the one before.
    const zipped = new Uint8Array(deflateRawSync(plain, {
      level: 3,
      finishFlush: constants.Z_FULL_FLUSH,
    }));
    let sent = 0;
    for (const follower of [...this.#followers]) {
      this.#offer(follower, follower.gzip ? zipped : plain);
      if (++sent % AT_ONCE === 0) await pause(0);
    }
  }

  #offer(follower: Follower, event: Uint8Array): void {
    const { controller } = follower;
    if (!this.#followers.has(follower)) return;
    if ((controller.desiredSize ?? 0) > 0) {
      follower.late = 0;
      controller.enqueue(event);
    } else if (++follower.late >= PATIENCE) {
      this.#followers.delete(follower);
      controller.error(new Error("The follower is too slow."));
    }
  }
}

/**
 * A server-sent event. A line break would end its data; in JSON there is none but
 * between values, where PostgreSQL's `json_agg` sets one after each row.
 */
export const eventOf = (name: string, json: string): string =>
  `event: ${name}\ndata: ${json.replaceAll("\n", "")}\n\n`;

const pause = (ms: number) => new Promise((wake) => setTimeout(wake, ms));
