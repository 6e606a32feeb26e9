import type { Decimal } from "./events.ts";

/**
 * Compares two decimals as `toDecimal` makes them (no exponent, no superfluous
 * zeros): below, equal to or above zero as `a` is below, equal to or above `b`.
 * No digit is rounded away.
 */
export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a === b) return 0;
  const minusA = a.charCodeAt(0) === MINUS;
  const minusB = b.charCodeAt(0) === MINUS;
  if (minusA !== minusB) return minusA ? -1 : 1;
  if (minusA) return compareDecimals(b.slice(1), a.slice(1));
  const pointA = a.indexOf("."), pointB = b.indexOf(".");
  const wholeA = pointA < 0 ? a.length : pointA;
  const wholeB = pointB < 0 ? b.length : pointB;
  // With as many whole digits on both sides the points stand at the same
  // place, and text order is number order.
  return wholeA !== wholeB ? wholeA - wholeB : a < b ? -1 : 1;
}

/** Compares two ids as numbers. */
export function compareIds(a: string, b: string): number {
  if (a.length === b.length) return a === b ? 0 : a < b ? -1 : 1;
  const [x, y] = [BigInt(a), BigInt(b)];
  return x === y ? 0 : x < y ? -1 : 1;
}

const MINUS = 45;

/** An exact running sum of decimals and of products of decimals. */
export class Sum {
  #units = 0n;
  #scale = 0;

  add(value: Decimal): void {
    this.#add(...split(value));
  }

  /** Adds `a` times `b`. */
  addProduct(a: Decimal, b: Decimal): void {
    const [x, scaleX] = split(a), [y, scaleY] = split(b);
    this.#add(x * y, scaleX + scaleY);
  }

  #add(units: bigint, scale: number): void {
    if (scale > this.#scale) {
      this.#units *= 10n ** BigInt(scale - this.#scale);
      this.#scale = scale;
    } else if (scale < this.#scale) {
      units *= 10n ** BigInt(this.#scale - scale);
    }
    this.#units += units;
  }

  toString(): Decimal {
    const minus = this.#units < 0n ? "-" : "";
    const digits = String(minus ? -this.#units : this.#units)
      .padStart(this.#scale + 1, "0");
    const point = digits.length - this.#scale;
    const fraction = digits.slice(point).replace(/0+$/, "");
    return minus + digits.slice(0, point) + (fraction && `.${fraction}`);
  }
}

/** A decimal as a whole number of units of 10^−scale. */
function split(value: Decimal): [units: bigint, scale: number] {
  const point = value.indexOf(".");
  return point < 0 ? [BigInt(value), 0] : [
    BigInt(value.slice(0, point) + value.slice(point + 1)),
    value.length - point - 1,
  ];
}
