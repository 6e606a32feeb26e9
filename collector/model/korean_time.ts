import { type Micros, Unreadable } from "./events.ts";

/** Korea is nine hours ahead of UTC all year. */
const AHEAD: Micros = 9 * 3600 * 1e6;
const DAY: Micros = 24 * 3600 * 1e6;

/** An instant, and how exact the text was. */
export interface Dated {
  ts: Micros;
  precision: "second" | "minute" | "day";
}

/**
 * Reads a Korean wall-clock time without a zone, in any of the forms that
 * DC Inside shows: `2026-09-17 21:04:43`, `2025.01.01 12:00:00`,
 * `10.06 12:00:00`, `26/07/05`, `21.10.05`, `09.17`, `21:04`.
 *
 * Where the year is missing it is the one of `at` in Korea, or the year before
 * when that would lie more than a day ahead: a row dated 12.31 and seen on the
 * first of January is of the old year.
 * @throws {Unreadable} when it is none of these or no date of the calendar.
 */
export function readKoreanTime(text: string, at: Micros): Dated {
  const here = new Date((at + AHEAD) / 1000);
  const full =
    /^(?:(\d{4}|\d{2})[-./])?(\d{1,2})[-./](\d{1,2})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/
      .exec(text.trim());
  if (full) {
    const [, year, month, day, hour, minute, second] = full;
    const instant = (y: number) =>
      koreanInstant(
        text,
        y,
        Number(month),
        Number(day),
        Number(hour ?? 0),
        Number(minute ?? 0),
        Number(second ?? 0),
      );
    const precision = second ? "second" : hour ? "minute" : "day";
    if (year) {
      const whole = year.length === 2 ? 2000 + Number(year) : Number(year);
      return { ts: instant(whole), precision };
    }
    const thisYear = here.getUTCFullYear();
    // 02.29 exists in one of the two years at most.
    if (month === "02" && day === "29" && !isLeap(thisYear)) {
      return { ts: instant(thisYear - 1), precision };
    }
    const ts = instant(thisYear);
    return { ts: ts > at + DAY ? instant(thisYear - 1) : ts, precision };
  }
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text.trim());
  if (clock) {
    const ts = koreanInstant(
      text,
      here.getUTCFullYear(),
      here.getUTCMonth() + 1,
      here.getUTCDate(),
      Number(clock[1]),
      Number(clock[2]),
      Number(clock[3] ?? 0),
    );
    return {
      // 23:59 read just after midnight is of the day before.
      ts: ts > at + 60e6 ? ts - DAY : ts,
      precision: clock[3] ? "second" : "minute",
    };
  }
  throw new Unreadable(`${JSON.stringify(text.slice(0, 40))} is not a date`);
}

const isLeap = (year: number) =>
  new Date(Date.UTC(year, 1, 29)).getUTCDate() === 29;

function koreanInstant(
  text: string,
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): Micros {
  const time = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // Date.UTC rolls 02.30 over into March.
  if (
    time.getUTCMonth() !== month - 1 || time.getUTCDate() !== day ||
    hour > 23 || minute > 59 || second > 59 || year < 1999 || year > 2099
  ) {
    throw new Unreadable(
      `${JSON.stringify(text.slice(0, 40))} is no date of the calendar`,
    );
  }
  return time.getTime() * 1000 - AHEAD;
}
