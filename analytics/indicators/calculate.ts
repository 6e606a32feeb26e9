/**
 * Every indicator in one pass over the bars, as loops over typed columns.
 *
 * SQL can say an average as a window, but not with TA-Lib's digits: MACD is a
 * small difference of two averages that crosses zero, and there the last digits
 * are the value.
 */
import {
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBDateVector,
  type DuckDBDoubleVector,
  type DuckDBTinyIntVector,
} from "@duckdb/node-api";
import type { Bars, Memory } from "../../collector/indicators/indicator.ts";
import {
  indicatorColumns,
  indicators,
} from "../../collector/indicators/list.ts";
import { chunksOf } from "./chunks.ts";
import { goOn, stateOf, statesBefore } from "./memory.ts";

/** All indicators of one series of bars. */
export class Indicators {
  readonly #calculations = indicators.map((indicator) => ({
    calculation: indicator.start(),
    columns: Object.keys(indicator.columns).length,
  }));

  constructor() {
    this.restart();
  }

  /** The next bar opens a new segment: every warm-up begins anew. */
  restart(): void {
    for (const { calculation } of this.#calculations) calculation.restart();
  }

  remember(memory: Memory): void {
    for (const { calculation } of this.#calculations) {
      calculation.remember(memory);
    }
  }

  /**
   * Writes the values of the bars `from` to `to` (exclusive) into `columns`,
   * which are those of `indicatorColumns`; NaN where undefined.
   */
  run(bars: Bars, from: number, to: number, columns: Float64Array[]): void {
    let first = 0;
    for (const { calculation, columns: count } of this.#calculations) {
      calculation.run(bars, from, to, columns.slice(first, first + count));
      first += count;
    }
  }
}

/** Rows that DuckDB gives at once, and the most that it takes. */
const ROWS = 2048;

/** What the column `place` says of a bar, beside 1 for "known". */
const OPENS_SEGMENT = 2, MIDNIGHT = 4, OPENS_SERIES = 8, ENDS_DAY = 16;

/**
 * Reads the table `bars` in its order (high, low, close, volume, the UTC day and
 * `place`: 0 unknown, else 1, plus 2 where a segment starts, 4 at midnight UTC, 8
 * at the first bar of the next of `series`, 16 at the last of its day) and makes
 * the table `calculated`, whose rows stand beside those of `bars`; NULL where a
 * value is not defined. Goes on from `state_before` and makes `states`.
 */
export async function calculate(connection: DuckDBConnection): Promise<void> {
  await connection.run(
    `create or replace temp table calculated (${
      indicatorColumns.map(({ column }) => `${column} double`).join(", ")
    });
    create or replace temp table ended (series integer, day date, state blob)`,
  );
  const before = await statesBefore(connection);
  let indicators = new Indicators();
  let series = 0;
  const bars = {
    high: new Float64Array(ROWS),
    low: new Float64Array(ROWS),
    close: new Float64Array(ROWS),
    volume: new Float64Array(ROWS),
    midnight: new Uint8Array(ROWS),
  };
  const inputs = [bars.high, bars.low, bars.close, bars.volume];
  const types = indicatorColumns.map(() => DOUBLE);
  const columns = indicatorColumns.map(() => new Float64Array(ROWS));
  const appender = await connection.createAppender(
    "calculated",
    "main",
    "temp",
  );
  const ended = await connection.createAppender("ended", "main", "temp");
  for await (
    const read of chunksOf(
      connection,
      "bars",
      "high, low, close, volume, place, day",
    )
  ) {
    const rows = read.rowCount;
    for (const [i, input] of inputs.entries()) {
      const vector = read.getColumnVector(i) as DuckDBDoubleVector;
      for (let row = 0; row < rows; row++) {
        input[row] = vector.getItem(row) ?? NaN;
      }
    }
    const places = read.getColumnVector(4) as DuckDBTinyIntVector;
    const days = read.getColumnVector(5) as DuckDBDateVector;
    let from = 0;
    for (let row = 0; row < rows; row++) {
      const place = places.getItem(row)!;
      bars.midnight[row] = place & MIDNIGHT ? 1 : 0;
      const known = place & 1, opens = place & OPENS_SEGMENT;
      if (!known || opens || place & OPENS_SERIES) {
        // What came before ends here: at a bar that is not known, or opens a segment.
        if (from < row) indicators.run(bars, from, row, columns);
        from = row;
      }
      if (place & OPENS_SERIES) {
        indicators = new Indicators();
        const state = before.get(++series);
        if (state) goOn(indicators, state);
      }
      if (!known) {
        for (const column of columns) column[row] = NaN;
        from++;
      } else if (opens) indicators.restart();
      if (place & ENDS_DAY) {
        if (from <= row) indicators.run(bars, from, row + 1, columns);
        from = row + 1;
        ended.appendInteger(series);
        ended.appendDate(days.getItem(row)!);
        ended.appendBlob(stateOf(indicators));
        ended.endRow();
      }
    }
    if (from < rows) indicators.run(bars, from, rows, columns);
    appender.appendDataChunk(chunkOf(columns, types, rows));
  }
  appender.closeSync();
  ended.closeSync();
  await connection.run(
    `create or replace temp table states as
     select venue, market, interval, day, state from ended join series using (series)`,
  );
}

/** The first rows of some columns as DuckDB takes them; NaN as NULL. */
function chunkOf(
  columns: Float64Array[],
  types: typeof DOUBLE[],
  rows: number,
): DuckDBDataChunk {
  const chunk = DuckDBDataChunk.create(types, rows);
  for (const [index, column] of columns.entries()) {
    const vector = chunk.getColumnVector(index) as DuckDBDoubleVector;
    // Whole: `setItem` takes 30 ns a value.
    vector["items"].set(column.subarray(0, rows));
    for (let row = 0; row < rows; row++) {
      if (Number.isNaN(column[row]!)) vector.setItem(row, null);
    }
    vector.flush();
  }
  return chunk;
}
