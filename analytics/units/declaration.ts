/**
 * How a mart declares itself, in comments on top of its SQL:
 *
 * ```sql
 * -- needs: candles 1 back, lake.trades 1 back 1 ahead
 * -- period: day
 * -- shard: market
 * ```
 *
 * `needs` names all that it reads, marts and tables of the lake. With a period
 * of a day every UTC day is a unit of its own, and behind each need stands how
 * many days before and after its own such a unit reads. With a shard of market
 * it is each market's day that is a unit, and it reads nothing of other markets.
 * A row belongs to the day of its `ts`, or of its column `unit_day`, which is not kept.
 *
 * `carries: state` keeps what a step remembers from one day to the next.
 * `kept: by day` or `kept: by interval` lets the configuration say for how long;
 * `warm up: 500 bars` is what a series reads before it begins (see kept.ts).
 * A mart without a period is one unit. `newest: 8 days` gives it of each market
 * the newest 8 days that have rows, `window: 28 days` the last 28 whole days once
 * what it reads is older than that.
 */
import { createHash } from "node:crypto";
import { CliError } from "../../collector/cli/errors.ts";
import { lakeTables } from "../lake/tables.ts";

/** What a mart reads. */
export interface Need {
  /** A mart, or a table of the lake. */
  name: string;
  lake: boolean;
  /** Days before the unit's own. */
  back: number;
  /** Days after it. */
  ahead: number;
}

/** Statements, or the name of a step that is code. */
export type Step = { sql: string } | { run: string };

/** A mart as its file declares it. */
export interface Mart {
  name: string;
  needs: Need[];
  period: "day" | "all";
  shard: "market" | "all";
  carries: boolean;
  /** Whether the configuration says how long it is kept, all of it or each interval. */
  kept: "day" | "interval" | null;
  /** Bars that are read before the first of a series that begins anew. */
  warmUp: number;
  /** Of each market only its newest days with rows, so many. */
  newest: number | null;
  /** Only the last whole days, so many, once there are more. */
  window: number | null;
  steps: Step[];
  /** Changes with the file and, where a step is code, with the code. */
  version: string;
}

const KEYS = [
  "needs",
  "period",
  "shard",
  "carries",
  "kept",
  "warm up",
  "newest",
  "window",
] as const;

/** A short fingerprint of some texts. */
export const fingerprint = (...texts: string[]): string => {
  // One text at once: each call into the hash takes longer than joining.
  return createHash("sha256").update(texts.join("\0")).digest("hex")
    .slice(0, 16);
};

/**
 * A mart's file, read.
 * @param steps the names that `-- run: <name>` may call.
 * @param code what changes when their code does.
 * @throws {CliError} where it says something that is not known, in one sentence.
 */
export function declare(
  name: string,
  text: string,
  steps: ReadonlySet<string>,
  code: string,
): Mart {
  const refuse = (what: string): never => {
    throw new CliError(`analytics/marts/${name}.sql ${what}.`);
  };
  const said = new Map<string, string>();
  for (const key of KEYS) {
    const line = new RegExp(`^-- ${key}:(.*)$`, "m").exec(text)?.[1];
    if (line !== undefined) said.set(key, line.trim());
  }
  const oneOf = <T extends string>(key: string, ...values: T[]): T | null => {
    const value = said.get(key);
    if (value === undefined) return null;
    if ((values as string[]).includes(value)) return value as T;
    return refuse(
      `says "-- ${key}: ${value}", which has to be ${values.join(" or ")}`,
    );
  };
  const amount = (key: string, unit: string): number | null => {
    const value = said.get(key);
    if (value === undefined) return null;
    return Number(
      new RegExp(`^(\\d+) ${unit}$`).exec(value)?.[1] ??
        refuse(`says "-- ${key}: ${value}", which has to be "N ${unit}"`),
    );
  };
  if (!said.has("needs")) refuse('has no line "-- needs:"');
  const parts = readSteps(text);
  for (const step of parts) {
    if ("run" in step && !steps.has(step.run)) {
      refuse(
        `runs "${step.run}", which is no step; there are: ${
          [...steps].sort().join(", ")
        }`,
      );
    }
  }
  const last = parts.at(-1);
  if (!last || !("sql" in last)) refuse("does not end in a query");
  const period = oneOf("period", "day", "all") ?? "all";
  const shard = oneOf("shard", "market", "all") ?? "all";
  const carries = oneOf("carries", "state") !== null;
  if (period === "all" && (shard === "market" || carries)) {
    refuse('has a shard or carries state without "-- period: day"');
  }
  if (carries && shard !== "market") {
    refuse('carries state without "-- shard: market"');
  }
  const kept = oneOf("kept", "by day", "by interval");
  if (kept !== null && period === "all") {
    refuse('says "-- kept" without "-- period: day"');
  }
  if (kept === "by interval" && !carries) {
    refuse('is kept by interval without "-- carries: state"');
  }
  return {
    name,
    needs: said.get("needs")!.split(",").map((need) => need.trim())
      .filter(Boolean).map((need) => {
        const found =
          /^(lake\.)?(\w+)(?: (\d+) back)?(?: (\d+) ahead)?$/.exec(need) ??
            refuse(
              `needs "${need}", which has to be a name and then "N back" or "N ahead"`,
            );
        const [, lake, name, back, ahead] = found;
        return {
          name: name!,
          lake: lake !== undefined,
          back: Number(back ?? 0),
          ahead: Number(ahead ?? 0),
        };
      }),
    period,
    shard,
    carries,
    kept: kept && (kept === "by day" ? "day" : "interval"),
    warmUp: amount("warm up", "bars") ?? 0,
    newest: amount("newest", "days"),
    window: amount("window", "days"),
    steps: parts,
    version: fingerprint(
      text,
      parts.some((step) => "run" in step) ? code : "",
    ),
  };
}

function readSteps(text: string): Step[] {
  return text.split(/;[ \t]*$|^(?=-- run: )/m).flatMap((part): Step[] => {
    const run = /^-- run: *(\w+)[^\n]*(?:\n([^]*))?$/.exec(part.trimStart());
    if (run) return [{ run: run[1]! }, ...readSteps(run[2] ?? "")];
    const sql = part.replace(/^\s*--.*$/gm, "").trim();
    return sql ? [{ sql }] : [];
  });
}

/**
 * The marts, each after those that it needs.
 * @throws {CliError} where one needs what is not there, or itself by a circle.
 */
export function inOrder(marts: ReadonlyMap<string, Mart>): Mart[] {
  const tables = new Map(lakeTables.map((table) => [table.name, table]));
  const order: Mart[] = [];
  const add = (mart: Mart, path: string[]) => {
    if (order.includes(mart)) return;
    if (path.includes(mart.name)) {
      throw new CliError(
        `The marts need one another in a circle: ${
          [...path.slice(path.indexOf(mart.name)), mart.name].join(" → ")
        }.`,
      );
    }
    for (const need of mart.needs) {
      const refuse = (why: string) => {
        throw new CliError(
          `analytics/marts/${mart.name}.sql needs ${
            need.lake ? "lake." : ""
          }${need.name}, ${why}.`,
        );
      };
      if (need.lake) {
        if (!tables.has(need.name)) refuse("which is no table of the lake");
        continue;
      }
      const other = marts.get(need.name);
      if (!other) return refuse("which is no mart");
      if (mart.period === "day" && other.period !== "day") {
        refuse("which is not made by the day as itself is");
      }
      add(other, [...path, mart.name]);
    }
    order.push(mart);
  };
  for (const name of [...marts.keys()].sort()) add(marts.get(name)!, []);
  return order;
}
