import { stream } from "./random.ts";

/** How a venue numbers its trades. */
export type Ids =
  | {
    /** Ids grow with time and have holes. */
    kind: "timed";
    /**
     * @param time milliseconds, shifted so that it says nothing of the trade's time
     * @param counter place among the trades of the same millisecond
     */
    id(time: number, counter: number): string;
    /** The time in an id. */
    time(id: bigint): number;
  }
  | {
    /** Ids run without a hole in each market. */
    kind: "counted";
    /** Where a trade stands for several executions: the id of the first in the trade with this number; the last is the next trade's less 1. */
    firstFill?(seed: number, number: number): number;
  };

/** A market of the simulated world. Prices count ticks, sizes count units. */
export interface WorldMarket {
  venue: string;
  market: string;
  base: string;
  quote: string;
  koreanName: string;
  englishName: string;
  /** Fractional digits of a price, and the least step in its last digit. */
  priceDigits: number;
  tick: number;
  /** Fractional digits of a size; a unit is one of the last. */
  sizeDigits: number;
  /** Mean trades a minute and mean units a trade. */
  trades: number;
  size: number;
  /** Ticks between two levels of its book. */
  bookStep: number;
  ids: Ids;
  /** Keeps its random streams apart from the other markets'. */
  stream: number;
}

type Row = [
  market: string,
  base: string,
  quote: string,
  priceDigits: number,
  tick: number,
  sizeDigits: number,
  trades: number,
  size: number,
  bookStep?: number,
];

const names: Record<string, [korean: string, english: string]> = {
  BTC: ["비트코인", "Bitcoin"],
  ETH: ["이더리움", "Ethereum"],
  XRP: ["엑스알피(리플)", "XRP"],
};

/** The markets of a venue. */
export const marketsOf = (
  venue: string,
  ids: Ids,
  rows: Row[],
): WorldMarket[] =>
  rows.map(([market, base, quote, ...rest]) => {
    const [priceDigits, tick, sizeDigits, trades, size, bookStep = 1] = rest;
    const [koreanName, englishName] = names[base]!;
    return {
      venue,
      market,
      base,
      quote,
      koreanName,
      englishName,
      priceDigits,
      tick,
      sizeDigits,
      trades,
      size,
      bookStep,
      ids,
      stream: stream(`${venue} ${market}`),
    };
  });

/** A whole count of the last of `digits` fractional digits, as plain text. */
export function fixed(count: number | bigint, digits: number): string {
  const text = count.toString().padStart(digits + 1, "0");
  return digits === 0
    ? text
    : `${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** A price in ticks as plain text with the market's digits. */
export const priceText = (market: WorldMarket, ticks: number): string =>
  fixed(ticks * market.tick, market.priceDigits);

/** A size in units as plain text with the market's digits. */
export const sizeText = (market: WorldMarket, units: number): string =>
  fixed(units, market.sizeDigits);

/** A value in ticks times units as plain text. */
export const valueText = (market: WorldMarket, value: bigint): string =>
  fixed(value * BigInt(market.tick), market.priceDigits + market.sizeDigits);

/** Without the zeros that end a fraction. */
export const plain = (text: string): string =>
  text.includes(".") ? text.replace(/\.?0+$/, "") : text;
