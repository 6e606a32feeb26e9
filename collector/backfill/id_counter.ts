/** Where ids are dense, counting them says what is complete: last − first + 1 − count = 0. */
import type postgres from "postgres";

/** So many of the newest ids are counted each time. */
const NEWEST = 20_000n;
/** And so many of the older ones, in turn, so that each is counted again before long. */
const OLDER = 200_000n;

/** What a count of a market found. */
export interface Counted {
  market: string;
  /** Ids of what was counted that are not stored. */
  missing: bigint;
  /** Gaps that were opened for them: holes that none, open or unrecoverable, had named. */
  gaps: number;
}

/**
 * Counts a venue's ids between the first and the last that sockets delivered.
 * Each count costs the same however long the record is: the newest ids, and of
 * one market in turn a part of the older ones.
 */
export class IdCounter {
  /** Where the last count ended: later ids may still be on their way. */
  #last = new Map<string, bigint>();
  /** How far the count of older ids has come, from the newest down. */
  #older = new Map<string, bigint>();
  #turn = 0;

  constructor(readonly venue: string, readonly sql: postgres.Sql) {}

  /** Counts, and opens a gap for each hole that the ledger does not name. */
  async count(): Promise<Counted[]> {
    const markets = await this.sql<
      { market: string; first: string; last: string }[]
    >`
      select stream as market, first_id as first, last_id as last from stream_stats
      where source = ${this.venue} and channel = 'trade' and first_id is not null order by stream`;
    const counted: Counted[] = [];
    const chosen = markets.length > 0
      ? markets[this.#turn++ % markets.length]!.market
      : null;
    for (const { market, first, last } of markets) {
      const end = this.#last.get(market);
      this.#last.set(market, BigInt(last));
      const begin = BigInt(first);
      if (end === undefined || end <= begin) continue;
      const from = max(begin, end - NEWEST);
      const ranges = [[from, end]];
      if (market === chosen && from > begin) {
        let to = this.#older.get(market) ?? from;
        if (to <= begin) to = from;
        ranges.push([max(begin, to - OLDER), to]);
        this.#older.set(market, max(begin, to - OLDER));
      }
      const found: Counted = { market, missing: 0n, gaps: 0 };
      for (const [low, high] of ranges) {
        const missing = await this.#missing(market, low!, high!);
        if (missing === 0n) continue;
        found.missing += missing;
        found.gaps += await this.#openGaps(market, low!, high!);
      }
      await this.sql`
        insert into id_checks (venue, market, first_id, last_id, missing)
        values (${this.venue}, ${market}, ${first}::bigint, ${
        String(end)
      }::bigint, ${String(found.missing)}::bigint)
        on conflict (venue, market) do update set first_id = excluded.first_id, last_id = excluded.last_id,
          missing = excluded.missing, checked_at = excluded.checked_at`;
      counted.push(found);
    }
    return counted;
  }

  async #missing(market: string, low: bigint, high: bigint): Promise<bigint> {
    const [row] = await this.sql<{ stored: string }[]>`
      select count(*) as stored from trades
      where venue = ${this.venue} and market = ${market}
        and trade_id between ${String(low)}::bigint and ${
      String(high)
    }::bigint`;
    return high - low + 1n - BigInt(row!.stored);
  }

  async #openGaps(market: string, low: bigint, high: bigint): Promise<number> {
    const opened = await this.sql`
      with steps as (
        select trade_id as id, lead(trade_id) over ids as next, ts, lead(ts) over ids as next_ts
        from trades
        where venue = ${this.venue} and market = ${market}
          and trade_id between
            (select max(trade_id) from trades where venue = ${this.venue} and market = ${market}
              and trade_id <= ${String(low)}::bigint)
            and (select min(trade_id) from trades where venue = ${this.venue} and market = ${market}
              and trade_id >= ${String(high)}::bigint)
        window ids as (order by trade_id)
      )
      insert into gaps (venue, market, channel, from_ts, to_ts, from_id, to_id, reason, detail)
      select ${this.venue}, ${market}, 'trade', least(ts, next_ts), greatest(ts, next_ts), id, next,
        'ids_missing', jsonb_build_object('ids', (next - id - 1)::text)
      from steps s
      where next > id + 1 and not exists (
        select from gaps g
        where g.venue = ${this.venue} and g.market = ${market} and g.channel = 'trade'
          and g.state <> 'repaired' and g.from_id <= s.id and coalesce(g.to_id, s.next) >= s.next)`;
    return opened.count;
  }
}

const max = (a: bigint, b: bigint) => a > b ? a : b;
