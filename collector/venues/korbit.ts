import type { Book, Candle, Market } from "../model/events.ts";
import { type Ticker, type Trade, Unreadable } from "../model/events.ts";
import * as read from "./fields.ts";
import { notice, spread, type Venue } from "./venue.ts";
import { MINUTE } from "../model/time.ts";

type Row = read.Fields;
const CHANNELS = { trade: "trade", ticker: "ticker", book: "orderbook" };

/** `{"timestamp":1699999990000,"price":"100","qty":"0.5","isBuyerTaker":true,"tradeId":1}`; the same by REST */
function trade(market: string, row: Row): Trade {
  const { isBuyerTaker: bought } = row;
  if (typeof bought !== "boolean") throw new Unreadable("no isBuyerTaker");
  return {
    kind: "trade",
    venue: "korbit",
    market,
    id: read.id(row.tradeId),
    ts: read.micros(row.timestamp),
    price: read.positive(row.price),
    size: read.positive(row.qty),
    side: bought ? "buy" : "sell",
    fills: 1,
  };
}

/** `{"open":"…","high":"…","low":"…","close":"…","prevClose":"…","priceChange":"-1","priceChangePercent":"-1.32","volume":"2.5","quoteVolume":"…","bestBidPrice":"…","bestAskPrice":"…","lastTradedAt":…}`, in percent; the time stands beside it */
const ticker = (market: string, row: Row, ts: unknown): Ticker => ({
  kind: "ticker",
  venue: "korbit",
  market,
  ts: read.micros(ts),
  last: read.positive(row.close),
  volume24h: read.notNegative(row.volume),
  value24h: read.notNegative(row.quoteVolume),
  changeRate: read.decimal(`${read.decimal(row.priceChangePercent)}e-2`),
});

/** `{"timestamp":1700000000000,"bids":[{"price":"99","qty":"0.5"}],"asks":[…]}`, whole, best first */
function book(market: string, row: Row): Book {
  const side = (units: unknown) =>
    read.levels(read.rows(units).map(read.fields), "price", "qty");
  return {
    kind: "book",
    venue: "korbit",
    market,
    ts: read.micros(row.timestamp),
    bids: side(row.bids),
    asks: side(row.asks),
  };
}

/** `{"timestamp":1700000000000,"open":"1","high":"1","low":"1","close":"1","volume":"0.5"}`, without the quote's volume */
function candle(market: string, row: Row): Candle {
  const { open, high, low, close, volume } = row;
  const all = read.ohlcv(open, high, low, close, volume, "0");
  const quiet = all.volume === "0";
  return {
    kind: "candle",
    venue: "korbit",
    market,
    interval: "1m",
    ts: read.micros(row.timestamp),
    ...all,
    quoteVolume: quiet ? "0" : null,
    tradeCount: quiet ? 0 : null,
    source: "venue",
    state: quiet ? "no_trade" : "closed",
  };
}

/** `{"symbol":"btc_krw","status":"launched"}` */
function market({ symbol, status }: Row): Market {
  const code = read.text(symbol);
  const names = code.toUpperCase().split("_");
  return read.market("korbit", [code, ...names], {
    active: status === "launched",
  });
}

/** `{"symbol":"btc_krw","alerts":[{"type":"PRICE_SOARING","level":"1","startAt":1700000000000,"endAt":1700003600000}]}`; only markets with an alert are there */
function caution({ symbol, alerts }: Row): [string, string] {
  const types = read.rows(alerts).map((one) =>
    // Flags stand in a list with commas.
    read.text(read.fields(one).type).replaceAll(",", " ")
  );
  return [read.text(symbol), [...new Set(types)].join(",")];
}

/** `{"requestId":1,"status":"fail","code":"INVALID_SYMBOL","message":"…"}`, by REST `{"success":false,"error":{"message":"INVALID_SYMBOL"}}` */
const refusal = (row: Row) => {
  const { requestId, code, message } = row;
  return read.errorText(
    row.error ?? Object.fromEntries(
      Object.entries({ requestId, code, message })
        .filter(([, value]) => value !== undefined),
    ),
  );
};

const parsed = read.frames();

/** Korbit, Korea. Only the newest 500 trades can be fetched. */
export const korbit: Venue = {
  id: "korbit",
  names: { en: "Korbit", ko: "코빗" },
  region: "Korea",
  fees: {
    taker: [{
      from: "2025-01-01",
      taker: 0.0015,
      source:
        "KRW markets, as in an example of the venue's API documents; assumed, to be checked against its schedule",
    }],
    withdrawal: [],
  },
  socket: "wss://ws-api.korbit.co.kr/v2/public",
  rest: "https://api.korbit.co.kr",
  defaultMarkets: ["btc_krw", "eth_krw", "xrp_krw"],
  connections: (url, markets, wanted) =>
    spread(markets, wanted, 100, (some, channels) => ({
      url,
      subscribe: [JSON.stringify(
        channels.map((c, at) => ({
          requestId: at + 1,
          method: "subscribe",
          type: CHANNELS[c],
          symbols: some,
        })),
      )],
    })),
  // No keepalive: what closes a socket is not published, and no message is answered without a further subscription.
  connectPauseMs: 500,
  messagePauseMs: 100,
  read(frame) {
    const row = parsed(frame);
    const { status, type, symbol } = row;
    if (status === "success") {
      return notice("ack", `request ${read.word(row.requestId)}`);
    }
    if (status !== undefined) return notice("error", refusal(row));
    const market = read.text(symbol);
    if (type === "trade") {
      return read.rows(row.data).map((one) => trade(market, read.fields(one)));
    }
    const data = read.fields(row.data);
    if (type === "orderbook") return [book(market, data)];
    if (type === "ticker") return [ticker(market, data, row.timestamp)];
    throw new Unreadable(`a frame of type ${read.word(type)}`);
  },
  restPauseMs: 25, // 50 a second
  restWait(headers) {
    const [, left] = /\bremaining=(\d+)/.exec(headers.get("ratelimit") ?? "") ??
      [];
    return Number(left ?? 50) < 2 ? 1000 : 0;
  },
  markets: {
    url: (rest) => `${rest}/v2/currencyPairs`,
    read: (body) => read.listIn(body, "data").map(market),
    cautions: {
      url: (rest) => `${rest}/v2/marketAlerts`,
      read: (body) => new Map(read.listIn(body, "data").map(caution)),
    },
  },
  candles: {
    pageLimit: 200,
    // Those before `end`, which is counted in.
    url: (rest, market, from, before) =>
      `${rest}/v2/candles?symbol=${market}&interval=1` +
      `&end=${before / 1000 - 1}` +
      `&limit=${Math.min(200, Math.ceil((before - from) / MINUTE))}`,
    read: (body, market) =>
      read.listIn(body, "data").map((row) => candle(market, row)),
  },
  trades: {
    pageLimit: 500,
    paging: "newest",
    dense: false, // growing, not contiguous
    reachDays: 0,
    url: (rest, market) => `${rest}/v2/trades?symbol=${market}&limit=500`,
    read: (body, market) =>
      read.listIn(body, "data").map((row) => trade(market, row)),
  },
  restError: read.refusedBy(/"success"\s*:\s*false/, refusal),
};
