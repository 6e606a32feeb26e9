/**
 * `deno task bench faults` and `pair`: what is lost when much goes wrong and
 * no two clocks agree, and when one of two collectors is killed again and again.
 */
import { CliError } from "../../collector/cli/errors.ts";
import { drawJumps, oneClock, twoClocks } from "./fault_clocks.ts";
import {
  isDense,
  planFaults,
  type Planned,
  recentOnly,
  VENUES,
} from "./fault_plan.ts";
import type { FaultReport } from "./fault_problems.ts";
import { faultRun } from "./fault_run.ts";
import type { Figure } from "./figures.ts";
import type { SimulatedVenue } from "../../collector/sandbox/simulators.ts";
import { knownVenues } from "../../collector/venues/registry.ts";
import { fakeTimeLibrary } from "../support/requirements.ts";

const CHANNELS = ["trade", "ticker", "book", "candle"];

/** Much that goes wrong, and the same with clocks that do not agree. */
export async function benchFaults(
  seed: number,
  venues = VENUES,
): Promise<Figure[]> {
  return [
    ...await benchRandom(seed, venues),
    ...await benchClocks(seed, venues),
  ];
}

/** More than a hundred faults at random in five minutes. */
async function benchRandom(
  seed: number,
  venues: SimulatedVenue[],
): Promise<Figure[]> {
  const plan = planFaults({
    seed,
    venues,
    faults: 120,
    forMs: 300_000,
    collectors: 1,
    bans: 2,
  });
  return figuresOf(
    `${plan.length} faults`,
    await faultRun({
      seed,
      venues,
      plan,
      rate: 20,
      channels: CHANNELS,
      collectors: 1,
      calmMs: 10_000,
      settleMs: 300_000,
      log: (line) => console.error(line),
    }),
  );
}

/**
 * Venues whose clocks are up to an hour off, and a collector whose own jumps;
 * then two collectors whose clocks differ. Now with busy markets, now with
 * quiet ones.
 */
async function benchClocks(
  seed: number,
  venues: SimulatedVenue[],
): Promise<Figure[]> {
  if (fakeTimeLibrary === null) {
    console.error(
      "faults: the runs with wrong clocks are skipped, they need libfaketime (Debian: apt-get install faketime)",
    );
    return [];
  }
  const run = {
    channels: CHANNELS,
    calmMs: 10_000,
    settleMs: 300_000,
    log: (line: string) => console.error(line),
  };
  const [busy, quiet] = seed % 2 === 0 ? [20, 2] : [2, 20];
  const [jump, ...jumps] = drawJumps(seed, 7) as [number, ...number[]];
  return [
    ...figuresOf(
      "wrong clocks, the host's set six times",
      await faultRun({
        ...run,
        ...oneClock(seed, jumps, 40_000, venues),
        rate: busy,
      }),
    ),
    ...figuresOf(
      "wrong clocks, two collectors 30 s apart",
      await faultRun({
        ...run,
        ...twoClocks(seed, 6, jump, 40_000, venues),
        rate: quiet,
      }),
    ),
  ];
}

/** Collectors killed in turn. */
export const killsInTurn = (everyMs: number, forMs: number): Planned[] =>
  Array.from({ length: Math.floor(forMs / everyMs) }, (_, i) => ({
    what: "kill",
    atMs: (i + 1) * everyMs,
    collector: i % 2,
    forMs: 1000,
  }));

/** Two collectors on one database, one of them killed every 20 s for 3 minutes. */
export async function benchPair(seed: number): Promise<Figure[]> {
  return figuresOf(
    "two collectors, one killed every 20 s",
    await faultRun({
      seed,
      plan: killsInTurn(20_000, 180_000),
      rate: 20,
      channels: CHANNELS,
      collectors: 2,
      calmMs: 10_000,
      settleMs: 60_000,
      log: (line) => console.error(line),
    }),
  );
}

function figuresOf(name: string, report: FaultReport): Figure[] {
  const sum = (
    of: (market: FaultReport["markets"][number]) => number,
    recent = false,
  ) =>
    report.markets.filter(({ venue }) => recentOnly(venue) === recent)
      .reduce((total, market) => total + of(market), 0);
  const names = (which: (venue: string) => boolean) =>
    knownVenues.filter(({ id }) =>
      report.markets.some(({ venue }) => venue === id) && which(id)
    ).map(({ names }) => names.en).join(", ");
  const exact = names((venue) => !recentOnly(venue));
  const recent = names(recentOnly), dense = names(isDense);
  const about = `seed ${report.seed}, ${report.seconds} s, ${
    Object.entries(report.faults).map(([kind, n]) => `${n} ${kind}`).join(", ")
  }`;
  const figures: Figure[] = [
    {
      work: `${name}: trades made, ${exact}`,
      value: sum((m) => m.traded),
      unit: "trades",
      note: about,
      details: report,
    },
    {
      work: `${name}: lost, ${exact}`,
      value: sum((m) => m.lost),
      unit: "trades",
      aim: 0,
    },
    {
      work: `${name}: stored twice, wrong or never made, all venues`,
      value: [true, false].reduce(
        (total, recent) =>
          total + sum((m) => m.doubled + m.wrong + m.alien, recent),
        0,
      ),
      unit: "trades",
      aim: 0,
    },
    ...recent
      ? [{
        work: `${name}: lost on ${recent} outside its unrecoverable gaps`,
        value: sum((m) => m.unaccounted, true),
        unit: "trades",
        aim: 0,
        note: `${sum((m) => m.lost, true)} of ${
          sum((m) => m.traded, true)
        } lost in them`,
      }]
      : [],
    ...dense
      ? [{
        work: `${name}: ids missing between others on ${dense}`,
        value: sum((m) => m.holes),
        unit: "ids",
        aim: 0,
      }]
      : [],
    {
      work: `${name}: lost in gaps called repaired, all venues`,
      value: sum((m) => m.falselyRepaired) +
        sum((m) => m.falselyRepaired, true),
      unit: "trades",
      aim: 0,
    },
    {
      work: `${name}: gaps open at the end`,
      value: report.open,
      unit: "gaps",
      aim: 0,
      note: report.settledAfter === null
        ? "never none"
        : `none ${report.settledAfter.toFixed(0)} s after the last fault`,
    },
  ];
  if (report.problems.length > 0) {
    console.error(JSON.stringify(report, null, 2));
    throw new CliError(
      `${name}, seed ${report.seed}: ${report.problems.length} things are not as they must be: ${
        report.problems.slice(0, 10).join("; ")
      }. The collectors' logs and the ledger are in ${report.folder}.`,
    );
  }
  return figures;
}
