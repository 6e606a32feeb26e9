import { limitHeaders } from "./bithumb_rest.ts";
import type { BrokenPage, FaultRecord, FaultVenue } from "./fault.ts";
import {
  capped,
  emptied,
  endless,
  falsified,
  isTradesPage,
  marketOf,
  withId,
  withoutCursor,
} from "./pages.ts";
import type { Random } from "./random.ts";

/** What a venue answers to too many requests, or (`banned`) to one who went on. */
export function refusal(
  venue: FaultVenue,
  banned: boolean,
  seconds: number,
): Response {
  const status = banned ? 418 : 429;
  switch (venue) {
    case "binance": {
      const msg = banned
        ? "Way too much request weight used; IP banned."
        : "Too much request weight used.";
      return Response.json({ code: -1003, msg }, {
        status,
        headers: { "retry-after": String(seconds) },
      });
    }
    case "coinone":
      // Errors come with 200 here.
      return Response.json({
        result: "error",
        error_code: "4",
        error_msg: "Blocked user access",
      });
    case "bithumb":
      return new Response("Too Many Requests", {
        status,
        headers: limitHeaders(0),
      });
    default: {
      if (!banned) {
        return new Response("Too many API requests.", {
          status,
          headers: { "remaining-req": "group=default; min=600; sec=0" },
        });
      }
      const message = `Too many requests. ${seconds} seconds.`;
      return Response.json({ error: { name: status, message } }, { status });
    }
  }
}

/** What is left of an answer. */
async function broken(
  whole: Response,
  way: Exclude<BrokenPage, "slow">,
  random: Random,
): Promise<Response> {
  if (way === "server") {
    await whole.body?.cancel();
    return new Response("upstream connect error", {
      status: random.pick([500, 502, 503, 504]),
    });
  }
  if (way === "html") {
    await whole.body?.cancel();
    return new Response("<!DOCTYPE html><html><body>점검 중</body></html>", {
      headers: { "content-type": "text/html" },
    });
  }
  const text = await whole.text();
  const { status, headers } = whole;
  return new Response(text.slice(0, random.below(Math.max(1, text.length))), {
    status,
    headers,
  });
}

/** One request, and what the faults of its venue make of the answer. */
export class FaultyPage {
  #asked: URL;
  #way: BrokenPage | null = null;
  /** Resolves when the answer may be given. */
  #wait: Promise<void> = Promise.resolve();
  #changes: ((page: Response) => Promise<Response>)[] = [];

  /** @param faults where its randomness and its waiting come from */
  constructor(
    readonly url: URL,
    readonly faults: {
      random: Random;
      later(ms: number, run: () => void): void;
    },
  ) {
    this.#asked = url;
  }

  /** Takes one fault upon it. */
  suffer(record: FaultRecord): void {
    const { fault } = record;
    if (!this.#touches(record)) return;
    record.touched++;
    switch (fault.kind) {
      case "cap":
        this.#asked = capped(this.#asked, fault.rows);
        break;
      case "brokenPage":
        this.#way = fault.way;
        break;
      case "marketFails":
        this.#way = "server";
        if (fault.way === "hang") this.#hang(record.to - Date.now());
        break;
      case "sameAgain":
        this.#asked = withoutCursor(this.#asked);
        break;
      case "empty":
        this.#changes.push(emptied);
        break;
      case "endless":
        this.#changes.push((page) =>
          endless(page, () => Date.now() >= record.to)
        );
        break;
      case "falsified":
        this.#changes.push((page) => falsified(page, fault.venue, fault.field));
        break;
      case "farId":
        this.#changes.push((page) =>
          withId(page, fault.venue, (id) => id + BigInt(fault.ahead))
        );
    }
  }

  #touches({ fault, touched }: FaultRecord): boolean {
    switch (fault.kind) {
      case "cap":
        return capped(this.#asked, fault.rows) !== this.#asked;
      case "brokenPage":
        return this.faults.random.next() < (fault.share ?? 1);
      case "marketFails":
        return marketOf(this.url) === fault.market;
      case "sameAgain":
        return isTradesPage(this.url) && withoutCursor(this.url) !== this.url;
      case "empty":
        return isTradesPage(this.url) && touched < (fault.requests ?? Infinity);
      case "endless":
      case "falsified":
        return isTradesPage(this.url);
      case "farId":
        return fault.on === "page" && isTradesPage(this.url) &&
          touched < (fault.times ?? 1);
      default:
        return false;
    }
  }

  #hang(ms: number): void {
    this.#wait = new Promise((done) => this.faults.later(ms, done));
  }

  /** The answer, with all that was suffered. */
  async answer(
    answer: (url: URL) => Response | Promise<Response>,
  ): Promise<Response> {
    const way = this.#way;
    if (way === "slow") this.#hang(1000 + this.faults.random.below(4000));
    await this.#wait;
    let page = await answer(this.#asked);
    for (const change of this.#changes) page = await change(page);
    return way === null || way === "slow"
      ? page
      : await broken(page, way, this.faults.random);
  }
}
