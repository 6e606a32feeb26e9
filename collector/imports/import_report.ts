/** What an import is asked to do, and what it says that it did. */
import type { AuditReport } from "../audit/findings.ts";
import type { Micros } from "../model/events.ts";
import type { Kind } from "./columns.ts";
import type { RowFile } from "./file.ts";
import type { TimeUnit } from "./times.ts";

/** What is imported, and how the file is to be understood. */
export interface ImportOptions {
  file: string;
  venue: string;
  market: string;
  kind: Kind;
  /** Of candles, and the same in microseconds. */
  interval: string;
  step: Micros;
  /** Field to column, as said with `--columns`. */
  mapping: Map<string, string>;
  unit?: TimeUnit;
  zone?: string;
  replace: boolean;
  /** Trades: the file holds all of its span. */
  complete: boolean;
  /** The wall clock, in microseconds. */
  now?: () => Micros;
  onProgress?: (so: ImportProgress) => void;
}

/** How far an import has come. */
export interface ImportProgress {
  rows: number;
  added: number;
  rejected: number;
  /** Of the file, 0 to 1. */
  part: number;
}

/** What an import did. */
export interface ImportReport {
  file: string;
  format: RowFile["format"];
  unit: RowFile["unit"];
  venue: string;
  market: string;
  kind: Kind;
  /** Null for trades. */
  interval: string | null;
  /** Which column was taken for which field. */
  columns: Record<string, string>;
  unused_columns: string[];
  /** How times were read. */
  times: string;
  notes: string[];
  dry_run: boolean;
  /** Rows of the file; the sum of the four below, or of good and rejected in a dry run. */
  rows: number;
  added: number;
  /** Stored candles that now say what the file says. */
  replaced: number;
  /** There already, or repeated in the file. */
  unchanged: number;
  rejected: number;
  /** Rows that passed the checks. */
  good: number;
  /** Rejects by kind of reason, the most frequent first; `first` is the line or row of the one named. */
  reasons: { reason: string; rows: number; first: number }[];
  /** Rows earlier than the row before them. */
  unordered: number;
  /** ISO times of the first and last good row; null where there is none. */
  from: string | null;
  to: string | null;
  /** Whether the span was entered as observed. */
  complete: boolean;
  /** Gaps that this closed. */
  gaps_closed: number;
  /** Candles that were made anew from the trades. */
  candles: number;
  /** Of the file's span; null in a dry run. */
  audit: AuditReport | null;
}
