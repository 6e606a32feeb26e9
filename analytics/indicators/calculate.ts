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
  type DuckDBDataChunk,
  DuckDBDateValue,
  type DuckDBDoubleVector,
  type DuckDBIntegerVector,
  DuckDBTableFunction,
  type DuckDBTimestampVector,
  INTEGER,
  TIMESTAMP,
} from "@duckdb/node-api";
import type { Bars, Memory } from "../../collector/indicators/indicator.ts";
import {
  indicatorColumns,
  indicators,
} from "../../collector/indicators/list.ts";
import { MS } from "../../collector/model/time.ts";
import type { Lake } from "../lake/lake.ts";
import { literal } from "../lake/tables.ts";
import type { Days } from "../units/days.ts";
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

/** Bars that are read at once. */
const READ = 300_000;

/** Rows `from` to `to` (exclusive) of what was read. */
interface Slice {
  chunk: DuckDBDataChunk;
  from: number;
  to: number;
}

/** One series, where it stands. */
interface Series {
  indicators: Indicators;
  /** Milliseconds from one bar to the next. */
  bar: number;
  /** When the bar before opened, milliseconds; NaN where there is none. */
  before: number;
  /** Whether that bar is partial. */
  partial: boolean;
}

/**
 * Reads `marts.candles` of the table `series` (series, venue, market, interval,
 * and `bar`, its length in milliseconds), one day after the other, and gives with
 * `calculated()` the rows of the day: series, ts, close and every indicator, NULL
 * where it is not defined. Goes on from `state_before` and makes `states`.
 *
 * No table stands between: to append ten million rows of 33 columns to one takes
 * longer than to calculate them.
 */
export async function calculate(lake: Lake): Promise<Days> {
  const { connection } = lake;
  await connection.run(
    "create temp table ended (series integer, day date, state blob)",
  );
  const ended = await connection.createAppender("ended", "main", "temp");
  const series = await seriesBefore(connection);
  await warmUp(connection, series);
  const bars = new BarReader(await lake.connect(), series.size);
  let slices: Slice[] = [];
  let today = DuckDBDateValue.Epoch;
  let taken = Promise.withResolvers<void>();
  const given = new Given(series, (number, { indicators }) => {
    ended.appendInteger(number);
    ended.appendDate(today);
    ended.appendBlob(stateOf(indicators));
    ended.endRow();
  });
  connection.registerTableFunction(DuckDBTableFunction.create({
    name: "calculated",
    bindFunction: (bind) => {
      bind.addResultColumn("series", INTEGER);
      bind.addResultColumn("ts", TIMESTAMP);
      bind.addResultColumn("close", DOUBLE);
      for (const { column } of indicatorColumns) {
        bind.addResultColumn(column, DOUBLE);
      }
    },
    // Every bar stands on those before it.
    initFunction: (init) => init.setMaxThreads(1),
    mainFunction: (info, out) => {
      try {
        const slice = slices.shift();
        out.rowCount = slice ? slice.to - slice.from : 0;
        if (slice) return given.fill(out, slice);
        given.endDay();
        taken.resolve();
      } catch (error) {
        info.setError(String(error));
      }
    },
  }));
  return {
    next: async (day) => {
      slices = await bars.ofDay(day);
      today = new DuckDBDateValue(Date.parse(day) / MS.day);
      taken = Promise.withResolvers();
    },
    taken: () => taken.promise,
    end: async () => {
      ended.closeSync();
      bars.close();
      await connection.run(
        `create temp table states as
         select venue, market, interval, day, state from ended join series using (series)`,
      );
    },
  };
}

/** Every series of the table `series` as the day before left it. */
async function seriesBefore(
  connection: DuckDBConnection,
): Promise<Map<number, Series>> {
  const states = await statesBefore(connection);
  const reader = await connection.runAndReadAll(
    `select series, any_value(bar)::double, max(epoch_ms(ts))::double, arg_max(state = 'partial', ts)
     from series left join (from marts.candles where ts < getvariable('from_day')) before
       using (venue, market, interval)
     group by series`,
  );
  return new Map(
    (reader.getRows() as [number, number, number | null, boolean | null][])
      .map(([number, bar, before, partial]) => {
        const indicators = new Indicators();
        const state = states.get(number);
        if (state) goOn(indicators, state);
        return [number, {
          indicators,
          bar,
          before: before ?? NaN,
          partial: partial === true,
        }];
      }),
  );
}

/** Gives the series of the table `begins` the bars before the first day, and shows none of it. */
async function warmUp(
  connection: DuckDBConnection,
  series: ReadonlyMap<number, Series>,
): Promise<void> {
  const read = await connection.run(
    `select series, ts, epoch_ms(ts)::double, (state = 'partial')::integer, high, low, close, volume
     from marts.candles join series using (venue, market, interval) join begins using (venue, market, interval)
     where ts >= getvariable('from_day') - to_days(days) and ts < getvariable('from_day')
     order by series, ts`,
  );
  const unseen = indicatorColumns.map(() => new Float64Array(2048));
  const begun = new Set<number>();
  for (const chunk of await read.fetchAllChunks()) {
    const bars = new BarsOf({ chunk, from: 0, to: chunk.rowCount });
    bars.eachSeries((number, from, to) => {
      const one = series.get(number)!;
      if (!begun.has(number)) one.before = NaN;
      begun.add(number);
      bars.run(one, from, to, unseen);
    });
  }
}

/** Bars that were read, of one series after the other. */
class BarsOf {
  readonly rows: number;
  readonly numbers: Int32Array;
  readonly opened: Float64Array;
  readonly #partial: Int32Array;
  readonly bars: Bars;

