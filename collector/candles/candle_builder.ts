import { compareDecimals, compareIds, Sum } from "../model/decimal.ts";
import type {
  Candle,
  CandleState,
  Decimal,
  Micros,
  Trade,
} from "../model/events.ts";
import { MINUTE } from "../model/time.ts";

/** A socket observes its markets reliably only this long after it was up. */
const SETTLE = 2_000_000;
/** How far the venue's clock may be ahead of ours; more is taken for an error. */
const AHEAD = MINUTE;

/** Settings of {@link CandleBuilder}. */
export interface CandleBuilderOptions {
  /** How late a trade may come before its minute is closed. */
  lateness?: Micros;
  /** How many closed minutes of each market a late trade can still change. */
  minutes?: number;
  /** Trades of closed minutes whose ids are remembered, over all markets. */
  ids?: number;
}

/**
 * What became of a trade: `counted`; `duplicate`, its id was there already;
 * `outside`, its minute is forgotten or lies before the observation, so its
 * candle can only be made anew from the stored trades.
 */
export type Counted = "counted" | "duplicate" | "outside";

/**
 * 1-minute candles from the trades of one venue's socket, in event time and in
 * exact decimals.
 *
 * The clock is the venue's: the newest event time of anything that the socket
 * delivered. A minute closes once the clock is `lateness` past its end and
 * never by a timer, so a replay makes the candles that the day itself made. A
 * trade that comes later changes its candle, which {@link CandleBuilder.closed} hands
 * out again.
 *
 * Markets on different sockets need a `CandleBuilder` each: the clock of one socket says
 * nothing of what another still holds back.
 */
export class CandleBuilder {
  #clock: Micros = 0;
  #series = new Map<string, MinuteSeries>();
  /** Series whose socket was up a moment ago. */
  #settling: MinuteSeries[] = [];
  /** Closed bars that can still change, in the order in which they closed. */
  #kept: { series: MinuteSeries; bar: Bar }[] = [];
  #keptIds = 0;
  #ready: Candle[] = [];
  readonly #lateness: Micros;
  readonly #span: Micros;
  readonly #mostIds: number;

  constructor(readonly venue: string, options: CandleBuilderOptions = {}) {
    this.#lateness = options.lateness ?? 5_000_000;
    this.#span = (options.minutes ?? 60) * MINUTE;
    this.#mostIds = options.ids ?? 500_000;
  }

  /** All trades up to here have arrived, except those later than `lateness`. */
  get watermark(): Micros {
    return this.#clock - this.#lateness;
  }

  /**
   * The market is observed from `at` on, our time at which the socket was up.
   * To be safe that is put off by two seconds, and further to the venue's clock
   * where it turns out to be ahead of ours. The minute under way is partial.
   */
  observedSince(market: string, at: Micros): void {
    this.lost(market);
    let series = this.#series.get(market);
    if (!series) {
      series = {
        market,
        upAt: at,
        since: 0,
        next: minuteOf(at),
        close: null,
        bars: new Map(),
        revised: new Set(),
      };
      this.#series.set(market, series);
    }
    series.upAt = at;
    series.since = at + SETTLE;
    this.#settling.push(series);
  }

  /** The market is no longer observed: what lies past the watermark stays partial. */
  lost(market: string): void {
    const series = this.#series.get(market);
    if (!series) return;
    this.#advance(series);
    series.since = Infinity;
    this.#settling = this.#settling.filter((other) => other !== series);
    for (const bar of series.bars.values()) {
      if (bar.ts >= series.next) bar.partial = true;
    }
  }

  /** Moves the venue's clock: for the event time of every frame, whatever it holds. */
  tick(ts: Micros, receivedAt: Micros): void {
    const time = Math.min(ts, receivedAt + AHEAD);
    if (time <= this.#clock) return;
    this.#clock = time;
    if (this.#settling.length === 0) return;
    this.#settling = this.#settling.filter((series) => {
      if (receivedAt > series.upAt + SETTLE) return false;
      series.since = Math.max(series.since, time);
      return true;
    });
  }

  /** Counts a trade into its minute. */
  add(trade: Trade, receivedAt: Micros): Counted {
    this.tick(trade.ts, receivedAt);
    const ts = minuteOf(trade.ts);
    const series = this.#series.get(trade.market);
    let bar = series?.bars.get(ts);
    if (!series || (!bar && ts < series.next)) return "outside";
    if (!bar) {
      bar = newBar(ts);
      bar.partial = series.since === Infinity;
      series.bars.set(ts, bar);
    }
    if (bar.ids.has(trade.id)) return "duplicate";
    bar.ids.add(trade.id);
    count(bar, trade);
    if (ts < series.next) {
      series.revised.add(ts);
      this.#keptIds++;
    }
    return "counted";
  }

