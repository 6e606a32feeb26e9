import type { BookDelta, Candle, Level, Market } from "../model/events.ts";
import { type Ticker, type Trade, Unreadable } from "../model/events.ts";
import * as read from "./fields.ts";
import { notice, spread, type Venue } from "./venue.ts";
import { MINUTE } from "../model/time.ts";

const LIST = '{"method":"LIST_SUBSCRIPTIONS","id":1}';
const STREAMS = { trade: "aggTrade", ticker: "ticker", book: "depth@100ms" };

/** `{"e":"aggTrade","E":1672515782136,"s":"BNBBTC","a":12345,"p":"0.001","q":"100","f":100,"l":105,"T":1672515782136,"m":true,"M":true}` */
function trade(row: read.Fields): Trade {
  if (typeof row.m !== "boolean") throw new Unreadable("m is no boolean");
  const fills = read.distance(row.f, row.l) + 1;
  if (fills < 1 || fills > 1e9) throw new Unreadable("l is before f");
  return {
    kind: "trade",
    venue: "binance",
    market: read.text(row.s),
    id: read.id(row.a),
    ts: read.micros(row.T),
    price: read.positive(row.p),
    size: read.positive(row.q),
    side: row.m ? "sell" : "buy", // m: the buyer was the maker
    fills,
  };
}

/** `{"e":"24hrTicker","E":1672515782136,"s":"BNBBTC","P":"-1.20","c":"0.0025","v":"10000","q":"18",…}`, P in percent */
const ticker = (row: read.Fields): Ticker => ({
  kind: "ticker",
  venue: "binance",
  market: read.text(row.s),
  ts: read.micros(row.E),
  last: read.positive(row.c),
  volume24h: read.notNegative(row.v),
  value24h: read.notNegative(row.q),
  changeRate: read.decimal(`${read.decimal(row.P)}e-2`),
});

/** `[["0.0024","10"],["0.0022","0"]]`; a size of 0 takes the level away. */
const side = (value: unknown): Level[] =>
  read.rows(value).map(read.rows).map(([price, size]) => [
    read.positive(price),
    read.notNegative(size),
  ]);

/** `{"e":"depthUpdate","E":1633998275394,"s":"COMPUSDT","U":113129221,"u":113129222,"b":[["296.45","38.69"]],"a":[]}` */
const delta = (row: read.Fields): BookDelta => ({
  kind: "delta",
  venue: "binance",
  market: read.text(row.s),
  ts: read.micros(row.E),
  firstUpdate: read.id(row.U),
  lastUpdate: read.id(row.u),
  bids: side(row.b),
  asks: side(row.a),
});

/** By REST `[openTime,o,h,l,c,v,closeTime,quoteVolume,n,…]`. A minute without trades has n = 0. */
function candle(market: unknown, interval: unknown, row: unknown): Candle {
  const [ts, open, high, low, close, volume, , quoteVolume, n] = read.rows(row);
  const tradeCount = read.count(n);
  return {
    kind: "candle",
    venue: "binance",
    market: read.text(market),
    interval: read.text(interval),
    ts: read.micros(ts),
    ...read.ohlcv(open, high, low, close, volume, quoteVolume),
    tradeCount,
    source: "venue",
    state: tradeCount === 0 ? "no_trade" : "closed",
  };
}

/** `{"e":"kline","k":{"t":1672515780000,"i":"1m","o":"0.0010",…,"x":false}}`, x: closed */
function kline(row: read.Fields): Candle {
  const { t, s, i, o, h, l, c, v, T, q, n, x } = read.fields(row.k);
  const whole = candle(s, i, [t, o, h, l, c, v, T, q, n]);
  return x === true ? whole : { ...whole, state: "partial" };
}

/** `{"symbol":"ETHBTC","status":"TRADING","baseAsset":"ETH","quoteAsset":"BTC",…}` */
const market = (row: read.Fields): Market =>
  read.market("binance", [row.symbol, row.baseAsset, row.quoteAsset], {
    active: row.status === "TRADING",
  });

/** `{"code":-1121,"msg":"Invalid symbol."}`; on the socket also within `error`. */
const refusal = (row: read.Fields) => read.errorText(row.error ?? row);

