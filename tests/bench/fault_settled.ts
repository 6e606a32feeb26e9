/** When collectors have done what the faults left them to do. */
import type postgres from "postgres";
import { staleCandles } from "../../collector/candles/candles.ts";
import type { Sandbox } from "../../collector/sandbox/sandbox.ts";
import type { SimulatedVenue } from "../../collector/sandbox/simulators.ts";
import { isDense, marketsOf } from "./fault_plan.ts";

/** For so long nothing may be left to do. */
const QUIET_MS = 12_000;

/** A market's last trade at some moment. */
interface Newest {
  venue: string;
  market: string;
  id: string;
}

/**
 * Waits until nothing is left to do for a while.
 * @returns seconds since `over`, or null when it never was so.
 */
export async function settled(
  sql: postgres.Sql,
  sandbox: Sandbox,
  { venues, over, withinMs, log }: {
    venues: SimulatedVenue[];
    over: number;
    withinMs: number;
    log: (line: string) => void;
  },
): Promise<number | null> {
  const made = newest(sandbox, venues);
  let since: number | null = null;
  let told = 0;
  while (Date.now() < over + withinMs) {
    const left = await leftToDo(sql, venues, made);
    if (left !== null) since = null;
    else since ??= Date.now();
    if (since !== null && Date.now() - since > QUIET_MS) {
      return Math.max(0, since - over) / 1000;
    }
    if (left !== null && Date.now() - told > 15_000) {
      told = Date.now();
      log(left);
    }
    await new Promise((wake) => setTimeout(wake, 500));
  }
  return null;
}

/** Of each market whose ids do not show by themselves what is missing, the last trade that was made so far. */
const newest = (sandbox: Sandbox, venues: SimulatedVenue[]): Newest[] =>
  venues.filter((venue) => !isDense(venue)).flatMap((venue) => {
    const to = sandbox.clock(venue) * 1000;
    return marketsOf([venue])
      .flatMap(({ market }) => {
        const last = sandbox.world.trades(venue, market, to - 600_000_000, to)
          .at(-1);
        return last ? [{ venue, market, id: last.id }] : [];
      });
  });

/** In words; null: nothing. */
async function leftToDo(
  sql: postgres.Sql,
  venues: SimulatedVenue[],
  made: Newest[],
): Promise<string | null> {
  const [gaps] = await sql`
    select count(*)::int as n from gaps where state = 'open'`;
  if (gaps!.n > 0) return `${gaps!.n} gaps are open`;
  const behind = await sql`
    select made.venue || ' ' || made.market as market
    from unnest(${made.map((m) => m.venue)}::text[], ${
    made.map((m) => m.market)
  }::text[], ${made.map((m) => m.id)}::bigint[]) as made (venue, market, id)
    left join stream_stats f
      on f.source = made.venue and f.stream = made.market and f.channel = 'trade'
    where f.verified_id is null or f.verified_id < made.id`;
  if (behind.length > 0) {
    return `${
      behind.map(({ market }) => market).join(", ")
    } is to be compared with the venue's pages`;
  }
  for (const venue of venues) {
    const [stale] = await staleCandles(sql, venue);
    if (stale) return `a candle of ${venue} ${stale.market} lacks late trades`;
  }
  return null;
}
