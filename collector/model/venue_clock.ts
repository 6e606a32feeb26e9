/**
 * A venue's clock, as its events and its answers show it. The ledger's times
 * are on it, so that they lie on one axis with the trades, whatever the host's
 * clock says and however often it is set. Which trades are complete is decided
 * by ids, never by these times.
 */
import type { Micros } from "./events.ts";
import { SECOND } from "./time.ts";

/** Seconds whose newest events are remembered. */
const SECONDS = 61;
/** How far events may lie outside of what the `Date` of answers says, before that is believed instead. */
const SLACK = 2 * SECOND;

/** The venue's time less our monotonic time lies between them. */
interface Bounds {
  low: Micros;
  high: Micros;
}

/** What both leave, or null where they exclude one another. */
function common(one: Bounds, other: Bounds): Bounds | null {
  const low = Math.max(one.low, other.low);
  const high = Math.min(one.high, other.high);
  return low <= high ? { low, high } : null;
}

/** How an offset was measured. */
export type ClockMethod = "events" | "responses";

/**
 * Follows a venue's clock. An event's time, seen at once, is a lower bound; the
 * median over the newest of each second leaves out late and implausible
 * events. The `Date` of an answer bounds it from both sides, to a second.
 * Between measurements a monotonic clock carries on.
 */
export class VenueClock {
  /** Of each second: the newest event's time less our monotonic time. */
  #newest: { second: number; offset: Micros }[] = [];
  #median: Micros | null = null;
  #date: Bounds | null = null;
  /** What the newest answer says, where that excludes what is known. */
  #doubt: Bounds | null = null;

  /**
   * @param host microseconds UTC by the host's clock
   * @param elapsed microseconds that no setting of a clock changes
   */
  constructor(
    readonly host: () => Micros = () => Date.now() * 1000,
    readonly elapsed: () => Micros = () => performance.now() * 1000,
  ) {}

  /** An event with the time `ts` has just come. */
  heard(ts: Micros): void {
    const at = this.elapsed();
    const second = Math.floor(at / SECOND);
    const last = this.#newest.at(-1);
    if (last?.second === second) {
      if (ts - at <= last.offset) return;
      last.offset = ts - at;
    } else {
      this.#newest.push({ second, offset: ts - at });
      while (this.#newest[0]!.second < second - SECONDS) this.#newest.shift();
    }
    this.#median = null;
  }

  /**
   * An answer came whose `Date` header is `date`, in milliseconds and whole
   * seconds; it was asked for at `asked`, by {@link elapsed}. One that excludes
   * what is known may be another machine's: it holds once the next says so too.
   */
  answered(date: number, asked: Micros): void {
    const now = this.elapsed();
    const seen = { low: date * 1000 - now, high: date * 1000 + SECOND - asked };
    const before = this.#doubt;
    this.#doubt = null;
    if (!this.#date) {
      this.#date = seen;
      return;
    }
    const agreed = common(this.#date, seen) ?? (before && common(before, seen));
    if (agreed) this.#date = agreed;
    else this.#doubt = seen;
  }

  /** How the clock is known, or null where it is not: then the host's clock stands in. */
  get method(): ClockMethod | null {
    return this.#newest.length > 0 ? "events" : this.#date ? "responses" : null;
  }

  /** Now, by the venue's clock. */
  now(): Micros {
    const offset = this.#offset();
    return offset === null ? this.host() : Math.round(this.elapsed() + offset);
  }

  /** The venue's clock less the host's, in microseconds; null where it is not known. */
  get offset(): Micros | null {
    return this.method === null ? null : this.now() - this.host();
  }

  /** A moment of {@link elapsed} on the venue's clock, however often the host's was set since. */
  at(elapsed: Micros): Micros {
    return this.now() - Math.round(this.elapsed() - elapsed);
  }

  #offset(): Micros | null {
    if (this.#newest.length > 0 && this.#median === null) {
      const sorted = this.#newest.map((one) => one.offset).sort((a, b) =>
        a - b
      );
      this.#median = sorted[sorted.length >> 1]!;
    }
    const date = this.#date;
    if (this.#median === null) {
      return date ? (date.low + date.high) / 2 : null;
    }
    if (!date) return this.#median;
    return Math.min(
      Math.max(this.#median, date.low - SLACK),
      date.high + SLACK,
    );
  }
}

/** An offset in words, such as `30.2 s ahead of ours`; null within `least` seconds. */
export function offsetInWords(offset: Micros, least = 2): string | null {
  const seconds = offset / SECOND;
  if (Math.abs(seconds) <= least) return null;
  return `${Math.abs(seconds).toFixed(1)} s ${
    seconds > 0 ? "ahead of" : "behind"
  } ours`;
}
