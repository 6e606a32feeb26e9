/** Streams a Postgres query into DuckDB: COPY as CSV through a named pipe. */
import type postgres from "postgres";
import type { Readable } from "node:stream";
import { CliError } from "../../collector/cli/errors.ts";
import type { Lake } from "./lake.ts";
import { identifier, type LakeTable, literal } from "./tables.ts";

/** Bytes gathered before they are written to the pipe: Postgres sends row by row. */
const BATCH = 1 << 18;

/**
 * Runs `COPY (query) TO STDOUT` on `tx` and fills the DuckDB table `into`
 * with it, every value exact.
 * @param folder where the pipe is made.
 * @param narrow types that the values are known to fit: DuckDB reads a
 * DECIMAL(18,8) twenty times as fast as a DECIMAL(38,18), and widens it exactly.
 * @throws {CliError} when a value does not fit its column.
 */
export async function copyOut(
  tx: postgres.Sql,
  query: string,
  duckdb: Lake,
  table: LakeTable,
  into: string,
  folder: string,
  narrow: Narrow = new Map(),
): Promise<void> {
  const pipe = `${folder}/${table.name}.csv`;
  const isPipe = await makePipe(pipe);
  try {
    // A real file has to be whole before it is read.
    if (!isPipe) await write(tx, query, pipe);
    const reading = readCsv(duckdb, table, into, pipe, narrow);
    if (!isPipe) return await reading;
    // Should DuckDB fail, nobody reads any more: free a writer that waits.
    reading.catch(async () => (await Deno.open(pipe, { read: true })).close());
    const [written, read] = await Promise.allSettled([
      write(tx, query, pipe),
      reading,
    ]);
    // The reader's words say more: a writer only learns that nobody listens.
    if (read.status === "rejected") throw read.reason;
    if (written.status === "rejected") throw written.reason;
  } finally {
    await Deno.remove(pipe).catch(() => {});
  }
}

/** False where the system has no named pipes: a file does then. */
async function makePipe(path: string): Promise<boolean> {
  await Deno.remove(path).catch(() => {});
  try {
    return (await new Deno.Command("mkfifo", {
      args: ["-m", "600", path],
      stderr: "null",
    }).output()).success;
  } catch {
    return false;
  }
}

async function write(
  tx: postgres.Sql,
  query: string,
  path: string,
): Promise<void> {
  // Opened before the query runs: if that fails, the reader sees the end.
  const file = await Deno.open(path, {
    write: true,
    create: true,
    mode: 0o600,
  });
  try {
    const rows = await tx.unsafe(
      `copy (${query}) to stdout (format csv)`,
    ).readable() as unknown as Readable;
    await drain(rows, file);
  } finally {
    file.close();
  }
}

function drain(rows: Readable, file: Deno.FsFile): Promise<void> {
  return new Promise((resolve, reject) => {
    let batch = new Uint8Array(BATCH * 2);
    let filled = 0;
    const flush = async () => {
      for (let at = 0; at < filled;) {
        at += await file.write(batch.subarray(at, filled));
      }
      filled = 0;
    };
    const fail = (error: unknown) => {
      rows.destroy();
      reject(error);
    };
    rows.on("data", (row: Uint8Array) => {
      if (filled + row.length > batch.length) {
        const larger = new Uint8Array((filled + row.length) * 2);
        larger.set(batch.subarray(0, filled));
        batch = larger;
      }
      batch.set(row, filled);
      filled += row.length;
      if (filled >= BATCH && !rows.isPaused()) {
        rows.pause();
        flush().then(() => rows.resume(), fail);
      }
    });
    rows.on("end", () => void flush().then(resolve, fail));
    rows.on("error", fail);
  });
}

/** By name of a column: the type its values fit, to be read fast. */
export type Narrow = Map<string, string>;

/** A list from a `text[]` as Postgres writes it: `{a,"b,\"c\""}`; an element that would be ambiguous is quoted. */
const listOf = (array: string) =>
  `list_transform(regexp_extract_all(${array}[2:-2], '"(?:[^"\\\\]|\\\\.)*"|[^,"]+', 0, 's'),
    lambda part: case when part[1] = '"'
      then regexp_replace(part[2:-2], '\\\\(.)', '\\1', 'gs') else part end)`;

async function readCsv(
  duckdb: Lake,
  table: LakeTable,
  into: string,
  path: string,
  narrow: Narrow,
): Promise<void> {
  const columns = table.columns.map((c) =>
    `${literal(c.name)}: '${
      c.type === "VARCHAR[]" ? "VARCHAR" : narrow.get(c.name) ?? c.type
    }'`
  ).join(", ");
  const widened = table.columns.map((c) => {
    const name = identifier(c.name);
    if (c.type === "VARCHAR[]") return `${listOf(name)} as ${name}`;
    return narrow.has(c.name) ? `${name}::${c.type} as ${name}` : name;
  }).join(", ");
  try {
    await duckdb.connection.run(
      `create or replace temp table ${identifier(into)} as
       select ${widened}, make_timestamp(epoch_us(${
        identifier(table.day)
      }))::date as date
       from read_csv(${
        literal(path)
      }, columns = {${columns}}, auto_detect = false, header = false,
         delim = ',', quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false,
         max_line_size = 16777216)`,
    );
  } catch (error) {
    throw new CliError(
      `A row of ${table.name} cannot be copied to the lake: ${
        (error as Error).message.split("\n").slice(0, 3).join(" ")
      }`,
    );
  }
}
