/** Highest highs and lowest lows, and what is made of them. */

/** TA-Lib's zero: nothing but rounding is left of a difference of values as large as `scale`. */
export const isNothing = (value: number, scale: number): boolean =>
  Math.abs(value) <= 1e-14 * scale;

/** The highest high and the lowest low of the last `period` bars. */
export class Extremes {
  readonly #highs: Float64Array;
  readonly #lows: Float64Array;
  #count = 0;
  #place = 0;
  #top = 0;
  #bottom = 0;
  /** NaN during the warm-up. */
  highest = NaN;
  /** NaN during the warm-up. */
  lowest = NaN;

  /** @param period in bars. */
  constructor(readonly period: number) {
    this.#highs = new Float64Array(period);
    this.#lows = new Float64Array(period);
  }

  restart(): void {
    this.#count =
      this.#place =
      this.#top =
      this.#bottom =
        0;
    this.#highs.fill(-Infinity);
    this.#lows.fill(Infinity);
    this.highest = this.lowest = NaN;
  }

  next(high: number, low: number): this {
    const { period } = this;
    const highs = this.#highs, lows = this.#lows, place = this.#place;
    highs[place] = high;
    lows[place] = low;
    if (this.#count === 0) this.#top = this.#bottom = place;
    // Only where the extreme itself has left is there anything to look for.
    if (this.#top === place) {
      for (let i = 0; i < period; i++) {
        if (highs[i]! > highs[this.#top]!) this.#top = i;
      }
    } else if (high >= highs[this.#top]!) this.#top = place;
    if (this.#bottom === place) {
      for (let i = 0; i < period; i++) {
        if (lows[i]! < lows[this.#bottom]!) this.#bottom = i;
      }
    } else if (low <= lows[this.#bottom]!) this.#bottom = place;
    if (++this.#place === period) this.#place = 0;
    if (this.#count < period) this.#count++;
    if (this.#count === period) {
      this.highest = highs[this.#top]!;
      this.lowest = lows[this.#bottom]!;
    }
    return this;
  }

  /** Half way between the two. */
  get middle(): number {
    return (this.highest + this.lowest) / 2;
  }
}

/**
 * Ichimoku of 9, 26 and 52 bars. What is drawn ahead is given twice, each time
 * as known when the bar closed: `leadA` and `leadB` are made of the bars up to
 * this one and are drawn 26 bars later; `spanA` and `spanB` were made 26 bars
 * ago and are the cloud over this bar. The lagging line is this bar's close
 * drawn 26 bars back: it has no column, for beside the older bar it would be
 * the future.
 */
export class Ichimoku {
  static readonly SHIFT = 26;
  readonly #nine = new Extremes(9);
  readonly #twentySix = new Extremes(26);
  readonly #fiftyTwo = new Extremes(52);
  readonly #aheadA = new Float64Array(Ichimoku.SHIFT);
  readonly #aheadB = new Float64Array(Ichimoku.SHIFT);
  #place = 0;
  conversion = NaN;
  base = NaN;
  leadA = NaN;
  leadB = NaN;
  spanA = NaN;
  spanB = NaN;

  restart(): void {
    this.#nine.restart();
    this.#twentySix.restart();
    this.#fiftyTwo.restart();
    this.#aheadA.fill(NaN);
    this.#aheadB.fill(NaN);
    this.#place = 0;
  }

  next(high: number, low: number): void {
    this.conversion = this.#nine.next(high, low).middle;
    this.base = this.#twentySix.next(high, low).middle;
    this.leadA = (this.conversion + this.base) / 2;
    this.leadB = this.#fiftyTwo.next(high, low).middle;
    this.spanA = this.#aheadA[this.#place]!;
    this.spanB = this.#aheadB[this.#place]!;
    this.#aheadA[this.#place] = this.leadA;
    this.#aheadB[this.#place] = this.leadB;
    if (++this.#place === Ichimoku.SHIFT) this.#place = 0;
  }
}
