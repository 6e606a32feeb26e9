/**
 * The indicators in which each value needs the one before: EMA, MACD, RSI, by
 * TA-Lib's definitions, seeds and order of operations.
 *
 * SQL can say an EMA as window sums, but only to 6e-14 of the price; MACD is a
 * small difference of two EMAs that crosses zero, and there that is far from
 * TA-Lib's digits. So these run as one loop over typed columns.
 */
import {
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBDoubleVector,
  type DuckDBIntegerVector,
} from "@duckdb/node-api";

/** Exponential moving average: seeded with the mean of its first `period` values. */
export class Ema {
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

  /** The average with `value` in it; NaN during the warm-up of `period` − 1 values. */
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

/** Wilder's relative strength index, 0 to 100. */
export class Rsi {
  #gain = 0;
  #loss = 0;
  #changes = 0;
  #before = NaN;

  constructor(readonly period: number) {}

  restart(): void {
    this.#gain = this.#loss = this.#changes = 0;
    this.#before = NaN;
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

/** Moving average convergence/divergence of 12, 26 and 9 bars. */
export class Macd {
  #bars = 0;
  readonly #fast = new Ema(12);
  readonly #slow = new Ema(26);
  readonly #signal = new Ema(9);
  /** Fast minus slow average; NaN until the signal is known. */
  macd = NaN;
  /** Average of the difference. */
  signal = NaN;

  restart(): void {
    this.#bars = 0;
    this.#fast.restart();
    this.#slow.restart();
    this.#signal.restart();
    this.macd = this.signal = NaN;
  }

  next(value: number): void {
    // Both averages start at bar 25: the fast one is seeded with bars 14 to 25.
    const fast = this.#bars >= 14 ? this.#fast.next(value) : NaN;
    const slow = this.#slow.next(value);
    if (this.#bars++ < 25) return;
    this.signal = this.#signal.next(fast - slow);
    this.macd = Number.isNaN(this.signal) ? NaN : fast - slow;
  }
}

const outputs = ["ema12", "ema26", "rsi14", "macd", "macd_signal"] as const;

/**
 * Reads `n` (place in its segment from 1, 0 outside) and `close` of the table
 * `bars` in their order and makes the table `recursions`, whose rows stand
 * beside those of `bars`; NULL where a value is not defined.
 */
export async function recursions(connection: DuckDBConnection): Promise<void> {
  await connection.run(
    `create or replace temp table recursions (${
      outputs.map((name) => `${name} double`).join(", ")
    })`,
  );
  const ema12 = new Ema(12), ema26 = new Ema(26), rsi = new Rsi(14);
  const macd = new Macd();
  const appender = await connection.createAppender(
    "recursions",
    "main",
    "temp",
  );
  const result = await connection.stream("select n, close from bars");
  for (;;) {
    const bars = await result.fetchChunk();
    if (!bars || bars.rowCount === 0) break;
    const rows = bars.rowCount;
    const ns = bars.getColumnVector(0) as DuckDBIntegerVector;
    const closes = bars.getColumnVector(1) as DuckDBDoubleVector;
    const columns = outputs.map(() => new Float64Array(rows).fill(NaN));
    const [a, b, c, d, e] = columns as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    for (let row = 0; row < rows; row++) {
      const n = ns.getItem(row) ?? 0;
      if (n === 0) continue;
      if (n === 1) {
        ema12.restart();
        ema26.restart();
        rsi.restart();
        macd.restart();
      }
      const close = closes.getItem(row)!;
      a[row] = ema12.next(close);
      b[row] = ema26.next(close);
      c[row] = rsi.next(close);
      macd.next(close);
      d[row] = macd.macd;
      e[row] = macd.signal;
    }
    const chunk = DuckDBDataChunk.create(outputs.map(() => DOUBLE), rows);
    columns.forEach((column, index) => {
      const vector = chunk.getColumnVector(index) as DuckDBDoubleVector;
      for (let row = 0; row < rows; row++) {
        const value = column[row]!;
        vector.setItem(row, Number.isNaN(value) ? null : value);
      }
      vector.flush();
    });
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}
