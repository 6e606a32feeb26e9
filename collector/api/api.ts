import { Hono } from "hono";
import { cors } from "hono/cors";
import { streamSSE } from "hono/streaming";
import type postgres from "postgres";
import { masked } from "../secrets.ts";
import { checked } from "./checked.ts";
import { gapCounts, rejectRises, staleStreams } from "./health.ts";
import { candlesQuery, gapsQuery, marketsQuery, openapi } from "./openapi.ts";
import { published } from "./published.ts";

/** What the API needs. It keeps no state of its own: all it says comes from the database. */
export interface ApiOptions {
  sql: postgres.Sql;
  /** Further lines for `/metrics`, such as the counters of the process that collects. */
  metrics?: () => Metric[];
  /** Seconds without news after which a market's stream may be {@link staleStreams stale}. */
  staleAfter?: number;
  /** Milliseconds between two events of `/v1/live`. */
  liveEveryMs?: number;
}

/** One Prometheus sample. */
export interface Metric {
  name: string;
  help: string;
  type: "counter" | "gauge";
  labels: Record<string, string>;
  value: number;
}

const VERSION = "0.1.0";

/**
 * The HTTP app, as a value: served on loopback while collecting and as the
 * Supabase edge function `api`; a test calls `app.request()` without a port.
 */
