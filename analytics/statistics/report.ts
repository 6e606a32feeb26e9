import { type Adf, adf } from "./adf.ts";
import { logarithm, type Scale } from "./align.ts";
import { benjaminiHochberg } from "./benjamini_hochberg.ts";
import type { LeadLagRow } from "./cross_correlation.ts";
import { effectiveSize } from "./effective_size.ts";
import { type EventStudy, eventStudy } from "./event_study.ts";
import { normalBeyond } from "./distributions.ts";
import { fisherInterval, type Interval, type Method } from "./fisher.ts";
import { type Granger, granger } from "./granger.ts";
import { grangerPlacebo } from "./granger_placebo.ts";
import { kendall } from "./kendall.ts";
import { type Kpss, kpss } from "./kpss.ts";
import { difference, feasibleLag, knownPairs } from "./lags.ts";
import { type NeweyWest, neweyWest } from "./newey_west.ts";
import { type Partial, partialCorrelation } from "./partial.ts";
import { pearson } from "./pearson.ts";
import { rollingCorrelation } from "./rolling.ts";
import { deseason } from "./rhythm.ts";
import { placedCorrelation, type Rotations, rotationsOf } from "./rotation.ts";
import {
  type Grid,
  hourAndWeekday,
  seasonOf,
  withoutSeason,
} from "./seasonality.ts";
import { midRanks, spearman } from "./spearman.ts";
import {
  type Bootstrap,
  bootstrapCorrelation,
  quantile,
} from "./stationary_bootstrap.ts";
import { type VarOrder, varOrder } from "./vector_autoregression.ts";
import { Prepared, type Verdict, verdict } from "./verdict.ts";
import { type Sentence, verdictSentence } from "./verdict_sentence.ts";
import { MS } from "../../collector/model/time.ts";

/** On what scale a figure stands. */
export type Transform = "level" | "log" | "dlog";

/** One correlation of series without their season and a straight line, and how sure it is. */
export interface Correlation {
  transform: Transform;
  method: Method;
  /** NaN where it is not defined. */
  r: number;
  /** With the season left in, so including the rhythm that both share: no p belongs to it. */
  raw: number;
  n: number;
  nEffective: number;
  /** Lags that the effective n sums over. */
  lags: number;
  /** What the interval would be if the pairs were independent. */
  iid: Interval | null;
  /** On the effective n. */
  fisher: Interval | null;
  /** Pearson only. */
  neweyWest: NeweyWest | null;
  bootstrap: Bootstrap | null;
  /** From how much r varies between copies that know nothing of each other. */
  interval: Interval | null;
  /** Share of those copies with |r| as great. */
  p: number;
  pAdjusted: number;
  /** False under unit roots: no interval holds then. */
  valid: boolean;
}

/** Tests of one series in one form. */
export interface Stationarity {
  series: "x" | "y";
  form: "level" | "log" | "log without season" | "dlog";
  adf: Adf | null;
  kpss: Kpss | null;
  /** "mixed": both tests reject, or neither; "line": stationary around a straight line, by ADF with a trend. */
  reading: "stationary" | "line" | "unit root" | "mixed" | "unknown";
}

/** Granger's test in one direction; its p is the share of placebos with as great an F. */
export interface GrangerRow extends Granger {
  direction: "x→y" | "y→x";
  /** `levels` and `differences` without their season; Toda–Yamamoto's on levels. */
  form: "levels" | "differences" | "toda-yamamoto";
  pAdjusted: number;
}

/** How steady the correlation was. */
export interface Rolling {
  transform: Transform;
  /** Milliseconds. */
  window: number;
  windows: number;
  low: number;
  median: number;
  high: number;
  /** Share of the windows whose sign is that of the whole. */
  sameSign: number;
  /** r at the end of windows that do not overlap: [milliseconds UTC, r]. */
  path: [number, number][];
}

/** Everything about two series. */
export interface Report {
  names: { x: string; y: string };
  grid: Grid;
  scales: { x: Scale["name"]; y: Scale["name"] };
  /** Known values without a logarithm. */
  lost: { x: number; y: number };
  season: Verdict["season"];
  stationarity: Stationarity[];
  correlations: Correlation[];
  partial: (Partial & { transform: Transform; pAdjusted: number })[];
  leadLag: (LeadLagRow & { pAdjusted: number })[];
  varOrder: VarOrder | null;
  granger: GrangerRow[];
  rolling: Rolling[];
  events:
    | (EventStudy & { pBeforeAdjusted: number; pAfterAdjusted: number })
    | null;
  verdict: Verdict;
  words: Sentence;
  /** Shifts of one series round the span that p is a share of, and what they are: whole weeks, days, or steps of equal length. */
  placebos: number;
  placeboWay: Rotations["way"];
  /** Valid tests that the adjusted p is over. */
  tests: number;
}

/** How to make a report. */
export interface ReportOptions {
  names?: { x: string; y: string };
  /** Lags to each side of the lead–lag table. */
  lags?: number;
  /** Draws of the bootstrap; 0: none. Default 2,000. */
  draws?: number;
  seed?: number;
  level?: number;
  /** The window that rolls; default 30 days, or a quarter of the span where that is less than 90. */
  window?: number;
}

