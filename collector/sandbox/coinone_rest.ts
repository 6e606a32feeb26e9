import { Allowance } from "./allowance.ts";
import type { Days } from "./days.ts";
import { depth } from "./depth.ts";
import {
  fixed,
  plain,
  priceText,
  sizeText,
  valueText,
  type WorldMarket,
  worldMarkets,
} from "./markets.ts";
import { MINUTE, type World, type WorldTrade } from "./world.ts";

/** The markets that Coinone has. */
export const coinoneMarkets = worldMarkets.filter((m) => m.venue === "coinone");

/** Levels of each side of a book. */
export const COINONE_LEVELS = 16;

/** The names of a market's two currencies. */
export const currencies = (market: WorldMarket) => ({
  quote_currency: market.quote,
  target_currency: market.base,
});

/** A trade as it stands on the socket and by REST. */
export const tradeFields = (
  world: World,
  market: WorldMarket,
  trade: WorldTrade,
) => ({
  id: world.id(market, trade),
  timestamp: trade.ms,
  price: plain(priceText(market, trade.ticks)),
  qty: plain(sizeText(market, trade.units)),
  is_seller_maker: trade.buy,
});

/** One side of a book, best level first. */
export const side = (market: WorldMarket, levels: [number, number][]) =>
  levels.map(([ticks, units]) => ({
    price: plain(priceText(market, ticks)),
    qty: plain(sizeText(market, units)),
  }));

/** A ticker as of a trade, as it stands on the socket. */
export function tickerFields(
  world: World,
  days: Days,
  market: WorldMarket,
  trade: WorldTrade,
) {
  const { day, rolling, previousClose } = days.at(market, trade.ms);
  const price = (ticks: number) => plain(priceText(market, ticks));
  const volume = (units: bigint) => plain(fixed(units, market.sizeDigits));
  const { bids, asks } = depth(world, market, trade.ms, 1);
  const [ask] = side(market, asks), [bid] = side(market, bids);
  // The simulator keeps no more of yesterday than its close.
  const yesterday = price(previousClose);
  return {
    timestamp: trade.ms,
    quote_volume: plain(valueText(market, rolling.value)),
    target_volume: volume(rolling.volume),
    high: price(day.high),
    low: price(day.low),
    first: price(day.open),
    last: price(trade.ticks),
    volume_power: "100",
    ask_best_price: ask!.price,
    ask_best_qty: ask!.qty,
    bid_best_price: bid!.price,
    bid_best_qty: bid!.qty,
    id: world.id(market, trade),
    yesterday_high: yesterday,
    yesterday_low: yesterday,
    yesterday_first: yesterday,
    yesterday_last: yesterday,
    yesterday_quote_volume: plain(valueText(market, rolling.value)),
    yesterday_target_volume: volume(rolling.volume),
  };
}

class Refused extends Error {
  constructor(readonly code: string, readonly text: string) {
    super(text);
  }
}

const BURST = 1200;

/** Coinone's public pages, `/public/v2/…`; whatever is wrong, the status is 200. */
export class CoinoneRest {
  #allowance: Allowance;

  constructor(
    readonly world: World,
    /** `pages`: up to when pages know of trades; `says`: the server's time. */
    readonly clock: { now(): number; pages(): number; says(): number },
    limits: boolean,
  ) {
    this.#allowance = new Allowance(BURST, BURST / MINUTE, limits);
  }

