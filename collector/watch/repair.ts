/**
 * The work that makes a venue's record whole, beside its sockets: gaps are
 * settled and refilled, and what was delivered is compared with the venue's own
 * pages.
 */
import { resolveCovered } from "../store/ledger.ts";
import { IdCounter } from "../backfill/id_counter.ts";
import { pause } from "../model/pause.ts";
import {
  type RefillDeps,
  type Refilled,
  refillGaps,
} from "../backfill/refill.ts";
import type { Store } from "../store/store.ts";
import { verifyTrades } from "../backfill/verify.ts";

/** How often open gaps are looked for without a wake-up. */
const LOOK_MS = 5000;
/** No market is looked at more often than this. */
const SOONEST_MS = 2000;

/** What repairing works with. */
export interface RepairOptions extends RefillDeps {
  store: Store;
  /** Longest time between two looks at a market's pages. */
  verifyMs: number;
  /** Time between two counts of dense ids; default a minute. */
  countMs?: number;
  /** Told of each gap that was refilled, so that its candles are made anew. */
  onRefilled(gap: Refilled): Promise<void>;
  /** The venue has trades that the sockets did not deliver, up to the id `newest`. */
  onUndelivered(market: string, newest: string, trades: number): void;
}

/** Repairs one venue until the signal aborts. */
export class Repair {
  #wake: AbortController = new AbortController();
  #markets: string[] = [];
  #due = new Map<string, number>();

  constructor(readonly options: RepairOptions) {}

  /** Repairs these markets too. */
  follow(added: string[]): void {
    this.#markets.push(...added);
    // Spread out, so that a venue's markets are not all due at once.
    for (const [i, market] of added.entries()) {
      const part = (i + 1) / added.length;
      this.#due.set(market, performance.now() + part * this.options.verifyMs);
    }
  }

  /** Stops comparing these markets, which are delisted. Their gaps are still repaired. */
  leave(gone: string[]): void {
    this.#markets = this.#markets.filter((market) => !gone.includes(market));
  }

  /** Looks for gaps now: one has just ended. */
  wake(): void {
    this.#wake.abort();
  }

  /** Compares this market next: its socket may be mute. */
  suspect(market: string): void {
    if (!this.#markets.includes(market)) return;
    this.#due.set(market, 0);
    this.wake();
  }

  /** All kinds of work, side by side; the venue's request queue serialises them. */
  async run(): Promise<void> {
    await Promise.all([
      this.#refilling(),
      this.#verifying(),
      ...(this.options.venue.trades.dense ? [this.#counting()] : []),
    ]);
  }

  async #refilling(): Promise<void> {
    const { venue, sql, signal, log, onRefilled } = this.options;
    let told = "";
    while (!signal.aborted) {
      try {
        await resolveCovered(sql, venue.id);
        for await (const gap of refillGaps(this.#markets, this.options)) {
          await onRefilled(gap);
        }
        told = "";
      } catch (error) {
        if (signal.aborted) return;
        const { message } = error as Error;
        if (message !== told) log(`${venue.id}: refill waits (${message})`);
        told = message;
      }
      const woken = this.#wake = new AbortController();
      const look = venue.trades.paging === "newest" ? SOONEST_MS : LOOK_MS;
      await pause(look, AbortSignal.any([signal, woken.signal]));
    }
  }

  /** Once a minute the ids are counted: a hole is a gap, whatever was thought before. */
  async #counting(): Promise<void> {
    const { venue, sql, signal, log, countMs = 60_000 } = this.options;
    const counter = new IdCounter(venue.id, sql);
    while (!signal.aborted) {
      await pause(countMs, signal);
      if (signal.aborted) return;
      try {
        for (const { market, missing, gaps } of await counter.count()) {
          if (gaps === 0) continue;
          log(
            `${venue.id}: ${missing} ids of ${market} are not stored; ${gaps} ${
              gaps === 1 ? "gap is" : "gaps are"
            } open for them`,
          );
          this.wake();
        }
      } catch (error) {
        if (signal.aborted) return;
        log(`${venue.id}: ids were not counted (${(error as Error).message})`);
      }
    }
  }

  async #verifying(): Promise<void> {
    const { venue, signal, log } = this.options;
    let told = "";
    while (!signal.aborted) {
      const market = this.#next();
      if (market === null) {
        await pause(500, signal);
        continue;
      }
      try {
        await this.#verify(market);
        told = "";
      } catch (error) {
        if (signal.aborted) return;
        const { message } = error as Error;
        if (message !== told) {
          log(`${venue.id}: ${market} could not be verified (${message})`);
        }
        told = message;
        this.#due.set(market, performance.now() + this.options.verifyMs);
      }
    }
  }

  /** The market whose comparison is most overdue. */
  #next(): string | null {
    let first: string | null = null;
    let most = performance.now();
    for (const market of this.#markets) {
      const due = this.#due.get(market)!;
      if (due < most) [first, most] = [market, due];
    }
    return first;
  }

  async #verify(market: string): Promise<void> {
    const { venue, verifyMs, onUndelivered } = this.options;
    const suspected = this.#due.get(market) === 0;
    const found = await verifyTrades(market, this.options);
    // Where ids are dense the sockets themselves show what is missing, but for
    // the silence after the last.
    if (venue.trades.dense && found && !suspected) {
      this.#due.set(market, Infinity);
      return;
    }
    // A venue that has one page of trades must be asked before it is all new ones.
    const soon = venue.trades.paging === "newest" && found && found.span > 0
      ? Math.max(SOONEST_MS, found.span / 1000 / 3)
      : verifyMs;
    const wait = found === null ? SOONEST_MS : Math.min(verifyMs, soon);
    this.#due.set(market, performance.now() + wait);
    if (found && found.newest !== null) {
      onUndelivered(market, found.newest, found.undelivered);
      await this.options.onRefilled({
        market,
        from: found.from,
        to: found.to,
        recovered: 0,
      });
    }
  }
}
