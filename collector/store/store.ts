import type postgres from "postgres";
import { Batch, evictRows, type Reject } from "./batch.ts";
import { Committer } from "./commit.ts";
import type { Event, Market, Micros } from "../model/events.ts";
import type { LedgerEntry } from "./ledger.ts";
import { pause, within } from "../model/pause.ts";
import { masked } from "../cli/secrets.ts";
import { RejectLimit } from "./rejects.ts";
import type { Spool } from "./spool.ts";
import { Spools } from "./spools.ts";
import type { StoreCounters, StoreOptions } from "./store_options.ts";

export type { Reject } from "./batch.ts";
export { isAway } from "./commit.ts";
export type { StoreCounters, StoreOptions } from "./store_options.ts";

/** A batch on its way into the database. */
interface Hand {
  batch: Batch;
  /** Where it is kept until it is committed; null: in memory alone. */
  spool: Spool | null;
  since: number;
  /** Whether a part of it may be committed already. */
  again: boolean;
}

/**
 * Writes events in batches, in the order in which they came. Every statement is
 * an upsert on the key of its table: delivering an event twice, late or from two
 * collectors changes nothing.
 *
 * Where the database is away the batch is tried again until it is back, and
 * what comes in meanwhile goes to a spool on disk: memory stays bounded. What
 * another process left in its spool is written first. See {@link Spool} for
 * what survives a crash; what is in memory then (at most `everyMs`, or
 * `stuckMs` while the database is away) was never claimed by the ledger.
 */
export class Store {
  readonly counters: StoreCounters = {
    events: {},
    rows: {},
    rejects: {},
    retries: 0,
    evicted: {},
  };
  /** This process, a UUID: in the ledger and in the name of its spool. */
  readonly id: string = crypto.randomUUID();
  #options: Required<Omit<StoreOptions, "spool" | "signal">>;
  #committer: Committer;
  #open: Batch = new Batch(this.id, 1);
  #queue: Batch[] = [];
  #hand: Hand | null = null;
  /** The number of the newest batch of this process that is committed. */
  #committed = 0;
  #spools: Spools;
  #limit = new RejectLimit();
  #writing: Promise<void> = Promise.resolve();
  #draining = 0;
  #spilling: Promise<void> | null = null;
  #spilled = 0;
  #timer: ReturnType<typeof setInterval>;
  #stop = new AbortController();

