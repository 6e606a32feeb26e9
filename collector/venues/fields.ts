import type {
  Candle,
  Decimal,
  Level,
  Market,
  Micros,
} from "../model/events.ts";
import { Unreadable } from "../model/events.ts";
import { frameParser } from "../model/frame_forms.ts";
import {
  parseExact,
  toDecimal,
  toId,
  toJson,
  toMicros,
} from "../model/wire.ts";

/**
 * Checked reading of the fields that venues send; each throws
 * {@link Unreadable} when the value is something else.
 */
export { toId as id, toMicros as micros };

/** A JSON object off the wire, its numbers still text. */
export type Fields = { [name: string]: unknown };

/** A JSON text, its numbers kept as text. */
export const parse = readable(parseExact);

/** A reader of one source's frames, which are JSON objects; see {@link frameParser}. */
export function frames(): (text: string) => Fields {
  const parse = readable(frameParser());
  return (text) => fields(parse(text));
}

function readable(
  parse: (text: string) => unknown,
): (text: string) => unknown {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new Unreadable(`not JSON: ${(error as Error).message}`);
    }
  };
}

/** A JSON object. */
export function fields(value: unknown): Fields {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) {
    return value as Fields;
  }
  throw new Unreadable(`${show(value)} is not an object`);
}

/** A JSON array. */
export function rows(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw new Unreadable(`${show(value)} is not a list`);
}

/** A JSON text that is a list of objects. */
export function list(body: string): Fields[] {
  return rows(parse(body)).map(fields);
}

/** The objects of a list that a JSON object holds under a name, each with more fields. */
export function listIn(body: string, name: string, more: Fields = {}) {
  return rows(fields(parse(body))[name])
    .map((row): Fields => ({ ...fields(row), ...more }));
}

/** A name: some letters or signs, no control characters. */
export function text(value: unknown): string {
  // The second pattern is slower and seldom needed.
  if (
    typeof value === "string" && value.length <= 200 &&
    (/^[\w .-]+$/.test(value) || /^[^\p{Cc}\p{Cs}]+$/u.test(value))
  ) return value;
  throw new Unreadable(`${show(value)} is not a name`);
}

/** How far one id is after another; a double, exact where it is small. */
export function distance(from: unknown, to: unknown): number {
  const [first, last] = [toId(from), toId(to)];
  return first.length < 16 && last.length < 16
    ? Number(last) - Number(first)
    : Number(BigInt(last) - BigInt(first));
}

/** A whole number from 0 to 2^31 − 1. */
export function count(value: unknown): number {
  const count = Number(toId(value));
  if (count < 2 ** 31) return count;
  throw new Unreadable(`${count} is not a count`);
}

// The lake's decimals hold 20 digits before the point and 18 after it. One that
// they cannot hold would stand in the way of every snapshot to come.
const WHOLE = 20, FRACTION = 18;

function within(value: unknown, exactly: boolean): Decimal {
  const whole = toDecimal(value);
  const point = whole.indexOf(".");
  const sign = whole.charCodeAt(0) === MINUS ? 1 : 0;
  if ((point < 0 ? whole.length : point) - sign > WHOLE) throw tooLong(whole);
  if (point < 0 || whole.length - point - 1 <= FRACTION) return whole;
  if (exactly) throw tooLong(whole);
  return toDecimal(whole.slice(0, point + 1 + FRACTION));
}

/**
 * A number that a venue has computed, such as a sum or a rate. Venues compute
 * with doubles: digits beyond the 18th after the point are noise, and cut off.
 */
export const decimal = (value: unknown): Decimal => within(value, false);

/** A computed number of zero or more, see {@link decimal}. */
export function notNegative(value: unknown): Decimal {
  const number = decimal(value);
  if (number.charCodeAt(0) !== MINUS) return number;
  throw new Unreadable(`${number} is below zero`);
}

/** A number above zero, such as a price, to the last digit. */
export function positive(value: unknown): Decimal {
  const number = within(value, true);
  if (number !== "0" && number.charCodeAt(0) !== MINUS) return number;
  throw new Unreadable(`a price or size is ${number}`);
}

