import type { Allowance } from "../allowance.ts";
import type { Days } from "../days.ts";
import type { About, Faults, Wire } from "../faults.ts";
import { hash } from "../random.ts";
import { type Field, jsonOf, UpbitFrames } from "./upbit_frames.ts";
import type { WorldMarket } from "../markets.ts";
import {
  readRequest,
  Refused,
  type RequestRules,
  type Wish,
} from "./upbit_request.ts";
import { MINUTE, type World, type WorldTrade } from "../world.ts";

interface Listener {
  wire: Wire;
  wishes: Wish[];
  simple: boolean;
  /** Set once it has sent `PING`: when the next `UP` is due. */
  nextUp: number | null;
}

const CHANNELS: Record<string, About["channel"]> = {
  trade: "trade",
  ticker: "ticker",
  orderbook: "book",
  "candle.1m": "candle",
};
const BOOK_EVERY = 200, CANDLE_EVERY = 1000;
/** Milliseconds between two `UP`. */
export const UP = 10_000;

/** What each venue that speaks this protocol does its own way. */
export interface Dialect {
  rules: RequestRules;
  frames(world: World, days: Days): UpbitFrames;
  /** Levels of a book, unless fewer are asked for. */
  levels: number;
  /** After a `PING` at `at`: when `UP` is first due, and every 10 s from then on. */
  firstUp(at: number, subscribed: boolean): number;
  /** Sockets that may be asked for; without: as many as one likes. */
  connects?: Allowance;
}

/** Upbit's public socket, `/websocket/v1`, and those made after it. */
export class UpbitSocket {
  #listeners = new Set<Listener>();
  #frames: UpbitFrames;
  #encoder = new TextEncoder();

  constructor(
    readonly world: World,
    days: Days,
    readonly now: () => number,
    readonly faults: Faults,
    readonly dialect: Dialect,
  ) {
    this.#frames = dialect.frames(world, days);
  }

  /** Takes a socket that has just been asked for. */
  accept(request: Request): Response {
    if ((this.dialect.connects?.take("connect") ?? 0) < 0) {
      return new Response("Too Many Requests", { status: 429 });
    }
    // No server pings: the venue drops a quiet socket instead.
    const { socket, response } = Deno.upgradeWebSocket(request, {
      idleTimeout: 0,
    });
    socket.binaryType = "arraybuffer";
    const listener: Listener = {
      wire: this.faults.wire(this.dialect.rules.venue, socket),
      wishes: [],
      simple: false,
      nextUp: null,
    };
    socket.onopen = () => this.#listeners.add(listener);
    socket.onclose = () => this.#listeners.delete(listener);
    socket.onerror = () => this.#listeners.delete(listener);
    socket.onmessage = ({ data }) => {
      const text = typeof data === "string"
        ? data
        : new TextDecoder().decode(data);
      this.#hear(listener, text);
    };
    return response;
  }

