import type { Days } from "./days.ts";
import { depth } from "./depth.ts";
import { hash } from "./random.ts";
import {
  fixed,
  priceText,
  sizeText,
  valueText,
  type WorldMarket,
} from "./markets.ts";
import { MINUTE, type World, type WorldTrade } from "./world.ts";
import { worded, type Wording, wordingOf } from "./wording.ts";

/** One field: its name, its short name, and its value as JSON text. */
export type Field = [name: string, short: string, json: string];

/** JSON of fields; the values are JSON already, so no number passes through a double. */
export function jsonOf(fields: Field[], simple: boolean): string {
  const parts = fields.map(([name, short, json]) =>
    `"${simple ? short : name}":${json}`
  );
  return `{${parts.join(",")}}`;
}

/** `2026-11-21T03:04:05` of a time in milliseconds. */
export const isoSeconds = (ms: number): string =>
  new Date(ms).toISOString().slice(0, 19);

/** A JSON string of a text without anything to escape. */
export const quote = (text: string): string => `"${text}"`;

/** The fields of Upbit's frames; REST replies have most of them in common. */
export class UpbitFrames {
  constructor(readonly world: World, readonly days: Days) {}

  /** How the venue prints a number, drawn at random. */
  protected wording(draw: number): Wording {
    return wordingOf(draw);
  }

  /** Both sides of the book, best level first. */
  protected sides(market: WorldMarket, ms: number, levels: number) {
    return depth(this.world, market, ms, levels);
  }

