import { Allowance } from "../allowance.ts";
import { depth } from "../depth.ts";
import type { About, Wire } from "../faults.ts";
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

/** Seen without a hole in each market. */
const markets = marketsOf("okx", { kind: "counted" }, [
  ["BTC-USDT", "BTC", "USDT", 1, 1, 8, 60, 2_000_000, 5],
  ["ETH-USDT", "ETH", "USDT", 2, 1, 6, 40, 400_000, 5],
  ["XRP-USDT", "XRP", "USDT", 4, 1, 6, 20, 500_000_000],
]);

/** Of each address the channels that are collected, by what the collector calls them. */
const CHANNELS: Record<string, Record<string, About["channel"]>> = {
  business: { "trades-all": "trade" },
  public: { tickers: "ticker", books5: "book" },
};
/** A socket on which nothing was said for so long is closed. */
const SILENCE = 30_000;
/** Milliseconds between two books or tickers of a market, where they changed. */
const EVERY = 100;
const LEVELS = 5;

const price = (market: WorldMarket, ticks: number) =>
  plain(priceText(market, ticks));
const size = (market: WorldMarket, units: number | bigint) =>
  plain(fixed(units, market.sizeDigits));

/** A trade as it stands on the socket and by REST. */
const tradeRow = (
  world: World,
  market: WorldMarket,
  trade: WorldTrade,
) => ({
  instId: market.market,
  tradeId: world.id(market, trade),
  px: price(market, trade.ticks),
  sz: size(market, trade.units),
  side: trade.buy ? "buy" : "sell",
  ts: String(trade.ms),
});

interface Listener {
  wire: Wire;
  address: "business" | "public";
  connId: string;
  /** Channel and market. */
  topics: Set<string>;
  /** Requests to subscribe that it has left: 480 an hour. */
  requests: Allowance;
  /** When something was last said on it, by the wall's clock. */
  spoke: number;
}

/** The public sockets, `/okx/ws/v5/public` and `/okx/ws/v5/business`. */
class OkxSocket {
  #listeners = new Set<Listener>();
  // 3 a second from one address.
  #connects: Allowance;
  /** The books as they were sent last, and how often they changed. */
  #books = new Map<WorldMarket, { sides: string; seqId: number }>();

  constructor(readonly stage: Stage) {
    this.#connects = new Allowance(3, 0.003, stage.limits);
  }

  accept(request: Request): Response {
    if (this.#connects.take("") < 0) {
      return new Response("Too Many Requests", { status: 429 });
    }
    const address = new URL(request.url).pathname.endsWith("/business")
      ? "business"
      : "public";
    const { socket, response } = Deno.upgradeWebSocket(request, {
      idleTimeout: 0,
    });
    const connId = crypto.randomUUID().slice(0, 8);
    const msg =
      "The connection will soon be closed for a service upgrade. Please reconnect.";
    const listener: Listener = {
      wire: this.stage.faults.wire(
        "okx",
        socket,
        () => JSON.stringify({ event: "notice", code: "64008", msg, connId }),
      ),
      address,
      connId,
      topics: new Set(),
      requests: new Allowance(480, 480 / 3_600_000, this.stage.limits),
      spoke: performance.now(),
    };
    socket.onopen = () => this.#listeners.add(listener);
    socket.onclose = () => this.#listeners.delete(listener);
    socket.onerror = () => this.#listeners.delete(listener);
    socket.onmessage = ({ data }) => {
      listener.spoke = performance.now();
      if (data === "ping") return this.#say(listener, "pong");
      this.#hear(listener, String(data));
    };
    return response;
  }

