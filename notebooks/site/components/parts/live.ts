/// <reference lib="dom" />
/** Prices and ages of feeds as they come, from `/v1/live` of the same origin. */
import { clock, zone } from "./format.js";
import { i18n, type Lang } from "../words/i18n.js";

/** Seconds without an event after which the feed counts as stopped. */
const PATIENCE = 15;

/** A live price of a market: `at` in milliseconds UTC, `last` the venue's decimal text. */
export interface Ticker {
  key: string;
  at: number;
  last: string;
  changeRate: string;
}

/** The age of a stream's newest event, by the collector's clock. */
export interface FeedAge {
  source: string;
  stream: string;
  channel: string;
  age_seconds: number;
}

/** A ticker as `/v1/live` sends it. */
interface SentTicker {
  venue: string;
  market: string;
  ts: string;
  last: string;
  change_rate: string;
}

/**
 * Listens for tickers. Without a live source nothing happens: the page stays
 * the snapshot that it says it is.
 */
export function listen(
  lang: Lang,
  receive: (tickers: Ticker[]) => void,
  receiveFeeds?: (feeds: FeedAge[]) => void,
): void {
  const t = i18n[lang];
  const feed = document.getElementById("feed");
  let last = 0;
  const source = new EventSource("/v1/live");
  source.addEventListener("tickers", (event) => {
    const { tickers = [] }: { tickers?: SentTicker[] } = JSON.parse(event.data);
    if (tickers.length === 0) return;
    last = Date.now();
    receive(tickers.map((ticker) => ({
      key: `${ticker.venue}-${ticker.market}`,
      at: Date.parse(ticker.ts),
      last: ticker.last,
      changeRate: ticker.change_rate,
    })));
    show(
      "live",
      `${t.live} ${clock(last, zone(lang)[0], true)} ${zone(lang)[1]}`,
    );
  });
  if (receiveFeeds) {
    source.addEventListener("feeds", (event) => {
      receiveFeeds(JSON.parse(event.data).feeds ?? []);
    });
  }
  setInterval(() => {
    if (last > 0 && Date.now() - last > PATIENCE * 1000) {
      show(
        "stopped",
        `${t.liveStopped} ${clock(last, zone(lang)[0], true)} ${zone(lang)[1]}`,
      );
    }
  }, 5000);
  addEventListener("pagehide", () => source.close());

  function show(state: "live" | "stopped", text: string) {
    if (!feed) return;
    feed.dataset.state = state;
    feed.textContent = text;
    // Read aloud once, not every second.
    feed.setAttribute("aria-live", state === "live" ? "off" : "polite");
  }
}
