import { CliError } from "./errors.ts";

const UNITS: Record<string, number> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Milliseconds of a duration such as `90s`, `5m`, `1h` or `7d`.
 * @throws {CliError} naming `option` when it is none.
 */
export function parseDuration(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)(s|m|h|d)$/.exec(text);
  if (!match) {
    throw new CliError(
      `${option} wants a duration such as 90s, 5m, 1h or 7d, not "${text}".`,
    );
  }
  return Number(match[1]) * UNITS[match[2]!]!;
}

/** The cron schedule of `5m` or `1h`. */
export function cronSchedule(every: string): string {
  const count = Number(every.slice(0, -1));
  if (every.endsWith("h")) {
    return count === 1 ? "0 * * * *" : `0 */${count} * * *`;
  }
  return count === 1 ? "* * * * *" : `*/${count} * * * *`;
}