export function api(
  { sql, metrics, staleAfter = 120, liveEveryMs = 1000 }: ApiOptions,
): Hono {
  const app = new Hono();
  app.use(cors({ origin: "*", allowMethods: ["GET"] }));
  app.onError((error, c) => {
    console.error(`api: ${c.req.method} ${c.req.path}: ${error.message}`);
    return c.json({
      error: "The database did not answer. Try again in a moment.",
    }, 503);
  });
  app.notFound((c) =>
    c.json({
      error: `There is no ${c.req.path} here. /openapi.json lists the routes.`,
    }, 404)
  );

  app.get("/openapi.json", (c) => c.json(openapi(VERSION)));

  app.get("/healthz", async (c) => {
    const at = new Date().toISOString();
    try {
      const all = await feeds(sql);
      const [{ rejects } = { rejects: 0 }] = await sql`
        select count(*)::int as rejects from rejects where received_at > now() - interval '1 hour'`;
      const stale = await staleStreams(sql, staleAfter);
      const rising = await rejectRises(sql);
      const open = (await gapCounts(sql))
        .filter((count) => count.state === "open")
        .reduce((sum, { gaps }) => sum + gaps, 0);
      const status = all.length === 0
        ? "starting"
        : stale.length > 0
        ? "stale"
        : rising.length > 0
        ? "unreadable"
        : "ok";
      return c.json({
        status,
        at,
        stale,
        feeds: all,
        gaps_open: open,
        rejects_last_hour: rejects,
        rejects_rising: rising,
      });
    } catch (error) {
      console.error(`api: ${c.req.path}: ${(error as Error).message}`);
      return c.json({
        status: "down",
        at,
        stale: [],
        feeds: [],
        gaps_open: 0,
        rejects_last_hour: 0,
        rejects_rising: [],
      }, 503);
    }
  });

  app.get("/metrics", async (c) => {
    const samples: Metric[] = [];
    for (const f of await feeds(sql)) {
      const labels = { source: f.source, stream: f.stream, channel: f.channel };
      samples.push({
        name: "crowdtape_events_total",
        help: "Events received since the database was made.",
        type: "counter",
        labels,
        value: Number(f.events),
      }, {
        name: "crowdtape_last_event_age_seconds",
        help: "Seconds since the last event was received.",
        type: "gauge",
        labels,
        value: f.age_seconds,
      });
    }
    const rejects =
      await sql`select source, count(*)::int as count from rejects group by source`;
    for (const row of rejects) {
      samples.push({
        name: "crowdtape_rejects",
        help: "Frames, rows and pages that could not be read.",
        type: "gauge",
        labels: { source: row.source },
        value: row.count,
      });
    }
    for (
      const { venue, channel, state, gaps, seconds } of await gapCounts(sql)
    ) {
      const labels = { venue, channel, state };
      samples.push({
        name: "crowdtape_gaps",
        help: "Gaps of the ledger.",
        type: "gauge",
        labels,
        value: gaps,
      }, {
        name: "crowdtape_gap_seconds",
        help: "Length of the ledger's gaps together.",
        type: "gauge",
        labels,
        value: seconds,
      });
    }
    return c.text(prometheus([...samples, ...(metrics?.() ?? [])]), 200, {
      "content-type": "text/plain; version=0.0.4; charset=utf-8",
    });
  });

  app.get("/v1/markets", async (c) => {
    const query = checked(c, marketsQuery);
    if (query instanceof Response) return query;
    const collected = query.collected ? query.collected === "true" : null;
    const markets = await sql`
      select * from (
        select venue, market, base, quote, korean_name, english_name, active, warning,
          exists (select from feeds f
            where f.source = m.venue and f.stream = m.market and f.channel = 'trade') as collected
        from markets m) as listed
      where (${query.venue ?? null}::text is null or venue = ${
      query.venue ?? null
    })
        and (${collected}::boolean is null or collected = ${collected}::boolean)
      order by venue, market`;
    return c.json({ markets });
  });

  app.get("/v1/gaps", async (c) => {
    const query = checked(c, gapsQuery);
    if (query instanceof Response) return query;
    const { venue = null, market = null, channel = null, state = null } = query;
    const { from = null, to = null, limit } = query;
    const gaps = await sql`
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
    return c.json({ gaps });
  });

  app.get("/v1/candles", async (c) => {
    const query = checked(c, candlesQuery);
    if (query instanceof Response) return query;
    const { venue, market, interval, from = null, to = null, limit } = query;
    const candles = await sql`
      select * from (
        select distinct on (ts) ts, open::text, high::text, low::text, close::text, volume::text,
          quote_volume::text, trade_count, source, state, revision
        from candles
        where venue = ${venue} and market = ${market} and interval = ${interval}
          and (${from}::timestamptz is null or ts >= ${from})
          and (${to}::timestamptz is null or ts < ${to})
        -- The venue's own where it is there, except that a whole one beats a partial one.
        order by ts desc, state = 'partial', source = 'trades'
        limit ${limit}) as newest
      order by ts`;
    if (candles.length === 0) {
      const [known] =
        await sql`select from markets where venue = ${venue} and market = ${market}`;
      if (!known) {
        return c.json({
          error: `No market ${market} at ${venue}. /v1/markets lists them.`,
        }, 404);
      }
    }
    return c.json({ candles });
  });

  app.route("/", published(sql));

  const live = shared(liveEveryMs, async () => ({
    at: new Date().toISOString(),
    tickers: await tickers(sql),
    feeds: await feeds(sql),
  }));
  app.get("/v1/live", (c) => {
    c.header("cache-control", "no-store");
    return streamSSE(c, async (stream) => {
      while (!stream.aborted) {
        const { at, tickers, feeds } = await live();
        await stream.writeSSE({
          event: "tickers",
          data: JSON.stringify({ at, tickers }),
        });
        await stream.writeSSE({
          event: "feeds",
          data: JSON.stringify({ at, feeds }),
        });
        await stream.sleep(liveEveryMs);
      }
    });
  });

  return app;
}

/** One read for all who ask within `ms`: a hundred viewers cost the database what one does. */
function shared<T>(ms: number, read: () => Promise<T>): () => Promise<T> {
  let last: { at: number; value: Promise<T> } | null = null;
  return () => {
    const at = performance.now();
    if (!last || at - last.at >= ms) last = { at, value: read() };
    return last.value;
  };
}

interface FeedRow {
  source: string;
  stream: string;
  channel: string;
  events: string;
  last_ts: Date;
  age_seconds: number;
}

const feeds = (sql: postgres.Sql): Promise<FeedRow[]> =>
  sql<FeedRow[]>`
    select source, stream, channel, events, last_ts,
      round(extract(epoch from clock_timestamp() - last_received_at)::numeric, 3)::float8 as age_seconds
    from feeds order by source, channel, stream`;

/** The newest ticker of each market; one index look-up a market. */
const tickers = (sql: postgres.Sql) =>
  sql`
    select t.venue, t.market, t.ts, t.last::text, t.change_rate::text, t.volume_24h::text, t.value_24h::text
    from feeds f
    cross join lateral (
      select * from tickers where venue = f.source and market = f.stream order by ts desc limit 1) as t
    where f.channel = 'ticker'
    order by t.venue, t.market`;

/** The Prometheus text format: each name's help and type once, then its samples. */
function prometheus(samples: Metric[]): string {
  const names = new Map<string, Metric[]>();
  for (const sample of samples) {
    names.set(sample.name, [...(names.get(sample.name) ?? []), sample]);
  }
  const escaped = (text: string) =>
    text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll(
      "\n",
      "\\n",
    );
  let text = "";
  for (const [name, [first, ...rest]] of names) {
    if (!first) continue;
    text += `# HELP ${name} ${first.help}\n# TYPE ${name} ${first.type}\n`;
    for (const { labels, value } of [first, ...rest]) {
      const pairs = Object.entries(labels).map(([key, label]) =>
        `${key}="${escaped(masked(label))}"`
      );
      text += `${name}${
        pairs.length > 0 ? `{${pairs.join(",")}}` : ""
      } ${value}\n`;
    }
  }
  return text;
}
