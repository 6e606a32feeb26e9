/** Times of the ledger: by the venue's clock, in microseconds UTC. */
import type { Micros } from "../model/events.ts";
import type { Client } from "../store/tables.ts";

/**
 * A page is read so far beyond a gap's ends, by the venue's own times: frames
 * on their way when a socket broke came out of order.
 */
export const MARGIN = 10_000_000;
/** A time as PostgreSQL takes it. */
export const time = (sql: Client, ts: Micros) =>
  sql`to_timestamp(${ts}::float8 / 1e6)`;
