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

/** Units of a mart as a whole are one file; those by the day, one for each month. */
const folderOf = (data: string, mart: string) => `${data}/marts/.units/${mart}`;

const fileOf = (data: string, mart: string, month: string) =>
  month === ""
    ? `${folderOf(data, mart)}.json`
    : `${folderOf(data, mart)}/${month}.json`;

const monthOf = (day: string) => day.slice(0, 7);

async function monthsOf(data: string, mart: string): Promise<string[]> {
  const months: string[] = [];
  try {
    for await (const { name } of Deno.readDir(folderOf(data, mart))) {
      const month = /^(\d{4}-\d\d)\.json$/.exec(name)?.[1];
      if (month) months.push(month);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return months.sort();
}

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
  const units: Units = new Map();
  let known = false;
  const months = await monthsOf(data, mart);
  for (const month of months.length > 0 ? months : [""]) {
    try {
      const kept = JSON.parse(
        await Deno.readTextFile(fileOf(data, mart, month)),
      ) as Record<string, Record<string, Unit>>;
      for (const [day, shards] of Object.entries(kept)) {
        units.set(day, new Map(Object.entries(shards)));
      }
      known = true;
    } catch (error) {
      // What is not there, or half of it, is made anew.
      if (
        !(error instanceof Deno.errors.NotFound || error instanceof SyntaxError)
      ) throw error;
    }
  }
  return known ? units : null;
}

/**
 * Keeps them, once their files are in place.
 * @param changed days that differ from what is kept; default all.
 */
export async function writeUnits(
  data: string,
  mart: string,
  units: Units,
  changed?: Iterable<string>,
): Promise<void> {
  const months = new Map<string, Record<string, Record<string, Unit>>>();
  const of = changed && new Set([...changed].map(monthOf));
  for (const month of of ?? await monthsOf(data, mart)) months.set(month, {});
  for (const [day, shards] of units) {
    const month = monthOf(day);
    if (of && !of.has(month)) continue;
    const kept = months.get(month) ?? {};
    months.set(month, kept);
    kept[day] = Object.fromEntries(shards);
  }
  for (const [month, kept] of months) {
    await writeWhole(fileOf(data, mart, month), JSON.stringify(kept));
  }
}

/** Forgets them: they are made anew. */
export async function forgetUnits(data: string, mart: string): Promise<void> {
  for (const month of ["", ...await monthsOf(data, mart)]) {
    await forgetFile(fileOf(data, mart, month));
  }
}

/** Removes a file where there is one. */
export async function forgetFile(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
