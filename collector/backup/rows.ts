/**
 * Rows of the database as text and back: a line a row, a JSON array of each
 * column's text, so that every value is exact, whatever its type.
 */
import { createHash } from "node:crypto";
import type postgres from "postgres";

/** A table as the catalogue has it. */
export interface StoredTable {
  name: string;
  columns: { name: string; type: string; withheld: boolean }[];
  /** Its primary key, by which rows are ordered; all columns where it has none. */
  key: string[];
  /** The column that its days are of, where it is kept in a partition a day. */
  day: string | null;
  /** Whether its rows bear the transaction that wrote them. */
  written: boolean;
}

/** Texts and authors are kept for a limited time in the database alone. */
const WITHHELD: Record<string, string[]> = {
  posts: ["title", "author_hash"],
  comments: ["text", "author_hash"],
};

/** What a collector that runs says of itself: nothing of it holds elsewhere. */
const NOT_KEPT = ["collectors", "writer_offsets", "clock_offsets"];

/** Every table whose rows a backup holds. */
export async function storedTables(sql: postgres.ISql): Promise<StoredTable[]> {
  const rows = await sql<
    {
      name: string;
      day: string | null;
      columns: StoredTable["columns"];
      key: string[];
    }[]
  >`
    select c.relname as name,
      (select a.attname from pg_partitioned_table p join pg_attribute a on a.attrelid = p.partrelid
        and a.attnum = p.partattrs[0] where p.partrelid = c.oid) as day,
      (select json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum)
        from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          and a.attgenerated = '') as columns,
      coalesce((select json_agg(a.attname order by array_position(i.indkey::smallint[], a.attnum))
        from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
        where i.indrelid = c.oid and i.indisprimary), '[]') as key
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
    order by c.relname`;
  return rows.filter(({ name }) => !NOT_KEPT.includes(name)).map((row) => ({
    ...row,
    columns: row.columns.map((column) => ({
      ...column,
      withheld: WITHHELD[row.name]?.includes(column.name) ?? false,
    })),
    key: row.key.length > 0 ? row.key : row.columns.map(({ name }) => name),
    written: row.columns.some(({ name }) => name === "written"),
  }));
}

const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** A condition for the rows of a day; all rows where there is none. */
const within = ({ day }: StoredTable, of: string): string =>
  of && day
    ? `where ${identifier(day)} >= '${of}+00' and ${
      identifier(day)
    } < timestamptz '${of}+00' + interval '1 day'`
    : "";

/** The days of a table that is kept by days; one without a name for any other. */
export async function daysOf(
  sql: postgres.ISql,
  { name, day }: StoredTable,
): Promise<string[]> {
  if (!day) return [""];
  const rows = await sql<{ day: string }[]>`
    select distinct (${sql(day)} at time zone 'UTC')::date::text as day from ${
    sql(name)
  } order by 1`;
  return rows.map((row) => row.day);
}

/** Changes whenever a row of the part does, and is had without reading its values; null where nothing is. */
export async function printOf(
  sql: postgres.ISql,
  table: StoredTable,
  day: string,
): Promise<{ rows: number; print: string | null }> {
  const print = table.written
    ? "count(*) || ' ' || coalesce(max(written), 0) || ' ' || coalesce(sum(written), 0)"
    : "null";
  const [row] = await sql.unsafe(
    `select count(*)::integer as rows, ${print} as print from public.${
      identifier(table.name)
    } ${within(table, day)}`,
  );
  return row as unknown as { rows: number; print: string | null };
}

/** The rows of a part as lines, in the order of their key. */
export async function* linesOf(
  sql: postgres.ISql,
  table: StoredTable,
  day: string,
): AsyncGenerator<string> {
  const values = table.columns.map(({ name, withheld }) =>
    withheld ? "null" : `${identifier(name)}::text`
  );
  const query = sql.unsafe(
    `select json_build_array(${values.join(", ")})::text as line from public.${
      identifier(table.name)
    } ${within(table, day)} order by ${table.key.map(identifier).join(", ")}`,
  );
  for await (const rows of query.cursor(5000)) {
    yield rows.map(({ line }) => line + "\n").join("");
  }
}

/** Lines compressed, and the hash of their text once they are through. */
export function compressed(
  lines: AsyncIterable<string>,
): { bytes: ReadableStream<Uint8Array>; content: () => string } {
  const hash = createHash("sha256");
  let content = "";
  const text = ReadableStream.from(lines).pipeThrough(
    new TransformStream<string, Uint8Array<ArrayBuffer>>({
      transform(lines, out) {
        const bytes = new TextEncoder().encode(lines);
        hash.update(bytes);
        out.enqueue(bytes);
      },
      flush() {
        content = hash.digest("hex");
      },
    }),
  );
  return {
    bytes: text.pipeThrough(new CompressionStream("gzip")),
    content: () => content,
  };
}

/** How many rows an insert takes. */
const ROWS = 2000;

/** Writes a part's lines back. @returns how many rows. */
export async function insertLines(
  sql: postgres.ISql,
  table: StoredTable,
  columns: string[],
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<number> {
  const types = new Map(table.columns.map(({ name, type }) => [name, type]));
  const insert = `insert into public.${identifier(table.name)} (${
    columns.map(identifier).join(", ")
  }) overriding system value select ${
    columns.map((name, i) => `(v->>${i})::${types.get(name)}`).join(", ")
  } from json_array_elements($1::text::json) with ordinality as given (v, at) order by at`;
  let rows = 0;
  let waiting: string[] = [];
  const write = async () => {
    if (waiting.length === 0) return;
    await sql.unsafe(insert, [`[${waiting.join(",")}]`]);
    rows += waiting.length;
    waiting = [];
  };
  let rest = "";
  const text = bytes.pipeThrough(new DecompressionStream("gzip"))
    .pipeThrough(new TextDecoderStream());
  for await (const part of text) {
    const lines = (rest + part).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      waiting.push(line);
      if (waiting.length === ROWS) await write();
    }
  }
  await write();
  return rows;
}

/** The hash of what a part's lines are now. */
export async function contentOf(lines: AsyncIterable<string>): Promise<string> {
  const hash = createHash("sha256");
  for await (const text of lines) hash.update(text);
  return hash.digest("hex");
}
