/** The mart `correlation`: talk and market in the same bucket, for every pair that `verdicts` has judged. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { type Cell, fillTable } from "../lake/fill_table.ts";
import { benjaminiHochberg } from "../statistics/benjamini_hochberg.ts";
import type { LeftOut } from "../statistics/lead.ts";
import { rotationsOf } from "../statistics/rotation.ts";
import { type Correlation, correlation } from "../statistics/same_bucket.ts";
import { type Pair, readPairs } from "./pairs.ts";
import { NAMES, namesOf, OF_QUERIES } from "./verdicts.ts";

/** Draws of the bootstrap of each row; half of what `correlate` takes, for a mart has hundreds of rows. */
const DRAWS = 1000;

/** What the mart `verdicts` says of a pair. */
interface Said {
  verdict: string;
  verdict_en: string;
  verdict_ko: string;
  of_changes: string;
  of_changes_en: string;
  of_changes_ko: string;
  finding: string | null;
  finding_p: number | null;
  lag: number | null;
  lag_minutes: number | null;
  lag_r: number | null;
  left_out: number[];
  left_out_minutes: number;
}

/** By the pair's names. */
async function readSaid(
  connection: DuckDBConnection,
): Promise<Map<string, Said>> {
  const reader = await connection.runAndReadAll(
    `select ${Object.keys(NAMES).join(", ")}, verdict, verdict_en, verdict_ko,
       of_changes, of_changes_en, of_changes_ko, finding, finding_p, lag, lag_minutes, lag_r,
       list_transform(left_out, lambda t: epoch_ms(t)::double) as left_out, left_out_minutes
     from marts.verdicts`,
  );
  return new Map(
    (reader.getRowObjectsJson() as unknown as (Said & Record<string, string>)[])
      .map((row) => [
        JSON.stringify(Object.keys(NAMES).map((name) => row[name])),
        row,
      ]),
  );
}

/** The joint events of a pair as buckets of its grid. */
const leftOut = ({ grid }: Pair, said: Said | undefined): LeftOut => ({
  at: (said?.left_out ?? []).map((at) => (at - grid.start) / grid.step),
  buckets: (said?.left_out_minutes ?? 0) * 60_000 / grid.step,
});

/** Makes the table `correlations`; undefined figures are NULL. */
export async function correlations(
  connection: DuckDBConnection,
): Promise<void> {
  const said = await readSaid(connection);
  const rows: { pair: Pair; of: Said; row: Correlation }[] = [];
  for (const pair of await readPairs(connection, OF_QUERIES)) {
    const of = said.get(JSON.stringify(namesOf(pair)));
    if (!of) continue;
    const without = leftOut(pair, of);
    for (const transform of ["log", "dlog"] as const) {
      const form = transform === "log" ? "scaled" : "changes";
      const x = pair.talk.even(form, without);
      const y = pair.market.even(form, without);
      for (const method of ["pearson", "spearman", "kendall"] as const) {
        rows.push({
          pair,
          of,
          row: correlation(x, y, transform, method, {
            draws: method === "pearson" && of.finding ? DRAWS : 0,
            seed: 1,
            valid: transform === "dlog" || of.verdict !== "unit_roots",
            rotations: rotationsOf(pair.grid),
          }),
        });
      }
    }
  }
  const adjusted = benjaminiHochberg(
    rows.map(({ row }) => row.valid ? row.p : NaN),
  );
  await fillTable(
    connection,
    "correlations",
    {
      ...NAMES,
      transform: "varchar",
      method: "varchar",
      r: "double",
      n: "bigint",
      n_eff: "double",
      low: "double",
      high: "double",
      boot_low: "double",
      boot_high: "double",
      p: "double",
      p_adjusted: "double",
      valid: "boolean",
      lag: "integer",
      lag_minutes: "integer",
      lag_r: "double",
      lag_p: "double",
      verdict: "varchar",
      verdict_en: "varchar",
      verdict_ko: "varchar",
    },
    rows.map(({ pair, of, row }, i): Cell[] => [
      ...namesOf(pair),
      row.transform === "log" || pair.market.scale === "log"
        ? { log: pair.market.scale, dlog: "dlog", level: "level" }[
          row.transform
        ]
        : "dlevel",
      row.method,
      row.r,
      row.n,
      row.nEffective,
      row.interval?.low ?? null,
      row.interval?.high ?? null,
      row.bootstrap?.low ?? null,
      row.bootstrap?.high ?? null,
      row.p,
      adjusted[i]!,
      row.valid,
      of.lag,
      of.lag_minutes,
      of.lag_r,
      of.finding_p,
      ...(row.transform === "dlog"
        ? [of.of_changes, of.of_changes_en, of.of_changes_ko]
        : [of.verdict, of.verdict_en, of.verdict_ko]),
    ]),
  );
}
