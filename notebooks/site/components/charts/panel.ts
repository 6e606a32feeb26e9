// @ts-nocheck Its types are still to come.
/** What panes on a time axis share. */
import * as Plot from "@observablehq/plot";
import {
  domainOf,
  MINUTE,
  openOf,
  plainScale,
  runs,
  timeScale,
} from "./axes.js";

/** The panes below the price of the Coin page, in their order. */
export const PANES = [
  "volume",
  "rsi",
  "macd",
  "stoch",
  "mfi",
  "cci",
  "adx",
  "atr",
  "obv",
  "up_share",
];

/** One object a known bar; `x` is its middle. */
export function bars({ r }) {
  const found = [];
  for (let i = 0; i < r.n; i++) {
    if (r.states[i] === "u") continue;
    const open = openOf(r, i);
    const width = r.step * MINUTE;
    found.push({
      i,
      state: r.states[i],
      x: new Date(open + width / 2),
      x1: new Date(open + width * 0.16),
      x2: new Date(open + width * 0.84),
      open: r.open[i],
      high: r.high[i],
      low: r.low[i],
      close: r.close[i],
      volume: r.volume[i],
    });
  }
  return found;
}

/** A series with its gaps: null breaks the line. */
export const series = (r, name) =>
  r[name].map((y, i) => ({ x: new Date(openOf(r, i + 0.5)), y }));

/** Red or blue by the bar's direction. */
export const colourOf = (bar) =>
  bar.close >= bar.open ? "var(--up)" : "var(--down)";

/** Spans of bars for which `test` holds. */
export const spans = (r, test, options) =>
  Plot.rect(runs(r, test), {
    x1: (d) => new Date(d.x1),
    x2: (d) => new Date(d.x2),
    ...options,
  });

/** Hatching over the spans that nobody saw. */
export const unknown = (r, test = (i) => r.states[i] === "u") =>
  spans(r, test, { fill: "url(#hatch)", className: "unknown-span" });

/** What the pointer's place says: `title` in a box at `y`. */
export const hover = (rows, options) =>
  Plot.tip(
    rows,
    Plot.pointerX({
      fill: "var(--card)",
      stroke: "var(--line-2)",
      ...options,
    }),
  );

/** An axis of values on the right. */
export const rightAxis = (ticks, tickFormat, more = {}) => ({
  axis: "right",
  ticks,
  tickSize: 0,
  label: null,
  tickFormat,
  ...more,
});

/** Size, margins and the x scale of a pane; the last one bears the times. */
export const frame = (context, height, last) => ({
  width: context.width,
  height: height + (last ? 22 : 0),
  ...context.sides,
  marginTop: 10,
  marginBottom: last ? 24 : 2,
  x: last
    ? timeScale(domainOf(context.r), context.width, context.lang)
    : plainScale(timeScale(domainOf(context.r), context.width, context.lang)),
});

/** Whether this pane is the lowest chosen one, which bears the time axis. */
export const lowest = (context, pane) =>
  PANES.findLast((name) => context.chosen.has(name)) === pane;

/** Vertical lines at the ticks. */
export const gridX = (context) =>
  Plot.ruleX(
    timeScale(domainOf(context.r), context.width, context.lang).ticks,
    {
      stroke: "var(--line)",
    },
  );

/** The pane's name in its corner. */
export const caption = (text) =>
  Plot.text([text], {
    frameAnchor: "top-left",
    dx: 4,
    dy: -2,
    fill: "var(--ink-2)",
    stroke: "var(--card)",
    strokeWidth: 4,
  });

/** The last value that is known. */
export const newestOf = (values) => values.findLast((v) => v !== null) ?? null;
