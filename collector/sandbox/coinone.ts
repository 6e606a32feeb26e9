import {
  COINONE_LEVELS,
  coinoneMarkets,
  currencies,
  side,
  tickerFields,
  tradeFields,
} from "./coinone_rest.ts";
import type { Days } from "./days.ts";
import { depth } from "./depth.ts";
import type { About, Faults, Wire } from "./faults.ts";
import type { WorldMarket } from "./markets.ts";
import { hash } from "./random.ts";
import type { World } from "./world.ts";

const CHANNELS: Record<string, About["channel"]> = {
  TRADE: "trade",
  TICKER: "ticker",
  ORDERBOOK: "book",
};
const BOOK_EVERY = 200;
/** How old the first book after a subscription is. */
const FIRST_BOOK = 10_000;
/** Sockets that one address may have. */
const MOST = 20;

/** Long names to those of the format SHORT. */
const SHORT: Record<string, string> = {
  response_type: "r",
  channel: "c",
  data: "d",
  quote_currency: "qc",
  target_currency: "tc",
  timestamp: "t",
  id: "i",
  price: "p",
  qty: "q",
  is_seller_maker: "sm",
  asks: "a",
  bids: "b",
  quote_volume: "qv",
  target_volume: "tv",
  high: "hi",
  low: "lo",
  first: "fi",
  last: "la",
  volume_power: "vp",
  ask_best_price: "abp",
  ask_best_qty: "abq",
  bid_best_price: "bbp",
  bid_best_qty: "bbq",
  yesterday_high: "yhi",
  yesterday_low: "ylo",
  yesterday_first: "yfi",
  yesterday_last: "yla",
  yesterday_quote_volume: "yqv",
  yesterday_target_volume: "ytv",
};

interface Topic {
  channel: string;
  market: WorldMarket;
  short: boolean;
}

interface Listener {
  wire: Wire;
  /** By channel and market: a second request for the same one replaces it. */
  topics: Map<string, Topic>;
}

/** Coinone's public socket. */
export class CoinoneSocket {
  #listeners = new Set<Listener>();
  #open = 0;
  /** The books as they were sent last: some are sent once more. */
  #books = new Map<WorldMarket, object>();

  constructor(
    readonly world: World,
    readonly days: Days,
    readonly now: () => number,
    readonly faults: Faults,
  ) {}

  /** Takes a socket that has just been asked for. */
  accept(request: Request): Response {
    // No server pings: a quiet socket is dropped instead.
    const { socket, response } = Deno.upgradeWebSocket(request, {
      idleTimeout: 0,
    });
    const wire = this.faults.wire("coinone", socket);
    const listener: Listener = { wire, topics: new Map() };
    let counted = false;
    const gone = () => {
      if (counted) this.#open--;
      counted = false;
      this.#listeners.delete(listener);
    };
    socket.onopen = () => {
      counted = true;
      if (++this.#open > MOST) return socket.close(4290, "too many");
      this.#listeners.add(listener);
      const session_id = crypto.randomUUID();
      this.#say(listener, { response_type: "CONNECTED", data: { session_id } });
    };
    socket.onclose = gone;
    socket.onerror = gone;
    socket.onmessage = ({ data }) => this.#hear(listener, data);
    return response;
  }

  #hear(listener: Listener, text: unknown): void {
    const refuse = (error_code: number, message: string, field?: string) =>
      this.#say(listener, {
        response_type: "ERROR",
        error_code,
        message,
        ...(field ? { field } : {}),
      });
    let asked: Record<string, unknown>;
    try {
      asked = JSON.parse(String(text));
    } catch {
      return refuse(160010, "Invalid Request");
    }
    const { request_type, channel, topic, format = "DEFAULT" } = asked ?? {};
    if (request_type === "PING") {
      return this.#say(listener, { response_type: "PONG" });
    }
    if (request_type !== "SUBSCRIBE" && request_type !== "UNSUBSCRIBE") {
      return refuse(160011, "Invalid Type", "request_type");
    }
    if (!(String(channel) in CHANNELS)) {
      return refuse(160011, "Invalid Type", "channel");
    }
    if (format !== "DEFAULT" && format !== "SHORT") {
      return refuse(160011, "Invalid Type", "format");
    }
    const { quote_currency, target_currency } = Object(topic);
    const market = coinoneMarkets.find((m) =>
      m.quote === quote_currency && m.base === target_currency
    );
    const key = `${channel} ${quote_currency} ${target_currency}`;
    const short = format === "SHORT";
    const data = { quote_currency, target_currency };
    const done = `${request_type}D`;
    this.#say(listener, { response_type: done, channel, data }, short);
    if (request_type === "UNSUBSCRIBE") return void listener.topics.delete(key);
    if (!market) {
      // First it says yes, then no, and then not to what.
      return this.faults.later(
        this.faults.random.below(11),
        () => refuse(160012, "Invalid Topic"),
      );
    }
    const wish = { channel: String(channel), market, short };
    listener.topics.set(key, wish);
    if (channel === "ORDERBOOK") {
      const old = this.#book(market, this.now() - FIRST_BOOK);
      this.#send(listener, wish, old);
    }
  }

  /** Sends what became due in (from, to], but nothing of muted markets. */
  tick(from: number, to: number, muted: Set<string>): void {
    if (this.#listeners.size === 0) return;
    for (const market of coinoneMarkets) {
      if (muted.has(market.market)) continue;
      for (const trade of this.world.between(market, from + 1, to + 1)) {
        this.#tell(
          market,
          "TRADE",
          () => tradeFields(this.world, market, trade),
        );
        this.#tell(
          market,
          "TICKER",
          () => tickerFields(this.world, this.days, market, trade),
        );
      }
      const slot = Math.floor(to / BOOK_EVERY);
      if (Math.floor(from / BOOK_EVERY) === slot) continue;
      this.#tell(market, "ORDERBOOK", () => {
        const again = hash(this.world.seed, market.stream ^ 9, slot) % 5 === 0;
        const before = again ? this.#books.get(market) : undefined;
        const book = before ?? this.#book(market, to);
        this.#books.set(market, book);
        return book;
      });
    }
  }

  #book(market: WorldMarket, ms: number): object {
    const { bids, asks } = depth(this.world, market, ms, COINONE_LEVELS);
    return {
      timestamp: ms,
      id: `${ms}001`,
      // The worst first, and only these.
      asks: side(market, asks).reverse(),
      bids: side(market, bids),
    };
  }

  #tell(market: WorldMarket, channel: string, data: () => object): void {
    const key = `${channel} ${market.quote} ${market.base}`;
    let made: object | undefined;
    for (const listener of this.#listeners) {
      const topic = listener.topics.get(key);
      if (topic) this.#send(listener, topic, made ??= data());
    }
  }

  #send(listener: Listener, topic: Topic, data: object): void {
    const { channel, market, short } = topic;
    const whole = { ...currencies(market), ...data };
    const about = { market: market.market, channel: CHANNELS[channel]! };
    const frame = { response_type: "DATA", channel, data: whole };
    this.#say(listener, frame, short, about);
  }

  #say(listener: Listener, frame: object, short = false, about?: About): void {
    listener.wire.send(JSON.stringify(short ? shortened(frame) : frame), about);
  }
}

/** The same under the names of the format SHORT. */
function shortened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shortened);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      SHORT[name] ?? name,
      shortened(inner),
    ]),
  );
}
