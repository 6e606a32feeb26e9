/** What the communities are, as a table for the marts. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { communities } from "../collector/communities/registry.ts";
import { literal } from "./lake/tables.ts";

/**
 * Makes the table `communities` (source, counted, searched): `counted` is what
 * its series count, NULL where their names say it as `posts:<board>` does;
 * `searched`, its posts were found by the name of a coin.
 */
export async function loadCommunities(
  connection: DuckDBConnection,
): Promise<void> {
  const rows = Object.values(communities).map(({ id, counted, found }) =>
    `(${literal(id)}, ${counted ? literal(counted) : "null"}, ${
      found === "search"
    })`
  );
  await connection.run(
    `create or replace temp table communities as
     from (values ${rows.join(", ")}) v(source, counted, searched)`,
  );
}
