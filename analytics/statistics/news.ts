import { type Autoregression, autoregression } from "./autoregression.ts";
import type { White } from "./cross_correlation.ts";
import { normalAt } from "./distributions.ts";
import { extremes } from "./lead.ts";
import type { Deseasoned } from "./rhythm.ts";

/**
 * ε[t] = x[t] − c − Σ φᵢ x[t−i], with the forecast in the place of an unknown
 * past value: a hole costs its own buckets and not p more. NaN where x[t] is
 * unknown and over the first p.
 */
export function innovations(
  x: Float64Array,
  { constant, coefficients }: Autoregression,
): Float64Array {
  const p = coefficients.length;
  const sum = coefficients.reduce((total, phi) => total + phi, 0);
  const mean = Math.abs(1 - sum) > 1e-3 ? constant / (1 - sum) : 0;
  const past = x.slice();
  const out = new Float64Array(x.length).fill(NaN);
  for (let t = 0; t < x.length; t++) {
    const known = past[t]! === past[t]!;
    if (t < p) {
      if (!known) past[t] = mean;
      continue;
    }
    let forecast = constant;
    for (let i = 0; i < p; i++) forecast += coefficients[i]! * past[t - 1 - i]!;
    if (known) out[t] = past[t]! - forecast;
    else past[t] = forecast;
  }
  return out;
}

/**
 * Van der Waerden's normal scores Φ⁻¹((rank − ½)/n), ties at their middle: what
 * is new keeps its order, and no bucket counts for more than its rank allows.
 */
export function normalScores(x: Float64Array): Float64Array {
  const order: number[] = [];
  for (let t = 0; t < x.length; t++) if (x[t]! === x[t]!) order.push(t);
  order.sort((a, b) => x[a]! - x[b]!);
  const out = new Float64Array(x.length).fill(NaN);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && x[order[to]!] === x[order[from]!]) to++;
    const score = normalAt((from + to) / 2 / order.length);
    for (let i = from; i < to; i++) out[order[i]!] = score;
    from = to;
  }
  return out;
}

/** Buckets to each side of the window whose mean is the local level. */
const NEAR = 24;

/** Each value less the mean of those within 24 buckets of it. */
function withoutLevel(x: Float64Array): Float64Array {
  const sums = new Float64Array(x.length + 1), counts = sums.slice();
  for (let t = 0; t < x.length; t++) {
    const known = x[t]! === x[t]!;
    sums[t + 1] = sums[t]! + (known ? x[t]! : 0);
    counts[t + 1] = counts[t]! + (known ? 1 : 0);
  }
  return x.map((value, t) => {
    const from = Math.max(0, t - NEAR), to = Math.min(x.length, t + NEAR + 1);
    return value - (sums[to]! - sums[from]!) / (counts[to]! - counts[from]!);
  });
}

/** What is new in a series. */
export interface News extends White {
  /** Where most is new, see {@link extremes}. */
  extreme: Float64Array;
}

/**
 * What is new in a series: an AR(p) chosen by BIC takes its own memory out,
 * what is left is divided by what is usual for its place in the season, and
 * becomes normal scores. Weeks in which everything runs high, and levels that
 * break, leave both sides slightly off at every lag; so the mean of the
 * neighbouring buckets goes, too.
 *
 * @returns null where the series is constant or has too few known values.
 */
export function newsOf(series: Deseasoned): News | null {
  const { residuals: values, parameters } = series;
  const model = autoregression(values);
  if (!model) return null;
  const even = series.evenly(innovations(values, model));
  return {
    values,
    model,
    white: withoutLevel(normalScores(even)),
    extreme: extremes(even),
    // The local level takes one of every 49; the means are at other places at most lags, and cost less than they are.
    spent: 0.75 * parameters + values.length / (2 * NEAR + 1),
  };
}
