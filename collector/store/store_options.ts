import type { Refillable } from "./batch.ts";
import type { SpoolPlace } from "./spools.ts";

/** Counted since the process began. */
export interface StoreCounters {
  /** Events taken in, by kind. */
  events: Record<string, number>;
  /** Rows new to the database or changed, by kind; the rest were there already. */
  rows: Record<string, number>;
  /** All of them by source, also those that were too many to be kept. */
  rejects: Record<string, number>;
  /** Writes that had to be repeated because the database was away. */
  retries: number;
  /** Events evicted because the spool was full, by kind; each is in a gap of the ledger. */
  evicted: Record<string, number>;
}

export interface StoreOptions {
  /** Maximum time before an event is written. */
  everyMs?: number;
  /** Rows in one statement. */
  batchRows?: number;
  /** Rows that may wait in memory when the database is behind; beyond, they go to the spool. */
  windowRows?: number;
  /** How long the database may take for a batch before what waits goes to the spool. */
  stuckMs?: number;
  /** How long the database may take for an answer before the batch is tried again. */
  answerMs?: number;
  /** How long closing may take before what waits is left to the spool. */
  closeMs?: number;
  /** Without a place, what waits for an absent database waits in memory. */
  spool?: SpoolPlace;
  /** What can be fetched again from its source, and so is evicted first when the spool is full. */
  refillable?: Refillable;
  /** Called when a write fails and is going to be repeated. */
  onRetry?: (error: Error) => void;
  /** A sentence about the spool: in use, drained, full, damaged. */
  onSpool?: (line: string) => void;
  /** Ends the repetition of writes: what waits is then kept by `close`. */
  signal?: AbortSignal;
  /** Milliseconds since 1970. */
  now?: () => number;
}
