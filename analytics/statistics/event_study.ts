import { deseason } from "./rhythm.ts";
import { type Rotations, rotationsOf, shareBeyond } from "./rotation.ts";
import {
  type Grid,
  hourOf,
  seasonOf,
  timeOf,
  weekdayOf,
} from "./seasonality.ts";
import { MS } from "../../collector/model/time.ts";

/** What volume did around a burst of talk. */
export interface EventStudy {
  /** Bucket of each event's first spike. */
  events: number[];
  /** Mean over the events of log volume less that of matched hours, by offset in buckets. */
  path: { offset: number; mean: number; n: number }[];
  /** Mean over the buckets before the spike, and after it; the spike's own bucket is in neither. */
  before: number;
  after: number;
  /** Share of placebos at least as far from 0 (two-sided, the observed one counted). */
  pBefore: number;
  pAfter: number;
  placebos: number;
}

/** How an event is told. */
export interface EventOptions {
  /** Robust z above which talk is a spike; default 3. */
  threshold?: number;
  /** Weeks of the same hour that a spike is measured against; default 8, at least half of them known. */
  weeks?: number;
  /** Window, milliseconds; default 6 hours before and 24 after. */
  before?: number;
  after?: number;
}

const WEEK = 168;

/** Fewest events, and fewest matches of each. */
const LEAST_EVENTS = 5, LEAST_MATCHES = 4;

/**
 * Event study of bursts of talk.
 *
 * A spike: z = (v − median) / (1.4826 MAD) > 3, the median that of the same
 * hour of the week in the eight weeks before, the MAD that of all such
 * deviations in these weeks; so nothing later takes part in choosing it.
 * Spikes within the window of an earlier one belong to it. Each event is
 * matched with the same hour of the week, at most eight weeks away, whose
 * window meets no event's. In the placebos all events are shifted together
 * round the span, against volume without its season, so that they stay as
 * clustered as they are and volume keeps its memory.
 *
 * @param talk log counts.
 * @param volume log volume.
 * @returns null where there are fewer than five events or nothing to match them with.
 */
export function eventStudy(
  talk: Float64Array,
  volume: Float64Array,
  grid: Grid,
  options: EventOptions = {},
): EventStudy | null {
  const { threshold = 3, weeks = 8 } = options;
  if (grid.step > MS.hour || MS.hour % grid.step !== 0) return null;
  const back = Math.round((options.before ?? 6 * MS.hour) / grid.step);
  const on = Math.round((options.after ?? 24 * MS.hour) / grid.step);
  const slots = Array.from({ length: talk.length }, (_, t) => slotOf(grid, t));
  const z = surprise(talk, slots, weeks, grid);

  const events: number[] = [];
  const busy = new Uint8Array(talk.length);
  for (let t = back; t + on < talk.length; t++) {
    const last = events.at(-1);
    if (!(z[t]! > threshold) || (last !== undefined && t <= last + on)) {
      continue;
    }
    events.push(t);
  }
  for (const t of events) busy.fill(1, t - back, t + on + 1);
  const quiet = Array.from({ length: WEEK }, () => [] as number[]);
  let blocked = back;
  for (let t = 0; t < talk.length; t++) {
    if (busy[t] === 1) blocked = t + back + 1;
    // The window around a matched bucket holds no event's.
    const start = t - on;
    if (start >= blocked && start - back >= 0) {
      quiet[slots[start]!]!.push(start);
    }
  }
  const near = weeks * WEEK * MS.hour / grid.step;
  const offsets = Array.from({ length: back + on + 1 }, (_, i) => i - back);
  const around = events.map((t) => {
    const matches = quiet[slots[t]!]!.filter((m) => Math.abs(m - t) <= near);
    return against(volume, offsets, t, matches);
  }).filter((event) => event.matches.length >= LEAST_MATCHES);
  if (around.length < LEAST_EVENTS) return null;

  const before = meanOf(around.map((event) => event.own.before));
  const after = meanOf(around.map((event) => event.own.after));
  const placed = placebos(
    around.map((event) => event.at),
    deseason(volume, grid, seasonOf(grid), true).residuals,
    back,
    on,
    rotationsOf(grid),
  );
  return {
    events: around.map((event) => event.at),
    path: offsets.map((offset, i) => {
      const values = around.map((event) => event.path[i]!)
        .filter((v) => !Number.isNaN(v));
      return { offset, mean: meanOf(values), n: values.length };
    }),
    before,
    after,
    ...placed,
  };
}

