/**
 * What steps remember at the end of each day, so that the next day goes on from
 * there: a step reads the table `state_before` (venue, market, interval, state)
 * and makes the table `states`, with the column `day` besides. Series of the table
 * `begins` (venue, market, interval, days) have none: they read so many days to warm up.
 */
import type { Lake } from "../lake/lake.ts";
import { literal } from "../lake/tables.ts";
import { unitKey } from "./plan.ts";
import { shift } from "./calendar.ts";
import { printSql } from "./prints.ts";
import type { Kept } from "./kept.ts";
import type { Units } from "./records.ts";
import { intervalOf, isOneOf, partsOf, shardSql } from "./shards.ts";

/** Days of which states are kept; of older ones the first of each month. A repair of long ago goes on from there. */
const KEPT_DAYS = 35;

const COLUMNS = "venue, market, interval, state";

/** The states of one mart. */
export class States {
  private constructor(
    readonly folder: string,
    readonly kept: Kept,
    readonly days: Set<string>,
  ) {}

  static async open(data: string, kept: Kept): Promise<States> {
    const folder = `${data}/marts/.units/${kept.mart.name}`;
    await Deno.mkdir(folder, { recursive: true });
    const days = new Set<string>();
    for await (const { name } of Deno.readDir(folder)) {
      const day = /^date=([\d-]+)\.parquet$/.exec(name)?.[1];
      if (day) days.add(day);
    }
    return new States(folder, kept, days);
  }

  #file(day: string): string {
    return `${this.folder}/date=${day}.parquet`;
  }

  /** Whether the states at the end of a day are there to go on from. */
  keeps(day: string): boolean {
    return this.days.has(day);
  }

  /**
   * Makes the table `state_before`, the last state of each market before `from`,
   * and the table `begins`.
   */
  async give(
    { connection }: Lake,
    made: Units,
    from: string,
    shards: string[],
    begins: (shard: string) => boolean,
  ): Promise<void> {
    await connection.run(
      `create temp table state_before (venue varchar, market varchar, interval varchar, state blob);
       create temp table begins (venue varchar, market varchar, interval varchar, days integer)`,
    );
    const begin = shards.filter((one) => begins(one) && intervalOf(one) !== "");
    if (begin.length > 0) {
      await connection.run(
        `insert into begins values ${
          begin.map((shard) =>
            `(${
              [...partsOf(shard), intervalOf(shard)].map(literal).join(", ")
            }, ${this.kept.warmUp(shard)})`
          ).join(", ")
        }`,
      );
    }
    const last = new Map<string, string[]>();
    for (const shard of shards) {
      if (begins(shard)) continue;
      const day = latest(made, from, shard);
      if (day && shard) last.set(day, [...last.get(day) ?? [], shard]);
    }
    for (const [day, of] of last) {
      await connection.run(
        `insert into state_before select ${COLUMNS} from read_parquet(${
          literal(this.#file(day))
        }, hive_partitioning = false) where ${isOneOf(of, this.kept.limited)}`,
      );
    }
  }

  /**
   * Takes what the step remembered, for every unit the last of each series up to
   * it. @returns its fingerprints by day and shard.
   */
  async take(
    { connection }: Lake,
    units: { day: string; shard: string }[],
  ): Promise<Map<string, string>> {
    const of = units.filter(({ shard }) => shard !== "");
    await connection.run(
      `create temp table ends (venue varchar, market varchar, interval varchar, state blob, day date)`,
    );
    if (of.length === 0) return new Map();
    const rows = of.map(({ day, shard }) =>
      `(${
        [...partsOf(shard), intervalOf(shard)].map(literal).join(", ")
      }, date ${literal(day)})`
    );
    const { limited } = this.kept;
    const single = limited.length > 0
      ? `case when s.interval in (${
        limited.map(literal).join(", ")
      }) then s.interval else '' end`
      : "''";
    await connection.run(
      `insert into ends
       with known as (
         select venue, market, interval, day, state from states
         union all select venue, market, interval, date '0001-01-01', state from state_before
       ), units as (
         select * from (values ${rows.join(", ")}) u(venue, market, single, day)
       ), asked as (
         select u.venue, u.market, s.interval, u.day
         from units u join (select distinct venue, market, interval from known) s
           on u.venue = s.venue and u.market = s.market and u.single = ${single}
       )
       select a.venue, a.market, a.interval, k.state, a.day
       from asked a asof join known k
         on a.venue = k.venue and a.market = k.market and a.interval = k.interval and a.day >= k.day`,
    );
    const prints = (await connection.runAndReadAll(
      `select day::text, ${
        shardSql(new Set(["venue", "market"]), limited)
      } as shard, ${printSql(["interval", "state"])} from ends group by 1, 2`,
    )).getRowsJson() as [string, string, string][];
    return new Map(
      prints.map(([day, shard, print]) => [unitKey(day, shard), print]),
    );
  }

  /** Puts the states of a day in place, those of other shards among them. */
  async write(
    { connection }: Lake,
    day: string,
    others: string[],
  ): Promise<void> {
    const path = this.#file(day);
    const kept = others.filter((shard) => shard !== "");
    await connection.run(
      `copy (select ${COLUMNS} from ends where day = date ${literal(day)}${
        kept.length > 0 && this.days.has(day)
          ? ` union all select ${COLUMNS} from read_parquet(${
            literal(path)
          }, hive_partitioning = false) where ${
            isOneOf(kept, this.kept.limited)
          }`
          : ""
      }) to ${
        literal(`${path}.part`)
      } (format parquet, compression zstd, parquet_version v2)`,
    );
    await Deno.rename(`${path}.part`, path);
    this.days.add(day);
  }

  /** Drops the states that nothing goes on from, but for one a month. */
  async prune(newest: string): Promise<void> {
    for (const day of [...this.days]) {
      if (day >= shift(newest, -KEPT_DAYS) || day.endsWith("-01")) continue;
      await Deno.remove(this.#file(day));
      this.days.delete(day);
    }
  }
}

/** The last day before `from` of which a shard has a unit. */
export function latest(
  made: Units,
  from: string,
  shard: string,
): string | undefined {
  let last: string | undefined;
  for (const [day, shards] of made) {
    if (day < from && (last === undefined || day > last) && shards.has(shard)) {
      last = day;
    }
  }
  return last;
}
