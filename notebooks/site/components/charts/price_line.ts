/// <reference lib="dom" />
/** A market's price as a line over the newest span. */
import * as Plot from "@observablehq/plot";
import { label } from "../parts/elements.js";
import { moment, price } from "../parts/format.js";
import { i18n, type Lang } from "../words/i18n.js";
import { sides, timeScale } from "./axes.js";
import { hover, rightAxis } from "./panel.js";

/** A price at `x`, in milliseconds UTC; null breaks the line. */
export interface PricePoint {
  x: number;
  y: number | null;
}

/** A point whose price is known. */
type KnownPoint = PricePoint & { y: number };

/** What the line is drawn from. */
export interface PriceLine {
  points: PricePoint[];
  domain: [from: number, to: number];
  width: number;
  lang: Lang;
  market: { base: string; quote: string };
  /** The name of the span. */
  range: string;
}

/** The line, its newest point marked. */
export function priceLine(
  { points, domain, width, lang, market, range }: PriceLine,
): SVGElement | HTMLElement {
  const drawn = points.filter((p) => p.x >= domain[0]);
  const within = drawn.filter((p): p is KnownPoint => p.y !== null);
  const low = Math.min(...within.map((p) => p.y));
  const high = Math.max(...within.map((p) => p.y));
  const last = within.at(-1);
  const colour = "var(--accent)";
  const room = (high - low || Math.abs(high) * 0.001 || 1) * 0.08;
  const x = (p: PricePoint) => new Date(p.x);
  const show = (value: number | undefined) =>
    price(value, lang, high, market.quote);
  const plot = Plot.plot({
    width,
    height: 132,
    ...sides(show(high)),
    marginTop: 8,
    marginBottom: 22,
    x: timeScale(domain, width, lang),
    y: rightAxis(3, show, { domain: [low - room, high + room] }),
    marks: [
      Plot.gridY({ ticks: 3, stroke: "var(--line)", strokeOpacity: 1 }),
      Plot.areaY(drawn, {
        x,
        y1: low - room,
        y2: "y",
        fill: colour,
        fillOpacity: 0.08,
      }),
      Plot.lineY(drawn, { x, y: "y", stroke: colour, strokeWidth: 1.5 }),
      last
        ? Plot.dot([last], {
          x,
          y: "y",
          r: 3,
          fill: colour,
          stroke: "var(--card)",
        })
        : null,
      hover(within, {
        x,
        y: "y",
        title: (p: KnownPoint) =>
          `${show(p.y)} ${market.quote}\n${moment(p.x, lang)}`,
      }),
    ],
  });
  return label(
    plot,
    i18n[lang].market.lineLabel({
      name: `${market.base}/${market.quote}`,
      range,
      from: show(within[0]?.y),
      to: show(last?.y),
      low: show(low),
      high: show(high),
    }),
  );
}
