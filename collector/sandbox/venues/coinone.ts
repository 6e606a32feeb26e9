import type { Simulator } from "../simulator.ts";
import { coinoneMarkets, CoinoneRest } from "./coinone_rest.ts";
import { CoinoneSocket } from "./coinone_socket.ts";

/** Coinone: `/coinone` and `/coinone/public/v2/…`. */
export const coinone: Simulator = {
  id: "coinone",
  markets: coinoneMarkets,
  sockets: /^\/coinone\/?$/,
  pages: "/coinone/",
  at: { socket: "/coinone", rest: "/coinone" },
  protocol: {
    trades: /\/trades\//,
    market({ pathname }) {
      const pair = /\/(?:trades|chart|orderbook)\/([A-Z]+\/[A-Z]+)$/;
      return pair.exec(pathname)?.[1]?.replace("/", "-") ?? "";
    },
    limit: "size",
    cursors: [],
    row: {
      id: /("id":")(\d+)/g,
      time: /("timestamp":)(\d+)/g,
      price: /("price":")([^"]+)/g,
    },
    frameId: /("(?:id|i)":")(\d+)/,
    // Errors come with 200 here.
    refusal: () =>
      Response.json({
        result: "error",
        error_code: "4",
        error_msg: "Blocked user access",
      }),
  },
  start({ world, days, clock, faults, limits }) {
    const socket = new CoinoneSocket(world, days, clock.now, faults);
    const rest = new CoinoneRest(world, clock, limits);
    return {
      accept: (request) => socket.accept(request),
      tick: (from, to, muted) => socket.tick(from, to, muted),
      answer: (url) => rest.answer(url),
    };
  },
};
