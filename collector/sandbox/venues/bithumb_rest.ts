import { Allowance } from "../allowance.ts";
import {
  AHEAD,
  BithumbFrames,
  bithumbMarkets as markets,
} from "./bithumb_frames.ts";
import type { Days } from "../days.ts";
import type { WorldMarket } from "../markets.ts";
import { candlePage, list, restNames, tickPage } from "./upbit_rest.ts";
import { MINUTE, type World } from "../world.ts";

const DAY = 1440 * MINUTE;
/** Requests a second in each category. */
const BUDGET = 150;

/** A refusal, which comes with HTTP 200 all the same. */
class Refused extends Error {
  constructor(readonly code: number, message: string, readonly status = 200) {
    super(message);
  }
}

const MISSING =
  "Missing request parameter error. Check the required parameters!";

/** What the limiter says with each answer. */
export const limitHeaders = (remaining: number): Record<string, string> => ({
  "x-ratelimit-remaining": String(remaining),
  "x-ratelimit-requested-tokens": "1",
  "x-ratelimit-burst-capacity": String(BUDGET),
  "x-ratelimit-replenish-rate": String(BUDGET),
});

/** Bithumb's public pages, `/bithumb/v1/…`. */
export class BithumbRest {
  #frames: BithumbFrames;
  #allowance: Allowance;

  constructor(
    readonly world: World,
    days: Days,
    readonly now: () => number,
    limits: boolean,
  ) {
    this.#frames = new BithumbFrames(world, days);
    this.#allowance = new Allowance(BUDGET, BUDGET / 1000, limits);
  }

  /** Answers a request under `/bithumb/`. */
  answer(url: URL): Response {
    if (url.search.length > 4096) return new Response(null, { status: 414 });
    const path = url.pathname.slice("/bithumb/v1/".length);
    const left = this.#allowance.take(path.split("/")[0]!);
    const headers = limitHeaders(Math.max(0, Math.floor(left)));
    if (left < 0) {
      return new Response("Too Many Requests", { status: 429, headers });
    }
    try {
      const body = this.#body(path, url.searchParams);
      if (body !== null) {
        const type = "application/json;charset=UTF-8";
        return new Response(body, {
          headers: { ...headers, "content-type": type },
        });
      }
      const message = "No Route matched with those values";
      return Response.json({ name: "not_found", message }, { status: 404 });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { code: name, message, status } = error;
      return Response.json({ error: { name, message } }, { status, headers });
    }
  }

  #body(path: string, query: URLSearchParams): string | null {
    switch (path) {
      case "market/all":
        return this.#markets(query.get("isDetails") === "true");
      case "market/virtual_asset_warning":
        return JSON.stringify([{
          market: "KRW-XRP",
          warning_type: "PRICE_DIFFERENCE_HIGH",
          warning_step: "CAUTION",
          end_date: "2026-12-31 23:59:59",
        }]);
      case "candles/minutes/1":
        return this.#candles(query);
      case "trades/ticks":
        return this.#ticks(query);
      case "ticker":
        return this.#tickers(named(query, "markets"));
      case "orderbook":
        return this.#books(named(query, "markets"));
      default:
        return null;
    }
  }

  #markets(details: boolean): string {
    return JSON.stringify(markets.map((market) => ({
      market: market.market,
      korean_name: market.koreanName,
      english_name: market.englishName,
      ...(details
        ? { market_warning: market.base === "XRP" ? "CAUTION" : "NONE" }
        : {}),
    })));
  }

  #candles(query: URLSearchParams): string {
    const [market] = named(query, "market");
    const now = this.now();
    const text = query.get("to");
    let before = now + 1;
    if (text) {
      // Korean time, without a zone.
      const iso = text.replace(" ", "T");
      const ms = Date.parse(`${iso}Z`) - AHEAD;
      if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(iso) || Number.isNaN(ms)) {
        throw new Refused(400, "to is invalid");
      }
      before = Math.min(before, ms);
    }
    const count = limit(query, 200);
    return list(candlePage(this.#frames, market!, before, count, now));
  }

  #ticks(query: URLSearchParams): string {
    const [market] = named(query, "market");
    const now = this.now();
    const daysAgo = Number(query.get("daysAgo") ?? 0);
    if (!(Number.isInteger(daysAgo) && daysAgo >= 0 && daysAgo <= 7)) {
      throw new Refused(400, "daysAgo must be between 1 and 7");
    }
    const today = Math.floor((now + AHEAD) / DAY);
    const day = (today - daysAgo) * DAY - AHEAD;
    // Days and `to` are Korean; a day in the past without `to` ends where it begins.
    let until = daysAgo === 0 ? now + 1 : day;
    const to = query.get("to");
    const time = /^(\d\d):?(\d\d):?(\d\d)$/.exec(to ?? "");
    if (to !== null && !time) throw new Refused(400, "to is invalid");
    if (time) {
      const [, h, m, s] = time.map(Number);
      until = Math.min(now + 1, day + ((h! * 60 + m!) * 60 + s!) * 1000);
    }
    const cursor = query.get("cursor");
    const first = Math.max(
      this.world.start,
      ((today - 7) * DAY - AHEAD) / MINUTE,
    );
    return list(tickPage(this.#frames, market!, {
      first,
      until,
      beforeId: cursor && /^\d+$/.test(cursor) ? BigInt(cursor) : null,
      count: limit(query, 500),
    }));
  }

  #tickers(asked: WorldMarket[]): string {
    if (asked.length > 200) {
      const words = "must be less than or equal to 200 items.";
      throw new Refused(400, `Parameter 'markets' ${words}`, 400);
    }
    return list(asked.flatMap((market) => {
      const last = this.world.lastTrade(market, this.now());
      if (!last) return [];
      return [restNames(this.#frames.restTicker(market, last), market)];
    }));
  }

  #books(asked: WorldMarket[]): string {
    const ms = this.now();
    const levels = asked.length === 1 ? 30 : 15;
    return list(asked.map((market) => {
      const fields = this.#frames.orderbook(market, ms, levels, false, "");
      // Here the time is in milliseconds.
      const time = fields.find(([name]) => name === "timestamp")!;
      time[2] = String(ms);
      return restNames(fields, market);
    }));
  }
}

/** The markets that are named; lower case will do here. */
function named(query: URLSearchParams, name: string): WorldMarket[] {
  const text = query.get(name);
  if (!text) throw new Refused(400, MISSING);
  return text.toUpperCase().split(",").map((code) => {
    const market = markets.find((m) => m.market === code);
    if (!market) throw new Refused(404, "Code not found");
    return market;
  });
}

/** Rows wanted, from 1 to `most`; more is cut to `most` without a word. */
function limit(query: URLSearchParams, most: number): number {
  const value = Number(query.get("count") ?? 1);
  if (!Number.isInteger(value) || value < 1) {
    throw new Refused(400, "count is invalid");
  }
  return Math.min(value, most);
}
