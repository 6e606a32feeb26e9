import { inQuery } from "../pages.ts";
import type { Simulator } from "../simulator.ts";
import { Books } from "./binance_books.ts";
import { binanceMarkets } from "./binance_frames.ts";
import { binanceRefusal, BinanceRest } from "./binance_rest.ts";
import { BinanceSocket } from "./binance_socket.ts";

/** Binance spot: `/stream`, `/ws/…` and `/api/v3/…`. */
export const binance: Simulator = {
  id: "binance",
  markets: binanceMarkets,
  sockets: /^\/(stream|ws)\b/,
  pages: "/api/v3/",
  at: { socket: "", rest: "" },
  protocol: {
    trades: /\/aggTrades$/,
    market: inQuery("symbol"),
    limit: "limit",
    cursors: ["fromId", "startTime", "endTime"],
    row: {
      id: /("a":)(\d+)/g,
      time: /("T":)(\d+)/g,
      price: /("p":")([^"]+)/g,
    },
    frameId: /("a":)(\d+)/,
    refusal: binanceRefusal,
  },
  start({ world, days, clock, faults, limits }) {
    const books = new Books(world, clock.now);
    const socket = new BinanceSocket(world, days, books, clock.now, faults);
    const rest = new BinanceRest(world, books, clock, limits);
    return {
      accept: (request) => socket.accept(request),
      tick: (from, to, muted) => socket.tick(from, to, muted),
      answer: (url) => rest.answer(url),
    };
  },
};
