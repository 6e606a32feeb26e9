/// <reference lib="dom" />
/** The Coin page: candlesticks with indicators for one market. */
import type { Span } from "../../../marts.ts";
import type {
  CoinBars,
  CoinColumn,
  CoinData,
} from "../../data/coin/[market].json.ts";
import { sides } from "../charts/axes.js";
import { pricePanel, volumePanel } from "../charts/coin_panels.js";
import { indicatorPanel } from "../charts/indicator_panels.js";
import {
  type Choice,
  choicesOf,
  type CoinContext,
  panelsOf,
} from "../charts/indicators.js";
import { ageOf, renew } from "../parts/age.js";
import {
  chart,
  checks,
  el,
  follow,
  region,
  section,
  segments,
  select,
} from "../parts/elements.js";
import {
  amount,
  change,
  coinName,
  direction,
  mapValues,
  marketName,
  marketOptions,
  price,
} from "../parts/format.js";
import { legend } from "../parts/legend.js";
import { layout } from "../parts/layout.js";
import type { Ticker } from "../parts/live.js";
import { HOUR, type Page } from "../parts/page.js";
import { i18n, type Lang } from "../words/i18n.js";
import { readingOf, recentBars, signalTable } from "./coin/tables.js";

/** For each range: where a narrow screen takes its bars from, and how many. */
const NARROW: Partial<Record<Span, { from: Span; count: number }>> = {
  "6h": { from: "1d", count: 72 },
  "1d": { from: "3d", count: 96 },
  "3d": { from: "7d", count: 72 },
};

/** The bars of a range; on a narrow screen fewer and longer ones of the same span. */
function view(
  ranges: CoinData["ranges"],
  range: Span,
  narrow: boolean,
): CoinBars {
  const fewer = narrow ? NARROW[range] : undefined;
  const r = ranges[fewer?.from ?? range];
  const skip = Math.max(0, r.n - (fewer?.count ?? r.n));
  const { start, step, n, interval, states, ...columns } = r;
  return {
    start: start + skip * step,
    step,
    n: n - skip,
    interval,
    states: states.slice(skip),
    ...mapValues(columns, (column) => column.slice(skip)) as Record<
      CoinColumn,
      typeof r.open
    >,
  };
}

/** The page's declaration. */
export const page: Page<CoinData> = {
  order: 20,
  name: { en: "Coin", ko: "코인" },
  ofMarkets: true,
  usual: 2 * HOUR,
  charts: ["candles"],
  show: coinPage,
};

/** Fills the page. `data` is one market's `data/coin/….json`. */
function coinPage(data: CoinData, lang: Lang): HTMLElement {
  const t = i18n[lang];
  const range = segments(
    t.range,
    "range",
    mapValues(data.ranges, (_, key) => t.ranges[key]),
    "1d",
    () => chartOf.redraw(),
  );
  const names = choicesOf(data, lang);
  const chosen = checks(
    t.coin.indicators,
    "indicators",
    names,
    ["sma20", "sma60", "signals", "volume", "rsi"],
    () => chartOf.redraw(),
  );
  const market = select(
    t.coin.choose,
    null,
    marketOptions(data.others, lang),
    data.key,
    (key) => location.assign(`./${key}${location.search}`),
  );
  const head = headingOf(data, lang);
  const chartOf = candleChart(data, lang, {
    range: () => range.state.value,
    chosen: chosen.values,
    names,
  });
  return layout(
    lang,
    {
      heading: head.node,
      aside: market.node,
      receive(tickers) {
        const mine = tickers.find((ticker) => ticker.key === data.key);
        if (!mine) return;
        chartOf.receive(mine);
        if (head.receive(mine)) chartOf.redraw();
      },
    },
    el("div", { class: "choices" }, range.node, chosen.node),
    ...chartOf.nodes,
  );
}

/** The coin's name with its newest price, which live prices renew. */
function headingOf(data: CoinData, lang: Lang) {
  const last = el(
    "output",
    { class: "last", "data-last": data.key },
    price(data.last, lang, data.last ?? undefined, data.quote),
  );
  const age = ageOf(data.lastMs, lang);
  const figures = el(
    "p",
    { class: "figures" },
    last,
    el(
      "span",
      { class: `change ${direction(data.h24)}` },
      change(data.h24, lang),
    ),
    el(
      "span",
      { class: "quiet" },
      `${i18n[lang].coin.value} ${amount(data.value, data.quote, lang)}`,
    ),
    age,
  );
  return {
    node: el(
      "div",
      { class: "coin" },
      el(
        "h1",
        {},
        coinName(data, lang),
        " ",
        el("small", {}, marketName(data, lang)),
      ),
      figures,
    ),
    /** Says whether the price that is shown has changed. */
    receive(ticker: Ticker): boolean {
      renew(age, ticker.at, lang);
      const text = price(ticker.last, lang, Number(ticker.last), data.quote);
      if (text === last.textContent) return false;
      last.textContent = text;
      return true;
    },
  };
}

