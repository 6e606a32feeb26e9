/**
 * Refill: what the ledger calls a gap in a market's trades is asked of the
 * venue again, page by page, until the pages hold both of its ends.
 */
import type postgres from "postgres";
import type { Micros } from "../model/events.ts";
import type { GapOutcome } from "../model/gap_reason.ts";
import type { AwaitedTrades } from "./awaited.ts";
import {
  claimGap,
  delisted,
  forgetReached,
  type Gap,
  missingIds,
  releaseGap,
  renewClaim,
} from "./gap.ts";
import { time } from "./margin.ts";
import { Refused, type Rest } from "../net/rest.ts";
import { readTrades } from "./trade_pages.ts";
import { recordUncertainEdge, uncertainCandles } from "./uncertain.ts";
import type { Reject } from "../store/batch.ts";
import type { Store } from "../store/store.ts";
import type { Venue } from "../venues/venue.ts";
import {
  provedFrom,
  takeNewest,
  Unfinished,
  Unproven,
  type WalkDeps,
  walkDown,
  type Walked,
  walkUp,
} from "./walk.ts";
import { SECOND } from "../model/time.ts";

const RENEW_MS = 3000;
/** The longest pause between two attempts, in seconds. */
const LONGEST_PAUSE = 60;

const TURNS = 250;

/** What refilling a venue's gaps works with. */
export interface RefillDeps {
  venue: Venue;
  /** Base of the venue's REST address. */
  rest: string;
  client: Rest;
  /** What sockets delivered before a page is committed before the page is, so that their copy is the one that counts. */
  store: Pick<Store, "flush">;
  sql: postgres.Sql;
  signal: AbortSignal;
  /** Microseconds by the venue's clock. */
  now(): Micros;
  /** Microseconds by ours. */
  received(): Micros;
  reject(reject: Reject): void;
  /** Told of spans, by the venue's clock, in which a page added trades or changed what is known of them. */
  changed?(market: string, from: Micros, to: Micros): void;
  /** Of a venue whose ids alone do not show what a socket left out. */
  awaited?: AwaitedTrades;
  log(line: string): void;
  /** Turns of a gap after which each further one waits, default 250: its pages may have no end. */
  turns?: number;
}

/** A gap that was refilled, and the span in which its candles are to be made anew. */
export interface Refilled {
  market: string;
  from: Micros;
  to: Micros;
  recovered: number;
}

/**
 * Refills the venue's open gaps of these markets, and of those that it has
 * delisted, each for a few pages at a time, so that none holds back another.
 * Broken off and started again it goes on where it was. Pages go through the
 * venue's one queue of requests, so that what the live feed asks for never
 * waits for more than a page.
 */
export async function* refillGaps(
  markets: string[],
  deps: RefillDeps,
): AsyncGenerator<Refilled, void, void> {
  // Where only the newest trades can be had, every market's page is wanted now.
  const atOnce = deps.venue.trades.paging === "newest" ? markets.length : 1;
  for (;;) {
    const gaps: Gap[] = [];
    while (gaps.length < atOnce) {
      deps.signal.throwIfAborted();
      const gap = await claimGap(markets, deps);
      if (!gap) break;
      gaps.push(gap);
    }
    if (gaps.length === 0) return;
    const done = await Promise.all(gaps.map((gap) => attempt(gap, deps)));
    for (const refilled of done) if (refilled) yield refilled;
  }
}

/** Refills a gap; one that cannot be closed yet is left for later, with a growing pause. */
async function attempt(gap: Gap, deps: RefillDeps): Promise<Refilled | null> {
  const { venue, sql, signal, log } = deps;
  let renewal: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    renewal = renewClaim(gap, deps).catch(() => {}); // away: the claim runs out, which does no harm
  }, RENEW_MS);
  // A renewal under way would outlast the release.
  const renewed = () => {
    clearInterval(timer);
    return renewal;
  };
  try {
    const recovered = await refill(gap, deps);
    const [from, to] = gap.touched;
    return { market: gap.market, from, to, recovered };
  } catch (error) {
    signal.throwIfAborted();
    await renewed();
    const [row] = await sql`select attempts from gaps where gap_id = ${gap.id}`;
    const attempts: number = row?.attempts ?? 1;
    if (error instanceof Unfinished) {
      // A day of the busiest market ends long before; pages without end do not.
      const endless = attempts > (deps.turns ?? TURNS);
      await releaseGap(
        gap,
        // At once: a clock may stand still for a millisecond.
        endless ? LONGEST_PAUSE : -1,
        endless ? { code: "no_end", turns: attempts } : null,
        true,
        deps,
      );
      return null;
    }
    const { message } = error as Error;
    if (error instanceof Refused) {
      const gone = await sql`
        update gaps set state = 'unrecoverable', closed_at = now(), claimed_until = null,
          note = 'delisted_no_pages'
        where gap_id = ${gap.id} and state = 'open' and market in (${
        delisted(sql, venue.id)
      })`;
      if (gone.count > 0) {
        log(`${venue.id}: a gap of ${gap.market}, delisted, is lost`);
        return null;
      }
    }
    const expected = error instanceof Unproven ? error.again : undefined;
    if (expected === undefined) {
      log(
        `${venue.id}: a gap of ${gap.market} stays open for now (${message})`,
      );
      // Pages that contradict a walk end it; a request that failed does not, and
      // what pages of the newest have proved stays so.
      if (error instanceof Unproven && venue.trades.paging !== "newest") {
        await forgetReached(gap, deps);
      }
    }
    const pause = expected ??
      // What only the newest page has is gone soon.
      (venue.trades.paging === "newest"
        ? 2
        : Math.min(LONGEST_PAUSE, 2 ** attempts));
    const outcome: GapOutcome = error instanceof Unproven
      ? error.outcome
      : { code: "request_failed", message };
    await releaseGap(gap, pause, outcome, expected === undefined, deps);
    return null;
  } finally {
    clearInterval(timer);
  }
}

