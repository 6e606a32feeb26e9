/** Talk a minute, volume, high and low on one axis; correlation with intervals and verdicts; attention by coin. */
import {
  axisOf,
  digits,
  largest,
  marketKey,
  onAxis,
  openMarts,
  placeOn,
  RANGES,
  readMarkets,
  type Row,
} from "../../marts.ts";
import { readAttention, readRepeats } from "../../attention.ts";

const marts = await openMarts();
const { query, queryMart } = marts;
const all = await readMarkets(marts);
const overview = largest(all);
const counted = await queryMart(
  "attention",
  `from (
     select source, query, measure,
       epoch_ms(max(ts) filter (bucket = '1m' and count_complete is not null))::double + 60000 as newest
     from marts.attention group by source, query, measure)
   order by case measure when 'posts' then 0 when 'comments' then 1 else 2 end,
     source, query`,
);
const series = counted ?? [];
const seriesKey = (row: { source?: unknown; query?: unknown }) =>
  `${row.source}|${row.query}`;

const ranges: Record<string, unknown> = {};
for (const range of RANGES.filter((r) => r.interval !== "15m")) {
  const axis = await axisOf(marts, range);
  const empty = () => Array<number | null>(axis.n).fill(null);
  const talk: Record<string, { raw: (number | null)[]; complete: string }> = {};
  for (const s of series) {
    const raw = empty();
    const complete = Array<string>(axis.n).fill("0");
    for (
      const row of await query(
        `select ${placeOn(axis)} as i, count_raw::double as raw,
           count_complete is not null as complete from marts.attention
         where bucket = '${range.interval}' and source = '${s.source}'
           and query = '${String(s.query).replaceAll("'", "''")}'
           and ${onAxis(axis)}`,
      )
    ) {
      raw[Number(row.i)] = digits(row.raw, 12);
      if (row.complete) complete[Number(row.i)] = "1";
    }
    talk[seriesKey(s)] = { raw, complete: complete.join("") };
  }
  const markets: Record<
    string,
    Record<"volume" | "high" | "low", (number | null)[]> & { states: string }
  > = {};
  for (const m of overview) {
    const columns = { volume: empty(), high: empty(), low: empty() };
    const states = Array<string>(axis.n).fill("u");
    for (
      const row of await query(
        `select ${
          placeOn(axis)
        } as i, volume, high, low, state from marts.candles
         where venue = '${m.venue}' and market = '${m.market}'
           and interval = '${range.interval}' and ${onAxis(axis)}`,
      )
    ) {
      const i = Number(row.i);
      columns.volume[i] = digits(row.volume, 4);
      columns.high[i] = digits(row.high, 9);
      columns.low[i] = digits(row.low, 9);
      states[i] = String(row.state)[0]!;
    }
    markets[m.key] = {
      ...columns,
      states: states.join(""),
    };
  }
  ranges[range.range] = { ...axis, interval: range.interval, talk, markets };
}

const pairKey = (row: Row) =>
  `${seriesKey(row)}|${
    marketKey({ venue: row.venue, market: row.market })
  }|${row.against}|${row.bucket}`;

const shown = new Set(overview.map((row) => row.key));
const correlation: Record<string, Record<string, unknown>> = {};
const rows = await queryMart(
  "correlation",
  `select * from marts.correlation
   order by starts_with(transform, 'd'), case method when 'pearson' then 0 when 'spearman' then 1 else 2 end`,
);
for (const row of rows ?? []) {
  if (!shown.has(marketKey({ venue: row.venue, market: row.market }))) continue;
  // The first row of a pair is of its levels, and so is the verdict on the pair.
  const pair = correlation[pairKey(row)] ??= {
    verdict: row.verdict,
    en: row.verdict_en,
    ko: row.verdict_ko,
    lag: row.lag,
    minutes: row.lag_minutes,
    r: digits(row.lag_r, 3),
    rows: [],
    lags: { lag: [], r: [], band: [], family: [], n: [], p: [] },
  };
  (pair.rows as unknown[]).push([
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
  const row of await queryMart(
    "correlation_lags",
    "select * from marts.correlation_lags order by lag",
  ) ?? []
) {
  const pair = correlation[pairKey(row)];
  if (!pair) continue;
  pair.of = row.of;
  const lags = pair.lags as Record<string, (number | null)[]>;
  lags.lag!.push(Number(row.lag));
  lags.r!.push(digits(row.r, 3));
  lags.band!.push(digits(row.band, 3));
  lags.family!.push(digits(row.family_band, 3));
  lags.n!.push(Number(row.n));
  lags.p!.push(digits(row.p_adjusted, 2));
}

console.log(JSON.stringify({
  of: all.length,
  markets: overview,
  counted: counted !== null,
  series: series.map((row) => ({ ...row, key: seriesKey(row) })),
  ranges,
  correlation: rows && correlation,
  attention: await readAttention(marts),
  repeats: await readRepeats(marts),
}));
