/** What charts draw of many markets: columns of numbers and marks, a value a bar. */
import type {
  DuckDBDoubleVector,
  DuckDBIntegerVector,
  DuckDBListVector,
} from "@duckdb/node-api";
import { literal } from "../analytics/lake/tables.ts";
import { type Axis, digits, type Marts, onAxis, placeOn } from "./marts.ts";

/** What {@link readColumns} reads of a mart that has a row for a market and time. */
export interface ColumnsQuery {
  mart: string;
  /** Which rows, in SQL. */
  where: string;
  axis: Axis;
  /** Columns of numbers, with the significant digits that are drawn. */
  numbers: Record<string, number>;
  /** Columns of marks: the letter of a row, in SQL, and that of a bar without one. */
  marks?: Record<string, { letter: string; none: string }>;
}

/** A value a bar, by the column's name. */
export interface Columns {
  /** As read; NaN where unknown. */
  numbers: Record<string, Float64Array>;
  /** A letter a bar. */
  marks: Record<string, string>;
}

/** SQL for "this row is of one of these markets". */
export const amongMarkets = (
  markets: { venue: string; market: string }[],
): string =>
  `(venue, market) in (${
    markets.map(({ venue, market }) =>
      `(${literal(venue)}, ${literal(market)})`
    ).join(", ") || "(null, null)"
  })`;

/** The columns of every market that has a row, by its key. */
export async function readColumns(
  { chunks }: Marts,
  about: ColumnsQuery,
): Promise<Map<string, Columns>> {
  const { mart, where, axis, numbers, marks = {} } = about;
  const names = Object.keys(numbers), letters = Object.keys(marks);
  // A list a market and column comes over as one array, nulls as NaN.
  const all = await chunks(
    `select venue || '-' || market, ${
      [
        `list(${placeOn(axis)})`,
        ...names.map((name) =>
          `list(coalesce(${name}::double, 'nan'::double))`
        ),
        ...letters.map((name) => `list(ascii(${marks[name]!.letter}))`),
      ].join(", ")
    } from marts.${mart} where ${where} and ${
      onAxis(axis)
    } group by venue, market`,
  );
  const found = new Map<string, Columns>();
  for (const chunk of all) {
    const keys = chunk.getColumnVector(0);
    const lists = Array.from(
      { length: chunk.columnCount - 1 },
      (_, i) => chunk.getColumnVector(i + 1) as DuckDBListVector,
    );
    for (let row = 0; row < chunk.rowCount; row++) {
      const of = <V>(column: number) =>
        lists[column]!.getItemVector(row) as unknown as V;
      const places = of<DuckDBIntegerVector>(0)["items"];
      const columns = noColumns(about);
      names.forEach((name, i) => {
        const bars = columns.numbers[name]!;
        const values = of<DuckDBDoubleVector>(1 + i)["items"];
        for (let j = 0; j < places.length; j++) bars[places[j]!] = values[j]!;
      });
      letters.forEach((name, i) => {
        const bars = [...columns.marks[name]!];
        const codes = of<DuckDBIntegerVector>(1 + names.length + i)["items"];
        for (let j = 0; j < places.length; j++) {
          bars[places[j]!] = String.fromCharCode(codes[j]!);
        }
        columns.marks[name] = bars.join("");
      });
      found.set(String(keys.getItem(row)), columns);
    }
  }
  return found;
}

/** Columns of a market that has no row. */
export const noColumns = (
  { axis, numbers, marks = {} }: ColumnsQuery,
): Columns => ({
  numbers: Object.fromEntries(
    Object.keys(numbers).map((
      name,
    ) => [name, new Float64Array(axis.n).fill(NaN)]),
  ),
  marks: Object.fromEntries(
    Object.entries(marks).map((
      [name, { none }],
    ) => [name, none.repeat(axis.n)]),
  ),
});

/** Numbers as they are drawn, null where unknown; see {@link digits}. */
export const drawn = (
  values: Float64Array,
  count: number,
): (number | null)[] =>
  Array.from(
    values,
    (value) => Number.isFinite(value) ? digits(value, count) : null,
  );
