import type { Days } from "./days.ts";
import { depth } from "./depth.ts";
import type { About, Faults, Wire } from "./faults.ts";
import {
  aggregateFields,
  binancePrice,
  binanceSize,
  binanceValue,
  kline,
} from "./binance_rest.ts";
import { type WorldMarket, worldMarkets } from "./markets.ts";
import { MINUTE, type World } from "./world.ts";

const markets = worldMarkets.filter((market) => market.venue === "binance");
const LEVELS = 40;
const CHANNELS: Record<string, About["channel"]> = {
  aggTrade: "trade",
  ticker: "ticker",
  depth: "book",
  "depth@100ms": "book",
  kline_1m: "candle",
};

/** One market's book as the venue holds it: units by price in ticks. */
interface Held {
  lastUpdate: number;
  bids: Map<number, number>;
  asks: Map<number, number>;
}

/** Changes of a book since the last look, with the ids that number them. */
export interface BookChange {
  U: number;
  u: number;
  b: [string, string][];
  a: [string, string][];
}

/** The order books, moved forwards by looking at them; every change has a number. */
export class Books {
  #held = new Map<WorldMarket, Held>();
  #changed: ((market: WorldMarket, ms: number, change: BookChange) => void)[] =
    [];

  constructor(readonly world: World, readonly now: () => number) {}

  /** Calls back with every change, in order. */
  onChange(
    call: (market: WorldMarket, ms: number, change: BookChange) => void,
  ): void {
    this.#changed.push(call);
  }

  /** Brings a book up to `ms` and tells those who listen what changed. */
  advance(market: WorldMarket, ms: number): Held {
    let held = this.#held.get(market);
    if (!held) {
      // Higher after every start, as on the venue.
      held = {
        lastUpdate: Math.floor(ms / 10),
        bids: new Map(),
        asks: new Map(),
      };
      this.#held.set(market, held);
    }
    const target = depth(this.world, market, ms, LEVELS);
    const U = held.lastUpdate + 1;
    const side = (kept: Map<number, number>, levels: [number, number][]) => {
      const wanted = new Map(levels);
      const out: [string, string][] = [];
      for (const ticks of kept.keys()) {
        if (wanted.has(ticks)) continue;
        kept.delete(ticks);
        out.push([binancePrice(market, ticks), "0.00000000"]);
      }
      for (const [ticks, units] of wanted) {
        if (kept.get(ticks) === units) continue;
        kept.set(ticks, units);
        out.push([binancePrice(market, ticks), binanceSize(market, units)]);
      }
      return out;
    };
    const b = side(held.bids, target.bids), a = side(held.asks, target.asks);
    if (b.length + a.length > 0) {
      held.lastUpdate += b.length + a.length;
      const change = { U, u: held.lastUpdate, b, a };
      for (const call of this.#changed) call(market, ms, change);
    }
    return held;
  }

  /** What `/api/v3/depth` answers. */
  snapshot(market: WorldMarket, levels: number): unknown {
    const held = this.advance(market, this.now());
    const side = (kept: Map<number, number>, sign: number) =>
      [...kept].sort((x, y) => sign * (x[0] - y[0])).slice(0, levels).map(
        ([ticks, units]) => [
          binancePrice(market, ticks),
          binanceSize(market, units),
        ],
      );
    return {
      lastUpdateId: held.lastUpdate,
      bids: side(held.bids, -1),
      asks: side(held.asks, 1),
    };
  }
}

interface Listener {
  wire: Wire;
  streams: Set<string>;
  /** `/stream` wraps what it sends, `/ws` does not. */
  wrapped: boolean;
}

/** Binance's market streams, `/stream?streams=` and `/ws/`. */
export class BinanceSocket {
  #listeners = new Set<Listener>();
  #muted = new Set<string>();

  constructor(
    readonly world: World,
    readonly days: Days,
    readonly books: Books,
    readonly now: () => number,
    readonly faults: Faults,
  ) {
    books.onChange((market, ms, change) =>
      this.#tell(market, ["depth@100ms", "depth"], () =>
        JSON.stringify({
          e: "depthUpdate",
          E: ms,
          s: market.market,
          ...change,
        }))
    );
  }

  /** Takes a socket that has just been asked for. */
  accept(request: Request): Response {
    const url = new URL(request.url);
    // The server pings, as the venue does.
    const { socket, response } = Deno.upgradeWebSocket(request, {
      idleTimeout: 40,
    });
    const wrapped = url.pathname.startsWith("/stream");
    const names = wrapped
      ? (url.searchParams.get("streams") ?? "").split("/")
      : [url.pathname.slice("/ws/".length)];
    const listener: Listener = {
      wire: this.faults.wire("binance", socket, () => {
        const data = `{"e":"serverShutdown","E":${this.now()}}`;
        return wrapped ? `{"stream":"!serverShutdown","data":${data}}` : data;
      }),
      streams: new Set(names.filter((name) => name !== "")),
      wrapped,
    };
    socket.onopen = () => this.#listeners.add(listener);
    socket.onclose = () => this.#listeners.delete(listener);
    socket.onerror = () => this.#listeners.delete(listener);
    socket.onmessage = ({ data }) => this.#hear(listener, data);
    return response;
  }

