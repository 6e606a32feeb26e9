import { Bars } from "../candles/bars.ts";
import { LocalBook } from "./book.ts";
import type { Event, Micros } from "../events.ts";
import { feed, type FeedItem } from "../feed.ts";
import { pause } from "../pause.ts";
import type { Sampler } from "./sampler.ts";
import type {
  BookSnapshot,
  Connection,
  Reading,
  Venue,
} from "../venues/venue.ts";
import { LEVELS, type WatchDeps } from "./watch.ts";
import { Witness } from "./witness.ts";

const MINUTE = 60_000_000;

/** What a {@link Line} works with. */
export interface LineOptions {
  venue: Venue;
  sampler: Sampler;
  /** Whether candles are made from the trades. */
  makeBars: boolean;
  deps: WatchDeps;
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
  #books = new Map<
    string,
    { book: LocalBook; asking: boolean; fresh: boolean }
  >();

  constructor(
    readonly connection: Connection,
    readonly options: LineOptions,
  ) {
    this.#bars = new Bars(options.venue.id);
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
      deps.store.write(this.#bars.closed(), deps.now());
    }
  }

  /** Puts books that changed since the last call into the sampler, and tells the ledger how far it is. */
  sample(): void {
    this.witness.tick(this.options.deps.now());
    for (const state of this.#books.values()) {
      const top = state.fresh ? state.book.top(LEVELS) : null;
      state.fresh = false;
      if (top) this.options.sampler.add(top, this.options.deps.now());
    }
  }

  #take(item: FeedItem): void {
    const { venue, deps, onUp, onLost } = this.options;
    const { markets, channels } = this.connection;
    const about = `${venue.id} ${channels.join("+")}`;
    switch (item.kind) {
      case "frame":
        this.witness.frame(item.readings, item.receivedAt);
        this.#read(item.readings, item.receivedAt);
        break;
      case "unreadable":
        this.witness.unreadable(item.payload, item.receivedAt);
        deps.store.reject({
          source: venue.id,
          place: this.connection.url,
          reason: item.reason,
          payload: item.payload,
        });
        break;
      case "up":
        this.state = { up: true, since: performance.now() };
        this.witness.up(item.at);
        onUp();
        deps.log(`${about}: connected, ${markets.length} markets`);
        for (const market of markets) this.#bars.observedSince(market, item.at);
        break;
      case "down":
        if (this.state.up) this.state = { up: false, since: performance.now() };
        this.witness.down(item.at, item.reason);
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
