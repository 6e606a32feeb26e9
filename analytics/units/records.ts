/** What is remembered of the units: what they had read when they were made. */

/** One unit, made. */
export interface Unit {
  /** Fingerprint of what it read, its own file and code among it. */
  read: string;
  /** Fingerprint of its rows. */
  made: string;
  rows: number;
  /** Fingerprint of what its step remembered at the end of the day. */
  state?: string;
}

/** The units of a mart: by day ("" where it has none), by shard ("" where it has none). */
export type Units = Map<string, Map<string, Unit>>;

/** The day under which every mart by the day keeps a file without rows: its columns. */
export const NO_DAY = "1970-01-01";

const pathOf = (data: string, mart: string) =>
  `${data}/marts/.units/${mart}.json`;

/** Replaces a file whole or not at all. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(`${path}.part`, text);
  await Deno.rename(`${path}.part`, path);
}

/** The units of a mart that were made; null where none was, or nobody knows. */
export async function readUnits(
  data: string,
  mart: string,
): Promise<Units | null> {
  try {
    const kept = JSON.parse(await Deno.readTextFile(pathOf(data, mart)));
    return new Map(
      Object.entries<Record<string, Unit>>(kept).map((
        [day, shards],
      ) => [day, new Map(Object.entries(shards))]),
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) {
      return null;
    }
    throw error;
  }
}

/** Keeps them, once their files are in place. */
export const writeUnits = (
  data: string,
  mart: string,
  units: Units,
): Promise<void> =>
  writeWhole(
    pathOf(data, mart),
    JSON.stringify(
      Object.fromEntries(
        [...units].map(([day, shards]) => [day, Object.fromEntries(shards)]),
      ),
    ),
  );

/** Forgets them: they are made anew. */
export async function forgetUnits(data: string, mart: string): Promise<void> {
  try {
    await Deno.remove(pathOf(data, mart));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
