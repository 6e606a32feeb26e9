import { stream } from "./random.ts";

/** A market of the simulated world. Prices count ticks, sizes count units. */
export interface WorldMarket {
  venue: "upbit" | "binance" | "bithumb" | "coinone";
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
  /** Keeps its random streams apart from the other markets'. */
  stream: number;
}

type Row = [
  WorldMarket["venue"],
  market: string,
  base: string,
  quote: string,
  priceDigits: number,
  tick: number,
  sizeDigits: number,
  trades: number,
  size: number,
];

const rows: Row[] = [
  ["upbit", "KRW-BTC", "BTC", "KRW", 0, 1000, 8, 55, 1_200_000],
  ["upbit", "KRW-ETH", "ETH", "KRW", 0, 1000, 8, 35, 25_000_000],
  ["upbit", "KRW-XRP", "XRP", "KRW", 0, 1, 8, 6, 60_000_000_000],
  ["bithumb", "KRW-BTC", "BTC", "KRW", 0, 1000, 4, 40, 90],
  ["bithumb", "KRW-ETH", "ETH", "KRW", 0, 1000, 4, 25, 1_800],
  ["bithumb", "KRW-XRP", "XRP", "KRW", 0, 1, 4, 12, 4_500_000],
  ["coinone", "KRW-BTC", "BTC", "KRW", 0, 10_000, 8, 20, 900_000],
  ["coinone", "KRW-ETH", "ETH", "KRW", 0, 1000, 8, 12, 18_000_000],
  ["coinone", "KRW-XRP", "XRP", "KRW", 0, 1, 8, 6, 40_000_000_000],
  ["binance", "BTCUSDT", "BTC", "USDT", 2, 1, 5, 70, 2_400],
  ["binance", "ETHUSDT", "ETH", "USDT", 2, 1, 4, 45, 5_200],
  ["binance", "XRPUSDT", "XRP", "USDT", 4, 1, 1, 25, 6_500],
];

const names: Record<string, [korean: string, english: string]> = {
  BTC: ["비트코인", "Bitcoin"],
  ETH: ["이더리움", "Ethereum"],
  XRP: ["엑스알피(리플)", "XRP"],
};

/** The markets that exist. */
export const worldMarkets: WorldMarket[] = rows.map(
  ([venue, market, base, quote, ...rest]) => {
    const [priceDigits, tick, sizeDigits, trades, size] = rest;
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
      stream: stream(`${venue} ${market}`),
    };
  },
);

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
