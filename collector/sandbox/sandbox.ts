import { parseArgs } from "node:util";
import { CliError, runTask } from "../cli/errors.ts";
import type { Planted } from "./climate.ts";
import type { CommunitySimulator } from "./community_simulator.ts";
import { communitySimulators, sandboxTokens } from "./community_simulators.ts";
import {
  type Conditions,
  conditionsOf,
  type ConditionsOption,
  Surroundings,
} from "./conditions.ts";
import { type SandboxConfig, sandboxConfig } from "./config.ts";
import { Days } from "./days.ts";
import { Faults } from "./faults.ts";
import { Front } from "./front.ts";
import { Random } from "./random.ts";
import { ratePage } from "./rates.ts";
import {
  defaultVenues,
  mapVenues,
  type SimulatedVenue,
  simulators,
  worldMarkets,
} from "./simulators.ts";
import { World } from "./world.ts";

/** How the world is made; everything has a default. */
export interface SandboxOptions {
  /** The same seed, clock and conditions give the same world. Default 1. */
  seed?: number;
  /** The host's clock, in milliseconds since the epoch; default: real time. */
  now?: () => number;
  /** What hides in the data; null: nothing. Default: 15 minutes, see {@link defaultPlanted}. */
  planted?: Planted | null;
  /** Whether talk and trade share one rhythm and one news, planted or not. Default true; a test that needs kindness says false. */
  shared?: boolean;
  /** Default 0: a free port. */
  port?: number;
  /** Days of past. Default 7. */
  days?: number;
  /** Multiplies the order flow from the next minute on, for load. Default 1. */
  rate?: number;
  /** Venues in {@link Sandbox.config}; the others can be reached all the same. Default: those collected by default. */
  venues?: string[];
  /** Each venue's clock and pages. Default `unkind`, see {@link conditionsOf}; a test that needs kindness asks for it. */
  conditions?: ConditionsOption;
  /** Whether requests beyond a venue's limits are refused. Default true. */
  limits?: boolean;
  /** WebSockets without traffic are dropped after so long. Default 60,500 ms, as seen on Upbit. */
  idleMs?: number;
}

/** Talk leads volume by three buckets of five minutes. */
export const defaultPlanted: Planted = { lagBuckets: 3, strength: 0.6 };

/** Where each venue is. */
type Addresses = Record<SimulatedVenue, { socket: string; rest: string }>;

/** A running simulator: addresses, switches and the truth. */
export interface Sandbox extends Addresses {
  /** Where a community is, its switches and its truth. */
  of<Handle extends object>(community: CommunitySimulator<Handle>): Handle;
  planted: Planted | null;
  /** A crowdtape configuration that points here; see also {@link sandboxTokens}. */
  config: SandboxConfig;
  /** The truth, each venue's by its own clock. */
  world: World;
  /** Each venue's; all but the clock's may be changed at any time. */
  conditions: Record<SimulatedVenue, Conditions>;
  /** What a venue's clock says, in milliseconds since the epoch. */
  clock(venue: SimulatedVenue): number;
  /** Sets a venue's clock, which is then so many milliseconds ahead of the host's. */
  setClock(venue: SimulatedVenue, offsetMs: number): void;
  /** What goes wrong, see {@link Faults}. */
  faults: Faults;
  /** Ends sockets (of one venue) without a close frame. Returns how many. */
  cut(venue?: string): number;
  /** Sends nothing about a market any more, or (null) about all again. */
  mute(market: string | null): void;
  close(): Promise<void>;
}

const STEP = 50;
/** Where the sockets of each venue and community are. */
const SOCKETS: Record<string, RegExp> = Object.fromEntries(
  [...simulators, ...communitySimulators].flatMap(({ id, sockets }) =>
    sockets ? [[id, sockets]] : []
  ),
);

