/// <reference lib="dom" />
/** The Talk and volume page: one time axis, and who comes first. */
import type { Market } from "../../../marts.ts";
import type {
  Bucket,
  Correlated,
  TalkData,
  TalkSeries,
} from "../../data/talk.json.ts";
import { sides } from "../charts/axes.js";
import { lagChart } from "../charts/lag_chart.js";
import { highLowPanel, talkPanel, volumePanel } from "../charts/talk_panels.js";
import { ageOf } from "../parts/age.js";
import {
  chart,
  el,
  follow,
  region,
  section,
  segments,
  select,
} from "../parts/elements.js";
import { mapValues, marketOptions, price } from "../parts/format.js";
import { legend } from "../parts/legend.js";
import { layout, leadOf } from "../parts/layout.js";
import { HOUR, type Page } from "../parts/page.js";
import { i18n, type Lang, type Words } from "../words/i18n.js";
import { FOUND, headline, restsOn } from "../parts/verdict.js";
import { attentionSection } from "./talk/attention.js";
import { coinSection } from "./talk/coin.js";
import {
  intervalTable,
  lagTable,
  pairTable,
  querySource,
} from "./talk/correlation.js";
import { repeatsSection } from "./talk/repeats.js";

/** A part of the page that is drawn anew when another part chooses a market. */
interface Part {
  nodes: Node[];
  draw: () => void;
}

const seriesName = (s: TalkSeries, lang: Lang): string =>
  `${i18n[lang].talk.measures[s.measure]} · ${querySource(s, lang)}`;

const byKey = <Keyed extends { key: string }>(
  all: Keyed[],
  key: string,
): Keyed => all.find((one) => one.key === key)!;

/** The page's declaration. */
export const page: Page<TalkData> = {
  order: 30,
  name: { en: "Talk and volume", ko: "여론과 거래량" },
  newest: {
    mart: "attention",
    at:
      "case when bucket = '1m' and count_complete is not null then ts + interval 1 minute end",
  },
  usual: 2 * HOUR,
  charts: ["talk", "lead-lag"],
  show: talkPage,
};

/** Fills the page. `data` is `data/talk.json`. */
function talkPage(data: TalkData, lang: Lang): HTMLElement {
  const t = i18n[lang];
  const market = select(
    t.talk.market,
    "market",
    marketOptions(data.markets, lang),
    data.markets[0]!.key,
    () => both(),
  );
  const chosen = () => byKey(data.markets, market.state.value);
  const axis = axisSection(data, lang, chosen);
  const relation = data.correlation && data.series.length > 0
    ? relationSections(data, data.correlation, lang, {
      chosen,
      choose: (key) => {
        market.show(key);
        both();
      },
    })
    : nothingRelated(data, t);
  const coin = coinSection(data.coins, lang, t, chosen);
  function both(): void {
    axis.draw();
    relation.draw();
    coin.draw();
  }
  return layout(
    lang,
    {
      heading: t.talk.heading,
      lead: leadOf(t.talk.lead, data.markets.length, data.of, lang),
      aside: market.node,
    },
    ...axis.nodes,
    ...relation.nodes,
    coin.node,
    attentionSection(data.attention, lang, t),
    repeatsSection(data.repeats, lang, t),
  );
}

/** Talk, volume and prices, one above the other. */
function axisSection(
  data: TalkData,
  lang: Lang,
  chosen: () => Market,
): Part {
  const t = i18n[lang];
  const range = segments(
    t.range,
    "range",
    mapValues(
      data.ranges,
      (r, key) => `${t.ranges[key]} · ${t.intervals[r.interval]}`,
    ),
    "1d",
    () => draw(),
  );
  const panels = chart("talk");
  const draw = follow(panels, (width) => {
    const m = chosen();
    const r = data.ranges[range.state.value];
    const high = r.markets[m.key]?.high.findLast((v) => v !== null);
    const context = {
      r,
      m,
      width,
      lang,
      t,
      range: range.state.value,
      sides: sides(price(high, lang, high ?? undefined, m.quote)),
    };
    panels.replaceChildren(
      ...data.series.map((s, i) =>
        talkPanel(
          context,
          s,
          seriesName(s, lang),
          `var(--series-${[0, 5, 1, 4, 2, 3][i % 6]})`,
        )
      ),
      volumePanel(context),
      highLowPanel(context),
    );
  });
  const node = section(
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
    panels,
    legend([
      ["u", t.talk.unknownSpan],
      ["least", t.talk.atLeast],
      ["p", t.coin.legend.p],
    ]),
    el(
      "ul",
      { class: "ages" },
      ...data.series.map((s) =>
        el("li", {}, `${seriesName(s, lang)}: `, ageOf(s.newest, lang))
      ),
    ),
    el("p", { class: "note" }, t.timesIn),
  );
  return { nodes: [node], draw };
}

