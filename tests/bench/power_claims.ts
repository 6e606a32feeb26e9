/** What a database says of itself after a cut, held against what was promised. */
import type postgres from "postgres";

export const VENUE = "binance";
export const MARKETS = ["BTCUSDT", "ETHUSDT", "XRPUSDT"];
/** Trades left out of each market at once. */
export const GAP = 30;
/** Microseconds UTC at which the recorded trades begin. */
export const BEGAN = 1785395041000000;
/** The n-th trade's id, beyond what a double holds. */
export const idOf = (n: number): string =>
  String(17853950411240000n + BigInt(n));
/** The n-th trade's time, a millisecond after the one before. */
export const timeOf = (n: number): number => BEGAN + n * 1000;

/** What was lost; all of it is to be zero. */
export interface Losses {
  /** Rows that were acknowledged and are not there. */
  rows: number;
  /** Trades that the ledger claims and that are not there. */
  claimed: number;
  /** Rows or trades that are there twice, or differ from what was written. */
  wrong: number;
}

/** What the database holds, so that a check of nothing is seen as one. */
export interface Held {
  rows: number;
  trades: number;
  repaired: number;
}

/**
 * @param acknowledged lines of the load: `table`, `row CLIENT N`
 */
export async function examine(
  sql: postgres.Sql,
  acknowledged: string[],
): Promise<{ losses: Losses; held: Held }> {
  const losses: Losses = { rows: 0, claimed: 0, wrong: 0 };
  const held: Held = { rows: 0, trades: 0, repaired: 0 };
  const [table] =
    await sql`select to_regclass('power_rows') is not null as there`;
  if (acknowledged.includes("table") && !table!.there) {
    losses.rows = acknowledged.length;
    return { losses, held };
  }
  if (table!.there) {
    const there = new Set<string>();
    // Of the table, not of its index: both have to be whole.
    for (const { client, n } of await sql`select client, n from power_rows`) {
      there.add(`row ${client} ${n}`);
      held.rows++;
    }
    losses.wrong += held.rows - there.size;
    for (const line of acknowledged) {
      if (line.startsWith("row ") && !there.has(line)) losses.rows++;
    }
  }
  const trades = await sql<{ market: string; id: string; ok: boolean }[]>`
    select market, trade_id::text as id,
      ts = to_timestamp((${BEGAN}::bigint + (trade_id - ${
    idOf(0)
  }::bigint) * 1000)::float8 / 1e6)
        and price = 91368000 as ok
    from trades where venue = ${VENUE}`;
  const known = new Set<string>();
  for (const { market, id, ok } of trades) {
    if (!ok || known.has(`${market} ${id}`)) losses.wrong++;
    known.add(`${market} ${id}`);
    held.trades++;
  }
  const gaps = await sql<
    { market: string; state: string; first: string; last: string }[]
  >`select market, state, (from_id + 1)::text as first, (to_id - 1)::text as last
    from gaps where venue = ${VENUE} and from_id is not null`;
  const open = new Set<string>();
  for (const { market, state, first, last } of gaps) {
    for (let id = BigInt(first); id <= BigInt(last); id++) {
      if (state === "open") open.add(`${market} ${id}`);
      else if (!known.has(`${market} ${id}`)) losses.claimed++;
    }
    if (state === "repaired") held.repaired++;
  }
  const spans = await sql<{ markets: string[]; to: string }[]>`
    select markets, floor(extract(epoch from to_ts) * 1e6)::bigint::text as to
    from observed where venue = ${VENUE}`;
  for (const { markets, to } of spans) {
    for (const market of markets) {
      for (let n = 1; timeOf(n) <= Number(to); n++) {
        const key = `${market} ${idOf(n)}`;
        if (!known.has(key) && !open.has(key)) losses.claimed++;
      }
    }
  }
  return { losses, held };
}
