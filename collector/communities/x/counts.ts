/** The X job: one request per query and turn, for the whole seven-day window. */
import { type CountsReply, countsRequest, readCounts } from "./x.ts";
import { type Crawler, troubleOfStatus } from "../../net/crawl.ts";
import type { Micros } from "../../model/events.ts";
import type { Store } from "../../store/store.ts";

/** What the job works with. */
export interface TweetCountDeps {
  config: { base: string };
  /** Bearer token of the app: `X_BEARER_TOKEN`. */
  token: string;
  store: Pick<Store, "write" | "reject" | "flush">;
  crawler: Crawler;
  now(): Micros;
  log(line: string): void;
  signal?: AbortSignal;
}

/** What came of one query. */
export interface TweetCountReport {
  query: string;
  outcome: CountsReply["outcome"] | "resting" | "stopped";
  /** Buckets read, and how many of them are complete. */
  buckets: number;
  complete: number;
  rejected: number;
  /** When it is asked again at the earliest, while resting. */
  until: Micros | null;
}

/** What to say where there is no token: the rest runs without X. */
export function missingToken(queries: string[]): string {
  const list = queries.map((query) => `"${query}"`).join(", ");
  return `X_BEARER_TOKEN is not set: no counts are read for ${list}. ` +
    "Set it to the bearer token of an X app, or leave x out of communities.";
}

/**
 * Reads the counts per minute of a query for the last seven days and writes
 * them. Reading again changes only what X has revised: the first complete
 * value stays in `first_count`.
 */
export async function readTweetCounts(
  query: string,
  deps: TweetCountDeps,
): Promise<TweetCountReport> {
  const report: TweetCountReport = {
    query,
    outcome: "stopped",
    buckets: 0,
    complete: 0,
    rejected: 0,
    until: null,
  };
  const { url, headers } = countsRequest(deps.config.base, query, deps.token);
  let answer;
  try {
    answer = await deps.crawler.request(url, {
      headers,
      signal: deps.signal,
      // Called by contract with the app's own token.
      robots: false,
      trouble: (page) => {
        // A refused app says nothing against the host, and costs nothing.
        if (page.status === 403) return null;
        return page.status === 429 &&
            readCounts(query, page).outcome === "capped"
          ? "forbidden"
          : troubleOfStatus(page);
      },
    });
  } catch (error) {
    if (deps.signal?.aborted) return report;
    throw error;
  }
  if (answer.kind === "resting") {
    const until = new Date(answer.until).toISOString();
    deps.log(`x: "${query}" waits until ${until} (${answer.reason})`);
    return { ...report, outcome: "resting", until: answer.until * 1000 };
  }
  if (answer.kind !== "page") {
    deps.log(
      `x: "${query}" could not be asked for (${answer.reason}). It is asked again at the next turn.`,
    );
    return { ...report, outcome: "outage" };
  }
  const reply = readCounts(query, answer);
  report.outcome = reply.outcome;
  if (reply.outcome !== "counts") {
    deps.log(`x: ${reply.message}`);
    if (reply.outcome === "broken") {
      report.rejected = 1;
      deps.store.reject({
        source: "x",
        place: url,
        reason: reply.message,
        payload: answer.text,
      });
    }
    await deps.store.flush();
    return report;
  }
  for (const { reason, payload } of reply.unreadable) {
    deps.store.reject({ source: "x", place: url, reason, payload });
  }
  if (reply.unreadable.length > 0) {
    deps.log(
      `x: ${reply.unreadable.length} buckets of "${query}" could not be read; they are in the table rejects`,
    );
  }
  deps.store.write(reply.counts, deps.now());
  await deps.store.flush();
  report.buckets = reply.counts.length;
  report.complete = reply.counts.filter((count) => count.complete).length;
  report.rejected = reply.unreadable.length;
  return report;
}
