/**
 * `deno task check`: what is quick enough to be asked before every commit.
 */
import { readOptions, runTask } from "../../collector/cli/errors.ts";

const HELP = `deno task check [--against main]

Format, lint, types, import rules, and the tests of what changed: those that
were changed themselves and those that import a changed file. Test files that
are not begun within 45 seconds are named; "deno task test" runs everything.

  --against  what the working tree is compared with (default: main)`;

/** How long test files are begun. */
const TESTS_MS = 45_000;

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Runs a program; one that fails says on standard error what is wrong. */
async function succeeds(
  name: string,
  program: string,
  args: string[],
): Promise<boolean> {
  const began = performance.now();
  const { success, stdout, stderr } = await new Deno.Command(program, { args })
    .output();
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${success ? "ok    " : "FAILED"} ${name} (${seconds} s)`);
  if (!success) console.error(text(stdout) + text(stderr));
  return success;
}

/** Paths that differ from `against`, new ones among them; null where git does not know that name. */
async function changedSince(against: string): Promise<string[] | null> {
  const lists = await Promise.all([
    ["diff", "--name-only", "--merge-base", against, "--"],
    ["ls-files", "--others", "--exclude-standard"],
  ].map((args) => new Deno.Command("git", { args }).output()));
  if (!lists.every(({ success }) => success)) return null;
  return lists.flatMap(({ stdout }) =>
    text(stdout).split("\n").filter(Boolean)
  );
}

/**
 * The test files that a change concerns: changed themselves first, then those
 * that import what changed.
 * @param tests by path, their text
 */
export function concerned(
  changed: string[],
  tests: Map<string, string>,
): string[] {
  const sources = changed.map((path) => `/${path.replace(/^tests\//, "")}"`);
  return [
    ...changed.filter((path) => tests.has(path)),
    ...[...tests].filter(([path, content]) =>
      !changed.includes(path) &&
      sources.some((source) => content.includes(source))
    ).map(([path]) => path),
  ];
}

function testsUnder(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) {
      for (const [inner, content] of testsUnder(path)) {
        found.set(inner, content);
      }
    } else if (name.endsWith("_test.ts")) {
      found.set(path, Deno.readTextFileSync(path));
    }
  }
  return found;
}

async function main(args: string[]): Promise<number> {
  const { against, help } = readOptions("check", args, {
    against: { type: "string", default: "main" },
    help: { type: "boolean", short: "h" },
  });
  if (help) {
    console.log(HELP);
    return 0;
  }
  const results = await Promise.all([
    succeeds("format", "deno", ["fmt", "--check", "--quiet"]),
    succeeds("lint", "deno", ["lint", "--quiet"]),
    succeeds("import rules", "deno", [
      "run",
      "-A",
      "tests/support/import_rules.ts",
    ]),
    succeeds("types", "deno", [
      "check",
      "--quiet",
      "collector",
      "supabase/functions",
      "analytics",
      "notebooks",
      "tests",
    ]),
  ]);
  const changed = await changedSince(against);
  if (changed === null) {
    console.log(
      `no tests: git knows no ${against} here; name another with --against.`,
    );
  }
  const waiting = concerned(changed ?? [], testsUnder("tests"));
  const began = performance.now();
  const next = async (): Promise<void> => {
    while (waiting.length > 0 && performance.now() - began < TESTS_MS) {
      const file = waiting.shift()!;
      results.push(
        await succeeds(file, "deno", [
          "test",
          "-A",
          "--no-check",
          "--quiet",
          file,
        ]),
      );
    }
  };
  await Promise.all([next(), next()]);
  if (waiting.length > 0) {
    console.log(`not begun within 45 s: ${waiting.join(" ")}`);
  }
  return results.every(Boolean) ? 0 : 1;
}

if (import.meta.main) await runTask(main, { settings: false });