  #wording(trade: WorldTrade, salt: number) {
    return this.wording(
      hash(this.world.seed, salt, trade.ms * 16 + trade.counter),
    );
  }

  #price(market: WorldMarket, ticks: number, trade: WorldTrade): string {
    return worded(priceText(market, ticks), this.#wording(trade, 1));
  }

  #size(market: WorldMarket, units: number, trade: WorldTrade): string {
    return worded(sizeText(market, units), this.#wording(trade, 2));
  }

  /** When the frame about this trade leaves the venue, in milliseconds. */
  frameTime(trade: WorldTrade): number {
    return trade.ms + 20 + hash(this.world.seed, 3, trade.ms) % 50;
  }

  #change(difference: number): string {
    return quote(difference > 0 ? "RISE" : difference < 0 ? "FALL" : "EVEN");
  }

  /** A `trade` frame. */
  trade(market: WorldMarket, trade: WorldTrade, streamType: string): Field[] {
    const before = this.days.previousClose(market, trade.ms);
    const when = isoSeconds(trade.ms);
    const { bids, asks } = depth(this.world, market, trade.ms, 1);
    return [
      ["type", "ty", quote("trade")],
      ["code", "cd", quote(market.market)],
      ["timestamp", "tms", String(this.frameTime(trade))],
      ["trade_date", "td", quote(when.slice(0, 10))],
      ["trade_time", "ttm", quote(when.slice(11))],
      ["trade_timestamp", "ttms", String(trade.ms)],
      ["trade_price", "tp", this.#price(market, trade.ticks, trade)],
      ["trade_volume", "tv", this.#size(market, trade.units, trade)],
      ["ask_bid", "ab", quote(trade.buy ? "BID" : "ASK")],
      ["prev_closing_price", "pcp", this.#price(market, before, trade)],
      ["change", "c", this.#change(trade.ticks - before)],
      [
        "change_price",
        "cp",
        this.#price(market, Math.abs(trade.ticks - before), trade),
      ],
      ["sequential_id", "sid", this.world.id(market, trade)],
      ["best_ask_price", "bap", priceText(market, asks[0]![0])],
      ["best_ask_size", "bas", sizeText(market, asks[0]![1])],
      ["best_bid_price", "bbp", priceText(market, bids[0]![0])],
      ["best_bid_size", "bbs", sizeText(market, bids[0]![1])],
      ["stream_type", "st", quote(streamType)],
    ];
  }

  /** A trade as `/v1/trades/ticks` gives it: the price change is signed here. */
  tick(market: WorldMarket, trade: WorldTrade): Field[] {
    const before = this.days.previousClose(market, trade.ms);
    const when = isoSeconds(trade.ms);
    const difference = trade.ticks - before;
    return [
      ["market", "", quote(market.market)],
      ["trade_date_utc", "", quote(when.slice(0, 10))],
      ["trade_time_utc", "", quote(when.slice(11))],
      ["timestamp", "", String(trade.ms)],
      ["trade_price", "", this.#price(market, trade.ticks, trade)],
      ["trade_volume", "", this.#size(market, trade.units, trade)],
      ["prev_closing_price", "", this.#price(market, before, trade)],
      [
        "change_price",
        "",
        (difference < 0 ? "-" : "") +
        this.#price(market, Math.abs(difference), trade),
      ],
      ["ask_bid", "", quote(trade.buy ? "BID" : "ASK")],
      ["sequential_id", "", this.world.id(market, trade)],
    ];
  }

  /** A `ticker` frame as of a trade. */
  ticker(market: WorldMarket, trade: WorldTrade, streamType: string): Field[] {
    const { day, rolling, previousClose } = this.days.at(market, trade.ms);
    const when = new Date(trade.ms).toISOString();
    const price = (ticks: number) => this.#price(market, ticks, trade);
    const difference = trade.ticks - previousClose;
    const sign = difference < 0 ? "-" : "";
    const rate = Math.abs(difference / previousClose).toFixed(10);
    const units = (value: bigint) => fixed(value, market.sizeDigits);
    const year = (days: number) =>
      quote(isoSeconds(trade.ms - days * 1440 * MINUTE).slice(0, 10));
    return [
      ["type", "ty", quote("ticker")],
      ["code", "cd", quote(market.market)],
      ["opening_price", "op", price(day.open)],
      ["high_price", "hp", price(day.high)],
      ["low_price", "lp", price(day.low)],
      ["trade_price", "tp", price(trade.ticks)],
      ["prev_closing_price", "pcp", price(previousClose)],
      ["acc_trade_price", "atp", valueText(market, day.value)],
      ["change", "c", this.#change(difference)],
      ["change_price", "cp", price(Math.abs(difference))],
      ["signed_change_price", "scp", sign + price(Math.abs(difference))],
      ["change_rate", "cr", rate],
      ["signed_change_rate", "scr", sign + rate],
      ["ask_bid", "ab", quote(trade.buy ? "BID" : "ASK")],
      ["trade_volume", "tv", this.#size(market, trade.units, trade)],
      ["acc_trade_volume", "atv", units(day.volume)],
      ["trade_date", "tdt", quote(when.slice(0, 10).replaceAll("-", ""))],
      ["trade_time", "ttm", quote(when.slice(11, 19).replaceAll(":", ""))],
      ["trade_timestamp", "ttms", String(trade.ms)],
      ["acc_ask_volume", "aav", units(day.volume - day.bought)],
      ["acc_bid_volume", "abv", units(day.bought)],
      ["highest_52_week_price", "h52wp", price(rolling.high)],
      ["highest_52_week_date", "h52wdt", year(1)],
      ["lowest_52_week_price", "l52wp", price(rolling.low)],
      ["lowest_52_week_date", "l52wdt", year(1)],
      ["market_state", "ms", quote("ACTIVE")],
      ["is_trading_suspended", "its", "false"],
      ["delisting_date", "dd", "null"],
      ["market_warning", "mw", quote("NONE")],
      ["timestamp", "tms", String(this.frameTime(trade))],
      ["acc_trade_price_24h", "atp24h", valueText(market, rolling.value)],
      ["acc_trade_volume_24h", "atv24h", units(rolling.volume)],
      ["stream_type", "st", quote(streamType)],
    ];
  }

  /** An `orderbook` frame; thin sides are padded with price 0 and size 0. */
  orderbook(
    market: WorldMarket,
    ms: number,
    levels: number,
    simple: boolean,
    streamType: string,
  ): Field[] {
    const { bids, asks } = this.sides(market, ms, levels);
    const thin = hash(this.world.seed, market.stream, Math.floor(ms / 20_000));
    if (thin % 6 === 0) asks.splice(Math.max(1, levels - 1 - thin % 8));
    const total = (side: [number, number][]) =>
      sizeText(market, side.reduce((sum, level) => sum + level[1], 0));
    const units = bids.map((bid, at) => {
      const ask = asks[at];
      const style = this.wording(hash(this.world.seed, bid[1], bid[0]));
      return jsonOf([
        [
          "ask_price",
          "ap",
          ask ? worded(priceText(market, ask[0]), style) : "0",
        ],
        ["bid_price", "bp", worded(priceText(market, bid[0]), style)],
        ["ask_size", "as", ask ? worded(sizeText(market, ask[1]), style) : "0"],
        ["bid_size", "bs", worded(sizeText(market, bid[1]), style)],
      ], simple);
    });
    return [
      ["type", "ty", quote("orderbook")],
      ["code", "cd", quote(market.market)],
      ["timestamp", "tms", String(ms)],
      ["total_ask_size", "tas", total(asks)],
      ["total_bid_size", "tbs", total(bids)],
      ["orderbook_units", "obu", `[${units.join(",")}]`],
      ["stream_type", "st", quote(streamType)],
      ["level", "lv", "0"],
    ];
  }

  /** A one-minute candle of trades up to `ms`; null where the venue has none. */
  candle(market: WorldMarket, minute: number, ms: number): Field[] | null {
    const candle = this.world.candle(market, minute, ms);
    if (!candle) return null;
    const open = minute * MINUTE;
    const price = (ticks: number) => worded(priceText(market, ticks), "zeros");
    return [
      ["candle_date_time_utc", "cdttmu", quote(isoSeconds(open))],
      [
        "candle_date_time_kst",
        "cdttmk",
        quote(isoSeconds(open + 540 * MINUTE)),
      ],
      ["opening_price", "op", price(candle.open)],
      ["high_price", "hp", price(candle.high)],
      ["low_price", "lp", price(candle.low)],
      ["trade_price", "tp", price(candle.close)],
      ["timestamp", "tms", String(candle.lastMs)],
      ["candle_acc_trade_price", "catp", valueText(market, candle.value)],
      ["candle_acc_trade_volume", "catv", sizeText(market, candle.volume)],
    ];
  }
}
