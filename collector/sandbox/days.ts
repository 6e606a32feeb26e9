import type { WorldMarket } from "./markets.ts";
import {
  MINUTE,
  type World,
  type WorldCandle,
  type WorldTrade,
} from "./world.ts";

/** What happened over a span, in ticks and units. */
export interface Sums {
  open: number;
  high: number;
  low: number;
  volume: bigint;
  value: bigint;
  /** The part that takers bought. */
  bought: bigint;
  count: number;
}

/** The UTC day so far and the trailing 24 hours. */
export interface DayState {
  day: Sums;
  rolling: Sums;
  /** Last price before the day. */
  previousClose: number;
}

interface Memo {
  minute: number;
  /** Trades of the minute already added. */
  added: number;
  state: DayState;
}

const empty = (open: number): Sums => ({
  open,
  high: open,
  low: open,
  volume: 0n,
  value: 0n,
  bought: 0n,
  count: 0,
});

function addCandle(sums: Sums, candle: WorldCandle): void {
  if (sums.count === 0) sums.open = sums.high = sums.low = candle.open;
  sums.high = Math.max(sums.high, candle.high);
  sums.low = Math.min(sums.low, candle.low);
  sums.volume += BigInt(candle.volume);
  sums.value += candle.value;
  sums.bought += BigInt(candle.boughtVolume);
  sums.count += candle.count;
}

function addTrade(sums: Sums, trade: WorldTrade): void {
  if (sums.count === 0) sums.open = sums.high = sums.low = trade.ticks;
  sums.high = Math.max(sums.high, trade.ticks);
  sums.low = Math.min(sums.low, trade.ticks);
  const units = BigInt(trade.units);
  sums.volume += units;
  sums.value += units * BigInt(trade.ticks);
  if (trade.buy) sums.bought += units;
  sums.count++;
}

/** Running totals of each market; cheap as long as time goes forwards. */
export class Days {
  #memos = new Map<WorldMarket, Memo>();

  #closes = new Map<string, number>();

  constructor(readonly world: World) {}

  /** The last price, in ticks, before the UTC day of `ms`. */
  previousClose(market: WorldMarket, ms: number): number {
    const midnight = Math.floor(ms / MINUTE / 1440) * 1440;
    const key = `${market.stream} ${midnight}`;
    let close = this.#closes.get(key);
    for (let at = midnight - 1; close === undefined; at--) {
      close = this.world.candle(market, at)?.close;
    }
    this.#closes.set(key, close);
    return close;
  }

  /** The totals up to and including `ms`. The object changes with the next call. */
  at(market: WorldMarket, ms: number): DayState {
    const minute = Math.floor(ms / MINUTE);
    const trades = this.world.minute(market, minute);
    let memo = this.#memos.get(market);
    // The same trades only within the same minute.
    if (memo?.minute !== minute) memo = undefined;
    const ahead = memo && memo.added > 0 ? trades[memo.added - 1]!.ms : 0;
    if (!memo || ahead > ms) {
      memo = { minute, added: 0, state: this.#until(market, minute) };
      this.#memos.set(market, memo);
    }
    for (
      let trade = trades[memo.added];
      trade && trade.ms <= ms;
      trade = trades[++memo.added]
    ) {
      addTrade(memo.state.day, trade);
      addTrade(memo.state.rolling, trade);
    }
    return memo.state;
  }

  #until(market: WorldMarket, minute: number): DayState {
    const midnight = Math.floor(minute / 1440) * 1440;
    const previousClose = this.previousClose(market, minute * MINUTE);
    const day = empty(previousClose), rolling = empty(previousClose);
    for (let at = minute - 1440; at < minute; at++) {
      const candle = this.world.candle(market, at);
      if (!candle) continue;
      addCandle(rolling, candle);
      if (at >= midnight) addCandle(day, candle);
    }
    return { day, rolling, previousClose };
  }
}
