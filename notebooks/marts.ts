/** What the site's data loaders read: the marts and the lake. */
import { openLake } from "../analytics/lake/lake.ts";
import { dataFolder } from "../collector/cli/data_folder.ts";
import { CliError } from "../collector/cli/errors.ts";

/** The marts that the site is made from. */
export const MARTS = [
  "candles",
  "indicators",
  "overview",
] as const;

/** Marts that pages also show; a folder made by an older version may lack them. */
export const FURTHER_MARTS = [
  "arbitrage",
  "attention",
  "attention_share",
  "attention_z",
  "correlation",
  "correlation_lags",
  "count_coverage",
  "coverage_spans",
  "forecast_skill",
  "forecasts",
  "premium",
  "repeated_texts",
  "signals",
  "tone",
  "tone_error",
  "volume_profile",
] as const;

/** The file of a mart. */
export const martFile = (name: string): string =>
  `${dataFolder()}/marts/${name}.parquet`;

/** A row: 64-bit numbers, decimals and times as exact text, NULL as null. */
export type Row = Record<string, unknown>;

/** The marts and the lake, open for reading. */
export interface Marts {
  /** Runs one query over `marts.<mart>` and `lake.<table>`. */
  query(sql: string): Promise<Row[]>;
  /** Like `query`, for a further mart: null where that mart has not been made. */
  queryMart(
    mart: typeof FURTHER_MARTS[number],
    sql: string,
  ): Promise<Row[] | null>;
  close(): void;
}

/** Opens marts and lake of the data folder; an empty lake is no error here. */
export async function openMarts(): Promise<Marts> {
  const lake = await openLake({ allowEmpty: true });
  const query = async (sql: string): Promise<Row[]> =>
    (await lake.connection.runAndReadAll(sql)).getRowObjectsJson();
  const made = new Set(
    (await query(
      "select table_name from information_schema.tables where table_schema = 'marts'",
    )).map((row) => row.table_name),
  );
  return {
    query,
    queryMart: async (mart, sql) => made.has(mart) ? await query(sql) : null,
    close: lake.close,
  };
}

/** Key of a market in paths and data files, such as `upbit-KRW-BTC`. */
export const marketKey = (row: { venue: unknown; market: unknown }): string =>
  `${row.venue}-${row.market}`;

/** A market as pages name it. */
export interface Market {
  key: string;
  venue: string;
  market: string;
  base: string;
  quote: string;
  /** Its Korean and English names, where the venue gives them. */
  ko: string | null;
  en: string | null;
}

/** Every market, the largest quote volume of each venue first, then each one's second, and so on. */
export async function readMarkets({ query }: Marts): Promise<Market[]> {
  const rows = await query(
    `select venue, market, coalesce(base, market) as base, coalesce(quote, '') as quote,
       korean_name as ko, english_name as en
     from marts.overview
     order by row_number() over (partition by venue
       order by quote_volume_24h desc nulls last, market), venue desc`,
  ) as unknown as Omit<Market, "key">[];
  return rows.map((row) => ({ key: marketKey(row), ...row }));
}

/** So many markets of `readMarkets` as a page with much data a market can bear, venue by venue. */
export const largest = (markets: Market[], count = 10): Market[] =>
  markets.slice(0, count)
    .sort((a, b) => a.venue < b.venue ? 1 : a.venue > b.venue ? -1 : 0);

/** What the marts hold, for the site's paths and footer. */
export interface Contents {
  /** Market keys, largest quote volume of their venue first. */
  markets: string[];
  /** The newest datum of each page, and of each market's page by its key. */
  newest: Newest;
  /** Rows of all marts together. */
  rows: number;
}

/** Milliseconds UTC of the newest datum, by what shows it; null where there is none. */
export interface Newest {
  pages: Record<
    "market" | "talk" | "premium" | "forecasts" | "health",
    number | null
  >;
  markets: Record<string, number>;
}

