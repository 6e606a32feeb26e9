/** `deno task snapshot`: Postgres → the Parquet lake, what is new since the last one. */
import type postgres from "postgres";
import { attended } from "../collector/cli/attended.ts";
import { dataFolder, keepApart } from "../collector/cli/data_folder.ts";
import {
  connect,
  type Database,
  openDatabase,
} from "../collector/database/client.ts";
import { CliError, readOptions, runTask } from "../collector/cli/errors.ts";
import { compact } from "./lake/compact.ts";
import { copyOut, type Narrow } from "./lake/copy_out.ts";
import { type Lake, openDuckdb } from "./lake/lake.ts";
import { type LakeFile, LakeFiles, type NewFile } from "./lake/files.ts";
import {
  identifier,
  type LakeTable,
  lakeTables,
  literal,
  partitionQuery,
} from "./lake/tables.ts";
import { readTalk } from "./talk/read_talk.ts";

/** What a snapshot added to one table. */
export interface TableReport {
  table: string;
  rows: number;
  files: number;
  bytes: number;
  seconds: number;
  /** Days whose files were made one. */
  compacted: number;
}

export interface SnapshotOptions {
  /** Folder of the data; default `CROWDTAPE_DATA`, else `data`. */
  data?: string;
  /** An open database; default {@link openDatabase}. It is left open. */
  database?: Database;
  /** Days before this one (UTC, `yyyy-mm-dd`) are closed and get one file; default today. */
  today?: string;
  /** When it begins; milliseconds since 1970, default now. */
  now?: number;
  /** Only these tables; default all. */
  tables?: string[];
  /** Called after each table. */
  onTable?: (report: TableReport) => void;
}

/**
 * Copies every committed row version that no snapshot has copied yet, each
 * exactly once, however late it came; then makes one file of each closed day.
 *
 * Rows carry the transaction that wrote them, and every transaction below the
 * oldest running one has ended: those at or above the last snapshot's bound and
 * below that one are new and final.
 *
 * @throws {CliError} when the lake and the database do not belong together, a
 * file is missing, a value does not fit or a count differs.
 */
export async function snapshot(
  options: SnapshotOptions = {},
): Promise<TableReport[]> {
  const data = options.data ?? dataFolder();
  const database = options.database ?? await openDatabase({ data });
  const today = options.today ?? new Date().toISOString().slice(0, 10);
  const reports: TableReport[] = [];
  let files: LakeFiles | undefined;
  let duckdb: Lake | undefined;
  try {
    files = await LakeFiles.open(database.sql, data, options.now);
    duckdb = await openDuckdb(data);
    // Texts do not leave Postgres; what is counted in them does.
    if (options.tables?.includes("talk") ?? true) {
      await readTalk(database.sql, data);
    }
    for (const table of lakeTables) {
      if (options.tables && !options.tables.includes(table.name)) continue;
      const started = performance.now();
      const added = await copyTable(table, database, files, duckdb);
      const compacted = table.whole
        ? 0
        : await compact(table, today, files, duckdb);
      const report = {
        table: table.name,
        rows: added.reduce((sum, file) => sum + file.rows, 0),
        files: added.length,
        bytes: added.reduce((sum, file) => sum + file.bytes, 0),
        seconds: (performance.now() - started) / 1000,
        compacted,
      };
      reports.push(report);
      options.onTable?.(report);
    }
    await files.writeManifest();
  } finally {
    duckdb?.close();
    files?.close();
    if (!options.database) await database.close();
  }
  return reports;
}

/** Rows of one partition, as Postgres counted them. */
interface Partition {
  venue: string;
  date: string;
  rows: number;
  /** Of its file: the transactions it covers or, where a table is copied whole, its content's fingerprint. */
  name: string;
}

interface Copied {
  parts: Partition[];
  /** Files of a table copied whole that no longer say what Postgres says. */
  stale: LakeFile[];
  from: bigint;
  to: bigint;
}

