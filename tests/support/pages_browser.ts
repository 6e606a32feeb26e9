/// <reference lib="dom" />
/** What the tests of pages share: a Chromium, a served site, live prices, and an eye on what goes wrong. */
import { type Browser, chromium, type Page } from "playwright-core";
import { preview } from "../../notebooks/preview.ts";
import { chromiumProgram } from "./requirements.ts";

/** A Chromium that asks for nothing by itself. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumProgram!,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-sync",
      "--no-first-run",
    ],
  });

/** A site and a server for it; the live API only where asked for. */
export function serveSite(dist: string, api: string) {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    preview({ dist, api }).fetch,
  );
  const { hostname, port } = server.addr;
  return {
    origin: `http://${hostname}:${port}`,
    stop: () => server.shutdown(),
  };
}

/** Sends a new price twice a second. */
export function serveTickers() {
  let price = 158_000_000;
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, () => {
    let timer: ReturnType<typeof setInterval>;
    const send = (controller: ReadableStreamDefaultController) => {
      price += 1000;
      const at = new Date().toISOString();
      const ticker = {
        venue: "upbit",
        market: "KRW-BTC",
        ts: at,
        last: String(price),
        change_rate: "0.01",
        value_24h: "1",
      };
      controller.enqueue(new TextEncoder().encode(
        `event: tickers\ndata: ${
          JSON.stringify({ at, tickers: [ticker] })
        }\n\n`,
      ));
    };
    return new Response(
      new ReadableStream({
        start(controller) {
          send(controller);
          timer = setInterval(() => send(controller), 500);
        },
        cancel: () => clearInterval(timer),
      }),
      { headers: { "content-type": "text/event-stream" } },
    );
  });
  return {
    api: `http://127.0.0.1:${server.addr.port}`,
    stop: () => server.shutdown(),
  };
}

/** What a page did wrong while it was open, and what it asked for. */
export function watch(page: Page) {
  const seen = { complaints: [] as string[], requests: [] as string[] };
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) {
      seen.complaints.push(message.text());
    }
  });
  page.on("pageerror", (error) => seen.complaints.push(String(error)));
  page.on("request", (request) => seen.requests.push(request.url()));
  return seen;
}
