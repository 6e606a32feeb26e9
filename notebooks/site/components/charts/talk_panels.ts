/// <reference lib="dom" />
/** The panels of the Talk page, one above the other on one time axis. */
import * as Plot from "@observablehq/plot";
import type { Market } from "../../../marts.ts";
import type { TalkRange, TalkSeries } from "../../data/talk.json.ts";
import { openOf } from "./axes.js";
import {
  gridX,
  hatched,
  hover,
  knownOf,
  type PanelContext,
  rightAxis,
} from "./panel.js";
import * as panel from "./panel.js";
import { label } from "../parts/elements.js";
import { compact, moment, number, price } from "../parts/format.js";

/** What the charts of the Talk page are drawn from: `m` is the market. */
export interface TalkContext extends PanelContext<TalkRange> {
  m: Market;
}

/** Like that of other panels, with room for the name above it. */
const frame = (
  context: TalkContext,
  height: number,
  last: boolean,
): Plot.PlotOptions => ({
  ...panel.frame(context, height, last),
  marginTop: 20,
});

/** The panel's name above its frame. */
const caption = (text: string, unit: string): Plot.Text =>
  Plot.text([`${text}  ${unit}`], {
    frameAnchor: "top-left",
    dy: -16,
    fill: "var(--ink-2)",
  });

/** A line at the pointer. */
const rule = (data: Plot.Data, options: Plot.RuleXOptions): Plot.RuleX =>
  Plot.ruleX(data, Plot.pointerX({ stroke: "var(--ink-3)", ...options }));

/** A bar of a talk series: a rate a minute where it is wholly known, or at least so much. */
interface Rate {
  x: Date;
  whole: number | null;
  least: number | null;
}

/** The rates of a series, bar by bar. */
function ratesOf(r: TalkRange, key: string): Rate[] {
  const { raw, complete } = r.talk[key]!;
  return raw.map((count, i) => {
    const rate = count === null ? null : count / r.step;
    const whole = complete[i] === "1";
    return {
      x: new Date(openOf(r, i + 0.5)),
      // A bar that is wholly known without a count has none.
      whole: whole ? rate ?? 0 : null,
      least: whole ? null : rate,
    };
  });
}

/** One talk series a minute; what is not fully observed is hatched, and dotted where something is known. */
export function talkPanel(
  context: TalkContext,
  s: TalkSeries,
  name: string,
  colour: string,
): SVGElement | HTMLElement {
  const { r, lang, t } = context;
  const rates = ratesOf(r, s.key);
  const known = rates.flatMap((d) => d.whole ?? []);
  const some = rates.filter((d) => d.whole !== null || d.least !== null);
  const max = Math.max(
    1 / r.step,
    ...some.map((d) => d.whole ?? d.least ?? 0),
  );
  const digits = max < 10 ? 1 : 0;
  const plot = Plot.plot({
    ...frame(context, 92, false),
    y: rightAxis(3, (v) => number(v, lang, Number.isInteger(v) ? 0 : 1), {
      domain: [0, max * 1.05],
    }),
    marks: [
      hatched(r, (i) => r.talk[s.key]?.complete[i] !== "1"),
      Plot.gridY({ ticks: 3, stroke: "var(--line)", strokeOpacity: 1 }),
      gridX(context),
      Plot.areaY(rates, {
        x: "x",
        y: "whole",
        fill: colour,
        fillOpacity: 0.15,
      }),
      Plot.lineY(rates, {
        x: "x",
        y: "whole",
        stroke: colour,
        strokeWidth: 1.4,
      }),
      Plot.dot(rates.filter((d) => d.least !== null), {
        x: "x",
        y: "least",
        r: 1.8,
        stroke: colour,
        fill: "var(--card)",
      }),
      Plot.ruleY([0], { stroke: "var(--line-2)" }),
      rule(some, { x: "x" }),
      hover(some, {
        anchor: "top",
        x: "x",
        y: (d: Rate) => d.whole ?? d.least,
        title: (d: Rate) =>
          `${d.whole === null ? `${t.talk.atLeast}: ` : ""}${
            number(d.whole ?? d.least, lang, digits)
          } ${t.talk.perMinute}\n${moment(d.x, lang)}`,
      }),
      caption(name, t.talk.perMinute),
    ],
  });
  const mean = known.reduce((sum, rate) => sum + rate, 0) / known.length;
  return label(
    plot,
    t.talk.measureLabel({
      name,
      range: t.ranges[context.range],
      max: number(known.length ? Math.max(...known) : null, lang, digits),
      mean: number(known.length ? mean : null, lang, digits),
      missing: number(r.n - known.length, lang),
      n: number(r.n, lang),
    }),
  );
}

