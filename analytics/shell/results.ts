/** What a statement answered, and the forms in which it is shown. */

/** Rows as exact text; null is NULL. */
export interface Answer {
  columns: string[];
  rows: (string | null)[][];
  /** Rows that the statement has beyond these. */
  more: boolean;
}

/** How an answer is shown. */
export type Form = "table" | "csv" | "json";

/** Columns that a text takes on a screen: Korean letters and most signs beyond Latin take two. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    width += code >= 0x1100 &&
        (code <= 0x115f || code >= 0x2e80 && code <= 0xa4cf ||
          code >= 0xac00 && code <= 0xd7a3 ||
          code >= 0xf900 && code <= 0xfaff ||
          code >= 0xfe30 && code <= 0xfe6f ||
          code >= 0xff00 && code <= 0xff60 ||
          code >= 0x1f300 && code <= 0x1faff)
      ? 2
      : 1;
  }
  return width;
}

function cut(text: string, most: number): string {
  if (widthOf(text) <= most) return text;
  let kept = "";
  for (const character of text) {
    if (widthOf(kept + character) > most - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

const pad = (text: string, width: number, right: boolean) => {
  const space = " ".repeat(Math.max(0, width - widthOf(text)));
  return right ? space + text : text + space;
};

const NUMBER = /^-?\d+(\.\d+)?(e[-+]?\d+)?$/i;

/** The narrowest that a column is made before columns are left out. */
const NARROW = 8;

/** A table no wider than the screen: long texts are cut, and columns that do not fit are named below it. */
export function asTable(
  { columns, rows, more }: Answer,
  width: number,
): string {
  if (columns.length === 0) return "";
  const shown = rows.map((row) =>
    row.map((value) => (value ?? "").replace(/\s+/g, " "))
  );
  const natural = columns.map((name, i) =>
    Math.max(widthOf(name), ...shown.map((row) => widthOf(row[i]!)))
  );
  const kept: number[] = [];
  let left = width;
  for (const [i, wide] of natural.entries()) {
    const least = Math.min(wide, NARROW) + (kept.length > 0 ? 2 : 0);
    if (least > left && kept.length > 0) break;
    left -= least;
    kept.push(i);
  }
  const widths = new Map(kept.map((i) => [i, Math.min(natural[i]!, NARROW)]));
  // What is left goes to the narrowest first, so that one long text takes it last.
  for (
    const i of kept.toSorted((a, b) => natural[a]! - natural[b]!)
  ) {
    const wanted = Math.min(natural[i]! - widths.get(i)!, Math.max(0, left));
    widths.set(i, widths.get(i)! + wanted);
    left -= wanted;
  }
  const right = new Map(kept.map((i) => [
    i,
    rows.every((row) => row[i] === null || NUMBER.test(row[i]!)),
  ]));
  const line = (values: string[]) =>
    kept.map((i) =>
      pad(cut(values[i]!, widths.get(i)!), widths.get(i)!, right.get(i)!)
    ).join("  ").trimEnd();
  const lines = [
    line(columns),
    kept.map((i) => "─".repeat(widths.get(i)!)).join("  "),
    ...shown.map(line),
  ];
  const away = columns.filter((_, i) => !kept.includes(i));
  const count = rows.length.toLocaleString("en");
  lines.push(
    `${
      more
        ? `the first ${count} rows`
        : `${count} ${rows.length === 1 ? "row" : "rows"}`
    }${away.length > 0 ? `; not shown: ${away.join(", ")}` : ""}`,
  );
  return lines.join("\n");
}

/** CSV by RFC 4180, with a line of names; NULL is empty and an empty text is quoted. */
export function asCsv({ columns, rows }: Answer): string {
  const cell = (value: string | null) =>
    value === null
      ? ""
      : value === "" || /[",\r\n]/.test(value)
      ? `"${value.replaceAll('"', '""')}"`
      : value;
  return [columns, ...rows].map((row) => row.map(cell).join(",")).join("\n");
}

/** A list of objects; every value is text, so that no digit is lost. */
export const asJson = ({ columns, rows }: Answer): string =>
  JSON.stringify(
    rows.map((row) =>
      Object.fromEntries(columns.map((name, i) => [name, row[i]]))
    ),
  );
