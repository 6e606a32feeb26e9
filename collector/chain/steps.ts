/** What the chain knows of its steps: what each needs, and what its report counts. */
import type { Config, STEPS } from "../config.ts";

/** A step's name, which is its task's. */
export type StepName = typeof STEPS[number];

/** What a step made; null where it does not count that. */
export interface Made {
  /** Files, marts or pages. */
  units: number | null;
  rows: number | null;
}

interface Step {
  /** Where one of these has failed in a round, the step is left out of it. */
  needs: StepName[];
  options?(config: Config["run"]): string[];
  /** Reads the report that the task prints with `--json`. */
  // deno-lint-ignore no-explicit-any
  made(report: any): Made;
}

const sum = <Part>(parts: Part[], of: (part: Part) => number): number =>
  parts.reduce((total, part) => total + of(part), 0);

/** Every step. */
export const steps: Record<StepName, Step> = {
  snapshot: {
    needs: [],
    made: ({ tables, rows }) => ({
      units: sum(tables as { files: number }[], ({ files }) => files),
      rows,
    }),
  },
  forecast: {
    needs: ["snapshot"],
    made: ({ issued, backtest }) => ({ units: null, rows: issued + backtest }),
  },
  analyze: {
    needs: ["snapshot"],
    made: ({ marts }) => ({
      units: marts.length,
      rows: sum(marts as { rows: number }[], ({ rows }) => rows),
    }),
  },
  publish: {
    needs: ["analyze"],
    made: ({ marts }) => ({
      units: marts.length,
      rows: sum(marts as { changed: number }[], ({ changed }) => changed),
    }),
  },
  site: {
    needs: ["analyze"],
    options: ({ pages }) => ["--output", pages],
    made: ({ pages }) => ({ units: pages, rows: null }),
  },
};
