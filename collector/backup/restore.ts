/** Restores a backup into an empty database and an empty data folder. */
import type postgres from "postgres";
import { CliError } from "../cli/errors.ts";
import { SIMULATED } from "../cli/data_folder.ts";
import type { Database } from "../database/client.ts";
import type { BackupRecord } from "./record.ts";
import {
  contentOf,
  insertLines,
  linesOf,
  type StoredTable,
  storedTables,
} from "./rows.ts";
import { objectsOf, type Vault } from "./vault.ts";

/** What was restored. */
export interface RestoreReport {
  made_at: string;
  rows: number;
  files: number;
}

/** Says of a restore that it is under way; what it placed is removed by the next. */
const MARK = "restoring.json";

/** Finds a backup: the one of that time or, where none is named, the newest. */
export async function chooseBackup(
  vault: Vault,
  when: string | undefined,
): Promise<BackupRecord> {
  const all = await vault.list();
  const found = when === undefined
    ? all.at(-1)
    : all.findLast((one) => one.startsWith(when.replaceAll(":", "-")));
  if (found) return await vault.read(found);
  throw new CliError(
    all.length === 0
      ? `${vault.folder} holds no backup of crowdtape. Set CROWDTAPE_BACKUP to the folder that "deno task backup" was given.`
      : `${vault.folder} holds no backup of ${when}; the newest are ${
        all.slice(-3).join(", ")
      }.`,
  );
}

/**
 * Reads every object of a backup.
 * @throws {CliError} with the place of the first that is damaged.
 */
export async function verifyBackup(
  vault: Vault,
  record: BackupRecord,
): Promise<void> {
  for (const object of objectsOf(record)) {
    const fault = await vault.fault(object);
    if (fault) {
      throw new CliError(
        `The backup of ${record.made_at} is damaged, and nothing was restored: ${fault} (${object.of}). ` +
          "Choose an earlier one with --at, or a copy of this folder.",
      );
    }
  }
}

/**
 * Refuses a data folder that holds anything, except for what a restore that
 * was killed has left there: that is removed.
 * @throws {CliError}
 */
export async function clearTheWay(data: string): Promise<void> {
  await Deno.mkdir(data, { recursive: true, mode: 0o700 });
  const names = await Array.fromAsync(Deno.readDir(data), ({ name }) => name);
  const begun = names.includes(MARK);
  if (names.length > 0 && !begun) {
    throw new CliError(
      `The data folder ${data} is not empty. Set CROWDTAPE_DATA to a new one.`,
    );
  }
  // Its database, too: what is restored there is committed at its very end.
  for (const name of begun ? names : []) {
    if (name !== MARK) {
      await Deno.remove(`${data}/${name}`, { recursive: true });
    }
  }
  await Deno.writeTextFile(`${data}/${MARK}`, "{}");
}

/**
 * Restores a verified backup: the files, then the rows in one transaction, and
 * what was written is read again and compared with what was backed up.
 * @throws {CliError} where the database is not empty or too old, or differs afterwards.
 */
export async function restoreBackup(
  vault: Vault,
  record: BackupRecord,
  data: string,
  { sql }: Database,
  onProgress: (what: string) => void = () => {},
): Promise<RestoreReport> {
  await refuseUnfit(sql, record);
  for (const file of record.files) {
    const path = `${data}/${file.path}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    const written = await Deno.open(path, { create: true, write: true });
    await (await vault.get(file)).pipeTo(written.writable);
    // By its time a file is known again.
    await Deno.utime(path, file.modified / 1000, file.modified / 1000);
  }
  onProgress(`${record.files.length} files`);
  let rows = 0;
  await sql.begin(async (tx) => {
    for (const table of await storedTables(tx)) {
      const kept = record.tables.find(({ name }) => name === table.name);
      if (!kept) continue;
      rows += await restoreTable(vault, tx, table, kept, onProgress);
    }
    await countOn(tx, record);
  });
  await Deno.remove(`${data}/${MARK}`);
  return { made_at: record.made_at, rows, files: record.files.length };
}

async function refuseUnfit(
  sql: postgres.Sql,
  { migration, crowdtape, files }: BackupRecord,
): Promise<void> {
  const [own] = await sql<{ migration: string; filled: string[] }[]>`
    select max(version) as migration from supabase_migrations.schema_migrations`;
  if (migration > own!.migration) {
    throw new CliError(
      `The backup is of crowdtape ${crowdtape}, which is newer than this one. Update crowdtape first.`,
    );
  }
  for (const table of ["markets", "trades", "candles", "posts", "counts"]) {
    const [row] = await sql`
      select exists (select from ${sql(table)}) as filled`;
    if (row!.filled) {
      throw new CliError(
        `The database is not empty: there are rows in ${table}. Restore into a new one.`,
      );
    }
  }
  const url = Deno.env.get("DATABASE_URL");
  if (url && files.some(({ path }) => path === SIMULATED)) {
    throw new CliError(
      "The backup is of simulated data, which belong into no real database: unset DATABASE_URL.",
    );
  }
}

async function restoreTable(
  vault: Vault,
  tx: postgres.ISql,
  table: StoredTable,
  { columns, parts }: BackupRecord["tables"][number],
  onProgress: (what: string) => void,
): Promise<number> {
  const { name } = table;
  const missing = columns.filter((column) =>
    !table.columns.some((one) => one.name === column)
  );
  if (missing.length > 0) {
    throw new CliError(
      `The table ${name} has no ${missing.join(", ")} any more.`,
    );
  }
  // What a migration has put there is in the backup too, as it was later.
  await tx`delete from ${tx(name)}`;
  await tx`alter table ${tx(name)} disable trigger user`;
  let rows = 0;
  for (const part of parts) {
    if (part.day) {
      await tx`select ensure_day_partitions(${name}, ${part.day}::date, ${part.day}::date)`;
    }
    const stored = await vault.get(part) as ReadableStream<
      Uint8Array<ArrayBuffer>
    >;
    const inserted = await insertLines(tx, table, columns, stored);
    const same = columns.length === table.columns.length
      ? await contentOf(linesOf(tx, table, part.day)) === part.content
      : inserted === part.rows;
    if (!same) {
      throw new CliError(
        `The table ${name}${
          part.day && ` of ${part.day}`
        } is not what was backed up, so nothing was restored.`,
      );
    }
    rows += inserted;
  }
  await tx`alter table ${tx(name)} enable trigger user`;
  const [identity] = await tx<{ column: string | null }[]>`
    select (select attname from pg_attribute where attrelid = ${name}::regclass and attidentity <> '') as column`;
  if (identity!.column) {
    await tx`
      select setval(pg_get_serial_sequence(${name}, ${
      identity!.column
    }), greatest(max(${tx(identity!.column)}), 1)) from ${tx(name)}`;
  }
  if (rows > 0) onProgress(`${rows.toLocaleString("en")} rows of ${name}`);
  return rows;
}

/** Transactions go on being counted where the database before ended: the lake knows by them what it holds. */
async function countOn(
  tx: postgres.TransactionSql,
  { next_transaction }: BackupRecord,
): Promise<void> {
  const [own] = await tx<{ behind: string }[]>`
    select greatest(${next_transaction}::text::bigint - pg_current_xact_id()::text::bigint, 0)::text as behind`;
  if (!/^\d+$/.test(own!.behind)) throw new Error(own!.behind);
  await tx.unsafe(
    `create or replace function public.transactions_ahead() returns bigint
     language sql immutable parallel safe as 'select ${own!.behind}::bigint'`,
  );
}
