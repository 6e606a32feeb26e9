/**
 * A database of before the first release becomes what the migrations make, rows
 * and all. Its migrations stand in `earlier/migrations.sql` as they were.
 */
import assert from "node:assert/strict";
import type postgres from "postgres";
import {
  connect,
  migrate,
  openDatabase,
} from "../../collector/database/client.ts";
import { openEmbedded } from "../../collector/database/embedded.ts";
import { catalogue } from "../support/catalogue.ts";
import { emptyData, putCluster } from "../support/empty_database.ts";
import { startPostgres } from "../support/postgres_server.ts";
import { test } from "../support/requirements.ts";

/** The newest migration of each earlier state. */
const STATES = ["20261121000610", "20261121030010"];

/** What the upgrade calls otherwise, and what it drops. */
const TABLES: Record<string, string> = {
  drains: "writer_offsets",
  feeds: "stream_stats",
  notices: "market_flags",
};
const COLUMNS: Record<string, string> = { notice: "flag" };
const DROPPED = ["reached_to_id"];

/** The parts of a file, each after a line that names the migration it belongs to. */
async function partsOf(file: string) {
  const text = await Deno.readTextFile(
    new URL(`./earlier/${file}`, import.meta.url),
  );
  return text.split(/^-- migration (?=\d)/m).slice(1).map((part) => {
    const [, version = "", name = "", sql = ""] =
      /^(\d+)_(\w+)\n([^]*)$/.exec(part) ?? [];
    return { version, name, sql };
  });
}

/** Makes a database as `last` left it, recorded as the Supabase CLI does. */
async function makeEarlier(sql: postgres.Sql, last: string): Promise<void> {
  await sql.unsafe(`create schema supabase_migrations;
    create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text)`)
    .simple();
  for (const part of await partsOf("migrations.sql")) {
    if (part.version > last) break;
    await sql.unsafe(part.sql).simple();
    await sql`insert into supabase_migrations.schema_migrations
      values (${part.version}, ${[part.sql]}, ${part.name})`;
  }
  for (const part of await partsOf("rows.sql")) {
    if (part.version <= last) await sql.unsafe(part.sql).simple();
  }
}

/** Every row of every table of `public` by its table, values as exact texts. */
async function rowsOf(
  sql: postgres.Sql,
): Promise<Map<string, Record<string, string>[]>> {
  const names = await sql`select relname as name from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1`;
  const rows = new Map<string, Record<string, string>[]>();
  for (const { name } of names) {
    const found =
      await sql`select (select jsonb_object_agg(key, value::text) from jsonb_each(to_jsonb(t))) as row
      from ${sql(name)} as t`;
    rows.set(name, found.map(({ row }) => row));
  }
  return rows;
}

/** The rows of a table with each value of the array `measures` under its name, as before. */
function spread(
  name: string,
  rows: Map<string, Record<string, string>[]>,
): Record<string, string>[] {
  const [told] = (rows.get("published_marts") ?? [])
    .filter(({ mart }) => `published_${JSON.parse(mart!)}` === name);
  const names: string[] = JSON.parse(told?.measures ?? "null") ?? [];
  return (rows.get(name) ?? []).map((row) => {
    const values: unknown[] = names.length > 0 ? JSON.parse(row.measures!) : [];
    return {
      ...row,
      ...Object.fromEntries(
        names.map((name, i) => [name, JSON.stringify(values[i])]),
      ),
    };
  });
}

/** The keys of a row as they are called after the upgrade. */
const renamed = (row: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(row).filter(([key]) => !DROPPED.includes(key))
      .map(([key, value]) => [COLUMNS[key] ?? key, value]),
  );

/** The same days in every database, whichever side of midnight it was made. */
async function sameDays(sql: postgres.Sql, today: string): Promise<void> {
  await sql`select ensure_day_partitions(parent, ${today}::date - 2, ${today}::date + 9)
    from unnest(array['trades', 'books']) as parent`;
}

/**
 * @param make runs the first statements on an empty database and ends
 * @param open opens that database as the collector does
 */
