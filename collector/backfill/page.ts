/** A page of the venue's trades: kept together with how far a gap's refill came by it. */
import { compareIds } from "../model/decimal.ts";
import type { Micros, Trade } from "../model/events.ts";
import type { GapOutcome } from "../model/gap_reason.ts";
import { DAY } from "../model/time.ts";
import { contradictions } from "../store/contradictions.ts";
import { type Client, insertPagedTrades } from "../store/tables.ts";
import type { TradeCursor } from "../venues/venue.ts";
import { type Gap, type GapDeps, micros } from "./gap.ts";
import { MARGIN, time } from "./margin.ts";
import { reopenVerified } from "./uncertain.ts";

/**
 * Stores a page's trades: each id once. What the page says otherwise than what
 * is stored is rejected.
 */
export async function storePage(
  tx: Client,
  trades: Trade[],
  { received, reject, venue, changed }: GapDeps,
): Promise<void> {
  const [oldest, newest] = [trades[0], trades.at(-1)];
  if (!oldest || !newest) return;
  const days = [...new Set(trades.map((trade) => Math.floor(trade.ts / DAY)))]
    .map((day) => new Date(day * DAY / 1000).toISOString().slice(0, 10));
  await tx`select ensure_day_partitions('trades', day, day) from unnest(${days}::date[]) as day`;
  const receivedAt = received();
  const rows = trades.map((event) => ({ event, receivedAt }));
  const added = await insertPagedTrades(tx, rows);
  if (added > 0) changed?.(oldest.market, oldest.ts, newest.ts);
  if (added === rows.length) return;
  for (
    const found of await contradictions(tx, rows, `${venue.id} page by REST`)
  ) {
    reject(found);
  }
}

/**
 * Commits a page and how far the gap's refill came, together. What the page
 * brings that nobody had is never without a row of the ledger: it counts for
 * the gap where its id lies between the gap's ends, or within {@link MARGIN} of
 * them, and for what lies further away there is a gap `undelivered`, which is
 * thereby repaired.
 */
export async function keepPage(
  gap: Gap,
  trades: Trade[],
  reached: TradeCursor | null,
  deps: GapDeps,
): Promise<Chain | null> {
  const { sql, venue } = deps;
  let early: Trade[] = [];
  const chain = await sql.begin(async (tx) => {
    const found = await unknown(tx, gap, trades, deps);
    const { late } = found;
    early = found.early;
    await storePage(tx, trades, deps);
    const near = late.filter((trade) => isNear(gap, trade));
    const far = late.filter((trade) => !isNear(gap, trade));
    const times = late.map((trade) => trade.ts);
    gap.touched = [
      Math.min(gap.touched[0], ...times),
      Math.max(gap.touched[1], ...times),
    ];
    const [first, last] = span(near);
    const ids = near.map((trade) => trade.id).sort(compareIds);
    const beside = (id: string, side: "before" | "after") =>
      side === "before"
        ? tx`(select max(trade_id) from trades where venue = ${venue.id} and market = ${gap.market}
            and trade_id < ${id}::bigint)`
        : tx`(select min(trade_id) from trades where venue = ${venue.id} and market = ${gap.market}
            and trade_id > ${id}::bigint)`;
    const [lowest, highest] = [ids[0], ids.at(-1)];
    await tx`
      update gaps set recovered = recovered + ${near.length},
        from_ts = least(from_ts, ${
      first === Infinity ? null : time(tx, first)
    }),
        to_ts = greatest(to_ts, ${
      last === -Infinity ? null : time(tx, last + 1)
    }),
        from_id = ${
      lowest === undefined
        ? tx`from_id`
        : tx`case when from_id >= ${lowest}::bigint then ${
          beside(lowest, "before")
        } else from_id end`
    },
        to_id = ${
      highest === undefined
        ? tx`to_id`
        : tx`case when to_id <= ${highest}::bigint then ${
          beside(highest, "after")
        } else to_id end`
    },
        reached_id = coalesce(${reached?.id ?? null}::bigint, reached_id),
        reached_ts = coalesce(${
      reached ? time(tx, reached.ts) : null
    }, reached_ts)
      where gap_id = ${gap.id}`;
    const chain = venue.trades.paging === "newest"
      ? await extendChain(tx, venue.id, gap.market, trades)
      : null;
    if (chain) {
      const settled = deps.now() - MARGIN;
      const spans = await reopenVerified(tx, venue.id, gap.market, {
        first: chain.from,
        newest: trades.findLast((trade) => trade.ts <= settled) ?? trades[0]!,
      }, gap.id);
      for (const { from, to } of spans) deps.changed?.(gap.market, from, to);
      await reachOthers(tx, gap, chain, deps);
    }
    if (far.length > 0) {
      await recordUndelivered(
        tx,
        venue.id,
        gap.market,
        far,
        "found_by_refill",
      );
    }
    return chain;
  });
  deps.awaited?.keep(gap.market, early);
  return chain;
}

