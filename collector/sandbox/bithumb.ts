import { Allowance } from "./allowance.ts";
import type { Days } from "./days.ts";
import type { DepthLevel } from "./depth.ts";
import { hash } from "./random.ts";
import type { WorldMarket } from "./markets.ts";
import type { Dialect } from "./upbit.ts";
import { type Field, isoSeconds, quote, UpbitFrames } from "./upbit_frames.ts";
import type { Wording } from "./wording.ts";
import { MINUTE, type World, type WorldTrade } from "./world.ts";

/** Korea's clock is so many milliseconds ahead of UTC. */
export const AHEAD = 540 * MINUTE;
const UP = 10_000;

/** The same fields with other values, and without those that are null. */
function changed(
  fields: Field[],
  values: Record<string, string | null>,
): Field[] {
  return fields.flatMap(([name, short, json]): Field[] => {
    const value = name in values ? values[name]! : json;
    return value === null ? [] : [[name, short, value]];
  });
}

/** `2026-09-23` and `12:18:33` of a time in milliseconds, as JSON. */
function dateAndTime(ms: number): [date: string, time: string] {
  const [date, time] = isoSeconds(ms).split("T");
  return [quote(date!), quote(time!)];
}

/** The same without marks between: `20260923`, `121833`. */
const dense = (json: string): string => json.replaceAll(/[-:]/g, "");

/** Bithumb's frames: Upbit's with a Korean clock. */
export class BithumbFrames extends UpbitFrames {
  protected override wording(): Wording {
    return "plain";
  }

  /** Sizes are rounded: what is too small for the last digit stands there with none. */
  protected override sides(market: WorldMarket, ms: number, levels: number) {
    const { bids, asks } = super.sides(market, ms, levels);
    if (market.base !== "BTC") return { bids, asks };
    const rounded = ([ticks, units]: DepthLevel): DepthLevel => {
      const dust = hash(this.world.seed, market.stream ^ 0x79, ticks) % 9 === 0;
      return [ticks, dust ? 0 : units];
    };
    return { bids: bids.map(rounded), asks: asks.map(rounded) };
  }

  override trade(
    market: WorldMarket,
    trade: WorldTrade,
    streamType: string,
  ): Field[] {
    const [date, time] = dateAndTime(trade.ms + AHEAD);
    return changed(super.trade(market, trade, streamType), {
      trade_date: date,
      trade_time: time,
      best_ask_price: null,
      best_ask_size: null,
      best_bid_price: null,
      best_bid_size: null,
    });
  }

  override ticker(
    market: WorldMarket,
    trade: WorldTrade,
    streamType: string,
  ): Field[] {
    const [date, time] = dateAndTime(trade.ms + AHEAD);
    return changed(super.ticker(market, trade, streamType), {
      trade_date: dense(date),
      trade_time: dense(time),
      delisting_date: '""',
    });
  }

  /** As `/v1/ticker` gives it: date and time are UTC, and every epoch nine hours ahead. */
  restTicker(market: WorldMarket, trade: WorldTrade): Field[] {
    const [date, time] = dateAndTime(trade.ms);
    const [koreanDate, koreanTime] = dateAndTime(trade.ms + AHEAD);
    const wall = String(trade.ms + AHEAD);
    return [
      ...changed(super.ticker(market, trade, ""), {
        trade_date: dense(date),
        trade_time: dense(time),
        trade_timestamp: wall,
        timestamp: wall,
        market_state: null,
        is_trading_suspended: null,
        delisting_date: null,
        market_warning: null,
      }),
      ["trade_date_kst", "", dense(koreanDate)],
      ["trade_time_kst", "", dense(koreanTime)],
    ];
  }

  /** On the socket the time is in microseconds. */
  override orderbook(
    market: WorldMarket,
    ms: number,
    levels: number,
    simple: boolean,
    streamType: string,
  ): Field[] {
    const micros = ms * 1000 + hash(this.world.seed, market.stream, ms) % 1000;
    return changed(super.orderbook(market, ms, levels, simple, streamType), {
      timestamp: String(micros),
      level: "1",
    });
  }

  /** `timestamp` is the candle's end on a Korean clock. */
  override candle(
    market: WorldMarket,
    minute: number,
    ms: number,
  ): Field[] | null {
    const fields = super.candle(market, minute, ms);
    const end = String((minute + 1) * MINUTE + AHEAD);
    return fields && changed(fields, { timestamp: end });
  }
}

/** Bithumb's public socket, `/bithumb/websocket/v1`, as an {@link UpbitSocket} speaks it. */
export const bithumbDialect = (limits: boolean): Dialect => ({
  rules: {
    venue: "bithumb",
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
  frames: (world: World, days: Days) => new BithumbFrames(world, days),
  levels: 15,
  // On a beat of the venue's own.
  firstUp: (at) => (Math.floor(at / UP) + 1) * UP,
  connects: new Allowance(10, 0.01, limits),
});
