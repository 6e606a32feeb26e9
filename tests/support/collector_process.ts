/** `collect` as a process that can be killed, and is started again as a supervisor would. */

import { taskArguments } from "./run_task.ts";

/** One collector that runs until {@link end}, whatever happens to its process. */
export class CollectorProcess {
  #child: Deno.ChildProcess | null = null;
  #ended = false;
  #killed = false;
  #running: Promise<void>;
  #log: Deno.FsFile;
  #pause = 0;
  /** How often it ended by itself, with the last lines that it said. */
  readonly failures: { code: number; said: string }[] = [];
  kills = 0;
  /** How it ended once it was asked to; null until then. */
  exit: { code: number; ms: number } | null = null;

  /**
   * @param env besides this process's own
   * @param log file that its output is added to
   */
  constructor(
    readonly env: Record<string, string>,
    readonly log: string,
  ) {
    this.#log = Deno.openSync(log, { create: true, append: true });
    this.#running = this.#supervise();
  }

  async #supervise(): Promise<void> {
    while (!this.#ended) {
      this.#killed = false;
      const child = this.#child = new Deno.Command(Deno.execPath(), {
        args: taskArguments("collect", this.env),
        env: { ...this.env, NO_COLOR: "1" },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      let said = "";
      const hear = async (from: ReadableStream<Uint8Array>) => {
        for await (const part of from) {
          said = (said + new TextDecoder().decode(part)).slice(-2000);
          await this.#log.write(part);
        }
      };
      const heard = Promise.all([hear(child.stdout), hear(child.stderr)]);
      const { code } = await child.status;
      await heard;
      this.#child = null;
      if (this.#ended) {
        this.exit ??= { code, ms: 0 };
        break;
      }
      if (!this.#killed) this.failures.push({ code, said });
      await new Promise((wake) => setTimeout(wake, this.#pause));
    }
    this.#log.close();
  }

  /** Of the process that runs now. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** SIGKILL; it is started again after `pauseMs`. @returns false where none was running. */
  kill(pauseMs: number): boolean {
    if (!this.#child) return false;
    this.#killed = true;
    this.#pause = pauseMs;
    this.kills++;
    signal(this.#child, "SIGKILL");
    return true;
  }

  /** SIGTERM, and SIGKILL for one that does not end. */
  async end(withinMs = 15_000): Promise<void> {
    if (this.#ended) return await this.#running;
    this.#ended = true;
    const began = performance.now();
    const child = this.#child;
    if (child) {
      signal(child, "SIGTERM");
      const late = setTimeout(() => signal(child, "SIGKILL"), withinMs);
      await this.#running;
      clearTimeout(late);
    } else await this.#running;
    if (this.exit) this.exit.ms = performance.now() - began;
  }
}

/** Its end may be known a moment later than it came. */
function signal(child: Deno.ChildProcess, name: Deno.Signal): void {
  try {
    child.kill(name);
  } catch {
    // Ended already.
  }
}
