/** Shares, lengths, moments and names as the Data health page writes them. */
import type { Stream } from "../../../data/health.json.ts";
import { moment, nameIn, number, sourceName } from "../../parts/format.js";
import type { Lang, Words } from "../../words/i18n.js";

/** The texts of the page. */
export type HealthWords = Words["health"];

/** A share that says neither 0 nor 100 % unless it is. */
export function exactShare(part: number, whole: number, lang: Lang): string {
  if (whole === 0) return "–";
  if (part === 0) return "0%";
  if (part === whole) return "100%";
  const percent = 100 * part / whole;
  if (percent < 0.01) return "<0.01%";
  return `${number(Math.min(99.99, percent), lang, 2)}%`;
}

/** A length of time in the unit that suits it. */
export function duration(
  seconds: number,
  h: HealthWords,
  lang: Lang,
): string {
  const { s, m, h: hours, d } = h.units;
  if (seconds < 10) return s(number(seconds, lang, seconds % 1 ? 1 : 0));
  if (seconds < 120) return s(number(seconds, lang));
  if (seconds < 7200) return m(number(seconds / 60, lang));
  if (seconds < 172_800) return hours(number(seconds / 3600, lang));
  return d(number(seconds / 86_400, lang));
}

/** What the data has of a stream, as its readers call it. */
export const streamName = (
  one: Pick<Stream, "venue" | "market" | "channel">,
  t: Words,
  lang: Lang,
): string =>
  `${sourceName(one.venue, lang)} ${one.market} ${
    nameIn(t.health.channels, one.channel)
  }`;

/** The length of a cell, which is whole in some unit. */
export function cellLength(seconds: number, h: HealthWords): string {
  const { s, m, h: hours, d } = h.units;
  return seconds % 86_400 === 0
    ? d(String(seconds / 86_400))
    : seconds % 3600 === 0
    ? hours(String(seconds / 3600))
    : seconds % 60 === 0
    ? m(String(seconds / 60))
    : s(String(seconds));
}

/** Said of a stream only where its newest moment lies `behind` the data's, both in milliseconds. */
export const untilWords = (
  until: number | null,
  last: number,
  behind: number,
  h: HealthWords,
  lang: Lang,
): string =>
  until === null
    ? h.never
    : until < last - behind
    ? h.until(moment(until, lang))
    : "";

/** The markets of a gap's row; of many, the first and how many more. */
export const marketNames = (
  markets: string[],
  n: number,
  h: HealthWords,
  lang: Lang,
): string =>
  markets.join(", ") +
  (n > markets.length ? ` ${h.more(number(n - markets.length, lang))}` : "");
