/** `deno task notebook`: opens the notebooks in Jupyter, or executes them. */
import { CliError, readOptions, runTask } from "../collector/cli/errors.ts";

const HELP = `deno task notebook [--execute [--output <folder>]]

Opens notebooks/ in Jupyter with the Deno kernel, which it installs where it is missing.

  --execute  run every notebook without a window and save its outputs in it
  --output   with --execute: save the executed notebooks in this folder instead`;

const FOLDER = "notebooks";
const REMEDY =
  "install it, for example with `pip install notebook nbconvert`, " +
  "and see that `jupyter` is on the PATH";

/** Runs a program; `show` leaves its output to the terminal. */
async function run(
  program: string,
  args: string[],
  show = false,
): Promise<{ success: boolean; out: string; err: string }> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      stdin: show ? "inherit" : "null",
      stdout: show ? "inherit" : "piped",
      stderr: show ? "inherit" : "piped",
    }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new CliError(`Jupyter is not installed: ${REMEDY}.`);
  }
  if (show) return { success: (await child.status).success, out: "", err: "" };
  const { success, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  return { success, out: text.decode(stdout), err: text.decode(stderr) };
}

/** Whether Jupyter knows Deno's kernel. */
async function knowsKernel(): Promise<boolean> {
  const listed = await run("jupyter", ["kernelspec", "list", "--json"]);
  if (!listed.success) {
    throw new CliError(
      `\`jupyter kernelspec\` does not work (${
        lastLine(listed.err)
      }): ${REMEDY}.`,
    );
  }
  const { kernelspecs } = JSON.parse(listed.out) as {
    kernelspecs: Record<string, unknown>;
  };
  return "deno" in kernelspecs;
}

/** Installs Deno's kernel where Jupyter does not know it yet. */
async function ensureKernel(): Promise<void> {
  if (await knowsKernel()) return;
  // By its name, which is what the task may run: the program's own path may differ.
  const installed = await run("deno", ["jupyter", "--install"]);
  if (!installed.success) {
    throw new CliError(
      `Deno's kernel could not be installed (${lastLine(installed.err)}): ` +
        `run \`deno jupyter --install\` to see why.`,
    );
  }
  if (await knowsKernel()) return;
  throw new CliError(
    "Deno's kernel was installed where this Jupyter does not look: unset JUPYTER_DATA_DIR, " +
      "or add the folder that `deno jupyter --install` names to JUPYTER_PATH.",
  );
}

/**
 * Executes every notebook of `notebooks/`; its outputs are saved in place, or
 * in `output`.
 * @throws {CliError} naming the notebook and its error.
 */
export async function executeNotebooks(output?: string): Promise<string[]> {
  await ensureKernel();
  const names = (await Array.fromAsync(Deno.readDir(FOLDER)))
    .map((entry) => entry.name).filter((name) => name.endsWith(".ipynb"));
  const done: string[] = [];
  for (const name of names.sort()) {
    const path = `${FOLDER}/${name}`;
    const { success, err } = await run("jupyter", [
      "nbconvert",
      "--to=notebook",
      "--execute",
      "--ExecutePreprocessor.kernel_name=deno",
      "--ExecutePreprocessor.timeout=120",
      ...(output ? [`--output-dir=${output}`] : ["--inplace"]),
      path,
    ]);
    if (!success) {
      throw new CliError(
        `${path} failed: ${lastLine(err)}. ` +
          `The notebook reads the data of "deno task demo --once".`,
      );
    }
    done.push(path);
  }
  return done;
}

/** The last line that says something, without colours. */
function lastLine(text: string): string {
  // deno-lint-ignore no-control-regex
  const lines = text.replaceAll(/\x1b\[[\d;]*m/g, "").split("\n")
    .map((line) => line.trim()).filter(Boolean);
  return (lines.findLast((line) => /error/i.test(line)) ?? lines.at(-1) ??
    "no output").replace(/\.$/, "");
}

if (import.meta.main) {
  await runTask(async (args) => {
    const values = readOptions("notebook", args, {
      execute: { type: "boolean" },
      output: { type: "string" },
      help: { type: "boolean", short: "h" },
    });
    if (values.help) {
      console.log(HELP);
      return;
    }
    if (values.execute) {
      const done = await executeNotebooks(values.output);
      console.log(`Executed ${done.join(", ")}.`);
      return;
    }
    await ensureKernel();
    const { success } = await run(
      "jupyter",
      ["notebook", `--notebook-dir=${FOLDER}`],
      true,
    );
    if (!success) {
      throw new CliError(`\`jupyter notebook\` did not run: ${REMEDY}.`);
    }
  });
}
