/** Routes of the marts that `deno task publish` has put into the database. */
import { type OpenAPIHono, z } from "@hono/zod-openapi";
import type postgres from "postgres";
import {
  against,
  attentionMart,
  correlationMart,
  finding,
  indicatorsMart,
  measure,
  method,
  premiumMart,
  type PublishedMart,
  transform,
} from "./published_marts.ts";
import { answering } from "./questions.ts";
import { instant, limit, moment, reading } from "./schemas.ts";

type Fragment = postgres.PendingQuery<postgres.Row[]>;

/** One page of a question by time. */
interface Page {
  from?: string;
  to?: string;
  limit: number;
}

const NOT_YET =
  "Nothing has been published yet. Run `deno task publish` after `deno task analyze`.";
const NO_MATCH = "Nothing that is published matches the question.";

const name = z.string().min(1);
const venue = name.meta({ example: "upbit" });
const market = name.meta({
  description: "the venue's own code",
  example: "KRW-BTC",
});
const coin = name.meta({ description: "code of a coin", example: "BTC" });
const source = name.meta({
  description: "A community, as the configuration names it",
});

/** Parameters of every route that pages by time. */
const page = {
  from: moment.optional().meta({ description: "first time, inclusive" }),
  to: moment.optional().meta({
    description:
      "last time, exclusive; `next` of a page asks for the older one",
  }),
  limit,
};

const inOrder = (span: { from?: string; to?: string }) =>
  !span.from || !span.to || Date.parse(span.from) < Date.parse(span.to);
const order = { path: ["from"], error: "has to be earlier than `to`" };

/** What stands beside the rows. */
const beside = {
  published_at: instant.nullable().meta({
    description: "null: not published yet",
  }),
  note: z.string().nullable().meta({
    description: "why there are no rows; null where there are",
  }),
};

const next = instant.nullable().meta({
  description: "`to` of the page before; null: there is none",
});

const indicatorsRoute = reading("/v1/indicators", {
  summary:
    "Indicators of a market by TA-Lib's definitions, the newest, in ascending order",
  query: z.strictObject({
    venue,
    market,
    interval: z.enum(["1m", "5m", "15m", "1h", "4h", "1d", "1d-kst"])
      .default("1h"),
    ...page,
  }).refine(inOrder, order),
  answer: z.object({
    indicators: z.array(indicatorsMart.answer),
    next,
    ...beside,
  }),
  description: "Indicators; null before the warm-up and after unknown bars",
});

const attentionRoute = reading("/v1/attention", {
  summary:
    "Posts, comments and tweets of a query or naming a coin, share and z-score, in ascending order",
  query: z.strictObject({
    bucket: z.enum(["5m", "1h", "1d"]).default("1h"),
    coin: coin.optional(),
    query: name.optional().meta({
      description: "a whole query or board, as in the answers",
      example: "posts:bitcoins_new1",
    }),
    source: source.optional(),
    measure: measure.optional(),
    ...page,
  }).refine(inOrder, order),
  answer: z.object({
    attention: z.array(attentionMart.answer),
    next,
    ...beside,
  }),
  description: "Attention",
});

const correlationRoute = reading("/v1/correlation", {
  summary:
    "Talk against each market with interval, effective n and a verdict in words",
  query: z.strictObject({
    venue: venue.optional(),
    market: market.optional(),
    source: source.optional(),
    query: name.optional(),
    measure: measure.optional(),
    against: against.optional(),
    bucket: correlationMart.columns.bucket.optional(),
    transform: transform.optional(),
    method: method.optional(),
    verdict: finding.optional(),
    limit,
    offset: z.coerce.number().int().min(0).default(0),
  }),
  answer: z.object({
    correlation: z.array(correlationMart.answer),
    next: z.int().nullable().meta({
      description: "`offset` of the page that follows; null: none",
    }),
    ...beside,
  }),
  description: "Correlations",
});

const premiumRoute = reading("/v1/premium", {
  summary: "The kimchi premiums by minute, in ascending order",
  query: z.strictObject({
    base: coin.optional(),
    korean_venue: venue.optional(),
    global_venue: name.optional().meta({ example: "binance" }),
    ...page,
  }).refine(inOrder, order),
  answer: z.object({
    premium: z.array(premiumMart.answer),
    next,
    ...beside,
  }),
  description: "Premiums, with the rate's age",
});