  constructor(readonly slice: Slice) {
    const { chunk, from, to } = slice;
    const column = (index: number) => valuesOf(chunk, index).subarray(from, to);
    const integers = (index: number) =>
      (chunk.getColumnVector(index) as DuckDBIntegerVector)["items"]
        .subarray(from, to);
    this.rows = to - from;
    this.numbers = integers(0);
    this.opened = column(2);
    this.#partial = integers(3);
    this.bars = {
      high: column(4),
      low: column(5),
      close: column(6),
      volume: column(7),
      midnight: new Uint8Array(this.rows),
    };
    for (let row = 0; row < this.rows; row++) {
      if (this.opened[row]! % MS.day === 0) this.bars.midnight[row] = 1;
    }
  }

  /** Calls `take` with each series' number and rows, `to` exclusive. */
  eachSeries(take: (number: number, from: number, to: number) => void): void {
    for (let from = 0, to: number; from < this.rows; from = to) {
      const number = this.numbers[from]!;
      for (to = from + 1; to < this.rows && this.numbers[to] === number;) to++;
      take(number, from, to);
    }
  }

  /** Writes the values of some rows of one series into `columns`. */
  run(one: Series, first: number, end: number, columns: Float64Array[]): void {
    const { opened, bars } = this;
    let from = first;
    for (let row = first; row < end; row++) {
      // A segment is a run of known bars, one after the other.
      const opens = one.partial || opened[row]! - one.before !== one.bar;
      one.before = opened[row]!;
      one.partial = this.#partial[row] === 1;
      if (!one.partial && !opens) continue;
      if (from < row) one.indicators.run(bars, from, row, columns);
      from = row;
      if (one.partial) {
        for (const column of columns) column[row] = NaN;
        from++;
      } else one.indicators.restart();
    }
    if (from < end) one.indicators.run(bars, from, end, columns);
  }
}

/** Reads `marts.candles` in the order of the days, some at once, and in each of the series. */
class BarReader {
  /** Days that are read at once. */
  readonly #count: number;
  /** The first day that has not been read, as all days here since 1970. */
  #unread = -Infinity;
  readonly #days = new Map<number, Slice[]>();

  constructor(readonly connection: DuckDBConnection, series: number) {
    this.#count = Math.ceil(READ / 1440 / Math.max(1, series));
  }

  close(): void {
    this.connection.closeSync();
  }

  async ofDay(day: string): Promise<Slice[]> {
    const number = Date.parse(day) / MS.day;
    if (number >= this.#unread) {
      await this.#read(day);
      this.#unread = number + this.#count;
    }
    return this.#days.get(number) ?? [];
  }

  async #read(day: string): Promise<void> {
    this.#days.clear();
    const read = await this.connection.run(
      `select series, ts, epoch_ms(ts)::double, (state = 'partial')::integer, high, low, close, volume
       from marts.candles join series using (venue, market, interval)
       where ts >= date ${literal(day)} and ts < date ${
        literal(day)
      } + to_days(${this.#count})
       order by ts::date, series, ts`,
    );
    for (const chunk of await read.fetchAllChunks()) {
      const opened = valuesOf(chunk, 2);
      for (let from = 0, to: number; from < opened.length; from = to) {
        const number = Math.floor(opened[from]! / MS.day);
        for (to = from; opened[to]! < (number + 1) * MS.day;) to++;
        const slices = this.#days.get(number) ?? [];
        this.#days.set(number, slices);
        slices.push({ chunk, from, to });
      }
    }
  }
}

/** What goes out for what is read, chunk by chunk in the order of the series. */
class Given {
  /** The series whose day is being read; 0 at a day's beginning. */
  #current = 0;

  /** @param onEnd called where a series' day has ended. */
  constructor(
    readonly series: ReadonlyMap<number, Series>,
    readonly onEnd: (number: number, series: Series) => void,
  ) {}

  endDay(): void {
    if (this.#current > 0) {
      this.onEnd(this.#current, this.series.get(this.#current)!);
    }
    this.#current = 0;
  }

  /** Fills a chunk of as many rows as the slice has. */
  fill(out: DuckDBDataChunk, slice: Slice): void {
    const read = new BarsOf(slice);
    const vectors = indicatorColumns.map((_, i) =>
      out.getColumnVector(i + 3) as DuckDBDoubleVector
    );
    const columns = vectors.map((vector) => vector["items"]);
    read.eachSeries((number, from, to) => {
      if (number !== this.#current) this.endDay();
      this.#current = number;
      read.run(this.series.get(number)!, from, to, columns);
    });
    const number = out.getColumnVector(0) as DuckDBIntegerVector;
    number["items"].set(read.numbers);
    number.flush();
    const ts = out.getColumnVector(1) as DuckDBTimestampVector;
    ts["items"].set(
      (slice.chunk.getColumnVector(1) as DuckDBTimestampVector)["items"]
        .subarray(slice.from, slice.to),
    );
    ts.flush();
    const close = out.getColumnVector(2) as DuckDBDoubleVector;
    close["items"].set(read.bars.close);
    for (const vector of [close, ...vectors]) flush(vector);
  }
}

/** A column's values; NaN where unknown. Whole: `getItem` and `setItem` take 30 ns a value. */
function valuesOf(chunk: DuckDBDataChunk, column: number): Float64Array {
  const vector = chunk.getColumnVector(column) as DuckDBDoubleVector;
  const values = vector["items"];
  if (vector["validity"]["data"] === null) return values;
  for (let row = 0; row < values.length; row++) {
    values[row] = vector.getItem(row) ?? NaN;
  }
  return values;
}

/** Hands a column over, NaN as NULL. */
function flush(vector: DuckDBDoubleVector): void {
  const values = vector["items"];
  for (let row = 0; row < values.length; row++) {
    if (Number.isNaN(values[row]!)) vector.setItem(row, null);
  }
  vector.flush();
}
