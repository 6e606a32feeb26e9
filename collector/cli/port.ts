import { CliError } from "./errors.ts";

/**
 * The port that an option names; 0 means one that is free.
 * @param option as it is written, such as `--port`
 * @throws {CliError} for anything but a whole number from 0 to 65535.
 */
export function parsePort(text: string, option: string): number {
  const port = Number(text);
  if (
    text.trim() !== "" && Number.isInteger(port) && port >= 0 && port < 65536
  ) {
    return port;
  }
  throw new CliError(
    `${option} must be a whole number from 0 to 65535, not "${text}".`,
  );
}

/**
 * Makes sure that nothing listens at a port of this machine.
 * @throws {CliError} when something does.
 */
export function claimPort(port: number, option: string): void {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new CliError(
      `Port ${port} is in use: stop what listens there, or choose another with ${option}.`,
    );
  }
}
