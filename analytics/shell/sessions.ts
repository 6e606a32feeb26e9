/** Where statements of `deno task sql` run: DuckDB over lake and marts, or the database. */
import { StatementType } from "@duckdb/node-api";
import postgres from "postgres";
import { openDatabase } from "../../collector/database/client.ts";
import { CliError } from "../../collector/cli/errors.ts";
import type { Client } from "../../collector/store/tables.ts";
import { openLake } from "../lake/lake.ts";
import type { Answer } from "./results.ts";

/** Runs statements one after the other. */
export interface Session {
  /**
   * Runs one or several statements.
   * @param most rows that are read of each
   * @throws {CliError} with what is wrong and where, or that the session only reads.
   */
  run(text: string, most: number): Promise<Answer[]>;
  /** The tables that there are, as the session names them. */
  tables: string;
  close(): Promise<void> | void;
}

const READING = new Set([
  StatementType.SELECT,
  StatementType.EXPLAIN,
  StatementType.VARIABLE_SET,
  StatementType.SET,
  StatementType.PRAGMA,
]);

/** Lake and marts. Tables are found by their own names, the lake's before the marts'. */
export async function lakeSession(writes: boolean): Promise<Session> {
  const lake = await openLake({ allowEmpty: true });
  const { connection } = lake;
  await connection.run("set search_path = 'lake,marts'");
  return {
    tables:
      `select table_schema as schema, table_name as name, string_agg(column_name, ', ' order by ordinal_position) as columns
       from information_schema.columns where table_schema in ('lake', 'marts') group by all order by all`,
    run: async (text, most) => {
      const answers: Answer[] = [];
      try {
        const statements = await connection.extractStatements(text);
        for (let i = 0; i < statements.count; i++) {
          const prepared = await statements.prepare(i);
          if (!writes && !READING.has(prepared.statementType)) {
            throw new CliError(
              "This session only reads. Start it with --write to make tables and files.",
            );
          }
          const result = await prepared.stream();
          const columns = result.columnNames();
          const rows: (string | null)[][] = [];
          // One more than is shown tells whether there are more.
          for await (const chunk of result.yieldRows()) {
            for (const row of chunk) {
              rows.push(
                row.map((value) => value === null ? null : String(value)),
              );
            }
            if (rows.length > most) break;
          }
          answers.push({
            columns,
            more: rows.length > most,
            rows: rows.slice(0, most),
          });
        }
      } catch (error) {
        throw error instanceof CliError
          ? error
          : new CliError((error as Error).message);
      }
      return answers;
    },
    close: lake.close,
  };
}

/** A value as the server writes it: a time with its microseconds, a document as its text. */
const AS_TEXT = {
  to: 25,
  from: [16, 17, 20, 21, 23, 114, 700, 701, 1082, 1114, 1184, 3802],
  serialize: (text: string) => text,
  parse: (text: string) => text,
};

/** The database that collects, by the names of the SQL editor. */
export async function databaseSession(writes: boolean): Promise<Session> {
  const database = await openDatabase({ max: 1 });
  const sql = postgres(database.url, {
    max: 1,
    onnotice: () => {},
    connection: { TimeZone: "UTC", application_name: "crowdtape sql" },
    types: { text: AS_TEXT },
  });
  const read = async (tx: Client, text: string, most: number) => {
    let columns: string[] = [];
    const rows: (string | null)[][] = [];
    const cursor = tx.unsafe(text, [], { prepare: true }).values()
      .cursor(Math.min(most + 1, 1000));
    for await (const part of cursor) {
      columns = (part as unknown as { columns: { name: string }[] }).columns
        .map(({ name }) => name);
      for (const row of part as unknown[][]) {
        rows.push(row.map(textOf));
      }
      if (rows.length > most) break;
    }
    return [{ columns, rows: rows.slice(0, most), more: rows.length > most }];
  };
  return {
    tables:
      `select c.relname as name, case c.relkind when 'v' then 'view' else 'table' end as kind,
         obj_description(c.oid) as about
       from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v') order by 1`,
    run: async (text, most) => {
      try {
        if (writes) return await sql.begin((tx) => read(tx, text, most));
        return await sql.begin("read only", async (tx) => {
          // After its first statement a transaction stays what it is.
          await tx`select 1`;
          return await read(tx, text, most);
        });
      } catch (error) {
        const { message, code, position } = error as Error & {
          code?: string;
          position?: string;
        };
        if (code === "25006" || /read-write mode must be set/.test(message)) {
          throw new CliError(
            "This session only reads. Start it with --write to change the database.",
          );
        }
        throw new CliError(
          position ? `${message} (character ${position})` : message,
        );
      }
    },
    close: async () => {
      await sql.end({ timeout: 1 });
      await database.close();
    },
  };
}

const textOf = (value: unknown): string | null =>
  value === null || value === undefined
    ? null
    : typeof value === "object"
    ? JSON.stringify(value)
    : String(value);
