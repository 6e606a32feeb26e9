import type { Micros } from "../model/events.ts";
import { MINUTE } from "../model/time.ts";

/** A resumed stream begins this much before the newest event that was read. */
const REWIND: Micros = 5e6;
/** Another host stamps the same event with a clock of its own. */
const REWIND_ELSEWHERE: Micros = MINUTE;
/** Events may overtake one another by this much: a time is past only then. */
const SETTLED: Micros = 5e6;

/** What is kept of a span from one process to the next. */
export interface KnownSpan {
  /** From here to `newest` nothing is missing; null where that is not known. */
  since: Micros | null;
  newest: Micros;
  /** Whether another host is asked now. */
  elsewhere: boolean;
}

/**
 * What of a stream with a cursor was read without a break, by the stream's own
 * clock. A stream that was cut goes on unbroken when what it sends after a
 * resume reaches back to what was read before: an event that was seen twice is
 * the proof. One that could not go back so far begins a new span.
 */
export class StreamSpan {
  #since: Micros | null;
  #newest: Micros | null;
  #rewind: Micros;
  #resuming = true;

  constructor(known: KnownSpan | null) {
    this.#since = known?.since ?? null;
    this.#newest = known?.newest ?? null;
    this.#rewind = known?.elsewhere ? REWIND_ELSEWHERE : REWIND;
  }

  /** From here to {@link newest} nothing is missing; null before the first event. */
  get since(): Micros | null {
    return this.#since;
  }

  /** The newest event read. */
  get newest(): Micros | null {
    return this.#newest;
  }

  /** Everything before this has come, and nothing of it is still on its way. */
  get settled(): Micros | null {
    return this.#newest === null ? null : this.#newest - SETTLED;
  }

  /** Where to resume; null for the first time. */
  get cursor(): Micros | null {
    return this.#newest === null ? null : this.#newest - this.#rewind;
  }

  /** The stream was opened (anew). */
  opened(): void {
    this.#resuming = true;
  }

  /** Whether an event at `ts` would show that something is missing before it. */
  isBreak(ts: Micros): boolean {
    return this.#resuming && this.#since !== null && ts > this.#newest!;
  }

  /** An event was read. */
  see(ts: Micros): void {
    if (this.#since === null || this.isBreak(ts)) this.#since = ts + SETTLED;
    if (this.#newest === null || ts > this.#newest) this.#newest = ts;
    this.#resuming = false;
    this.#rewind = REWIND;
  }

  /** Something came that could not be read: what it was is not known. */
  miss(): void {
    if (this.#newest !== null) this.#since = this.#newest + SETTLED;
  }
}
