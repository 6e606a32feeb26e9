/** The premiums over time with the rate's age, and the executable spread of the newest minute. */
import {
  axisOf,
  digits,
  marketKey,
  onAxis,
  openMarts,
  RANGES,
} from "../../marts.ts";
import fees from "../../../analytics/fees.json" with { type: "json" };
import { literal } from "../../../analytics/lake/tables.ts";

/** Pairs of markets shown, those with the largest volume first. */
const PAIRS = 12;

const marts = await openMarts();
const { queryMart } = marts;
const found = await queryMart(
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
const pairs = (found ?? []).map((row) => ({
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

const ranges: Record<string, unknown> = {};
for (const range of RANGES.filter((r) => r.interval !== "15m")) {
  const axis = await axisOf(marts, range);
  const drawn: Record<string, unknown> = {};
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
    // A bar has its last minute's values; one marked minute marks it.
    for (
      const row of await queryMart(
        "premium",
        `select floor((epoch(ts) / 60 - ${axis.start}) / ${axis.step})::integer as i,
           last(premium_fx order by ts) as fx, last(premium_usdt order by ts) as usdt,
           last(tether order by ts) as tether, last(fx_age_seconds order by ts) as age,
           coalesce(bool_or(stale), false) as stale, coalesce(bool_or(disagree), false) as disagree
         from marts.premium
         where korean_venue = ${literal(String(pair.korean[0]))}
           and korean_market = ${literal(String(pair.korean[1]))}
           and global_venue = ${literal(String(pair.global[0]))}
           and global_market = ${literal(String(pair.global[1]))}
           and ${onAxis(axis)}
         group by i`,
      ) ?? []
    ) {
      const i = Number(row.i);
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

const spreads = await queryMart(
  "arbitrage",
  `select *, epoch_ms(ts)::double + 60000 as at from marts.arbitrage
   qualify row_number() over (partition by buy_venue, buy_market, sell_venue, sell_market,
     size_usd order by ts desc) = 1
   order by buy_venue, sell_venue, size_usd`,
);

/** The newest fee that is in force on the day of the newest spread, of each venue or coin. */
const day = new Date(
  Math.max(0, ...(spreads ?? []).map((row) => Number(row.at))),
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
const sending = inForce(fees.withdrawal, (fee) => `${fee.venue} ${fee.base}`);

console.log(JSON.stringify({
  fees: inForce(fees.taker, (fee) => fee.venue).map((fee) => ({
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
        : digits(Number(row.buy_fee) + Number(row.sell_fee), 3),
      transfer: digits(row.transfer_usd, 4),
      stale: row.stale,
    };
  }),
}));
