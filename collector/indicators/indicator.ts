/**
 * What an indicator is. It is declared once; the mart's columns, the comparison
 * with TA-Lib, the fields of `/v1/indicators` and the choice on the Coin page
 * follow from the declaration. An indicator is pure, as an adapter is: bars in,
 * values out; it opens no file and reads no clock.
 */

/** Bars of one series in the order of time, a typed column each. */
export interface Bars {
  high: Float64Array;
  low: Float64Array;
  close: Float64Array;
  /** In the base coin; NaN where unknown. */
  volume: Float64Array;
  /** 1 where the bar opens at 00:00 UTC. */
  midnight: Uint8Array;
}

/** A column of the bars that an indicator reads. */
export type Input = Exclude<keyof Bars, "midnight">;

/** What an indicator remembers from one bar to the next. */
export interface Calculation {
  /** The next bar opens a new segment: the warm-up begins anew. */
  restart(): void;
  /** Writes the values of the bars `from` to `to` (exclusive), a column each; NaN where undefined. */
  run(bars: Bars, from: number, to: number, out: Float64Array[]): void;
  /** Hands over all that it remembers, and takes it back from a memory that is read. */
  remember(memory: Memory): void;
}

/**
 * What calculations remember, as numbers: written in one order and read in the
 * same, so that another calculation goes on to the last digit where this one was.
 */
export interface Memory {
  /** Keeps `value` and gives it back or, while it is read, gives what was kept. */
  number(value: number): number;
  /** Keeps the values or, while it is read, fills them with what was kept. */
  values(values: Float64Array): void;
}

/** A column that an indicator makes. */
export interface DeclaredColumn {
  /** Bars of a segment that opens at midnight before the first value, if each bar trades and moves. */
  warmup: number;
  /** Significant digits that a chart needs; absent where no chart shows it. */
  digits?: number;
  /** What the column is, where the indicator's name does not say it. */
  meaning?: string;
}

/** The columns of an indicator that has one. */
export type OneColumn<Name extends string> = Record<Name, DeclaredColumn>;

/** Lines, a band or a cloud over the candles, in the price's unit. */
export interface Overlay {
  over: "lines" | "band" | "cloud";
  /** Which of the site's colours for series. */
  series: number;
}

/** A panel of its own below the candles, its columns as lines. */
export interface Panel<Column extends string = string> {
  /** Values at which a line is drawn across. */
  bounds: number[];
  /** The range of the values where that is fixed. */
  domain?: [low: number, high: number];
  /** Decimal places that are read; null for values of any size. */
  decimals: number | null;
  /** The column that is drawn as bars from zero. */
  bars?: Column;
}

/** The function of TA-Lib that computes the same. */
export interface Talib<Column extends string = string> {
  name: string;
  /** Its arguments after the inputs; default the indicator's parameters. */
  arguments?: readonly number[];
  /** Which column each of its results is, null for none; default the columns in their order. */
  results?: readonly (Column | null)[];
}

/** An indicator of one series of bars. */
export interface Indicator<
  Id extends string = string,
  Column extends string = string,
> {
  /** Name of the choice, as in an address. */
  id: Id;
  /** Its names; the parameters are added. */
  name: Record<"en" | "ko", string>;
  inputs: readonly Input[];
  /** Lengths in bars, and what else it is made with. */
  parameters: readonly number[];
  columns: Record<Column, DeclaredColumn>;
  /** How it is drawn. */
  drawn: Overlay | Panel<Column>;
  /** Absent where TA-Lib has nothing like it. */
  talib?: Talib<Column>;
  start(): Calculation;
}

/** Declares an indicator; `start` is given the parameters. */
export function indicator<
  const Id extends string,
  Column extends string,
  const Parameters extends readonly number[],
>(
  { start, ...declared }:
    & Omit<Indicator<Id, NoInfer<Column>>, "columns" | "parameters" | "start">
    & {
      columns: Record<Column, DeclaredColumn>;
      parameters: Parameters;
      start: (...parameters: Parameters) => Calculation;
    },
): Indicator<Id, Column> {
  return { ...declared, start: () => start(...declared.parameters) };
}

/** Name and parameters, such as `Stochastic 14, 3, 3`. */
export const indicatorText = (
  { name, parameters }: Indicator,
): Record<"en" | "ko", string> => {
  const suffix = parameters.length > 0 ? ` ${parameters.join(", ")}` : "";
  return { en: name.en + suffix, ko: name.ko + suffix };
};
