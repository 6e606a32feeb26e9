/**
 * The one vocabulary: everything a source can say is one of these, and
 * everything stored is one of these. Adapters make them, the store writes them.
 *
 * Ids and decimals are text from the wire to the table: a JavaScript number
 * would round a 17-digit id and some prices.
 */

/** Instant in microseconds since 1970-01-01T00:00:00Z; exact as a double until 2255. */
export type Micros = number;

/** A plain decimal without exponent or superfluous zeros, such as `"0.00005485"`. */
export type Decimal = string;

/** One level of an order book: `[price, size]`, both {@link Decimal}, size above zero. */
export type Level = [price: Decimal, size: Decimal];

/** One execution (Binance: one aggregate, see `fills`). */
export interface Trade {
  kind: "trade";
  venue: string;
  /** The venue's own market code, such as `KRW-BTC` or `BTCUSDT`. */
  market: string;
  /** The venue's exact id, a whole number up to 2^63 − 1, as text. Unique per market, not ordered. */
  id: string;
  /** When it was executed, by the venue's clock. */
  ts: Micros;
  price: Decimal;
  /** Base units. */
  size: Decimal;
  /** The taker's side. */
  side: "buy" | "sell";
  /** Executions this row stands for: 1, or more for an aggregate. */
  fills: number;
}

/** State of a market over the trailing day. */
export interface Ticker {
  kind: "ticker";
  venue: string;
  market: string;
  ts: Micros;
  last: Decimal;
  /** Rolling 24 hours, base units. */
  volume24h: Decimal;
  /** Rolling 24 hours, quote units. */
  value24h: Decimal;
  /** Last price over the venue's reference close, minus 1, as the venue sends it. */
  changeRate: Decimal;
}

/** A whole order book, best level first on both sides. */
export interface Book {
  kind: "book";
  venue: string;
  market: string;
  ts: Micros;
  bids: Level[];
  asks: Level[];
}

/** A changed level; size `"0"` removes it. Then, where the venue's checksum needs it, how the level stands in it. */
export type LevelChange = [price: Decimal, size: Decimal, summed?: string];

/** A change to an order book; `collector/watch/book.ts` turns these into {@link Book}s. */
export interface BookDelta {
  kind: "delta";
  venue: string;
  market: string;
  /** Null where a whole book does not say. */
  ts: Micros | null;
  /** First and last update id in this frame, as text; null where the venue numbers none. */
  firstUpdate: string | null;
  lastUpdate: string | null;
  /** The whole book instead of what was known of it, where the socket sends it. */
  whole?: true;
  /** Of the book with this in it, see `Venue.wholeBook`. */
  checksum?: string;
  bids: LevelChange[];
  asks: LevelChange[];
}

/**
 * What is known of a candle's span:
 * `closed` all of it was seen and there were trades; `no_trade` all of it was
 * seen and there were none; `partial` only a part was seen. A span nobody saw
 * has no row.
 */
export type CandleState = "closed" | "no_trade" | "partial";

/** Open, high, low, close and volumes of the trades in [ts, ts + interval). */
export interface Candle {
  kind: "candle";
  venue: string;
  market: string;
  /** `1m` wherever the collector makes or fetches them. */
  interval: string;
  /** The open time, by the venue's clock. */
  ts: Micros;
  open: Decimal;
  high: Decimal;
  low: Decimal;
  close: Decimal;
  /** Base units. */
  volume: Decimal;
  /** Quote units; null where an imported file does not say. */
  quoteVolume: Decimal | null;
  /** Executions; null where the venue does not say. */
  tradeCount: number | null;
  /** Who made it: the venue, or crowdtape from trades. */
  source: "venue" | "trades";
  state: CandleState;
}

/** A post on a community board. Text is kept for a limited time, counts for good. */
export interface Post {
  kind: "post";
  /** The community, such as `dcinside`. */
  source: string;
  board: string;
  /** The board's exact number, as text. */
  id: string;
  ts: Micros;
  title: string;
  /** Salted hash of the author, or null where the community shows none. */
  author: string | null;
  /** `member`, `anonymous` or another word of the community. */
  authorKind: string | null;
  /** As shown when observed: these change afterwards. */
  comments: number;
  views: number | null;
  likes: number | null;
}

/** A comment under a {@link Post}. */
export interface Comment {
  kind: "comment";
  source: string;
  board: string;
  postId: string;
  /** Exact number, unique on the board, as text. */
  id: string;
  /** The comment it replies to, or null. */
  parentId: string | null;
  ts: Micros;
  text: string;
  author: string | null;
  authorKind: string | null;
  /** A deleted parent that still holds its replies: kept for the thread's shape, not counted. */
  deleted: boolean;
}

/** How many posts a query or board had in [ts, ts + bucket). */
export interface Count {
  kind: "count";
  source: string;
  /**
   * The query's exact text for X; `posts:<board>` or `comments:<board>` for a
   * crawled board. Series of different queries are never joined.
   */
  query: string;
  /** Open of the bucket. */
  ts: Micros;
  /** `1m`, `1h` or `1d`. */
  bucket: string;
  count: number;
  /** False where the bucket was only partly observed. */
  complete: boolean;
}

/** What one unit of `base` costs in `quote`, by a source of rates. */
export interface Rate {
  kind: "rate";
  /** Who gives the rate, such as `open.er-api.com`. */
  source: string;
  base: string;
  quote: string;
  /** The time that the source gives the rate, which may be long before it is read. */
  ts: Micros;
  rate: Decimal;
}

/** A market as its venue lists it. */
export interface Market {
  venue: string;
  market: string;
  base: string;
  quote: string;
  koreanName: string | null;
  englishName: string | null;
  /** False where the venue has halted trading. */
  active: boolean;
  /** The venue's own caution flag, or null. */
  warning: string | null;
}

/** Everything the store writes. */
export type Event =
  | Trade
  | Ticker
  | Book
  | Candle
  | Post
  | Comment
  | Count
  | Rate;

/** A frame, row or page that could not be read: it becomes a row in `rejects`. */
export class Unreadable extends Error {
  override name = "Unreadable";
}
