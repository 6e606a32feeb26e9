/**
 * Pages of trades as texts, whichever venue's they are: which market they are
 * of, and the same page with something about it changed.
 */
import type { WorldMarket } from "./markets.ts";

type Venue = WorldMarket["venue"];

/** How a venue writes one field; the value is the second group. */
type Field = RegExp;

/** The fields of a row by REST. */
const ROWS: Record<Venue, { id: Field; time: Field; price: Field }> = {
  upbit: {
    id: /("sequential_id":)(\d+)/g,
    time: /("timestamp":)(\d+)/g,
    price: /("trade_price":)([^,}]+)/g,
  },
  bithumb: {
    id: /("sequential_id":)(\d+)/g,
    time: /("timestamp":)(\d+)/g,
    price: /("trade_price":)([^,}]+)/g,
  },
  binance: {
    id: /("a":)(\d+)/g,
    time: /("T":)(\d+)/g,
    price: /("p":")([^"]+)/g,
  },
  coinone: {
    id: /("id":")(\d+)/g,
    time: /("timestamp":)(\d+)/g,
    price: /("price":")([^"]+)/g,
  },
};

/** Whether a request is for a page of trades. */
export const isTradesPage = ({ pathname }: URL): boolean =>
  /\/(aggTrades$|trades\/)/.test(pathname);

/** The code of the market that a request names; empty where it names none. */
export function marketOf({ pathname, searchParams }: URL): string {
  const path = /\/(?:trades|chart|orderbook)\/([A-Z]+\/[A-Z]+)$/.exec(pathname);
  return path?.[1]?.replace("/", "-") ?? searchParams.get("market") ??
    searchParams.get("symbol") ?? "";
}

/** What each venue calls the number of rows. */
const LIMITS = ["limit", "count", "size"];

/** The same request for at most so many rows; the very same one where it asked for no more. */
export function capped(url: URL, rows: number): URL {
  const name = LIMITS.find((name) => url.searchParams.has(name));
  if (!name || Number(url.searchParams.get(name)) <= rows) return url;
  const less = new URL(url);
  less.searchParams.set(name, String(rows));
  return less;
}

/** What the venues call a place in the past. */
const CURSORS = [
  "fromId",
  "startTime",
  "endTime",
  "cursor",
  "to",
  "days_ago",
  "daysAgo",
];

/** The same request without its place in the past; the very same one where it had none. */
export function withoutCursor(url: URL): URL {
  const names = CURSORS.filter((name) => url.searchParams.has(name));
  if (names.length === 0) return url;
  const newest = new URL(url);
  for (const name of names) newest.searchParams.delete(name);
  return newest;
}

/** The page with another text in the place of its own. */
async function reworded(
  page: Response,
  change: (text: string) => string,
): Promise<Response> {
  const { status, headers } = page;
  return new Response(change(await page.text()), { status, headers });
}

/** The same page without a row. */
export const emptied = (page: Response): Promise<Response> =>
  reworded(
    page,
    (text) =>
      text.startsWith("[") ? "[]" : text.replace(
        /("transactions":)\[.*\]/s,
        "$1[]",
      ),
  );

/** The same page with each trade's time so many milliseconds later. */
export const skewed = (
  page: Response,
  venue: Venue,
  ms: number,
): Promise<Response> =>
  reworded(page, (text) =>
    text.replace(
      ROWS[venue].time,
      (_, name, time) => name + String(Number(time) + ms),
    ));

/** The same page with another price or another time (by half a minute) for its trades. */
export const falsified = (
  page: Response,
  venue: Venue,
  field: "price" | "time",
): Promise<Response> =>
  field === "time"
    ? skewed(page, venue, -30_000)
    : reworded(page, (text) =>
      text.replace(ROWS[venue].price, (_, name, price) =>
        name + price.replace(/[1-9]/, (digit: string) =>
          String(Number(digit) % 9 + 1))));

/** The same page with another id in the place of its newest. */
export const withId = (
  page: Response,
  venue: Venue,
  change: (id: bigint) => bigint,
): Promise<Response> =>
  reworded(page, (text) => {
    const ids = [...text.matchAll(ROWS[venue].id)].map((m) => BigInt(m[2]!));
    const newest = ids.reduce((most, id) => id > most ? id : most, 0n);
    return text.replace(
      ROWS[venue].id,
      (whole, name, id) =>
        BigInt(id) === newest ? name + String(change(newest)) : whole,
    );
  });

/** The same page with its rows again and again, until `ended` says so. */
export async function endless(
  page: Response,
  ended: () => boolean,
): Promise<Response> {
  const { status, headers } = page;
  const text = await page.text();
  const rows = /\[(.*)\]/s.exec(text)?.[1] ?? "";
  if (rows === "") return new Response(text, { status, headers });
  const encoder = new TextEncoder();
  const begin = encoder.encode(text.slice(0, text.lastIndexOf("]")));
  const more = encoder.encode(`,${rows}`);
  let begun = false;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (ended()) return controller.close();
      // Some megabytes a second.
      await new Promise((wake) => setTimeout(wake, 10));
      controller.enqueue(begun ? more : begin);
      begun = true;
    },
  });
  return new Response(body, { status, headers });
}

/** How a venue's socket writes a trade's id. */
const IDS: Record<Venue, RegExp> = {
  upbit: /("(?:sid|sequential_id)":)(\d+)/,
  bithumb: /("(?:sid|sequential_id)":)(\d+)/,
  binance: /("a":)(\d+)/,
  coinone: /("(?:id|i)":")(\d+)/,
};

/** A frame about a trade, with another id. */
export const frameWithId = (
  frame: string,
  venue: Venue,
  change: (id: bigint) => bigint,
): string =>
  frame.replace(IDS[venue], (_, name, id) => name + change(BigInt(id)));

/** A frame about a market, as one about another that nobody asked for. */
export const frameOfStranger = (frame: string, base: string): string =>
  frame.replaceAll(base, "DOGE")
    .replaceAll(base.toLowerCase() + "usdt", "dogeusdt");
