/** What can be drawn over the candles: averages, bands, cloud, volume by price, signals. */
import * as Plot from "@observablehq/plot";
import type { Column } from "../../../marts.ts";
import type { CoinBars, Signal } from "../../data/coin/[market].json.ts";
import type { Lang, Words } from "../words/i18n.js";
import { domainOf, MINUTE, openOf } from "./axes.js";
import { type Bar, type CoinContext, overlaysOf } from "./indicators.js";
import { series } from "./panel.js";
import { compact, nameIn, number } from "../parts/format.js";

/** The part of the width that the largest bucket of volume takes. */
const PROFILE_WIDTH = 0.22;

/** What is drawn besides the candles. */
interface Overlays {
  below: Plot.Markish[];
  marks: Plot.Markish[];
  values: Column;
}

/**
 * Marks under the candles, marks over them, and the values that the price axis
 * has to hold.
 */
export function overlays(context: CoinContext, known: Bar[]): Overlays {
  const { chosen, r, data } = context;
  const drawn: Overlays = { below: [], marks: [], values: [] };
  if (chosen.has("profile")) drawn.below.push(...profile(context, known));
  const shown = overlaysOf(data).filter(({ id }) => chosen.has(id));
  for (const { columns, drawn: { over, series } } of shown) {
    const values = columns.map((column) => r[column] ?? []);
    const colour = `var(--series-${series})`;
    if (over === "band") drawn.below.push(...band(r, values, colour));
    if (over === "cloud") drawn.below.push(...cloud(r, values, colour));
    if (over === "lines") {
      drawn.marks.push(...values.map((column) => line(r, column, colour)));
    }
    // The price axis holds the cloud, not its lines.
    drawn.values.push(...values.slice(over === "cloud" ? -2 : 0).flat());
  }
  if (chosen.has("signals")) drawn.marks.push(...signals(context, known));
  return drawn;
}

const line = (
  r: CoinBars,
  column: Column,
  stroke: string,
  more: Plot.LineYOptions = {},
): Plot.Markish =>
  Plot.lineY(series(r, column), {
    x: "x",
    y: "y",
    stroke,
    strokeWidth: 1.4,
    ...more,
  });

/** From the first column down to the last. */
function band(r: CoinBars, columns: Column[], colour: string): Plot.Markish[] {
  const [upper = [], lower = []] = [columns[0], columns.at(-1)];
  const edges = series(r, upper).map((d, i) => ({ ...d, low: lower[i] }));
  return [
    Plot.areaY(edges, {
      x: "x",
      y1: "low",
      y2: "y",
      fill: colour,
      fillOpacity: 0.07,
    }),
    ...[upper, lower].map((edge) =>
      line(r, edge, colour, { strokeWidth: 1, strokeOpacity: 0.7 })
    ),
  ];
}

/** Ichimoku's conversion and base lines, and the cloud over each bar as it was known 26 bars before. */
function cloud(
  r: CoinBars,
  [conversion = [], base = [], spanA = [], spanB = []]: Column[],
  colour: string,
): Plot.Markish[] {
  const spans = series(r, spanA).map((d, i) => ({ ...d, b: spanB[i] }));
  return [
    Plot.differenceY(
      spans.filter((d) => d.y !== null && d.b !== null),
      {
        x: "x",
        y1: "b",
        y2: "y",
        positiveFill: "var(--up)",
        negativeFill: "var(--down)",
        fillOpacity: 0.14,
        stroke: "none",
      },
    ),
    line(r, spanA, "var(--up)", { strokeWidth: 0.8 }),
    line(r, spanB, "var(--down)", { strokeWidth: 0.8 }),
    line(r, conversion, colour, { strokeWidth: 1.1 }),
    line(r, base, colour, { strokeWidth: 1.1, strokeDasharray: "4 2" }),
  ];
}

