/**
 * The mart `coin_verdicts`: what is said of a coin beside that coin's own
 * markets, and what a community says beside the market as a whole.
 */
import type { DuckDBConnection } from "@duckdb/node-api";
import { type Cell, fillTable } from "../lake/fill_table.ts";
import { benjaminiHochberg } from "../statistics/benjamini_hochberg.ts";
import { eventStudy } from "../statistics/event_study.ts";
import { grangers } from "../statistics/precedence.ts";
import { withoutEvents } from "../statistics/lead.ts";
import { rotationsOf } from "../statistics/rotation.ts";
import { correlation } from "../statistics/same_bucket.ts";
import { rolling } from "../statistics/stability.ts";
import { judge, type Judged, sentenceOf } from "./judge.ts";
import { MARKETS, readPairs } from "./pairs.ts";
import { MS } from "../../collector/model/time.ts";

/** Coins that are compared: the most named ones, and how often at least. */
const COINS = 20, LEAST_NAMED = 200;

/** Longest span of buckets of five minutes; hours take all that the mart is given. */
const FIVE_MINUTES_SPAN = 28 * MS.day;

/**
 * What is said: of a coin its names as they are (5 minutes and an hour),
 * without repeats and its tone (an hour); of a community ("*") all its boards
 * and queries together. A tone is unknown where no text had a word of it.
 */
const TALK = `
  with chosen as (
    select coin from marts.mentions where bucket = '1h'
    group by coin having sum(count_raw) >= ${LEAST_NAMED}
    order by sum(count_raw) desc, coin limit ${COINS}
  )
  select source, coin, measure, bucket, epoch_ms(ts)::double, count_complete::double
  from marts.mentions semi join chosen using (coin) where count_complete is not null
  union all
  select source, coin, measure || '_deduplicated', bucket, epoch_ms(ts)::double, count_deduplicated::double
  from marts.mentions semi join chosen using (coin)
  where bucket = '1h' and count_complete is not null and count_deduplicated is not null
  union all
  select source, coin, 'tone', bucket, epoch_ms(ts)::double, score
  from marts.tone semi join chosen using (coin) where bucket = '1h' and score is not null
  union all
  select source, '*', measure, bucket, epoch_ms(ts)::double, sum(count_complete)::double
  from marts.attention where bucket in ('5m', '1h')
  group by source, measure, bucket, ts having count(count_complete) = count(*)`;

/**
 * Each market under its coin, and all markets together as "*": the mean over
 * markets of the log of volume or volatility, each beside its own mean, and of
 * the return.
 */
const TRADED = `
  with each_market as (
    select m.base as coin, w.* from (${MARKETS}) w join lake.markets m using (venue, market)
    where against <> 'abs_return'
  ), logs as (
    select against, bucket, ms, case when against = 'return' then value
      when value > 0 then ln(value) - avg(case when value > 0 then ln(value) end) over (partition by venue, market, against, bucket) end as value
    from each_market
  )
  select venue || '|' || coin as venue, market, against, bucket, ms, value from each_market
  union all
  select '*|*', '*', against, bucket, ms, case when against = 'return' then avg(value) else exp(avg(value)) end
  from logs where value is not null group by against, bucket, ms`;

/** What stands beside a verdict. */
interface Beside {
  r: number;
  low: number | null;
  high: number | null;
  rP: number;
  talkFirstP: number;
  marketFirstP: number;
  events: number;
  before: number;
  after: number;
  beforeP: number;
  afterP: number;
  eventPath: string | null;
  windows: number;
  lowest: number;
  median: number;
  highest: number;
  sameSign: number;
}

