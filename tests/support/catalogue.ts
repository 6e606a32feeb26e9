/** What a database is made of, one sorted text a thing: two that are equal read the same. */
import type postgres from "postgres";

/** Rights as sorted texts, whoever granted them. */
const rights = (column: string) =>
  `(select coalesce(string_agg(format('%s %s', case when a.grantee = 0 then 'public' else a.grantee::regrole::text end,
      a.privilege_type), ', ' order by a.grantee::regrole::text, a.privilege_type), '')
    from aclexplode(${column}) as a)`;

const OURS = "('public', 'partitions')";

const QUERIES = {
  tables: `
    select format('%s %s kind %s security %s forced %s options %s by %s bounds %s rights %s comment %s',
      c.oid::regclass, pg_get_userbyid(c.relowner), c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.reloptions,
      pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid), ${
    rights("c.relacl")
  }, obj_description(c.oid, 'pg_class')) as line
    from pg_class c where c.relnamespace::regnamespace::text in ${OURS} and c.relkind <> 'i' and c.relkind <> 'I'`,
  columns: `
    select format('%s %s %s %s not null %s default %s identity %s generated %s collation %s rights %s comment %s',
      a.attrelid::regclass, row_number() over (partition by a.attrelid order by a.attnum), a.attname,
      format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated,
      a.attcollation::regcollation, ${
    rights("a.attacl")
  }, col_description(a.attrelid, a.attnum)) as line
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where c.relnamespace::regnamespace::text in ${OURS} and c.relkind in ('r', 'p', 'v') and a.attnum > 0 and not a.attisdropped`,
  constraints: `
    select format('%s %s %s valid %s inherited %s', conrelid::regclass, conname, pg_get_constraintdef(oid), convalidated, coninhcount) as line
    from pg_constraint where connamespace::regnamespace::text in ${OURS}`,
  indexes: `
    select format('%s valid %s', pg_get_indexdef(indexrelid), indisvalid) as line
    from pg_index join pg_class c on c.oid = indexrelid where c.relnamespace::regnamespace::text in ${OURS}`,
  policies: `
    select format('%s.%s %s %s %s %s %s %s', schemaname, tablename, policyname, permissive, roles, cmd, qual, with_check) as line
    from pg_policies`,
  functions: `
    select format('%s rights %s comment %s', pg_get_functiondef(oid), ${
    rights("proacl")
  }, obj_description(oid, 'pg_proc')) as line
    from pg_proc where pronamespace::regnamespace::text in ${OURS}`,
  triggers: `
    select format('%s enabled %s', pg_get_triggerdef(oid), tgenabled) as line from pg_trigger where not tgisinternal`,
  schemas: `
    select format('%s rights %s', nspname, ${
    rights("nspacl")
  }) as line from pg_namespace
    where nspname in ${OURS}`,
  migrations: `
    select format('%s %s %s', version, name, md5(statements::text)) as line from supabase_migrations.schema_migrations`,
};

/** Tables, columns, constraints, indexes, policies, functions, triggers, rights, comments and the record of migrations. */
export async function catalogue(
  sql: postgres.Sql,
): Promise<Record<keyof typeof QUERIES, string[]>> {
  const found = Object.entries(QUERIES).map(async ([kind, query]) => {
    const rows = await sql.unsafe(query);
    return [kind, rows.map((row) => row.line as string).sort()] as const;
  });
  return Object.fromEntries(await Promise.all(found)) as Record<
    keyof typeof QUERIES,
    string[]
  >;
}
