/// <reference lib="dom" />
/** The Market page: live lines, movers, shares of volume, latest trades. */
import type { MarketData, MarketFigures } from "../../data/market.json.ts";
import { MINUTE, openOf } from "../charts/axes.js";
import { priceLine, type PricePoint } from "../charts/price_line.js";
import { ageOf, renew, renewPage } from "../parts/age.js";
import { chart, el, follow, section, segments } from "../parts/elements.js";
import {
  change,
  coinName,
  direction,
  mapValues,
  marketName,
  price,
} from "../parts/format.js";
import { layout } from "../parts/layout.js";
import type { Ticker } from "../parts/live.js";
import { HOUR, type Page } from "../parts/page.js";
import { i18n, type Lang } from "../words/i18n.js";
import { movers, shares } from "./market/figures.js";
import { tradeList } from "./market/trades.js";

/** Minutes that each range of the price lines covers, and minutes between its points. */
const SPANS = {
  "1h": { minutes: 60, every: 1 },
  "6h": { minutes: 360, every: 1 },
  "1d": { minutes: 1440, every: 5 },
};
type PriceSpan = keyof typeof SPANS;

/** Live points kept a market: an hour at one a second. */
const KEPT = 3600;
/** A pause longer than this breaks the line, in milliseconds. */
const BREAK = 90_000;

/** A live price; `x` in milliseconds UTC. */
interface LivePoint {
  x: number;
  y: number;
}

/** A market's card, and the live prices that have come for it. */
interface PriceCard {
  m: MarketFigures;
  node: HTMLElement;
  draw: () => void;
  shown: HTMLElement;
  age: HTMLElement;
  live: LivePoint[];
}

/** The page's declaration. */
export const page: Page<MarketData> = {
  order: 10,
  name: { en: "Market", ko: "시세" },
  path: "",
  usual: 2 * HOUR,
  charts: ["price", "price", "price"],
  show: marketPage,
};

/** Fills the page. `data` is `data/market.json`. */
function marketPage(data: MarketData, lang: Lang): HTMLElement {
  const t = i18n[lang];
  const range = segments(
    t.range,
    "range",
    mapValues(SPANS, (_, key: PriceSpan) => t.ranges[key]),
    "6h",
    () => cards.forEach((card) => card.draw()),
  );
  const cards = data.markets.map((m) =>
    priceCard(m, data, lang, () => range.state.value)
  );
  return layout(
    lang,
    {
      heading: t.market.heading,
      lead: t.market.lead,
      aside: range.node,
      receive: (tickers) => receive(tickers, cards, lang),
    },
    el("div", { class: "prices" }, ...cards.map((card) => card.node)),
    el("p", { class: "note" }, t.timesIn),
    el(
      "div",
      { class: "columns" },
      section(t.market.movers, t.market.moversLead, movers(data.markets, lang)),
      section(
        t.market.share,
        t.market.shareLead,
        ...shares(data.markets, lang),
      ),
    ),
    tradeList(data, lang),
  );
}

function priceCard(
  m: MarketFigures,
  data: MarketData,
  lang: Lang,
  range: () => PriceSpan,
): PriceCard {
  const t = i18n[lang];
  const live: LivePoint[] = [];
  const drawing = chart("price");
  const shown = el(
    "output",
    { class: "last", "data-last": m.key },
    price(m.last, lang, m.last ?? undefined, m.quote),
  );
  const moved = el(
    "span",
    { class: `change ${direction(m.h24)}` },
    change(m.h24, lang),
    " ",
    el("small", {}, t.market.change),
  );
  const age = ageOf(m.lastMs, lang);
  const name = el(
    "a",
    { class: "name", href: `./coin/${m.key}` },
    el("strong", {}, coinName(m, lang)),
    el("small", {}, marketName(m, lang)),
  );
  const node = el(
    "article",
    { class: "price" },
    el("div", { class: "name" }, name, age),
    el("div", { class: "figures" }, shown, moved),
    drawing,
  );
  const draw = follow(drawing, (width) => {
    const span = SPANS[range()];
    const end = Math.max(
      openOf(data.axis, data.axis.n),
      live.at(-1)?.x ?? 0,
    );
    drawing.replaceChildren(priceLine({
      points: pointsOf(data, m.key, live, span.every),
      domain: [end - span.minutes * MINUTE, end],
      width,
      lang,
      market: m,
      range: t.ranges[range()],
    }));
  });
  return { m, node, draw, shown, age, live };
}

/** The snapshot's closes and the live prices, broken where nothing is known. */
function pointsOf(
  { axis, lines }: MarketData,
  key: string,
  live: LivePoint[],
  every: number,
): PricePoint[] {
  const closes = lines[key] ?? [];
  const points: PricePoint[] = [];
  for (let i = axis.n % every; i < axis.n; i++) {
    if ((axis.n - 1 - i) % every === 0) {
      points.push({ x: openOf(axis, i + 1), y: closes[i] ?? null });
    }
  }
  for (const p of live) {
    const before = points.at(-1);
    if (before && p.x - before.x > BREAK) points.push({ x: p.x - 1, y: null });
    points.push(p);
  }
  return points;
}

/** Live prices go onto their cards, and into the cells that name their market. */
function receive(tickers: Ticker[], cards: PriceCard[], lang: Lang): void {
  for (const ticker of tickers) {
    const card = cards.find((c) => c.m.key === ticker.key);
    if (!card) continue;
    const { live, m, shown } = card;
    const before = live.at(-1);
    const newest = before && ticker.at <= before.x
      ? before
      : { x: ticker.at, y: Number(ticker.last) };
    if (newest !== before) {
      live.push(newest);
      if (live.length > KEPT) live.shift();
    }
    renew(card.age, newest.x, lang);
    renewPage(newest.x);
    const text = price(ticker.last, lang, Number(ticker.last), m.quote);
    if (shown.textContent !== text) {
      flash(shown, text);
      for (
        const cell of document.querySelectorAll(`[data-cell="${ticker.key}"]`)
      ) {
        cell.textContent = text;
      }
    }
    card.draw();
  }
}

/** Shows a new price, tinted for a moment by its direction. */
function flash(node: HTMLElement, text: string): void {
  const before = Number(node.dataset.value ?? NaN);
  const now = Number(text.replace(/[^\d.]/g, ""));
  node.textContent = text;
  node.dataset.value = String(now);
  node.classList.remove("rose", "fell");
  void node.offsetWidth;
  if (now > before) node.classList.add("rose");
  else if (now < before) node.classList.add("fell");
}
