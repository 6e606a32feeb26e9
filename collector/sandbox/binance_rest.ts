import { Allowance } from "./allowance.ts";
import type { Books } from "./binance.ts";
import {
  fixed,
  priceText,
  sizeText,
  type WorldMarket,
  worldMarkets,
} from "./markets.ts";
import { firstFill } from "./ids.ts";
import { MINUTE, type World, type WorldTrade } from "./world.ts";

/** A price as Binance prints it: 8 fractional digits. */
export const binancePrice = (market: WorldMarket, ticks: number): string =>
  eight(priceText(market, ticks));

/** A size as Binance prints it. */
export const binanceSize = (
  market: WorldMarket,
  units: number | bigint,
): string => eight(fixed(units, market.sizeDigits));

/** A value in ticks times units as Binance prints it. */
export const binanceValue = (market: WorldMarket, value: bigint): string =>
  eight(
    fixed(value * BigInt(market.tick), market.priceDigits + market.sizeDigits),
  );

const eight = (text: string): string => {
  const [whole, fraction = ""] = text.split(".");
  return `${whole}.${fraction.padEnd(8, "0")}`;
};

/** The fields that an aggregate has on the socket and by REST. */
export function aggregateFields(
  world: World,
  market: WorldMarket,
  trade: WorldTrade,
) {
  const a = world.aggregateId(market, trade);
  return {
    a,
    p: binancePrice(market, trade.ticks),
    q: eight(sizeText(market, trade.units)),
    f: firstFill(world.seed, a),
    l: firstFill(world.seed, a + 1) - 1,
    T: trade.ms,
    m: !trade.buy,
    M: true,
  };
}

/** A minute by REST or on the socket; without trades it stays at the last close. */
export function kline(
  world: World,
  market: WorldMarket,
  minute: number,
  untilMs: number,
) {
  const open = minute * MINUTE;
  const candle = world.candle(market, minute, untilMs);
  const first = world.firstAggregate(market) +
    world.tally(market).before(minute);
  if (!candle) {
    let before = null;
    for (let at = minute - 1; !before; at--) {
      before = world.candle(market, at);
    }
    const price = binancePrice(market, before.close);
    const zero = "0.00000000";
    return {
      t: open,
      T: open + MINUTE - 1,
      f: -1,
      L: -1,
      o: price,
      h: price,
      l: price,
      c: price,
      v: zero,
      q: zero,
      n: 0,
      V: zero,
      Q: zero,
    };
  }
  const f = firstFill(world.seed, first);
  const L = firstFill(world.seed, first + candle.count) - 1;
  return {
    t: open,
    T: open + MINUTE - 1,
    f,
    L,
    o: binancePrice(market, candle.open),
    h: binancePrice(market, candle.high),
    l: binancePrice(market, candle.low),
    c: binancePrice(market, candle.close),
    v: binanceSize(market, candle.volume),
    q: binanceValue(market, candle.value),
    n: L - f + 1,
    V: binanceSize(market, candle.boughtVolume),
    Q: binanceValue(market, candle.boughtValue),
  };
}

const markets = worldMarkets.filter((market) => market.venue === "binance");

class Refused extends Error {
  constructor(readonly code: number, readonly text: string) {
    super(text);
  }
}

const WEIGHTS: Record<string, number> = {
  aggTrades: 4,
  klines: 2,
  depth: 5,
  exchangeInfo: 20,
};
const LIMIT = 6000;

/** Binance's market data pages, `/api/v3/…`. */
export class BinanceRest {
  #allowance: Allowance;

  constructor(
    readonly world: World,
    readonly books: Books,
    /** `pages`: up to when pages know of trades; `says`: the server's time. */
    readonly clock: { pages(): number; says(): number },
    limits: boolean,
  ) {
    this.#allowance = new Allowance(LIMIT, LIMIT / MINUTE, limits);
  }

  /** Answers a request under `/api/v3/`. */
  answer(url: URL): Response {
    const path = url.pathname.slice("/api/v3/".length);
    const left = this.#allowance.take("", WEIGHTS[path] ?? 1);
    if (left < 0) {
      const seconds = String(Math.ceil(-left * MINUTE / LIMIT / 1000));
      return Response.json(
        { code: -1003, msg: "Too much request weight used." },
        { status: 429, headers: { "retry-after": seconds } },
      );
    }
    const used = String(Math.round(LIMIT - left));
    const headers = {
      "x-mbx-used-weight": used,
      "x-mbx-used-weight-1m": used,
    };
    try {
      return Response.json(this.#body(path, url.searchParams), { headers });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { code, text } = error;
      return Response.json({ code, msg: text }, { status: 400, headers });
    }
  }

  #body(path: string, query: URLSearchParams): unknown {
    switch (path) {
      case "ping":
        return {};
      case "time":
        return { serverTime: this.clock.says() };
      case "exchangeInfo":
        return this.#exchangeInfo(query);
      case "klines":
        return this.#klines(query);
      case "aggTrades":
        return this.#aggTrades(query);
      case "depth":
        return this.books.snapshot(named(query), limit(query, 100, 5000));
      default:
        throw new Refused(-1000, "Not found.");
    }
  }

