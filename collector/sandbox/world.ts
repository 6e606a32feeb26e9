import type { Micros, Trade } from "../model/events.ts";
import { Climate, type Planted } from "./climate.ts";
import { beginsAt, timedId } from "./ids.ts";
import { plain, priceText, sizeText, type WorldMarket } from "./markets.ts";
import { hash, Random, stream } from "./random.ts";
import { Tally } from "./tally.ts";

/** Milliseconds in a minute. */
export const MINUTE = 60_000;

/** One execution, or one aggregate where the venue sends those. */
export interface WorldTrade {
  /** Milliseconds since the epoch. */
  ms: number;
  /** Price in ticks, size in units of the market. */
  ticks: number;
  units: number;
  /** The taker bought. */
  buy: boolean;
  /** Its place among the trades of the same millisecond, and of the minute. */
  counter: number;
  index: number;
}

/** A minute of a market; volumes exact. */
export interface WorldCandle {
  minute: number;
  /** In ticks. */
  open: number;
  high: number;
  low: number;
  close: number;
  /** In units. */
  volume: number;
  /** In ticks times units. */
  value: bigint;
  /** The part that takers bought, likewise. */
  boughtVolume: number;
  boughtValue: bigint;
  count: number;
  /** Milliseconds since the epoch of the last trade. */
  lastMs: number;
}

const TRADES = stream("trades");
const MINUTES_KEPT = 64;

/**
 * The simulated markets: every trade there ever was, made anew from (seed,
 * market, minute) whenever it is asked for, so that candles, pages and live
 * frames agree to the last digit.
 */
export class World {
  readonly climate: Climate;
  /** The first minute since the epoch that the venues know, and where numbering begins. */
  readonly start: number;
  readonly origin: number;
  #made = new Map<WorldMarket, Map<number, WorldTrade[]>>();
  #candles = new Map<WorldMarket, Map<number, WorldCandle | null>>();
  #tallies = new Map<WorldMarket, Tally>();

  /**
   * @param markets every market that there is
   * @param now milliseconds since the epoch at which the past ends
   * @param rate multiplies the order flow from the next minute on
   * @param ahead milliseconds that a venue's clock is ahead of `now`; its
   * trades are made by that clock
   * @param shared whether talk and trade share rhythm and news, see {@link Climate}
   */
  constructor(
    readonly markets: WorldMarket[],
    readonly seed: number,
    readonly planted: Planted | null,
    now: number,
    days: number,
    readonly rate: number,
    ahead: Partial<Record<string, number>> = {},
    shared = true,
  ) {
    for (const { venue } of markets) {
      const minute = Math.floor((now + (ahead[venue] ?? 0)) / MINUTE);
      this.#faster.set(venue, minute + 1);
    }
    this.climate = new Climate(seed, planted, shared);
    this.liveFrom = Math.floor(now / MINUTE) + 1;
    this.start = this.liveFrom - 1 - days * 1440;
    // Numbers count from the first of a month, so that a simulator started
    // again beside an old database mostly gives the same trade the same id.
    const first = new Date((this.start - 2 * 1440) * MINUTE);
    this.origin = Date.UTC(first.getUTCFullYear(), first.getUTCMonth()) /
      MINUTE;
    this.month = (first.getUTCFullYear() - 2017) * 12 + first.getUTCMonth();
  }

  /** The first minute after the past. */
  readonly liveFrom: number;
  /** By each venue's own clock: the first minute whose order flow is multiplied. */
  #faster = new Map<string, number>();
  /** Months from January 2017 to the origin. */
  readonly month: number;

  /** The market with this exact code, if there is one. */
  market(venue: string, code: string): WorldMarket | undefined {
    return this.markets.find((m) => m.venue === venue && m.market === code);
  }

  #flow(market: WorldMarket, minute: number): [Random, number, number] {
    const random = new Random(
      hash(this.seed, TRADES ^ market.stream, minute),
    );
    const volume = this.climate.volume(market.stream, minute, market.base);
    const mean = market.trades * Math.exp(volume / 2) *
      (minute >= this.#faster.get(market.venue)! ? this.rate : 1);
    return [random, random.poisson(mean), volume];
  }

