/**
 * The ways in which a venue's pages of trades are walked until they prove a gap
 * whole: they must hold the gap's own ends. A page that is empty, short or behind
 * where an id is known to exist proves nothing and is asked for again.
 */
import { compareIds } from "../model/decimal.ts";
import type { Micros, Trade } from "../model/events.ts";
import { type GapOutcome, outcomeInWords } from "../model/gap_reason.ts";
import { type Gap, type GapDeps, neighbour, reach } from "./gap.ts";
import { chainOf, keepPage } from "./page.ts";
import { MARGIN } from "./margin.ts";
import { recordUncertainEdge } from "./uncertain.ts";
import type { TradeCursor } from "../venues/venue.ts";
import { DAY, SECOND } from "../model/time.ts";

/** Pages that one attempt turns before other gaps have their turn. */
const PAGES = 20;
/** Empty pages in a row after which a walk by days is broken off, and how often each is asked for. */
const EMPTY = 20, ASKS = 2;
/** Where no trade comes after a gap, its pages are read again for so long: pages may be behind the socket. */
export const QUIET_SECONDS = 60;
/** Without an id to look for, pages are read so far beyond the gap's beginning. */
const UNSURE = 60 * SECOND;

/** What a walk works with. */
export interface WalkDeps extends GapDeps {
  signal: AbortSignal;
  /** A page of trades in the order of their ids. */
  page(market: string, cursor: TradeCursor | null): Promise<Trade[]>;
}

/** The pages do not prove the gap whole now; a later attempt may. */
export class Unproven extends Error {
  override name = "Unproven";
  constructor(
    readonly outcome: GapOutcome,
    /** Seconds until the next attempt; left out: more with each one. */
    readonly again?: number,
  ) {
    super(outcomeInWords(outcome));
  }
}

/** The attempt goes on in its next turn. */
export class Unfinished extends Error {
  override name = "Unfinished";
}

/** What a walk proved: that the gap is whole from `whole` on; what lies before it is lost. */
export interface Walked {
  /** Null: all of it. */
  lostUntil: TradeCursor | null;
  /** Where that begins, when earlier pages proved the gap's beginning; null: at its own. */
  lostFrom?: TradeCursor | null;
  /** The oldest trade of a page of the newest; nothing is proved before it. */
  oldest?: TradeCursor;
}

const WHOLE: Walked = { lostUntil: null };

/**
 * Walks upward from the trade before the gap to the one after it, or to the
 * newest. Where ids are dense a page must hold each of them; else pages prove by
 * each beginning with the trade that the one before it ended with.
 */
export async function walkUp(gap: Gap, deps: WalkDeps): Promise<Walked> {
  const { before, after } = gap;
  let cursor = gap.reached ?? before ?? await below(gap, deps);
  // A market that has never traded.
  if (!cursor) return quiet(gap);
  for (let turned = 0; turned < PAGES; turned++) {
    const trades = await deps.page(gap.market, cursor);
    if (trades[0]?.id !== cursor.id) {
      throw new Unproven(
        trades[0]
          ? {
            code: "page_begins_elsewhere",
            from: cursor.id,
            first: trades[0].id,
          }
          : { code: "page_empty", from: cursor.id },
      );
    }
    const last: Trade = trades.at(-1)!;
    const count = BigInt(last.id) - BigInt(cursor.id) + 1n;
    if (deps.venue.trades.dense && count !== BigInt(trades.length)) {
      throw new Unproven({
        code: "page_has_hole",
        from: cursor.id,
        ids: String(count - BigInt(trades.length)),
        last: last.id,
      });
    }
    const further = trades.length > 1;
    cursor = { id: last.id, ts: last.ts };
    await keepPage(gap, trades, cursor, deps);
    if (after && compareIds(cursor.id, after.id) >= 0) return WHOLE;
    // Of a busy market the newest is never reached; no id is left out up to well after the gap.
    if (!after && last.ts > gap.to + MARGIN) return WHOLE;
    if (further) continue;
    if (after) {
      throw new Unproven(
        { code: "pages_behind", last: cursor.id, wanted: after.id },
        2,
      );
    }
    return quiet(gap);
  }
  throw new Unfinished();
}

