/** Talk a minute, volume, high and low on one axis; correlation with intervals and verdicts; attention by coin. */
import {
  type Axis,
  axisOf,
  type Column,
  digits,
  type Interval,
  largest,
  LONG_RANGES,
  type LongSpan,
  type Market,
  marketKey,
  type Marts,
  onAxis,
  placeOn,
  print,
  readMarkets,
} from "../../marts.ts";
import { amongMarkets, drawn, noColumns, readColumns } from "../../columns.ts";
import type {
  correlationMart,
  RowOf,
} from "../../../collector/api/published_marts.ts";
import {
  type Attention,
  type Measure,
  readAttention,
  readRepeats,
  type Repeated,
} from "../../attention.ts";
import { type CoinVerdict, readCoinVerdicts } from "../../coin_talk.ts";
import type { Finding } from "../../../analytics/statistics/verdict.ts";

/** What the Talk page reads; times are milliseconds UTC. */
export interface TalkData {
  /** Markets in all, of which `markets` are shown. */
  of: number;
  markets: Market[];
  /** Whether the mart of counts has been made. */
  counted: boolean;
  series: TalkSeries[];
  ranges: Record<LongSpan, TalkRange>;
  /** By `<series' key>|<market's key>|<quantity>|<bucket>`; null where the mart has not been made. */
  correlation: Record<string, Correlated> | null;
  /** Each coin's talk beside its markets that are shown. */
  coins: CoinVerdict[] | null;
  attention: Attention | null;
  repeats: Repeated[] | null;
}

/** What was counted of a query at a source. */
export interface TalkSeries {
  key: string;
  source: string;
  query: string;
  measure: Measure;
  newest: number | null;
}

/** The bars of one span: counts by series, volume and prices by market. */
export interface TalkRange extends Axis {
  interval: Interval;
  /** `complete` has 1 or 0 a bar. */
  talk: Record<string, { raw: Column; complete: string }>;
  markets: Record<
    string,
    Record<"volume" | "high" | "low", Column> & { states: string }
  >;
}

/** A row of `marts.correlation`. */
type SameBucketRow = RowOf<typeof correlationMart>;

/** What talk is compared with. */
export type Against = SameBucketRow["against"];

/** The lengths of time that are compared. */
export type Bucket = SameBucketRow["bucket"];

/** What the comparison of a pair comes to. */
export type Verdict = SameBucketRow["verdict"];

/** A talk series against a market. */
export interface Correlated {
  verdict: Verdict;
  /** What the verdict rests on; null where there was too little. */
  found: Found | null;
  /** Where it is largest, in buckets and in minutes. */
  lag: number | null;
  minutes: number | null;
  r: number | null;
  /** What the lags are of. */
  of?: string;
  rows: CorrelationRow[];
  /** A column each, of one length. */
  lags:
    & Record<"lag" | "n", number[]>
    & Record<"r" | "band" | "family" | "p", Column>;
}

/** What a verdict rests on. */
export interface Found {
  /** What the levels say, or under unit roots the differences. */
  finding: Finding;
  /** Probability of the peak under independence, adjusted over `pairs`. */
  p: number | null;
  pairs: number | null;
  /** The least |r| of a lead that nine of ten such comparisons would find. */
  seen?: number | null;
  /** The largest joint events, without which it was tried again. */
  events?: number | null;
  /** Probability of a unit root; null where it could not be tested. */
  unitRoots: { talk: number | null; market: number | null };
}

/** A form and method in the same bucket. */
export type CorrelationRow = [
  form: string,
  method: string,
  r: number | null,
  low: number | null,
  high: number | null,
  bootLow: number | null,
  bootHigh: number | null,
  n: number,
  nEff: number | null,
  p: number | null,
  valid: 0 | 1,
];

/** What names the pair of a row of `marts.correlation` or of its lags. */
type PairRow = Pick<
  SameBucketRow,
  "source" | "query" | "venue" | "market" | "against" | "bucket"
>;

/** A series' row of `marts.attention` in a bar. */
interface TalkBar {
  source: string;
  query: string;
  i: number;
  raw: number | null;
  complete: boolean;
}

/** A row of `marts.correlation_lags`. */
interface LagRow extends PairRow {
  of: string;
  /** With what follows: left out in marts of an older version. */
  finding?: Finding;
  finding_p?: number | null;
  talk_unit_root_p?: number | null;
  market_unit_root_p?: number | null;
  pairs?: number | null;
  seen?: number | null;
  events?: number | null;
  lag: string | number;
  r: number | null;
  band: number | null;
  family_band: number | null;
  n: string | number;
  p_adjusted: number | null;
}

