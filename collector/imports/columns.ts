import { CliError } from "../cli/errors.ts";
import type { FileRow } from "./file.ts";

/** What a file can hold. */
export type Kind = "candles" | "trades";

/**
 * The names under which each field is known, the most telling first: a column
 * `timestamp` beside `candle_date_time_utc` is not the open time. Names of one
 * letter are taken as they are, others in any case and spelling.
 */
const NAMES: Record<Kind, Record<string, string[]>> = {
  candles: {
    ts: [
      "candle_date_time_utc",
      "candle_date_time_kst",
      "open_time",
      "open_ts",
      "start_time",
      "time",
      "timestamp",
      "ts",
      "unix",
      "datetime",
      "date_time",
      "date",
      "t",
    ],
    open: ["open", "o", "opening_price", "open_price"],
    high: ["high", "h", "high_price"],
    low: ["low", "l", "low_price"],
    close: ["close", "c", "closing_price", "close_price", "trade_price"],
    volume: [
      "volume",
      "v",
      "vol",
      "base_volume",
      "target_volume",
      "candle_acc_trade_volume",
    ],
    quote_volume: [
      "quote_volume",
      "quote_asset_volume",
      "candle_acc_trade_price",
      "turnover",
      "q",
    ],
    trade_count: [
      "trade_count",
      "number_of_trades",
      "num_trades",
      "count",
      "n",
    ],
    market: ["market", "symbol", "code", "pair"],
    venue: ["venue", "exchange"],
  },
  trades: {
    ts: [
      "trade_timestamp",
      "ttms",
      "transact_time",
      "timestamp",
      "time",
      "ts",
      "T",
      "datetime",
      "date_time",
      "date",
    ],
    id: [
      "agg_trade_id",
      "aggregate_trade_id",
      "sequential_id",
      "sid",
      "trade_id",
      "tid",
      "id",
      "a",
    ],
    price: ["price", "trade_price", "p", "px", "tp"],
    size: [
      "size",
      "qty",
      "quantity",
      "amount",
      "trade_volume",
      "volume",
      "q",
      "sz",
      "tv",
    ],
    side: ["taker_side", "side", "taker", "ask_bid", "ab", "direction"],
    buyer_maker: ["is_buyer_maker", "buyer_maker", "m"],
    seller_maker: ["is_seller_maker", "seller_maker", "sm"],
    first_id: ["first_trade_id", "first_id", "f"],
    last_id: ["last_trade_id", "last_id", "l"],
    market: ["market", "symbol", "code", "pair", "cd", "s"],
    venue: ["venue", "exchange"],
  },
};

const NEEDED: Record<Kind, string[]> = {
  candles: ["ts", "open", "high", "low", "close", "volume"],
  trades: ["ts", "price", "size"],
};

/** Rows without names: the usual order, and Binance's twelve columns. */
const ORDER = ["ts", "open", "high", "low", "close", "volume"];
const BINANCE = [...ORDER, "", "quote_volume", "trade_count", "", "", ""];

/** Which column holds which field. */
export interface Columns {
  /** Field to column name, or number from 0. */
  of: Record<string, string | number>;
  /** The same in words; numbers from 1. */
  says: Record<string, string>;
  /** Columns that are not used. */
  unused: string[];
}

/** `ts=time,open=o` as a map. */
export function parseMapping(
  text: string | undefined,
  kind: Kind,
): Map<string, string> {
  const mapping = new Map<string, string>();
  for (const part of text?.split(",") ?? []) {
    const [field = "", ...rest] = part.split("=");
    const column = rest.join("=").trim();
    if (!(field.trim() in NAMES[kind]) || column === "") {
      throw new CliError(
        `--columns wants pairs such as ts=time,price=p, not "${part}"; the fields of ${kind} are ${
          Object.keys(NAMES[kind]).join(", ")
        }.`,
      );
    }
    mapping.set(field.trim(), column);
  }
  return mapping;
}

