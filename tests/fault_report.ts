/** What the database holds after a fault run, against what was really traded. */
import type postgres from "postgres";
import type { FaultRecord } from "../collector/sandbox/faults.ts";
import type { Sandbox } from "../collector/sandbox/sandbox.ts";
import type { Trade } from "../collector/events.ts";

/** One market's trades, from the first observed to the last that had its time to come. */
export interface MarketReport {
  venue: string;
  market: string;
  traded: number;
  stored: number;
  lost: number;
  doubled: number;
  /** Stored, but not traded. */
  alien: number;
  /** Stored with another price, size, side, time or number of fills. */
  wrong: number;
  /** Of the lost ones, those outside every gap that the ledger calls unrecoverable. */
  unaccounted: number;
  /** Gaps that the ledger calls unrecoverable. */
  unrecoverable: number;
  /** Gaps called unrecoverable in which something was traded and nothing lost. */
  groundless: number;
  /** Candles made from trades that are called whole and differ from the truth. */
  wrongCandles: number;
  candles: number;
  /** A few of the faults found, in words. */
  examples: string[];
}

const SLACK = 15_000_000;

/** Compares one market's rows with the truth up to `until` (microseconds). */
export async function compareMarket(
  sql: postgres.Sql,
  sandbox: Sandbox,
  venue: string,
  market: string,
  until: number,
): Promise<MarketReport> {
  const rows = await sql<
    {
      id: string;
      ts: string;
      price: string;
      size: string;
      side: string;
      fills: number;
      received: string;
    }[]
  >`
    select trade_id::text as id, (extract(epoch from ts) * 1e6)::bigint::text as ts, price::text, size::text,
      side, fills, (extract(epoch from received_at) * 1e6)::bigint::text as received
    from trades where venue = ${venue} and market = ${market} order by received_at, ts desc`;
  const report: MarketReport = {
    venue,
    market,
    traded: 0,
    stored: rows.length,
    lost: 0,
    doubled: 0,
    alien: 0,
    wrong: 0,
    unaccounted: 0,
    unrecoverable: 0,
    groundless: 0,
    wrongCandles: 0,
    candles: 0,
    examples: [],
  };
  const say = (text: string) => {
    if (report.examples.length < 8) report.examples.push(text);
  };
  const at = (ts: number) => new Date(ts / 1000).toISOString();
  const [first] = rows;
  if (!first) {
    say("no trade was stored");
    report.lost = report.unaccounted = 1;
    return report;
  }
  const from = Number(first.ts);
  const oldest = rows.reduce((ts, row) => Math.min(ts, Number(row.ts)), from);
  const newest = rows.reduce((ts, row) => Math.max(ts, Number(row.ts)), from);
  const truth = new Map<string, Trade>();
  for (
    const trade of sandbox.world.trades(
      venue,
      market,
      oldest,
      Math.max(newest, until) + 1,
    )
  ) truth.set(trade.id, trade);

  const seen = new Set<string>();
  for (const row of rows) {
    if (seen.has(row.id)) {
      report.doubled++;
      say(`${row.id} is stored twice`);
    }
    seen.add(row.id);
    const real = truth.get(row.id);
    if (!real) {
      report.alien++;
      say(`${row.id} of ${at(Number(row.ts))} was never traded`);
    } else if (
      row.price !== real.price || row.size !== real.size ||
      row.side !== real.side || row.fills !== real.fills ||
      Number(row.ts) !== real.ts
    ) {
      report.wrong++;
      say(`${JSON.stringify(row)} instead of ${JSON.stringify(real)}`);
    }
  }
  const gaps = (await sql`
    select (extract(epoch from from_ts) * 1e6)::bigint::text as "from",
      (extract(epoch from coalesce(to_ts, now())) * 1e6)::bigint::text as "to", reason,
      note = 'frames on their way when it began may be lost' as doubt
    from gaps where venue = ${venue} and market = ${market} and channel = 'trade' and state = 'unrecoverable'
    order by from_ts`).map((gap) => ({
    from: Number(gap.from),
    to: Number(gap.to),
    reason: gap.reason as string,
    doubt: gap.doubt as boolean,
    traded: 0,
    lost: 0,
  }));
  report.unrecoverable = gaps.filter((gap) => gap.to > gap.from).length;
  for (const trade of truth.values()) {
    // Beside the first one there may be others of its very instant.
    if (trade.ts <= from || trade.ts > until) continue;
    report.traded++;
    for (const gap of gaps) {
      if (trade.ts >= gap.from && trade.ts < gap.to) gap.traded++;
    }
    if (seen.has(trade.id)) continue;
    report.lost++;
    const gap = gaps.find((gap) => trade.ts >= gap.from && trade.ts <= gap.to);
    if (gap) gap.lost++;
    else {
      report.unaccounted++;
      say(`${trade.id} of ${at(trade.ts)} is lost`);
    }
  }
  for (const gap of gaps) {
    // Of a doubt it says itself that nothing may be lost.
    if (gap.lost > 0 || gap.traded === 0 || gap.doubt) continue;
    report.groundless++;
    say(
      `nothing is lost from ${at(gap.from)} to ${at(gap.to)} (${gap.reason})`,
    );
  }
  await compareCandles(sql, sandbox, report, from, until, say);
  return report;
}

