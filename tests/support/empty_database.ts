/**
 * Data folders whose embedded database is there already: its tables, no rows.
 *
 * The first start of the embedded database takes ten times as long as a later
 * one. It happens once; every test that just wants a database copies what was
 * made. Tests of the first start itself begin with a folder of their own.
 */
import { tmpdir, userInfo } from "node:os";
import { openDatabase } from "../../collector/database/client.ts";

/** What decides how an empty database looks. */
const MADE_OF = [
  "supabase/migrations",
  "collector/database",
  "deno.lock",
];

const ROOT = new URL("../../", import.meta.url);

async function* textsUnder(path: string): AsyncGenerator<string> {
  const url = new URL(path, ROOT);
  if ((await Deno.stat(url)).isFile) return yield await Deno.readTextFile(url);
  const names: string[] = [];
  for await (const { name } of Deno.readDir(url)) names.push(name);
  for (const name of names.sort()) {
    yield name;
    yield* textsUnder(`${path}/${name}`);
  }
}

/** Names what {@link MADE_OF} says, and the day, up to which partitions are made. */
async function version(): Promise<string> {
  const parts: string[] = [];
  for (const path of MADE_OF) {
    parts.push(...await Array.fromAsync(textsUnder(path)));
  }
  const bytes = new TextEncoder().encode(parts.join("\0"));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `${new Date().toISOString().slice(0, 10)}-${
    hash.toHex().slice(0, 16)
  }`;
}

let made: Promise<string> | undefined;

/** The folder that is copied; made by the first process that asks, while others wait. */
async function original(): Promise<string> {
  const home = `${tmpdir()}/crowdtape-tests-${userInfo().uid}`;
  await Deno.mkdir(home, { recursive: true, mode: 0o700 });
  const folder = `${home}/${await version()}`;
  using lock = await Deno.open(`${home}/lock`, { create: true, write: true });
  await lock.lock(true);
  if (await isFolder(folder)) return folder;
  // Nobody copies from those of another day.
  const today = new Date().toISOString().slice(0, 10);
  for await (const { name } of Deno.readDir(home)) {
    if (name.endsWith(".new") || !name.startsWith(today) && name !== "lock") {
      await Deno.remove(`${home}/${name}`, { recursive: true });
    }
  }
  const data = `${folder}.new`;
  await (await openDatabase({ data, url: "" })).close();
  // It was closed cleanly: what is copied is not being written to.
  await Deno.rename(data, folder);
  return folder;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false;
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { mode: 0o700 });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

/**
 * Puts an empty database into a data folder, which is made when it is not there.
 * @throws {Deno.errors.AlreadyExists} when the folder has a database
 */
export async function putDatabase(data: string): Promise<string> {
  made ??= original();
  await Deno.mkdir(data, { recursive: true, mode: 0o700 });
  await copyFolder(`${await made}/postgres`, `${data}/postgres`);
  return data;
}

/** A temporary data folder with an empty database in it; the test removes it. */
export const emptyData = async (): Promise<string> =>
  await putDatabase(await Deno.makeTempDir({ prefix: "crowdtape-data-" }));
