/** What the database holds after a fault run, against what was really traded. */
import type postgres from "postgres";
import type { Trade } from "../../collector/model/events.ts";
import type { WorldMarket } from "../../collector/sandbox/markets.ts";
import type { Sandbox } from "../../collector/sandbox/sandbox.ts";
import type { SimulatedVenue } from "../../collector/sandbox/simulators.ts";
import { covers, type GapRow } from "./fault_gaps.ts";
import { isDense } from "./fault_plan.ts";

/** One market's trades, from when all markets were observed to the last that had its time to come. */
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
  /** Ids between the first and the last stored that are not stored, where the venue leaves none out. */
  holes: number;
  /** Of the lost ones, those outside every gap that the ledger calls unrecoverable. */
  unaccounted: number;
  /** Of these, those in a gap that it calls repaired. */
  falselyRepaired: number;
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

/** What a market's rows are held against. */
export interface Comparison {
  sql: postgres.Sql;
  sandbox: Sandbox;
  gaps: GapRow[];
  /** The newest id that was stored when all markets were observed. */
  since: bigint;
  /** Up to here everything had its time to come, by the venue's clock in microseconds. */
  until: number;
}

/** Compares one market's rows with the truth, by id. */
export async function compareMarket(
  { venue, market }: Pick<WorldMarket, "venue" | "market">,
  comparison: Comparison,
): Promise<MarketReport> {
  const { sql, sandbox, since, until } = comparison;
  const rows = await sql<
    {
      id: string;
      ts: string;
      price: string;
      size: string;
      side: string;
      fills: number;
    }[]
  >`
    select trade_id::text as id, (extract(epoch from ts) * 1e6)::bigint::text as ts, price::text, size::text,
      side, fills
    from trades where venue = ${venue} and market = ${market} order by trade_id`;
  const report: MarketReport = {
    venue,
    market,
    traded: 0,
    stored: rows.length,
    lost: 0,
    doubled: 0,
    alien: 0,
    wrong: 0,
    holes: 0,
    unaccounted: 0,
    falselyRepaired: 0,
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
  if (rows.length === 0) {
    say("no trade was stored");
    report.lost = report.unaccounted = 1;
    return report;
  }
  const oldest = rows.reduce((ts, row) => Math.min(ts, Number(row.ts)), until);
  const newest = rows.reduce((ts, row) => Math.max(ts, Number(row.ts)), until);
  const truth = new Map<string, Trade>();
  const real = sandbox.world.trades(
    venue,
    market,
    oldest - 1e6,
    Math.min(newest, until + 3600e6) + 1e6,
  );
  for (const trade of real) truth.set(trade.id, trade);

  // The same trade may have another time by REST.
  const skew =
    Math.abs(sandbox.conditions[venue as SimulatedVenue].restSkewMs) * 1000;
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
      Math.abs(Number(row.ts) - real.ts) > skew
    ) {
      report.wrong++;
      say(`${JSON.stringify(row)} instead of ${JSON.stringify(real)}`);
    }
  }
  if (isDense(venue)) {
    const [run] = await sql<{ holes: string }[]>`
      select (max(trade_id) - min(trade_id) + 1 - count(*))::text as holes
      from trades where venue = ${venue} and market = ${market}`;
    report.holes = Number(run!.holes);
  }
  const own = comparison.gaps.filter((gap) =>
    gap.venue === venue && gap.market === market
  );
  const lost = own.filter((gap) => gap.state === "unrecoverable")
    .map((gap) => ({ ...gap, traded: 0, lost: 0 }));
  const repaired = own.filter((gap) => gap.state === "repaired");
  report.unrecoverable = lost.filter((gap) => gap.to > gap.from).length;
  for (const trade of real) {
    if (BigInt(trade.id) <= since || trade.ts > until) continue;
    report.traded++;
    const around = lost.filter((gap) => covers(gap, trade));
    for (const gap of around) {
      const end = gap.fromId === BigInt(trade.id) ||
        gap.toId === BigInt(trade.id);
      if (!end && covers(gap, trade, 0)) gap.traded++;
    }
    if (seen.has(trade.id)) continue;
    report.lost++;
    for (const gap of around) gap.lost++;
    if (around.length > 0) continue;
    report.unaccounted++;
    const claimed = repaired.find((gap) => covers(gap, trade, 0));
    if (claimed) report.falselyRepaired++;
    say(
      `${trade.id} of ${at(trade.ts)} is lost${
        claimed ? `, in gap ${claimed.id} (${claimed.reason}), repaired` : ""
      }`,
    );
  }
  for (const gap of lost) {
    // Of a doubt it says itself that nothing may be lost.
    if (gap.lost > 0 || gap.traded === 0 || gap.doubt) continue;
    report.groundless++;
    say(
      `nothing is lost from ${at(gap.from)} to ${at(gap.to)} (${gap.reason})`,
    );
  }
  // A minute's sum is another where a trade's time by REST is in the next one.
  const first = truth.get(String(since));
  if (skew === 0 && first) {
    await compareCandles(sql, sandbox, report, first.ts, until, say);
  }
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
