import { VenueClock } from "./clock.ts";
import { capped, emptied, isTradesPage, marketOf, skewed } from "./pages.ts";
import { type WorldMarket, worldMarkets } from "./markets.ts";
import { Random } from "./random.ts";

type Venue = WorldMarket["venue"];

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
  | Partial<Record<Venue, Partial<Conditions>>>;

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
): Record<Venue, Conditions> {
  const random = new Random(seed ^ 0x2545f491);
  const venues = [...new Set(worldMarkets.map(({ venue }) => venue))];
  const ahead = random.below(2);
  const between = (least: number, most: number) =>
    least + random.below(most - least + 1);
  const drawn = venues.map((venue, at): [Venue, Conditions] => [venue, {
    offsetMs: ((at + ahead) % 2 === 0 ? 1 : -1) * between(2000, 40_000),
    driftPpm: random.pick([1, -1]) * between(50, 500),
    restLagMs: between(500, 4000),
    emptyShare: 0.05,
    shortAfterCut: between(5, 40),
    restSkewMs: 0,
  }]);
  return Object.fromEntries(drawn.map(([venue, unkind]) => [
    venue,
    option === "kind"
      ? { ...KIND }
      : { ...unkind, ...(option === "unkind" ? {} : option[venue]) },
  ])) as Record<Venue, Conditions>;
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
    readonly venue: Venue,
    readonly conditions: Conditions,
    host: () => number,
    readonly random: Random,
  ) {
    const { offsetMs, driftPpm } = conditions;
    this.clock = new VenueClock(host, offsetMs, driftPpm);
  }

  /** A socket has been asked for. */
  connected(): void {
    for (const { venue, market } of worldMarkets) {
      if (venue === this.venue) this.#short.add(market);
    }
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
    let asked = url, empty = false;
    if (isTradesPage(url)) {
      if (this.#short.delete(marketOf(url)) && shortAfterCut !== null) {
        asked = capped(url, shortAfterCut);
      }
      empty = emptyShare > 0 && this.random.next() < emptyShare;
    }
    let page = await answer(asked);
    if (empty) page = await emptied(page);
    else if (restSkewMs !== 0 && isTradesPage(url)) {
      page = await skewed(page, this.venue, restSkewMs);
    }
    page.headers.set("date", new Date(this.clock.says()).toUTCString());
    return page;
  }
}
