/** Oscillators, by TA-Lib's definitions, seeds and order of operations. */
import { Sma } from "./averages.ts";
import { Extremes, isNothing } from "./extremes.ts";
import { type Bars, type Calculation, indicator } from "./indicator.ts";

/** Wilder's relative strength index, 0 to 100. */
export class Rsi implements Calculation {
  #gain = 0;
  #loss = 0;
  #changes = 0;
  #before = NaN;

  /** @param period in changes. */
  constructor(readonly period: number) {}

  restart(): void {
    this.#gain = this.#loss = this.#changes = 0;
    this.#before = NaN;
  }

  run({ close }: Bars, from: number, to: number, [out]: Float64Array[]): void {
    for (let i = from; i < to; i++) out![i] = this.next(close[i]!);
  }

  /** The index with `value` in it; NaN until `period` changes are known; 0 where nothing moved. */
  next(value: number): number {
    const change = value - this.#before;
    this.#before = value;
    if (Number.isNaN(change)) return NaN;
    const { period } = this;
    const warm = this.#changes >= period;
    if (warm) {
      this.#gain *= period - 1;
      this.#loss *= period - 1;
    } else {
      this.#changes++;
    }
    if (change < 0) this.#loss -= change;
    else this.#gain += change;
    if (!warm && this.#changes < period) return NaN;
    this.#gain /= period;
    this.#loss /= period;
    const total = this.#gain + this.#loss;
    // TA-Lib takes less than this for zero.
    return total < 1e-14 ? 0 : 100 * (this.#gain / total);
  }
}

/**
 * The share of the rises in all movement of the last `period` changes,
 * AU / (AU + AD), 0 to 1; 0.7 and 0.3 are its usual bounds. Not TA-Lib's: plain
 * sums, nothing smoothed.
 */
export class UpShare implements Calculation {
  readonly #changes: Float64Array;
  #before = NaN;
  #count = 0;
  #place = 0;
  #up = 0;
  #down = 0;
  /** Changes of the window that are not zero. */
  #moves = 0;

  /** @param period in changes. */
  constructor(readonly period: number) {
    this.#changes = new Float64Array(period);
  }

  restart(): void {
    this.#before = NaN;
    this.#count =
      this.#place =
      this.#up =
      this.#down =
      this.#moves =
        0;
    this.#changes.fill(0);
  }

  run({ close }: Bars, from: number, to: number, [out]: Float64Array[]): void {
    for (let i = from; i < to; i++) out![i] = this.next(close[i]!);
  }

  /** The share with `value` in it; NaN until `period` changes are known and where nothing moved. */
  next(value: number): number {
    const change = value - this.#before;
    this.#before = value;
    if (Number.isNaN(change)) return NaN;
    const left = this.#changes[this.#place]!;
    this.#changes[this.#place] = change;
    this.#moves += Number(change !== 0) - Number(left !== 0);
    if (++this.#place === this.period) {
      this.#place = this.#up = this.#down = 0;
      // Summed afresh once a round: nothing is left of what is long gone.
      for (const each of this.#changes) {
        if (each > 0) this.#up += each;
        else this.#down -= each;
      }
    } else {
      this.#up += Math.max(change, 0) - Math.max(left, 0);
      this.#down += Math.max(-change, 0) - Math.max(-left, 0);
    }
    if (this.#count < this.period && ++this.#count < this.period) return NaN;
    if (this.#moves === 0) return NaN;
    const up = Math.max(this.#up, 0), down = Math.max(this.#down, 0);
    return up / (up + down);
  }
}

/** Commodity channel index: (TP − mean) / (0.015 · mean absolute deviation), TP = (H + L + C) / 3. */
export class Cci implements Calculation {
  readonly #typical: Float64Array;
  #count = 0;
  #place = 0;

  /** @param period in bars. */
  constructor(readonly period: number) {
    this.#typical = new Float64Array(period);
  }

  restart(): void {
    this.#count = this.#place = 0;
  }

  run(
    { high, low, close }: Bars,
    from: number,
    to: number,
    [out]: Float64Array[],
  ): void {
    for (let i = from; i < to; i++) {
      out![i] = this.next((high[i]! + low[i]! + close[i]!) / 3);
    }
  }

  /** The index with this bar in it; 0 where nothing moved. */
  next(typical: number): number {
    const { period } = this;
    const values = this.#typical;
    values[this.#place] = typical;
    if (++this.#place === period) this.#place = 0;
    if (this.#count < period && ++this.#count < period) return NaN;
    // In the order of their places, not of their times: so TA-Lib rounds.
    let mean = 0;
    for (let i = 0; i < period; i++) mean += values[i]!;
    mean /= period;
    let deviation = 0;
    for (let i = 0; i < period; i++) deviation += Math.abs(values[i]! - mean);
    deviation /= period;
    const distance = typical - mean, scale = Math.abs(mean);
    return isNothing(distance, scale) || isNothing(deviation, scale)
      ? 0
      : distance / (0.015 * deviation);
  }
}

/** Slow stochastic, 0 to 100. */
export class Stochastic implements Calculation {
  readonly #extremes: Extremes;
  readonly #slow: Sma;
  readonly #signal: Sma;
  /** %K, once %D is known. */
  k = NaN;
  /** %D, the average of %K. */
  d = NaN;

  /** @param range bars whose extremes count; the others are lengths of averages. */
  constructor(range: number, slow: number, signal: number) {
    this.#extremes = new Extremes(range);
    this.#slow = new Sma(slow);
    this.#signal = new Sma(signal);
  }

  restart(): void {
    this.#extremes.restart();
    this.#slow.restart();
    this.#signal.restart();
    this.k = this.d = NaN;
  }

  run(
    { high, low, close }: Bars,
    from: number,
    to: number,
    [k, d]: Float64Array[],
  ): void {
    for (let i = from; i < to; i++) {
      this.next(high[i]!, low[i]!, close[i]!);
      k![i] = this.k;
      d![i] = this.d;
    }
  }

  next(high: number, low: number, close: number): void {
    const { highest, lowest } = this.#extremes.next(high, low);
    if (Number.isNaN(highest)) return;
    const range = highest - lowest;
    const fast = isNothing(range, Math.abs(highest) + Math.abs(lowest))
      ? 0
      : ((close - lowest) / range) * 100;
    const k = this.#slow.next(fast);
    if (Number.isNaN(k)) return;
    this.d = this.#signal.next(k);
    this.k = Number.isNaN(this.d) ? NaN : k;
  }
}

/** Money flow index, 0 to 100. */
export class Mfi implements Calculation {
  readonly #up: Float64Array;
  readonly #down: Float64Array;
  #before = NaN;
  #count = 0;
  #place = 0;
  #rises = 0;
  #falls = 0;
  /** Bars in a row without any flow. */
  #still = 0;

  /** @param period in bars. */
  constructor(readonly period: number) {
    this.#up = new Float64Array(period);
    this.#down = new Float64Array(period);
  }

  restart(): void {
    this.#before = NaN;
    this.#count =
      this.#place =
      this.#rises =
      this.#falls =
      this.#still =
        0;
    this.#up.fill(0);
    this.#down.fill(0);
  }

  run(bars: Bars, from: number, to: number, [out]: Float64Array[]): void {
    const { high, low, close, volume } = bars;
    for (let i = from; i < to; i++) {
      out![i] = this.next((high[i]! + low[i]! + close[i]!) / 3, volume[i]!);
    }
  }

  /** The index with this bar in it; 0 where no money moved. */
  next(typical: number, volume: number): number {
    const before = this.#before;
    this.#before = typical;
    const change = typical - before;
    if (Number.isNaN(change)) return NaN;
    const { period } = this;
    const place = this.#place;
    this.#rises -= this.#up[place]!;
    this.#falls -= this.#down[place]!;
    const flow = isNothing(change, Math.abs(typical) + Math.abs(before))
      ? 0
      : typical * volume;
    const up = change < 0 ? 0 : flow, down = change < 0 ? flow : 0;
    this.#up[place] = up;
    this.#down[place] = down;
    this.#rises += up;
    this.#falls += down;
    this.#still = flow === 0 ? this.#still + 1 : 0;
    // Running sums leave a rest where they should be zero.
    if (this.#still >= period) this.#rises = this.#falls = 0;
    if (++this.#place === period) this.#place = 0;
    if (this.#count < period && ++this.#count < period) return NaN;
    const total = this.#rises + this.#falls;
    if (total <= 0) return 0;
    return 100 * (Math.min(Math.max(this.#rises, 0), total) / total);
  }
}

export const rsi = indicator({
  id: "rsi",
  name: { en: "RSI", ko: "RSI" },
  inputs: ["close"],
  parameters: [14],
  columns: { rsi14: { warmup: 14, digits: 4 } },
  drawn: { bounds: [30, 70], domain: [0, 100], decimals: 1 },
  talib: { name: "RSI" },
  start: (period) => new Rsi(period),
});

export const upShare = indicator({
  id: "up_share",
  name: { en: "Share of rises", ko: "상승 비율" },
  inputs: ["close"],
  parameters: [240],
  columns: {
    up_share240: {
      warmup: 240,
      digits: 3,
      meaning: "AU / (AU + AD), 0 to 1",
    },
  },
  drawn: { bounds: [0.5], decimals: 2 },
  start: (period) => new UpShare(period),
});

export const cci = indicator({
  id: "cci",
  name: { en: "CCI", ko: "CCI" },
  inputs: ["high", "low", "close"],
  parameters: [20],
  columns: { cci20: { warmup: 19, digits: 4 } },
  drawn: { bounds: [-100, 100], decimals: 0 },
  talib: { name: "CCI" },
  start: (period) => new Cci(period),
});

export const stoch = indicator({
  id: "stoch",
  name: { en: "Stochastic", ko: "스토캐스틱" },
  inputs: ["high", "low", "close"],
  parameters: [14, 3, 3],
  columns: {
    stoch_k: { warmup: 17, digits: 3, meaning: "%K" },
    stoch_d: { warmup: 17, digits: 3, meaning: "%D" },
  },
  drawn: { bounds: [20, 80], domain: [0, 100], decimals: 1 },
  talib: { name: "STOCH", arguments: [14, 3, 0, 3, 0] },
  start: (range, slow, signal) => new Stochastic(range, slow, signal),
});

export const mfi = indicator({
  id: "mfi",
  name: { en: "MFI", ko: "MFI" },
  inputs: ["high", "low", "close", "volume"],
  parameters: [14],
  columns: { mfi14: { warmup: 14, digits: 3 } },
  drawn: { bounds: [20, 80], domain: [0, 100], decimals: 1 },
  talib: { name: "MFI" },
  start: (period) => new Mfi(period),
});
