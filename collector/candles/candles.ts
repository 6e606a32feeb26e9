import type postgres from "postgres";
import { backfillCandles } from "./backfill.ts";
import { toDecimal } from "../model/wire.ts";
import type { Candle, Micros } from "../model/events.ts";
import type { Rest } from "../net/rest.ts";
import type { Store } from "../store/store.ts";
import type { Venue } from "../venues/venue.ts";
import { MINUTE } from "../model/time.ts";

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
 * the answer is kept in `agrees`. A count that the venue does not give is not
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
      and (made.agrees is null or own.written > made.written) and made.state <> 'partial' and own.state <> 'partial'
      and made.ts > now() - interval '1 day'
    returning made.market, made.ts, made.agrees`;
  return {
    compared: rows.length,
    differing: rows.filter((row) => !row.agrees),
  };
}

/** How long before the newest candle a process that was killed may have owed a recount. */
const OWED = 10 * MINUTE;

/**
 * Minutes whose candle from trades lacks trades that are stored: they came when
 * it had been made, and the process that knew so is gone. Of the newest
 * {@link OWED} alone; what was before, earlier starts have seen to.
 */
export async function staleCandles(
  sql: postgres.Sql,
  venue: string,
): Promise<{ market: string; ts: Micros }[]> {
  const rows = await sql<{ market: string; ts: string }[]>`
    with newest as (
      select f.stream as market,
        (select max(ts) from candles
          where venue = f.source and market = f.stream and interval = '1m' and source = 'trades') as ts
      from stream_stats f
      where f.source = ${venue} and f.channel = 'trade'
    )
    select c.market, (extract(epoch from c.ts) * 1e6)::bigint as ts
    from newest n
    join candles c on c.venue = ${venue} and c.market = n.market and c.interval = '1m'
      and c.source = 'trades' and c.ts > n.ts - ${`${OWED / 1e6} s`}::interval
    cross join lateral (
      select sum(size) as volume, sum(fills)::integer as trade_count from trades t
      where t.venue = c.venue and t.market = c.market
        and t.ts >= c.ts and t.ts < c.ts + interval '1 minute'
    ) as stored
    where stored.volume is not null
      and (c.volume, c.trade_count) is distinct from (stored.volume, stored.trade_count)`;
  return rows.map(({ market, ts }) => ({ market, ts: Number(ts) }));
}

/**
 * Makes the candles of the minutes that [from, to] touches anew from the stored
 * trades. A minute is `closed` where the candle was so before or the ledger
 * knows all of it, `no_trade` where it knows all of it and there were none,
 * else `partial`; a minute of which nothing is known or stored has none.
 */
export async function reviseCandles(
  market: string,
  from: Micros,
  to: Micros,
  { venue, sql, store, now }: CandleDeps,
): Promise<void> {
  await store.flush();
  const candles = await makeCandles(sql, venue.id, market, from, to, now());
  store.write(candles, now());
}

/** The candles of {@link reviseCandles}; of at most a day or so at once. */
export async function makeCandles(
  sql: postgres.Sql,
  venue: string,
  market: string,
  from: Micros,
  to: Micros,
  now: Micros,
): Promise<Candle[]> {
  const first = Math.floor(from / MINUTE) * MINUTE;
  const rows = await sql`
    with minutes as (
      select ts, tstzrange(ts, ts + interval '1 minute') as span
      from generate_series(to_timestamp(${first}::float8 / 1e6), to_timestamp(${
    Math.min(to, now - MINUTE)
  }::float8 / 1e6), interval '1 minute') as ts
    ), known as (
      select observed + repaired as span
      from coverage(to_timestamp(${first}::float8 / 1e6), to_timestamp(${
    to + MINUTE
  }::float8 / 1e6), ${venue}, ${market}) c
      where c.channel = 'trade'
    ), made as (
      select date_trunc('minute', ts) as ts, (array_agg(price order by ts, trade_id))[1]::text as open,
        max(price)::text as high, min(price)::text as low,
        (array_agg(price order by ts desc, trade_id desc))[1]::text as close,
        sum(size)::text as volume, sum(price * size)::text as quote_volume, sum(fills)::int as trade_count
      from trades
      where venue = ${venue} and market = ${market}
        and ts >= to_timestamp(${first}::float8 / 1e6)
        and ts < to_timestamp(${
    Math.floor(to / MINUTE) * MINUTE + MINUTE
  }::float8 / 1e6)
      group by 1
    )
    select (extract(epoch from m.ts) * 1e6)::bigint as ts, made.open, made.high, made.low, made.close,
      made.volume, made.quote_volume, made.trade_count,
      coalesce((select span @> m.span from known), false) or coalesce(c.state in ('closed', 'no_trade'), false) as whole,
      -- The price before a quiet minute, where it is known.
      (select p.close::text from candles p where p.venue = ${venue} and p.market = ${market}
        and p.interval = '1m' and p.source = 'trades' and p.ts = m.ts - interval '1 minute') as before
    from minutes m
    left join made using (ts)
    left join candles c on c.venue = ${venue} and c.market = ${market} and c.interval = '1m'
      and c.source = 'trades' and c.ts = m.ts
    order by m.ts`;
  const candles: Candle[] = [];
  let last: string | null = null;
  for (const row of rows) {
    const traded = row.open !== null;
    const price: string | null = row.close ?? last ?? row.before;
    last = price;
    if (price === null || !traded && !row.whole) {
      last = null;
      continue;
    }
    candles.push({
      kind: "candle",
      venue,
      market,
      interval: "1m",
      ts: Number(row.ts),
      open: toDecimal(row.open ?? price),
      high: toDecimal(row.high ?? price),
      low: toDecimal(row.low ?? price),
      close: toDecimal(price),
      volume: toDecimal(row.volume ?? "0"),
      quoteVolume: toDecimal(row.quote_volume ?? "0"),
      tradeCount: row.trade_count ?? 0,
      source: "trades",
      state: !row.whole ? "partial" : traded ? "closed" : "no_trade",
    });
  }
  return candles;
}
