import type { Micros } from "../model/events.ts";

/** Silence over so many times the mean interval is an anomaly. */
const TIMES = 25;
/** Intervals after which the mean is known. */
const LEARNED = 20;

/**
 * Learns the mean interval between events and detects a silence that is too
 * long for it: a market with a trade a second is mute after half a
 * minute, one with a trade an hour is not.
 */
export class SilenceDetector {
  #last: Micros;
  #mean = 0;
  #pauses = 0;

  /**
   * @param since beginning of the observation
   * @param least a shorter silence is never an anomaly
   */
  constructor(since: Micros, readonly least: Micros) {
    this.#last = since;
  }

  /** An event came at `at`. */
  beat(at: Micros): void {
    const pause = Math.max(0, at - this.#last);
    this.#last = Math.max(this.#last, at);
    this.#pauses++;
    // The mean of the first pauses, then of about the last two hundred.
    this.#mean += (pause - this.#mean) / Math.min(this.#pauses, 200);
  }

  /** When the last event came. */
  get last(): Micros {
    return this.#last;
  }

  /** A new silence begins; the mean is kept. */
  rest(at: Micros): void {
    this.#last = at;
  }

  /** Whether the silence up to `at` is an anomaly. */
  silent(at: Micros): boolean {
    return this.#pauses >= LEARNED &&
      at - this.#last > Math.max(this.least, TIMES * this.#mean);
  }
}
