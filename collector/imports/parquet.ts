import { CliError } from "../cli/errors.ts";
import type { FileRow, Rows } from "./file.ts";

/**
 * Rows of a Parquet file, read by DuckDB with every column cast to text: whole
 * numbers and decimals to the last digit, times with their zone where the
 * column has one.
 * @param name what to call the file in errors
 * @throws {CliError} when DuckDB cannot read it.
 */
export async function parquetRows(
  path: string,
  name: string,
  onRead: (part: number) => void,
): Promise<Rows> {
  // Loaded for Parquet alone: no other format needs a native library.
  const { DuckDBInstance } = await import("@duckdb/node-api");
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const broken = (error: unknown) =>
    new CliError(
      `${name} cannot be read as Parquet: ${
        (error as Error).message.split("\n")[0]!.replace(/\.$/, "")
      }.`,
    );
  const close = () => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    await connection.run("set TimeZone = 'UTC'");
    await connection.run("set threads = 1");
    const table = `read_parquet('${path.replaceAll("'", "''")}')`;
    const described = await connection.runAndReadAll(
      `describe select * from ${table}`,
    );
    const columns = described.getRowsJson().map((row) => String(row[0]));
    const [total] =
      (await connection.runAndReadAll(`select count(*)::integer from ${table}`))
        .getRows()[0]!;
    const texts = columns.map((column) =>
      `${quoted(column)}::varchar as ${quoted(column)}`
    );
    const result = await connection.stream(
      `select ${texts.join(", ")} from ${table}`,
    );
    const rows = (async function* (): AsyncGenerator<FileRow, void, void> {
      let at = 0;
      try {
        for (;;) {
          const chunk = await result.fetchChunk();
          if (!chunk || chunk.rowCount === 0) return;
          for (const cells of chunk.getRows()) {
            const values = Object.fromEntries(
              columns.map((column, i) => [column, cells[i]]),
            );
            yield { at: ++at, raw: JSON.stringify(values), values };
          }
          onRead(at / Number(total));
        }
      } catch (error) {
        throw error instanceof CliError ? error : broken(error);
      } finally {
        close();
      }
    })();
    return { format: "Parquet", unit: "row", notes: [], rows };
  } catch (error) {
    close();
    throw broken(error);
  }
}

const quoted = (column: string) => `"${column.replaceAll('"', '""')}"`;
