import { OpenAPIHono, z } from "@hono/zod-openapi";
import { cors } from "hono/cors";
import type postgres from "postgres";
import { VERSION } from "../cli/version.ts";
import { failure } from "./failure.ts";
import { feedsJson, tickersJson } from "./feeds.ts";
import { gapCounts, rejectRises, silence, statusOf } from "./health.ts";
import { eventOf, Live, MOST_FOLLOWERS } from "./live.ts";
import { marketRoutes } from "./market_routes.ts";
import { type Metric, metricsText } from "./metrics.ts";
import { published } from "./published.ts";
import { refuseNul } from "./questions.ts";
import { instant, json, refusal, trouble } from "./schemas.ts";
import { stepRuns } from "./runs.ts";
import { shared } from "./shared.ts";

/** What the API needs. It keeps no state of its own: all it says comes from the database. */
export interface ApiOptions {
  sql: postgres.Sql;
  /** Further lines for `/metrics`, such as the counters of the process that collects. */
  metrics?: () => Metric[];
  /** Milliseconds between two events of `/v1/live`. */
  liveEveryMs?: number;
}

const health = z.object({
  status: z.enum([
    "ok",
    "starting",
    "disconnected",
    "stale",
    "unreadable",
    "down",
    "failed",
  ]).meta({
    description:
      "starting: news of some channel is awaited since the start; disconnected: no socket is up; " +
      "stale: a stream is silent beyond its own rhythm; unreadable: a source suddenly sends what can't be read; " +
      "down: no database; failed: a defect",
  }),
  at: instant,
  collectors: z.int().meta({ description: "processes that collect" }),
  sockets: z.array(z.object({
    venue: z.string(),
    all: z.int(),
    up: z.int(),
    down_seconds: z.number().meta({ description: "since when none is up" }),
  })),
  stale: z.array(z.string()).meta({
    description: "source, stream (* for all of them) and channel",
  }),
  awaited: z.array(z.string()),
  feeds: z.array(z.object({
    source: z.string(),
    stream: z.string(),
    channel: z.string(),
    events: z.string().meta({ description: "a 64-bit count" }),
    last_ts: instant,
    age_seconds: z.number().meta({
      description: "since the last event was received",
    }),
  })),
  gaps_open: z.int().meta({ description: "gaps neither repaired nor lost" }),
  rejects_last_hour: z.int(),
  rejects_rising: z.array(z.object({
    source: z.string(),
    last_5_minutes: z.int(),
    usual: z.number(),
  })),
  runs: z.array(z.object({
    step: z.string(),
    state: z.enum(["running", "done", "failed", "abandoned"]).meta({
      description: "of its newest run",
    }),
    success_age_seconds: z.number().nullable(),
    success_seconds: z.number().nullable(),
    failures_last_day: z.int(),
  })).meta({
    description: "steps of the chain of deno task run; no reason to be unwell",
  }),
});

/** What is answered where nothing can be known. */
const NOTHING_KNOWN = {
  collectors: 0,
  sockets: [],
  stale: [],
  awaited: [],
  feeds: [],
  gaps_open: 0,
  rejects_last_hour: 0,
  rejects_rising: [],
  runs: [],
} satisfies Partial<z.input<typeof health>>;

/**
 * The HTTP app, as a value: served on loopback while collecting and as the
 * Supabase edge function `api`; a test calls `app.request()` without a port.
 */
export function api(
  { sql, metrics, liveEveryMs = 1000 }: ApiOptions,
): OpenAPIHono {
  const app = new OpenAPIHono();
  app.use(cors({ origin: "*", allowMethods: ["GET"] }));
  app.use(refuseNul);
  app.onError((error, c) => {
    const { status, body } = failure(error, `${c.req.method} ${c.req.path}`);
    return c.json(body, status);
  });
  app.notFound((c) =>
    c.json({
      error: `There is no ${c.req.path} here. /openapi.json lists the routes.`,
    }, 404)
  );

  let document: ReturnType<typeof describe> | undefined;
  app.get("/openapi.json", (c) => c.json(document ??= describe(app)));
  healthRoutes(app, sql, metrics);
  app.route("/", marketRoutes(sql));
  app.route("/", published(sql));
  liveRoute(app, sql, liveEveryMs);
  return app;
}

