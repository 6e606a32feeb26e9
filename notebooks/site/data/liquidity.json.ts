/** How easily each market trades, by the hour: volatility, spreads, and what a large trade moves. */
import {
  type Axis,
  axisOf,
  type Column,
  digits,
  largest,
  type Market,
  marketKey,
  type Marts,
  onAxis,
  placeOn,
  print,
  RANGES,
  readMarkets,
} from "../../marts.ts";

/** What the Liquidity page reads; times are milliseconds UTC. */
export interface LiquidityData {
  /** Markets in all, of which `markets` are shown. */
  of: number;
  markets: Market[];
  axis: Axis;
  /** By the market's key; null where the mart has not been made. */
  liquidity: Record<string, Liquidity> | null;
}

/** A market's hours, and the medians of those known in the last day of the axis. */
export interface Liquidity {
  /** A fraction a year. */
  volatility: Column;
  /** A fraction of the middle price. */
  spread: Column;
  /** Up to when something is known; a running hour counts as far as it has come. */
  newest: number | null;
  day: {
    /** Hours of which the volatility and of which the spread is known. */
    hours: number;
    spreadHours: number;
    volatility: number | null;
    spread: number | null;
    /** In the quote currency. */
    roll: number | null;
    /** A fraction for each million of the quote currency traded. */
    amihud: number | null;
  };
}

interface HourRow {
  venue: string;
  market: string;
  i: number;
  volatility: number | null;
  spread: number | null;
}

interface DayRow {
  venue: string;
  market: string;
  newest: number | null;
  hours: number;
  spread_hours: number;
  volatility: number | null;
  spread: number | null;
  roll: number | null;
  amihud: number | null;
}

/** That of a few minutes, as of an hour that has just begun, says nothing. */
const VOLATILITY = "case when returns >= 30 then realised_volatility end";

/** Reads it. */
export async function read(marts: Marts): Promise<LiquidityData> {
  const all = await readMarkets(marts);
  const markets = largest(all);
  const axis = await axisOf(marts, RANGES.find(({ range }) => range === "7d")!);
  const dayBegan = (axis.start + (axis.n - 24) * axis.step) * 60;

  const hours = await marts.queryMart<HourRow>(
    "liquidity",
    `select venue, market, ${placeOn(axis)} as i,
     ${VOLATILITY} as volatility, effective_spread as spread
   from marts.liquidity where ${onAxis(axis)}`,
  );
  const days = await marts.queryMart<DayRow>(
    "liquidity",
    `select venue, market, epoch_ms(max(ts + to_minutes(returns::integer)))::double as newest,
     count(${VOLATILITY})::integer as hours, count(effective_spread)::integer as spread_hours,
     median(${VOLATILITY}) as volatility, median(effective_spread) as spread,
     median(roll) as roll, median(amihud) as amihud
   from marts.liquidity where ${onAxis(axis)} and epoch(ts) >= ${dayBegan}
   group by venue, market`,
  );

  const empty = (): Column => Array(axis.n).fill(null);
  const liquidity: Record<string, Liquidity> = {};
  for (const { key } of markets) {
    liquidity[key] = {
      volatility: empty(),
      spread: empty(),
      newest: null,
      day: {
        hours: 0,
        spreadHours: 0,
        volatility: null,
        spread: null,
        roll: null,
        amihud: null,
      },
    };
  }
  for (const row of hours ?? []) {
    const one = liquidity[marketKey(row)];
    if (!one) continue;
    one.volatility[row.i] = digits(row.volatility, 4);
    one.spread[row.i] = digits(row.spread, 4);
  }
  for (const row of days ?? []) {
    const one = liquidity[marketKey(row)];
    if (!one) continue;
    one.newest = row.newest;
    one.day = {
      hours: row.hours,
      spreadHours: row.spread_hours,
      volatility: digits(row.volatility, 4),
      spread: digits(row.spread, 4),
      roll: digits(row.roll, 4),
      amihud: digits(row.amihud, 4),
    };
  }
  return {
    of: all.length,
    markets,
    axis,
    liquidity: hours && liquidity,
  };
}

if (import.meta.main) await print(read);
