/** Imported rows into their tables: what is new is written, what differs is not. */
import type postgres from "postgres";
import type { Candle, Micros, Trade } from "../model/events.ts";
import { masked } from "../cli/secrets.ts";
import { tables } from "../store/tables.ts";
import { toDecimal } from "../model/wire.ts";
import { DAY } from "../model/time.ts";

/** A row and where it stood. */
export interface Placed<E extends Candle | Trade> {
  event: E;
  at: number;
  raw: string;
}

/** What became of a batch. */
export interface Written<E extends Candle | Trade> {
  added: number;
  /** Rows of the table that now say what the file says. */
  replaced: number;
  unchanged: number;
  /** Those that contradict the table or another row of the file, and how. */
  differing: { row: Placed<E>; reason: string }[];
}

/** How a batch is written. */
export interface WriteOptions {
  /** Of this import: rows of the table with it came from the same file. */
  receivedAt: Micros;
  /** Whether a candle that differs from the table's takes its place. */
  replace: boolean;
}

type Compared = [
  field: string,
  own: string | number | null,
  stored: string | number | null,
];

/**
 * Writes candles of one venue, market and interval. One that fills in what the
 * stored one does not say (its quote volume, or that the whole of its minute
 * was seen) takes its place; one that says something else only with `replace`.
 */
export async function writeCandles(
  sql: postgres.Sql,
  rows: Placed<Candle>[],
  { receivedAt, replace }: WriteOptions,
): Promise<Written<Candle>> {
  const written: Written<Candle> = {
    added: 0,
    replaced: 0,
    unchanged: 0,
    differing: [],
  };
  const own = once(rows, (c) => c.ts, candleFields, written);
  const [first] = own;
  if (!first) return written;
  const { venue, market, interval } = first.event;
  const found = await sql<(StoredCandle & { ts: string })[]>`
    select (extract(epoch from c.ts) * 1e6)::bigint as ts, open::text, high::text, low::text, close::text,
      volume::text, quote_volume::text, trade_count, state,
      c.received_at = to_timestamp(${receivedAt}::float8 / 1e6) as ours
    from unnest(${own.map((r) => r.event.ts)}::float8[]) as asked (ts)
    join candles c on c.venue = ${venue} and c.market = ${market} and c.interval = ${interval}
      and c.source = 'venue' and c.ts = to_timestamp(asked.ts / 1e6)`;
  const stored = new Map(found.map((row) => [Number(row.ts), row]));
  const fresh: Candle[] = [], better: Candle[] = [];
  for (const row of own) {
    const there = stored.get(row.event.ts);
    if (!there) {
      fresh.push(row.event);
      continue;
    }
    const differs = difference(candleFields(row.event, there));
    if (differs && there.state !== "partial" && (!replace || there.ours)) {
      const reason = there.ours
        ? "an earlier row of the file says otherwise"
        : "what is stored says otherwise (--replace takes the file's)";
      written.differing.push({ row, reason: `${reason}: ${differs}` });
    } else if (differs || says(row.event, there)) {
      better.push(
        differs ? row.event : {
          ...row.event,
          quoteVolume: row.event.quoteVolume ?? there.quote_volume,
          tradeCount: row.event.tradeCount ?? there.trade_count,
        },
      );
    } else written.unchanged++;
  }
  const put = (candles: Candle[]) =>
    tables.candle.insert(sql, candles.map((event) => ({ event, receivedAt })));
  if (fresh.length > 0) written.added = await put(fresh);
  if (better.length > 0) written.replaced = await put(better);
  return written;
}

interface StoredCandle {
  open: string;
  high: string;
  low: string;
  close: string;
  volume: string;
  quote_volume: string | null;
  trade_count: number | null;
  state: Candle["state"];
  /** Whether this import wrote it. */
  ours: boolean;
}

/** Whether the candle says more than the stored one. */
const says = (candle: Candle, stored: StoredCandle): boolean =>
  stored.state === "partial" ||
  stored.quote_volume === null && candle.quoteVolume !== null ||
  stored.trade_count === null && candle.tradeCount !== null;

function candleFields(c: Candle, other: StoredCandle | Candle): Compared[] {
  const [quote, count] = "quote_volume" in other
    ? [other.quote_volume, other.trade_count]
    : [other.quoteVolume, other.tradeCount];
  return [
    ["open", c.open, toDecimal(other.open)],
    ["high", c.high, toDecimal(other.high)],
    ["low", c.low, toDecimal(other.low)],
    ["close", c.close, toDecimal(other.close)],
    ["volume", c.volume, toDecimal(other.volume)],
    ["quote volume", c.quoteVolume, quote === null ? null : toDecimal(quote)],
    ["trades", c.tradeCount, count],
  ];
}

