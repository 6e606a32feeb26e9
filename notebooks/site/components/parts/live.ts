// @ts-nocheck Its types are still to come.
/** Prices and ages of feeds as they come, from `/v1/live` of the same origin. */
import { clock, zone } from "./format.js";
import { words } from "../words/i18n.js";

/** Seconds without an event after which the feed counts as stopped. */
const PATIENCE = 15;

/**
 * Listens for tickers. Without a live source nothing happens: the page stays
 * the snapshot that it says it is.
 * @param {"en" | "ko"} lang
 * @param {(tickers: {key: string, at: number, last: string, changeRate: string}[]) => void} receive
 *   `at` in milliseconds, `last` the venue's decimal text
 * @param {(feeds: {source: string, stream: string, channel: string, age_seconds: number}[]) => void} [receiveFeeds]
 *   each stream's newest event, by the age that the collector's clock gives it
 */
export function listen(lang, receive, receiveFeeds) {
  const t = words[lang];
  const feed = document.getElementById("feed");
  let last = 0;
  const source = new EventSource("/v1/live");
  source.addEventListener("tickers", (event) => {
    const { tickers } = JSON.parse(event.data);
    if (!tickers?.length) return;
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

  function show(state: string, text: string) {
    if (!feed) return;
    feed.dataset.state = state;
    feed.textContent = text;
    // Read aloud once, not every second.
    feed.setAttribute("aria-live", state === "live" ? "off" : "polite");
  }
}
