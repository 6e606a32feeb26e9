import { openDuckdb } from "../../analytics/lake/lake.ts";
import {
  lakeTables,
  literal,
  partitionQuery,
} from "../../analytics/lake/tables.ts";

/**
 * Writes rows into a lake without a database: `query` names the columns of the
 * table it sets, the others become null.
 */
export async function fillLake(
  data: string,
  table: string,
  query: string,
  name = "0-1",
): Promise<void> {
  const spec = lakeTables.find((t) => t.name === table)!;
  const duckdb = await openDuckdb(data);
  const { connection } = duckdb;
  try {
    const given = await connection.runAndReadAll(
      `select column_name from (describe ${query})`,
    );
    const names = new Set(given.getRowsJson().map((row) => row[0]));
    const columns = spec.columns.map((c) =>
      `${names.has(c.name) ? c.name : "null"}::${c.type} as ${c.name}`
    );
    await connection.run(
      `create temp table staged as select ${
        columns.join(", ")
      }, (${spec.day} at time zone 'UTC')::date as date from (${query})`,
    );
    const parts = await connection.runAndReadAll(
      `select distinct ${spec.venue}, date::text from staged`,
    );
    for (const [venue, date] of parts.getRowsJson() as [string, string][]) {
      const folder = `${data}/lake/${table}/venue=${venue}/date=${date}`;
      await Deno.mkdir(folder, { recursive: true });
      await connection.run(
        `copy (${
          partitionQuery(
            spec,
            `from staged where ${spec.venue} = ${literal(venue)} and date = ${
              literal(date)
            }`,
          )
        }) to ${literal(`${folder}/${name}.parquet`)} (format parquet)`,
      );
    }
  } finally {
    duckdb.close();
  }
}

/** The rows that a query over the lake and the marts gives. */
export async function ask(
  data: string,
  query: string,
): Promise<Record<string, unknown>[]> {
  const { openLake } = await import("../../analytics/lake/lake.ts");
  const lake = await openLake({ data, allowEmpty: true });
  try {
    const reader = await lake.connection.runAndReadAll(query);
    return reader.getRowObjectsJson() as Record<string, unknown>[];
  } finally {
    lake.close();
  }
}

/** A data folder that is gone after `use`. */
export async function withData(
  use: (data: string) => Promise<void>,
): Promise<void> {
  const data = await Deno.makeTempDir({ prefix: "crowdtape-lake-" });
  try {
    await use(data);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}
