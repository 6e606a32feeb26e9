import {
  type Autoregression,
  autoregression,
  filter,
} from "./autoregression.ts";
import { normalAt, normalBeyond } from "./distributions.ts";
import { meanOf } from "./rhythm.ts";

/** Two series against each other at one lag. */
export interface LagCorrelation {
  /** Buckets; positive: x comes first. */
  lag: number;
  /** Pearson's r of x[t − lag] and y[t]; NaN where it is not defined. */
  r: number;
  /** Pairs of which both are known. */
  n: number;
  /** Standard normal under independence, also where variances are unequal. */
  z: number;
  /** Two-sided p of this lag alone. */
  p: number;
}

/**
 * r[k] = corr(x[t−k], y[t]) for k = −lags … lags, each over its own known
 * pairs; k > 0 means that x leads. The p-values hold only where at least one
 * of the series is white: see {@link leadLag}.
 *
 * T = Σab / √Σa²b², a and b the deviations from their means: White's (1980)
 * error, so that hours that are lively in both do not count as agreement.
 * z = T / √(1 − T²/n), which is nearer to normal in the tails.
 *
 * @param spent parameters that both series have already given up, such as the seasonal means.
 */
export function crossCorrelation(
  x: Float64Array,
  y: Float64Array,
  lags: number,
  spent = 0,
): LagCorrelation[] {
  const meanX = meanOf(x), meanY = meanOf(y);
  const a = x.map((v) => v - meanX), b = y.map((v) => v - meanY);
  const rows: LagCorrelation[] = [];
  for (let lag = -lags; lag <= lags; lag++) {
    let n = 0, sumA = 0, sumB = 0, aa = 0, bb = 0, ab = 0, aabb = 0;
    const to = Math.min(y.length, x.length + lag);
    for (let t = Math.max(0, lag); t < to; t++) {
      const u = a[t - lag]!, v = b[t]!, product = u * v;
      if (product !== product) continue;
      n++;
      sumA += u;
      sumB += v;
      aa += u * u;
      bb += v * v;
      ab += product;
      aabb += product * product;
    }
    const xx = aa - sumA * sumA / n, yy = bb - sumB * sumB / n;
    const defined = n > 2 && xx > 1e-14 * aa && yy > 1e-14 * bb;
    const r = defined ? (ab - sumA * sumB / n) / Math.sqrt(xx * yy) : NaN;
    const left = n - spent;
    const T = defined && left > 2 && aabb > 0
      ? (ab - sumA * sumB / n) / Math.sqrt(aabb) * Math.sqrt(left / n)
      : NaN;
    const z = T / Math.sqrt(Math.max(1 - T * T / left, 1 / left));
    rows.push({ lag, r, n, z, p: normalBeyond(z) });
  }
  return rows;
}

/** One lag of two series, whitened. */
export interface LeadLagRow extends LagCorrelation {
  /** r when x's filter is applied to both (Box & Jenkins): the shape of y's answer to x. */
  rFilteredByX: number;
  /** |r| beyond which this lag alone is unlikely (5 %) under independence. */
  band: number;
}

/** Who comes first, over all lags at once. */
export interface LeadLag {
  rows: LeadLagRow[];
  /** AR orders of the filters. */
  orderX: number;
  orderY: number;
  /** The lag of the greatest |z|. */
  peak: LeadLagRow;
  /** Probability that independent series show a peak as high anywhere in the table: 1 − (1 − p)^lags (Šidák). */
  pPeak: number;
}

/** A series and what its own past does not say of it. */
export interface White {
  values: Float64Array;
  model: Autoregression;
  /** The residuals of the model. */
  white: Float64Array;
  /** Parameters given up before, such as the seasonal means. */
  spent: number;
}

/** Fits an AR(p) chosen by BIC; null where the series is constant or has too few known values. */
export function whiten(values: Float64Array, spent = 0): White | null {
  const model = autoregression(values);
  return model && { values, model, white: filter(values, model), spent };
}

/**
 * Prewhitened cross-correlation: an AR(p) chosen by BIC takes each series' own
 * memory out, and what is left of both is compared at every lag. White
 * residuals of independent series have cross-correlations that are independent
 * of one another with variance 1/n (Haugh 1976), so that the highest of them
 * has a known distribution. The filters look back only: they cannot move an
 * effect before its cause.
 *
 * @returns null where no lag has a correlation.
 */
export function leadLag(x: White, y: White, lags: number): LeadLag | null {
  const spent = Math.max(x.spent, y.spent);
  const both = crossCorrelation(x.white, y.white, lags, spent);
  const byX = crossCorrelation(x.white, filter(y.values, x.model), lags, spent);
  const rows = both.map((row, i) => ({
    ...row,
    rFilteredByX: byX[i]!.r,
    band: Math.abs(row.r / row.z) * normalAt(0.975),
  }));
  const peak = rows.reduce((best, row) =>
    !(Math.abs(best.z) >= Math.abs(row.z)) && !Number.isNaN(row.z) ? row : best
  );
  if (Number.isNaN(peak.z)) return null;
  return {
    rows,
    orderX: x.model.coefficients.length,
    orderY: y.model.coefficients.length,
    peak,
    pPeak: sidak(peak.p, rows.length),
  };
}

/** 1 − (1 − p)^tests, without losing a small p. */
export const sidak = (p: number, tests: number): number =>
  -Math.expm1(tests * Math.log1p(-p));
