/** Where venues are and what trading there costs, as tables for the marts. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { knownVenues } from "../collector/venues/registry.ts";
import { literal } from "./lake/tables.ts";

/** A temporary table of the running session. */
const table = (name: string, columns: string, rows: string[]) =>
  `create temp table ${name} as from (values ${rows.join(", ")}) v(${columns})`;

/** Makes the table `regions` (venue, region). A venue that is not known has no region. */
export async function loadRegions(connection: DuckDBConnection): Promise<void> {
  const rows = knownVenues.map(({ id, region }) =>
    `(${literal(id)}, ${literal(region)})`
  );
  await connection.run(table("regions", "venue, region", rows));
}

/** The taker's fees: a fraction of the value, each from its day (UTC) on. */
export const takerFees = knownVenues.flatMap(({ id: venue, fees }) =>
  fees.taker.map(({ from, taker }) => ({ venue, from, taker }))
);

/** What a withdrawal costs, in units of the coin, each from its day (UTC) on. */
export const withdrawalFees = knownVenues.flatMap(({ id: venue, fees }) =>
  fees.withdrawal.flatMap(({ from, units }) =>
    Object.entries(units).map(([base, units]) => ({ venue, base, from, units }))
  )
);

/** Makes the tables `taker_fees` and `withdrawal_fees`, each fee valid from its day on. */
export async function loadFees(connection: DuckDBConnection): Promise<void> {
  const taker = takerFees.map((f) =>
    `(${literal(f.venue)}, timestamp ${literal(f.from)}, ${f.taker}::double)`
  );
  const withdrawal = withdrawalFees.map((f) =>
    `(${literal(f.venue)}, ${literal(f.base)}, timestamp ${
      literal(f.from)
    }, ${f.units}::double)`
  );
  await connection.run(table("taker_fees", "venue, since, taker", taker));
  await connection.run(
    table("withdrawal_fees", "venue, base, since, units", withdrawal),
  );
}
