/** Fault runs in which no two clocks agree: the venues', and those of the collectors' hosts. */
import type { Conditions } from "../../collector/sandbox/conditions.ts";
import { Random } from "../../collector/sandbox/random.ts";
import type { SimulatedVenue } from "../../collector/sandbox/simulators.ts";
import { type Planned, VENUES } from "./fault_plan.ts";
import type { FaultRunOptions } from "./fault_run.ts";

/** Seconds that a venue's clock is off; in five seeds each venue has each. */
const OFFSETS = [-3600, -90, -15, 15, 90];
/** Seconds that a host's clock is set to. */
const JUMPS = [-3600, -90, -15, 15, 90, 3600];

/** So many of them, drawn at random. */
export function drawJumps(seed: number, count: number): number[] {
  const random = new Random(seed ^ 0x51ed270b);
  return Array.from({ length: count }, () => random.pick(JUMPS));
}

/** What such a run is made of. */
type ClockRun = Pick<
  FaultRunOptions,
  "seed" | "plan" | "venues" | "collectors" | "hostClocks" | "conditions"
>;

/**
 * Each venue's clock off by another of {@link OFFSETS}, the pages of one of
 * them `lagMs` behind its socket, and one at which a trade's time by REST is a
 * millisecond later than on the socket.
 */
function clockConditions(
  seed: number,
  lagMs: number,
  venues: SimulatedVenue[],
): Partial<Record<SimulatedVenue, Partial<Conditions>>> {
  return Object.fromEntries(venues.map((venue, at) => [venue, {
    offsetMs: OFFSETS[(at + seed) % OFFSETS.length]! * 1000,
    restLagMs: at === seed % venues.length ? lagMs : 3000,
    restSkewMs: venue === "bithumb" ? 1 : 0,
  }]));
}

/** Every venue's sockets are cut, each for up to so long. */
const cutsOf = (
  venues: SimulatedVenue[],
  atMs: number,
  random: Random,
  forMs: number,
): Planned[] =>
  venues.map((venue) => ({
    what: "venue",
    atMs: atMs + random.below(1500),
    fault: { kind: "cut", venue, forMs: 500 + random.below(forMs) },
  }));

/**
 * One collector: its clock is set to each of `jumps` (seconds), in turn while it
 * runs and across a SIGKILL, each time between cuts.
 */
export function oneClock(
  seed: number,
  jumps: number[],
  lagMs = 40_000,
  venues = VENUES,
): ClockRun {
  const random = new Random(seed ^ 0x7d2b1e11);
  const cuts = (atMs: number, random: Random, forMs: number) =>
    cutsOf(venues, atMs, random, forMs);
  const plan: Planned[] = cuts(0, random, 4000);
  for (const [i, seconds] of jumps.entries()) {
    const atMs = 8000 + i * 14_000;
    const clockMs = seconds * 1000;
    const killed = i % 2 === 1;
    plan.push(
      killed
        ? { what: "kill", atMs, collector: 0, forMs: 2000, clockMs }
        : { what: "clock", atMs, collector: 0, clockMs },
      ...cuts(atMs + (killed ? 6000 : 1000), random, 4000),
    );
  }
  return {
    seed,
    plan,
    collectors: 1,
    hostClocks: [0],
    venues,
    conditions: clockConditions(seed, lagMs, venues),
  };
}

/**
 * Two collectors whose clocks differ by 30 s, killed in turn between cuts; at
 * the end one's clock is set to `jump` (seconds).
 */
export function twoClocks(
  seed: number,
  rounds: number,
  jump: number,
  lagMs = 40_000,
  venues = VENUES,
): ClockRun {
  const random = new Random(seed ^ 0x3ad8025f);
  const cuts = (atMs: number, random: Random, forMs: number) =>
    cutsOf(venues, atMs, random, forMs);
  const plan: Planned[] = [];
  let atMs = 2000;
  for (let i = 0; i < rounds; i++) {
    plan.push(
      { what: "kill", atMs, collector: i % 2, forMs: 2000 },
      ...cuts(atMs + 7000, random, 4000),
    );
    atMs += 14_000;
  }
  plan.push(
    { what: "clock", atMs, collector: rounds % 2, clockMs: jump * 1000 },
    ...cuts(atMs + 1000, random, 4000),
  );
  return {
    seed,
    plan,
    collectors: 2,
    hostClocks: seed % 2 === 0 ? [-15_000, 15_000] : [0, 30_000],
    venues,
    conditions: clockConditions(seed + 2, lagMs, venues),
  };
}
