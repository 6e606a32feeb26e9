/** Makes one file of a closed day's several. */
import { type Lake, lastVersions, readFiles } from "./lake.ts";
import type { LakeFile, LakeFiles } from "./files.ts";
import {
  identifier,
  type LakeTable,
  literal,
  partitionQuery,
} from "./tables.ts";

/**
 * Rewrites each partition of days before `today` that has several files as one:
 * every row of a table whose rows never change, else the last version of each.
 * @returns how many partitions were made one.
 */
export async function compact(
  table: LakeTable,
  today: string,
  files: LakeFiles,
  duckdb: Lake,
): Promise<number> {
  const partitions = new Map<string, LakeFile[]>();
  for (const file of files.of(table.name)) {
    if (file.date >= today) continue;
    const partition = `${file.venue} ${file.date}`;
    partitions.set(partition, [...partitions.get(partition) ?? [], file]);
  }
  let made = 0;
  for (const old of partitions.values()) {
    const [first] = old;
    if (!first || old.length < 2) continue;
    const paths = `[${
      old.map((f) => literal(`${files.data}/${f.path}`)).join(", ")
    }]`;
    const rows = readFiles(table, paths);
    const from = old.reduce((a, f) => f.from < a ? f.from : a, first.from);
    const to = old.reduce((a, f) => f.to > a ? f.to : a, first.to);
    const file = await files.write(duckdb, {
      table: table.name,
      venue: first.venue,
      date: first.date,
      name: `${from}-${to}`,
      from,
      to,
      rows: table.key
        ? await distinct(duckdb, rows, table.key)
        : old.reduce((sum, f) => sum + f.rows, 0),
      query: partitionQuery(table, `from (${lastVersions(table, rows)})`),
    });
    await files.replace(old, [file]);
    made++;
  }
  return made;
}

async function distinct(
  duckdb: Lake,
  rows: string,
  key: string[],
): Promise<number> {
  const reader = await duckdb.connection.runAndReadAll(
    `select count(*) from (select distinct ${
      key.map(identifier).join(", ")
    } from (${rows}))`,
  );
  return Number(reader.getRowsJson()[0]![0]);
}