  constructor(sql: postgres.Sql, options: StoreOptions = {}) {
    const { spool, signal, ...given } = options;
    this.#options = {
      everyMs: 40,
      batchRows: 5000,
      windowRows: 50_000,
      stuckMs: 2000,
      answerMs: 60_000,
      closeMs: 3000,
      refillable: () => false,
      onRetry: () => {},
      onSpool: () => {},
      now: Date.now,
      ...given,
    };
    this.#spools = new Spools(spool ?? null, this.id, {
      refillable: this.#options.refillable,
      log: this.#options.onSpool,
      onEvict: (lost) => add(this.counters.evicted, lost),
      onDamage: (file, line) =>
        this.reject({
          source: "spool",
          place: file,
          reason: "a line that was cut off or does not match its checksum",
          payload: line,
        }),
    });
    this.#committer = new Committer(sql, {
      batchRows: this.#options.batchRows,
      admit: ({ source, place }) =>
        this.#limit.admit(source, place, this.#options.now()),
    });
    signal?.addEventListener("abort", () => this.#stop.abort(), { once: true });
    if (signal?.aborted) this.#stop.abort();
    this.#timer = setInterval(() => this.#tick(), this.#options.everyMs);
  }

  /** Events taken in and not yet committed, as far as they are known. */
  get backlog(): number {
    return this.spooled.rows + this.#inMemory();
  }

  /** What waits on disk; rows of a spool that was left behind are known once they are read. */
  get spooled(): { bytes: number; rows: number } {
    const { bytes, rows } = this.#spools;
    return { bytes, rows };
  }

  /** Takes events in; they are committed within {@link StoreOptions.everyMs}, or at {@link flush}. */
  write(events: Event[], receivedAt: Micros): void {
    const batch = this.#take();
    const { events: counted } = this.counters;
    for (const event of events) {
      batch.add(event, receivedAt);
      counted[event.kind] = (counted[event.kind] ?? 0) + 1;
    }
    // A full statement need not wait for the clock.
    if (batch.size >= this.#options.batchRows && this.#draining === 0) {
      this.#flushQuietly();
    }
  }

  /** Takes in a market of a venue's list. */
  list(markets: Market[]): void {
    const batch = this.#take();
    for (const market of markets) {
      batch.markets.set(`${market.venue} ${market.market}`, market);
    }
  }

  /**
   * Takes in what the ledger has to know. `begin` and `gap` are committed before
   * every event that comes after them; `end` and `seen` after every event that
   * came before them. So the ledger never claims what is not stored.
   */
  ledger(entry: LedgerEntry): void {
    if ("reason" in entry && "message" in entry.reason) {
      const message = masked(entry.reason.message);
      entry = { ...entry, reason: { ...entry.reason, message } };
    }
    switch (entry.kind) {
      case "seen":
        this.#take().advance(entry.span, entry);
        break;
      case "end":
        // What comes after it is another batch, see #take.
        this.#open.after.push(entry);
        break;
      default:
        this.#take().before.push(entry);
    }
  }

  reject(reject: Reject): void {
    const { source } = reject;
    this.counters.rejects[source] = (this.counters.rejects[source] ?? 0) + 1;
    this.#closeRejects(false);
    if (!this.#limit.admit(source, reject.place, this.#options.now())) return;
    this.#take().rejects.push({
      source,
      place: masked(reject.place),
      reason: masked(reject.reason),
      payload: masked(reject.payload.slice(0, 4096)).slice(0, 4096),
    });
  }

  /** Commits all that was taken in before the call, and what other processes left. */
  flush(): Promise<void> {
    this.#draining++;
    return this.#writing = this.#writing.catch(() => {})
      .then(() => this.#drain())
      .finally(() => this.#draining--);
  }

  /**
   * Commits what was taken in and stops; where the database does not take it in
   * time, keeps it in the spool for the next start: see {@link spooled}.
   * @throws when there is no spool to keep it in, or that cannot be written.
   */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#closeRejects(true);
    if (!this.#spools.place) {
      await this.flush();
      return await this.#forget(this.id);
    }
    const enough = new AbortController();
    await this.#spools.ready;
    const written = await Promise.race([
      this.#spools.next ? false : this.flush().then(() => true, () => false),
      pause(this.#options.closeMs, enough.signal).then(() => false),
    ]);
    enough.abort();
    this.#stop.abort();
    if (!written) {
      await this.#spill();
      if (this.#inMemory() > 0) {
        throw new Error("what waits could not be kept in the spool");
      }
    }
    await this.#spools.close();
    if (written) await this.#forget(this.id);
  }

  /** Deletes the offset of a process with nothing left to commit. */
  async #forget(process: string): Promise<void> {
    await within(this.#committer.forget(process), 500).catch(() => {});
  }

  /** The batch that takes in what comes. */
  #take(): Batch {
    if (this.#open.after.length > 0) this.#turnOver();
    return this.#open;
  }

  #turnOver(): void {
    if (this.#open.empty) return;
    this.#queue.push(this.#open);
    this.#open = new Batch(this.id, this.#open.number + 1);
  }

  #inMemory(): number {
    let rows = this.#open.size;
    for (const batch of this.#queue) rows += batch.size;
    if (this.#hand && !this.#hand.spool) rows += this.#hand.batch.size;
    return rows;
  }

  #closeRejects(all: boolean): void {
    const rows = this.#limit.ended(this.#options.now(), all);
    if (rows.length > 0) this.#take().rejects.push(...rows);
  }

  #tick(): void {
    this.#closeRejects(false);
    if (this.#draining === 0) this.#flushQuietly();
    if (!this.#spools.place || this.#spilling) return;
    const now = performance.now();
    const behind = this.#hand !== null &&
        now - this.#hand.since > this.#options.stuckMs ||
      this.#hand?.spool != null;
    const due = now - this.#spilled > this.#options.stuckMs ||
      this.#inMemory() > this.#options.windowRows;
    if (
      behind && due || this.#inMemory() > 2 * this.#options.windowRows
    ) {
      this.#spill();
    }
  }

  /** For the clock: a failure was told, and what failed is tried again. */
  #flushQuietly(): void {
    this.flush().catch(() => {});
  }

  /** Moves what waits in memory to the spool, the batch under way first. */
  #spill(): Promise<void> {
    return this.#spilling ??= this.#spillNow()
      .catch((error) => {
        const why = (error as Error).message;
        this.#options.onSpool(
          `the spool cannot be written (${why}); what comes in waits in memory`,
        );
        this.#shed();
      })
      .finally(() => {
        this.#spilling = null;
        this.#spilled = performance.now();
      });
  }

  /** Where even the disk takes nothing, memory stays bounded all the same. */
  #shed(): void {
    for (const chosen of [this.#options.refillable, () => true]) {
      if (this.#inMemory() <= 4 * this.#options.windowRows) return;
      this.#turnOver();
      const { gaps, lost } = evictRows(this.#queue, chosen);
      this.#queue[0]?.before.push(...gaps);
      add(this.counters.evicted, lost);
    }
  }

  async #spillNow(): Promise<void> {
    const spool = await this.#spools.own();
    const hand = this.#hand;
    if (hand && !hand.spool) {
      // Nothing is in a spool while a batch comes from memory, so it is the first there.
      hand.spool = spool;
      this.#options.onSpool(
        "the database is behind: what comes in is kept on disk",
      );
      try {
        await spool.append(hand.batch);
      } catch (error) {
        hand.spool = null;
        throw error;
      }
    }
    this.#turnOver();
    while (this.#queue.length > 0) {
      const batch = this.#queue[0]!;
      const kept = spool.append(batch);
      this.#queue.shift();
      try {
        await kept;
      } catch (error) {
        this.#queue.unshift(batch);
        throw error;
      }
    }
  }

  async #drain(): Promise<void> {
    await this.#spools.ready;
    this.#turnOver();
    const target = this.#open.number - 1;
    while (this.#committed < target || this.#spools.inherited) {
      const hand = await this.#next();
      if (!hand) return;
      const { rows, refused } = await this.#untilWritten(() => {
        const { again } = hand;
        hand.again = true;
        return this.#committer.commit(hand.batch, again);
      });
      add(this.counters.rows, rows);
      add(this.counters.rejects, refused);
      await this.#putAway(hand);
    }
  }

  /** What has waited longest. */
  async #next(): Promise<Hand | null> {
    if (this.#hand) return this.#hand;
    const since = performance.now();
    for (;;) {
      // While batches move to the spool, the order is known only there.
      while (this.#spilling) await this.#spilling;
      const spool = this.#spools.next;
      if (!spool) break;
      if (this.#stop.signal.aborted) throw new Error("left for the next start");
      const batch = await this.#fromDisk(spool, () => spool.first());
      await this.#writeLost(spool);
      if (batch) return this.#hand = { batch, spool, since, again: true };
    }
    const batch = this.#queue.shift();
    if (!batch) return null;
    return this.#hand = { batch, spool: null, since, again: false };
  }

  /** What a spool evicted is told before anything that waits in it. */
  async #writeLost(spool: Spool): Promise<void> {
    const lost = [...spool.lost];
    if (lost.length === 0) return;
    await this.#untilWritten(() => this.#committer.commitLost(spool.id, lost));
    await this.#fromDisk(spool, () => spool.forget(lost.at(-1)!.step));
  }

  /** A spool that cannot be read does not block the others: an inherited one stays for the next start. */
  async #fromDisk<T>(spool: Spool, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      this.#options.onSpool(`the spool ${spool.folder} fails (${error})`);
      if (!(await this.#spools.retire(spool))) {
        await pause(1000, this.#stop.signal);
      }
      throw error;
    }
  }

  /** A batch is committed. */
  async #putAway(hand: Hand): Promise<void> {
    if (hand.batch.writer === this.id) this.#committed = hand.batch.number;
    // It may have been moved to the spool while it was under way.
    const { spool } = hand;
    this.#hand = null;
    if (!spool) return;
    await this.#fromDisk(spool, () => spool.shift());
    if (!spool.empty) return;
    this.#options.onSpool("what was kept on disk is written");
    if (await this.#spools.retire(spool)) await this.#forget(spool.id);
  }

  async #untilWritten<T>(write: () => Promise<T>): Promise<T> {
    const { signal } = this.#stop;
    for (let wait = 200;; wait = Math.min(wait * 2, 5000)) {
      try {
        return await within(write(), this.#options.answerMs);
      } catch (error) {
        if (signal.aborted) throw error;
        this.counters.retries++;
        this.#options.onRetry(error as Error);
        await pause(wait, signal);
        if (signal.aborted) throw error;
      }
    }
  }
}

function add(sums: Record<string, number>, more: Record<string, number>): void {
  for (const [key, n] of Object.entries(more)) sums[key] = (sums[key] ?? 0) + n;
}
