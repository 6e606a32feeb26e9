import { Allowance } from "../allowance.ts";
import type { DepthLevel } from "../depth.ts";
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
import { type BookSides, MovingBook } from "../moving_book.ts";
import { inQuery } from "../pages.ts";
import type { RunningVenue, Simulator, Stage } from "../simulator.ts";
import { MINUTE, type WorldTrade } from "../world.ts";

/** Ids of 19 digits that grow with time. */
const markets = marketsOf("bybit", timeAndCounter(6, 1), [
  ["BTCUSDT", "BTC", "USDT", 2, 1, 6, 18, 20_000, 50],
  ["ETHUSDT", "ETH", "USDT", 2, 1, 5, 12, 50_000, 5],
  ["XRPUSDT", "XRP", "USDT", 4, 1, 2, 6, 60_000],
]);

const CHANNELS: Record<string, About["channel"]> = {
  publicTrade: "trade",
  tickers: "ticker",
  "orderbook.50": "book",
};
/** A socket on which nothing was said for so long is closed. */
const SILENCE = 600_000;
/** Topics that one request may name. */
const TOPICS = 10;
/** Milliseconds between two frames of a market's book. */
const EVERY = 20;
const LEVELS = 50;
/** Most trades by REST. */
const TRADES = 60;

const price = (market: WorldMarket, ticks: number) => priceText(market, ticks);
const size = (market: WorldMarket, units: number | bigint) =>
  plain(fixed(units, market.sizeDigits));
const side = (trade: WorldTrade) => trade.buy ? "Buy" : "Sell";

/** The channel and the market of a topic; null where there is none such. */
function topicOf(topic: unknown): [string, WorldMarket] | null {
  const [, channel = "", symbol] = /^(.*)\.([^.]*)$/.exec(String(topic)) ?? [];
  const market = markets.find((one) => one.market === symbol);
  return market && channel in CHANNELS ? [channel, market] : null;
}

interface Listener {
  wire: Wire;
  connId: string;
  topics: Set<string>;
  /** When something was last said on it, by the wall's clock. */
  spoke: number;
}

/** The public socket, `/bybit/v5/public/spot`. */
class BybitSocket {
  #listeners = new Set<Listener>();
  // 500 in 5 minutes from one address.
  #connects: Allowance;
  #books = new Map<WorldMarket, { book: MovingBook; u: number }>();

  constructor(readonly stage: Stage) {
    this.#connects = new Allowance(500, 500 / 300_000, stage.limits);
  }

