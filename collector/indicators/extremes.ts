/** Highest highs and lowest lows, and what is made of them. */
import { type Bars, type Calculation, indicator } from "./indicator.ts";

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
 * Ichimoku, of 9, 26 and 52 bars. What is drawn ahead is given twice, each time
 * as known when the bar closed: `leadA` and `leadB` are made of the bars up to
 * this one and are drawn 26 bars later; `spanA` and `spanB` were made 26 bars
 * ago and are the cloud over this bar. The lagging line is this bar's close
 * drawn 26 bars back: it has no column, for beside the older bar it would be
 * the future.
 */
export class Ichimoku implements Calculation {
  readonly #short: Extremes;
  readonly #middle: Extremes;
  readonly #long: Extremes;
  readonly #aheadA: Float64Array;
  readonly #aheadB: Float64Array;
  #place = 0;
  conversion = NaN;
  base = NaN;
  leadA = NaN;
  leadB = NaN;
  spanA = NaN;
  spanB = NaN;

  /** @param middle in bars, as the others, and so far ahead the cloud is drawn. */
  constructor(short: number, readonly middle: number, long: number) {
    this.#short = new Extremes(short);
    this.#middle = new Extremes(middle);
    this.#long = new Extremes(long);
    this.#aheadA = new Float64Array(middle);
    this.#aheadB = new Float64Array(middle);
  }

  restart(): void {
    this.#short.restart();
    this.#middle.restart();
    this.#long.restart();
    this.#aheadA.fill(NaN);
    this.#aheadB.fill(NaN);
    this.#place = 0;
  }

  run(
    { high, low }: Bars,
    from: number,
    to: number,
    out: Float64Array[],
  ): void {
    const [conversion, base, leadA, leadB, spanA, spanB] = out;
    for (let i = from; i < to; i++) {
      this.next(high[i]!, low[i]!);
      conversion![i] = this.conversion;
      base![i] = this.base;
      leadA![i] = this.leadA;
      leadB![i] = this.leadB;
      spanA![i] = this.spanA;
      spanB![i] = this.spanB;
    }
  }

  next(high: number, low: number): void {
    this.conversion = this.#short.next(high, low).middle;
    this.base = this.#middle.next(high, low).middle;
    this.leadA = (this.conversion + this.base) / 2;
    this.leadB = this.#long.next(high, low).middle;
    this.spanA = this.#aheadA[this.#place]!;
    this.spanB = this.#aheadB[this.#place]!;
    this.#aheadA[this.#place] = this.leadA;
    this.#aheadB[this.#place] = this.leadB;
    if (++this.#place === this.middle) this.#place = 0;
  }
}

export const ichimoku = indicator({
  id: "ichimoku",
  name: { en: "Ichimoku", ko: "일목균형표" },
  inputs: ["high", "low"],
  parameters: [9, 26, 52],
  columns: {
    ichimoku_conversion: { warmup: 8, digits: 7, meaning: "conversion line" },
    ichimoku_base: { warmup: 25, digits: 7, meaning: "base line" },
    ichimoku_lead_a: {
      warmup: 25,
      meaning: "leading span A, drawn 26 bars later",
    },
    ichimoku_lead_b: {
      warmup: 51,
      meaning: "leading span B, drawn 26 bars later",
    },
    ichimoku_span_a: {
      warmup: 51,
      digits: 7,
      meaning: "cloud over this bar, edge A, made 26 bars ago",
    },
    ichimoku_span_b: {
      warmup: 77,
      digits: 7,
      meaning: "cloud over this bar, edge B, made 26 bars ago",
    },
  },
  drawn: { over: "cloud", series: 3 },
  start: (short, middle, long) => new Ichimoku(short, middle, long),
});
