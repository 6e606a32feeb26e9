/** Oscillators, by TA-Lib's definitions, seeds and order of operations. */
import { Sma } from "./averages.ts";
import { Extremes, isNothing } from "./extremes.ts";
import {
  type Bars,
  type Calculation,
  indicator,
  type Memory,
} from "./indicator.ts";

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

  remember(memory: Memory): void {
    this.#gain = memory.number(this.#gain);
    this.#loss = memory.number(this.#loss);
    this.#changes = memory.number(this.#changes);
    this.#before = memory.number(this.#before);
  }

  /** NaN until `period` changes are known; 0 where nothing moved. */
  run({ close }: Bars, from: number, to: number, [out]: Float64Array[]): void {
    const { period } = this;
    let gain = this.#gain, loss = this.#loss;
    let changes = this.#changes, before = this.#before;
    for (let i = from; i < to; i++) {
      const value = close[i]!;
      const change = value - before;
      before = value;
      out![i] = NaN;
      if (Number.isNaN(change)) continue;
      const warm = changes >= period;
      if (warm) {
        gain *= period - 1;
        loss *= period - 1;
      } else {
        changes++;
      }
      if (change < 0) loss -= change;
      else gain += change;
      if (!warm && changes < period) continue;
      gain /= period;
      loss /= period;
      const total = gain + loss;
      // TA-Lib takes less than this for zero.
      out![i] = total < 1e-14 ? 0 : 100 * (gain / total);
    }
    this.#gain = gain;
    this.#loss = loss;
    this.#changes = changes;
    this.#before = before;
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

  remember(memory: Memory): void {
    this.#before = memory.number(this.#before);
    this.#count = memory.number(this.#count);
    this.#place = memory.number(this.#place);
    this.#up = memory.number(this.#up);
    this.#down = memory.number(this.#down);
    this.#moves = memory.number(this.#moves);
    memory.values(this.#changes);
  }

  /** NaN until `period` changes are known and where nothing moved. */
  run({ close }: Bars, from: number, to: number, [out]: Float64Array[]): void {
    const { period } = this;
    const changes = this.#changes;
    let before = this.#before, count = this.#count, place = this.#place;
    let up = this.#up, down = this.#down, moves = this.#moves;
    for (let i = from; i < to; i++) {
      const value = close[i]!;
      const change = value - before;
      before = value;
      out![i] = NaN;
      if (Number.isNaN(change)) continue;
      const left = changes[place]!;
      changes[place] = change;
      moves += Number(change !== 0) - Number(left !== 0);
      if (++place === period) {
        place = up = down = 0;
        // Summed afresh once a round: nothing is left of what is long gone.
        for (let j = 0; j < period; j++) {
          const each = changes[j]!;
          if (each > 0) up += each;
          else down -= each;
        }
      } else {
        up += Math.max(change, 0) - Math.max(left, 0);
        down += Math.max(-change, 0) - Math.max(-left, 0);
      }
      if (count < period && ++count < period || moves === 0) continue;
      const rises = Math.max(up, 0), falls = Math.max(down, 0);
      out![i] = rises / (rises + falls);
    }
    this.#before = before;
    this.#count = count;
    this.#place = place;
    this.#up = up;
    this.#down = down;
    this.#moves = moves;
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

  remember(memory: Memory): void {
    this.#count = memory.number(this.#count);
    this.#place = memory.number(this.#place);
    memory.values(this.#typical);
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
  }

  remember(memory: Memory): void {
    this.#extremes.remember(memory);
    this.#slow.remember(memory);
    this.#signal.remember(memory);
  }

  /** %K, once %D is known, and %D, the average of %K. */
  run(bars: Bars, from: number, to: number, [k, d]: Float64Array[]): void {
    const { highest, lowest } = this.#extremes.run(bars, from, to);
    const { close } = bars;
    for (let i = from; i < to; i++) {
      const high = highest[i - from]!, low = lowest[i - from]!;
      k![i] = d![i] = NaN;
      if (Number.isNaN(high)) continue;
      const range = high - low;
      const fast = isNothing(range, Math.abs(high) + Math.abs(low))
        ? 0
        : ((close[i]! - low) / range) * 100;
      const slow = this.#slow.next(fast);
      if (Number.isNaN(slow)) continue;
      d![i] = this.#signal.next(slow);
      if (!Number.isNaN(d![i]!)) k![i] = slow;
    }
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

  remember(memory: Memory): void {
    this.#before = memory.number(this.#before);
    this.#count = memory.number(this.#count);
    this.#place = memory.number(this.#place);
    this.#rises = memory.number(this.#rises);
    this.#falls = memory.number(this.#falls);
    this.#still = memory.number(this.#still);
    memory.values(this.#up);
    memory.values(this.#down);
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
