import { Allowance } from "../allowance.ts";
import { depth, type DepthLevel } from "../depth.ts";
import type { About, Wire } from "../faults.ts";
import { timeAndCounter } from "../ids.ts";
import {
  fixed,
  marketsOf,
  plain,
  priceText,
  sizeText,
  valueText,
  type WorldMarket,
} from "../markets.ts";
import { inQuery } from "../pages.ts";
import type { RunningVenue, Simulator, Stage } from "../simulator.ts";
import { MINUTE, type World, type WorldTrade } from "../world.ts";

/** Ids of 15 digits that grow with time and leave some out. */
const markets = marketsOf("korbit", timeAndCounter(2, 1), [
  ["btc_krw", "BTC", "KRW", 0, 1000, 8, 14, 700_000],
  ["eth_krw", "ETH", "KRW", 0, 1000, 8, 8, 15_000_000],
  ["xrp_krw", "XRP", "KRW", 0, 1, 8, 5, 30_000_000_000],
]);

const CHANNELS: Record<string, About["channel"]> = {
  trade: "trade",
  ticker: "ticker",
  orderbook: "book",
};
/** Milliseconds between two books of a market, where they changed. */
const EVERY = 100;
const LEVELS = 30;
const TRADES = 500, CANDLES = 200;

const price = (market: WorldMarket, ticks: number) =>
  plain(priceText(market, ticks));
const size = (market: WorldMarket, units: number | bigint) =>
  plain(fixed(units, market.sizeDigits));

/** A trade as it stands on the socket and by REST. */
const tradeRow = (world: World, market: WorldMarket, trade: WorldTrade) => ({
  timestamp: trade.ms,
  price: price(market, trade.ticks),
  qty: size(market, trade.units),
  isBuyerTaker: trade.buy,
  tradeId: Number(world.id(market, trade)),
});

interface Listener {
  wire: Wire;
  /** Channel and symbol. */
  topics: Set<string>;
}

/** The public socket, `/korbit/v2/public`. */
class KorbitSocket {
  #listeners = new Set<Listener>();
  /** The books as they were sent last. */
  #books = new Map<WorldMarket, string>();

  constructor(readonly stage: Stage) {}

  accept(request: Request): Response {
    const { socket, response } = Deno.upgradeWebSocket(request, {
      idleTimeout: 0,
    });
    const wire = this.stage.faults.wire("korbit", socket);
    const listener: Listener = { wire, topics: new Set() };
    socket.onopen = () => this.#listeners.add(listener);
    socket.onclose = () => this.#listeners.delete(listener);
    socket.onerror = () => this.#listeners.delete(listener);
    socket.onmessage = ({ data }) => this.#hear(listener, String(data));
    return response;
  }