async function story(
  t: Deno.TestContext,
  last: string,
  make: (first: (sql: postgres.Sql) => Promise<void>) => Promise<void>,
  open: () => ReturnType<typeof openDatabase>,
  fresh: postgres.Sql,
): Promise<void> {
  let before: Awaited<ReturnType<typeof rowsOf>>;
  await make(async (sql) => {
    await makeEarlier(sql, last);
    before = await rowsOf(sql);
    for (const [name, rows] of before) {
      assert.ok(rows.length > 0, `no row in ${name} to be upgraded`);
    }
    // Until then the time was part of the key; a page may have said another one.
    if (last < "20261121010000") {
      await sql`insert into trades select venue, market, trade_id, ts + interval '1 second', price, size, side,
        fills, received_at + interval '1 hour' from trades limit 1`;
    }
  });
  const upgraded = await open();
  const { sql } = upgraded;
  try {
    await t.step(`${last}: every row is there`, async () => {
      const after = await rowsOf(sql);
      for (const [name, rows] of before) {
        const now = spread(TABLES[name] ?? name, after);
        const wanted = rows.map(renamed);
        const keys = Object.keys(wanted[0]!);
        const shared = now.map((row) =>
          Object.fromEntries(keys.map((key) => [key, row[key]]))
        );
        const sorted = (all: object[]) =>
          all.map((row) => JSON.stringify(Object.entries(row).sort())).sort();
        assert.deepEqual(sorted(shared), sorted(wanted), name);
      }
    });
    await t.step(`${last}: it equals an empty one`, async () => {
      const today = new Date().toISOString().slice(0, 10);
      await sameDays(sql, today);
      await sameDays(fresh, today);
      const [found, wanted] = await Promise.all([
        catalogue(sql),
        catalogue(fresh),
      ]);
      assert.deepEqual(found, wanted);
      assert.ok(wanted.columns.length > 250 && wanted.policies.length > 40);
    });
    await t.step(`${last}: once`, async () => {
      assert.deepEqual(await migrate(sql), []);
    });
  } finally {
    await upgraded.close();
  }
}

Deno.test("a database of before the first release is upgraded, embedded", async (t) => {
  const empty = await emptyData();
  const fresh = await openDatabase({ data: empty, url: "" });
  const folders = [empty];
  try {
    for (const last of STATES) {
      const data = await Deno.makeTempDir({ prefix: "crowdtape-upgrade-" });
      folders.push(data);
      await putCluster(data);
      const make = async (first: (sql: postgres.Sql) => Promise<void>) => {
        const { close } = await openEmbedded(data, {
          connect,
          max: 2,
          migrate: first,
        });
        await close();
      };
      const open = () => openDatabase({ data, url: "" });
      await story(t, last, make, open, fresh.sql);
    }
  } finally {
    await fresh.close();
    for (const folder of folders) {
      await Deno.remove(folder, { recursive: true });
    }
  }
});

test(
  "a database of before the first release is upgraded, PostgreSQL",
  ["postgres"],
  async (t) => {
    const server = await startPostgres();
    const fresh = await openDatabase({ url: server.url });
    try {
      for (const last of STATES) {
        const url = await server.database(`earlier_${last}`);
        const make = async (first: (sql: postgres.Sql) => Promise<void>) => {
          const sql = connect(url, 2);
          await first(sql).finally(() => sql.end());
        };
        await story(t, last, make, () => openDatabase({ url }), fresh.sql);
      }
      await t.step("one that is older still is left as it is", async () => {
        const url = await server.database("too_old");
        const sql = connect(url, 2);
        await makeEarlier(sql, "20261121000530");
        const before = await catalogue(sql);
        await assert.rejects(openDatabase({ url }), {
          name: "CliError",
          message: /too old to be upgraded: .*Begin with an empty one\./,
        });
        assert.deepEqual(await catalogue(sql), before);
        await sql.end();
      });
    } finally {
      await fresh.close();
      await server.stop();
    }
  },
);

test(
  "supabase db push refuses before the upgrade and has nothing to do after it",
  ["postgres", "supabase"],
  async () => {
    const server = await startPostgres();
    try {
      const { url } = server;
      const sql = connect(url, 2);
      await makeEarlier(sql, STATES[1]!).finally(() => sql.end());
      const push = async () => {
        const { success, stdout, stderr } = await new Deno.Command("supabase", {
          args: [
            ...["db", "push", "--yes", "--db-url"],
            url.replace("postgres@", "postgres:none@"),
          ],
          stdin: "null",
        }).output();
        const text = new TextDecoder();
        return { success, said: text.decode(stdout) + text.decode(stderr) };
      };
      const early = await push();
      assert.equal(early.success, false, early.said);
      assert.match(early.said, /not found in local migrations directory/);
      await (await openDatabase({ url })).close();
      const late = await push();
      assert.ok(late.success, late.said);
      assert.match(late.said, /up to date/i);
    } finally {
      await server.stop();
    }
  },
);