/** What is chosen of the chart. */
interface ChartChoices {
  range: () => Span;
  chosen: Set<Choice>;
  names: CoinContext["legend"];
}

/** The chart with its reading, the newest bars as a table, and the signals on them. */
function candleChart(
  data: CoinData,
  lang: Lang,
  { range, chosen, names }: ChartChoices,
) {
  const t = i18n[lang];
  const show = (value: number | string | null | undefined) =>
    price(value, lang, data.last ?? undefined, data.quote);
  const reading = el("p", { class: "reading" });
  const panels = chart("candles");
  const cursor = el("div", { class: "cursor", "aria-hidden": "true" });
  const details = el("div", { class: "scroll" });
  const fired = region(t.signals.heading, "scroll tall");
  let live: { last: string } | null = null;
  const pointer: Pointer = { at: null, r: data.ranges[range()], right: 76 };

  function read(): void {
    const { r } = pointer;
    const i = barAt(pointer);
    reading.replaceChildren(
      ...readingOf(i, { r, data, chosen, names, lang, show }),
    );
    panels.style.setProperty("--at", String((i + 0.5) / r.n));
  }
  const draw = follow(panels, (width) => {
    pointer.r = view(data.ranges, range(), width < 500);
    pointer.at = null;
    const room = sides(show(data.last), show(live?.last ?? data.last));
    pointer.right = room.marginRight;
    const context: CoinContext = {
      r: pointer.r,
      width,
      sides: room,
      lang,
      t,
      data,
      chosen,
      live,
      name: `${data.base}/${data.quote}`,
      show,
      range: range(),
      legend: names,
    };
    panels.replaceChildren(...chartsOf(context), cursor);
    panels.style.setProperty("--right", `${pointer.right}px`);
    read();
    details.replaceChildren(recentBars(pointer.r, lang, show));
    fired.replaceChildren(signalTable(pointer.r, data, lang, show));
  });
  readByPointer(panels, pointer, read);
  panels.setAttribute("aria-label", t.coin.keys);
  return {
    nodes: [
      section(
        t.coin.heading,
        null,
        reading,
        panels,
        legend([
          ["u", t.coin.legend.u],
          ["p", t.coin.legend.p],
          ["n", t.coin.legend.n],
        ]),
        el("p", { class: "note" }, `${t.timesIn} ${t.coin.keys}`),
        el("details", {}, el("summary", {}, t.coin.table), details),
      ),
      section(t.signals.heading, t.signals.lead, fired),
    ],
    redraw: draw,
    /** Keeps the live price for when it is drawn next. */
    receive(ticker: Ticker): void {
      live = { last: ticker.last };
    },
  };
}

/** The price and the chosen panels, one above the other. */
function chartsOf(context: CoinContext): Node[] {
  const { chosen, data } = context;
  return [
    pricePanel(context),
    ...(chosen.has("volume") ? [volumePanel(context)] : []),
    ...panelsOf(data).filter(({ id }) => chosen.has(id))
      .map((shown) => indicatorPanel(context, shown)),
  ];
}

/** Which bar is read. */
interface Pointer {
  /** Null for the newest known one. */
  at: number | null;
  /** The bars on the screen: coarser where the screen is narrow. */
  r: CoinBars;
  /** The margin of the values, in pixels. */
  right: number;
}

function barAt({ at, r }: Pointer): number {
  if (at !== null) return at;
  for (let i = r.n - 1; i > 0; i--) if (r.states[i] !== "u") return i;
  return r.n - 1;
}

/** Pointer and arrow keys choose the bar that is read. */
function readByPointer(
  panels: HTMLElement,
  pointer: Pointer,
  read: () => void,
): void {
  const moveTo = (bar: number) => {
    pointer.at = Math.min(pointer.r.n - 1, Math.max(0, bar));
    panels.classList.add("read");
    read();
  };
  panels.setAttribute("tabindex", "0");
  panels.setAttribute("role", "group");
  panels.addEventListener("keydown", (event) => {
    const step = event.key === "ArrowLeft"
      ? -1
      : event.key === "ArrowRight"
      ? 1
      : 0;
    if (step === 0) return;
    event.preventDefault();
    moveTo(barAt(pointer) + step);
  });
  panels.addEventListener("pointermove", (event) => {
    const box = panels.getBoundingClientRect();
    const place = (event.clientX - box.left - 2) /
      (box.width - pointer.right - 2);
    moveTo(Math.floor(place * pointer.r.n));
  });
  panels.addEventListener("pointerleave", () => {
    pointer.at = null;
    panels.classList.remove("read");
    read();
  });
}
