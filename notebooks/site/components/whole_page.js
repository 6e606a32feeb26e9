/** What every page does alike: it opens with its heading, listens to the live feed, and wires the top bar. */
import { ageBanner } from "./age.js";
import { patterns } from "./axes.js";
import { listen } from "./live.js";
import { el, keepInLinks, themeButton } from "./page.js";
import { number } from "./shape.js";
import { words } from "./words.js";

/** A page's lead, with how many of all are shown where that is not all. */
export const leadOf = (
  /** @type {string} */ lead,
  /** @type {number} */ shown,
  /** @type {number} */ all,
  /** @type {"en" | "ko"} */ lang,
) =>
  shown < all
    ? `${lead} ${words[lang].largest(number(shown, lang), number(all, lang))}`
    : lead;

/**
 * A page of parts below its heading.
 * @param {"en" | "ko"} lang
 * @param {{heading: string | Node, lead?: string, aside?: Node, receive?: Parameters<typeof listen>[1], feeds?: Parameters<typeof listen>[2]}} opening
 *   `heading` as a text becomes the title above `lead`, `aside` stands beside it;
 *   `receive` is given the live prices, which the top bar shows in any case, `feeds` the streams' ages
 * @param {...(Node | string)} parts
 */
export function wholePage(
  lang,
  { heading, lead, aside, receive, feeds },
  ...parts
) {
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
