import { parseArgs, type ParseArgsConfig, parseEnv } from "node:util";
import { failed, guardMessages, keepSecretsOfEnvironment } from "./secrets.ts";

/** A mistake a person can mend: printed as one sentence, without a stack trace. */
export class CliError extends Error {
  override name = "CliError";
}

/**
 * The options of a task.
 * @throws {CliError} for one that it does not have, naming where they are told.
 */
export function readOptions<
  const O extends NonNullable<ParseArgsConfig["options"]>,
>(task: string, args: string[], options: O) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new CliError(
      `${(error as Error).message}. See \`deno task ${task} --help\`.`,
    );
  }
}

/** Where the settings may stand; a variable set outside wins. */
const ENV_FILE = ".env";

/**
 * Runs a task's main function, with the settings of `.env` where there is one
 * and the task has some.
 * A {@link CliError} becomes one line on standard error and exit code 1;
 * anything else is a defect and keeps its stack. What is printed is masked, see
 * {@link guardMessages}.
 */
export async function runTask(
  main: (args: string[]) => Promise<number | void>,
  { settings = true } = {},
): Promise<never> {
  guardMessages();
  try {
    if (settings) loadSettings();
    keepSecretsOfEnvironment();
    Deno.exit((await main(Deno.args)) ?? 0);
  } catch (error) {
    if (!(error instanceof CliError)) failed(error);
    console.error(`error: ${error.message}`);
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
  for (const [name, value] of Object.entries(parseEnv(text))) {
    const { state } = Deno.permissions.querySync({
      name: "env",
      variable: name,
    });
    if (state !== "granted" || Deno.env.get(name) !== undefined) continue;
    Deno.env.set(name, value ?? "");
  }
}