/**
 * The whole report on two aligned series.
 *
 * @param x one value a bucket, NaN where unknown: raw counts, volumes, prices.
 */
export function report(
  x: Float64Array,
  y: Float64Array,
  grid: Grid,
  options: ReportOptions = {},
): Report {
  const names = options.names ?? { x: "x", y: "y" };
  const { draws = 2000, seed = 1 } = options;
  const scaleX = logarithm(x), scaleY = logarithm(y);
  const logX = scaleX.values, logY = scaleY.values;
  const dX = difference(logX), dY = difference(logY);
  const decided = verdict(
    new Prepared(logX, grid),
    new Prepared(logY, grid),
    options,
  );
  const rotations = rotationsOf(grid);
  const season = seasonOf(grid);
  const without = (values: Float64Array) =>
    deseason(values, grid, season, true).residuals;
  const forms: [Transform, Float64Array, Float64Array][] = [
    ["level", x, y],
    ...(scaleX.name === "none" && scaleY.name === "none"
      ? []
      : [["log", logX, logY] as [Transform, Float64Array, Float64Array]]),
    ["dlog", dX, dY],
  ];
  const wanders = decided.code === "unit_roots";
  const correlations = forms.flatMap(([transform, a, b]) =>
    (["pearson", "spearman", "kendall"] as const).map((method) => ({
      ...correlation(without(a), without(b), transform, method, {
        draws,
        seed,
        valid: transform === "dlog" || !wanders,
        rotations,
      }),
      raw: COEFFICIENTS[method](a, b),
    }))
  );
  const partial = forms.filter(([transform]) => transform !== "level").map((
    [transform, a, b],
  ) => ({
    transform,
    ...partialOf(a, b, grid, rotations),
    pAdjusted: NaN,
  }));
  const { order, tests: grangerRows } = grangers(logX, logY, grid, wanders);
  const events = eventStudy(logX, logY, grid);
  const leadLag = (decided.found?.table.rows ?? []).map((row) => ({
    ...row,
    pAdjusted: NaN,
  }));
  const result: Report = {
    names,
    grid,
    scales: { x: scaleX.name, y: scaleY.name },
    lost: { x: scaleX.lost, y: scaleY.lost },
    season: decided.season,
    stationarity: [
      ...stationarity("x", x, scaleX, grid),
      ...stationarity("y", y, scaleY, grid),
    ],
    correlations,
    partial,
    leadLag,
    varOrder: order,
    granger: grangerRows,
    rolling: forms.filter(([transform]) => transform !== "level").map((
      [transform, a, b],
    ) => rolling(transform, a, b, grid, options.window)),
    events: events && { ...events, pBeforeAdjusted: NaN, pAfterAdjusted: NaN },
    verdict: decided,
    words: verdictSentence(decided, names.x, names.y, grid.step),
    placebos: rotations.shifts.length,
    placeboWay: rotations.way,
    tests: 0,
  };
  adjust(result);
  return result;
}

/** Fills in the p adjusted over every test that the report shows. */
function adjust(result: Report): void {
  const { events } = result;
  const shown: [p: number, set: (q: number) => void][] = [
    ...[
      // Under unit roots no p holds, and what does not hold takes no part.
      ...result.correlations.filter(({ valid }) => valid),
      ...result.partial,
      ...result.leadLag,
      ...result.granger,
    ].map((row): [number, (q: number) => void] => [
      row.p,
      (q) => row.pAdjusted = q,
    ]),
  ];
  if (events) {
    shown.push([events.pBefore, (q) => events.pBeforeAdjusted = q]);
    shown.push([events.pAfter, (q) => events.pAfterAdjusted = q]);
  }
  const adjusted = benjaminiHochberg(shown.map(([p]) => p));
  shown.forEach(([, set], i) => set(adjusted[i]!));
  result.tests = shown.filter(([p]) => !Number.isNaN(p)).length;
}

const COEFFICIENTS = { pearson, spearman, kendall };

/** {@link partialCorrelation} with its place among copies. */
function partialOf(
  x: Float64Array,
  y: Float64Array,
  grid: Grid,
  rotations: Rotations,
): Partial {
  const made = partialCorrelation(x, y, grid);
  const both = (values: Float64Array) =>
    withoutSeason(
      values.map((v, t) => x[t]! === x[t]! && y[t]! === y[t]! ? v : NaN),
      grid,
      hourAndWeekday,
    ).residuals;
  const { interval, p } = placedCorrelation(
    both(x),
    both(y),
    made.r,
    rotations,
  );
  return { ...made, interval, p };
}

