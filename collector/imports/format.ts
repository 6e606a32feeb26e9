/** What every format of rows gives, and the lines that those of text begin with. */
import { CliError } from "../cli/errors.ts";

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