async function copyTable(
  table: LakeTable,
  database: Database,
  files: LakeFiles,
  duckdb: Lake,
): Promise<NewFile[]> {
  // A connection of its own: count and copy see one moment, and it is thrown
  // away afterwards, as the embedded database wants after a COPY.
  const sql = connect(database.url, 1);
  let copied: Copied;
  try {
    const tx = await sql.reserve();
    await tx.unsafe("begin isolation level repeatable read read only");
    copied = await copyRows(table, tx, files, duckdb);
  } finally {
    await sql.end({ timeout: 0 });
  }
  const { parts, stale, from, to } = copied;
  const made: NewFile[] = [];
  for (const part of parts) {
    const condition = `${identifier(table.venue)} = ${
      literal(part.venue)
    } and date = date ${literal(part.date)}`;
    made.push(
      await files.write(duckdb, {
        ...part,
        table: table.name,
        from,
        to,
        query: partitionQuery(table, `from staged where ${condition}`),
      }),
    );
  }
  await duckdb.connection.run("drop table if exists staged");
  if (made.length + stale.length > 0) await files.replace(stale, made);
  return made;
}

async function copyRows(
  table: LakeTable,
  tx: postgres.ReservedSql,
  files: LakeFiles,
  duckdb: Lake,
): Promise<Copied> {
  const [bound] = await tx.unsafe(
    "select (pg_snapshot_xmin(pg_current_snapshot())::text::bigint + transactions_ahead())::text as bound",
  );
  const to = BigInt(bound!.bound);
  const from = table.whole ? 0n : files.copiedTo(table.name);
  if (from > to) {
    throw new CliError(
      `The lake holds ${table.name} up to transaction ${from}, but the database is only at ${to}: ` +
        "they do not belong together. Set CROWDTAPE_DATA to another folder, or restore the database that filled this lake.",
    );
  }
  const source = `from public.${identifier(table.name)} t` +
    (table.whole ? "" : ` where written >= ${from} and written < ${to}`);
  let { parts, narrow } = await count(table, tx, source);
  let stale: LakeFile[] = [];
  let changed = "";
  if (table.whole) {
    const same = (file: LakeFile, part: Partition) =>
      file.venue === part.venue && file.date === part.date &&
      file.path.endsWith(`/${part.name}.parquet`);
    const known = files.of(table.name);
    stale = known.filter((file) => !parts.some((part) => same(file, part)));
    parts = parts.filter((part) => !known.some((file) => same(file, part)));
    changed = ` where (${identifier(table.venue)}, ${
      utcDay(table)
    }::text) in (${
      parts.map((p) => `(${literal(p.venue)}, ${literal(p.date)})`).join(", ")
    })`;
  } else {
    for (const part of parts) part.name = `${from}-${to}`;
  }
  if (parts.length > 0) {
    const columns = table.columns.map((c) => identifier(c.name)).join(", ");
    await copyOut(
      tx,
      `select ${columns} ${source}${changed}`,
      duckdb,
      table,
      "staged",
      files.staging,
      narrow,
    );
  }
  return { parts, stale, from, to };
}

const utcDay = (table: LakeTable) =>
  `(${identifier(table.day)} at time zone 'UTC')::date`;

