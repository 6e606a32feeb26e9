import { Allowance } from "../allowance.ts";
import type {
  Address,
  CommunitySimulator,
  CommunityStage,
} from "../community_simulator.ts";
import { Tweets } from "../talk.ts";
import { MINUTE, type World } from "../world.ts";

/** What a bucket's number is called: old replies and the newest document differ. */
export type CountField = "tweet_count" | "post_count";

const WEEK = 7 * 1440 * MINUTE, NEWEST = 10_000, WINDOW = 15 * MINUTE;
const LIMIT = 300;
const GRANULARITIES: Record<string, number> = {
  minute: MINUTE,
  hour: 60 * MINUTE,
  day: 1440 * MINUTE,
};

/** X's `/2/tweets/counts/recent`. */
export class XPages {
  readonly tweets: Tweets;
  field: CountField = "tweet_count";
  #allowance: Allowance;

  constructor(
    world: World,
    readonly token: string,
    readonly now: () => number,
    limits: boolean,
  ) {
    this.#allowance = new Allowance(LIMIT, LIMIT / WINDOW, limits);
    this.tweets = new Tweets(world);
  }

  /** Answers a request under `/2/`. */
  answer(url: URL, headers: Headers): Response {
    if (headers.get("authorization") !== `Bearer ${this.token}`) {
      return problem(401, "Unauthorized", "Unauthorized");
    }
    if (url.pathname !== "/2/tweets/counts/recent") {
      return problem(404, "Not Found", "Not Found");
    }
    const left = this.#allowance.take("");
    const limits = {
      "x-rate-limit-limit": String(LIMIT),
      "x-rate-limit-remaining": String(Math.max(0, Math.floor(left))),
      "x-rate-limit-reset": String(
        Math.ceil((this.now() + (LIMIT - left) * WINDOW / LIMIT) / 1000),
      ),
    };
    if (left < 0) {
      return problem(429, "Too Many Requests", "Too Many Requests", limits);
    }
    return this.#counts(url.searchParams, limits);
  }

  #counts(query: URLSearchParams, limits: Record<string, string>): Response {
    const wanted = query.get("query") ?? "";
    const size = GRANULARITIES[query.get("granularity") ?? "hour"];
    const now = this.now();
    const from = time(query.get("start_time"), now - WEEK);
    const to = time(query.get("end_time"), now - NEWEST);
    let wrong = "";
    if (wanted === "" || wanted.length > 512) {
      wrong = "query: must have 1 to 512 characters";
    } else if (!size) wrong = "granularity: must be minute, hour or day";
    // A second of grace, since the request was on its way.
    else if (!(from >= now - WEEK - 1000)) {
      wrong = "'start_time' must be on or after the last seven days";
    } else if (!(to <= now - NEWEST + 1000)) {
      wrong = "'end_time' must be a minimum of 10 seconds prior to the request";
    } else if (from >= to) wrong = "'start_time' must be before 'end_time'";
    if (wrong) {
      const detail = "One or more parameters to your request was invalid.";
      return problem(400, "Invalid Request", detail, limits, [
        { message: wrong },
      ]);
    }
    const data: Record<string, unknown>[] = [];
    let total = 0;
    for (let start = from; start < to;) {
      const end = Math.min(to, (Math.floor(start / size!) + 1) * size!);
      const count = this.tweets.between(wanted, start, end);
      total += count;
      data.push({
        end: new Date(end).toISOString(),
        start: new Date(start).toISOString(),
        [this.field]: count,
      });
      start = end;
    }
    const meta = { [`total_${this.field}`]: total };
    return Response.json({ data, meta }, { headers: limits });
  }
}

/** A time to the second, as X keeps it. */
function time(text: string | null, otherwise: number): number {
  const ms = text === null ? otherwise : Date.parse(text);
  return Math.floor(ms / 1000) * 1000;
}

function problem(
  status: number,
  title: string,
  detail: string,
  headers: Record<string, string> = {},
  errors?: unknown[],
): Response {
  return Response.json({ title, detail, type: "about:blank", status, errors }, {
    status,
    headers: { ...headers, "content-type": "application/problem+json" },
  });
}

/** The token that the simulated X accepts. */
export const SANDBOX_TOKEN = "crowdtape-sandbox";

/** X in the simulator. */
export const x = {
  id: "x",
  token: SANDBOX_TOKEN,
  settings: ({ http }: Address) => ({
    queries: ["#bitcoin -is:retweet"],
    base: http,
  }),
  start({ world, now, limits }: CommunityStage) {
    const pages = new XPages(world, SANDBOX_TOKEN, now, limits);
    return {
      answer: ({ headers }: Request, url: URL) =>
        url.pathname.startsWith("/2/") ? pages.answer(url, headers) : null,
      handle: ({ http }: Address) => ({
        base: http,
        token: SANDBOX_TOKEN,
        /** What its numbers are called from now on. */
        countAs: (field: CountField) => void (pages.field = field),
      }),
    };
  },
} satisfies CommunitySimulator;