/** A bar whose volume is known; `y` is a minute's. */
interface VolumeBar {
  x1: Date;
  x2: Date;
  x: Date;
  y: number | null;
  state: string | undefined;
}

/** Volume a minute in base units. */
export function volumePanel(
  context: TalkContext,
): SVGElement | HTMLElement {
  const { r, m, lang, t } = context;
  const { volume, states } = r.markets[m.key]!;
  const bars = volume.map((value, i): VolumeBar => ({
    x1: new Date(openOf(r, i + 0.1)),
    x2: new Date(openOf(r, i + 0.9)),
    x: new Date(openOf(r, i + 0.5)),
    y: value === null ? null : value / r.step,
    state: states[i],
  })).filter((d) => d.y !== null);
  const plot = Plot.plot({
    ...frame(context, 92, false),
    y: rightAxis(3, (v) => compact(v, lang)),
    marks: [
      hatched(r, (i) => states[i] === "u"),
      Plot.gridY({ ticks: 3, stroke: "var(--line)", strokeOpacity: 1 }),
      gridX(context),
      Plot.rect(bars, {
        x1: "x1",
        x2: "x2",
        y1: 0,
        y2: "y",
        fill: (d: VolumeBar) =>
          d.state === "p" ? "url(#hatch-part)" : "var(--ink-3)",
      }),
      Plot.ruleY([0], { stroke: "var(--line-2)" }),
      rule(bars, { x: "x" }),
      hover(bars, {
        anchor: "top",
        x: "x",
        y: "y",
        title: (d: VolumeBar) =>
          `${compact(d.y, lang)} ${t.talk.volumeUnit(m.base)}${
            d.state === "p" ? ` (${t.coin.states.p})` : ""
          }\n${moment(d.x, lang)}`,
      }),
      caption(`${t.talk.volume} · ${m.market}`, t.talk.volumeUnit(m.base)),
    ],
  });
  return label(
    plot,
    t.talk.volumeLabel({
      name: m.market,
      range: t.ranges[context.range],
      max: compact(
        bars.length ? Math.max(...bars.map((d) => d.y ?? 0)) : null,
        lang,
      ),
    }),
  );
}

/** A bar. */
interface HighLow {
  x: Date;
  high: number | null;
  low: number | null;
}

/** The span between low and high of each bar. */
export function highLowPanel(
  context: TalkContext,
): SVGElement | HTMLElement {
  const { r, m, lang, t } = context;
  const { high, low, states } = r.markets[m.key]!;
  const spans = high.map((value, i): HighLow => ({
    x: new Date(openOf(r, i + 0.5)),
    high: value,
    low: low[i] ?? null,
  }));
  const known = spans.filter((d) => d.high !== null);
  // Where nothing is known an empty frame stands.
  const most = known.length ? Math.max(...knownOf(high)) : 1;
  const least = known.length ? Math.min(...knownOf(low)) : 0;
  const show = (v: number | null) => price(v, lang, most, m.quote);
  const room = (most - least || most * 0.001 || 1) * 0.05;
  const plot = Plot.plot({
    ...frame(context, 130, true),
    y: rightAxis(4, show, { domain: [least - room, most + room] }),
    marks: [
      hatched(r, (i) => states[i] === "u"),
      Plot.gridY({ ticks: 4, stroke: "var(--line)", strokeOpacity: 1 }),
      gridX(context),
      Plot.areaY(spans, {
        x: "x",
        y1: "low",
        y2: "high",
        fill: "var(--accent)",
        fillOpacity: 0.25,
      }),
      Plot.lineY(spans, {
        x: "x",
        y: "high",
        stroke: "var(--accent)",
        strokeWidth: 1,
      }),
      Plot.lineY(spans, {
        x: "x",
        y: "low",
        stroke: "var(--accent)",
        strokeWidth: 1,
        strokeOpacity: 0.6,
      }),
      rule(known, { x: "x" }),
      hover(known, {
        anchor: "top",
        x: "x",
        y: "high",
        title: (d: HighLow) =>
          `${show(d.low)} – ${show(d.high)} ${m.quote}\n${moment(d.x, lang)}`,
      }),
      caption(`${t.talk.highLow} · ${m.market}`, m.quote),
    ],
  });
  return label(
    plot,
    t.talk.priceLabel({
      name: m.market,
      range: t.ranges[context.range],
      low: show(least),
      high: show(most),
    }),
  );
}
