/** A file of rows: its format found by its content, its rows one after another. */
import { Duplex } from "node:stream";
import { createGunzip } from "node:zlib";
import { dataFolder } from "../cli/data_folder.ts";
import { CliError } from "../cli/errors.ts";
import { csvRows } from "./csv.ts";
import { jsonLines, jsonRows } from "./json.ts";
import { parquetRows } from "./parquet.ts";

/** One row of a file. */
export interface FileRow {
  /** Where it begins: a line from 1 in CSV and JSON lines, else its number from 1. */
  at: number;
  /** As it stood in the file. */
  raw: string;
  /** By column name or, where there are no names, by number from 0; numbers are still text. */
  values: { readonly [column: string | number]: unknown };
  /** Why it can't be read at all. */
  fault?: string;
}

/** What the formats have in common. */
export interface Rows {
  format: "CSV" | "JSON" | "JSON lines" | "Parquet";
  /** What {@link FileRow.at} counts. */
  unit: "line" | "row";
  /** Remarks, such as lines above the header. */
  notes: string[];
  rows: AsyncIterable<FileRow>;
}

/** An open file; `rows` is walked once, in bounded memory. */
export interface RowFile extends Rows {
  /** Part of the file that was read, 0 to 1. */
  progress(): number;
  close(): Promise<void>;
}

/**
 * Opens CSV, JSON, JSON lines or Parquet, gzipped or not.
 * @throws {CliError} when it is not there, empty or none of them.
 */
export async function openRows(path: string): Promise<RowFile> {
  const size = await fileSize(path);
  let taken = 0;
  let temporary: string | null = null;
  const close = async () => {
    if (temporary) await Deno.remove(temporary, { recursive: true });
    temporary = null;
  };
  let head = await firstBytes(path);
  const zipped = head[0] === 0x1f && head[1] === 0x8b;
  const bytes = async () => {
    const file = await Deno.open(path);
    const counted = file.readable.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform(chunk, controller) {
          taken += chunk.length;
          controller.enqueue(chunk);
        },
      }),
    );
    return zipped ? counted.pipeThrough(gunzip()) : counted;
  };
  if (zipped) head = await unzippedHead(path, await bytes());
  taken = 0;
  const progress = () => Math.min(1, taken / size);
  if (starts(head, "PAR1")) {
    let plain = path;
    if (zipped) {
      const dir = `${dataFolder()}/tmp`;
      await Deno.mkdir(dir, { recursive: true });
      temporary = await Deno.makeTempDir({ dir, prefix: "import-" });
      plain = `${temporary}/rows.parquet`;
      try {
        await Deno.writeFile(plain, await bytes());
      } catch (error) {
        await close();
        throw brokenGzip(path, error);
      }
    }
    const parquet = await parquetRows(plain, path, (part) => {
      taken = part * size;
    });
    return { ...parquet, progress, close };
  }
  const text = decoded(path, await bytes(), zipped);
  const start = new TextDecoder().decode(head).replace(/^\uFEFF/, "");
  return { ...textRows(path, start, text), progress, close };
}

/** Unzips all members of a file, which may be several zipped ones put together; the web's own stream takes one. */
const gunzip = () =>
  Duplex.toWeb(createGunzip()) as unknown as TransformStream<
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>
  >;

/** By the first characters: `[[`, `[{` and `[]` begin an array of rows, `{` and `[1` a line that is one. */
function textRows(
  path: string,
  start: string,
  text: AsyncIterable<string>,
): Rows {
  if (start.trim() === "") throw new CliError(`${path} holds no rows.`);
  if (/^\s*\[\s*[[{\]]/.test(start)) {
    return { format: "JSON", unit: "row", notes: [], rows: jsonRows(text) };
  }
  if (/^\s*[[{]/.test(start)) {
    return {
      format: "JSON lines",
      unit: "line",
      notes: [],
      rows: jsonLines(text),
    };
  }
  if (start.includes("\0")) {
    throw new CliError(
      `${path} is none of CSV, JSON, JSON lines and Parquet (or one of them gzipped, .gz).`,
    );
  }
  const notes: string[] = [];
  return { format: "CSV", unit: "line", notes, rows: csvRows(text, notes) };
}

async function fileSize(path: string): Promise<number> {
  let about: Deno.FileInfo;
  try {
    about = await Deno.stat(path);
  } catch (error) {
    throw new CliError(
      error instanceof Deno.errors.NotFound
        ? `There is no file ${path}.`
        : `${path} cannot be read: ${(error as Error).message}.`,
    );
  }
  if (!about.isFile) throw new CliError(`${path} is not a file.`);
  if (about.size === 0) throw new CliError(`${path} is empty.`);
  return about.size;
}

async function firstBytes(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const head = new Uint8Array(4096);
  return head.subarray(0, await file.read(head) ?? 0);
}

async function unzippedHead(
  path: string,
  bytes: ReadableStream<Uint8Array>,
): Promise<Uint8Array> {
  const reader = bytes.getReader();
  try {
    const { value } = await reader.read();
    if (value === undefined) throw new CliError(`${path} is empty.`);
    return value.subarray(0, 4096);
  } catch (error) {
    throw error instanceof CliError ? error : brokenGzip(path, error);
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Its text, piece by piece, without a byte order mark. */
async function* decoded(
  path: string,
  bytes: ReadableStream<Uint8Array>,
  zipped: boolean,
): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const decode = (chunk?: Uint8Array) => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw new CliError(
        `${path} is not text in UTF-8. Save it as UTF-8 and import that.`,
      );
    }
  };
  try {
    for await (const chunk of bytes) yield decode(chunk);
    yield decode();
  } catch (error) {
    if (error instanceof CliError || !zipped) throw error;
    throw brokenGzip(path, error);
  }
}

const brokenGzip = (path: string, error: unknown) =>
  new CliError(
    `${path} is a broken gzip file (${
      (error as Error).message.replace(/\.$/, "")
    }). Fetch it again.`,
  );

const starts = (bytes: Uint8Array, word: string) =>
  [...word].every((letter, i) => bytes[i] === letter.charCodeAt(0));

/** Lines with their number from 1, without their ends. */
export async function* lines(
  text: AsyncIterable<string>,
): AsyncGenerator<[line: string, at: number], void, void> {
  let left = "";
  let at = 0;
  for await (const piece of text) {
    left += piece;
    let from = 0;
    for (let end; (end = left.indexOf("\n", from)) >= 0; from = end + 1) {
      yield [left.slice(from, left[end - 1] === "\r" ? end - 1 : end), ++at];
    }
    left = left.slice(from);
    if (left.length > LONGEST) {
      throw new CliError(
        `Line ${
          at + 1
        } is longer than ${LONGEST} characters: this is no file of rows.`,
      );
    }
  }
  if (left !== "") yield [left.replace(/\r$/, ""), ++at];
}

/** Most characters of one row. */
export const LONGEST = 1_000_000;