  #hear(listener: Listener, text: string): void {
    const { connId, address } = listener;
    const refuse = (code: string, msg: string) =>
      this.#say(
        listener,
        JSON.stringify({ event: "error", code, msg, connId }),
      );
    let asked: { op?: unknown; args?: unknown };
    try {
      asked = JSON.parse(text);
    } catch {
      return refuse("60012", `Invalid request: ${text}`);
    }
    const { op, args } = asked ?? {};
    if ((op !== "subscribe" && op !== "unsubscribe") || !Array.isArray(args)) {
      return refuse("60012", `Invalid request: ${text}`);
    }
    if (listener.requests.take("") < 0) {
      return refuse("60014", "Requests too frequent");
    }
    for (const arg of args) {
      const { channel, instId } = Object(arg);
      const market = markets.find((one) => one.market === instId);
      if (!market || !(String(channel) in CHANNELS[address]!)) {
        refuse(
          "60018",
          `Wrong URL or channel:${channel},instId:${instId} doesn't exist. Please use the correct URL, channel and parameters referring to API document.`,
        );
        continue;
      }
      const topic = `${channel} ${instId}`;
      this.#say(listener, JSON.stringify({ event: op, arg, connId }));
      if (op === "unsubscribe") listener.topics.delete(topic);
      // Asked for again, it is said yes again and nothing comes twice.
      else {
        listener.topics.add(topic);
        this.#first(listener, market, channel);
      }
    }
  }

  /** What comes at once: the last trade, however old, the ticker, the book. */
  #first(listener: Listener, market: WorldMarket, channel: string): void {
    const now = this.stage.clock.now();
    const last = this.stage.world.lastTrade(market, now);
    if (!last) return;
    const rows = channel === "books5"
      ? [this.#book(market, now)]
      : channel === "tickers"
      ? [this.#ticker(market, last)]
      : [tradeRow(this.stage.world, market, last)];
    this.#tell(market, channel, rows, [listener]);
  }

  tick(from: number, to: number, muted: Set<string>): void {
    const passed = Math.floor(from / EVERY) < Math.floor(to / EVERY);
    for (const market of this.#listeners.size === 0 ? [] : markets) {
      if (muted.has(market.market)) continue;
      const { world } = this.stage;
      const trades = [...world.between(market, from + 1, to + 1)];
      for (const trade of trades) {
        this.#tell(market, "trades-all", [tradeRow(world, market, trade)]);
      }
      const last = trades.at(-1);
      if (last) this.#tell(market, "tickers", [this.#ticker(market, last)]);
      if (!passed) continue;
      const before = this.#books.get(market)?.seqId;
      const book = this.#book(market, to);
      if (book.seqId !== before) this.#tell(market, "books5", [book]);
    }
    const late = performance.now() - SILENCE;
    for (const { wire, spoke } of this.#listeners) {
      if (spoke < late) wire.socket.close(4004, "No data received in 30s.");
    }
  }

  /** Whole, best first; levels are price, size, always 0, orders. */
  #book(market: WorldMarket, ms: number) {
    const { bids, asks } = depth(this.stage.world, market, ms, LEVELS);
    const side = (levels: [number, number][]) =>
      levels.map(([ticks, units]) => [
        price(market, ticks),
        size(market, units),
        "0",
        String(1 + units % 4),
      ]);
    const whole = { asks: side(asks), bids: side(bids) };
    const sides = JSON.stringify(whole);
    const held = this.#books.get(market) ?? { sides: "", seqId: ms };
    const seqId = held.seqId + (held.sides === sides ? 0 : 1);
    this.#books.set(market, { sides, seqId });
    return { ...whole, instId: market.market, ts: String(ms), seqId };
  }

  #ticker(market: WorldMarket, trade: WorldTrade) {
    const { world, days } = this.stage;
    const { day, rolling } = days.at(market, trade.ms);
    const { bids, asks } = depth(world, market, trade.ms, 1);
    return {
      instType: "SPOT",
      instId: market.market,
      last: price(market, trade.ticks),
      lastSz: size(market, trade.units),
      askPx: price(market, asks[0]![0]),
      askSz: size(market, asks[0]![1]),
      bidPx: price(market, bids[0]![0]),
      bidSz: size(market, bids[0]![1]),
      open24h: price(market, rolling.open),
      high24h: price(market, rolling.high),
      low24h: price(market, rolling.low),
      volCcy24h: plain(valueText(market, rolling.value)),
      vol24h: size(market, rolling.volume),
      sodUtc0: price(market, day.open),
      sodUtc8: price(market, day.open),
      ts: String(trade.ms),
    };
  }

  /** Sends rows to those who asked for them. */
  #tell(
    market: WorldMarket,
    channel: string,
    data: object[],
    to: Iterable<Listener> = this.#listeners,
  ): void {
    const arg = { channel, instId: market.market };
    let made: string | undefined;
    for (const listener of to) {
      if (!listener.topics.has(`${channel} ${market.market}`)) continue;
      this.#say(listener, made ??= JSON.stringify({ arg, data }), {
        market: market.market,
        channel: CHANNELS[listener.address]![channel]!,
      });
    }
  }

  #say(listener: Listener, text: string, about?: About): void {
    listener.spoke = performance.now();
    listener.wire.send(text, about);
  }
}

/** An error, which comes with HTTP 200 unless it is one of the limiter. */
class Refused extends Error {
  constructor(readonly code: string, message: string) {
    super(message);
  }
}

/** What the limiter answers. */
const tooMany = (): Response =>
  Response.json({ code: "50011", msg: "Too Many Requests", data: [] }, {
    status: 429,
  });

/** The public pages, `/okx/api/v5/…`. */
class OkxRest {
  // 20 in 2 seconds, each page for itself.
  #allowance: Allowance;

  constructor(readonly stage: Stage) {
    this.#allowance = new Allowance(20, 0.01, stage.limits);
  }

