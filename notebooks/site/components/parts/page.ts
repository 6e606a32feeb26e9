/// <reference lib="dom" />
/** What a page declares: menu, title, address and the age of its data follow from it. */
import type { Lang } from "../words/i18n.js";

/** Milliseconds in an hour. */
export const HOUR = 3_600_000;

/**
 * A page, exported as `page` by `components/pages/<id>.ts`. Its source is
 * `[lang]/<path>.md`, its data are written by `data/<id>.json.ts`.
 */
export interface Page<Data> {
  /** Place in the menu, ascending. */
  order: number;
  /** In the menu and in the title. */
  name: Record<Lang, string>;
  /** Its address below the language where that is not its id; empty for the first page. */
  path?: string;
  /** There is one for each market, at `<id>/<market>`. */
  ofMarkets?: true;
  /**
   * The time of the newest datum that it shows: a mart and an expression of
   * its rows. By what was observed, never by when it was stored. Left out: the
   * newest of the markets.
   */
  newest?: { mart: string; at: string };
  /** How old that usually is at most, in milliseconds; pages are made once an hour. */
  usual: number;
  /** The charts that it draws at first, by name. */
  charts: string[];
  /** Fills the page. */
  show(data: Data, lang: Lang): HTMLElement;
}
