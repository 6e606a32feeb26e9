/** Talk a minute, volume, high and low on one axis, and the lead–lag coefficients. */
import {
  axisOf,
  digits,
  marketKey,
  onAxis,
  openMarts,
  placeOn,
  RANGES,
} from "../../marts.ts";

const marts = await openMarts();
const { query } = marts;
const overview = await query(
  `select venue, market, coalesce(base, market) as base,
     coalesce(quote, '') as quote, korean_name as ko, english_name as en
   from marts.overview order by venue desc, quote_volume_24h desc nulls last, market`,
);
const series = await query(
  `select distinct source, query, measure from marts.attention
   order by case measure when 'posts' then 0 when 'comments' then 1 else 2 end,
     source, query`,
);
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
    markets[marketKey({ venue: m.venue, market: m.market })] = {
      ...columns,
      states: states.join(""),
    };
  }
  ranges[range.range] = { ...axis, interval: range.interval, talk, markets };
}

const leadLag: Record<
  string,
  {
    lag: number[];
    pearson: (number | null)[];
    spearman: (number | null)[];
    n: number[];
  }
> = {};
for (
  const row of await query(
    `select * from marts.lead_lag order by source, query, venue, market, lag`,
  )
) {
  const key = `${seriesKey(row)}|${
    marketKey({ venue: row.venue, market: row.market })
  }`;
  const pair = leadLag[key] ??= { lag: [], pearson: [], spearman: [], n: [] };
  pair.lag.push(Number(row.lag));
  pair.pearson.push(digits(row.pearson, 4));
  pair.spearman.push(digits(row.spearman, 4));
  pair.n.push(Number(row.n));
}

const correlations: Record<
  string,
  {
    verdicts: { bucket: unknown; en: unknown; ko: unknown }[];
    rows: unknown[][];
  }
> = {};
for (
  const row of await query(
    `select source, query, venue, market, bucket, transform, method, r, low, high,
       n::integer as n, n_eff, p_adjusted, verdict_en, verdict_ko
     from marts.correlation
     where against = 'volume'
     order by bucket desc, transform desc,
       case method when 'pearson' then 0 when 'spearman' then 1 else 2 end`,
  )
) {
  const key = `${seriesKey(row)}|${
    marketKey({ venue: row.venue, market: row.market })
  }`;
  const pair = correlations[key] ??= { verdicts: [], rows: [] };
  if (!pair.verdicts.some((verdict) => verdict.bucket === row.bucket)) {
    pair.verdicts.push({
      bucket: row.bucket,
      en: row.verdict_en,
      ko: row.verdict_ko,
    });
  }
  pair.rows.push([
    row.bucket,
    row.transform,
    row.method,
    digits(row.r, 3),
    digits(row.low, 3),
    digits(row.high, 3),
    row.n,
    digits(row.n_eff, 4),
    digits(row.p_adjusted, 3),
  ]);
}

console.log(JSON.stringify({
  markets: overview.map((row) => ({
    ...row,
    key: marketKey({ venue: row.venue, market: row.market }),
  })),
  series: series.map((row) => ({ ...row, key: seriesKey(row) })),
  ranges,
  leadLag,
  correlations,
}));
