/** Forecasts of every model as they are, or would have been, issued. */
import { SPANS, windowOf } from "./features.ts";
import { examples, Gru } from "./gru.ts";
import { fitHar, forecastHar } from "./har.ts";
import { endOf, type Hours, QUANTITIES, type Quantity } from "./hours.ts";
import { MS } from "../../collector/model/time.ts";
import { seriesOf } from "./features.ts";
import { checkIssue, type Issue } from "./leakage.ts";

/** Raised when a model changes: its forecasts are then scored apart from the old ones. */
export const VERSIONS = {
  persistence: "1",
  har: `1: ${SPANS.join("-")} h`,
  gru: "1: 8 units, 12 h",
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
 * Forecasts of one hour that a network fitted at or before it, HAR and
 * persistence give for each market, from the hours that had ended by then.
 * @param dataTo end of the newest hour that may be used: the issue's moment, or the end of the data.
 */
export function forecastHour(
  markets: Hours[],
  gru: Gru | null,
  origin: Forecast["origin"],
  issuedAt: number,
  targetFrom: number,
  dataTo: number,
): Forecast[] {
  const made: Forecast[] = [];
  for (const hours of markets) {
    const place = Math.round((dataTo - hours.start) / MS.hour) - 1;
    if (place < 0 || place >= hours.change.length) continue;
    const window = windowOf(hours, place, issuedAt);
    const network = window &&
      gru?.forecast(`${hours.venue} ${hours.market}`, window);
    QUANTITIES.forEach((quantity, i) => {
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
      if (gru && network) add("gru", network[i]!, gru.trainedTo);
    });
  }
  return made;
}

/** From the series a model sees to what is stored: logs to their figure, a sign to a probability. */
const shown = (quantity: Quantity, value: number): number =>
  quantity === "direction"
    ? Math.min(1, Math.max(0, (1 + value) / 2))
    : Math.exp(value);

/** Hours after which the network is fitted anew: each UTC midnight. */
const REFIT = 24 * MS.hour;

/**
 * Forecasts of each hour from `from` to the end of the data, each from what
 * was known when it began; the network fitted at the last midnight before.
 * @param done told of each day.
 */
export async function walkForward(
  markets: Hours[],
  from: number,
  done: (day: number, count: number) => void = () => {},
): Promise<Forecast[]> {
  const end = Math.max(
    ...markets.map((hours) => endOf(hours, hours.change.length - 1)),
  );
  const made: Forecast[] = [];
  let gru: Gru | null = null, fitted = -1, day = 0;
  // The target of the last forecast is the last hour of the data.
  for (let at = from; at < end; at += MS.hour) {
    day = Math.floor(at / REFIT) * REFIT;
    if (day !== fitted) {
      gru?.dispose();
      gru = await Gru.fit(examples(markets, day), day);
      fitted = day;
    }
    const some = forecastHour(markets, gru, "backtest", at, at, at);
    made.push(...some);
    done(day, some.length);
  }
  gru?.dispose();
  return made;
}
