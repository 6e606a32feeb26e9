/**
 * Running totals of a count per minute, so that numbered things (posts,
 * comments, aggregate trades) can be found by number and by time.
 */
export class Tally {
  /** Totals before each minute from `origin` on. */
  #before: number[] = [0];

  /**
   * @param origin the first minute since the epoch that counts
   * @param count how many there are in a minute; must always answer the same
   */
  constructor(
    readonly origin: number,
    readonly count: (minute: number) => number,
  ) {}

  /** How many there are from `origin` to the start of `minute`. */
  before(minute: number): number {
    const at = Math.max(0, minute - this.origin);
    for (let next = this.#before.length; next <= at; next++) {
      this.#before.push(
        this.#before[next - 1]! + this.count(this.origin + next - 1),
      );
    }
    return this.#before[at]!;
  }

  /**
   * The minute that holds the thing with this index (0 is the first), among
   * the minutes up to and including `last`; null when there is none.
   */
  minuteOf(index: number, last: number): number | null {
    if (index < 0 || index >= this.before(last + 1)) return null;
    let low = 0, high = last + 1 - this.origin;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#before[middle]! <= index) low = middle;
      else high = middle;
    }
    return this.origin + low;
  }
}