/**
 * A trade before the gap where none is known: where ids are dense, so many ids
 * less are so many trades earlier; else the page at an earlier time begins with it.
 */
async function below(gap: Gap, deps: WalkDeps): Promise<TradeCursor | null> {
  if (!deps.venue.trades.dense) {
    const ts = gap.from - MARGIN - UNSURE;
    const [first] = await deps.page(gap.market, { id: "0", ts });
    if (first) return { id: first.id, ts: first.ts };
    if (gap.after) throw new Unproven({ code: "page_empty", from: "0" });
    return null;
  }
  const newest = gap.after ?? (await deps.page(gap.market, null))[0];
  if (!newest) return null;
  let id = BigInt(newest.id);
  for (let turned = 0; turned < PAGES; turned++) {
    id -= BigInt(deps.venue.trades.pageLimit);
    if (id < 0n) id = 0n;
    const [first] = await deps.page(gap.market, {
      id: String(id),
      ts: gap.from,
    });
    if (!first) throw new Unproven({ code: "page_empty", from: String(id) });
    if (first.ts < gap.from - MARGIN - UNSURE || id === 0n) {
      return { id: first.id, ts: first.ts };
    }
  }
  throw new Unproven({ code: "nothing_before" });
}

/** Walks downward from above the trade after the gap, or from the newest, to below the one before it. */
export async function walkDown(gap: Gap, deps: WalkDeps): Promise<Walked> {
  const { venue, now, sql } = deps;
  const { before, after } = gap;
  const floor = before && gap.stored.before
    ? before.ts - MARGIN
    : gap.from - MARGIN - UNSURE;
  const oldest = venue.trades.reachDays === null
    ? -Infinity
    : (Math.floor(now() / DAY) - venue.trades.reachDays) * DAY;
  let cursor = gap.reached ??
    (after && gap.stored.after
      ? await neighbour(sql, venue.id, gap.market, "after", after.ts + MARGIN)
      : null);
  // An attempt goes on where one was that had met the trade after the gap.
  let metAfter = gap.reached !== null || !after;
  let metBefore = !before ||
    gap.reached !== null && compareIds(gap.reached.id, before.id) < 0;
  let reached = cursor?.ts ?? now();
  let empty = 0;
  for (let turned = 0; turned < PAGES; turned++) {
    const trades = await deps.page(gap.market, cursor);
    const first = trades[0];
    if (first) {
      empty = 0;
      if (cursor && compareIds(first.id, cursor.id) >= 0) {
        throw new Unproven({
          code: "cursor_ignored",
          before: cursor.id,
          first: first.id,
        });
      }
      metAfter ||= trades.some((trade) => trade.id === after!.id);
      metBefore ||= trades.some((trade) => trade.id === before!.id);
      if (!metAfter && compareIds(trades.at(-1)!.id, after!.id) < 0) {
        throw new Unproven({
          code: "pages_behind",
          last: trades.at(-1)!.id,
          wanted: after!.id,
        }, 2);
      }
      reached = first.ts;
      cursor = { id: first.id, ts: first.ts };
      await keepPage(gap, trades, metAfter ? cursor : null, deps);
    } else {
      if (!cursor) {
        if (!before && !after) return quiet(gap);
        throw new Unproven({ code: "page_empty", from: null }, 2);
      }
      if (++empty > EMPTY) {
        throw new Unproven({ code: "page_empty", from: cursor.id });
      }
      // Now and then an answer is empty that should not be.
      if (empty % ASKS > 0) continue;
      if (!venue.trades.byDay) {
        throw new Unproven({ code: "page_empty", from: cursor.id }, 2);
      }
      // Of this day there are no more.
      reached = Math.floor((reached - 1) / DAY) * DAY - 1;
      cursor = { id: cursor.id, ts: reached };
    }
    if (reached < floor) {
      const lacks = !metAfter ? after : !metBefore ? before : null;
      if (lacks) {
        throw new Unproven({ code: "pages_lack", id: lacks.id });
      }
      return after ? WHOLE : quiet(gap);
    }
    if (reached < oldest) {
      if (!metAfter) {
        throw new Unproven({ code: "pages_lack", id: after!.id });
      }
      return { lostUntil: { id: cursor.id, ts: Math.max(reached, oldest) } };
    }
  }
  // What was read from the newest on is read again where it has not met the trade after the gap.
  if (!metAfter) throw new Unproven({ code: "pages_lack", id: after!.id });
  throw new Unfinished();
}

