/**
 * Which file may import which, types included, by deno's own reading. As a
 * program it prints what breaks the rules, and then ends with 1.
 */
import { globSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";

/** A file imports only from its own line and the lines above it. */
const ORDER = `
  deno.json
  collector/model/ collector/cli/
  collector/venues/ collector/indicators/ collector/database/
  collector/store/
  collector/net/
  collector/config.ts collector/communities/ collector/candles/ collector/backfill/
  collector/watch/
  collector/api/ collector/audit/ collector/imports/ collector/backup/
  collector/
  supabase/
  analytics/
  notebooks/`.trim().split("\n").map((line) => line.trim().split(" "));

/** Problems of today, by their beginning; one that is solved must leave the list. */
const KNOWN: string[] = [];

const line = (file: string) =>
  ORDER.findIndex((places) => places.some((place) => file.startsWith(place)));

/** What each file under a root imports, both as paths from the root. */
async function importsUnder(root: string): Promise<Map<string, string[]>> {
  const files = globSync(
    "{collector,supabase,analytics,notebooks}/**/*.{js,ts,tsx}",
    {
      cwd: root,
      exclude: (name) => /^(node_modules|\.observablehq)$/.test(name),
    },
  );
  const entry = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    entry,
    files.map((f) => `import "${pathToFileURL(root + f)}";`).join("\n"),
  );
  const { stdout } = await new Deno.Command("deno", {
    args: ["info", "--json", `--config=${root}deno.json`, entry],
    stderr: "inherit",
  }).output();
  await Deno.remove(entry);
  type Way = { specifier: string };
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as {
    modules: (Way & { dependencies?: { code?: Way; type?: Way }[] })[];
  };
  const own = (ways: (Way | undefined)[]) =>
    ways.filter((way) => way?.specifier.startsWith(pathToFileURL(root).href))
      .map((way) => fileURLToPath(way!.specifier).slice(root.length));
  return new Map(modules.flatMap((module) =>
    own([module]).map((file) => [
      file,
      own(
        (module.dependencies ?? []).flatMap(({ code, type }) => [code, type]),
      ),
    ])
  ));
}

/** The shortest way from a file back to itself; null where there is none. */
function circleAt(file: string, imports: Map<string, string[]>) {
  const ways = [[file]];
  const met = new Set<string>();
  for (const way of ways) {
    for (const next of imports.get(way.at(-1)!) ?? []) {
      if (next === file) return way;
      if (!met.has(next)) ways.push([...way, next]);
      met.add(next);
    }
  }
  return null;
}

/**
 * What breaks the rules under a root, one sentence each.
 * @param root a path that ends in a slash, with a deno.json
 */
export async function problemsUnder(root: string): Promise<string[]> {
  const imports = await importsUnder(root);
  const problems = new Set<string>();
  for (const [file, others] of imports) {
    if (/^notebooks\/.*\.js$/.test(file)) {
      problems.add(`not type-checked: ${file}`);
    }
    for (const other of others) {
      if (line(other) < 0 || line(other) > line(file)) {
        problems.add(
          `${file} imports ${other}, which stands after it in the order`,
        );
      }
    }
    const circle = circleAt(file, imports)?.sort().join(", ");
    if (circle) problems.add(`circle: ${circle}`);
  }
  return [...problems].sort();
}

/** What is wrong about problems: those not known, and those known that are not there. */
export const judge = (problems: string[], known = KNOWN): string[] => [
  ...problems.filter((p) => !known.some((k) => p.startsWith(k))),
  ...known.filter((k) => !problems.some((p) => p.startsWith(k)))
    .map((k) => `solved, so no longer known: ${k}`),
];

if (import.meta.main) {
  const root = fileURLToPath(new URL("../../", import.meta.url));
  const wrong = judge(await problemsUnder(root));
  for (const problem of wrong) console.error(problem);
  Deno.exit(wrong.length === 0 ? 0 : 1);
}
