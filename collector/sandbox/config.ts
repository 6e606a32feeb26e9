import { type WorldMarket, worldMarkets } from "./markets.ts";

type Venue = WorldMarket["venue"];

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
 * @param some the venues in it
 */
export function sandboxConfig(
  at: Record<Venue, { socket: string; rest: string }>,
  rest: string,
  days: number,
  some: Venue[] = ["upbit", "binance"],
): SandboxConfig {
  const venues = Object.entries(at).filter(([venue]) =>
    some.includes(venue as Venue)
  ).map(([venue, address]) => {
    const markets = worldMarkets.filter((market) => market.venue === venue)
      .map(({ market }) => market);
    return [venue, { markets, ...address }];
  });
  return {
    venues: Object.fromEntries(venues),
    communities: {
      dcinside: {
        galleries: ["bitcoins_new1"],
        // No real host: it may be asked often, so that a short run shows comments.
        every: "1m",
        pauseMs: 0,
        historyDays: days,
        base: rest,
      },
      x: { queries: ["#bitcoin -is:retweet"], base: rest },
    },
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