/** Correlation in the same bucket, Granger's test both ways, bursts of talk and what came after, and how steady it was. */
function besideOf({ pair, made }: Judged): Beside {
  const { talk, market, grid } = pair;
  const without = made.found?.without ?? { at: [], buckets: 0 };
  const wanders = made.code === "unit_roots";
  const form = wanders ? "changes" : "scaled";
  const same = correlation(
    talk.even(form, without),
    market.even(form, without),
    wanders ? "dlog" : "log",
    "pearson",
    { draws: 0, seed: 1, valid: true, rotations: rotationsOf(grid) },
  );
  const x = talk.prepared.values, y = market.prepared.values;
  const { tests } = grangers(
    withoutEvents(x, without),
    withoutEvents(y, without),
    grid,
    wanders,
  );
  const first = (direction: "x→y" | "y→x") =>
    tests.find((row) => row.direction === direction)?.p ?? NaN;
  // A tone has no bursts to be counted from.
  const study = talk.scale === "log" ? eventStudy(x, y, grid) : null;
  const steady = rolling(
    wanders ? "dlog" : "log",
    talk.even(form, without),
    market.even(form, without),
    grid,
  );
  return {
    r: same.r,
    low: same.interval?.low ?? null,
    high: same.interval?.high ?? null,
    rP: same.p,
    talkFirstP: first("x→y"),
    marketFirstP: first("y→x"),
    events: study?.events.length ?? 0,
    before: study?.before ?? NaN,
    after: study?.after ?? NaN,
    beforeP: study?.pBefore ?? NaN,
    afterP: study?.pAfter ?? NaN,
    eventPath: study &&
      study.path.map(({ mean }) => Number.isNaN(mean) ? "" : mean.toFixed(4))
        .join(","),
    windows: steady.windows,
    lowest: steady.low,
    median: steady.median,
    highest: steady.high,
    sameSign: steady.sameSign,
  };
}

/** Makes the table `coin_judged`; undefined figures are NULL. */
export async function coinVerdicts(
  connection: DuckDBConnection,
): Promise<void> {
  const judged = judge(
    await readPairs(connection, {
      talk: TALK,
      markets: TRADED,
      // A coin's talk with that coin's markets, a community's with all.
      related: ([, coin], [venue]) => venue.endsWith(`|${coin}`),
      longest: { "5m": FIVE_MINUTES_SPAN },
    }),
  );
  const rows = judged.map((one) => ({ one, beside: besideOf(one) }));
  const P = [
    "rP",
    "talkFirstP",
    "marketFirstP",
    "beforeP",
    "afterP",
  ] as const;
  const adjusted = benjaminiHochberg(
    rows.flatMap(({ beside }) => P.map((name) => beside[name])),
  );
  await fillTable(
    connection,
    "coin_judged",
    {
      source: "varchar",
      coin: "varchar",
      talk: "varchar",
      venue: "varchar",
      market: "varchar",
      against: "varchar",
      bucket: "varchar",
      n: "bigint",
      verdict: "varchar",
      verdict_en: "varchar",
      verdict_ko: "varchar",
      finding: "varchar",
      lag: "integer",
      lag_minutes: "integer",
      lag_r: "double",
      lag_p: "double",
      pairs: "integer",
      seen: "double",
      left_out: "integer",
      r: "double",
      low: "double",
      high: "double",
      p: "double",
      p_adjusted: "double",
      granger_talk_p: "double",
      granger_talk_p_adjusted: "double",
      granger_market_p: "double",
      granger_market_p_adjusted: "double",
      events: "integer",
      event_before: "double",
      event_before_p: "double",
      event_before_p_adjusted: "double",
      event_after: "double",
      event_after_p: "double",
      event_after_p_adjusted: "double",
      event_path: "varchar",
      windows: "integer",
      r_low: "double",
      r_median: "double",
      r_high: "double",
      same_sign: "double",
    },
    rows.map(({ one, beside }, i): Cell[] => {
      const { pair, made } = one;
      const { found } = made;
      const said = sentenceOf(one, false);
      const q = (name: typeof P[number]) =>
        adjusted[i * P.length + P.indexOf(name)]!;
      return [
        ...pair.talk.names,
        pair.market.names[0].split("|")[0]!,
        ...pair.market.names.slice(1),
        pair.talk.bucket,
        made.n,
        said.code,
        said.en,
        said.ko,
        found?.finding ?? null,
        found?.peak.lag ?? null,
        found ? found.peak.lag * pair.grid.step / MS.minute : null,
        found?.peak.r ?? null,
        found?.p ?? null,
        found?.pairs ?? null,
        found?.seen ?? null,
        found?.without.at.length ?? null,
        beside.r,
        beside.low,
        beside.high,
        beside.rP,
        q("rP"),
        beside.talkFirstP,
        q("talkFirstP"),
        beside.marketFirstP,
        q("marketFirstP"),
        beside.events,
        beside.before,
        beside.beforeP,
        q("beforeP"),
        beside.after,
        beside.afterP,
        q("afterP"),
        beside.eventPath,
        beside.windows,
        beside.lowest,
        beside.median,
        beside.highest,
        beside.sameSign,
      ];
    }),
  );
}
