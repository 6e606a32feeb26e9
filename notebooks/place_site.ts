/**
 * Puts a built site where it is read, while it is read. Names of all files but
 * pages hold a hash of what is in them, so nothing under a name ever changes:
 * new files go in beside the old ones, then the pages are replaced, each at
 * once, and what older pages still ask for stays for an hour.
 */
import { dirname } from "node:path";
import { SITE_RECORD } from "../collector/cli/data_folder.ts";
import { CliError } from "../collector/cli/errors.ts";

/** What `deno task site` made in a folder; it touches nothing else in there. */
interface Made {
  /** Whether the newest build shows simulated data. */
  simulated: boolean;
  /** Newest first. */
  builds: { at: string; files: string[] }[];
}

/** How long a page that was read before the last build may go on asking for its files. */
const KEPT_MS = 3_600_000;

const isPage = (path: string) => path.endsWith(".html");

/** Every file below a folder, by its path in there. */
export async function filesOf(folder: string, below = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(`${folder}/${below}`)) {
    const path = below + entry.name;
    if (entry.isDirectory) found.push(...await filesOf(folder, `${path}/`));
    else found.push(path);
  }
  return found;
}

/**
 * What was made in a folder; nothing yet where there is none or an empty one.
 * @throws {CliError} where it holds what this task did not make.
 */
async function readMade(output: string): Promise<Made> {
  const refuse = (why: string) =>
    new CliError(
      `The site cannot be put into ${output}: ${why}. Choose another folder with --output.`,
    );
  let entries: string[];
  try {
    entries = (await Array.fromAsync(Deno.readDir(output))).map((e) => e.name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      throw refuse((error as Error).message);
    }
    entries = [];
  }
  if (entries.length === 0) return { simulated: false, builds: [] };
  try {
    return JSON.parse(await Deno.readTextFile(`${output}/${SITE_RECORD}`));
  } catch (error) {
    throw refuse(
      error instanceof Deno.errors.NotFound
        ? `it holds files that "deno task site" did not make, such as ${
          entries[0]
        }`
        : `its ${SITE_RECORD} cannot be read (${(error as Error).message})`,
    );
  }
}

/**
 * Checks a folder before anything is built for it.
 * @returns the files but pages that earlier builds put there, which need not be built again
 * @throws {CliError} where the site cannot be put into it.
 */
export async function checkOutput(
  output: string,
  simulated: boolean,
): Promise<Set<string>> {
  const made = await readMade(output);
  if (!simulated || made.simulated || made.builds.length === 0) {
    const known = made.builds.flatMap(({ files }) => files);
    const there = new Set(known.length > 0 ? await filesOf(output) : []);
    return new Set(known.filter((file) => !isPage(file) && there.has(file)));
  }
  throw new CliError(
    `The pages in ${output} show collected data, and those of simulated data do not take their place. Choose another folder with --output.`,
  );
}

/**
 * Puts the site built in `from`, which is used up, and what of it is there
 * already into `output`. Whatever goes wrong before the
 * last page is written, the old pages stay and work.
 * @param options.kept files of the new build that were there before it
 * @param options.now milliseconds UTC
 * @throws {CliError} where `output` holds, or gets in the way of, files that
 *   were not made here, and where it cannot be written to.
 */
export async function placeSite(
  from: string,
  output: string,
  { simulated = false, kept = [] as string[], now = Date.now() } = {},
): Promise<void> {
  const { builds } = await readMade(output);
  const made = await filesOf(from);
  const files = [...made, ...kept];
  const known = new Set(builds.flatMap((build) => build.files));
  for (const file of made) {
    if (known.has(file) || !await exists(`${output}/${file}`)) continue;
    throw new CliError(
      `${output}/${file} was not made by "deno task site", and would be overwritten. Move it away, or choose another folder with --output.`,
    );
  }
  const fresh = (file: string) => `${output}/${file}.new`;
  const pages = files.filter(isPage);
  try {
    await Deno.mkdir(output, { recursive: true });
    // Said before it is done, so that a build that is cut off is known as ours.
    const at = new Date(now).toISOString();
    const all = [{ at, files }, ...builds];
    await writeMade(output, { simulated, builds: all });
    for (const folder of new Set(made.map(dirname))) {
      await Deno.mkdir(`${output}/${folder}`, { recursive: true });
    }
    for (const file of made) {
      // By its name it is the same.
      if (
        !isPage(file) && known.has(file) && await exists(`${output}/${file}`)
      ) continue;
      await move(`${from}/${file}`, fresh(file));
      if (!isPage(file)) await Deno.rename(fresh(file), `${output}/${file}`);
    }
    for (const page of pages) {
      await Deno.rename(fresh(page), `${output}/${page}`);
    }
    // Of older builds the pages go at once, and the rest an hour after they went.
    const recent = all.filter((_, i) =>
      i === 0 || now - Date.parse(all[i - 1]!.at) < KEPT_MS
    );
    const wanted = new Set(
      recent.flatMap(({ files }, i) =>
        i === 0 ? files : files.filter((file) => !isPage(file))
      ),
    );
    const gone = [...known].filter((file) => !wanted.has(file));
    for (const file of gone) await removeFile(`${output}/${file}`);
    for (const folder of new Set(gone.map(dirname))) {
      await removeEmpty(output, folder);
    }
    await writeMade(output, { simulated, builds: recent });
  } catch (error) {
    for (const file of made) await removeFile(fresh(file)).catch(() => {});
    throw new CliError(
      `The site could not be put into ${output}: ${
        (error as Error).message
      }. What was there before is still there.`,
    );
  }
}

async function writeMade(output: string, made: Made): Promise<void> {
  await Deno.writeTextFile(
    `${output}/${SITE_RECORD}.new`,
    JSON.stringify(made),
  );
  await Deno.rename(`${output}/${SITE_RECORD}.new`, `${output}/${SITE_RECORD}`);
}

/** Moves a file, to another file system also. */
async function move(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch {
    await Deno.copyFile(from, to);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function removeFile(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Removes a folder of the site and those above it, as far as they are empty. */
async function removeEmpty(output: string, folder: string): Promise<void> {
  for (let at = folder; at !== "."; at = dirname(at)) {
    try {
      await Deno.remove(`${output}/${at}`);
    } catch {
      return;
    }
  }
}
