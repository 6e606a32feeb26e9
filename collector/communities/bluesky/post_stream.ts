/**
 * The Bluesky job: follows the stream of all posts, stores those that hold a
 * configured term, and records which minutes are known.
 *
 * A post is one row, however many terms it holds: its `board` is the terms,
 * sorted, by commas. `posts:<term>` counts those that hold the term, by the
 * server's time. How far everything is committed is kept as a cursor, so that
 * after a cut, a restart or a crash the stream is read again from before it.
 */
import type postgres from "postgres";
import { countTerms, minuteOf } from "../board_coverage.ts";
import {
  postOf,
  readStream,
  type StreamReading,
  streamUrl,
  termFinder,
} from "./bluesky.ts";
import type { Micros } from "../../model/events.ts";
import { MINUTE } from "../../model/time.ts";
import { reasonInWords } from "../../model/gap_reason.ts";
import { feed, type FeedItem, type FeedOptions } from "../../net/feed.ts";
import { pause } from "../../model/pause.ts";
import type { Store } from "../../store/store.ts";
import { type KnownSpan, StreamSpan } from "../stream_span.ts";

const SOURCE = "bluesky";
/** The whole network posts many times a second: silence is no quiet hour. */
const IDLE_MS = 30_000;
/** Keys of events are remembered for so long, far beyond what a resume repeats. */
const REMEMBERED: Micros = 120e6;

/** What the job works with. */
export interface PostStreamDeps {
  sql: postgres.Sql;
  store: Pick<Store, "write" | "reject" | "flush" | "counters">;
  hashAuthor(raw: string): string;
  signal: AbortSignal;
  now(): Micros;
  log(line: string): void;
  /** How often all that came is committed, counted and the cursor moved. */
  settleMs?: number;
  feed?: Partial<Omit<FeedOptions, "signal">>;
}

/** Follows the stream until the signal aborts. */
export async function followPosts(
  config: { terms: string[]; socket: string },
  deps: PostStreamDeps,
): Promise<void> {
  const find = termFinder(config.terms);
  const place = new URL(config.socket).host;
  const subject = config.terms.toSorted().join(",");
  const keeper = new Keeper({ ...config, place, subject }, deps);
  const span = new StreamSpan(await keeper.known());
  keeper.onLost = () => {
    span.miss();
    return span.since ?? Infinity;
  };
  const stream = new PostStream(config, deps, keeper, span);
  const timer = setInterval(() => stream.settle(), deps.settleMs ?? 2000);
  try {
    for await (
      const items of feed(
        {
          read: (frame) => [readStream(frame, find)],
          messagePauseMs: 0,
        },
        {
          url: () => streamUrl(config.socket, stream.span.cursor),
          subscribe: [],
        },
        { idleMs: IDLE_MS, ...deps.feed, signal: deps.signal },
      )
    ) for (const item of items) stream.take(item);
  } finally {
    clearInterval(timer);
  }
  await keeper.done;
}

/** The stream's way into the store. */
class PostStream {
  #seen = new Map<string, Micros>();
  #gone: Gone = { ids: [], dids: [] };

  constructor(
    readonly config: { socket: string },
    readonly deps: PostStreamDeps,
    readonly keeper: Keeper,
    readonly span: StreamSpan,
  ) {}

  take(item: FeedItem<StreamReading>): void {
    const { deps, span } = this;
    switch (item.kind) {
      case "frame":
        for (const reading of item.readings) {
          this.#read(reading, item.at);
        }
        break;
      case "unreadable":
        this.#reject(item.reason, item.payload);
        this.settle();
        span.miss();
        break;
      case "up":
        span.opened();
        deps.log(
          `${SOURCE}: connected, ${
            span.cursor === null
              ? "from now on"
              : `from ${new Date(span.cursor / 1000).toISOString()}`
          }`,
        );
        break;
      case "down":
        if (!deps.signal.aborted) {
          deps.log(
            `${SOURCE}: connection lost (${reasonInWords(item.reason)})`,
          );
        }
        this.settle(true);
    }
  }

  #read(reading: StreamReading, receivedAt: Micros): void {
    const { deps, span } = this;
    if (span.isBreak(reading.ts)) {
      deps.log(
        `${SOURCE}: the stream goes back to ${
          new Date(reading.ts / 1000).toISOString()
        } only; what was said since ${
          new Date(span.newest! / 1000).toISOString()
        } is not known`,
      );
    }
    span.see(reading.ts);
    if ("key" in reading && this.#isRepeated(reading.key, reading.ts)) return;
    switch (reading.kind) {
      case "post":
        deps.store.write([postOf(reading, deps.hashAuthor)], receivedAt);
        break;
      case "deleted":
        this.#gone.ids.push(reading.id);
        break;
      case "removed":
        this.#gone.dids.push(deps.hashAuthor(reading.did));
        break;
      case "odd":
        this.#reject(reading.reason, reading.payload);
    }
  }

  #isRepeated(key: string, ts: Micros): boolean {
    if (this.#seen.has(key)) return true;
    this.#seen.set(key, ts);
    for (const [old, at] of this.#seen) {
      if (at >= this.span.newest! - REMEMBERED) break;
      this.#seen.delete(old);
    }
    return false;
  }

