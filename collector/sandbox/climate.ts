import { koreanDay, koreanHour, News, wave } from "./news.ts";
import type { SimulatedCoin } from "./phrases.ts";
import { drift, normal, stream } from "./random.ts";

/**
 * What is planted: log volume answers to the shock in talk `lagBuckets`
 * buckets of five minutes earlier (negative: volume comes first).
 */
export interface Planted {
  lagBuckets: number;
  /**
   * Correlation of the five-minute changes of log talk intensity and log
   * volume rate at the lag, on (−1, 1), before the noise of counting single
   * posts and trades takes a little of it.
   */
  strength: number;
  /**
   * Only this coin is talked up, on boards, and only its markets answer;
   * otherwise all talk leads all markets.
   */
  coin?: SimulatedCoin;
}

/** Sizes of the parts of log intensity. */
const TALK_SHOCK = 0.6, OWN = 0.75, OWN_MEMORY = 0.8, MEMORY_TERMS = 24;

/** Logs of what one unit of each asset costs in US dollars, on the whole. */
const LEVELS: Record<string, number> = {
  BTC: Math.log(105_000),
  ETH: Math.log(3_520),
  XRP: Math.log(2.45),
};

/** Share of a board's posts about a coin that is talked up, and the size of the shocks in it. */
const COIN_SHARE = 0.25, COIN_SHOCK = 0.9;

/**
 * The hidden weather of the simulated world, by minute since the epoch: how
 * much is said, how much is traded, and at which price. Pure in the seed.
 */
export class Climate {
  #shocks = new Map<number, number>();
  #own = new Map<number, Map<number, number>>();
  #dollars = new Map<string, Map<number, number>>();
  readonly #news: News | null;

