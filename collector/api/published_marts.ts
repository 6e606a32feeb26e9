/**
 * The marts that `deno task publish` puts into Postgres. Each declares its
 * columns once: they are those of the table `published_<mart>` (a test holds
 * both together), the fields of the API's answers and the type of the rows that
 * loaders and pages read.
 */
import { z } from "@hono/zod-openapi";
import { type IndicatorColumn, indicatorColumns } from "../indicators/list.ts";
import { indicatorText } from "../indicators/indicator.ts";
import { instant } from "./schemas.ts";

/** A mart that is published. */
export interface PublishedMart<
  Columns extends z.ZodRawShape = z.ZodRawShape,
  Measures extends z.ZodRawShape = z.ZodRawShape,
> {
  /** Its name, and the list's in an answer. */
  mart: string;
  columns: Columns;
  /**
   * Further columns of the mart, doubles or unknown. The table holds them in one
   * array, `measures`, whose order `published_marts.measures` names, so that one
   * more changes no table; an array takes a third of the room of a document.
   */
  measures: Measures;
  key: (keyof Columns & string)[];
  /** Columns that a question fixes and answers leave out. */
  asked: (keyof Columns & string)[];
  /** The column with the length of a bucket; null where all are as long, or none. */
  bucket: (keyof Columns & string) | null;
  /** Whether a row has a time, `ts`. */
  timed: boolean;
}

function mart<
  const Name extends string,
  Columns extends z.ZodRawShape,
  Measures extends z.ZodRawShape,
  const Asked extends keyof Columns & string,
>(
  declared: PublishedMart<Columns, Measures> & { mart: Name; asked: Asked[] },
) {
  const fields = Object.entries({ ...declared.columns, ...declared.measures })
    .filter(([name]) => !(declared.asked as string[]).includes(name));
  return {
    ...declared,
    /** A row as the API answers with it. */
    answer: z.object(
      Object.fromEntries(fields) as Omit<Columns, Asked> & Measures,
    ),
  };
}

/** A row of a mart as its table and its file have it. */
export type RowOf<Mart> = Mart extends PublishedMart<infer C, infer M>
  ? z.output<z.ZodObject<C & M>>
  : never;

const text = z.string();
const maybe = text.nullable();
const number = z.number().nullable();
const whole = z.int().nullable();

export const measure = z.enum(["posts", "comments", "tweets"]);
export const against = z.enum(["volume", "volatility", "abs_return"]);
export const transform = z.enum(["level", "log", "dlevel", "dlog"]);
export const method = z.enum(["pearson", "spearman", "kendall"]);
export const finding = z.enum([
  "x_leads",
  "y_leads",
  "x_adds",
  "y_adds",
  "together",
  "one_event",
  "nothing",
  "unit_roots",
  "too_little",
]);

export const indicatorsMart = mart({
  mart: "indicators",
  columns: {
    venue: text,
    market: text,
    interval: text,
    ts: instant.meta({ description: "open of the bar, UTC" }),
    close: z.number(),
  },
  measures: Object.fromEntries(
    indicatorColumns.map(({ column, meaning, warmup, of }) => [
      column,
      number.meta({
        description: [
          indicatorText(of).en,
          ...meaning ? [meaning] : [],
          ...warmup > 0 ? [`null for the first ${warmup} bars`] : [],
        ].join("; "),
      }),
    ]),
  ) as Record<IndicatorColumn, typeof number>,
  key: ["venue", "market", "interval", "ts"],
  asked: ["venue", "market", "interval"],
  bucket: "interval",
  timed: true,
});

export const attentionMart = mart({
  mart: "attention",
  columns: {
    ts: instant.meta({ description: "start of the bucket, UTC" }),
    source: text,
    query: maybe.meta({ description: "null in rows of a coin" }),
    coin: maybe.meta({ description: "null in rows of a query" }),
    measure,
    bucket: text,
    count_raw: z.int().meta({ description: "of what was seen" }),
    count_complete: whole.meta({
      description: "null unless the bucket was wholly observed",
    }),
    count_deduplicated: whole,
    share: number.meta({ description: "of all names of coins, 0 to 1" }),
    share_deduplicated: number,
    expected: number.meta({
      description: "of this hour of the week, from the 8 weeks before",
    }),
    z: number,
    weeks: whole.meta({ description: "weeks that `expected` knows" }),
    expected_daily: number.meta({
      description: "of this hour of the day, from the 28 days before",
    }),
    z_daily: number,
    days: whole,
  },
  measures: {},
  key: ["bucket", "coin", "query", "source", "measure", "ts"],
  asked: ["bucket"],
  bucket: "bucket",
  timed: true,
});