/**
 * Finds the column of each field.
 * @throws {CliError} when one is missing, naming what there is and how to map it.
 */
export function findColumns(
  file: string,
  kind: Kind,
  sample: FileRow[],
  mapping: Map<string, string>,
): Columns {
  const readable = sample.filter((row) => row.fault === undefined);
  const list = readable.length > 0 && isList(readable[0]!);
  const there = new Set<string>();
  for (const row of readable) {
    for (const name of Object.keys(row.values)) there.add(name);
  }
  const shown = (name: string | number) =>
    list ? `column ${Number(name) + 1}` : String(name);
  const of: Columns["of"] = {};
  const order = there.size === BINANCE.length ? BINANCE : ORDER;
  for (const [field, names] of Object.entries(NAMES[kind])) {
    const asked = mapping.get(field);
    if (asked !== undefined) {
      const name = list ? String(Number(asked) - 1) : asked;
      if (!there.has(name)) {
        throw new CliError(
          `${file} has no column ${
            list ? `number ${asked}` : `"${asked}"`
          }; it has ${[...there].map(shown).join(", ")}.`,
        );
      }
      of[field] = name;
    } else if (!list) {
      const found = byName([...there], names);
      if (found !== undefined) of[field] = found;
    } else if (kind === "candles" && mapping.size === 0) {
      const at = order.indexOf(field);
      if (at >= 0 && there.has(String(at))) of[field] = String(at);
    }
  }
  const missing = NEEDED[kind].filter((field) => !(field in of));
  if (missing.length > 0) {
    throw new CliError(
      `${file} has no column that is known as ${missing.join(", ")}; it has ${
        [...there].map(shown).join(", ") || "none"
      }. Map them with --columns ${
        missing.map((field) => `${field}=${list ? "NUMBER" : "NAME"}`).join(",")
      }.`,
    );
  }
  const used = new Set(Object.values(of).map(String));
  return {
    of,
    says: Object.fromEntries(
      Object.entries(of).map(([field, name]) => [field, shown(name)]),
    ),
    unused: [...there].filter((name) => !used.has(name)).map(shown),
  };
}

const isList = ({ values }: FileRow) =>
  Array.isArray(values) ||
  Object.keys(values).every((name, i) => name === String(i));

function byName(there: string[], names: string[]): string | undefined {
  for (const name of names) {
    const found = there.find((column) =>
      name.length === 1 ? column === name : plain(column) === name
    );
    if (found !== undefined) return found;
  }
}

/** `isBuyerMaker` and `Is Buyer Maker` as `is_buyer_maker`. */
const plain = (column: string) =>
  column.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase()
    .replace(/[^a-z0-9]+/g, "_").replace(/^_|_$/g, "");

/**
 * Trades are known by the venue's id alone.
 * @throws {CliError} when a file lacks what makes a trade the venue's.
 */
export function checkTrades(
  file: string,
  venue: string,
  { of, unused }: Columns,
): void {
  const has = (field: string) => of[field] !== undefined;
  if (!has("id")) {
    throw new CliError(
      `${file} has no column of trade ids (there is ${
        unused.join(", ") || "nothing else"
      }). Without the venue's ids a trade cannot be told from its neighbour: map them with --columns id=…, or make candles of the file and import those.`,
    );
  }
  if (!has("side") && !has("buyer_maker") && !has("seller_maker")) {
    throw new CliError(
      `${file} does not say which side took. Map it with --columns side=…, buyer_maker=… or seller_maker=….`,
    );
  }
  if (venue === "binance" && !(has("first_id") && has("last_id"))) {
    throw new CliError(
      `${file} is no file of Binance's aggregate trades, which are what crowdtape keeps: their ids are others than those of single trades. ` +
        "Import an aggTrades file, or map it with --columns id=…,first_id=…,last_id=….",
    );
  }
}
