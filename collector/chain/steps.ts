/** What the chain knows of its steps: what each needs, and what its report counts. */
import { z } from "zod";
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
  /** What the task prints with `--json`, as what it made. */
  report: z.ZodType<Made>;
}

const sum = <Part>(parts: Part[], of: (part: Part) => number): number =>
  parts.reduce((total, part) => total + of(part), 0);

/** A report that counts something of each mart. */
const martsReport = <Count extends string>(count: Count) =>
  z.object({
    marts: z.array(
      z.object({ [count]: z.number() } as Record<Count, z.ZodNumber>),
    ),
  }).transform(({ marts }): Made => ({
    units: marts.length,
    rows: sum(marts, (mart) => (mart as Record<Count, number>)[count]),
  }));

/** Every step. */
export const steps: Record<StepName, Step> = {
  snapshot: {
    needs: [],
    report: z.object({
      tables: z.array(z.object({ files: z.number() })),
      rows: z.number(),
    }).transform(({ tables, rows }) => ({
      units: sum(tables, ({ files }) => files),
      rows,
    })),
  },
  forecast: {
    needs: ["snapshot"],
    report: z.object({ issued: z.number(), backtest: z.number() })
      .transform(({ issued, backtest }) => ({
        units: null,
        rows: issued + backtest,
      })),
  },
  analyze: { needs: ["snapshot"], report: martsReport("rows") },
  publish: { needs: ["analyze"], report: martsReport("changed") },
  site: {
    needs: ["analyze"],
    options: ({ pages }) => ["--output", pages],
    report: z.object({ pages: z.number() })
      .transform(({ pages }) => ({ units: pages, rows: null })),
  },
};
