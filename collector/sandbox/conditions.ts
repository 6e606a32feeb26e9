import { VenueClock } from "./clock.ts";
import { capped, emptied, isTradesPage, skewed } from "./pages.ts";
import { Random, stream } from "./random.ts";
import type { Simulator } from "./simulator.ts";
import { mapVenues, type SimulatedVenue } from "./simulators.ts";

/** How a venue's clock goes and how its pages behave while nothing is wrong with it. */
export interface Conditions {
  /** Milliseconds that its clock is ahead of the host's. */
  offsetMs: number;
  /** Millionths by which its clock is faster than the host's. */
  driftPpm: number;
  /** Milliseconds that its pages of trades and candles are behind its socket. */
  restLagMs: number;
  /** Share of its pages of trades that come empty although there are trades. */
  emptyShare: number;
  /** Most rows on the first page of each market's trades after a socket was opened; null: as many as are asked for. */
  shortAfterCut: number | null;
  /** Milliseconds that the time of a trade is later by REST than on the socket. */
  restSkewMs: number;
}

/** `unkind`, drawn from the seed; `kind`; or unkind ones with some of them given. */
export type ConditionsOption =
  | "unkind"
  | "kind"
  | Partial<Record<SimulatedVenue, Partial<Conditions>>>;

/** The host's own clock, and pages that have everything. */
export const KIND: Conditions = {
  offsetMs: 0,
  driftPpm: 0,
  restLagMs: 0,
  emptyShare: 0,
  shortAfterCut: null,
  restSkewMs: 0,
};

/**
 * The conditions of each venue. Unkind ones: a clock 2 to 40 seconds off, ahead
 * at half of the venues and behind at the others, that gains or loses 50 to 500
 * millionths; pages half a second to 4 seconds behind the socket, one in twenty
 * empty, the first after a socket was opened cut to 5 to 40 rows. A trade has
 * one time, on the socket and by REST, unless it is told otherwise.
 */
export function conditionsOf(
  option: ConditionsOption,
  seed: number,
): Record<SimulatedVenue, Conditions> {
  const ahead = new Random(seed ^ 0x2545f491).below(2);
  const of = (venue: SimulatedVenue, sign: number): Conditions => {
    if (option === "kind") return { ...KIND };
    // From its name, so that another venue beside it changes nothing of it.
    const random = new Random(seed ^ stream(venue));
    const between = (least: number, most: number) =>
      least + random.below(most - least + 1);
    return {
      offsetMs: sign * between(2000, 40_000),
      driftPpm: random.pick([1, -1]) * between(50, 500),
      restLagMs: between(500, 4000),
      emptyShare: 0.05,
      shortAfterCut: between(5, 40),
      restSkewMs: 0,
      ...(option === "unkind" ? {} : option[venue]),
    };
  };
  return mapVenues((venue, at) => of(venue, (at + ahead) % 2 === 0 ? 1 : -1));
}

/** One venue under its conditions: its clock, and what they make of its pages. */
export class Surroundings {
  readonly clock: VenueClock;
  /** Markets whose next page of trades is a short one. */
  #short = new Set<string>();

  /**
   * @param conditions may be changed at any time, but for the clock's
   * @param host milliseconds since the epoch
   */
  constructor(
    readonly simulator: Simulator,
    readonly conditions: Conditions,
    host: () => number,
    readonly random: Random,
  ) {
    const { offsetMs, driftPpm } = conditions;
    this.clock = new VenueClock(host, offsetMs, driftPpm);
  }

  /** A socket has been asked for. */
  connected(): void {
    for (const { market } of this.simulator.markets) this.#short.add(market);
  }

  /** The time up to which pages know of trades, in milliseconds. */
  pagesUntil(): number {
    return this.clock.now() - this.conditions.restLagMs;
  }

  /** An answer under these conditions, with a `Date` by the venue's clock. */
  async answer(
    url: URL,
    answer: (url: URL) => Response | Promise<Response>,
  ): Promise<Response> {
    const { emptyShare, shortAfterCut, restSkewMs } = this.conditions;
    const { protocol } = this.simulator;
    const ofTrades = isTradesPage(url, protocol);
    let asked = url, empty = false;
    if (ofTrades) {
      const first = this.#short.delete(protocol.market(url));
      if (first && shortAfterCut !== null) {
        asked = capped(url, protocol, shortAfterCut);
      }
      empty = emptyShare > 0 && this.random.next() < emptyShare;
    }
    let page = await answer(asked);
    if (empty) page = await emptied(page, protocol);
    else if (restSkewMs !== 0 && ofTrades) {
      page = await skewed(page, protocol, restSkewMs);
    }
    page.headers.set("date", new Date(this.clock.says()).toUTCString());
    return page;
  }
}
