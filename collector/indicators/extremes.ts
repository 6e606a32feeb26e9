/** Highest highs and lowest lows, and what is made of them. */
import {
  type Bars,
  type Calculation,
  indicator,
  type Memory,
} from "./indicator.ts";

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
  /** Of the bars that were run last, from 0 on; NaN during the warm-up. */
  highest = new Float64Array(0);
  /** As `highest`. */
  lowest = new Float64Array(0);

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
  }

  remember(memory: Memory): void {
    this.#count = memory.number(this.#count);
    this.#place = memory.number(this.#place);
    this.#top = memory.number(this.#top);
    this.#bottom = memory.number(this.#bottom);
    memory.values(this.#highs);
    memory.values(this.#lows);
  }

  /** Fills `highest` and `lowest` for the bars `from` to `to` (exclusive). */
  run({ high, low }: Bars, from: number, to: number): this {
    if (this.highest.length < to - from) {
      this.highest = new Float64Array(to - from);
      this.lowest = new Float64Array(to - from);
    }
    const { period, highest, lowest } = this;
    const highs = this.#highs, lows = this.#lows;
    let count = this.#count, place = this.#place;
    let top = this.#top, bottom = this.#bottom;
    for (let i = from; i < to; i++) {
      const up = high[i]!, down = low[i]!;
      highs[place] = up;
      lows[place] = down;
      if (count === 0) top = bottom = place;
      // Only where the extreme itself has left is there anything to look for.
      if (top === place) {
        for (let j = 0; j < period; j++) if (highs[j]! > highs[top]!) top = j;
      } else if (up >= highs[top]!) top = place;
      if (bottom === place) {
        for (let j = 0; j < period; j++) {
          if (lows[j]! < lows[bottom]!) bottom = j;
        }
      } else if (down <= lows[bottom]!) bottom = place;
      if (++place === period) place = 0;
      if (count < period) count++;
      const known = count === period;
      highest[i - from] = known ? highs[top]! : NaN;
      lowest[i - from] = known ? lows[bottom]! : NaN;
    }
    this.#count = count;
    this.#place = place;
    this.#top = top;
    this.#bottom = bottom;
    return this;
  }

  /** As `run`, and half way between the two into `out`. */
  middles(bars: Bars, from: number, to: number, out: Float64Array): void {
    const { highest, lowest } = this.run(bars, from, to);
    for (let i = from; i < to; i++) {
      out[i] = (highest[i - from]! + lowest[i - from]!) / 2;
    }
  }
}

/**
 * Ichimoku, of 9, 26 and 52 bars. What is drawn ahead is given twice, each time
 * as known when the bar closed: the leads are made of the bars up to
 * this one and are drawn 26 bars later; the spans were made 26 bars
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

  remember(memory: Memory): void {
    this.#place = memory.number(this.#place);
    this.#short.remember(memory);
    this.#middle.remember(memory);
    this.#long.remember(memory);
    memory.values(this.#aheadA);
    memory.values(this.#aheadB);
  }

  run(bars: Bars, from: number, to: number, out: Float64Array[]): void {
    const [conversion, base, leadA, leadB, spanA, spanB] = out as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    this.#short.middles(bars, from, to, conversion);
    this.#middle.middles(bars, from, to, base);
    this.#long.middles(bars, from, to, leadB);
    const aheadA = this.#aheadA, aheadB = this.#aheadB;
    let place = this.#place;
    for (let i = from; i < to; i++) {
      leadA[i] = (conversion[i]! + base[i]!) / 2;
      spanA[i] = aheadA[place]!;
      spanB[i] = aheadB[place]!;
      aheadA[place] = leadA[i]!;
      aheadB[place] = leadB[i]!;
      if (++place === this.middle) place = 0;
    }
    this.#place = place;
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
