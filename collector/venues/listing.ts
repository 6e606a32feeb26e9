import { CliError } from "../errors.ts";
import type { Market } from "../events.ts";

/**
 * Checks configured markets against a venue's list.
 * @throws {CliError} naming the first that is not listed, and what may have been meant.
 */
export function checkMarkets(
  venue: string,
  wanted: string[],
  listed: Market[],
): void {
  const codes = new Set(listed.map((market) => market.market));
  const unknown = wanted.find((code) => !codes.has(code));
  if (unknown === undefined) return;
  const near = alike(unknown, listed);
  throw new CliError(
    `${venue} lists no market ${unknown}. ` +
      (near.length > 0 ? `Did you mean ${near.join(", ")}? ` : "") +
      `Set venues.${venue}.markets in the configuration.`,
  );
}

/** Listed codes of the same letters, else of the same coin, else with a shared start. */
function alike(code: string, listed: Market[]): string[] {
  const letters = (text: string) =>
    [...text.toUpperCase().replace(/[^A-Z0-9]/g, "")].sort().join("");
  const same = listed.filter((m) => letters(m.market) === letters(code));
  const words = code.toUpperCase().split(/[^A-Z0-9]+/);
  const coin = listed.filter((m) =>
    words.includes(m.base) || code.toUpperCase().startsWith(m.base)
  );
  const start = listed.filter((m) =>
    m.market.startsWith(code.toUpperCase().slice(0, -1))
  );
  const found = [same, coin, start].find((markets) => markets.length > 0) ?? [];
  return found.slice(0, 3).map((market) => market.market);
}
