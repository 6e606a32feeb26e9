import { type Market, Unreadable } from "../model/events.ts";
import * as read from "./fields.ts";
import { refusal, rowsOf, subscription } from "./upbit_rows.ts";
import { notice, spread, type Venue } from "./venue.ts";
import { DAY, MINUTE } from "../model/time.ts";

const rows = rowsOf("upbit");
const { trade, ticker, book, candle } = rows;
export { trade as upbitTrade };

/** `{"market":"KRW-BTC",…,"market_event":{"warning":false,"caution":{"PRICE_FLUCTUATIONS":false,…}}}` */
function market(row: read.Fields): Market {
  const { warning, caution } = read.fields(row.market_event ?? {});
  const flags = { WARNING: warning, ...read.fields(caution ?? {}) };
  const raised = Object.entries(flags).filter(([, on]) => on === true);
  return rows.market(row, raised.map(([flag]) => flag).join(",") || null);
}

const parsed = read.frames();

/** Upbit, Korea. Ids are exact and unique, but not in the order of time. */
export const upbit: Venue = {
  id: "upbit",
  names: { en: "Upbit", ko: "업비트" },
  region: "Korea",
  fees: {
    taker: [{
      from: "2025-01-01",
      taker: 0.0005,
      source:
        "KRW markets, lowest tier without a discount; assumed, to be checked against the venue's schedule",
    }],
    withdrawal: [{
      from: "2025-01-01",
      units: { BTC: 0.0008, ETH: 0.01, XRP: 1 },
      source:
        "order of size of the published network fee, which depends on the network and changes often; not verified",
    }],
  },
  socket: "wss://api.upbit.com/websocket/v1",
  rest: "https://api.upbit.com",
  defaultMarkets: ["KRW-BTC", "KRW-ETH", "KRW-XRP"],
  byDefault: true,
  // 855 codes were seen served on one socket; 300 lose less when it breaks.
  connections: (url, markets, wanted) =>
    spread(markets, wanted, 300, (codes, channels) => ({
      url,
      subscribe: [subscription(codes, channels, "SIMPLE")],
    })),
  // The documents say 120 s; idle sockets were seen closed after 60.5 s.
  keepalive: { frame: "PING", everyMs: 25_000 },
  connectPauseMs: 250, // 5 a second
  messagePauseMs: 650, // 5 a second, 100 a minute
  read(frame) {
    const row = parsed(frame);
    const type = row.ty ?? row.type;
    if (type === "trade") return [trade(row)];
    if (type === "orderbook") return [book(row)];
    if (type === "ticker") return [ticker(row)];
    if (row.status !== undefined) return notice("alive", read.word(row.status));
    if (row.error !== undefined) return notice("error", refusal(row));
    const name = read.word(type ?? "candle.1m");
    const interval = /^candle\.(\w{1,4})$/.exec(name)?.[1];
    if (!interval) throw new Unreadable(`a frame of type ${name}`);
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
      const count = Math.min(200, Math.ceil((before - from) / MINUTE));
      const to = `${new Date(before / 1000).toISOString().slice(0, 19)}Z`;
      return `${rest}/v1/candles/minutes/1?market=${market}&to=${to}&count=${count}`;
    },
    read: (body) => read.list(body).map(candle).sort((a, b) => a.ts - b.ts),
  },
  trades: {
    pageLimit: 500,
    paging: "down",
    byDay: true,
    dense: false,
    reachDays: 7,
    url(rest, market, cursor, now) {
      const day = (ts: number) => Math.floor(ts / DAY);
      const daysAgo = cursor ? day(now) - day(cursor.ts) : 0;
      return `${rest}/v1/trades/ticks?market=${market}&count=500` +
        (cursor ? `&cursor=${cursor.id}` : "") +
        (daysAgo > 0 ? `&days_ago=${daysAgo}` : "");
    },
    read: (body) => read.list(body).map(trade),
  },
  restError: read.refusedBy(/^\s*\{\s*"error"/, refusal),
};
