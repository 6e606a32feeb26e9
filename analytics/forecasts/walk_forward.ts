/** Forecasts of every model as they are, or would have been, issued. */
import { seriesOf, SPANS } from "./features.ts";
import { fitHar, forecastHar } from "./har.ts";
import { endOf, type Hours, QUANTITIES, type Quantity } from "./hours.ts";
import { MS } from "../../collector/model/time.ts";
import { checkIssue, type Issue } from "./leakage.ts";

/** Raised when a model changes: its forecasts are then scored apart from the old ones. */
export const VERSIONS = {
  persistence: "1",
  har: `1: ${SPANS.join("-")} h`,
} as const;

export type Model = keyof typeof VERSIONS;

/** One forecast. */
export interface Forecast extends Issue {
  origin: "issued" | "backtest";
  venue: string;
  market: string;
  quantity: Quantity;
  model: Model;
  modelVersion: string;
  /** Volatility per hour, volume in base units, or probability of a rise. */
  value: number;
}

/**
 * Forecasts of one hour that HAR and persistence give for each market, from the
 * hours that had ended by then.
 * @param dataTo end of the newest hour that may be used: the issue's moment, or the end of the data.
 */
export function forecastHour(
  markets: Hours[],
  origin: Forecast["origin"],
  issuedAt: number,
  targetFrom: number,
  dataTo: number,
): Forecast[] {
  const made: Forecast[] = [];
  for (const hours of markets) {
    const place = Math.round((dataTo - hours.start) / MS.hour) - 1;
    if (place < 0 || place >= hours.change.length) continue;
    for (const quantity of QUANTITIES) {
      const add = (
        model: Model,
        value: number | null,
        trainedTo: number | null,
      ) => {
        if (value === null || !Number.isFinite(value)) return;
        const forecast: Forecast = {
          origin,
          venue: hours.venue,
          market: hours.market,
          quantity,
          model,
          modelVersion: VERSIONS[model],
          issuedAt,
          targetFrom,
          targetTo: targetFrom + MS.hour,
          dataTo: endOf(hours, place),
          trainedTo,
          value: shown(quantity, value),
        };
        checkIssue(forecast);
        made.push(forecast);
      };
      add("persistence", seriesOf(hours, quantity)[place]!, null);
      const har = fitHar(hours, quantity, issuedAt);
      if (har) {
        add(
          "har",
          forecastHar(har, hours, quantity, place, issuedAt),
          har.trainedTo,
        );
      }
    }
  }
  return made;
}

/** From the series a model sees to what is stored: logs to their figure, a sign to a probability. */
const shown = (quantity: Quantity, value: number): number =>
  quantity === "direction"
    ? Math.min(1, Math.max(0, (1 + value) / 2))
    : Math.exp(value);

/**
 * Forecasts of each hour from `from` to the end of the data, each from what
 * was known when it began.
 */
export function walkForward(markets: Hours[], from: number): Forecast[] {
  const end = Math.max(
    ...markets.map((hours) => endOf(hours, hours.change.length - 1)),
  );
  const made: Forecast[] = [];
  // The target of the last forecast is the last hour of the data.
  for (let at = from; at < end; at += MS.hour) {
    made.push(...forecastHour(markets, "backtest", at, at, at));
  }
  return made;
}
