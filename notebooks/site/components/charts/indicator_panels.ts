// @ts-nocheck Its types are still to come.
/** The panes of further indicators below the price, each a line or two with its usual bounds. */
import * as Plot from "@observablehq/plot";
import {
  caption,
  frame,
  gridX,
  lowest,
  newestOf,
  rightAxis,
  series,
  unknown,
} from "./panel.js";
import { label } from "../parts/elements.js";
import { compact, number } from "../parts/format.js";

/** Columns (the second is dashed), bounds, the range of values where it is fixed, decimal places. */
const SPECS = {
  stoch: {
    columns: ["stoch_k", "stoch_d"],
    bounds: [20, 80],
    domain: [0, 100],
    digits: 1,
  },
  mfi: { columns: ["mfi14"], bounds: [20, 80], domain: [0, 100], digits: 1 },
  cci: { columns: ["cci20"], bounds: [-100, 100], digits: 0 },
  adx: { columns: ["adx14"], bounds: [25], domain: [0, 100], digits: 1 },
  atr: { columns: ["atr14"], bounds: [], digits: null },
  obv: { columns: ["obv"], bounds: [], digits: null },
  up_share: {
    columns: ["up_share240"],
    bounds: [0.5],
    digits: 2,
  },
};

/** The names of these panes. */
export const INDICATOR_PANES = Object.keys(SPECS);

/** One pane; where the indicator is nowhere known, the pane says so. */
export function indicatorPane(context, name) {
  const { r, lang, t } = context;
  const { columns, bounds, domain, digits } = SPECS[name];
  const show = (v) =>
    digits === null ? compact(v, lang) : number(v, lang, digits);
  const values = columns.flatMap((column) => r[column])
    .filter((v) => v !== null);
  const ends = domain ??
    [Math.min(...values, ...bounds), Math.max(...values, ...bounds)];
  const plot = Plot.plot({
    ...frame(context, 90, lowest(context, name)),
    y: rightAxis(bounds.length > 1 ? bounds : 3, show, {
      domain: values.length > 0 || domain ? ends : [0, 1],
      nice: !domain,
    }),
    marks: [
      unknown(r),
      gridX(context),
      Plot.ruleY(bounds, {
        stroke: "var(--line-2)",
        strokeDasharray: "3 3",
      }),
      ...columns.map((column, i) =>
        Plot.lineY(series(r, column), {
          x: "x",
          y: "y",
          stroke: `var(--series-${i})`,
          strokeWidth: 1.4,
        })
      ),
      caption(context.colours[name].text),
      values.length === 0
        ? Plot.text([t.signals.warming], {
          frameAnchor: "middle",
          fill: "var(--ink-2)",
        })
        : null,
    ],
  });
  return label(
    plot,
    t.coin.paneLabel(
      context.colours[name].text,
      values.length === 0
        ? t.unknown
        : columns.map((column) => show(newestOf(r[column]))).join(", "),
    ),
  );
}
