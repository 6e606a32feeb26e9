/**
 * One venue, watched: its sockets into the store, its candles fetched, made and
 * compared.
 */
import type postgres from "postgres";
import { Bars } from "../bars.ts";
import { LocalBook } from "../book.ts";
import {
  compareCandles,
  fetchMissingCandles,
  recountCandle,
} from "../candles.ts";
import type { Config, VenueConfig } from "../config.ts";
import { CliError } from "../errors.ts";
import type { Event, Micros } from "../events.ts";
import { feed, type FeedItem } from "../feed.ts";
import { schedule } from "../jobs.ts";
import { Rest } from "../rest.ts";
import { Sampler } from "../sampler.ts";
import type { Store } from "../store.ts";
import { checkMarkets } from "./listing.ts";
import { venues } from "./registry.ts";
import type { BookSnapshot, Connection, Reading, Venue } from "./venue.ts";

const MINUTE = 60_000_000;
const DAY = 1440 * MINUTE;
/** How far back each minute's look for missing candles goes. */
const LATELY = 120 * MINUTE;
/** Levels kept of each side of a book. */
const LEVELS = 10;

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
  counters: { lost: number; mismatches: number };
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
 * Stores the venue's list of markets and checks the configured ones against it.
 * Where the list cannot be had the collector goes on without the check.
 * @throws {CliError} for a market that the venue does not list.
 */
export async function listMarkets(
  id: string,
  config: VenueConfig,
  deps: WatchDeps,
): Promise<void> {
  const venue = adapter(id);
  const client = new Rest(venue, { signal: deps.signal, attempts: 2 });
  try {
    const listed = venue.markets.read(
      await client.get(venue.markets.url(config.rest)),
    );
    deps.store.list(listed);
    checkMarkets(id, config.markets, listed);
    deps.log(`${id}: lists ${listed.length} markets`);
  } catch (error) {
    if (error instanceof CliError) throw error;
    deps.signal.throwIfAborted();
    deps.log(
      `${id}: the list of markets cannot be had, so names are not checked (${
        (error as Error).message
      })`,
    );
  }
}

/** Watches a venue until the signal aborts. */
export function watchVenue(
  id: string,
  config: VenueConfig,
  deps: WatchDeps,
): Watch {
  const venue = adapter(id);
  const { sql, store, signal, now, log } = deps;
  const counters = { lost: 0, mismatches: 0 };
  const client = restClient(venue, deps);
  const candleDeps = { ...deps, venue, rest: config.rest, client };
  const sampler = new Sampler(LEVELS);
  const live = config.channels.filter((channel) => channel !== "candle");
  const wantsCandles = config.channels.includes("candle");
  const recounts = new Map<string, { market: string; ts: Micros }>();

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
    for (const [key, { market, ts }] of recounts) {
      recounts.delete(key);
      await recountCandle(market, ts, candleDeps);
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

  const relist = async () => {
    const listed = venue.markets.read(
      await client.get(venue.markets.url(config.rest)),
    );
    store.list(listed);
  };

  const done = Promise.all([
    ...lines.map((line) => line.run()),
    sampling,
    ...(wantsCandles
      ? [schedule(`${id} candles`, "* * * * *", signal, log, candles)]
      : []),
    schedule(`${id} markets`, "11 0 * * *", signal, log, relist),
  ]).then(() => {});
  return { venue: id, counters, done };
}

interface LineOptions {
  venue: Venue;
  sampler: Sampler;
  /** Whether candles are made from the trades. */
  makeBars: boolean;
  deps: WatchDeps;
  /** Asks for a whole book by REST. */
  snapshot(market: string): Promise<BookSnapshot>;
  /** A trade came too late for its candle in memory. */
  recount(market: string, minute: Micros): void;
  onLost(): void;
}

/** One socket's way into the store. */
class Line {
  #bars: Bars;
  #books = new Map<
    string,
    { book: LocalBook; asking: boolean; fresh: boolean }
  >();

  constructor(
    readonly connection: Connection,
    readonly options: LineOptions,
  ) {
    this.#bars = new Bars(options.venue.id);
  }

  async run(): Promise<void> {
    const { venue, deps } = this.options;
    for await (
      const items of feed(venue, this.connection, { signal: deps.signal })
    ) {
      for (const item of items) this.#take(item);
      if (!this.options.makeBars) continue;
      deps.store.write(this.#bars.closed(), deps.now());
    }
  }

  /** Puts books that changed since the last call into the sampler. */
  sample(): void {
    for (const state of this.#books.values()) {
      const top = state.fresh ? state.book.top(LEVELS) : null;
      state.fresh = false;
      if (top) this.options.sampler.add(top, this.options.deps.now());
    }
  }

  #take(item: FeedItem): void {
    const { venue, deps, onLost } = this.options;
    const { markets, channels } = this.connection;
    const about = `${venue.id} ${channels.join("+")}`;
    switch (item.kind) {
      case "frame":
        this.#read(item.readings, item.receivedAt);
        break;
      case "unreadable":
        deps.store.reject({
          source: venue.id,
          place: this.connection.url,
          reason: item.reason,
          payload: item.payload,
        });
        break;
      case "up":
        deps.log(`${about}: connected, ${markets.length} markets`);
        for (const market of markets) this.#bars.observedSince(market, item.at);
        break;
      case "down":
        if (!deps.signal.aborted) {
          deps.log(`${about}: connection lost (${item.reason})`);
          onLost();
        }
        for (const market of markets) this.#bars.lost(market);
        for (const state of this.#books.values()) state.book.reset();
    }
  }

  #read(readings: Reading[], receivedAt: Micros): void {
    const { venue, sampler, makeBars, deps, recount } = this.options;
    const events: Event[] = [];
    for (const reading of readings) {
      switch (reading.kind) {
        case "trade":
          events.push(reading);
          if (
            makeBars && this.#bars.add(reading, receivedAt) === "outside"
          ) {
            recount(reading.market, reading.ts - reading.ts % MINUTE);
          }
          break;
        case "ticker":
        case "book":
          this.#bars.tick(reading.ts, receivedAt);
          sampler.add(reading, receivedAt);
          break;
        case "delta":
          this.#bars.tick(reading.ts, receivedAt);
          this.#follow(reading.market).book.apply(reading);
          break;
        case "notice":
          if (reading.code === "error") {
            deps.store.reject({
              source: venue.id,
              place: this.connection.url,
              reason: "the venue refused something",
              payload: reading.message,
            });
          }
      }
    }
    if (events.length > 0) deps.store.write(events, receivedAt);
  }

  /** The local book of a market; one that waits for a snapshot asks for it. */
  #follow(market: string) {
    let state = this.#books.get(market);
    if (!state) {
      const book = new LocalBook(this.options.venue.id, market);
      this.#books.set(market, state = { book, asking: false, fresh: false });
    }
    state.fresh = true;
    if (state.book.waiting && !state.asking) this.#start(market, state);
    return state;
  }

  async #start(
    market: string,
    state: { book: LocalBook; asking: boolean },
  ): Promise<void> {
    const { deps, venue, snapshot } = this.options;
    state.asking = true;
    try {
      const whole = await snapshot(market);
      if (state.book.waiting && !state.book.start(whole)) {
        // Older than the deltas that wait: the next one must be newer.
        await pause(1000, deps.signal);
      }
    } catch (error) {
      if (deps.signal.aborted) return;
      deps.log(
        `${venue.id}: no book of ${market} (${(error as Error).message})`,
      );
      await pause(5000, deps.signal);
    } finally {
      state.asking = false;
    }
  }
}

/** Waits, but not beyond the signal. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
