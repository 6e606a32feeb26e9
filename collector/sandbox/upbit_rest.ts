import { Allowance } from "./allowance.ts";
import type { Days } from "./days.ts";
import { type Field, isoSeconds, jsonOf, UpbitFrames } from "./upbit_frames.ts";
import { msOfId } from "./ids.ts";
import { type WorldMarket, worldMarkets } from "./markets.ts";
import { MINUTE, type World, type WorldTrade } from "./world.ts";

const DAY = 1440 * MINUTE;
const markets = worldMarkets.filter((market) => market.venue === "upbit");

class Refused extends Error {
  constructor(readonly status: number, readonly text: string) {
    super(text);
  }
}

/** Upbit's quotation pages, `/v1/…`. */
export class UpbitRest {
  #frames: UpbitFrames;
  // 10 a second in each group; going on after a 429 leads to a 418.
  #allowance: Allowance;
  #refusals = 0;
  #bannedUntil = 0;

  constructor(
    readonly world: World,
    readonly days: Days,
    readonly now: () => number,
    limits: boolean,
  ) {
    this.#allowance = new Allowance(10, 0.01, limits);
    this.#frames = new UpbitFrames(world, days);
  }

  /** Answers a request under `/v1/`. */
  answer(url: URL): Response {
    const path = url.pathname.slice("/v1/".length);
    const group = path.split("/")[0] === "trades"
      ? "trade"
      : path.split("/")[0]!.replace("candles", "candle");
    const limited = this.#limit(group);
    if (typeof limited !== "number") return limited;
    const headers = {
      "content-type": "application/json;charset=UTF-8",
      "remaining-req": `group=${group}; min=600; sec=${limited}`,
    };
    try {
      return new Response(this.#body(path, url.searchParams), { headers });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return Response.json(
        { error: { name: error.status, message: error.text } },
        { status: error.status, headers },
      );
    }
  }

  /** What is left this second, or the refusal. */
  #limit(group: string): number | Response {
    const wait = Math.ceil((this.#bannedUntil - performance.now()) / 1000);
    if (wait > 0) {
      return Response.json(
        {
          error: { name: 418, message: `Too many requests. ${wait} seconds.` },
        },
        { status: 418 },
      );
    }
    const left = this.#allowance.take(group);
    if (left >= 0) {
      this.#refusals = 0;
      return Math.floor(left);
    }
    if (++this.#refusals >= 20) {
      this.#bannedUntil = performance.now() + 5000;
      this.#refusals = 0;
    }
    return new Response("Too many API requests.", {
      status: 429,
      headers: { "remaining-req": `group=${group}; min=600; sec=0` },
    });
  }

  #body(path: string, query: URLSearchParams): string {
    switch (path) {
      case "market/all":
        return this.#markets();
      case "candles/minutes/1":
        return this.#candles(query);
      case "trades/ticks":
        return this.#ticks(query);
      case "ticker":
        return list(
          this.#named(query).flatMap((market) => {
            const last = this.world.lastTrade(market, this.now());
            if (!last) return [];
            const fields = this.#frames.ticker(market, last, "");
            return [restNames(fields, market)];
          }),
        );
      case "orderbook":
        return list(
          this.#named(query).map((market) => {
            const count = limit(query, "count", 30, 30);
            const fields = this.#frames.orderbook(
              market,
              this.now(),
              count,
              false,
              "",
            );
            return restNames(fields, market);
          }),
        );
      default:
        throw new Refused(404, "no Route matched with those values");
    }
  }

  #markets(): string {
    return JSON.stringify(markets.map((market) => ({
      market: market.market,
      korean_name: market.koreanName,
      english_name: market.englishName,
      market_event: {
        warning: false,
        caution: {
          PRICE_FLUCTUATIONS: false,
          TRADING_VOLUME_SOARING: false,
          DEPOSIT_AMOUNT_SOARING: false,
          GLOBAL_PRICE_DIFFERENCES: false,
          CONCENTRATION_OF_SMALL_ACCOUNTS: false,
        },
      },
    })));
  }

  #named(query: URLSearchParams): WorldMarket[] {
    return (query.get("markets") ?? "").split(",").map(named);
  }

  #candles(query: URLSearchParams): string {
    const market = named(query.get("market") ?? "");
    const count = limit(query, "count", 1, 200);
    const now = this.now();
    const before = Math.min(readTo(query.get("to")) ?? Infinity, now + 1);
    return list(candlePage(this.#frames, market, before, count, now));
  }

  #ticks(query: URLSearchParams): string {
    const market = named(query.get("market") ?? "");
    const count = limit(query, "count", 1, 500);
    const now = this.now();
    const daysAgo = Number(query.get("days_ago") ?? query.get("daysAgo") ?? 0);
    if (!(Number.isInteger(daysAgo) && daysAgo >= 0 && daysAgo <= 7)) {
      throw new Refused(400, "days_ago must be between 1 and 7");
    }
    const day = (Math.floor(now / DAY) - daysAgo) * DAY;
    const time = /^(\d\d):?(\d\d):?(\d\d)$/.exec(query.get("to") ?? "");
    let until = daysAgo === 0 ? now + 1 : day + DAY;
    if (time) {
      const [, h, m, s] = time.map(Number);
      until = Math.min(until, day + ((h! * 60 + m!) * 60 + s!) * 1000);
    }
    const cursor = query.get("cursor");
    const beforeId = cursor && /^\d+$/.test(cursor) ? BigInt(cursor) : null;
    const first = Math.max(
      this.world.start,
      (Math.floor(now / DAY) - 7) * 1440,
    );
    return list(
      tickPage(this.#frames, market, { first, until, beforeId, count }),
    );
  }
}

