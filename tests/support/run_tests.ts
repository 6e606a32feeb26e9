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

  --jobs    how many processors they may keep busy; files that mostly wait
            share one (default: all, four at most)
  --filter  only tests whose name holds these words, or matches /this/`;

/** Longest that a file may take; the fault runs take a third of it on two busy processors. */
const LIMIT_MS = 15 * 60_000;

/**
 * Files that take long or mostly wait: seconds that each takes by itself, and
 * how much of a processor it keeps busy meanwhile. The longest is begun first,
 * so that none runs on alone at the end; several that wait share a processor.
 */
const COSTS: Record<string, Cost> = {
  "backfill/faults": [280, 0.3],
  "tasks/demo": [120, 0.8],
  "marts/units": [70, 1],
  "marts/kept": [40, 1],
  "database/power": [60, 0.9],
  "site/pages": [60, 0.8],
  "tasks/collect": [60, 0.7],
  "tasks/chain": [60, 0.7],
  "backfill/refill": [50, 0.3],
  "tasks/notebook": [40, 0.8],
  "site/measure_pages": [40, 0.8],
  "statistics/calibration": [60, 1],
  "lake/as_of": [35, 1],
  "talk/coin_verdicts": [30, 1],
  "tasks/kept_apart": [30, 0.7],
  "site/health_page": [30, 0.8],
  "database/data_folder": [30, 0.8],
  "watch/listed_later": [30, 0.3],
  "communities/dcinside_day": [28, 1],
  "site/place_site": [20, 0.9],
  "tasks/publish": [20, 0.9],
  "lake/lake": [20, 1],
  "marts/talk_marts": [20, 1],
  "api/health": [19, 0.4],
  "store/store_away": [18, 0.4],
  "sandbox/sandbox_unkind": [18, 0.3],
  "database/upgrade": [16, 0.9],
  "backfill/order_and_ids": [16, 1],
  "tasks/correlate": [16, 1],
  "forecasts/forecasts": [15, 1],
  "marts/lead_lag": [15, 1],
  "site/dev": [15, 0.9],
  "communities/post_stream": [15, 0.4],
  "venues/fuzz": [15, 0.8],
  "watch/patterns": [12, 0.6],
  "imports/import_chain": [12, 1],
  "statistics/statistics": [12, 1],
  "sandbox/sandbox_world": [12, 1],
  "sandbox/sandbox_bithumb": [10, 0.4],
  "sandbox/sandbox_pages": [10, 0.3],
  "statistics/statistics_oracles": [9, 1],
  "communities/gallery": [9, 0.7],
  "sandbox/sandbox_talk": [8, 0.3],
  "sandbox/sandbox_faults": [8, 0.2],
};

/** One that is not named in {@link COSTS}. */
const COST: Cost = [5, 1];

type Cost = [seconds: number, processors: number];

const costOf = (file: string): Cost =>
  COSTS[file.replace(/^tests\/|_test\.ts$/g, "")] ?? COST;

/** How many files there may be to a processor, however little each keeps it busy. */
const FILES = 3;

/**
 * Runs each file once, the longest first, as long as the processors are not
 * all in use.
 * @param costOf what a file takes
 */
export async function sideBySide(
  files: string[],
  processors: number,
  run: (file: string) => Promise<void>,
  cost: (file: string) => Cost = costOf,
): Promise<void> {
  const waiting = files.toSorted((a, b) => cost(b)[0] - cost(a)[0]);
  const running = new Map<string, Promise<void>>();
  const inUse = () =>
    [...running.keys()].reduce((sum, file) => sum + cost(file)[1], 0);
  while (waiting.length > 0) {
    const next = running.size === 0
      ? 0
      : running.size === FILES * processors
      ? -1
      // A sum of tenths is a little off.
      : waiting.findIndex((file) =>
        inUse() + cost(file)[1] < processors + 0.01
      );
    if (next >= 0) {
      const [file] = waiting.splice(next, 1) as [string];
      running.set(file, run(file).finally(() => running.delete(file)));
    } else await Promise.race(running.values());
  }
  await Promise.all(running.values());
}

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

/** Ends a process and all that it started. */
function endGroup(pid: number): void {
  try {
    Deno.kill(-pid, "SIGKILL");
  } catch {
    // Nothing of it is left.
  }
}

/**
 * Of WebAssembly only the first, quick compilation: the embedded PostgreSQL of
 * a test runs for seconds, and half of them went into optimising it. Nothing
 * where V8 knows no such flag any more.
 */
async function withoutOptimising(): Promise<Record<string, string>> {
  const env = { DENO_V8_FLAGS: "--liftoff-only" };
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "0"],
    env,
    stdout: "null",
    stderr: "null",
  }).output();
  return success ? env : {};
}

async function runFile(
  file: string,
  filter: string | undefined,
  env: Record<string, string>,
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
    env: {
      ...env,
      NO_COLOR: "1",
      CROWDTAPE_TEST_RUN: String(Deno.pid),
      // Threads of Python's linear algebra keep processors busy while they wait.
      OPENBLAS_NUM_THREADS: "1",
      OMP_NUM_THREADS: "1",
    },
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
  const files = [
    ...new Set((paths.length > 0 ? paths : ["tests"]).flatMap(testFiles)),
  ];
  const env = await withoutOptimising();
  const results: Result[] = [];
  await sideBySide(files, jobs, async (file) => {
    const result = await runFile(file, options.filter, env);
    results.push(result);
    tell(result);
  });
  const again: Result[] = [];
  if (files.length > 1) {
    for (const { file, ok } of results) {
      if (ok) continue;
      console.log(`once more, by itself: ${file}`);
      const result = await runFile(file, options.filter, env);
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
