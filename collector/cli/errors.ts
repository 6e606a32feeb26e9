// The whole module: an older Deno lacks parts of it and must get as far as the error below.
import util, { type ParseArgsConfig } from "node:util";
import { failed, guardMessages, keepSecretsOfEnvironment } from "./secrets.ts";
import { VERSION } from "./version.ts";

/** An error that the user can fix: printed as one sentence, without a stack trace. */
export class CliError extends Error {
  override name = "CliError";
}

/** What keeps a disk or a folder from being used; null for any other error. */
export function diskTrouble(
  error: unknown,
): "full" | "a file" | "forbidden" | null {
  const { message, name } = error as Error;
  if (/no space left|quota exceeded/i.test(message)) return "full";
  if (name === "NotADirectory") return "a file";
  if (
    /read-only file system/i.test(message) ||
    name === "PermissionDenied" && /: \w+ '/.test(message)
  ) return "forbidden";
  return null;
}

/** The sentence of an error that a task did not expect of its disk; null for any other error. */
function ofTheDisk(error: unknown): string | null {
  const trouble = diskTrouble(error);
  if (!trouble) return null;
  const { message } = error as Error;
  const name = "CROWDTAPE_DATA";
  const { state } = Deno.permissions.querySync({ name: "env", variable: name });
  const folder = state === "granted"
    ? `, perhaps in the data folder ${Deno.env.get(name) || "data"}`
    : "";
  return {
    "full":
      `The disk is full (${message}). Free some space and run the task again.`,
    "a file":
      `What should be a folder is a file${folder} (${message}). Move it away, or set CROWDTAPE_DATA to a folder.`,
    "forbidden":
      `The task may not use a file or folder that it needs${folder} (${message}). Give it to this user, or set CROWDTAPE_DATA to a folder that can be written to.`,
  }[trouble];
}

/**
 * The options of a task.
 * @throws {CliError} for one that it does not have, naming where they are told.
 */
export function readOptions<
  const O extends NonNullable<ParseArgsConfig["options"]>,
>(task: string, args: string[], options: O) {
  try {
    return util.parseArgs({ args, options }).values;
  } catch (error) {
    throw new CliError(
      `${(error as Error).message}. See \`deno task ${task} --help\`.`,
    );
  }
}

/** The oldest Deno that runs every task; the READMEs name it. */
export const OLDEST_DENO = "2.9.6";

/** @throws {CliError} where Deno is older. */
export function checkDeno(version = Deno.version.deno): void {
  const parts = (text: string) => text.split(/[.+-]/).slice(0, 3).map(Number);
  const oldest = parts(OLDEST_DENO);
  const [major = 0, minor = 0, patch = 0] = parts(version)
    .map((part, i) => part - oldest[i]!);
  if ((major || minor || patch) >= 0) return;
  throw new CliError(
    `This is Deno ${version}, and crowdtape needs ${OLDEST_DENO} or newer. ` +
      "Run `npm install -g deno`, or `deno upgrade`.",
  );
}

/** Where the settings may stand; a variable set outside wins. */
const ENV_FILE = ".env";

/**
 * Runs a task's main function, with the settings of `.env` where there is one
 * and the task has some; `--version` is answered here.
 * A {@link CliError}, or what a disk or a folder does not allow, becomes one
 * line on standard error and exit code 1; anything else is a defect and keeps
 * its stack. What is printed is masked, see
 * {@link guardMessages}.
 */
export async function runTask(
  main: (args: string[]) => Promise<number | void>,
  { settings = true } = {},
): Promise<never> {
  guardMessages();
  try {
    checkDeno();
    if (settings) loadSettings();
    keepSecretsOfEnvironment();
    if (Deno.args.includes("--version")) {
      console.log(`crowdtape ${VERSION}`);
      Deno.exit(0);
    }
    Deno.exit((await main(Deno.args)) ?? 0);
  } catch (error) {
    const sentence = error instanceof CliError
      ? error.message
      : ofTheDisk(error);
    if (sentence === null) failed(error);
    console.error(`error: ${sentence}`);
    Deno.exit(1);
  }
}

/** Takes over what `.env` says of the variables that this task may see. */
export function loadSettings(): void {
  let text: string;
  try {
    text = Deno.readTextFileSync(ENV_FILE);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw new CliError(
      `${ENV_FILE} cannot be read (${(error as Error).message}). ` +
        "See .env.example for what it may hold.",
    );
  }
  const settings = util.parseEnv?.(text) ?? {};
  for (const [name, value] of Object.entries(settings)) {
    const { state } = Deno.permissions.querySync({
      name: "env",
      variable: name,
    });
    if (state !== "granted" || Deno.env.get(name) !== undefined) continue;
    Deno.env.set(name, value ?? "");
  }
}