  /** Log of a market's price in its quote currency at the start of a minute. */
  #logPrice(market: WorldMarket, minute: number): number {
    const climate = this.climate;
    const dollars = climate.dollars(market.base, minute);
    return market.quote === "KRW"
      ? dollars + Math.log(climate.wonPerDollar(minute)) +
        Math.log(1 + climate.premium(minute))
      : dollars;
  }

  /** All trades of a minute since the epoch, in order. */
  minute(market: WorldMarket, minute: number): WorldTrade[] {
    let kept = this.#made.get(market);
    if (!kept) this.#made.set(market, kept = new Map());
    let trades = kept.get(minute);
    if (!trades) {
      trades = this.#make(market, minute);
      if (kept.size >= MINUTES_KEPT) kept.delete(kept.keys().next().value!);
      kept.set(minute, trades);
    }
    return trades;
  }

  #make(market: WorldMarket, minute: number): WorldTrade[] {
    const [random, count, volume] = this.#flow(market, minute);
    if (count === 0) return [];
    const times = new Uint32Array(count);
    for (let at = 0; at < count; at++) times[at] = random.below(MINUTE);
    times.sort();
    const open = this.#logPrice(market, minute);
    const slope = this.#logPrice(market, minute + 1) - open;
    const unit = market.tick / 10 ** market.priceDigits;
    const size = market.size * Math.exp(volume / 2 - 0.5);
    const trades: WorldTrade[] = [];
    for (let index = 0; index < count; index++) {
      const last = trades[index - 1];
      if (last && random.next() < 0.02) {
        // A twin: only the id tells it from the trade before it.
        trades.push({ ...last, counter: last.counter + 1, index });
        continue;
      }
      const ms = Math.max(minute * MINUTE + times[index]!, last?.ms ?? 0);
      const part = times[index]! / MINUTE;
      const bridge = 0.0002 * Math.sqrt(4 * part * (1 - part)) *
        random.normal();
      const price = Math.exp(open + slope * part + bridge) / unit;
      const buy = random.next() < 0.5 + 100 * slope;
      const ticks = buy ? Math.ceil(price) : Math.floor(price);
      const units = Math.round(size * Math.exp(random.normal()));
      trades.push({
        ms,
        ticks,
        units: Math.max(1, Math.min(units, 2_000_000_000_000)),
        buy,
        counter: last?.ms === ms ? last.counter + 1 : 0,
        index,
      });
    }
    return trades;
  }

  /** The candle of a minute from trades up to and including `untilMs`; null without trades. */
  candle(
    market: WorldMarket,
    minute: number,
    untilMs = Infinity,
  ): WorldCandle | null {
    if (untilMs < (minute + 1) * MINUTE - 1) {
      const trades = this.minute(market, minute);
      return aggregate(
        minute,
        trades.slice(0, countBefore(trades, Math.floor(untilMs) + 1)),
      );
    }
    let kept = this.#candles.get(market);
    if (!kept) this.#candles.set(market, kept = new Map());
    let candle = kept.get(minute);
    if (candle === undefined) {
      const trades = this.#made.get(market)?.get(minute) ??
        this.#make(market, minute);
      kept.set(minute, candle = aggregate(minute, trades));
    }
    return candle;
  }

  /** Trades with `fromMs` ≤ time < `toMs`, in order, back to the start of the past. */
  *between(
    market: WorldMarket,
    fromMs: number,
    toMs: number,
  ): Generator<WorldTrade> {
    const first = Math.max(this.start, Math.floor(fromMs / MINUTE));
    for (let minute = first; minute * MINUTE < toMs; minute++) {
      const trades = this.minute(market, minute);
      const end = countBefore(trades, toMs);
      for (let at = countBefore(trades, fromMs); at < end; at++) {
        yield trades[at]!;
      }
    }
  }

  /** The last trade at or before a millisecond, back to the start of the past. */
  lastTrade(market: WorldMarket, ms: number): WorldTrade | null {
    for (
      let minute = Math.floor(ms / MINUTE);
      minute >= this.start;
      minute--
    ) {
      const trades = this.minute(market, minute);
      const last = trades[countBefore(trades, Math.floor(ms) + 1) - 1];
      if (last) return last;
    }
    return null;
  }

  /** How many trades a market has had, minute by minute; where ids are counted. */
  tally(market: WorldMarket): Tally {
    let tally = this.#tallies.get(market);
    if (!tally) {
      tally = new Tally(this.origin, (minute) => this.#flow(market, minute)[1]);
      this.#tallies.set(market, tally);
    }
    return tally;
  }

  /** The first id of a market whose ids are counted. */
  firstNumber(market: WorldMarket): number {
    return this.month * 30_000_000 + beginsAt(this.seed, market);
  }

  /** A trade's id in a market whose ids are counted. */
  number(market: WorldMarket, trade: WorldTrade): number {
    return this.firstNumber(market) + trade.index +
      this.tally(market).before(Math.floor(trade.ms / MINUTE));
  }

  /** A trade's exact id; ids grow with time, and begin anywhere in each market. */
  id(market: WorldMarket, trade: WorldTrade): string {
    return market.ids.kind === "counted"
      ? String(this.number(market, trade))
      : timedId(this.seed, market, trade);
  }

  /** How many executions a trade stands for. */
  #fills(market: WorldMarket, trade: WorldTrade): number {
    const { ids } = market;
    if (ids.kind !== "counted" || !ids.firstFill) return 1;
    const number = this.number(market, trade);
    return ids.firstFill(this.seed, number + 1) -
      ids.firstFill(this.seed, number);
  }

  /**
   * The truth: every trade with `from` ≤ ts < `to` by the venue's clock, in
   * order, as the adapters must read it.
   */
  trades(venue: string, code: string, from: Micros, to: Micros): Trade[] {
    const market = this.market(venue, code);
    if (!market) return [];
    const out: Trade[] = [];
    for (const trade of this.between(market, from / 1000, to / 1000)) {
      out.push({
        kind: "trade",
        venue,
        market: code,
        id: this.id(market, trade),
        ts: trade.ms * 1000,
        price: plain(priceText(market, trade.ticks)),
        size: plain(sizeText(market, trade.units)),
        side: trade.buy ? "buy" : "sell",
        fills: this.#fills(market, trade),
      });
    }
    return out;
  }
}

