import { parseArgs } from "node:util";
import { CliError, runTask } from "../cli/errors.ts";
import { Jetstream } from "./bluesky.ts";
import { BinanceSocket, Books } from "./binance.ts";
import { BinanceRest } from "./binance_rest.ts";
import { bithumbDialect } from "./bithumb.ts";
import { BithumbRest } from "./bithumb_rest.ts";
import type { Planted } from "./climate.ts";
import { CoinoneSocket } from "./coinone.ts";
import { CoinoneRest } from "./coinone_rest.ts";
import {
  type Conditions,
  conditionsOf,
  type ConditionsOption,
  Surroundings,
} from "./conditions.ts";
import { type SandboxConfig, sandboxConfig } from "./config.ts";
import { Days } from "./days.ts";
import { Faults, type FaultVenue } from "./faults.ts";
import { type Failure, GalleryPages, type LoggedRequest } from "./dcinside.ts";
import { Front } from "./front.ts";
import { UpbitSocket } from "./upbit.ts";
import { UpbitRest } from "./upbit_rest.ts";
import { Random } from "./random.ts";
import { ratePage } from "./rates.ts";
import { worldMarkets } from "./markets.ts";
import { World } from "./world.ts";
import { type CountField, XPages } from "./x.ts";

/** How the world is made; everything has a default. */
export interface SandboxOptions {
  /** The same seed, clock and conditions give the same world. Default 1. */
  seed?: number;
  /** The host's clock, in milliseconds since the epoch; default: real time. */
  now?: () => number;
  /** What hides in the data; null: nothing. Default: 15 minutes, see {@link defaultPlanted}. */
  planted?: Planted | null;
  /** Default 0: a free port. */
  port?: number;
  /** Days of past. Default 7. */
  days?: number;
  /** Multiplies the order flow from the next minute on, for load. Default 1. */
  rate?: number;
  /** Venues in {@link Sandbox.config}; the others can be reached all the same. Default Upbit and Binance. */
  venues?: FaultVenue[];
  /** Each venue's clock and pages. Default `unkind`, see {@link conditionsOf}; a test that needs kindness asks for it. */
  conditions?: ConditionsOption;
  /** Whether requests beyond a venue's limits are refused. Default true. */
  limits?: boolean;
  /** What X calls its numbers. Default `tweet_count`. */
  countField?: CountField;
  /** WebSockets without traffic are dropped after so long. Default 60,500 ms, as seen on Upbit. */
  idleMs?: number;
}

/** Talk leads volume by three buckets of five minutes. */
export const defaultPlanted: Planted = { lagBuckets: 3, strength: 0.6 };

/** The token that the simulated X accepts. */
export const SANDBOX_TOKEN = "crowdtape-sandbox";

/** A running simulator: addresses, switches and the truth. */
export interface Sandbox {
  upbit: { socket: string; rest: string };
  bithumb: { socket: string; rest: string };
  binance: { socket: string; rest: string };
  coinone: { socket: string; rest: string };
  dcinside: {
    base: string;
    /** Makes every page fail in one way, or (null) work again. */
    fail(failure: Failure | null): void;
    /** What was asked of it, oldest first; the last 10,000. */
    requests: LoggedRequest[];
  };
  x: { base: string; token: string };
  /** Not in {@link config}: a first run would show next to nothing of it. */
  bluesky: { socket: string; stream: Jetstream };
  planted: Planted | null;
  /** A crowdtape configuration that points here; `X_BEARER_TOKEN` is `x.token`. */
  config: SandboxConfig;
  /** The truth, each venue's by its own clock. */
  world: World;
  /** Each venue's; all but the clock's may be changed at any time. */
  conditions: Record<FaultVenue, Conditions>;
  /** What a venue's clock says, in milliseconds since the epoch. */
  clock(venue: FaultVenue): number;
  /** Sets a venue's clock, which is then so many milliseconds ahead of the host's. */
  setClock(venue: FaultVenue, offsetMs: number): void;
  /** What goes wrong, see {@link Faults}. */
  faults: Faults;
  /** Ends sockets (of one venue) without a close frame. Returns how many. */
  cut(venue?: keyof typeof SOCKETS): number;
  /** Sends nothing about a market any more, or (null) about all again. */
  mute(market: string | null): void;
  close(): Promise<void>;
}

