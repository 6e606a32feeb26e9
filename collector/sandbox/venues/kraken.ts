import { crc32 } from "node:zlib";
import { Allowance } from "../allowance.ts";
import type { DepthLevel } from "../depth.ts";
import type { About, Wire } from "../faults.ts";
import { timeAndCounter } from "../ids.ts";
import {
  fixed,
  marketsOf,
  priceText,
  sizeText,
  valueText,
  type WorldMarket,
} from "../markets.ts";
import { type BookSides, MovingBook } from "../moving_book.ts";
import type { RunningVenue, Simulator, Stage } from "../simulator.ts";
import { MINUTE, type WorldTrade } from "../world.ts";

/** Ids of 15 digits that grow with time and leave some out. */
const markets = marketsOf("kraken", timeAndCounter(2, 0), [
  ["BTC-USD", "BTC", "USD", 1, 1, 8, 30, 3_000_000, 10],
  ["ETH-USD", "ETH", "USD", 2, 1, 8, 20, 60_000_000, 5],
  ["XRP-USD", "XRP", "USD", 5, 1, 8, 10, 20_000_000_000, 10],
]);

/** What the socket calls it, what it is called by REST, and there in the answers. */
const symbolOf = ({ base, quote }: WorldMarket) => `${base}/${quote}`;
const altname = ({ base, quote }: WorldMarket) =>
  `${base === "BTC" ? "XBT" : base}${quote}`;
const keyOf = ({ base, quote }: WorldMarket) =>
  `X${base === "BTC" ? "XBT" : base}Z${quote}`;

const CHANNELS = { trade: "trade", ticker: "ticker", book: "book" } as const;
type Channel = keyof typeof CHANNELS;
const DEPTHS = [10, 25, 100, 500, 1000];
/** A socket on which nothing was said to it for so long is closed. */
const SILENCE = 60_000;
/** Milliseconds between two frames of a market's book. */
const EVERY = 100;
const CANDLES = 720;
/** Nanoseconds in a millisecond. */
const NANO = 1_000_000n;

/** RFC 3339 with microseconds. */
const instant = (ms: number) => new Date(ms).toISOString().replace("Z", "000Z");
const price = (market: WorldMarket, ticks: number) => priceText(market, ticks);
const size = (market: WorldMarket, units: number | bigint) =>
  fixed(units, market.sizeDigits);

/** Levels with all their digits, as JSON numbers; one that is gone has size 0. */
const levelTexts = (market: WorldMarket, levels: DepthLevel[]) =>
  levels.map(([ticks, units]) =>
    `{"price":${price(market, ticks)},"qty":${
      units === 0 ? "0" : size(market, units)
    }}`
  ).join(",");

/** The checksum of a book's best ten levels. */
function checksum(market: WorldMarket, { bids, asks }: BookSides): number {
  const digits = (text: string) => text.replace(".", "").replace(/^0+/, "");
  const sum = (levels: DepthLevel[]) =>
    levels.slice(0, 10).map(([ticks, units]) =>
      digits(price(market, ticks)) + digits(size(market, units))
    ).join("");
  return crc32(sum(asks) + sum(bids));
}

interface Listener {
  wire: Wire;
  /** Channel, depth of a book, and symbol. */
  topics: Set<string>;
  /** When it was last heard, and something last said on it, by the wall's clock. */
  heard: number;
  spoke: number;
}

interface Asked {
  method?: unknown;
  req_id?: unknown;
  params?: {
    channel?: unknown;
    symbol?: unknown;
    depth?: unknown;
    snapshot?: unknown;
  };
}

/** The public socket, `/kraken/v2`. */
class KrakenSocket {
  #listeners = new Set<Listener>();
  // 150 in 10 minutes from one address.
  #connects: Allowance;
  /** Of each market and depth that is followed. */
  #books = new Map<string, { book: MovingBook; market: WorldMarket }>();

  constructor(readonly stage: Stage) {
    this.#connects = new Allowance(150, 150 / 600_000, stage.limits);
  }

