// @ts-nocheck Its types are still to come.
/** The panes of the Talk page, one above the other on one time axis. */
import * as Plot from "@observablehq/plot";
import { openOf } from "./axes.js";
import { gridX, hover, rightAxis, unknown } from "./panel.js";
import * as pane from "./panel.js";
import { label } from "../parts/elements.js";
import { compact, moment, number, price } from "../parts/format.js";

/** Like that of other panes, with room for the name above it. */
const frame = (context, height, last) => ({
  ...pane.frame(context, height, last),
  marginTop: 20,
});

/** The pane's name above its frame. */
const caption = (text, unit) =>
  Plot.text([`${text}  ${unit}`], {
    frameAnchor: "top-left",
    dy: -16,
    fill: "var(--ink-2)",
  });

const rule = (data, options) =>
  Plot.ruleX(data, Plot.pointerX({ stroke: "var(--ink-3)", ...options }));

/** One talk series a minute; what is not fully observed is hatched, and dotted where something is known. */
export function talkPane(context, s, name, colour) {
  const { r, lang, t } = context;
  const { raw, complete } = r.talk[s.key];
  const rate = raw.map((count, i) => ({
    x: new Date(openOf(r, i + 0.5)),
    whole: complete[i] === "1" ? count / r.step : null,
    least: complete[i] !== "1" && count !== null ? count / r.step : null,
  }));
  const known = rate.filter((d) => d.whole !== null);
  const some = rate.filter((d) => d.whole !== null || d.least !== null);
  const max = Math.max(1 / r.step, ...some.map((d) => d.whole ?? d.least));
  const digits = max < 10 ? 1 : 0;
  const plot = Plot.plot({
    ...frame(context, 92, false),
    y: rightAxis(3, (v) => number(v, lang, Number.isInteger(v) ? 0 : 1), {
      domain: [0, max * 1.05],
    }),
    marks: [
      unknown(r, (i) => complete[i] !== "1"),
      Plot.gridY({ ticks: 3, stroke: "var(--line)", strokeOpacity: 1 }),
      gridX(context),
      Plot.areaY(rate, { x: "x", y: "whole", fill: colour, fillOpacity: 0.15 }),
      Plot.lineY(rate, {
        x: "x",
        y: "whole",
        stroke: colour,
        strokeWidth: 1.4,
      }),
      Plot.dot(rate.filter((d) => d.least !== null), {
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
        y: (d) => d.whole ?? d.least,
        title: (d) =>
          `${d.whole === null ? `${t.talk.atLeast}: ` : ""}${
            number(d.whole ?? d.least, lang, digits)
          } ${t.talk.perMinute}\n${moment(d.x, lang)}`,
      }),
      caption(name, t.talk.perMinute),
    ],
  });
  return label(
    plot,
    t.talk.measureLabel({
      name,
      range: t.ranges[context.range],
      max: number(
        known.length ? Math.max(...known.map((d) => d.whole)) : null,
        lang,
        digits,
      ),
      mean: number(
        known.length
          ? known.reduce((sum, d) => sum + d.whole, 0) / known.length
          : null,
        lang,
        digits,
      ),
      missing: number(r.n - known.length, lang),
      n: number(r.n, lang),
    }),
  );
}

/** Volume a minute in base units. */
export function volumePane(context) {
  const { r, m, lang, t } = context;
  const { volume, states } = r.markets[m.key];
  const bars = volume.map((value, i) => ({
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
      unknown(r, (i) => states[i] === "u"),
      Plot.gridY({ ticks: 3, stroke: "var(--line)", strokeOpacity: 1 }),
      gridX(context),
      Plot.rect(bars, {
        x1: "x1",
        x2: "x2",
        y1: 0,
        y2: "y",
        fill: (d) => d.state === "p" ? "url(#hatch-part)" : "var(--ink-3)",
      }),
      Plot.ruleY([0], { stroke: "var(--line-2)" }),
      rule(bars, { x: "x" }),
      hover(bars, {
        anchor: "top",
        x: "x",
        y: "y",
        title: (d) =>
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
        bars.length ? Math.max(...bars.map((d) => d.y)) : null,
        lang,
      ),
    }),
  );
}

/** The span between low and high of each bar. */
export function highLowPane(context) {
  const { r, m, lang, t } = context;
  const { high, low, states } = r.markets[m.key];
  const spans = high.map((value, i) => ({
    x: new Date(openOf(r, i + 0.5)),
    high: value,
    low: low[i],
  }));
  const known = spans.filter((d) => d.high !== null);
  // Where nothing is known an empty frame stands.
  const most = known.length ? Math.max(...known.map((d) => d.high)) : 1;
  const least = known.length ? Math.min(...known.map((d) => d.low)) : 0;
  const show = (v) => price(v, lang, most, m.quote);
  const room = (most - least || most * 0.001 || 1) * 0.05;
  const plot = Plot.plot({
    ...frame(context, 130, true),
    y: rightAxis(4, show, { domain: [least - room, most + room] }),
    marks: [
      unknown(r, (i) => states[i] === "u"),
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
        title: (d) =>
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
