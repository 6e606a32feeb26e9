/** What the lake held when: each file with the snapshots that added and removed it. */
import type postgres from "postgres";

/** Days for which files are kept that the lake no longer reads. */
export const PAST_DAYS = 30;

/** A file of the lake, now or in the past, with the snapshots that added and removed it. */
export interface Lifetime {
  path: string;
  /** Where the lake reads it. */
  was: string;
  /** Milliseconds since 1970. */
  added: number;
  removed: number | null;
}

/** What the lake holds and held, written at the end of each snapshot. */
export interface Manifest {
  /** When the last snapshot began; milliseconds since 1970. */
  at: number;
  /** Of earlier moments files may be gone. */
  since: number;
  files: Lifetime[];
}

/** The manifest of a data folder's lake; null before the first snapshot. */
export async function readManifest(data: string): Promise<Manifest | null> {
  try {
    return JSON.parse(await Deno.readTextFile(manifestPath(data)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

const manifestPath = (data: string): string => `${data}/lake/.manifest.json`;

/**
 * Writes what the lake holds and held, for readers without the database.
 * @param at when the snapshot began; milliseconds since 1970
 */
export async function writeManifest(
  sql: postgres.Sql,
  data: string,
  at: number,
): Promise<void> {
  const ms = (column: string) =>
    sql`(extract(epoch from ${sql(column)}) * 1000)::float8 as ${sql(column)}`;
  const rows = await sql`
      select path, path as was, ${
    ms("created_at")
  }, null::float8 as removed_at from lake_files
      union all
      select path, was, ${ms("created_at")}, ${
    ms("removed_at")
  } from lake_past`;
  const path = manifestPath(data);
  const manifest: Manifest = {
    at,
    // What was dropped stays so, also where the clock was set back since.
    since: Math.max(
      at - PAST_DAYS * 86_400_000,
      (await readManifest(data))?.since ?? 0,
    ),
    files: rows.map((row) => ({
      path: row.path,
      was: row.was,
      added: Math.floor(row.created_at),
      removed: row.removed_at === null ? null : Math.floor(row.removed_at),
    })),
  };
  await Deno.writeTextFile(`${path}.part`, JSON.stringify(manifest));
  await Deno.rename(`${path}.part`, path);
}
