/**
 * Every indicator in one pass over the bars, as one loop over typed columns.
 *
 * SQL can say an average as a window, but not with TA-Lib's digits: MACD is a
 * small difference of two averages that crosses zero, and there the last digits
 * are the value.
 */
import {
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBDoubleVector,
  type DuckDBTinyIntVector,
} from "@duckdb/node-api";
import { BandWidth, Ema, Macd, Sma } from "./averages.ts";
import { chunksOf } from "./chunks.ts";
import { Ichimoku } from "./extremes.ts";
import { Cci, Mfi, Rsi, Stochastic, UpShare } from "./momentum.ts";
import { Adx, Atr } from "./range.ts";
import { Obv, RollingVwap, SessionVwap } from "./volume.ts";

/** One bar: prices and the volume in the base coin. */
export interface Bar {
  high: number;
  low: number;
  close: number;
  volume: number;
  /** Whether it opens at 00:00 UTC. */
  midnight: boolean;
}

/** The columns, in the order in which `Indicators.next` writes them. */
export const outputs = [
  "sma20",
  "sma60",
  "sma240",
  "ema12",
  "ema26",
  "bb_upper",
  "bb_lower",
  "bb240_upper",
  "bb240_lower",
  "rsi14",
  "up_share240",
  "macd",
  "macd_signal",
  "atr14",
  "obv",
  "cci20",
  "stoch_k",
  "stoch_d",
  "adx14",
  "mfi14",
  "vwap",
  "vwap240",
  "ichimoku_conversion",
  "ichimoku_base",
  "ichimoku_lead_a",
  "ichimoku_lead_b",
  "ichimoku_span_a",
  "ichimoku_span_b",
] as const;

/** All indicators of one series of bars. */
export class Indicators {
  readonly #sma20 = new Sma(20);
  readonly #sma60 = new Sma(60);
  readonly #sma240 = new Sma(240);
  readonly #ema12 = new Ema(12);
  readonly #ema26 = new Ema(26);
  readonly #band20 = new BandWidth(20);
  readonly #band240 = new BandWidth(240);
  readonly #rsi = new Rsi(14);
  readonly #upShare = new UpShare(240);
  readonly #macd = new Macd();
  readonly #atr = new Atr(14);
  readonly #obv = new Obv();
  readonly #cci = new Cci(20);
  readonly #stochastic = new Stochastic();
  readonly #adx = new Adx(14);
  readonly #mfi = new Mfi(14);
  readonly #vwap = new SessionVwap();
  readonly #vwap240 = new RollingVwap(240);
  readonly #ichimoku = new Ichimoku();
  readonly #all = [
    this.#sma20,
    this.#sma60,
    this.#sma240,
    this.#ema12,
    this.#ema26,
    this.#band20,
    this.#band240,
    this.#rsi,
    this.#upShare,
    this.#macd,
    this.#atr,
    this.#obv,
    this.#cci,
    this.#stochastic,
    this.#adx,
    this.#mfi,
    this.#vwap,
    this.#vwap240,
    this.#ichimoku,
  ];

  constructor() {
    this.restart();
  }

  /** The next bar opens a new segment: every warm-up begins anew. */
  restart(): void {
    for (const each of this.#all) each.restart();
  }

  /** Writes the indicators with this bar in them into row `row` of `columns`; NaN where undefined. */
  next(bar: Bar, columns: Float64Array[], row: number): void {
    const { high, low, close, volume } = bar;
    const typical = (high + low + close) / 3;
    const macd = this.#macd, ichimoku = this.#ichimoku;
    const stochastic = this.#stochastic;
    let at = 0;
    const write = (value: number) => {
      columns[at++]![row] = value;
    };
    const sma20 = this.#sma20.next(close);
    write(sma20);
    write(this.#sma60.next(close));
    const sma240 = this.#sma240.next(close);
    write(sma240);
    write(this.#ema12.next(close));
    write(this.#ema26.next(close));
    const band20 = this.#band20.next(close);
    write(sma20 + band20);
    write(sma20 - band20);
    const band240 = this.#band240.next(close);
    write(sma240 + band240);
    write(sma240 - band240);
    write(this.#rsi.next(close));
    write(this.#upShare.next(close));
    macd.next(close);
    write(macd.macd);
    write(macd.signal);
    write(this.#atr.next(high, low, close));
    write(this.#obv.next(close, volume));
    write(this.#cci.next(typical));
    stochastic.next(high, low, close);
    write(stochastic.k);
    write(stochastic.d);
    write(this.#adx.next(high, low, close));
    write(this.#mfi.next(typical, volume));
    write(this.#vwap.next(typical, volume, bar.midnight));
    write(this.#vwap240.next(typical, volume));
    ichimoku.next(high, low);
    write(ichimoku.conversion);
    write(ichimoku.base);
    write(ichimoku.leadA);
    write(ichimoku.leadB);
    write(ichimoku.spanA);
    write(ichimoku.spanB);
  }
}

/**
 * Reads the table `bars` in its order (high, low, close, volume and `place`: 0
 * unknown, else 1, plus 2 where a segment starts, plus 4 at midnight UTC) and
 * makes the table `recursions`, whose rows stand beside those of `bars`; NULL
 * where a value is not defined.
 */
export async function recursions(connection: DuckDBConnection): Promise<void> {
  await connection.run(
    `create or replace temp table recursions (${
      outputs.map((name) => `${name} double`).join(", ")
    })`,
  );
  const indicators = new Indicators();
  const bar = { high: 0, low: 0, close: 0, volume: 0, midnight: false };
  const types = outputs.map(() => DOUBLE);
  const columns = outputs.map(() => new Float64Array(2048));
  const appender = await connection.createAppender(
    "recursions",
    "main",
    "temp",
  );
  for await (
    const bars of chunksOf(
      connection,
      "bars",
      "high, low, close, volume, place",
    )
  ) {
    const rows = bars.rowCount;
    const [highs, lows, closes, volumes] = [0, 1, 2, 3].map((i) =>
      bars.getColumnVector(i) as DuckDBDoubleVector
    ) as [
      DuckDBDoubleVector,
      DuckDBDoubleVector,
      DuckDBDoubleVector,
      DuckDBDoubleVector,
    ];
    const places = bars.getColumnVector(4) as DuckDBTinyIntVector;
    for (const column of columns) column.fill(NaN);
    for (let row = 0; row < rows; row++) {
      const place = places.getItem(row)!;
      if (place === 0) continue;
      if (place & 2) indicators.restart();
      bar.high = highs.getItem(row)!;
      bar.low = lows.getItem(row)!;
      bar.close = closes.getItem(row)!;
      bar.volume = volumes.getItem(row) ?? NaN;
      bar.midnight = (place & 4) !== 0;
      indicators.next(bar, columns, row);
    }
    const chunk = DuckDBDataChunk.create(types, rows);
    for (const [index, column] of columns.entries()) {
      const vector = chunk.getColumnVector(index) as DuckDBDoubleVector;
      for (let row = 0; row < rows; row++) {
        const value = column[row]!;
        vector.setItem(row, Number.isNaN(value) ? null : value);
      }
      vector.flush();
    }
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}
