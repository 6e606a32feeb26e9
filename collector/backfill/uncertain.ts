/** What a venue's page of newest trades leaves in doubt, and what it proves after all. Times are by the venue's clock. */
import type { Micros } from "../model/events.ts";
import type { TradeCursor } from "../venues/venue.ts";
import { MARGIN, time } from "./margin.ts";
import type { Client } from "../store/tables.ts";

/** How far the ledger's times, measured, may be off the venue's own. */
const MEASURED = 2_000_000;

/**
 * Where a page does not reach {@link MARGIN} beyond a gap's beginning, frames
 * that were on their way when it began may be lost: they may hold trades from
 * before it, back to what is proved by a page or begins with its socket. That
 * span, up to `until`, becomes a gap that says so.
 */
export async function recordUncertainEdge(
  sql: Client,
  venue: string,
  { market, from, fromId = null, until, reason, detail }: {
    market: string;
    /** Where the gap begins, and the last trade before it. */
    from: Micros;
    fromId?: string | null;
    /** Up to where nothing is proved. */
    until: Micros;
    /** Of the gap: its code and its details. */
    reason: string;
    detail: object;
  },
): Promise<void> {
  if (until <= from - MARGIN) return;
  const end = time(sql, Math.min(from, until));
  await sql`
    with proved as (
      select greatest(${time(sql, from - MARGIN)},
        (select verified_ts from stream_stats where source = ${venue} and stream = ${market} and channel = 'trade'),
        (select max(to_ts) from gaps where venue = ${venue} and market = ${market} and channel = 'trade'
          and state = 'repaired' and to_ts <= ${time(sql, from)}),
        (select max(from_ts) from observed where venue = ${venue} and ${market} = any (markets)
          and 'trade' = any (channels) and from_ts <= ${
    time(sql, from)
  })) as until
    ), uncertain as (
      insert into gaps (venue, market, channel, from_ts, to_ts, from_id, to_id, reason, detail, state, closed_at, note)
      select ${venue}, ${market}, 'trade', until, ${end},
      (select max(trade_id) from trades where venue = ${venue} and market = ${market} and ts <= until),
      ${fromId}::bigint, ${reason}, ${
    JSON.stringify(detail)
  }::text::jsonb, 'unrecoverable', now(), 'on_their_way'
      from proved where until < ${end}
      returning from_ts, to_ts
    )
    ${uncertainCandles(sql, venue, market)}`;
}

/**
 * Ends a statement whose `uncertain` are spans (`from_ts`, `to_ts`) in which
 * trades are lost, or may be: a candle of theirs that was made from trades is no
 * longer called whole.
 */
export const uncertainCandles = (sql: Client, venue: string, market: string) =>
  sql`
    update candles c set state = 'partial', revision = revision + 1, agrees = null,
      written = current_transaction()
    from uncertain u
    where c.venue = ${venue} and c.market = ${market} and c.interval = '1m' and c.source = 'trades'
      and c.state <> 'partial' and c.ts > u.from_ts - interval '1 minute' and c.ts < u.to_ts`;

/**
 * Takes back what pages of a venue's newest trades that overlap, stored whole, prove
 * wrong: gaps called lost for good because an earlier page was cut short, and
 * gaps that are open while this page holds what they miss.
 * @param page its chain's first trade, and its newest that has had the time to
 * be complete: pages may be behind, and what is newer they do not know
 * @param but the gap that the page was asked for
 * @returns the spans of the gaps that it changed
 */
export async function reopenVerified(
  sql: Client,
  venue: string,
  market: string,
  { first, newest }: { first: TradeCursor; newest: TradeCursor },
  but: string | null = null,
): Promise<{ from: Micros; to: Micros }[]> {
  const since = time(sql, first.ts + MEASURED);
  const until = time(sql, newest.ts);
  const note = "found_on_page";
  const held = await sql`
    with held as (
      select *, state = 'unrecoverable' and 
          (from_ts <= ${since} or coalesce(from_id < ${first.id}::bigint, false)) as begins_before,
        state = 'open' and to_ts is null as goes_on
      from gaps
      where venue = ${venue} and market = ${market} and channel = 'trade' and gap_id is distinct from ${but}::bigint
        and (state = 'unrecoverable' and coalesce(
              to_id > ${first.id}::bigint and to_id <= ${newest.id}::bigint,
              to_ts > ${since} and to_ts <= ${until})
          or state = 'open' and from_ts > ${since} and from_ts < ${until}
            and coalesce(from_id >= ${first.id}::bigint and from_id < ${newest.id}::bigint, true)
            and (to_ts is null or to_ts <= ${
    time(sql, newest.ts - MARGIN)
  } and to_id <= ${newest.id}::bigint))
      for update
    ), whole as (
      update gaps g set state = 'repaired', closed_at = now(), note = ${note}
      from held h where g.gap_id = h.gap_id and not h.begins_before and not h.goes_on
    ), cut as (
      update gaps g set
        to_ts = case when h.begins_before then least(greatest(${since}, h.from_ts), h.to_ts) else g.to_ts end,
        to_id = case when h.begins_before then ${first.id}::bigint else g.to_id end,
        from_ts = case when h.goes_on then ${until} else g.from_ts end,
        from_id = case when h.goes_on then ${newest.id}::bigint else g.from_id end
      from held h where g.gap_id = h.gap_id and (h.begins_before or h.goes_on)
    ), taken as (
      insert into gaps (venue, market, channel, from_ts, to_ts, from_id, to_id, reason, detail, state, closed_at,
        note)
      select venue, market, channel,
        case when begins_before then least(greatest(${since}, from_ts), to_ts) else from_ts end,
        case when goes_on then ${until} else to_ts end,
        from_id, case when goes_on then ${newest.id}::bigint else to_id end,
        reason, detail, 'repaired', now(), ${note}
      from held where begins_before or goes_on
    )
    select (extract(epoch from from_ts) * 1e6)::bigint as "from",
      (extract(epoch from coalesce(to_ts, ${until})) * 1e6)::bigint as "to", state, from_id, reason, detail
    from held`;
  for (const { from, state, from_id, reason, detail } of held) {
    if (state !== "open") continue;
    await recordUncertainEdge(sql, venue, {
      market,
      from: Number(from),
      fromId: from_id,
      until: first.ts,
      reason,
      detail,
    });
  }
  return held.map(({ from, to }) => ({ from: Number(from), to: Number(to) }));
}
