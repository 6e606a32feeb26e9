/** Makes a backup: the database as of one moment, and the files of lake and marts. */
import type postgres from "postgres";
import { VERSION } from "../cli/version.ts";
import { connect, type Database } from "../database/client.ts";
import { SIMULATED } from "../cli/data_folder.ts";
import type { BackupFile, BackupRecord, BackupTable } from "./record.ts";
import {
  compressed,
  daysOf,
  linesOf,
  printOf,
  type StoredTable,
  storedTables,
} from "./rows.ts";
import type { Vault } from "./vault.ts";

/** What a backup added. */
export interface BackupReport {
  made_at: string;
  /** Of the database. */
  rows: number;
  /** Of lake and marts. */
  files: number;
  /** Bytes that the backup stands for, and those that were not there yet. */
  bytes: number;
  added_bytes: number;
  /** Older backups that were removed. */
  removed: number;
}

/** How a backup is made. */
export interface BackupOptions {
  /** The data folder. */
  data: string;
  database: Database;
  vault: Vault;
  /** When it is made. */
  now?: Date;
  /** So many backups are kept, this one among them; default all. */
  keep?: number;
  onProgress?: (what: string) => void;
}

/**
 * Backs up the database as of one moment, and the files that the lake and the
 * marts have then: no snapshot and no `analyze` runs meanwhile. What an earlier
 * backup holds is not written again, and a file or a day that has not changed
 * since the last is not read again.
 *
 * Titles, texts and hashes of authors are left out: they are kept for a limited
 * time, and a backup would keep them for longer. So is what a collector that
 * runs says of itself.
 */
export async function makeBackup(
  { data, database, vault, now = new Date(), keep, onProgress = () => {} }:
    BackupOptions,
): Promise<BackupReport> {
  await vault.create();
  const when = now.toISOString().replaceAll(":", "-");
  const last = (await vault.list()).at(-1);
  const before = last === undefined ? null : await vault.read(last);
  const locks = await holdStill(data);
  // A connection of its own: its transaction shows one moment to the end.
  const sql = connect(database.url, 1);
  let added = 0;
  try {
    const tx = await sql.reserve();
    await tx.unsafe("begin isolation level repeatable read read only");
    const [at] = await tx<{ next: string; migration: string }[]>`
      select (pg_snapshot_xmax(pg_current_snapshot())::text::bigint + transactions_ahead())::text as next,
        (select max(version) from supabase_migrations.schema_migrations) as migration`;
    const tables: BackupTable[] = [];
    for (const table of await storedTables(tx)) {
      onProgress(`table ${table.name}`);
      const known = before?.tables.find(({ name }) => name === table.name);
      const made = await storeTable(tx, table, known, vault);
      tables.push(made.table);
      added += made.added;
    }
    const files = await storeFiles(data, before?.files ?? [], vault, {
      onProgress,
      onAdded: (bytes) => added += bytes,
    });
    const record: BackupRecord = {
      format: 1,
      made_at: now.toISOString(),
      crowdtape: VERSION,
      migration: at!.migration,
      next_transaction: at!.next,
      tables,
      files,
    };
    await vault.write(when, record);
    const parts = tables.flatMap(({ parts }) => parts);
    return {
      made_at: record.made_at,
      rows: parts.reduce((sum, { rows }) => sum + rows, 0),
      files: files.length,
      bytes: [...parts, ...files].reduce((sum, { bytes }) => sum + bytes, 0),
      added_bytes: added,
      removed: keep === undefined ? 0 : await vault.keep(keep),
    };
  } finally {
    await sql.end({ timeout: 0 });
    for (const lock of locks) lock.close();
  }
}

/** Waits for a snapshot and an `analyze` that run, and keeps the next ones waiting. */
async function holdStill(data: string): Promise<Deno.FsFile[]> {
  const locks: Deno.FsFile[] = [];
  for (const path of ["marts/.units/lock", "lake.lock"]) {
    try {
      const lock = await Deno.open(`${data}/${path}`, {
        read: true,
        write: true,
      });
      locks.push(lock);
      await lock.lock(true);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return locks;
}

async function storeTable(
  tx: postgres.Sql,
  table: StoredTable,
  before: BackupTable | undefined,
  vault: Vault,
): Promise<{ table: BackupTable; added: number }> {
  const columns = table.columns.map(({ name }) => name);
  const parts: BackupTable["parts"] = [];
  let added = 0;
  for (const day of await daysOf(tx, table)) {
    const { rows, print } = await printOf(tx, table, day);
    const known = before?.columns.join() === columns.join()
      ? before.parts.find((part) => part.day === day)
      : undefined;
    if (
      known && print !== null && known.print === print &&
      await vault.has(known)
    ) {
      parts.push(known);
      continue;
    }
    const { bytes, content } = compressed(linesOf(tx, table, day));
    const stored = await vault.put(bytes);
    if (known?.sha256 !== stored.sha256) added += stored.bytes;
    parts.push({ ...stored, day, rows, print, content: content() });
  }
  return { table: { name: table.name, columns, parts }, added };
}

async function storeFiles(
  data: string,
  before: BackupFile[],
  vault: Vault,
  told: { onProgress(what: string): void; onAdded(bytes: number): void },
): Promise<BackupFile[]> {
  const known = new Map(before.map((file) => [file.path, file]));
  const held = new Set(before.map(({ sha256 }) => sha256));
  const files: BackupFile[] = [];
  const paths = [
    ...await filesBelow(data, "lake"),
    ...await filesBelow(data, "marts"),
    ...await isThere(`${data}/${SIMULATED}`) ? [SIMULATED] : [],
  ];
  told.onProgress(`${paths.length} files`);
  for (const path of paths) {
    const { size, mtime } = await Deno.stat(`${data}/${path}`);
    const modified = mtime?.getTime() ?? 0;
    const same = known.get(path);
    if (
      same?.bytes === size && same.modified === modified &&
      await vault.has(same)
    ) {
      files.push(same);
      continue;
    }
    const file = await Deno.open(`${data}/${path}`);
    const stored = await vault.put(file.readable);
    if (!held.has(stored.sha256)) told.onAdded(stored.bytes);
    files.push({ ...stored, path, modified });
  }
  return files;
}

/** What is made while something runs, and what only a lake's past needs. */
const PASSING = /(^|\/)(\.staging|\.past|\.intent\.json|lock)(\/|$)|\.part$/;

async function filesBelow(data: string, folder: string): Promise<string[]> {
  const found: string[] = [];
  let entries: Deno.DirEntry[];
  try {
    entries = await Array.fromAsync(Deno.readDir(`${data}/${folder}`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  for (const { name, isDirectory, isFile } of entries) {
    const path = `${folder}/${name}`;
    if (PASSING.test(path)) continue;
    if (isDirectory) found.push(...await filesBelow(data, path));
    else if (isFile) found.push(path);
  }
  return found.sort();
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