  accept(request: Request): Response {
    if (this.#connects.take("") < 0) {
      return new Response("Too Many Requests", { status: 429 });
    }
    const { socket, response } = Deno.upgradeWebSocket(request, {
      idleTimeout: 0,
    });
    const listener: Listener = {
      wire: this.stage.faults.wire("kraken", socket),
      topics: new Set(),
      heard: performance.now(),
      spoke: performance.now(),
    };
    socket.onopen = () => {
      this.#listeners.add(listener);
      // A number that no double holds.
      this.#say(
        listener,
        '{"channel":"status","type":"update","data":[{"version":"2.0.10","system":"online","api_version":"v2","connection_id":18239578009413566319}]}',
      );
    };
    socket.onclose = () => this.#listeners.delete(listener);
    socket.onerror = () => this.#listeners.delete(listener);
    socket.onmessage = ({ data }) => this.#hear(listener, String(data));
    return response;
  }

  #hear(listener: Listener, text: string): void {
    listener.heard = performance.now();
    const at = instant(this.stage.clock.now());
    const times = { time_in: at, time_out: at };
    const refuse = (error: string, more = {}) =>
      this.#say(
        listener,
        JSON.stringify({ error, method, success: false, ...more, ...times }),
      );
    let asked: Asked;
    try {
      asked = JSON.parse(text) ?? {};
    } catch {
      asked = {};
    }
    const { method = null, params = {} } = asked;
    if (method === "ping") {
      return this.#say(listener, JSON.stringify({ method: "pong", ...times }));
    }
    if (method !== "subscribe" && method !== "unsubscribe") {
      return refuse("Malformed request");
    }
    const { channel, symbol, depth = 10, snapshot = true } = params;
    if (!(String(channel) in CHANNELS) || !Array.isArray(symbol)) {
      return refuse("Channel field needs to be a valid channel");
    }
    if (channel === "book" && !DEPTHS.includes(Number(depth))) {
      return refuse("Subscription depth not supported");
    }
    for (const one of symbol) {
      const market = markets.find((market) => symbolOf(market) === one);
      if (!market) {
        refuse(`Currency pair not supported ${one}`, { symbol: one });
        continue;
      }
      const topic = topicOf(market, channel as Channel, Number(depth));
      if ((method === "subscribe") === listener.topics.has(topic)) {
        const error = method === "subscribe"
          ? "Already subscribed"
          : "Subscription not found";
        refuse(error, { symbol: one });
        continue;
      }
      const result = channel === "book"
        ? { channel, depth, snapshot, symbol: one }
        : { channel, snapshot, symbol: one };
      this.#say(
        listener,
        JSON.stringify({ method, result, success: true, ...times }),
      );
      if (method === "unsubscribe") listener.topics.delete(topic);
      else {
        this.#first(listener, market, channel as Channel, {
          topic,
          depth: Number(depth),
          snapshot: snapshot !== false,
        });
      }
    }
  }

  /** What comes at once: the ticker, the whole book, and the last 50 trades unless they are not wanted. */
  #first(
    listener: Listener,
    market: WorldMarket,
    channel: Channel,
    { topic, depth, snapshot }: {
      topic: string;
      depth: number;
      snapshot: boolean;
    },
  ): void {
    const { world, clock } = this.stage;
    const now = clock.now();
    // The others hear of what has changed up to then.
    if (channel === "book") this.#book(topic, market, depth, now);
    listener.topics.add(topic);
    if (!snapshot) return;
    if (channel === "trade") {
      const last = [...world.between(market, now - 60 * MINUTE, now + 1)]
        .slice(-50);
      this.#trades(market, "snapshot", last, [listener]);
    } else if (channel === "ticker") {
      const last = world.lastTrade(market, now);
      if (last) this.#ticker(market, "snapshot", last, [listener]);
    } else {
      const { best } = this.#books.get(topic)!.book;
      this.#bookFrame(topic, market, "snapshot", best, now, [listener]);
    }
  }

  tick(from: number, to: number, muted: Set<string>): void {
    const { world } = this.stage;
    const passed = Math.floor(from / EVERY) < Math.floor(to / EVERY);
    const followed = new Set(
      [...this.#listeners].flatMap(({ topics }) => [...topics]),
    );
    for (const market of this.#listeners.size === 0 ? [] : markets) {
      if (muted.has(market.market)) continue;
      const trades = [...world.between(market, from + 1, to + 1)];
      if (trades.length > 0) {
        this.#trades(market, "update", trades);
        this.#ticker(market, "update", trades.at(-1)!);
      }
      for (const depth of passed ? DEPTHS : []) {
        const topic = topicOf(market, "book", depth);
        if (followed.has(topic)) this.#book(topic, market, depth, to);
      }
    }
    const now = performance.now();
    for (const listener of this.#listeners) {
      if (listener.heard < now - SILENCE) listener.wire.socket.close(1000, "");
      else if (listener.topics.size > 0 && listener.spoke < now - 1000) {
        this.#say(listener, '{"channel":"heartbeat"}');
      }
    }
  }

  /** Numbers with all their digits, which no JSON of a double would have. */
  #trades(
    market: WorldMarket,
    type: string,
    trades: WorldTrade[],
    to?: Iterable<Listener>,
  ): void {
    const data = trades.map((trade) =>
      `{"symbol":"${symbolOf(market)}","side":"${
        trade.buy ? "buy" : "sell"
      }","price":${price(market, trade.ticks)},"qty":${
        size(market, trade.units)
      },"ord_type":"market","trade_id":${
        this.stage.world.id(market, trade)
      },"timestamp":"${instant(trade.ms)}"}`
    );
    const topic = topicOf(market, "trade", 0);
    this.#tell(topic, market, "trade", type, data.join(","), to);
  }

  #ticker(
    market: WorldMarket,
    type: string,
    trade: WorldTrade,
    to?: Iterable<Listener>,
  ): void {
    const { rolling } = this.stage.days.at(market, trade.ms);
    const average = rolling.volume === 0n
      ? trade.ticks
      : Number(rolling.value / rolling.volume);
    const change = trade.ticks - rolling.open;
    const sign = change < 0 ? "-" : "";
    const data = `{"symbol":"${symbolOf(market)}","last":${
      price(market, trade.ticks)
    },"volume":${size(market, rolling.volume)},"vwap":${
      price(market, average)
    },"low":${price(market, rolling.low)},"high":${
      price(market, rolling.high)
    },"change":${sign}${price(market, Math.abs(change))},"change_pct":${
      (100 * change / rolling.open).toFixed(2)
    },"timestamp":"${instant(trade.ms)}"}`;
    const topic = topicOf(market, "ticker", 0);
    this.#tell(topic, market, "ticker", type, data, to);
  }

  #book(topic: string, market: WorldMarket, depth: number, ms: number): void {
    let held = this.#books.get(topic);
    if (!held) {
      const book = new MovingBook(this.stage.world, market, depth);
      this.#books.set(topic, held = { book, market });
    }
    const changed = held.book.move(ms);
    const { bids, asks } = held.book.best;
    // Nothing is said of levels that others have pushed out of the depth.
    const within = {
      bids: changed.bids.filter(([ticks, units]) =>
        units > 0 || ticks > (bids.at(-1)?.[0] ?? 0)
      ),
      asks: changed.asks.filter(([ticks, units]) =>
        units > 0 || ticks < (asks.at(-1)?.[0] ?? Infinity)
      ),
    };
    if (within.bids.length + within.asks.length === 0) return;
    this.#bookFrame(topic, market, "update", within, ms);
  }

  #bookFrame(
    topic: string,
    market: WorldMarket,
    type: string,
    { bids, asks }: BookSides,
    ms: number,
    to?: Iterable<Listener>,
  ): void {
    const { best } = this.#books.get(topic)!.book;
    const data = `{"symbol":"${symbolOf(market)}","bids":[${
      levelTexts(market, bids)
    }],"asks":[${levelTexts(market, asks)}],"checksum":${
      checksum(market, best)
    },"timestamp":"${instant(ms)}"}`;
    this.#tell(topic, market, "book", type, data, to);
  }

  /** Sends a frame to those who asked for it. */
  #tell(
    topic: string,
    market: WorldMarket,
    channel: Channel,
    type: string,
    data: string,
    to: Iterable<Listener> = this.#listeners,
  ): void {
    const text = `{"channel":"${channel}","type":"${type}","data":[${data}]}`;
    for (const listener of to) {
      if (!listener.topics.has(topic)) continue;
      this.#say(listener, text, { market: market.market, channel });
    }
  }

  #say(listener: Listener, text: string, about?: About): void {
    listener.spoke = performance.now();
    listener.wire.send(text, about);
  }
}