  #hear(listener: Listener, text: string): void {
    if (text === "PING") {
      const at = this.now();
      const due = this.dialect.firstUp(at, listener.wishes.length > 0);
      if (due <= at) this.#send(listener, '{"status":"UP"}');
      listener.nextUp ??= due <= at ? at + UP : due;
      return;
    }
    try {
      const { wishes, simple } = readRequest(text, this.dialect.rules);
      listener.wishes = wishes;
      listener.simple = simple;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { code: name, message } = error;
      this.#send(listener, JSON.stringify({ error: { name, message } }));
      this.#listeners.delete(listener);
      listener.wire.socket.close(1000);
      return;
    }
    this.#snapshots(listener);
  }

  #snapshots(listener: Listener): void {
    const ms = this.now();
    for (const wish of listener.wishes) {
      if (!wish.snapshot) continue;
      for (const market of wish.markets) {
        const fields = this.#state(listener, wish, market, ms, "SNAPSHOT");
        if (fields) {
          this.#send(
            listener,
            jsonOf(fields, listener.simple),
            about(wish, market),
          );
        }
      }
    }
  }

  #state(
    listener: Listener,
    wish: Wish,
    market: WorldMarket,
    ms: number,
    streamType: string,
  ): Field[] | null {
    if (wish.type === "orderbook") {
      const most = this.dialect.levels;
      const levels = Math.min(wish.levels.get(market.market) ?? most, most);
      const { simple } = listener;
      return this.#frames.orderbook(market, ms, levels, simple, streamType);
    }
    if (wish.type === "candle.1m") {
      const minute = Math.floor(ms / MINUTE);
      const fields = this.#frames.candle(market, minute, ms) ??
        this.#frames.candle(market, minute - 1, ms);
      return fields && [
        ["type", "ty", '"candle.1m"'],
        ["code", "cd", `"${market.market}"`],
        ...fields,
        ["stream_type", "st", `"${streamType}"`],
      ];
    }
    const last = this.world.lastTrade(market, ms);
    return last && this.#frames[wish.type as "trade" | "ticker"](
      market,
      last,
      streamType,
    );
  }

  /** Sends what became due in (from, to], but nothing of muted markets. */
  tick(from: number, to: number, muted: Set<string>): void {
    if (this.#listeners.size === 0) return;
    for (const market of this.dialect.rules.markets) {
      if (muted.has(market.market)) continue;
      const trades = this.#due(market, from, to);
      for (const trade of trades) {
        this.#tell(
          "trade",
          market,
          (simple) =>
            jsonOf(this.#frames.trade(market, trade, "REALTIME"), simple),
        );
        this.#tell(
          "ticker",
          market,
          (simple) =>
            jsonOf(this.#frames.ticker(market, trade, "REALTIME"), simple),
        );
      }
      for (
        const [type, every] of [
          ["orderbook", BOOK_EVERY],
          ["candle.1m", CANDLE_EVERY],
        ] as const
      ) {
        const slot = Math.floor(to / every);
        if (Math.floor(from / every) === slot) continue;
        const since = (slot - 1) * every;
        if (
          type === "candle.1m" &&
          (this.world.lastTrade(market, to)?.ms ?? 0) < since
        ) continue;
        for (const listener of this.#listeners) {
          for (const wish of listener.wishes) {
            if (wish.type !== type || !wants(wish, market)) continue;
            const fields = this.#state(listener, wish, market, to, "REALTIME");
            if (fields) {
              this.#send(
                listener,
                jsonOf(fields, listener.simple),
                about(wish, market),
              );
            }
          }
        }
      }
    }
    for (const listener of this.#listeners) {
      if (listener.nextUp === null || listener.nextUp > to) continue;
      listener.nextUp += UP;
      this.#send(listener, '{"status":"UP"}');
    }
  }

  /** Trades in the order the wire has them: twins now and then swapped. */
  #due(market: WorldMarket, from: number, to: number): WorldTrade[] {
    const trades = [...this.world.between(market, from + 1, to + 1)];
    for (let at = 1; at < trades.length; at++) {
      const first = trades[at - 1]!, second = trades[at]!;
      if (hash(this.world.seed, market.stream ^ 5, second.ms) % 2 === 0) {
        trades[at - 1] = second;
        trades[at] = first;
      }
    }
    return trades;
  }

  /** Sends one text, made once per format, to all who want it. */
  #tell(
    type: string,
    market: WorldMarket,
    text: (simple: boolean) => string,
  ): void {
    const made: (Uint8Array<ArrayBuffer> | undefined)[] = [];
    for (const listener of this.#listeners) {
      const wanted = listener.wishes.some((wish) =>
        wish.type === type && wants(wish, market)
      );
      if (!wanted || !listener.wire.open) continue;
      const kind = Number(listener.simple);
      listener.wire.send(
        made[kind] ??= this.#encoder.encode(text(listener.simple)),
        { market: market.market, channel: CHANNELS[type]! },
      );
    }
  }

  #send(listener: Listener, text: string, about?: About): void {
    listener.wire.send(this.#encoder.encode(text), about);
  }
}

const about = (wish: Wish, market: WorldMarket): About => ({
  market: market.market,
  channel: CHANNELS[wish.type]!,
});

const wants = (wish: Wish, market: WorldMarket): boolean =>
  wish.realtime && wish.markets.includes(market);