/**
 * Only a page of the newest can be had. Pages that overlap form a chain; it
 * proves the gap from its oldest trade on once it reaches the trade after it.
 */
export async function takeNewest(gap: Gap, deps: WalkDeps): Promise<Walked> {
  const { before, after } = gap;
  // Pages that were read for another gap have proved this one too.
  if (gap.reached && after && compareIds(gap.reached.id, after.id) >= 0) {
    return WHOLE;
  }
  const trades = await deps.page(gap.market, null);
  const [first, last] = [trades[0], trades.at(-1)];
  if (!first || !last) {
    if (!before && !after && gap.waited >= QUIET_SECONDS) return WHOLE;
    throw new Unproven({ code: "page_empty", from: null }, 2);
  }
  // What earlier pages prove of it is not forgotten with their chain.
  if (!gap.reached && before) {
    const known = await chainOf(gap.market, deps);
    if (
      known && compareIds(known.from.id, before.id) <= 0 &&
      compareIds(known.toId, before.id) > 0 &&
      provedFrom(gap, known.from) === null
    ) await reach(gap, known.toId, deps);
  }
  // Cut pages prove nothing, yet what they hold is kept: a chain may only grow.
  const chain = await keepPage(gap, trades, null, deps);
  const low = chain?.from ?? { id: first.id, ts: first.ts };
  const high = chain?.toId ?? last.id;
  // How far earlier pages, or this one, prove the gap from its beginning on.
  const met = (cursor: TradeCursor) =>
    before && compareIds(low.id, cursor.id) <= 0;
  if (gap.reached ? met(gap.reached) : before && met(before)) {
    // It may begin too late to prove the seconds before the gap, which no later page does.
    if (!gap.reached && provedFrom(gap, low) !== null) {
      await doubt(gap, low.ts, deps);
    }
    await reach(gap, high, deps);
  }
  if (after && compareIds(high, after.id) < 0) {
    throw new Unproven(
      { code: "pages_behind", last: high, wanted: after.id },
      2,
    );
  }
  if (!after) quiet(gap, 2);
  const begun = gap.reached ?? before;
  const lost = begun
    ? compareIds(low.id, begun.id) > 0
    : low.ts > gap.from - MARGIN;
  return {
    lostUntil: lost ? low : null,
    lostFrom: lost ? gap.reached : null,
    ...gap.reached ? {} : { oldest: low },
  };
}

/** Records that frames which were on their way when the gap began are proved by no page. */
async function doubt(
  { id, market, from, before }: Gap,
  until: Micros,
  { sql, venue }: GapDeps,
): Promise<void> {
  await sql.begin(async (tx) => {
    const [open] = await tx`
      select reason, detail from gaps where gap_id = ${id} and state = 'open' for update`;
    if (!open) return;
    await recordUncertainEdge(tx, venue.id, {
      market,
      from,
      fromId: before?.id ?? null,
      until,
      reason: open.reason,
      detail: open.detail,
    });
  });
}

/** Nothing came after the gap: its pages must say so for long enough. */
function quiet(gap: Gap, again = 5): Walked {
  if (gap.waited >= QUIET_SECONDS) return WHOLE;
  throw new Unproven({ code: "no_trade_yet" }, again);
}

/** Where a page of the newest begins too late to prove the seconds before the gap. */
export function provedFrom(gap: Gap, oldest: TradeCursor): Micros | null {
  const begin = (gap.before && gap.stored.before ? gap.before.ts : gap.from) -
    MARGIN;
  return oldest.ts > begin ? oldest.ts : null;
}