const topicOf = (market: WorldMarket, channel: Channel, depth: number) =>
  `${channel}${channel === "book" ? ` ${depth}` : ""} ${symbolOf(market)}`;

const json = (text: string) =>
  new Response(text, { headers: { "content-type": "application/json" } });

/** An error, which comes with HTTP 200. */
const failure = (error: string) => json(JSON.stringify({ error: [error] }));

/** What the limiter answers: too many, or (`banned`) shut out for a while. */
const tooMany = (banned: boolean): Response =>
  failure(
    banned ? "EGeneral:Temporary lockout" : "EAPI:Rate limit exceeded",
  );

/** What is wrong with a request. */
class Refused extends Error {}

/** The public pages, `/kraken/0/public/…`. */
class KrakenRest {
  // Not published: a burst of 15, then one a second.
  #allowance: Allowance;

  constructor(readonly stage: Stage) {
    this.#allowance = new Allowance(15, 0.001, stage.limits);
  }

  answer(url: URL): Response {
    if (this.#allowance.take("") < 0) return tooMany(false);
    const page = url.pathname.slice("/kraken/0/public/".length);
    try {
      const result = this.#result(page, url.searchParams);
      return json(`{"error":[],"result":${result}}`);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return failure(error.message);
    }
  }

  #result(page: string, query: URLSearchParams): string {
    const seconds = Math.floor(this.stage.clock.says() / 1000);
    switch (page) {
      case "Time":
        return JSON.stringify({ unixtime: seconds });
      case "SystemStatus":
        return '{"status":"online"}';
      case "AssetPairs":
        return JSON.stringify(
          Object.fromEntries(markets.map((one) => [keyOf(one), pair(one)])),
        );
      case "OHLC":
        return this.#candles(query);
      case "Trades":
        return this.#trades(query);
      default:
        throw new Refused("EGeneral:Unknown method");
    }
  }

