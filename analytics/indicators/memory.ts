/** What calculations and rules remember from one day to the next, as bytes. */
import type { DuckDBBlobValue, DuckDBConnection } from "@duckdb/node-api";
import type { Memory } from "../../collector/indicators/indicator.ts";

/** Something that can be put aside and gone on with. */
export interface Remembering {
  remember(memory: Memory): void;
}

/** All that it remembers. */
export function stateOf(one: Remembering): Uint8Array {
  const kept: number[] = [];
  one.remember({
    number: (value) => {
      kept.push(value);
      return value;
    },
    values: (values) => {
      for (const value of values) kept.push(value);
    },
  });
  return new Uint8Array(Float64Array.from(kept).buffer);
}

/**
 * Goes on from a state.
 * @throws {Error} where it is that of something else.
 */
export function goOn(one: Remembering, state: Uint8Array): void {
  const kept = new Float64Array(state.slice().buffer);
  let at = 0;
  one.remember({
    number: () => kept[at++]!,
    values: (values) => {
      values.set(kept.subarray(at, at + values.length));
      at += values.length;
    },
  });
  if (at !== kept.length) {
    throw new Error(
      `A state of ${kept.length} numbers was read as one of ${at}`,
    );
  }
}

/** What `state_before` holds of each of the table `series`, by its number. */
export async function statesBefore(
  connection: DuckDBConnection,
): Promise<Map<number, Uint8Array>> {
  const reader = await connection.runAndReadAll(
    `select series, state from state_before join series using (venue, market, interval)`,
  );
  return new Map(
    (reader.getRows() as [number, DuckDBBlobValue][]).map((
      [series, state],
    ) => [series, state.bytes]),
  );
}
