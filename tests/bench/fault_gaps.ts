/** The ledger's gaps after a fault run, held against trades by id, and by time only where a gap has no id. */
import type postgres from "postgres";
import type { Trade } from "../../collector/model/events.ts";
import type { FaultRecord } from "../../collector/sandbox/faults.ts";
import type { World } from "../../collector/sandbox/world.ts";
import type { Times } from "./fault_times.ts";

/** A row of `gaps` about trades; times in microseconds by the venue's clock. */
export interface GapRow {
  id: string;
  venue: string;
  market: string;
  state: "open" | "repaired" | "unrecoverable";
  reason: string;
  /** It says of itself that nothing may be lost in it: so does an unreadable frame, which may have held anything. */
  doubt: boolean;
  /** The last id before it and the first after it. */
  fromId: bigint | null;
  toId: bigint | null;
  from: number;
  /** Infinite while it grows. */
  to: number;
}

/** All gaps in trades. */
export async function readGaps(sql: postgres.Sql): Promise<GapRow[]> {
  const rows = await sql`
    select gap_id::text as id, venue, market, state, reason, from_id::text, to_id::text,
      (extract(epoch from from_ts) * 1e6)::bigint::text as "from",
      (extract(epoch from to_ts) * 1e6)::bigint::text as "to",
      coalesce(note = 'on_their_way', false) or reason = 'frame_unreadable' as doubt
    from gaps where channel = 'trade' order by from_ts`;
  return rows.map((row) => ({
    id: row.id,
    venue: row.venue,
    market: row.market,
    state: row.state,
    reason: row.reason,
    doubt: row.doubt,
    fromId: row.from_id === null ? null : BigInt(row.from_id),
    toId: row.to_id === null ? null : BigInt(row.to_id),
    from: Number(row.from),
    to: row.to === null ? Infinity : Number(row.to),
  }));
}

/** How far a time may be off where a gap has no id on that side. */
const NEAR = 2_000_000;

/** Whether a trade lies in a gap, its ends included: in its ids, which grow with time in the simulator. */
export function covers(
  gap: GapRow,
  trade: Pick<Trade, "venue" | "id" | "ts">,
  near = NEAR,
): boolean {
  const id = BigInt(trade.id);
  const after = gap.fromId !== null
    ? id >= gap.fromId
    : trade.ts >= gap.from - near;
  const before = gap.toId !== null ? id <= gap.toId : trade.ts <= gap.to + near;
  return after && before;
}

/** A true time, in microseconds, during which trades of some markets may have been missed. */
export interface Loss {
  what: string;
  venue: string;
  /** Empty: all of them. */
  markets: string[];
  from: number;
  to: number;
}

/** The losses that the simulator's faults caused on sockets. */
export function lossesOf(records: FaultRecord[]): Loss[] {
  return records.filter(({ fault, touched, lostTrades }) =>
    lostTrades.size > 0 ||
    touched > 0 && (fault.kind === "cut" || fault.kind === "shutdown")
  ).map(({ fault, from, to, lostTrades }) => ({
    what: fault.kind,
    venue: fault.venue,
    markets: [...lostTrades.keys()],
    from: from * 1000,
    to: to * 1000,
  }));
}

/** How far from a loss its gap may be: the next trade of a quiet market comes late. */
const SLACK = 15_000_000;

/** Losses of which the ledger has no row. */
export function untold(
  losses: Loss[],
  gaps: GapRow[],
  world: World,
  times: Times,
  marketsOf: (venue: string) => string[],
): string[] {
  const missing: string[] = [];
  for (const loss of losses) {
    const { venue } = loss;
    const markets = loss.markets.length > 0 ? loss.markets : marketsOf(venue);
    const from = times.atVenue(venue, loss.from - SLACK);
    const to = times.atVenue(venue, loss.to + SLACK);
    for (const market of markets) {
      const trades = world.trades(venue, market, from, to);
      const told = gaps.some((gap) => {
        if (gap.venue !== venue || gap.market !== market) return false;
        return gap.from <= to && gap.to >= from ||
          trades.some((trade) => covers(gap, trade));
      });
      if (told) continue;
      missing.push(
        `${loss.what} at ${venue} ${market}, ${
          new Date(loss.from / 1000).toISOString()
        } to ${new Date(loss.to / 1000).toISOString()}`,
      );
    }
  }
  return missing;
}

/** After so long a trade did not come by its socket. */
const LATE = 15_000_000;

/**
 * Trades that came long after they were made, as refilled ones do, and lie
 * in no gap: what the ledger calls observed was then not observed.
 * @param since the first id that counts
 */
export async function lateOutsideGaps(
  sql: postgres.Sql,
  { venue, market }: { venue: string; market: string },
  since: bigint,
  gaps: GapRow[],
  times: Times,
): Promise<{ id: string; ts: number; received: number }[]> {
  const own = gaps.filter((gap) =>
    gap.venue === venue && gap.market === market
  );
  const rows = await sql`
    select trade_id::text as id, (extract(epoch from ts) * 1e6)::bigint::text as ts,
      (extract(epoch from received_at) * 1e6)::bigint::text as received
    from trades where venue = ${venue} and market = ${market} and trade_id > ${
    String(since)
  }::bigint order by trade_id`;
  return rows.map((row) => ({
    id: row.id as string,
    ts: Number(row.ts),
    received: Number(row.received),
  })).filter((row) => {
    const made = times.ofVenue(venue, row.ts);
    return times.ofHost(row.received).every((at) => at - made > LATE) &&
      !own.some((gap) => covers(gap, { venue, ...row }));
  });
}
