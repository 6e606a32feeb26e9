import { CliError } from "../cli/errors.ts";
import { parseExact } from "../model/wire.ts";
import { type FileRow, lines, LONGEST } from "./file.ts";

/** Rows of a JSON array of objects or arrays, without holding the whole text. */
export async function* jsonRows(
  text: AsyncIterable<string>,
): AsyncGenerator<FileRow, void, void> {
  let at = 0;
  for await (const { raw, whole } of elements(text)) {
    yield whole ? row(raw, ++at) : {
      at: ++at,
      raw,
      values: {},
      fault: "the file ends in the middle of it",
    };
  }
}

/** Rows of JSON lines: an object or array a line. */
export async function* jsonLines(
  text: AsyncIterable<string>,
): AsyncGenerator<FileRow, void, void> {
  for await (const [line, at] of lines(text)) {
    if (line.trim() === "") continue;
    yield row(line, at);
  }
}

function row(raw: string, at: number): FileRow {
  try {
    const values = parseExact(raw);
    if (typeof values === "object" && values !== null) {
      return { at, raw, values: values as FileRow["values"] };
    }
    return { at, raw, values: {}, fault: "it is neither an object nor a list" };
  } catch (error) {
    const reason = `it is not JSON: ${(error as Error).message}`;
    return { at, raw, values: {}, fault: reason };
  }
}

const QUOTE = 34, COMMA = 44, BACKSLASH = 92;

/** The texts of an array's elements; the last is not whole where the array does not end. */
async function* elements(
  text: AsyncIterable<string>,
): AsyncGenerator<{ raw: string; whole: boolean }, void, void> {
  let element = "";
  let depth = 0;
  let inString = false, escaped = false;
  for await (const piece of text) {
    let from = 0;
    for (let i = 0; i < piece.length; i++) {
      const code = piece.charCodeAt(i);
      if (inString) {
        if (escaped) escaped = false;
        else if (code === BACKSLASH) escaped = true;
        else if (code === QUOTE) inString = false;
        continue;
      }
      if (code === QUOTE) inString = true;
      else if (code === 91 || code === 123) {
        // Within the outermost bracket the first element begins.
        if (depth++ === 0) from = i + 1;
        continue;
      } else if (code === 93 || code === 125) depth--;
      if (depth === 1 && code === COMMA || depth === 0 && code === 93) {
        const raw = (element + piece.slice(from, i)).trim();
        element = "";
        from = i + 1;
        if (raw !== "") yield { raw, whole: true };
      }
    }
    element += piece.slice(from);
    if (element.length > LONGEST) {
      throw new CliError(
        `A row is longer than ${LONGEST} characters: this is no file of rows.`,
      );
    }
  }
  const raw = element.trim();
  if (depth > 0) yield { raw, whole: false };
  else if (raw !== "") yield { raw, whole: true };
}
