/** A gap under refill, and what a page of the venue's trades does to it. */
import type postgres from "postgres";
import type { Micros, Trade } from "../events.ts";
import type { RefillDeps } from "./refill.ts";
import { tables } from "../store/tables.ts";
import type { TradeCursor } from "../venues/venue.ts";

const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;
/**
 * A page is read this far beyond a gap's ends: the venue's clock differs from
 * ours, and frames on their way when a socket broke came out of order.
 */
export const MARGIN = 10 * SECOND;

/** A gap that this process has taken on. */
export interface Gap {
  id: string;
  market: string;
  from: Micros;
  to: Micros;
  reached: TradeCursor | null;
  fromId: string | null;
  toId: string | null;
  /** Times of the first and last trade that its refill brought. */
  touched: [Micros, Micros];
}

/**
 * Commits a page and how far it came, together. What the page brings that
 * nobody had is never without a row of the ledger: the gap grows to what lies
 * within the margin around it, and for what lies further away there is a gap
 * `undelivered`, which is thereby repaired.
 */
export async function keepPage(
  gap: Gap,
  trades: Trade[],
  cursor: TradeCursor,
  { venue, sql, now }: Pick<RefillDeps, "venue" | "sql" | "now">,
): Promise<void> {
  const receivedAt = now();
  const at = (ts: Micros) => sql`to_timestamp(${ts}::float8 / 1e6)`;
  await sql.begin(async (transaction) => {
    const tx = transaction as unknown as postgres.Sql;
    const days = new Set(trades.map((trade) => Math.floor(trade.ts / DAY)));
    for (const day of days) {
      const date = new Date(day * DAY / 1000).toISOString().slice(0, 10);
      await tx`select ensure_day_partitions('trades', ${date}::date, ${date}::date)`;
    }
    const late = await unknown(tx, gap, trades, receivedAt - MARGIN, venue.id);
    const [near, far] = split(
      late,
      (trade) => trade.ts >= gap.from - MARGIN && trade.ts <= gap.to + MARGIN,
    );
    await tables.trade.insert(
      tx,
      trades.map((event) => ({ event, receivedAt })),
    );
    const [first, last] = span(near);
    gap.touched = [
      Math.min(gap.touched[0], first, ...far.map((trade) => trade.ts)),
      Math.max(gap.touched[1], last, ...far.map((trade) => trade.ts)),
    ];
    await tx`
      update gaps set recovered = recovered + ${near.length},
        from_ts = least(from_ts, ${first === Infinity ? null : at(first)}),
        to_ts = greatest(to_ts, ${last === -Infinity ? null : at(last + 1)}),
        reached_id = ${cursor.id}::bigint, reached_ts = ${at(cursor.ts)}
      where gap_id = ${gap.id}`;
    if (venue.trades.paging === "newest" && trades[0]) {
      const [since, until] = span(trades);
      await takeBack(tx, venue.id, gap.market, [since, until], gap.id);
    }
    if (far.length > 0) {
      const [from, to] = span(far);
      await tx`
        insert into gaps (venue, market, channel, from_ts, to_ts, reason, state, recovered, closed_at, note)
        values (${venue.id}, ${gap.market}, 'trade', ${at(from)}, ${
        at(to + 1)
      }, 'undelivered', 'repaired',
          ${far.length}, now(), 'found while another gap was refilled')`;
    }
  });
}

/**
 * Where a page does not reach {@link MARGIN} beyond a gap's beginning, frames
 * that were on their way when it began may be lost: they may hold trades from
 * before it, back to what is proved by a page or begins with its socket. That
 * span, up to `until`, becomes a gap that says so.
 */
export async function keepDoubt(
  sql: postgres.Sql,
  venue: string,
  { market, from, until, reason }: {
    market: string;
    /** Where the gap begins. */
    from: Micros;
    /** Up to where nothing is proved. */
    until: Micros;
    /** Of the gap. */
    reason: string;
  },
): Promise<void> {
  if (until <= from - MARGIN) return;
  const at = (ts: Micros) => sql`to_timestamp(${ts}::float8 / 1e6)`;
  const end = at(Math.min(from, until));
  await sql`
    with proved as (
      select greatest(${at(from - MARGIN)},
        (select verified_ts from feeds where source = ${venue} and stream = ${market} and channel = 'trade'),
        (select max(to_ts) from gaps where venue = ${venue} and market = ${market} and channel = 'trade'
          and state = 'repaired' and to_ts <= ${at(from)}),
        (select max(from_ts) from observed where venue = ${venue} and ${market} = any (markets)
          and 'trade' = any (channels) and from_ts <= ${at(from)})) as until
    )
    insert into gaps (venue, market, channel, from_ts, to_ts, reason, state, closed_at, note)
    select ${venue}, ${market}, 'trade', until, ${end}, ${reason}, 'unrecoverable', now(),
      'frames on their way when it began may be lost'
    from proved where until < ${end}`;
}

