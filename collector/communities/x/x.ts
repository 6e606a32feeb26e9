/**
 * X (API v2, recent counts), as pure functions: what to ask for and how to
 * read what comes back.
 */
import { z } from "zod";
import type { Count, Micros } from "../../model/events.ts";
import { parseExact, toJson } from "../../model/wire.ts";

/** Bucket sizes of the API, their length and crowdtape's name for them. */
const GRANULARITIES = {
  minute: { length: 60e6, bucket: "1m" },
  hour: { length: 3600e6, bucket: "1h" },
  day: { length: 86400e6, bucket: "1d" },
} as const;
export type Granularity = keyof typeof GRANULARITIES;

/** What a reply holds, or why there is none. */
export type CountsReply =
  | {
    outcome: "counts";
    /** Ascending. A bucket that was only partly seen has `complete: false`. */
    counts: Count[];
    /** Buckets that could not be read. */
    unreadable: { reason: string; payload: string }[];
  }
  | {
    outcome:
      | "unauthorized"
      | "forbidden"
      /** Too many requests: again after `x-rate-limit-reset`. */
      | "limited"
      /** The month's or the project's allowance is used up. */
      | "capped"
      /** The query or another parameter is wrong. */
      | "refused"
      | "outage"
      | "broken";
    /** One sentence with the remedy. */
    message: string;
  };

/**
 * The request for the counts of a query over the last seven days: one request,
 * whatever the granularity. $0.005 each by the price list of 2026-02-06.
 */
export function countsRequest(
  base: string,
  query: string,
  token: string,
  granularity: Granularity = "minute",
): { url: string; headers: Record<string, string> } {
  // Not URLSearchParams alone: X documents spaces as %20.
  const encoded = encodeURIComponent(query);
  return {
    url:
      `${base}/2/tweets/counts/recent?query=${encoded}&granularity=${granularity}`,
    headers: { authorization: `Bearer ${token}` },
  };
}

const time = z.iso.datetime();
const number = z.string().regex(/^\d{1,9}$/);
// openapi 2.167 calls post_count what older replies call tweet_count.
const bucketShape = z.looseObject({
  start: time,
  end: time,
  tweet_count: number.optional(),
  post_count: number.optional(),
});
const replyShape = z.looseObject({ data: z.array(z.unknown()) });
const errorShape = z.looseObject({
  title: z.string().optional(),
  detail: z.string().optional(),
  type: z.string().optional(),
  errors: z.array(
    z.looseObject({
      message: z.string().optional(),
      detail: z.string().optional(),
      title: z.string().optional(),
    }),
  ).optional(),
});

/** Reads a reply of `GET /2/tweets/counts/recent`. */
export function readCounts(
  query: string,
  response: { status: number; text: string },
  granularity: Granularity = "minute",
): CountsReply {
  let body: unknown;
  try {
    body = parseExact(response.text);
  } catch {
    body = undefined;
  }
  const reply = replyShape.safeParse(body);
  if (response.status !== 200 || !reply.success) {
    return failureOf(query, response.status, body);
  }
  return readBuckets(query, reply.data.data, granularity);
}

function readBuckets(
  query: string,
  data: unknown[],
  granularity: Granularity,
): CountsReply {
  const { length, bucket } = GRANULARITIES[granularity];
  const unreadable: { reason: string; payload: string }[] = [];
  const spans: { start: Micros; end: Micros; count: number }[] = [];
  for (const raw of data) {
    const read = bucketShape.safeParse(raw);
    const text = read.data?.tweet_count ?? read.data?.post_count;
    const start = micros(read.data?.start);
    const end = micros(read.data?.end);
    if (text === undefined || !(end > start) || end - start > length) {
      unreadable.push({
        reason:
          `a bucket without start, end and a whole count, or not a ${granularity} long`,
        payload: toJson(raw),
      });
      continue;
    }
    spans.push({ start, end, count: Number(text) });
  }
  spans.sort((a, b) => a.start - b.start);
  const requestEnd = spans.at(-1)?.end;
  const counts = spans.map(({ start, end, count }): Count => ({
    kind: "count",
    source: "x",
    query,
    // A partial first bucket begins late; it belongs to the bucket it lies in.
    ts: Math.floor(start / length) * length,
    bucket,
    count,
    // The last one still fills, even where it looks whole.
    complete: start % length === 0 && end - start === length &&
      end !== requestEnd,
  }));
  return { outcome: "counts", counts, unreadable };
}

const micros = (text: string | undefined): Micros =>
  text === undefined ? NaN : Date.parse(text) * 1000;

function failureOf(query: string, status: number, body: unknown): CountsReply {
  const error = errorShape.safeParse(body).data;
  const first = error?.errors?.[0];
  const said = error?.detail ?? error?.title ?? first?.message ??
    first?.detail ?? first?.title;
  const words = `X answered HTTP ${status}${
    said ? ` (${said.replace(/\.$/, "").slice(0, 300)})` : ""
  } to the query "${query}"`;
  switch (status) {
    case 401:
      return {
        outcome: "unauthorized",
        message:
          `${words}: X_BEARER_TOKEN is not valid. Set it to the bearer token of your app, or leave x out of communities.`,
      };
    case 403:
      return {
        outcome: "forbidden",
        message:
          `${words}: the app behind X_BEARER_TOKEN may not read counts. Give it access to recent post counts in the developer portal, or leave x out of communities.`,
      };
    case 429:
      if (/usage-capped|UsageCapExceeded/.test(toJson(body))) {
        return {
          outcome: "capped",
          message:
            `${words}: the project's allowance is used up. Raise the spending limit in the developer portal, or wait for the next period.`,
        };
      }
      return {
        outcome: "limited",
        message:
          `${words}: too many requests. It is asked again when the limit resets; set a longer "every" in communities.x if this repeats.`,
      };
  }
  if (status >= 500) {
    return {
      outcome: "outage",
      message:
        `${words}: X has trouble. It is asked again at the next turn; the seven-day window fills what is missed.`,
    };
  }
  if (status >= 400 || (status === 200 && said)) {
    return {
      outcome: "refused",
      message:
        `${words}. Correct the query in communities.x of the configuration (at most 512 characters, operators as X documents them).`,
    };
  }
  return {
    outcome: "broken",
    message:
      `${words} with something that is not a list of counts. Check "base" in communities.x; what came is kept in the table rejects.`,
  };
}
