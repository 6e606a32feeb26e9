import type postgres from "postgres";
import { backfillCandles } from "./backfill.ts";
import { toDecimal } from "./wire.ts";
import type { Candle, Micros } from "./events.ts";
import type { Rest } from "./rest.ts";
import type { Store } from "./store.ts";
import type { Venue } from "./venues/venue.ts";

const MINUTE = 60_000_000;
/** The newest minutes are read again each time: a venue may publish a candle late. */
const REREAD = 4 * MINUTE;

/** What the candle jobs of one venue work with. */
export interface CandleDeps {
  venue: Venue;
  /** Base of the venue's REST address. */
  rest: string;
  client: Rest;
  sql: postgres.Sql;
  store: Store;
  signal: AbortSignal;
  now(): Micros;
  log(line: string): void;
}

/**
 * Fetches the venue's own 1-minute candles of [from, now) that are not stored
 * yet, newest first. Stopped and started again it goes on where it was: what is
 * missing is read from the table.
 * @returns candles taken in.
 */
export async function fetchMissingCandles(
  market: string,
  from: Micros,
  deps: CandleDeps,
): Promise<number> {
  const { venue, rest, client, store, signal, now } = deps;
  let taken = 0;
  for (const span of await missingSpans(market, from, deps)) {
    const pages = backfillCandles(venue, rest, market, span.from, span.to, {
      client,
      now,
      signal,
    });
    for await (const page of pages) {
      store.write(page, now());
      taken += page.length;
    }
  }
  return taken;
}

/** Spans of [from, now) without a candle of the venue's, newest first. */
async function missingSpans(
  market: string,
  from: Micros,
  { venue, sql, now }: CandleDeps,
): Promise<{ from: Micros; to: Micros }[]> {
  const to = now();
  const first = Math.ceil(from / MINUTE) * MINUTE;
  const rows = await sql<{ from: string; to: string }[]>`
    with known as (
      select ts from candles
      where venue = ${venue.id} and market = ${market} and interval = '1m' and source = 'venue'
        and ts >= to_timestamp(${first}::float8 / 1e6)
        and ts < to_timestamp(${to - REREAD}::float8 / 1e6)
      union all select to_timestamp(${first - MINUTE}::float8 / 1e6)
      union all select to_timestamp(${to}::float8 / 1e6)
    ), steps as (
      select ts + interval '1 minute' as after, lead(ts) over (order by ts) as next from known
    )
    select (extract(epoch from after) * 1e6)::bigint as "from", (extract(epoch from next) * 1e6)::bigint as "to"
    from steps where after < next order by after desc`;
  return rows.map((row) => ({ from: Number(row.from), to: Number(row.to) }));
}

/** How many of a venue's candles from trades were compared with its own, and which differ. */
export interface Comparison {
  compared: number;
  differing: { market: string; ts: Date }[];
}

/**
 * Compares candles made from trades with the venue's own, to the last digit;
 * the answer is kept in `agrees`. A count that the venue does not tell is not
 * compared.
 */
export async function compareCandles(
  venue: string,
  sql: postgres.Sql,
): Promise<Comparison> {
  const rows = await sql<{ market: string; ts: Date; agrees: boolean }[]>`
    update candles as made
    set agrees = (made.open, made.high, made.low, made.close, made.volume)
          = (own.open, own.high, own.low, own.close, own.volume)
        and (own.trade_count is null or made.trade_count = own.trade_count),
      written = current_transaction()
    from candles as own
    where made.source = 'trades' and own.source = 'venue'
      and made.venue = ${venue} and own.venue = made.venue and own.market = made.market
      and own.interval = made.interval and own.ts = made.ts
      and made.agrees is null and made.state <> 'partial' and own.state <> 'partial'
      and made.ts > now() - interval '1 day'
    returning made.market, made.ts, made.agrees`;
  return {
    compared: rows.length,
    differing: rows.filter((row) => !row.agrees),
  };
}

/**
 * Makes the candle of a minute anew from the stored trades: for trades that
 * came after the minute had left memory. A minute that was not seen whole stays
 * partial.
 */
export async function recountCandle(
  market: string,
  ts: Micros,
  { venue, sql, store, now }: CandleDeps,
): Promise<void> {
  await store.flush();
  const [row] = await sql`
    select (array_agg(price order by ts, trade_id))[1]::text as open, max(price)::text as high,
      min(price)::text as low, (array_agg(price order by ts desc, trade_id desc))[1]::text as close,
      sum(size)::text as volume, sum(price * size)::text as quote_volume, sum(fills)::int as trade_count,
      (select state from candles c
        where c.venue = ${venue.id} and c.market = ${market} and c.interval = '1m'
          and c.ts = to_timestamp(${ts}::float8 / 1e6) and c.source = 'trades') as state
    from trades
    where venue = ${venue.id} and market = ${market}
      and ts >= to_timestamp(${ts}::float8 / 1e6)
      and ts < to_timestamp(${ts + MINUTE}::float8 / 1e6)
    having count(*) > 0`;
  if (!row) return;
  const candle: Candle = {
    kind: "candle",
    venue: venue.id,
    market,
    interval: "1m",
    ts,
    open: toDecimal(row.open),
    high: toDecimal(row.high),
    low: toDecimal(row.low),
    close: toDecimal(row.close),
    volume: toDecimal(row.volume),
    quoteVolume: toDecimal(row.quote_volume),
    tradeCount: row.trade_count,
    source: "trades",
    state: row.state === "closed" || row.state === "no_trade"
      ? "closed"
      : "partial",
  };
  store.write([candle], now());
}