/** Reads it. */
export async function read(marts: Marts): Promise<TalkData> {
  const { queryMart } = marts;
  const all = await readMarkets(marts);
  const overview = largest(all);
  const counted = await queryMart<Omit<TalkSeries, "key">>(
    "attention",
    `from (
     select source, query, measure,
       epoch_ms(max(ts) filter (bucket = '1m' and count_complete is not null))::double + 60000 as newest
     from marts.attention group by source, query, measure)
   order by case measure when 'posts' then 0 when 'comments' then 1 else 2 end,
     source, query`,
  );
  const series = counted ?? [];
  const seriesKey = (row: { source: string; query: string }) =>
    `${row.source}|${row.query}`;

  const ranges = {} as TalkData["ranges"];
  for (const range of LONG_RANGES) {
    const axis = await axisOf(marts, range);
    const empty = () => Array<number | null>(axis.n).fill(null);
    const talk: TalkRange["talk"] = {};
    const counts = Map.groupBy(
      await queryMart<TalkBar>(
        "attention",
        `select source, query, ${placeOn(axis)} as i, count_raw::double as raw,
           count_complete is not null as complete from marts.attention
         where bucket = '${range.interval}' and ${onAxis(axis)}`,
      ) ?? [],
      seriesKey,
    );
    for (const key of series.map(seriesKey)) {
      const raw = empty();
      const complete = Array<string>(axis.n).fill("0");
      for (const row of counts.get(key) ?? []) {
        raw[row.i] = digits(row.raw, 12);
        if (row.complete) complete[row.i] = "1";
      }
      talk[key] = { raw, complete: complete.join("") };
    }
    const about = {
      mart: "candles",
      where: `interval = '${range.interval}' and ${amongMarkets(overview)}`,
      axis,
      numbers: { volume: 4, high: 9, low: 9 },
      marks: { states: { letter: "state[1]", none: "u" } },
    };
    const candles = await readColumns(marts, about);
    const markets: TalkRange["markets"] = {};
    for (const { key } of overview) {
      const { numbers, marks } = candles.get(key) ?? noColumns(about);
      markets[key] = {
        volume: drawn(numbers.volume!, about.numbers.volume),
        high: drawn(numbers.high!, about.numbers.high),
        low: drawn(numbers.low!, about.numbers.low),
        states: marks.states!,
      };
    }
    ranges[range.range] = { ...axis, interval: range.interval, talk, markets };
  }

  const pairKey = (row: PairRow) =>
    `${seriesKey(row)}|${marketKey(row)}|${row.against}|${row.bucket}`;

  const shown = amongMarkets(overview);
  const correlation: Record<string, Correlated> = {};
  const rows = await queryMart<SameBucketRow>(
    "correlation",
    `select * from marts.correlation where ${shown}
   order by starts_with(transform, 'd'), case method when 'pearson' then 0 when 'spearman' then 1 else 2 end`,
  );
  for (const row of rows ?? []) {
    // The first row of a pair is of its levels, and so is the verdict on the pair.
    const pair = correlation[pairKey(row)] ??= {
      verdict: row.verdict,
      found: null,
      lag: row.lag,
      minutes: row.lag_minutes,
      r: digits(row.lag_r, 3),
      rows: [],
      lags: { lag: [], r: [], band: [], family: [], n: [], p: [] },
    };
    pair.rows.push([
      row.transform,
      row.method,
      digits(row.r, 3),
      digits(row.low, 3),
      digits(row.high, 3),
      digits(row.boot_low, 3),
      digits(row.boot_high, 3),
      Number(row.n),
      digits(row.n_eff, 4),
      digits(row.p_adjusted, 3),
      row.valid ? 1 : 0,
    ]);
  }
  for (
    const row of await queryMart<LagRow>(
      "correlation_lags",
      `select * from marts.correlation_lags where ${shown} order by lag`,
    ) ?? []
  ) {
    const pair = correlation[pairKey(row)];
    if (!pair) continue;
    pair.of = row.of;
    if (row.finding) {
      pair.found ??= {
        finding: row.finding,
        p: digits(row.finding_p, 3),
        pairs: row.pairs ?? null,
        seen: digits(row.seen ?? null, 3),
        events: row.events ?? null,
        unitRoots: {
          talk: digits(row.talk_unit_root_p, 3),
          market: digits(row.market_unit_root_p, 3),
        },
      };
    }
    const { lags } = pair;
    lags.lag.push(Number(row.lag));
    lags.r.push(digits(row.r, 3));
    lags.band.push(digits(row.band, 3));
    lags.family.push(digits(row.family_band, 3));
    lags.n.push(Number(row.n));
    lags.p.push(digits(row.p_adjusted, 2));
  }

  return {
    of: all.length,
    markets: overview,
    counted: counted !== null,
    series: series.map((row) => ({ ...row, key: seriesKey(row) })),
    ranges,
    correlation: rows && correlation,
    coins: await readCoinVerdicts(marts, shown),
    attention: await readAttention(marts),
    repeats: await readRepeats(marts),
  };
}

if (import.meta.main) await print(read);
