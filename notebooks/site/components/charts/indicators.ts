/** What can be chosen on the Coin page, and what its charts are drawn from. */
import type {
  Overlay,
  Panel,
} from "../../../../collector/indicators/indicator.ts";
import type { IndicatorId } from "../../../../collector/indicators/list.ts";
import type {
  CoinBars,
  CoinData,
  ShownIndicator,
} from "../../data/coin/[market].json.ts";
import { compact, number } from "../parts/format.js";
import { i18n, type Lang } from "../words/i18n.js";
import { MINUTE, openOf } from "./axes.js";
import type { PanelContext } from "./panel.js";

/** What is drawn beside the declared indicators, after the overlays and before the panels. */
const FURTHER = ["profile", "signals", "volume"] as const;

/** What can be chosen: an overlay or a panel. */
export type Choice = IndicatorId | typeof FURTHER[number];

/** An indicator that is drawn over the candles. */
export type ShownOverlay = ShownIndicator & { drawn: Overlay };

/** An indicator with a panel of its own. */
export type ShownPanel = ShownIndicator & { drawn: Panel };

/** The indicators that are drawn over the candles, in their order. */
export const overlaysOf = ({ indicators }: CoinData): ShownOverlay[] =>
  indicators.filter((one): one is ShownOverlay => "over" in one.drawn);

/** The indicators with a panel of their own, in their order. */
export const panelsOf = ({ indicators }: CoinData): ShownPanel[] =>
  indicators.filter((one): one is ShownPanel => !("over" in one.drawn));

/** The choices in their order, each with its name and, where it is a line, its colour. */
export function choicesOf(data: CoinData, lang: Lang): Legend {
  const t = i18n[lang];
  return Object.fromEntries([
    ...overlaysOf(data).map(({ id, text, drawn }) => [id, {
      text: text[lang],
      colour: `var(--series-${drawn.series})`,
    }]),
    ["profile", { text: t.signals.profile, colour: "var(--accent)" }],
    ["signals", { text: t.signals.heading }],
    ["volume", { text: t.coin.volume }],
    ...panelsOf(data).map(({ id, text }) => [id, { text: text[lang] }]),
  ]);
}

/** Names and colours of the choices. */
export type Legend = Record<Choice, { text: string; colour?: string }>;

/** What the charts of the Coin page are drawn from. */
export interface CoinContext extends PanelContext<CoinBars> {
  data: CoinData;
  chosen: Set<Choice>;
  /** The live price, where there is one. */
  live: { last: string } | null;
  /** The market, such as `BTC/KRW`. */
  name: string;
  show: (value: number | null | undefined) => string;
  legend: Legend;
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

/** The chosen panels, from the top. */
export const chosenPanels = ({ chosen, data }: CoinContext): Choice[] =>
  ["volume" as const, ...panelsOf(data).map(({ id }) => id)]
    .filter((name) => chosen.has(name));

/** Whether this panel is the lowest chosen one, which bears the time axis. */
export const lowest = (context: CoinContext, panel: Choice): boolean =>
  chosenPanels(context).at(-1) === panel;

/** A value of a panel as it is read. */
export const panelValue = (
  { drawn }: ShownPanel,
  value: number | null | undefined,
  lang: Lang,
): string =>
  drawn.decimals === null
    ? compact(value, lang)
    : number(value, lang, drawn.decimals);
