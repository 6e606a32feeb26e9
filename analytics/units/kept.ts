/**
 * How long marts are kept, and of which units they therefore consist.
 *
 * A mart says `-- kept: by day`, or `-- kept: by interval` where each length of
 * bars has a time of its own (`keepDays` in the configuration). An interval that
 * is not kept for good is a unit of its own, market by market, and its series
 * begins anew with every cell: 10,080 bars, a week of minutes. So whatever cell is
 * made, today or years later, has the same values, and none before it is needed
 * but the bars that `warm up` declares. Cells are dropped whole: kept days are at least
 * as many as were asked for.
 */
import { CliError } from "../../collector/cli/errors.ts";
import { type KeepDays, MINUTES } from "../../collector/config.ts";
import type { Mart } from "./declaration.ts";
import { shift } from "./calendar.ts";
import { writeWhole } from "./records.ts";
import { intervalOf } from "./shards.ts";

const DAY = 86_400_000;

/** Bars of a cell. */
const CELL = 10_080;

/** A Monday; cells of minutes are weeks. */
const EPOCH = Date.parse("1970-01-05");

/** Days that were asked for although they are older; both ends among them. */
export interface Asked {
  from: string;
  until: string;
  /** Only bars of this length; left out: everything that is not kept for good. */
  interval?: string;
}

/** Where a cell lies among those of its interval. */
const cellOf = (interval: string, day: string): number =>
  Math.floor(
    (Date.parse(day) - EPOCH) / DAY * 1440 / (CELL * MINUTES[interval]!),
  );

/** What of one mart is kept. */
export class Kept {
  /** Days by interval, or by "" where the mart is kept by the day. */
  readonly #days: ReadonlyMap<string, number>;
  /** Intervals that are not kept for good. */
  readonly limited: string[];

  constructor(
    readonly mart: Mart,
    days: ReadonlyMap<string, number>,
    readonly asked: readonly Asked[] = [],
  ) {
    this.#days = days;
    this.limited = [...days.keys()].filter(Boolean).sort();
  }

  /** Whether any of a day is kept; of an interval ("": of the others) where the mart says so. */
  keeps(day: string, interval: string, newest: string): boolean {
    const days = this.#days.get(interval);
    if (days === undefined) return true;
    const first = shift(newest, 1 - days);
    const at = (day: string) => interval ? cellOf(interval, day) : day;
    return at(day) >= at(first) ||
      this.asked.some((asked) =>
        asked.interval === undefined || asked.interval === interval
          ? at(day) >= at(asked.from) && at(day) <= at(asked.until)
          : false
      );
  }

  /** Days of a shard in one cell go on from one another; in another they do not. */
  cell(shard: string, day: string): number {
    const interval = intervalOf(shard);
    return interval === "" ? 0 : cellOf(interval, day);
  }

  /** Days before a cell that are read to warm its series up. */
  warmUp(shard: string): number {
    const interval = intervalOf(shard);
    return interval === ""
      ? 0
      : Math.ceil(this.mart.warmUp * MINUTES[interval]! / 1440);
  }

  /** How much of a market's day a shard is. */
  weight(shard: string): number {
    if (this.limited.length === 0) return 1;
    const bars = (intervals: string[]) =>
      intervals.reduce((sum, name) => sum + 1440 / MINUTES[name]!, 0);
    const all = Object.keys(MINUTES);
    const interval = intervalOf(shard);
    return bars(
      interval ? [interval] : all.filter((one) => !this.limited.includes(one)),
    ) / bars(all);
  }
}

/**
 * What is kept of each mart, never longer than what it is made of.
 * @param order the marts, each after those that it needs.
 */
export function keptOf(
  order: readonly Mart[],
  keepDays: KeepDays,
  asked: readonly Asked[],
): Map<string, Kept> {
  const all = new Map<string, Map<string, number>>();
  for (const mart of order) {
    const days = new Map<string, number>();
    all.set(mart.name, days);
    if (mart.kept === null) continue;
    const said = keepDays[mart.name as keyof KeepDays];
    const limits = typeof said === "object" && said !== null
      ? Object.entries(said)
      : [["", said] as const];
    for (const [interval, limit] of limits) {
      const most = [
        limit ?? Infinity,
        ...mart.needs.filter(({ lake }) => !lake).map((need) =>
          (all.get(need.name)!.get(interval) ?? Infinity) - need.back
        ),
      ];
      const least = Math.min(...most);
      if (least < Infinity) days.set(interval, least);
    }
  }
  return new Map(
    order.map((
      mart,
    ) => [mart.name, new Kept(mart, all.get(mart.name)!, asked)]),
  );
}

const pathOf = (data: string) => `${data}/marts/.units/asked.json`;

/** The days that were asked for although they are older than what is kept. */
export async function readAsked(data: string): Promise<Asked[]> {
  try {
    return JSON.parse(await Deno.readTextFile(pathOf(data)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

export const writeAsked = (data: string, asked: Asked[]): Promise<void> =>
  writeWhole(pathOf(data), JSON.stringify(asked));

/**
 * Reads what the options `--from`, `--until` and `--interval` ask for.
 * @throws {CliError} where they say no span or no interval.
 */
export function readSpan(
  from: string | undefined,
  until: string | undefined,
  interval: string | undefined,
): Asked | undefined {
  if (from === undefined && until === undefined && interval === undefined) {
    return;
  }
  if (from === undefined || until === undefined) {
    throw new CliError(
      "--from and --until go together, two UTC days such as 2026-03-02; --interval says which bars of them.",
    );
  }
  for (const [name, day] of [["from", from], ["until", until]]) {
    if (
      !/^\d{4}-\d{2}-\d{2}$/.test(day!) || Number.isNaN(Date.parse(day!)) ||
      shift(day!, 0) !== day
    ) {
      throw new CliError(
        `--${name} wants a UTC day such as 2026-03-02, not "${day}".`,
      );
    }
  }
  if (until < from) {
    throw new CliError(`--until ${until} is before --from ${from}.`);
  }
  if (interval !== undefined && !(interval in MINUTES)) {
    throw new CliError(
      `--interval wants ${Object.keys(MINUTES).join(", ")}, not "${interval}".`,
    );
  }
  return { from, until, ...interval !== undefined && { interval } };
}
