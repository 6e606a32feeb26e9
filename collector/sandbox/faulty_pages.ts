import { limitHeaders } from "./bithumb_rest.ts";
import type { BrokenPage, FaultVenue } from "./faults.ts";
import type { Random } from "./random.ts";

/** What a venue answers to too many requests, or (`banned`) to one who went on. */
export function refusal(
  venue: FaultVenue,
  banned: boolean,
  seconds: number,
): Response {
  const status = banned ? 418 : 429;
  switch (venue) {
    case "binance": {
      const msg = banned
        ? "Way too much request weight used; IP banned."
        : "Too much request weight used.";
      return Response.json({ code: -1003, msg }, {
        status,
        headers: { "retry-after": String(seconds) },
      });
    }
    case "coinone":
      // Errors come with 200 here.
      return Response.json({
        result: "error",
        error_code: "4",
        error_msg: "Blocked user access",
      });
    case "bithumb":
      return new Response("Too Many Requests", {
        status,
        headers: limitHeaders(0),
      });
    default: {
      if (!banned) {
        return new Response("Too many API requests.", {
          status,
          headers: { "remaining-req": "group=default; min=600; sec=0" },
        });
      }
      const message = `Too many requests. ${seconds} seconds.`;
      return Response.json({ error: { name: status, message } }, { status });
    }
  }
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

/** What is left of an answer. */
export async function broken(
  whole: Response,
  way: Exclude<BrokenPage, "slow">,
  random: Random,
): Promise<Response> {
  if (way === "server") {
    await whole.body?.cancel();
    return new Response("upstream connect error", {
      status: random.pick([500, 502, 503, 504]),
    });
  }
  if (way === "html") {
    await whole.body?.cancel();
    return new Response("<!DOCTYPE html><html><body>점검 중</body></html>", {
      headers: { "content-type": "text/html" },
    });
  }
  const text = await whole.text();
  const { status, headers } = whole;
  return new Response(text.slice(0, random.below(Math.max(1, text.length))), {
    status,
    headers,
  });
}
