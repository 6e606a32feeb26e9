import { CliError } from "../cli/errors.ts";
import { type Micros, Unreadable } from "../model/events.ts";
import { toDecimal } from "../model/wire.ts";

/** Units of a time that is a number since 1970-01-01T00:00Z. */
export const UNITS = ["s", "ms", "us", "ns"] as const;
export type TimeUnit = typeof UNITS[number];

/** Microseconds are 10^−shift of a unit. */
const SHIFT: Record<TimeUnit, number> = { s: 6, ms: 3, us: 0, ns: -3 };
/** 2009 to 2100, in microseconds: within it the four units never overlap. */
const EARLIEST = 1.23e15, LATEST = 4.1e15;

const NUMBER = /^\d+(\.\d*)?([eE][+-]?\d+)?$/;
const ISO =
  /^(\d{4})[-/.](\d\d)[-/.](\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|UTC|[+-]\d\d(?::?\d\d)?)?$/;

/** How the times of a file are read. */
export interface TimeReader {
  /** In words, for the report. */
  says: string;
  /** @throws {Unreadable} when it is no time, or one that the clocks of the zone skip or repeat. */
  read(value: unknown): Micros;
}

/**
 * Finds out from some values how the times of a column are written: a number
 * by its size, a date by its form.
 * @param unit as said with `--time-unit`
 * @param zone of dates that name none, as said with `--zone`
 * @throws {CliError} when the unit or the zone has to be said.
 */
export function timeReader(
  column: string,
  samples: unknown[],
  unit?: TimeUnit,
  zone?: string,
): TimeReader {
  const texts = samples.filter((value) => typeof value === "string");
  const numbers = texts.filter((text) => NUMBER.test(text));
  const dates = texts.filter((text) => ISO.test(text));
  if (numbers.length === 0 && dates.length === 0) {
    throw new CliError(
      `The column "${column}" holds no times (such as 1509836520000 or 2026-11-20T00:00:00Z) but ${
        JSON.stringify(samples[0])?.slice(0, 60) ?? "nothing"
      }. Name another with --columns ts=NAME.`,
    );
  }
  if (!unit && numbers.length > 0) {
    const found = new Set(numbers.map(unitOf).filter((u) => u !== null));
    const [first] = found;
    if (found.size !== 1) {
      throw new CliError(
        `The times of the column "${column}" (such as ${
          numbers[0]!.slice(0, 40)
        }) may be in ${
          found.size > 1 ? [...found].join(" or ") : "more than one unit"
        }. Say which with --time-unit s, ms, us or ns.`,
      );
    }
    unit = first!;
  }
  const named = zone ?? zoneOfName(column);
  const naive = dates.find((text) => !ISO.exec(text)![8]);
  if (naive !== undefined && named === undefined) {
    throw new CliError(
      `The times of the column "${column}" (such as ${naive}) name no zone. ` +
        "Say it with --zone UTC or --zone Asia/Seoul.",
    );
  }
  const local = named === undefined ? null : localTime(named);
  return {
    says: numbers.length > dates.length
      ? `in ${unit} since 1970`
      : naive === undefined
      ? "with their zone"
      : `of ${named}`,
    read: (value) => readTime(value, unit, local),
  };
}

/** The unit in which a number lies between 2009 and 2100. */
function unitOf(text: string): TimeUnit | null {
  const value = Number(text);
  return UNITS.find((unit) => inRange(value * 10 ** SHIFT[unit])) ?? null;
}

const inRange = (micros: number) => micros >= EARLIEST && micros < LATEST;

/** The zone that a column's name tells, such as `candle_date_time_kst`. */
function zoneOfName(column: string): string | undefined {
  const last = /(?:^|_)(utc|kst)$/i.exec(column)?.[1]?.toLowerCase();
  return last && { utc: "UTC", kst: "Asia/Seoul" }[last];
}

function readTime(
  value: unknown,
  unit: TimeUnit | undefined,
  local: ((at: number) => number) | null,
): Micros {
  const text = typeof value === "string" ? value : "";
  if (unit && NUMBER.test(text)) {
    const micros = shifted(toDecimal(text), SHIFT[unit]);
    if (inRange(micros)) return micros;
    throw new Unreadable(
      `${text.slice(0, 40)} is no time between 2009 and 2100 in ${unit}`,
    );
  }
  const match = ISO.exec(text);
  if (!match) {
    throw new Unreadable(
      `${JSON.stringify(value)?.slice(0, 60) ?? "nothing"} is no time`,
    );
  }
  const [
    ,
    year,
    month,
    day,
    hour = 0,
    minute = 0,
    second = 0,
    part = "",
    zone,
  ] = match;
  const ms = Date.UTC(+year!, +month! - 1, +day!, +hour, +minute, +second);
  const date = new Date(ms);
  if (
    date.getUTCMonth() !== +month! - 1 || date.getUTCDate() !== +day! ||
    date.getUTCHours() !== +hour || date.getUTCMinutes() !== +minute ||
    +second > 59
  ) throw new Unreadable(`${text} is not in the calendar`);
  const utc = zone ? ms - offset(zone) : local ? local(ms) : null;
  if (utc === null) throw new Unreadable(`${text} names no zone`);
  const micros = utc * 1000 + Number(part.slice(0, 6).padEnd(6, "0"));
  if (inRange(micros)) return micros;
  throw new Unreadable(`${text} is no time between 2009 and 2100`);
}

/** A plain decimal times 10^shift, what lies below a whole number cut off. */
function shifted(decimal: string, shift: number): number {
  const [whole = "", fraction = ""] = decimal.split(".");
  const digits = whole + fraction.padEnd(Math.max(shift, 0), "0");
  return Number(digits.slice(0, whole.length + shift));
}

/** Milliseconds ahead of UTC of `Z`, `+09`, `+0900` or `+09:00`. */
function offset(zone: string): number {
  if (zone === "Z" || zone === "UTC") return 0;
  const [hours, minutes] = [zone.slice(1, 3), zone.slice(3).replace(":", "")];
  return (zone[0] === "-" ? -1 : 1) * (+hours * 60 + +minutes) * 60_000;
}

/**
 * A function from the time that a clock of the zone shows, in milliseconds as
 * if it were UTC, to UTC.
 * @throws {CliError} when there is no such zone.
 */
export function localTime(zone: string): (shown: number) => number {
  try {
    Temporal.Now.zonedDateTimeISO(zone);
  } catch {
    throw new CliError(
      `--zone wants UTC or a name such as Asia/Seoul, not "${zone}".`,
    );
  }
  // No zone changes its clock within a quarter of an hour.
  const QUARTER = 900_000;
  const known = new Map<number, number>();
  return (shown) => {
    const quarter = Math.floor(shown / QUARTER);
    let ahead = known.get(quarter);
    if (ahead === undefined) {
      const text = new Date(quarter * QUARTER).toISOString().slice(0, 19);
      try {
        const at = Temporal.PlainDateTime.from(text)
          .toZonedDateTime(zone, { disambiguation: "reject" });
        ahead = quarter * QUARTER - at.epochMilliseconds;
      } catch {
        throw new Unreadable(
          `${text} is skipped or repeated by the clocks of ${zone}`,
        );
      }
      known.set(quarter, ahead);
    }
    return shown - ahead;
  };
}