  accept(request: Request): Response {
    if (this.#connects.take("") < 0) return tooMany(true);
    const { socket, response } = Deno.upgradeWebSocket(request, {
      idleTimeout: 0,
    });
    const listener: Listener = {
      wire: this.stage.faults.wire("bybit", socket),
      connId: crypto.randomUUID(),
      topics: new Set(),
      spoke: performance.now(),
    };
    socket.onopen = () => this.#listeners.add(listener);
    socket.onclose = () => this.#listeners.delete(listener);
    socket.onerror = () => this.#listeners.delete(listener);
    socket.onmessage = ({ data }) => this.#hear(listener, String(data));
    return response;
  }

  #hear(listener: Listener, text: string): void {
    listener.spoke = performance.now();
    const { connId: conn_id, topics } = listener;
    let asked: { op?: unknown; args?: unknown; req_id?: unknown };
    try {
      asked = JSON.parse(text);
    } catch {
      asked = {};
    }
    const { op, args, req_id = "" } = asked ?? {};
    const answer = (success: boolean, ret_msg: string) =>
      this.#say(
        listener,
        JSON.stringify({ success, ret_msg, conn_id, req_id, op }),
      );
    if (op === "ping") return answer(true, "pong");
    if ((op !== "subscribe" && op !== "unsubscribe") || !Array.isArray(args)) {
      return answer(false, "Params Error");
    }
    if (args.length > TOPICS) return answer(false, `args size >${TOPICS}`);
    // One that is wrong spoils the request.
    for (const topic of args) {
      if (!topicOf(topic)) {
        return answer(false, `error:handler not found,topic:${topic}`);
      }
      if (op === "subscribe" && topics.has(topic)) {
        return answer(false, `error:already subscribed,topic:${topic}`);
      }
    }
    answer(true, "");
    for (const topic of args) {
      if (op === "unsubscribe") topics.delete(topic);
      else this.#first(listener, topic, ...topicOf(topic)!);
    }
  }

  /** What comes at once: the whole book, the ticker; of trades only new ones. */
  #first(
    listener: Listener,
    topic: string,
    channel: string,
    market: WorldMarket,
  ): void {
    const now = this.stage.clock.now();
    // The others hear of what has changed up to then.
    if (channel === "orderbook.50") this.#book(market, now);
    listener.topics.add(topic);
    if (channel === "tickers") {
      const last = this.stage.world.lastTrade(market, now);
      if (last) this.#ticker(market, last, [listener]);
    } else if (channel === "orderbook.50") {
      const { best } = this.#held(market).book;
      this.#bookFrame(market, now, "snapshot", best, [listener]);
    }
  }

  #held(market: WorldMarket) {
    let held = this.#books.get(market);
    if (!held) {
      held = {
        book: new MovingBook(this.stage.world, market, LEVELS),
        u: market.stream % 1e8,
      };
      this.#books.set(market, held);
    }
    return held;
  }

  tick(from: number, to: number, muted: Set<string>): void {
    const { world } = this.stage;
    const passed = Math.floor(from / EVERY) < Math.floor(to / EVERY);
    for (const market of this.#listeners.size === 0 ? [] : markets) {
      if (muted.has(market.market)) continue;
      const trades = [...world.between(market, from + 1, to + 1)];
      if (trades.length > 0) {
        const data = trades.map((trade) => ({
          i: world.id(market, trade),
          T: trade.ms,
          p: price(market, trade.ticks),
          v: size(market, trade.units),
          S: side(trade),
          s: market.market,
          BT: false,
          RPI: false,
          seq: trade.ms,
        }));
        // Always called a snapshot, though only the new ones are in it.
        this.#tell(market, "publicTrade", { type: "snapshot", ts: to, data });
        this.#ticker(market, trades.at(-1)!);
      }
      if (passed && this.#wanted(market, "orderbook.50")) {
        this.#book(market, to);
      }
    }
    const late = performance.now() - SILENCE;
    for (const { wire, spoke } of this.#listeners) {
      if (spoke < late) wire.socket.close(1000, "");
    }
  }

  #book(market: WorldMarket, ms: number): void {
    const held = this.#held(market);
    const changed = held.book.move(ms);
    if (changed.bids.length + changed.asks.length === 0) return;
    held.u++;
    this.#bookFrame(market, ms, "delta", changed);
  }

  #bookFrame(
    market: WorldMarket,
    ms: number,
    type: string,
    { bids, asks }: BookSides,
    to?: Iterable<Listener>,
  ): void {
    const { u } = this.#held(market);
    const texts = (levels: DepthLevel[]) =>
      levels.map(([ticks, units]) => [
        price(market, ticks),
        size(market, units),
      ]);
    const data = {
      s: market.market,
      b: texts(bids),
      a: texts(asks),
      u,
      seq: u + 1e10,
    };
    this.#tell(
      market,
      "orderbook.50",
      { type, ts: ms, data, cts: ms - 3 },
      to,
    );
  }

  #ticker(
    market: WorldMarket,
    trade: WorldTrade,
    to?: Iterable<Listener>,
  ): void {
    const { rolling } = this.stage.days.at(market, trade.ms);
    this.#tell(market, "tickers", {
      ts: trade.ms,
      type: "snapshot",
      cs: trade.ms,
      data: {
        symbol: market.market,
        lastPrice: price(market, trade.ticks),
        highPrice24h: price(market, rolling.high),
        lowPrice24h: price(market, rolling.low),
        prevPrice24h: price(market, rolling.open),
        volume24h: size(market, rolling.volume),
        turnover24h: plain(valueText(market, rolling.value)),
        price24hPcnt: (trade.ticks / rolling.open - 1).toFixed(4),
      },
    }, to);
  }

  #wanted(market: WorldMarket, channel: string): boolean {
    const topic = `${channel}.${market.market}`;
    return [...this.#listeners].some(({ topics }) => topics.has(topic));
  }

  /** Sends a frame to those who asked for it. */
  #tell(
    market: WorldMarket,
    channel: string,
    frame: object,
    to: Iterable<Listener> = this.#listeners,
  ): void {
    const topic = `${channel}.${market.market}`;
    let made: string | undefined;
    for (const listener of to) {
      if (!listener.topics.has(topic)) continue;
      this.#say(listener, made ??= JSON.stringify({ topic, ...frame }), {
        market: market.market,
        channel: CHANNELS[channel]!,
      });
    }
  }

  #say(listener: Listener, text: string, about?: About): void {
    listener.spoke = performance.now();
    listener.wire.send(text, about);
  }
}

/** What the limiter answers: with a code of its own at first, then (`banned`) for 10 minutes. */
const tooMany = (banned: boolean): Response =>
  banned
    ? new Response(
      "403, access too frequent. Please try your request again later.",
      {
        status: 403,
      },
    )
    : whole(10006, "Too many visits. Exceeded the API Rate Limit.", {}, 0);

const whole = (retCode: number, retMsg: string, result: object, time: number) =>
  Response.json({ retCode, retMsg, result, retExtInfo: {}, time });

/** What is wrong with a request; it comes with HTTP 200. */
class Refused extends Error {}

/** The public pages, `/bybit/v5/market/…`. */
class BybitRest {
  // 600 in 5 seconds, all pages together.
  #allowance: Allowance;

  constructor(readonly stage: Stage) {
    this.#allowance = new Allowance(600, 0.12, stage.limits);
  }

