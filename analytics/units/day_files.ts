/** The files of marts by the day: put in place, measured and cleared. */
import { type Lake, openDuckdb } from "../lake/lake.ts";
import { literal } from "../lake/tables.ts";
import type { Kept } from "./kept.ts";
import { unitKey } from "./plan.ts";
import { printSql } from "./prints.ts";
import { type Units, writeUnits } from "./records.ts";
import { dayFile } from "./session.ts";
import { isOneOf, shardSql } from "./shards.ts";

/** Fingerprint and number of a unit's rows. */
export interface Print {
  print: string;
  rows: number;
}

/** Puts into `prints`, by day and shard, what the files of some days hold of these shards. */
export async function printsOf(
  connection: Lake["connection"],
  data: string,
  { mart, limited }: Kept,
  days: string[],
  shards: string[],
  prints: Map<string, Print>,
): Promise<void> {
  const files = `read_parquet([${
    days.map((day) => literal(dayFile(data, mart.name, day))).join(", ")
  }], hive_partitioning = true, hive_types = {'date': DATE})`;
  const columns = await columnsOf(
    connection,
    `(select * exclude (date) from ${files})`,
  );
  const byMarket = mart.shard === "market";
  const reader = await connection.runAndReadAll(
    `select date::text, ${byMarket ? "shard" : "''"}, print, rows
     from (
       select date, ${
      byMarket ? `${shardSql(new Set(columns), limited)} as shard, ` : ""
    }${printSql(columns)} as print, count(*)::integer as rows
       from ${files}${
      byMarket ? ` where ${isOneOf(shards, limited)}` : ""
    } group by all
     )`,
  );
  for (
    const [day, shard, print, rows] of reader.getRowsJson() as [
      string,
      string,
      string,
      number,
    ][]
  ) prints.set(unitKey(day, shard), { print, rows });
}

export const folderOf = (path: string) => path.slice(0, path.lastIndexOf("/"));

/**
 * Puts a day's file in place: new rows, and of the old file those of other shards.
 * Most columns are doubles, of which a dictionary or a higher level only takes longer.
 */
export async function replace(
  connection: Lake["connection"],
  path: string,
  rows: string | null,
  others: string[],
  { limited }: Kept,
): Promise<void> {
  await Deno.mkdir(folderOf(path), { recursive: true });
  const parts = rows === null ? [] : [rows];
  if (others.length > 0) {
    parts.push(
      `select * from read_parquet(${
        literal(path)
      }, hive_partitioning = false) where ${isOneOf(others, limited)}`,
    );
  }
  await connection.run(
    `copy (${parts.join(" union all by name ")}) to ${
      literal(`${path}.part`)
    } (format parquet, parquet_version v2, compression zstd, compression_level 1, dictionary_size_limit 1000)`,
  );
  await Deno.rename(`${path}.part`, path);
}

/** Takes away the units that nothing is read for any more, such as those of a market that is gone. */
export async function clear(
  data: string,
  kept: Kept,
  planned: Map<string, Set<string>>,
  made: Units,
): Promise<void> {
  const mart = kept.mart.name;
  const gone = [...made].filter(([day, shards]) =>
    [...shards.keys()].some((shard) => !planned.get(day)?.has(shard))
  );
  if (gone.length === 0) return;
  const duckdb = await openDuckdb(data);
  try {
    for (const [day, shards] of gone) {
      const path = dayFile(data, mart, day);
      const left = [...shards].filter(([shard, unit]) =>
        unit.rows > 0 && planned.get(day)?.has(shard)
      ).map(([shard]) => shard);
      const had = [...shards.values()].some((unit) => unit.rows > 0);
      if (left.length > 0) {
        await replace(duckdb.connection, path, null, left, kept);
      } else if (had) await remove(folderOf(path));
      for (const shard of [...shards.keys()]) {
        if (!planned.get(day)?.has(shard)) shards.delete(shard);
      }
      if (shards.size === 0) made.delete(day);
    }
  } finally {
    duckdb.close();
  }
  await writeUnits(data, mart, made, gone.map(([day]) => day));
}

export const columnsOf = async (
  connection: Lake["connection"],
  rows: string,
): Promise<string[]> =>
  (await connection.runAndReadAll(
    `select column_name from (describe from ${rows})`,
  )).getRowsJson().map(([name]) => name as string);

export async function remove(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
