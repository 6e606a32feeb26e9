/** The Coin page: candlesticks with indicators for one market. */
import { ageOf, renew } from "./age.js";
import { legend, openOf, sides, time } from "./axes.js";
import { INDICATOR_PANES, indicatorPane } from "./indicator_panes.js";
import { barOf, LINES, signalText, signalValue } from "./overlays.js";
import { macdPane, pricePane, rsiPane, volumePane } from "./panes.js";
import {
  chart,
  checks,
  el,
  follow,
  region,
  section,
  segments,
  select,
  table,
} from "./page.js";
import {
  amount,
  change,
  coinName,
  compact,
  direction,
  marketName,
  marketOptions,
  moment,
  number,
  price,
  tick,
  zone,
} from "./shape.js";
import { wholePage } from "./whole_page.js";
import { words } from "./words.js";

/** Overlays and panes that can be chosen, and their colours. */
const INDICATORS = {
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

/** For each range: where a narrow screen takes its bars from, and how many. */
const NARROW = { "6h": ["1d", 72], "1d": ["3d", 96], "3d": ["7d", 72] };

/** The bars of a range; on a narrow screen fewer and longer ones of the same span. */
function view(ranges, range, narrow) {
  const [from, count] = (narrow && NARROW[range]) || [range, ranges[range].n];
  const r = ranges[from];
  const skip = Math.max(0, r.n - count);
  const cut = Object.entries(r).map((
    [name, value],
  ) => [
    name,
    typeof value === "object" || name === "states" ? value.slice(skip) : value,
  ]);
  return {
    ...Object.fromEntries(cut),
    start: r.start + skip * r.step,
    n: r.n - skip,
  };
}

/** Fills the page. `data` is one market's `data/coin/….json`. */
export function coinPage(data, lang) {
  const t = words[lang];
  const name = `${data.base}/${data.quote}`;
  const show = (value, like = data.last) =>
    price(value, lang, like, data.quote);
  let live = null;

  const ranges = Object.fromEntries(
    Object.keys(data.ranges).map((key) => [key, t.ranges[key]]),
  );
  const range = segments(t.range, "range", ranges, "1d", () => redraw());
  const indicators = Object.fromEntries(
    Object.entries(INDICATORS).map(([name, { text, ...rest }]) => [
      name,
      { ...rest, text: text || (t.signals.indicators[name] ?? t.coin[name]) },
    ]),
  );
  const chosen = checks(
    t.coin.indicators,
    "indicators",
    indicators,
    ["sma20", "sma60", "signals", "volume", "rsi"],
    () => redraw(),
  );
  const market = select(
    t.coin.choose,
    null,
    marketOptions(data.others, lang),
    data.key,
    (key) => location.assign(`./${key}${location.search}`),
  );

  const last = el(
    "output",
    { class: "last", "data-last": data.key },
    show(data.last),
  );
  const age = ageOf(data.lastMs, lang);
  const reading = el("p", { class: "reading" });
  const panes = chart("candles");
  const details = el("div", { class: "scroll" });
  const fired = region(t.signals.heading, "scroll tall");
  /** The bar that is read, or null for the newest. */
  let at = null;

  /** The bars on the screen: coarser where the screen is narrow. */
  let r = data.ranges[range.state.value];
  let right = 76;

  function bar() {
    if (at !== null) return at;
    for (let i = r.n - 1; i > 0; i--) if (r.states[i] !== "u") return i;
    return r.n - 1;
  }

  function read() {
    const i = bar();
    const state = r.states[i];
    const o = t.coin.ohlc;
    const parts = state === "u" ? [] : [
      ...["open", "high", "low", "close"].map((field) =>
        el("span", {}, el("i", {}, o[field]), show(r[field][i]))
      ),
      el("span", {}, el("i", {}, o.volume), compact(r.volume[i], lang)),
      ...LINES
        .filter((field) => chosen.values.has(field) && r[field][i] !== null)
        .map((field) =>
          el(
            "span",
            { style: `color: ${indicators[field].colour}` },
            el("i", {}, indicators[field].text),
            show(r[field][i]),
          )
        ),
      chosen.values.has("rsi") && r.rsi14[i] !== null
        ? el("span", {}, el("i", {}, "RSI"), number(r.rsi14[i], lang, 1))
        : null,
      ...(chosen.values.has("signals") ? data.signals[r.interval] ?? [] : [])
        .filter((signal) => barOf(signal, r) === i)
        .map((signal) => el("b", {}, signalText(signal, lang, t))),
    ];
    reading.replaceChildren(
      el("span", { class: "when" }, moment(openOf(r, i), lang)),
      el("span", { class: "when" }, t.bars(t.intervals[r.interval])),
      el("span", { class: `state ${state}` }, t.coin.states[state]),
      ...parts.filter((part) => part !== null),
    );
    panes.style.setProperty("--at", String((i + 0.5) / r.n));
  }

  const redraw = follow(panes, (width) => {
    r = view(data.ranges, range.state.value, width < 500);
    at = null;
    const room = sides(show(data.last), show(live?.last ?? data.last));
    right = room.marginRight;
    const context = {
      r,
      width,
      sides: room,
      lang,
      t,
      data,
      chosen: chosen.values,
      live,
      name,
      show,
      range: range.state.value,
      colours: indicators,
    };
    const drawn = [pricePane(context)];
    if (chosen.values.has("volume")) drawn.push(volumePane(context));
    if (chosen.values.has("rsi")) drawn.push(rsiPane(context));
    if (chosen.values.has("macd")) drawn.push(macdPane(context));
    for (const pane of INDICATOR_PANES) {
      if (chosen.values.has(pane)) drawn.push(indicatorPane(context, pane));
    }
    panes.replaceChildren(...drawn, cursor);
    panes.style.setProperty("--right", `${right}px`);
    read();
    details.replaceChildren(recent());
    fired.replaceChildren(events());
  });
  const cursor = el("div", { class: "cursor", "aria-hidden": "true" });

  function recent() {
    const indices = Array.from({ length: 30 }, (_, i) => r.n - 1 - i).filter((
      i,
    ) => i >= 0);
    const o = t.coin.ohlc;
    return table(
      t.coin.table,
      [t.coin.time, o.open, o.high, o.low, o.close, o.volume, t.coin.state],
      indices.map((i) => [
        time(openOf(r, i), lang),
        ...["open", "high", "low", "close"].map((field) => show(r[field][i])),
        compact(r.volume[i], lang),
        t.coin.states[r.states[i]],
      ]),
      ["", "num", "num wide", "num wide", "num", "num", "end"],
    );
  }

  function events() {
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

  panes.setAttribute("tabindex", "0");
  panes.setAttribute("role", "group");
  panes.setAttribute("aria-label", t.coin.keys);
  panes.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    at = Math.min(r.n - 1, Math.max(0, bar() + step));
    panes.classList.add("read");
    read();
  });
  panes.addEventListener("pointermove", (event) => {
    const box = panes.getBoundingClientRect();
    const place = (event.clientX - box.left - 2) / (box.width - right - 2);
    at = Math.min(r.n - 1, Math.max(0, Math.floor(place * r.n)));
    panes.classList.add("read");
    read();
  });
  panes.addEventListener("pointerleave", () => {
    at = null;
    panes.classList.remove("read");
    read();
  });

  function receive(tickers) {
    const mine = tickers.find((ticker) => ticker.key === data.key);
    if (!mine) return;
    live = { at: mine.at, last: mine.last };
    renew(age, mine.at, lang);
    const text = price(mine.last, lang, Number(mine.last), data.quote);
    if (text === last.textContent) return;
    last.textContent = text;
    redraw();
  }

  return wholePage(
    lang,
    {
      heading: el(
        "div",
        { class: "coin" },
        el(
          "h1",
          {},
          coinName(data, lang),
          " ",
          el(
            "small",
            {},
            marketName(data, lang),
          ),
        ),
        el(
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
            `${t.coin.value} ${amount(data.value, data.quote, lang)}`,
          ),
          age,
        ),
      ),
      aside: market.node,
      receive,
    },
    el("div", { class: "choices" }, range.node, chosen.node),
    section(
      t.coin.heading,
      null,
      reading,
      panes,
      legend([["u", t.coin.legend.u], ["p", t.coin.legend.p], [
        "n",
        t.coin.legend.n,
      ]]),
      el("p", { class: "note" }, `${t.timesIn} ${t.coin.keys}`),
      el("details", {}, el("summary", {}, t.coin.table), details),
    ),
    section(t.signals.heading, t.signals.lead, fired),
  );
}
