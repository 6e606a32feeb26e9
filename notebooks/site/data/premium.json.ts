/** The premiums over time with the rate's age, and the executable spread of the newest minute. */
import {
  type Axis,
  axisOf,
  type Column,
  digits,
  type Interval,
  LONG_RANGES,
  type LongSpan,
  marketKey,
  type Marts,
  onAxis,
  print,
} from "../../marts.ts";
import type {
  premiumMart,
  RowOf,
} from "../../../collector/api/published_marts.ts";
import { literal } from "../../../analytics/lake/tables.ts";
import { takerFees, withdrawalFees } from "../../../analytics/regions.ts";

/** Pairs of markets shown, those with the largest volume first. */
const PAIRS = 12;

/** What the Premium page reads; times are milliseconds UTC, premiums fractions. */
export interface PremiumData {
  /** Fees in force on the day of the newest spread, by venue. */
  fees: Fees[];
  /** Pairs of the mart, of which `pairs` are shown. */
  of: number;
  /** Null where the mart has not been made, as `spreads`. */
  pairs: Pair[] | null;
  ranges: Record<LongSpan, PremiumRange>;
  spreads: Spread[] | null;
}

/** What a venue charges; fractions of the amount, and units of the coin. */
export interface Fees {
  venue: string;
  taker: number;
  /** The day it is assumed from, as in `withdrawals`. */
  from: string;
  withdrawals: { base: string; units: number; from: string }[];
}

/** A venue and its market. */
type Place = [venue: string, market: string];

/** A coin on a Korean venue and on another one. */
export interface Pair {
  key: string;
  base: string;
  ko: string | null;
  en: string | null;
  korean: Place;
  global: Place;
  /** What the rates were read from. */
  fxSource: string | null;
  usdtSource: string | null;
  latest: {
    at: number;
    fx: number | null;
    usdt: number | null;
    tether: number | null;
    /** Of the official rate, in minutes. */
    age: number | null;
    stale: boolean;
    disagree: boolean;
  };
}

/** The bars of every pair in one span. */
export interface PremiumRange extends Axis {
  interval: Interval;
  pairs: Record<string, PremiumColumns>;
}

/** A pair's bars: `states` has c or u a bar, `stale` and `disagree` 1 or 0. */
export interface PremiumColumns {
  fx: Column;
  usdt: Column;
  tether: Column;
  age: Column;
  states: string;
  stale: string;
  disagree: string;
}

/** What buying on one venue and selling on the other would have brought, as fractions. */
export interface Spread {
  /** The keys of its pair, either way round. */
  pairs: string[];
  buy: Place;
  sell: Place;
  at: number;
  /** In dollars, as `transfer`. */
  size: number;
  /** Whether both books were as deep as the size. */
  filled: boolean;
  grossFx: number | null;
  netFx: number | null;
  grossUsdt: number | null;
  netUsdt: number | null;
  fees: number | null;
  transfer: number | null;
  stale: boolean | null;
}

/** The newest row of a pair in `marts.premium`. */
interface PairRow extends RowOf<typeof premiumMart> {
  of: number;
  at: number;
  ko: string | null;
  en: string | null;
}

/** A pair's row in a bar. */
interface BarRow {
  korean_venue: string;
  korean_market: string;
  global_venue: string;
  global_market: string;
  i: number;
  fx: number | null;
  usdt: number | null;
  tether: number | null;
  age: number | null;
  stale: boolean;
  disagree: boolean;
}

/** The newest row of a way and size in `marts.arbitrage`. */
interface SpreadRow {
  buy_venue: string;
  buy_market: string;
  sell_venue: string;
  sell_market: string;
  at: number;
  size_usd: number;
  filled: boolean;
  gross_fx: number | null;
  net_fx: number | null;
  gross_usdt: number | null;
  net_usdt: number | null;
  buy_fee: number | null;
  sell_fee: number | null;
  transfer_usd: number | null;
  stale: boolean | null;
}

