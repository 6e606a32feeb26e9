/** Whether a file's own words for a market mean the one that was named. */
import type { Columns } from "./columns.ts";
import type { FileRow } from "./file.ts";

/** Letters and digits alone: spellings of one code differ in the rest. */
const plain = (text: string) =>
  text.toUpperCase().replace(/[^\p{L}\p{N}]/gu, "");

/**
 * `BTC/USDT`, `btc_usdt` and `BTCUSDT` are one market. With a slash the base
 * comes first, by the usual convention: `BTC/KRW` is Upbit's `KRW-BTC`.
 */
export function sameMarket(told: string, market: string): boolean {
  if (plain(told) === plain(market)) return true;
  const [base, quote, ...more] = told.split("/");
  const [first, second, ...rest] = market.split("-");
  return quote !== undefined && second !== undefined &&
    more.length + rest.length === 0 &&
    plain(base!) === plain(second) && plain(quote) === plain(first!);
}

/** What a row says to be of, where that is another market or venue than was named; else null. */
export function otherMarket(
  { values }: FileRow,
  { of }: Columns,
  named: { venue: string; market: string },
): string | null {
  const told = (field: string) => {
    const column = of[field];
    const value = column === undefined ? undefined : values[column];
    return value === undefined || value === null ? "" : String(value);
  };
  const market = told("market"), venue = told("venue");
  if (market !== "" && !sameMarket(market, named.market)) {
    return `it is of the market ${market.slice(0, 40)}, not of ${named.market}`;
  }
  if (venue !== "" && plain(venue) !== plain(named.venue)) {
    return `it is of the venue ${venue.slice(0, 40)}, not of ${named.venue}`;
  }
  return null;
}