/** Volume by price from the left edge; the value area darker, the point of control as a line. */
function profile(
  { r, data, range }: CoinContext,
  known: Bar[],
): Plot.Markish[] {
  const given = data.profile[range === "6h" || range === "1d" ? "1d" : "7d"];
  if (!given) return [];
  const low = Math.min(...known.map((bar) => bar.low));
  const high = Math.max(...known.map((bar) => bar.high));
  const [from, to] = domainOf(r);
  const largest = Math.max(...given.volume);
  const step = (given.high - given.low) / given.volume.length;
  const buckets = given.volume.map((volume, i) => ({
    volume,
    y1: Math.max(low, given.low + i * step),
    y2: Math.min(high, given.low + (i + 1) * step),
    within: i >= given.area[0] && i <= given.area[1],
  })).filter((d) => d.y2 > d.y1);
  const control = given.low + (given.control + 0.5) * step;
  return [
    Plot.rect(buckets, {
      x1: new Date(from),
      x2: (d: { volume: number }) =>
        new Date(from + (to - from) * PROFILE_WIDTH * d.volume / largest),
      y1: "y1",
      y2: "y2",
      insetTop: 0.5,
      fill: "var(--accent)",
      fillOpacity: (d: { within: boolean }) => d.within ? 0.28 : 0.12,
      className: "profile",
    }),
    control >= low && control <= high
      ? Plot.ruleY([control], {
        stroke: "var(--accent)",
        strokeOpacity: 0.6,
        strokeDasharray: "1 3",
      })
      : null,
  ];
}

/** What a signal says, such as `RSI 14 ▲ 70`. */
export const signalText = (signal: Signal, lang: Lang, t: Words): string => {
  const digits = signal.signal === "price_move" ? 3 : 0;
  const crossed = ["golden_cross", "dead_cross", "volume_surge"]
      .includes(signal.signal)
    ? ""
    : ` ${number(signal.threshold, lang, digits)}`;
  return `${nameIn(t.signals.names, signal.signal)} ${
    signal.direction === "up" ? "▲" : "▼"
  }${crossed}`;
};

/** The bar a signal fired on, or −1 outside the axis. */
export function barOf(signal: Signal, r: CoinBars): number {
  const i = Math.floor(((signal.at - 1) / MINUTE - r.start) / r.step);
  return i >= 0 && i < r.n ? i : -1;
}

/** What fired on a bar in one direction. */
interface Fired {
  bar: Bar;
  up: boolean;
  texts: string[];
}

/** Triangles under and over the bars that fired; one a bar and direction. */
function signals(
  { r, data, lang, t }: CoinContext,
  known: Bar[],
): Plot.Markish[] {
  const bars = new Map(known.map((bar) => [bar.i, bar]));
  const marked = new Map<string, Fired>();
  for (const signal of data.signals[r.interval] ?? []) {
    const bar = bars.get(barOf(signal, r));
    if (!bar) continue;
    const key = `${bar.i} ${signal.direction}`;
    const mark: Fired = marked.get(key) ??
      { bar, up: signal.direction === "up", texts: [] };
    mark.texts.push(signalText(signal, lang, t));
    marked.set(key, mark);
  }
  const all = [...marked.values()];
  return [true, false].map((up) =>
    Plot.dot(all.filter((mark) => mark.up === up), {
      x: (mark: Fired) => new Date(openOf(r, mark.bar.i + 0.5)),
      y: (mark: Fired) => up ? mark.bar.low : mark.bar.high,
      dy: up ? 9 : -9,
      symbol: "triangle",
      rotate: up ? 0 : 180,
      r: 3.2,
      fill: up ? "var(--up)" : "var(--down)",
      stroke: "var(--card)",
      strokeWidth: 0.7,
      title: (mark: Fired) => mark.texts.join("\n"),
      className: "signals",
    })
  );
}

/** Value of a signal as a person reads it. */
export const signalValue = (
  signal: string,
  value: number | null,
  lang: Lang,
  show: (value: number) => string,
): string =>
  value === null
    ? "–"
    : signal === "price_move"
    ? `${number(value * 100, lang, 2)}%`
    : signal === "volume_surge"
    ? compact(value, lang)
    : signal === "golden_cross" || signal === "dead_cross"
    ? show(value)
    : number(value, lang, 1);
