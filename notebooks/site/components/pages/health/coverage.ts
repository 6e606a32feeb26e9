/// <reference lib="dom" />
/** The shares of the five states, of all streams together and of each. */
import type { Coverage, Stream } from "../../../data/health.json.ts";
import { ageOf } from "../../parts/age.js";
import { el } from "../../parts/elements.js";
import { nameIn, number } from "../../parts/format.js";
import { i18n, type Lang } from "../../words/i18n.js";
import { duration, exactShare, untilWords } from "./figures.js";

/** The states in the order of the data's figures, and their colours. */
const STATES = {
  observed: "var(--green)",
  repaired: "var(--blue)",
  unrecoverable: "var(--red)",
  open: "var(--part)",
  unknown: "var(--ink-3)",
};

type State = keyof typeof STATES;

/** The states in the order of the data's figures. */
export const STATE_NAMES = Object.keys(STATES) as State[];

/** A socket that has said nothing for a minute is given up; in milliseconds. */
const GIVEN_UP = 65_000;

/** States with their shares, of those that occur; observed in any case. */
export function partsOf(
  seconds: number[],
  lang: Lang,
): { state: State; part: string }[] {
  const whole = seconds.reduce((sum, s) => sum + s, 0);
  return STATE_NAMES.map((state, i) => ({ state, s: seconds[i] ?? 0 }))
    .filter(({ state, s }) => s > 0 || state === "observed")
    .map(({ state, s }) => ({ state, part: exactShare(s, whole, lang) }));
}

/** The five shares of all streams together, which are `of`. */
export function coverageFigures(
  { all }: Coverage,
  of: number,
  lang: Lang,
): HTMLElement[] {
  const h = i18n[lang].health;
  const whole = all.reduce((sum, s) => sum + s, 0);
  return STATE_NAMES.map((state, i) => {
    const seconds = all[i] ?? 0;
    return el(
      "div",
      { style: `--dot: ${STATES[state]}`, "data-state": state },
      el("span", { class: "quiet" }, h.states[state]),
      el("b", {}, exactShare(seconds, whole, lang)),
      el(
        "small",
        {},
        h.together(duration(seconds, h, lang), number(of, lang)),
      ),
    );
  });
}

/** The row of a stream: what holds its timeline, and what stands beside it. */
export function streamRow(
  one: Stream & { seconds: number[] },
  last: number,
  lang: Lang,
): { row: HTMLElement; holder: HTMLElement; beside: HTMLElement } {
  const h = i18n[lang].health;
  const parts = partsOf(one.seconds, lang);
  const holder = el("div", { class: "timeline" });
  const beside = el(
    "small",
    { class: "timeline-age" },
    untilWords(one.until, last, GIVEN_UP, h, lang) || ageOf(one.until, lang),
  );
  const row = el(
    "div",
    { class: "timeline-row" },
    el(
      "div",
      { class: "timeline-name" },
      el("b", {}, one.market),
      el("small", {}, ` ${nameIn(h.channels, one.channel)}`),
    ),
    holder,
    el(
      "div",
      { class: "timeline-part" },
      el("b", {}, parts[0]!.part),
      el("small", {}, ` ${h.states.observed}`),
      ...parts.slice(1).map(({ state, part }) =>
        el("small", { class: "further" }, `${h.states[state]} ${part}`)
      ),
    ),
    beside,
  );
  return { row, holder, beside };
}
