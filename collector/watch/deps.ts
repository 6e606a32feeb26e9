/** What watching a venue works with, and how much of its books is kept. */
import type postgres from "postgres";
import type { Config } from "../config.ts";
import type { Micros } from "../model/events.ts";
import type { VenueClock } from "../model/venue_clock.ts";
import type { Store } from "../store/store.ts";

/** Levels kept of each side of a book. */
export const LEVELS = 10;

/** What watching a venue works with; `now` is by our clock. */
export interface WatchDeps {
  config: Config;
  sql: postgres.Sql;
  store: Store;
  signal: AbortSignal;
  now(): Micros;
  log(line: string): void;
  /** The venue's clock, where something has asked the venue before. */
  clock?: VenueClock;
}
