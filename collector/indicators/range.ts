/** Indicators of the true range, by TA-Lib's definitions, seeds and order of operations. */
import {
  type Bars,
  type Calculation,
  indicator,
  type Memory,
} from "./indicator.ts";

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

  remember(memory: Memory): void {
    this.#before = memory.number(this.#before);
    this.#count = memory.number(this.#count);
    this.#value = memory.number(this.#value);
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

  remember(memory: Memory): void {
    this.#high = memory.number(this.#high);
    this.#low = memory.number(this.#low);
    this.#close = memory.number(this.#close);
    this.#plus = memory.number(this.#plus);
    this.#minus = memory.number(this.#minus);
    this.#range = memory.number(this.#range);
    this.#value = memory.number(this.#value);
    this.#bars = memory.number(this.#bars);
  }

  run(
    { high, low, close }: Bars,
    from: number,
    to: number,
    [out]: Float64Array[],
  ): void {
    const { period } = this;
    let highBefore = this.#high, lowBefore = this.#low;
    let closeBefore = this.#close, bars = this.#bars, value = this.#value;
    let plus = this.#plus, minus = this.#minus, range = this.#range;
    for (let i = from; i < to; i++) {
      const up = high[i]! - highBefore, down = lowBefore - low[i]!;
      const one = trueRange(high[i]!, low[i]!, closeBefore);
      highBefore = high[i]!;
      lowBefore = low[i]!;
      closeBefore = close[i]!;
      out![i] = NaN;
      // The first bar has nothing before it.
      if (bars++ === 0) continue;
      if (bars > period) {
        minus -= minus / period;
        plus -= plus / period;
        range -= range / period;
      }
      if (down > 0 && up < down) minus += down;
      else if (up > 0 && up > down) plus += up;
      range += one;
      if (bars <= period) continue;
      const moved = movement(plus, minus, range);
      if (!Number.isNaN(moved)) {
        if (bars <= 2 * period) value += moved;
        else value = (value * (period - 1) + moved) / period;
      }
      if (bars === 2 * period) value /= period;
      if (bars >= 2 * period) out![i] = value;
    }
    this.#high = highBefore;
    this.#low = lowBefore;
    this.#close = closeBefore;
    this.#bars = bars;
    this.#value = value;
    this.#plus = plus;
    this.#minus = minus;
    this.#range = range;
  }
}

/** DX, 100 · |+DI − −DI| / (+DI + −DI); NaN where nothing moved: the index stays as it is. */
function movement(plus: number, minus: number, range: number): number {
  if (range < 1e-14) return NaN;
  const down = 100 * (minus / range), up = 100 * (plus / range);
  const total = down + up;
  return total < 1e-14 ? NaN : 100 * (Math.abs(down - up) / total);
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
