/** What an import says to the ledger: that a file holds every trade of its span. */
import type postgres from "postgres";
import type { Micros } from "../model/events.ts";
import { venues } from "../venues/registry.ts";

/**
 * Says that every trade of [from, to] is there: the span counts as observed, and
 * gaps that lie in it, lost ones too, as repaired. Saying it twice changes
 * nothing.
 * @returns the gaps that were closed by it.
 */
export async function claimComplete(
  sql: postgres.Sql,
  venue: string,
  market: string,
  from: Micros,
  to: Micros,
): Promise<number> {
  const words = `import ${venue} ${market} ${from} ${to}`;
  const hash = new Uint8Array(
    await crypto.subtle.digest("SHA-256", new TextEncoder().encode(words)),
  );
  // Version 8: made from what it stands for.
  hash[6] = hash[6]! & 0x0f | 0x80;
  hash[8] = hash[8]! & 0x3f | 0x80;
  const span = hash.slice(0, 16).toHex().replace(
    /^(.{8})(.{4})(.{4})(.{4})(.{12})$/,
    "$1-$2-$3-$4-$5",
  );
  const [first, last] = [from, to].map((ts) =>
    sql`to_timestamp(${ts}::float8 / 1e6)`
  );
  return await sql.begin(async (tx) => {
    await tx`
      insert into observed (span_id, collector, venue, markets, channels, from_ts, to_ts, ended, imported)
      values (${span}, ${span}, ${venue}, ${[market]}, ${[
      "trade",
    ]}, ${first!}, ${last!}, true, true)
      on conflict do nothing`;
    const closed = await tx`
      update gaps set state = 'repaired', closed_at = now(), note = 'a file with every trade of it was imported'
      where venue = ${venue} and market = ${market} and channel = 'trade' and state <> 'repaired'
        and from_ts >= ${first!} and to_ts <= ${last!}`;
    return closed.count;
  });
}

/**
 * What can be seen to be missing in [from, to], in words: of a venue whose ids
 * have no hole, those between the first and the last. Null where nothing is.
 */
export async function whyIncomplete(
  sql: postgres.Sql,
  venue: string,
  market: string,
  from: Micros,
  to: Micros,
): Promise<string | null> {
  if (!venues[venue]?.trades.dense) return null;
  const [row] = await sql<{ first: string; last: string; missing: string }[]>`
    select min(trade_id) as first, max(trade_id) as last,
      max(trade_id) - min(trade_id) + 1 - count(*) as missing
    from trades
    where venue = ${venue} and market = ${market}
      and ts >= to_timestamp(${from}::float8 / 1e6) and ts <= to_timestamp(${to}::float8 / 1e6)`;
  return row && row.missing !== "0"
    ? `${row.missing} ids between ${row.first} and ${row.last} are missing`
    : null;
}
