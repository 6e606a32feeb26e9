import { crc32 } from "node:zlib";
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
import { SECOND } from "../model/time.ts";

type Row = read.Fields;
/** Levels that are asked for; the checksum is of the best ten. */
const DEPTH = 25, SUMMED = 10;

/**
 * A market has three names: `BTC/USD` on the socket, `XBT/USD` in the list,
 * `XBTUSD` by REST. Ours has no slash, so that it can name a file.
 */
const OLD: Record<string, string> = { BTC: "XBT", DOGE: "XDG" };
const NEW: Record<string, string> = { XBT: "BTC", XDG: "DOGE" };
const code = (symbol: unknown) => read.text(symbol).replace("/", "-");
const symbolOf = (market: string) => market.replace("-", "/");
const pairOf = (market: string) =>
  market.split("-").map((name) => OLD[name] ?? name).join("");

const PARAMS = {
  // Without the last 50, which belong to what was before the socket.
  trade: { channel: "trade", snapshot: false },
  ticker: { channel: "ticker" },
  book: { channel: "book", depth: DEPTH },
};
const request = (
  method: "subscribe" | "unsubscribe",
  channel: LiveChannel,
  markets: string[],
) => {
  const symbol = markets.map(symbolOf);
  return JSON.stringify({ method, params: { ...PARAMS[channel], symbol } });
};

function side(value: unknown, buy: string, sell: string): "buy" | "sell" {
  if (value === buy) return "buy";
  if (value === sell) return "sell";
  throw new Unreadable("no side");
}

/** `{"symbol":"BTC/USD","side":"buy","price":109601.2,"qty":0.04561994,"ord_type":"market","trade_id":83449369,"timestamp":"2025-05-27T11:24:03.847761Z"}`, the taker's side */
const trade = (row: Row): Trade => ({
  kind: "trade",
  venue: "kraken",
  market: code(row.symbol),
  id: read.id(row.trade_id),
  ts: read.instant(row.timestamp),
  price: read.positive(row.price),
  size: read.positive(row.qty),
  side: side(row.side, "buy", "sell"),
  fills: 1,
});

/** By REST `["30243.40000","0.34507674",1688669597.8277369,"b","m","",61044952]`: …, `b` or `s`, market or limit, …, id */
function pagedTrade(market: string, row: unknown): Trade {
  const [price, size, time, taker, , , id] = read.rows(row);
  return {
    kind: "trade",
    venue: "kraken",
    market,
    id: read.id(id),
    ts: read.fractional(time, "s"),
    price: read.positive(price),
    size: read.positive(size),
    side: side(taker, "b", "s"),
    fills: 1,
  };
}

/** The value of what was traded at an average price, computed. */
const value = (volume: string, average: string) =>
  read.notNegative((Number(volume) * Number(average)).toFixed(8));

/** `{"symbol":"ALGO/USD","bid":0.10025,"bid_qty":740.0,"ask":0.10035,"ask_qty":740.0,"last":0.10035,"volume":997038.98383185,"vwap":0.10148,"low":0.09979,"high":0.10285,"change":-0.00017,"change_pct":-0.17,"timestamp":"2025-…Z"}`, of 24 hours, change_pct in percent. Some have no time, and are nothing that could be kept. */
function ticker(row: Row): Ticker[] {
  if (row.timestamp === undefined) return [];
  const volume = read.notNegative(row.volume);
  return [{
    kind: "ticker",
    venue: "kraken",
    market: code(row.symbol),
    ts: read.instant(row.timestamp),
    last: read.positive(row.last),
    volume24h: volume,
    value24h: value(volume, read.notNegative(row.vwap)),
    changeRate: read.decimal(`${read.decimal(row.change_pct)}e-2`),
  }];
}

/** The digits as they stood on the wire, without a point and zeros before them. */
const digits = (text: unknown) =>
  read.word(text).replace(".", "").replace(/^0+/, "");

/** `[{"price":45285.2,"qty":0.00100000}]`; a qty of 0 takes the level away. */
const levels = (rows: unknown): LevelChange[] =>
  read.rows(rows).map(read.fields).map(({ price, qty }) => [
    read.positive(price),
    read.notNegative(qty),
    digits(price) + digits(qty),
  ]);

/** `{"symbol":"MATIC/USD","bids":[{"price":0.5657,"qty":1098.3947558}],"asks":[],"checksum":2114181697,"timestamp":"2023-10-06T17:35:55.440295Z"}`; the whole one may have no time */
function book(row: Row, type: unknown): BookDelta {
  if (type !== "snapshot" && type !== "update") throw new Unreadable("no type");
  const whole = type === "snapshot";
  return {
    kind: "delta",
    venue: "kraken",
    market: code(row.symbol),
    ts: whole && row.timestamp === undefined
      ? null
      : read.instant(row.timestamp),
    firstUpdate: null,
    lastUpdate: null,
    ...(whole ? { whole } : {}),
    checksum: read.id(row.checksum),
    bids: levels(row.bids),
    asks: levels(row.asks),
  };
}

/** `[1688671200,"30306.1","30306.2","30305.7","30305.7","30306.1","3.39243896",23]`: second, open, high, low, close, average, volume, count */
function candle(market: string, row: unknown): Candle {
  const [ts, o, h, l, c, average, v, count] = read.rows(row);
  const volume = read.notNegative(v), tradeCount = read.count(count);
  return {
    kind: "candle",
    venue: "kraken",
    market,
    interval: "1m",
    ts: read.fractional(ts, "s"),
    ...read.ohlcv(o, h, l, c, volume, value(volume, read.notNegative(average))),
    tradeCount,
    source: "venue",
    state: tradeCount === 0 ? "no_trade" : "closed",
  };
}