/** Writes trades of one venue and market, and the day partitions that they need. */
export async function writeTrades(
  sql: postgres.Sql,
  rows: Placed<Trade>[],
  { receivedAt }: WriteOptions,
): Promise<Written<Trade>> {
  const written: Written<Trade> = {
    added: 0,
    replaced: 0,
    unchanged: 0,
    differing: [],
  };
  const own = once(rows, (t) => t.id, tradeFields, written);
  const [first] = own;
  if (!first) return written;
  const { venue, market } = first.event;
  const times = own.map((row) => row.event.ts);
  // An id under another time would be a second row: a day to each side finds a wrong zone too.
  const from = times.reduce((a, b) => Math.min(a, b)) - DAY;
  const to = times.reduce((a, b) => Math.max(a, b)) + DAY;
  const found = await sql<(StoredTrade & { id: string })[]>`
    select t.trade_id as id, (extract(epoch from t.ts) * 1e6)::bigint as ts, price::text, size::text, side, fills,
      t.received_at = to_timestamp(${receivedAt}::float8 / 1e6) as ours
    from unnest(${own.map((r) => r.event.id)}::bigint[]) as asked (id)
    join trades t on t.venue = ${venue} and t.market = ${market} and t.trade_id = asked.id
      and t.ts >= to_timestamp(${from}::float8 / 1e6) and t.ts <= to_timestamp(${to}::float8 / 1e6)`;
  const stored = new Map(found.map((row) => [row.id, row]));
  const fresh: Trade[] = [];
  for (const row of own) {
    const there = stored.get(row.event.id);
    if (!there) {
      fresh.push(row.event);
      continue;
    }
    const differs = difference(tradeFields(row.event, there));
    if (!differs) {
      written.unchanged++;
      continue;
    }
    const reason = there.ours
      ? "an earlier row of the file with its id says otherwise"
      : "the stored trade of its id says otherwise";
    written.differing.push({ row, reason: `${reason}: ${differs}` });
  }
  if (fresh.length === 0) return written;
  const days = [...new Set(fresh.map((t) => Math.floor(t.ts / DAY)))]
    .map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10));
  await sql`select ensure_day_partitions('trades', day, day) from unnest(${days}::date[]) as day`;
  written.added = await tables.trade.insert(
    sql,
    fresh.map((event) => ({ event, receivedAt })),
  );
  // Another collector may have brought some meanwhile.
  written.unchanged += fresh.length - written.added;
  return written;
}

interface StoredTrade {
  ts: string;
  price: string;
  size: string;
  side: string;
  fills: number;
  ours: boolean;
}

const tradeFields = (t: Trade, other: StoredTrade | Trade): Compared[] => [
  ["time", t.ts, Number(other.ts)],
  ["price", t.price, toDecimal(other.price)],
  ["size", t.size, toDecimal(other.size)],
  ["side", t.side, other.side],
  ["fills", t.fills, other.fills],
];

/** The first field in which both say something and not the same. */
function difference(fields: Compared[]): string | null {
  const found = fields.find(([, own, stored]) =>
    own !== null && stored !== null && own !== stored
  );
  return found ? `${found[0]} ${found[1]}, not ${found[2]}` : null;
}

/** The first row of each key; a further one is unchanged or differs. */
function once<E extends Candle | Trade>(
  rows: Placed<E>[],
  key: (event: E) => string | number,
  fields: (event: E, other: E) => Compared[],
  written: Written<E>,
): Placed<E>[] {
  const first = new Map<string | number, Placed<E>>();
  for (const row of rows) {
    const before = first.get(key(row.event));
    const differs = before && difference(fields(row.event, before.event));
    if (!before) first.set(key(row.event), row);
    else if (!differs) written.unchanged++;
    else {
      written.differing.push({
        row,
        reason: `an earlier row of the file says otherwise: ${differs}`,
      });
    }
  }
  return [...first.values()];
}

/** A row that is not taken. */
export interface RejectedRow {
  /** File and line or row. */
  place: string;
  reason: string;
  payload: string;
}

/** Writes what was not taken; what an earlier import of the file wrote is not written again. */
export async function writeRejects(
  sql: postgres.Sql,
  rows: RejectedRow[],
): Promise<void> {
  await sql`
    insert into rejects (source, place, reason, payload)
    select 'import', place, reason, payload
    from unnest(${rows.map((r) => masked(r.place))}::text[], ${
    rows.map((r) => masked(r.reason))
  }::text[],
      ${
    // A NUL cannot stand in a text column.
    rows.map((r) =>
      masked(r.payload.slice(0, 4096)).slice(0, 4096).replaceAll("\0", "\uFFFD")
    )}::text[]
    ) as r (place, reason, payload)
    where not exists (select from rejects known
      where known.source = 'import' and known.place = r.place and known.reason = r.reason
        and known.payload = r.payload)`;
}