/** The candles made from trades, where they are called whole. */
async function compareCandles(
  sql: postgres.Sql,
  { world }: Sandbox,
  report: MarketReport,
  from: number,
  until: number,
  say: (text: string) => void,
): Promise<void> {
  const { venue, market } = report;
  const rows = await sql`
    select (extract(epoch from ts) / 60)::bigint::text as minute, volume::text,
      (select coalesce(sum(size), 0)::text from trades t
        where t.venue = c.venue and t.market = c.market and t.ts >= c.ts and t.ts < c.ts + interval '1 minute') as stored
    from candles c
    where venue = ${venue} and market = ${market} and source = 'trades' and state in ('closed', 'no_trade')`;
  for (const { minute, volume, stored } of rows) {
    const start = Number(minute) * 60e6;
    if (start < from || start + 60e6 > until) continue;
    report.candles++;
    const real = world.trades(venue, market, start, start + 60e6);
    // All have the same digits after the point or fewer: sums of whole units are exact.
    const units = real.reduce((sum, trade) => sum + scaled(trade.size), 0n);
    if (scaled(volume) === units) continue;
    report.wrongCandles++;
    say(
      `the candle of ${
        new Date(start / 1000).toISOString()
      } has volume ${volume}, ` +
        `the trades stored ${stored}, the truth ${real.length} trades of ${units}e-18`,
    );
  }
}

/** A decimal as a whole number of its 18th digit. */
function scaled(decimal: string): bigint {
  const [whole = "0", fraction = ""] = decimal.split(".");
  return BigInt(whole + fraction.slice(0, 18).padEnd(18, "0"));
}

/** A time during which trades of some markets may have been missed. */
export interface Loss {
  what: string;
  venue: string;
  markets: string[];
  /** Microseconds. */
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
    // An empty list: all of them.
    markets: [...lostTrades.keys()],
    from: from * 1000,
    to: to * 1000,
  }));
}

/** Losses of which the ledger has no row. */
export async function untold(
  sql: postgres.Sql,
  losses: Loss[],
  marketsOf: (venue: string) => string[],
): Promise<string[]> {
  const gaps = await sql`
    select venue, market, (extract(epoch from from_ts) * 1e6)::bigint::text as "from",
      (extract(epoch from coalesce(to_ts, now())) * 1e6)::bigint::text as "to"
    from gaps where channel = 'trade'`;
  const missing: string[] = [];
  for (const loss of losses) {
    const markets = loss.markets.length > 0
      ? loss.markets
      : marketsOf(loss.venue);
    for (const market of markets) {
      const told = gaps.some((gap) =>
        gap.venue === loss.venue && gap.market === market &&
        Number(gap.from) <= loss.to + SLACK &&
        Number(gap.to) >= loss.from - SLACK
      );
      if (!told) {
        missing.push(
          `${loss.what} at ${loss.venue} ${market}, ${
            new Date(loss.from / 1000).toISOString()
          } to ${new Date(loss.to / 1000).toISOString()}`,
        );
      }
    }
  }
  return missing;
}

/**
 * Trades that came long after they were made, as refilled ones do, and lie
 * in no gap: what the ledger calls observed was then not observed.
 */
export async function lateOutsideGaps(
  sql: postgres.Sql,
  venue: string,
  market: string,
): Promise<{ id: string; ts: Date; received_at: Date }[]> {
  return await sql`
    with first as (
      select ts from trades where venue = ${venue} and market = ${market} order by received_at, ts desc limit 1
    )
    select t.trade_id::text as id, t.ts, t.received_at from trades t, first
    where t.venue = ${venue} and t.market = ${market} and t.ts > first.ts
      and t.received_at > t.ts + interval '15 seconds'
      and not exists (select from gaps g where g.venue = t.venue and g.market = t.market
        and g.channel = 'trade' and t.ts >= g.from_ts - interval '2 seconds'
        and t.ts <= coalesce(g.to_ts, now()) + interval '2 seconds')
    order by t.ts`;
}