/** Ends of the newest minute, span or data of each page: by what was observed, never by when it was stored or a file was written. */
async function readNewest({ query, queryMart }: Marts): Promise<Newest> {
  const markets: Record<string, number> = {};
  for (
    const row of await query(
      "select venue, market, epoch_ms(last_ts)::double as at from marts.overview",
    )
  ) {
    markets[marketKey({ venue: row.venue, market: row.market })] = Number(
      row.at,
    );
  }
  const of = async (mart: typeof FURTHER_MARTS[number], at: string) => {
    const [row] = await queryMart(
      mart,
      `select epoch_ms(max(${at}))::double as at from marts.${mart}`,
    ) ?? [];
    return row?.at === null || row?.at === undefined ? null : Number(row.at);
  };
  return {
    markets,
    pages: {
      market: Math.max(...Object.values(markets)),
      talk: await of(
        "attention",
        "case when bucket = '1m' and count_complete is not null then ts + interval 1 minute end",
      ),
      premium: await of(
        "premium",
        "case when coalesce(premium_fx, premium_usdt) is not null then ts + interval 1 minute end",
      ),
      forecasts: await of("forecasts", "data_to"),
      health: await of(
        "coverage_spans",
        "case when state in ('observed', 'repaired') then to_ts end",
      ),
    },
  };
}

/**
 * Checks that every mart is there and holds rows.
 * @throws {CliError} naming the mart and the task that makes it.
 */
export async function readContents(): Promise<Contents> {
  const remedy =
    'run "deno task analyze" first, or "deno task demo" for simulated data';
  for (const name of MARTS) {
    try {
      await Deno.stat(martFile(name));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new CliError(
        `The mart ${martFile(name)} is missing: ${remedy}.`,
      );
    }
  }
  let counts: Row[];
  let markets: Row[];
  let newest: Newest;
  let marts: Marts | undefined;
  try {
    marts = await openMarts();
    counts = await marts.query(
      MARTS.map((name) =>
        `select '${name}' as name, count(*)::integer as n from marts.${name}`
      ).join(" union all "),
    );
    markets = await marts.query(
      `select venue, market from marts.overview
       order by venue desc, quote_volume_24h desc nulls last, market`,
    );
    newest = await readNewest(marts);
  } catch (error) {
    const reason = (error as Error).message.split("\n")[0];
    throw new CliError(
      `The marts in ${dataFolder()}/marts cannot be read (${reason}): ${remedy}.`,
    );
  } finally {
    marts?.close();
  }
  for (const { name, n } of counts) {
    if (n === 0) {
      throw new CliError(
        `The mart ${martFile(String(name))} is empty: collect some data ` +
          `("deno task collect --for 90s", "deno task snapshot"), then ${remedy}.`,
      );
    }
  }
  return {
    markets: markets.map((row) =>
      marketKey({ venue: row.venue, market: row.market })
    ),
    newest,
    rows: counts.reduce((sum, row) => sum + Number(row.n), 0),
  };
}

/** A number with so many significant digits: shorter JSON for what is only drawn. */
export const digits = (value: unknown, count: number): number | null =>
  value === null || value === undefined
    ? null
    : Number(Number(value).toPrecision(count));

/** The open times of a chart: `n` bars of `step` minutes from minute `start` (since 1970, UTC). */
export interface Axis {
  start: number;
  step: number;
  n: number;
}

/** The spans that the charts offer, each at the interval that suits a screen. */
export const RANGES = [
  { range: "6h", interval: "1m", step: 1, n: 360 },
  { range: "1d", interval: "5m", step: 5, n: 288 },
  { range: "3d", interval: "15m", step: 15, n: 288 },
  { range: "7d", interval: "1h", step: 60, n: 168 },
] as const;

/** The axis that ends with the newest candle of any market. */
export async function axisOf(
  { query }: Marts,
  range: typeof RANGES[number],
): Promise<Axis> {
  const [row] = await query(
    `select (epoch(max(ts)) / 60)::integer as last from marts.candles
     where interval = '${range.interval}'`,
  );
  const last = Number(row?.last ?? 0);
  return {
    start: last - (range.n - 1) * range.step,
    step: range.step,
    n: range.n,
  };
}

/** SQL for "this row's `ts` lies on the axis". */
export const onAxis = (axis: Axis): string =>
  `ts >= make_timestamp(${axis.start * 60}::bigint * 1000000)
   and ts < make_timestamp(${
    (axis.start + axis.n * axis.step) * 60
  }::bigint * 1000000)`;

/** The row's place on the axis, in SQL. */
export const placeOn = (axis: Axis): string =>
  `((epoch(ts) / 60 - ${axis.start}) / ${axis.step})::integer`;
