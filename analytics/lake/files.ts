/**
 * The lake's files and their record in `lake_files`: a file counts once it is
 * written, verified, renamed and recorded; a crash in between leaves nothing half.
 */
import type postgres from "postgres";
import { CliError } from "../../collector/cli/errors.ts";
import type { Lake } from "./lake.ts";
import { PAST_DAYS, writeManifest } from "./manifest.ts";
import { literal } from "./tables.ts";

/** A recorded file. */
export interface LakeFile {
  /** Relative to the data folder. */
  path: string;
  table: string;
  venue: string;
  /** UTC day, `yyyy-mm-dd`. */
  date: string;
  rows: number;
  bytes: number;
  /** It holds rows with from ≤ written < to. */
  from: bigint;
  to: bigint;
}

/** A file that is written and verified but not in its place yet. */
export interface NewFile extends LakeFile {
  staged: string;
}

/** What to write: the rows of `query`, which must be `rows` many. */
export interface FileContent {
  table: string;
  venue: string;
  date: string;
  name: string;
  from: bigint;
  to: bigint;
  rows: number;
  query: string;
}

/** What a run is about to do; if it dies, the next one undoes or ends it. */
interface Intent {
  add: string[];
  /** Where each file that the lake no longer reads goes, by where it was. */
  past: Record<string, string>;
}

/** Held by one snapshot at a time. */
export class LakeFiles {
  #files: LakeFile[] = [];
  /** When this snapshot began; never before one that is recorded, whatever the clock says. */
  #at = 0;

  private constructor(
    readonly sql: postgres.Sql,
    readonly data: string,
    readonly lock: Deno.FsFile,
  ) {}

  /** Where files and pipes are made; on the lake's own file system, so that a rename is atomic. */
  get staging(): string {
    return `${this.data}/lake/.staging`;
  }

