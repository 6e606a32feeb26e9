/**
 * `deno task test`: every test file as a process of its own, some side by side.
 * A file that hangs is ended at its limit with all that it started, and costs
 * no other file its result.
 */
import { CliError, readOptions, runTask } from "../../collector/cli/errors.ts";

const HELP = `deno task test [path …] [--jobs 2] [--filter words]

Runs the test files under the paths (default: tests), each as a process of its
own. What a machine lacks is skipped, with the reason. A file that fails beside
others is run once more by itself; both results are told.

  --jobs    how many files are run side by side (default: one a processor, four at most)
  --filter  only tests whose name holds these words, or matches /this/`;

/** Longest that a file may take; the fault runs take a third of it on two busy processors. */
const LIMIT_MS = 15 * 60_000;

/**
 * Those that take longest, begun first, so that none runs on alone at the end.
 * One that is not named here is run all the same.
 */
const LONGEST = [
  "backfill/faults",
  "tasks/demo",
  "site/site",
  "watch/listed_later",
  "backfill/refill",
];

/** What a file's process came to. */
interface Result {
  file: string;
  ok: boolean;
  passed: number;
  failed: number;
  /** Reasons for which tests were skipped, each as often as it was given. */
  skipped: string[];
  ms: number;
  output: string;
}

/** Numbers of the line that `deno test` ends with. */
export function countsOf(output: string): { passed: number; failed: number } {
  const last = output.match(/(\d+) passed[^|\n]*\| (\d+) failed/g)?.at(-1);
  const [passed, failed] = (last?.match(/\d+(?= passed| failed)/g) ?? [])
    .map(Number);
  return { passed: passed ?? 0, failed: failed ?? 0 };
}

/** The reasons behind "(skipped: …)" in the names of ignored tests. */
export const skipsOf = (output: string): string[] =>
  [...output.matchAll(/\(skipped: (.*)\) \.\.\. ignored/g)].map(([, why]) =>
    why!
  );

/** Paths of the test files under a path, itself where it is one. */
export function testFiles(path: string): string[] {
  let isFile: boolean;
  try {
    ({ isFile } = Deno.statSync(path));
  } catch {
    throw new CliError(`There is no ${path}.`);
  }
  if (isFile) return [path];
  return [...Deno.readDirSync(path)].flatMap(({ name, isDirectory }) =>
    isDirectory
      ? testFiles(`${path}/${name}`)
      : name.endsWith("_test.ts")
      ? [`${path}/${name}`]
      : []
  ).sort();
}

/** Where a file stands in {@link LONGEST}; the others come after. */
const rank = (file: string): number => {
  const at = LONGEST.findIndex((name) => file.includes(name));
  return at < 0 ? LONGEST.length : at;
};

/** Ends a process and all that it started. */
function endGroup(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch {
    // Nothing of it is left.
  }
}

async function runFile(
  file: string,
  filter: string | undefined,
): Promise<Result> {
  const began = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "-A",
      "--no-check",
      "--quiet",
      ...filter === undefined ? [] : ["--filter", filter],
      file,
    ],
    env: { NO_COLOR: "1", CROWDTAPE_TEST_RUN: String(Deno.pid) },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    // A group of its own, so that whatever it leaves behind ends with it.
    detached: true,
  }).spawn();
  const texts = Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    endGroup(child.pid);
  }, LIMIT_MS);
  const { success } = await child.status;
  clearTimeout(timer);
  endGroup(child.pid);
  let output = (await texts).join("");
  if (late) output += `\nended: not done after ${LIMIT_MS / 60_000} minutes\n`;
  const counts = countsOf(output);
  return {
    file,
    ok: success,
    passed: counts.passed,
    // A file that ends before its tests did has failed once at least.
    failed: success ? 0 : Math.max(1, counts.failed),
    skipped: skipsOf(output),
    ms: performance.now() - began,
    output,
  };
}

function tell({ file, ok, passed, failed, skipped, ms, output }: Result): void {
  const counts = [
    `${passed} passed`,
    ...failed > 0 ? [`${failed} failed`] : [],
    ...skipped.length > 0 ? [`${skipped.length} skipped`] : [],
  ].join(", ");
  console.log(
    `${ok ? "ok    " : "FAILED"} ${file} (${counts}, ${
      (ms / 1000).toFixed(1)
    } s)`,
  );
  if (!ok) console.log(output.replaceAll(/^/gm, "  | "));
}

async function main(args: string[]): Promise<number> {
  const paths = args.filter((arg, i) =>
    !arg.startsWith("-") && !/^--(jobs|filter)$/.test(args[i - 1] ?? "")
  );
  const given = args.filter((arg) => !paths.includes(arg));
  const options = readOptions("test", given, {
    jobs: {
      type: "string",
      default: `${Math.min(4, navigator.hardwareConcurrency)}`,
    },
    filter: { type: "string" },
    help: { type: "boolean", short: "h" },
  });
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const jobs = Number(options.jobs);
  if (!Number.isInteger(jobs) || jobs < 1) {
    throw new CliError(
      `--jobs ${options.jobs} is no whole number from 1 on.`,
    );
  }
  const waiting = (paths.length > 0 ? paths : ["tests"]).flatMap(testFiles)
    .sort((a, b) => rank(a) - rank(b));
  const results: Result[] = [];
  const next = async (): Promise<void> => {
    for (let file; (file = waiting.shift());) {
      const result = await runFile(file, options.filter);
      results.push(result);
      tell(result);
    }
  };
  await Promise.all(Array.from({ length: jobs }, next));
  const again: Result[] = [];
  if (jobs > 1) {
    for (const { file, ok } of results) {
      if (ok) continue;
      console.log(`once more, by itself: ${file}`);
      const result = await runFile(file, options.filter);
      again.push(result);
      tell(result);
    }
  }
  return summary(results, again);
}

function summary(results: Result[], again: Result[]): number {
  const last = new Map([...results, ...again].map((r) => [r.file, r]));
  const all = [...last.values()];
  const reasons = new Map<string, number>();
  for (const why of all.flatMap(({ skipped }) => skipped)) {
    reasons.set(why, (reasons.get(why) ?? 0) + 1);
  }
  console.log();
  for (const [why, n] of reasons) console.log(`${n} skipped: ${why}`);
  for (const { file, ok } of again) {
    console.log(
      ok
        ? `${file} failed beside others and passed by itself`
        : `${file} failed`,
    );
  }
  const sum = (of: "passed" | "failed") =>
    all.reduce((total, result) => total + result[of], 0);
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
  return sum("failed") === 0 ? 0 : 1;
}

if (import.meta.main) await runTask(main, { settings: false });
