import type {
  Book,
  BookDelta,
  Candle,
  LevelChange,
  Market,
  Micros,
  Ticker,
  Trade,
} from "../model/events.ts";

/** The streams a venue can be asked for. */
export type Channel = "trade" | "ticker" | "book" | "candle";
/** Those that come over a socket. */
export type LiveChannel = Exclude<Channel, "candle">;

/** A message from the venue without market data. */
export interface Notice {
  kind: "notice";
  /**
   * `ack` (of what `message` names), `alive` (answer to a keepalive), `error`
   * (the venue refused something), `shutdown` (it will close this socket soon).
   */
  code: "ack" | "alive" | "error" | "shutdown";
  message: string;
}

/** What a frame can hold. */
export type Reading = Trade | Ticker | Book | BookDelta | Candle | Notice;

/** One socket: where it leads and what is sent once it is open, in order. */
export interface ConnectionSpec {
  url: string;
  subscribe: string[];
  /** What it carries, for logs and the ledger. */
  markets: string[];
  channels: Channel[];
}

/** A whole order book by REST, to start a book that then follows deltas. */
export interface BookSnapshot {
  lastUpdate: string;
  bids: Book["bids"];
  asks: Book["asks"];
}

/** A place in a market's trades: an exact id and its time. */
export interface TradeCursor {
  id: string;
  ts: Micros;
}

/** Trades by REST, to refill what a socket missed; and what the venue's ids promise. */
export interface TradePages {
  /** Most trades that the venue puts on a page, whatever is asked for. */
  pageLimit: number;
  /**
   * How pages follow one another: `up`, a page begins at the cursor's id, or
   * its time, and goes forward; `down`, it ends before the cursor's id (null: with the newest
   * trade) and goes back; `newest`, there is one page of the newest and no way
   * beyond it.
   */
  paging: "up" | "down" | "newest";
  /** Each page is of one UTC day: an empty one may mean that the day has no more. */
  byDay?: true;
  /** Ids are consecutive: a skipped id is a missed trade. */
  dense: boolean;
  /** How many UTC days before today the pages reach; null: to the beginning. */
  reachDays: number | null;
  url(
    rest: string,
    market: string,
    cursor: TradeCursor | null,
    now: Micros,
  ): string;
  /**
   * In the order of the wire.
   * @throws {Unreadable} when the page is not what the venue is known to send.
   */
  read(body: string, market: string): Trade[];
}

/** Whose people trade on a venue. */
export type Region = "Korea" | "Asia" | "global";

/** What the venue charges from a day (UTC, `2025-01-01`) on, and where the figure is from. */
export interface DatedFee {
  from: string;
  source: string;
}

/** What is known of an exchange without asking it. */
export interface VenueFacts {
  /** As it stands in the tables and in the configuration. */
  id: string;
  names: { en: string; ko: string };
  region: Region;
  /** Venues change their fees; the spreads are computed with the ones in force on their day. */
  fees: {
    /** A fraction of the value. */
    taker: (DatedFee & { taker: number })[];
    /** By coin, in units of that coin. */
    withdrawal: (DatedFee & { units: Record<string, number> })[];
  };
}

/**
 * An exchange, as pure functions: text in, events out. It opens no socket and
 * reads no clock, so a recorded file, the simulator and the exchange run
 * through the same code.
 */
export interface Venue extends VenueFacts {
  /** Real hosts; a configuration may point elsewhere. */
  socket: string;
  rest: string;
  /** The venue's own codes of the markets that are collected where a configuration names none. */
  defaultMarkets: string[];
  /** Collected where a configuration names no venue. */
  byDefault?: true;
  /** Sockets needed for these markets and channels, within the venue's limits. */
  connections(
    socket: string,
    markets: string[],
    channels: Channel[],
  ): ConnectionSpec[];
  /**
   * What to send, and how often, so that a quiet socket stays open and a dead
   * one shows: an answer counts as a sign of life. Left out where the venue answers
   * nothing of the kind; a socket that is silent for a minute is replaced anyway.
   */
  keepalive?: { frame: string; everyMs: number };
  /** A socket is replaced after so many milliseconds, before the venue ends it. */
  lifetimeMs?: number;
  /** Least milliseconds between two attempts to open a socket. */
  connectPauseMs: number;
  /** Least milliseconds between two messages that we send on one socket. */
  messagePauseMs: number;
  /**
   * Reads one frame, already decoded to text.
   * @throws {Unreadable} when it is not what the venue is known to send.
   */
  read(frame: string): Reading[];
  /** Least milliseconds between two REST requests of one kind that the venue allows. */
  restPauseMs: number;
  /** Milliseconds to wait before the next request, by the headers of the last answer. */
  restWait(headers: Headers): number;
  /** The list of markets. */
  markets: {
    url(rest: string): string;
    read(body: string): Market[];
    /** Where what the venue warns of stands on a page of its own: by market. */
    cautions?: {
      url(rest: string): string;
      read(body: string): Map<string, string>;
    };
  };
  /** 1-minute candles by REST. */
  candles: {
    pageLimit: number;
    /**
     * Asks for the newest candles before `before` (exclusive): as many as
     * there are minutes since `from`, at most `pageLimit`. Never for the oldest
     * after `from`: a venue that cuts its pages short would leave a hole.
     */
    url(rest: string, market: string, from: Micros, before: Micros): string;
    /**
     * In ascending order, whatever the wire's order.
     * @throws {Unreadable} when the page is not what the venue is known to send.
     */
    read(body: string, market: string): Candle[];
  };
  trades: TradePages;
  /** Only where the socket sends deltas of a book that is fetched by REST. */
  book?: {
    url(rest: string, market: string): string;
    read(body: string): BookSnapshot;
  };
  /** Only where the socket sends a whole book and then its deltas. */
  wholeBook?: {
    /** Levels of each side that the deltas keep up; deeper ones are forgotten. */
    depth: number;
    /** What to send, in order, for a market's whole book once more. */
    again(market: string): string[];
    /** What the deltas' `checksum` is compared with; both sides best first. */
    checksum?(bids: LevelChange[], asks: LevelChange[]): string;
  };
  /** The error a REST body carries, also where the HTTP status says 200; null if none. */
  restError(status: number, body: string): string | null;
  /** Whether such an error asks for a later retry, beside the HTTP status. */
  restLater?(error: string): boolean;
}

/** A notice as the only reading of its frame. */
export function notice(code: Notice["code"], message: string): Reading[] {
  return [{ kind: "notice", code, message }];
}

/**
 * Spreads markets over sockets, at most `most` on each. Candles come by REST
 * and need none.
 */
export function spread(
  markets: string[],
  wanted: Channel[],
  most: number,
  open: (
    markets: string[],
    channels: LiveChannel[],
  ) => Pick<ConnectionSpec, "url" | "subscribe">,
): ConnectionSpec[] {
  const channels = wanted.filter((c): c is LiveChannel => c !== "candle");
  if (channels.length === 0) return [];
  const sockets: ConnectionSpec[] = [];
  for (let i = 0; i < markets.length; i += most) {
    const some = markets.slice(i, i + most);
    sockets.push({ ...open(some, channels), markets: some, channels });
  }
  return sockets;
}
