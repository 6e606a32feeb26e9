import {
  defaultVenues,
  type SimulatedVenue,
  simulators,
} from "./simulators.ts";

/** A crowdtape configuration that points at the simulator. */
export interface SandboxConfig {
  venues: Record<string, object>;
  communities: Record<string, object>;
  rates: Record<string, object>;
  historyDays: number;
}

/**
 * The configuration for a simulator at these addresses.
 * @param rest where all but the venues' own pages are
 * @param communities settings of those in it
 * @param some the venues in it
 */
export function sandboxConfig(
  at: Record<SimulatedVenue, { socket: string; rest: string }>,
  rest: string,
  days: number,
  communities: Record<string, object>,
  some: string[] = defaultVenues,
): SandboxConfig {
  const venues = simulators.filter(({ id }) => some.includes(id))
    .map(({ id, markets }) => [id, {
      markets: markets.map(({ market }) => market),
      ...at[id as SimulatedVenue],
    }]);
  return {
    venues: Object.fromEntries(venues),
    communities,
    rates: {
      usdkrw: {
        source: "sandbox",
        url: `${rest}/rates/USD`,
        time: "time",
        every: "1m",
        history: `${rest}/rates/USD/history`,
      },
      usdtkrw: {
        source: "sandbox",
        url: `${rest}/rates/USDT`,
        rate: "rates.KRW",
        time: "time",
        every: "1m",
        history: `${rest}/rates/USDT/history`,
      },
    },
    historyDays: days,
  };
}
