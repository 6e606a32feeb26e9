/** What an audit finds. */
import type { IdCount } from "./ids.ts";
import type { Import } from "./imports.ts";
import type { CandleCoverage, CountCoverage } from "./tables.ts";

/** The parts of a span; together they are the whole. */
export type Part =
  | "observed"
  | "repaired"
  | "unrecoverable"
  | "open"
  | "unknown";

/** A row of `gaps`; times are ISO in UTC, ids exact. */
export interface Gap {
  from: string;
  /** Null while it is under way. */
  to: string | null;
  from_id: string | null;
  to_id: string | null;
  /** A code, see {@link GapReason}, and its details. */
  reason: string;
  detail: object;
  state: "open" | "repaired" | "unrecoverable";
  /** Rows that a refill brought. */
  recovered: number;
  /** How it was closed, or why it is still open: a code, see {@link GapOutcome}, and its details. */
  note: string | null;
  note_detail: object;
  /** The venue's clock less ours when it was opened, in milliseconds; null where it was not measured. */
  clock_offset_ms: number | null;
}

/** Coverage of one market and channel. */
export interface StreamCoverage {
  venue: string;
  market: string;
  channel: string;
  seconds: Record<Part, number>;
  percent: Record<Part, number>;
  gaps: Gap[];
}

/** What {@link audit} found. */
export interface AuditReport {
  /** ISO times of the ledger's span; null where the ledger holds nothing. */
  from: string | null;
  to: string | null;
  streams: StreamCoverage[];
  /** Markets whose ids are dense, whatever span was asked for. */
  ids: IdCount[];
  candles: CandleCoverage[];
  counts: CountCoverage[];
  /** Files that brought something of the span. */
  imports: Import[];
  /** Gaps that are open. */
  open: number;
}
