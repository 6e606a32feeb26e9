/**
 * The generated types are those of the tables. After a change of tables:
 *
 *     supabase gen types typescript --db-url "$DATABASE_URL" --schema public > supabase/types.ts
 *     deno fmt supabase/types.ts
 *
 * without what the CLI says before the first `export`.
 */
import assert from "node:assert/strict";
import { openDatabase } from "../../collector/database/client.ts";
import { startPostgres } from "../support/postgres_server.ts";
import { test } from "../support/requirements.ts";
import type { Database } from "../../supabase/types.ts";

/** The columns of each table and view with their types, however the text is laid out. */
function rowsIn(types: string): Record<string, string[]> {
  const bare = types.replaceAll(/["\s]+/g, " ");
  const rows: Record<string, string[]> = {};
  for (
    const [, name = "", columns = ""] of bare.matchAll(
      /(\w+) ?: \{ Row ?: \{(.*?)\}/g,
    )
  ) {
    rows[name] = [...columns.matchAll(/(\w+) ?: ([^,;]+)/g)]
      .map(([, column, type]) => `${column}: ${type!.trim()}`).sort();
  }
  return rows;
}

test(
  "the generated types are those of the tables",
  ["postgres", "supabase"],
  async () => {
    const server = await startPostgres();
    try {
      const { sql, close } = await openDatabase({ url: server.url });
      const names = (await sql`select relname as name from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v')`)
        .map(({ name }) => name as string);
      await close();
      const { stdout, stderr } = await new Deno.Command("supabase", {
        args: [
          ...["gen", "types", "typescript", "--schema", "public", "--db-url"],
          server.url.replace("postgres@", "postgres:none@"),
        ],
        stdin: "null",
      }).output();
      const text = new TextDecoder();
      const made = rowsIn(text.decode(stdout));
      assert.deepEqual(
        Object.keys(made).sort(),
        names.sort(),
        text.decode(stderr),
      );
      const kept = await Deno.readTextFile(
        new URL("../../supabase/types.ts", import.meta.url),
      );
      assert.deepEqual(rowsIn(kept), made);
      const id: keyof Database["public"]["Tables"]["trades"]["Row"] =
        "trade_id";
      assert.ok(made.trades!.includes(`${id}: number`));
    } finally {
      await server.stop();
    }
  },
);
