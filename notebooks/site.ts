/** `deno task site`: builds the static site from the marts. */
import process from "node:process";
import { build, FileBuildEffects } from "@observablehq/framework/dist/build.js";
import { normalizeConfig } from "@observablehq/framework/dist/config.js";
import { attended } from "../collector/cli/attended.ts";
import { CliError, readOptions, runTask } from "../collector/cli/errors.ts";
import { dataFolder, isSimulated } from "../collector/cli/data_folder.ts";
import { readContents } from "./marts.ts";
import { checkOutput, filesOf, placeSite } from "./place_site.ts";
import { readPages } from "./site/pages.ts";
import { settings } from "./site/settings.ts";
import { LANGUAGES } from "./site/components/words/i18n.ts";

const ROOT = "notebooks/site";
const HELP = `deno task site [--output dist] [--verbose] [--json]

Builds the static site from the marts in CROWDTAPE_DATA (default: data).

  --output   folder of the pages (default: dist): a new one, or one that this
             task made; what is in it is read on while the new pages are built
  --verbose  show what is built
  --json     report as JSON`;

/** What a build made. */
export interface Built {
  output: string;
  pages: number;
  /** Bytes on disk, uncompressed. */
  bytes: number;
  seconds: number;
}

/**
 * Builds the site; run it from the repository's root.
 * @throws {CliError} where a mart is missing or empty.
 */
export async function buildSite(
  { output = "dist", verbose = false } = {},
): Promise<Built> {
  const started = performance.now();
  const pages = await readPages();
  const contents = await readContents(pages);
  const simulated = await isSimulated(dataFolder());
  await checkOutput(output, simulated);
  Deno.env.set("OBSERVABLE_TELEMETRY_DISABLE", "true");
  // Framework keeps what a data loader once said; the marts are newer.
  const cache = `${ROOT}/.observablehq/cache`;
  const built = `${ROOT}/.observablehq/built`;
  await Deno.mkdir(cache, { recursive: true });
  // Two builds at once would share these folders.
  using lock = await Deno.open(`${ROOT}/.observablehq/lock`, {
    create: true,
    write: true,
  });
  await lock.lock(true);
  await remove(`${cache}/data`);
  await remove(`${cache}/_npm`);
  await remove(built);
  const config = {
    ...normalizeConfig(settings(contents, pages)),
    output: built,
  };
  const say = (...parts: unknown[]) => {
    if (verbose) console.error(...parts);
  };
  try {
    await withoutNetwork(() =>
      build(
        { config },
        new FileBuildEffects(built, cache, {
          logger: { log: say, warn: say, error: say },
          output: { write: () => {} },
        }),
      )
    );
  } catch (error) {
    throw new CliError(
      `The site could not be built: ${(error as Error).message} ` +
        `Run "deno task site --verbose" for the steps, and "deno task analyze" ` +
        `if the marts in ${dataFolder()}/marts are older than this version.`,
    );
  }
  const sizes = { pages: 0, bytes: 0 };
  for (const path of await filesOf(built)) {
    if (path.endsWith(".html")) {
      sizes.pages++;
      await finishPage(built, path);
    }
    sizes.bytes += (await Deno.stat(`${built}/${path}`)).size;
  }
  await placeSite(built, output, { simulated });
  await remove(built);
  return {
    output,
    ...sizes,
    seconds: (performance.now() - started) / 1000,
  };
}

/**
 * Framework's client can load libraries from a CDN on behalf of pages that
 * name them, and asks the package registry for their versions while it bundles
 * that client. These pages name none, so any answer will do.
 */
export async function withoutNetwork<T>(work: () => Promise<T>): Promise<T> {
  const { fetch } = globalThis;
  const { log } = console;
  globalThis.fetch = (input) => {
    const url = input instanceof Request ? input.url : String(input);
    return /^https:\/\/registry\./.test(url)
      ? Promise.resolve(
        Response.json({ version: "0.0.0", versions: { "0.0.0": {} } }),
      )
      : Promise.reject(
        new TypeError(`a page of the site wants ${url}; use a bare import`),
      );
  };
  // It also talks past its own logger.
  const { write } = process.stdout;
  console.log = () => {};
  process.stdout.write = () => true;
  try {
    return await work();
  } finally {
    globalThis.fetch = fetch;
    console.log = log;
    process.stdout.write = write;
  }
}

/** What Framework's own markup leaves out: the language, and zooming on a phone. */
async function finishPage(folder: string, path: string): Promise<void> {
  const html = await Deno.readTextFile(`${folder}/${path}`);
  const lang = LANGUAGES.find((l) => path.startsWith(`${l}/`)) ?? "en";
  await Deno.writeTextFile(
    `${folder}/${path}`,
    html.replace("<html>", `<html lang="${lang}">`)
      .replace(", maximum-scale=1", "")
      .replace(/<meta name="generator"[^>]*>\n/, ""),
  );
}

async function remove(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

if (import.meta.main) {
  await runTask(attended(async (args) => {
    const values = readOptions("site", args, {
      output: { type: "string", default: "dist" },
      verbose: { type: "boolean" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    });
    if (values.help) {
      console.log(HELP);
      return;
    }
    const built = await buildSite({
      output: values.output.replace(/\/+$/, ""),
      verbose: values.verbose,
    });
    console.log(
      values.json
        ? JSON.stringify(built)
        : `Built ${built.pages} pages (${
          (built.bytes / 1e6).toFixed(1)
        } MB) into ${built.output}/ in ${built.seconds.toFixed(1)} s. ` +
          `"deno task preview" shows them.`,
    );
  }));
}
