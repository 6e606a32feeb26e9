import { Allowance } from "../allowance.ts";
import type { Simulator } from "../simulator.ts";
import { BithumbFrames, bithumbMarkets } from "./bithumb_frames.ts";
import { BithumbRest, limitHeaders } from "./bithumb_rest.ts";
import { upbitProtocol } from "./upbit.ts";
import { type Dialect, UP, UpbitSocket } from "./upbit_socket.ts";

const dialect = (limits: boolean): Dialect => ({
  rules: {
    venue: "bithumb",
    markets: bithumbMarkets,
    types: ["trade", "ticker", "orderbook"],
    // The documents name is_only_snapshot; it was seen to change nothing.
    onlySnapshot: ["isOnlySnapshot"],
    onlyRealtime: ["isOnlyRealtime"],
    noType: ["WRONG_FORMAT"],
    noCodes: ["INVALID_PARAM", "codes 필드가 비어 있습니다."],
    emptyCodes: ["INVALID_PARAM", "codes 필드가 비어 있습니다."],
    unknownFormat: null,
    unknownLevel: ["WRONG_FORMAT"],
  },
  frames: (world, days) => new BithumbFrames(world, days),
  levels: 15,
  // On a beat of the venue's own.
  firstUp: (at) => (Math.floor(at / UP) + 1) * UP,
  connects: new Allowance(10, 0.01, limits),
});

/** Bithumb, by Upbit's protocol with differences of its own: `/bithumb/websocket/v1` and `/bithumb/v1/…`. */
export const bithumb: Simulator = {
  id: "bithumb",
  markets: bithumbMarkets,
  sockets: /^\/bithumb\/websocket\/v1$/,
  pages: "/bithumb/",
  at: { socket: "/bithumb/websocket/v1", rest: "/bithumb" },
  protocol: {
    ...upbitProtocol,
    refusal: (banned) =>
      new Response("Too Many Requests", {
        status: banned ? 418 : 429,
        headers: limitHeaders(0),
      }),
  },
  start({ world, days, clock, faults, limits }) {
    const socket = new UpbitSocket(
      world,
      days,
      clock.now,
      faults,
      dialect(limits),
    );
    const rest = new BithumbRest(world, days, clock.pages, limits);
    return {
      accept: (request) => socket.accept(request),
      tick: (from, to, muted) => socket.tick(from, to, muted),
      answer: (url) => rest.answer(url),
    };
  },
};