const parsed = read.frames();

/** Binance spot. Aggregate ids run without a hole in each market. */
export const binance: Venue = {
  id: "binance",
  names: { en: "Binance", ko: "바이낸스" },
  region: "global",
  fees: {
    taker: [{
      from: "2025-01-01",
      taker: 0.001,
      source:
        "spot without BNB, lowest tier without a discount; assumed, to be checked against the venue's schedule",
    }],
    withdrawal: [{
      from: "2025-01-01",
      units: { BTC: 0.0001, ETH: 0.001, XRP: 0.2 },
      source:
        "order of size of the published network fee, which depends on the network and changes often; not verified",
    }],
  },
  socket: "wss://stream.binance.com:9443",
  rest: "https://api.binance.com",
  defaultMarkets: ["BTCUSDT", "ETHUSDT", "XRPUSDT"],
  byDefault: true,
  // 1,024 streams are allowed; 80 markets keep the address under 8 kB.
  connections: (base, markets, wanted) =>
    spread(markets, wanted, 80, (some, channels) => {
      const list = some.flatMap((market) =>
        channels.map((c) => `${market.toLowerCase()}@${STREAMS[c]}`)
      );
      return { url: `${base}/stream?streams=${list.join("/")}`, subscribe: [] };
    }),
  // The venue pings every 20 s; asking for the list shows that it also answers.
  keepalive: { frame: LIST, everyMs: 25_000 },
  lifetimeMs: 23.75 * 3_600_000, // the venue ends it after 24 hours
  connectPauseMs: 1100, // 300 in 5 minutes
  messagePauseMs: 250, // 5 a second
  read(frame) {
    const whole = parsed(frame);
    const row = whole.data === undefined ? whole : read.fields(whole.data);
    if (row.e === "aggTrade") return [trade(row)];
    if (row.e === "depthUpdate") return [delta(row)];
    if (row.e === "24hrTicker") return [ticker(row)];
    if (row.e === "serverShutdown") return notice("shutdown", "announced");
    if (row.e === "kline") return [kline(row)];
    if (row.u && row.B && row.A) return []; // bookTicker, which has no time
    if (row.error ?? row.msg) return notice("error", refusal(row));
    if (row.result === null) return notice("ack", "done");
    if (row.result) return notice("alive", "answered");
    throw new Unreadable(`a frame of type ${read.word(row.e)}`);
  },
  restPauseMs: 100, // 6,000 weight a minute, the last tenth left to others
  restWait: (headers) =>
    Number(headers.get("x-mbx-used-weight-1m") ?? 0) > 5400 ? 10_000 : 0,
  markets: {
    url: (rest) =>
      `${rest}/api/v3/exchangeInfo?permissions=SPOT&showPermissionSets=false`,
    read(body) {
      const { symbols } = read.fields(read.parse(body));
      return read.rows(symbols).map(read.fields).map(market);
    },
  },
  candles: {
    pageLimit: 1000,
    url(rest, market, from, before) {
      const limit = Math.min(1000, Math.ceil((before - from) / MINUTE));
      const endTime = before / 1000 - 1;
      return `${rest}/api/v3/klines?symbol=${market}&interval=1m&endTime=${endTime}&limit=${limit}`;
    },
    read: (body, market) =>
      read.rows(read.parse(body)).map((row) => candle(market, "1m", row)),
  },
  trades: {
    pageLimit: 1000,
    paging: "up",
    dense: true,
    reachDays: null,
    url: (rest, market, cursor) =>
      `${rest}/api/v3/aggTrades?symbol=${market}&limit=1000` +
      (cursor ? `&fromId=${cursor.id}` : ""),
    // As on the socket, but for the name of the market.
    read: (body, market) =>
      read.list(body).map((row) => trade({ ...row, s: market })),
  },
  book: {
    url: (rest, market) => `${rest}/api/v3/depth?symbol=${market}&limit=1000`,
    read(body) {
      const { lastUpdateId: id, bids, asks } = read.fields(read.parse(body));
      return { lastUpdate: read.id(id), bids: side(bids), asks: side(asks) };
    },
  },
  restError: read.refusedBy(/^\s*\{\s*"(code|msg)"/, refusal),
};
