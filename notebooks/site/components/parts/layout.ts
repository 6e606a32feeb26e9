/** What every page does alike: it opens with its heading, listens to the live feed, and wires the top bar. */
import { ageBanner } from "./age.js";

import { patterns } from "./legend.js";
import { type FeedAge, listen, type Ticker } from "./live.js";
import { type Child, el, keepInLinks, themeButton } from "./elements.js";
import { number } from "./format.js";
import { i18n, type Lang } from "../words/i18n.js";

/** A page's lead, with how many of all are shown where that is not all. */
export const leadOf = (
  lead: string,
  shown: number,
  all: number,
  lang: Lang,
): string =>
  shown < all
    ? `${lead} ${i18n[lang].largest(number(shown, lang), number(all, lang))}`
    : lead;

/** What stands above a page's parts, and what the page does with live events. */
export interface Opening {
  /** As a text it becomes the title above `lead`. */
  heading: string | Node;
  lead?: string;
  /** Stands beside the heading. */
  aside?: Node;
  /** Is given the live prices, which the top bar shows in any case. */
  receive?: (tickers: Ticker[]) => void;
  /** Is given the streams' ages. */
  feeds?: (feeds: FeedAge[]) => void;
}

/** A page of parts below its heading. */
export function layout(
  lang: Lang,
  { heading, lead, aside, receive, feeds }: Opening,
  ...parts: Child[]
): HTMLElement {
  patterns();
  listen(lang, receive ?? (() => {}), feeds);
  // The top bar is not part of what is returned, and may be drawn after it.
  requestAnimationFrame(() => {
    keepInLinks();
    themeButton();
  });
  return el(
    "div",
    {},
    ageBanner(lang),
    el(
      "div",
      { class: "top" },
      typeof heading === "string"
        ? el(
          "div",
          {},
          el("h1", {}, heading),
          lead ? el("p", { class: "lead" }, lead) : null,
        )
        : heading,
      aside,
    ),
    ...parts,
  );
}
