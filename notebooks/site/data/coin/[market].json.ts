/** One market's candles, indicators, signals and volume by price, for each span the Coin page offers. */
import { parseArgs } from "node:util";
import { literal } from "../../../../analytics/lake/tables.ts";
import {
  axisOf,
  digits,
  onAxis,
  openMarts,
  placeOn,
  RANGES,
} from "../../../marts.ts";

const { values } = parseArgs({ options: { market: { type: "string" } } });
const key = values.market ?? "";
const where = `venue || '-' || market = ${literal(key)}`;

/** Significant digits: enough for a screen, and short. */
const CANDLE = { open: 10, high: 10, low: 10, close: 10, volume: 5 };
const INDICATOR = {
  sma20: 8,
  sma60: 8,
  sma240: 8,
  ema12: 8,
  ema26: 8,
  bb_upper: 8,
  bb_lower: 8,
  rsi14: 4,
  macd: 5,
  macd_signal: 5,
  macd_hist: 5,
  bb240_upper: 7,
  bb240_lower: 7,
  up_share240: 3,
  atr14: 4,
  obv: 6,
  cci20: 4,
  stoch_k: 3,
  stoch_d: 3,
  adx14: 3,
  mfi14: 3,
  vwap: 7,
  vwap240: 7,
  ichimoku_conversion: 7,
  ichimoku_base: 7,
  ichimoku_span_a: 7,
  ichimoku_span_b: 7,
};

const marts = await openMarts();
const { query, queryMart } = marts;
const [about] = await query(
  `select *, epoch_ms(last_ts)::double as last_ms from marts.overview where ${where}`,
);
const others = await query(
  `select venue, market, coalesce(base, market) as base, korean_name as ko, english_name as en
   from marts.overview order by venue desc, quote_volume_24h desc nulls last, market`,
);

/** Signals of minutes and five minutes that longer bars show as well. */
const PASSED_UP = "signal in ('price_move', 'volume_surge')";

const ranges: Record<string, unknown> = {};
const signals: Record<string, unknown[] | null> = {};
for (const range of RANGES) {
  const axis = await axisOf(marts, range);
  const columns: Record<string, (number | null)[]> = {};
  const states = Array<string>(axis.n).fill("u");
  const names = { ...CANDLE, ...INDICATOR };
  for (const name of Object.keys(names)) {
    columns[name] = Array(axis.n).fill(null);
  }
  const read = async (mart: string, fields: Record<string, number>) => {
    for (
      const row of await query(
        `select ${placeOn(axis)} as i, * from marts.${mart}
         where ${where} and interval = '${range.interval}' and ${onAxis(axis)}`,
      )
    ) {
      for (const [name, count] of Object.entries(fields)) {
        columns[name]![Number(row.i)] = digits(row[name], count);
      }
      if (mart === "candles") states[Number(row.i)] = String(row.state)[0]!;
    }
  };
  await read("candles", CANDLE);
  await read("indicators", INDICATOR);
  const fired = await queryMart(
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

/** 48 buckets between `low` and `high`; `area` and `control` are places among them. */
const profile: Record<string, unknown> = {};
for (
  const row of await queryMart(
    "volume_profile",
    `select range, min(price_low) as low, max(price_high) as high,
       list(volume order by bucket) as volume,
       min(bucket) filter (value_area) as first, max(bucket) filter (value_area) as last,
       max(bucket) filter (point_of_control) as control
     from marts.volume_profile where ${where} group by range`,
  ) ?? []
) {
  profile[String(row.range)] = {
    low: row.low,
    high: row.high,
    volume: (row.volume as unknown[]).map((v) => digits(v, 4)),
    area: [Number(row.first), Number(row.last)],
    control: Number(row.control),
  };
}

console.log(JSON.stringify({
  key,
  venue: about?.venue,
  market: about?.market,
  base: about?.base ?? about?.market,
  quote: about?.quote ?? "",
  ko: about?.korean_name,
  en: about?.english_name,
  last: about?.last,
  lastMs: about?.last_ms,
  h24: digits(about?.change_24h, 4),
  value: digits(about?.quote_volume_24h, 6),
  others: others.map((row) => ({ ...row, key: `${row.venue}-${row.market}` })),
  ranges,
  signals,
  profile,
}));
