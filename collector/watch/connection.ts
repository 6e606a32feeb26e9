import { IdBelief } from "./id_belief.ts";
import { CandleBuilder } from "../candles/candle_builder.ts";
import { LocalBook } from "./book.ts";
import type { BookDelta, Event, Micros, Trade } from "../model/events.ts";
import { reasonInWords } from "../model/gap_reason.ts";
import { feed, type FeedItem } from "../net/feed.ts";
import type { VenueClock } from "../model/venue_clock.ts";
import { pause } from "../model/pause.ts";
import type { Throttle } from "./throttle.ts";
import type {
  BookSnapshot,
  ConnectionSpec,
  Reading,
  Venue,
} from "../venues/venue.ts";
import { LEVELS, type WatchDeps } from "./deps.ts";
import { CoverageTracker } from "./coverage_tracker.ts";
import { MINUTE } from "../model/time.ts";

/** Most frames with trades that are kept until a socket is up. */
const EARLY = 10_000;

/** What a {@link Connection} works with. */
export interface ConnectionOptions {
  venue: Venue;
  throttle: Throttle;
  /** Whether candles are made from the trades. */
  makeCandles: boolean;
  deps: WatchDeps;
  /** The venue's. */
  clock: VenueClock;
  /** Asks for a whole book by REST. */
  snapshot(market: string): Promise<BookSnapshot>;
  /** A trade came too late for its candle in memory. */
  recount(market: string, minute: Micros): void;
  /** Awaited before a socket is opened. */
  turn(): Promise<void>;
  /** A socket delivered a trade. */
  delivered?(trade: Trade): void;
  /** A market is silent beyond its usual pauses. */
  suspect(market: string): void;
  onUp(): void;
  onLost(): void;
}

/** One connection: frames in, events to the store, coverage to the ledger. */
export class Connection {
  readonly coverage: CoverageTracker;
  /** Whether its socket is up, and since when by `performance.now()`. */
  state: { up: boolean; since: number } = {
    up: false,
    since: performance.now(),
  };
  /** Trades that came before the socket was up: what is written of a stream decides where its gap began. */
  #early: { events: Event[]; receivedAt: Micros }[] = [];
  #candles: CandleBuilder;
  #markets: Set<string>;
  /** Sends further messages on the socket that is open. */
  #say: (messages: string[]) => void = () => {};
  /** Of venues whose ids are dense. */
  readonly ids = new IdBelief();
  #books = new Map<
    string,
    { book: LocalBook; asking: boolean; fresh: boolean }
  >();

  constructor(
    readonly spec: ConnectionSpec,
    readonly options: ConnectionOptions,
  ) {
    this.#candles = new CandleBuilder(options.venue.id);
    this.#markets = new Set(spec.markets);
    this.coverage = new CoverageTracker(options.venue, spec, {
      ledger: (entry) => options.deps.store.ledger(entry),
      suspect: options.suspect,
    });
  }

  async run(): Promise<void> {
    const { venue, deps, turn } = this.options;
    const frames = feed(venue, this.spec, {
      signal: deps.signal,
      turn,
      onOpen: (drop, say) => {
        this.coverage.opened(drop);
        this.#say = say;
      },
    });
    for await (const items of frames) {
      for (const item of items) this.#take(item);
      if (!this.options.makeCandles) continue;
      // By the venue's clock, as every version of a candle, so that the newest wins whoever made it.
      deps.store.write(this.#candles.closed(), this.options.clock.now());
    }
  }

  /** Puts changed books into the throttle and reports coverage to the ledger. Called once a second. */
  sample(): void {
    this.coverage.tick(this.options.clock.now());
    for (const state of this.#books.values()) {
      const top = state.fresh ? state.book.top(LEVELS) : null;
      state.fresh = false;
      if (top) this.options.throttle.add(top, this.options.deps.now());
    }
  }

  #take(item: FeedItem): void {
    const { venue, deps, clock, onUp, onLost } = this.options;
    const { markets, channels } = this.spec;
    const about = `${venue.id} ${channels.join("+")}`;
    switch (item.kind) {
      case "frame": {
        const readings = this.#believed(item.readings);
        for (const reading of readings) {
          if (reading.kind === "notice" || reading.ts === null) continue;
          clock.heard(reading.ts);
        }
        const at = clock.at(item.elapsed);
        this.coverage.frame(readings, at);
        this.#read(readings, item.at, at);
        break;
      }
      case "unreadable":
        this.coverage.unreadable(
          item.payload,
          clock.at(item.elapsed),
        );
        this.#reject(item.reason, item.payload);
        break;
      case "up": {
        const at = clock.at(item.elapsed);
        this.state = { up: true, since: performance.now() };
        this.coverage.up(at);
        for (const { events, receivedAt } of this.#early) {
          deps.store.write(events, receivedAt);
        }
        this.#early = [];
        onUp();
        deps.log(`${about}: connected, ${markets.length} markets`);
        for (const market of markets) this.#candles.observedSince(market, at);
        break;
      }
      case "down":
        if (this.state.up) this.state = { up: false, since: performance.now() };
        this.coverage.down(clock.at(item.elapsed), item.reason);
        if (!deps.signal.aborted) {
          deps.log(`${about}: connection lost (${reasonInWords(item.reason)})`);
          onLost();
        }
        for (const market of markets) this.#candles.lost(market);
        for (const state of this.#books.values()) state.book.reset();
    }
  }

  #reject(reason: string, payload: string): void {
    const { venue, deps } = this.options;
    deps.store.reject({
      source: venue.id,
      place: this.spec.url,
      reason,
      payload,
    });
  }

