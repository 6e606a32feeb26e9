/** What a time says in the clocks of a fault run: each venue has one, each collector has one, none is right. */
import type { FaultVenue } from "../../collector/sandbox/faults.ts";
import type { Sandbox } from "../../collector/sandbox/sandbox.ts";
import type { HostSpan } from "../support/host_clock.ts";

/** A process may read its clock a moment after it was set. */
const SETTING = 2_000_000;

/** The clocks of a run. Times are microseconds; `true` ones by the clock of the run itself. */
export class Times {
  #ahead = new Map<string, number>();

  /** @param hosts how far the collectors' clocks were off, and when */
  constructor(sandbox: Sandbox, readonly hosts: HostSpan[]) {
    for (const venue of Object.keys(sandbox.conditions)) {
      const said = sandbox.clock(venue as FaultVenue);
      this.#ahead.set(venue, (said - Date.now()) * 1000);
    }
  }

  /** The true time at which a venue's clock says `ts`; the drift of a run is less than a second. */
  ofVenue(venue: string, ts: number): number {
    return ts - this.#ahead.get(venue)!;
  }

  /** What a venue's clock says at a true time. */
  atVenue(venue: string, ts: number): number {
    return ts + this.#ahead.get(venue)!;
  }

  /** The true times at which a collector's clock may have said `ts`: more than one where it was set back. */
  ofHost(ts: number): number[] {
    const meant = this.hosts.map(({ from, to, offsetMs }) => ({
      at: ts - offsetMs * 1000,
      from: from * 1000 - SETTING,
      to: to * 1000 + SETTING,
    }));
    const then = meant.filter(({ at, from, to }) => at >= from && at <= to);
    return (then.length > 0 ? then : meant).map(({ at }) => at);
  }
}
