import { compareDecimals } from "../model/decimal.ts";
import {
  type Book,
  type Candle,
  type Market,
  Unreadable,
} from "../model/events.ts";
import type { Ticker, Trade } from "../model/events.ts";
import * as read from "./fields.ts";
import { notice, spread, type Venue } from "./venue.ts";
import { MINUTE } from "../model/time.ts";

type Row = read.Fields;
const CHANNELS = { trade: "TRADE", ticker: "TICKER", book: "ORDERBOOK" };

/** A market has no code of its own: `KRW-BTC` is made as on other Korean venues. */
const pair = (market: string) => {
  const [quote_currency, target_currency] = market.split("-");
  return { quote_currency, target_currency };
};
const ask = (channel: string, market: string) =>
  JSON.stringify({ request_type: "SUBSCRIBE", channel, topic: pair(market) });
const code = (row: Row): string =>
  [row.qc ?? row.quote_currency, row.tc ?? row.target_currency]
    .map(read.text).join("-");

const about = (row: Row) => ({
  venue: "coinone",
  market: code(row),
  ts: read.micros(row.t ?? row.timestamp),
});

/** `{…,"id":"1693560450996001","timestamp":1693560450996,"price":"688.3","qty":"5000","is_seller_maker":true}`; SHORT: `i t p q sm` */
function trade(row: Row): Trade {
  const sold = row.sm ?? row.is_seller_maker;
  if (typeof sold !== "boolean") throw new Unreadable("no is_seller_maker");
  return {
    kind: "trade",
    ...about(row),
    id: read.id(row.i ?? row.id),
    price: read.positive(row.p ?? row.price),
    size: read.positive(row.q ?? row.qty),
    side: sold ? "buy" : "sell",
    fills: 1,
  };
}

/** `{…,"timestamp":1790133796484,"quote_volume":"3.09","target_volume":"267.27","last":"116380000","yesterday_last":"115640000"}`, volumes of 24 hours, yesterday in UTC; SHORT: `t qv tv la yla` */
function ticker(row: Row): Ticker {
  const last = read.positive(row.la ?? row.last);
  const before = read.notNegative(row.yla ?? row.yesterday_last);
  // A coin listed today has no yesterday.
  const rate = before === "0" ? 0 : Number(last) / Number(before) - 1;
  return {
    kind: "ticker",
    ...about(row),
    last,
    volume24h: read.notNegative(row.tv ?? row.target_volume),
    value24h: read.notNegative(row.qv ?? row.quote_volume),
    changeRate: read.decimal(rate.toFixed(10)),
  };
}

/** `{…,"timestamp":1693560155038,"asks":[{"price":"695.5","qty":"5000"}],"bids":[…]}`, asks worst first; SHORT: `t a b`, in them `p q` */
function book(row: Row): Book {
  const [price, size] = row.a ? ["p", "q"] as const : ["price", "qty"] as const;
  const side = (units: unknown) =>
    read.levels(read.rows(units).map(read.fields), price, size)
      .sort((x, y) => compareDecimals(x[0], y[0]));
  const bids = side(row.b ?? row.bids).reverse();
  return { kind: "book", ...about(row), bids, asks: side(row.a ?? row.asks) };
}

/** `{"timestamp":1790134140000,"open":"1","high":"1","low":"1","close":"1","target_volume":"0.5","quote_volume":"0.5"}` */
function candle(row: Row): Candle {
  const { open, high, low, close, target_volume, quote_volume } = row;
  const all = read.ohlcv(open, high, low, close, target_volume, quote_volume);
  const quiet = all.volume === "0";
  return {
    kind: "candle",
    ...about(row),
    interval: "1m",
    ...all,
    tradeCount: quiet ? 0 : null,
    source: "venue",
    state: quiet ? "no_trade" : "closed",
  };
}

/** `{"quote_currency":"KRW","target_currency":"BTC","maintenance_status":0,"trade_status":1,…}` */
const market = (row: Row): Market =>
  read.market("coinone", [code(row), row.target_currency, row.quote_currency], {
    active: row.trade_status === "1" && row.maintenance_status === "0",
  });

const parsed = read.frames();

/** Coinone, Korea: won only. Only the newest 200 trades can be fetched. */
export const coinone: Venue = {
  id: "coinone",
  names: { en: "Coinone", ko: "코인원" },
  region: "Korea",
  fees: {
    taker: [{
      from: "2025-01-01",
      taker: 0.002,
      source:
        "KRW markets, lowest tier without a discount; assumed, to be checked against the venue's schedule",
    }],
    withdrawal: [],
  },
  socket: "wss://stream.coinone.co.kr",
  rest: "https://api.coinone.co.kr",
  defaultMarkets: ["KRW-BTC", "KRW-ETH", "KRW-XRP"],
  // 363 topics were seen served on one socket; the 21st socket is closed with 4290.
  connections: (url, markets, wanted) =>
    spread(markets, wanted, 120, (some, channels) => ({
      url,
      subscribe: some.flatMap((m) => channels.map((c) => ask(CHANNELS[c], m))),
    })),
  // The documents say 30 minutes; a silent socket was seen closed after 60.7 s.
  keepalive: { frame: '{"request_type":"PING"}', everyMs: 25_000 },
  connectPauseMs: 500,
  messagePauseMs: 25, // a refusal comes within 10 ms, before the next topic
  read(frame) {
    const row = parsed(frame);
    const type = row.r ?? row.response_type, channel = row.c ?? row.channel;
    if (type === "PONG") return notice("alive", type);
    if (type === "CONNECTED") return notice("ack", type);
    if (type === "ERROR") return notice("error", read.errorText(row));
    const data = read.fields(row.d ?? row.data);
    const topic = `${read.word(channel)} ${code(data)}`;
    if (type === "SUBSCRIBED") return notice("ack", topic);
    if (channel === "TRADE") return [trade(data)];
    if (channel === "ORDERBOOK") return [book(data)];
    if (channel === "TICKER") return [ticker(data)];
    throw new Unreadable(`a frame of type ${read.word(type)} ${topic}`);
  },
  restPauseMs: 60, // 1,200 a minute
  restWait: (headers) =>
    Number(headers.get("public-ratelimit-remaining") ?? 20) < 2 ? 1000 : 0,
  markets: {
    url: (rest) => `${rest}/public/v2/markets/KRW`,
    read: (body) => read.listIn(body, "markets").map(market),
  },
  candles: {
    pageLimit: 500,
    // With the candle at `before`, which the venue counts in.
    url: (rest, market, from, before) =>
      `${rest}/public/v2/chart/${market.replace("-", "/")}?interval=1m` +
      `&timestamp=${before / 1000}` +
      `&size=${Math.min(500, Math.ceil((before - from) / MINUTE) + 1)}`,
    read: (body, market) =>
      read.listIn(body, "chart", pair(market)).map(candle)
        .sort((a, b) => a.ts - b.ts),
  },
  trades: {
    pageLimit: 200,
    paging: "newest",
    dense: false,
    reachDays: 0,
    url: (rest, market) =>
      `${rest}/public/v2/trades/${market.replace("-", "/")}?size=200`,
    read: (body, market) =>
      read.listIn(body, "transactions", pair(market)).map(trade),
  },
  // `{"result":"error","error_code":"4","error_msg":"Blocked user access"}`
  restError: read.refusedBy(/"result"\s*:\s*"error"/, read.errorText),
  restLater: (error) => /\b(4|405): /.test(error), // over the limit; closed for work
};
