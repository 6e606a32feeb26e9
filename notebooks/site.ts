/** `deno task site`: builds the static site from the marts. */
import { createHash } from "node:crypto";
import process from "node:process";
import { attended } from "../collector/cli/attended.ts";
import { CliError, readOptions, runTask } from "../collector/cli/errors.ts";
import { dataFolder, isSimulated } from "../collector/cli/data_folder.ts";
import { type Contents, readContents } from "./marts.ts";
import { checkOutput, filesOf, placeSite } from "./place_site.ts";
import { type DataFile, writeData } from "./site_data.ts";
import { EACH, fill, ICON } from "./site/frame.ts";
import { type NamedPage, readPages } from "./site/pages.ts";
import { i18n, LANGUAGES } from "./site/components/words/i18n.ts";

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

/** Where Framework works, and where its pages wait for data. */
const WORK = `${ROOT}/.observablehq`;
const PAGES = `${WORK}/pages`;

/**
 * Builds the site; run it from the repository's root. Pages are built when they
 * or their code changed; new data, and new markets, are put into those that are there.
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
  const cache = `${WORK}/cache`;
  const built = `${WORK}/built`;
  await Deno.mkdir(cache, { recursive: true });
  // Two builds at once would share these folders.
  using lock = await Deno.open(`${WORK}/lock`, { create: true, write: true });
  await lock.lock(true);
  const there = await checkOutput(output, simulated);
  await remove(`${cache}/data`);
  await remove(built);
  let data: DataFile[];
  try {
    data = await writeData(built, pages, contents.markets, there);
  } catch (error) {
    throw unbuilt(error as Error);
  }
  await preparePages(contents, pages, cache, verbose);
  const sizes = await fillPages(contents, pages, data, there, built);
  await placeSite(built, output, { simulated, kept: sizes.kept });
  await remove(built);
  return {
    output,
    pages: sizes.pages,
    bytes: sizes.bytes,
    seconds: (performance.now() - started) / 1000,
  };
}

const unbuilt = (error: Error): CliError =>
  new CliError(
    `The site could not be built: ${error.message} ` +
      `Run "deno task site --verbose" for the steps, and "deno task analyze" ` +
      `if the marts in ${dataFolder()}/marts are older than this version.`,
  );

/** Builds the pages without data, one for all markets, unless they are there as this code makes them. */
async function preparePages(
  contents: Contents,
  pages: NamedPage[],
  cache: string,
  verbose: boolean,
): Promise<void> {
  const record = `${PAGES}.json`;
  const print = await printOf();
  if (await readText(record) === print) return;
  await remove(record);
  await remove(PAGES);
  await remove(`${cache}/_npm`);
  // Framework asks for the data of each page; what is in it comes later.
  for (const { id, ofMarkets } of pages) {
    const file = `${cache}/data/${id}${ofMarkets ? `/${EACH}` : ""}.json`;
    await Deno.mkdir(file.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(file, "{}");
  }
  // Only here: an update of data has no time to load them.
  const { build, FileBuildEffects } = await import(
    "@observablehq/framework/dist/build.js"
  );
  const { normalizeConfig } = await import(
    "@observablehq/framework/dist/config.js"
  );
  const { bundlePages } = await import("./bundle.ts");
  const { settings } = await import("./site/settings.ts");
  Deno.env.set("OBSERVABLE_TELEMETRY_DISABLE", "true");
  const config = {
    ...normalizeConfig(settings(contents, pages, false)),
    output: PAGES,
  };
  const say = (...parts: unknown[]) => {
    if (verbose) console.error(...parts);
  };
  try {
    await withoutNetwork(() =>
      build(
        { config },
        // It finds the data in its cache and runs no loader.
        new FileBuildEffects(PAGES, cache, {
          logger: { log: say, warn: say, error: say },
          output: { write: () => {} },
        }),
      )
    );
  } catch (error) {
    throw unbuilt(error as Error);
  }
  await remove(`${PAGES}/_file/data`);
  await bundlePages(PAGES);
  await Deno.writeTextFile(record, print);
}

/** Changes with the pages, whatever they are made of. */
async function printOf(): Promise<string> {
  const hash = createHash("sha256");
  const add = async (folder: string) => {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    for (
      const { name, isDirectory } of entries.sort((a, b) =>
        a.name < b.name ? -1 : 1
      )
    ) {
      const path = `${folder}/${name}`;
      if (isDirectory) {
        if (!/^(\.observablehq|sandbox)$/.test(name)) await add(path);
      } else if (/\.(ts|js|css|md)$/.test(name)) {
        hash.update(path).update(await Deno.readFile(path));
      }
    }
  };
  await add("notebooks");
  // Names of venues, communities and indicators, and the version.
  await add("collector");
  for (const file of ["deno.json", "deno.lock"]) {
    hash.update(await Deno.readFile(file));
  }
  return hash.digest("hex");
}

/** What a page says of a file that it reads. */
const REGISTERED = /registerFile\(("[^"]*"), (\{[^\n]*\})\);/g;

const encoder = new TextEncoder();

/** Puts the names of data, and what they say in the frame, into the pages. */
async function fillPages(
  contents: Contents,
  pages: NamedPage[],
  data: DataFile[],
  there: Set<string>,
  built: string,
): Promise<{ pages: number; bytes: number; kept: string[] }> {
  const files = new Map(data.map((file) => [file.path, file]));
  const kept = data.filter((file) => file.there).map(({ name }) => name);
  const sizes = { pages: 0, bytes: 0 };
  for (const { bytes } of data) sizes.bytes += bytes;
  const folder = (path: string) =>
    Deno.mkdir(`${built}/${path}`.replace(/\/[^/]*$/, ""), {
      recursive: true,
    });
  const modified = Date.now();
  for (const path of await filesOf(PAGES)) {
    const from = `${PAGES}/${path}`;
    await folder(path);
    if (!path.endsWith(".html")) {
      sizes.bytes += (await Deno.stat(from)).size;
      if (there.has(path)) kept.push(path);
      else await Deno.copyFile(from, `${built}/${path}`);
      continue;
    }
    const page = await Deno.readTextFile(from);
    for (const market of path.includes(EACH) ? contents.markets : [""]) {
      sizes.pages++;
      const at = path.replace(EACH, market);
      const html = fill(
        page,
        `/${at.replace(/\.html$/, "")}`,
        i18n,
        contents,
        pages,
      );
      // Asked for with the page, not when its code has come.
      const asked: string[] = [];
      const dated = html.replace(REGISTERED, (whole, name, json: string) => {
        const said = JSON.parse(json) as { path: string };
        const [, up, place] =
          /^((?:\.\.?\/)*)_file\/(data\/.*)\.[0-9a-f]{8}\.json$/.exec(
            said.path,
          ) ?? [];
        const file = files.get(`${place}.json`);
        if (!file) return whole;
        asked.push(`${up}${file.name}`);
        return `registerFile(${name}, ${
          JSON.stringify({
            ...said,
            path: `${up}${file.name}`,
            lastModified: modified,
            size: file.bytes,
          })
        });`;
      });
      const links = asked.map((path) =>
        `<link rel="preload" as="fetch" crossorigin href="${path}">\n`
      ).join("");
      const whole = dated.replace("<title>", () => `${links}<title>`);
      const text = finishPage(whole, at);
      await Deno.writeTextFile(`${built}/${at}`, text);
      sizes.bytes += encoder.encode(text).length;
    }
  }
  return { ...sizes, kept };
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

/** What Framework's own markup leaves out: the language, zooming on a phone, and the icon. */
function finishPage(html: string, path: string): string {
  const lang = LANGUAGES.find((l) => path.startsWith(`${l}/`)) ?? "en";
  return html.replace("<html>", `<html lang="${lang}">`)
    .replace(", maximum-scale=1", "")
    .replace(/(<link rel="icon" href=")[^"]*/, `$1${ICON}`)
    .replace(/<meta name="generator"[^>]*>\n/, "");
}

async function readText(path: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
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