  #exchangeInfo(query: URLSearchParams): unknown {
    const some = query.has("symbol") ? [named(query)] : markets;
    return {
      timezone: "UTC",
      serverTime: this.clock.says(),
      rateLimits: [{
        rateLimitType: "REQUEST_WEIGHT",
        interval: "MINUTE",
        intervalNum: 1,
        limit: LIMIT,
      }],
      exchangeFilters: [],
      symbols: some.map((market) => ({
        symbol: market.market,
        status: "TRADING",
        baseAsset: market.base,
        baseAssetPrecision: 8,
        quoteAsset: market.quote,
        quotePrecision: 8,
        quoteAssetPrecision: 8,
        isSpotTradingAllowed: true,
        filters: [
          { filterType: "PRICE_FILTER", tickSize: binancePrice(market, 1) },
          { filterType: "LOT_SIZE", stepSize: binanceSize(market, 1) },
        ],
        permissions: [],
      })),
    };
  }

  #klines(query: URLSearchParams): unknown {
    const market = named(query);
    if (query.get("interval") !== "1m") {
      throw new Refused(-1120, "Invalid interval.");
    }
    const now = this.clock.pages();
    const most = limit(query, 500, 1000);
    const { startTime, endTime } = span(query);
    const last = Math.floor(Math.min(endTime ?? now, now) / MINUTE);
    let first = Math.max(this.world.start, last - most + 1);
    if (startTime !== null) {
      first = Math.max(this.world.start, Math.ceil(startTime / MINUTE));
    }
    const out: unknown[] = [];
    for (
      let minute = first;
      minute <= last && out.length < most;
      minute++
    ) {
      const k = kline(this.world, market, minute, now);
      out.push([k.t, k.o, k.h, k.l, k.c, k.v, k.T, k.q, k.n, k.V, k.Q, "0"]);
    }
    return out;
  }

  #aggTrades(query: URLSearchParams): unknown {
    const market = named(query);
    const now = this.clock.pages();
    const most = limit(query, 500, 1000);
    const { startTime, endTime } = span(query);
    const fromId = query.get("fromId");
    if (fromId !== null && !/^\d+$/.test(fromId)) {
      throw new Refused(-1100, "Illegal characters found in parameter fromId.");
    }
    if (fromId !== null && (startTime !== null || endTime !== null)) {
      throw new Refused(-1128, "Combination of optional parameters invalid.");
    }
    const until = Math.min((endTime ?? now) + 1, now + 1);
    let trades: WorldTrade[];
    if (fromId !== null) {
      trades = this.#from(market, Number(fromId), until, most);
    } else if (startTime !== null) {
      trades = this.world.between(market, startTime, until).take(most)
        .toArray();
    } else {
      trades = [];
      for (
        let minute = Math.floor((until - 1) / MINUTE);
        minute >= this.world.start && trades.length < most;
        minute--
      ) {
        const some = this.world.minute(market, minute)
          .filter((trade) => trade.ms < until);
        trades = [...some, ...trades].slice(-most);
      }
    }
    return trades.map((trade) => aggregateFields(this.world, market, trade));
  }

  #from(
    market: WorldMarket,
    id: number,
    until: number,
    most: number,
  ): WorldTrade[] {
    const tally = this.world.tally(market);
    const last = Math.floor((until - 1) / MINUTE);
    const index = Math.max(
      id - this.world.firstAggregate(market),
      tally.before(this.world.start),
    );
    const minute = tally.minuteOf(index, last);
    if (minute === null) return [];
    const skip = index - tally.before(minute);
    return this.world.between(market, minute * MINUTE, until)
      .drop(skip).take(most).toArray();
  }
}

function named(query: URLSearchParams): WorldMarket {
  const symbol = query.get("symbol");
  if (symbol === null) {
    throw new Refused(
      -1102,
      "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.",
    );
  }
  const market = markets.find((m) => m.market === symbol);
  if (!market) throw new Refused(-1121, "Invalid symbol.");
  return market;
}

/** A limit from 1 to `most`; more is cut to `most`. */
function limit(
  query: URLSearchParams,
  otherwise: number,
  most: number,
): number {
  const value = Number(query.get("limit") ?? otherwise);
  if (!Number.isInteger(value) || value < 1) {
    throw new Refused(-1100, "Illegal characters found in parameter 'limit'.");
  }
  return Math.min(value, most);
}

function span(query: URLSearchParams) {
  const read = (name: string): number | null => {
    const text = query.get(name);
    if (text === null) return null;
    if (/^\d{13}$/.test(text)) return Number(text);
    throw new Refused(-1100, `Illegal characters found in parameter ${name}.`);
  };
  return { startTime: read("startTime"), endTime: read("endTime") };
}