/** `{"altname":"XBTUSD","wsname":"XBT/USD","base":"XXBT","quote":"ZUSD","status":"online",…}` */
function market(row: Row): Market {
  const status = read.word(row.status ?? "online");
  const names = read.text(row.wsname).split("/").map((name) =>
    NEW[name] ?? name
  );
  return read.market("kraken", [names.join("-"), ...names], {
    active: status === "online" || status === "limit_only",
    warning: status === "online" ? null : status.toUpperCase(),
  });
}

const resultOf = (body: string): Row =>
  read.fields(read.fields(read.parse(body)).result);
/** The list in `{"error":[],"result":{"XXBTZUSD":[…],"last":"1688671969993150842"}}`, whatever it calls the market. */
function list(body: string): unknown[] {
  const names = Object.entries(resultOf(body))
    .filter(([name]) => name !== "last");
  if (names.length !== 1) throw new Unreadable("not one market");
  return read.rows(names[0]![1]);
}

const parsed = read.frames();

/** Kraken, spot. Its trades can be had by time from the first one on. */
export const kraken: Venue = {
  id: "kraken",
  names: { en: "Kraken", ko: "크라켄" },
  region: "global",
  fees: {
    taker: [{
      from: "2025-01-01",
      taker: 0.004,
      source:
        "spot, lowest tier without a discount; assumed, to be checked against the venue's schedule",
    }, {
      from: "2026-11-21",
      taker: 0.008,
      source:
        "spot, below 2,500 dollars in 30 days, by a transcript of the venue's schedule read on this day; not verified",
    }],
    withdrawal: [],
  },
  socket: "wss://ws.kraken.com/v2",
  rest: "https://api.kraken.com",
  defaultMarkets: ["BTC-USD", "ETH-USD", "XRP-USD"],
  connections: (url, markets, wanted) =>
    spread(markets, wanted, 100, (some, channels: LiveChannel[]) => ({
      url,
      subscribe: channels.map((c) => request("subscribe", c, some)),
    })),
  keepalive: { frame: '{"method":"ping"}', everyMs: 25_000 }, // it closes after a minute
  connectPauseMs: 4100, // 150 in 10 minutes
  messagePauseMs: 100,
  read(frame) {
    const row = parsed(frame);
    const { channel, method } = row;
    if (channel === "heartbeat") return notice("alive", channel);
    if (method === "pong") return notice("alive", method);
    if (method !== undefined) {
      if (row.success !== true) {
        const { symbol, error } = row;
        return notice("error", read.errorText({ symbol, error }));
      }
      const { channel, symbol } = read.fields(row.result ?? {});
      const names = [method, channel, symbol].map(read.word);
      return notice("ack", names.join(" "));
    }
    const data = read.rows(row.data).map(read.fields);
    if (channel === "trade") return data.map(trade);
    if (channel === "book") return data.map((one) => book(one, row.type));
    if (channel === "ticker") return data.flatMap(ticker);
    if (channel === "status") {
      const system = read.word(data[0]?.system);
      return notice(system === "online" ? "ack" : "error", `status ${system}`);
    }
    throw new Unreadable(`a frame of ${read.word(channel)}`);
  },
  restPauseMs: 1000, // its limit is not published; clients keep to this
  restWait: () => 0,
  markets: {
    url: (rest) => `${rest}/0/public/AssetPairs`,
    read: (body) =>
      Object.values(resultOf(body)).map(read.fields)
        // Those without have no socket.
        .filter(({ wsname }) => wsname !== undefined).map(market),
  },
  candles: {
    pageLimit: 720,
    // Always up to now; none before the newest 720. The running one is among them.
    url: (rest, market, from) =>
      `${rest}/0/public/OHLC?pair=${pairOf(market)}&interval=1` +
      `&since=${from / SECOND - 1}`,
    read(body, market) {
      const candles = list(body).map((row) => candle(market, row));
      const last = candles.pop();
      return last ? [...candles, { ...last, state: "partial" }] : candles;
    },
  },
  trades: {
    pageLimit: 1000,
    paging: "up",
    dense: false, // "sequential", yet the documents' own example leaves ids out
    reachDays: null,
    // After a time in nanoseconds: a millisecond earlier, as times are rounded on the socket.
    url: (rest, market, cursor) =>
      `${rest}/0/public/Trades?pair=${pairOf(market)}&count=1000` +
      (cursor ? `&since=${BigInt(cursor.ts) * 1000n - 1_000_000n}` : ""),
    read: (body, market) => list(body).map((row) => pagedTrade(market, row)),
  },
  wholeBook: {
    depth: DEPTH,
    again: (market) => [
      request("unsubscribe", "book", [market]),
      request("subscribe", "book", [market]),
    ],
    checksum(bids, asks) {
      const sum = (levels: LevelChange[]) =>
        levels.slice(0, SUMMED).map(([, , summed]) => summed).join("");
      return String(crc32(sum(asks) + sum(bids)));
    },
  },
  restError: read.refusedBy(
    /"error"\s*:\s*\[\s*"/,
    ({ error }) => read.rows(error).map(read.word).join("; "),
  ),
  restLater: (error) =>
    /^E(API:Rate limit|General:(Too many|Temporary)|Service:)/.test(error),
};
