import type { BookDelta, Candle, Level, Market } from "../model/events.ts";
import { type Ticker, type Trade, Unreadable } from "../model/events.ts";
import * as read from "./fields.ts";
import { notice, spread, type Venue } from "./venue.ts";
import { MINUTE, SECOND } from "../model/time.ts";

type Row = read.Fields;
const CHANNELS = {
  trade: "spot.trades",
  ticker: "spot.tickers",
  book: "spot.order_book_update",
};
/** Minutes on a page of candles. */
const CANDLES = 999;

/** A request names a time, which public ones are not held to. */
const TIME = 1700000000;
const request = (channel: string, payload: string[]) =>
  JSON.stringify({ time: TIME, channel, event: "subscribe", payload });

/** `{"id":309143071,"id_market":2390902,"create_time":1606292218,"create_time_ms":"1606292218213.4578","side":"sell","currency_pair":"GT_USDT","amount":"16.4700000000","price":"0.4705000000"}`, the taker's side; by REST likewise, the id as text */
function trade(row: Row): Trade {
  const { side } = row;
  if (side !== "buy" && side !== "sell") throw new Unreadable("no side");
  return {
    kind: "trade",
    venue: "gate",
    market: read.text(row.currency_pair),
    id: read.id(row.id),
    ts: read.fractional(row.create_time_ms, "ms"),
    price: read.positive(row.price),
    size: read.positive(row.amount),
    side,
    fills: 1,
  };
}

/**
 * The trades of a page down to the first that it leaves out: `sequence_id` is
 * consecutive in each market.
 */
function unbroken(rows: Row[]): Trade[] {
  const numbered = rows.map((row) => ({
    trade: trade(row),
    number: row.sequence_id === undefined
      ? null
      : BigInt(read.id(row.sequence_id)),
  }));
  const kept: Trade[] = [];
  let before: bigint | null = null;
  for (
    const { trade, number } of numbered.sort((a, b) =>
      a.number === null || b.number === null ? 0 : a.number < b.number ? 1 : -1
    )
  ) {
    if (before !== null && number !== null && before - number > 1n) break;
    before = number;
    kept.push(trade);
  }
  return kept;
}

/** `{"currency_pair":"NEO_BTC","last":"0.0018716","lowest_ask":"0.0018734","highest_bid":"0.0018697","change_percentage":"2.9256","base_volume":"1138.01640718","quote_volume":"2.048263365803126",…}`, in percent; its time is the frame's */
const ticker = (row: Row, { time, time_ms }: Row): Ticker => ({
  kind: "ticker",
  venue: "gate",
  market: read.text(row.currency_pair),
  ts: time_ms === undefined ? read.fractional(time, "s") : read.micros(time_ms),
  last: read.positive(row.last),
  volume24h: read.notNegative(row.base_volume),
  value24h: read.notNegative(row.quote_volume),
  changeRate: read.decimal(`${read.decimal(row.change_percentage)}e-2`),
});

/** `[["0.00010322","5360.209"],["0.00010276","0"]]`; a size of 0 takes the level away. */
const levels = (value: unknown): Level[] =>
  read.rows(value ?? []).map(read.rows)
    .map(([price, size]) => [read.positive(price), read.notNegative(size)]);

/** `{"t":1619093532978,"e":"depthUpdate","E":1619093532,"s":"HAI_ETH","U":2691446,"u":2691446,"b":[["0.00010322","5360.209"]],"a":[]}` */
const delta = (row: Row): BookDelta => ({
  kind: "delta",
  venue: "gate",
  market: read.text(row.s),
  ts: read.micros(row.t),
  firstUpdate: read.id(row.U),
  lastUpdate: read.id(row.u),
  bids: levels(row.b),
  asks: levels(row.a),
});

/** `["1539852480","971519.677","0.0021724","0.0021922","0.0021724","0.0021737","123.4","true"]`: second, quote, close, high, low, open, base, whether it is over */
function candle(market: string, row: unknown): Candle {
  const [ts, quote, c, h, l, o, base, over] = read.rows(row);
  const all = read.ohlcv(o, h, l, c, base, quote);
  const quiet = all.volume === "0";
  return {
    kind: "candle",
    venue: "gate",
    market: read.text(market),
    interval: "1m",
    ts: read.fractional(ts, "s"),
    ...all,
    tradeCount: quiet ? 0 : null,
    source: "venue",
    state: over === "false" ? "partial" : quiet ? "no_trade" : "closed",
  };
}

