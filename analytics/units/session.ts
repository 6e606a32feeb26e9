/** DuckDB over exactly what a unit reads. */
import { type Lake, openDuckdb, selectFiles } from "../lake/lake.ts";
import { identifier, lakeTables, literal } from "../lake/tables.ts";
import type { Mart } from "./declaration.ts";
import { type Batch, type Inputs, isWhole } from "./plan.ts";
import { shift } from "./calendar.ts";
import { type LakePrints, readColumns } from "./prints.ts";
import type { Kept } from "./kept.ts";
import { NO_DAY, type Units } from "./records.ts";
import { isOneOf, marketOf } from "./shards.ts";

/** A mart's file, where it is one. */
export const martFile = (data: string, mart: string): string =>
  `${data}/marts/${mart}.parquet`;

/** The file of one day of a mart. */
export const dayFile = (data: string, mart: string, day: string): string =>
  `${data}/marts/${mart}/date=${day}/rows.parquet`;

/** What of one need is read. */
export interface Part {
  /** Whether files of this day are read. */
  wanted(day: string): boolean;
  /** A condition on the rows, "" for none; `date` is the day. */
  where: string;
}

/**
 * What a batch of units by the day reads of each need.
 * @param begin those of its shards whose series begin with it.
 */
export function partsOfBatch(
  mart: Mart,
  inputs: Inputs,
  kept: Kept,
  { from, to, shards }: Batch,
  begin: readonly string[],
): Part[] {
  const batch = new Set(shards.map(marketOf));
  const { limited } = kept;
  // Of a market some of its intervals alone.
  const partly = shards.length < batch.size * (limited.length + 1);
  const warmUp = Math.max(0, ...begin.map((shard) => kept.warmUp(shard)));
  return mart.needs.map((need, i): Part => {
    if (isWhole(need)) return { wanted: () => true, where: "" };
    const first = shift(from, -Math.max(need.back, need.lake ? 0 : warmUp));
    const last = shift(to, need.ahead);
    const wanted = (day: string) => day >= first && day <= last;
    if (mart.shard === "all") return { wanted, where: "" };
    let others = false, markets = false;
    for (const [day, shards] of inputs[i]!) {
      if (!wanted(day)) continue;
      for (const shard of shards.keys()) {
        if (shard) markets = true;
        if (shard && !batch.has(marketOf(shard))) others = true;
      }
    }
    if (markets && partly && !need.lake) {
      return { wanted, where: isOneOf(shards, limited) };
    }
    return { wanted, where: markets && others ? isOneOf(batch) : "" };
  });
}

/** What a mart that is one unit reads of each need. */
export function partsOfWhole(mart: Mart, inputs: Inputs): Part[] {
  const all: Part = { wanted: () => true, where: "" };
  if (mart.window !== null) {
    const spans = inputs.flatMap((prints, i) => {
      if (isWhole(mart.needs[i]!)) return [];
      const days = [...prints.keys()].filter((d) => d && d !== NO_DAY).sort();
      return days.length > 0 ? [[days[0]!, days.at(-1)!] as const] : [];
    });
    // From when on all of it is known: what is older has nothing to be compared with.
    const first = spans.map(([from]) => from).sort().at(-1);
    const last = spans.map(([, to]) => to).sort().at(-1);
    if (first === undefined || last === undefined) {
      return mart.needs.map(() => all);
    }
    // A day is whole when the next one is: the Korean day that opens in it ends there.
    const start = shift(last, -mart.window - 1);
    const whole = start >= first;
    const from = whole ? start : shift(first, -1);
    const to = whole ? shift(last, -2) : last;
    return mart.needs.map((need) =>
      isWhole(need) ? all : {
        wanted: (day) => day === "" || day >= from && day <= to,
        where: "",
      }
    );
  }
  if (mart.newest !== null) {
    const newest = mart.newest;
    return mart.needs.map((need, i) =>
      isWhole(need) ? all : newestDays(inputs[i]!, newest)
    );
  }
  return mart.needs.map(() => all);
}

/** Of each market its newest days, so many. */
function newestDays(
  prints: Inputs[number],
  count: number,
): Part {
  const days = new Map<string, string[]>();
  for (const day of [...prints.keys()].sort().reverse()) {
    for (const shard of new Set([...prints.get(day)!.keys()].map(marketOf))) {
      const of = days.get(shard) ?? [];
      days.set(shard, of);
      if (of.length < count) of.push(day);
    }
  }
  const wanted = new Set([...days.values()].flat());
  const groups = new Map<string, string[]>();
  for (const [shard, of] of days) {
    const from = of.at(-1)!;
    groups.set(from, [...groups.get(from) ?? [], shard]);
  }
  return {
    wanted: (day) => wanted.has(day),
    where: groups.size > 1
      ? [...groups].map(([from, shards]) =>
        `(date >= date ${literal(from)} and ${isOneOf(shards)})`
      ).join(" or ")
      : "",
  };
}

/** Opens a session whose views `lake.<table>` and `marts.<mart>` are those that the mart needs, of these parts. */
export async function openSession(
  data: string,
  mart: Mart,
  parts: Part[],
  lake: LakePrints,
  made: ReadonlyMap<string, Units>,
  byDay: (mart: string) => boolean,
): Promise<Lake> {
  const duckdb = await openDuckdb(data);
  const { connection } = duckdb;
  try {
    await connection.run("create schema lake; create schema marts");
    for (const [i, need] of mart.needs.entries()) {
      const { wanted, where } = parts[i]!;
      const filter = where ? ` where ${where}` : "";
      if (need.lake) {
        const table = lakeTables.find((t) => t.name === need.name)!;
        const columns = [...readColumns(table), "date"].map(identifier);
        await connection.run(
          `create view lake.${identifier(need.name)} as select ${
            columns.join(", ")
          } from (${
            selectFiles(table, lake.files(need.name, wanted))
          })${filter}`,
        );
        continue;
      }
      await connection.run(
        `create view marts.${identifier(need.name)} as select ${
          byDay(need.name)
            ? `* exclude (date) from read_parquet([${
              [NO_DAY, ...daysWithRows(made.get(need.name)!).filter(wanted)]
                .map((day) => literal(dayFile(data, need.name, day)))
                .join(", ")
            }], hive_partitioning = true, hive_types = {'date': DATE})${filter}`
            : `* from read_parquet(${literal(martFile(data, need.name))})`
        }`,
      );
    }
  } catch (error) {
    duckdb.close();
    throw error;
  }
  return duckdb;
}

/** The days of which a mart has a file. */
export const daysWithRows = (units: Units): string[] =>
  [...units].filter(([, shards]) =>
    [...shards.values()].some((unit) => unit.rows > 0)
  ).map(([day]) => day).sort();
