/** One market's candles and indicators, for each span the Coin page offers. */
import { parseArgs } from "node:util";
import { literal } from "../../../../analytics/tables.ts";
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
};

const marts = await openMarts();
const { query } = marts;
const [about] = await query(
  `select *, epoch_ms(last_ts)::double as last_ms from marts.overview where ${where}`,
);
const others = await query(
  `select venue, market, coalesce(base, market) as base, korean_name as ko, english_name as en
   from marts.overview order by venue desc, quote_volume_24h desc nulls last, market`,
);

const ranges: Record<string, unknown> = {};
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
  // c closed, n no trade, p partial, u unknown: one letter a bar.
  ranges[range.range] = {
    ...axis,
    interval: range.interval,
    states: states.join(""),
    ...columns,
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
}));
