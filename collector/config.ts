import { z } from "zod";
import { CliError } from "./cli/errors.ts";
import { every, httpUrl, socketUrl, span } from "./cli/setting.ts";
import { communities, communitySettings } from "./communities/registry.ts";
import { type VenueId, venues } from "./venues/registry.ts";
import type { Venue } from "./venues/venue.ts";

const channel = z.enum(["trade", "ticker", "book", "candle"]);
const venue = ({ defaultMarkets, socket, rest }: Venue) =>
  z.strictObject({
    /** The venue's own codes. */
    markets: z.array(z.string().min(1)).min(1).default(defaultMarkets),
    channels: z.array(channel).min(1).default([
      "trade",
      "ticker",
      "book",
      "candle",
    ]),
    socket: socketUrl.default(socket),
    rest: httpUrl.default(rest),
  });

const rate = (url: string, path: string, time: string, often: string) =>
  z.strictObject({
    /** A page of JSON. */
    url: httpUrl.default(url),
    /** Path to the number and to its time (epoch, ISO time or day), such as `rates.KRW` or `0.timestamp`. */
    rate: z.string().min(1).default(path),
    time: z.string().min(1).default(time),
    every: every.default(often),
    /** A page of past rates, `{"rates": {"2026-11-20": {"KRW": 1402.35}}}`, read once at the start. */
    history: httpUrl.optional(),
    /** The name it is stored under; default the page's host. */
    source: z.string().regex(/^[\w.-]+$/, "must be a plain name").optional(),
  });

/** The steps of the chain, each a task of deno.json, in their order. */
export const STEPS = [
  "snapshot",
  "forecast",
  "analyze",
  "publish",
  "site",
] as const;

/** Minutes of a bar, by the name of its interval. */
export const MINUTES: Readonly<Record<string, number>> = {
  "1m": 1,
  "5m": 5,
  "15m": 15,
  "1h": 60,
  "4h": 240,
  "1d": 1440,
  "1d-kst": 1440,
};

/** Days; null: for good. */
const days = (standard: number | null) =>
  z.int().min(1).nullable().default(standard);

const ofIntervals = z.strictObject({
  "1m": days(14),
  "5m": days(90),
  "15m": days(365),
  "1h": days(null),
  "4h": days(null),
  "1d": days(null),
  "1d-kst": days(null),
}).prefault({});

/** Those that are collected where a configuration does not say. */
const byDefault = (all: Record<string, { id: string; byDefault?: true }>) =>
  Object.fromEntries(
    Object.values(all).filter((one) => one.byDefault).map(({ id }) => [id, {}]),
  );

/** What is collected where a configuration does not say; also the whole of the built-in one. */
const builtIn = {
  venues: byDefault(venues),
  communities: byDefault(communities),
  rates: { usdkrw: {}, usdtkrw: {} },
};

