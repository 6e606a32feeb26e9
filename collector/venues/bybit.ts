import type {
  BookDelta,
  Candle,
  LevelChange,
  Market,
} from "../model/events.ts";
import { type Ticker, type Trade, Unreadable } from "../model/events.ts";
import * as read from "./fields.ts";
import type { LiveChannel, Venue } from "./venue.ts";
import { notice, spread } from "./venue.ts";
import { MINUTE } from "../model/time.ts";

type Row = read.Fields;
const CHANNELS = {
  trade: "publicTrade",
  ticker: "tickers",
  book: "orderbook.50",
};
/** Topics that one request may name. */
const TOPICS = 10;

/** Requests for these topics; an answer names only the request. */
function requests(op: "subscribe" | "unsubscribe", topics: string[]): string[] {
  const out: string[] = [];
  for (let i = 0; i < topics.length; i += TOPICS) {
    const args = topics.slice(i, i + TOPICS);
    out.push(JSON.stringify({ req_id: args[0], op, args }));
  }
  return out;
}

function side(value: unknown): "buy" | "sell" {
  if (value === "Buy") return "buy";
  if (value === "Sell") return "sell";
  throw new Unreadable("no side");
}

/** `{"i":"2290000000050703789","T":1680652847524,"p":"28165.38","v":"0.041732","S":"Sell","s":"BTCUSDT","BT":false}`, the taker's side */
const trade = (row: Row): Trade => ({
  kind: "trade",
  venue: "bybit",
  market: read.text(row.s),
  id: read.id(row.i), // futures have UUIDs
  ts: read.micros(row.T),
  price: read.positive(row.p),
  size: read.positive(row.v),
  side: side(row.S),
  fills: 1,
});

/** By REST `{"execId":"2100000000007764263","symbol":"BTCUSDT","price":"16618.49","size":"0.00012","side":"Buy","time":"1672052955758","isBlockTrade":false}` */
const pagedTrade = ({ execId: i, symbol: s, price, size, side, time }: Row) =>
  trade({ i, s, p: price, v: size, S: side, T: time });

/** `{"symbol":"BTCUSDT","lastPrice":"16363.78","volume24h":"5865.470182","turnover24h":"95949815.680875","price24hPcnt":"-0.0049",…}`, a fraction and not percent; the time stands beside it */
const ticker = (row: Row, ts: unknown): Ticker => ({
  kind: "ticker",
  venue: "bybit",
  market: read.text(row.symbol),
  ts: read.micros(ts),
  last: read.positive(row.lastPrice),
  volume24h: read.notNegative(row.volume24h),
  value24h: read.notNegative(row.turnover24h),
  changeRate: read.decimal(row.price24hPcnt),
});

/** `[["16611.00","0.029"],["16612.00","0"]]`; a size of 0 takes the level away. */
const levels = (value: unknown): LevelChange[] =>
  read.rows(value).map(read.rows)
    .map(([price, size]) => [read.positive(price), read.notNegative(size)]);

/** `{"topic":"orderbook.50.BTCUSDT","type":"snapshot","ts":1672304484978,"data":{"s":"BTCUSDT","b":[["16493.50","0.006"]],"a":[["16611.00","0.029"]],"u":18521288,"seq":7961638724}}`; each update is one higher, and 1 begins anew */
function book(row: Row, { type, ts }: Row): BookDelta {
  if (type !== "snapshot" && type !== "delta") throw new Unreadable("no type");
  const u = read.id(row.u);
  return {
    kind: "delta",
    venue: "bybit",
    market: read.text(row.s),
    ts: read.micros(ts),
    firstUpdate: u,
    lastUpdate: u,
    ...(type === "snapshot" || u === "1" ? { whole: true } : {}),
    bids: levels(row.b),
    asks: levels(row.a),
  };
}

/** `["1670608800000","17071","17073","17027","17055.5","268611","15.74462667"]`: start, …, base, quote */
function candle(market: string, row: unknown): Candle {
  const [ts, open, high, low, close, base, quote] = read.rows(row);
  const all = read.ohlcv(open, high, low, close, base, quote);
  const quiet = all.volume === "0";
  return {
    kind: "candle",
    venue: "bybit",
    market: read.text(market),
    ts: read.micros(ts),
    interval: "1m",
    ...all,
    tradeCount: quiet ? 0 : null,
    source: "venue",
    state: quiet ? "no_trade" : "closed",
  };
}

/** `{"symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT","innovation":"0","status":"Trading","stTag":"0",…}`: `innovation` and `stTag` (special treatment) warn */
function market(row: Row): Market {
  const flags = [
    ...row.innovation === "1" ? ["INNOVATION"] : [],
    ...row.stTag === "1" ? ["ST"] : [],
  ];
  return read.market("bybit", [row.symbol, row.baseCoin, row.quoteCoin], {
    active: row.status === "Trading",
    warning: flags.join(",") || null,
  });
}