  answer(url: URL): Response {
    const path = url.pathname.slice("/okx/api/v5/".length);
    if (this.#allowance.take(path) < 0) return tooMany();
    try {
      const data = this.#data(path, url.searchParams);
      return data
        ? Response.json({ code: "0", msg: "", data })
        : Response.json({ msg: "404", code: "404" }, { status: 404 });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { code, message: msg } = error;
      return Response.json({ code, msg, data: [] });
    }
  }

  /** Null where there is no such page. */
  #data(path: string, query: URLSearchParams): unknown[] | null {
    switch (path) {
      case "public/time":
        return [{ ts: String(this.stage.clock.says()) }];
      case "public/instruments":
        return query.get("instType") === "SPOT" ? markets.map(instrument) : [];
      case "market/history-candles":
        return this.#candles(query);
      case "market/history-trades":
        return this.#trades(query);
      default:
        return null;
    }
  }

  /** Newest first; a minute without trades stands at the close before it. The running one is not there. */
  #candles(query: URLSearchParams): string[][] {
    const market = named(query);
    if ((query.get("bar") ?? "1m") !== "1m") {
      throw new Refused("51000", "Parameter bar error");
    }
    const { world, clock } = this.stage;
    const most = limit(query, 100, 300);
    const over = Math.floor(clock.pages() / MINUTE);
    const after = whole(query, "after") ?? over * MINUTE;
    const rows: string[][] = [];
    let minute = Math.min(over, Math.ceil(after / MINUTE)) - 1;
    for (; minute >= world.start && rows.length < most; minute--) {
      rows.push(this.#candle(market, minute));
    }
    return rows;
  }

  #candle(market: WorldMarket, minute: number): string[] {
    const { world } = this.stage;
    const ts = String(minute * MINUTE);
    const candle = world.candle(market, minute);
    if (!candle) {
      const last = world.lastTrade(market, minute * MINUTE - 1);
      const flat = price(market, last?.ticks ?? 1);
      return [ts, flat, flat, flat, flat, "0", "0", "0", "1"];
    }
    const value = plain(valueText(market, candle.value));
    const { open, high, low, close } = candle;
    return [
      ts,
      ...[open, high, low, close].map((ticks) => price(market, ticks)),
      size(market, candle.volume),
      value,
      value,
      "1",
    ];
  }

  /** Newest first, older than the id that `after` names (`type=1`). */
  #trades(query: URLSearchParams): object[] {
    const market = named(query);
    const { world, clock } = this.stage;
    const most = limit(query, 100, 100);
    const after = whole(query, "after");
    const until = clock.pages();
    const rows: object[] = [];
    let minute = Math.floor(until / MINUTE);
    if (after !== null) {
      const index = Number(after) - world.firstNumber(market) - 1;
      if (index < 0) return [];
      minute = world.tally(market).minuteOf(index, minute) ?? minute;
    }
    for (; minute >= world.start && rows.length < most; minute--) {
      for (const trade of world.minute(market, minute).toReversed()) {
        if (trade.ms > until || rows.length >= most) continue;
        if (after !== null && world.number(market, trade) >= after) continue;
        rows.push({ ...tradeRow(world, market, trade), source: "0" });
      }
    }
    return rows;
  }
}

function named(query: URLSearchParams): WorldMarket {
  const market = markets.find((one) => one.market === query.get("instId"));
  if (market) return market;
  throw new Refused("51001", "Instrument ID doesn't exist");
}

/** Rows wanted, from 1 to `most`; more is cut to `most` without a word. */
function limit(query: URLSearchParams, otherwise: number, most: number) {
  const value = Number(query.get("limit") ?? otherwise);
  if (Number.isInteger(value) && value > 0) return Math.min(value, most);
  throw new Refused("51000", "Parameter limit error");
}

function whole(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  if (text === null || /^\d{1,15}$/.test(text)) {
    return text === null ? null : Number(text);
  }
  throw new Refused("51000", `Parameter ${name} error`);
}

const instrument = (market: WorldMarket) => ({
  instType: "SPOT",
  instId: market.market,
  baseCcy: market.base,
  quoteCcy: market.quote,
  tickSz: priceText(market, 1),
  lotSz: sizeText(market, 1),
  minSz: sizeText(market, 1),
  state: "live",
  listTime: "1548133413000",
  expTime: "",
});

/** OKX, spot: `/okx/ws/v5/…` and `/okx/api/v5/…`. */
export const okx: Simulator = {
  id: "okx",
  markets,
  sockets: /^\/okx\/ws\/v5\/(public|business)$/,
  pages: "/okx/api/v5/",
  at: { socket: "/okx/ws/v5", rest: "/okx" },
  protocol: {
    trades: /\/history-trades$/,
    market: inQuery("instId"),
    limit: "limit",
    cursors: ["after"],
    row: {
      id: /("tradeId":")(\d+)/g,
      time: /("ts":")(\d+)/g,
      price: /("px":")([^"]+)/g,
    },
    frameId: /("tradeId":")(\d+)/,
    refusal: tooMany,
  },
  start(stage): RunningVenue {
    const socket = new OkxSocket(stage), rest = new OkxRest(stage);
    return {
      accept: (request) => socket.accept(request),
      tick: (from, to, muted) => socket.tick(from, to, muted),
      answer: (url) => rest.answer(url),
    };
  },
};
