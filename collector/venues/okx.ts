import type { Book, Candle, Level, Market } from "../model/events.ts";
import { type Ticker, type Trade, Unreadable } from "../model/events.ts";
import * as read from "./fields.ts";
import type { Channel, LiveChannel, Venue } from "./venue.ts";
import { notice, spread } from "./venue.ts";
import { MINUTE } from "../model/time.ts";

type Row = read.Fields;
const head = (row: Row) => ({
  venue: "okx",
  market: read.text(row.instId),
  ts: read.micros(row.ts),
});
/** `trades` puts several executions in one row, under the id of the last: REST has them one by one. */
const CHANNELS = { trade: "trades-all", ticker: "tickers", book: "books5" };

const topics = (markets: string[], channels: LiveChannel[]) =>
  JSON.stringify(
    markets.flatMap((instId) =>
      channels.map((c) => ({ channel: CHANNELS[c], instId }))
    ),
  );

/** `{"instId":"BTC-USDT","tradeId":"130639474","px":"42219.9","sz":"0.12060306","side":"buy","ts":"1630048897897","source":"0"}`, the taker's side; the same by REST */
function trade(row: Row): Trade {
  const { side } = row;
  if (side !== "buy" && side !== "sell") throw new Unreadable("no side");
  return {
    kind: "trade",
    ...head(row),
    id: read.id(row.tradeId),
    price: read.positive(row.px),
    size: read.positive(row.sz),
    side,
    fills: 1,
  };
}

/** `{"instType":"SPOT","instId":"BTC-USDT","last":"9999.99","open24h":"9000","volCcy24h":"2222","vol24h":"2222","ts":"1597026383085",…}`; vol24h in base, volCcy24h in quote units */
function ticker(row: Row): Ticker {
  const last = read.positive(row.last), open = read.positive(row.open24h);
  return {
    kind: "ticker",
    ...head(row),
    last,
    volume24h: read.notNegative(row.vol24h),
    value24h: read.notNegative(row.volCcy24h),
    changeRate: read.decimal((Number(last) / Number(open) - 1).toFixed(10)),
  };
}

/** `[["111.06","55154","0","2"],…]`: price, size, always 0, orders */
const side = (value: unknown): Level[] =>
  read.rows(value).map(read.rows)
    .map(([px, sz]) => [read.positive(px), read.positive(sz)]);

/** `{"asks":[…],"bids":[…],"instId":"BTC-USDT","ts":"1670324386802","seqId":363996337}`, whole, best first */
const book = (row: Row): Book => ({
  kind: "book",
  ...head(row),
  bids: side(row.bids),
  asks: side(row.asks),
});

/** `["1597026360000","3.721","3.743","3.677","3.708","8422410","22698348.04","12698348.04","1"]`: …, base, quote, quote in USD, whether it is over */
function candle(instId: string, row: unknown): Candle {
  const [ts, o, h, l, c, base, quote, , over] = read.rows(row);
  const all = read.ohlcv(o, h, l, c, base, quote);
  const quiet = all.volume === "0";
  return {
    kind: "candle",
    ...head({ instId, ts }),
    interval: "1m",
    ...all,
    tradeCount: quiet ? 0 : null,
    source: "venue",
    state: over !== "1" ? "partial" : quiet ? "no_trade" : "closed",
  };
}

/** `{"instType":"SPOT","instId":"BTC-USDT","baseCcy":"BTC","quoteCcy":"USDT","state":"live",…}` */
const market = ({ instId, baseCcy, quoteCcy, state }: Row): Market =>
  read.market("okx", [instId, baseCcy, quoteCcy], { active: state === "live" });

/** `{"event":"error","code":"60012","msg":"Invalid request","connId":"a4d3ae55"}`, by REST `{"code":"51001","msg":"…","data":[]}` */
const refusal = ({ code, msg }: Row) => read.errorText({ code, msg });

const parsed = read.frames();

/** OKX, spot. Single executions, by their exact ids. */
export const okx: Venue = {
  id: "okx",
  names: { en: "OKX", ko: "OKX" },
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
  socket: "wss://ws.okx.com:8443/ws/v5",
  rest: "https://www.okx.com",
  defaultMarkets: ["BTC-USDT", "ETH-USDT", "XRP-USDT"],
  // Single executions have an address of their own. One request a socket: 480 an hour are allowed.
  connections: (base, markets, wanted) =>
    ["business", "public"].flatMap((path) => {
      const own = (c: Channel) => (c === "trade") === (path === "business");
      return spread(markets, wanted.filter(own), 100, (some, channels) => ({
        url: `${base}/${path}`,
        subscribe: [`{"op":"subscribe","args":${topics(some, channels)}}`],
      }));
    }),
  keepalive: { frame: "ping", everyMs: 20_000 }, // it closes after 30 s of silence
  connectPauseMs: 350, // 3 a second
  messagePauseMs: 350,
  read(frame) {
    if (frame === "pong") return notice("alive", frame);
    const row = parsed(frame);
    const { channel, instId } = read.fields(row.arg ?? {});
    const topic = `${read.word(channel)} ${read.word(instId)}`;
    if (row.event === "subscribe") return notice("ack", topic);
    if (row.event === "error") return notice("error", refusal(row));
    if (row.event === "notice") return notice("shutdown", refusal(row));
    // Rows of older recordings have the market beside them only.
    const rows = read.rows(row.data)
      .map((one): Row => ({ instId, ...read.fields(one) }));
    if (channel === CHANNELS.trade) return rows.map(trade);
    if (channel === CHANNELS.ticker) return rows.map(ticker);
    if (channel === CHANNELS.book) return rows.map(book);
    throw new Unreadable(`a frame of ${topic}`);
  },
  restPauseMs: 110, // 20 in 2 seconds
  restWait: () => 0, // its headers say nothing
  markets: {
    url: (rest) => `${rest}/api/v5/public/instruments?instType=SPOT`,
    read: (body) => read.listIn(body, "data").map(market),
  },
  candles: {
    pageLimit: 300,
    // `after` means before, and leaves the named minute out.
    url: (rest, instId, from, before) =>
      `${rest}/api/v5/market/history-candles?instId=${instId}&bar=1m` +
      `&after=${before / 1000}` +
      `&limit=${Math.min(300, Math.ceil((before - from) / MINUTE))}`,
    read: (body, instId) =>
      read.rows(read.fields(read.parse(body)).data)
        .map((row) => candle(instId, row)).sort((a, b) => a.ts - b.ts),
  },
  trades: {
    pageLimit: 100,
    paging: "down",
    dense: false, // seen without a hole, but nothing promises it
    reachDays: 89, // three months
    url: (rest, instId, cursor) =>
      `${rest}/api/v5/market/history-trades?instId=${instId}&type=1&limit=100` +
      (cursor ? `&after=${cursor.id}` : ""),
    read: (body) => read.listIn(body, "data").map(trade),
  },
  restError: read.refusedBy(/"code"\s*:\s*"[1-9]\d*"/, refusal),
  restLater: (error) => /^(50001|50011|50013|50026): /.test(error), // busy or over the limit
};
