/** What goes wrong in a fault run, and when; the same seed makes the same plan. */
import type { Fault } from "../../collector/sandbox/faults.ts";
import { Random } from "../../collector/sandbox/random.ts";
import {
  type SimulatedVenue,
  worldMarkets,
} from "../../collector/sandbox/simulators.ts";
import { venues as known } from "../../collector/venues/registry.ts";

/** A fault at a time after the run's start. */
export type Planned =
  & { atMs: number }
  & (
    | { what: "venue"; fault: Fault }
    /** A venue's sockets are cut until so many trades of a market were made. */
    | { what: "away"; venue: SimulatedVenue; market: string; trades: number }
    /** PostgreSQL is stopped and started again. */
    | { what: "postgres"; forMs: number; how: "fast" | "immediate" }
    /** A collector is killed and started again, in between with its host's clock set to so far ahead. */
    | { what: "kill"; collector: number; forMs: number; clockMs?: number }
    /** The clock of a collector's host is set while it runs. */
    | { what: "clock"; collector: number; clockMs: number }
  );

/** The venues of a run that names no others. */
export const VENUES: SimulatedVenue[] = [
  "upbit",
  "binance",
  "bithumb",
  "coinone",
  "okx",
];

/** Whether only the newest trades of a venue can be had. */
export const recentOnly = (venue: string): boolean =>
  known[venue]!.trades.paging === "newest";

/** Whether a venue leaves no id out. */
export const isDense = (venue: string): boolean => known[venue]!.trades.dense;

/** Every market of some venues. */
export const marketsOf = (venues: SimulatedVenue[]) =>
  worldMarkets.filter(({ venue }) => venues.includes(venue as SimulatedVenue));

/** The kind of fault, by which reports count. */
export const nameOf = (planned: Planned): string =>
  planned.what === "venue"
    ? planned.fault.kind
    : planned.what === "away"
    ? "cut"
    : planned.what;

/** How often each kind is drawn, relative to the others. */
const WEIGHTS: Record<Fault["kind"] | "postgres" | "kill", number> = {
  cut: 12,
  mute: 6,
  muteMarket: 8,
  repeat: 8,
  shuffle: 8,
  delay: 6,
  truncate: 10,
  garbage: 8,
  shutdown: 4,
  tooMany: 5,
  banned: 0,
  cap: 8,
  brokenPage: 10,
  marketFails: 6,
  stranger: 4,
  farId: 3,
  empty: 6,
  sameAgain: 5,
  endless: 3,
  falsified: 0,
  postgres: 5,
  kill: 8,
};
type Kind = keyof typeof WEIGHTS;

/** How a plan is drawn. */
export interface PlanOptions {
  seed: number;
  faults: number;
  /** Faults begin within this time. */
  forMs: number;
  collectors: number;
  /** How many of the faults are an HTTP 418: the REST client keeps away for a minute after each. */
  bans: number;
  /** Default {@link VENUES}. */
  venues?: SimulatedVenue[] | undefined;
}

/**
 * Draws the faults, each kind at least once, in the order of their times; one
 * more, in the middle, is more than the pages can make good of the last of the
 * venues that have recent trades only.
 */
