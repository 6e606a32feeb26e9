/** The candles of one venue: fetched each minute, compared, and made anew where trades came late. */
import {
  type CandleDeps,
  compareCandles,
  fetchMissingCandles,
  reviseCandles,
  staleCandles,
} from "../candles/candles.ts";
import { type Micros, Unreadable } from "../model/events.ts";
import { DAY, MINUTE } from "../model/time.ts";
import { Refused } from "../net/rest.ts";

/** How far back each minute's look for missing candles goes. */
const LATELY = 120 * MINUTE;
/** Pages of so long ago add trades to minutes whose candles are being made. */
const LATE = 15 * MINUTE;

/** What a venue's candles need; `now` is by the venue's clock. */
export interface CandleWorkDeps extends CandleDeps {
  historyDays: number;
  /** Whether candles are wanted; where not, nothing is owed. */
  wanted: boolean;
  /** What is followed at the moment. */
  markets(): string[];
  /** So many of the venue's own candles differ from those made of trades. */
  onMismatches(candles: number): void;
}

/** What is owed to the candles of a venue, and the work of each minute. */
export class CandleWork {
  #owed = new Map<string, { market: string; from: Micros; to: Micros }>();
  #scanned = new Set<string>();
  #resumed = false;

  constructor(readonly deps: CandleWorkDeps) {}

  /** The candles of a span are to be made anew from what is stored. */
  owe(market: string, from: Micros, to: Micros): void {
    const minutes = { from: from - from % MINUTE, to: to - to % MINUTE };
    this.#owed.set(`${market} ${minutes.from} ${minutes.to}`, {
      market,
      ...minutes,
    });
  }

  /** A page added trades to a span whose gap is still open; once that is closed, {@link refilled} says so. */
  changed(market: string, from: Micros, to: Micros): void {
    const { wanted, now } = this.deps;
    if (wanted && to > now() - LATE) {
      this.owe(market, Math.max(from, now() - LATE), to);
    }
  }

  /** The trades of a span are complete. */
  async refilled(market: string, from: Micros, to: Micros): Promise<void> {
    if (!this.deps.wanted) return;
    await reviseCandles(market, from, to, this.deps);
    // The minute that is not over yet has its candle from a part of its trades.
    if (to - to % MINUTE + MINUTE > this.deps.now()) this.owe(market, to, to);
  }

  /** Fetches the venue's own candles that are missing, and compares those that are new. */
  async fetch(): Promise<void> {
    const { venue, store, log } = this.deps;
    const started = performance.now();
    const { fetched, failures } = await this.#fetchAll();
    if (fetched > 1000) {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      log(
        `${venue.id}: history is complete, ${fetched} candles in ${seconds} s`,
      );
    }
    if (failures.length > 0) {
      log(
        `${venue.id}: candles of ${failures.length} markets cannot be fetched just now; ${
          failures[0]
        }`,
      );
    }
    await store.flush();
    await this.#compare();
  }

  async #fetchAll(): Promise<{ fetched: number; failures: string[] }> {
    const { venue, historyDays, now, log } = this.deps;
    let fetched = 0;
    const failures: string[] = [];
    const markets = this.deps.markets();
    for (const [i, market] of markets.entries()) {
      // After one full scan, minutes that are still missing do not exist at the venue.
      const back = this.#scanned.has(market) ? LATELY : historyDays * DAY;
      let taken: number;
      try {
        taken = await fetchMissingCandles(market, now() - back, this.deps);
      } catch (error) {
        // A market that is gone does not stop the others.
        if (!(error instanceof Refused || error instanceof Unreadable)) {
          throw error;
        }
        failures.push(`${market}: ${error.message}`);
        continue;
      }
      this.#scanned.add(market);
      fetched += taken;
      if (taken > 1000) {
        log(
          `${venue.id}: ${market} history, ${taken} candles (${
            i + 1
          } of ${markets.length} markets)`,
        );
      }
    }
    return { fetched, failures };
  }

  async #compare(): Promise<void> {
    const { venue: { id }, sql, log, onMismatches } = this.deps;
    const { compared, differing } = await compareCandles(id, sql);
    onMismatches(differing.length);
    if (compared > 0) {
      log(
        `${id}: ${
          compared - differing.length
        } of ${compared} candles made from trades equal the venue's own`,
      );
    }
    for (const { market, ts } of differing.slice(0, 5)) {
      log(
        `${id}: ${market} ${ts.toISOString()} differs from the venue's candle`,
      );
    }
  }

  /** Makes anew what is owed, also by a process that was killed before it could. */
  async recount(): Promise<void> {
    const { venue, sql, store, now } = this.deps;
    if (!this.#resumed) {
      await store.flush();
      for (const { market, ts } of await staleCandles(sql, venue.id)) {
        this.owe(market, ts, ts);
      }
      this.#resumed = true;
    }
    for (const [key, { market, from, to }] of this.#owed) {
      if (to + MINUTE > now()) continue;
      await reviseCandles(market, from, to, this.deps);
      this.#owed.delete(key);
    }
  }
}
