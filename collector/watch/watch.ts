/**
 * One venue, watched: its sockets into the store, its candles fetched, made and
 * compared.
 */
import type postgres from "postgres";
import { AwaitedTrades } from "../backfill/awaited.ts";
import type { VenueConfig } from "../config.ts";
import { CliError } from "../cli/errors.ts";
import type { Market, Trade } from "../model/events.ts";
import { schedule } from "../database/jobs.ts";
import { pause } from "../model/pause.ts";
import { marketStreams, type Sockets, type Streams } from "./presence.ts";
import { Rest } from "../net/rest.ts";
import { Throttle } from "./throttle.ts";
import { CandleWork } from "./candle_work.ts";
import { measureClock } from "./clock.ts";
import { Connection } from "./connection.ts";
import { LEVELS, type WatchDeps } from "./deps.ts";
import { Repair } from "./repair.ts";
import { chooseMarkets, isPattern, readMarkets } from "./listing.ts";
import { marketsToFollow, reportFlags } from "./market_flags.ts";
import { isAway } from "../store/store.ts";
import { venues } from "../venues/registry.ts";
import { VenueClock } from "../model/venue_clock.ts";
import type { Venue } from "../venues/venue.ts";

/** A venue that is being watched. */
export interface Watch {
  venue: string;
  clock: VenueClock;
  /** Since the process began. */
  counters: {
    lost: number;
    mismatches: number;
    recovered: number;
    undelivered: number;
  };
  /** What is followed at the moment. */
  streams(): Streams[];
  sockets(): Sockets;
  /** Reads the venue's list of markets now, as is done each hour, and follows those that are new. */
  relist(): Promise<void>;
  /** Resolves once the signal has aborted and all is handed to the store. */
  done: Promise<void>;
}

/** The adapter of a configured venue. */
function adapter(id: string): Venue {
  const venue = venues[id];
  if (!venue) throw new CliError(`There is no venue ${id}.`);
  return venue;
}

const restClient = (
  venue: Venue,
  clock: VenueClock,
  { signal, store, log }: WatchDeps,
  attempts?: number,
) =>
  new Rest(venue, {
    signal,
    ...(attempts !== undefined && { attempts }),
    onDate: (date, asked) => clock.answered(date, asked * 1000),
    onUnreadable: (page) => store.reject(page),
    onPause: (ms, why) =>
      log(`${venue.id}: waiting ${Math.ceil(ms / 1000)} s (${why})`),
  });

/**
 * Stores the venue's list of markets and what it says of them, and finds the
 * configured ones in it. If the request fails, the
 * stored list is used, see {@link marketsToFollow}.
 * @returns the markets that the configured codes and patterns mean.
 * @throws {CliError} for a market or pattern that the venue does not list.
 */
export async function listMarkets(
  id: string,
  config: VenueConfig,
  deps: WatchDeps,
): Promise<string[]> {
  const venue = adapter(id);
  const clock = deps.clock ?? new VenueClock(deps.now);
  const client = restClient(venue, clock, deps, 2);
  let listed: Market[] | null = null;
  try {
    listed = await readMarkets(venue, config.rest, client);
  } catch (error) {
    deps.signal.throwIfAborted();
    deps.log(
      `${id}: the list of markets cannot be fetched, so names are not checked (${
        (error as Error).message
      })`,
    );
  }
  if (listed) {
    deps.store.list(listed);
    const known = listed;
    await whileAway(
      () => reportFlags(id, known, { ...deps, now: () => clock.now() }),
      deps,
    );
    deps.log(`${id}: lists ${listed.length} markets`);
  }
  return await whileAway(
    () => marketsToFollow(deps.sql, id, config.markets, listed),
    deps,
  );
}

/** Does what needs the database, again where that went away since it was opened. */
async function whileAway<T>(
  work: () => Promise<T>,
  { signal, log }: WatchDeps,
): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (
        signal.aborted || error instanceof CliError || !isAway(error)
      ) throw error;
      log(
        `the database is away (${(error as Error).message}); the start waits`,
      );
      await pause(1000, signal);
    }
  }
}

/**
 * Watches a venue until the signal aborts.
 * @param first the markets to begin with; those that are listed later and match
 * a configured pattern are followed too.
 */
