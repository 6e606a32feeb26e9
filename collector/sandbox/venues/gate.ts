import { Allowance } from "../allowance.ts";
import { depth, type DepthLevel } from "../depth.ts";
import type { About, Wire } from "../faults.ts";
import { timeAndCounter } from "../ids.ts";
import {
  fixed,
  marketsOf,
  plain,
  priceText,
  valueText,
  type WorldMarket,
} from "../markets.ts";
import { MovingBook } from "../moving_book.ts";
import { inQuery } from "../pages.ts";
import type { RunningVenue, Simulator, Stage } from "../simulator.ts";
import { MINUTE, type WorldTrade } from "../world.ts";

/** Ids of 16 digits that grow with time and leave many out; each market counts its trades beside them. */
const markets = marketsOf("gate", timeAndCounter(3, 1), [
  ["BTC_USDT", "BTC", "USDT", 1, 1, 6, 24, 15_000, 10],
  ["ETH_USDT", "ETH", "USDT", 2, 1, 5, 16, 40_000, 5],
  ["XRP_USDT", "XRP", "USDT", 4, 1, 3, 8, 400_000],
]);

const CHANNELS: Record<string, About["channel"]> = {
  "spot.trades": "trade",
  "spot.tickers": "ticker",
  "spot.order_book_update": "book",
};
/** A socket on which nothing was said to it for so long is closed. */
const SILENCE = 30_500;
/** Milliseconds between two frames of a market's book. */
const EVERY = 100;
const LEVELS = 100;

const price = (market: WorldMarket, ticks: number) =>
  plain(priceText(market, ticks));
const size = (market: WorldMarket, units: number | bigint) =>
  plain(fixed(units, market.sizeDigits));
/** Ten digits after the point, as the socket has them. */
const ten = (text: string) => {
  const [whole, fraction = ""] = text.split(".");
  return `${whole}.${fraction.padEnd(10, "0")}`;
};
const levelRows = (market: WorldMarket, levels: DepthLevel[]) =>
  levels.map(([ticks, units]) => [price(market, ticks), size(market, units)]);

interface Listener {
  wire: Wire;
  /** Channel and market. */
  topics: Set<string>;
  /** When it was last heard, by the wall's clock. */
  heard: number;
}

/** The books of all markets; each change has a number. */
class Books {
  #held = new Map<WorldMarket, { book: MovingBook; id: number }>();

  constructor(readonly stage: Stage) {}

  /** Brings a book up to `ms`; what changed and the numbers of the changes, or null. */
  move(market: WorldMarket, ms: number) {
    let held = this.#held.get(market);
    if (!held) {
      const book = new MovingBook(this.stage.world, market, LEVELS);
      this.#held.set(market, held = { book, id: Math.floor(ms / 100) });
    }
    const { bids, asks } = held.book.move(ms);
    const count = bids.length + asks.length;
    if (count === 0) return null;
    const U = held.id + 1;
    held.id += count;
    return {
      U,
      u: held.id,
      b: levelRows(market, bids),
      a: levelRows(market, asks),
    };
  }

  /** As of the last look. */
  whole(market: WorldMarket, levels: number) {
    const { book, id } = this.#held.get(market)!;
    const { bids, asks } = book.best;
    return {
      id,
      asks: levelRows(market, asks.slice(0, levels)),
      bids: levelRows(market, bids.slice(0, levels)),
    };
  }
}

/** The public socket, `/gate/ws/v4/`. */
class GateSocket {
  #listeners = new Set<Listener>();

  constructor(readonly stage: Stage, readonly books: Books) {}

  accept(request: Request): Response {
    const { socket, response } = Deno.upgradeWebSocket(request, {
      idleTimeout: 0,
    });
    const listener: Listener = {
      wire: this.stage.faults.wire("gate", socket),
      topics: new Set(),
      heard: performance.now(),
    };
    socket.onopen = () => this.#listeners.add(listener);
    socket.onclose = () => this.#listeners.delete(listener);
    socket.onerror = () => this.#listeners.delete(listener);
    socket.onmessage = ({ data }) => this.#hear(listener, String(data));
    return response;
  }

