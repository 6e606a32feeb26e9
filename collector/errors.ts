/** A mistake a person can mend: printed as one sentence, without a stack trace. */
export class CliError extends Error {
  override name = "CliError";
}

/**
 * Runs a task's main function; a {@link CliError} becomes one line on standard
 * error and exit code 1. Anything else is a defect and keeps its stack.
 */
export async function runTask(
  main: (args: string[]) => Promise<number | void>,
): Promise<never> {
  try {
    Deno.exit((await main(Deno.args)) ?? 0);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    console.error(`error: ${error.message}`);
    Deno.exit(1);
  }
}