  #reject(reason: string, payload: string): void {
    const { socket } = this.config;
    this.deps.store.reject({ source: SOURCE, place: socket, reason, payload });
  }

  /**
   * Has all that came until now committed, and its minutes counted.
   * @param ending the stream ends here for now: say so of the running minute, too.
   */
  settle(ending = false): void {
    const { since, newest, settled } = this.span;
    if (since === null || newest === null || settled === null) return;
    if (!ending && this.keeper.busy) return;
    const gone = this.#gone;
    this.#gone = { ids: [], dids: [] };
    this.keeper.keep({ since, newest, settled, gone, ending });
  }
}

/** Posts to be forgotten. */
interface Gone {
  ids: string[];
  /** Hashed authors. */
  dids: string[];
}

/** How far the stream had come at one moment. */
interface Moment {
  since: Micros;
  newest: Micros;
  settled: Micros;
  gone: Gone;
  ending: boolean;
}

/** Commits one moment after another. */
class Keeper {
  /** Resolves once all that was asked for is kept. */
  done: Promise<void> = Promise.resolve();
  busy = 0;
  /** Called when posts were evicted before they could be committed; gives from when on nothing is missing again. */
  onLost: () => Micros = () => Infinity;
  #floor: Micros = -Infinity;
  /** Posts that the store had evicted when it was last looked at. */
  #evicted = 0;
  /** End of the minutes that were counted as complete. */
  #counted: Micros = -Infinity;

  constructor(
    readonly stream: { terms: string[]; place: string; subject: string },
    readonly deps: PostStreamDeps,
  ) {}

  /** Where the last process left off; null for the first time. */
  async known(): Promise<KnownSpan | null> {
    let known: KnownSpan | null = null;
    await this.#untilDone(async () => {
      const [row] = await this.deps.sql`
        select place, subject, since::text, cursor::text from cursors where source = ${SOURCE}`;
      if (!row) return;
      const same = row.subject === this.stream.subject;
      known = {
        since: same ? Number(row.since) : null,
        newest: Number(row.cursor),
        elsewhere: row.place !== this.stream.place,
      };
      // The cursor moves only after everything before it was counted.
      const { settled } = new StreamSpan(known);
      if (same) this.#counted = minuteOf(settled!);
    });
    return known;
  }

  keep(moment: Moment): void {
    this.busy++;
    this.done = this.done
      .then(() => this.#untilDone(() => this.#commit(moment)))
      .then(() => void this.busy--);
  }

  async #commit(moment: Moment) {
    const { newest, settled, gone, ending } = moment;
    const { sql, store } = this.deps;
    await store.flush();
    await forget(sql, gone);
    const evicted = store.counters.evicted.post ?? 0;
    if (evicted > this.#evicted) {
      // The database was away for longer than the spool could hold.
      this.#evicted = evicted;
      this.#floor = this.onLost();
    }
    const since = Math.max(moment.since, this.#floor);
    const whole = minuteOf(settled);
    const from = Math.max(minuteOf(since), this.#counted);
    const to = ending ? minuteOf(newest) + MINUTE : whole;
    if (from < to) {
      const counts = await countTerms(
        sql,
        SOURCE,
        this.stream.terms,
        from,
        to,
        (minute) => minute >= since && minute < whole,
      );
      store.write(counts, this.deps.now());
      await store.flush();
      this.#counted = Math.max(this.#counted, whole);
    }
    await this.#moveCursor(since, newest);
  }

  /** Two collectors may follow the same stream: spans that touch are one. */
  async #moveCursor(since: Micros, newest: Micros): Promise<void> {
    const { place, subject } = this.stream;
    await this.deps.sql`
      insert into cursors as kept (source, place, subject, since, cursor)
      values (${SOURCE}, ${place}, ${subject}, ${
      String(since)
    }::text::bigint, ${String(newest)}::text::bigint)
      on conflict (source) do update set
        place = excluded.place, subject = excluded.subject, cursor = excluded.cursor,
        since = case when (kept.place, kept.subject) = (excluded.place, excluded.subject)
            and excluded.since <= kept.cursor
          then least(kept.since, excluded.since) else excluded.since end,
        updated_at = now()
      where kept.cursor <= excluded.cursor
        or (kept.place, kept.subject) <> (excluded.place, excluded.subject)`;
  }

  /** Tries again until it succeeds; once stopped, it is tried one time. */
  async #untilDone(work: () => Promise<void>): Promise<void> {
    const { signal, log } = this.deps;
    for (let wait = 500;; wait = Math.min(2 * wait, 30_000)) {
      try {
        return await work();
      } catch (error) {
        const { message } = error as Error;
        if (signal.aborted) {
          return log(
            `${SOURCE}: the last of it could not be kept (${message}); the cursor stays before it`,
          );
        }
        if (wait === 500) log(`${SOURCE}: not kept yet (${message})`);
        await pause(wait, signal);
      }
    }
  }
}

/** Marks posts as deleted and drops their words. The counts stay. */
async function forget(sql: postgres.Sql, { ids, dids }: Gone): Promise<void> {
  // The source is spelt out for the sake of the partial indexes.
  if (ids.length > 0) {
    await sql`update posts
      set deleted = true, title = null, written = current_transaction()
      where source = 'bluesky' and post_id = any(${ids}::bigint[]) and not deleted`;
  }
  if (dids.length > 0) {
    await sql`update posts
      set deleted = true, title = null, written = current_transaction()
      where source = 'bluesky' and title is not null and author_hash = any(${dids}::text[])`;
  }
}
