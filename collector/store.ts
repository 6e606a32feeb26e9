import type postgres from "postgres";
import type { Event, Market, Micros } from "./events.ts";
import { type LedgerEntry, writeLedger } from "./ledger.ts";
import { type Row, tables } from "./tables.ts";

/** What could not be read: a row in `rejects`. */
export interface Reject {
  /** The venue or community. */
  source: string;
  /** Where it came from: a URL, a channel or a market. */
  place: string;
  reason: string;
  /** As received; cut to the first 4,096 characters. */
  payload: string;
}

/** Counted since the process began. */
export interface StoreCounters {
  /** Events taken in, by kind. */
  events: Record<string, number>;
  /** Rows new to the database or changed, by kind; the rest were there already. */
  rows: Record<string, number>;
  rejects: Record<string, number>;
  /** Writes that had to be repeated because the database was away. */
  retries: number;
}

export interface StoreOptions {
  /** Longest time an event waits before it is written. */
  everyMs?: number;
  /** Rows in one statement. */
  batchRows?: number;
  /** Called when a write fails and is going to be repeated. */
  onRetry?: (error: Error) => void;
  signal?: AbortSignal;
}

/**
 * Writes events in batches. Every statement is an upsert on the key of its
 * table: delivering an event twice, late or from two collectors changes
 * nothing. Where the database is away a batch is repeated until it is back.
 */
export class Store {
  readonly counters: StoreCounters = {
    events: {},
    rows: {},
    rejects: {},
    retries: 0,
  };
  #sql: postgres.Sql;
  #waiting = new Map<string, Row[]>();
  #feeds = new Map<string, Feed>();
  #rejects: Reject[] = [];
  #ledger: LedgerEntry[] = [];
  /** This process, in the ledger. */
  readonly collector: string = crypto.randomUUID();
  #markets = new Map<string, Market>();
  #writing: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setInterval>;
  #batchRows: number;
  #days = new Set<string>();
  #onRetry: (error: Error) => void;
  #signal: AbortSignal | undefined;

