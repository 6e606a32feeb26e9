/**
 * `deno task demo`: the whole path on simulated markets. It starts the
 * simulator and then the same tasks that a user would, each with the
 * permissions of its own.
 */
import { parseArgs } from "node:util";
import {
  demoFolder,
  demoPages,
  isSimulated,
  SIMULATED,
} from "../cli/data_folder.ts";
import { parseDuration } from "../cli/duration.ts";
import { CliError, runTask } from "../cli/errors.ts";
import { claimPort, parsePort } from "../cli/port.ts";
import { communities } from "../communities/registry.ts";
import { venues } from "../venues/registry.ts";
import { sandboxTokens } from "./community_simulators.ts";
import { type Sandbox, startSandbox } from "./sandbox.ts";

const HELP = `Shows the whole path on simulated markets: simulator, collector
with seven days of history, a minute live, snapshot, analysis, API, site.

  deno task demo [--once] [--live 60s] [--seed 1] [--unplanted] [--port 3000] [--api-port 8787]

  --once           end when the site is built; leaves it and the data behind
  --live DURATION  how long to collect live before the analysis (default 60s)
  --seed N         another seed makes another world (default 1)
  --unplanted      hide no lead of talk over volume in the data
  --port N         where the site is served (default 3000)
  --api-port N     where the collector's API listens (default 8787)
  --help           show this

Its data are in data-demo, or in the folder that CROWDTAPE_DATA names; it is
emptied first, and never one that anything else was put into.`;

/** The venues and communities of a first run, by their names. */
const simulated = (): string =>
  new Intl.ListFormat("en-GB").format(
    [...Object.values(venues), ...Object.values(communities)]
      .filter(({ byDefault }) => byDefault).map(({ names }) => names.en),
  );

interface Choices {
  help: boolean;
  once: boolean;
  liveMs: number;
  seed: number;
  unplanted: boolean;
  port: number;
  apiPort: number;
}