  #hear(listener: Listener, text: string): void {
    let asked: unknown;
    try {
      asked = JSON.parse(text);
    } catch {
      asked = null;
    }
    if (!Array.isArray(asked)) {
      const message = "request must be an array";
      return listener.wire.send(JSON.stringify({ status: "error", message }));
    }
    for (const one of asked) {
      const { requestId, method, type, symbols } = Object(one);
      const refuse = (code: string, message: string) =>
        listener.wire.send(
          JSON.stringify({ requestId, status: "fail", code, message }),
        );
      if (method !== "subscribe" && method !== "unsubscribe") {
        refuse("INVALID_METHOD", "invalid method");
        continue;
      }
      if (!(String(type) in CHANNELS) || !Array.isArray(symbols)) {
        refuse("INVALID_TYPE", "invalid type");
        continue;
      }
      const named = symbols.map((symbol) =>
        markets.find(({ market }) => market === symbol)
      );
      if (named.includes(undefined)) {
        refuse("INVALID_SYMBOL", "invalid symbol");
        continue;
      }
      listener.wire.send(JSON.stringify({ requestId, status: "success" }));
      for (const market of named) {
        const topic = `${type} ${market!.market}`;
        if (method === "unsubscribe") listener.topics.delete(topic);
        else {
          listener.topics.add(topic);
          this.#first(listener, market!, type);
        }
      }
    }
  }

  /** What comes at once, called a snapshot: the last trade, the ticker, the book. */
  #first(listener: Listener, market: WorldMarket, type: string): void {
    const { world, clock } = this.stage;
    const now = clock.now();
    const last = world.lastTrade(market, now);
    if (!last) return;
    const data = type === "trade"
      ? [tradeRow(world, market, last)]
      : type === "ticker"
      ? this.#ticker(market, last)
      : this.#book(market, now);
    this.#tell(market, type, now, true, data, [listener]);
  }

  tick(from: number, to: number, muted: Set<string>): void {
    const { world } = this.stage;
    const passed = Math.floor(from / EVERY) < Math.floor(to / EVERY);
    for (const market of this.#listeners.size === 0 ? [] : markets) {
      if (muted.has(market.market)) continue;
      const trades = [...world.between(market, from + 1, to + 1)];
      const last = trades.at(-1);
      if (last) {
        const rows = trades.map((trade) => tradeRow(world, market, trade));
        // Not a snapshot: said now so, now by nothing.
        this.#tell(market, "trade", to, last.buy ? false : null, rows);
        this.#tell(market, "ticker", to, false, this.#ticker(market, last));
      }
      if (!passed) continue;
      const book = this.#book(market, to);
      const { bids, asks } = book, sides = JSON.stringify({ bids, asks });
      if (this.#books.get(market) === sides) continue;
      this.#books.set(market, sides);
      this.#tell(market, "orderbook", to, false, book);
    }
  }

  #book(market: WorldMarket, ms: number) {
    const { bids, asks } = depth(this.stage.world, market, ms, LEVELS);
    const side = (levels: DepthLevel[]) =>
      levels.map(([ticks, units]) => ({
        price: price(market, ticks),
        qty: size(market, units),
      }));
    return { timestamp: ms, bids: side(bids), asks: side(asks) };
  }

  #ticker(market: WorldMarket, trade: WorldTrade) {
    const { world, days } = this.stage;
    const { rolling } = days.at(market, trade.ms);
    const { bids, asks } = depth(world, market, trade.ms, 1);
    const change = trade.ticks - rolling.open;
    return {
      open: price(market, rolling.open),
      high: price(market, rolling.high),
      low: price(market, rolling.low),
      close: price(market, trade.ticks),
      prevClose: price(market, rolling.open),
      priceChange: (change < 0 ? "-" : "") + price(market, Math.abs(change)),
      priceChangePercent: (100 * change / rolling.open).toFixed(2),
      volume: size(market, rolling.volume),
      quoteVolume: plain(valueText(market, rolling.value)),
      bestBidPrice: price(market, bids[0]![0]),
      bestAskPrice: price(market, asks[0]![0]),
      lastTradedAt: trade.ms,
    };
  }

  /** Sends a frame to those who asked for it. */
  #tell(
    market: WorldMarket,
    type: string,
    timestamp: number,
    snapshot: boolean | null,
    data: unknown,
    to: Iterable<Listener> = this.#listeners,
  ): void {
    const symbol = market.market;
    let made: string | undefined;
    for (const { topics, wire } of to) {
      if (!topics.has(`${type} ${symbol}`)) continue;
      made ??= JSON.stringify({ type, timestamp, symbol, snapshot, data });
      wire.send(made, { market: symbol, channel: CHANNELS[type]! });
    }
  }
}

const failure = (status: number, message: string, headers = {}) =>
  Response.json({ success: false, error: { message } }, { status, headers });

/** What the limiter answers. */
const tooMany = (_banned: boolean, seconds: number): Response =>
  failure(429, "RATE_LIMITED", { "retry-after": String(seconds) });

/** What is wrong with a request. */
class Refused extends Error {}

/** The public pages, `/korbit/v2/…`. */
class KorbitRest {
  #allowance: Allowance;

  constructor(readonly stage: Stage) {
    this.#allowance = new Allowance(50, 0.05, stage.limits);
  }

  answer(url: URL): Response {
    const left = this.#allowance.take("");
    if (left < 0) return tooMany(false, 1);
    const headers = {
      ratelimit: `limit=50, remaining=${Math.floor(left)}, reset=1`,
    };
    const page = url.pathname.slice("/korbit/v2/".length);
    try {
      const data = this.#data(page, url.searchParams);
      return data === null
        ? failure(404, "NOT_FOUND", headers)
        : Response.json({ success: true, data }, { headers });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return failure(400, error.message, headers);
    }
  }

