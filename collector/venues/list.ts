/** The venues that are collected, one line each; the registry puts them in order. */
export { binance } from "./binance.ts";
export { bithumb } from "./bithumb.ts";
export { bybit } from "./bybit.ts";
export { coinone } from "./coinone.ts";
export { gate } from "./gate.ts";
export { korbit } from "./korbit.ts";
export { kraken } from "./kraken.ts";
export { okx } from "./okx.ts";
export { upbit } from "./upbit.ts";