async function main(args: string[]): Promise<number> {
  const choices = readArguments(args);
  if (choices.help) {
    console.log(HELP);
    return 0;
  }
  const began = performance.now();
  if (Deno.env.get("DATABASE_URL")) {
    throw new CliError(
      "The demo's markets are simulated and belong into no real database: unset DATABASE_URL.",
    );
  }
  const data = demoFolder();
  claimPort(choices.port, "--port");
  claimPort(choices.apiPort, "--api-port");
  await emptyDemoFolder(data);

  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stop.abort());
  }
  const children: Child[] = [];
  let sandbox: Sandbox | null = null;
  try {
    sandbox = await step(
      `Simulator: ${simulated()} with seven days of past`,
      async () => {
        const sandbox = await startSandbox({
          seed: choices.seed,
          ...(choices.unplanted ? { planted: null } : {}),
        });
        const config = {
          ...sandbox.config,
          api: { host: "127.0.0.1", port: choices.apiPort },
          simulated: true,
        };
        await Deno.writeTextFile(
          `${data}/${SIMULATED}`,
          JSON.stringify(
            { seed: choices.seed, planted: sandbox.planted, config },
            null,
            2,
          ),
        );
        await Deno.writeTextFile(
          `${data}/demo-config.json`,
          JSON.stringify(config, null, 2),
        );
        return sandbox;
      },
    );
    const env = {
      CROWDTAPE_CONFIG: `${data}/demo-config.json`,
      CROWDTAPE_DATA: data,
      // Said here, so that nothing in .env is.
      CROWDTAPE_SALT: "of the demo",
      DATABASE_URL: "",
      ...sandboxTokens,
    };
    const collector = new Child("collect", [], env);
    children.push(collector);
    await step(
      "Collector: history",
      () =>
        historyIsIn(
          collector,
          sandbox!.config,
          stop.signal,
        ),
    );
    await step(
      `Collector: ${choices.liveMs / 1000} s live`,
      () => wait(choices.liveMs, collector, stop.signal),
    );
    const pages = await demoPages();
    /** The chain, as `deno task run` does it each hour; the second time only what is new. */
    const round = async (said: string) => {
      const began = performance.now();
      for (
        const [title, task, ...args] of [
          ["Snapshot: database to Parquet lake", "snapshot"],
          ["Forecasts: issued and walked forward", "forecast"],
          ["Analysis: lake to marts", "analyze"],
          ["Publishing: newest of the marts to the API", "publish"],
          ["Site: marts to static pages", "site", "--output", pages],
        ] as const
      ) {
        if (stop.signal.aborted) return null;
        await step(said + title, () => new Child(task, args, env).succeeded());
      }
      return (performance.now() - began) / 1000;
    };
    const first = await round("");
    const second = first === null ? null : await round("What came meanwhile: ");
    if (first === null || second === null) return 130;
    console.log(
      `\nThe whole chain took ${first.toFixed(0)} s, and ${
        second.toFixed(0)
      } s for what came meanwhile. "deno task run" does it every hour.`,
    );
    const seconds = ((performance.now() - began) / 1000).toFixed(0);
    const { planted } = sandbox;
    console.log(
      planted
        ? `Hidden in the data: talk leads volume by ${
          planted.lagBuckets * 5
        } minutes. The page "Talk and volume" should find it.`
        : "Nothing is hidden in the data: no lag should stand out.",
    );
    if (choices.once) {
      console.log(
        `Done in ${seconds} s: pages in ${pages}/, data in ${data}/. To look at them: deno task preview --dist ${pages}`,
      );
      return 0;
    }
    const preview = new Child("preview", [
      "--dist",
      pages,
      "--port",
      String(choices.port),
      "--api",
      `http://127.0.0.1:${choices.apiPort}`,
    ], env);
    children.push(preview);
    console.log(
      `Ready in ${seconds} s: http://127.0.0.1:${choices.port}/ (Ctrl-C ends it)`,
    );
    await Promise.race([
      wait(Infinity, collector, stop.signal),
      preview.succeeded(),
    ]);
    return 0;
  } finally {
    await Promise.all(children.map((child) => child.end()));
    await sandbox?.close();
  }
}

function readArguments(args: string[]): Choices {
  try {
    const { values } = parseArgs({
      args,
      options: {
        help: { type: "boolean", default: false },
        once: { type: "boolean", default: false },
        live: { type: "string", default: "60s" },
        seed: { type: "string", default: "1" },
        unplanted: { type: "boolean", default: false },
        port: { type: "string", default: "3000" },
        "api-port": { type: "string", default: "8787" },
      },
    });
    return {
      help: values.help,
      once: values.once,
      liveMs: parseDuration(values.live, "--live"),
      seed: whole(values.seed, "--seed", 2 ** 31),
      unplanted: values.unplanted,
      port: parsePort(values.port, "--port"),
      apiPort: parsePort(values["api-port"], "--api-port"),
    };
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(
      `${(error as Error).message} Try deno task demo --help.`,
    );
  }
}

function whole(text: string, option: string, most: number): number {
  if (/^\d+$/.test(text) && Number(text) <= most) return Number(text);
  throw new CliError(
    `${option} wants a whole number up to ${most}, not "${text}".`,
  );
}