/**
 * Takes back what a page of a venue's newest trades proves wrong, once all its
 * trades from `since` to `until` are stored: gaps called lost for good because
 * an earlier page was cut short, and gaps that are open while the page of
 * another errand holds what they miss.
 * @param but the gap that the page was asked for
 */
export async function takeBack(
  sql: postgres.Sql,
  venue: string,
  market: string,
  [since, until]: [Micros, Micros],
  but: string | null = null,
): Promise<void> {
  const at = (ts: Micros) => sql`to_timestamp(${ts}::float8 / 1e6)`;
  const note = "found on the venue's own page";
  const open = await sql`
    with held as (
      select *, state = 'unrecoverable' and from_ts <= ${
    at(since)
  } as begins_before,
        state = 'open' and to_ts is null as goes_on
      from gaps
      where venue = ${venue} and market = ${market} and channel = 'trade' and gap_id is distinct from ${but}::bigint
        and (state = 'unrecoverable' and to_ts > ${at(since)} and to_ts <= ${
    at(until)
  }
          or state = 'open' and from_ts > ${at(since)} and from_ts < ${
    at(until)
  }
            and (to_ts is null or to_ts <= ${at(until - MARGIN)}))
      for update
    ), whole as (
      update gaps g set state = 'repaired', closed_at = now(), note = ${note}
      from held h where g.gap_id = h.gap_id and not h.begins_before and not h.goes_on
    ), cut as (
      update gaps g set to_ts = case when h.begins_before then ${
    at(since)
  } else g.to_ts end,
        from_ts = case when h.goes_on then ${at(until)} else g.from_ts end
      from held h where g.gap_id = h.gap_id and (h.begins_before or h.goes_on)
    ), taken as (
      insert into gaps (venue, market, channel, from_ts, to_ts, reason, state, closed_at, note)
      select venue, market, channel, case when begins_before then ${
    at(since)
  } else from_ts end,
        case when goes_on then ${
    at(until)
  } else to_ts end, reason, 'repaired', now(), ${note}
      from held where begins_before or goes_on
    )
    select (extract(epoch from from_ts) * 1e6)::bigint as "from", reason from held where state = 'open'`;
  for (const { from, reason } of open) {
    await keepDoubt(sql, venue, {
      market,
      from: Number(from),
      until: since,
      reason,
    });
  }
}

/** Trades of a page, not later than `until`, that the market's observation should have brought and did not. */
async function unknown(
  sql: postgres.Sql,
  gap: Gap,
  trades: Trade[],
  until: Micros,
  venue: string,
): Promise<Trade[]> {
  if (trades.length === 0) return [];
  const [from, to] = span(trades);
  const [row] = await sql`
    select (select (extract(epoch from min(from_ts)) * 1e6)::bigint from observed
        where venue = ${venue} and ${gap.market} = any (markets) and 'trade' = any (channels)) as since,
      coalesce(array_agg(trade_id::text), '{}') as known
    from trades
    where venue = ${venue} and market = ${gap.market}
      and trade_id = any (${trades.map((trade) => trade.id)}::bigint[])
      and ts >= to_timestamp(${from}::float8 / 1e6) and ts <= to_timestamp(${to}::float8 / 1e6)`;
  const since = row!.since === null ? Infinity : Number(row!.since);
  const known = new Set<string>(row!.known);
  return trades.filter((trade) =>
    !known.has(trade.id) && trade.ts <= until &&
    // Before the first observation nothing is promised.
    trade.ts >= Math.min(since, gap.from)
  );
}

/** Times of the first and last of some trades; infinite where there are none. */
function span(trades: Trade[]): [Micros, Micros] {
  let first = Infinity, last = -Infinity;
  for (const { ts } of trades) {
    if (ts < first) first = ts;
    if (ts > last) last = ts;
  }
  return [first, last];
}

function split<T>(all: T[], test: (one: T) => boolean): [T[], T[]] {
  return [all.filter(test), all.filter((one) => !test(one))];
}
