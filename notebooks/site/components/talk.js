/** The Talk and volume page: one time axis, and who comes first. */
import { ageOf } from "./age.js";
import { legend, sides } from "./axes.js";
import { attentionSection } from "./attention.js";
import { intervalTable, lagChart, lagTable, pairTable } from "./correlation.js";
import {
  chart,
  el,
  follow,
  region,
  section,
  segments,
  select,
} from "./page.js";
import { repeatsSection } from "./repeats.js";
import { marketOptions, price } from "./shape.js";
import { highLowPane, talkPane, volumePane } from "./talk_panes.js";
import { FOUND, headline } from "./verdict.js";
import { leadOf, wholePage } from "./whole_page.js";
import { words } from "./words.js";

/** Fills the page. `data` is `data/talk.json`. */
export function talkPage(data, lang) {
  const t = words[lang];
  const c = t.correlation;
  const querySource = (s) => {
    const asked = String(s.query).replace(/^(posts|comments):/, "");
    return s.source === "dcinside"
      ? asked
      : `${t.sources[s.source] ?? s.source} ${asked}`;
  };
  const seriesName = (s) => `${t.talk.measures[s.measure]} · ${querySource(s)}`;

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
    marketOptions(data.markets, lang),
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
    data.series.at(-1)?.key ?? "",
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
  const compared = data.correlation && data.series.length > 0;
  const answer = el("p", { class: "answer", role: "status" });
  const told = el("p", { class: "lead" });
  const lags = chart("lead-lag");
  const detail = region(c.table);
  const intervals = region(c.same, "scroll stack");
  const pairs = region(c.allPairs);
  const related = follow(lags, (width) => {
    const s = data.series.find((other) => other.key === talk.state.value);
    const m = data.markets.find((other) => other.key === market.state.value);
    const of = against.state.value;
    const pair =
      data.correlation[`${s.key}|${m.key}|${of}|${bucket.state.value}`];
    const said = headline(pair, of, t, lang);
    // A figure stays on one line with its name.
    answer.textContent = said.replaceAll(" = ", "\u00a0=\u00a0");
    answer.classList.toggle("found", FOUND.includes(pair?.verdict));
    told.textContent = pair
      ? pair.of === "differences"
        ? `${pair[lang]} ${c.differences}`
        : pair[lang]
      : "";
    const drawn = { pair, bucket: bucket.state.value, lang, t };
    const lagged = pair && pair.lags.lag.length > 0;
    lags.replaceChildren(
      ...(lagged
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
    detail.replaceChildren(lagged ? lagTable(drawn) : said);
    intervals.replaceChildren(pair ? intervalTable(drawn) : said);
  });
  function relate() {
    if (!compared) return;
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

  relate();
  return wholePage(
    lang,
    {
      heading: t.talk.heading,
      lead: leadOf(t.talk.lead, data.markets.length, data.of, lang),
      aside: market.node,
    },
    section(
      t.talk.axis,
      null,
      el("div", { class: "choices" }, range.node),
      data.series.length === 0
        ? el(
          "p",
          { class: "warning" },
          data.counted ? t.talk.none : t.absent("attention"),
        )
        : "",
      panes,
      legend([
        ["u", t.talk.unknownSpan],
        ["least", t.talk.atLeast],
        ["p", t.coin.legend.p],
      ]),
      el(
        "ul",
        { class: "ages" },
        ...data.series.map((s) =>
          el("li", {}, `${seriesName(s)}: `, ageOf(s.newest, lang))
        ),
      ),
      el("p", { class: "note" }, t.timesIn),
    ),
    ...(compared
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
      : [
        section(
          c.heading,
          null,
          el(
            "p",
            {},
            data.correlation ? c.nothingYet : t.absent("correlation"),
          ),
        ),
      ]),
    attentionSection(data.attention, lang, t),
    repeatsSection(data.repeats, lang, t),
  );
}
