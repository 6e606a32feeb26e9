/// <reference lib="dom" />
/** What panels on a time axis share. */
import * as Plot from "@observablehq/plot";
import type { Axis, Column, Span } from "../../../marts.ts";
import { type Lang, type Words } from "../words/i18n.js";
import {
  domainOf,
  openOf,
  plainScale,
  runs,
  type Sides,
  timeScale,
} from "./axes.js";

/** What every panel of a page is drawn from: its bars `r`, the room, the language. */
export interface PanelContext<Bars extends Axis = Axis> {
  r: Bars;
  width: number;
  sides: Sides;
  lang: Lang;
  t: Words;
  range: Span;
}

/** A point of a line; null breaks it. */
export interface Point {
  x: Date;
  y: number | null;
}

/** A column as points in the middle of its bars. */
export const series = (axis: Axis, column: Column): Point[] =>
  column.map((y, i) => ({ x: new Date(openOf(axis, i + 0.5)), y }));

/** Spans of bars for which `test` holds. */
export const spans = (
  axis: Axis,
  test: (i: number) => boolean,
  options: Plot.RectOptions,
): Plot.Rect =>
  Plot.rect(runs(axis, test), {
    x1: (d) => new Date(d.x1),
    x2: (d) => new Date(d.x2),
    ...options,
  });

/** Hatching over the spans for which `test` holds: nobody saw them. */
export const hatched = (
  axis: Axis,
  test: (i: number) => boolean,
): Plot.Rect =>
  spans(axis, test, { fill: "url(#hatch)", className: "unknown-span" });

/** Hatching over the bars that nobody saw. */
export const unknown = (r: Axis & { states: string }): Plot.Rect =>
  hatched(r, (i) => r.states[i] === "u");

/** What the pointer's place says: `title` in a box at `y`. */
export const hover = (rows: Plot.Data, options: Plot.TipOptions): Plot.Tip =>
  Plot.tip(
    rows,
    Plot.pointerX({
      fill: "var(--card)",
      stroke: "var(--line-2)",
      ...options,
    }),
  );

/** An axis of values on the right. */
export const rightAxis = (
  ticks: number | number[],
  tickFormat: (value: number) => string,
  more: Plot.ScaleOptions = {},
): Plot.ScaleOptions => ({
  axis: "right",
  ticks,
  tickSize: 0,
  label: null,
  tickFormat,
  ...more,
});

/** Size, margins and the x scale of a panel; the last one bears the times. */
export function frame(
  context: PanelContext,
  height: number,
  last: boolean,
): Plot.PlotOptions {
  const times = timeScale(domainOf(context.r), context.width, context.lang);
  return {
    width: context.width,
    height: height + (last ? 22 : 0),
    ...context.sides,
    marginTop: 10,
    marginBottom: last ? 24 : 2,
    x: last ? times : plainScale(times),
  };
}

/** Vertical lines at the ticks. */
export const gridX = (context: PanelContext): Plot.RuleX =>
  Plot.ruleX(
    timeScale(domainOf(context.r), context.width, context.lang).ticks,
    {
      stroke: "var(--line)",
    },
  );

/** The panel's name in its corner. */
export const caption = (text: string): Plot.Text =>
  Plot.text([text], {
    frameAnchor: "top-left",
    dx: 4,
    dy: -2,
    fill: "var(--ink-2)",
    stroke: "var(--card)",
    strokeWidth: 4,
  });

/** The last value that is known. */
export const newestOf = (column: Column): number | null =>
  column.findLast((value) => value !== null) ?? null;

/** The values that are known. */
export const knownOf = (column: Column): number[] =>
  column.filter((value) => value !== null);
