/** Where venues are and what trading there costs, as tables for the marts. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { literal } from "./lake/tables.ts";

/** The region whose people trade on a venue. A venue that is not listed belongs to none. */
export const regions: Record<string, "Korea" | "Asia" | "global"> = {
  upbit: "Korea",
  bithumb: "Korea",
  coinone: "Korea",
  korbit: "Korea",
  okx: "Asia",
  bybit: "Asia",
  gate: "Asia",
  binance: "global",
  kraken: "global",
};

/** Makes the table `regions` (venue, region) of the running session. */
export async function loadRegions(connection: DuckDBConnection): Promise<void> {
  const rows = Object.entries(regions).map(([venue, region]) =>
    `(${literal(venue)}, ${literal(region)})`
  );
  await connection.run(
    `create temp table regions as from (values ${
      rows.join(", ")
    }) v(venue, region)`,
  );
}

/** The fees as `analytics/fees.json` has them. */
export interface Fees {
  /** The taker's fee, a fraction of the value. */
  taker: { venue: string; from: string; taker: number; source: string }[];
  /** What a withdrawal costs, in units of the coin. */
  withdrawal: {
    venue: string;
    base: string;
    from: string;
    units: number;
    source: string;
  }[];
}

/** Makes the tables `taker_fees` and `withdrawal_fees`, each fee valid from its day on. */
export async function loadFees(connection: DuckDBConnection): Promise<void> {
  const fees: Fees = JSON.parse(
    await Deno.readTextFile(new URL("./fees.json", import.meta.url)),
  );
  const taker = fees.taker.map((f) =>
    `(${literal(f.venue)}, timestamp ${literal(f.from)}, ${f.taker}::double)`
  );
  const withdrawal = fees.withdrawal.map((f) =>
    `(${literal(f.venue)}, ${literal(f.base)}, timestamp ${
      literal(f.from)
    }, ${f.units}::double)`
  );
  await connection.run(
    `create temp table taker_fees as from (values ${
      taker.join(", ")
    }) v(venue, since, taker);
    create temp table withdrawal_fees as from (values ${
      withdrawal.join(", ")
    }) v(venue, base, since, units)`,
  );
}
