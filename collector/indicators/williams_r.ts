/** Williams %R, by TA-Lib's definition. */
import { Extremes } from "./extremes.ts";
import {
  type Bars,
  type Calculation,
  indicator,
  type Memory,
} from "./indicator.ts";

/** Where the close stands in the range of the last bars: 0 at its top, −100 at its bottom; 0 where nothing moved. */
export class WilliamsR implements Calculation {
  readonly #extremes: Extremes;

  /** @param period in bars. */
  constructor(period: number) {
    this.#extremes = new Extremes(period);
  }

  restart(): void {
    this.#extremes.restart();
  }

  remember(memory: Memory): void {
    this.#extremes.remember(memory);
  }

  run(bars: Bars, from: number, to: number, [out]: Float64Array[]): void {
    const { highest, lowest } = this.#extremes.run(bars, from, to);
    const { close } = bars;
    for (let i = from; i < to; i++) {
      const high = highest[i - from]!;
      const range = (high - lowest[i - from]!) / -100;
      // Adding zero makes 0 of −0, which a reader would see.
      out![i] = range === 0 ? 0 : (high - close[i]!) / range + 0;
    }
  }
}

export const williamsR = indicator({
  id: "williams_r",
  name: { en: "Williams %R", ko: "윌리엄스 %R" },
  inputs: ["high", "low", "close"],
  parameters: [14],
  columns: { willr14: { warmup: 13, digits: 3 } },
  drawn: { bounds: [-80, -20], domain: [-100, 0], decimals: 1 },
  talib: { name: "WILLR" },
  start: (period) => new WilliamsR(period),
});
