/**
 * Moving averages and bands, by TA-Lib's definitions, seeds and order of
 * operations. Every class takes one value a bar, gives NaN during its warm-up
 * and starts anew after `restart()`.
 */

/** Simple moving average: a running sum, as TA-Lib keeps it. */
export class Sma {
  readonly #values: Float64Array;
  #sum = 0;
  #count = 0;
  #place = 0;

  /** @param period in bars. */
  constructor(readonly period: number) {
    this.#values = new Float64Array(period);
  }

  restart(): void {
    this.#sum = this.#count = this.#place = 0;
  }

  /** The mean of the last `period` values. */
  next(value: number): number {
    const { period } = this;
    this.#sum += value;
    this.#values[this.#place] = value;
    if (++this.#place === period) this.#place = 0;
    if (this.#count < period - 1) {
      this.#count++;
      return NaN;
    }
    const mean = this.#sum / period;
    this.#sum -= this.#values[this.#place]!;
    return mean;
  }
}

/** Exponential moving average: seeded with the mean of its first `period` values. */
export class Ema {
  #sum = 0;
  #count = 0;
  #value = NaN;
  readonly #weight: number;

  /** @param period in bars; the weight of a new value is 2 / (period + 1). */
  constructor(readonly period: number) {
    this.#weight = 2 / (period + 1);
  }

  restart(): void {
    this.#sum = this.#count = 0;
    this.#value = NaN;
  }

  /** The average with `value` in it. */
  next(value: number): number {
    if (this.#count < this.period) {
      this.#sum += value;
      if (++this.#count === this.period) this.#value = this.#sum / this.period;
    } else {
      this.#value = (value - this.#value) * this.#weight + this.#value;
    }
    return this.#value;
  }
}

/** Moving average convergence/divergence of 12, 26 and 9 bars. */
export class Macd {
  #bars = 0;
  readonly #fast = new Ema(12);
  readonly #slow = new Ema(26);
  readonly #signal = new Ema(9);
  /** Fast minus slow average; NaN until the signal is known. */
  macd = NaN;
  /** Average of the difference. */
  signal = NaN;

  restart(): void {
    this.#bars = 0;
    this.#fast.restart();
    this.#slow.restart();
    this.#signal.restart();
    this.macd = this.signal = NaN;
  }

  next(value: number): void {
    // Both averages start at bar 25: the fast one is seeded with bars 14 to 25.
    const fast = this.#bars >= 14 ? this.#fast.next(value) : NaN;
    const slow = this.#slow.next(value);
    if (this.#bars++ < 25) return;
    this.signal = this.#signal.next(fast - slow);
    this.macd = Number.isNaN(this.signal) ? NaN : fast - slow;
  }
}

/** Two population deviations of the last `period` values: half of Bollinger's band. */
export class BandWidth {
  readonly #values: Float64Array;
  #count = 0;
  #place = 0;
  // Sums of distances from `#anchor`, a value of the window: the squares of
  // prices themselves would leave no digit of a small variance.
  #anchor = 0;
  #sum = 0;
  #squares = 0;
  /** The largest sum of squares since the sums were made. */
  #largest = 0;

  /** @param period in bars. */
  constructor(readonly period: number) {
    this.#values = new Float64Array(period);
  }

  restart(): void {
    this.#count = this.#place = 0;
  }

  /** Twice the deviation. */
  next(value: number): number {
    const { period } = this;
    const left = this.#values[this.#place]!;
    this.#values[this.#place] = value;
    if (++this.#place === period) this.#place = 0;
    if (this.#count < period) {
      if (++this.#count < period) return NaN;
      this.#measure(value);
    } else if (this.#place === 0) {
      // Once a round the sums are made afresh, or their rounding would pile up.
      this.#measure(value);
    } else {
      const away = left - this.#anchor, here = value - this.#anchor;
      this.#sum += here - away;
      this.#squares += here * here - away * away;
      this.#largest = Math.max(this.#largest, this.#squares);
    }
    let total = this.#squares - this.#sum * this.#sum / period;
    if (total < 1e-4 * this.#largest) {
      // Something large has left the window and taken the digits with it.
      this.#measure(value);
      total = this.#squares - this.#sum * this.#sum / period;
    }
    return total > 0 ? 2 * Math.sqrt(total / period) : 0;
  }

  #measure(anchor: number): void {
    let mean = 0;
    for (const value of this.#values) mean += value - anchor;
    this.#anchor = anchor += mean / this.period;
    let sum = 0, squares = 0;
    for (const value of this.#values) {
      const distance = value - anchor;
      sum += distance;
      squares += distance * distance;
    }
    this.#sum = sum;
    this.#squares = this.#largest = squares;
  }
}
