/// <reference lib="dom" />
/** The panels of the indicators below the price, each as it is declared. */
import * as Plot from "@observablehq/plot";
import type { Column } from "../../../marts.ts";
import type { CoinBars } from "../../data/coin/[market].json.ts";
import { openOf } from "./axes.js";
import {
  type CoinContext,
  lowest,
  panelValue,
  type ShownPanel,
} from "./indicators.js";
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

/** One panel; where the indicator is nowhere known, the panel says so. */
export function indicatorPanel(
  context: CoinContext,
  shown: ShownPanel,
): SVGElement | HTMLElement {
  const { r, lang, t } = context;
  const { id, columns, text, drawn: { bounds, domain } } = shown;
  const values = columns.flatMap((column) => knownOf(r[column] ?? []));
  const ends = domain ??
    [Math.min(...values, ...bounds), Math.max(...values, ...bounds)];
  const show = (value: number | null) => panelValue(shown, value, lang);
  const plot = Plot.plot({
    ...frame(context, 90, lowest(context, id)),
    y: rightAxis(bounds.length > 1 ? bounds : 3, show, {
      domain: values.length > 0 || domain ? ends : [0, 1],
      nice: !domain,
    }),
    marks: [
      unknown(r),
      gridX(context),
      between(bounds),
      Plot.ruleY(bounds, {
        stroke: "var(--line-2)",
        strokeDasharray: "3 3",
      }),
      ...curves(context, shown),
      caption(text[lang]),
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
      text[lang],
      values.length === 0
        ? t.unknown
        : columns.map((column) => show(newestOf(r[column] ?? []))).join(", "),
    ),
  );
}

/** A shade between two bounds. */
const between = ([low, high]: number[]): Plot.Markish =>
  high === undefined ? null : Plot.rect([0], {
    y1: low,
    y2: high,
    fill: "var(--series-0)",
    fillOpacity: 0.05,
  });

/** The columns: one as bars from zero where the indicator says so, the others as lines. */
function curves(
  { r }: CoinContext,
  { columns, drawn }: ShownPanel,
): Plot.Markish[] {
  const lines = columns.filter((column) => column !== drawn.bars);
  return [
    ...columns.filter((column) => column === drawn.bars)
      .map((column) => barsFromZero(r, r[column] ?? [])),
    ...lines.map((column, i) =>
      Plot.lineY(series(r, r[column] ?? []), {
        x: "x",
        y: "y",
        stroke: `var(--series-${i})`,
        strokeWidth: 1.4,
      })
    ),
  ];
}

const barsFromZero = (r: CoinBars, column: Column): Plot.Markish =>
  Plot.rect(
    column.map((y, i) => ({
      x1: new Date(openOf(r, i + 0.16)),
      x2: new Date(openOf(r, i + 0.84)),
      y,
    })).filter((d): d is typeof d & { y: number } => d.y !== null),
    {
      x1: "x1",
      x2: "x2",
      y1: 0,
      y2: "y",
      fill: (d: { y: number }) => d.y >= 0 ? "var(--up)" : "var(--down)",
      fillOpacity: 0.5,
    },
  );
