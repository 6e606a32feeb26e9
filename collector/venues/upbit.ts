import type { Book, Candle, Market, Ticker, Trade } from "../events.ts";
import { Unreadable } from "../events.ts";
import * as read from "./fields.ts";
import { notice, spread, type Venue } from "./venue.ts";

type Row = read.Fields;
const TYPES = { trade: "trade", ticker: "ticker", book: "orderbook" };

/**
 * A trade off the socket, in DEFAULT or SIMPLE names, or a row of
 * `/v1/trades/ticks`, whose `timestamp` is the time of the trade.
 * `{"ty":"trade","cd":"KRW-BTC","ttms":1785395041124,"tp":91368000.0,"tv":5.485e-05,"ab":"BID","sid":17853950411240001}`
 */
export function upbitTrade(row: Row): Trade {
  const taker = row.ab ?? row.ask_bid;
  if (taker !== "BID" && taker !== "ASK") {
    throw new Unreadable("ask_bid is neither BID nor ASK");
  }
  const ts = row.ttms ?? row.trade_timestamp ?? (row.market && row.timestamp);
  return {
    kind: "trade",
    venue: "upbit",
    market: read.text(row.cd ?? row.code ?? row.market),
    id: read.id(row.sid ?? row.sequential_id),
    ts: read.micros(ts),
    price: read.positive(row.tp ?? row.trade_price),
    size: read.positive(row.tv ?? row.trade_volume),
    side: taker === "BID" ? "buy" : "sell",
    fills: 1,
  };
}

/** `{"ty":"ticker","cd":"KRW-BTC","tp":89886000,"scr":0.0027219384,"atv24h":569.4,"atp24h":5.1E10,"tms":1786613070431}` */
const ticker = (row: Row): Ticker => ({
  kind: "ticker",
  venue: "upbit",
  market: read.text(row.cd ?? row.code),
  ts: read.micros(row.tms ?? row.timestamp),
  last: read.positive(row.tp ?? row.trade_price),
  volume24h: read.notNegative(row.atv24h ?? row.acc_trade_volume_24h),
  value24h: read.notNegative(row.atp24h ?? row.acc_trade_price_24h),
  changeRate: read.decimal(row.scr ?? row.signed_change_rate),
});

/** `{"ty":"orderbook","cd":"KRW-BTC","tms":1790134773006,"obu":[{"ap":116606000,"bp":116534000,"as":0.06,"bs":7.9276E-4}]}` */
function book(row: Row): Book {
  const units = read.rows(row.obu ?? row.orderbook_units).map(read.fields);
  const side = (short: [string, string], long: [string, string]) =>
    read.levels(units, ...(row.obu ? short : long));
  return {
    kind: "book",
    venue: "upbit",
    market: read.text(row.cd ?? row.code),
    ts: read.micros(row.tms ?? row.timestamp),
    bids: side(["bp", "bs"], ["bid_price", "bid_size"]),
    asks: side(["ap", "as"], ["ask_price", "ask_size"]),
  };
}

/** `{"code":"KRW-BTC","candle_date_time_utc":"2026-07-30T06:51:00","opening_price":91180000.0,…}`; SIMPLE: `cd cdttmu op hp lp tp catv catp` */
const candle = (row: Row): Candle => ({
  kind: "candle",
  venue: "upbit",
  market: read.text(row.cd ?? row.code ?? row.market),
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
});

/** `{"market":"KRW-BTC","korean_name":"비트코인","english_name":"Bitcoin","market_event":{"warning":false,"caution":{"PRICE_FLUCTUATIONS":false,…}}}` */
function market(row: Row): Market {
  const [quote, base] = read.text(row.market).split("-");
  const { warning, caution } = read.fields(row.market_event ?? {});
  const flags = { WARNING: warning, ...read.fields(caution ?? {}) };
  const raised = Object.entries(flags).filter(([, on]) => on === true);
  return read.market("upbit", [row.market, base, quote], {
    koreanName: row.korean_name ? read.text(row.korean_name) : null,
    englishName: row.english_name ? read.text(row.english_name) : null,
    warning: raised.map(([flag]) => flag).join(",") || null,
  });
}

/** `{"error":{"name":"NO_CODES","message":"…"}}`; by REST the name is a number. */
const refusal = (row: Row) => read.words(row.error);

/** Upbit, Korea. Ids are exact and unique, but not in the order of time. */
export const upbit: Venue = {
  id: "upbit",
  socket: "wss://api.upbit.com/websocket/v1",
  rest: "https://api.upbit.com",
  // 855 codes were seen served on one socket; 300 lose less when it breaks.
  connections: (url, markets, wanted) =>
    spread(markets, wanted, 300, (codes, channels) => ({
      url,
      // In one frame: a second would replace the list of the first.
      subscribe: [JSON.stringify([
        { ticket: `crowdtape ${codes[0]}` },
        ...channels.map((channel) => ({ type: TYPES[channel], codes })),
        { format: "SIMPLE" },
      ])],
    })),
  // The documents say 120 s; idle sockets were seen closed after 60.5 s.
  keepalive: { frame: "PING", everyMs: 25_000 },
  connectPauseMs: 250, // 5 a second
  messagePauseMs: 650, // 5 a second, 100 a minute
  read(frame) {
    const row = read.fields(read.parse(frame));
    const type = row.ty ?? row.type;
    if (type === "trade") return [upbitTrade(row)];
    if (type === "orderbook") return [book(row)];
    if (type === "ticker") return [ticker(row)];
    if (row.status !== undefined) return notice("alive", String(row.status));
    if (row.error !== undefined) return notice("error", refusal(row));
    const interval = /^candle\.(\w+)$/.exec(String(type ?? "candle.1m"))?.[1];
    if (!interval) throw new Unreadable(`a frame of type ${type}`);
    // Sent again while the candle runs, and never marked as its last.
    return [{ ...candle(row), interval, state: "partial" }];
  },
  restPauseMs: 120, // 10 a second in each group
  // Remaining-Req: group=candle; min=600; sec=9
  restWait: (headers) =>
    /sec=0\b/.test(headers.get("remaining-req") ?? "") ? 1000 : 0,
  markets: {
    url: (rest) => `${rest}/v1/market/all?is_details=true`,
    read: (body) => read.list(body).map(market),
  },
  candles: {
    pageLimit: 200,
    url(rest, market, from, before) {
      const count = Math.min(200, Math.ceil((before - from) / 60e6));
      const to = `${new Date(before / 1000).toISOString().slice(0, 19)}Z`;
      return `${rest}/v1/candles/minutes/1?market=${market}&to=${to}&count=${count}`;
    },
    read: (body) => read.list(body).map(candle).sort((a, b) => a.ts - b.ts),
  },
  trades: {
    pageLimit: 500,
    paging: "down",
    dense: false,
    reachDays: 7,
    url(rest, market, cursor, now) {
      const day = (ts: number) => Math.floor(ts / 86_400e6);
      const daysAgo = cursor ? day(now) - day(cursor.ts) : 0;
      return `${rest}/v1/trades/ticks?market=${market}&count=500` +
        (cursor ? `&cursor=${cursor.id}` : "") +
        (daysAgo > 0 ? `&days_ago=${daysAgo}` : "");
    },
    read: (body) => read.list(body).map(upbitTrade),
  },
  restError: read.refusedBy(/^\s*\{\s*"error"/, refusal),
};
