import type { Candle, Micros, Ticker, Trade } from "../model/events.ts";
import { readLegacy } from "./bithumb_legacy.ts";
import * as read from "./fields.ts";
import { refusal, rowsOf, subscription } from "./upbit_rows.ts";
import { notice, spread, type Venue } from "./venue.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../model/time.ts";

const rows = rowsOf("bithumb");

/**
 * How far the epochs of a row by REST are ahead, by the second in UTC that it
 * gives for its trade: the ticker's were seen to be Korea's wall clock written
 * as if it were UTC.
 */
function ahead(tradeMs: unknown, date: unknown, time: unknown): Micros {
  if (date === undefined || time === undefined) return 0;
  const day = read.text(date).replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3");
  const clock = read.text(time).replace(/^(\d\d)(\d\d)(\d\d)$/, "$1:$2:$3");
  const off = read.micros(tradeMs) - read.utc(`${day}T${clock}`);
  return off >= 9 * HOUR && off < 9 * HOUR + SECOND ? 9 * HOUR : 0;
}

/**
 * A trade off the socket, whose `trade_date` and `trade_time` are Korean and
 * whose epochs are not, or a row of `/v1/trades/ticks`.
 * `{"type":"trade","code":"KRW-BTC","trade_price":116208000,"trade_volume":0.0009,"ask_bid":"BID","trade_date":"2026-09-23","trade_time":"12:18:33","trade_timestamp":1790133513739,"sequential_id":1079953210371761700,…}`
 */
export function bithumbTrade(row: read.Fields): Trade {
  const trade = rows.trade(row);
  const { timestamp, trade_date_utc: date, trade_time_utc: time } = row;
  return { ...trade, ts: trade.ts - ahead(timestamp, date, time) };
}

/** As Upbit's on the socket; by REST `trade_date` and `trade_time` are UTC and the epochs ahead. */
export function bithumbTicker(row: read.Fields): Ticker {
  const ticker = rows.ticker(row);
  if (row.market === undefined) return ticker;
  const { trade_timestamp, trade_date, trade_time } = row;
  const off = ahead(trade_timestamp, trade_date, trade_time);
  return { ...ticker, ts: ticker.ts - off };
}

/** By REST; its `timestamp` is the candle's end on a Korean clock and is not read. */
function candle(row: read.Fields): Candle {
  const whole = rows.candle(row);
  return whole.quoteVolume === "0" ? { ...whole, state: "no_trade" } : whole;
}

/** `2026-09-23T12:18:33` in Korea, as `to` wants it. */
const korean = (ts: Micros): string =>
  new Date((ts + 9 * HOUR) / 1000).toISOString().slice(0, 19);

const parsed = read.frames();

/**
 * Bithumb, Korea: Upbit's protocol with differences of its own. Its ids have 19
 * digits, are unique, and not promised to be in order.
 */
export const bithumb: Venue = {
  id: "bithumb",
  names: { en: "Bithumb", ko: "빗썸" },
  region: "Korea",
  fees: {
    taker: [{
      from: "2025-01-01",
      taker: 0.0025,
      source:
        "without a coupon, lowest tier without a discount; assumed, to be checked against the venue's schedule",
    }],
    withdrawal: [],
  },
  socket: "wss://ws-api.bithumb.com/websocket/v1",
  rest: "https://api.bithumb.com",
  defaultMarkets: ["KRW-BTC", "KRW-ETH", "KRW-XRP"],
  // 493 codes were seen served on one socket; half of that loses less when it breaks.
  connections: (url, markets, wanted) =>
    spread(markets, wanted, 250, (codes, channels) => ({
      url,
      // The names that were captured; of SIMPLE only a book was.
      subscribe: [subscription(codes, channels, "DEFAULT")],
    })),
  // The documents say 120 s; idle sockets were seen closed after 60.0 s. Once
  // asked, the venue says that it is there every 10 s.
  keepalive: { frame: "PING", everyMs: 25_000 },
  connectPauseMs: 500, // 10 a second; who goes on beyond is shut out for 10 minutes
  messagePauseMs: 250,
  read(frame) {
    const row = parsed(frame);
    const type = row.ty ?? row.type;
    if (row.content !== undefined) return readLegacy(row);
    if (type === "trade") return [bithumbTrade(row)];
    // Its times are in microseconds, its empty levels have a price or none.
    if (type === "orderbook") return [rows.book(row)];
    if (type === "ticker") return [bithumbTicker(row)];
    if (row.status === "UP") return notice("alive", "UP");
    if (row.error !== undefined) return notice("error", refusal(row));
    return readLegacy(row);
  },
  restPauseMs: 20, // 150 a second in each category
  // x-ratelimit-remaining: 149
  restWait: (headers) =>
    Number(headers.get("x-ratelimit-remaining") ?? 1) < 1 ? 1000 : 0,
  markets: {
    url: (rest) => `${rest}/v1/market/all?isDetails=true`,
    // {"market":"KRW-BTC",…,"market_warning":"NONE"}, or CAUTION
    read: (body) =>
      read.list(body).map((row) => {
        const warning = read.text(row.market_warning ?? "NONE");
        return rows.market(row, warning === "NONE" ? null : warning);
      }),
  },
  candles: {
    pageLimit: 200,
    url(rest, market, from, before) {
      const count = Math.min(200, Math.ceil((before - from) / MINUTE));
      return `${rest}/v1/candles/minutes/1?market=${market}&to=${
        korean(before)
      }&count=${count}`;
    },
    read: (body) => read.list(body).map(candle).sort((a, b) => a.ts - b.ts),
  },
  trades: {
    pageLimit: 500,
    paging: "down",
    byDay: true,
    dense: false,
    reachDays: 6, // 7 of Korea's, of which 6 are whole in UTC at any hour
    url(rest, market, cursor, now) {
      const page = `${rest}/v1/trades/ticks?market=${market}&count=500`;
      if (!cursor) return page;
      const day = (ts: Micros) => Math.floor((ts + 9 * HOUR) / DAY);
      const daysAgo = Math.min(7, day(now) - day(cursor.ts + SECOND));
      // Without `to` a day in the past would end at its beginning. It stops
      // short of a day's last second, which is asked for with the next day.
      return `${page}&cursor=${cursor.id}` +
        (daysAgo > 0 ? `&to=235959&daysAgo=${daysAgo}` : "");
    },
    read: (body) => read.list(body).map(bithumbTrade),
  },
  // With HTTP 200: {"error":{"name":404,"message":"Code not found"}}; with 404:
  // {"name":"not_found","message":"No Route matched with those values"}
  restError: read.refusedBy(
    /^\s*\{\s*"(error|name)"/,
    (row) => row.error === undefined ? read.errorText(row) : refusal(row),
  ),
  restLater: (error) => /^(429|5\d\d): /.test(error),
};
