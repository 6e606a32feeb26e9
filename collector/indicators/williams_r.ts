/** Williams %R, by TA-Lib's definition. */
import { Extremes } from "./extremes.ts";
import { type Bars, type Calculation, indicator } from "./indicator.ts";

/** Where the close stands in the range of the last bars: 0 at its top, −100 at its bottom. */
export class WilliamsR implements Calculation {
  readonly #extremes: Extremes;

  /** @param period in bars. */
  constructor(period: number) {
    this.#extremes = new Extremes(period);
  }

  restart(): void {
    this.#extremes.restart();
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

  /** The value with this bar in it; 0 where nothing moved. */
  next(high: number, low: number, close: number): number {
    const { highest, lowest } = this.#extremes.next(high, low);
    const range = (highest - lowest) / -100;
    // Adding zero makes 0 of −0, which a reader would see.
    return range === 0 ? 0 : (highest - close) / range + 0;
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
