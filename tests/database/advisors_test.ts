/**
 * What Supabase's advisors look for, what each role may do, what Realtime sends
 * and that everything says what it is: asked of the catalogue.
 */
import assert from "node:assert/strict";
import type postgres from "postgres";
import { dropOldText } from "../../collector/database/retention.ts";
import { withEmbedded, withProject } from "../support/asked_database.ts";
import { test } from "../support/requirements.ts";

const PUBLIC = "relnamespace = 'public'::regnamespace";

/** Each gives the names of what is found, none where all is well. */
const FINDINGS = {
  "foreign key without an index": `
    select conname as name from pg_constraint f
    where f.contype = 'f' and f.connamespace = 'public'::regnamespace and not exists (
      select from pg_index i where i.indrelid = f.conrelid
        and (i.indkey::smallint[])[0:cardinality(f.conkey) - 1] @> f.conkey)`,
  "index that another one makes superfluous": `
    select a.indexrelid::regclass as name
    from pg_index a join pg_index b on a.indrelid = b.indrelid and a.indexrelid <> b.indexrelid
    join pg_class ca on ca.oid = a.indexrelid join pg_class cb on cb.oid = b.indexrelid
    where ca.${PUBLIC} and ca.relam = cb.relam
      and a.indpred is not distinct from b.indpred and a.indexprs is null and b.indexprs is null
      and starts_with(b.indkey::text || ' ', a.indkey::text || ' ')
      and (not a.indisunique or a.indkey = b.indkey and b.indisunique and a.indexrelid > b.indexrelid)`,
  "function of its owner's rights without a search_path": `
    select proname as name from pg_proc
    where pronamespace = 'public'::regnamespace and prosecdef and coalesce(array_to_string(proconfig, ' '), '') !~ 'search_path='`,
  // A SQL function with one is not inlined: these name nothing that is not built in.
  "function with the caller's search_path": `
    select proname as name from pg_proc
    where pronamespace = 'public'::regnamespace and coalesce(array_to_string(proconfig, ' '), '') !~ 'search_path='
      and proname not in ('current_transaction', 'transactions_ahead', 'longest_silence', 'next_longest_pause')`,
  "table without row level security": `
    select oid::regclass as name from pg_class
    where relnamespace::regnamespace::text in ('public', 'partitions') and relkind in ('r', 'p') and not relrowsecurity`,
  "table without a policy": `
    select relname as name from pg_class c
    where ${PUBLIC} and relkind in ('r', 'p') and not exists (select from pg_policy p where p.polrelid = c.oid)`,
  "several policies for one role": `
    select tablename as name from pg_policies, unnest(roles) as role
    where schemaname = 'public' group by tablename, role having count(*) > 1`,
  "view with its owner's rights": `
    select relname as name from pg_class where ${PUBLIC} and relkind = 'v'
      and not coalesce('security_invoker=true' = any(reloptions), false)`,
  "materialized view or foreign table that the API shows": `
    select relname as name from pg_class where ${PUBLIC} and relkind in ('m', 'f')`,
  "table without a key": `
    select oid::regclass as name from pg_class c
    where relnamespace::regnamespace::text in ('public', 'partitions') and relkind = 'r'
      and not exists (select from pg_index i where i.indrelid = c.oid and i.indisunique)`,
  "writing that is granted to the public": `
    select relname as name from pg_class c, unnest(array['anon', 'authenticated']) as role
    where ${PUBLIC} and relkind in ('r', 'p', 'v') and has_table_privilege(role, c.oid, 'insert, update, delete, truncate')`,
  "sequence that is granted to the public": `
    select relname as name from pg_class c, unnest(array['anon', 'authenticated']) as role
    where ${PUBLIC} and relkind = 'S' and has_sequence_privilege(role, c.oid, 'usage, select, update')`,
  "function that the public may call": `
    select distinct proname as name from pg_proc p, unnest(array['anon', 'authenticated']) as role
    where pronamespace = 'public'::regnamespace and has_function_privilege(role, p.oid, 'execute')
      and proname not in ('coverage', 'longest_silence', 'next_longest_pause')`,
  "table or view without a comment": `
    select relname as name from pg_class c
    where ${PUBLIC} and relkind in ('r', 'p', 'v') and coalesce(obj_description(c.oid, 'pg_class'), '') = ''`,
  "column without a comment": `
    select format('%s.%s', c.relname, a.attname) as name
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.${PUBLIC} and c.relkind in ('r', 'p', 'v') and coalesce(col_description(c.oid, a.attnum), '') = ''`,
  "function without a comment": `
    select proname as name from pg_proc
    where pronamespace = 'public'::regnamespace and coalesce(obj_description(oid, 'pg_proc'), '') = ''`,
  "table that Realtime sends without a primary key": `
    select tablename as name from pg_publication_tables t
    where pubname = 'supabase_realtime' and not exists (
      select from pg_index i where i.indrelid = format('%I.%I', schemaname, tablename)::regclass and i.indisprimary)`,
};

/** Something of each kind that {@link FINDINGS} look for. */
const WRONG = `
  create table wrong (a integer primary key, b integer references wrong (a));
  grant insert on wrong to anon;
  create table keyless (a integer);
  create index wrong_twice on trades using brin (written);
  create view wrong_view as select * from wrong;
  create materialized view wrong_kept as select 1;
  create sequence wrong_numbers; grant usage on sequence wrong_numbers to anon;
  create policy one on gaps for select to anon using (true);
  create function wrong_rights() returns integer language sql security definer as 'select 1';
  alter publication supabase_realtime add table keyless;`;

async function find(sql: postgres.Sql): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const [what, query] of Object.entries(FINDINGS)) {
    const rows = await sql.unsafe(query);
    if (rows.length > 0) found[what] = rows.map((row) => String(row.name));
  }
  return found;
}