  /** The plausible readings of a frame; the rest become rejects. */
  #believed(readings: Reading[]): Reading[] {
    const { dense } = this.options.venue.trades;
    let doubted: Set<Reading> | null = null;
    for (const reading of readings) {
      if (reading.kind === "notice") continue;
      const why = !this.#markets.has(reading.market)
        ? `nobody subscribed to ${reading.market}`
        : dense && reading.kind === "trade"
        ? this.ids.doubt(reading)
        : null;
      if (why === null) continue;
      (doubted ??= new Set()).add(reading);
      this.#reject(why, JSON.stringify(reading));
    }
    return doubted ? readings.filter((r) => !doubted.has(r)) : readings;
  }

  /** @param at when it was received, by the venue's clock */
  #read(readings: Reading[], receivedAt: Micros, at: Micros): void {
    const { throttle, makeCandles, deps, recount } = this.options;
    const events: Event[] = [];
    for (const reading of readings) {
      switch (reading.kind) {
        case "trade":
          events.push(reading);
          this.options.delivered?.(reading);
          if (
            makeCandles && this.#candles.add(reading, at) === "outside"
          ) {
            recount(reading.market, reading.ts - reading.ts % MINUTE);
          }
          break;
        case "ticker":
        case "book":
          this.#candles.tick(reading.ts, at);
          throttle.add(reading, receivedAt);
          break;
        case "delta":
          if (reading.ts !== null) this.#candles.tick(reading.ts, at);
          this.#follow(reading);
          break;
        case "notice":
          if (reading.code === "error") {
            this.#reject("the venue refused something", reading.message);
          }
      }
    }
    if (events.length === 0) return;
    if (this.state.up) deps.store.write(events, receivedAt);
    // Of a socket that ends before it was up they wait for the next one; what
    // is beyond the bound is in the gap that the next one ends.
    else if (this.#early.length < EARLY) {
      this.#early.push({ events, receivedAt });
    }
  }

  /** Takes a delta into its market's local book; one that waits for a whole book asks for it. */
  #follow(delta: BookDelta): void {
    const { market } = delta;
    const { id, wholeBook } = this.options.venue;
    let state = this.#books.get(market);
    if (!state) {
      const { depth, checksum } = wholeBook ?? {};
      const book = new LocalBook(id, market, depth, checksum);
      this.#books.set(market, state = { book, asking: false, fresh: false });
    }
    state.fresh = true;
    if (state.book.apply(delta) === "unlike") {
      const what =
        `the book of ${market} has another checksum than the venue's`;
      this.#reject(what, JSON.stringify(delta));
    }
    if (state.book.waiting && !state.asking) this.#start(market, state);
  }

  async #start(
    market: string,
    state: { book: LocalBook; asking: boolean },
  ): Promise<void> {
    const { deps, venue, snapshot } = this.options;
    state.asking = true;
    try {
      if (venue.wholeBook) {
        this.#say(venue.wholeBook.again(market));
        // It is asked for again only if it has not come by then.
        await pause(5000, deps.signal);
        return;
      }
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
