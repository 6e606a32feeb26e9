import { type FileRow, lines } from "./format.ts";

const NUMBER = /^\s*-?\d+(\.\d*)?([eE][+-]?\d+)?\s*$/;

/**
 * Rows of a CSV text (RFC 4180; separated by comma, semicolon, tab or bar), by
 * the names of the header or, where the first row has numbers in it, by
 * position. A first line that stands alone above the header is noted.
 */
export async function* csvRows(
  text: AsyncIterable<string>,
  notes: string[],
): AsyncGenerator<FileRow, void, void> {
  let separator = ",";
  let header: string[] | null = null;
  let width = 0;
  let title: { line: string; at: number } | null = null;
  for await (const { raw, at } of records(text)) {
    if (raw.trim() === "") continue;
    if (width === 0) {
      separator = mostUsed(raw);
      const cells = split(raw, separator);
      if (cells.length === 1 && title === null) {
        title = { line: raw, at };
        continue;
      }
      if (title) {
        notes.push(
          `line ${title.at} is no row: ${
            JSON.stringify(title.line.slice(0, 100))
          }`,
        );
      }
      width = cells.length;
      if (!cells.some((cell) => NUMBER.test(cell))) {
        header = cells.map((cell) => cell.trim());
        continue;
      }
    }
    const cells = split(raw, separator);
    yield { at, raw, ...named(cells, header, width) };
  }
  if (width === 0 && title) {
    yield {
      at: title.at,
      raw: title.line,
      values: { 0: title.line },
      fault: "the file has one column",
    };
  }
}

function named(
  cells: string[],
  header: string[] | null,
  width: number,
): Pick<FileRow, "values" | "fault"> {
  const values: Record<string | number, string> = {};
  for (const [i, cell] of cells.entries()) {
    values[header?.[i] ?? i] = cell.trim();
  }
  return cells.length === width ? { values } : {
    values,
    fault: `it has ${cells.length} columns, the first row ${width}`,
  };
}

/** Lines, or several of them where a quoted cell holds the end of a line. */
async function* records(
  text: AsyncIterable<string>,
): AsyncGenerator<{ raw: string; at: number }, void, void> {
  let open: { raw: string; at: number; lines: number } | null = null;
  for await (const [line, at] of lines(text)) {
    if (open) {
      open.raw += `\n${line}`;
      open.lines++;
    } else if (line.includes('"')) open = { raw: line, at, lines: 1 };
    else {
      yield { raw: line, at };
      continue;
    }
    // A lone quote must not swallow the rest of the file.
    if (quotes(open.raw) % 2 === 0 || open.lines > 50) {
      yield open;
      open = null;
    }
  }
  if (open) yield open;
}

const quotes = (text: string) => text.split('"').length - 1;

function mostUsed(line: string): string {
  const uses = (separator: string) => split(line, separator).length;
  return [",", ";", "\t", "|"].reduce((best, next) =>
    uses(next) > uses(best) ? next : best
  );
}

function split(line: string, separator: string): string[] {
  if (!line.includes('"')) return line.split(separator);
  const cells: string[] = [];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < line.length; i++) {
    const letter = line[i]!;
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (line[i + 1] === '"') cell += line[++i];
      else quoted = false;
    } else if (letter === '"') quoted = true;
    else if (letter === separator) {
      cells.push(cell);
      cell = "";
    } else cell += letter;
  }
  cells.push(cell);
  return cells;
}
