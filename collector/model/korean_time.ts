import { type Micros, Unreadable } from "./events.ts";
import { DAY, MINUTE } from "./time.ts";

const ZONE = "Asia/Seoul";

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
  const here = Temporal.Instant.fromEpochMilliseconds(Math.floor(at / 1000))
    .toZonedDateTimeISO(ZONE);
  const full =
    /^(?:(\d{4}|\d{2})[-./])?(\d{1,2})[-./](\d{1,2})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$/
      .exec(text.trim());
  if (full) {
    const [, year, month, day, hour, minute, second] = full;
    const instant = (y: number) =>
      koreanInstant(text, [y, month, day, hour, minute, second]);
    const precision = second ? "second" : hour ? "minute" : "day";
    if (year) {
      const whole = year.length === 2 ? 2000 + Number(year) : Number(year);
      return { ts: instant(whole), precision };
    }
    // 02.29 exists in one of the two years at most.
    if (Number(month) === 2 && Number(day) === 29 && !here.inLeapYear) {
      return { ts: instant(here.year - 1), precision };
    }
    const ts = instant(here.year);
    return { ts: ts > at + DAY ? instant(here.year - 1) : ts, precision };
  }
  const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/.exec(text.trim());
  if (clock) {
    const [, hour, minute, second] = clock;
    const { year, month, day } = here;
    const ts = koreanInstant(text, [year, month, day, hour, minute, second]);
    return {
      // 23:59 read just after midnight is of the day before.
      ts: ts > at + MINUTE ? ts - DAY : ts,
      precision: second ? "second" : "minute",
    };
  }
  throw new Unreadable(`${JSON.stringify(text.slice(0, 40))} is not a date`);
}

/** @param parts year, month, day, hour, minute, second; what is missing is 0 */
function koreanInstant(
  text: string,
  parts: (number | string | undefined)[],
): Micros {
  const [year, month, day, hour, minute, second] = parts
    .map((part) => Number(part ?? 0)) as [number, number, ...number[]];
  try {
    if (year < 1999 || year > 2099) throw new RangeError();
    return Temporal.PlainDateTime
      .from({ year, month, day: day!, hour, minute, second }, {
        overflow: "reject",
      })
      .toZonedDateTime(ZONE).epochMilliseconds * 1000;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Unreadable(
      `${JSON.stringify(text.slice(0, 40))} is no date of the calendar`,
    );
  }
}
