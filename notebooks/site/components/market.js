/** The Market page: live lines, movers, shares of volume, latest trades. */
import * as Plot from "@observablehq/plot";
import { ageOf, renew, renewPage } from "./age.js";
import { MINUTE, openOf, sides, timeScale } from "./axes.js";
import { chart, el, follow, label, section, segments, table } from "./page.js";
import {
  amount,
  change,
  coinName,
  direction,
  marketName,
  moment,
  number,
  price,
  share,
  venueName,
} from "./shape.js";
import { hover, rightAxis } from "./pane.js";
import { tradeList } from "./trades.js";
import { wholePage } from "./whole_page.js";
import { words } from "./words.js";

/** Minutes that each range of the price lines covers, and minutes between its points. */
const SPANS = { "1h": [60, 1], "6h": [360, 1], "1d": [1440, 5] };
/** Live points kept a market: an hour at one a second. */
const KEPT = 3600;
/** A pause longer than this breaks the line. */
const BREAK = 90_000;

/** Fills the page. `data` is `data/market.json`. */
export function marketPage(data, lang) {
  const t = words[lang];
  const live = new Map(data.markets.map((m) => [m.key, []]));
  const range = segments(
    t.range,
    "range",
    Object.fromEntries(Object.keys(SPANS).map((key) => [key, t.ranges[key]])),
    "6h",
    () => cards.forEach((card) => card.draw()),
  );
  const cards = data.markets.map((m) => priceCard(m));

  function priceCard(m) {
    const drawing = chart("price");
    const shown = el(
      "output",
      { class: "last", "data-last": m.key },
      price(m.last, lang, m.last, m.quote),
    );
    const moved = el(
      "span",
      { class: `change ${direction(m.h24)}` },
      change(m.h24, lang),
      " ",
      el("small", {}, t.market.change),
    );
    const age = ageOf(m.lastMs, lang);
    const node = el(
      "article",
      { class: "price" },
      el(
        "div",
        { class: "name" },
        el(
          "a",
          { class: "name", href: `./coin/${m.key}` },
          el("strong", {}, coinName(m, lang)),
          el("small", {}, marketName(m, lang)),
        ),
        age,
      ),
      el("div", { class: "figures" }, shown, moved),
      drawing,
    );
    const draw = follow(drawing, (width) => {
      const points = pointsOf(m);
      const known = points.filter((p) => p.y !== null);
      const [minutes] = SPANS[range.state.value];
      const end = Math.max(
        openOf(data.axis, data.axis.n),
        live.get(m.key).at(-1)?.x ?? 0,
      );
      const domain = [end - minutes * MINUTE, end];
      const within = known.filter((p) => p.x >= domain[0]);
      const low = Math.min(...within.map((p) => p.y));
      const high = Math.max(...within.map((p) => p.y));
      const lastPoint = within.at(-1);
      const colour = "var(--accent)";
      const room = (high - low || Math.abs(high) * 0.001 || 1) * 0.08;
      const plot = Plot.plot({
        width,
        height: 132,
        ...sides(price(high, lang, high, m.quote)),
        marginTop: 8,
        marginBottom: 22,
        x: timeScale(domain, width, lang),
        y: rightAxis(3, (v) => price(v, lang, high, m.quote), {
          domain: [low - room, high + room],
        }),
        marks: [
          Plot.gridY({ ticks: 3, stroke: "var(--line)", strokeOpacity: 1 }),
          Plot.areaY(points.filter((p) => p.x >= domain[0]), {
            x: (p) => new Date(p.x),
            y1: low - room,
            y2: "y",
            fill: colour,
            fillOpacity: 0.08,
          }),
          Plot.lineY(points.filter((p) => p.x >= domain[0]), {
            x: (p) => new Date(p.x),
            y: "y",
            stroke: colour,
            strokeWidth: 1.5,
          }),
          lastPoint
            ? Plot.dot([lastPoint], {
              x: (p) => new Date(p.x),
              y: "y",
              r: 3,
              fill: colour,
              stroke: "var(--card)",
            })
            : null,
          hover(within, {
            x: (p) => new Date(p.x),
            y: "y",
            title: (p) =>
              `${price(p.y, lang, high, m.quote)} ${m.quote}\n${
                moment(p.x, lang)
              }`,
          }),
        ],
      });
      label(
        plot,
        t.market.lineLabel({
          name: `${m.base}/${m.quote}`,
          range: t.ranges[range.state.value],
          from: price(within[0]?.y, lang, high, m.quote),
          to: price(lastPoint?.y, lang, high, m.quote),
          low: price(low, lang, high, m.quote),
          high: price(high, lang, high, m.quote),
        }),
      );
      drawing.replaceChildren(plot);
    });
    return { m, node, draw, shown, moved, age };
  }

  /** The snapshot's closes and the live prices, broken where nothing is known. */
  function pointsOf(m) {
    const [, every] = SPANS[range.state.value];
    const closes = data.lines[m.key] ?? [];
    const points = [];
    for (let i = data.axis.n % every; i < data.axis.n; i++) {
      if ((data.axis.n - 1 - i) % every === 0) {
        points.push({ x: openOf(data.axis, i + 1), y: closes[i] ?? null });
      }
    }
    for (const p of live.get(m.key)) {
      const before = points.at(-1);
      if (before && p.x - before.x > BREAK) {
        points.push({ x: p.x - 1, y: null });
      }
      points.push(p);
    }
    return points;
  }

  function receive(tickers) {
    for (const ticker of tickers) {
      const points = live.get(ticker.key);
      const card = cards.find((c) => c.m.key === ticker.key);
      if (!points || !card) continue;
      if (points.length === 0 || ticker.at > points.at(-1).x) {
        points.push({ x: ticker.at, y: Number(ticker.last) });
        if (points.length > KEPT) points.shift();
      }
      renew(card.age, points.at(-1).x, lang);
      renewPage(points.at(-1).x);
      const text = price(ticker.last, lang, Number(ticker.last), card.m.quote);
      if (card.shown.textContent !== text) {
        flash(card.shown, text);
        for (
          const cell of document.querySelectorAll(`[data-cell="${ticker.key}"]`)
        ) {
          cell.textContent = text;
        }
      }
      card.draw();
    }
  }

  return wholePage(
    lang,
    {
      heading: t.market.heading,
      lead: t.market.lead,
      aside: range.node,
      receive,
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

/** Shows a new price, tinted for a moment by its direction. */
function flash(node, text) {
  const before = Number(node.dataset.value ?? NaN);
  const now = Number(text.replace(/[^\d.]/g, ""));
  node.textContent = text;
  node.dataset.value = String(now);
  node.classList.remove("rose", "fell");
  void node.offsetWidth;
  if (now > before) node.classList.add("rose");
  else if (now < before) node.classList.add("fell");
}

function movers(markets, lang) {
  const t = words[lang].market;
  const rows = [...markets].sort((a, b) =>
    Math.abs(b.h24 ?? 0) - Math.abs(a.h24 ?? 0)
  );
  const moved = (value) =>
    el("span", { class: direction(value) }, change(value, lang));
  return el(
    "div",
    { class: "scroll" },
    table(
      t.movers,
      [
        t.columns.market,
        t.columns.last,
        t.columns.m1,
        t.columns.h1,
        t.columns.h24,
        t.columns.value,
        t.columns.trades,
      ],
      rows.map((m) => [
        el(
          "a",
          { href: `./coin/${m.key}` },
          coinName(m, lang),
          el(
            "small",
            {},
            ` ${venueName(m.venue, lang)} ${m.quote}`,
          ),
        ),
        el(
          "span",
          { "data-cell": m.key },
          price(m.last, lang, m.last, m.quote),
        ),
        moved(m.m1),
        moved(m.h1),
        moved(m.h24),
        atLeast(m, lang),
        number(m.trades, lang),
      ]),
      ["", "num", "num wide", "num wide", "num", "num wide", "num wide"],
    ),
  );
}

/** A day's volume; "≥" where some of its minutes are unknown. */
const atLeast = (m, lang) =>
  `${m.known < 1 && m.value !== null ? "≥ " : ""}${
    amount(m.value, m.quote, lang)
  }`;

/** One bar a venue and quote currency: amounts in different currencies are not added. */
function shares(markets, lang) {
  const t = words[lang];
  const groups = new Map();
  for (const m of markets) {
    const key = `${venueName(m.venue, lang)} ${m.quote}`;
    groups.set(key, [...(groups.get(key) ?? []), m]);
  }
  return [...groups].map(([name, members]) => {
    const text = members.map((m) => `${m.base} ${share(m.share, lang)}`).join(
      ", ",
    );
    return el(
      "div",
      { class: "share" },
      el("h3", {}, name),
      el(
        "div",
        {
          class: "bar",
          role: "img",
          "aria-label": t.market.shareLabel(text),
          "data-chart": "share",
        },
        ...members.filter((m) => m.share > 0).map((m, i) =>
          el("span", {
            style: `flex-grow: ${m.share}; background: var(--series-${i % 6})`,
            title: `${m.base} ${share(m.share, lang)} · ${
              amount(m.value, m.quote, lang)
            }`,
          })
        ),
      ),
      el(
        "ul",
        {},
        ...members.map((m, i) =>
          el(
            "li",
            { style: `--dot: var(--series-${i % 6})` },
            el("b", {}, m.base),
            el("span", {}, share(m.share, lang)),
            el("span", { class: "amount" }, amount(m.value, m.quote, lang)),
          )
        ),
      ),
    );
  });
}