/** Pages of the newest trades that overlap: from the one to the other nothing is missing. */
export interface Chain {
  from: TradeCursor;
  toId: string;
}

/**
 * Keeps for the other open gaps of the market how far the chain proves them: by
 * the time of their own turn a short page may begin behind their end.
 */
const reachOthers = (
  tx: Client,
  { id, market }: Gap,
  chain: Chain,
  { venue }: GapDeps,
) =>
  tx`
    update gaps g set reached_id = high.trade_id, reached_ts = high.ts
    from trades high
    where high.venue = ${venue.id} and high.market = ${market} and high.trade_id = ${chain.toId}::bigint
      and g.venue = ${venue.id} and g.market = ${market} and g.channel = 'trade'
      and g.state = 'open' and g.gap_id <> ${id}
      and coalesce(g.reached_id, g.from_id) >= ${chain.from.id}::bigint
      and coalesce(g.reached_id, g.from_id) < high.trade_id
      and (g.reached_id is not null or ${time(tx, chain.from.ts)}
        <= coalesce((select ts from trades b where b.venue = g.venue and b.market = g.market
          and b.trade_id = g.from_id), g.from_ts) - ${
    String(MARGIN)
  }::float8 * interval '1 microsecond')`;

/** A market's chain as it is; null where it has none. */
export async function chainOf(
  market: string,
  { sql, venue }: GapDeps,
): Promise<Chain | null> {
  const [row] = await sql`
    select chain_from_id, ${
    micros(sql, "chain_from_ts")
  } as chain_from_ts, chain_to_id
    from stream_stats
    where source = ${venue.id} and stream = ${market} and channel = 'trade' and chain_from_id is not null`;
  return row
    ? {
      from: { id: row.chain_from_id, ts: Number(row.chain_from_ts) },
      toId: row.chain_to_id,
    }
    : null;
}

/** Adds a page of the newest trades, which is stored, to its market's chain; one that does not overlap begins a new one. */
export async function extendChain(
  tx: Client,
  venue: string,
  market: string,
  page: Trade[],
): Promise<Chain | null> {
  const [first, last] = [page[0], page.at(-1)];
  if (!first || !last) return null;
  const id = (trade: Trade) => tx`${trade.id}::bigint`;
  const [row] = await tx`
    with page as (
      select ${id(first)} as first, ${id(last)} as last,
        ${time(tx, first.ts)} as first_ts
    )
    update stream_stats f set
      chain_from_id = case when f.chain_to_id >= p.first then least(f.chain_from_id, p.first) else p.first end,
      chain_from_ts = case when f.chain_to_id >= p.first then least(f.chain_from_ts, p.first_ts)
        else p.first_ts end,
      chain_to_id = case when f.chain_to_id >= p.first then greatest(f.chain_to_id, p.last) else p.last end
    from page p
    where f.source = ${venue} and f.stream = ${market} and f.channel = 'trade'
      -- An answer from before the chain adds nothing.
      and (f.chain_from_id is null or p.last >= f.chain_from_id)
    returning chain_from_id, ${
    micros(tx, "chain_from_ts")
  } as chain_from_ts, chain_to_id`;
  return row
    ? {
      from: { id: row.chain_from_id, ts: Number(row.chain_from_ts) },
      toId: row.chain_to_id,
    }
    : null;
}