/** How far from 0 volume around the events is, among the same events shifted round. */
function placebos(
  events: number[],
  volume: Float64Array,
  back: number,
  on: number,
  { shifts }: Rotations,
): Pick<EventStudy, "pBefore" | "pAfter" | "placebos"> {
  const n = volume.length;
  const sums = new Float64Array(n + 1), counts = new Float64Array(n + 1);
  for (let t = 0; t < n; t++) {
    const known = volume[t]! === volume[t]!;
    sums[t + 1] = sums[t]! + (known ? volume[t]! : 0);
    counts[t + 1] = counts[t]! + (known ? 1 : 0);
  }
  /** Mean of volume in [from, to), less what is usual. */
  const usual = sums[n]! / counts[n]!;
  const mean = (from: number, to: number) =>
    (sums[to]! - sums[from]!) / (counts[to]! - counts[from]!) - usual;
  const size = (shift: number, from: number, to: number) =>
    meanOf(events.map((event) => {
      const t = (event + shift) % n;
      const low = Math.max(0, t + from), high = Math.min(n, t + to);
      return low < high ? mean(low, high) : NaN;
    }));
  const share = (from: number, to: number) =>
    shareBeyond(size(0, from, to), shifts.map((s) => size(s, from, to)));
  return {
    pBefore: share(-back, 0),
    pAfter: share(1, on + 1),
    placebos: shifts.length,
  };
}

interface Around {
  before: number;
  after: number;
}

/**
 * Log volume around bucket `t` less the mean around its matches, and the same
 * of each match less the mean around the others.
 */
function against(
  volume: Float64Array,
  offsets: number[],
  t: number,
  matches: number[],
): { at: number; own: Around; path: number[]; matches: Around[] } {
  const sums = new Float64Array(offsets.length), counts = sums.slice();
  for (const m of matches) {
    offsets.forEach((offset, i) => {
      const value = volume[m + offset]!;
      if (Number.isNaN(value)) return;
      sums[i]! += value;
      counts[i]!++;
    });
  }
  const path = (at: number, held: boolean) =>
    offsets.map((offset, i) => {
      const value = volume[at + offset]!;
      return held
        ? value - (sums[i]! - value) / (counts[i]! - 1)
        : value - sums[i]! / counts[i]!;
    });
  const summary = (values: number[]): Around => ({
    before: meanOf(values.filter((_, i) => offsets[i]! < 0)),
    after: meanOf(values.filter((_, i) => offsets[i]! > 0)),
  });
  const own = path(t, false);
  return {
    at: t,
    own: summary(own),
    path: own,
    matches: matches.map((m) => summary(path(m, true))),
  };
}

/** Hour of the week, 0 to 167, UTC. */
function slotOf(grid: Grid, t: number): number {
  const time = timeOf(grid, t);
  return weekdayOf(time) * 24 + hourOf(time);
}

/** Robust z of each value against what was usual before it; NaN where that is not known. */
function surprise(
  talk: Float64Array,
  slots: number[],
  weeks: number,
  grid: Grid,
): Float64Array {
  const past = Array.from({ length: WEEK }, () => [] as number[]);
  const most = weeks * MS.hour / grid.step;
  const deviations = talk.map((value, t) => {
    // Of an hour's own buckets none counts as "before": only earlier weeks do.
    const seen = past[slots[t]!]!;
    const inHour = Math.min(t, timeOf(grid, t) % MS.hour / grid.step);
    const earlier = seen.slice(0, seen.length - inHour).slice(-most)
      .filter((v) => !Number.isNaN(v)).sort((a, b) => a - b);
    seen.push(value);
    return earlier.length < most / 2 ? NaN : value - median(earlier);
  });
  // The spread of the weeks before, looked up once a day.
  const day = 24 * MS.hour / grid.step, reach = weeks * 7 * day;
  let spread = NaN;
  return deviations.map((deviation, t) => {
    if (t % day === 0) {
      const before = Array.from(
        deviations.subarray(Math.max(0, t - reach), t),
        Math.abs,
      ).filter((v) => !Number.isNaN(v)).sort((a, b) => a - b);
      spread = before.length < 7 * day ? NaN : 1.4826 * median(before);
    }
    return spread > 0 ? deviation / spread : NaN;
  });
}

function median(sorted: number[]): number {
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? sorted[half]!
    : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Mean of what is known. */
function meanOf(values: number[]): number {
  const known = values.filter((v) => !Number.isNaN(v));
  return known.reduce((sum, v) => sum + v, 0) / known.length;
}
