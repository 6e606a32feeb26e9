/** The Talk and volume page: one time axis, and who comes first. */
import { legend, patterns, sides } from "./axes.js";
import { attentionSection } from "./attention.js";
import { intervalTable, lagChart, lagTable, pairTable } from "./correlation.js";
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
import { coinName, price } from "./shape.js";
import { FOUND, headline } from "./verdict.js";
import { words } from "./words.js";

/** Fills the page. `data` is `data/talk.json`. */
export function talkPage(data, lang) {
  const t = words[lang];
  patterns();
  const c = t.correlation;
  const querySource = (s) =>
    s.source === "x" ? `X ${s.query}` : String(s.query).replace(/^\w+:/, "");
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
  const against = segments(
    c.against,
    "against",
    c.quantities,
    "volume",
    () => relate(),
  );
  const bucket = segments(
    c.bucket,
    "bucket",
    c.buckets,
    "5m",
    () => relate(),
  );
  const answer = el("p", { class: "answer", role: "status" });
  const told = el("p", { class: "lead" });
  const lags = chart("lead-lag");
  const region = (name) =>
    el("div", {
      class: "scroll",
      tabindex: "0",
      role: "region",
      "aria-label": name,
    });
  const detail = region(c.table);
  const intervals = region(c.same);
  const pairs = region(c.allPairs);
  const related = follow(lags, (width) => {
    const s = data.series.find((other) => other.key === talk.state.value);
    const m = data.markets.find((other) => other.key === market.state.value);
    const of = against.state.value;
    const pair =
      data.correlation[`${s.key}|${m.key}|${of}|${bucket.state.value}`];
    const said = headline(pair, of, t, lang);
    answer.textContent = said;
    answer.classList.toggle("found", FOUND.includes(pair?.verdict));
    told.textContent = pair
      ? pair.of === "differences"
        ? `${pair[lang]} ${c.differences}`
        : pair[lang]
      : "";
    const drawn = { pair, bucket: bucket.state.value, lang, t };
    const compared = pair && pair.lags.lag.length > 0;
    lags.replaceChildren(
      ...(compared
        ? [
          lagChart({
            ...drawn,
            width,
            text: c.label({
              talk: seriesName(s),
              against: c.quantities[of],
              name: m.market,
              sentence: said,
            }),
          }),
        ]
        : []),
    );
    detail.replaceChildren(compared ? lagTable(drawn) : said);
    intervals.replaceChildren(pair ? intervalTable(drawn) : said);
  });
  function relate() {
    if (!data.correlation) return;
    related();
    pairs.replaceChildren(pairTable({
      data,
      lang,
      t,
      against: against.state.value,
      bucket: bucket.state.value,
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
    ...(data.correlation
      ? [
        section(
          c.heading,
          c.lead,
          el(
            "div",
            { class: "choices" },
            talk.node,
            against.node,
            bucket.node,
          ),
          answer,
          told,
          lags,
          legend([["band", c.band], ["family", c.family]]),
          el("p", { class: "note" }, c.caveat),
          el("details", {}, el("summary", {}, c.table), detail),
        ),
        section(c.same, c.sameLead, intervals),
        section(c.allPairs, c.allPairsLead, pairs),
      ]
      : [section(c.heading, null, el("p", {}, t.absent("correlation")))]),
    attentionSection(data.attention, lang, t),
  );
}