/** One correlation with its intervals; `x` and `y` without their season. */
export function correlation(
  x: Float64Array,
  y: Float64Array,
  transform: Transform,
  method: Method,
  options: {
    draws: number;
    seed: number;
    valid: boolean;
    rotations: Rotations;
  },
): Correlation {
  const r = COEFFICIENTS[method](x, y);
  const [a, b] = method === "pearson" ? [x, y] : ranked(x, y);
  const placed = placedCorrelation(
    a,
    b,
    method === "kendall" ? pearson(a, b) : r,
    options.rotations,
  );
  const { interval, p } = method === "kendall"
    ? ofTau(r, placed.spread)
    : placed;
  const { nEffective, n, lags } = effectiveSize(a, b);
  return {
    transform,
    method,
    r,
    raw: r,
    n,
    nEffective,
    lags,
    iid: fisherInterval(r, n, method),
    fisher: fisherInterval(r, nEffective, method),
    neweyWest: method === "pearson" && !Number.isNaN(r)
      ? neweyWest(x, y, { standardise: true })
      : null,
    bootstrap: options.draws > 0 && !Number.isNaN(r)
      ? bootstrapCorrelation(x, y, method, options)
      : null,
    interval,
    p,
    pAdjusted: NaN,
    valid: options.valid,
  };
}

/** Kendall's τ of unrelated series varies by two thirds of what their rank correlation does. */
function ofTau(
  tau: number,
  spreadOfRanks: number,
): { interval: Interval | null; p: number } {
  const spread = 2 / 3 * spreadOfRanks, z = Math.atanh(tau);
  if (!(spread > 0) || Number.isNaN(tau)) return { interval: null, p: NaN };
  return {
    interval: {
      low: Math.tanh(z - 1.96 * spread),
      high: Math.tanh(z + 1.96 * spread),
    },
    p: normalBeyond(z / spread),
  };
}

/** Mid-ranks of the pairs, each in its place. */
function ranked(
  x: Float64Array,
  y: Float64Array,
): [Float64Array, Float64Array] {
  const [a, b] = knownPairs(x, y);
  const ranksX = midRanks(a), ranksY = midRanks(b);
  const outX = new Float64Array(x.length).fill(NaN), outY = outX.slice();
  for (let t = 0, i = 0; t < x.length; t++) {
    if (x[t]! !== x[t]! || y[t]! !== y[t]!) continue;
    outX[t] = ranksX[i]!;
    outY[t] = ranksY[i++]!;
  }
  return [outX, outY];
}

function stationarity(
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

/** Longest lag of the VAR: a day of hours or so, and what the data carries. */
const VAR_LAGS = 24;

function grangers(
  x: Float64Array,
  y: Float64Array,
  grid: Grid,
  wanders: boolean,
): { order: VarOrder | null; tests: GrangerRow[] } {
  const rotations = rotationsOf(grid);
  const without = (values: Float64Array) =>
    deseason(values, grid, seasonOf(grid)).residuals;
  const [levelX, levelY] = [without(x), without(y)];
  const [a, b] = wanders
    ? [without(difference(x)), without(difference(y))]
    : [levelX, levelY];
  const most = (u: Float64Array, v: Float64Array) =>
    feasibleLag([u, v], Math.min(VAR_LAGS, Math.floor(u.length / 20)));
  const order = varOrder(a, b, Math.max(1, most(a, b)));
  const rows: GrangerRow[] = [];
  const add = (
    form: GrangerRow["form"],
    u: Float64Array,
    v: Float64Array,
    lags: number,
    extra: number,
  ) => {
    for (const direction of ["x→y", "y→x"] as const) {
      const [cause, effect] = direction === "x→y" ? [u, v] : [v, u];
      const test = granger(cause, effect, lags, extra);
      if (!test) continue;
      const p = grangerPlacebo(cause, effect, lags, rotations);
      rows.push({ direction, form, ...test, p, pAdjusted: NaN });
    }
  };
  if (order) add(wanders ? "differences" : "levels", a, b, order.bic, 0);
  if (wanders) {
    const levels = varOrder(levelX, levelY, Math.max(1, most(levelX, levelY)));
    if (levels) add("toda-yamamoto", levelX, levelY, levels.bic, 1);
  }
  return { order, tests: rows };
}

function rolling(
  transform: Transform,
  x: Float64Array,
  y: Float64Array,
  grid: Grid,
  asked?: number,
): Rolling {
  const span = grid.length * grid.step;
  const window = asked ??
    (span >= 90 * MS.day
      ? 30 * MS.day
      : Math.max(1, Math.floor(span / 4 / grid.step)) * grid.step);
  const width = Math.max(1, Math.floor(window / grid.step));
  const values = rollingCorrelation(
    x,
    y,
    grid,
    window,
    Math.max(10, Math.ceil(width / 2)),
  );
  const defined = values.filter((r) => !Number.isNaN(r)).sort();
  const sign = Math.sign(pearson(x, y));
  const path: [number, number][] = [];
  for (let t = width - 1; t < values.length; t += width) {
    path.push([grid.start + (t + 1) * grid.step, values[t]!]);
  }
  const at = (p: number) => defined.length > 0 ? quantile(defined, p) : NaN;
  return {
    transform,
    window,
    windows: defined.length,
    low: at(0),
    median: at(0.5),
    high: at(1),
    sameSign: defined.length > 0
      ? defined.filter((r) => Math.sign(r) === sign).length / defined.length
      : NaN,
    path,
  };
}
