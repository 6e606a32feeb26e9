/** Corsi's (2009) heterogeneous autoregression, an hour in the place of his day. */
import { endOf, type Hours, type Quantity } from "./hours.ts";
import { leastSquares } from "../statistics/least_squares.ts";
import { means, seriesOf } from "./features.ts";

/** Coefficients: constant, mean of 1, 6 and 24 hours. */
export interface Har {
  coefficients: number[];
  /** End of the newest target it was fitted to. */
  trainedTo: number;
}

/** Fewest hours to fit it to. */
const LEAST = 48;

/**
 * Fits y[t+1] = b₀ + b₁·y[t] + b₂·mean(6 h) + b₃·mean(24 h) by ordinary least
 * squares to the targets that had ended by `issuedAt`; y as in
 * {@link seriesOf}, so that for direction it is a linear model of the sign.
 * @returns null with fewer than 48 hours or where the hours never change.
 */
export function fitHar(
  hours: Hours,
  quantity: Quantity,
  issuedAt: number,
): Har | null {
  const series = seriesOf(hours, quantity);
  const columns: number[][] = [[], [], [], []];
  const targets: number[] = [];
  let trainedTo = 0;
  for (
    let place = 0;
    place + 1 < series.length && endOf(hours, place + 1) <= issuedAt;
    place++
  ) {
    const y = series[place + 1]!;
    const x = Number.isNaN(y) ? null : means(hours, series, place, issuedAt);
    if (!x) continue;
    [1, ...x].forEach((value, i) => columns[i]!.push(value));
    targets.push(y);
    trainedTo = endOf(hours, place + 1);
  }
  if (targets.length < LEAST) return null;
  const fit = leastSquares(
    columns.map((column) => Float64Array.from(column)),
    Float64Array.from(targets),
  );
  return fit && { coefficients: [...fit.coefficients], trainedTo };
}

/** The next hour's figure in the units of {@link seriesOf}; null where the features are unknown. */
export function forecastHar(
  model: Har,
  hours: Hours,
  quantity: Quantity,
  place: number,
  issuedAt: number,
): number | null {
  const x = means(hours, seriesOf(hours, quantity), place, issuedAt);
  if (!x) return null;
  return [1, ...x].reduce(
    (sum, value, i) => sum + value * model.coefficients[i]!,
    0,
  );
}
