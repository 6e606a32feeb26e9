import { normalAt } from "./distributions.ts";
import type { Interval } from "./fisher.ts";
import { errorOfMean } from "./newey_west.ts";

/** How much better what is new in one series is forecast with the past of another than without it. */
export interface Gain extends Interval {
  /** 1 − squared error with / squared error without, out of sample. */
  share: number;
  /** Buckets that were forecast. */
  n: number;
}

/** Parts of the second half, each forecast from all that is before it. */
const PARTS = 5;

/**
 * Forecasts the second half of `effect` part by part, from one lag of `cause`
 * chosen and fitted on what is before the part. The interval is that of the
 * mean difference of the squared errors (Diebold & Mariano 1995, Newey & West's
 * error).
 *
 * @param cause what is new in each, of mean 0; NaN where unknown.
 * @returns null where fewer than 60 buckets can be forecast.
 */
export function forecastGain(
  cause: Float64Array,
  effect: Float64Array,
  lags: number,
): Gain | null {
  const n = effect.length, half = Math.floor(n / 2);
  const differences: number[] = [];
  let without = 0;
  for (let part = 0; part < PARTS; part++) {
    const from = half + Math.floor(part * (n - half) / PARTS);
    const to = half + Math.floor((part + 1) * (n - half) / PARTS);
    const { lag, slope } = strongest(cause, effect, lags, from);
    for (let t = from; t < to; t++) {
      const value = effect[t]!, past = cause[t - lag]!;
      if (value !== value || past !== past) continue;
      const error = value - slope * past;
      differences.push(value * value - error * error);
      without += value * value;
    }
  }
  if (differences.length < 60) return null;
  const values = Float64Array.from(differences);
  const usual = without / values.length;
  const share = values.reduce((sum, v) => sum + v, 0) / values.length / usual;
  const reach = normalAt(0.975) * errorOfMean(values) / usual;
  return {
    share,
    low: share - reach,
    high: share + reach,
    n: values.length,
  };
}

/** The lag of cause that explains most of effect before bucket `end`. */
function strongest(
  cause: Float64Array,
  effect: Float64Array,
  lags: number,
  end: number,
): { lag: number; slope: number } {
  let best = { lag: 1, slope: 0 }, most = 0;
  for (let lag = 1; lag <= lags; lag++) {
    let products = 0, squares = 0;
    for (let t = lag; t < end; t++) {
      const product = cause[t - lag]! * effect[t]!;
      if (product !== product) continue;
      products += product;
      squares += cause[t - lag]! ** 2;
    }
    const explained = squares > 0 ? products * products / squares : 0;
    if (explained > most) {
      most = explained;
      best = { lag, slope: products / squares };
    }
  }
  return best;
}