/** Where each venue's sockets are. */
const SOCKETS: Record<FaultVenue | "bluesky", RegExp> = {
  upbit: /^\/websocket\/v1$/,
  binance: /^\/(stream|ws)\b/,
  bithumb: /^\/bithumb\/websocket\/v1$/,
  coinone: /^\/coinone\/?$/,
  bluesky: /^\/subscribe\b/,
};
/** What the addresses of each venue's pages begin with. */
const PAGES: Record<FaultVenue, string> = {
  upbit: "/v1/",
  binance: "/api/v3/",
  bithumb: "/bithumb/",
  coinone: "/coinone/",
};
const VENUES = Object.keys(PAGES) as FaultVenue[];
const STEP = 50;

/** Something of each venue's. */
const mapVenues = <T>(make: (venue: FaultVenue) => T) =>
  Object.fromEntries(VENUES.map((venue) => [venue, make(venue)])) as Record<
    FaultVenue,
    T
  >;

/**
 * Starts the simulator on loopback: the venues, DC Inside, X and Bluesky on one
 * port, told apart by path.
 * @throws {CliError} when the port is taken.
 */
export async function startSandbox(
  options: SandboxOptions = {},
): Promise<Sandbox> {
  const now = options.now ?? Date.now;
  const {
    seed = 1,
    days = 7,
    rate = 1,
    port = 0,
    idleMs = 60_500,
    limits = true,
  } = options;
  const planted = options.planted === undefined
    ? defaultPlanted
    : options.planted;
  const conditions = conditionsOf(options.conditions ?? "unkind", seed);
  const around = mapVenues((venue) =>
    new Surroundings(venue, conditions[venue], now, new Random(seed ^ 0x3c6e))
  );
  const world = new World(
    seed,
    planted,
    now(),
    days,
    rate,
    mapVenues((venue) => conditions[venue].offsetMs),
  );
  const totals = new Days(world);
  const faults = new Faults(seed, (venue) => front.cut(SOCKETS[venue]));
  /** What a venue's parts have in common; pages of trades and candles may be behind. */
  const clocks = mapVenues((venue) => ({
    now: () => around[venue].clock.now(),
    pages: () => around[venue].pagesUntil(),
    says: () => around[venue].clock.says(),
  }));
  const books = new Books(world, clocks.binance.now);
  const upbit = new UpbitSocket(world, totals, clocks.upbit.now, faults);
  const bithumb = new UpbitSocket(
    world,
    totals,
    clocks.bithumb.now,
    faults,
    bithumbDialect(limits),
  );
  const binance = new BinanceSocket(
    world,
    totals,
    books,
    clocks.binance.now,
    faults,
  );
  const coinone = new CoinoneSocket(world, totals, clocks.coinone.now, faults);
  const sockets = { upbit, bithumb, binance, coinone };
  const rests = {
    upbit: new UpbitRest(world, totals, clocks.upbit.pages, limits),
    bithumb: new BithumbRest(world, totals, clocks.bithumb.pages, limits),
    binance: new BinanceRest(world, books, clocks.binance, limits),
    coinone: new CoinoneRest(world, clocks.coinone, limits),
  };
  const galleries = new GalleryPages(world, now);
  const jetstream = new Jetstream(world, now);
  const x = new XPages(
    world,
    SANDBOX_TOKEN,
    options.countField ?? "tweet_count",
    now,
    limits,
  );

  const answer = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const path = url.pathname;
    if (request.headers.get("upgrade")?.toLowerCase() === "websocket") {
      if (SOCKETS.bluesky.test(path)) return jetstream.accept(request);
      for (const venue of VENUES) {
        if (!SOCKETS[venue].test(path)) continue;
        if (faults.refuses(venue)) {
          return new Response("unavailable", { status: 503 });
        }
        around[venue].connected();
        return sockets[venue].accept(request);
      }
    }
    for (const venue of VENUES) {
      if (!path.startsWith(PAGES[venue])) continue;
      return await faults.answer(
        venue,
        url,
        (url) => around[venue].answer(url, (url) => rests[venue].answer(url)),
      );
    }
    if (path.startsWith("/rates/")) return ratePage(world, url, now());
    if (path.startsWith("/2/")) return x.answer(url, request.headers);
    return await galleries.answer(request, url) ??
      new Response("Not Found", { status: 404 });
  };

  const stop = new AbortController();
  const server = Deno.serve(
    {
      hostname: "127.0.0.1",
      port: 0,
      signal: stop.signal,
      onListen: () => {},
    },
    answer,
  );
  let front: Front;
  try {
    front = new Front(server.addr.port, port, idleMs);
  } catch (error) {
    stop.abort();
    await server.finished;
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    throw new CliError(
      `Port ${port} is in use. Choose another one for the simulator, or 0 for a free one.`,
    );
  }

  const muted = new Set<string>();
  const sent = mapVenues((venue) => clocks[venue].now());
  const timer = setInterval(() => {
    front.dropIdle();
    jetstream.tick(now());
    for (const venue of VENUES) {
      const from = sent[venue], to = clocks[venue].now();
      if (to <= from) continue;
      sent[venue] = to;
      sockets[venue].tick(from, to, muted);
    }
  }, STEP);

  const rest = `http://127.0.0.1:${front.port}`;
  const socket = `ws://127.0.0.1:${front.port}`;
  const at = {
    upbit: { socket: `${socket}/websocket/v1`, rest },
    bithumb: {
      socket: `${socket}/bithumb/websocket/v1`,
      rest: `${rest}/bithumb`,
    },
    binance: { socket, rest },
    coinone: { socket: `${socket}/coinone`, rest: `${rest}/coinone` },
  };
  const config = sandboxConfig(at, rest, days, options.venues);
  return {
    ...at,
    dcinside: {
      base: rest,
      fail: (failure) => galleries.fail(failure),
      requests: galleries.requests,
    },
    x: { base: rest, token: SANDBOX_TOKEN },
    bluesky: { socket: `${socket}/subscribe`, stream: jetstream },
    planted,
    config,
    world,
    conditions,
    clock: (venue) => clocks[venue].says(),
    setClock: (venue, offsetMs) => around[venue].clock.set(offsetMs),
    faults,
    cut: (venue) => front.cut(venue ? SOCKETS[venue] : /^/),
    mute(market) {
      if (market === null) muted.clear();
      else muted.add(market);
    },
    async close() {
      clearInterval(timer);
      faults.close();
      await front.close();
      // Not a graceful shutdown: that waits for peers who are gone.
      stop.abort();
      await server.finished;
    },
  };
}

