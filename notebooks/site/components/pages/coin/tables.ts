/// <reference lib="dom" />
/** What is read of a bar, the newest bars as a table, and the signals on them. */
import type {
  CoinBars,
  CoinColumn,
  CoinData,
} from "../../../data/coin/[market].json.ts";
import { openOf, time } from "../../charts/axes.js";
import {
  type Choice,
  type CoinContext,
  overlaysOf,
  panelsOf,
  panelValue,
} from "../../charts/indicators.js";
import { barOf, signalText, signalValue } from "../../charts/overlays.js";
import { el, table } from "../../parts/elements.js";
import { compact, moment, nameIn, tick, zone } from "../../parts/format.js";
import { i18n, type Lang } from "../../words/i18n.js";

/** A price of the market as text. */
type Show = (value: number | null | undefined) => string;

const PRICES = ["open", "high", "low", "close"] as const;

/** What a reading is made from. */
interface Reading {
  r: CoinBars;
  data: CoinData;
  chosen: Set<Choice>;
  names: CoinContext["legend"];
  lang: Lang;
  show: Show;
}

/** What is known of bar `i`: its time and state, its prices, the chosen lines, what fired. */
export function readingOf(
  i: number,
  { r, data, chosen, names, lang, show }: Reading,
): Node[] {
  const t = i18n[lang];
  const o = t.coin.ohlc;
  const state = r.states[i]!;
  const head = [
    el("span", { class: "when" }, moment(openOf(r, i), lang)),
    el("span", { class: "when" }, t.bars(t.intervals[r.interval])),
    el("span", { class: `state ${state}` }, nameIn(t.coin.states, state)),
  ];
  if (state === "u") return head;
  const part = (name: string, value: string) =>
    el("span", {}, el("i", {}, name), value);
  const at = (column: CoinColumn) => r[column]?.[i] ?? null;
  const lines = overlaysOf(data).filter(({ id, drawn }) =>
    chosen.has(id) && drawn.over === "lines"
  );
  const panels = panelsOf(data).filter(({ id }) => chosen.has(id));
  const fired = (chosen.has("signals") ? data.signals[r.interval] ?? [] : [])
    .filter((signal) => barOf(signal, r) === i);
  return [
    ...head,
    ...PRICES.map((field) => part(o[field], show(r[field][i]))),
    part(o.volume, compact(r.volume[i], lang)),
    ...lines.flatMap(({ id, columns }) =>
      columns.filter((column) => at(column) !== null).map((column) =>
        el(
          "span",
          { style: `color: ${names[id].colour}` },
          el("i", {}, names[id].text),
          show(at(column)),
        )
      )
    ),
    ...panels.flatMap((panel) => {
      const values = panel.columns.map(at).filter((value) => value !== null);
      return values.length === 0 ? [] : [
        part(
          names[panel.id].text,
          values.map((value) => panelValue(panel, value, lang)).join(" · "),
        ),
      ];
    }),
    ...fired.map((signal) => el("b", {}, signalText(signal, lang, t))),
  ];
}

/** The last thirty bars, the newest first. */
export function recentBars(r: CoinBars, lang: Lang, show: Show): HTMLElement {
  const t = i18n[lang];
  const o = t.coin.ohlc;
  const indices = Array.from(
    { length: Math.min(30, r.n) },
    (_, i) => r.n - 1 - i,
  );
  return table(
    t.coin.table,
    [t.coin.time, o.open, o.high, o.low, o.close, o.volume, t.coin.state],
    indices.map((i) => [
      time(openOf(r, i), lang),
      ...PRICES.map((field) => show(r[field][i])),
      compact(r.volume[i], lang),
      nameIn(t.coin.states, r.states[i]!),
    ]),
    ["", "num", "num wide", "num wide", "num", "num", "end"],
  );
}

/** What fired on the bars that are shown, the newest first. */
export function signalTable(
  r: CoinBars,
  data: CoinData,
  lang: Lang,
  show: Show,
): HTMLElement {
  const t = i18n[lang];
  const all = data.signals[r.interval];
  if (!all) return el("p", { class: "lead" }, t.absent("signals"));
  const seen = all.filter((signal) => barOf(signal, r) >= 0);
  if (seen.length === 0) return el("p", { class: "lead" }, t.signals.none);
  const c = t.signals.columns;
  return table(
    t.signals.heading,
    [`${c.time} (${zone(lang)[1]})`, c.signal, c.value, c.threshold],
    seen.slice(0, 60).map((signal) => [
      tick(new Date(signal.at), lang, true),
      el(
        "span",
        { class: signal.direction === "up" ? "up" : "down" },
        signalText(signal, lang, t),
      ),
      signalValue(signal.signal, signal.value, lang, show),
      signalValue(signal.signal, signal.threshold, lang, show),
    ]),
    ["", "", "num", "num"],
  );
}
