/**
 * Opens the lake: DuckDB with one view a table (schema `lake`) and one a mart
 * (schema `marts`).
 */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { dataFolder } from "../../collector/cli/data_folder.ts";
import { CliError } from "../../collector/cli/errors.ts";
import { identifier, type LakeTable, lakeTables, literal } from "./tables.ts";

/** DuckDB over the lake. */
export interface Lake {
  /**
   * Views `lake.<table>` hold the last version of each row; ids are BIGINT,
   * prices and sizes DECIMAL(38,18), times TIMESTAMPTZ in UTC. Views
   * `marts.<mart>` are there for each mart that has been made. Read ids with
   * `getRowsJson()` or as bigint, never as a double.
   */
  connection: DuckDBConnection;
  /** Another connection, which sees all but the temporary; to be closed by who asks for it. */
  connect(): Promise<DuckDBConnection>;
  close(): void;
}

export interface LakeOptions {
  /** Folder of the data; default `CROWDTAPE_DATA`, else `data`. */
  data?: string;
  /** Of each mart that is made by the day only its newest days, so many; default all. */
  newestDays?: number;
  /** True: a lake without files has empty views instead of being an error. */
  allowEmpty?: boolean;
}

/** DuckDB in memory that works over to `<data>/tmp` where its share of the memory is used up. */
export async function openDuckdb(data: string): Promise<Lake> {
  await Deno.mkdir(`${data}/tmp`, { recursive: true });
  const instance = await DuckDBInstance.create(":memory:", {
    temp_directory: `${data}/tmp`,
    memory_limit: "2GB",
    // A Parquet file's rows keep the order they are sorted in either way.
    preserve_insertion_order: "true",
  });
  const connect = async () => {
    const connection = await instance.connect();
    await connection.run("set TimeZone = 'UTC'");
    return connection;
  };
  const connection = await connect();
  // With it DuckDB 1.5 fails on max(date): it looks for statistics of a
  // partition's value among the columns of the file.
  await connection.run("set disabled_optimizers = 'statistics_propagation'");
  return {
    connection,
    connect,
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

/**
 * Opens the lake under the data folder for reading.
 * @throws {CliError} when it holds no file, unless `allowEmpty`.
 * @example
 * ```ts
 * const lake = await openLake();
 * const rows = await lake.connection.runAndReadAll(
 *   "select market, count(*) from lake.trades group by market",
 * );
 * console.table(rows.getRowObjectsJson());
 * lake.close();
 * ```
 */
export async function openLake(options: LakeOptions = {}): Promise<Lake> {
  const data = options.data ?? dataFolder();
  const lake = `${data}/lake`;
  const filled = await filledTables(data);
  if (!options.allowEmpty) refuseEmpty(data, filled);
  const duckdb = await openDuckdb(data);
  try {
    await duckdb.connection.run("create schema lake; create schema marts");
    for (const table of lakeTables) {
      await duckdb.connection.run(
        `create view lake.${identifier(table.name)} as ${
          filled.has(table.name)
            ? selectTable(table, `${lake}/${table.name}`)
            : selectNothing(table)
        }`,
      );
    }
    for (const name of await martNames(data)) {
      await viewMart(duckdb, data, name, options.newestDays);
    }
  } catch (error) {
    duckdb.close();
    throw error;
  }
  return duckdb;
}

/** The tables that hold a file. */
export async function filledTables(data: string): Promise<Set<string>> {
  const filled = new Set<string>();
  for (const { name } of lakeTables) {
    if (await holdsParquet(`${data}/lake/${name}`)) filled.add(name);
  }
  return filled;
}

/** @throws {CliError} where no table holds a file. */
export function refuseEmpty(data: string, filled: ReadonlySet<string>): void {
  if (filled.size > 0) return;
  throw new CliError(
    `The lake under ${data}/lake is empty. Run \`deno task snapshot\` first.`,
  );
}

/** Makes `marts.<name>` read the mart's file, or its files by the day, all or the newest. */
export async function viewMart(
  duckdb: Lake,
  data: string,
  name: string,
  newestDays?: number,
): Promise<void> {
  const files = await martFiles(data, name, newestDays);
  await duckdb.connection.run(
    `create or replace view marts.${
      identifier(name)
    } as select * from read_parquet(${files}, hive_partitioning = false)`,
  );
}

/** A mart's file, or its files by the day, all or the newest, as SQL. */
export async function martFiles(
  data: string,
  name: string,
  newestDays?: number,
): Promise<string> {
  const file = `${data}/marts/${name}.parquet`;
  if (await isFile(file)) return literal(file);
  const folder = `${data}/marts/${name}`;
  if (newestDays === undefined) return literal(`${folder}/date=*/*.parquet`);
  const days = (await entries(folder)).filter((day) => day.startsWith("date="))
    .sort();
  // The first one has the columns and no rows.
  return `[${
    [...new Set([...days.slice(0, 1), ...days.slice(-newestDays)])]
      .map((day) => literal(`${folder}/${day}/rows.parquet`)).join(", ")
  }]`;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The marts that have been made. */
export async function martNames(data: string): Promise<string[]> {
  const names = new Set<string>();
  for (const entry of await entries(`${data}/marts`)) {
    if (/^\w+\.parquet$/.test(entry)) {
      names.add(entry.slice(0, -".parquet".length));
    } else if (/^\w+$/.test(entry)) {
      const days = await entries(`${data}/marts/${entry}`);
      if (days.some((day) => day.startsWith("date="))) names.add(entry);
    }
  }
  return [...names].sort();
}

/** Whether a folder `venue=…/date=…` under `folder` holds a Parquet file. */
async function holdsParquet(folder: string): Promise<boolean> {
  for (const venue of await entries(folder)) {
    for (const date of await entries(`${folder}/${venue}`)) {
      const files = await entries(`${folder}/${venue}/${date}`);
      if (files.some((file) => file.endsWith(".parquet"))) return true;
    }
  }
  return false;
}

async function entries(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map((e) => e.name);
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory
    ) return [];
    throw error;
  }
}

/** Reads files of a table: its columns first, then `date`, the partition. */
export function readFiles(table: LakeTable, files: string): string {
  const columns = table.columns.map((c) => identifier(c.name)).join(", ");
  const read = `read_parquet(${files}, hive_partitioning = true, ` +
    `hive_types = {'venue': VARCHAR, 'date': DATE}`;
  // Small tables, copied whole, may lack a column until the next snapshot.
  return table.whole
    ? `select ${columns}, date from (${
      selectNothing(table)
    } union all by name from ${read}, union_by_name = true))`
    : `select ${columns}, date from ${read})`;
}

/** The rows of a table; of those that change, the last version of each key. */
export function lastVersions(table: LakeTable, rows: string): string {
  if (!table.key) return rows;
  const key = table.key.map(identifier).join(", ");
  return `${rows} qualify row_number() over (partition by ${key} order by written desc) = 1`;
}

const selectTable = (table: LakeTable, folder: string) =>
  lastVersions(
    table,
    readFiles(table, literal(`${folder}/venue=*/date=*/*.parquet`)),
  );

/** The rows of these files of a table, the last version of each; none where there are none. */
export const selectFiles = (table: LakeTable, files: string[]): string =>
  files.length > 0
    ? lastVersions(
      table,
      readFiles(table, `[${files.map(literal).join(", ")}]`),
    )
    : selectNothing(table);

const selectNothing = (table: LakeTable) =>
  `select ${
    table.columns.map((c) => `null::${c.type} as ${identifier(c.name)}`)
      .join(", ")
  }, null::DATE as date where false`;