export function watchVenue(
  id: string,
  config: VenueConfig,
  first: string[],
  deps: WatchDeps,
): Watch {
  const venue = adapter(id);
  const { sql, store, signal, log } = deps;
  const clock = deps.clock ?? new VenueClock(deps.now);
  // The ledger, pages and candles are by the venue's clock.
  const now = () => clock.now();
  const counters = { lost: 0, mismatches: 0, recovered: 0, undelivered: 0 };
  const client = restClient(venue, clock, deps);
  const requests = { ...deps, now, venue, rest: config.rest, client };
  const throttle = new Throttle(LEVELS);
  const live = config.channels.filter((channel) => channel !== "candle");
  const wantsCandles = config.channels.includes("candle");
  let markets: string[] = [];
  const candles = new CandleWork({
    ...requests,
    historyDays: deps.config.historyDays,
    wanted: wantsCandles,
    markets: () => markets,
    onMismatches: (candles) => counters.mismatches += candles,
  });

  const inTurn = turns(venue.connectPauseMs, signal);
  /** Before its first socket opens, a dense market's last id is known. */
  const turn = async (connection: Connection) => {
    if (venue.trades.dense) await knowLastIds(sql, id, connection);
    await inTurn();
  };
  // Where ids are dense, sockets themselves show what they left out.
  const awaited = venue.trades.dense ? undefined : new AwaitedTrades();
  const repair = new Repair({
    ...requests,
    ...(awaited && { awaited }),
    received: deps.now,
    reject: (reject) => store.reject(reject),
    changed: (market, from, to) => candles.changed(market, from, to),
    verifyMs: deps.config.verifySeconds * 1000,
    onRefilled: async ({ market, from, to, recovered }) => {
      counters.recovered += recovered;
      await candles.refilled(market, from, to);
    },
    onUndelivered: (market, newest, trades) => {
      counters.undelivered += trades;
      log(`${id}: ${market} lacked ${trades} trades that the venue has`);
      for (const connection of connections) {
        if (!connection.spec.channels.includes("trade")) continue;
        connection.coverage.undelivered(market, newest);
      }
    },
  });

  const connections: Connection[] = [];
  const ended: Promise<void>[] = [];
  const failure = Promise.withResolvers<never>();
  const follow = (added: string[]) => {
    markets = [...markets, ...added];
    if (live.includes("trade")) repair.follow(added);
    for (
      const spec of venue.connections(config.socket, added, live)
    ) {
      const connection: Connection = new Connection(spec, {
        venue,
        throttle,
        makeCandles: wantsCandles,
        deps,
        clock,
        snapshot: (market) => {
          const book = venue.book!;
          return client.page(book.url(config.rest, market), book.read);
        },
        recount: (market, ts) => candles.owe(market, ts, ts),
        turn: () => turn(connection),
        suspect: (market) => repair.suspect(market),
        ...(awaited && {
          delivered: (trade: Trade) => awaited.delivered(trade),
        }),
        onUp: () => repair.wake(),
        onLost: () => counters.lost++,
      });
      connections.push(connection);
      const run = connection.run();
      run.catch(failure.reject);
      ended.push(run);
    }
  };
  follow(first);

  const sampling = (async () => {
    while (!signal.aborted) {
      await pause(1000, signal);
      for (const connection of connections) connection.sample();
      for (const { event, receivedAt } of throttle.take()) {
        store.write([event], receivedAt);
      }
    }
  })();

  let listedAt = now();
  /**
   * Follows markets that were listed since the last look, from their first
   * trade on. A delisted one is no longer requested; its socket, which it
   * shares with others, stays open.
   */
  const relist = async () => {
    const askedAt = now();
    const listed = await readMarkets(venue, config.rest, client);
    store.list(listed);
    await reportFlags(id, listed, { ...deps, now });
    const gone = markets.filter((market) =>
      !listed.some((one) => one.market === market)
    );
    // As with the flags: a list without half of them is a broken one.
    if (2 * gone.length <= markets.length) {
      markets = markets.filter((market) => !gone.includes(market));
      repair.leave(gone);
    }
    const patterns = config.markets.filter(isPattern);
    const fresh = chooseMarkets(id, patterns, listed)
      .filter((market) => !markets.includes(market));
    if (fresh.length > 0) {
      log(`${id}: follows ${fresh.join(", ")} from now on`);
      if (live.includes("trade")) {
        for (const market of fresh) {
          store.ledger({
            kind: "gap",
            venue: id,
            market,
            channel: "trade",
            from: listedAt,
            to: null,
            fromId: null,
            toId: null,
            reason: { code: "listed_meanwhile" },
          });
        }
      }
      follow(fresh);
    }
    listedAt = askedAt;
  };

  // Every process does this itself: the sockets are its own.
  const alone = { ...deps, sql: null };
  const work = Promise.all([
    repair.run(),
    measureClock(id, clock, deps),
    sampling,
    ...(wantsCandles
      ? [
        schedule(`${id} candles`, "* * * * *", deps, () => candles.fetch()),
        schedule(`${id} recounts`, "* * * * *", alone, () => candles.recount()),
      ]
      : []),
    schedule(`${id} markets`, "11 * * * *", alone, relist),
  ]);
  const done = Promise.race([
    failure.promise,
    work.then(() => Promise.all(ended)).then(() => {}),
  ]);
  const sockets = () => {
    const up = connections.filter(({ state }) => state.up).length;
    const since = Math.max(...connections.map(({ state }) => state.since));
    const down = up > 0 || connections.length === 0
      ? 0
      : (performance.now() - since) / 1000;
    return {
      venue: id,
      all: connections.length,
      up,
      down_seconds: Math.round(down),
    };
  };
  const streams = () => marketStreams(id, markets, config.channels);
  return { venue: id, clock, counters, streams, sockets, relist, done };
}

/** Gives a connection the last stored id of each of its markets; none while the database is away. */
async function knowLastIds(
  sql: postgres.Sql,
  venue: string,
  { spec, ids }: Connection,
): Promise<void> {
  const rows = await sql<{ market: string; id: string }[]>`
    select stream as market, last_id as id from stream_stats
    where source = ${venue} and channel = 'trade' and last_id is not null
      and stream = any (${spec.markets})`.catch(() => []);
  for (const { market, id } of rows) ids.know(market, id);
}

/** Admits callers one at a time, at least `pauseMs` apart. */
function turns(pauseMs: number, signal: AbortSignal): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    const mine = last;
    last = last.then(() => pause(pauseMs, signal));
    return mine;
  };
}
