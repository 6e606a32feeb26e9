/**
 * Moving averages and bands, by TA-Lib's definitions, seeds and order of
 * operations. Every class takes one value a bar, gives NaN during its warm-up
 * and starts anew after `restart()`.
 */
import {
  type Bars,
  type Calculation,
  indicator,
  type Memory,
  type OneColumn,
} from "./indicator.ts";

/** Simple moving average: a running sum, as TA-Lib keeps it. */
export class Sma implements Calculation {
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

  remember(memory: Memory): void {
    this.#sum = memory.number(this.#sum);
    this.#count = memory.number(this.#count);
    this.#place = memory.number(this.#place);
    memory.values(this.#values);
  }

  run({ close }: Bars, from: number, to: number, [out]: Float64Array[]): void {
    for (let i = from; i < to; i++) out![i] = this.next(close[i]!);
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
export class Ema implements Calculation {
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

  remember(memory: Memory): void {
    this.#sum = memory.number(this.#sum);
    this.#count = memory.number(this.#count);
    this.#value = memory.number(this.#value);
  }

  run({ close }: Bars, from: number, to: number, [out]: Float64Array[]): void {
    for (let i = from; i < to; i++) out![i] = this.next(close[i]!);
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

/** Moving average convergence/divergence. */
export class Macd implements Calculation {
  #bars = 0;
  readonly #fast: Ema;
  readonly #slow: Ema;
  readonly #signal: Ema;
  /** Fast minus slow average; NaN until the signal is known. */
  macd = NaN;
  /** Average of the difference. */
  signal = NaN;

  /** @param fast in bars, as the others; at most `slow`. */
  constructor(fast: number, slow: number, signal: number) {
    this.#fast = new Ema(fast);
    this.#slow = new Ema(slow);
    this.#signal = new Ema(signal);
  }

  restart(): void {
    this.#bars = 0;
    this.#fast.restart();
    this.#slow.restart();
    this.#signal.restart();
    this.macd = this.signal = NaN;
  }

  remember(memory: Memory): void {
    this.#bars = memory.number(this.#bars);
    this.macd = memory.number(this.macd);
    this.signal = memory.number(this.signal);
    this.#fast.remember(memory);
    this.#slow.remember(memory);
    this.#signal.remember(memory);
  }

  run(
    { close }: Bars,
    from: number,
    to: number,
    [macd, signal, difference]: Float64Array[],
  ): void {
    for (let i = from; i < to; i++) {
      this.next(close[i]!);
      macd![i] = this.macd;
      signal![i] = this.signal;
      difference![i] = this.macd - this.signal;
    }
  }

  next(value: number): void {
    // Both averages start at one bar: the fast one is seeded with the bars before it alone.
    const { period } = this.#slow;
    const fast = this.#bars >= period - this.#fast.period
      ? this.#fast.next(value)
      : NaN;
    const slow = this.#slow.next(value);
    if (this.#bars++ < period - 1) return;
    this.signal = this.#signal.next(fast - slow);
    this.macd = Number.isNaN(this.signal) ? NaN : fast - slow;
  }
}

/** Some population deviations of the last `period` values: half of Bollinger's band. */
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
  constructor(readonly period: number, readonly deviations: number) {
    this.#values = new Float64Array(period);
  }

  restart(): void {
    this.#count = this.#place = 0;
  }

  remember(memory: Memory): void {
    this.#count = memory.number(this.#count);
    this.#place = memory.number(this.#place);
    this.#anchor = memory.number(this.#anchor);
    this.#sum = memory.number(this.#sum);
    this.#squares = memory.number(this.#squares);
    this.#largest = memory.number(this.#largest);
    memory.values(this.#values);
  }

  /** So many times the deviation. */
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
    return total > 0 ? this.deviations * Math.sqrt(total / period) : 0;
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

/** Mean and some deviations to either side: upper, middle and lower edge; of two arrays, upper and lower. */
class Bollinger implements Calculation {
  readonly #mean: Sma;
  readonly #width: BandWidth;

  constructor(period: number, deviations: number) {
    this.#mean = new Sma(period);
    this.#width = new BandWidth(period, deviations);
  }

  restart(): void {
    this.#mean.restart();
    this.#width.restart();
  }

  remember(memory: Memory): void {
    this.#mean.remember(memory);
    this.#width.remember(memory);
  }

  run({ close }: Bars, from: number, to: number, out: Float64Array[]): void {
    const upper = out[0]!, lower = out.at(-1)!;
    const middle = out.length > 2 ? out[1] : undefined;
    for (let i = from; i < to; i++) {
      const mean = this.#mean.next(close[i]!);
      const width = this.#width.next(close[i]!);
      upper[i] = mean + width;
      if (middle) middle[i] = mean;
      lower[i] = mean - width;
    }
  }
}

const simple = <Period extends number>(period: Period, series: number) =>
  indicator({
    id: `sma${period}`,
    name: { en: "SMA", ko: "SMA" },
    inputs: ["close"],
    parameters: [period],
    columns: {
      [`sma${period}`]: { warmup: period - 1, digits: 8 },
    } as OneColumn<`sma${Period}`>,
    drawn: { over: "lines", series },
    talib: { name: "SMA" },
    start: (period) => new Sma(period),
  });

const exponential = <Period extends number>(period: Period, series: number) =>
  indicator({
    id: `ema${period}`,
    name: { en: "EMA", ko: "EMA" },
    inputs: ["close"],
    parameters: [period],
    columns: {
      [`ema${period}`]: { warmup: period - 1, digits: 8 },
    } as OneColumn<`ema${Period}`>,
    drawn: { over: "lines", series },
    talib: { name: "EMA" },
    start: (period) => new Ema(period),
  });

export const sma20 = simple(20, 1);
export const sma60 = simple(60, 3);
export const sma240 = simple(240, 4);
export const ema12 = exponential(12, 5);
export const ema26 = exponential(26, 2);

export const bollinger = indicator({
  id: "bollinger",
  name: { en: "Bollinger", ko: "볼린저 밴드" },
  inputs: ["close"],
  parameters: [20, 2],
  columns: {
    bb_upper: { warmup: 19, digits: 8, meaning: "upper band" },
    bb_middle: { warmup: 19, meaning: "mean" },
    bb_lower: { warmup: 19, digits: 8, meaning: "lower band" },
  },
  drawn: { over: "band", series: 0 },
  talib: { name: "BBANDS", arguments: [20, 2, 2] },
  start: (period, deviations) => new Bollinger(period, deviations),
});

/** Four hours of minutes; its middle is the column sma240. */
export const bollinger240 = indicator({
  id: "bollinger240",
  name: { en: "Bollinger", ko: "볼린저 밴드" },
  inputs: ["close"],
  parameters: [240, 2],
  columns: {
    bb240_upper: { warmup: 239, digits: 7, meaning: "upper band" },
    bb240_lower: { warmup: 239, digits: 7, meaning: "lower band" },
  },
  drawn: { over: "band", series: 4 },
  talib: {
    name: "BBANDS",
    arguments: [240, 2, 2],
    results: ["bb240_upper", null, "bb240_lower"],
  },
  start: (period, deviations) => new Bollinger(period, deviations),
});

export const macd = indicator({
  id: "macd",
  name: { en: "MACD", ko: "MACD" },
  inputs: ["close"],
  parameters: [12, 26, 9],
  columns: {
    macd: { warmup: 33, digits: 5, meaning: "fast minus slow average" },
    macd_signal: { warmup: 33, digits: 5, meaning: "its average" },
    macd_hist: { warmup: 33, digits: 5, meaning: "macd minus macd_signal" },
  },
  drawn: { bounds: [0], decimals: null, bars: "macd_hist" },
  talib: { name: "MACD" },
  start: (fast, slow, signal) => new Macd(fast, slow, signal),
});
