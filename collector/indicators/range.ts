/** Indicators of the true range, by TA-Lib's definitions, seeds and order of operations. */
import { type Bars, type Calculation, indicator } from "./indicator.ts";

/** The largest of high − low and the distances of both from the close before. */
export function trueRange(high: number, low: number, before: number): number {
  return Math.max(high - low, Math.abs(before - high), Math.abs(before - low));
}

/** Wilder's average true range, in the unit of the price. */
export class Atr implements Calculation {
  #before = NaN;
  #count = 0;
  #value = 0;

  /** @param period in bars. */
  constructor(readonly period: number) {}

  restart(): void {
    this.#before = NaN;
    this.#count = this.#value = 0;
  }

  run(
    { high, low, close }: Bars,
    from: number,
    to: number,
    [out]: Float64Array[],
  ): void {
    for (let i = from; i < to; i++) {
      out![i] = this.next(high[i]!, low[i]!, close[i]!);
    }
  }

  next(high: number, low: number, close: number): number {
    const before = this.#before;
    this.#before = close;
    if (Number.isNaN(before)) return NaN;
    const { period } = this;
    const range = trueRange(high, low, before);
    if (this.#count < period) {
      this.#value += range;
      if (++this.#count < period) return NaN;
    } else {
      this.#value = this.#value * (period - 1) + range;
    }
    return this.#value /= period;
  }
}

/** Wilder's average directional movement index, 0 to 100. */
export class Adx implements Calculation {
  #high = NaN;
  #low = NaN;
  #close = NaN;
  #plus = 0;
  #minus = 0;
  #range = 0;
  #value = 0;
  #bars = 0;

  /** @param period in bars. */
  constructor(readonly period: number) {}

  restart(): void {
    this.#high = this.#low = this.#close = NaN;
    this.#plus =
      this.#minus =
      this.#range =
      this.#value =
      this.#bars =
        0;
  }

  run(
    { high, low, close }: Bars,
    from: number,
    to: number,
    [out]: Float64Array[],
  ): void {
    for (let i = from; i < to; i++) {
      out![i] = this.next(high[i]!, low[i]!, close[i]!);
    }
  }

  next(high: number, low: number, close: number): number {
    const { period } = this;
    const up = high - this.#high, down = this.#low - low;
    const range = trueRange(high, low, this.#close);
    this.#high = high;
    this.#low = low;
    this.#close = close;
    // The first bar has nothing before it.
    if (this.#bars++ === 0) return NaN;
    if (this.#bars > period) {
      this.#minus -= this.#minus / period;
      this.#plus -= this.#plus / period;
      this.#range -= this.#range / period;
    }
    if (down > 0 && up < down) this.#minus += down;
    else if (up > 0 && up > down) this.#plus += up;
    this.#range += range;
    if (this.#bars <= period) return NaN;
    const moved = this.#movement();
    if (this.#bars < 2 * period) {
      if (!Number.isNaN(moved)) this.#value += moved;
      return NaN;
    }
    if (this.#bars === 2 * period) {
      if (!Number.isNaN(moved)) this.#value += moved;
      return this.#value /= period;
    }
    if (!Number.isNaN(moved)) {
      this.#value = (this.#value * (period - 1) + moved) / period;
    }
    return this.#value;
  }

  /** DX, 100 · |+DI − −DI| / (+DI + −DI); NaN where nothing moved: the index stays as it is. */
  #movement(): number {
    if (this.#range < 1e-14) return NaN;
    const minus = 100 * (this.#minus / this.#range);
    const plus = 100 * (this.#plus / this.#range);
    const total = minus + plus;
    return total < 1e-14 ? NaN : 100 * (Math.abs(minus - plus) / total);
  }
}

export const atr = indicator({
  id: "atr",
  name: { en: "ATR", ko: "ATR" },
  inputs: ["high", "low", "close"],
  parameters: [14],
  columns: {
    atr14: { warmup: 14, digits: 4, meaning: "in the price's unit" },
  },
  drawn: { bounds: [], decimals: null },
  talib: { name: "ATR" },
  start: (period) => new Atr(period),
});

export const adx = indicator({
  id: "adx",
  name: { en: "ADX", ko: "ADX" },
  inputs: ["high", "low", "close"],
  parameters: [14],
  columns: { adx14: { warmup: 27, digits: 3 } },
  drawn: { bounds: [25], domain: [0, 100], decimals: 1 },
  talib: { name: "ADX" },
  start: (period) => new Adx(period),
});