/** Counts each partition's rows and makes sure that every decimal fits. */
async function count(
  table: LakeTable,
  tx: postgres.ReservedSql,
  source: string,
): Promise<{ parts: Partition[]; narrow: Narrow }> {
  const decimals = table.columns.filter((c) => c.type === "DECIMAL(38,18)")
    .map((c) => c.name);
  const measures = decimals.flatMap((name, i) => {
    const c = identifier(name);
    return [
      `max(scale(${c})) as scale_${i}`,
      `greatest(abs(max(${c})), abs(min(${c})))::text as size_${i}`,
    ];
  });
  // Of what is copied alone; a column more in the lake makes it another.
  const row = `md5(row(${
    table.columns.map((c) => identifier(c.name)).join(", ")
  })::text)`;
  const rows = await tx.unsafe(
    `select ${
      [
        "venue",
        "date::text as date",
        "rows::integer as rows",
        "name",
        ...decimals.flatMap((_, i) => [`scale_${i}`, `size_${i}`]),
      ].join(", ")
    } from (
       select ${identifier(table.venue)} as venue, ${
      utcDay(table)
    } as date, count(*) as rows, ${
      [
        table.whole
          ? `left(md5(string_agg(${row}, '' order by ${row})), 16) as name`
          : "'' as name",
        ...measures,
      ].join(", ")
    }
       ${source} group by 1, 2
     ) counted order by venue, date`,
  );
  const narrow: Narrow = new Map();
  for (const [i, name] of decimals.entries()) {
    let scale = 0, digits = 1;
    for (const row of rows) {
      const size: string = row[`size_${i}`] ?? "0";
      scale = Math.max(scale, row[`scale_${i}`] ?? 0);
      // NaN and Infinity count as too large.
      digits = Math.max(digits, /^\d+/.exec(size)?.[0].length ?? 99);
    }
    if (scale > 18 || digits > 20) {
      await refuseMisfit(table, tx, source, decimals.map(identifier));
    }
    if (digits + scale <= 18) narrow.set(name, `DECIMAL(18,${scale})`);
  }
  return {
    parts: rows.map(({ venue, date, rows, name }) => ({
      venue,
      date,
      rows,
      name,
    })),
    narrow,
  };
}

async function refuseMisfit(
  table: LakeTable,
  tx: postgres.ReservedSql,
  source: string,
  decimals: string[],
): Promise<void> {
  const misfit = decimals.map((c) =>
    `${c} >= 1e20 or ${c} <= -1e20 or min_scale(${c}) > 18`
  ).join(" or ");
  const [row] = await tx.unsafe(
    `select t::text as row from (select ${
      table.columns.map((c) => identifier(c.name)).join(", ")
    } ${source}) t where ${misfit} limit 1`,
  );
  if (!row) return;
  throw new CliError(
    `A row of ${table.name} has a decimal that does not fit DECIMAL(38,18), and the lake does not round: ${row.row}. ` +
      "Correct or delete that row, then run `deno task snapshot` again.",
  );
}

const HELP = `deno task snapshot [--json]

Copies what is new in Postgres to the Parquet lake,
data/lake/<table>/venue=<v>/date=<yyyy-mm-dd>/*.parquet. Verified by row count;
rows that came late are picked up; a second run adds only what is new.

  --json  report as JSON
  --help  show this`;

async function main(args: string[]): Promise<void> {
  const values = readOptions("snapshot", args, {
    json: { type: "boolean" },
    help: { type: "boolean" },
  });
  if (values.help) return console.log(HELP);
  if (Deno.env.get("DATABASE_URL")) await keepApart(false);
  const started = performance.now();
  const number = (value: number) => value.toLocaleString("en");
  const tables = await snapshot({
    onTable: (r) => {
      if (values.json) return;
      console.log(
        `${r.table.padEnd(9)} ${number(r.rows).padStart(12)} rows in ` +
          `${number(r.files).padStart(4)} files, ${
            number(r.bytes).padStart(12)
          } bytes` +
          (r.rows > 0
            ? `, ${number(Math.round(r.rows / r.seconds))} rows/s`
            : "") +
          (r.compacted > 0 ? `, ${r.compacted} closed days made one file` : ""),
      );
    },
  });
  const seconds = (performance.now() - started) / 1000;
  const rows = tables.reduce((sum, t) => sum + t.rows, 0);
  if (values.json) {
    return console.log(JSON.stringify({ tables, rows, seconds }));
  }
  const lake = `${dataFolder()}/lake`;
  console.log(
    rows > 0
      ? `${number(rows)} rows added to ${lake} in ${seconds.toFixed(1)} s`
      : await holds(lake)
      ? `Nothing new: ${lake} already holds every row.`
      : "The database holds no rows yet. Run `deno task collect` first, or `deno task demo` to see it work.",
  );
}

/** Whether a table was ever copied to the lake. */
async function holds(lake: string): Promise<boolean> {
  for await (const { isDirectory, name } of Deno.readDir(lake)) {
    if (isDirectory && !name.startsWith(".")) return true;
  }
  return false;
}

if (import.meta.main) await runTask(attended(main));