/** The OpenAPI document of an app's routes. */
const describe = (app: OpenAPIHono) =>
  app.getOpenAPIDocument({
    openapi: "3.0.3",
    info: {
      title: "crowdtape",
      version: VERSION,
      description:
        "Markets, candles and live prices as collected; indicators, attention, correlation and premium " +
        "as published. Decimals and 64-bit ids are text, measures are numbers, what is unknown is null.",
      license: { name: "MIT" },
    },
  });

/** `/healthz` and `/metrics`. Their bodies are texts that are made elsewhere, so their answers are only described here. */
function healthRoutes(
  app: OpenAPIHono,
  sql: postgres.Sql,
  metrics: ApiOptions["metrics"],
): void {
  app.openAPIRegistry.registerPath({
    method: "get",
    path: "/healthz",
    summary: "Whether data is coming in",
    responses: {
      200: json(health, "All is well: the newest event of each feed"),
      500: json(health, "A defect of the program"),
      503: json(health, "Something is not well: see `status`"),
    },
  });
  const told = shared(1000, 5000, () => healthText(sql));
  app.get("/healthz", async (c) => {
    c.header("cache-control", "no-store");
    try {
      const { status, body } = await told();
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

  app.openAPIRegistry.registerPath({
    method: "get",
    path: "/metrics",
    summary: "The same for Prometheus",
    responses: {
      200: {
        description: "Prometheus text format",
        content: { "text/plain": { schema: z.string() } },
      },
      ...trouble,
    },
  });
  app.get(
    "/metrics",
    async (c) =>
      c.text(await metricsText(sql, metrics?.() ?? []), 200, {
        "content-type": "text/plain; version=0.0.4; charset=utf-8",
      }),
  );
}

async function healthText(sql: postgres.Sql) {
  const at = new Date().toISOString();
  const [streams, rising, feeds, gaps, runs, [row]] = await Promise.all([
    silence(sql),
    rejectRises(sql),
    feedsJson(sql),
    gapCounts(sql),
    stepRuns(sql),
    sql`select count(*)::int as rejects from rejects where received_at > now() - interval '1 hour'`,
  ]);
  const status = statusOf(streams, rising, feeds.length > 2 ? 1 : 0);
  const { collectors, sockets, stale, awaited } = streams;
  const told = JSON.stringify(
    {
      status,
      at,
      collectors,
      sockets,
      stale,
      awaited,
      gaps_open: gaps.filter((count) => count.state === "open")
        .reduce((sum, { gaps }) => sum + gaps, 0),
      rejects_last_hour: row!.rejects as number,
      rejects_rising: rising,
      runs: runs as z.input<typeof health>["runs"],
    } satisfies Omit<z.input<typeof health>, "feeds">,
  );
  return { status, body: `${told.slice(0, -1)},"feeds":${feeds}}` };
}

/** `/v1/live`. */
function liveRoute(
  app: OpenAPIHono,
  sql: postgres.Sql,
  everyMs: number,
): void {
  const live = new Live(everyMs, async () => {
    const at = new Date().toISOString();
    const [tickers, feeds] = await Promise.all([
      tickersJson(sql),
      feedsJson(sql),
    ]);
    return eventOf("tickers", `{"at":"${at}","tickers":${tickers}}`) +
      eventOf("feeds", `{"at":"${at}","feeds":${feeds}}`);
  });
  app.openAPIRegistry.registerPath({
    method: "get",
    path: "/v1/live",
    summary: "Server-sent events each second: `tickers` and `feeds`; " +
      "who does not take them for five seconds is disconnected",
    responses: {
      200: {
        description: "text/event-stream",
        content: { "text/event-stream": { schema: z.string() } },
      },
      429: refusal("Too many follow already"),
    },
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
}
