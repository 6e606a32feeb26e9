/** Routes of what is collected: markets, candles, gaps. JSON makes texts of the times that the database gives. */
import { type OpenAPIHono, z } from "@hono/zod-openapi";
import type postgres from "postgres";
import { iso } from "./feeds.ts";
import { answering } from "./questions.ts";
import { together } from "./shared.ts";
import { decimal, instant, limit, made, moment, reading } from "./schemas.ts";

const name = z.string().min(1);
const maybe = z.string().nullable();

const market = z.object({
  venue: z.string(),
  market: z.string(),
  base: z.string(),
  quote: z.string(),
  korean_name: maybe,
  english_name: maybe,
  active: z.boolean(),
  warning: maybe,
  collected: z.boolean().meta({
    description: "whether trades of it have been seen",
  }),
});

const marketsRoute = reading("/v1/markets", {
  summary: "Markets as their venues list them",
  query: z.object({
    venue: name.optional(),
    collected: z.enum(["true", "false"]).optional(),
  }),
  answer: z.object({
    markets: z.array(market),
  }),
  description: "Markets",
});

const candle = z.object({
  ts: instant,
  open: decimal,
  high: decimal,
  low: decimal,
  close: decimal,
  volume: decimal,
  quote_volume: decimal.nullable(),
  trade_count: z.int().nullable(),
  source: z.enum(["venue", "trades"]),
  state: z.enum(["closed", "no_trade", "partial"]),
  revision: z.int(),
});

const candlesQuery = z.object({
  venue: name,
  market: name.meta({
    description: "the venue's own code",
    example: "KRW-BTC",
  }),
  interval: z.literal("1m").default("1m").meta({
    description: "longer intervals are marts of the lake",
  }),
  from: moment.optional().meta({ description: "first open time, inclusive" }),
  to: moment.optional().meta({ description: "last open time, exclusive" }),
  limit,
});

const candlesRoute = reading("/v1/candles", {
  summary: "Candles in ascending order; an unknown minute is absent",
  query: candlesQuery,
  answer: z.object({
    candles: z.array(candle),
  }),
  description: "Candles",
});

const gap = z.object({
  venue: z.string(),
  market: z.string(),
  channel: z.string(),
  from_ts: instant,
  to_ts: instant.nullable().meta({ description: "null while it grows" }),
  from_id: maybe,
  to_id: maybe,
  reason: z.string(),
  state: z.string(),
  recovered: z.int(),
  note: maybe,
  opened_at: instant,
  closed_at: instant.nullable(),
});

const gapsRoute = reading("/v1/gaps", {
  summary: "What was not observed, newest first",
  query: z.object({
    venue: name.optional(),
    market: name.optional(),
    channel: z.enum(["trade", "ticker", "book"]).optional(),
    state: z.enum(["open", "repaired", "unrecoverable"]).optional(),
    from: moment.optional().meta({ description: "gaps that end after it" }),
    to: moment.optional().meta({ description: "gaps that begin before it" }),
    limit,
  }),
  answer: z.object({
    gaps: z.array(gap),
  }),
  description: "Gaps",
});

/** `/v1/markets`, `/v1/candles` and `/v1/gaps`. */
export function marketRoutes(sql: postgres.Sql): OpenAPIHono {
  const app = answering();

  app.openapi(marketsRoute, async (c) => {
    const query = c.req.valid("query");
    const venue = query.venue ?? null;
    const collected = query.collected ? query.collected === "true" : null;
    const markets = await sql<z.output<typeof market>[]>`
      select * from (
        select venue, market, base, quote, korean_name, english_name, active, warning,
          exists (select from stream_stats f
            where f.source = m.venue and f.stream = m.market and f.channel = 'trade') as collected
        from markets m) as listed
      where (${venue}::text is null or venue = ${venue})
        and (${collected}::boolean is null or collected = ${collected}::boolean)
      order by venue, market`;
    return c.json({ markets }, 200);
  });

  app.openapi(gapsRoute, async (c) => {
    const query = c.req.valid("query");
    const { venue = null, market = null, channel = null, state = null } = query;
    const { from = null, to = null, limit } = query;
    const gaps = await sql<z.output<typeof gap>[]>`
      select venue, market, channel, from_ts, to_ts, from_id::text, to_id::text, reason, state, recovered,
        note, opened_at, closed_at
      from gaps
      where (${venue}::text is null or venue = ${venue})
        and (${market}::text is null or market = ${market})
        and (${channel}::text is null or channel = ${channel})
        and (${state}::text is null or state = ${state})
        and (${from}::timestamptz is null or to_ts is null or to_ts > ${from}::timestamptz)
        and (${to}::timestamptz is null or from_ts < ${to}::timestamptz)
      order by from_ts desc, gap_id desc limit ${limit}`;
    return c.json({ gaps }, 200);
  });

  // Many look at one chart at once.
  const askedOnce = together<string | null>();
  app.openapi(candlesRoute, async (c) => {
    const query = c.req.valid("query");
    const candles = await askedOnce(
      JSON.stringify(query),
      () => readCandles(sql, query),
    );
    if (candles === null) {
      const [known] =
        await sql`select from markets where venue = ${query.venue} and market = ${query.market}`;
      if (!known) {
        return c.json({
          error:
            `No market ${query.market} at ${query.venue}. /v1/markets lists them.`,
        }, 404);
      }
    }
    return made<{ candles: z.output<typeof candle>[] }>(
      c,
      `{"candles":${candles ?? "[]"}}`,
    );
  });

  return app;
}

/** The newest candles of a market as a JSON list, in ascending order; null where there are none. */
async function readCandles(
  sql: postgres.Sql,
  query: z.output<typeof candlesQuery>,
): Promise<string | null> {
  const { venue, market, interval, from = null, to = null, limit } = query;
  // A minute has two rows at most, the venue's and the one of trades, so that the
  // newest 2 × limit rows, read along the key, hold the newest minutes whole.
  const [row] = await sql<{ json: string | null }[]>`
      select json_agg(shown)::text as json from (
        select ${
    iso(sql, "newest.ts")
  } as ts, open::text, high::text, low::text, close::text,
          volume::text, quote_volume::text, trade_count, source, state, revision
        from (
          select distinct on (ts) * from (
            select * from candles
            where venue = ${venue} and market = ${market} and interval = ${interval}
              and ts >= coalesce(${from}::timestamptz, '-infinity')
              and ts < coalesce(${to}::timestamptz, 'infinity')
            order by ts desc, source desc limit ${limit}::integer * 2) as rows
          -- The venue's own where it is there, except that a whole one beats a partial one.
          order by ts desc, state = 'partial', source = 'trades'
          limit ${limit}) as newest
        order by newest.ts) as shown`;
  return row!.json;
}