/** `/v1/indicators`, `/v1/attention`, `/v1/correlation` and `/v1/premium`. */
export function published(sql: postgres.Sql): OpenAPIHono {
  const app = answering();

  const where = (conditions: Fragment[]): Fragment =>
    conditions.length === 0
      ? sql`true`
      : conditions.reduce((all, one) => sql`${all} and ${one}`);

  /** Only the filters that were given: a condition that is always there keeps the index from being used. */
  const filters = (given: Record<string, string | undefined>): Fragment[] =>
    Object.entries(given).filter(([, value]) => value !== undefined)
      .map(([column, value]) => sql`${sql(column)} = ${value!}`);

  /** Some rows of a mart as the API answers with them, and when it was published: of one moment. */
  async function read<Row>(
    { mart, columns, measures, answer }: Answered<Row>,
    rest: Fragment,
  ) {
    const fields = Object.keys(answer.shape);
    const stored = fields.filter((field) => field in columns);
    const inArray = Object.keys(measures);
    const [rows, [told]] = await sql.begin(
      "isolation level repeatable read read only",
      (tx) =>
        Promise.all([
          tx<(Row & { ts: Date; measures: (number | null)[] })[]>`
            select ${tx(inArray.length > 0 ? [...stored, "measures"] : stored)}
            from ${tx(`published_${mart}`)} ${rest}`,
          tx<{ published_at: Date; measures: string[] | null }[]>`
            select published_at, measures from published_marts where mart = ${mart}`,
        ]),
    );
    const places = inArray.map((name) =>
      [
        name,
        told?.measures?.indexOf(name) ?? -1,
      ] as const
    );
    return {
      rows: inArray.length === 0 ? [...rows] : rows.map(
        ({ measures, ...row }) => ({
          ...row,
          ...Object.fromEntries(
            places.map(([name, place]) => [name, measures[place] ?? null]),
          ),
        } as unknown as typeof rows[number]),
      ),
      beside: (answers: number) => ({
        published_at: told?.published_at as unknown as string ?? null,
        note: answers > 0 ? null : told ? NO_MATCH : NOT_YET,
      }),
    };
  }

  /**
   * The newest rows in ascending order, those of one time by `ties`; or why
   * there are none. Rows of one time are never parted, so that `next` as `to` of
   * another question goes on exactly before them.
   */
  async function newest<Row>(
    mart: Answered<Row>,
    conditions: Fragment[],
    { from, to, limit }: Page,
    ties: string[] = [],
  ) {
    if (from) conditions.push(sql`ts >= ${from}`);
    if (to) conditions.push(sql`ts < ${to}`);
    const order = ties.reduce<Fragment>(
      (all, column) => sql`${all}, ${sql(column)} desc`,
      sql`ts desc`,
    );
    const { rows: found, beside } = await read(
      mart,
      sql`where ${where(conditions)} order by ${order} limit ${limit + 1}`,
    );
    let rows = found;
    let next: Date | null = null;
    if (rows.length > limit) {
      const parted = rows.at(-1)!.ts.getTime();
      rows = rows.filter((row) => row.ts.getTime() !== parted);
      if (rows.length === 0) {
        return {
          error:
            `limit: more than ${limit} rows share one time. Raise it, or ask for less at once.`,
        };
      }
      next = rows.at(-1)!.ts;
    }
    return {
      rows: rows.reverse() as Row[],
      // JSON makes a text of a time.
      page: { next: next as unknown as string | null, ...beside(rows.length) },
    };
  }

  app.openapi(indicatorsRoute, async (c) => {
    const { venue, market, interval, ...page } = c.req.valid("query");
    const [known] = await sql`
      select exists (select from published_marts where mart = 'indicators') as published,
        exists (select from published_indicators where venue = ${venue} and market = ${market}) as here`;
    if (known!.published && !known!.here) {
      return c.json({
        error:
          `No indicators of ${market} at ${venue} are published. /v1/markets lists the markets.`,
      }, 404);
    }
    const found = await newest(
      indicatorsMart,
      filters({ venue, market, interval }),
      page,
    );
    if ("error" in found) return c.json({ error: found.error! }, 400);
    return c.json({ indicators: found.rows, ...found.page }, 200);
  });

  app.openapi(attentionRoute, async (c) => {
    const { from, to, limit, ...given } = c.req.valid("query");
    const found = await newest(
      attentionMart,
      filters(given),
      { from, to, limit },
      ["coin", "query", "source", "measure"],
    );
    if ("error" in found) return c.json({ error: found.error! }, 400);
    return c.json({ attention: found.rows, ...found.page }, 200);
  });

  app.openapi(premiumRoute, async (c) => {
    const { from, to, limit, ...given } = c.req.valid("query");
    const found = await newest(
      premiumMart,
      filters(given),
      { from, to, limit },
      [
        "base",
        "korean_venue",
        "korean_market",
        "global_venue",
        "global_market",
      ],
    );
    if ("error" in found) return c.json({ error: found.error! }, 400);
    return c.json({ premium: found.rows, ...found.page }, 200);
  });

  app.openapi(correlationRoute, async (c) => {
    const { limit, offset, ...given } = c.req.valid("query");
    const { rows: found, beside } = await read(
      correlationMart,
      sql`where ${where(filters(given))}
        order by venue, market, source, query, measure, against, bucket, transform, method
        limit ${limit + 1} offset ${offset}`,
    );
    const rows = found.slice(0, limit);
    return c.json({
      correlation: rows,
      next: found.length > limit ? offset + limit : null,
      ...beside(rows.length),
    }, 200);
  });

  return app;
}

/** A mart whose rows answer as `Row`. */
type Answered<Row> = Pick<PublishedMart, "mart" | "columns" | "measures"> & {
  answer: z.ZodObject & z.ZodType<Row>;
};
