import { venues } from "../venues/registry.ts";
import type { WorldMarket } from "./markets.ts";
import type { Simulator } from "./simulator.ts";
import * as list from "./venues/list.ts";

/** A venue that the simulator speaks for. */
export type SimulatedVenue = keyof typeof list;

const byId: Record<string, Simulator> = { ...list };

/** The simulated venues, in the order of the registry. */
export const simulators: Simulator[] = Object.keys(venues)
  .flatMap((id) => byId[id] ?? []);

/** The ids of all of them. */
export const simulatedVenues = simulators.map(({ id }) => id as SimulatedVenue);

/** Those in a simulator's configuration that names none. */
export const defaultVenues = simulatedVenues
  .filter((id) => venues[id]!.byDefault);

/** Something of each venue's. */
export const mapVenues = <T>(
  make: (venue: SimulatedVenue, at: number) => T,
): Record<SimulatedVenue, T> =>
  Object.fromEntries(
    simulatedVenues.map((id, at) => [id, make(id, at)]),
  ) as Record<SimulatedVenue, T>;

/** Every market of every simulated venue. */
export const worldMarkets: WorldMarket[] = simulators.flatMap((one) =>
  one.markets
);
