import { type Adf, adf } from "./adf.ts";
import type { Scale } from "./align.ts";
import { type Kpss, kpss } from "./kpss.ts";
import { difference } from "./lags.ts";
import { deseason } from "./rhythm.ts";
import { type Grid, seasonOf } from "./seasonality.ts";

/** Tests of one series in one form. */
export interface Stationarity {
  series: "x" | "y";
  form: "level" | "log" | "log without season" | "dlog";
  adf: Adf | null;
  kpss: Kpss | null;
  /** "mixed": both tests reject, or neither; "line": stationary around a straight line, by ADF with a trend. */
  reading: "stationary" | "line" | "unit root" | "mixed" | "unknown";
}

/** A series' tests as it is, in logs, without its season and in differences. */
export function stationarity(
  series: "x" | "y",
  levels: Float64Array,
  scale: Scale,
  grid: Grid,
): Stationarity[] {
  const row = (
    form: Stationarity["form"],
    values: Float64Array,
  ): Stationarity => {
    const a = adf(values), k = kpss(values);
    const reading = !a || !k
      ? "unknown"
      : a.p < 0.05 && k.p > 0.05
      ? "stationary"
      : a.p >= 0.05 && (adf(values, { trend: "ct" })?.p ?? 1) < 0.05
      ? "line"
      : a.p >= 0.05 && k.p <= 0.05
      ? "unit root"
      : "mixed";
    return { series, form, adf: a, kpss: k, reading };
  };
  return [
    row("level", levels),
    ...(scale.name === "none" ? [] : [row("log", scale.values)]),
    row(
      "log without season",
      deseason(scale.values, grid, seasonOf(grid)).residuals,
    ),
    row("dlog", difference(scale.values)),
  ];
}