  #hear(listener: Listener, data: unknown): void {
    let message: { method?: unknown; params?: unknown; id?: unknown };
    try {
      message = JSON.parse(String(data));
    } catch {
      const error = { code: 3, msg: "Invalid JSON: expected value" };
      listener.wire.send(JSON.stringify({ error }));
      return;
    }
    const id = message?.id ?? null;
    const params = Array.isArray(message?.params) ? message.params : [];
    let result: unknown = null;
    if (message?.method === "SUBSCRIBE") {
      for (const name of params) listener.streams.add(String(name));
    } else if (message?.method === "UNSUBSCRIBE") {
      for (const name of params) listener.streams.delete(String(name));
    } else if (message?.method === "LIST_SUBSCRIPTIONS") {
      result = [...listener.streams];
    } else {
      const error = { code: 2, msg: "Invalid request: unknown variant" };
      listener.wire.send(JSON.stringify({ error, id }));
      return;
    }
    listener.wire.send(JSON.stringify({ result, id }));
  }

  /** Sends what became due in (from, to], but nothing of muted markets. */
  tick(from: number, to: number, muted: Set<string>): void {
    this.#muted = muted;
    if (this.#listeners.size === 0) return;
    const passed = (ms: number) => Math.floor(from / ms) < Math.floor(to / ms);
    for (const market of markets) {
      for (const trade of this.world.between(market, from + 1, to + 1)) {
        this.#tell(market, ["aggTrade"], () =>
          JSON.stringify({
            e: "aggTrade",
            E: to,
            s: market.market,
            ...aggregateFields(this.world, market, trade),
          }));
      }
      if (passed(100) && this.#wanted(market, ["depth@100ms", "depth"])) {
        this.books.advance(market, to);
      }
      if (passed(1000)) {
        this.#tell(market, ["ticker"], () => this.#ticker(market, to));
      }
      if (passed(2000)) this.#klines(market, from, to);
    }
  }

  #klines(market: WorldMarket, from: number, to: number): void {
    const minute = Math.floor(to / MINUTE);
    const minutes = Math.floor(from / MINUTE) < minute
      ? [minute - 1, minute]
      : [minute];
    for (const at of minutes) {
      this.#tell(market, ["kline_1m"], () => {
        const { t, T, ...rest } = kline(this.world, market, at, to);
        const k = {
          t,
          T,
          s: market.market,
          i: "1m",
          ...rest,
          x: at < minute,
          B: "0",
        };
        return JSON.stringify({ e: "kline", E: to, s: market.market, k });
      });
    }
  }

  #ticker(market: WorldMarket, ms: number): string {
    const { rolling } = this.days.at(market, ms);
    const last = this.world.lastTrade(market, ms)!;
    const { bids, asks } = depth(this.world, market, ms, 1);
    const difference = last.ticks - rolling.open;
    const price = (ticks: number) =>
      (ticks < 0 ? "-" : "") + binancePrice(market, Math.abs(ticks));
    const average = rolling.volume === 0n
      ? last.ticks
      : Number(rolling.value / rolling.volume);
    const start = this.world.tally(market).before(
      Math.floor(ms / MINUTE) - 1440,
    );
    const L = this.world.aggregateId(market, last);
    const F = this.world.firstAggregate(market) + start;
    return JSON.stringify({
      e: "24hrTicker",
      E: ms,
      s: market.market,
      p: price(difference),
      P: (100 * difference / rolling.open).toFixed(3),
      w: price(average),
      x: price(rolling.open),
      c: price(last.ticks),
      Q: binanceSize(market, last.units),
      b: price(bids[0]![0]),
      B: binanceSize(market, bids[0]![1]),
      a: price(asks[0]![0]),
      A: binanceSize(market, asks[0]![1]),
      o: price(rolling.open),
      h: price(rolling.high),
      l: price(rolling.low),
      v: binanceSize(market, rolling.volume),
      q: binanceValue(market, rolling.value),
      O: ms - 1440 * MINUTE,
      C: ms,
      F,
      L,
      n: L - F + 1,
    });
  }

  #wanted(market: WorldMarket, streams: string[]): boolean {
    const symbol = market.market.toLowerCase();
    for (const { streams: has } of this.#listeners) {
      if (streams.some((name) => has.has(`${symbol}@${name}`))) return true;
    }
    return false;
  }

  /** Sends one text, made at most once, to all who asked for one of the streams. */
  #tell(market: WorldMarket, streams: string[], text: () => string): void {
    if (this.#muted.has(market.market)) return;
    const symbol = market.market.toLowerCase();
    let made: string | undefined;
    for (const listener of this.#listeners) {
      if (!listener.wire.open) continue;
      for (const name of streams) {
        const stream = `${symbol}@${name}`;
        if (!listener.streams.has(stream)) continue;
        made ??= text();
        listener.wire.send(
          listener.wrapped ? `{"stream":"${stream}","data":${made}}` : made,
          { market: market.market, channel: CHANNELS[name]! },
        );
      }
    }
  }
}
