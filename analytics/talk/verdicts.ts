/** The mart `verdicts`: every pair of talk and market, judged once; `correlation` and `correlation_lags` read it. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { fillTable } from "../lake/fill_table.ts";
import { benjaminiHochberg } from "../statistics/benjamini_hochberg.ts";
import { normalAt } from "../statistics/distributions.ts";
import { judge, sentenceOf } from "./judge.ts";
import { MARKETS, type Pair, type Reading, readPairs } from "./pairs.ts";

/** Complete buckets of talk, and every market. */
export const OF_QUERIES: Reading = {
  talk: `
    select source, query, measure, bucket, epoch_ms(ts)::double, count_complete::double
    from marts.attention
    where bucket in ('5m', '1h') and count_complete is not null`,
  markets: `select * from (${MARKETS}) where against <> 'return'`,
  related: () => true,
};

/** What names a pair. */
export const NAMES = {
  source: "varchar",
  query: "varchar",
  measure: "varchar",
  venue: "varchar",
  market: "varchar",
  against: "varchar",
  bucket: "varchar",
};

/** The values of {@link NAMES}. */
export const namesOf = ({ talk, market }: Pair) => [
  ...talk.names,
  ...market.names,
  talk.bucket,
];

/** Makes the tables `judged`, a row a pair, and `judged_lags`, a row a lag, both by the pair's number. */
export async function verdicts(connection: DuckDBConnection): Promise<void> {
  const judged = judge(await readPairs(connection, OF_QUERIES));
  await fillTable(
    connection,
    "judged",
    {
      pair: "integer",
      ...NAMES,
      n: "bigint",
      verdict: "varchar",
      verdict_en: "varchar",
      verdict_ko: "varchar",
      of_changes: "varchar",
      of_changes_en: "varchar",
      of_changes_ko: "varchar",
      of: "varchar",
      finding: "varchar",
      finding_p: "double",
      pairs: "integer",
      lag: "integer",
      lag_minutes: "integer",
      lag_r: "double",
      seen: "double",
      talk_unit_root_p: "double",
      market_unit_root_p: "double",
      left_out: "varchar",
      left_out_minutes: "integer",
    },
    judged.map(({ pair, made }, i) => {
      const said = sentenceOf({ pair, made }, false);
      const changes = sentenceOf({ pair, made }, true);
      const { found } = made;
      const minutes = pair.grid.step / 60_000;
      return [
        i,
        ...namesOf(pair),
        made.n,
        said.code,
        said.en,
        said.ko,
        changes.code,
        changes.en,
        changes.ko,
        found?.on ?? null,
        found?.finding ?? null,
        found?.p ?? null,
        found?.pairs ?? null,
        found?.peak.lag ?? null,
        found ? found.peak.lag * minutes : null,
        found?.peak.r ?? null,
        found?.seen ?? null,
        made.adfX?.p ?? null,
        made.adfY?.p ?? null,
        (found?.without.at ?? []).map((t) =>
          pair.grid.start + t * pair.grid.step
        ).join(","),
        (found?.without.buckets ?? 0) * minutes,
      ];
    }),
  );
  const rows = judged.flatMap(({ made }, pair) =>
    (made.found?.table.rows ?? []).map((row) => ({ pair, made, row }))
  );
  const adjusted = benjaminiHochberg(rows.map(({ row }) => row.p));
  await fillTable(
    connection,
    "judged_lags",
    {
      pair: "integer",
      lag: "integer",
      r: "double",
      band: "double",
      family_band: "double",
      n: "bigint",
      p: "double",
      p_adjusted: "double",
    },
    rows.map(({ pair, made, row }, i) => {
      const all = made.found!.table.rows.length;
      // Šidák: what one lag in so many may reach with 5 % over all.
      const family = normalAt(1 + Math.expm1(Math.log(0.95) / all) / 2);
      return [
        pair,
        row.lag,
        row.r,
        row.band,
        row.band / normalAt(0.975) * family,
        row.n,
        row.p,
        adjusted[i]!,
      ];
    }),
  );
}
