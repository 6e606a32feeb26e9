import type { DuckDBConnection } from "@duckdb/node-api";

/** A value of a row; NaN becomes NULL. */
export type Cell = string | number | boolean | null;

/**
 * Makes a temporary table of rows that code has made.
 * @param columns types by name: varchar, double, boolean, bigint or integer.
 */
export async function fillTable(
  connection: DuckDBConnection,
  table: string,
  columns: Record<string, string>,
  rows: Cell[][],
): Promise<void> {
  const types = Object.values(columns);
  await connection.run(
    `create or replace temp table ${table} (${
      Object.entries(columns).map(([name, type]) => `"${name}" ${type}`)
        .join(", ")
    })`,
  );
  const appender = await connection.createAppender(table, "main", "temp");
  for (const row of rows) {
    row.forEach((cell, i) => {
      if (cell === null || Number.isNaN(cell)) appender.appendNull();
      else if (typeof cell === "string") appender.appendVarchar(cell);
      else if (typeof cell === "boolean") appender.appendBoolean(cell);
      else if (types[i] === "bigint") appender.appendBigInt(BigInt(cell));
      else if (types[i] === "integer") appender.appendInteger(cell);
      else appender.appendDouble(cell);
    });
    appender.endRow();
  }
  appender.closeSync();
}
