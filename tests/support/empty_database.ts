/**
 * Data folders whose embedded database is there already: its tables, no rows.
 *
 * The first start of the embedded database takes ten times as long as a later
 * one. It happens once; every test that just wants a database copies what was
 * made. Tests of the first start itself begin with a folder of their own.
 */
import { connect, openDatabase } from "../../collector/database/client.ts";
import { openEmbedded } from "../../collector/database/embedded.ts";
import { madeOnce } from "./made_once.ts";

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

/** A name for what {@link MADE_OF} says. */
async function version(): Promise<string> {
  const parts: string[] = [];
  for (const path of MADE_OF) {
    parts.push(...await Array.fromAsync(textsUnder(path)));
  }
  const bytes = new TextEncoder().encode(parts.join("\0"));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return hash.toHex().slice(0, 16);
}

let made: Promise<string> | undefined;

/** The one that is copied; it was closed cleanly, and nothing writes to it. */
const original = async (): Promise<string> =>
  await madeOnce(`database-${await version()}`, async (data) => {
    await putCluster(data);
    const { close } = await openDatabase({ data, url: "" });
    await close();
  });

/** Puts an embedded PostgreSQL without any table of ours into a data folder, which is made when it is not there. */
export async function putCluster(data: string): Promise<void> {
  const from = await madeOnce(`cluster-${await version()}`, async (data) => {
    const { close } = await openEmbedded(data, {
      connect,
      max: 1,
      migrate: () => Promise.resolve(),
    });
    await close();
  });
  await Deno.mkdir(data, { recursive: true, mode: 0o700 });
  await copyFolder(`${from}/postgres`, `${data}/postgres`);
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
