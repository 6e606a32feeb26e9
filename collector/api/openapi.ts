import { z } from "zod";
import {
  bad,
  instant,
  json,
  limit,
  moment,
  parameters,
  problem,
  trouble,
} from "./openapi_parts.ts";
import { publishedPaths } from "./openapi_published.ts";

/** Questions and answers of the API as zod schemas: the routes check with them and `/openapi.json` shows them. */

const decimal = z.string().meta({
  description: "exact decimal",
  examples: ["91368000"],
});

export const candlesQuery = z.object({
  venue: z.string().min(1),
  market: z.string().min(1).meta({
    description: "the venue's own code",
    examples: ["KRW-BTC"],
  }),
  interval: z.literal("1m").default("1m").meta({
    description: "longer intervals are marts of the lake",
  }),
  from: moment.optional().meta({ description: "first open time, inclusive" }),
  to: moment.optional().meta({ description: "last open time, exclusive" }),
  limit,
});

export const gapsQuery = z.object({
  venue: z.string().min(1).optional(),
  market: z.string().min(1).optional(),
  channel: z.enum(["trade", "ticker", "book"]).optional(),
  state: z.enum(["open", "repaired", "unrecoverable"]).optional(),
  from: moment.optional().meta({ description: "gaps that end after it" }),
  to: moment.optional().meta({ description: "gaps that begin before it" }),
  limit,
});

export const gap = z.object({
  venue: z.string(),
  market: z.string(),
  channel: z.string(),
  from_ts: instant,
  to_ts: instant.nullable().meta({ description: "null while it grows" }),
  from_id: z.string().nullable(),
  to_id: z.string().nullable(),
  reason: z.string(),
  state: z.string(),
  recovered: z.int(),
  note: z.string().nullable(),
  opened_at: instant,
  closed_at: instant.nullable(),
});

export const candle = z.object({
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

export const market = z.object({
  venue: z.string(),
  market: z.string(),
  base: z.string(),
  quote: z.string(),
  korean_name: z.string().nullable(),
  english_name: z.string().nullable(),
  active: z.boolean(),
  warning: z.string().nullable(),
  collected: z.boolean().meta({
    description: "whether trades of it have been seen",
  }),
});

export const marketsQuery = z.object({
  venue: z.string().min(1).optional(),
  collected: z.enum(["true", "false"]).optional(),
});

export const feed = z.object({
  source: z.string(),
  stream: z.string(),
  channel: z.string(),
  events: z.string().meta({ description: "a 64-bit count" }),
  last_ts: instant,
  age_seconds: z.number().meta({
    description: "since the last event was received",
  }),
});

export const health = z.object({
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
  feeds: z.array(feed),
  gaps_open: z.int().meta({ description: "gaps neither repaired nor lost" }),
  rejects_last_hour: z.int(),
  rejects_rising: z.array(z.object({
    source: z.string(),
    last_5_minutes: z.int(),
    usual: z.number(),
  })),
});

/** The API in the OpenAPI 3.0 form. */
export function openapi(version: string) {
  return {
    openapi: "3.0.3",
    info: {
      title: "crowdtape",
      version,
      description:
        "Markets, candles and live prices as collected; indicators, attention, correlation and premium " +
        "as published. Decimals and 64-bit ids are text, measures are numbers, what is unknown is null.",
      license: { name: "MIT" },
    },
    paths: {
      "/healthz": {
        get: {
          summary: "Whether data is coming in",
          responses: {
            200: json(health, "All is well: the newest event of each feed"),
            500: json(health, "A defect of the program"),
            503: json(health, "Something is not well: see `status`"),
          },
        },
      },
      "/metrics": {
        get: {
          summary: "The same for Prometheus",
          responses: {
            200: {
              description: "Prometheus text format",
              content: { "text/plain": {} },
            },
            ...trouble,
          },
        },
      },
      "/v1/markets": {
        get: {
          summary: "Markets as their venues list them",
          parameters: parameters(marketsQuery),
          responses: {
            200: json(z.object({ markets: z.array(market) }), "Markets"),
            400: bad,
            ...trouble,
          },
        },
      },
      "/v1/candles": {
        get: {
          summary: "Candles in ascending order; an unknown minute is absent",
          parameters: parameters(candlesQuery),
          responses: {
            200: json(z.object({ candles: z.array(candle) }), "Candles"),
            400: bad,
            404: bad,
            ...trouble,
          },
        },
      },
      "/v1/gaps": {
        get: {
          summary: "What was not observed, newest first",
          parameters: parameters(gapsQuery),
          responses: {
            200: json(z.object({ gaps: z.array(gap) }), "Gaps"),
            400: bad,
            ...trouble,
          },
        },
      },
      ...publishedPaths,
      "/v1/live": {
        get: {
          summary: "Server-sent events each second: `tickers` and `feeds`; " +
            "who does not take them for five seconds is disconnected",
          responses: {
            200: {
              description: "text/event-stream",
              content: { "text/event-stream": {} },
            },
            429: json(problem, "Too many follow already"),
          },
        },
      },
    },
  };
}