/** Makes the folder of the demo, new or emptied; never touches one that holds other data. */
async function emptyDemoFolder(data: string): Promise<void> {
  try {
    await Deno.mkdir(data, { recursive: true });
    const entries = (await Array.fromAsync(Deno.readDir(data)))
      .map(({ name }) => name);
    if (entries.length > 0 && !await isSimulated(data)) {
      throw new CliError(
        `The data folder ${data} holds data that the demo did not make. ` +
          "Unset CROWDTAPE_DATA for the demo's own, or set it to another folder.",
      );
    }
    // The mark comes first and stays to the last, whatever comes between.
    await Deno.writeTextFile(`${data}/${SIMULATED}`, "{}");
    using lock = await Deno.open(`${data}/postgres.lock`, {
      create: true,
      write: true,
    });
    if (!await lock.tryLock(true)) {
      throw new CliError(
        `Another process has the database under ${data} open. Stop it, or set CROWDTAPE_DATA to another folder.`,
      );
    }
    if (entries.length > 0) {
      console.log(`Removing what an earlier demo left in ${data}`);
    }
    for (const entry of entries.filter((name) => name !== SIMULATED)) {
      await Deno.remove(`${data}/${entry}`, { recursive: true });
    }
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(
      `The data folder ${data} cannot be used: ${(error as Error).message}. ` +
        "Set CROWDTAPE_DATA to a folder that can be written to.",
    );
  }
}

/** Runs one step and prints its time. */
async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  console.log(`\n▸ ${title}`);
  const began = performance.now();
  const result = await work();
  console.log(`  ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return result;
}

/** One task of deno.json in a process of its own; what it says is shown indented. */
class Child {
  #process: Deno.ChildProcess;
  #status: Promise<Deno.CommandStatus>;
  #ended = false;
  #lines: ((line: string) => void)[] = [];
  #told: Promise<unknown>;

  constructor(
    readonly task: string,
    args: readonly string[],
    env: Record<string, string>,
  ) {
    this.#process = new Deno.Command("deno", {
      args: ["task", "--quiet", task, ...args],
      env: { ...env, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#status = this.#process.status.then((status) => {
      this.#ended = true;
      return status;
    });
    this.#told = Promise.all([
      this.#tell(this.#process.stdout),
      this.#tell(this.#process.stderr),
    ]);
  }

  async #tell(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let rest = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        console.log(`  ${line}`);
        for (const listener of this.#lines) listener(line);
      }
    }
    if (rest) console.log(`  ${rest}`);
  }

  onLine(listener: (line: string) => void): void {
    this.#lines.push(listener);
  }

  /** @throws {CliError} when the task fails. */
  async succeeded(): Promise<void> {
    const { success, code } = await this.#status;
    await this.#told;
    if (!success) {
      throw new CliError(
        `deno task ${this.task} ended with exit code ${code}; its lines are above.`,
      );
    }
  }

  /** Asks the task to stop and waits until it has. */
  async end(): Promise<void> {
    if (!this.#ended) this.#process.kill("SIGTERM");
    await this.#status;
    await this.#told;
  }
}

/** Resolves once it is stopped, or the collector has said of each venue that its history is complete, and of each community that it was read. */
async function historyIsIn(
  collector: Child,
  config: Sandbox["config"],
  signal: AbortSignal,
): Promise<void> {
  const awaited = new Set([
    ...Object.keys(config.venues).map((id) => `${id}: history is complete`),
    ...Object.keys(config.communities).map((id) => `${id}: `),
  ]);
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  collector.onLine((line) => {
    for (const words of awaited) {
      if (line.includes(`Z ${words}`)) awaited.delete(words);
    }
    if (awaited.size === 0) resolve();
  });
  await Promise.race([promise, ended(collector)]);
}

/** Waits `ms`, unless it is stopped or the collector ends before. */
async function wait(
  ms: number,
  collector: Child,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([
    new Promise<void>((resolve) => {
      if (Number.isFinite(ms)) timer = setTimeout(resolve, ms);
      signal.addEventListener("abort", () => resolve(), { once: true });
    }),
    ended(collector),
  ]).finally(() => clearTimeout(timer));
}

/** Rejects when the collector ends, which it does not do by itself. */
async function ended(collector: Child): Promise<never> {
  await collector.succeeded();
  throw new CliError("The collector ended by itself; its lines are above.");
}

// `.env` is about real data; what the shell says counts here too.
if (import.meta.main) await runTask(main, { settings: false });
