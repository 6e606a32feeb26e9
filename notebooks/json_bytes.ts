/** JSON as bytes: a site's charts have ten million numbers an hour, which `JSON.stringify` would make texts of first. */

const POWERS = Array.from({ length: 23 }, (_, i) => 10 ** i);
const ZERO = 48, POINT = 46, MINUS = 45, COMMA = 44, OPEN = 91, CLOSE = 93;
/** Most bytes of a number and its comma. */
const LONGEST = 40;
const encoder = new TextEncoder();
const NULL = encoder.encode("null");

/** Bytes that grow. */
export class JsonBytes {
  #bytes = new Uint8Array(1 << 16);
  #length = 0;
  #digits = new Uint8Array(LONGEST);

  /** What was added; they change when more is, or it is forgotten. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Forgets what was added. */
  clear(): void {
    this.#length = 0;
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * (this.#length + more));
    larger.set(this.bytes);
    this.#bytes = larger;
  }

  /** Adds a text as it is. */
  text(text: string): void {
    this.#room(3 * text.length);
    this.#length += encoder.encodeInto(
      text,
      this.#bytes.subarray(this.#length),
    ).written;
  }

  /** Adds a list of numbers, each to so many significant digits (at most 15) as `digits` rounds it; null for what is not finite. */
  numbers(values: Float64Array, count: number): void {
    this.#room(values.length * LONGEST + 2);
    this.#bytes[this.#length++] = OPEN;
    for (let i = 0; i < values.length; i++) {
      if (i > 0) this.#bytes[this.#length++] = COMMA;
      this.#number(values[i]!, count);
    }
    this.#bytes[this.#length++] = CLOSE;
  }

  #number(value: number, count: number): void {
    if (value - value !== 0) {
      this.#bytes.set(NULL, this.#length);
      this.#length += NULL.length;
      return;
    }
    if (value === 0) {
      this.#bytes[this.#length++] = ZERO;
      return;
    }
    const size = Math.abs(value);
    const places = count - 1 - Math.floor(Math.log10(size));
    // Beyond 10^22 powers are no doubles.
    if (places > 22 || places < -22) {
      return this.text(String(Number(value.toPrecision(count))));
    }
    if (value < 0) this.#bytes[this.#length++] = MINUS;
    this.#whole(
      places >= 0
        ? Math.round(size * POWERS[places]!)
        : Math.round(size / POWERS[-places]!),
      places,
    );
  }

  /** Adds `whole` / 10^`places`, from its last digit to the first, without zeros at the end of a fraction. */
  #whole(whole: number, places: number): void {
    const digits = this.#digits;
    let at = LONGEST;
    for (let zeros = -places; zeros > 0; zeros--) digits[--at] = ZERO;
    let rest = whole, written = 0;
    do {
      // Divided as a 32-bit number where it is one, which is faster.
      const next = rest < 2147483648 ? (rest / 10) | 0 : Math.floor(rest / 10);
      const digit = rest - next * 10;
      rest = next;
      if (written === places && places > 0 && at < LONGEST) {
        digits[--at] = POINT;
      }
      if (digit !== 0 || at < LONGEST || written >= places) {
        digits[--at] = ZERO + digit;
      }
      written++;
    } while (rest > 0);
    if (written <= places) {
      for (; written < places; written++) digits[--at] = ZERO;
      digits[--at] = POINT;
      digits[--at] = ZERO;
    }
    for (; at < LONGEST; at++) this.#bytes[this.#length++] = digits[at]!;
  }
}
