import { IdBelief } from "./id_belief.ts";
import { Bars } from "../candles/candle_builder.ts";
import { LocalBook } from "./book.ts";
import type { Event, Micros } from "../model/events.ts";
import { feed, type FeedItem } from "../net/feed.ts";
import type { VenueClock } from "../model/venue_clock.ts";
import { pause } from "../model/pause.ts";
import type { Sampler } from "./throttle.ts";
import type {
  BookSnapshot,
  Connection,
  Reading,
  Venue,
} from "../venues/venue.ts";
import { LEVELS, type WatchDeps } from "./watch.ts";
import { Witness } from "./coverage_tracker.ts";

const MINUTE = 60_000_000;

/** What a {@link Line} works with. */
export interface LineOptions {
  venue: Venue;
  sampler: Sampler;
  /** Whether candles are made from the trades. */
  makeBars: boolean;
  deps: WatchDeps;
  /** The venue's. */
  clock: VenueClock;
  /** Asks for a whole book by REST. */
  snapshot(market: string): Promise<BookSnapshot>;
  /** A trade came too late for its candle in memory. */
  recount(market: string, minute: Micros): void;
  /** Awaited before a socket is opened. */
  turn(): Promise<void>;
  /** A market is silent beyond its usual pauses. */
  suspect(market: string): void;
  onUp(): void;
  onLost(): void;
}

/** One socket's way into the store. */
export class Line {
  readonly witness: Witness;
  /** Whether its socket is up, and since when by `performance.now()`. */
  state: { up: boolean; since: number } = {
    up: false,
    since: performance.now(),
  };
  #bars: Bars;
  #markets: Set<string>;
  #ids = new IdBelief();
  #books = new Map<
    string,
    { book: LocalBook; asking: boolean; fresh: boolean }
  >();

  constructor(
    readonly connection: Connection,
    readonly options: LineOptions,
  ) {
    this.#bars = new Bars(options.venue.id);
    this.#markets = new Set(connection.markets);
    this.witness = new Witness(options.venue, connection, {
      ledger: (entry) => options.deps.store.ledger(entry),
      suspect: options.suspect,
    });
  }

  async run(): Promise<void> {
    const { venue, deps, turn } = this.options;
    const frames = feed(venue, this.connection, {
      signal: deps.signal,
      turn,
      onOpen: (drop) => this.witness.opened(drop),
    });
    for await (const items of frames) {
      for (const item of items) this.#take(item);
      if (!this.options.makeBars) continue;
      // By the venue's clock, as every version of a candle, so that the newest wins whoever made it.
      deps.store.write(this.#bars.closed(), this.options.clock.now());
    }
  }

  /** Puts books that changed since the last call into the sampler, and tells the ledger how far it is. */
  sample(): void {
    this.witness.tick(this.options.clock.now());
    for (const state of this.#books.values()) {
      const top = state.fresh ? state.book.top(LEVELS) : null;
      state.fresh = false;
      if (top) this.options.sampler.add(top, this.options.deps.now());
    }
  }

  #take(item: FeedItem): void {
    const { venue, deps, clock, onUp, onLost } = this.options;
    const { markets, channels } = this.connection;
    const about = `${venue.id} ${channels.join("+")}`;
    switch (item.kind) {
      case "frame": {
        const readings = this.#believed(item.readings);
        for (const reading of readings) {
          if (reading.kind !== "notice") clock.heard(reading.ts);
        }
        const at = clock.fromHost(item.receivedAt);
        this.witness.frame(readings, at);
        this.#read(readings, item.receivedAt, at);
        break;
      }
      case "unreadable":
        this.witness.unreadable(
          item.payload,
          clock.fromHost(item.receivedAt),
        );
        this.#reject(item.reason, item.payload);
        break;
      case "up": {
        const at = clock.fromHost(item.at);
        this.state = { up: true, since: performance.now() };
        this.witness.up(at);
        onUp();
        deps.log(`${about}: connected, ${markets.length} markets`);
        for (const market of markets) this.#bars.observedSince(market, at);
        break;
      }
      case "down":
        if (this.state.up) this.state = { up: false, since: performance.now() };
        this.witness.down(clock.fromHost(item.at), item.reason);
        this.#ids.rest();
        if (!deps.signal.aborted) {
          deps.log(`${about}: connection lost (${item.reason})`);
          onLost();
        }
        for (const market of markets) this.#bars.lost(market);
        for (const state of this.#books.values()) state.book.reset();
    }
  }

  #reject(reason: string, payload: string): void {
    const { venue, deps } = this.options;
    deps.store.reject({
      source: venue.id,
      place: this.connection.url,
      reason,
      payload,
    });
  }

  /** What may be believed of a frame; the rest is rejected. */
  #believed(readings: Reading[]): Reading[] {
    const { dense } = this.options.venue.trades;
    let doubted: Set<Reading> | null = null;
    for (const reading of readings) {
      if (reading.kind === "notice") continue;
      const why = !this.#markets.has(reading.market)
        ? `nobody subscribed to ${reading.market}`
        : dense && reading.kind === "trade"
        ? this.#ids.doubt(reading)
        : null;
      if (why === null) continue;
      (doubted ??= new Set()).add(reading);
      this.#reject(why, JSON.stringify(reading));
    }
    return doubted ? readings.filter((r) => !doubted.has(r)) : readings;
  }

  /** @param at when it was received, by the venue's clock */
  #read(readings: Reading[], receivedAt: Micros, at: Micros): void {
    const { sampler, makeBars, deps, recount } = this.options;
    const events: Event[] = [];
    for (const reading of readings) {
      switch (reading.kind) {
        case "trade":
          events.push(reading);
          if (
            makeBars && this.#bars.add(reading, at) === "outside"
          ) {
            recount(reading.market, reading.ts - reading.ts % MINUTE);
          }
          break;
        case "ticker":
        case "book":
          this.#bars.tick(reading.ts, at);
          sampler.add(reading, receivedAt);
          break;
        case "delta":
          this.#bars.tick(reading.ts, at);
          this.#follow(reading.market).book.apply(reading);
          break;
        case "notice":
          if (reading.code === "error") {
            this.#reject("the venue refused something", reading.message);
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
