import { z } from "zod";
import {
  bad,
  instant,
  json,
  limit,
  moment,
  parameters,
  trouble,
} from "./openapi_parts.ts";

/** Questions and answers about published marts; each row's fields are columns of `published_<mart>`. */

const name = z.string().min(1);
const venue = name.meta({ examples: ["upbit"] });
const market = name.meta({
  description: "the venue's own code",
  examples: ["KRW-BTC"],
});
const coin = name.meta({ description: "code of a coin", examples: ["BTC"] });
const measure = z.enum(["posts", "comments", "tweets"]);
const number = z.number().nullable();
const whole = z.int().nullable();

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

export const indicatorsQuery = z.strictObject({
  venue,
  market,
  interval: z.enum(["1m", "5m", "15m", "1h", "4h", "1d", "1d-kst"])
    .default("1h"),
  ...page,
}).refine(inOrder, order);

export const attentionQuery = z.strictObject({
  bucket: z.enum(["5m", "1h", "1d"]).default("1h"),
  coin: coin.optional(),
  query: name.optional().meta({
    description: "a whole query or board, as in the answers",
    examples: ["posts:bitcoins_new1"],
  }),
  source: name.optional().meta({ examples: ["dcinside", "x"] }),
  measure: measure.optional(),
  ...page,
}).refine(inOrder, order);

export const premiumQuery = z.strictObject({
  base: coin.optional(),
  korean_venue: venue.optional(),
  global_venue: name.optional().meta({ examples: ["binance"] }),
  ...page,
}).refine(inOrder, order);

const against = z.enum(["volume", "volatility", "abs_return"]);
const transform = z.enum(["level", "log", "dlevel", "dlog"]);
const method = z.enum(["pearson", "spearman", "kendall"]);
const finding = z.enum([
  "x_leads",
  "y_leads",
  "together",
  "nothing",
  "unit_roots",
  "too_little",
]);

export const correlationQuery = z.strictObject({
  venue: venue.optional(),
  market: market.optional(),
  source: name.optional().meta({ examples: ["dcinside", "x"] }),
  query: name.optional(),
  measure: measure.optional(),
  against: against.optional(),
  bucket: z.enum(["5m", "1h"]).optional(),
  transform: transform.optional(),
  method: method.optional(),
  verdict: finding.optional(),
  limit,
  offset: z.coerce.number().int().min(0).default(0),
});

export const indicator = z.object({
  ts: instant.meta({ description: "open of the bar, UTC" }),
  close: z.number(),
  sma20: number,
  sma60: number,
  sma240: number,
  ema12: number,
  ema26: number,
  bb_upper: number,
  bb_middle: number,
  bb_lower: number,
  rsi14: number,
  macd: number,
  macd_signal: number,
  macd_hist: number,
  bb240_upper: number,
  bb240_lower: number,
  up_share240: number,
  atr14: number,
  obv: number,
  cci20: number,
  stoch_k: number,
  stoch_d: number,
  adx14: number,
  mfi14: number,
  vwap: number,
  vwap240: number,
  ichimoku_conversion: number,
  ichimoku_base: number,
  ichimoku_lead_a: number,
  ichimoku_lead_b: number,
  ichimoku_span_a: number,
  ichimoku_span_b: number,
});

export const attention = z.object({
  ts: instant.meta({ description: "start of the bucket, UTC" }),
  source: z.string(),
  query: z.string().nullable().meta({ description: "null in rows of a coin" }),
  coin: z.string().nullable().meta({ description: "null in rows of a query" }),
  measure,
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
});

export const premium = z.object({
  ts: instant.meta({
    description: "start of the minute whose end the values are of, UTC",
  }),
  base: z.string(),
  korean_venue: z.string(),
  korean_market: z.string(),
  global_venue: z.string(),
  global_market: z.string(),
  basis: z.enum(["book", "candle"]),
  korean_price: number,
  global_price: number,
  fx: number.meta({ description: "won for a dollar, official" }),
  fx_source: z.string().nullable(),
  fx_age_seconds: number,
  stale: z.boolean().nullable().meta({
    description: "the official rate is older than an hour",
  }),
  usdt_krw: number,
  usdt_source: z.string().nullable(),
  usdt_basis: z.string().nullable(),
  usdt_age_seconds: number,
  premium_fx: number.meta({ description: "a fraction" }),
  premium_usdt: number,
  tether: number,
  disagree: z.boolean().nullable().meta({
    description: "premium_fx and premium_usdt have opposite signs",
  }),
});

export const correlation = z.object({
  source: z.string(),
  query: z.string(),
  measure,
  venue: z.string(),
  market: z.string(),
  against,
  bucket: z.string(),
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
  verdict_en: z.string(),
  verdict_ko: z.string(),
});

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

/** The routes' part of the OpenAPI description. */
export const publishedPaths = {
  "/v1/indicators": {
    get: {
      summary:
        "Indicators of a market by TA-Lib's definitions, the newest, in ascending order",
      parameters: parameters(indicatorsQuery),
      responses: {
        200: json(
          z.object({ indicators: z.array(indicator), next, ...beside }),
          "Indicators; null before the warm-up and after unknown bars",
        ),
        400: bad,
        404: bad,
        ...trouble,
      },
    },
  },
  "/v1/attention": {
    get: {
      summary:
        "Posts, comments and tweets of a query or naming a coin, share and z-score, in ascending order",
      parameters: parameters(attentionQuery),
      responses: {
        200: json(
          z.object({ attention: z.array(attention), next, ...beside }),
          "Attention",
        ),
        400: bad,
        ...trouble,
      },
    },
  },
  "/v1/correlation": {
    get: {
      summary:
        "Talk against each market with interval, effective n and a verdict in words",
      parameters: parameters(correlationQuery),
      responses: {
        200: json(
          z.object({
            correlation: z.array(correlation),
            next: whole.meta({
              description: "`offset` of the page that follows; null: none",
            }),
            ...beside,
          }),
          "Correlations",
        ),
        400: bad,
        ...trouble,
      },
    },
  },
  "/v1/premium": {
    get: {
      summary: "The kimchi premiums by minute, in ascending order",
      parameters: parameters(premiumQuery),
      responses: {
        200: json(
          z.object({ premium: z.array(premium), next, ...beside }),
          "Premiums, with the rate's age",
        ),
        400: bad,
        ...trouble,
      },
    },
  },
};
