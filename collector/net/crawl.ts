/**
 * Polite HTTP for sources that are crawled: one request at a time per host, a
 * least pause between two, robots.txt obeyed, and a host that is in trouble is
 * left alone for a while. It knows nothing of any community.
 */
import robotsParserModule from "robots-parser";
import { boundedText } from "./body.ts";
import { Queue, retryAfter, sleep } from "./polite.ts";
import { MS } from "../model/time.ts";

/** What robots.txt says of a host. */
interface Robots {
  isAllowed(url: string, robot: string): boolean | undefined;
  getMatchingLineNumber(url: string, robot: string): number;
  getCrawlDelay(robot: string): number | undefined;
}
// The package's types describe an ES module, its code is CommonJS.
const robotsParser = robotsParserModule as unknown as (
  url: string,
  contents: string,
) => Robots;

/** A server's answer, whatever its status. */
export interface Page {
  kind: "page";
  url: string;
  status: number;
  headers: Headers;
  text: string;
}

/** What came of a request. Only `page` and `unreachable` went out to the host. */
export type Answer =
  | Page
  /** robots.txt does not allow it. */
  | { kind: "excluded"; url: string; reason: string }
  /** The host is being left alone until `until` (epoch milliseconds). */
  | { kind: "resting"; url: string; until: number; reason: string }
  /** No usable answer: refused connection, timeout, more bytes than allowed. */
  | { kind: "unreachable"; url: string; reason: string };

/** Why a host is left alone: blocked us, asked for less, forbade us, or is down. */
export type Trouble = "blocked" | "limited" | "forbidden" | "outage";

/** Time as the crawler sees it; a test brings its own. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Settings of a {@link Crawler}. */
export interface CrawlerOptions {
  /** Least milliseconds from the end of one request to the start of the next. */
  pauseMs: number;
  clock?: Clock;
  /** For the jitter: 0 ≤ x < 1. */
  random?: () => number;
  timeoutMs?: number;
  maxBytes?: number;
}

/** One request. */
export interface Ask {
  method?: "GET" | "POST";
  headers?: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
  /** False for an API that is called by contract, where robots.txt says nothing. */
  robots?: boolean;
  /** Reads trouble out of an answer; by default {@link troubleOfStatus}. */
  trouble?: (page: Page) => Trouble | null;
}

/** The name that robots.txt may address. */
const ROBOT = "crowdtape";
/** Says who asks; the `Mozilla/5.0` form is what servers expect in front. */
export const USER_AGENT = `Mozilla/5.0 (compatible; ${ROBOT})`;

/** The first rest after a trouble; each further one in a row doubles it. */
const REST: Record<Trouble, { first: number; longest: number }> = {
  blocked: { first: 10 * MS.minute, longest: 2 * MS.hour },
  limited: { first: MS.minute, longest: MS.hour },
  forbidden: { first: MS.hour, longest: MS.day },
  outage: { first: 30_000, longest: 10 * MS.minute },
};

/** Trouble by the HTTP status alone. */
export function troubleOfStatus(page: { status: number }): Trouble | null {
  if (page.status === 429) return "limited";
  if (page.status === 403) return "forbidden";
  return page.status >= 500 ? "outage" : null;
}

/**
 * The earliest time of the next request, in epoch milliseconds: `Retry-After`
 * (seconds or a date), else `x-rate-limit-reset` (epoch seconds) or
 * `x-ratelimit-reset` (the same or an ISO time), else null.
 */
export function askAgainAt(headers: Headers, now: number): number | null {
  const after = retryAfter(headers, now);
  if (after !== null) return after;
  const reset = (headers.get("x-rate-limit-reset") ??
    headers.get("x-ratelimit-reset") ?? "").trim();
  if (/^\d+$/.test(reset)) return Number(reset) * 1000;
  const at = /^\d{4}-\d\d-\d\dT/.test(reset) ? Date.parse(reset) : NaN;
  return Number.isFinite(at) ? at : null;
}

const systemClock: Clock = { now: () => Date.now(), sleep };

interface Host {
  queue: Queue;
  lastEnd: number;
  restUntil: number;
  restReason: string;
  troubles: number;
  robots: Robots | null;
  robotsDue: number;
  robotsProblem: string;
}

/** A polite HTTP client. Requests to one host are answered in the order they were made. */
export class Crawler {
  #hosts = new Map<string, Host>();
  #clock: Clock;
  #random: () => number;
  #pauseMs: number;
  #timeoutMs: number;
  #maxBytes: number;

  constructor(options: CrawlerOptions) {
    this.#pauseMs = options.pauseMs;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#timeoutMs = options.timeoutMs ?? 20_000;
    this.#maxBytes = options.maxBytes ?? 5_000_000;
  }

