import { CliError } from "../cli/errors.ts";
import type { Market } from "../model/events.ts";
import type { Rest } from "../net/rest.ts";
import type { Venue } from "../venues/venue.ts";

/**
 * Asks a venue for its markets, and for what it warns of where that stands on a
 * page of its own.
 * @throws {Error} when one of them cannot be had: half a list would end warnings.
 */
export async function readMarkets(
  { markets }: Pick<Venue, "markets">,
  rest: string,
  client: Pick<Rest, "page">,
): Promise<Market[]> {
  const listed = await client.page(markets.url(rest), markets.read);
  const { cautions } = markets;
  if (!cautions) return listed;
  const warnings = await client.page(cautions.url(rest), cautions.read);
  return listed.map((one) => ({
    ...one,
    warning: warnings.get(one.market) ?? one.warning,
  }));
}

/** Whether a configured market stands for several, as `KRW-*` or `*USDT` do. */
export const isPattern = (wanted: string): boolean => wanted.includes("*");

/**
 * The markets that the configured codes and patterns mean, each once, in the
 * order of the configuration and within a pattern by code. A pattern takes the
 * markets that are open; a code that is written out is taken as it is.
 * @throws {CliError} naming the first code that is not listed or pattern that
 * matches nothing, and what may have been meant.
 */
export function chooseMarkets(
  venue: string,
  wanted: string[],
  listed: Market[],
): string[] {
  const codes = new Set(listed.map((market) => market.market));
  const open = listed.filter(({ active }) => active).map((m) => m.market)
    .sort();
  const chosen = new Set<string>();
  for (const one of wanted) {
    const matching = isPattern(one)
      ? open.filter(matcher(one))
      : codes.has(one)
      ? [one]
      : [];
    if (matching.length > 0) {
      for (const code of matching) chosen.add(code);
      continue;
    }
    const near = isPattern(one)
      ? alikePatterns(one, listed)
      : alike(one, listed);
    throw new CliError(
      (isPattern(one)
        ? `${venue} lists no open market that matches ${one}. `
        : `${venue} lists no market ${one}. `) +
        (near.length > 0 ? `Did you mean ${near.join(", ")}? ` : "") +
        `Set venues.${venue}.markets in the configuration.`,
    );
  }
  return [...chosen];
}

/** Tells whether a code matches a pattern, in which `*` stands for any text. */
function matcher(pattern: string): (code: string) => boolean {
  const parts = pattern.split("*").map((part) => RegExp.escape(part));
  const whole = new RegExp(`^${parts.join(".*")}$`);
  return (code) => whole.test(code);
}

/** Patterns for all coins against one currency, those with most letters in common first, then those of most markets. */
function alikePatterns(pattern: string, listed: Market[]): string[] {
  const counts = new Map<string, number>();
  for (const { market, base, quote, active } of listed) {
    const start = market.startsWith(quote) ? 0 : market.length - quote.length;
    if (!active || market.slice(start, start + quote.length) !== quote) {
      continue;
    }
    const all = start === 0
      ? market.slice(0, market.length - base.length) + "*"
      : "*" + market.slice(base.length);
    counts.set(all, (counts.get(all) ?? 0) + 1);
  }
  const letters = new Set(pattern.toUpperCase().replace(/[^A-Z0-9]/g, ""));
  const common = (other: string) =>
    [...letters].filter((letter) => other.includes(letter)).length;
  return [...counts].sort(([a, many], [b, more]) =>
    common(b) - common(a) || more - many
  ).slice(0, 3).map(([all]) => all);
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
