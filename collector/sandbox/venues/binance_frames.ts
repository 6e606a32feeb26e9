import {
  fixed,
  marketsOf,
  priceText,
  sizeText,
  type WorldMarket,
} from "../markets.ts";
import { hash, stream } from "../random.ts";
import { MINUTE, type World, type WorldTrade } from "../world.ts";

const FILLS = stream("fills");

/** The id of the first execution in an aggregate. */
const firstFill = (seed: number, aggregate: number): number =>
  3 * aggregate + hash(seed, FILLS, aggregate) % 3;

/** Binance's markets. */
export const binanceMarkets = marketsOf("binance", {
  kind: "counted",
  firstFill,
}, [
  ["BTCUSDT", "BTC", "USDT", 2, 1, 5, 70, 2_400, 50],
  ["ETHUSDT", "ETH", "USDT", 2, 1, 4, 45, 5_200, 5],
  ["XRPUSDT", "XRP", "USDT", 4, 1, 1, 25, 6_500],
]);

/** A price as Binance prints it: 8 fractional digits. */
export const binancePrice = (market: WorldMarket, ticks: number): string =>
  eight(priceText(market, ticks));

/** A size as Binance prints it. */
export const binanceSize = (
  market: WorldMarket,
  units: number | bigint,
): string => eight(fixed(units, market.sizeDigits));

/** A value in ticks times units as Binance prints it. */
export const binanceValue = (market: WorldMarket, value: bigint): string =>
  eight(
    fixed(value * BigInt(market.tick), market.priceDigits + market.sizeDigits),
  );

const eight = (text: string): string => {
  const [whole, fraction = ""] = text.split(".");
  return `${whole}.${fraction.padEnd(8, "0")}`;
};

/** The fields that an aggregate has on the socket and by REST. */
export function aggregateFields(
  world: World,
  market: WorldMarket,
  trade: WorldTrade,
) {
  const a = world.number(market, trade);
  return {
    a,
    p: binancePrice(market, trade.ticks),
    q: eight(sizeText(market, trade.units)),
    f: firstFill(world.seed, a),
    l: firstFill(world.seed, a + 1) - 1,
    T: trade.ms,
    m: !trade.buy,
    M: true,
  };
}

/** A minute by REST or on the socket; without trades it stays at the last close. */
export function kline(
  world: World,
  market: WorldMarket,
  minute: number,
  untilMs: number,
) {
  const open = minute * MINUTE;
  const candle = world.candle(market, minute, untilMs);
  const first = world.firstNumber(market) +
    world.tally(market).before(minute);
  if (!candle) {
    let before = null;
    for (let at = minute - 1; !before; at--) {
      before = world.candle(market, at);
    }
    const price = binancePrice(market, before.close);
    const zero = "0.00000000";
    return {
      t: open,
      T: open + MINUTE - 1,
      f: -1,
      L: -1,
      o: price,
      h: price,
      l: price,
      c: price,
      v: zero,
      q: zero,
      n: 0,
      V: zero,
      Q: zero,
    };
  }
  const f = firstFill(world.seed, first);
  const L = firstFill(world.seed, first + candle.count) - 1;
  return {
    t: open,
    T: open + MINUTE - 1,
    f,
    L,
    o: binancePrice(market, candle.open),
    h: binancePrice(market, candle.high),
    l: binancePrice(market, candle.low),
    c: binancePrice(market, candle.close),
    v: binanceSize(market, candle.volume),
    q: binanceValue(market, candle.value),
    n: L - f + 1,
    V: binanceSize(market, candle.boughtVolume),
    Q: binanceValue(market, candle.boughtValue),
  };
}
