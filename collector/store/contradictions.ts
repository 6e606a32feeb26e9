/** One id, one row: what else was said of a stored trade is a reject. */
import type { Trade } from "../model/events.ts";
import type { Reject } from "./batch.ts";
import type { Client, Row } from "./tables.ts";
import { DAY } from "../model/time.ts";

/**
 * Trades whose id is stored with another time, price, size or side. The stored
 * row, which came first, stays.
 * @param origin where they come from: `socket` or the address of a page
 */
export async function contradictions(
  sql: Client,
  rows: Row<Trade>[],
  origin: string,
): Promise<Reject[]> {
  const times = rows.map((row) => row.event.ts);
  const found = await sql<{ index: number; stored: string }[]>`
    select event.index::int, json_build_object('ts', (extract(epoch from t.ts) * 1e6)::bigint,
      'price', t.price::text, 'size', t.size::text, 'side', t.side)::text as stored
    from unnest(
      ${rows.map((r) => r.event.venue)}::text[],
      ${rows.map((r) => r.event.market)}::text[],
      ${rows.map((r) => r.event.id)}::bigint[],
      ${times}::float8[],
      ${rows.map((r) => r.event.price)}::numeric[],
      ${rows.map((r) => r.event.size)}::numeric[],
      ${rows.map((r) => r.event.side)}::text[]
    ) with ordinality as event (venue, market, id, ts, price, size, side, index)
    join trades t on t.venue = event.venue and t.market = event.market and t.trade_id = event.id
      and t.ts >= to_timestamp(${Math.min(...times) - DAY}::float8 / 1e6)
      and t.ts <= to_timestamp(${Math.max(...times) + DAY}::float8 / 1e6)
    where (t.ts, t.price, t.size, t.side)
      is distinct from (to_timestamp(event.ts / 1e6), event.price, event.size, event.side)`;
  return found.map(({ index, stored }) => {
    const { venue, market, id, ts, price, size, side } = rows[index - 1]!.event;
    const there = JSON.parse(stored);
    const said = { ts, price, size, side };
    const other = (Object.keys(said) as (keyof typeof said)[]).filter((key) =>
      key === "ts"
        ? Number(there.ts) !== ts
        : key === "side"
        ? there.side !== side
        : trimmed(there[key]) !== trimmed(said[key])
    );
    return {
      source: venue,
      place: `${market} ${origin}`,
      reason: `trade ${id} is stored with another ${
        other.map((key) => key === "ts" ? "time" : key).join(", ")
      }; the stored row stays`,
      payload: JSON.stringify({ id, said, stored: there }),
    };
  });
}

/** A decimal as text without zeros at its end. */
const trimmed = (text: string) =>
  text.includes(".") ? text.replace(/\.?0+$/, "") : text;