  get #intentPath(): string {
    return `${this.data}/lake/.intent.json`;
  }

  /**
   * Waits for another snapshot to end, clears what a crashed one left behind
   * and checks that files and records agree.
   * @throws {CliError} when they do not.
   */
  static async open(
    sql: postgres.Sql,
    data: string,
    now: number = Date.now(),
  ): Promise<LakeFiles> {
    await Deno.mkdir(`${data}/lake`, { recursive: true });
    const lock = await Deno.open(`${data}/lake.lock`, {
      create: true,
      read: true,
      write: true,
    });
    await lock.lock(true);
    const files = new LakeFiles(sql, data, lock);
    try {
      await files.#load(now);
      await files.#settle();
      await Deno.remove(files.staging, { recursive: true }).catch(() => {});
      await Deno.mkdir(files.staging);
      await files.#check();
      await files.#forget();
    } catch (error) {
      lock.close();
      throw error;
    }
    return files;
  }

  close(): void {
    this.lock.close();
  }

  /** The recorded files of a table. */
  of(table: string): LakeFile[] {
    return this.#files.filter((file) => file.table === table);
  }

  /** Every version below this transaction is in the lake. */
  copiedTo(table: string): bigint {
    return this.of(table).reduce(
      (most, file) => file.to > most ? file.to : most,
      0n,
    );
  }

  /**
   * Writes a Parquet file and counts its rows again.
   * @throws {CliError} when the count is not the expected one; the lake is as before.
   */
  async write(duckdb: Lake, content: FileContent): Promise<NewFile> {
    const { table, venue, date, name, from, to } = content;
    const folder = `lake/${table}/venue=${
      encodeURIComponent(venue)
    }/date=${date}`;
    const staged = `${this.staging}/${table}-${
      encodeURIComponent(venue)
    }-${date}-${name}.parquet`;
    await duckdb.connection.run(
      `copy (${content.query}) to ${
        literal(staged)
      } (format parquet, compression zstd, parquet_version v2)`,
    );
    const reader = await duckdb.connection.runAndReadAll(
      `select num_rows from parquet_file_metadata(${literal(staged)})`,
    );
    const rows = Number(reader.getRowsJson()[0]![0]);
    if (rows !== content.rows) {
      throw new CliError(
        `${table} of ${venue} on ${date} has ${content.rows} rows, but its file has ${rows}. ` +
          "Nothing was added to the lake; run `deno task snapshot` again.",
      );
    }
    const file = await Deno.open(staged, { read: true, write: true });
    await file.sync();
    const { size } = await file.stat();
    file.close();
    const path = `${folder}/${name}.parquet`;
    return { path, table, venue, date, rows, bytes: size, from, to, staged };
  }

  /** Puts `add` in the place of `remove`, on disk and on record: all or nothing. */
  async replace(remove: LakeFile[], add: NewFile[]): Promise<void> {
    const past: Record<string, string> = {};
    for (const { path } of remove) past[path] = this.#pastPath(path);
    await this.#write({ add: add.map((file) => file.path), past });
    for (const file of add) {
      const path = `${this.data}/${file.path}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), {
        recursive: true,
      });
      await Deno.rename(file.staged, path);
    }
    await this.record(remove, add, past);
    for (const [path, to] of Object.entries(past)) await this.#move(path, to);
    await Deno.remove(this.#intentPath);
    this.#files = [
      ...this.#files.filter((file) => !remove.includes(file)),
      ...add,
    ];
  }

  /** The one step that makes it so. */
  protected async record(
    remove: LakeFile[],
    add: NewFile[],
    past: Record<string, string>,
  ): Promise<void> {
    const at = new Date(this.#at);
    await this.sql.begin(async (tx) => {
      if (remove.length > 0) {
        await tx`
          with gone as (delete from lake_files where path = any(${
          remove.map((file) => file.path)
        }) returning *)
          insert into lake_past (path, "table", venue, date, was, created_at, removed_at)
          select p.to, g."table", g.venue, g.date, g.path, g.created_at, ${at}
          from gone g join unnest(${Object.keys(past)}::text[], ${
          Object.values(past)
        }::text[]) as p (path, "to") on p.path = g.path`;
      }
      await tx`insert into lake_files (path, "table", venue, date, rows, bytes, from_written, to_written, created_at)
        select *, ${at}::timestamptz from unnest(
          ${add.map((f) => f.path)}::text[], ${add.map((f) => f.table)}::text[],
          ${add.map((f) => f.venue)}::text[], ${add.map((f) => f.date)}::date[],
          ${add.map((f) => f.rows)}::bigint[], ${
        add.map((f) => f.bytes)
      }::bigint[],
          ${add.map((f) => String(f.from))}::bigint[], ${
        add.map((f) => String(f.to))
      }::bigint[])`;
    });
  }

  async #write(intent: Intent): Promise<void> {
    const unfinished = `${this.#intentPath}.part`;
    await Deno.writeTextFile(unfinished, JSON.stringify(intent));
    await Deno.rename(unfinished, this.#intentPath);
  }

  #pastPath(path: string): string {
    const stamp = new Date(this.#at).toISOString().replaceAll(":", "");
    return path.replace(/^lake\//, `lake/.past/${stamp}/`);
  }

  async #move(path: string, to: string): Promise<void> {
    await Deno.mkdir(`${this.data}/${to.slice(0, to.lastIndexOf("/"))}`, {
      recursive: true,
    });
    try {
      await Deno.rename(`${this.data}/${path}`, `${this.data}/${to}`);
    } catch (error) {
      // A run that was killed had moved it.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Drops what was removed longer ago than {@link PAST_DAYS}. */
  async #forget(): Promise<void> {
    const since = new Date(this.#at - PAST_DAYS * 86_400_000);
    await this.sql`delete from lake_past where removed_at < ${since}`;
    const stamp = since.toISOString().replaceAll(":", "");
    for (const folder of await folders(`${this.data}/lake/.past`)) {
      if (folder >= stamp) continue;
      await Deno.remove(`${this.data}/lake/.past/${folder}`, {
        recursive: true,
      });
    }
  }

  /** Writes what the lake holds and held, for readers without the database. */
  writeManifest(): Promise<void> {
    return writeManifest(this.sql, this.data, this.#at);
  }

  async #load(now: number): Promise<void> {
    const [last] = await this.sql`
      select (extract(epoch from greatest(
        (select max(created_at) from lake_files), (select max(removed_at) from lake_past))) * 1000)::float8 as at`;
    this.#at = Math.max(now, last!.at === null ? 0 : Math.floor(last!.at) + 1);
    const rows = await this.sql`
      select path, "table", venue, date::text as date, rows::text as rows, bytes::text as bytes,
        from_written::text as from, to_written::text as to
      from lake_files order by path`;
    this.#files = rows.map((row) => ({
      path: row.path,
      table: row.table,
      venue: row.venue,
      date: row.date,
      rows: Number(row.rows),
      bytes: Number(row.bytes),
      from: BigInt(row.from),
      to: BigInt(row.to),
    }));
  }

  /** Ends what a crashed run had recorded, undoes what it had not. */
  async #settle(): Promise<void> {
    let intent: Intent;
    try {
      intent = JSON.parse(await Deno.readTextFile(this.#intentPath));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      throw error;
    }
    const recorded = new Set(this.#files.map((file) => file.path));
    const ended = intent.add.every((path) => recorded.has(path)) &&
      Object.keys(intent.past).every((path) => !recorded.has(path));
    if (ended) {
      for (const [path, to] of Object.entries(intent.past)) {
        await this.#move(path, to);
      }
    } else {
      for (const path of intent.add) {
        if (!recorded.has(path)) await removeFile(`${this.data}/${path}`);
      }
    }
    await Deno.remove(this.#intentPath);
  }

  async #check(): Promise<void> {
    const recorded = new Set(this.#files.map((file) => file.path));
    const there = new Set<string>();
    for await (const path of parquetFiles(`${this.data}/lake`, "lake")) {
      there.add(path);
    }
    const missing = this.#files.find((file) => !there.has(file.path));
    if (missing) {
      throw new CliError(
        `${this.data}/${missing.path} is recorded in lake_files but is not there. ` +
          `Put it back from a backup, or have ${missing.table} copied anew from the database: delete ` +
          `${this.data}/lake/${missing.table} and run "delete from lake_files where \\"table\\" = '${missing.table}'".`,
      );
    }
    const foreign = [...there].find((path) => !recorded.has(path));
    if (foreign) {
      throw new CliError(
        `${this.data}/${foreign} is not recorded in this database's lake_files: ` +
          "the lake belongs to another database. Set CROWDTAPE_DATA or DATABASE_URL to the matching one, or move that lake away.",
      );
    }
  }
}

async function folders(path: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(path))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

async function removeFile(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function* parquetFiles(
  folder: string,
  name: string,
): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    if (entry.name.startsWith(".")) continue;
    if (entry.isDirectory) {
      yield* parquetFiles(`${folder}/${entry.name}`, `${name}/${entry.name}`);
    } else if (entry.name.endsWith(".parquet")) {
      yield `${name}/${entry.name}`;
    }
  }
}
