import type { Candle, Decimal, Level, Market, Micros } from "../events.ts";
import { Unreadable } from "../events.ts";
import { parseExact, toDecimal, toId, toMicros } from "../wire.ts";

/**
 * Checked reading of the fields that venues send; each throws
 * {@link Unreadable} when the value is something else.
 */
export { toDecimal as decimal, toId as id, toMicros as micros };

/** A JSON object off the wire, its numbers still text. */
export type Fields = { [name: string]: unknown };

/** A JSON text, its numbers kept as text. */
export function parse(text: string): unknown {
  try {
    return parseExact(text);
  } catch (error) {
    throw new Unreadable(`not JSON: ${(error as Error).message}`);
  }
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

/** A text with something in it. */
export function text(value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  throw new Unreadable(`${show(value)} is not a name`);
}

/** A number of zero or more. */
export function notNegative(value: unknown): Decimal {
  const decimal = toDecimal(value);
  if (decimal.charCodeAt(0) !== MINUS) return decimal;
  throw new Unreadable(`${decimal} is below zero`);
}

/** A number above zero. */
export function positive(value: unknown): Decimal {
  const decimal = notNegative(value);
  if (decimal !== "0") return decimal;
  throw new Unreadable("a price or size is zero");
}

/** A time such as `2026-07-30T06:51:00`, which is UTC. */
export function utc(value: unknown): Micros {
  const time = String(value);
  const ms = Date.parse(`${time}Z`);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(time) && ms > 0) {
    return ms * 1000;
  }
  throw new Unreadable(
    `${show(value)} is not a time such as 2026-07-30T06:51:00`,
  );
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
export function words(error: unknown): string {
  return Object.values(fields(error)).join(": ");
}

/**
 * Makes a `restError`: a body that begins with `mark`, or came with an error
 * status, is an error, which `say` puts in words; so is a page of HTML.
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

function show(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 60) ?? "nothing";
}
