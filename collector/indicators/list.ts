/** Every indicator, in the order of the mart's columns and of the choices on the Coin page. */
import {
  bollinger,
  bollinger240,
  ema12,
  ema26,
  macd,
  sma20,
  sma240,
  sma60,
} from "./averages.ts";
import { ichimoku } from "./extremes.ts";
import type { DeclaredColumn, Indicator } from "./indicator.ts";
import { cci, mfi, rsi, stoch, upShare } from "./momentum.ts";
import { adx, atr } from "./range.ts";
import { obv, vwap, vwap240 } from "./volume.ts";
import { williamsR } from "./williams_r.ts";

const list = [
  sma20,
  sma60,
  sma240,
  ema12,
  ema26,
  bollinger,
  bollinger240,
  vwap,
  vwap240,
  ichimoku,
  rsi,
  macd,
  stoch,
  williamsR,
  mfi,
  cci,
  adx,
  atr,
  obv,
  upShare,
];

/** The choice of an indicator, as in an address. */
export type IndicatorId = typeof list[number]["id"];

/** A column of the mart `indicators`. */
export type IndicatorColumn = ColumnOf<typeof list[number]>;

type ColumnOf<Of> = Of extends Indicator<string, infer Column> ? Column : never;

/** Every indicator. */
export const indicators: readonly Indicator<IndicatorId, IndicatorColumn>[] =
  list as unknown as Indicator<IndicatorId, IndicatorColumn>[];

/** A column with the indicator that makes it. */
export interface ListedColumn extends DeclaredColumn {
  column: IndicatorColumn;
  of: Indicator;
}

/** Every column, in the order in which the indicators write them. */
export const indicatorColumns: readonly ListedColumn[] = indicators.flatMap(
  (of) =>
    Object.entries<DeclaredColumn>(of.columns).map(([column, declared]) => ({
      ...declared,
      column: column as IndicatorColumn,
      of,
    })),
);
