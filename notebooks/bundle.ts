/**
 * Makes a few files of the many modules that Framework's pages load one by one:
 * what a page needs, without what nothing of it uses.
 */
import { build } from "esbuild";
import { filesOf } from "./place_site.ts";

/** Where bundles lie below the site's root. */
const FOLDER = "_bundle";

/** What a page's own script imports: `from "…"` and `import("…")` of a module of the site. */
const IMPORTED =
  /(?<=\bfrom |\bimport\()"((?:\.\.?\/)+(_(?:import|observablehq|node)\/[^"]+\.js))"/g;

const PRELOAD =
  /<link rel="modulepreload" href="(?:\.\.?\/)+_(?:import|observablehq|node)\/[^"]+">\n/g;

/** Bundles the modules of the pages in a folder, which is changed. */
export async function bundlePages(folder: string): Promise<void> {
  const files = await filesOf(folder);
  const pages = new Map<string, string>();
  for (const path of files.filter((path) => path.endsWith(".html"))) {
    pages.set(path, await Deno.readTextFile(`${folder}/${path}`));
  }
  const entries = new Set<string>();
  for (const html of pages.values()) {
    for (const [, , path] of html.matchAll(IMPORTED)) entries.add(path!);
  }
  const root = await Deno.realPath(folder);
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [...entries],
    outdir: FOLDER,
    bundle: true,
    splitting: true,
    format: "esm",
    minify: true,
    target: "es2022",
    legalComments: "none",
    entryNames: "[name].[hash]",
    chunkNames: "shared.[hash]",
    metafile: true,
    logLevel: "silent",
    // Framework's client names libraries that none of these pages asks for.
    plugins: [{
      name: "what is not there",
      setup: ({ onResolve }) => {
        onResolve(
          { filter: /^\.\.?\// },
          async ({ path, kind, resolveDir }) => {
            if (kind !== "dynamic-import") return null;
            try {
              await Deno.stat(`${resolveDir}/${path}`);
              return null;
            } catch {
              return { path, external: true };
            }
          },
        );
      },
    }],
  });
  const bundles = new Map<string, { path: string; needs: string[] }>();
  for (
    const [path, { entryPoint, imports }] of Object.entries(metafile.outputs)
  ) {
    if (!entryPoint) continue;
    bundles.set(entryPoint, {
      path,
      needs: needsOf(imports, metafile.outputs),
    });
  }
  for (const [path, html] of pages) {
    const preloads = new Set<string>();
    const up = "../".repeat(path.split("/").length - 1) || "./";
    const bundled = html.replaceAll(PRELOAD, "").replaceAll(
      IMPORTED,
      (whole, _, module) => {
        const bundle = bundles.get(module);
        if (!bundle) return whole;
        for (const needed of [bundle.path, ...bundle.needs]) {
          preloads.add(needed);
        }
        return `"${up}${bundle.path}"`;
      },
    );
    const links = [...preloads].map((path) =>
      `<link rel="modulepreload" href="${up}${path}">\n`
    ).join("");
    await Deno.writeTextFile(
      `${folder}/${path}`,
      bundled.replace("<title>", () => `${links}<title>`),
    );
  }
  for (const path of files) {
    if (/^_(import|observablehq|node)\/.*\.js$/.test(path)) {
      await Deno.remove(`${folder}/${path}`);
    }
  }
}

/** The files that a bundle imports at once, and those that they import. */
function needsOf(
  imports: { path: string; kind: string }[],
  outputs: Record<string, { imports: { path: string; kind: string }[] }>,
): string[] {
  const found = new Set<string>();
  const add = (all: typeof imports) => {
    for (const { path, kind } of all) {
      if (kind !== "import-statement" || found.has(path)) continue;
      found.add(path);
      add(outputs[path]?.imports ?? []);
    }
  };
  add(imports);
  return [...found];
}
