/**
 * Tasks of deno.json, run as it says: with the permissions of their own and no
 * more. The one place where tests start a task.
 */
import assert from "node:assert/strict";

/** How a task ended. */
export interface Run {
  code: number;
  out: string;
  err: string;
  /** From its start, or from the signal that stopped it, to its end. */
  ms: number;
}

/** A task that runs; disposing of it ends it, whatever the test came to. */
export interface Running extends AsyncDisposable {
  readonly pid: number;
  /** Resolves once the output so far matches; rejects when the task ends before. */
  says(words: RegExp): Promise<void>;
  /** Its output so far. */
  said(): string;
  stop(signal?: Deno.Signal): void;
  ended: Promise<Run>;
}

/** How long a task may take to end once it is asked to. */
const PATIENCE_MS = 20_000;

/** Every task, in the order of deno.json. */
export const TASKS: Record<string, { description: string; command: string }> =
  JSON.parse(Deno.readTextFileSync(new URL("../../deno.json", import.meta.url)))
    .tasks;

/**
 * What deno is called with for a task. `$(…)` is asked as the task shell would;
 * the shell itself is left out, since a SIGKILL of it would leave the task
 * behind.
 */
export function taskArguments(
  task: string,
  env: Record<string, string> = {},
  cwd?: string,
): string[] {
  const { command } = TASKS[task] ?? assert.fail(`there is no task ${task}`);
  const [program, ...args] = words(
    command.replaceAll(/\$\((.*?)\)/g, (_, inner: string) => {
      const [program, ...args] = words(inner);
      assert.equal(program, "deno", inner);
      const { success, stdout, stderr } = new Deno.Command(Deno.execPath(), {
        args,
        env,
        cwd,
      }).outputSync();
      const text = new TextDecoder();
      assert.ok(success, text.decode(stderr));
      return text.decode(stdout).trim();
    }),
  );
  assert.equal(program, "deno", command);
  if (cwd === undefined) return args;
  // In a copy the packages are a link, and leave is asked for where it leads.
  const packages = Deno.realPathSync(`${cwd}/node_modules`);
  return args.map((arg) =>
    arg.replace(/(?<=[=,])node_modules(?=,|$)/, packages)
  );
}

/** The words of a command: what stands between spaces, or between double quotes. */
const words = (command: string): string[] =>
  (command.match(/(?:"[^"]*"|[^\s"])+/g) ?? []).map((word) =>
    word.replaceAll('"', "")
  );

const alive = new Set<Deno.ChildProcess>();
// For a test that fails before it could dispose of what it has started. Deno
// kills what is left then, and with it would go the chance to end its own.
addEventListener("unload", () => {
  for (const child of alive) end(child, "SIGTERM");
  const latest = Date.now() + PATIENCE_MS;
  for (const { pid } of alive) {
    while (isRunning(pid) && Date.now() < latest) sleep(100);
  }
});

/** Whether a process has not ended yet, also where nobody has asked how it ended. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

const sleep = (ms: number) =>
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

function end(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // Ended already.
  }
}

/**
 * Starts a task, with the embedded database unless `env` says otherwise.
 * @param cwd a copy of the repository; default this one
 */
export function startTask(
  [task = "", ...args]: string[],
  env: Record<string, string> = {},
  cwd?: string,
): Running {
  const own = { DATABASE_URL: "", NO_COLOR: "1", ...env };
  const child = new Deno.Command(Deno.execPath(), {
    args: [...taskArguments(task, own, cwd), ...args],
    env: own,
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  alive.add(child);
  let began = performance.now();
  let out = "";
  let over = false;
  let waiting: {
    words: RegExp;
    resolve: () => void;
    reject: (error: Error) => void;
  }[] = [];
  // On a new machine Deno tells what it fetches; that is not the task's own.
  const err = new Response(child.stderr).text().then((text) =>
    text.replaceAll(/^(Download|Initialize) .*\n/gm, "")
  );
  const told = (async () => {
    for await (
      const text of child.stdout.pipeThrough(new TextDecoderStream())
    ) {
      out += text;
      waiting = waiting.filter(({ words, resolve }) => {
        if (!words.test(out)) return true;
        resolve();
        return false;
      });
    }
  })();
  const ended = (async () => {
    const { code } = await child.status;
    alive.delete(child);
    await told;
    over = true;
    const run = { code, out, err: await err, ms: performance.now() - began };
    for (const { words, reject } of waiting) {
      reject(
        new Error(
          `ended with ${code} before it said ${words}: ${run.out}${run.err}`,
        ),
      );
    }
    return run;
  })();
  return {
    pid: child.pid,
    says: (words) =>
      new Promise((resolve, reject) => {
        if (words.test(out)) resolve();
        else if (over) {
          reject(new Error(`ended before it said ${words}: ${out}`));
        } else waiting.push({ words, resolve, reject });
      }),
    said: () => out,
    stop: (signal = "SIGTERM") => {
      began = performance.now();
      child.kill(signal);
    },
    ended,
    async [Symbol.asyncDispose]() {
      if (!alive.has(child)) return;
      end(child, "SIGTERM");
      const late = setTimeout(() => end(child, "SIGKILL"), PATIENCE_MS);
      await ended;
      clearTimeout(late);
    },
  };
}

/** Runs a task to its end. */
export async function runTask(
  args: string[],
  env: Record<string, string> = {},
  cwd?: string,
): Promise<Run> {
  await using task = startTask(args, env, cwd);
  return await task.ended;
}
