/**
 * What a venue's list of markets says of them, kept for as long as it says so:
 * listings, delistings, halts and caution flags.
 */
import type postgres from "postgres";
import { CliError } from "../cli/errors.ts";
import type { Market, Micros } from "../model/events.ts";
import { chooseMarkets, isPattern } from "./listing.ts";

/** A flag that a list raised or ended. */
export interface FlagChange {
  market: string;
  /** `listed`, `delisted`, `halted` or the venue's flag, such as `WARNING`. */
  flag: string;
  began: boolean;
}

/**
 * Compares a venue's list with what was known before and keeps what it says in
 * `market_flags`; markets that are gone become inactive. The same list again changes
 * nothing but `last_seen`, whoever read it, and before or after
 * {@link Store.list} has stored it.
 *
 * Nobody is told of the markets of the first list, which are not new. A list
 * without half of the markets that were open is a broken page rather than the
 * end of a venue: nothing is delisted by it.
 *
 * @param at when the list was read
 * @returns what began or ended with this list.
 */
export async function recordFlags(
  sql: postgres.Sql,
  venue: string,
  listed: Market[],
  at: Micros,
): Promise<FlagChange[]> {
  const changes = await sql<FlagChange[]>`
    with list as (
      select market, active::boolean, flags from unnest(
        ${listed.map((m) => m.market)}::text[],
        ${listed.map((m) => String(m.active))}::text[],
        ${listed.map((m) => m.warning)}::text[]
      ) as entry (market, active, flags)
    ), clock as (
      select to_timestamp(${at}::float8 / 1e6) as at
    ), known as (
      select market, active, first_seen, first_seen > min(first_seen) over () as later
      from markets where venue = ${venue}
    ), lasting as (
      select market, flag, bool_or(ended_at is null) as under_way
      from market_flags where venue = ${venue} group by market, flag
    ), gone as (
      select market from known
      where market not in (select market from list)
        and 2 * (select count(*) from known join list using (market) where known.active)
          >= (select count(*) from known where active)
    ), said as (
      select market, trim(raised.flag) as flag, at as since
      from list cross join clock, unnest(string_to_array(flags, ',')) as raised (flag)
      where trim(raised.flag) <> ''
      union
      select market, 'halted', at from list cross join clock where not active
      union
      select market, 'delisted', at from gone cross join clock
      union
      select list.market, 'listed',
        case when 'delisted' = any(past.under_way) then at else least(known.first_seen, at) end
      from list cross join clock
        left join known using (market)
        left join (
          select market, array_agg(flag) as flags,
            array_agg(flag) filter (where under_way) as under_way
          from lasting group by market
        ) as past using (market)
      where 'listed' = any(past.under_way) or 'delisted' = any(past.under_way)
        or ('listed' = any(past.flags)) is not true
          and coalesce(known.later, exists (select from known))
    ), closed as (
      update markets set active = false
      where venue = ${venue} and active and market in (select market from gone)
    ), ended as (
      update market_flags as old set ended_at = greatest(old.last_seen, clock.at)
      from clock
      where old.venue = ${venue} and old.ended_at is null
        and (old.market in (select market from list) or old.market in (select market from gone))
        and (old.market, old.flag) not in (select market, flag from said)
      returning old.market, old.flag
    ), kept as (
      insert into market_flags (venue, market, flag, first_seen, last_seen)
      select ${venue}, market, flag, since, at from said cross join clock
      order by market, flag
      on conflict (venue, market, flag) where ended_at is null
      do update set last_seen = greatest(market_flags.last_seen, excluded.last_seen)
      returning market, flag, xmax = 0 as fresh
    )
    select * from (
      select market, flag, true as began from kept where fresh
      union all select market, flag, false from ended
    ) as change
    order by market collate "C", flag collate "C"`;
  return [...changes];
}

/** A change in words, such as `KRW-XYZ is listed` or `KRW-XYZ: WARNING is over`. */
export function inWords({ market, flag, began }: FlagChange): string {
  if (flag === "listed" || flag === "delisted" || flag === "halted") {
    return `${market} is ${began ? "" : "no longer "}${flag}`;
  }
  return `${market}: ${flag}${began ? "" : " is over"}`;
}

/** Changes that are logged one by one; a first list may bring thousands. */
const SHOWN = 10;

/** Keeps what a list says, see {@link recordFlags}, and logs what is new in it. */
export async function reportFlags(
  venue: string,
  listed: Market[],
  { sql, now, log }: {
    sql: postgres.Sql;
    now(): Micros;
    log(line: string): void;
  },
): Promise<void> {
  const changes = await recordFlags(sql, venue, listed, now());
  for (const change of changes.slice(0, SHOWN)) {
    log(`${venue}: ${inWords(change)}`);
  }
  if (changes.length > SHOWN) {
    log(`${venue}: and ${changes.length - SHOWN} more flags of markets`);
  }
}

/**
 * The markets to follow, see {@link chooseMarkets}. Without the venue's list
 * (null), patterns take the markets that were stored last, and
 * codes are not checked.
 * @throws {CliError} when a pattern has no list to match.
 */
export async function marketsToFollow(
  sql: postgres.Sql,
  venue: string,
  wanted: string[],
  listed: Market[] | null,
): Promise<string[]> {
  if (listed) return chooseMarkets(venue, wanted, listed);
  if (!wanted.some(isPattern)) return wanted;
  const stored = await storedMarkets(sql, venue);
  const codes = wanted.filter((one) => !isPattern(one));
  const chosen = stored.length === 0 ? codes : [
    ...codes,
    ...chooseMarkets(venue, wanted.filter(isPattern), stored),
  ];
  if (chosen.length > 0) return [...new Set(chosen)];
  throw new CliError(
    `What ${
      wanted.join(", ")
    } means cannot be told: ${venue}'s list of markets ` +
      `cannot be fetched, and none was stored before. Name the markets in ` +
      `venues.${venue}.markets, or try again later.`,
  );
}

async function storedMarkets(
  sql: postgres.Sql,
  venue: string,
): Promise<Market[]> {
  return await sql<Market[]>`
    select venue, market, base, quote, korean_name as "koreanName",
      english_name as "englishName", active, warning
    from markets where venue = ${venue} order by market`;
}
