/** The clock of the machine that a collector runs on, set by a test while it runs (libfaketime). */
import { fakeTimeLibrary } from "./requirements.ts";

/** A time from which on a host's clock was off by so much; both in milliseconds. */
export interface HostSpan {
  from: number;
  to: number;
  offsetMs: number;
}

/** One host's clock; timers and `performance.now()` go on as they are. */
export class HostClock {
  /** How far it was off, and when by the true clock. */
  readonly spans: HostSpan[] = [];

  /** @param path a file that tells the process its time */
  constructor(readonly path: string, offsetMs = 0) {
    this.set(offsetMs);
  }

  /** What a process needs to live by it. */
  get env(): Record<string, string> {
    return {
      LD_PRELOAD: fakeTimeLibrary!,
      FAKETIME_TIMESTAMP_FILE: this.path,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
  }

  /** Sets it to so many milliseconds ahead of the true clock, or behind it. */
  set(offsetMs: number): void {
    // Put in place at once: a half-written file is another time.
    const seconds = (offsetMs / 1000).toFixed(3);
    Deno.writeTextFileSync(
      `${this.path}.new`,
      `${offsetMs < 0 ? "" : "+"}${seconds}\n`,
    );
    Deno.renameSync(`${this.path}.new`, this.path);
    const now = Date.now();
    const last = this.spans.at(-1);
    if (last) last.to = now;
    this.spans.push({ from: last ? now : -Infinity, to: Infinity, offsetMs });
  }
}
