import type { Book, Candle, Market, Ticker, Trade } from "../model/events.ts";
import { Unreadable } from "../model/events.ts";
import * as read from "./fields.ts";
import type { LiveChannel } from "./venue.ts";

type Row = read.Fields;
const TYPES = { trade: "trade", ticker: "ticker", book: "orderbook" };

/** Readers of the rows that Upbit sends, and those who follow its model. */
export interface UpbitRows {
  trade(row: Row): Trade;
  ticker(row: Row): Ticker;
  book(row: Row): Book;
  candle(row: Row): Candle;
  market(row: Row, warning: string | null): Market;
}

/** The readers for a venue; each throws {@link Unreadable}. */
export const rowsOf = (venue: string): UpbitRows => ({
  /**
   * A trade off the socket, in DEFAULT or SIMPLE names, or a row of
   * `/v1/trades/ticks`, whose `timestamp` is the time of the trade.
   * `{"ty":"trade","cd":"KRW-BTC","ttms":1785395041124,"tp":91368000.0,"tv":5.485e-05,"ab":"BID","sid":17853950411240001}`
   */
  trade(row) {
    const taker = row.ab ?? row.ask_bid;
    if (taker !== "BID" && taker !== "ASK") {
      throw new Unreadable("ask_bid is neither BID nor ASK");
    }
    const ts = row.ttms ?? row.trade_timestamp ?? (row.market && row.timestamp);
    return {
      kind: "trade",
      venue,
      market: marketOf(row),
      id: read.id(row.sid ?? row.sequential_id),
      ts: read.micros(ts),
      price: read.positive(row.tp ?? row.trade_price),
      size: read.positive(row.tv ?? row.trade_volume),
      side: taker === "BID" ? "buy" : "sell",
      fills: 1,
    };
  },

  /** `{"ty":"ticker","cd":"KRW-BTC","tp":89886000,"scr":0.0027219384,"atv24h":569.4,"atp24h":5.1E10,"tms":1786613070431}` */
  ticker: (row) => ({
    kind: "ticker",
    venue,
    market: marketOf(row),
    ts: read.micros(row.tms ?? row.timestamp),
    last: read.positive(row.tp ?? row.trade_price),
    volume24h: read.notNegative(row.atv24h ?? row.acc_trade_volume_24h),
    value24h: read.notNegative(row.atp24h ?? row.acc_trade_price_24h),
    changeRate: read.decimal(row.scr ?? row.signed_change_rate),
  }),

  /** `{"ty":"orderbook","cd":"KRW-BTC","tms":1790134773006,"obu":[{"ap":116606000,"bp":116534000,"as":0.06,"bs":7.9276E-4}]}` */
  book(row) {
    const units = read.rows(row.obu ?? row.orderbook_units).map(read.fields);
    const side = (short: [string, string], long: [string, string]) =>
      read.levels(units, ...(row.obu ? short : long));
    return {
      kind: "book",
      venue,
      market: marketOf(row),
      ts: read.micros(row.tms ?? row.timestamp),
      bids: side(["bp", "bs"], ["bid_price", "bid_size"]),
      asks: side(["ap", "as"], ["ask_price", "ask_size"]),
    };
  },

  /** `{"code":"KRW-BTC","candle_date_time_utc":"2026-07-30T06:51:00","opening_price":91180000.0,…}`; SIMPLE: `cd cdttmu op hp lp tp catv catp` */
  candle: (row) => ({
    kind: "candle",
    venue,
    market: marketOf(row),
    interval: "1m",
    ts: read.utc(row.cdttmu ?? row.candle_date_time_utc),
    ...read.ohlcv(
      row.op ?? row.opening_price,
      row.hp ?? row.high_price,
      row.lp ?? row.low_price,
      row.tp ?? row.trade_price,
      row.catv ?? row.candle_acc_trade_volume,
      row.catp ?? row.candle_acc_trade_price,
    ),
    tradeCount: null,
    source: "venue",
    state: "closed",
  }),

  /** `{"market":"KRW-BTC","korean_name":"비트코인","english_name":"Bitcoin"}`, and how the venue cautions */
  market(row, warning) {
    const [quote, base] = read.text(row.market).split("-");
    return read.market(venue, [row.market, base, quote], {
      koreanName: row.korean_name ? read.text(row.korean_name) : null,
      englishName: row.english_name ? read.text(row.english_name) : null,
      warning,
    });
  },
});

/** On the socket the market is a code, by REST a market. */
const marketOf = (row: Row) => read.text(row.cd ?? row.code ?? row.market);

/** What subscribes, in one frame: a second would replace the list of the first. */
export const subscription = (
  codes: string[],
  channels: LiveChannel[],
  format: "SIMPLE" | "DEFAULT",
): string =>
  JSON.stringify([
    { ticket: `crowdtape ${codes[0]}` },
    ...channels.map((channel) => ({ type: TYPES[channel], codes })),
    { format },
  ]);

/** `{"error":{"name":"NO_CODES","message":"…"}}`; by REST the name is a number. */
export const refusal = (row: Row): string => read.errorText(row.error);
