import type { BrokenPage, FaultRecord } from "./fault.ts";
import {
  capped,
  emptied,
  endless,
  falsified,
  isTradesPage,
  type Protocol,
  withId,
  withoutCursor,
} from "./pages.ts";
import type { Random } from "./random.ts";

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
    readonly protocol: Protocol,
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
        this.#asked = capped(this.#asked, this.protocol, fault.rows);
        break;
      case "brokenPage":
        this.#way = fault.way;
        break;
      case "marketFails":
        this.#way = "server";
        if (fault.way === "hang") this.#hang(record.to - Date.now());
        break;
      case "sameAgain":
        this.#asked = withoutCursor(this.#asked, this.protocol);
        break;
      case "empty":
        this.#changes.push((page) => emptied(page, this.protocol));
        break;
      case "endless":
        this.#changes.push((page) =>
          endless(page, this.protocol, () => Date.now() >= record.to)
        );
        break;
      case "falsified":
        this.#changes.push((page) =>
          falsified(page, this.protocol, fault.field)
        );
        break;
      case "farId":
        this.#changes.push((page) =>
          withId(page, this.protocol, (id) => id + BigInt(fault.ahead))
        );
    }
  }

  get #ofTrades(): boolean {
    return isTradesPage(this.url, this.protocol);
  }

  #touches({ fault, touched }: FaultRecord): boolean {
    switch (fault.kind) {
      case "cap":
        return capped(this.#asked, this.protocol, fault.rows) !== this.#asked;
      case "brokenPage":
        return this.faults.random.next() < (fault.share ?? 1);
      case "marketFails":
        return this.protocol.market(this.url) === fault.market;
      case "sameAgain":
        return this.#ofTrades &&
          withoutCursor(this.url, this.protocol) !== this.url;
      case "empty":
        return this.#ofTrades && touched < (fault.requests ?? Infinity);
      case "endless":
      case "falsified":
        return this.#ofTrades;
      case "farId":
        return fault.on === "page" && this.#ofTrades &&
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