/** How many of the trades, which are in order, were made before `ms`. */
function countBefore(trades: WorldTrade[], ms: number): number {
  let low = 0, high = trades.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (trades[middle]!.ms < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A candle of these trades; null for none. */
function aggregate(minute: number, trades: WorldTrade[]): WorldCandle | null {
  const first = trades[0], last = trades.at(-1);
  if (!first || !last) return null;
  let high = first.ticks, low = first.ticks, volume = 0, boughtVolume = 0;
  // Doubles hold a sum of products exactly up to 2^53; spill before that.
  let value = 0n, boughtValue = 0n, sum = 0, bought = 0;
  for (const { ticks, units, buy } of trades) {
    if (ticks > high) high = ticks;
    if (ticks < low) low = ticks;
    volume += units;
    const product = ticks * units;
    if (product > 4e15) value += BigInt(ticks) * BigInt(units);
    else if ((sum += product) > 4e15) {
      value += BigInt(sum);
      sum = 0;
    }
    if (!buy) continue;
    boughtVolume += units;
    if (product > 4e15) boughtValue += BigInt(ticks) * BigInt(units);
    else if ((bought += product) > 4e15) {
      boughtValue += BigInt(bought);
      bought = 0;
    }
  }
  return {
    minute,
    open: first.ticks,
    high,
    low,
    close: last.ticks,
    volume,
    value: value + BigInt(sum),
    boughtVolume,
    boughtValue: boughtValue + BigInt(bought),
    count: trades.length,
    lastMs: last.ms,
  };
}