  #hear(listener: Listener, text: string): void {
    listener.heard = performance.now();
    const ms = this.stage.clock.now(), time = Math.floor(ms / 1000);
    let asked: { channel?: unknown; event?: unknown; payload?: unknown };
    try {
      asked = JSON.parse(text) ?? {};
    } catch {
      asked = {};
    }
    const { channel, event, payload } = asked;
    if (channel === "spot.ping") {
      return listener.wire.send(
        `{"time":${time},"time_ms":${ms},"channel":"spot.pong","event":"","result":null}`,
      );
    }
    const answer = (more: object) =>
      listener.wire.send(
        JSON.stringify({ time, time_ms: ms, channel, event, ...more }),
      );
    const refuse = (code: number, message: string) =>
      answer({ error: { code, message }, result: { status: "fail" } });
    if (!(String(channel) in CHANNELS)) return refuse(2, "unknown channel");
    if (
      (event !== "subscribe" && event !== "unsubscribe") ||
      !Array.isArray(payload)
    ) return refuse(1, "invalid request");
    const ofBook = channel === "spot.order_book_update";
    const codes = ofBook ? payload.slice(0, 1) : payload;
    for (const code of codes) {
      if (!markets.some(({ market }) => market === code)) {
        return refuse(2, `unknown currency pair ${code}`);
      }
    }
    if (ofBook && (payload.length !== 2 || payload[1] !== "100ms")) {
      return refuse(2, "invalid argument");
    }
    for (const code of codes) {
      const topic = `${channel} ${code}`;
      if (event === "subscribe") listener.topics.add(topic);
      else listener.topics.delete(topic);
    }
    answer({ result: { status: "success" } });
  }

  tick(from: number, to: number, muted: Set<string>): void {
    const { world } = this.stage;
    const passed = Math.floor(from / EVERY) < Math.floor(to / EVERY);
    for (const market of this.#listeners.size === 0 ? [] : markets) {
      if (muted.has(market.market)) continue;
      const trades = [...world.between(market, from + 1, to + 1)];
      // One a frame, and not in the order of their ids.
      for (const trade of trades.toReversed()) {
        this.#tell(market, "spot.trades", to, this.#trade(market, trade));
      }
      const last = trades.at(-1);
      if (last) {
        this.#tell(market, "spot.tickers", to, this.#ticker(market, last));
      }
      if (passed && this.#wanted(market, "spot.order_book_update")) {
        this.move(market, to);
      }
    }
    const late = performance.now() - SILENCE;
    for (const { wire, heard } of this.#listeners) {
      if (heard < late) wire.socket.close(1000, "");
    }
  }

  /** Brings a book up to `ms` and tells what changed. */
  move(market: WorldMarket, ms: number): void {
    const changed = this.books.move(market, ms);
    if (!changed) return;
    this.#tell(market, "spot.order_book_update", ms, {
      t: ms,
      e: "depthUpdate",
      E: Math.floor(ms / 1000),
      s: market.market,
      ...changed,
    });
  }

  #trade(market: WorldMarket, trade: WorldTrade): object {
    const { world } = this.stage;
    const number = world.number(market, trade);
    return {
      id: Number(world.id(market, trade)),
      id_market: number,
      create_time: Math.floor(trade.ms / 1000),
      create_time_ms: `${trade.ms}.0`,
      side: trade.buy ? "buy" : "sell",
      currency_pair: market.market,
      amount: ten(size(market, trade.units)),
      price: ten(price(market, trade.ticks)),
      range: `${number}-${number}`,
    };
  }

  #ticker(market: WorldMarket, trade: WorldTrade): object {
    const { world, days } = this.stage;
    const { rolling } = days.at(market, trade.ms);
    const { bids, asks } = depth(world, market, trade.ms, 1);
    return {
      currency_pair: market.market,
      last: price(market, trade.ticks),
      lowest_ask: price(market, asks[0]![0]),
      highest_bid: price(market, bids[0]![0]),
      change_percentage: (100 * (trade.ticks / rolling.open - 1)).toFixed(4),
      base_volume: size(market, rolling.volume),
      quote_volume: plain(valueText(market, rolling.value)),
      high_24h: price(market, rolling.high),
      low_24h: price(market, rolling.low),
    };
  }

  #wanted(market: WorldMarket, channel: string): boolean {
    const topic = `${channel} ${market.market}`;
    return [...this.#listeners].some(({ topics }) => topics.has(topic));
  }

  /** Sends a frame to those who asked for it. */
  #tell(
    market: WorldMarket,
    channel: string,
    ms: number,
    result: object,
  ): void {
    const topic = `${channel} ${market.market}`;
    let made: string | undefined;
    for (const { topics, wire } of this.#listeners) {
      if (!topics.has(topic)) continue;
      const time = Math.floor(ms / 1000);
      made ??= JSON.stringify(
        { time, time_ms: ms, channel, event: "update", result },
      );
      wire.send(made, { market: market.market, channel: CHANNELS[channel]! });
    }
  }
}

