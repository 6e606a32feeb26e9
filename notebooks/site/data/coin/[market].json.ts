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
  type Interval,
  type Market,
  marketKey,
  type Marts,
  onAxis,
  placeOn,
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
const AT_ONCE = 25;

/** Reads these markets, a few at a time. @throws {Error} for one that the marts do not hold. */
export async function* readEach(
  marts: Marts,
  keys: string[],
): AsyncGenerator<CoinData> {
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

async function readCoins(
  marts: Marts,
  keys: string[],
  axes: Map<Span, Axis>,
  others: CoinData["others"],
): Promise<CoinData[]> {
  const where = `(venue, market) in (${
    keys.map((key) => {
      const at = key.indexOf("-");
      return `(${literal(key.slice(0, at))}, ${literal(key.slice(at + 1))})`;
    }).join(", ")
  })`;
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
  const coins = new Map<string, CoinData>();
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
      ranges: {} as CoinData["ranges"],
      signals: {},
      profile: {},
    });
  }
  for (const { range, interval, step } of RANGES) {
    await readBars(marts, where, { range, interval }, axes.get(range)!, coins);
    await readSignals(
      marts,
      where,
      { interval, step },
      axes.get(range)!,
      coins,
    );
  }
  await readProfiles(marts, where, coins);
  return [...coins.values()];
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

async function readBars(
  marts: Marts,
  where: string,
  { range, interval }: { range: Span; interval: Interval },
  axis: Axis,
  coins: Map<string, CoinData>,
): Promise<void> {
  const states = new Map<string, string[]>();
  for (const [key, coin] of coins) {
    states.set(key, Array<string>(axis.n).fill("u"));
    coin.ranges[range] = {
      ...axis,
      interval,
      states: "",
      ...Object.fromEntries(
        Object.keys({ ...CANDLE, ...INDICATOR })
          .map((name) => [name, Array<number | null>(axis.n).fill(null)]),
      ) as Record<CoinColumn, Column>,
    };
  }
  const read = async (
    mart: string,
    fields: Record<string, number>,
    further = "",
  ) => {
    const names = Object.keys(fields);
    const columns = await marts.columns(
      `select venue || '-' || market as key, ${placeOn(axis)} as i${further}, ${
        names.map((name) => `${name}::double as ${name}`).join(", ")
      } from marts.${mart} where ${where} and interval = '${interval}' and ${
        onAxis(axis)
      }`,
    );
    const [keys, places] = [columns.key as string[], columns.i as number[]];
    for (const name of names) {
      const values = columns[name] as (number | null)[];
      const count = fields[name]!;
      for (let row = 0; row < values.length; row++) {
        const bars = coins.get(keys[row]!)!.ranges[range];
        bars[name as CoinColumn]![places[row]!] = digits(values[row], count);
      }
    }
    return columns;
  };
  const { key, i, mark } = await read("candles", CANDLE, ", state[1] as mark");
  for (let row = 0; row < key!.length; row++) {
    states.get(key![row] as string)![i![row] as number] = mark![row] as string;
  }
  await read("indicators", INDICATOR);
  // c closed, n no trade, p partial, u unknown: one letter a bar.
  for (const [key, coin] of coins) {
    coin.ranges[range].states = states.get(key)!.join("");
  }
}

async function readSignals(
  marts: Marts,
  where: string,
  { interval, step }: { interval: Interval; step: number },
  axis: Axis,
  coins: Map<string, CoinData>,
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
  coins: Map<string, CoinData>,
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
    for await (const coin of readEach(marts, [values.market ?? ""])) {
      return coin;
    }
  });
}