const tooLong = (number: Decimal) =>
  new Unreadable(`${number.slice(0, 60)} has more digits than can be kept`);

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/;
const FIRST = Date.UTC(2009), LAST = Date.UTC(2100);

/** A time such as `2026-07-30T06:51:00`, which is UTC. */
export function utc(value: unknown): Micros {
  if (typeof value === "string" && TIME.test(value)) {
    const ms = Date.parse(`${value}Z`);
    if (ms >= FIRST && ms < LAST) return ms * 1000;
  }
  throw new Unreadable(
    `${show(value)} is not a time such as 2026-07-30T06:51:00`,
  );
}

const INSTANT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/;
const SECONDS = /^(\d{10})(?:\.(\d{1,12}))?$/;
const MILLISECONDS = /^(\d{13})(?:\.(\d{1,9}))?$/;

/** A time such as `2025-05-27T11:24:03.847761Z`; what is finer than a microsecond is cut off. */
export function instant(value: unknown): Micros {
  const [, whole, fraction = ""] = INSTANT.exec(word(value)) ?? [];
  if (whole === undefined) throw new Unreadable(`${show(value)} is not a time`);
  return utc(whole) + Number(fraction.padEnd(6, "0").slice(0, 6));
}

/** An epoch time in seconds or milliseconds with a fraction, such as `1688669597.8277369`; likewise. */
export function fractional(value: unknown, unit: "s" | "ms"): Micros {
  const [pattern, digits] = unit === "s" ? [SECONDS, 6] : [MILLISECONDS, 3];
  const [, whole, fraction = ""] = pattern.exec(word(value)) ?? [];
  if (whole === undefined) throw new Unreadable(`${show(value)} is not a time`);
  return toMicros(whole + fraction.padEnd(digits, "0").slice(0, digits));
}

/**
 * One side of a book from its rows, by the names of price and size; without
 * the levels where one of them is zero: venues pad thin sides so.
 */
export function levels(units: Fields[], price: string, size: string): Level[] {
  const kept: Level[] = [];
  for (const unit of units) {
    const level: Level = [notNegative(unit[price]), notNegative(unit[size])];
    if (level[0] !== "0" && level[1] !== "0") kept.push(level);
  }
  return kept;
}

/** A market by its code, base and quote. */
export function market(
  venue: string,
  [code, base, quote]: unknown[],
  more: Partial<Market>,
): Market {
  return {
    venue,
    market: text(code),
    base: text(base),
    quote: text(quote),
    koreanName: null,
    englishName: null,
    active: true,
    warning: null,
    ...more,
  };
}

/** The numbers of a venue's candle, in this order. */
export function ohlcv(
  ...[open, high, low, close, volume, quoteVolume]: unknown[]
): Pick<Candle, "open" | "high" | "low" | "close" | "volume" | "quoteVolume"> {
  return {
    open: positive(open),
    high: positive(high),
    low: positive(low),
    close: positive(close),
    volume: notNegative(volume),
    quoteVolume: notNegative(quoteVolume),
  };
}

/** The values of an error, such as its code and message, in the order sent. */
export function errorText(error: unknown): string {
  return Object.values(fields(error)).map(word).join(": ");
}

/**
 * Makes a `restError`: a body that begins with `mark`, or came with an error
 * status, is an error, whose text `say` makes; so is a page of HTML.
 */
export function refusedBy(
  mark: RegExp,
  say: (row: Fields) => string,
): (status: number, body: string) => string | null {
  return (status, body) => {
    if (status < 400 && !mark.test(body) && !/^\s*</.test(body)) return null;
    try {
      return say(fields(parse(body)));
    } catch {
      return `HTTP ${status} ${body.slice(0, 200)}`;
    }
  };
}

const MINUS = 45;

/** What stands in a field, as it is where it is a text. */
export function word(value: unknown): string {
  return typeof value === "string" ? value : show(value);
}

const show = (value: unknown): string => toJson(value).slice(0, 60);
