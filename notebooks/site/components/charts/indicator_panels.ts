/// <reference lib="dom" />
/** The panels of further indicators below the price, each a line or two with its usual bounds. */
import * as Plot from "@observablehq/plot";
import type { CoinColumn } from "../../data/coin/[market].json.ts";
import { type CoinContext, lowest } from "./indicators.js";
import {
  caption,
  frame,
  gridX,
  knownOf,
  newestOf,
  rightAxis,
  series,
  unknown,
} from "./panel.js";
import { label } from "../parts/elements.js";
import { compact, number } from "../parts/format.js";

/** An indicator below the price. */
type IndicatorPanel =
  | "stoch"
  | "mfi"
  | "cci"
  | "adx"
  | "atr"
  | "obv"
  | "up_share";

/** How an indicator is drawn. */
interface Spec {
  columns: CoinColumn[];
  /** Its usual bounds. */
  bounds: number[];
  /** The range of its values where that is fixed. */
  domain?: [low: number, high: number];
  /** Decimal places; null for values of any size. */
  digits: number | null;
}

const SPECS: Record<IndicatorPanel, Spec> = {
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

/** The names of these panels. */
export const INDICATOR_PANELS = Object.keys(SPECS) as IndicatorPanel[];

/** One panel; where the indicator is nowhere known, the panel says so. */
export function indicatorPanel(
  context: CoinContext,
  name: IndicatorPanel,
): SVGElement | HTMLElement {
  const { r, lang, t } = context;
  const { columns, bounds, domain, digits } = SPECS[name];
  const show = (v: number | null) =>
    digits === null ? compact(v, lang) : number(v, lang, digits);
  const values = columns.flatMap((column) => knownOf(r[column]));
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
        Plot.lineY(series(r, r[column]), {
          x: "x",
          y: "y",
          stroke: `var(--series-${i})`,
          strokeWidth: 1.4,
        })
      ),
      caption(context.legend[name].text),
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
    t.coin.panelLabel(
      context.legend[name].text,
      values.length === 0
        ? t.unknown
        : columns.map((column) => show(newestOf(r[column]))).join(", "),
    ),
  );
}