/** What the sections on correlation say where there is none. */
function nothingRelated(data: TalkData, t: Words): Part {
  const c = t.correlation;
  const reason = data.correlation ? c.nothingYet : t.absent("correlation");
  return {
    nodes: [section(c.heading, null, el("p", {}, reason))],
    draw: () => {},
  };
}

/** The market that is chosen on the page, and how another one is. */
interface MarketChoice {
  chosen: () => Market;
  choose: (key: string) => void;
}

/** The choices of what is compared with the market. */
function comparison(data: TalkData, lang: Lang, changed: () => void) {
  const t = i18n[lang];
  const c = t.correlation;
  return {
    talk: select(
      t.talk.series,
      "talk",
      data.series.map((s) => [s.key, seriesName(s, lang)]),
      data.series.at(-1)?.key ?? "",
      changed,
    ),
    against: segments(c.against, "against", c.quantities, "volume", changed),
    bucket: segments(c.bucket, "bucket", c.buckets, "5m", changed),
  };
}

/** What the verdict on a pair rests on, and whether it is of levels or of changes. */
const evidence = (
  pair: Correlated | undefined,
  names: { talk: string; market: string },
  bucket: Bucket,
  lang: Lang,
): string =>
  pair
    ? [
      restsOn(pair, names, bucket, lang),
      pair.of === "differences" ? i18n[lang].correlation.differences : "",
    ].filter(Boolean).join(" ")
    : "";

/** Who comes first: the pair that is chosen, and all pairs. */
function relationSections(
  data: TalkData,
  correlation: Record<string, Correlated>,
  lang: Lang,
  { chosen, choose }: MarketChoice,
): Part {
  const t = i18n[lang];
  const c = t.correlation;
  const { talk, against, bucket } = comparison(data, lang, () => draw());
  const answer = el("p", { class: "answer", role: "status" });
  const told = el("p", { class: "lead" });
  const lags = chart("lead-lag");
  const detail = region(c.table);
  const intervals = region(c.same, "scroll stack");
  const pairs = region(c.allPairs);
  const drawPair = follow(lags, (width) => {
    const s = byKey(data.series, talk.state.value);
    const of = against.state.value;
    const pair =
      correlation[`${s.key}|${chosen().key}|${of}|${bucket.state.value}`];
    const said = headline(pair, of, t, lang);
    // A figure stays on one line with its name.
    answer.textContent = said.replaceAll(" = ", "\u00a0=\u00a0");
    answer.classList.toggle("found", !!pair && FOUND.includes(pair.verdict));
    const text = c.label({
      talk: seriesName(s, lang),
      against: c.quantities[of],
      name: chosen().market,
      sentence: said,
    });
    const names = {
      talk: t.talk.measures[s.measure],
      market: `${chosen().market} ${c.quantities[of]}`,
    };
    told.textContent = evidence(pair, names, bucket.state.value, lang);
    const drawn = pair && { pair, bucket: bucket.state.value, lang, t };
    const lagged = drawn && drawn.pair.lags.lag.length > 0 ? drawn : null;
    lags.replaceChildren(
      ...(lagged ? [lagChart({ ...lagged, width, text })] : []),
    );
    detail.replaceChildren(lagged ? lagTable(lagged) : said);
    intervals.replaceChildren(drawn ? intervalTable(drawn) : said);
  });
  function draw(): void {
    drawPair();
    pairs.replaceChildren(pairTable({
      data,
      correlation,
      lang,
      t,
      against: against.state.value,
      bucket: bucket.state.value,
      chosen: `${talk.state.value}|${chosen().key}`,
      choose(series, market) {
        talk.show(series);
        choose(market);
      },
    }));
  }
  draw();
  const first = section(
    c.heading,
    c.lead,
    el("div", { class: "choices" }, talk.node, against.node, bucket.node),
    answer,
    told,
    lags,
    legend([["band", c.band], ["family", c.family]]),
    el("p", { class: "note" }, c.caveat),
    el("details", {}, el("summary", {}, c.table), detail),
  );
  return {
    nodes: [
      first,
      section(c.same, c.sameLead, intervals),
      section(c.allPairs, c.allPairsLead, pairs),
    ],
    draw,
  };
}
