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
import {
  amongMarkets,
  type Columns,
  type ColumnsQuery,
  noColumns,
  readColumns,
} from "../../../columns.ts";
import { JsonBytes } from "../../../json_bytes.ts";
import { literal } from "../../../../analytics/lake/tables.ts";
import {
  type Axis,
  axisOf,
  type Column,
  digits,
  type Interval,
  type Market,
  marketKey,
  type Marts,
  print,
  RANGES,
  type Span,
} from "../../../marts.ts";

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

/** Without its bars, which are read as texts. */
type Coin = Omit<CoinData, "ranges">;

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

/** Signals of minutes and five minutes that longer bars show as well. */
const PASSED_UP = "signal in ('price_move', 'volume_surge')";

/** Markets that are read at once: their bars lie in memory together. */
const AT_ONCE = 100;

/** What the page of one market reads: {@link CoinData} as JSON, until the next is asked for. */
export interface CoinJson {
  key: string;
  json: Uint8Array<ArrayBuffer>;
}

/** Reads these markets, some at a time. @throws {Error} for one that the marts do not hold. */
export async function* readEach(
  marts: Marts,
  keys: string[],
): AsyncGenerator<CoinJson> {
  const axes = new Map<Span, Axis>();
  for (const range of RANGES) {
    axes.set(range.range, await axisOf(marts, range));
  }
  const others = await marts.query<Omit<Market, "key" | "quote">>(
    `select venue, market, coalesce(base, market) as base, korean_name as ko, english_name as en
     from marts.overview order by venue desc, quote_volume_24h desc nulls last, market`,
  );
  const menu = others.map((row) => ({ ...row, key: marketKey(row) }));
  for (let i = 0; i < keys.length; i += AT_ONCE) {
    yield* await readCoins(marts, keys.slice(i, i + AT_ONCE), axes, menu);
  }
}

async function* readCoins(
  marts: Marts,
  keys: string[],
  axes: Map<Span, Axis>,
  others: CoinData["others"],
): AsyncGenerator<CoinJson> {
  const where = amongMarkets(keys.map((key) => {
    const at = key.indexOf("-");
    return { venue: key.slice(0, at), market: key.slice(at + 1) };
  }));
  const abouts = await marts.query<{
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
  const found = new Map(abouts.map((about) => [marketKey(about), about]));
  const coins = new Map<string, Coin>();
  for (const key of keys) {
    const about = found.get(key);
    if (!about) throw new Error(`The marts hold no market ${key}.`);
    coins.set(key, {
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
      indicators: SHOWN,
      others,
      signals: {},
      profile: {},
    });
  }
  const bars = new Map<Span, Bars>();
  for (const { range, interval, step } of RANGES) {
    const axis = axes.get(range)!;
    bars.set(range, await readBars(marts, where, interval, axis));
    await readSignals(marts, where, { interval, step }, axis, coins);
  }
  await readProfiles(marts, where, coins);
  const json = new JsonBytes();
  for (const [key, coin] of coins) {
    json.clear();
    writeCoin(json, coin, bars);
    yield { key, json: json.bytes };
  }
}

/** The bars of some markets in one span. */
interface Bars {
  axis: Axis;
  interval: Interval;
  /** What was read of each mart. */
  read: { about: ColumnsQuery; found: Map<string, Columns> }[];
}

/** Writes {@link CoinData}. */
function writeCoin(json: JsonBytes, coin: Coin, bars: Map<Span, Bars>): void {
  json.text(`${JSON.stringify(coin).slice(0, -1)},"ranges":`);
  let before = "{";
  for (const [range, { axis, interval, read }] of bars) {
    const about = JSON.stringify({ ...axis, interval }).slice(0, -1);
    json.text(`${before}"${range}":${about}`);
    for (const { about, found } of read) {
      const { numbers, marks } = found.get(coin.key) ?? noColumns(about);
      for (const [name, values] of Object.entries(numbers)) {
        json.text(`,"${name}":`);
        json.numbers(values, about.numbers[name]!);
      }
      for (const [name, letters] of Object.entries(marks)) {
        json.text(`,"${name}":"${letters}"`);
      }
    }
    json.text("}");
    before = ",";
  }
  json.text("}}");
}

/** Indicators as every page names them. */
const SHOWN: ShownIndicator[] = indicators.map((indicator) => ({
  id: indicator.id,
  text: indicatorText(indicator),
  drawn: indicator.drawn,
  columns: indicatorColumns
    .filter(({ of, column }) => of === indicator && column in INDICATOR)
    .map(({ column }) => column),
}));

/** What {@link CoinBars} are made of. */
async function readBars(
  marts: Marts,
  where: string,
  interval: Interval,
  axis: Axis,
): Promise<Bars> {
  const some = { where: `${where} and interval = '${interval}'`, axis };
  // c closed, n no trade, p partial, u unknown: one letter a bar.
  const states = { letter: "state[1]", none: "u" };
  const read: Bars["read"] = [];
  for (
    const about of [
      { ...some, mart: "candles", numbers: CANDLE, marks: { states } },
      { ...some, mart: "indicators", numbers: INDICATOR },
    ]
  ) read.push({ about, found: await readColumns(marts, about) });
  return { axis, interval, read };
}

async function readSignals(
  marts: Marts,
  where: string,
  { interval, step }: { interval: Interval; step: number },
  axis: Axis,
  coins: Map<string, Coin>,
): Promise<void> {
  const fired = await marts.queryMart<
    Signal & { venue: string; market: string }
  >(
    "signals",
    `select venue, market, epoch_ms(ts)::double as at, interval, signal, direction, value, threshold
     from marts.signals
     where ${where} and (interval = '${interval}' or (${PASSED_UP}
       and interval in (${
      RANGES.filter((other) => other.step < step)
        .map((other) => literal(other.interval)).join(", ") || "null"
    })))
       and ts > make_timestamp(${axis.start * 60}::bigint * 1000000)
     order by ts desc, signal`,
  );
  for (const coin of coins.values()) coin.signals[interval] = fired && [];
  for (const { venue, market, ...signal } of fired ?? []) {
    coins.get(marketKey({ venue, market }))!.signals[interval]!.push({
      ...signal,
      value: digits(signal.value, 8),
      threshold: digits(signal.threshold, 8),
    });
  }
}

async function readProfiles(
  marts: Marts,
  where: string,
  coins: Map<string, Coin>,
): Promise<void> {
  const rows = await marts.queryMart<{
    venue: string;
    market: string;
    range: string;
    low: number;
    high: number;
    volume: number[];
    first: string | number;
    last: string | number;
    control: string | number;
  }>(
    "volume_profile",
    `select venue, market, range, min(price_low) as low, max(price_high) as high,
       list(volume order by bucket) as volume,
       min(bucket) filter (value_area) as first, max(bucket) filter (value_area) as last,
       max(bucket) filter (point_of_control) as control
     from marts.volume_profile where ${where} group by venue, market, range`,
  );
  for (const row of rows ?? []) {
    coins.get(marketKey(row))!.profile[row.range] = {
      low: row.low,
      high: row.high,
      volume: row.volume.map((v) => digits(v, 4) ?? 0),
      area: [Number(row.first), Number(row.last)],
      control: Number(row.control),
    };
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { market: { type: "string" } } });
  await print(async (marts) => {
    for await (const { json } of readEach(marts, [values.market ?? ""])) {
      return JSON.parse(new TextDecoder().decode(json));
    }
  });
}
