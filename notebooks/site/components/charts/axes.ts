/** What the charts share: times, ticks, margins. */
import type { Axis } from "../../../marts.ts";
import { clock, tick, zone } from "../parts/format.js";
import type { Lang } from "../words/i18n.js";

/** Milliseconds in a minute. */
export const MINUTE = 60_000;

/** When bar `i` of an axis opens, in milliseconds. */
export const openOf = (
  axis: Pick<Axis, "start" | "step">,
  i: number,
): number => (axis.start + i * axis.step) * MINUTE;

/** From the first bar's open to the last bar's end. */
export const domainOf = (
  axis: Axis,
): [from: number, to: number] => [
  openOf(axis, 0),
  openOf(axis, axis.n),
];

const TICK_HOURS = [1 / 60, 1 / 30, 1 / 12, 0.25, 0.5, 1, 2, 3, 6, 12, 24, 48]
  .concat([72, 168, 336, 720, 1440, 2160, 4380, 8766, 17_532]);

/** Hours between ticks that a time span of this width bears. */
function tickHours(span: number, width: number): number {
  const wanted = span / MINUTE / 60 / Math.max(2, width / 75);
  return TICK_HOURS.find((hours) => hours >= wanted) ?? 87_660;
}

/** The x scale of a chart, in the words of Plot's options. */
export interface TimeScale {
  type: "utc";
  domain: Date[];
  ticks: Date[];
  tickFormat: (at: Date) => string;
  label: null;
  tickSize: number;
}

/** Options of the x scale for a span, with ticks on whole hours of the reader's zone. */
export function timeScale(
  domain: [from: number, to: number],
  width: number,
  lang: Lang,
): TimeScale {
  const step = tickHours(domain[1] - domain[0], width) * 60 * MINUTE;
  const offset = zone(lang)[1] === "KST" ? 9 * 60 * MINUTE : 0;
  // A tick's text is centred on it and must not be cut at the left edge.
  const first = domain[0] + (domain[1] - domain[0]) * 18 / width;
  const ticks: Date[] = [];
  for (
    let at = Math.ceil((first + offset) / step) * step - offset;
    at <= domain[1];
    at += step
  ) ticks.push(new Date(at));
  return {
    type: "utc",
    domain: domain.map((at) => new Date(at)),
    ticks,
    tickFormat: (at: Date) => tick(at, lang, false),
    label: null,
    tickSize: 4,
  };
}

/** The same span without its ticks' texts, for panels above the last one. */
export const plainScale = (
  scale: TimeScale,
): TimeScale & { axis: null } => ({
  ...scale,
  axis: null,
});

/** Margins of a chart, in pixels. */
export interface Sides {
  marginLeft: number;
  marginRight: number;
}

/** Room on the right for the longest of these values. */
export const sides = (...values: string[]): Sides => ({
  marginLeft: 2,
  marginRight: Math.max(40, ...values.map((text) => 14 + 6.9 * text.length)),
});

/** Runs of bars for which `test` holds, as spans in milliseconds. */
export function runs(
  axis: Axis,
  test: (i: number) => boolean,
): { x1: number; x2: number }[] {
  const found: { x1: number; x2: number }[] = [];
  for (let i = 0; i < axis.n; i++) {
    if (!test(i)) continue;
    const from = i;
    while (i + 1 < axis.n && test(i + 1)) i++;
    found.push({ x1: openOf(axis, from), x2: openOf(axis, i + 1) });
  }
  return found;
}

/** Hours and minutes in the reader's zone. */
export const time = (
  at: number,
  lang: Lang,
): string => clock(at, zone(lang)[0]);
