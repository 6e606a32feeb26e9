/**
 * Units of time. What an event, a gap or a candle is dated by counts in
 * microseconds (`HOUR`); timers, JavaScript's dates and the lake's analyses
 * count in milliseconds (`MS.hour`).
 */
import type { Micros } from "./events.ts";

export const SECOND: Micros = 1_000_000;
export const MINUTE: Micros = 60 * SECOND;
export const HOUR: Micros = 60 * MINUTE;
export const DAY: Micros = 24 * HOUR;

/** Milliseconds. */
export const MS = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
} as const;
