/** A file's row as a candle or a trade, checked. */
import { compareDecimals, Sum } from "../model/decimal.ts";
import {
  type Candle,
  type Decimal,
  type Micros,
  type Trade,
} from "../model/events.ts";
import { Unreadable } from "../model/events.ts";
import { toDecimal, toId } from "../model/wire.ts";
import { notNegative, positive } from "../venues/fields.ts";
import type { Columns } from "./columns.ts";
import type { FileRow } from "./file.ts";
import type { TimeReader } from "./times.ts";

/** What a file's rows are, by what was asked. */
export interface RowMeaning {
  venue: string;
  market: string;
  /** Of candles. */
  interval: string;
  /** The same in microseconds. */
  step: Micros;
  columns: Columns;
  times: TimeReader;
  /** The wall clock; what is later is no history. */
  now: Micros;
}

/**
 * A candle of the venue's: low ≤ open, close ≤ high, all above zero, opened on
 * its interval and over by now. Without a volume it is `no_trade`. The quote
 * volume is the file's; where the file has none it is known only of a candle
 * with one price.
 * @throws {Unreadable} saying what is wrong.
 */
export function readCandle(row: FileRow, meaning: RowMeaning): Candle {
  const { venue, market, interval, step, times, now } = meaning;
  const cell = cells(row, meaning);
  const ts = times.read(cell("ts"));
  if (ts % step !== 0) {
    throw new Unreadable(
      `${iso(ts)} is not the open time of a ${interval} candle`,
    );
  }
  if (ts + step > now) throw new Unreadable(`${iso(ts)} is not over yet`);
  const price = (field: string) => decimal(field, cell(field), true);
  const [open, high, low, close] = [
    price("open"),
    price("high"),
    price("low"),
    price("close"),
  ];
  for (const [name, value] of [["open", open], ["close", close]] as const) {
    if (compareDecimals(low, value) > 0 || compareDecimals(value, high) > 0) {
      throw new Unreadable(
        `the ${name} ${value} is not between low ${low} and high ${high}`,
      );
    }
  }
  const volume = decimal("volume", cell("volume"), false);
  const flat = low === high;
  if (volume === "0" && !flat) {
    throw new Unreadable("it has no volume, but prices that differ");
  }
  const count = cell("trade_count");
  const tradeCount = absent(count) ? volume === "0" ? 0 : null : whole(count);
  if ((volume === "0") !== (tradeCount === 0) && tradeCount !== null) {
    throw new Unreadable(
      `it has a volume of ${volume} by ${tradeCount} trades`,
    );
  }
  const quote = cell("quote_volume");
  return {
    kind: "candle",
    venue,
    market,
    interval,
    ts,
    open,
    high,
    low,
    close,
    volume,
    quoteVolume: absent(quote)
      ? flat ? product(close, volume) : null
      : decimal("quote_volume", quote, false),
    tradeCount,
    source: "venue",
    state: volume === "0" ? "no_trade" : "closed",
  };
}

/**
 * A trade: its exact id, a price and size above zero, the taker's side, no time
 * to come.
 * @throws {Unreadable} saying what is wrong.
 */
export function readTrade(row: FileRow, meaning: RowMeaning): Trade {
  const { venue, market, times, now } = meaning;
  const cell = cells(row, meaning);
  const ts = times.read(cell("ts"));
  if (ts > now) throw new Unreadable(`${iso(ts)} is yet to come`);
  return {
    kind: "trade",
    venue,
    market,
    id: String(BigInt(toId(cell("id")))),
    ts,
    price: decimal("price", cell("price"), true),
    size: decimal("size", cell("size"), true),
    side: side(cell("side"), cell("buyer_maker"), cell("seller_maker")),
    fills: fills(cell("first_id"), cell("last_id")),
  };
}

/** The cells of a row by field. */
function cells({ values }: FileRow, { columns }: RowMeaning) {
  return (field: string): unknown => {
    const column = columns.of[field];
    return column === undefined ? undefined : values[column];
  };
}

const absent = (value: unknown) =>
  value === undefined || value === null || value === "";

/** Checked as the same number from the venue would be, so that both are the same. */
function decimal(field: string, value: unknown, above: boolean): Decimal {
  try {
    return above ? positive(value) : notNegative(value);
  } catch (error) {
    throw new Unreadable(`${field}: ${(error as Error).message}`);
  }
}

function whole(value: unknown): number {
  const count = Number(toDecimal(value));
  if (Number.isInteger(count) && count >= 0 && count < 2 ** 31) return count;
  throw new Unreadable(`trade_count: ${value} is not a count`);
}

function product(a: Decimal, b: Decimal): Decimal {
  const sum = new Sum();
  sum.addProduct(a, b);
  return notNegative(sum.toString());
}

/** The taker bought where the seller was the maker. */
function side(
  taker: unknown,
  buyerMaker: unknown,
  sellerMaker: unknown,
): "buy" | "sell" {
  if (!absent(taker)) {
    const text = String(taker);
    if (/^(buy|b|bid)$/i.test(text)) return "buy";
    if (/^(sell|s|ask)$/i.test(text)) return "sell";
    throw new Unreadable(`${text.slice(0, 60)} is no side (buy or sell)`);
  }
  const [flag, yes, no] = absent(buyerMaker)
    ? [sellerMaker, "buy", "sell"] as const
    : [buyerMaker, "sell", "buy"] as const;
  if (/^(true|t|1)$/i.test(String(flag))) return yes;
  if (/^(false|f|0)$/i.test(String(flag))) return no;
  throw new Unreadable("it does not say which side took");
}

/** An aggregate holds the executions from its first id to its last. */
function fills(first: unknown, last: unknown): number {
  if (absent(first) || absent(last)) return 1;
  const count = BigInt(toId(last)) - BigInt(toId(first)) + 1n;
  if (count >= 1n && count < 1_000_000_000n) return Number(count);
  throw new Unreadable(`its last id ${last} is before its first ${first}`);
}

const iso = (ts: Micros) => new Date(ts / 1000).toISOString();
