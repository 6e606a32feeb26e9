import type { DuckDBConnection, DuckDBDataChunk } from "@duckdb/node-api";

/** Rows read at once: some tens of megabytes. */
const BATCH = 491_520;

/**
 * The rows of a table in the order in which they were put in. Batch by batch,
 * not as one stream: an appender that flushes on the same connection ends a
 * stream early, without a word.
 * @param columns expressions, comma separated.
 */
export async function* chunksOf(
  connection: DuckDBConnection,
  table: string,
  columns: string,
): AsyncGenerator<DuckDBDataChunk> {
  const counted = await connection.runAndReadAll(
    `select count(*)::integer from ${table}`,
  );
  const rows = counted.getRowsJson()[0]![0] as number;
  let read = 0;
  for (let from = 0; from < rows; from += BATCH) {
    const batch = await connection.run(
      `select ${columns} from ${table} where rowid >= ${from} and rowid < ${
        from + BATCH
      } order by rowid`,
    );
    for (const chunk of await batch.fetchAllChunks()) {
      read += chunk.rowCount;
      yield chunk;
    }
  }
  if (read !== rows) {
    throw new Error(`${table} holds ${rows} rows, ${read} were read`);
  }
}
