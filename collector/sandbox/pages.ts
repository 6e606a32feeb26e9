/**
 * Pages of trades as texts, whichever venue's they are: which market they are
 * of, and the same page with something about it changed.
 */

/** How a venue writes one field; the value is the second group. */
type Field = RegExp;

/** A venue's requests and texts, as far as conditions and faults change them. */
export interface Protocol {
  /** Paths of the pages of trades. */
  trades: RegExp;
  /** The code of the market that a request names; empty where it names none. */
  market(url: URL): string;
  /** The parameter for the number of rows, and those for a place in the past. */
  limit: string;
  cursors: string[];
  /** The fields of a trade by REST; for each match in the page. */
  row: { id: Field; time: Field; price: Field };
  /** What stands between the brackets of the list of trades, as its only group; left out: the page has one list. */
  rows?: RegExp;
  /** A time's text so many milliseconds later; left out: it is in milliseconds. */
  later?(time: string, ms: number): string;
  /** A trade's id on the socket. */
  frameId: Field;
  /** The answer to too many requests, or (`banned`) to one who went on; `seconds` until it is over. */
  refusal(banned: boolean, seconds: number): Response;
}

/** The market in a parameter of the request. */
export const inQuery =
  (name: string): Protocol["market"] => ({ searchParams }) =>
    searchParams.get(name) ?? "";

/** Whether a request is for a page of trades. */
export const isTradesPage = (url: URL, { trades }: Protocol): boolean =>
  trades.test(url.pathname);

/** The same request for at most so many rows; the very same one where it asked for no more. */
export function capped(url: URL, { limit }: Protocol, rows: number): URL {
  const asked = url.searchParams.get(limit);
  if (asked === null || Number(asked) <= rows) return url;
  const less = new URL(url);
  less.searchParams.set(limit, String(rows));
  return less;
}

/** The same request without its place in the past; the very same one where it had none. */
export function withoutCursor(url: URL, { cursors }: Protocol): URL {
  const names = cursors.filter((name) => url.searchParams.has(name));
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

const ONE_LIST = /\[(.*)\]/ds;

/** Where the rows of a page begin and end; null where it has none. */
const rowsIn = (text: string, { rows }: Protocol): [number, number] | null =>
  (rows ?? ONE_LIST).exec(text)?.indices?.[1] ?? null;

/** The same page without a row. */
export const emptied = (
  page: Response,
  protocol: Protocol,
): Promise<Response> =>
  reworded(page, (text) => {
    const [from, to] = rowsIn(text, protocol) ?? [0, 0];
    return text.slice(0, from) + text.slice(to);
  });

/** The same page with each trade's time so many milliseconds later. */
export const skewed = (
  page: Response,
  { row, later = (time, ms) => String(Number(time) + ms) }: Protocol,
  ms: number,
): Promise<Response> =>
  reworded(
    page,
    (text) => text.replace(row.time, (_, name, time) => name + later(time, ms)),
  );

/** The same page with another price or another time (by half a minute) for its trades. */
export const falsified = (
  page: Response,
  protocol: Protocol,
  field: "price" | "time",
): Promise<Response> =>
  field === "time"
    ? skewed(page, protocol, -30_000)
    : reworded(page, (text) =>
      text.replace(protocol.row.price, (_, name, price) =>
        name + price.replace(/[1-9]/, (digit: string) =>
          String(Number(digit) % 9 + 1))));

/** The same page with another id in the place of its newest. */
export const withId = (
  page: Response,
  { row }: Protocol,
  change: (id: bigint) => bigint,
): Promise<Response> =>
  reworded(page, (text) => {
    const ids = [...text.matchAll(row.id)].map((m) => BigInt(m[2]!));
    const newest = ids.reduce((most, id) => id > most ? id : most, 0n);
    return text.replace(
      row.id,
      (whole, name, id) =>
        BigInt(id) === newest ? name + String(change(newest)) : whole,
    );
  });

/** The same page with its rows again and again, until `ended` says so. */
export async function endless(
  page: Response,
  protocol: Protocol,
  ended: () => boolean,
): Promise<Response> {
  const { status, headers } = page;
  const text = await page.text();
  const [from, to] = rowsIn(text, protocol) ?? [0, 0];
  const rows = text.slice(from, to);
  if (rows === "") return new Response(text, { status, headers });
  const encoder = new TextEncoder();
  const begin = encoder.encode(text.slice(0, to));
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

/** A frame about a trade, with another id. */
export const frameWithId = (
  frame: string,
  { frameId }: Protocol,
  change: (id: bigint) => bigint,
): string => frame.replace(frameId, (_, name, id) => name + change(BigInt(id)));

/** A frame about a market, as one about another that nobody asked for. */
export const frameOfStranger = (frame: string, base: string): string =>
  frame.replaceAll(base, "DOGE")
    .replaceAll(base.toLowerCase() + "usdt", "dogeusdt");
