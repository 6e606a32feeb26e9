import { ATTENDED } from "../cli/attended.ts";
import { masked } from "../cli/secrets.ts";

/** How a step ended: with what its task printed, or with the sentence that says why not. */
export type Outcome = { report: unknown } | { error: string };

/** Between a polite end and another one, in milliseconds. */
const END_WITHIN_MS = 2000;
/** Longest error that is kept, in characters. */
const LONGEST_ERROR = 500;

/**
 * Runs a task of deno.json as a step, in a process of its own with the task's
 * own permissions, until it ends or the signal aborts.
 * @returns null where it was ended by the signal
 */
export async function runStep(
  task: string,
  options: string[],
  signal: AbortSignal,
): Promise<Outcome | null> {
  if (signal.aborted) return null;
  const child = new Deno.Command("deno", {
    args: ["task", "--quiet", task, ATTENDED, "--json", ...options],
    env: { NO_COLOR: "1" },
    // It ends where this pipe is closed, also because this process was killed.
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const alive = child.stdin.getWriter();
  let late: ReturnType<typeof setTimeout> | undefined;
  const kill = (how: Deno.Signal) => {
    try {
      child.kill(how);
    } catch {
      // It has ended already.
    }
  };
  const end = () => {
    alive.close().catch(() => {});
    kill("SIGTERM");
    late = setTimeout(() => kill("SIGKILL"), END_WITHIN_MS);
  };
  signal.addEventListener("abort", end, { once: true });
  try {
    const [out, said, { success, code }] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.status,
    ]);
    if (success) return { report: reportIn(out) };
    return signal.aborted ? null : { error: reason(said, code) };
  } finally {
    clearTimeout(late);
    signal.removeEventListener("abort", end);
    alive.close().catch(() => {});
  }
}

/** The last line that is JSON; other lines may stand before it. */
function reportIn(out: string): unknown {
  const line = out.trimEnd().split("\n").findLast((line) =>
    line.startsWith("{")
  );
  try {
    return JSON.parse(line ?? "null");
  } catch {
    return null;
  }
}

/** The sentence that a task ends with, else its last words. */
function reason(said: string, code: number): string {
  const lines = said.split("\n").filter((line) => line.trim() !== "");
  const line = lines.find((line) => line.startsWith("error: ")) ?? lines.at(-1);
  return masked(line?.replace(/^error: /, "") ?? `ended with exit code ${code}`)
    .slice(0, LONGEST_ERROR);
}
