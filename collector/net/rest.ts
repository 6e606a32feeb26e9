import { boundedText, TooLong } from "./body.ts";
import { Queue, retryAfter, sleep } from "./polite.ts";
import { Unreadable } from "../model/events.ts";
import type { Reject } from "../store/batch.ts";
import type { Venue } from "../venues/venue.ts";

/** Settings of a {@link Rest} client; the defaults suit the real venues. */
export interface RestOptions {
  signal: AbortSignal;
  /** Attempts at one request before it is given up. */
  attempts?: number;
  timeoutMs?: number;
  /** Longest body that is read, in bytes; beyond any list of markets. Default 32 MiB. */
  maxBytes?: number;
  /** First pause after a failure, doubled each time, at most a minute. */
  backoffMs?: number;
  /** Longest pause that a venue may ask for; beyond it the request fails. */
  maxPauseMs?: number;
  /** Numbers from 0 to 1 for the jitter. */
  random?: () => number;
  /** Told of each pause that is longer than the usual one. */
  onPause?: (ms: number, why: string) => void;
  /**
   * Told of the `Date` of each page that could be read, in milliseconds, and
   * when it was asked for, by `performance.now()`. What stands before a venue
   * answers errors and kept pages with a clock of its own: those are left out.
   */
  onDate?: (date: number, asked: number) => void;
  /** Told of each page that could not be read. */
  onUnreadable?: (page: Reject) => void;
}

/** Enough for an error's message. */
const ERROR_BYTES = 65_536;

/** The venue refuses this request; retrying is of no use. */
export class Refused extends Error {
  override name = "Refused";
}

type Polite = Pick<
  Venue,
  "id" | "restPauseMs" | "restWait" | "restError" | "restLater"
>;

/**
 * A client of one venue's REST host: one request at a time, within its limits, retried.
 * Deno sends no `Origin` header, with which Upbit would allow one request in
 * ten seconds.
 */
export class Rest {
  #queue = new Queue();
  #notBefore = 0;

  constructor(readonly venue: Polite, readonly options: RestOptions) {}

  /**
   * The body of an answer without an error.
   * @throws {Unreadable} where it is longer than may be read.
   * @throws {Refused} where a retry is of no use.
   * @throws {Error} where the venue is away; both naming the address, what came back and what to do.
   */
  async get(url: string, attempts?: number): Promise<string> {
    return (await this.#get(url, attempts)).body;
  }

  #get(url: string, attempts?: number): Promise<Body> {
    return this.#queue.run(() => this.#attempts(url, attempts));
  }

  /**
   * Asks for a page and reads it.
   * @param attempts fewer than the client's, where something else is to go on meanwhile
   * @throws {Unreadable} with the address, when it cannot be read.
   * @throws {Error} when the venue refuses, see {@link get}.
   */
  async page<T>(
    url: string,
    read: (body: string) => T,
    attempts?: number,
  ): Promise<T> {
    const { body, date, asked } = await this.#get(url, attempts);
    try {
      const events = read(body);
      if (!Number.isNaN(date)) this.options.onDate?.(date, asked);
      return events;
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      throw this.#unreadable(url, error.message, body);
    }
  }

  #unreadable(url: string, reason: string, payload: string): Unreadable {
    this.options.onUnreadable?.({
      source: this.venue.id,
      place: url,
      reason,
      payload,
    });
    return new Unreadable(`${url}: ${reason}`);
  }

  async #attempts(url: string, most?: number): Promise<Body> {
    const { backoffMs = 1000, maxPauseMs = 300_000 } = this.options;
    const attempts = most ?? this.options.attempts ?? 6;
    const random = this.options.random ?? Math.random;
    for (let attempt = 1;; attempt++) {
      await sleep(this.#notBefore - performance.now(), this.options.signal);
      const answer = await this.#ask(url);
      if ("body" in answer) return answer;
      this.options.signal.throwIfAborted();
      const usual = Math.min(60_000, backoffMs * 2 ** (attempt - 1));
      const wait = answer.waitMs ?? usual * (0.5 + random() / 2);
      if (!answer.again || attempt === attempts || wait > maxPauseMs) {
        // The next request still waits as long as the host asked for.
        this.#rest(answer.again ? wait : 0);
        throw new (answer.again ? Error : Refused)(
          `${url} failed after ${attempt} ${
            attempt === 1 ? "attempt" : "attempts"
          }: ${answer.reason.replace(/\.$/, "")}. ${
            remedy(answer.again, this.venue.id)
          }`,
        );
      }
      this.options.onPause?.(wait, `${url}: ${answer.reason}`);
      this.#rest(wait);
    }
  }

  async #ask(url: string): Promise<Answer> {
    const { signal, timeoutMs = 20_000, maxBytes = 2 ** 25 } = this.options;
    const asked = performance.now();
    try {
      const response = await fetch(url, {
        headers: { accept: "application/json", "user-agent": "crowdtape" },
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      });
      const { status, headers } = response;
      const body = await boundedText(
        response,
        status < 400 ? maxBytes : ERROR_BYTES,
      ).catch((error) => {
        if (error instanceof TooLong && status >= 400) return error.start;
        throw error;
      });
      this.#rest(
        Math.max(this.venue.restPauseMs, this.venue.restWait(headers)),
      );
      const error = this.venue.restError(status, body);
      if (error === null && status < 400) {
        const kept = Number(headers.get("age") ?? 0) > 0;
        const date = kept ? NaN : Date.parse(headers.get("date") ?? "");
        return { body, date, asked };
      }
      const reason = `HTTP ${status}, ${error ?? body.slice(0, 200)}`;
      const blocked = status === 418 || status === 429;
      const again = blocked || status >= 500 || status === 408 ||
        (error !== null && this.venue.restLater?.(error) === true);
      const now = Date.now(), due = retryAfter(headers, now);
      const wanted = due === null ? null : Math.max(0, due - now);
      const least = status === 418 ? 60_000 : status === 429 ? 1000 : 0;
      const waitMs = wanted !== null ? Math.max(wanted, least) : undefined;
      return {
        again,
        reason,
        waitMs: waitMs ?? (status === 418 ? least : undefined),
      };
    } catch (error) {
      signal.throwIfAborted();
      this.#rest(this.venue.restPauseMs);
      if (error instanceof TooLong) {
        throw this.#unreadable(url, error.message, error.start.slice(0, 4096));
      }
      return { again: true, reason: (error as Error).message };
    }
  }

  #rest(ms: number): void {
    this.#notBefore = Math.max(this.#notBefore, performance.now() + ms);
  }
}

/** What was answered, with its `Date` in milliseconds, NaN where it has none of its own. */
interface Body {
  body: string;
  date: number;
  asked: number;
}

type Answer =
  | Body
  /** `waitMs`: as long as the venue asked for. */
  | { again: boolean; reason: string; waitMs?: number };

function remedy(again: boolean, venue: string): string {
  return again
    ? `Check the network and the venue's status, or set venues.${venue}.rest.`
    : `Check the market's name and venues.${venue} in the configuration.`;
}
