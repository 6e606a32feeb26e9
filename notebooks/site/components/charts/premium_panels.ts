/// <reference lib="dom" />
/** The panels of the Premium page: three premiums, and the age of the rate below them. */
import * as Plot from "@observablehq/plot";
import type { PremiumColumns } from "../../data/premium.json.ts";
import type { Axis } from "../../../marts.ts";
import { openOf, runs } from "./axes.js";
import {
  caption,
  frame,
  gridX,
  hover,
  knownOf,
  newestOf,
  type PanelContext,
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

/** One of the three. */
export type Premium = keyof typeof PREMIUMS;

/** Their names, in the order in which they are drawn. */
export const PREMIUM_NAMES = Object.keys(PREMIUMS) as Premium[];

/** What the charts of the Premium page are drawn from. */
export interface PremiumContext extends PanelContext<Axis & PremiumColumns> {
  /** The pair of markets. */
  name: string;
  percent: (value: number | null) => string;
  /** Minutes as a length of time. */
  age: (minutes: number | null) => string;
}

/** A bar under the pointer. */
type Row =
  & { x: Date; age: number | null; stale: boolean; disagree: boolean }
  & Record<Premium, number | null>;

/** The bars of which a premium is known. */
const rowsOf = (r: Axis & PremiumColumns): Row[] =>
  r.fx.map((fx, i) => ({
    x: new Date(openOf(r, i + 0.5)),
    fx,
    usdt: r.usdt[i] ?? null,
    tether: r.tether[i] ?? null,
    age: r.age[i] ?? null,
    stale: r.stale[i] === "1",
    disagree: r.disagree[i] === "1",
  })).filter((d) => d.fx !== null || d.usdt !== null);

/** What the pointer's place says. */
function title(d: Row, { t, lang, percent, age }: PremiumContext): string {
  const p = t.premium;
  return [
    moment(d.x, lang),
    ...PREMIUM_NAMES.map((key) => `${p.names[key]} ${percent(d[key])}`),
    `${p.age} ${age(d.age)}`,
    ...(d.stale ? [p.stale] : []),
    ...(d.disagree ? [p.disagree] : []),
  ].join("\n");
}

/** The three premiums in percent; stale and disagreeing spans are marked. */
export function premiumPanel(
  context: PremiumContext,
): SVGElement | HTMLElement {
  const { r, t, percent, name } = context;
  const rows = rowsOf(r);
  const values = PREMIUM_NAMES.flatMap((key) => knownOf(r[key]));
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
      ...PREMIUM_NAMES.map((key) =>
        Plot.lineY(series(r, r[key]), {
          x: "x",
          y: "y",
          stroke: PREMIUMS[key],
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
        y: (d: Row) => d.fx ?? d.usdt,
        title: (d: Row) => title(d, context),
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
export function agePanel(context: PremiumContext): SVGElement | HTMLElement {
  const { r, t, age } = context;
  const most = Math.max(75, ...knownOf(r.age));
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
      Plot.areaY(series(r, r.age), {
        x: "x",
        y: "y",
        fill: "var(--part)",
        fillOpacity: 0.25,
      }),
      Plot.lineY(series(r, r.age), { x: "x", y: "y", stroke: "var(--part)" }),
      Plot.ruleY([60], { stroke: "var(--part)", strokeDasharray: "3 3" }),
      Plot.ruleY([0], { stroke: "var(--line-2)" }),
      caption(t.premium.age),
    ],
  });
  return label(
    plot,
    t.coin.panelLabel(t.premium.age, age(newestOf(r.age))),
  );
}
