/**
 * The lake as it was at a past moment: a folder of its own whose files are links
 * to those that the lake read then. Whatever reads a data folder reads it.
 */
import { CliError } from "../../collector/cli/errors.ts";
import { readManifest } from "./manifest.ts";

/**
 * A moment as text, with its zone.
 * @returns milliseconds since 1970.
 * @throws {CliError} for another form, or a moment that is still to come.
 */
export function readMoment(text: string, now: number = Date.now()): number {
  const form =
    /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d(?::?\d\d)?)?$/i
      .exec(text);
  const iso = text.replace(" ", "T").replace(/([+-]\d\d)$/, "$1:00");
  const moment = form ? Date.parse(iso) : NaN;
  if (!form || Number.isNaN(moment)) {
    throw new CliError(
      `"${text}" is no moment. Write one like 2026-11-20T09:00Z or 2026-11-20T18:00+09:00.`,
    );
  }
  if (form[1] === undefined) {
    throw new CliError(
      `"${text}" does not say in which zone. Add Z for UTC or +09:00 for Korea.`,
    );
  }
  if (moment > now) {
    throw new CliError(`${new Date(moment).toISOString()} is still to come.`);
  }
  return moment;
}

/** The data folder of what was known at a moment. */
export const asOfFolder = (data: string, moment: number): string =>
  `${data}/as-of/${new Date(moment).toISOString().replaceAll(":", "")}`;

/**
 * Makes `<data>/as-of/<moment>/lake` of what the lake read at a moment: what an
 * analyze at that moment would have read, a row that came later nowhere in it.
 * @param moment milliseconds since 1970.
 * @returns that data folder.
 * @throws {CliError} where what was known then is no longer, or not yet, kept.
 */
export async function lakeAsOf(data: string, moment: number): Promise<string> {
  const manifest = await readManifest(data);
  if (!manifest) {
    throw new CliError(
      `${data}/lake has no manifest. Run \`deno task snapshot\` first.`,
    );
  }
  const at = new Date(moment).toISOString();
  if (moment < manifest.since) {
    throw new CliError(
      `What was known at ${at} is no longer kept; the earliest moment is ${
        new Date(manifest.since).toISOString()
      }.`,
    );
  }
  const files = manifest.files.filter(({ added, removed }) =>
    added <= moment && (removed === null || removed > moment)
  );
  if (files.length === 0) {
    const first = Math.min(...manifest.files.map(({ added }) => added));
    throw new CliError(
      `The lake was empty at ${at}: its first snapshot began at ${
        new Date(first).toISOString()
      }.`,
    );
  }
  const folder = asOfFolder(data, moment);
  const making = `${folder}/lake.part`;
  await remove(making);
  for (const { path, was } of files) {
    const to = `${making}/${was.slice("lake/".length)}`;
    await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
    await link(`${data}/${path}`, to);
  }
  await remove(`${folder}/lake`);
  await Deno.rename(making, `${folder}/lake`);
  return folder;
}

/** A second name of a file, or a copy where the file system has none. */
async function link(from: string, to: string): Promise<void> {
  try {
    await Deno.link(from, to);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new CliError(
        `${from} is gone: a snapshot has changed the lake meanwhile, or the last one was broken off. ` +
          "Run `deno task snapshot`, then this again.",
      );
    }
    await Deno.copyFile(from, to);
  }
}

async function remove(folder: string): Promise<void> {
  try {
    await Deno.remove(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