/** Candles before a millisecond, newest first; of the running one what was traded up to `now`. */
export function candlePage(
  frames: UpbitFrames,
  market: WorldMarket,
  before: number,
  count: number,
  now: number,
): Field[][] {
  const out: Field[][] = [];
  for (
    let minute = Math.ceil(before / MINUTE) - 1;
    minute >= frames.world.start && out.length < count;
    minute--
  ) {
    const fields = frames.candle(market, minute, now);
    if (!fields) continue;
    out.push([["market", "", `"${market.market}"`], ...fields, [
      "unit",
      "",
      "1",
    ]]);
  }
  return out;
}

/** Trades before a millisecond and an id, back to a first minute, newest first. */
export function tickPage(
  frames: UpbitFrames,
  market: WorldMarket,
  page: {
    first: number;
    until: number;
    beforeId: bigint | null;
    count: number;
  },
): Field[][] {
  const { first, beforeId, count } = page;
  // Ids grow with (millisecond, counter), so as numbers they compare rightly.
  const until = beforeId === null ? page.until : Math.min(
    page.until,
    msOfId(frames.world.seed, market, beforeId) + 1,
  );
  const trades: WorldTrade[] = [];
  for (
    let minute = Math.floor((until - 1) / MINUTE);
    minute >= first && trades.length < count;
    minute--
  ) {
    for (const trade of frames.world.minute(market, minute).toReversed()) {
      if (trade.ms >= until || trades.length >= count) continue;
      if (
        beforeId !== null && BigInt(frames.world.id(market, trade)) >= beforeId
      ) continue;
      trades.push(trade);
    }
  }
  return trades.map((trade) => frames.tick(market, trade));
}

/** Rows as a page of JSON. */
export const list = (rows: Field[][]): string =>
  `[${rows.map((row) => jsonOf(row, false)).join(",")}]`;

/** A socket frame's fields under the names of REST. */
export const restNames = (fields: Field[], market: WorldMarket): Field[] => [
  ["market", "", `"${market.market}"`],
  ...fields.filter(([name]) => !["type", "code", "stream_type"].includes(name)),
];

function named(code: string): WorldMarket {
  const market = markets.find((m) => m.market === code);
  if (!market) throw new Refused(404, "Code not found");
  return market;
}

/** A count from 1 to `most`; more is cut to `most` without a word. */
function limit(
  query: URLSearchParams,
  name: string,
  otherwise: number,
  most: number,
): number {
  const value = Number(query.get(name) ?? otherwise);
  if (!Number.isInteger(value) || value < 1) {
    throw new Refused(400, `${name} is invalid`);
  }
  return Math.min(value, most);
}

/** A time that candles end before, in milliseconds: UTC unless it names an offset. */
function readTo(text: string | null): number | null {
  if (!text) return null;
  // A bare + in an address arrives as a space.
  const iso = text.replace(" ", "T").replace(/ (\d\d:\d\d)$/, "+$1");
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(iso.slice(10));
  const ms = Date.parse(zoned ? iso : `${iso}Z`);
  if (Number.isNaN(ms)) throw new Refused(400, `Invalid to: ${isoSeconds(0)}`);
  return ms;
}