const HELP = `Runs the simulator: venues, DC Inside and X on loopback.

  deno run --allow-net=127.0.0.1 --allow-read=.env --allow-env \\
    collector/sandbox/sandbox.ts [options]

  --port N       where to listen (default: a free port)
  --seed N       the world to make (default 1)
  --days N       days of past (default 7)
  --rate X       multiplies the order flow, for load (default 1)
  --venues LIST  those in the configuration (default upbit,binance)
  --kind         venues with the host's own clock and pages that are never
                 behind, empty or short
  --unplanted    talk and volume have nothing to do with each other

It prints a configuration for CROWDTAPE_CONFIG on standard output and runs
until it is stopped (Ctrl+C).`;

async function main(args: string[]): Promise<number> {
  const names = {
    port: { type: "string", default: "0" },
    seed: { type: "string", default: "1" },
    days: { type: "string", default: "7" },
    rate: { type: "string", default: "1" },
    venues: { type: "string", default: "upbit,binance" },
    kind: { type: "boolean", default: false },
    unplanted: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  } as const;
  let values: Record<string, string | boolean>;
  try {
    values = parseArgs({ args, options: names }).values;
  } catch (error) {
    throw new CliError(`${(error as Error).message}. See --help.`);
  }
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const number = (name: string, least: number, most: number, whole = true) => {
    const value = Number(values[name]);
    if (
      value >= least && value <= most && (!whole || Number.isInteger(value))
    ) {
      return value;
    }
    throw new CliError(
      `--${name} must be a ${
        whole ? "whole " : ""
      }number from ${least} to ${most}, not "${values[name]}".`,
    );
  };
  const venues = String(values.venues).split(",");
  const known = [...new Set(worldMarkets.map(({ venue }) => venue as string))];
  const none = venues.find((venue) => !known.includes(venue));
  if (none !== undefined) {
    throw new CliError(
      `--venues: there is no venue ${none}; there are ${known.join(", ")}.`,
    );
  }
  const sandbox = await startSandbox({
    venues: venues as FaultVenue[],
    port: number("port", 0, 65535),
    seed: number("seed", 0, 2 ** 32 - 1),
    days: number("days", 1, 28),
    rate: number("rate", 0.01, 10_000, false),
    ...(values.unplanted ? { planted: null } : {}),
    ...(values.kind ? { conditions: "kind" } : {}),
  });
  console.log(JSON.stringify(sandbox.config, null, 2));
  console.error(
    `X_BEARER_TOKEN=${sandbox.x.token}; stop the simulator with Ctrl+C.`,
  );
  await new Promise<void>((stop) => {
    Deno.addSignalListener("SIGINT", stop);
    Deno.addSignalListener("SIGTERM", stop);
  });
  await sandbox.close();
  return 0;
}

if (import.meta.main) await runTask(main);
