/** The Talk and volume page: one time axis, and who comes first. */
import { legend, patterns, sides } from "./axes.js";
import { correlationTable, lagChart, lagTable, pairTable } from "./lead_lag.js";
import { band, peak, sentence } from "./lag.js";
import { listen } from "./live.js";
import { highLowPane, talkPane, volumePane } from "./talk_panes.js";
import {
  chart,
  el,
  follow,
  keepInLinks,
  section,
  segments,
  select,
  themeButton,
} from "./page.js";
import { coinName, number, price } from "./shape.js";
import { words } from "./words.js";

/** Fills the page. `data` is `data/talk.json`. */
export function talkPage(data, lang) {
  const t = words[lang];
  patterns();
  const figure = (value, digits = 0) => number(value, lang, digits);
  const querySource = (s) => {
    if (s.source === "x") return `X ${s.query}`;
    const board = String(s.query).replace(/^\w+:/, "");
    return s.source === "bluesky" ? `Bluesky ${board}` : board;
  };
  const seriesName = (s) => `${t.talk.measures[s.measure]} · ${querySource(s)}`;
  const marketName = (m) =>
    `${coinName(m, lang)} · ${t.venues[m.venue] ?? m.venue} ${m.market}`;

  const ranges = Object.fromEntries(
    Object.entries(data.ranges).map(([key, r]) => [
      key,
      `${t.ranges[key]} · ${t.intervals[r.interval]}`,
    ]),
  );
  const range = segments(t.range, "range", ranges, "1d", () => redraw());
  const market = select(
    t.talk.market,
    "market",
    data.markets.map((m) => [m.key, marketName(m)]),
    data.markets[0].key,
    () => both(),
  );
  const panes = chart("talk");
  const redraw = follow(panes, (width) => {
    const m = data.markets.find((other) => other.key === market.state.value);
    const r = data.ranges[range.state.value];
    const high = r.markets[m.key].high.findLast((v) => v !== null);
    const context = {
      r,
      m,
      width,
      lang,
      t,
      range: range.state.value,
      sides: sides(price(high, lang, high, m.quote)),
    };
    panes.replaceChildren(
      ...data.series.map((s, i) =>
        talkPane(
          context,
          s,
          seriesName(s),
          `var(--series-${[0, 5, 1, 4, 2, 3][i % 6]})`,
        )
      ),
      volumePane(context),
      highLowPane(context),
    );
  });

  const talk = select(
    t.talk.series,
    "talk",
    data.series.map((s) => [s.key, seriesName(s)]),
    data.series.at(-1).key,
    () => relate(),
  );
  const method = segments(
    t.talk.method,
    "method",
    { pearson: t.talk.pearson, spearman: t.talk.spearman },
    "pearson",
    () => relate(),
  );
  const answer = el("p", { class: "answer", role: "status" });
  const lags = chart("lead-lag");
  const detail = el("div", {
    class: "scroll",
    tabindex: "0",
    role: "region",
    "aria-label": t.talk.table,
  });
  const verdicts = el("div", { role: "status" });
  const sureness = el("div", {
    class: "scroll",
    tabindex: "0",
    role: "region",
    "aria-label": t.talk.sure,
  });
  const pairs = el("div", {
    class: "scroll",
    tabindex: "0",
    role: "region",
    "aria-label": t.talk.allPairs,
  });
  const related = follow(lags, (width) => {
    const s = data.series.find((other) => other.key === talk.state.value);
    const m = data.markets.find((other) => other.key === market.state.value);
    const pair = data.leadLag[`${s.key}|${m.key}`];
    const best = peak(pair, method.state.value);
    const said = sentence(best, t, method.state.value, figure);
    answer.textContent = said;
    answer.classList.toggle("found", best?.out === true);
    lags.replaceChildren(
      ...(pair
        ? [
          lagChart({
            pair,
            best,
            width,
            lang,
            t,
            method: method.state.value,
            text: t.talk.leadLagLabel({
              coefficient: t.talk[method.state.value],
              talk: seriesName(s),
              name: m.market,
              sentence: said,
            }),
          }),
        ]
        : []),
    );
    const correlation = data.correlations[`${s.key}|${m.key}`];
    verdicts.replaceChildren(
      ...(correlation?.verdicts ?? []).map((verdict) =>
        el(
          "p",
          { class: "verdict" },
          el("strong", {}, t.talk.buckets[verdict.bucket] ?? verdict.bucket),
          ` ${verdict[lang]}`,
        )
      ),
    );
    sureness.replaceChildren(
      correlation
        ? correlationTable({ pair: correlation, t, lang })
        : t.talk.noData,
    );
    detail.replaceChildren(
      pair ? lagTable({ pair, t, lang, band }) : t.talk.noData,
    );
  });
  function relate() {
    related();
    pairs.replaceChildren(pairTable({
      data,
      lang,
      t,
      method: method.state.value,
      querySource,
      chosen: `${talk.state.value}|${market.state.value}`,
      choose(seriesKey, marketKey) {
        talk.show(seriesKey);
        market.show(marketKey);
        both();
      },
    }));
  }
  function both() {
    redraw();
    relate();
  }

  listen(lang, () => {});
  requestAnimationFrame(() => {
    keepInLinks();
    themeButton();
    relate();
  });
  return el(
    "div",
    {},
    el(
      "div",
      { class: "top" },
      el(
        "div",
        {},
        el("h1", {}, t.talk.heading),
        el("p", { class: "lead" }, t.talk.lead),
      ),
      market.node,
    ),
    section(
      t.talk.axis,
      null,
      el("div", { class: "choices" }, range.node),
      panes,
      legend([
        ["u", t.talk.unknownSpan],
        ["least", t.talk.atLeast],
        ["p", t.coin.legend.p],
      ]),
      el("p", { class: "note" }, t.timesIn),
    ),
    section(
      t.talk.leadLag,
      t.talk.leadLagLead,
      el("div", { class: "choices" }, talk.node, method.node),
      answer,
      lags,
      legend([["band", t.talk.band]]),
      el("p", { class: "note" }, t.talk.caveat),
      el("details", {}, el("summary", {}, t.talk.table), detail),
    ),
    section(
      t.talk.sure,
      t.talk.sureLead,
      verdicts,
      sureness,
      el("p", { class: "note" }, t.talk.sureNote),
    ),
    section(t.talk.allPairs, t.talk.allPairsLead, pairs),
  );
}