/** Each key that is left out means its default; one that is there means what it lists, and no more. */
const schema = z.strictObject({
  venues: z.strictObject(
    Object.fromEntries(
      Object.values(venues).map((one) => [one.id, venue(one).optional()]),
    ) as Record<VenueId, z.ZodOptional<ReturnType<typeof venue>>>,
  ).prefault(builtIn.venues),
  communities: z.strictObject(communitySettings).prefault(
    builtIn.communities,
  ),
  /** Exchange rates, for the premiums. */
  rates: z.strictObject({
    usdkrw: rate(
      "https://open.er-api.com/v6/latest/USD",
      "rates.KRW",
      "time_last_update_unix",
      "1h",
    ).optional(),
    /** Where KRW-USDT is among the markets, the premiums take its price instead. */
    usdtkrw: rate(
      "https://api.upbit.com/v1/ticker?markets=KRW-USDT",
      "0.trade_price",
      "0.trade_timestamp",
      "1m",
    ).optional(),
  }).prefault(builtIn.rates),
  /** Longest time between two comparisons of a market's trades with the venue's own pages, in seconds. */
  verifySeconds: z.number().min(1).max(3600).default(60),
  /** Candle history fetched at the start. */
  historyDays: z.number().min(0).max(90).default(7),
  /** How long the text of posts and comments is kept. */
  textDays: z.number().min(1).default(14),
  /**
   * For how many days marts are kept, counted from their newest one; null: for good. Older ones are
   * made on demand, `deno task analyze --from … --until …`. What is not named here is kept for good.
   */
  keepDays: z.strictObject({
    indicators: ofIntervals,
    /** Never longer than the indicators of the same interval. */
    signals: ofIntervals,
    window_metrics: days(90),
    /** And the spreads, which are made of them. */
    mean_prices: days(365),
    exchange_spread: days(365),
    region_spread: days(365),
    arbitrage: days(365),
    premium: days(null),
    liquidity: days(null),
    book_stats: days(null),
  }).prefault({}),
  /** What waits for an absent database, under the data folder. */
  spool: z.strictObject({
    /** Most bytes on disk; beyond them the gaps say what was evicted. */
    maxBytes: z.int().min(10_000_000).default(2 * 2 ** 30),
  }).prefault({}),
  /** The chain of `deno task run`. */
  run: z.strictObject({
    /** From one round to the next, counted from midnight UTC where a day holds a whole number of them. */
    every: span.default("1h"),
    /** How long after the hour, so that the hour before is whole. */
    after: span.default("5m"),
    steps: z.array(z.enum(STEPS)).min(1).default([...STEPS]),
    /** How often a step is tried in one round. */
    attempts: z.int().min(1).max(10).default(3),
    /** Before the second attempt; twice as long before each further one, give or take a half. */
    pause: span.default("30s"),
    /** A step that takes longer is ended and has failed. */
    longest: span.default("3h"),
    /** The folder of the pages. */
    pages: z.string().min(1).default("dist"),
  }).prefault({}),
  /** Where the API listens while collecting. */
  api: z.strictObject({
    host: z.string().default("127.0.0.1"),
    port: z.int().min(0).max(65535).default(8787),
  }).prefault({}),
  /** Whether all of it comes from a simulator: the data folder has to be the demo's, and remembers it. */
  simulated: z.boolean().default(false),
});

/** A checked configuration with every default filled in. */
export type Config = z.output<typeof schema>;
/** How long marts are kept. */
export type KeepDays = Config["keepDays"];
/** The settings of one venue. */
export type VenueConfig = NonNullable<Config["venues"][VenueId]>;

/**
 * Checks a configuration and fills in defaults.
 * @throws {CliError} naming each wrong key and what is allowed there.
 */
export function checkConfig(value: unknown, name: string): Config {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => {
    const at = issue.path.join(".") || "the top level";
    if (issue.code === "unrecognized_keys") {
      return `unknown key ${
        issue.keys.map((k) => `"${k}"`).join(", ")
      } at ${at}; allowed there: ${allowedKeys(issue.path).join(", ")}`;
    }
    return `${at}: ${issue.message}`;
  });
  throw new CliError(
    `${name} is not a valid configuration: ${lines.join("; ")}.`,
  );
}

/** The keys that an object of the configuration may have. */
function allowedKeys(path: PropertyKey[]): string[] {
  let node: unknown = z.toJSONSchema(schema, { io: "input" });
  for (const step of path) {
    node = (node as { properties?: Record<PropertyKey, unknown> })?.properties
      ?.[step];
  }
  return Object.keys((node as { properties?: object })?.properties ?? {});
}

/** Reads the configuration that `CROWDTAPE_CONFIG` names, or the built-in one. */
export async function loadConfig(
  path = Deno.env.get("CROWDTAPE_CONFIG"),
): Promise<Config> {
  if (!path) return checkConfig({}, "the built-in configuration");
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw new CliError(
      `The configuration ${path} cannot be read (${
        (error as Error).message
      }). ` +
        `Set CROWDTAPE_CONFIG to a JSON file, or unset it for the built-in one.`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CliError(
      `The configuration ${path} is not JSON: ${(error as Error).message}.`,
    );
  }
  return checkConfig(value, path);
}