  /** After the second `since`, none before the newest 720; in order, the running one last. A quiet minute stands at the close before it. */
  #candles(query: URLSearchParams): string {
    const market = named(query);
    if ((query.get("interval") ?? "1") !== "1") {
      throw new Refused("EGeneral:Invalid arguments");
    }
    const { world, clock } = this.stage;
    const now = clock.pages(), last = Math.floor(now / MINUTE);
    const since = Number(query.get("since") ?? 0);
    const first = Math.max(
      world.start,
      last - CANDLES + 1,
      Math.floor(since / 60) + 1,
    );
    const rows: string[] = [];
    for (let minute = Math.min(first, last); minute <= last; minute++) {
      rows.push(this.#candle(market, minute, now));
    }
    return `{"${keyOf(market)}":[${rows}],"last":${(last - 1) * 60}}`;
  }

  #candle(market: WorldMarket, minute: number, until: number): string {
    const { world } = this.stage;
    const candle = world.candle(market, minute, until);
    if (!candle) {
      const last = world.lastTrade(market, minute * MINUTE - 1);
      const flat = price(market, last?.ticks ?? 1);
      return JSON.stringify(
        [minute * 60, flat, flat, flat, flat, "0.0", "0.00000000", 0],
      );
    }
    const { open, high, low, close, volume, value, count } = candle;
    const average = Number(value / BigInt(volume));
    return JSON.stringify([
      minute * 60,
      ...[open, high, low, close, average].map((ticks) => price(market, ticks)),
      size(market, volume),
      count,
    ]);
  }

  /** After `since`, in nanoseconds, upward; without it the newest. */
  #trades(query: URLSearchParams): string {
    const market = named(query);
    const { world, clock } = this.stage;
    const most = Number(query.get("count") ?? 1000);
    if (!Number.isInteger(most) || most < 1 || most > 1000) {
      throw new Refused("EGeneral:Invalid arguments:count");
    }
    const until = clock.pages() + 1;
    const since = query.get("since");
    if (since !== null && !/^\d{1,19}$/.test(since)) {
      throw new Refused("EGeneral:Invalid arguments:since");
    }
    let trades: WorldTrade[] = [];
    if (since !== null) {
      const after = Number(BigInt(since) / NANO) + 1;
      trades = world.between(market, after, until).take(most).toArray();
    } else {
      let minute = Math.floor(until / MINUTE);
      for (; minute >= world.start && trades.length < most; minute--) {
        const some = world.minute(market, minute)
          .filter(({ ms }) => ms < until);
        trades = [...some, ...trades].slice(-most);
      }
    }
    const rows = trades.map((trade) =>
      `["${price(market, trade.ticks)}","${size(market, trade.units)}",${
        (trade.ms / 1000).toFixed(3)
      }0000,"${trade.buy ? "b" : "s"}","m","",${world.id(market, trade)}]`
    );
    const last = trades.at(-1);
    const next = last ? String(BigInt(last.ms) * NANO) : since ?? "0";
    return `{"${keyOf(market)}":[${rows}],"last":"${next}"}`;
  }
}

