import type { Micros } from "../model/events.ts";

/** Silence that is so many times the usual pause is no chance. */
const TIMES = 25;
/** Pauses after which the usual one is known. */
const LEARNED = 20;

/**
 * How often something speaks, and whether it is silent for longer than its own
 * usual pauses explain: a market with a trade a second is mute after half a
 * minute, one with a trade an hour is not.
 */
export class SilenceDetector {
  #last: Micros;
  #mean = 0;
  #pauses = 0;

  /**
   * @param since from when on it is listened to
   * @param least no silence shorter than this is remarkable
   */
  constructor(since: Micros, readonly least: Micros) {
    this.#last = since;
  }

  /** It spoke at `at`. */
  beat(at: Micros): void {
    const pause = Math.max(0, at - this.#last);
    this.#last = Math.max(this.#last, at);
    this.#pauses++;
    // The mean of the first pauses, then of about the last two hundred.
    this.#mean += (pause - this.#mean) / Math.min(this.#pauses, 200);
  }

  /** When it last spoke. */
  get last(): Micros {
    return this.#last;
  }

  /** A new silence begins: what was learned of the pauses stays. */
  rest(at: Micros): void {
    this.#last = at;
  }

  /** Whether the silence up to `at` is beyond the usual. */
  silent(at: Micros): boolean {
    return this.#pauses >= LEARNED &&
      at - this.#last > Math.max(this.least, TIMES * this.#mean);
  }
}
