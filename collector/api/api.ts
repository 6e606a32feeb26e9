import { Hono } from "hono";
import { cors } from "hono/cors";
import type postgres from "postgres";
import { masked } from "../cli/secrets.ts";
import { VERSION } from "../cli/version.ts";
import { checked } from "./checked.ts";
import { failure } from "./failure.ts";
import { feeds, feedsJson, tickersJson } from "./feeds.ts";
import { gapCounts, rejectRises, silence, statusOf } from "./health.ts";
import { eventOf, Live, MOST_FOLLOWERS } from "./live.ts";
import { candlesQuery, gapsQuery, marketsQuery, openapi } from "./openapi.ts";
import { published } from "./published.ts";
import { shared } from "./shared.ts";

/** What the API needs. It keeps no state of its own: all it says comes from the database. */
export interface ApiOptions {
  sql: postgres.Sql;
  /** Further lines for `/metrics`, such as the counters of the process that collects. */
  metrics?: () => Metric[];
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

/**
 * The HTTP app, as a value: served on loopback while collecting and as the
 * Supabase edge function `api`; a test calls `app.request()` without a port.
 */
export function api(
  { sql, metrics, liveEveryMs = 1000 }: ApiOptions,
): Hono {
  const app = new Hono();
  app.use(cors({ origin: "*", allowMethods: ["GET"] }));
  app.onError((error, c) => {
    const { status, body } = failure(error, `${c.req.method} ${c.req.path}`);
    return c.json(body, status);
  });
  app.notFound((c) =>
    c.json({
      error: `There is no ${c.req.path} here. /openapi.json lists the routes.`,
    }, 404)
  );

  app.get("/openapi.json", (c) => c.json(openapi(VERSION)));

  const health = shared(1000, 5000, async () => {
    const at = new Date().toISOString();
    const [streams, rising, text, gaps, [row]] = await Promise.all([
      silence(sql),
      rejectRises(sql),
      feedsJson(sql),
      gapCounts(sql),
      sql`select count(*)::int as rejects from rejects where received_at > now() - interval '1 hour'`,
    ]);
    const status = statusOf(streams, rising, text.length > 2 ? 1 : 0);
    const { collectors, sockets, stale, awaited } = streams;
    const told = JSON.stringify({
      status,
      at,
      collectors,
      sockets,
      stale,
      awaited,
      gaps_open: gaps.filter((count) => count.state === "open")
        .reduce((sum, { gaps }) => sum + gaps, 0),
      rejects_last_hour: row!.rejects,
      rejects_rising: rising,
    });
    return { status, body: `${told.slice(0, -1)},"feeds":${text}}` };
  });
  app.get("/healthz", async (c) => {
    c.header("cache-control", "no-store");
    try {
      const { status, body } = await health();
      c.header("content-type", "application/json");
      return c.body(body, status === "ok" ? 200 : 503);
    } catch (error) {
      const { status, body } = failure(error, c.req.path);
      return c.json({
        status: status === 503 ? "down" : "failed",
        at: new Date().toISOString(),
        ...body,
        ...NOTHING_KNOWN,
      }, status);
    }
  });

  app.get("/metrics", async (c) => {
    const samples: Metric[] = [];
    for (const { venue, all, up } of (await silence(sql)).sockets) {
      const sample = { type: "gauge", labels: { venue } } as const;
      samples.push({
        ...sample,
        name: "crowdtape_sockets",
        help: "Sockets that there should be.",
        value: all,
      }, {
        ...sample,
        name: "crowdtape_sockets_up",
        help: "Sockets that are open.",
        value: up,
      });
    }
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
          exists (select from stream_stats f
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

  const live = new Live(liveEveryMs, async () => {
    const at = new Date().toISOString();
    const [tickers, feeds] = await Promise.all([
      tickersJson(sql),
      feedsJson(sql),
    ]);
    return eventOf("tickers", `{"at":"${at}","tickers":${tickers}}`) +
      eventOf("feeds", `{"at":"${at}","feeds":${feeds}}`);
  });
  app.get("/v1/live", (c) => {
    const gzip = /\bgzip\b/.test(c.req.header("accept-encoding") ?? "");
    const body = live.follow(gzip);
    if (!body) {
      return c.json({
        error: `More than ${MOST_FOLLOWERS} follow already. Try again later.`,
      }, 429);
    }
    return c.body(body, 200, {
      "content-type": "text/event-stream",
      // Compressed once for all, not by the server for each.
      "cache-control": "no-store, no-transform",
      vary: "accept-encoding",
      ...(gzip && { "content-encoding": "gzip" }),
    });
  });

  return app;
}

const NOTHING_KNOWN = {
  collectors: 0,
  sockets: [],
  stale: [],
  awaited: [],
  feeds: [],
  gaps_open: 0,
  rejects_last_hour: 0,
  rejects_rising: [],
};

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