  constructor(sql: postgres.Sql, options: StoreOptions = {}) {
    this.#sql = sql;
    this.#batchRows = options.batchRows ?? 5000;
    this.#onRetry = options.onRetry ?? (() => {});
    this.#signal = options.signal;
    this.#timer = setInterval(
      () => this.flush().catch(() => {}),
      options.everyMs ?? 100,
    );
  }

  /** Events taken in and not yet committed. */
  get backlog(): number {
    let rows = 0;
    for (const waiting of this.#waiting.values()) rows += waiting.length;
    return rows;
  }

  /** Takes events in; they are committed within {@link StoreOptions.everyMs}, or at {@link flush}. */
  write(events: Event[], receivedAt: Micros): void {
    for (const event of events) {
      let waiting = this.#waiting.get(event.kind);
      if (!waiting) this.#waiting.set(event.kind, waiting = []);
      waiting.push({ event, receivedAt });
      this.counters.events[event.kind] =
        (this.counters.events[event.kind] ?? 0) + 1;
      this.#noteFeed(event, receivedAt);
    }
  }

  /** Takes in a market of a venue's list. */
  list(markets: Market[]): void {
    for (const market of markets) {
      this.#markets.set(`${market.venue} ${market.market}`, market);
    }
  }

  reject(reject: Reject): void {
    this.counters.rejects[reject.source] =
      (this.counters.rejects[reject.source] ?? 0) + 1;
    this.#rejects.push({ ...reject, payload: reject.payload.slice(0, 4096) });
  }

  /** Takes in an entry of the ledger, see {@link writeLedger}. */
  ledger(entry: LedgerEntry): void {
    this.#ledger.push(entry);
  }

  /** Commits all that was taken in before the call. */
  flush(): Promise<void> {
    return this.#writing = this.#writing.catch(() => {}).then(() =>
      this.#drain()
    );
  }

  /** Flushes and stops. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  #noteFeed(event: Event, receivedAt: Micros): void {
    const [source, stream] = "venue" in event
      ? [event.venue, event.market]
      : event.kind === "rate"
      ? [event.source, `${event.base}/${event.quote}`]
      : [event.source, event.kind === "count" ? event.query : event.board];
    const key = `${source} ${event.kind} ${stream}`;
    const feed = this.#feeds.get(key);
    if (!feed) {
      this.#feeds.set(key, {
        source,
        stream,
        channel: event.kind,
        events: 1,
        ts: event.ts,
        receivedAt,
      });
      return;
    }
    feed.events++;
    if (event.ts > feed.ts) feed.ts = event.ts;
    if (receivedAt > feed.receivedAt) feed.receivedAt = receivedAt;
  }

  async #drain(): Promise<void> {
    const entries = this.#ledger;
    this.#ledger = [];
    const seen = entries.filter((entry) => entry.kind === "seen");
    const others = entries.filter((entry) => entry.kind !== "seen");
    if (others.length > 0) {
      await this.#untilWritten(() =>
        writeLedger(this.#sql, this.collector, others)
      );
    }
    for (const [kind, rows] of this.#waiting) {
      while (rows.length > 0) {
        const batch = rows.slice(0, this.#batchRows);
        const changed = await this.#untilWritten(() =>
          this.#insert(kind, batch)
        );
        rows.splice(0, batch.length);
        this.counters.rows[kind] = (this.counters.rows[kind] ?? 0) + changed;
      }
    }
    if (this.#rejects.length > 0) {
      const rejects = this.#rejects;
      this.#rejects = [];
      await this.#untilWritten(() =>
        this.#sql`insert into rejects ${
          this.#sql(
            // A NUL cannot stand in a text column.
            rejects.map((r) => ({
              ...r,
              payload: r.payload.replaceAll("\0", "\uFFFD"),
            })),
            "source",
            "place",
            "reason",
            "payload",
          )
        }`
      );
    }
    if (this.#markets.size > 0) {
      const markets = [...this.#markets.values()];
      this.#markets.clear();
      await this.#untilWritten(() => tables.market.insert(this.#sql, markets));
    }
    if (this.#feeds.size > 0) {
      const feeds = [...this.#feeds.values()];
      this.#feeds.clear();
      await this.#untilWritten(() => tables.feed.insert(this.#sql, feeds));
    }
    if (seen.length > 0) {
      await this.#untilWritten(() =>
        writeLedger(this.#sql, this.collector, seen)
      );
    }
  }

  /** Writes a batch; a row that the database refuses becomes a reject and holds nothing else back. */
  async #insert(kind: string, batch: Row[]): Promise<number> {
    try {
      if (kind === "trade") await this.#ensureDays("trades", batch);
      if (kind === "book") await this.#ensureDays("books", batch);
      return await tables[kind as Event["kind"]].insert(this.#sql, batch);
    } catch (error) {
      if (isAway(error)) throw error;
      if (batch.length > 1) {
        const half = batch.length >> 1;
        return await this.#insert(kind, batch.slice(0, half)) +
          await this.#insert(kind, batch.slice(half));
      }
      const { event } = batch[0]!;
      this.reject({
        source: "venue" in event ? event.venue : event.source,
        place: kind,
        reason: `the database refused the row: ${(error as Error).message}`,
        payload: JSON.stringify(event),
      });
      return 0;
    }
  }

  /** Partitions are made ahead; history needs those of its own days. */
  async #ensureDays(parent: "trades" | "books", batch: Row[]): Promise<void> {
    for (const { event } of batch) {
      const day = new Date(event.ts / 1000).toISOString().slice(0, 10);
      const key = `${parent} ${day}`;
      if (this.#days.has(key)) continue;
      await this
        .#sql`select ensure_day_partitions(${parent}, ${day}::date, ${day}::date)`;
      this.#days.add(key);
    }
  }

  async #untilWritten<T>(write: () => Promise<T>): Promise<T> {
    for (let pause = 200;; pause = Math.min(pause * 2, 5000)) {
      try {
        return await write();
      } catch (error) {
        if (!isAway(error) || this.#signal?.aborted) throw error;
        this.counters.retries++;
        this.#onRetry(error as Error);
        await new Promise((wake) => setTimeout(wake, pause));
      }
    }
  }
}

/** The newest event of a stream since the last write. */
export interface Feed {
  source: string;
  stream: string;
  channel: string;
  events: number;
  ts: Micros;
  receivedAt: Micros;
}

/**
 * Whether an error says that the database is away or busy (connection lost,
 * shutting down, deadlock) rather than that a statement is wrong.
 */
export function isAway(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isAway);
  const code = String((error as { code?: unknown }).code ?? "");
  return /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|CONNECTION_|CONNECT_TIMEOUT)/
    .test(code) ||
    /^(08|57P|53|40P01|40001)/.test(code);
}
