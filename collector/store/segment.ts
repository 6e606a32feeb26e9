/**
 * A file of lines, each with its checksum: `<crc32 in hex> <text>\n`. A line
 * without its end or with a wrong checksum is what a crash or a bad disk left.
 */
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { syncFolder } from "../database/durable.ts";

const encoder = new TextEncoder();

/** A line as bytes, ready to be appended. */
export function sealed(text: string): Uint8Array<ArrayBuffer> {
  const sum = crc32(text).toString(16).padStart(8, "0");
  return encoder.encode(`${sum} ${text}\n`);
}

/** What a file holds. */
export interface Lines {
  texts: string[];
  /** Damaged lines, as they are. */
  damaged: string[];
}

/** Reads a file of {@link sealed} lines; one that is not there has none. */
export async function readLines(path: string): Promise<Lines> {
  let content: string;
  try {
    content = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return { texts: [], damaged: [] };
    }
    throw error;
  }
  const lines = content.split("\n");
  const torn = lines.pop()!;
  const found: Lines = { texts: [], damaged: torn === "" ? [] : [torn] };
  for (const line of lines) {
    const text = line.slice(9);
    if (line[8] === " " && parseInt(line.slice(0, 8), 16) === crc32(text)) {
      found.texts.push(text);
    } else found.damaged.push(line);
  }
  return found;
}

/** Replaces a file as a whole: after a crash it is the old or the new one, after this the new one. */
export async function replaceFile(
  path: string,
  lines: Uint8Array[],
): Promise<number> {
  const file = await Deno.open(`${path}.new`, {
    create: true,
    write: true,
    truncate: true,
  });
  let bytes = 0;
  try {
    for (const line of lines) {
      await writeAll(file, line);
      bytes += line.length;
    }
    await file.sync();
  } finally {
    file.close();
  }
  await Deno.rename(`${path}.new`, path);
  await syncFolder(dirname(path));
  return bytes;
}

/** A write may take less than it was given. */
export async function writeAll(
  file: Deno.FsFile,
  bytes: Uint8Array,
): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await file.write(bytes.subarray(at));
  }
}

/** Removes a file; one that is not there is removed. */
export async function removeFile(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
