import postgres from "postgres";
import { dataFolder } from "../cli/data_folder.ts";
import { openEmbedded } from "./embedded.ts";
import { CliError } from "../cli/errors.ts";
import { reconnectingClient } from "./reconnecting_client.ts";
import { masked } from "../cli/secrets.ts";

/** An open database with every migration applied. */
export interface Database {
  sql: postgres.Sql;
  /** For a further connection, such as the one that a COPY takes for itself. */
  url: string;
  /** True where no `DATABASE_URL` is set. */
  embedded: boolean;
  /** The command that connects psql, without the password; only for an embedded one. */
  psql?: string;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Folder of the data; default `CROWDTAPE_DATA`, else `data`. */
  data?: string;
  /** A PostgreSQL address; default `DATABASE_URL`; where neither is set the embedded one. */
  url?: string;
  /** Most connections of the pool. */
  max?: number;
}

/**
 * Opens the database and applies the migrations that it lacks. Without an
 * address it is the embedded one under `<data>/postgres`; if another process
 * has that open, connects to it.
 * @throws {CliError} when it cannot be reached or opened, with the remedy.
 */
export async function openDatabase(
  options: DatabaseOptions = {},
): Promise<Database> {
  const url = options.url ?? Deno.env.get("DATABASE_URL");
  if (!url) {
    const { data = dataFolder(), max = 4 } = options;
    const opened = await openEmbedded(data, { max, connect, migrate });
    return { ...opened, embedded: true };
  }
  const sql = connect(checkAddress(url), options.max);
  try {
    await sql`select 1`;
    await migrate(sql);
  } catch (error) {
    await sql.end({ timeout: 1 });
    throw error instanceof CliError ? error : new CliError(
      `The database at ${masked(url)} cannot be used: ${reason(error)}. ` +
        "Check DATABASE_URL, or unset it to use the embedded database.",
    );
  }
  return { sql, url, embedded: false, close: () => sql.end({ timeout: 5 }) };
}

/** A client of a PostgreSQL at `url`; times are UTC, 64-bit integers come as text. */
export function connect(url: string, max = 6): postgres.Sql {
  return reconnectingClient((lost) =>
    postgres(url, {
      max,
      onnotice: () => {},
      onclose: lost,
      // A connection that ends by age would count as lost.
      idle_timeout: 0,
      max_lifetime: 0,
      connect_timeout: 10,
      connection: { TimeZone: "UTC", application_name: "crowdtape" },
    })
  );
}

function checkAddress(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (!parsed || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw new CliError(
      "DATABASE_URL is not a PostgreSQL address. It looks like " +
        "postgres://user:password@host:5432/name; unset it to use the embedded database.",
    );
  }
  return url;
}

/** The words of an error, also of one that only bundles others. */
function reason(error: unknown): string {
  if (error instanceof AggregateError) {
    return error.errors.map(reason).join(", ");
  }
  const { message, code } = error as Error & { code?: string };
  return (message || code || String(error)).replace(/\.$/, "");
}

const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);

/**
 * What brings a database of before the first release to the tables that
 * {@link MIGRATIONS} make. Its migrations were squashed since; the record of
 * them, from `first` to `last`, gives way to that of the new ones.
 */
const UPGRADES = new URL("../../supabase/upgrades/", import.meta.url);
const SQUASHED = {
  first: "20261121000000",
  /** Recorded by the oldest database that can be upgraded. */
  least: "20261121000610",
  last: "20261121040000",
};

/**
 * Applies the migrations that are not recorded yet, all in one transaction, and
 * records them where the Supabase CLI does, so that `supabase db push` and the
 * collector agree on what has been applied. A database of before the first
 * release is upgraded, with its rows.
 * @returns the files that were applied
 * @throws {CliError} where the database is older than what can be upgraded
 */
export async function migrate(sql: postgres.Sql): Promise<string[]> {
  return await sql.begin(async (tx) => {
    // Two processes may start together on an empty database.
    await tx`select pg_advisory_xact_lock(hashtext('crowdtape migrations'))`;
    await tx`create schema if not exists supabase_migrations`;
    await tx`create table if not exists supabase_migrations.schema_migrations
      (version text primary key, statements text[], name text)`;
    const rows =
      await tx`select version from supabase_migrations.schema_migrations`;
    const applied = new Set<string>(rows.map((row) => row.version));
    const upgraded = applied.has(SQUASHED.first)
      ? await upgrade(tx, applied)
      : [];
    const missing = (await migrationsIn(MIGRATIONS))
      .filter(({ version }) => !applied.has(version));
    for (const migration of missing) {
      await tx.unsafe(migration.text).simple();
      await record(tx, migration);
    }
    return [...upgraded, ...missing.map(({ file }) => file)];
  }) as string[];
}

/** Upgrades a database of before the first release; `applied` becomes what is recorded then. */
async function upgrade(
  tx: postgres.TransactionSql,
  applied: Set<string>,
): Promise<string[]> {
  if (!applied.has(SQUASHED.least)) {
    throw new CliError(
      "The database was made by a crowdtape that is too old to be upgraded: " +
        `its migrations end before ${SQUASHED.least}. Begin with an empty one.`,
    );
  }
  const missing = (await migrationsIn(UPGRADES))
    .filter(({ version }) => !applied.has(version));
  for (const { text } of missing) await tx.unsafe(text).simple();
  await tx`delete from supabase_migrations.schema_migrations
    where version between ${SQUASHED.first} and ${SQUASHED.last}`;
  for (const migration of await migrationsIn(MIGRATIONS)) {
    if (migration.version >= SQUASHED.first) continue;
    await record(tx, migration);
    applied.add(migration.version);
  }
  return missing.map(({ file }) => file);
}

interface Migration {
  file: string;
  version: string;
  name: string;
  text: string;
}

/** The migrations of a folder, in order. */
async function migrationsIn(folder: URL): Promise<Migration[]> {
  const migrations: Migration[] = [];
  for await (const { name: file } of Deno.readDir(folder)) {
    const [, version, name] = /^(\d+)_(.*)\.sql$/.exec(file) ?? [];
    if (!version || !name) continue;
    const text = await Deno.readTextFile(new URL(file, folder));
    migrations.push({ file, version, name, text });
  }
  return migrations.sort((a, b) => a.version < b.version ? -1 : 1);
}

async function record(
  tx: postgres.TransactionSql,
  { version, text, name }: Migration,
): Promise<void> {
  await tx`insert into supabase_migrations.schema_migrations (version, statements, name)
    values (${version}, ${[text]}, ${name})`;
}