/** Refills one gap and closes it. @returns the trades that nobody had. */
async function refill(gap: Gap, deps: RefillDeps): Promise<number> {
  const { venue, sql, rest, client } = deps;
  const { before, after, market, stored } = gap;
  const provable = venue.trades.dense && before && after && stored.before &&
    stored.after;
  const missing = () =>
    missingIds(sql, venue.id, market, before!.id, after!.id);
  // Two collectors' ends may lie the other way round.
  if (provable && await missing() <= 0n) {
    return await close(gap, { lostUntil: null }, "no_id_missing", deps);
  }
  const walkDeps: WalkDeps = {
    ...deps,
    page: async (market, cursor) => {
      const asked = deps.now();
      const page = await readTrades(venue, rest, market, cursor, client, asked);
      deps.awaited?.offer(page);
      await deps.store.flush();
      return page;
    },
  };
  const walked =
    await (venue.trades.paging === "up"
      ? walkUp
      : venue.trades.paging === "down"
      ? walkDown
      : takeNewest)(gap, walkDeps);
  if (provable) {
    const left = await missing();
    if (left > 0n) {
      throw new Unproven({ code: "ids_not_on_pages", ids: String(left) });
    }
  }
  return await close(gap, walked, "refilled", deps);
}

/**
 * Closes a gap as repaired; what lies before `lostUntil` can't be had again and
 * becomes a gap of its own that says so.
 */
async function close(
  gap: Gap,
  { lostUntil, lostFrom = null, oldest }: Walked,
  note: GapOutcome["code"],
  deps: RefillDeps,
): Promise<number> {
  const { sql, venue, log } = deps;
  const until = lostUntil
    ? Math.min(Math.max(lostUntil.ts, gap.from + 1), gap.to)
    : gap.from;
  const [row] = await sql.begin(async (tx) => {
    const [open] = await tx`
      select reason, detail from gaps where gap_id = ${gap.id} and state = 'open' for update`;
    if (!open) return [];
    const doubted = lostFrom
      ? null
      : lostUntil?.ts ?? (oldest ? provedFrom(gap, oldest) : null);
    if (doubted !== null) {
      await recordUncertainEdge(tx, venue.id, {
        market: gap.market,
        from: gap.from,
        fromId: gap.before?.id ?? null,
        until: doubted,
        reason: open.reason,
        detail: open.detail,
      });
    }
    if (lostUntil) {
      const begun = lostFrom &&
        Math.min(Math.max(lostFrom.ts, gap.from), until);
      if (lostFrom) {
        await tx`
          insert into gaps (venue, market, channel, from_ts, to_ts, from_id, to_id, reason, detail, state,
            closed_at, note)
          select venue, market, channel, from_ts, ${
          time(tx, begun!)
        }, from_id, ${lostFrom.id}::bigint, reason, detail, 'repaired', now(), ${note}
          from gaps where gap_id = ${gap.id}`;
      }
      await tx`
        with uncertain as (
        insert into gaps (venue, market, channel, from_ts, to_ts, from_id, to_id, reason, detail, state,
          closed_at, note)
        select venue, market, channel, ${
        begun === null ? tx`from_ts` : time(tx, begun)
      }, ${time(tx, until)}, ${
        lostFrom ? tx`${lostFrom.id}::bigint` : tx`from_id`
      }, ${lostUntil.id}::bigint,
          reason, detail, 'unrecoverable', now(), 'beyond_pages'
        from gaps where gap_id = ${gap.id}
        returning from_ts, to_ts)
        ${uncertainCandles(tx, venue.id, gap.market)}`;
    }
    return await tx`
      update gaps set state = 'repaired', closed_at = now(), claimed_until = null, note = ${note}, note_detail = '{}',
        from_ts = ${lostUntil ? time(tx, until) : tx`from_ts`}
      where gap_id = ${gap.id} returning recovered`;
  });
  // Another page has closed it meanwhile.
  if (!row) return 0;
  const seconds = Math.round((gap.to - gap.from) / SECOND);
  if (lostUntil || row.recovered > 0 || note !== "no_id_missing") {
    log(
      `${venue.id}: a gap of ${seconds} s in ${gap.market} is ${
        lostUntil
          ? `lost up to ${new Date(until / 1000).toISOString()}`
          : "closed"
      }, ${row.recovered} trades recovered`,
    );
  }
  return row.recovered;
}
