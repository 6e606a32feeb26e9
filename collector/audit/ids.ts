/** What the ids of dense markets say: between the first and the last that was observed none is missing, or so many are. */
import type postgres from "postgres";

/** The ids of one market in which a missing id is a missing trade. */
export interface IdCount {
  venue: string;
  market: string;
  /** The first and the last that sockets delivered, exact. */
  first: string;
  last: string;
  /** Trades stored from the one to the other. */
  stored: string;
  /** last − first + 1 − stored. */
  missing: string;
  /** Runs of missing ids. */
  holes: number;
}

/**
 * Counts all ids of the dense markets.
 * @param dense venues whose ids are
 */
export async function auditIds(
  sql: postgres.Sql,
  dense: string[],
  { venue, market }: { venue?: string; market?: string },
): Promise<IdCount[]> {
  const markets = await sql<
    { venue: string; market: string; first: string; last: string }[]
  >`
    select source as venue, stream as market, first_id as first, last_id as last from stream_stats
    where source = any (${dense}) and channel = 'trade' and first_id is not null
      and ${venue === undefined ? sql`true` : sql`source = ${venue}`}
      and ${market === undefined ? sql`true` : sql`stream = ${market}`}
    order by source, stream`;
  const counts: IdCount[] = [];
  for (const { venue, market, first, last } of markets) {
    const range = sql`venue = ${venue} and market = ${market}
      and trade_id between ${first}::bigint and ${last}::bigint`;
    const [row] = await sql<{ stored: string; missing: string }[]>`
      select count(*)::text as stored, (${last}::bigint - ${first}::bigint + 1 - count(*))::text as missing
      from trades where ${range}`;
    const { stored, missing } = row!;
    const [runs] = missing === "0" ? [{ holes: 0 }] : await sql<
      { holes: number }[]
    >`
      select count(*)::int as holes from (
        select trade_id, lag(trade_id) over (order by trade_id) as before from trades where ${range}
      ) as steps where trade_id > before + 1`;
    counts.push({
      venue,
      market,
      first,
      last,
      stored,
      missing,
      holes: runs!.holes,
    });
  }
  return counts;
}