  /**
   * Candles that closed since the last call and new versions of earlier ones,
   * in ascending order for each market. A minute without trades gives a
   * `no_trade` candle once the close before it is known; one that nobody
   * observed gives none.
   */
  closed(): Candle[] {
    for (const series of this.#series.values()) this.#advance(series);
    this.#forget();
    const candles = this.#ready;
    this.#ready = [];
    return candles;
  }

  /** Closes what lies below the watermark. */
  #advance(series: MinuteSeries): void {
    this.#revise(series);
    for (; series.next + MINUTE <= this.watermark; series.next += MINUTE) {
      this.#close(series);
    }
  }

  /** Closes the next minute. */
  #close(series: MinuteSeries): void {
    const observed = series.next >= series.since;
    let bar = series.bars.get(series.next);
    if (!bar && !observed) {
      series.close = null;
      return;
    }
    if (!bar) {
      bar = newBar(series.next);
      bar.close = series.close;
      series.bars.set(series.next, bar);
    }
    bar.partial ||= !observed;
    series.close = bar.close;
    this.#kept.push({ series, bar });
    this.#keptIds += bar.ids.size;
    this.#give(series, bar);
  }

  /** Emits new versions of the bars that late trades changed, and of the quiet minutes after them. */
  #revise(series: MinuteSeries): void {
    for (const ts of [...series.revised].sort((a, b) => a - b)) {
      const late = series.bars.get(ts)!;
      this.#give(series, late);
      for (let after = ts + MINUTE; after < series.next; after += MINUTE) {
        const quiet = series.bars.get(after);
        if (!quiet || quiet.ids.size > 0) break;
        quiet.close = late.close;
        this.#give(series, quiet);
      }
    }
    series.revised.clear();
    series.close = series.bars.get(series.next - MINUTE)?.close ?? series.close;
  }

  #give(series: MinuteSeries, bar: Bar): void {
    const candle = toCandle(this.venue, series.market, bar);
    if (candle) this.#ready.push(candle);
  }

  /** Evicts the oldest closed bars, so that memory stays bounded. */
  #forget(): void {
    let gone = 0;
    for (const { series, bar } of this.#kept) {
      const old = bar.ts + this.#span < series.next;
      if (!old && this.#keptIds <= this.#mostIds) break;
      series.bars.delete(bar.ts);
      this.#keptIds -= bar.ids.size;
      gone++;
    }
    this.#kept.splice(0, gone);
  }
}

/** One market. */
interface MinuteSeries {
  market: string;
  /** Our time at which its socket was up. */
  upAt: Micros;
  /** Fully observed from here on; `Infinity` while it is not. */
  since: Micros;
  /** The open time of the first minute that is not closed yet. */
  next: Micros;
  /** The close before `next`, where it is known. */
  close: Decimal | null;
  bars: Map<Micros, Bar>;
  /** Closed minutes that changed since they were handed out. */
  revised: Set<Micros>;
}

/** One minute under way; without ids it had no trade, and `close` is the one before it. */
interface Bar {
  ts: Micros;
  partial: boolean;
  ids: Set<string>;
  open: Decimal | null;
  high: Decimal | null;
  low: Decimal | null;
  close: Decimal | null;
  /** Time and id of the trades that made open and close. */
  first: [ts: Micros, id: string];
  last: [ts: Micros, id: string];
  volume: Sum;
  quoteVolume: Sum;
  fills: number;
}

function newBar(ts: Micros): Bar {
  return {
    ts,
    partial: false,
    ids: new Set(),
    open: null,
    high: null,
    low: null,
    close: null,
    first: [Infinity, ""],
    last: [-Infinity, ""],
    volume: new Sum(),
    quoteVolume: new Sum(),
    fills: 0,
  };
}

function count(bar: Bar, { ts, id, price, size, fills }: Trade): void {
  if (
    ts < bar.first[0] || ts === bar.first[0] && compareIds(id, bar.first[1]) < 0
  ) {
    bar.open = price;
    bar.first = [ts, id];
  }
  if (
    ts > bar.last[0] || ts === bar.last[0] && compareIds(id, bar.last[1]) > 0
  ) {
    bar.close = price;
    bar.last = [ts, id];
  }
  if (bar.high === null || compareDecimals(price, bar.high) > 0) {
    bar.high = price;
  }
  if (bar.low === null || compareDecimals(price, bar.low) < 0) bar.low = price;
  bar.volume.add(size);
  bar.quoteVolume.addProduct(price, size);
  bar.fills += fills;
}

/** Null for a minute without trades whose price nobody knows. */
function toCandle(venue: string, market: string, bar: Bar): Candle | null {
  if (bar.close === null) return null;
  const traded: CandleState = bar.partial ? "partial" : "closed";
  return {
    kind: "candle",
    venue,
    market,
    interval: "1m",
    ts: bar.ts,
    open: bar.open ?? bar.close,
    high: bar.high ?? bar.close,
    low: bar.low ?? bar.close,
    close: bar.close,
    volume: String(bar.volume),
    quoteVolume: String(bar.quoteVolume),
    tradeCount: bar.fills,
    source: "trades",
    state: bar.ids.size === 0 ? "no_trade" : traded,
  };
}

/** The open time of the minute in which `ts` lies. */
function minuteOf(ts: Micros): Micros {
  return Math.floor(ts / MINUTE) * MINUTE;
}