/** A repaired gap for trades that sockets did not deliver and a page did. */
export async function recordUndelivered(
  tx: Client,
  venue: string,
  market: string,
  trades: Trade[],
  note: GapOutcome["code"],
): Promise<void> {
  const [from, to] = span(trades);
  const ids = trades.map((trade) => trade.id).sort(compareIds);
  // Of what lies between them and the trades that are stored nothing is said.
  await tx`
    insert into gaps (venue, market, channel, from_ts, to_ts, from_id, to_id, reason, state, recovered,
      closed_at, note)
    values (${venue}, ${market}, 'trade', ${time(tx, from)}, ${
    time(tx, to + 1)
  }, ${ids[0]!}::bigint - 1, ${ids.at(-1)!}::bigint + 1,
      'undelivered', 'repaired', ${trades.length}, now(), ${note})`;
}

/** Whether a trade belongs to the gap, by its id, or by its time where it lies just outside. */
function isNear({ before, after, from, to }: Gap, { id, ts }: Trade): boolean {
  const past = before ? compareIds(id, before.id) > 0 : ts >= from - MARGIN;
  const early = after ? compareIds(id, after.id) < 0 : ts <= to + MARGIN;
  return past && early ||
    ts >= (before?.ts ?? from) - MARGIN && ts <= (after?.ts ?? to) + MARGIN;
}

/**
 * Trades of a page that are not stored. Late are those that the market's
 * observation should have brought and did not: newer than the first that a socket
 * delivered and, by the venue's own times, older than the last one by
 * {@link MARGIN}, or within the gap. Early are those that it may still bring.
 */
async function unknown(
  sql: Client,
  gap: Gap,
  trades: Trade[],
  { venue }: GapDeps,
): Promise<{ late: Trade[]; early: Trade[] }> {
  const late: Trade[] = [], early: Trade[] = [];
  if (trades.length === 0) return { late, early };
  const [row] = await sql`
    select f.first_id, (select ${micros(sql, "ts")} from trades t
        where t.venue = ${venue.id} and t.market = ${gap.market} and t.trade_id = f.last_id) as last_ts,
      (select coalesce(array_agg(trade_id::text), '{}') from trades
        where venue = ${venue.id} and market = ${gap.market}
          and trade_id = any (${
    trades.map((trade) => trade.id)
  }::bigint[])) as known
    from (select 1) as one
    left join stream_stats f on f.source = ${venue.id} and f.stream = ${gap.market} and f.channel = 'trade'`;
  const known = new Set<string>(row!.known);
  const settled = row!.last_ts === null
    ? -Infinity
    : Number(row!.last_ts) - MARGIN;
  const first: string | null = row!.first_id;
  const { before, after } = gap;
  for (const trade of trades) {
    if (known.has(trade.id)) continue;
    if (
      (before ? compareIds(trade.id, before.id) > 0 : trade.ts >= gap.from) &&
      (after ? compareIds(trade.id, after.id) < 0 : trade.ts <= gap.to)
    ) late.push(trade);
    // Before the first observation nothing is promised.
    else if (first !== null && compareIds(trade.id, first) > 0) {
      (trade.ts <= settled ? late : early).push(trade);
    }
  }
  return { late, early };
}

/** Times of the first and last of some trades; infinite where there are none. */
export function span(trades: Trade[]): [Micros, Micros] {
  let first = Infinity, last = -Infinity;
  for (const { ts } of trades) {
    if (ts < first) first = ts;
    if (ts > last) last = ts;
  }
  return [first, last];
}