/** By any of its names. */
function named(query: URLSearchParams): WorldMarket {
  const pair = query.get("pair");
  const market = markets.find((one) =>
    [altname(one), keyOf(one), symbolOf(one)].includes(pair ?? "")
  );
  if (market) return market;
  throw new Refused("EQuery:Unknown asset pair");
}

const pair = (market: WorldMarket) => ({
  altname: altname(market),
  wsname: altname(market).replace(/(USD)$/, "/$1"),
  aclass_base: "currency",
  base: `X${altname(market).slice(0, 3)}`,
  aclass_quote: "currency",
  quote: `Z${market.quote}`,
  lot: "unit",
  pair_decimals: market.priceDigits,
  lot_decimals: market.sizeDigits,
  lot_multiplier: 1,
  fees: [[0, 0.8]],
  ordermin: sizeText(market, 1),
  costmin: "0.5",
  tick_size: valueText(market, 10n ** BigInt(market.sizeDigits)),
  status: "online",
});

/** Kraken, spot: `/kraken/v2` and `/kraken/0/public/…`. */
export const kraken: Simulator = {
  id: "kraken",
  markets,
  sockets: /^\/kraken\/v2$/,
  pages: "/kraken/0/public/",
  at: { socket: "/kraken/v2", rest: "/kraken" },
  protocol: {
    trades: /\/Trades$/,
    market: ({ searchParams }) => {
      const pair = searchParams.get("pair");
      return markets.find((one) => altname(one) === pair)?.market ?? "";
    },
    limit: "count",
    cursors: ["since"],
    rows: /":\[(\[.*\])\],"last"/ds,
    row: {
      id: /("",)(\d+)/g,
      time: /(",)(\d+\.\d+)/g,
      price: /(\[")([\d.]+)/g,
    },
    later: (time, ms) => {
      const whole = Math.round(Number(time) * 1000) + ms;
      return `${(whole / 1000).toFixed(3)}0000`;
    },
    frameId: /("trade_id":)(\d+)/,
    refusal: tooMany,
  },
  start(stage): RunningVenue {
    const socket = new KrakenSocket(stage), rest = new KrakenRest(stage);
    return {
      accept: (request) => socket.accept(request),
      tick: (from, to, muted) => socket.tick(from, to, muted),
      answer: (url) => rest.answer(url),
    };
  },
};
