import { binance } from "./binance.ts";
import { bithumb } from "./bithumb.ts";
import { coinone } from "./coinone.ts";
import { upbit } from "./upbit.ts";
import type { Venue } from "./venue.ts";

/** Every venue by its id, as the configuration names it. */
export const venues: Record<string, Venue> = {
  upbit,
  bithumb,
  coinone,
  binance,
};