/** `{"id":"IHT_ETH","base":"IHT","quote":"ETH","trade_status":"tradable","st_tag":false,"delisting_time":0,…}`: `st_tag` warns of risk */
function market(row: Row): Market {
  const status = read.word(row.trade_status);
  const ends = row.delisting_time ?? "0";
  const flags = [
    ...row.st_tag === true ? ["ST"] : [],
    ...ends !== "0" ? ["DELISTING"] : [],
    ...status === "sellable" || status === "buyable"
      ? [status.toUpperCase()]
      : [],
  ];
  return read.market("gate", [row.id, row.base, row.quote], {
    active: status !== "untradable",
    warning: flags.join(",") || null,
  });
}

/** `{"label":"INVALID_CURRENCY_PAIR","message":"…"}`, on the socket `{"code":2,"message":"unknown currency pair X"}` */
const refusal = (row: Row) => {
  const { label, code, message } = read.fields(row.error ?? row);
  return read.errorText({ code: label ?? code, message });
};

const parsed = read.frames();

/** Gate, spot. Ids are the venue's over all markets; by REST trades have a number of their market beside them. */
export const gate: Venue = {
  id: "gate",
  names: { en: "Gate", ko: "게이트" },
  region: "Asia",
  fees: {
    taker: [{
      from: "2025-01-01",
      taker: 0.002,
      source:
        "spot, lowest tier without a discount; assumed, to be checked against the venue's schedule",
    }],
    withdrawal: [],
  },
  socket: "wss://api.gateio.ws/ws/v4/",
  rest: "https://api.gateio.ws/api/v4",
  defaultMarkets: ["BTC_USDT", "ETH_USDT", "XRP_USDT"],
  // A request names one market's book, or many markets' trades.
  connections: (url, markets, wanted) =>
    spread(markets, wanted, 100, (some, channels) => ({
      url,
      subscribe: channels.flatMap((c) =>
        c === "book"
          ? some.map((market) => request(CHANNELS.book, [market, "100ms"]))
          : [request(CHANNELS[c], some)]
      ),
    })),
  // On its futures' host a silent socket was seen closed after 30.5 s.
  keepalive: {
    frame: JSON.stringify({ time: TIME, channel: "spot.ping" }),
    everyMs: 15_000,
  },
  connectPauseMs: 500,
  messagePauseMs: 30,
  read(frame) {
    const row = parsed(frame);
    const { channel, event } = row;
    if (channel === "spot.pong") return notice("alive", channel);
    if (row.error != null) {
      return notice("error", `${read.word(channel)}: ${refusal(row)}`);
    }
    const result = read.fields(row.result);
    if (event === "subscribe" || event === "unsubscribe") {
      return notice("ack", `${event} ${read.word(channel)}`);
    }
    if (event !== "update") {
      throw new Unreadable(`an event of type ${read.word(event)}`);
    }
    if (channel === CHANNELS.trade) return [trade(result)];
    if (channel === CHANNELS.ticker) return [ticker(result, row)];
    if (channel === CHANNELS.book) return [delta(result)];
    throw new Unreadable(`a frame of ${read.word(channel)}`);
  },
  restPauseMs: 60, // 200 in 10 seconds a page
  restWait: (headers) =>
    Number(headers.get("x-gate-ratelimit-requests-remain") ?? 20) < 2
      ? 1000
      : 0,
  markets: {
    url: (rest) => `${rest}/spot/currency_pairs`,
    read: (body) => read.list(body).map(market),
  },
  candles: {
    pageLimit: CANDLES,
    // Seconds, both counted in; quiet minutes are there, so a page is empty only before the first trade.
    url: (rest, market, from, before) =>
      `${rest}/spot/candlesticks?currency_pair=${market}&interval=1m` +
      `&from=${Math.max(from, before - CANDLES * MINUTE) / SECOND}` +
      `&to=${before / SECOND - 1}`,
    read: (body, market) =>
      read.rows(read.parse(body)).map((row) => candle(market, row))
        .sort((a, b) => a.ts - b.ts),
  },
  trades: {
    pageLimit: 1000,
    paging: "down",
    dense: false, // its number of a market is not on the socket by that name
    reachDays: 29, // 30 days
    // By second, with the cursor's own once more.
    url: (rest, market, cursor) =>
      `${rest}/spot/trades?currency_pair=${market}&limit=1000` +
      (cursor ? `&to=${Math.floor(cursor.ts / SECOND) + 1}` : ""),
    read: (body) => unbroken(read.list(body)),
  },
  book: {
    url: (rest, market) =>
      `${rest}/spot/order_book?currency_pair=${market}&limit=100&with_id=true`,
    read(body) {
      const { id, bids, asks } = read.fields(read.parse(body));
      return {
        lastUpdate: read.id(id),
        bids: levels(bids),
        asks: levels(asks),
      };
    },
  },
  restError: read.refusedBy(/^\s*\{\s*"(label|message)"/, refusal),
  restLater: (error) => /^(TOO_MANY_REQUESTS|SERVER_ERROR)\b/.test(error),
};
