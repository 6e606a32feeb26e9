/** What a model may see when it forecasts, cut off at the moment of issue. */
import { endOf, type Hours, type Quantity } from "./hours.ts";
import { Leakage } from "./leakage.ts";

/** Hours of the means of the HAR model: Corsi's day, week and month, an hour being the day. */
export const SPANS = [1, 6, 24] as const;

/**
 * The series that a quantity's forecast stands on: logs for volatility and
 * volume; for direction +1, −1 and 0 of each hour's change.
 */
export function seriesOf(hours: Hours, quantity: Quantity): Float64Array {
  return quantity === "direction"
    ? hours.change.map((change) =>
      Number.isNaN(change) ? NaN : Math.sign(change)
    )
    : hours[quantity];
}

/**
 * Means of the last 1, 6 and 24 hours up to and with `place`; null where one of
 * them is unknown.
 * @throws {Leakage} when the hour at `place` ends after `issuedAt`.
 */
export function means(
  hours: Hours,
  series: Float64Array,
  place: number,
  issuedAt: number,
): number[] | null {
  const window = known(hours, series, place, SPANS[2], issuedAt);
  if (!window) return null;
  return SPANS.map((span) => {
    let sum = 0;
    for (let i = window.length - span; i < window.length; i++) {
      sum += window[i]!;
    }
    return sum / span;
  });
}

/** The last `length` values up to and with `place`; null where one is unknown. */
function known(
  hours: Hours,
  series: Float64Array,
  place: number,
  length: number,
  issuedAt: number,
): Float64Array | null {
  const end = endOf(hours, place);
  if (end > issuedAt) {
    throw new Leakage(
      `Features issued at ${new Date(issuedAt).toISOString()} reach to ${
        new Date(end).toISOString()
      }.`,
    );
  }
  if (place - length + 1 < 0) return null;
  const window = series.subarray(place - length + 1, place + 1);
  return window.some(Number.isNaN) ? null : window;
}
