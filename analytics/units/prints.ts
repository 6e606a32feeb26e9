/**
 * Fingerprints of what is stored, by day and market: equal where the rows are
 * equal, however many files they lie in and in whatever order.
 */
import {
  identifier,
  type LakeTable,
  lakeTables,
  literal,
} from "../lake/tables.ts";
import { type Lake, readFiles } from "../lake/lake.ts";
import { writeWhole } from "./records.ts";
import { shardSql } from "./shards.ts";

/** Fingerprints by UTC day (`yyyy-mm-dd`, "" where rows have none) and by shard. */
export type Prints = Map<string, Map<string, string>>;

/** What no mart reads: it changes without anything having happened. */
const UNREAD: Record<string, string[]> = { markets: ["last_seen"] };

/** The columns of a table that marts may read. */
export const readColumns = (table: LakeTable): string[] =>
  table.columns.map((c) => c.name)
    .filter((name) => !UNREAD[table.name]?.includes(name));

/** Order does not matter to it, nor which thread read what. */
export const printSql = (columns: string[]): string =>
  `count(*) || '-' || sum(hash(${
    columns.map(identifier).join(", ")
  })::hugeint)`;

interface Partition {
  /** Names, sizes and times of its files. */
  listing: string;
  venue: string;
  date: string;
  files: string[];
  /** By day and shard, a line break between. */
  prints: Record<string, string>;
}

type Kept = Record<string, [listing: string, prints: Record<string, string>]>;

/** Files of the lake and the fingerprints of what they hold. */
export class LakePrints {
  readonly #partitions = new Map<string, Partition[]>();
  readonly #prints = new Map<string, Prints>();

  private constructor(readonly data: string) {}

  /** Looks at every partition of the tables and reads those that changed since it was kept last. */
  static async read(
    data: string,
    tables: ReadonlySet<string>,
    openDuckdb: () => Promise<Lake>,
  ): Promise<LakePrints> {
    const lake = new LakePrints(data);
    const stale = new Map<string, Partition[]>();
    const changed = new Set<string>();
    const folder = `${data}/marts/.units/lake`;
    for (const { name } of lakeTables) {
      if (!tables.has(name)) continue;
      const partitions = await list(`${data}/lake/${name}`);
      lake.#partitions.set(name, partitions);
      const kept = await readKept(folder, name);
      for (const partition of partitions) {
        const known = kept.get(keyOf(partition));
        kept.delete(keyOf(partition));
        if (known?.[0] === partition.listing && name !== "gaps") {
          partition.prints = known[1];
          continue;
        }
        stale.set(name, [...stale.get(name) ?? [], partition]);
        changed.add(fileOf(name, partition.date));
      }
      // What is left was of partitions that are gone.
      for (const key of kept.keys()) {
        changed.add(fileOf(name, key.slice(key.indexOf(" ") + 1)));
      }
    }
    if (stale.size > 0) {
      const duckdb = await openDuckdb();
      try {
        for (const [name, partitions] of stale) {
          await measure(
            duckdb,
            lakeTables.find((t) => t.name === name)!,
            partitions,
            lake.newest(),
          );
        }
      } finally {
        duckdb.close();
      }
    }
    for (const [name, partitions] of lake.#partitions) {
      const months = new Map<string, Kept>();
      for (const file of changed) {
        if (file.startsWith(`${name}/`)) months.set(file, {});
      }
      for (const p of partitions) {
        const kept = months.get(fileOf(name, p.date));
        if (kept) kept[keyOf(p)] = [p.listing, p.prints];
      }
      for (const [file, kept] of months) {
        await writeWhole(`${folder}/${file}`, JSON.stringify(kept));
      }
    }
    return lake;
  }

  /** The newest day of which anything is stored. */
  newest(): string {
    let newest = "";
    for (const partitions of this.#partitions.values()) {
      for (const { date } of partitions) if (date > newest) newest = date;
    }
    return newest;
  }

