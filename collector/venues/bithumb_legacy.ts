/**
 * Bithumb's older socket, `wss://pubwss.bithumb.com/pub/ws`, which still
 * answers and of which recordings exist. Nothing here subscribes to it: its
 * trades have no id and its changes of the book no number.
 */
import type { Book, BookDelta, Level, Micros, Trade } from "../model/events.ts";
import { Unreadable } from "../model/events.ts";
import * as read from "./fields.ts";
import { notice, type Reading } from "./venue.ts";
import { HOUR } from "../model/time.ts";

const NINE_HOURS: Micros = 9 * HOUR;

/** `BTC_KRW` is what the newer socket calls `KRW-BTC`. */
function market(symbol: unknown): string {
  const [base, quote, ...more] = read.text(symbol).split("_");
  if (base && quote && more.length === 0) return `${quote}-${base}`;
  throw new Unreadable(`${symbol} is not a symbol such as BTC_KRW`);
}

/** `2021-06-02 08:43:34.555058`, Korean time. */
function korean(text: unknown): Micros {
  const [whole, fraction = ""] = read.text(text).replace(" ", "T").split(".");
  if (!/^\d{0,6}$/.test(fraction)) throw new Unreadable(`${text} is no time`);
  return read.utc(whole) - NINE_HOURS + Number(fraction.padEnd(6, "0"));
}

/**
 * The list of a `transaction` frame:
 * `{"buySellGb":"2","contPrice":"3.908","contQty":"12365.191","contAmt":"48323.166","contDtm":"2021-06-02 08:43:34.555058","updn":"dn","symbol":"CON_KRW"}`
 *
 * A trade has no id here. In its place stands a key of 19 digits: the
 * microsecond, then three digits from price, size and side, and the next free
 * number where a frame holds alike trades of one microsecond. A frame that
 * comes twice so gives the same keys; alike trades of one microsecond in two
 * frames would be taken for one.
 */
export function legacyTrades(list: unknown): Trade[] {
  const taken = new Set<string>();
  return read.rows(list).map(read.fields).map((row): Trade => {
    const { buySellGb: side, contPrice, contQty, symbol } = row;
    // The documents: 1, the taker sold; 2, the taker bought.
    if (side !== "1" && side !== "2") {
      throw new Unreadable("buySellGb is neither 1 nor 2");
    }
    const ts = korean(row.contDtm), code = market(symbol);
    const price = read.positive(contPrice), size = read.positive(contQty);
    let last = Number(
      BigInt(`${side}${price}${size}`.replaceAll(".", "")) % 997n,
    );
    const key = () => `${ts}${String(last % 1000).padStart(3, "0")}`;
    for (let tries = 0; taken.has(`${code} ${key()}`); last++) {
      if (++tries === 1000) throw new Unreadable("1000 trades at one moment");
    }
    taken.add(`${code} ${key()}`);
    return {
      kind: "trade",
      venue: "bithumb",
      market: code,
      id: read.id(key()),
      ts,
      price,
      size,
      side: side === "2" ? "buy" : "sell",
      fills: 1,
    };
  });
}

/** `[["116501000","0.0163"],["116510000","0"]]` */
const levels = (side: unknown): Level[] =>
  read.levels(
    read.rows(side).map(read.rows).map(([price, size]) => ({ price, size })),
    "price",
    "size",
  );

/** `{"symbol":"BTC_KRW","datetime":"1790133914965948","asks":[["116501000","0.0163"]],"bids":[["116500000","0.7074"]]}` */
const book = (row: read.Fields): Book => ({
  kind: "book",
  venue: "bithumb",
  market: market(row.symbol),
  ts: read.micros(row.datetime),
  bids: levels(row.bids),
  asks: levels(row.asks),
});

/**
 * `{"list":[{"symbol":"BTC_KRW","orderType":"ask","price":"10593000","quantity":"1.11223318","total":"3"}],"datetime":"1580268255864325"}`
 *
 * The frame has no number that would show a missing one; its microsecond
 * stands for both update ids.
 */
function deltas(content: read.Fields): BookDelta[] {
  const update = read.text(content.datetime);
  const ts = read.micros(update);
  const made = new Map<string, BookDelta>();
  for (const row of read.rows(content.list).map(read.fields)) {
    const code = market(row.symbol);
    const delta: BookDelta = made.get(code) ?? {
      kind: "delta",
      venue: "bithumb",
      market: code,
      ts,
      firstUpdate: update,
      lastUpdate: update,
      bids: [],
      asks: [],
    };
    made.set(code, delta);
    if (row.orderType !== "bid" && row.orderType !== "ask") {
      throw new Unreadable("orderType is neither bid nor ask");
    }
    delta[row.orderType === "bid" ? "bids" : "asks"].push([
      read.positive(row.price),
      read.notNegative(row.quantity),
    ]);
  }
  return [...made.values()];
}

/**
 * Reads a frame of the older socket.
 * @throws {Unreadable} when it is none.
 */
export function readLegacy(row: read.Fields): Reading[] {
  if (row.status !== undefined) {
    const good = row.status === "0000";
    return notice(good ? "ack" : "error", read.errorText(row));
  }
  const content = read.fields(row.content);
  if (row.type === "transaction") return legacyTrades(content.list);
  if (row.type === "orderbooksnapshot") return [book(content)];
  if (row.type === "orderbookdepth") return deltas(content);
  throw new Unreadable(`a frame of type ${read.word(row.type)}`);
}
