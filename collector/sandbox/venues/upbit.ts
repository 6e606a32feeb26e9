import { inQuery, type Protocol } from "../pages.ts";
import type { Simulator } from "../simulator.ts";
import { UpbitFrames, upbitMarkets } from "./upbit_frames.ts";
import { upbitRefusal, UpbitRest } from "./upbit_rest.ts";
import { type Dialect, UP, UpbitSocket } from "./upbit_socket.ts";

const dialect: Dialect = {
  rules: {
    venue: "upbit",
    markets: upbitMarkets,
    types: ["trade", "ticker", "orderbook", "candle.1m"],
    onlySnapshot: ["is_only_snapshot", "isOnlySnapshot"],
    onlyRealtime: ["is_only_realtime", "isOnlyRealtime"],
    noType: ["NO_TYPE"],
    noCodes: ["NO_CODES"],
    emptyCodes: null,
    unknownFormat: ["WRONG_FORMAT"],
    unknownLevel: null,
  },
  frames: (world, days) => new UpbitFrames(world, days),
  levels: 30,
  // Told apart on the wire: a socket that asked for nothing hears at once.
  firstUp: (at, subscribed) => subscribed ? at + UP : at,
};

/** The texts of Upbit, and of those who follow its model. */
export const upbitProtocol: Protocol = {
  trades: /\/trades\/ticks$/,
  market: inQuery("market"),
  limit: "count",
  cursors: ["cursor", "to", "days_ago", "daysAgo"],
  row: {
    id: /("sequential_id":)(\d+)/g,
    time: /("timestamp":)(\d+)/g,
    price: /("trade_price":)([^,}]+)/g,
  },
  frameId: /("(?:sid|sequential_id)":)(\d+)/,
  refusal: upbitRefusal,
};

/** Upbit: `/websocket/v1` and `/v1/…`. */
export const upbit: Simulator = {
  id: "upbit",
  markets: upbitMarkets,
  sockets: /^\/websocket\/v1$/,
  pages: "/v1/",
  at: { socket: "/websocket/v1", rest: "" },
  protocol: upbitProtocol,
  start({ world, days, clock, faults, limits }) {
    const socket = new UpbitSocket(world, days, clock.now, faults, dialect);
    const rest = new UpbitRest(world, days, clock.pages, limits);
    return {
      accept: (request) => socket.accept(request),
      tick: (from, to, muted) => socket.tick(from, to, muted),
      answer: (url) => rest.answer(url),
    };
  },
};