/**
 * Starts the simulator on loopback: venues and communities on one port, told
 * apart by path.
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
  const around = mapVenues((venue, at) =>
    new Surroundings(
      simulators[at]!,
      conditions[venue],
      now,
      new Random(seed ^ 0x3c6e),
    )
  );
  const world = new World(
    worldMarkets,
    seed,
    planted,
    now(),
    days,
    rate,
    mapVenues((venue) => conditions[venue].offsetMs),
    options.shared,
  );
  const totals = new Days(world);
  const faults = new Faults(
    seed,
    mapVenues((_, at) => simulators[at]!.protocol),
    (venue) => front.cut(SOCKETS[venue]!),
  );
  const clocks = mapVenues((venue) => ({
    now: () => around[venue].clock.now(),
    pages: () => around[venue].pagesUntil(),
    says: () => around[venue].clock.says(),
  }));
  const running = mapVenues((venue, at) =>
    simulators[at]!.start({
      world,
      days: totals,
      clock: clocks[venue],
      faults,
      limits,
    })
  );
  const stage = { world, now, limits };
  const talking = communitySimulators.map((simulator) => ({
    ...simulator,
    community: simulator.start(stage),
  }));

  const answer = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const path = url.pathname;
    if (request.headers.get("upgrade")?.toLowerCase() === "websocket") {
      for (const { id, community } of talking) {
        if (SOCKETS[id]?.test(path)) return community.accept!(request);
      }
      for (const { id, sockets } of simulators) {
        if (!sockets.test(path)) continue;
        const venue = id as SimulatedVenue;
        if (faults.refuses(venue)) {
          return new Response("unavailable", { status: 503 });
        }
        around[venue].connected();
        return running[venue].accept(request);
      }
    }
    for (const { id, pages } of simulators) {
      if (!path.startsWith(pages)) continue;
      const venue = id as SimulatedVenue;
      return await faults.answer(
        venue,
        url,
        (url) => around[venue].answer(url, (url) => running[venue].answer(url)),
      );
    }
    if (path.startsWith("/rates/")) return ratePage(world, url, now());
    for (const { community } of talking) {
      const response = await community.answer?.(request, url);
      if (response) return response;
    }
    return new Response("Not Found", { status: 404 });
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
    for (const { community } of talking) community.tick?.(now());
    for (const { id } of simulators) {
      const venue = id as SimulatedVenue;
      const from = sent[venue], to = clocks[venue].now();
      if (to <= from) continue;
      sent[venue] = to;
      running[venue].tick(from, to, muted);
    }
  }, STEP);

  const rest = `http://127.0.0.1:${front.port}`;
  const socket = `ws://127.0.0.1:${front.port}`;
  const address = { http: rest, ws: socket };
  const at = mapVenues((_, index) => {
    const after = simulators[index]!.at;
    return { socket: socket + after.socket, rest: rest + after.rest };
  });
  const settings = talking.flatMap(({ id, settings }) => {
    const own = settings(address, days);
    return own ? [[id, own] as const] : [];
  });
  const config = sandboxConfig(
    at,
    rest,
    days,
    Object.fromEntries(settings),
    options.venues,
  );
  const handles = new Map(
    talking.map(({ id, community }) => [id, community.handle(address)]),
  );
  return {
    ...at,
    of: <Handle extends object>({ id }: CommunitySimulator<Handle>) =>
      handles.get(id) as Handle,
    planted,
    config,
    world,
    conditions,
    clock: (venue) => clocks[venue].says(),
    setClock: (venue, offsetMs) => around[venue].clock.set(offsetMs),
    faults,
    cut: (venue) => front.cut(venue ? SOCKETS[venue]! : /^/),
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

const HELP = `Runs the simulator: venues and communities on loopback.

  deno run --allow-net=127.0.0.1 --allow-read=.env,collector --allow-env \\
    collector/sandbox/sandbox.ts [options]

  --port N       where to listen (default: a free port)
  --seed N       the world to make (default 1)
  --days N       days of past (default 7)
  --rate X       multiplies the order flow, for load (default 1)
  --venues LIST  those in the configuration (default ${defaultVenues.join(",")})
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
    venues: { type: "string", default: defaultVenues.join(",") },
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
  const known = simulators.map(({ id }) => id);
  const none = venues.find((venue) => !known.includes(venue));
  if (none !== undefined) {
    throw new CliError(
      `--venues: there is no venue ${none}; there are ${known.join(", ")}.`,
    );
  }
  const sandbox = await startSandbox({
    venues,
    port: number("port", 0, 65535),
    seed: number("seed", 0, 2 ** 32 - 1),
    days: number("days", 1, 28),
    rate: number("rate", 0.01, 10_000, false),
    ...(values.unplanted ? { planted: null } : {}),
    ...(values.kind ? { conditions: "kind" } : {}),
  });
  console.log(JSON.stringify(sandbox.config, null, 2));
  const tokens = Object.entries(sandboxTokens)
    .map(([variable, token]) => `${variable}=${token}; `).join("");
  console.error(`${tokens}stop the simulator with Ctrl+C.`);
  await new Promise<void>((stop) => {
    Deno.addSignalListener("SIGINT", stop);
    Deno.addSignalListener("SIGTERM", stop);
  });
  await sandbox.close();
  return 0;
}

if (import.meta.main) await runTask(main);
