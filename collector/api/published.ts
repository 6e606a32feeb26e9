/** Routes of the marts that `deno task publish` has put into the database. */
import { type Context, Hono } from "hono";
import type postgres from "postgres";
import { checked } from "./checked.ts";
import {
  attention,
  attentionQuery,
  correlation,
  correlationQuery,
  indicator,
  indicatorsQuery,
  premium,
  premiumQuery,
} from "./openapi_published.ts";

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

/** `/v1/indicators`, `/v1/attention`, `/v1/correlation` and `/v1/premium`. */
export function published(sql: postgres.Sql): Hono {
  const app = new Hono();

  /** When a mart was published, and what to say where there are no rows. */
  const beside = async (mart: string, rows: number) => {
    const [told] =
      await sql`select published_at from published_marts where mart = ${mart}`;
    return {
      published_at: (told?.published_at ?? null) as Date | null,
      note: rows > 0 ? null : told ? NO_MATCH : NOT_YET,
    };
  };

  const where = (conditions: Fragment[]): Fragment =>
    conditions.length === 0
      ? sql`true`
      : conditions.reduce((all, one) => sql`${all} and ${one}`);

  /** Only the filters that were given: a condition that is always there keeps the index from being used. */
  const filters = (given: Record<string, string | undefined>): Fragment[] =>
    Object.entries(given).filter(([, value]) => value !== undefined)
      .map(([column, value]) => sql`${sql(column)} = ${value!}`);

  /**
   * The newest rows in ascending order, those of one time by `ties`. These are
   * never parted, so that `next` as `to` of another question goes on exactly
   * before them.
   */
  const newest = async (
    c: Context,
    mart: string,
    columns: string[],
    conditions: Fragment[],
    { from, to, limit }: Page,
    ties: string[] = [],
  ): Promise<Response> => {
    if (from) conditions.push(sql`ts >= ${from}`);
    if (to) conditions.push(sql`ts < ${to}`);
    const order = ties.reduce<Fragment>(
      (all, column) => sql`${all}, ${sql(column)} desc`,
      sql`ts desc`,
    );
    const found = await sql`
      select ${sql(columns)} from ${sql(`published_${mart}`)}
      where ${where(conditions)} order by ${order} limit ${limit + 1}`;
    let rows = [...found];
    let next: Date | null = null;
    if (rows.length > limit) {
      const parted = rows.at(-1)!.ts.getTime();
      rows = rows.filter((row) => row.ts.getTime() !== parted);
      if (rows.length === 0) {
        return c.json({
          error:
            `limit: more than ${limit} rows share one time. Raise it, or ask for less at once.`,
        }, 400);
      }
      next = rows.at(-1)!.ts;
    }
    return c.json({
      [mart]: rows.reverse(),
      next,
      ...await beside(mart, rows.length),
    });
  };

  app.get("/v1/indicators", async (c) => {
    const query = checked(c, indicatorsQuery);
    if (query instanceof Response) return query;
    const { venue, market, interval, ...page } = query;
    const [known] = await sql`
      select exists (select from published_marts where mart = 'indicators') as published,
        exists (select from published_indicators where venue = ${venue} and market = ${market}) as here`;
    if (known!.published && !known!.here) {
      return c.json({
        error:
          `No indicators of ${market} at ${venue} are published. /v1/markets lists the markets.`,
      }, 404);
    }
    return await newest(
      c,
      "indicators",
      Object.keys(indicator.shape),
      filters({ venue, market, interval }),
      page,
    );
  });

  app.get("/v1/attention", async (c) => {
    const query = checked(c, attentionQuery);
    if (query instanceof Response) return query;
    const { from, to, limit, ...given } = query;
    return await newest(
      c,
      "attention",
      Object.keys(attention.shape),
      filters(given),
      { from, to, limit },
      ["coin", "query", "source", "measure"],
    );
  });

  app.get("/v1/premium", async (c) => {
    const query = checked(c, premiumQuery);
    if (query instanceof Response) return query;
    const { from, to, limit, ...given } = query;
    return await newest(
      c,
      "premium",
      Object.keys(premium.shape),
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
  });

  app.get("/v1/correlation", async (c) => {
    const query = checked(c, correlationQuery);
    if (query instanceof Response) return query;
    const { limit, offset, ...given } = query;
    const found = await sql`
      select ${sql(Object.keys(correlation.shape))} from published_correlation
      where ${where(filters(given))}
      order by venue, market, source, query, measure, against, bucket, transform, method
      limit ${limit + 1} offset ${offset}`;
    const rows = found.slice(0, limit);
    return c.json({
      correlation: rows,
      next: found.length > limit ? offset + limit : null,
      ...await beside("correlation", rows.length),
    });
  });

  return app;
}
