/// <reference lib="dom" />
/** An interval as a small drawing beside its numbers. */
import { el } from "../parts/elements.js";
import { number } from "../parts/format.js";
import type { Lang } from "../words/i18n.js";

/** Place between −1 and 1; what lies beyond stands at the edge. */
const place = (value: number): number =>
  (Math.max(-1, Math.min(1, value)) + 1) * 50;

/** From −1 to 1 with zero in the middle: the interval as a line, its value as a dot. */
export const whisker = (
  value: number,
  low: number,
  high: number,
): HTMLElement =>
  el(
    "span",
    { class: "whisker", "aria-hidden": "true" },
    el("i", { style: `left:${place(low)}%;right:${100 - place(high)}%` }),
    el("b", { style: `left:${place(value)}%` }),
  );

/** Both ends as text. */
export const span = (low: number, high: number, lang: Lang): string =>
  `${number(low, lang, 2)} … ${number(high, lang, 2)}`;

/** The ends of a whisker's scale, for the head of its column. */
export const scale = (lang: Lang): HTMLElement =>
  el(
    "span",
    { class: "whisker-scale", "aria-hidden": "true" },
    ...[-1, 0, 1].map((value) => el("span", {}, number(value, lang))),
  );
