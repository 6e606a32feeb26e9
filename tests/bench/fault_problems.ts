/** What came of a fault run, and what of it must not be. */
import { isDense, recentOnly } from "./fault_plan.ts";
import type { MarketReport } from "./fault_report.ts";

/** What came of a run. */
export interface FaultReport {
  seed: number;
  seconds: number;
  /** How many faults of each kind there were. */
  faults: Record<string, number>;
  markets: MarketReport[];
  /** Rows of the ledger by venue, state and reason. */
  gaps: Record<string, number>;
  /** Gaps that are open at the end, in any channel. */
  open: number;
  rejects: number;
  /** What `deno task audit --json` said of the trades. */
  audit: {
    code: number;
    open: number;
    /** Seconds by market, where there are any. */
    unrecoverable: Record<string, number>;
    unknown: Record<string, number>;
    /** Ids that it says are missing, by market where ids are dense. */
    holes: Record<string, number>;
  };
  /** Faults that lost something and have no row in the ledger. */
  untold: string[];
  /** Trades that came long after they were made and lie in no gap, by market: how many, from when to when. */
  lateOutsideGaps: Record<string, string>;
  /** Seconds from the last fault to the last gap's end. */
  settledAfter: number | null;
  /** A collector's clock was set while it ran, or while it was dead. */
  hostClockSet: boolean;
  kills: number;
  /** Times that a collector ended by itself, by what it said last. */
  failures: string[];
  /** How each collector ended when it was asked to. */
  exits: ({ code: number; ms: number } | null)[];
  /** What must not be; empty when all is well. */
  problems: string[];
  /** The collectors' logs, kept where there are problems. */
  folder: string;
}

/** What must not be in a report. */
export function problemsOf(report: FaultReport): string[] {
  const problems: string[] = [];
  const { audit } = report;
  for (const of of report.markets) {
    const name = `${of.venue} ${of.market}`;
    const kinds = [
      "doubled",
      "alien",
      "wrong",
      "holes",
      "unaccounted",
      "falselyRepaired",
      "groundless",
      "wrongCandles",
    ] as const;
    for (const kind of kinds) {
      const count = of[kind];
      // One page of the newest cannot prove all that came; what is lost must lie
      // in such rows, and of what they say too much the report has the number.
      if (kind === "groundless" && recentOnly(of.venue)) continue;
      if (count > 0) problems.push(`${name}: ${count} ${kind}`);
    }
    if (!recentOnly(of.venue) && of.lost > 0) {
      problems.push(`${name}: ${of.lost} of ${of.traded} lost`);
    }
    if (isDense(of.venue) && audit.holes[name] !== of.holes) {
      problems.push(
        `audit says that ${
          audit.holes[name]
        } ids of ${name} are missing, there are ${of.holes}`,
      );
    }
    if (of.traded < 5) problems.push(`${name}: only ${of.traded} trades`);
  }
  if (audit.code !== 0 || audit.open > 0) {
    problems.push(`audit ended with ${audit.code}, ${audit.open} gaps open`);
  }
  for (const { venue, market, unrecoverable } of report.markets) {
    const seconds = audit.unrecoverable[`${venue} ${market}`] ?? 0;
    if ((seconds > 0) !== (unrecoverable > 0)) {
      problems.push(
        `audit says that ${seconds} s of ${venue} ${market} are lost, the ledger has ${unrecoverable} such gaps`,
      );
    }
  }
  for (const [market, seconds] of Object.entries(audit.unknown)) {
    // Sockets are not up at the very same moment; time that a clock passed over was not.
    if (seconds > 10 && !report.hostClockSet) {
      problems.push(`audit knows not of ${seconds} s of ${market}`);
    }
  }
  if (report.open > 0) problems.push(`${report.open} gaps are open`);
  for (const loss of report.untold) problems.push(`not in the ledger: ${loss}`);
  for (const [market, trades] of Object.entries(report.lateOutsideGaps)) {
    problems.push(`${market}: came late, in no gap: ${trades}`);
  }
  for (const exit of report.exits) {
    if (exit?.code !== 0) problems.push(`a collector ended with ${exit?.code}`);
  }
  for (const failure of report.failures) {
    // Without a database at the start it says so and ends; a supervisor starts it again.
    if (!/cannot be used/.test(failure)) {
      problems.push(`a collector ended by itself: ${failure}`);
    }
  }
  return problems;
}