  /** Answers a request whose path has `/public/v2/` in it. */
  answer(url: URL): Response {
    const left = Math.floor(this.#allowance.take(""));
    // The headers are there only while something is left.
    const headers: Record<string, string> = left <= 0 ? {} : {
      "public-ratelimit-remaining": String(left),
      "public-ratelimit-replenish-rate": "20",
      "public-ratelimit-burst-capacity": String(BURST),
    };
    try {
      if (left < 0) throw new Refused("4", "Blocked user access");
      const [page, ...names] = url.pathname.replace(/^.*\/public\/v2\//, "")
        .split("/");
      const body = this.#body(page ?? "", names, url.searchParams);
      if (body === null) {
        return new Response("<!DOCTYPE html><html><body>404</body></html>", {
          headers: { "content-type": "text/html; charset=utf-8" },
        });
      }
      const server_time = this.clock.says();
      const whole = {
        result: "success",
        error_code: "0",
        server_time,
        ...body,
      };
      return Response.json(whole, { headers });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return Response.json({
        result: "error",
        error_code: error.code,
        error_msg: error.text,
      }, { headers });
    }
  }

  /** Null where there is no such page. */
  #body(page: string, names: string[], query: URLSearchParams): object | null {
    const size = (otherwise: number, most: number) => {
      const value = Number(query.get("size") ?? otherwise);
      if (Number.isInteger(value) && value > 0) return Math.min(value, most);
      throw new Refused("107", "Parameter error");
    };
    if (page === "markets") {
      const some = coinoneMarkets.filter((m) => m.quote === names[0]);
      return { markets: some.map(listing) };
    }
    if (page === "chart") {
      if (query.get("interval") !== "1m") {
        throw new Refused("107", "Parameter error");
      }
      const until = Number(query.get("timestamp") ?? this.clock.pages());
      return this.#chart(named(names), until, size(200, 500));
    }
    if (page === "trades") return this.#trades(named(names), size(200, 200));
    if (page === "orderbook") {
      const market = named(names), ms = this.clock.now();
      const { bids, asks } = depth(
        this.world,
        market,
        ms,
        size(15, COINONE_LEVELS),
      );
      return {
        timestamp: ms,
        id: `${ms}001`,
        ...currencies(market),
        bids: side(market, bids),
        // Best first here, the other way round on the socket.
        asks: side(market, asks),
      };
    }
    return null;
  }

  /** Newest first, up to and including the candle at `until`; none for a minute without trades. */
  #chart(market: WorldMarket, until: number, size: number): object {
    const now = this.clock.pages();
    const chart: object[] = [];
    let minute = Math.floor(Math.min(until, now) / MINUTE);
    for (; minute >= this.world.start && chart.length < size; minute--) {
      const candle = this.world.candle(market, minute, now);
      if (!candle) continue;
      const price = (ticks: number) => plain(priceText(market, ticks));
      chart.push({
        timestamp: minute * MINUTE,
        open: price(candle.open),
        high: price(candle.high),
        low: price(candle.low),
        close: price(candle.close),
        target_volume: plain(sizeText(market, candle.volume)),
        quote_volume: plain(valueText(market, candle.value)),
      });
    }
    return { is_last: minute < this.world.start, chart };
  }

  /** The newest, newest first; there is no way to those before them. */
  #trades(market: WorldMarket, size: number): object {
    const now = this.clock.pages();
    const transactions: object[] = [];
    let minute = Math.floor(now / MINUTE);
    for (; minute >= this.world.start && transactions.length < size; minute--) {
      for (const trade of this.world.minute(market, minute).toReversed()) {
        if (trade.ms > now || transactions.length >= size) continue;
        transactions.push(tradeFields(this.world, market, trade));
      }
    }
    return { ...currencies(market), transactions };
  }
}

function named([quote, base]: string[]): WorldMarket {
  const market = coinoneMarkets.find((m) =>
    m.quote === quote && m.base === base
  );
  if (market) return market;
  throw new Refused("108", "Unknown CryptoCurrency");
}

const listing = (market: WorldMarket) => ({
  ...currencies(market),
  price_unit: priceText(market, 1),
  qty_unit: sizeText(market, 1),
  min_order_amount: "5000",
  max_order_amount: "1000000000",
  order_book_units: [],
  maintenance_status: 0,
  trade_status: 1,
  order_types: ["limit", "market", "stop_limit"],
});
