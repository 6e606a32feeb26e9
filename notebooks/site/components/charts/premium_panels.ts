// @ts-nocheck Its types are still to come.
/** The panes of the Premium page: three premiums, and the age of the rate below them. */
import * as Plot from "@observablehq/plot";
import { openOf, runs } from "./axes.js";
import {
  caption,
  frame,
  gridX,
  hover,
  newestOf,
  rightAxis,
  series,
  spans,
  unknown,
} from "./panel.js";
import { label } from "../parts/elements.js";
import { moment } from "../parts/format.js";

/** The three lines and their colours. */
export const PREMIUMS = {
  fx: "var(--series-0)",
  usdt: "var(--series-1)",
  tether: "var(--series-5)",
};

/** The three premiums in percent; stale and disagreeing spans are marked. */
export function premiumPane(context) {
  const { r, t, lang, percent, age, name } = context;
  const rows = r.fx.map((fx, i) => ({
    x: new Date(openOf(r, i + 0.5)),
    fx,
    usdt: r.usdt[i],
    tether: r.tether[i],
    age: r.age[i],
    stale: r.stale[i] === "1",
    disagree: r.disagree[i] === "1",
  })).filter((d) => d.fx !== null || d.usdt !== null);
  const values = Object.keys(PREMIUMS).flatMap((key) => r[key])
    .filter((v) => v !== null);
  const low = Math.min(0, ...values);
  const high = Math.max(0, ...values);
  const room = (high - low || 0.01) * 0.08;
  const p = t.premium;
  const plot = Plot.plot({
    ...frame(context, 300, false),
    y: rightAxis(6, (v) => percent(v), { domain: [low - room, high + room] }),
    marks: [
      unknown(r),
      spans(r, (i) => r.disagree[i] === "1", {
        fill: "var(--series-4)",
        fillOpacity: 0.14,
        className: "disagree-span",
      }),
      spans(r, (i) => r.stale[i] === "1", {
        fill: "url(#hatch-part)",
        fillOpacity: 0.3,
        className: "stale-span",
      }),
      Plot.gridY({ ticks: 6, stroke: "var(--line)", strokeOpacity: 1 }),
      gridX(context),
      Plot.ruleY([0], { stroke: "var(--ink-3)" }),
      ...Object.entries(PREMIUMS).map(([key, stroke]) =>
        Plot.lineY(series(r, key), {
          x: "x",
          y: "y",
          stroke,
          strokeWidth: 1.5,
          className: "premium-line",
        })
      ),
      Plot.ruleX(
        rows,
        Plot.pointerX({ x: "x", stroke: "var(--ink-3)" }),
      ),
      hover(rows, {
        x: "x",
        y: (d) => d.fx ?? d.usdt,
        title: (d) =>
          [
            moment(d.x, lang),
            ...Object.keys(PREMIUMS).map((key) =>
              `${p.names[key]} ${percent(d[key])}`
            ),
            `${p.age} ${age(d.age)}`,
            ...(d.stale ? [p.stale] : []),
            ...(d.disagree ? [p.disagree] : []),
          ].join("\n"),
      }),
    ],
  });
  return label(
    plot,
    p.label({
      name,
      range: t.ranges[context.range],
      fx: percent(newestOf(r.fx)),
      usdt: percent(newestOf(r.usdt)),
      tether: percent(newestOf(r.tether)),
      stale: runs(r, (i) => r.stale[i] === "1").length,
      disagree: runs(r, (i) => r.disagree[i] === "1").length,
    }),
  );
}

/** Minutes since the official rate was given, with the bound of one hour. */
export function agePane(context) {
  const { r, t, age } = context;
  const most = Math.max(75, ...r.age.filter((v) => v !== null));
  // Whole hours, at most three of them.
  const hours = [1, 2, 4, 6, 12, 24, 48].find((h) => most / 60 / h < 4) ?? 96;
  const ticks = most < 90
    ? [30, 60]
    : Array.from({ length: 3 }, (_, i) => (i + 1) * hours * 60)
      .filter((v) => v <= most);
  const plot = Plot.plot({
    ...frame(context, 80, true),
    y: rightAxis(ticks, (v) => v === 0 ? "" : age(v), { domain: [0, most] }),
    marks: [
      unknown(r),
      gridX(context),
      Plot.areaY(series(r, "age"), {
        x: "x",
        y: "y",
        fill: "var(--part)",
        fillOpacity: 0.25,
      }),
      Plot.lineY(series(r, "age"), { x: "x", y: "y", stroke: "var(--part)" }),
      Plot.ruleY([60], { stroke: "var(--part)", strokeDasharray: "3 3" }),
      Plot.ruleY([0], { stroke: "var(--line-2)" }),
      caption(t.premium.age),
    ],
  });
  return label(
    plot,
    t.coin.paneLabel(t.premium.age, age(newestOf(r.age))),
  );
}