/** Reads it. */
export async function read(marts: Marts): Promise<PremiumData> {
  const { queryMart } = marts;
  const found = await queryMart<PairRow>(
    "premium",
    `select p.*, count(*) over ()::integer as of, epoch_ms(p.ts)::double + 60000 as at, o.korean_name as ko, o.english_name as en
   from (select * from marts.premium qualify row_number() over (
     partition by korean_venue, korean_market, global_venue, global_market
     order by ts desc) = 1) p
   left join marts.overview o on o.venue = p.korean_venue and o.market = p.korean_market
   order by o.quote_volume_24h desc nulls last, base, korean_venue, global_venue
   limit ${PAIRS}`,
  );
  const minutes = (seconds: unknown) =>
    seconds === null ? null : digits(Number(seconds) / 60, 3);
  const keyOf = (korean: unknown, global: unknown) => `${korean}~${global}`;
  const pairs = (found ?? []).map((row): Pair => ({
    key: keyOf(
      marketKey({ venue: row.korean_venue, market: row.korean_market }),
      marketKey({ venue: row.global_venue, market: row.global_market }),
    ),
    base: row.base,
    ko: row.ko,
    en: row.en,
    korean: [row.korean_venue, row.korean_market],
    global: [row.global_venue, row.global_market],
    fxSource: row.fx_source,
    usdtSource: row.usdt_source,
    latest: {
      at: row.at,
      fx: digits(row.premium_fx, 4),
      usdt: digits(row.premium_usdt, 4),
      tether: digits(row.tether, 4),
      age: minutes(row.fx_age_seconds),
      stale: row.stale ?? false,
      disagree: row.disagree ?? false,
    },
  }));

  const ranges = {} as PremiumData["ranges"];
  for (const range of LONG_RANGES) {
    const axis = await axisOf(marts, range);
    const drawn: PremiumRange["pairs"] = {};
    // A bar has its last minute's values; one marked minute marks it.
    const bars = await queryMart<BarRow>(
      "premium",
      `select korean_venue, korean_market, global_venue, global_market,
         floor((epoch(ts) / 60 - ${axis.start}) / ${axis.step})::integer as i,
         last(premium_fx order by ts) as fx, last(premium_usdt order by ts) as usdt,
         last(tether order by ts) as tether, last(fx_age_seconds order by ts) as age,
         coalesce(bool_or(stale), false) as stale, coalesce(bool_or(disagree), false) as disagree
       from marts.premium
       where (korean_venue, korean_market, global_venue, global_market) in (${
        pairs.map(({ korean, global }) =>
          `(${[...korean, ...global].map(literal).join(", ")})`
        ).join(", ") || "(null, null, null, null)"
      }) and ${onAxis(axis)}
       group by all`,
    );
    const ofPair = Map.groupBy(bars ?? [], (row) =>
      keyOf(
        marketKey({ venue: row.korean_venue, market: row.korean_market }),
        marketKey({ venue: row.global_venue, market: row.global_market }),
      ));
    for (const pair of pairs) {
      const empty = () => Array<number | null>(axis.n).fill(null);
      const columns = {
        fx: empty(),
        usdt: empty(),
        tether: empty(),
        age: empty(),
      };
      const marks = {
        known: Array<string>(axis.n).fill("u"),
        stale: Array<string>(axis.n).fill("0"),
        disagree: Array<string>(axis.n).fill("0"),
      };
      for (const row of ofPair.get(pair.key) ?? []) {
        const { i } = row;
        columns.fx[i] = digits(row.fx, 4);
        columns.usdt[i] = digits(row.usdt, 4);
        columns.tether[i] = digits(row.tether, 4);
        columns.age[i] = minutes(row.age);
        if (row.fx !== null || row.usdt !== null) marks.known[i] = "c";
        if (row.stale) marks.stale[i] = "1";
        if (row.disagree) marks.disagree[i] = "1";
      }
      drawn[pair.key] = {
        ...columns,
        states: marks.known.join(""),
        stale: marks.stale.join(""),
        disagree: marks.disagree.join(""),
      };
    }
    ranges[range.range] = { ...axis, interval: range.interval, pairs: drawn };
  }

  const spreads = await queryMart<SpreadRow>(
    "arbitrage",
    `select *, epoch_ms(ts)::double + 60000 as at from marts.arbitrage
   qualify row_number() over (partition by buy_venue, buy_market, sell_venue, sell_market,
     size_usd order by ts desc) = 1
   order by buy_venue, sell_venue, size_usd`,
  );

  /** The newest fee that is in force on the day of the newest spread, of each venue or coin. */
  const day = new Date(
    Math.max(0, ...(spreads ?? []).map((row) => row.at)),
  )
    .toISOString().slice(0, 10);
  function inForce<Fee extends { from: string }>(
    all: Fee[],
    of: (fee: Fee) => string,
  ): Fee[] {
    const newest = new Map<string, Fee>();
    for (const fee of all.filter((one) => one.from <= day)) {
      const before = newest.get(of(fee));
      if (!before || before.from < fee.from) newest.set(of(fee), fee);
    }
    return [...newest.values()];
  }
  const sending = inForce(withdrawalFees, (fee) => `${fee.venue} ${fee.base}`);

  return {
    fees: inForce(takerFees, (fee) => fee.venue).map((fee) => ({
      venue: fee.venue,
      taker: fee.taker,
      from: fee.from,
      withdrawals: sending.filter((one) => one.venue === fee.venue)
        .map(({ base, units, from }) => ({ base, units, from })),
    })),
    of: found?.[0]?.of ?? 0,
    pairs: found && pairs,
    ranges,
    spreads: spreads && spreads.map((row) => {
      const [buy, sell] = [
        marketKey({ venue: row.buy_venue, market: row.buy_market }),
        marketKey({ venue: row.sell_venue, market: row.sell_market }),
      ];
      return {
        pairs: [keyOf(buy, sell), keyOf(sell, buy)],
        buy: [row.buy_venue, row.buy_market],
        sell: [row.sell_venue, row.sell_market],
        at: row.at,
        size: row.size_usd,
        filled: row.filled,
        grossFx: digits(row.gross_fx, 4),
        netFx: digits(row.net_fx, 4),
        grossUsdt: digits(row.gross_usdt, 4),
        netUsdt: digits(row.net_usdt, 4),
        fees: row.buy_fee === null || row.sell_fee === null
          ? null
          : digits(row.buy_fee + row.sell_fee, 3),
        transfer: digits(row.transfer_usd, 4),
        stale: row.stale,
      };
    }),
  };
}

if (import.meta.main) await print(read);
