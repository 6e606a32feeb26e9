import type { Reject } from "./batch.ts";
import { MS } from "../model/time.ts";

/** Rejects of one source that are stored in a minute; all are counted. */
export const REJECTS_A_MINUTE = 100;
/** Places of a source whose first reject in a minute is stored all the same. */
const PLACES_A_MINUTE = 1000;

/**
 * Bounds what a source can fill `rejects` with: beyond
 * {@link REJECTS_A_MINUTE} they are only counted, and one row says how many. Of
 * each place there is at least one: a page with a reject does not count as read.
 */
export class RejectLimit {
  #minutes = new Map<
    string,
    {
      minute: number;
      stored: number;
      passedOver: number;
      places: Set<string>;
    }
  >();

  constructor(readonly most = REJECTS_A_MINUTE) {}

  /** Whether a reject may be stored; `now` in milliseconds. */
  admit(source: string, place: string, now: number): boolean {
    let state = this.#minutes.get(source);
    if (!state) {
      state = {
        minute: Math.floor(now / MS.minute),
        stored: 0,
        passedOver: 0,
        places: new Set(),
      };
      this.#minutes.set(source, state);
    }
    // A minute that has passed is closed by `ended`, which says what was left out.
    const { places } = state;
    const isNew = places.size < PLACES_A_MINUTE && !places.has(place);
    if (isNew) places.add(place);
    if (state.stored < this.most || isNew) {
      state.stored++;
      return true;
    }
    state.passedOver++;
    return false;
  }

  /** The rows that say what was left out, of the minutes that are over, or of all. */
  ended(now: number, all = false): Reject[] {
    const rows: Reject[] = [];
    for (const [source, { minute, stored, passedOver }] of this.#minutes) {
      if (!all && minute >= Math.floor(now / MS.minute)) continue;
      this.#minutes.delete(source);
      if (passedOver === 0) continue;
      const at = new Date(minute * MS.minute).toISOString().slice(0, 16);
      rows.push({
        source,
        place: "rejects",
        reason:
          `${passedOver} more within the minute from ${at}Z were counted and not kept`,
        payload: `${stored} were kept`,
      });
    }
    return rows;
  }
}
