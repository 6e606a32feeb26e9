import { DuckDBInstance } from "@duckdb/node-api";
import { CliError } from "../../collector/cli/errors.ts";
import { identifier, literal } from "../lake/tables.ts";
import type { Rows } from "./align.ts";

/** A column of a file. */
export interface Source {
  file: string;
  column: string;
  /** SQL that is true of the rows to take, such as `market = 'KRW-BTC'`; default: all. */
  where?: string;
}

/**
 * Takes `FILE:COLUMN` apart; columns may hold spaces and colons, and so may files.
 * @throws {CliError} when no file is named.
 */
export async function parseSource(
  text: string,
  option: string,
): Promise<Source> {
  let named = false;
  for (let at = text.indexOf(":"); at >= 0; at = text.indexOf(":", at + 1)) {
    const file = text.slice(0, at), column = text.slice(at + 1);
    if (!file || !column) continue;
    named = true;
    if (await isFile(file)) return { file, column };
  }
  if (named) {
    throw new CliError(
      `${option}: there is no file "${text.slice(0, text.indexOf(":", 1))}".`,
    );
  }
  throw new CliError(
    `${option} wants FILE:COLUMN, such as tweets.csv:count, not "${text}".`,
  );
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

/**
 * Reads a time and a value from a CSV or Parquet file. Times are taken as UTC
 * where they name no zone; whole numbers are seconds, milliseconds,
 * microseconds or nanoseconds since 1970 by their size.
 * @param zone where the days of a column of dates begin.
 * @throws {CliError} when it holds dates and no zone is given; when the file cannot be read, or a column is not there or holds no times or numbers.
 */
export async function readSeries(
  source: Source,
  time: string,
  zone?: string,
): Promise<Rows> {
  const { file, column, where } = source;
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    await connection.run("set TimeZone = 'UTC'");
    const table = tableOf(file);
    let described;
    try {
      described = await connection.runAndReadAll(
        `describe select * from ${table}`,
      );
    } catch (error) {
      const [why] = (error as Error).message.split("\n");
      throw new CliError(
        `${file} cannot be read as CSV or Parquet: ${why}`,
      );
    }
    const types = new Map(
      described.getRowsJson().map((row) => [`${row[0]}`, `${row[1]}`]),
    );
    for (const name of [time, column]) {
      if (types.has(name)) continue;
      throw new CliError(
        `${file} has no column "${name}". It has: ${
          [...types.keys()].join(", ")
        }.`,
      );
    }
    if (types.get(time) === "DATE" && zone === undefined) {
      throw new CliError(
        `${file}: column "${time}" holds dates, and a day begins at another hour in each zone. ` +
          `Say which with --zone, such as --zone Asia/Seoul or --zone UTC.`,
      );
    }
    const at = types.get(time) === "DATE"
      ? `epoch_us(timezone(${literal(zone!)}, ${
        identifier(time)
      }::timestamp))::double / 1e3`
      : milliseconds(identifier(time), types.get(time)!);
    let reader;
    try {
      reader = await connection.runAndReadAll(
        `select ${at},
         try_cast(${identifier(column)} as double) from ${table}${
          where === undefined ? "" : ` where (${where})`
        }`,
      );
    } catch (error) {
      if (where === undefined) throw error;
      const [why] = (error as Error).message.split("\n");
      throw new CliError(
        `--where "${where}" cannot be asked of ${file}: ${why} It has: ${
          [...types.keys()].join(", ")
        }.`,
      );
    }
    if (where !== undefined && reader.currentRowCount === 0) {
      throw new CliError(`${file} has no row with ${where}.`);
    }
    const [times, values] = reader.getColumns() as [
      (number | null)[],
      (number | null)[],
    ];
    const rows = { times: numbers(times), values: numbers(values) };
    if (rows.times.every(Number.isNaN)) {
      throw new CliError(
        `${file}: column "${time}" holds no times (such as 2026-01-31 09:00:00 or 1769850000000).`,
      );
    }
    if (rows.values.every(Number.isNaN)) {
      throw new CliError(`${file}: column "${column}" holds no numbers.`);
    }
    return rows;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

const tableOf = (file: string): string =>
  /\.(parquet|pq)$/i.test(file)
    ? `read_parquet(${literal(file)})`
    : `read_csv(${literal(file)}, header = true)`;

/** A condition that would choose one series of a file that holds several: the first column of texts with more than one, as it is in the first row. */
export async function exampleOf(
  { file, column }: Source,
  time: string,
): Promise<string | null> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  try {
    const table = tableOf(file);
    const described = await connection.runAndReadAll(
      `describe select * from ${table}`,
    );
    for (const [name, type] of described.getRowsJson() as string[][]) {
      if (type !== "VARCHAR" || name === time || name === column) continue;
      const [row] = (await connection.runAndReadAll(
        `select count(distinct ${identifier(name!)})::integer, min(${
          identifier(name!)
        }) from ${table}`,
      )).getRowsJson() as [number, string][];
      if (row![0] > 1) {
        return `${/^[a-z_]\w*$/.test(name!) ? name : identifier(name!)} = ${
          literal(row![1])
        }`;
      }
    }
    return null;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** SQL for milliseconds since 1970 of a column of this type. */
function milliseconds(column: string, type: string): string {
  if (/INT|DOUBLE|FLOAT|DECIMAL/.test(type)) {
    return `case when abs(${column}) < 1e11 then ${column}::double * 1e3
      when abs(${column}) < 1e14 then ${column}::double
      when abs(${column}) < 1e17 then ${column}::double / 1e3
      else ${column}::double / 1e6 end`;
  }
  return `epoch_us(try_cast(${column} as timestamptz)) / 1e3`;
}

/** What is null or infinite is unknown: NaN. */
const numbers = (column: (number | null)[]): Float64Array =>
  Float64Array.from(
    column,
    (value) => value !== null && Number.isFinite(value) ? value : NaN,
  );
