/// <reference lib="dom" />
/** The panels of the Coin page, one above the other on one time axis. */
import * as Plot from "@observablehq/plot";
import { overlays } from "./overlays.js";
import {
  type Bar,
  bars,
  chosenPanels,
  type CoinContext,
  colourOf,
  lowest,
} from "./indicators.js";
import { caption, frame, gridX, rightAxis, unknown } from "./panel.js";
import { label } from "../parts/elements.js";
import { compact, number } from "../parts/format.js";

/** The bars, told apart by what is known of them. */
function candles(known: Bar[]): Plot.Markish[] {
  const seen = known.filter((bar) => bar.state === "c");
  const part = known.filter((bar) => bar.state === "p");
  const still = known.filter((bar) => bar.state === "n");
  const body = {
    x1: "x1",
    x2: "x2",
    y1: (bar: Bar) => Math.min(bar.open, bar.close),
    y2: (bar: Bar) => Math.max(bar.open, bar.close),
    insetTop: -0.5,
    insetBottom: -0.5,
  };
  const wick = { x: "x", y1: "low", y2: "high", strokeWidth: 1 };
  return [
    Plot.ruleX(seen, { ...wick, stroke: colourOf }),
    Plot.rect(seen, { ...body, fill: colourOf, className: "candles" }),
    Plot.ruleX(part, {
      ...wick,
      stroke: "var(--part)",
      strokeDasharray: "2 2",
    }),
    Plot.rect(part, {
      ...body,
      fill: "url(#hatch-part)",
      stroke: "var(--part)",
      className: "partial",
    }),
    Plot.ruleY(still, {
      x1: "x1",
      x2: "x2",
      y: "close",
      stroke: "var(--ink-3)",
      strokeWidth: 1.5,
    }),
  ];
}

/** The live price as a line with its number. */
const newestLine = (
  newest: number,
  show: (value: number) => string,
): Plot.Markish[] => [
  Plot.ruleY([newest], {
    stroke: "var(--accent)",
    strokeDasharray: "3 3",
  }),
  Plot.text([newest], {
    y: (v) => v,
    text: (v) => show(v),
    frameAnchor: "right",
    textAnchor: "start",
    dx: 3,
    fill: "var(--accent)",
    stroke: "var(--card)",
    strokeWidth: 11,
    fontWeight: 600,
  }),
];

/** Candlesticks with the chosen overlays. */
export function pricePanel(context: CoinContext): SVGElement | HTMLElement {
  const { r, lang, t, show, name, live } = context;
  const known = bars(r);
  const above = overlays(context, known);
  const newest = live ? Number(live.last) : null;
  const values = [
    ...known.flatMap((bar) => [bar.low, bar.high]),
    ...above.values,
    newest,
  ].filter((v) => v !== null && Number.isFinite(v)) as number[];
  const low = Math.min(...values);
  const high = Math.max(...values);
  const room = (high - low || high * 0.001 || 1) * 0.05;
  const plot = Plot.plot({
    ...frame(
      context,
      context.width < 500 ? 260 : 340,
      chosenPanels(context).length === 0,
    ),
    y: rightAxis(6, show, { domain: [low - room, high + room] }),
    marks: [
      unknown(r),
      Plot.gridY({ ticks: 6, stroke: "var(--line)", strokeOpacity: 1 }),
      gridX(context),
      ...above.below,
      ...candles(known),
      ...above.marks,
      ...(newest === null ? [] : newestLine(newest, show)),
    ],
  });
  return label(
    plot,
    t.coin.label({
      name,
      range: t.ranges[context.range],
      interval: t.intervals[r.interval],
      close: show(known.at(-1)?.close),
      low: show(Math.min(...known.map((bar) => bar.low))),
      high: show(Math.max(...known.map((bar) => bar.high))),
      partial: number(known.filter((bar) => bar.state === "p").length, lang),
      unknown: number(r.n - known.length, lang),
    }),
  );
}

/** Volume in base units. */
export function volumePanel(context: CoinContext): SVGElement | HTMLElement {
  const { r, lang, t } = context;
  const known = bars(context.r);
  const plot = Plot.plot({
    ...frame(context, 80, lowest(context, "volume")),
    y: rightAxis(2, (v) => v === 0 ? "" : compact(v, lang)),
    marks: [
      unknown(r),
      gridX(context),
      Plot.rect(known, {
        x1: "x1",
        x2: "x2",
        y1: 0,
        y2: "volume",
        fill: (bar: Bar) =>
          bar.state === "p" ? "url(#hatch-part)" : colourOf(bar),
        fillOpacity: 0.65,
      }),
      Plot.ruleY([0], { stroke: "var(--line-2)" }),
      caption(`${t.coin.volume} (${context.data.base})`),
    ],
  });
  return label(
    plot,
    t.coin.panelLabel(t.coin.volume, compact(known.at(-1)?.volume, lang)),
  );
}
