/// <reference lib="dom" />
/** The Data health page: what was observed, what was repaired, what is lost, and why. */
import type {
  Coverage,
  HealthData,
  HealthSpan,
  Stream,
} from "../../data/health.json.ts";
import { timeAxis, timeline, timelinePatterns } from "../charts/timeline.js";
import {
  chart,
  el,
  follow,
  section,
  segments,
  select,
} from "../parts/elements.js";
import {
  dateTime,
  mapValues,
  moment,
  number,
  sourceName,
} from "../parts/format.js";
import { legend } from "../parts/legend.js";
import { layout } from "../parts/layout.js";
import { HOUR, type Page } from "../parts/page.js";
import { i18n, type Lang } from "../words/i18n.js";
import { communities } from "./health/communities.js";
import {
  coverageFigures,
  partsOf,
  STATE_NAMES,
  streamRow,
} from "./health/coverage.js";
import { cellLength, streamName } from "./health/figures.js";
import { gapList, idList, rejectList } from "./health/lists.js";
import { runList } from "./health/runs.js";
import { collectorsHealth } from "./health/now.js";

/** In milliseconds; a ledger that is younger is shown whole at first. */
const WEEK = 7 * 86_400_000;

/** The page's declaration. */
export const page: Page<HealthData> = {
  order: 60,
  name: { en: "Data health", ko: "데이터 상태" },
  newest: {
    mart: "coverage_spans",
    at: "case when state in ('observed', 'repaired') then to_ts end",
  },
  usual: 2 * HOUR,
  charts: ["coverage"],
  show: healthPage,
};

/** Fills the page. `data` is `data/health.json`. */
function healthPage(data: HealthData, lang: Lang): HTMLElement {
  timelinePatterns();
  const t = i18n[lang];
  const h = t.health;
  /** By source, stream and channel, what stands beside a timeline: the age of its newest event. */
  const ages = new Map<string, HTMLElement>();
  const chain = runList(data, lang);
  const lists = [
    communities(data, lang, ages),
    ...idList(data, lang),
    gapList(data, lang),
    rejectList(data, lang),
    chain.list,
  ];
  const { streams } = data;
  if (!streams || streams.length === 0) {
    const reason = streams ? h.empty : t.absent("coverage_spans");
    return layout(
      lang,
      { heading: h.heading, lead: h.lead },
      section(h.coverage, null, el("p", {}, reason)),
      ...lists,
    );
  }
  const drawn = coverage(data, streams, lang, ages);
  const health = collectorsHealth(lang, ages, chain.tell);
  const open = data.states.open ?? 0;
  return layout(
    lang,
    { heading: h.heading, lead: h.lead, feeds: health.feeds },
    section(
      h.coverage,
      null,
      drawn.figures,
      open > 0
        ? el("p", { class: "warning" }, h.openNow(number(open, lang)))
        : el("p", { class: "note" }, h.noneOpen),
      health.now,
      health.warnings,
      drawn.choices,
      drawn.panels,
      legend(STATE_NAMES.map((state) => [state, h.means[state]])),
      el("p", { class: "note" }, noteOf(data, streams, lang)),
    ),
    ...lists,
  );
}

/** What the percentages count from, and how many of all streams are shown. */
function noteOf(data: HealthData, streams: Stream[], lang: Lang): string {
  const t = i18n[lang];
  const h = t.health;
  return [
    h.coverageLead,
    h.counted({
      first: dateTime(data.first, lang),
      last: dateTime(data.last, lang),
    }),
    ...(streams.length < data.of
      ? [h.largest(number(streams.length, lang), number(data.of, lang))]
      : []),
    t.timesIn,
  ].join(" ");
}

/** The streams' timelines by venue, with the figures above them and the choices. */
function coverage(
  data: HealthData,
  streams: Stream[],
  lang: Lang,
  ages: Map<string, HTMLElement>,
) {
  const t = i18n[lang];
  const h = t.health;
  const range = segments(
    t.range,
    "range",
    mapValues(
      data.ranges,
      (r: Coverage, key: HealthSpan) =>
        `${h.ranges[key]} · ${h.cells(cellLength(r.step / 1000, h))}`,
    ),
    data.last - data.first < WEEK ? "all" : "7d",
    () => redraw(),
  );
  const venues = [...new Set(streams.map((one) => one.venue))];
  const venue = select(
    h.venue,
    "venue",
    [
      ["", h.all],
      ...venues.map((name): [string, string] => [name, sourceName(name, lang)]),
    ],
    "",
    () => redraw(),
  );
  const figures = el("div", { class: "premiums", role: "status" });
  const panels = chart("coverage");
  const redraw = follow(panels, () => {
    const r = data.ranges[range.state.value]!;
    figures.replaceChildren(...coverageFigures(r, data.of, lang));
    const shown = streams.map((one, i) => ({ ...one, ...r.streams[i]! }))
      .filter((one) => ["", one.venue].includes(venue.state.value));
    const groups = venues.map((name) =>
      shown.filter((one) => one.venue === name)
    )
      .filter((own) => own.length > 0);
    const rows = groups.flat().map((one) => {
      const made = streamRow(one, data.last, lang);
      ages.set(`${one.venue} ${one.market} ${one.channel}`, made.beside);
      return { one, ...made };
    });
    const times = groups.map(() => el("div", { class: "timeline" }));
    panels.replaceChildren(...groups.flatMap((own, i) => [
      el("h3", {}, sourceName(own[0]!.venue, lang)),
      ...rows.filter(({ one }) => own.includes(one)).map(({ row }) => row),
      el("div", { class: "timeline-row times" }, times[i]),
    ]));
    // All are as wide as the first one has become.
    const width = Math.floor(rows[0]!.holder.clientWidth);
    for (const { one, holder } of rows) {
      holder.replaceChildren(timeline(r, one.cells, {
        width,
        name: h.label({
          name: streamName(one, t, lang),
          range: h.ranges[range.state.value],
          parts: partsOf(one.seconds, lang).map(({ state, part }) =>
            `${h.states[state]} ${part}`
          ).join(", "),
        }),
        said: (state, from, to) =>
          `${state === "incomplete" ? h.incomplete : h.states[state]}\n${
            moment(from, lang)
          } – ${moment(to, lang)}`,
      }));
    }
    for (const place of times) place.replaceChildren(timeAxis(r, width, lang));
  });
  const choices = el(
    "div",
    { class: "choices below" },
    range.node,
    venues.length > 1 ? venue.node : "",
  );
  return { figures, panels, choices };
}