const failure = (status: number, label: string, message: string) =>
  Response.json({ label, message }, { status });

/** What the limiter answers. */
const tooMany = (): Response =>
  failure(429, "TOO_MANY_REQUESTS", "Request Rate limit Exceeded");

/** What is wrong with a request. */
class Refused extends Error {
  constructor(readonly label: string, message: string) {
    super(message);
  }
}

/** The public pages, `/gate/api/v4/spot/…`. */
class GateRest {
  // 200 in 10 seconds, each page for itself.
  #allowance: Allowance;

  constructor(
    readonly stage: Stage,
    readonly books: Books,
    readonly socket: GateSocket,
  ) {
    this.#allowance = new Allowance(200, 0.02, stage.limits);
  }

  answer(url: URL): Response {
    const page = url.pathname.slice("/gate/api/v4/spot/".length);
    const left = this.#allowance.take(page);
    if (left < 0) return tooMany();
    const headers = {
      "x-gate-ratelimit-requests-remain": String(Math.floor(left)),
      "x-gate-ratelimit-limit": "200",
    };
    try {
      const body = this.#body(page, url.searchParams);
      return body
        ? Response.json(body, { headers })
        : failure(404, "NOT_FOUND", "no such page");
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return failure(400, error.label, error.message);
    }
  }

  /** Null where there is no such page. */
  #body(page: string, query: URLSearchParams): unknown {
    const { clock } = this.stage;
    switch (page) {
      case "time":
        return { server_time: clock.says() };
      case "currency_pairs":
        return markets.map(listing);
      case "candlesticks":
        return this.#candles(query);
      case "trades":
        return this.#trades(query);
      case "order_book": {
        const market = named(query);
        const ms = clock.now();
        const levels = limit(query, 10, 100);
        // What has changed up to then is a frame too.
        this.socket.move(market, ms);
        return { current: ms, update: ms, ...this.books.whole(market, levels) };
      }
      default:
        return null;
    }
  }

  /** In order, from one second to another, 1,000 at most; quiet minutes stand at the close before them. */
  #candles(query: URLSearchParams): string[][] {
    const market = named(query);
    if ((query.get("interval") ?? "30m") !== "1m") {
      throw new Refused("INVALID_PARAM_VALUE", "invalid interval");
    }
    const { world, clock } = this.stage;
    const now = clock.pages();
    const from = seconds(query, "from"), to = seconds(query, "to");
    if (query.has("limit") && (from !== null || to !== null)) {
      throw new Refused("INVALID_PARAM_VALUE", "limit conflicts with from, to");
    }
    const last = Math.floor(Math.min((to ?? Infinity) * 1000, now) / MINUTE);
    const first = from === null
      ? last - limit(query, 100, 1000) + 1
      : Math.ceil(from * 1000 / MINUTE);
    if (last - first >= 1000) {
      throw new Refused(
        "INVALID_PARAM_VALUE",
        "Candlestick too long ago, or more than 1000 points",
      );
    }
    const rows: string[][] = [];
    for (
      let minute = Math.max(first, world.start);
      minute <= last;
      minute++
    ) rows.push(this.#candle(market, minute, now));
    return rows;
  }

  #candle(market: WorldMarket, minute: number, now: number): string[] {
    const { world } = this.stage;
    const over = String((minute + 1) * MINUTE <= now);
    const ts = String(minute * 60);
    const candle = world.candle(market, minute, now);
    if (!candle) {
      const last = world.lastTrade(market, minute * MINUTE - 1);
      const flat = price(market, last?.ticks ?? 1);
      return [ts, "0", flat, flat, flat, flat, "0", over];
    }
    const { open, high, low, close, volume, value } = candle;
    return [
      ts,
      plain(valueText(market, value)),
      ...[close, high, low, open].map((ticks) => price(market, ticks)),
      size(market, volume),
      over,
    ];
  }

  /** Newest first, of the seconds from `from` to `to`, both counted in. */
  #trades(query: URLSearchParams): object[] {
    const market = named(query);
    const { world, clock } = this.stage;
    const most = limit(query, 100, 1000);
    const from = (seconds(query, "from") ?? 0) * 1000;
    const to = seconds(query, "to");
    const until = Math.min(
      clock.pages(),
      to === null ? Infinity : to * 1000 + 999,
    );
    const skip = (Number(query.get("page") ?? 1) - 1) * most;
    const rows: object[] = [];
    let passed = 0;
    let minute = Math.floor(until / MINUTE);
    for (; minute >= world.start && rows.length < most; minute--) {
      if ((minute + 1) * MINUTE <= from) break;
      for (const trade of world.minute(market, minute).toReversed()) {
        if (trade.ms > until || trade.ms < from || rows.length >= most) {
          continue;
        }
        if (passed++ < skip) continue;
        rows.push({
          id: world.id(market, trade),
          create_time: String(Math.floor(trade.ms / 1000)),
          create_time_ms: `${trade.ms}.000000`,
          currency_pair: market.market,
          side: trade.buy ? "buy" : "sell",
          amount: size(market, trade.units),
          price: price(market, trade.ticks),
          sequence_id: String(world.number(market, trade)),
        });
      }
    }
    return rows;
  }
}

