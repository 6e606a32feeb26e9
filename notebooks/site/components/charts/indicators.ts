/** What can be chosen on the Coin page, and what its charts are drawn from. */
import type { CoinBars, CoinData } from "../../data/coin/[market].json.ts";
import { MINUTE, openOf } from "./axes.js";
import type { PanelContext } from "./panel.js";

/** Overlays and panels in the order of their choices: a name, where it is the same in every language, and a colour. */
export const INDICATORS = {
  sma20: { text: "SMA 20", colour: "var(--series-1)" },
  sma60: { text: "SMA 60", colour: "var(--series-3)" },
  sma240: { text: "SMA 240", colour: "var(--series-4)" },
  ema12: { text: "EMA 12", colour: "var(--series-5)" },
  ema26: { text: "EMA 26", colour: "var(--series-2)" },
  bollinger: { text: "", colour: "var(--series-0)" },
  bollinger240: { text: "", colour: "var(--series-4)" },
  vwap: { text: "", colour: "var(--series-2)" },
  vwap240: { text: "", colour: "var(--series-5)" },
  ichimoku: { text: "", colour: "var(--series-3)" },
  profile: { text: "", colour: "var(--accent)" },
  signals: { text: "" },
  volume: { text: "" },
  rsi: { text: "RSI 14" },
  macd: { text: "MACD 12, 26, 9" },
  stoch: { text: "" },
  mfi: { text: "MFI 14" },
  cci: { text: "CCI 20" },
  adx: { text: "ADX 14" },
  atr: { text: "ATR 14" },
  obv: { text: "OBV" },
  up_share: { text: "" },
};

/** An overlay or a panel. */
export type Indicator = keyof typeof INDICATORS;

/** Overlays of one line each: the choice and its column. */
export const LINES = [
  "sma20",
  "sma60",
  "sma240",
  "ema12",
  "ema26",
  "vwap",
  "vwap240",
] as const;

/** The panels below the price, in their order. */
export const PANELS = [
  "volume",
  "rsi",
  "macd",
  "stoch",
  "mfi",
  "cci",
  "adx",
  "atr",
  "obv",
  "up_share",
] as const;

/** What the charts of the Coin page are drawn from. */
export interface CoinContext extends PanelContext<CoinBars> {
  data: CoinData;
  chosen: Set<Indicator>;
  /** The live price, where there is one. */
  live: { last: string } | null;
  /** The market, such as `BTC/KRW`. */
  name: string;
  show: (value: number | null | undefined) => string;
  /** Names and colours of the indicators. */
  legend: Record<Indicator, { text: string; colour?: string }>;
}

/** A bar that somebody saw: `x` is its middle, `x1` and `x2` its edges. */
export interface Bar {
  i: number;
  state: string;
  x: Date;
  x1: Date;
  x2: Date;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

/** One object a known bar, all of whose values are known. */
export function bars(r: CoinBars): Bar[] {
  const found: Bar[] = [];
  for (let i = 0; i < r.n; i++) {
    const state = r.states[i]!;
    if (state === "u") continue;
    const open = openOf(r, i);
    const width = r.step * MINUTE;
    found.push({
      i,
      state,
      x: new Date(open + width / 2),
      x1: new Date(open + width * 0.16),
      x2: new Date(open + width * 0.84),
      open: r.open[i]!,
      high: r.high[i]!,
      low: r.low[i]!,
      close: r.close[i]!,
      volume: r.volume[i]!,
    });
  }
  return found;
}

/** Red or blue by the bar's direction. */
export const colourOf = (bar: Bar): string =>
  bar.close >= bar.open ? "var(--up)" : "var(--down)";

/** Whether this panel is the lowest chosen one, which bears the time axis. */
export const lowest = (
  { chosen }: CoinContext,
  panel: typeof PANELS[number],
): boolean => PANELS.findLast((name) => chosen.has(name)) === panel;
