/** Tasks of deno.json run as a user runs them. */

/** How a task ended. */
export interface Run {
  code: number;
  out: string;
  err: string;
  /** From its start, or from the signal that stopped it, to its end. */
  ms: number;
}

/** A task that runs. */
export interface Running {
  /** Resolves once the output so far matches; rejects when the task ends before. */
  says(words: RegExp): Promise<void>;
  /** Its output so far. */
  said(): string;
  stop(signal?: Deno.Signal): void;
  ended: Promise<Run>;
}

/** Starts a task, with the embedded database unless `env` says otherwise. */
export function startTask(
  args: string[],
  env: Record<string, string> = {},
): Running {
  const child = new Deno.Command("deno", {
    args: ["task", "--quiet", ...args],
    env: { DATABASE_URL: "", NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let began = performance.now();
  let out = "";
  let over = false;
  let waiting: {
    words: RegExp;
    resolve: () => void;
    reject: (error: Error) => void;
  }[] = [];
  const err = new Response(child.stderr).text();
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
  };
}

/** Runs a task to its end. */
export const runTask = (
  args: string[],
  env: Record<string, string> = {},
): Promise<Run> => startTask(args, env).ended;
