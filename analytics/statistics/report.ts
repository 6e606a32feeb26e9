import { logarithm, type Scale } from "./align.ts";
import { benjaminiHochberg } from "./benjamini_hochberg.ts";
import type { LeadLagRow } from "./cross_correlation.ts";
import { type EventStudy, eventStudy } from "./event_study.ts";
import { difference, knownPairs } from "./lags.ts";
import { type LeftOut, withoutEvents } from "./lead.ts";
import type { Partial } from "./partial.ts";
import { type GrangerRow, grangers } from "./precedence.ts";
import { deseason } from "./rhythm.ts";
import { type Rotations, rotationsOf } from "./rotation.ts";
import {
  COEFFICIENTS,
  type Correlation,
  correlation,
  partialOf,
  type Transform,
} from "./same_bucket.ts";
import { type Grid, seasonOf } from "./seasonality.ts";
import { type Rolling, rolling } from "./stability.ts";
import { type Stationarity, stationarity } from "./stationarity.ts";
import type { VarOrder } from "./vector_autoregression.ts";
import { Prepared, type Verdict, verdict } from "./verdict.ts";
import { type Sentence, verdictSentence } from "./verdict_sentence.ts";

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
  /** The largest joint events and the buckets after them, which correlations, lags and Granger's test are without. */
  without: LeftOut;
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
  const joint = decided.found?.without ?? { at: [], buckets: 0 };
  const quiet = (values: Float64Array) => withoutEvents(values, joint);
  const correlations = forms.flatMap(([transform, a, b]) =>
    (["pearson", "spearman", "kendall"] as const).map((method) => ({
      ...correlation(without(quiet(a)), without(quiet(b)), transform, method, {
        draws,
        seed,
        valid: transform === "dlog" || !wanders,
        rotations,
      }),
      raw: COEFFICIENTS[method](a, b),
      rawN: knownPairs(a, b)[0].length,
    }))
  );
  const partial = forms.filter(([transform]) => transform !== "level").map((
    [transform, a, b],
  ) => ({
    transform,
    ...partialOf(quiet(a), quiet(b), grid, rotations),
    pAdjusted: NaN,
  }));
  const { order, tests: grangerRows } = grangers(
    quiet(logX),
    quiet(logY),
    grid,
    wanders,
  );
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
    without: joint,
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