  answer(url: URL): Response {
    if (this.#allowance.take("") < 0) return tooMany(true);
    const page = url.pathname.slice("/bybit/v5/market/".length);
    const time = this.stage.clock.says();
    try {
      const result = this.#result(page, url.searchParams);
      return result
        ? whole(0, "OK", result, time)
        : new Response("404 page not found", { status: 404 });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return whole(10001, error.message, {}, time);
    }
  }

  /** Null where there is no such page. */
  #result(page: string, query: URLSearchParams): object | null {
    const says = this.stage.clock.says();
    if (page === "time") {
      return {
        timeSecond: String(Math.floor(says / 1000)),
        timeNano: `${says}000000`,
      };
    }
    const category = query.get("category");
    if (category !== "spot") throw new Refused("Illegal category");
    if (page === "instruments-info") {
      return { category, list: markets.map(instrument) };
    }
    if (page === "kline") {
      const market = named(query);
      const list = this.#candles(market, query);
      return { symbol: market.market, category, list };
    }
    return page === "recent-trade"
      ? { category, list: this.#trades(query) }
      : null;
  }

  /** Newest first, from the minute that `end` lies in; the running one too. A quiet minute stands at the close before it. */
  #candles(market: WorldMarket, query: URLSearchParams): string[][] {
    if (query.get("interval") !== "1") throw new Refused("Invalid period!");
    const { world, clock } = this.stage;
    const most = limit(query, 200, 1000);
    const end = Math.min(
      Number(query.get("end") ?? Infinity),
      clock.pages(),
    );
    const start = Number(query.get("start") ?? 0);
    const rows: string[][] = [];
    let minute = Math.floor(end / MINUTE);
    for (; minute >= world.start && rows.length < most; minute--) {
      if ((minute + 1) * MINUTE <= start) break;
      const ts = String(minute * MINUTE);
      const candle = world.candle(market, minute, clock.pages());
      if (!candle) {
        const last = world.lastTrade(market, minute * MINUTE - 1);
        const flat = price(market, last?.ticks ?? 1);
        rows.push([ts, flat, flat, flat, flat, "0", "0"]);
        continue;
      }
      const { open, high, low, close, volume, value } = candle;
      rows.push([
        ts,
        ...[open, high, low, close].map((ticks) => price(market, ticks)),
        size(market, volume),
        plain(valueText(market, value)),
      ]);
    }
    return rows;
  }

  /** The newest, newest first; there is no way to those before them. */
  #trades(query: URLSearchParams): object[] {
    const market = named(query);
    const { world, clock } = this.stage;
    const most = limit(query, TRADES, TRADES);
    const now = clock.pages();
    const rows: object[] = [];
    let minute = Math.floor(now / MINUTE);
    for (; minute >= world.start && rows.length < most; minute--) {
      for (const trade of world.minute(market, minute).toReversed()) {
        if (trade.ms > now || rows.length >= most) continue;
        rows.push({
          execId: world.id(market, trade),
          symbol: market.market,
          price: price(market, trade.ticks),
          size: size(market, trade.units),
          side: side(trade),
          time: String(trade.ms),
          isBlockTrade: false,
          isRPITrade: false,
          seq: String(trade.ms),
        });
      }
    }
    return rows;
  }
}

function named(query: URLSearchParams): WorldMarket {
  const market = markets.find((one) => one.market === query.get("symbol"));
  if (market) return market;
  throw new Refused("Not supported symbols");
}

/** Rows wanted, from 1 to `most`; more is cut to `most` without a word. */
function limit(query: URLSearchParams, otherwise: number, most: number) {
  const value = Number(query.get("limit") ?? otherwise);
  if (Number.isInteger(value) && value > 0) return Math.min(value, most);
  throw new Refused("params error: limit invalid");
}

const instrument = (market: WorldMarket) => ({
  symbol: market.market,
  baseCoin: market.base,
  quoteCoin: market.quote,
  innovation: "0",
  status: "Trading",
  marginTrading: "utaOnly",
  stTag: "0",
  lotSizeFilter: {
    basePrecision: sizeText(market, 1),
    quotePrecision: valueText(market, 1n),
    minOrderQty: sizeText(market, 1),
    maxOrderQty: "83",
    minOrderAmt: "5",
    maxOrderAmt: "8000000",
  },
  priceFilter: { tickSize: priceText(market, 1) },
});

/** Bybit, spot: `/bybit/v5/public/spot` and `/bybit/v5/market/…`. */
export const bybit: Simulator = {
  id: "bybit",
  markets,
  sockets: /^\/bybit\/v5\/public\/spot$/,
  pages: "/bybit/v5/market/",
  at: { socket: "/bybit/v5/public/spot", rest: "/bybit" },
  protocol: {
    trades: /\/recent-trade$/,
    market: inQuery("symbol"),
    limit: "limit",
    cursors: [],
    row: {
      id: /("execId":")(\d+)/g,
      time: /("time":")(\d+)/g,
      price: /("price":")([^"]+)/g,
    },
    frameId: /("i":")(\d+)/,
    refusal: tooMany,
  },
  start(stage): RunningVenue {
    const socket = new BybitSocket(stage), rest = new BybitRest(stage);
    return {
      accept: (request) => socket.accept(request),
      tick: (from, to, muted) => socket.tick(from, to, muted),
      answer: (url) => rest.answer(url),
    };
  },
};
