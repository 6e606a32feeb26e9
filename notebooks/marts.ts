/** What the site's data loaders read: the marts and the lake. */
import type { DuckDBDataChunk } from "@duckdb/node-api";
import { martFiles, martNames, openLake } from "../analytics/lake/lake.ts";
import { dataFolder } from "../collector/cli/data_folder.ts";
import { CliError } from "../collector/cli/errors.ts";

/** The marts that the site is made from. */
export const MARTS = [
  "candles",
  "indicators",
  "overview",
] as const;

/** A row: 64-bit numbers, decimals and times as exact text, NULL as null. */
export type Row = Record<string, unknown>;

/** The marts and the lake, open for reading. */
export interface Marts {
  /** Runs one query over `marts.<mart>` and `lake.<table>`; `R` are the columns that it selects. */
  query<R extends object = Row>(sql: string): Promise<R[]>;
  /** Like `query`, as the database hands it out: for many numbers. */
  chunks(sql: string): Promise<DuckDBDataChunk[]>;
  /**
   * Like `query`, for a further mart: null where that mart has not been made,
   * as in a folder of an older version.
   */
  queryMart<R extends object = Row>(
    mart: string,
    sql: string,
  ): Promise<R[] | null>;
  close(): void;
}

/** More than any page shows: the last 7 days begin in the eighth, and a Korean day opens before. */
const NEWEST_DAYS = 10;

/** Opens the marts' newest days and the lake of the data folder; an empty lake is no error here. */
export async function openMarts(): Promise<Marts> {
  const lake = await openLake({ allowEmpty: true, newestDays: NEWEST_DAYS });
  const query = async <R extends object = Row>(sql: string): Promise<R[]> =>
    (await lake.connection.runAndReadAll(sql)).getRowObjectsJson() as R[];
  const made = new Set(
    (await query(
      "select table_name from information_schema.tables where table_schema = 'marts'",
    )).map((row) => row.table_name),
  );
  return {
    query,
    chunks: async (sql) =>
      await (await lake.connection.run(sql)).fetchAllChunks(),
    queryMart: async <R extends object = Row>(mart: string, sql: string) => {
      if (made.has(mart)) return await query<R>(sql);
      // A mart that nothing makes would be absent for ever.
      await Deno.stat(
        new URL(`../analytics/marts/${mart}.sql`, import.meta.url),
      );
      return null;
    },
    close: lake.close,
  };
}

/**
 * Prints what a page reads, as a program of its own, and ends it at once: some
 * versions of Deno crash where a program ends by itself with DuckDB loaded.
 */
export async function print(
  read: (marts: Marts) => Promise<unknown>,
): Promise<never> {
  const marts = await openMarts();
  console.log(JSON.stringify(await read(marts)));
  marts.close();
  Deno.exit(0);
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
  const rows = await query<Omit<Market, "key">>(
    `select venue, market, coalesce(base, market) as base, coalesce(quote, '') as quote,
       korean_name as ko, english_name as en
     from marts.overview
     order by row_number() over (partition by venue
       order by quote_volume_24h desc nulls last, market), venue desc`,
  );
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
  /** By the page's id. */
  pages: Record<string, number | null>;
  markets: Record<string, number>;
}

/** A page, and where the time of its newest datum stands; left out: it is that of the markets. */
export interface DatedPage {
  id: string;
  newest?: { mart: string; at: string };
}

/** Ends of the newest minute, span or data of each page: by what was observed, never by when it was stored or a file was written. */
async function readNewest(
  { query, queryMart }: Marts,
  pages: DatedPage[],
): Promise<Newest> {
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
  const of = async ({ newest }: DatedPage): Promise<number | null> => {
    if (!newest) return Math.max(...Object.values(markets));
    const [row] = await queryMart<{ at: number | null }>(
      newest.mart,
      `select epoch_ms(max(${newest.at}))::double as at from marts.${newest.mart}`,
    ) ?? [];
    return row?.at ?? null;
  };
  const found: Newest = { markets, pages: {} };
  for (const page of pages) found.pages[page.id] = await of(page);
  return found;
}

/**
 * Checks that every mart is there and holds rows.
 * @throws {CliError} naming the mart and the task that makes it.
 */
export async function readContents(pages: DatedPage[]): Promise<Contents> {
  const remedy =
    'run "deno task analyze" first, or "deno task demo" for simulated data';
  const made = await martNames(dataFolder());
  for (const name of MARTS) {
    if (made.includes(name)) continue;
    throw new CliError(
      `The mart ${dataFolder()}/marts/${name} is missing: ${remedy}.`,
    );
  }
  let counts: Row[];
  let markets: Row[];
  let newest: Newest;
  let marts: Marts | undefined;
  try {
    marts = await openMarts();
    const files = await Promise.all(
      MARTS.map((name) => martFiles(dataFolder(), name)),
    );
    counts = await marts.query(
      MARTS.map((name, i) =>
        `select '${name}' as name, sum(num_rows)::double as n from parquet_file_metadata(${
          files[i]
        })`
      ).join(" union all "),
    );
    markets = await marts.query(
      `select venue, market from marts.overview
       order by venue desc, quote_volume_24h desc nulls last, market`,
    );
    newest = await readNewest(marts, pages);
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
        `The mart ${dataFolder()}/marts/${name} is empty: collect some data ` +
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
export function digits(value: unknown, count: number): number | null {
  if (value === null || value === undefined) return null;
  const x = Number(value);
  if (x === 0 || !Number.isFinite(x)) return Number.isFinite(x) ? 0 : x;
  const size = Math.abs(x);
  const places = count - 1 - Math.floor(Math.log10(size));
  // A whole number over a power of ten is the double that is written shortest;
  // beyond 10^22 powers are none.
  if (places > 22 || places < -22) return Number(x.toPrecision(count));
  return Math.sign(x) *
    (places >= 0
      ? Math.round(size * 10 ** places) / 10 ** places
      : Math.round(size / 10 ** -places) * 10 ** -places);
}

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

/** One of the spans, by its name. */
export type Span = typeof RANGES[number]["range"];

/** Spans of the pages that offer fewer. */
export type LongSpan = Exclude<Span, "3d">;

/** The length of a bar. */
export type Interval = typeof RANGES[number]["interval"];

/** A value a bar; null where it is not known. */
export type Column = (number | null)[];

/** The spans of the pages that offer fewer. */
export const LONG_RANGES = RANGES.filter((range) => range.range !== "3d");

/** The axis that ends with the newest candle of any market. */
export async function axisOf(
  marts: Marts,
  range: typeof RANGES[number],
): Promise<Axis> {
  let axes = AXES.get(marts);
  if (!axes) AXES.set(marts, axes = readAxes(marts));
  return (await axes).get(range)!;
}

/** Each span's, which all pages share. */
const AXES = new WeakMap<
  Marts,
  Promise<Map<typeof RANGES[number], Axis>>
>();

async function readAxes({ query }: Marts) {
  const rows = await query(
    `select interval, (epoch(max(ts)) / 60)::integer as last from marts.candles
     where interval in (${
      RANGES.map(({ interval }) => `'${interval}'`).join(", ")
    }) group by interval`,
  );
  const lasts = new Map(rows.map((row) => [row.interval, Number(row.last)]));
  return new Map(RANGES.map((range) => {
    const { interval, step, n } = range;
    const start = (lasts.get(interval) ?? 0) - (n - 1) * step;
    return [range, { start, step, n } as Axis];
  }));
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
