/**
 * Exchange rates: read from a JSON page, each with the time that its source
 * gives it, so that a daily rate is never taken for a live one.
 */
import type { Config } from "../config.ts";
import { type Crawler, troubleOfStatus } from "../net/crawl.ts";
import { cronSchedule } from "../cli/duration.ts";
import { type Micros, type Rate, Unreadable } from "../model/events.ts";
import { type JobDeps, schedule } from "../database/jobs.ts";
import type { Store } from "../store/store.ts";
import { parseExact, toDecimal } from "../model/wire.ts";

/** The settings of one rate. */
export type RateConfig = NonNullable<
  NonNullable<Config["rates"]>[keyof NonNullable<Config["rates"]>]
>;

/** The pairs by their key in the configuration. */
export const ratePairs: Record<string, [base: string, quote: string]> = {
  usdkrw: ["USD", "KRW"],
  usdtkrw: ["USDT", "KRW"],
};

/** The name under which a rate is stored: as configured, else the page's host. */
export const rateSource = (config: { source?: string; url: string }): string =>
  config.source ?? new URL(config.url).hostname;

/**
 * A rate's time: epoch seconds, milliseconds or microseconds, an ISO time, or
 * a day. A day alone is that of a daily fixing, taken as 15:00 UTC, when the
 * European Central Bank's is out, so that no rate is used before it was known.
 * @throws {Unreadable} when it is none between 2009 and 2100.
 */
export function rateTime(value: unknown): Micros {
  const text = typeof value === "string" ? value : "";
  let micros = NaN;
  if (/^\d{9,16}$/.test(text)) {
    const digits = text.length;
    micros = Number(text) * (digits < 12 ? 1e6 : digits < 15 ? 1e3 : 1);
  } else if (/^\d{4}-\d\d-\d\d$/.test(text)) {
    micros = Date.parse(`${text}T15:00:00Z`) * 1000;
  } else if (/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:?\d\d)$/.test(text)) {
    micros = Date.parse(text) * 1000;
  }
  if (micros >= 1.23e15 && micros < 4.1e15) return micros;
  throw new Unreadable(
    `${JSON.stringify(value)?.slice(0, 60)} is not a time of a rate`,
  );
}

/** The value at a path such as `rates.KRW` or `0.trade_price`. */
function at(value: unknown, path: string): unknown {
  let node = value;
  for (const step of path.split(".")) {
    if (
      typeof node !== "object" || node === null || !Object.hasOwn(node, step)
    ) {
      throw new Unreadable(`there is nothing at ${path}`);
    }
    node = (node as Record<string, unknown>)[step];
  }
  return node;
}

function makeRate(
  source: string,
  [base, quote]: [string, string],
  time: unknown,
  number: unknown,
  now: Micros,
): Rate {
  const rate = toDecimal(number);
  if (rate === "0" || rate.startsWith("-")) {
    throw new Unreadable(`a rate of ${rate} is no rate`);
  }
  const ts = rateTime(time);
  if (ts > now + 300e6) {
    throw new Unreadable(
      `a rate of ${new Date(ts / 1000).toISOString()} lies in the future`,
    );
  }
  return { kind: "rate", source, base, quote, ts, rate };
}

/**
 * Reads the newest rate out of a page; the number keeps its digits.
 * @throws {Unreadable} where the paths lead nowhere or to no rate.
 * @example
 * ```ts
 * readRate('{"time":1795262400,"rates":{"KRW":1402.35}}',
 *   { url: "https://open.er-api.com/v6/latest/USD", rate: "rates.KRW", time: "time" },
 *   ["USD", "KRW"], Date.now() * 1000).rate; // "1402.35"
 * ```
 */
export function readRate(
  text: string,
  config: { source?: string; url: string; rate: string; time: string },
  pair: [base: string, quote: string],
  now: Micros,
): Rate {
  const page = parse(text);
  return makeRate(
    rateSource(config),
    pair,
    at(page, config.time),
    at(page, config.rate),
    now,
  );
}

/**
 * Reads past rates, `{"rates": {"2026-11-20": {"KRW": 1402.35}, …}}`, as
 * Frankfurter gives them; what cannot be read is told, the rest is kept.
 */
export function readRateHistory(
  text: string,
  config: { source?: string; url: string },
  pair: [base: string, quote: string],
  now: Micros,
): { rates: Rate[]; unreadable: { reason: string; payload: string }[] } {
  const days = at(parse(text), "rates");
  const rates: Rate[] = [];
  const unreadable: { reason: string; payload: string }[] = [];
  for (const [time, numbers] of Object.entries(days as object)) {
    try {
      const number = at(numbers, pair[1]);
      rates.push(makeRate(rateSource(config), pair, time, number, now));
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      unreadable.push({
        reason: error.message,
        payload: JSON.stringify({ [time]: numbers }),
      });
    }
  }
  return { rates, unreadable };
}

function parse(text: string): unknown {
  try {
    return parseExact(text);
  } catch (error) {
    throw new Unreadable(`the page is not JSON: ${(error as Error).message}`);
  }
}

/** What reading rates works with. */
export interface RateDeps {
  store: Pick<Store, "write" | "reject" | "flush">;
  crawler: Crawler;
  signal: AbortSignal;
  now(): Micros;
  log(line: string): void;
}

/** Asks for the newest rate once (`history`: for those before). A page that cannot be read is a reject. */
export async function collectRate(
  pairName: string,
  config: RateConfig,
  deps: RateDeps,
  history = false,
): Promise<number> {
  const pair = ratePairs[pairName]!;
  const source = rateSource(config);
  const url = history ? config.history! : config.url;
  const answer = await deps.crawler.request(url, {
    signal: deps.signal,
    // An interface made for programs; robots.txt speaks of pages.
    robots: false,
    headers: { accept: "application/json" },
  });
  if (answer.kind !== "page") {
    deps.log(
      `rates: ${url} gave no rate (${answer.reason}); asked again at the next turn`,
    );
    return 0;
  }
  const reject = (reason: string, payload: string) =>
    deps.store.reject({ source, place: url, reason, payload });
  let rates: Rate[] = [];
  try {
    if (troubleOfStatus(answer) || answer.status >= 400) {
      throw new Unreadable(`HTTP ${answer.status}`);
    }
    if (history) {
      const read = readRateHistory(answer.text, config, pair, deps.now());
      for (const { reason, payload } of read.unreadable) {
        reject(reason, payload);
      }
      rates = read.rates;
    } else rates = [readRate(answer.text, config, pair, deps.now())];
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    deps.log(
      `rates: ${url}: ${error.message}. Check rates.${pairName} in the configuration.`,
    );
    reject(error.message, answer.text);
  }
  deps.store.write(rates, deps.now());
  await deps.store.flush();
  return rates.length;
}

/** Reads a rate at once and then on its schedule, its history first, until the signal aborts. */
export function watchRate(
  pairName: string,
  config: RateConfig,
  deps: RateDeps & JobDeps,
): Promise<void> {
  let past = config.history !== undefined;
  return schedule(
    `rates ${pairName}`,
    cronSchedule(config.every),
    deps,
    async () => {
      if (past) {
        const read = await collectRate(pairName, config, deps, true);
        past = read === 0;
        deps.log(`rates: ${pairName} history: ${read} rates`);
      }
      await collectRate(pairName, config, deps);
    },
  );
}