  /**
   * Makes one request when it is its turn. Redirects are not followed: the
   * answer carries the status and `location`.
   * @throws the signal's reason when it is aborted.
   */
  async request(url: string, ask: Ask = {}): Promise<Answer> {
    const host = this.#host(url);
    return await host.queue.run(() => this.#inTurn(host, url, ask));
  }

  #host(url: string): Host {
    const name = new URL(url).host;
    let host = this.#hosts.get(name);
    if (!host) {
      host = {
        queue: new Queue(),
        lastEnd: -Infinity,
        restUntil: -Infinity,
        restReason: "",
        troubles: 0,
        robots: null,
        robotsDue: -Infinity,
        robotsProblem: "",
      };
      this.#hosts.set(name, host);
    }
    return host;
  }

  async #inTurn(host: Host, url: string, ask: Ask): Promise<Answer> {
    ask.signal?.throwIfAborted();
    const rests = this.#rests(host, url);
    if (rests) return rests;
    if (ask.robots !== false) {
      await this.#readRobots(host, url, ask.signal);
      if (!host.robots) {
        return { kind: "unreachable", url, reason: host.robotsProblem };
      }
      if (host.robots.isAllowed(url, ROBOT) === false) {
        const line = host.robots.getMatchingLineNumber(url, ROBOT);
        return {
          kind: "excluded",
          url,
          reason: `line ${line} of ${new URL("/robots.txt", url)} excludes it`,
        };
      }
    }
    const answer = await this.#fetch(host, url, ask);
    this.#learn(
      host,
      answer,
      answer.kind === "page"
        ? (ask.trouble ?? troubleOfStatus)(answer)
        : "outage",
    );
    return answer;
  }

  #rests(host: Host, url: string): Answer | null {
    if (this.#clock.now() >= host.restUntil) return null;
    return {
      kind: "resting",
      url,
      until: host.restUntil,
      reason: host.restReason,
    };
  }

  /** Records whether the host is in trouble, and how long it is left alone. */
  #learn(host: Host, answer: Answer, trouble: Trouble | null): void {
    if (!trouble) {
      host.troubles = 0;
      return;
    }
    const { first, longest } = REST[trouble];
    const rest = Math.min(first * 2 ** host.troubles++, longest);
    const now = this.#clock.now();
    const wished = answer.kind === "page"
      ? askAgainAt(answer.headers, now)
      : null;
    host.restUntil = Math.max(
      now + rest * (1 + this.#random() / 10),
      Math.min(
        wished === null ? 0 : wished + this.#random() * 1000,
        now + MS.day,
      ),
    );
    host.restReason = trouble;
  }

  /** Reads robots.txt at the start and daily, by the rules of RFC 9309 (2.3.1). */
  async #readRobots(
    host: Host,
    url: string,
    signal?: AbortSignal,
  ): Promise<void> {
    if (this.#clock.now() < host.robotsDue) return;
    const at = new URL("/robots.txt", url).href;
    const answer = await this.#fetch(host, at, { signal }, "follow");
    if (
      answer.kind === "page" && answer.status < 500 && answer.status !== 429
    ) {
      // A missing or withheld file (4xx) excludes nothing.
      host.robots = robotsParser(at, answer.status < 300 ? answer.text : "");
      host.robotsDue = this.#clock.now() + MS.day;
      return;
    }
    // The copy read last stays in force; without one nothing may be requested.
    host.robotsProblem = `${at} could not be read (${
      answer.kind === "page" ? `HTTP ${answer.status}` : answer.reason
    }), so nothing else is asked there`;
    host.robotsDue = host.robots ? this.#clock.now() + MS.hour : -Infinity;
    if (!host.robots) {
      this.#learn(
        host,
        answer,
        answer.kind === "page" ? troubleOfStatus(answer) : "outage",
      );
    }
  }

  async #fetch(
    host: Host,
    url: string,
    ask: Ask,
    redirect: "manual" | "follow" = "manual",
  ): Promise<Answer> {
    const delay = Math.max(
      this.#pauseMs,
      (host.robots?.getCrawlDelay(ROBOT) ?? 0) * 1000,
    );
    const wait = host.lastEnd + delay * (1 + this.#random() / 4) -
      this.#clock.now();
    if (wait > 0) await this.#clock.sleep(wait, ask.signal);
    const timeout = new AbortController();
    const timer = setTimeout(
      () =>
        timeout.abort(
          new Error(`no answer within ${this.#timeoutMs / 1000} s`),
        ),
      this.#timeoutMs,
    );
    try {
      const response = await fetch(url, {
        method: ask.method ?? "GET",
        headers: { "user-agent": USER_AGENT, ...ask.headers },
        body: ask.body,
        redirect,
        signal: ask.signal
          ? AbortSignal.any([ask.signal, timeout.signal])
          : timeout.signal,
      });
      const text = await boundedText(response, this.#maxBytes);
      return {
        kind: "page",
        url,
        status: response.status,
        headers: response.headers,
        text,
      };
    } catch (error) {
      ask.signal?.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: "unreachable", url, reason };
    } finally {
      clearTimeout(timer);
      host.lastEnd = this.#clock.now();
    }
  }
}