  /** Null where there is no such page. */
  #data(page: string, query: URLSearchParams): unknown {
    switch (page) {
      case "time":
        return { time: this.stage.clock.says() };
      case "currencyPairs":
        return markets.map(({ market }) => ({
          symbol: market,
          status: "launched",
        }));
      case "tickSizePolicy":
        return markets.map((market) => ({
          symbol: market.market,
          tickSizePolicy: [{
            priceGte: "0",
            tickSize: priceText(market, 1),
            qtyStep: sizeText(market, 1),
          }],
        }));
      case "marketAlerts":
        return [];
      case "candles":
        return this.#candles(query);
      case "trades":
        return this.#trades(query);
      default:
        return null;
    }
  }

  /** In order, the last ones up to `end`, which is counted in; none for a minute without trades. */
  #candles(query: URLSearchParams): object[] {
    const market = named(query);
    if (query.get("interval") !== "1") throw new Refused("INVALID_INTERVAL");
    if (!query.has("limit")) throw new Refused("LIMIT_REQUIRED");
    const most = limit(query, CANDLES);
    const { world, clock } = this.stage;
    const now = clock.pages();
    const end = Math.min(Number(query.get("end") ?? Infinity), now);
    const start = Number(query.get("start") ?? 0);
    const rows: object[] = [];
    let minute = Math.floor(end / MINUTE);
    for (; minute >= world.start && rows.length < most; minute--) {
      if (minute * MINUTE < start) break;
      const candle = world.candle(market, minute, now);
      if (!candle) continue;
      const { open, high, low, close, volume } = candle;
      rows.unshift({
        timestamp: minute * MINUTE,
        open: price(market, open),
        high: price(market, high),
        low: price(market, low),
        close: price(market, close),
        volume: size(market, volume),
      });
    }
    return rows;
  }

  /** The newest, newest first; there is no way to those before them. */
  #trades(query: URLSearchParams): object[] {
    const market = named(query);
    const { world, clock } = this.stage;
    const most = limit(query, TRADES);
    const now = clock.pages();
    const rows: object[] = [];
    let minute = Math.floor(now / MINUTE);
    for (; minute >= world.start && rows.length < most; minute--) {
      for (const trade of world.minute(market, minute).toReversed()) {
        if (trade.ms > now || rows.length >= most) continue;
        rows.push(tradeRow(world, market, trade));
      }
    }
    return rows;
  }
}

function named(query: URLSearchParams): WorldMarket {
  const market = markets.find((one) => one.market === query.get("symbol"));
  if (market) return market;
  throw new Refused("INVALID_SYMBOL");
}

/** Rows wanted, from 1 to `most`. */
function limit(query: URLSearchParams, most: number): number {
  const value = Number(query.get("limit") ?? most);
  if (Number.isInteger(value) && value > 0 && value <= most) return value;
  throw new Refused("INVALID_LIMIT");
}

/** Korbit: `/korbit/v2/public` and `/korbit/v2/…`. */
export const korbit: Simulator = {
  id: "korbit",
  markets,
  sockets: /^\/korbit\/v2\/public$/,
  pages: "/korbit/v2/",
  at: { socket: "/korbit/v2/public", rest: "/korbit" },
  protocol: {
    trades: /\/v2\/trades$/,
    market: inQuery("symbol"),
    limit: "limit",
    cursors: [],
    row: {
      id: /("tradeId":)(\d+)/g,
      time: /("timestamp":)(\d+)/g,
      price: /("price":")([^"]+)/g,
    },
    frameId: /("tradeId":)(\d+)/,
    refusal: tooMany,
  },
  start(stage): RunningVenue {
    const socket = new KorbitSocket(stage), rest = new KorbitRest(stage);
    return {
      accept: (request) => socket.accept(request),
      tick: (from, to, muted) => socket.tick(from, to, muted),
      answer: (url) => rest.answer(url),
    };
  },
};
