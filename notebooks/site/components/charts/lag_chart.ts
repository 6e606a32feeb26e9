/// <reference lib="dom" />
/** Correlation by lag, with both bands. */
import * as Plot from "@observablehq/plot";
import type { Bucket, Correlated } from "../../data/talk.json.ts";
import { label } from "../parts/elements.js";
import { number } from "../parts/format.js";
import type { Lang, Words } from "../words/i18n.js";
import { FOUND } from "../parts/verdict.js";
import { hover } from "./panel.js";

/** What the chart is drawn from; `text` is its text alternative. */
export interface LagContext {
  pair: Correlated;
  bucket: Bucket;
  width: number;
  lang: Lang;
  t: Words;
  text: string;
}

/** A lag; `at` is in minutes or hours, as its bucket says. */
interface Lag {
  at: number;
  r: number | null;
  n: number;
  band: number | null;
  family: number | null;
  peak: boolean;
}

/** A lag at which something is known. */
type KnownLag = Lag & { r: number };

/** Whether it lies beyond the band of all lags. */
const beyond = (d: KnownLag): boolean => Math.abs(d.r) > (d.family ?? 0);

function lagsOf({ pair }: LagContext, scale: number): Lag[] {
  const { lag, r, band, family, n } = pair.lags;
  return lag.map((at, i) => ({
    at: at * scale,
    r: r[i] ?? null,
    n: n[i] ?? 0,
    band: band[i] ?? null,
    family: family[i] ?? null,
    peak: FOUND.includes(pair.verdict) && pair.lag === at,
  }));
}

/** Ticks on both sides of zero, as many as the width bears. */
function ticksOf(end: number, width: number): number[] {
  const step = [1, 2, 3, 6, 12, 15, 30, 60, 120]
    .find((s) => end / s <= (width < 500 ? 2.5 : 4.5)) ?? 240;
  const each = Math.floor(end / step);
  return Array.from({ length: 2 * each + 1 }, (_, i) => (i - each) * step);
}

/** The band of one lag, and the edges of the band of all lags. */
function bands(rows: Lag[]): { area: Plot.Markish; edges: Plot.Markish[] } {
  return {
    area: Plot.areaY(rows.filter((d) => d.band !== null), {
      x: "at",
      y1: (d: Lag) => -(d.band ?? 0),
      y2: "band",
      fill: "var(--ink-3)",
      fillOpacity: 0.16,
      curve: "step",
    }),
    edges: [1, -1].map((sign) =>
      Plot.line(rows, {
        x: "at",
        y: (d: Lag) => d.family === null ? null : sign * d.family,
        stroke: "var(--ink-3)",
        strokeDasharray: "3 3",
        curve: "step",
      })
    ),
  };
}

/** What stands at the lag that stands out. */
const peakText = (
  { pair, lang, t }: LagContext,
  known: KnownLag[],
): Plot.Markish =>
  Plot.text(known.filter((d) => d.peak), {
    x: "at",
    y: "r",
    dy: (pair.r ?? 0) < 0 ? 10 : -9,
    text: (d: KnownLag) =>
      `${d.at < 0 ? "−" : "+"}${
        t.correlation.span(Math.abs(pair.minutes ?? 0))
      } · r = ${number(d.r, lang, 2)}`,
    fill: "var(--accent)",
    stroke: "var(--card)",
    strokeWidth: 4,
    fontWeight: 600,
    textAnchor: (pair.lag ?? 0) > 12
      ? "end"
      : (pair.lag ?? 0) < -12
      ? "start"
      : "middle",
  });

/** A bar a lag, both bands behind, the peak marked where it stands out. */
export function lagChart(context: LagContext): SVGElement | HTMLElement {
  const { bucket, width, lang, t, text } = context;
  const c = t.correlation;
  const scale = bucket === "5m" ? 5 : 1;
  const rows = lagsOf(context, scale);
  const known = rows.filter((d): d is KnownLag => d.r !== null);
  const end = Math.max(...rows.map((d) => d.at)) + scale;
  const heights = known.flatMap((d) => [Math.abs(d.r), d.family ?? 0]);
  const top = Math.min(1, Math.max(0.2, ...heights) * 1.25);
  const { area, edges } = bands(rows);
  const corner = { dy: -20, fill: "var(--ink-2)" };
  const plot = Plot.plot({
    width,
    height: 270,
    marginLeft: 40,
    marginRight: 8,
    marginTop: 26,
    marginBottom: 40,
    x: {
      domain: [-end, end],
      ticks: ticksOf(end, width),
      tickSize: 4,
      label: c.lagAxis[bucket],
      labelAnchor: "center",
      labelArrow: "none",
      tickFormat: (v: number) => number(v, lang),
    },
    y: {
      domain: [-top, top],
      ticks: 5,
      tickSize: 0,
      label: null,
      tickFormat: (v: number) => number(v, lang, 1),
    },
    marks: [
      area,
      Plot.gridY({ ticks: 5, stroke: "var(--line)", strokeOpacity: 1 }),
      Plot.ruleX([0], { stroke: "var(--line-2)" }),
      ...edges,
      Plot.rect(known, {
        x1: (d: KnownLag) => d.at - 0.35 * scale,
        x2: (d: KnownLag) => d.at + 0.35 * scale,
        y1: 0,
        y2: "r",
        fill: (d: KnownLag) => beyond(d) ? "var(--accent)" : "var(--ink-3)",
        fillOpacity: (d: KnownLag) => beyond(d) ? 1 : 0.6,
        className: "lags",
      }),
      Plot.ruleY([0], { stroke: "var(--ink-3)" }),
      peakText(context, known),
      Plot.text([c.later], { frameAnchor: "top-left", ...corner }),
      Plot.text([c.first], { frameAnchor: "top-right", ...corner }),
      hover(known, {
        x: "at",
        y: "r",
        title: (d: KnownLag) =>
          `${c.lagAxis[bucket]} ${number(d.at, lang)}\nr = ${
            number(d.r, lang, 3)
          }, ± ${number(d.band, lang, 3)}, n = ${number(d.n, lang)}`,
      }),
    ],
  });
  return label(plot, text);
}