  /**
   * @param shared talk and trade have one rhythm, that of the Korean day, and
   * news hits both in the same minute; false: rhythms of their own, and no news
   */
  constructor(
    readonly seed: number,
    readonly planted: Planted | null,
    shared = true,
  ) {
    this.#news = shared ? new News(seed) : null;
    this.#shockOf = stream(
      planted?.coin ? `shock ${planted.coin}` : "shock",
    );
  }

  /** Where the shocks that volume answers to come from. */
  readonly #shockOf: number;

  /** The shock in talk of a bucket of five minutes; standard normal. */
  #shock(bucket: number, of = SHOCK, known = this.#shocks): number {
    let value = known.get(bucket);
    if (value === undefined) {
      value = normal(this.seed, of, bucket);
      known.set(bucket, value);
    }
    return value;
  }

  #coinShocks = new Map<number, number>();

  /** The shock that volume answers to. */
  #leading(bucket: number): number {
    return this.planted?.coin
      ? this.#shock(bucket, this.#shockOf, this.#coinShocks)
      : this.#shock(bucket);
  }

  /**
   * Log of talk's intensity over its mean: Korean daily season, news, a slow
   * part and a white shock per bucket of five minutes.
   */
  talk(minute: number): number {
    const hour = koreanHour(minute);
    const common = this.#news
      ? 0.6 * koreanDay(minute) + this.#news.talk(minute)
      : 0.45 * wave(hour, 21.5, 1) + 0.15 * wave(hour, 11, 2);
    return common + 0.25 * drift(this.seed, SLOW_TALK, minute, 360) +
      TALK_SHOCK * this.#shock(Math.floor(minute / 5)) -
      TALK_SHOCK ** 2 / 2;
  }

  /** The same on boards, where one coin may be talked up. */
  boardTalk(minute: number): number {
    return this.talk(minute) + Math.log(1 + this.#more(minute));
  }

  /** Posts about the coin that is talked up for each of the others. */
  #more(minute: number): number {
    if (!this.planted?.coin) return 0;
    const shock = COIN_SHOCK * this.#leading(Math.floor(minute / 5)) -
      COIN_SHOCK ** 2 / 2;
    return COIN_SHARE / (1 - COIN_SHARE) * Math.exp(shock);
  }

  /** Share of a board's posts that are about the coin that is talked up. */
  coinShare(minute: number): number {
    const more = this.#more(minute);
    return more / (1 + more);
  }

  /**
   * Log of a market's volume rate over its mean: season, news, a slow part,
   * noise of its own with memory, and what talk planted.
   * @param base the coin that is traded
   */
  volume(market: number, minute: number, base?: string): number {
    const hour = koreanHour(minute);
    const bucket = Math.floor(minute / 5);
    const common = this.#news
      ? 0.45 * koreanDay(minute) + this.#news.volume(minute)
      : 0.3 * wave(hour, 23, 1) + 0.15 * wave(hour, 9.5, 2);
    let value = common + 0.2 * drift(this.seed, SLOW_VOLUME, minute, 480) +
      OWN * this.#ownNoise(market, bucket) - OWN ** 2 / 2;
    if (this.planted && (this.planted.coin ?? base) === base) {
      const { lagBuckets, strength } = this.planted;
      // Differences of an AR(1) of variance v have the variance 2v(1 − φ),
      // those of a unit white noise 2.
      const size = strength / Math.sqrt(1 - strength ** 2) *
        OWN * Math.sqrt(1 - OWN_MEMORY);
      value += size * this.#leading(bucket - lagBuckets) - size ** 2 / 2;
    }
    return value;
  }

  /** A stationary AR(1) of unit variance, cut after its terms have faded. */
  #ownNoise(market: number, bucket: number): number {
    let noise = this.#own.get(market);
    if (!noise) this.#own.set(market, noise = new Map());
    const own = noise;
    const white = (at: number): number => {
      let value = own.get(at);
      if (value === undefined) {
        value = normal(this.seed, OWN_VOLUME + market, at);
        own.set(at, value);
      }
      return value;
    };
    let sum = 0;
    let weight = Math.sqrt(1 - OWN_MEMORY ** 2);
    for (let term = 0; term < MEMORY_TERMS; term++) {
      sum += weight * white(bucket - term);
      weight *= OWN_MEMORY;
    }
    return sum;
  }

  /**
   * Log of an asset's price in US dollars at the start of a minute: noise of
   * every scale from a minute to eleven days, which looks like a random walk
   * and stays near its level.
   */
  dollars(asset: string, minute: number): number {
    // Every venue asks for it, at both ends of every minute.
    let known = this.#dollars.get(asset);
    if (!known) this.#dollars.set(asset, known = new Map());
    let value = known.get(minute);
    if (value === undefined) {
      value = this.#makeDollars(asset, minute);
      known.set(minute, value);
    }
    return value;
  }

  #makeDollars(asset: string, minute: number): number {
    let value = (LEVELS[asset] ?? 0) + (this.#news?.price(minute) ?? 0);
    for (let octave = 0; octave < 15; octave++) {
      const period = 2 ** octave;
      const size = 0.00025 * Math.sqrt(period);
      value += size *
        (0.8 * drift(this.seed, COMMON_PRICE + octave, minute, period) +
          0.6 * drift(this.seed, stream(asset) + octave, minute, period));
    }
    return value;
  }

  /** Won for a dollar: about 1,400, moving by days. */
  wonPerDollar(minute: number): number {
    return 1400 * Math.exp(0.008 * drift(this.seed, EXCHANGE, minute, 2880));
  }

  /**
   * What a USDT costs in Korea above the official rate, as a fraction: it
   * follows most of the premium on coins, and wanders a little of its own.
   */
  tether(minute: number): number {
    return 0.8 * this.premium(minute) +
      0.002 * drift(this.seed, TETHER, minute, 720);
  }

  /** What Korea pays above the world's price, as a fraction from 0 to 0.04. */
  premium(minute: number): number {
    const slow = drift(this.seed, PREMIUM, minute, 1440);
    return 0.04 / (1 + Math.exp(-0.9 * slow));
  }
}

const SHOCK = stream("shock"),
  SLOW_TALK = stream("slow talk"),
  SLOW_VOLUME = stream("slow volume"),
  OWN_VOLUME = stream("own volume"),
  COMMON_PRICE = stream("common price"),
  EXCHANGE = stream("won per dollar"),
  PREMIUM = stream("premium"),
  TETHER = stream("tether");
