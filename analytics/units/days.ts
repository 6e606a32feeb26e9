/** Rows that a step gives one day after the other, written as they come. */
import type { Lake } from "../lake/lake.ts";

/** What a step of a mart by the day may give: the mart's query then stands for one day at a time. */
export interface Days {
  /** The query stands for this day from now on. */
  next(day: string): Promise<void>;
  /** Resolves when all rows of the day have been read. */
  taken(): Promise<void>;
  /** The last day has been read. */
  end(): Promise<void>;
}

/** Days that are written at once, while the next one is being calculated. */
const AT_ONCE = 3;

/**
 * Writes the days in their order.
 * @param write puts the rows of a day in place, over the connection that it is given.
 */
export async function writeDays(
  lake: Lake,
  rows: Days,
  days: string[],
  write: (connection: Lake["connection"], day: string) => Promise<void>,
): Promise<void> {
  const places = await Promise.all(
    Array.from({ length: Math.min(AT_ONCE, days.length) }, async () => ({
      connection: await lake.connect(),
      writing: Promise.resolve(),
    })),
  );
  try {
    // Each connection writes on a thread of its own; more of them would wait for one another.
    await lake.connection.run("set threads = 1");
    for (const [i, day] of days.entries()) {
      const place = places[i % places.length]!;
      await place.writing;
      await rows.next(day);
      place.writing = write(place.connection, day);
      await Promise.race([place.writing, rows.taken()]);
    }
    await Promise.all(places.map((place) => place.writing));
    await rows.end();
  } finally {
    await Promise.allSettled(places.map((place) => place.writing));
    for (const { connection } of places) connection.closeSync();
    await lake.connection.run("reset threads");
  }
}
