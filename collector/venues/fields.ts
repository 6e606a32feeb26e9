import { type Decimal, type Level, Unreadable } from "../events.ts";
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

/** Levels of one side, without those whose price or size is zero: venues pad thin sides so. */
export function levels<T>(
  units: T[],
  price: (unit: T) => unknown,
  size: (unit: T) => unknown,
): Level[] {
  const kept: Level[] = [];
  for (const unit of units) {
    const level: Level = [notNegative(price(unit)), notNegative(size(unit))];
    if (level[0] !== "0" && level[1] !== "0") kept.push(level);
  }
  return kept;
}

const MINUS = 45;

function show(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 60) ?? "nothing";
}