/** The rows of `{"retCode":0,"retMsg":"OK","result":{"category":"spot","list":[…]},"retExtInfo":{},"time":1672053054358}` */
const list = (body: string): unknown[] =>
  read.rows(read.fields(read.fields(read.parse(body)).result).list);

/** `{"retCode":10001,"retMsg":"Not supported symbols","result":{},…}` */
const refusal = ({ retCode, retMsg }: Row) =>
  read.errorText({ retCode, retMsg });

const parsed = read.frames();

/** Bybit, spot. Only the newest 60 trades can be fetched; ids are unique, and prove nothing of what lies between them. */
export const bybit: Venue = {
  id: "bybit",
  names: { en: "Bybit", ko: "바이비트" },
  region: "Asia",
  fees: {
    taker: [{
      from: "2025-01-01",
      taker: 0.001,
      source:
        "regular spot, lowest tier without a discount; assumed, to be checked against the venue's schedule",
    }],
    withdrawal: [],
  },
  socket: "wss://stream.bybit.com/v5/public/spot",
  rest: "https://api.bybit.com",
  defaultMarkets: ["BTCUSDT", "ETHUSDT", "XRPUSDT"],
  // 21,000 characters of topics are allowed on a socket; these have 7,000.
  connections: (url, markets, wanted) =>
    spread(markets, wanted, 100, (some, channels: LiveChannel[]) => ({
      url,
      subscribe: requests(
        "subscribe",
        some.flatMap((m) => channels.map((c) => `${CHANNELS[c]}.${m}`)),
      ),
    })),
  keepalive: { frame: '{"op":"ping"}', everyMs: 20_000 }, // as the documents advise; it closes after 10 minutes
  connectPauseMs: 650, // 500 in 5 minutes
  messagePauseMs: 50,
  read(frame) {
    const row = parsed(frame);
    // A ping is answered under its own name, or as `{"op":"pong"}`.
    if (row.op === "pong" || row.ret_msg === "pong") {
      return notice("alive", "pong");
    }
    if (row.success === true) {
      return notice("ack", `${read.word(row.op)} ${read.word(row.req_id)}`);
    }
    if (row.success === false) {
      const { req_id, ret_msg } = row;
      return notice("error", read.errorText({ req_id, ret_msg }));
    }
    const topic = read.text(row.topic);
    if (topic.startsWith("publicTrade.")) {
      return read.rows(row.data).map((one) => trade(read.fields(one)));
    }
    const data = read.fields(row.data);
    if (topic.startsWith("orderbook.50.")) return [book(data, row)];
    if (topic.startsWith("tickers.")) return [ticker(data, row.ts)];
    throw new Unreadable(`a frame of ${topic}`);
  },
  restPauseMs: 50, // 600 in 5 seconds; one who goes beyond is shut out for 10 minutes
  restWait: (headers) =>
    Number(headers.get("x-bapi-limit-status") ?? 20) < 2 ? 1000 : 0,
  markets: {
    url: (rest) => `${rest}/v5/market/instruments-info?category=spot`,
    read: (body) => list(body).map((row) => market(read.fields(row))),
  },
  candles: {
    pageLimit: 1000,
    // Newest first; `end` counts the candle that it lies in.
    url: (rest, market, from, before) =>
      `${rest}/v5/market/kline?category=spot&symbol=${market}&interval=1` +
      `&end=${before / 1000 - 1}` +
      `&limit=${Math.min(1000, Math.ceil((before - from) / MINUTE))}`,
    read: (body, market) =>
      list(body).map((row) => candle(market, row)).sort((a, b) => a.ts - b.ts),
  },
  trades: {
    pageLimit: 60,
    paging: "newest",
    dense: false, // ids are shared by all markets
    reachDays: 0,
    url: (rest, market) =>
      `${rest}/v5/market/recent-trade?category=spot&symbol=${market}&limit=60`,
    read: (body) => list(body).map((row) => pagedTrade(read.fields(row))),
  },
  wholeBook: {
    depth: 50,
    again(market) {
      const topics = [`${CHANNELS.book}.${market}`];
      return [
        ...requests("unsubscribe", topics),
        ...requests("subscribe", topics),
      ];
    },
  },
  restError: read.refusedBy(/"retCode"\s*:\s*[1-9]/, refusal),
  // Over the limit; 403 is also what an address in the US is told.
  restLater: (error) => /^(10006|10016|10018): |^HTTP 403/.test(error),
};
