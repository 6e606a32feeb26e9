/** The Data health page: what was observed, what was repaired, what is lost, and why. */
import { ageOf } from "./age.js";
import { legend } from "./axes.js";
import {
  cellLength,
  duration,
  exactShare,
  streamName,
  untilWords,
} from "./health_figures.js";
import { communities, gapList, idList, rejectList } from "./health_lists.js";
import { strip, stripPatterns, timeline } from "./strip.js";
import { chart, el, follow, section, segments, select } from "./page.js";
import { dateTime, moment, number, venueName } from "./shape.js";
import { wholePage } from "./whole_page.js";
import { words } from "./words.js";

/** The states in the order of the data's figures, and their colours. */
const STATES = {
  observed: "var(--green)",
  repaired: "var(--blue)",
  unrecoverable: "var(--red)",
  open: "var(--part)",
  unknown: "var(--ink-3)",
};
/** In milliseconds; a ledger that is younger is shown whole at first. */
const WEEK = 7 * 86_400_000;
/** Milliseconds between two questions about the collector's own health. */
const ASK_EVERY = 15_000;

/** Fills the page. `data` is `data/health.json`. */
export function healthPage(data, lang) {
  stripPatterns();
  const t = words[lang];
  const h = t.health;
  /** By source, stream and channel, what stands beside a strip: the age of its newest event. */
  const ages = new Map();
  const lists = [
    communities(data, lang, ages),
    ...idList(data, lang),
    gapList(data, lang),
    rejectList(data, lang),
  ];
  if (!data.streams || data.streams.length === 0) {
    return wholePage(
      lang,
      { heading: h.heading, lead: h.lead },
      section(
        h.coverage,
        null,
        el("p", {}, data.streams ? h.empty : t.absent("coverage_spans")),
      ),
      ...lists,
    );
  }
  const range = segments(
    t.range,
    "range",
    Object.fromEntries(
      Object.entries(data.ranges).map(([key, r]) => [
        key,
        `${h.ranges[key]} · ${h.cells(cellLength(r.step / 1000, h))}`,
      ]),
    ),
    data.last - data.first < WEEK ? "all" : "7d",
    () => redraw(),
  );
  const venues = [...new Set(data.streams.map((one) => one.venue))];
  const venue = select(
    h.venue,
    "venue",
    [["", h.all], ...venues.map((name) => [name, venueName(name, lang)])],
    "",
    () => redraw(),
  );
  const figures = el("div", { class: "premiums", role: "status" });
  const panes = chart("coverage");
  const now = el("p", { class: "note", role: "status" }, h.waiting);
  const warnings = el("div", { role: "status" });

  const redraw = follow(panes, () => {
    const r = data.ranges[range.state.value];
    const shown = data.streams.map((one, i) => ({ ...one, ...r.streams[i] }))
      .filter((one) => ["", one.venue].includes(venue.state.value));
    drawFigures(r);
    panes.replaceChildren(...venues.flatMap((name) => {
      const own = shown.filter((one) => one.venue === name);
      return own.length === 0 ? [] : [
        el("h3", {}, venueName(name, lang)),
        ...own.map(row),
        el("div", { class: "strip-row times" }, el("div", { class: "strip" })),
      ];
    }));
    // All strips are as wide as the first one has become.
    const [first] = panes.getElementsByClassName("strip");
    const width = Math.floor(first.clientWidth);
    const strips = panes.querySelectorAll(".strip-row:not(.times) .strip");
    const order = venues.flatMap((name) =>
      shown.filter((one) => one.venue === name)
    );
    for (const [i, one] of order.entries()) {
      strips[i].replaceChildren(strip(r, one.cells, {
        width,
        name: h.label({
          name: streamName(one, t, lang),
          range: h.ranges[range.state.value],
          parts: partsOf(one.seconds).map(([state, part]) =>
            `${h.states[state]} ${part}`
          ).join(", "),
        }),
        said: (state, from, to) =>
          `${h.states[state]}\n${moment(from, lang)} – ${moment(to, lang)}`,
      }));
    }
    for (const times of panes.querySelectorAll(".times .strip")) {
      times.replaceChildren(timeline(r, width, lang));
    }
  });

  /** States with their shares, of those that occur. */
  function partsOf(seconds) {
    const whole = seconds.reduce((sum, s) => sum + s, 0);
    return Object.keys(STATES).map((
      state,
      i,
    ) => /** @type {const} */ ([
      state,
      exactShare(seconds[i], whole, lang),
      seconds[i],
    ])).filter(([state, , s]) => s > 0 || state === "observed");
  }

  function drawFigures(r) {
    const whole = r.all.reduce((sum, s) => sum + s, 0);
    figures.replaceChildren(
      ...Object.entries(STATES).map(([state, colour], i) =>
        el(
          "div",
          { style: `--dot: ${colour}`, "data-state": state },
          el("span", { class: "quiet" }, h.states[state]),
          el("b", {}, exactShare(r.all[i], whole, lang)),
          el(
            "small",
            {},
            h.together(duration(r.all[i], h, lang), number(data.of, lang)),
          ),
        )
      ),
    );
  }

  function row(one) {
    const parts = partsOf(one.seconds);
    const beside = el(
      "small",
      { class: "strip-age" },
      // A socket that has said nothing for a minute is given up.
      untilWords(one.until, data.last, 65_000, h, lang) ||
        ageOf(one.until, lang),
    );
    ages.set(`${one.venue} ${one.market} ${one.channel}`, beside);
    return el(
      "div",
      { class: "strip-row" },
      el(
        "div",
        { class: "strip-name" },
        el("b", {}, one.market),
        el("small", {}, ` ${h.channels[one.channel] ?? one.channel}`),
      ),
      el("div", { class: "strip" }),
      el(
        "div",
        { class: "strip-part" },
        el("b", {}, parts[0][1]),
        el("small", {}, ` ${h.states.observed}`),
        ...parts.slice(1).map(([state, part]) =>
          el("small", { class: "further" }, `${h.states[state]} ${part}`)
        ),
      ),
      beside,
    );
  }

  let asked = 0;
  /** Ages as they are, and, now and then, what the collector says of itself. */
  function feeds(list) {
    for (const { source, stream, channel, age_seconds } of list) {
      const beside = ages.get(`${source} ${stream} ${channel}`);
      if (!beside) continue;
      beside.textContent = h.age(duration(Math.floor(age_seconds), h, lang));
      beside.classList.add("live");
    }
    if (Date.now() - asked < ASK_EVERY) return;
    asked = Date.now();
    fetch("/healthz").then((answer) => answer.json()).then(tell, () => {});
  }

  function tell(health) {
    const name = (source) => t.sources[source] ?? venueName(source, lang);
    now.textContent = h.now({
      status: h.status[health.status] ?? health.status,
      open: number(health.gaps_open, lang),
      rejects: number(health.rejects_last_hour, lang),
    });
    const silent = health.stale.map((stream) => {
      // A query has spaces of its own; * stands for all streams of a channel.
      const [, source, of, channel] = /^(\S+) (.*) (\S+)$/.exec(stream) ?? [];
      return [
        name(source),
        of === "*" ? "" : of,
        h.channels[channel] ?? channel,
      ]
        .filter((word) => word !== "").join(" ");
    });
    warnings.replaceChildren(
      ...(silent.length > 0 ? [warning(h.silent(silent.join(", ")))] : []),
      ...health.rejects_rising.map((rise) =>
        warning(h.rising({
          source: name(rise.source),
          n: number(rise.last_5_minutes, lang),
          usual: number(rise.usual, lang, 1),
        }))
      ),
    );
  }

  const open = data.states.open ?? 0;
  return wholePage(
    lang,
    {
      heading: h.heading,
      lead: h.lead,
      feeds,
    },
    section(
      h.coverage,
      null,
      figures,
      open > 0
        ? warning(h.openNow(number(open, lang)))
        : el("p", { class: "note" }, h.noneOpen),
      now,
      warnings,
      el(
        "div",
        { class: "choices below" },
        range.node,
        venues.length > 1 ? venue.node : "",
      ),
      panes,
      legend(
        Object.keys(STATES).map((state) => [
          state,
          h.means[state],
        ]),
      ),
      el(
        "p",
        { class: "note" },
        [
          h.coverageLead,
          h.counted({
            first: dateTime(data.first, lang),
            last: dateTime(data.last, lang),
          }),
          ...(data.streams.length < data.of
            ? [h.largest(
              number(data.streams.length, lang),
              number(data.of, lang),
            )]
            : []),
          t.timesIn,
        ].join(" "),
      ),
    ),
    ...lists,
  );
}

const warning = (text) => el("p", { class: "warning" }, text);
