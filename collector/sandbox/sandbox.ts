import { parseArgs } from "node:util";
import { CliError, runTask } from "../errors.ts";
import { Jetstream } from "./bluesky.ts";
import { BinanceSocket, Books } from "./binance.ts";
import { BinanceRest } from "./binance_rest.ts";
import { bithumbDialect } from "./bithumb.ts";
import { BithumbRest } from "./bithumb_rest.ts";
import type { Planted } from "./climate.ts";
import { CoinoneSocket } from "./coinone.ts";
import { CoinoneRest } from "./coinone_rest.ts";
import { Days } from "./days.ts";
import { Faults, type FaultVenue } from "./faults.ts";
import { type Failure, GalleryPages, type LoggedRequest } from "./dcinside.ts";
import { Front } from "./front.ts";
import { UpbitSocket } from "./upbit.ts";
import { UpbitRest } from "./upbit_rest.ts";
import { ratePage } from "./rates.ts";
import { worldMarkets } from "./markets.ts";
import { World } from "./world.ts";
import { type CountField, XPages } from "./x.ts";

/** How the world is made; everything has a default. */
export interface SandboxOptions {
  /** The same seed and clock give the same world. Default 1. */
  seed?: number;
  /** Milliseconds since the epoch; default: real time. */
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
  config: {
    venues: Record<string, object>;
    communities: Record<string, object>;
    rates: Record<string, object>;
    historyDays: number;
  };
  world: World;
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
const STEP = 50;

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
  const world = new World(seed, planted, now(), days, rate);
  const totals = new Days(world);
  const books = new Books(world, now);
  const faults = new Faults(seed, (venue) => front.cut(SOCKETS[venue]));
  const upbit = new UpbitSocket(world, totals, now, faults);
  const upbitRest = new UpbitRest(world, totals, now, limits);
  const bithumb = new UpbitSocket(
    world,
    totals,
    now,
    faults,
    bithumbDialect(limits),
  );
  const bithumbRest = new BithumbRest(world, totals, now, limits);
  const binance = new BinanceSocket(world, totals, books, now, faults);
  const binanceRest = new BinanceRest(world, totals, books, now, limits);
  const coinone = new CoinoneSocket(world, totals, now, faults);
  const coinoneRest = new CoinoneRest(world, totals, now, limits);
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
      for (const [venue, at] of Object.entries(SOCKETS)) {
        if (at.test(path) && faults.refuses(venue as FaultVenue)) {
          return new Response("unavailable", { status: 503 });
        }
      }
      if (SOCKETS.upbit.test(path)) return upbit.accept(request);
      if (SOCKETS.bithumb.test(path)) return bithumb.accept(request);
      if (SOCKETS.binance.test(path)) return binance.accept(request);
      if (SOCKETS.bluesky.test(path)) return jetstream.accept(request);
      if (SOCKETS.coinone.test(path)) return coinone.accept(request);
    }
    if (path.startsWith("/v1/")) {
      return await faults.answer("upbit", url, (url) => upbitRest.answer(url));
    }
    if (path.startsWith("/bithumb/")) {
      return await faults.answer(
        "bithumb",
        url,
        (url) => bithumbRest.answer(url),
      );
    }
    if (path.startsWith("/api/v3/")) {
      return await faults.answer(
        "binance",
        url,
        (url) => binanceRest.answer(url),
      );
    }
    if (path.startsWith("/coinone/")) {
      return await faults.answer(
        "coinone",
        url,
        (url) => coinoneRest.answer(url),
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
  let sent = now();
  const timer = setInterval(() => {
    front.dropIdle();
    const at = now();
    jetstream.tick(at);
    if (at <= sent) return;
    upbit.tick(sent, at, muted);
    bithumb.tick(sent, at, muted);
    binance.tick(sent, at, muted);
    coinone.tick(sent, at, muted);
    sent = at;
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
  const venues = Object.entries(at).filter(([venue]) =>
    (options.venues ?? ["upbit", "binance"]).includes(venue as FaultVenue)
  ).map(([venue, address]) => {
    const markets = worldMarkets.filter((market) => market.venue === venue)
      .map(({ market }) => market);
    return [venue, { markets, ...address }];
  });
  const config = {
    venues: Object.fromEntries(venues),
    communities: {
      dcinside: {
        galleries: ["bitcoins_new1"],
        // No real host: it may be asked often, so that a short run shows comments.
        every: "1m",
        pauseMs: 0,
        historyDays: days,
        base: rest,
      },
      x: { queries: ["#bitcoin -is:retweet"], base: rest },
    },
    rates: {
      usdkrw: {
        source: "sandbox",
        url: `${rest}/rates/USD`,
        time: "time",
        every: "1m",
        history: `${rest}/rates/USD/history`,
      },
      usdtkrw: {
        source: "sandbox",
        url: `${rest}/rates/USDT`,
        rate: "rates.KRW",
        time: "time",
        every: "1m",
        history: `${rest}/rates/USDT/history`,
      },
    },
    historyDays: days,
  };
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
