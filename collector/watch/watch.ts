/**
 * One venue, watched: its sockets into the store, its candles fetched, made and
 * compared.
 */
import type postgres from "postgres";
import {
  compareCandles,
  fetchMissingCandles,
  recountCandle,
  reviseCandles,
} from "../candles/candles.ts";
import type { Config, VenueConfig } from "../config.ts";
import { CliError } from "../errors.ts";
import type { Market, Micros } from "../events.ts";
import { schedule } from "../jobs.ts";
import { pause } from "../pause.ts";
import { Rest } from "../rest.ts";
import { Sampler } from "./sampler.ts";
import type { Store } from "../store/store.ts";
import { Line } from "./line.ts";
import { Repair } from "./repair.ts";
import { marketsToFollow, reportNotices } from "./notices.ts";
import { venues } from "../venues/registry.ts";
import type { Venue } from "../venues/venue.ts";

const MINUTE = 60_000_000;
const DAY = 1440 * MINUTE;
/** How far back each minute's look for missing candles goes. */
const LATELY = 120 * MINUTE;
/** Levels kept of each side of a book. */
export const LEVELS = 10;

/** What watching a venue works with. */
export interface WatchDeps {
  config: Config;
  sql: postgres.Sql;
  store: Store;
  signal: AbortSignal;
  now(): Micros;
  log(line: string): void;
}

/** A venue that is being watched. */
export interface Watch {
  venue: string;
  /** Since the process began. */
  counters: {
    lost: number;
    mismatches: number;
    recovered: number;
    undelivered: number;
  };
  /** Resolves once the signal has aborted and all is handed to the store. */
  done: Promise<void>;
}

/** The adapter of a configured venue. */
function adapter(id: string): Venue {
  const venue = venues[id];
  if (!venue) throw new CliError(`There is no venue ${id}.`);
  return venue;
}

const restClient = (venue: Venue, { signal, log }: WatchDeps) =>
  new Rest(venue, {
    signal,
    onPause: (ms, why) =>
      log(`${venue.id}: waiting ${Math.ceil(ms / 1000)} s (${why})`),
  });

/**
 * Stores the venue's list of markets and what it says of them, and finds the
 * configured ones in it. Where the list cannot be had the collector goes on
 * with what it knows, see {@link marketsToFollow}.
 * @returns the configuration with the markets that its patterns mean.
 * @throws {CliError} for a market or pattern that the venue does not list.
 */
export async function listMarkets(
  id: string,
  config: VenueConfig,
  deps: WatchDeps,
): Promise<VenueConfig> {
  const venue = adapter(id);
  const client = new Rest(venue, { signal: deps.signal, attempts: 2 });
  let listed: Market[] | null = null;
  try {
    listed = venue.markets.read(
      await client.get(venue.markets.url(config.rest)),
    );
  } catch (error) {
    deps.signal.throwIfAborted();
    deps.log(
      `${id}: the list of markets cannot be had, so names are not checked (${
        (error as Error).message
      })`,
    );
  }
  if (listed) {
    deps.store.list(listed);
    await reportNotices(id, listed, deps);
    deps.log(`${id}: lists ${listed.length} markets`);
  }
  const markets = await marketsToFollow(deps.sql, id, config.markets, listed);
  return { ...config, markets };
}

/** Watches a venue until the signal aborts. */
export function watchVenue(
  id: string,
  config: VenueConfig,
  deps: WatchDeps,
): Watch {
  const venue = adapter(id);
  const { sql, store, signal, now, log } = deps;
  const counters = { lost: 0, mismatches: 0, recovered: 0, undelivered: 0 };
  const client = restClient(venue, deps);
  const candleDeps = { ...deps, venue, rest: config.rest, client };
  const sampler = new Sampler(LEVELS);
  const live = config.channels.filter((channel) => channel !== "candle");
  const wantsCandles = config.channels.includes("candle");
  const recounts = new Map<string, { market: string; ts: Micros }>();

  const turn = turns(venue.connectPauseMs, signal);
  const repair = new Repair({
    ...candleDeps,
    markets: live.includes("trade") ? config.markets : [],
    verifyMs: deps.config.verifySeconds * 1000,
    onRefilled: async ({ market, from, to, recovered }) => {
      counters.recovered += recovered;
      if (wantsCandles) await reviseCandles(market, from, to, candleDeps);
    },
    onUndelivered: (market, newest, trades) => {
      counters.undelivered += trades;
      log(`${id}: ${market} lacked ${trades} trades that the venue has`);
      for (const line of lines) line.witness.undelivered(market, newest);
    },
  });

  const lines = venue.connections(config.socket, config.markets, live)
    .map((connection) =>
      new Line(connection, {
        venue,
        sampler,
        makeBars: wantsCandles,
        deps,
        snapshot: async (market) =>
          venue.book!.read(
            await client.get(venue.book!.url(config.rest, market)),
          ),
        recount: (market, ts) =>
          recounts.set(`${market} ${ts}`, { market, ts }),
        turn,
        suspect: (market) => repair.suspect(market),
        onUp: () => repair.wake(),
        onLost: () => counters.lost++,
      })
    );

  const sampling = (async () => {
    while (!signal.aborted) {
      await pause(1000, signal);
      for (const line of lines) line.sample();
      for (const { event, receivedAt } of sampler.take()) {
        store.write([event], receivedAt);
      }
    }
  })();

  const looked = new Set<string>();
  const candles = async () => {
    const started = performance.now();
    let fetched = 0;
    for (const [i, market] of config.markets.entries()) {
      // Once the history was looked through, what is missing in it is not there to be had.
      const days = looked.has(market) ? LATELY : deps.config.historyDays * DAY;
      const taken = await fetchMissingCandles(market, now() - days, candleDeps);
      looked.add(market);
      fetched += taken;
      if (taken > 1000) {
        log(
          `${id}: ${market} history, ${taken} candles (${
            i + 1
          } of ${config.markets.length} markets)`,
        );
      }
    }
    if (fetched > 1000) {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      log(`${id}: history is complete, ${fetched} candles in ${seconds} s`);
    }
    await store.flush();
    const { compared, differing } = await compareCandles(id, sql);
    counters.mismatches += differing.length;
    if (compared > 0) {
      log(
        `${id}: ${
          compared - differing.length
        } of ${compared} candles made from trades equal the venue's own`,
      );
    }
    for (const { market, ts } of differing.slice(0, 5)) {
      log(
        `${id}: ${market} ${ts.toISOString()} differs from the venue's candle`,
      );
    }
  };

  /** Of the trades that came too late to this process. */
  const recount = async () => {
    for (const [key, { market, ts }] of recounts) {
      recounts.delete(key);
      await recountCandle(market, ts, candleDeps);
    }
  };

  const relist = async () => {
    const listed = venue.markets.read(
      await client.get(venue.markets.url(config.rest)),
    );
    store.list(listed);
    await reportNotices(id, listed, deps);
  };

  const done = Promise.all([
    ...lines.map((line) => line.run()),
    repair.run(),
    sampling,
    ...(wantsCandles
      ? [
        schedule(`${id} candles`, "* * * * *", deps, candles),
        schedule(
          `${id} recounts`,
          "* * * * *",
          { ...deps, sql: null },
          recount,
        ),
      ]
      : []),
    schedule(`${id} markets`, "11 0 * * *", deps, relist),
  ]).then(() => {});
  return { venue: id, counters, done };
}

/** Lets callers through one by one, at least `pauseMs` apart. */
function turns(pauseMs: number, signal: AbortSignal): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    const mine = last;
    last = last.then(() => pause(pauseMs, signal));
    return mine;
  };
}
