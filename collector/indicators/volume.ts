/** Indicators of the volume. */
import {
  type Bars,
  type Calculation,
  indicator,
  type Memory,
} from "./indicator.ts";

/** On-balance volume as TA-Lib counts it: from the volume of the segment's first bar on. */
export class Obv implements Calculation {
  #before = NaN;
  #value = 0;

  restart(): void {
    this.#before = NaN;
  }

  remember(memory: Memory): void {
    this.#before = memory.number(this.#before);
    this.#value = memory.number(this.#value);
  }

  run(
    { close, volume }: Bars,
    from: number,
    to: number,
    [out]: Float64Array[],
  ): void {
    for (let i = from; i < to; i++) {
      out![i] = this.next(close[i]!, volume[i]!);
    }
  }

  next(close: number, volume: number): number {
    if (Number.isNaN(this.#before)) this.#value = volume;
    else if (close > this.#before) this.#value += volume;
    else if (close < this.#before) this.#value -= volume;
    this.#before = close;
    return this.#value;
  }
}

/**
 * Volume-weighted average of the typical price since midnight UTC. It is known
 * only where every bar since then is: from a gap to the next midnight it is NaN.
 */
export class SessionVwap implements Calculation {
  #value = NaN;
  #volume = NaN;

  restart(): void {
    this.#value = this.#volume = NaN;
  }

  remember(memory: Memory): void {
    this.#value = memory.number(this.#value);
    this.#volume = memory.number(this.#volume);
  }

  run(bars: Bars, from: number, to: number, [out]: Float64Array[]): void {
    const { high, low, close, volume, midnight } = bars;
    for (let i = from; i < to; i++) {
      out![i] = this.next(
        (high[i]! + low[i]! + close[i]!) / 3,
        volume[i]!,
        midnight[i] === 1,
      );
    }
  }

  /** @param midnight whether the bar opens at 00:00 UTC. */
  next(typical: number, volume: number, midnight: boolean): number {
    if (midnight) this.#value = this.#volume = 0;
    this.#value += typical * volume;
    this.#volume += volume;
    return this.#volume > 0 ? this.#value / this.#volume : NaN;
  }
}

/** Volume-weighted average of the typical price of the last `period` bars; NaN where nothing was traded. */
export class RollingVwap implements Calculation {
  readonly #values: Float64Array;
  readonly #volumes: Float64Array;
  #value = 0;
  #volume = 0;
  #traded = 0;
  #count = 0;
  #place = 0;

  /** @param period in bars. */
  constructor(readonly period: number) {
    this.#values = new Float64Array(period);
    this.#volumes = new Float64Array(period);
  }

  restart(): void {
    this.#value =
      this.#volume =
      this.#traded =
      this.#count =
      this.#place =
        0;
    this.#values.fill(0);
    this.#volumes.fill(0);
  }

  remember(memory: Memory): void {
    this.#value = memory.number(this.#value);
    this.#volume = memory.number(this.#volume);
    this.#traded = memory.number(this.#traded);
    this.#count = memory.number(this.#count);
    this.#place = memory.number(this.#place);
    memory.values(this.#values);
    memory.values(this.#volumes);
  }

  run(bars: Bars, from: number, to: number, [out]: Float64Array[]): void {
    const { high, low, close, volume } = bars;
    for (let i = from; i < to; i++) {
      out![i] = this.next((high[i]! + low[i]! + close[i]!) / 3, volume[i]!);
    }
  }

  next(typical: number, volume: number): number {
    const place = this.#place;
    const left = this.#volumes[place]!;
    this.#value += typical * volume - this.#values[place]!;
    this.#volume += volume - left;
    this.#traded += Number(volume > 0) - Number(left > 0);
    this.#values[place] = typical * volume;
    this.#volumes[place] = volume;
    if (++this.#place === this.period) {
      this.#place = this.#value = this.#volume = 0;
      // Summed afresh once a round, or their rounding would pile up.
      for (let i = 0; i < this.period; i++) {
        this.#value += this.#values[i]!;
        this.#volume += this.#volumes[i]!;
      }
    }
    if (this.#count < this.period && ++this.#count < this.period) return NaN;
    return this.#traded > 0 && this.#volume > 0
      ? this.#value / this.#volume
      : NaN;
  }
}

export const obv = indicator({
  id: "obv",
  name: { en: "OBV", ko: "OBV" },
  inputs: ["close", "volume"],
  parameters: [],
  columns: {
    obv: {
      warmup: 0,
      digits: 6,
      meaning: "in the base coin, from the segment's first bar on",
    },
  },
  drawn: { bounds: [], decimals: null },
  talib: { name: "OBV" },
  start: () => new Obv(),
});

/** TA-Lib's VWAP runs over all that it is given; a session of it is one day. */
export const vwap = indicator({
  id: "vwap",
  name: { en: "VWAP of the day", ko: "당일 VWAP" },
  inputs: ["high", "low", "close", "volume"],
  parameters: [],
  columns: {
    vwap: {
      warmup: 0,
      digits: 7,
      meaning: "since 00:00 UTC; null from a gap to the next midnight",
    },
  },
  drawn: { over: "lines", series: 2 },
  start: () => new SessionVwap(),
});

export const vwap240 = indicator({
  id: "vwap240",
  name: { en: "VWAP", ko: "VWAP" },
  inputs: ["high", "low", "close", "volume"],
  parameters: [240],
  columns: { vwap240: { warmup: 239, digits: 7 } },
  drawn: { over: "lines", series: 5 },
  start: (period) => new RollingVwap(period),
});
