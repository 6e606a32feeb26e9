/** One market's candles, indicators, signals and volume by price, for each span the Coin page offers. */
import { parseArgs } from "node:util";
import {
  type Indicator,
  indicatorText,
} from "../../../../collector/indicators/indicator.ts";
import {
  type IndicatorColumn,
  indicatorColumns,
  type IndicatorId,
  indicators,
} from "../../../../collector/indicators/list.ts";
import { literal } from "../../../../analytics/lake/tables.ts";
import {
  type Axis,
  axisOf,
  type Column,
  digits,
  finish,
  type Interval,
  type Market,
  onAxis,
  openMarts,
  placeOn,
  RANGES,
  type Span,
} from "../../../marts.ts";

const { values } = parseArgs({ options: { market: { type: "string" } } });
const key = values.market ?? "";
const where = `venue || '-' || market = ${literal(key)}`;

/** Significant digits: enough for a screen, and short. */
const CANDLE = { open: 10, high: 10, low: 10, close: 10, volume: 5 };
const INDICATOR = Object.fromEntries(
  indicatorColumns.flatMap(({ column, digits }) =>
    digits === undefined ? [] : [[column, digits]]
  ),
);

/** An indicator as the page shows it. */
export interface ShownIndicator
  extends Pick<Indicator<IndicatorId, IndicatorColumn>, "id" | "drawn"> {
  /** Its name in both languages. */
  text: Record<"en" | "ko", string>;
  /** Those that are drawn, in the order of their declaration. */
  columns: IndicatorColumn[];
}

/** What the Coin page reads of one market; times are milliseconds UTC. */
export interface CoinData extends Market {
  last: number | null;
  lastMs: number | null;
  /** Of 24 hours: the change as a fraction, the volume in the quote currency. */
  h24: number | null;
  value: number | null;
  indicators: ShownIndicator[];
  /** The markets to choose from. */
  others: Omit<Market, "quote">[];
  ranges: Record<Span, CoinBars>;
  /** Null where the mart has not been made. */
  signals: Partial<Record<Interval, Signal[] | null>>;
  profile: Partial<Record<string, Profile>>;
}

/** The columns that a bar has. */
export type CoinColumn = keyof typeof CANDLE | IndicatorColumn;

/** The bars of one span: `states` has c closed, n no trade, p partial or u unknown a bar. */
export type CoinBars =
  & Axis
  & { interval: Interval; states: string }
  & Record<keyof typeof CANDLE, Column>
  & Partial<Record<IndicatorColumn, Column>>;

/** An event on a closed bar. */
export interface Signal {
  at: number;
  interval: Interval;
  signal: string;
  direction: "up" | "down";
  value: number | null;
  threshold: number | null;
}

/** Volume by price in equal buckets between `low` and `high`; `area` and `control` are places among them. */
export interface Profile {
  low: number;
  high: number;
  volume: number[];
  area: [first: number, last: number];
  control: number;
}

const marts = await openMarts();
const { query, queryMart } = marts;
const [about] = await query<{
  venue: string;
  market: string;
  base: string | null;
  quote: string | null;
  korean_name: string | null;
  english_name: string | null;
  last: number | null;
  last_ms: number | null;
  change_24h: number | null;
  quote_volume_24h: number | null;
}>(
  `select *, epoch_ms(last_ts)::double as last_ms from marts.overview where ${where}`,
);
const others = await query<Omit<Market, "key" | "quote">>(
  `select venue, market, coalesce(base, market) as base, korean_name as ko, english_name as en
   from marts.overview order by venue desc, quote_volume_24h desc nulls last, market`,
);

/** Signals of minutes and five minutes that longer bars show as well. */
const PASSED_UP = "signal in ('price_move', 'volume_surge')";

const ranges = {} as CoinData["ranges"];
const signals: CoinData["signals"] = {};
for (const range of RANGES) {
  const axis = await axisOf(marts, range);
  const states = Array<string>(axis.n).fill("u");
  const columns = Object.fromEntries(
    Object.keys({ ...CANDLE, ...INDICATOR })
      .map((name) => [name, Array<number | null>(axis.n).fill(null)]),
  ) as Record<CoinColumn, Column>;
  const read = async (mart: string, fields: Record<string, number>) => {
    for (
      const row of await query(
        `select ${placeOn(axis)} as i, * from marts.${mart}
         where ${where} and interval = '${range.interval}' and ${onAxis(axis)}`,
      )
    ) {
      for (const [name, count] of Object.entries(fields)) {
        columns[name as CoinColumn][Number(row.i)] = digits(row[name], count);
      }
      if (mart === "candles") states[Number(row.i)] = String(row.state)[0]!;
    }
  };
  await read("candles", CANDLE);
  await read("indicators", INDICATOR);
  const fired = await queryMart<Signal>(
    "signals",
    `select epoch_ms(ts)::double as at, interval, signal, direction, value, threshold
     from marts.signals
     where ${where} and (interval = '${range.interval}' or (${PASSED_UP}
       and interval in (${
      RANGES.filter((other) => other.step < range.step)
        .map((other) => literal(other.interval)).join(", ") || "null"
    })))
       and ts > make_timestamp(${axis.start * 60}::bigint * 1000000)
     order by ts desc, signal`,
  );
  signals[range.interval] = fired &&
    fired.map((row) => ({
      ...row,
      value: digits(row.value, 8),
      threshold: digits(row.threshold, 8),
    }));
  // c closed, n no trade, p partial, u unknown: one letter a bar.
  ranges[range.range] = {
    ...axis,
    interval: range.interval,
    states: states.join(""),
    ...columns,
  };
}

const profile: CoinData["profile"] = {};
for (
  const row of await queryMart<{
    range: string;
    low: number;
    high: number;
    volume: number[];
    first: string | number;
    last: string | number;
    control: string | number;
  }>(
    "volume_profile",
    `select range, min(price_low) as low, max(price_high) as high,
       list(volume order by bucket) as volume,
       min(bucket) filter (value_area) as first, max(bucket) filter (value_area) as last,
       max(bucket) filter (point_of_control) as control
     from marts.volume_profile where ${where} group by range`,
  ) ?? []
) {
  profile[row.range] = {
    low: row.low,
    high: row.high,
    volume: row.volume.map((v) => digits(v, 4) ?? 0),
    area: [Number(row.first), Number(row.last)],
    control: Number(row.control),
  };
}

if (!about) throw new Error(`The marts hold no market ${key}.`);
const data: CoinData = {
  key,
  venue: about.venue,
  market: about.market,
  base: about.base ?? about.market,
  quote: about.quote ?? "",
  ko: about.korean_name,
  en: about.english_name,
  last: about.last,
  lastMs: about.last_ms,
  h24: digits(about.change_24h, 4),
  value: digits(about.quote_volume_24h, 6),
  indicators: indicators.map((indicator) => ({
    id: indicator.id,
    text: indicatorText(indicator),
    drawn: indicator.drawn,
    columns: indicatorColumns
      .filter(({ of, column }) => of === indicator && column in INDICATOR)
      .map(({ column }) => column),
  })),
  others: others.map((row) => ({ ...row, key: `${row.venue}-${row.market}` })),
  ranges,
  signals,
  profile,
};
finish(marts, data);