export const correlationMart = mart({
  mart: "correlation",
  columns: {
    source: text,
    query: text,
    measure,
    venue: text,
    market: text,
    against,
    bucket: z.enum(["5m", "1h"]),
    transform,
    method,
    r: number,
    n: z.int(),
    n_eff: number.meta({ description: "independent pairs that n are worth" }),
    low: number.meta({ description: "95 %, on n_eff" }),
    high: number,
    boot_low: number.meta({ description: "95 %, stationary bootstrap" }),
    boot_high: number,
    p: number,
    p_adjusted: number.meta({ description: "Benjamini–Hochberg, all rows" }),
    valid: z.boolean().meta({
      description: "false under unit roots: no interval holds then",
    }),
    lag: whole.meta({
      description: "buckets at which it stands out; positive: talk first",
    }),
    lag_minutes: whole,
    lag_r: number,
    lag_p: number,
    verdict: finding,
    verdict_en: text,
    verdict_ko: text,
  },
  measures: {},
  key: [
    "venue",
    "market",
    "source",
    "query",
    "measure",
    "against",
    "bucket",
    "transform",
    "method",
  ],
  asked: [],
  bucket: null,
  timed: false,
});

export const premiumMart = mart({
  mart: "premium",
  columns: {
    ts: instant.meta({
      description: "start of the minute whose end the values are of, UTC",
    }),
    base: text,
    korean_venue: text,
    korean_market: text,
    global_venue: text,
    global_market: text,
    basis: z.enum(["book", "candle"]),
    korean_price: number,
    global_price: number,
    fx: number.meta({ description: "won for a dollar, official" }),
    fx_source: maybe,
    fx_age_seconds: number,
    stale: z.boolean().nullable().meta({
      description: "the official rate is older than an hour",
    }),
    usdt_krw: number,
    usdt_source: maybe,
    usdt_basis: maybe,
    usdt_age_seconds: number,
    premium_fx: number.meta({ description: "a fraction" }),
    premium_usdt: number,
    tether: number,
    disagree: z.boolean().nullable().meta({
      description: "premium_fx and premium_usdt have opposite signs",
    }),
  },
  measures: {},
  key: [
    "base",
    "ts",
    "korean_venue",
    "korean_market",
    "global_venue",
    "global_market",
  ],
  asked: [],
  bucket: null,
  timed: true,
});

/** Every mart that is published. */
export const publishedMarts = [
  indicatorsMart,
  attentionMart,
  correlationMart,
  premiumMart,
] as const;

/** A column of a table as Postgres describes it. */
export interface TableColumn {
  name: string;
  type: string;
  nullable: boolean;
}

/** The columns of `published_<mart>`. */
export const tableColumns = (
  { columns, measures }: Pick<PublishedMart, "columns" | "measures">,
): TableColumn[] => [
  ...Object.entries(columns).map(([name, schema]) => ({
    name,
    type: postgresType(schema as z.ZodType),
    nullable: (schema as z.ZodType).safeParse(null).success,
  })),
  ...Object.keys(measures).length > 0
    ? [{ name: "measures", type: "double precision[]", nullable: false }]
    : [],
];

function postgresType(schema: z.ZodType): string {
  if (schema instanceof z.ZodNullable) {
    return postgresType(schema.unwrap() as z.ZodType);
  }
  if (schema instanceof z.ZodISODateTime) return "timestamp with time zone";
  if (schema instanceof z.ZodBoolean) return "boolean";
  if (schema instanceof z.ZodNumber) {
    return schema.format === "safeint" ? "integer" : "double precision";
  }
  if (schema instanceof z.ZodString || schema instanceof z.ZodEnum) {
    return "text";
  }
  throw new Error(`no column of a table is a ${schema.def.type}`);
}