/** A row of the README's table of roles. */
interface Told {
  names: string[];
  public: string;
  service: string;
}

/** The rows of the table whose head names `service_role`. */
async function toldBy(file: string): Promise<Told[]> {
  const text = await Deno.readTextFile(
    new URL(`../../${file}`, import.meta.url),
  );
  const lines = text.split("\n");
  const head = lines.findIndex((line) =>
    /^\|.*`anon`.*\|.*`service_role`/.test(line)
  );
  assert.ok(head > 0, `${file} has no table of roles`);
  const rows: Told[] = [];
  for (const line of lines.slice(head + 2)) {
    if (!line.startsWith("|")) break;
    const [, names = "", seen = "", service = ""] = line.split("|")
      .map((cell) => cell.trim());
    rows.push({
      names: [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name!),
      public: seen,
      service,
    });
  }
  return rows;
}

/** The words for what a role may do. */
const WORDS = {
  "README.md": {
    read: "read",
    none: "nothing",
    all: "all",
    without: (columns: string) => `all but ${columns}`,
  },
  "README.ko.md": {
    read: "읽기",
    none: "없음",
    all: "모두",
    without: (columns: string) => `${columns} 제외`,
  },
};

async function look(t: Deno.TestContext, sql: postgres.Sql): Promise<void> {
  await t.step("nothing is found", async () => {
    assert.deepEqual(await find(sql), {});
  });

  await t.step("what is wrong is found", async () => {
    const undone = new Error("undone");
    await sql.begin(async (tx) => {
      await tx.unsafe(WRONG).simple();
      const found = await find(tx as unknown as postgres.Sql);
      for (const [what, query] of Object.entries(FINDINGS)) {
        assert.ok(found[what]?.length, `${what} is not found by ${query}`);
      }
      throw undone;
    }).catch((error) => assert.equal(error, undone));
  });

  for (const [file, words] of Object.entries(WORDS)) {
    await t.step(`the roles in ${file}`, async () => {
      const rows = await toldBy(file);
      const wanted = new Map(
        rows.flatMap((row) => row.names.map((name) => [name, row])),
      );
      const relations = await sql`
        select relname as name, relkind as kind from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v') order by 1`;
      assert.deepEqual(
        [...wanted.keys()].sort(),
        relations.map(({ name }) => name).sort(),
        "each table and view once",
      );
      for (const { name, kind } of relations) {
        const seen = wanted.get(name)!;
        for (const role of ["anon", "authenticated"]) {
          assert.equal(
            await readable(sql, role, name, words),
            seen.public,
            `${role}: ${name}`,
          );
        }
        const [may] = await sql`select
          has_table_privilege('service_role', ${`public.${name}`}, 'select') as read,
          has_table_privilege('service_role', ${`public.${name}`}, 'insert') as add,
          has_table_privilege('service_role', ${`public.${name}`}, 'update') as change`;
        assert.deepEqual(
          may,
          {
            read: true,
            add: kind !== "v",
            change: kind !== "v" && name !== "forecasts",
          },
          `service_role: ${name}`,
        );
        assert.equal(
          seen.service === words.read,
          kind === "v",
          `service_role: ${name}`,
        );
      }
    });
  }

  await t.step("Realtime sends prices, signals and gaps", async () => {
    const sent = await sql`select tablename as name from pg_publication_tables
      where pubname = 'supabase_realtime' order by 1`;
    assert.deepEqual(sent.map(({ name }) => name), [
      "gaps",
      "market_flags",
      "published_correlation",
      "published_marts",
      "published_premium",
      "tickers",
    ]);
    // A table without a key could no longer be written to.
    await sql`update tickers set received_at = now()`;
    await sql`delete from published_premium`;
  });

  await t.step("texts go in time", async () => {
    const now = Date.now() * 1000;
    assert.deepEqual({ ...await dropOldText(sql, 14, now) }, {
      posts: 1,
      comments: 1,
    });
    const kept = await sql`select title from posts order by post_id`;
    assert.deepEqual(kept.map(({ title }) => title), ["SECRET", null]);
  });
}

/** What a role reads of a table, in the words of the README: tried, not looked up. */
async function readable(
  sql: postgres.Sql,
  role: string,
  name: string,
  words: (typeof WORDS)["README.md"],
): Promise<string> {
  const columns = (await sql`select attname as name from pg_attribute
    where attrelid = ${`public.${name}`}::regclass and attnum > 0 and not attisdropped order by attnum`)
    .map((column) => column.name as string);
  const refused: string[] = [];
  await sql.begin(async (tx) => {
    const count = `select count(*)::integer as n from public.${name}`;
    const [all] = await tx.unsafe(count);
    for (const column of columns) {
      await tx.savepoint(async (part) => {
        await part.unsafe(`set local role ${role}`);
        const rows = await part.unsafe(
          `select "${column}" from public.${name}`,
        );
        // Behind row level security a table can be read and yet show nothing.
        assert.equal(rows.length, all!.n, `${role}: ${name}.${column}`);
        assert.ok(rows.length > 0, `no row in ${name}`);
        throw new Error("role ends");
      }).catch((error: Error) => {
        if (/permission denied/.test(error.message)) refused.push(column);
        else if (error.message !== "role ends") throw error;
      });
    }
  });
  if (refused.length === columns.length) return words.none;
  if (refused.length === 0) return words.all;
  return words.without(refused.map((column) => `\`${column}\``).join(", "));
}

Deno.test("advisors, roles and Realtime, embedded", (t) =>
  withEmbedded((sql) => look(t, sql)));

test(
  "advisors, roles and Realtime, PostgreSQL",
  ["postgres"],
  (t) => withProject((sql) => look(t, sql)),
);
