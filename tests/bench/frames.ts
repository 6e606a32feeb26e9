/** Reading a frame into an event with its exact id, against a plain JSON.parse that rounds it. */
import { upbit } from "../../collector/venues/upbit.ts";
import { binance } from "../../collector/venues/binance.ts";
import type { Figure } from "./figures.ts";

const FRAMES = {
  "Upbit trade":
    '{"ty":"trade","cd":"KRW-BTC","tms":1785395043831,"td":"2026-07-30","ttm":"07:04:03","ttms":1785395043779,"tp":91361000.0,"tv":0.01275549,"ab":"ASK","pcp":91424000.0,"c":"FALL","cp":63000.0,"sid":17853950437790001,"st":"REALTIME"}',
  "Binance aggTrade":
    '{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1785395043831,"s":"BTCUSDT","a":3812345678,"p":"91361.00000000","q":"0.01275000","f":5012345670,"l":5012345671,"T":1785395043779,"m":true,"M":true}}',
};

/** A frame and the like of it: other ids, times and sizes. */
const alike = (frame: string): string[] =>
  Array.from(
    { length: 64 },
    (_, i) => frame.replace(/\d\d(?=[,"}])/g, String(10 + i)),
  );

/** Nanoseconds of one call: the best of many short rounds, which other work on the machine disturbs least. */
function nanoseconds(
  work: (frame: string) => unknown,
  frames: string[],
): number {
  let best = Infinity;
  for (let round = 0; round < 1000; round++) {
    const began = performance.now();
    for (let i = 0; i < 1024; i++) work(frames[i & 63]!);
    best = Math.min(best, (performance.now() - began) / 1024 * 1e6);
  }
  return best;
}

/**
 * What tardis-dev's mapper does with a trade: `JSON.parse`, then an object with
 * the fields renamed and a Date made. Its id is rounded.
 */
function plainMapper(frame: string): unknown {
  const message = JSON.parse(frame);
  const trade = message.data ?? message;
  return {
    type: "trade",
    symbol: trade.cd ?? trade.s,
    exchange: "x",
    id: String(trade.sid ?? trade.a),
    price: Number(trade.tp ?? trade.p),
    amount: Number(trade.tv ?? trade.q),
    side: trade.ab === "BID" || trade.m === false ? "buy" : "sell",
    timestamp: new Date(trade.ttms ?? trade.T),
    localTimestamp: new Date(),
  };
}

/** Time of reading one recorded frame. */
export function benchFrames(): Figure[] {
  return Object.entries(FRAMES).map(([name, frame]) => {
    const venue = name.startsWith("Upbit") ? upbit : binance;
    const frames = alike(frame);
    const plain = nanoseconds(plainMapper, frames);
    return {
      work: `${name} frame → event, id exact`,
      value: nanoseconds((frame) => venue.read(frame), frames),
      unit: "ns",
      aim: 1.3 * plain,
      baseline: {
        name: "JSON.parse and a plain mapper, id rounded",
        value: plain,
      },
    };
  });
}