function named(query: URLSearchParams): WorldMarket {
  const code = query.get("currency_pair");
  const market = markets.find((one) => one.market === code);
  if (market) return market;
  throw new Refused("INVALID_CURRENCY_PAIR", `Invalid currency pair ${code}`);
}

/** Rows wanted, from 1 to `most`. */
function limit(query: URLSearchParams, otherwise: number, most: number) {
  const value = Number(query.get("limit") ?? otherwise);
  if (Number.isInteger(value) && value > 0 && value <= most) return value;
  throw new Refused("INVALID_PARAM_VALUE", "invalid limit");
}

function seconds(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  if (text === null || /^\d{1,10}$/.test(text)) {
    return text === null ? null : Number(text);
  }
  throw new Refused("INVALID_PARAM_VALUE", `invalid ${name}`);
}

const listing = (market: WorldMarket) => ({
  id: market.market,
  base: market.base,
  base_name: market.englishName,
  quote: market.quote,
  quote_name: "Tether",
  fee: "0.2",
  min_quote_amount: "3",
  amount_precision: market.sizeDigits,
  precision: market.priceDigits,
  trade_status: "tradable",
  sell_start: 0,
  buy_start: 0,
  delisting_time: 0,
  type: "normal",
  st_tag: false,
});

/** Gate, spot: `/gate/ws/v4/` and `/gate/api/v4/spot/…`. */
export const gate: Simulator = {
  id: "gate",
  markets,
  sockets: /^\/gate\/ws\/v4\/$/,
  pages: "/gate/api/v4/spot/",
  at: { socket: "/gate/ws/v4/", rest: "/gate/api/v4" },
  protocol: {
    trades: /\/spot\/trades$/,
    market: inQuery("currency_pair"),
    limit: "limit",
    cursors: ["to", "from", "page"],
    row: {
      id: /("id":")(\d+)/g,
      time: /("create_time_ms":")(\d+)/g,
      price: /("price":")([^"]+)/g,
    },
    frameId: /("id":)(\d+)/,
    refusal: tooMany,
  },
  start(stage): RunningVenue {
    const books = new Books(stage);
    const socket = new GateSocket(stage, books);
    const rest = new GateRest(stage, books, socket);
    return {
      accept: (request) => socket.accept(request),
      tick: (from, to, muted) => socket.tick(from, to, muted),
      answer: (url) => rest.answer(url),
    };
  },
};
