/// <reference lib="dom" />
/** What came as a line, each model's forecast for the same hour beside it. */
import * as Plot from "@observablehq/plot";
import type { Column } from "../../../marts.ts";
import type { ForecastSeries, Quantity } from "../../data/forecasts.json.ts";
import { label } from "../parts/elements.js";
import { compact, moment, nameIn, number, share } from "../parts/format.js";
import { i18n, type Lang } from "../words/i18n.js";
import { timeScale } from "./axes.js";
import { hover, type Point, rightAxis } from "./panel.js";

const HOUR = 3_600_000;

const COLOURS: Record<string, string> = {
  persistence: "var(--series-2)",
  har: "var(--series-1)",
};

/** The colour of a model. */
export const colourOfModel = (model: string): string =>
  COLOURS[model] ?? "var(--series-3)";

/** A value of a quantity as a person reads it. */
export const showQuantity = (
  quantity: Quantity,
  value: number | null | undefined,
  lang: Lang,
): string =>
  value === null || value === undefined
    ? "–"
    : quantity === "volatility"
    ? `${number(value * 100, lang, 2)}%`
    : quantity === "volume"
    ? compact(value, lang)
    : share(value, lang);

/** What the chart is drawn from. */
export interface ForecastContext {
  one: ForecastSeries;
  of: Quantity;
  /** The market. */
  name: string;
  width: number;
  lang: Lang;
}

/** A column as points in the middle of its hours; an hour without a forecast breaks the line. */
const line = ({ at }: ForecastSeries, column: Column): Point[] =>
  at.flatMap((from, i) => {
    const point = { x: new Date(from + HOUR / 2), y: column[i] ?? null };
    const before = at[i - 1];
    return before !== undefined && from - before > HOUR * 1.5
      ? [{ x: new Date(from - HOUR / 2), y: null }, point]
      : [point];
  });

/** What is read at each hour. */
function readings({ one, of, lang }: ForecastContext): Plot.Markish {
  const f = i18n[lang].forecasts;
  const models = Object.entries(one.models);
  const said = (value: number | null | undefined) =>
    showQuantity(of, value, lang);
  return hover(one.at, {
    x: (at: number) => new Date(at + HOUR / 2),
    y: (_: number, i: number) =>
      one.actual[i] ??
        models.map(([, values]) => values[i]).find((v) => v !== null),
    title: (at: number, i: number) =>
      [
        moment(at, lang),
        `${f.actual} ${said(one.actual[i])}`,
        ...models.map(([model, values]) =>
          `${nameIn(f.models, model)} ${said(values[i])}`
        ),
        f.origins[one.origin[i]!],
      ].join("\n"),
  });
}

/** The chart of one market and quantity. */
export function forecastChart(
  context: ForecastContext,
): SVGElement | HTMLElement {
  const { one, of, name, width, lang } = context;
  const f = i18n[lang].forecasts;
  const direction = of === "direction";
  const actual = line(one, one.actual);
  const plot = Plot.plot({
    width,
    height: 280,
    marginLeft: 2,
    marginRight: 64,
    marginTop: 10,
    marginBottom: 24,
    x: timeScale([one.at[0]!, one.at.at(-1)! + HOUR], width, lang),
    y: rightAxis(
      5,
      (v) => showQuantity(of, v, lang),
      direction ? { domain: [0, 1] } : { nice: true },
    ),
    marks: [
      Plot.gridY({ ticks: 5, stroke: "var(--line)", strokeOpacity: 1 }),
      ...Object.entries(one.models).map(([model, values]) =>
        Plot.lineY(line(one, values), {
          x: "x",
          y: "y",
          stroke: colourOfModel(model),
          strokeWidth: 1.3,
        })
      ),
      Plot.lineY(direction ? [] : actual, {
        x: "x",
        y: "y",
        stroke: "var(--ink)",
        strokeWidth: 1.6,
      }),
      Plot.dot(actual.filter((d) => d.y !== null), {
        x: "x",
        y: "y",
        r: 2,
        fill: "var(--ink)",
      }),
      readings(context),
    ],
  });
  return label(
    plot,
    f.label({
      quantity: f.quantities[of],
      name,
      n: number(one.at.length, lang),
      models: Object.keys(one.models).map((key) => nameIn(f.models, key))
        .join(", "),
    }),
  );
}
