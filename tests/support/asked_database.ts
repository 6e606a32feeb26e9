/**
 * A database with rows in every table, embedded and as a PostgreSQL that is set
 * up as Supabase sets up a project: whatever is made in `public` is everyone's
 * until a migration says otherwise, and the publication is there.
 */
import type postgres from "postgres";
import { connect, openDatabase } from "../../collector/database/client.ts";
import { emptyData } from "./empty_database.ts";
import { startPostgres } from "./postgres_server.ts";

/** Who reads through Supabase's API. */
export const ROLES = ["anon", "authenticated", "service_role"] as const;

const PROJECT = `
  create role anon nologin noinherit;
  create role authenticated nologin noinherit;
  create role service_role nologin noinherit bypassrls;
  alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
  alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
  alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
  create publication supabase_realtime;`;

const rows = () =>
  Deno.readTextFile(new URL("../database/asked_rows.sql", import.meta.url));

/** Runs `use` with the embedded database after what the collector does each hour. */
export async function withEmbedded(
  use: (sql: postgres.Sql) => Promise<void>,
): Promise<void> {
  const data = await emptyData();
  const { sql, close } = await openDatabase({ data, url: "" });
  try {
    await sql.unsafe(await rows()).simple();
    await sql`select tend_day_partitions((now() at time zone 'UTC')::date - age)
      from generate_series(0, 1) as age`;
    await use(sql);
  } finally {
    await close();
    await Deno.remove(data, { recursive: true });
  }
}

/** Runs `use` with a PostgreSQL after what its autovacuum does. */
export async function withProject(
  use: (sql: postgres.Sql) => Promise<void>,
): Promise<void> {
  const server = await startPostgres();
  try {
    const owner = connect(server.url, 1);
    await owner.unsafe(PROJECT).simple().finally(() => owner.end());
    const { sql, close } = await openDatabase({ url: server.url });
    try {
      await sql.unsafe(await rows()).simple();
      await sql`vacuum analyze`;
      await use(sql);
    } finally {
      await close();
    }
  } finally {
    await server.stop();
  }
}