  of(table: string): Prints {
    let prints = this.#prints.get(table);
    if (prints) return prints;
    prints = new Map();
    for (const partition of this.#partitions.get(table) ?? []) {
      for (const [key, print] of Object.entries(partition.prints)) {
        const [day, shard] = key.split("\n") as [string, string];
        const shards = prints.get(day) ?? new Map<string, string>();
        prints.set(day, shards);
        shards.set(shard, `${shards.get(shard) ?? ""} ${print}`);
      }
    }
    this.#prints.set(table, prints);
    return prints;
  }

  /** Files of a table, of those days alone that `wanted` says. */
  files(table: string, wanted: (day: string) => boolean): string[] {
    return (this.#partitions.get(table) ?? []).flatMap((p) =>
      wanted(p.date) ? p.files : []
    );
  }
}

const keyOf = ({ venue, date }: Partition) => `${venue} ${date}`;

/** Where the fingerprints of a day's partitions are kept: a file a table and month. */
const fileOf = (table: string, date: string) =>
  `${table}/${date.slice(0, 7)}.json`;

async function readKept(
  folder: string,
  table: string,
): Promise<Map<string, Kept[string]>> {
  const all = new Map<string, Kept[string]>();
  for (const file of await names(`${folder}/${table}`)) {
    try {
      const kept = JSON.parse(
        await Deno.readTextFile(`${folder}/${table}/${file}`),
      ) as Kept;
      for (const [key, known] of Object.entries(kept)) all.set(key, known);
    } catch (error) {
      // Half a file: everything in it is read anew.
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return all;
}

async function list(folder: string): Promise<Partition[]> {
  const partitions: Partition[] = [];
  for (const venue of await names(folder)) {
    for (const date of await names(`${folder}/${venue}`)) {
      const place = `${folder}/${venue}/${date}`;
      const files = (await names(place)).filter((f) => f.endsWith(".parquet"));
      if (files.length === 0) continue;
      const seen: string[] = [];
      for (const file of files) {
        const { size, mtime, ino } = await Deno.stat(`${place}/${file}`);
        seen.push(`${file} ${size} ${mtime?.getTime()} ${ino}`);
      }
      partitions.push({
        listing: seen.join(","),
        venue: venue.replace(/^venue=/, ""),
        date: date.replace(/^date=/, ""),
        files: files.map((file) => `${place}/${file}`),
        prints: {},
      });
    }
  }
  return partitions;
}

async function names(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map((e) => e.name)
      .sort();
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory
    ) return [];
    throw error;
  }
}

/** Reads the partitions' rows, the last version of each, into fingerprints. */
async function measure(
  duckdb: Lake,
  table: LakeTable,
  partitions: Partition[],
  newest: string,
): Promise<void> {
  const columns = readColumns(table);
  const files = `[${
    partitions.flatMap((p) => p.files).map(literal).join(", ")
  }]`;
  const versions = table.key
    ? ` qualify row_number() over (partition by date, ${
      table.key.map(identifier).join(", ")
    } order by written desc) = 1`
    : "";
  const rows = `${readFiles(table, files)}${versions}`;
  const venue = identifier(table.venue);
  const shard = shardSql(new Set(table.columns.map((c) => c.name)));
  // A hole belongs to every day that it reaches into; one without an end, to all that follow.
  const days = table.name === "gaps"
    ? `unnest(generate_series(from_ts::date, greatest(from_ts::date,
        coalesce(to_ts::date, date ${literal(newest)})), interval 1 day))::date`
    : table.whole
    ? "null::date"
    : "date";
  const reader = await duckdb.connection.runAndReadAll(
    `select of_venue, of_date::text, coalesce(of_day::text, ''), of_shard, ${
      printSql(columns)
    } from (select *, ${venue} as of_venue, date as of_date, ${days} as of_day, ${shard} as of_shard from (${rows}))
     group by all`,
  );
  const at = new Map(
    partitions.map((p) => [`${decodeURIComponent(p.venue)} ${p.date}`, p]),
  );
  for (const p of partitions) p.prints = {};
  for (const row of reader.getRowsJson() as string[][]) {
    const [venue, date, day, shard, print] = row as [
      string,
      string,
      string,
      string,
      string,
    ];
    at.get(`${venue} ${date}`)!.prints[`${day}\n${shard}`] = print;
  }
}