export function planFaults(options: PlanOptions): Planned[] {
  const random = new Random(options.seed ^ 0x1f123bb5);
  const { venues = VENUES } = options;
  const dense = venues.find(isDense);
  // A page that lies about a trade which only it has cannot be seen through.
  const kinds: Kind[] = (Object.keys(WEIGHTS) as Kind[])
    .filter((kind) => kind !== "banned" && kind !== "falsified")
    // Where ids are dense one can be told to be beyond belief.
    .filter((kind) => kind !== "farId" || dense);
  const bag = kinds.flatMap((kind) => Array<Kind>(WEIGHTS[kind]).fill(kind));
  const drawn: Kind[] = [
    ...kinds,
    ...Array<Kind>(options.bans).fill("banned"),
  ].slice(0, options.faults);
  while (drawn.length < options.faults) drawn.push(random.pick(bag));
  const plan = drawn.map((kind): Planned => {
    const atMs = random.below(options.forMs);
    const between = (least: number, most: number) =>
      least + random.below(most - least);
    if (kind === "postgres") {
      const how = random.pick(["fast", "immediate"] as const);
      return { atMs, what: kind, forMs: between(1000, 8000), how };
    }
    if (kind === "kill") {
      const collector = random.below(options.collectors);
      return { atMs, what: kind, collector, forMs: between(0, 4000) };
    }
    return {
      // The longest pauses come first, so that they end with the run.
      atMs: kind === "banned" ? Math.floor(atMs / 3) : atMs,
      what: "venue",
      fault: venueFault(
        kind,
        kind === "farId" ? [dense!] : venues,
        random,
        between,
      ),
    };
  });
  const recent = venues.findLast(recentOnly);
  return [...plan, ...recent ? [beyondThePage(recent, options.forMs / 2)] : []]
    .sort((a, b) => a.atMs - b.atMs);
}

/**
 * A venue is away for longer than its one page reaches: some trades are lost
 * for good. By trades, not by time, as the order flow follows the hour.
 */
function beyondThePage(venue: SimulatedVenue, atMs: number): Planned {
  const [busiest] = marketsOf([venue]).sort((a, b) => b.trades - a.trades);
  const { market } = busiest!;
  const trades = known[venue]!.trades.pageLimit + 100;
  return { what: "away", atMs, venue, market, trades };
}

function venueFault(
  kind: Fault["kind"],
  venues: SimulatedVenue[],
  random: Random,
  between: (least: number, most: number) => number,
): Fault {
  const venue = random.pick(venues);
  switch (kind) {
    case "cut":
      return { kind, venue, forMs: between(0, 6000) };
    case "shutdown":
      return { kind, venue, forMs: between(1000, 5000) };
    case "mute":
      return { kind, venue, forMs: between(3000, 25_000) };
    case "muteMarket": {
      const markets = worldMarkets.filter((m) => m.venue === venue);
      const { market } = random.pick(markets);
      return { kind, venue, market, forMs: between(3000, 20_000) };
    }
    case "repeat":
      return { kind, venue, forMs: between(2000, 12_000), share: 0.5 };
    case "shuffle":
      return {
        kind,
        venue,
        forMs: between(2000, 12_000),
        windowMs: between(100, 2000),
      };
    case "delay":
      return {
        kind,
        venue,
        forMs: between(2000, 8000),
        delayMs: between(200, 3000),
      };
    case "truncate":
      return { kind, venue, forMs: between(2000, 10_000), share: 0.03 };
    case "garbage":
      return { kind, venue, forMs: between(2000, 10_000), share: 0.1 };
    case "tooMany":
    case "banned":
      return { kind, venue, forMs: between(1000, 6000) };
    case "cap":
      return {
        kind,
        venue,
        forMs: between(8000, 20_000),
        rows: random.pick([50, 200]),
      };
    case "brokenPage":
      return {
        kind,
        venue,
        forMs: between(4000, 15_000),
        way: random.pick(["truncated", "html", "server", "slow"] as const),
        share: 0.5,
      };
    case "marketFails": {
      const markets = worldMarkets.filter((m) => m.venue === venue);
      const { market } = random.pick(markets);
      const way = random.pick(["server", "hang"] as const);
      return { kind, venue, market, way, forMs: between(8000, 25_000) };
    }
    case "stranger":
      return { kind, venue, forMs: 10_000, times: 3 };
    case "farId": {
      const ahead = random.pick(["1000000", String(2n ** 62n)]);
      return { kind, venue, on: "socket", ahead, forMs: 10_000 };
    }
    case "empty":
    case "sameAgain":
      return { kind, venue, forMs: between(3000, 12_000) };
    case "endless":
      return { kind, venue, forMs: between(2000, 6000) };
    case "falsified":
      return { kind, venue, field: "price", forMs: between(2000, 6000) };
  }
}
