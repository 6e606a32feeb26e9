import type { Days } from "../days.ts";
import { depth } from "../depth.ts";
import type { About, Faults, Wire } from "../faults.ts";
import type { WorldMarket } from "../markets.ts";
import { MINUTE, type World } from "../world.ts";
import type { Books } from "./binance_books.ts";
import {
  aggregateFields,
  binanceMarkets as markets,
  binancePrice,
  binanceSize,
  binanceValue,
  kline,
} from "./binance_frames.ts";

const CHANNELS: Record<string, About["channel"]> = {
  aggTrade: "trade",
  ticker: "ticker",
  depth: "book",
  "depth@100ms": "book",
  kline_1m: "candle",
};

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
    const L = this.world.number(market, last);
    const F = this.world.firstNumber(market) + start;
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
