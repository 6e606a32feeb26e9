/** What files brought: the ledger knows nothing of it unless the file was said to be complete. */
import type postgres from "postgres";

/** One imported file; times are ISO in UTC, ids exact. */
export interface Import {
  venue: string;
  market: string;
  kind: "candles" | "trades";
  /** Empty for trades. */
  interval: string;
  /** Its name, without the folder. */
  file: string;
  from: string;
  to: string;
  /** Rows of it that the tables hold. */
  rows: number;
  first_id: string | null;
  last_id: string | null;
  rejected: number;
  /** Whether its span counts as observed. */
  complete: boolean;
  imported_at: string;
}

/** Which imports are asked for; `from` and `to` as ISO times, null where no end was asked for. */
export interface ImportScope {
  from: string | null;
  to: string | null;
  venue?: string;
  market?: string;
  kind?: Import["kind"];
}

/** The imports that reach into a span, oldest data first. */
export async function auditImports(
  sql: postgres.Sql,
  { from, to, venue, market, kind }: ImportScope,
): Promise<Import[]> {
  const time = (column: string) =>
    sql`to_char(${
      sql(column)
    } at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
  return await sql<Import[]>`
    select venue, market, kind, interval, file, ${time("from_ts")} as "from", ${
    time("to_ts")
  } as "to", rows::float8 as rows, first_id::text, last_id::text, rejected::float8 as rejected,
      complete, ${time("imported_at")} as imported_at
    from imports
    where (${venue ?? null}::text is null or venue = ${venue ?? null})
      and (${market ?? null}::text is null or market = ${market ?? null})
      and (${kind ?? null}::text is null or kind = ${kind ?? null})
      and (${from}::timestamptz is null or to_ts >= ${from}::timestamptz)
      and (${to}::timestamptz is null or from_ts < ${to}::timestamptz)
    order by venue, market, kind, from_ts, file`;
}

/** Notes what a file brought; the same file again is the same row. */
export async function recordImport(
  sql: postgres.Sql,
  found: Omit<Import, "imported_at">,
): Promise<void> {
  const { venue, market, kind, interval, file, from, to, rows } = found;
  await sql`
    insert into imports (venue, market, kind, interval, file, from_ts, to_ts, rows, first_id, last_id,
      rejected, complete)
    values (${venue}, ${market}, ${kind}, ${interval}, ${file}, ${from}::text::timestamptz,
      ${to}::text::timestamptz, ${rows}, ${found.first_id}::bigint, ${found.last_id}::bigint,
      ${found.rejected}, ${found.complete})
    on conflict (venue, market, kind, interval, file, from_ts, to_ts) do update set
      rows = excluded.rows, first_id = excluded.first_id, last_id = excluded.last_id,
      rejected = excluded.rejected, complete = imports.complete or excluded.complete, imported_at = now()`;
}
