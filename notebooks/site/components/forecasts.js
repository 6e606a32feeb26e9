/** The Forecasts page: each model's skill against persistence, and what came. */
import * as Plot from "@observablehq/plot";
import { ageOf } from "./age.js";
import { timeScale } from "./axes.js";
import { scale, span, whisker } from "./interval.js";
import {
  chart,
  el,
  follow,
  label,
  region,
  section,
  segments,
  select,
  table,
} from "./page.js";
import { hover, rightAxis } from "./pane.js";
import { compact, marketOptions, moment, number, share } from "./shape.js";
import { probability } from "./verdict.js";
import { leadOf, wholePage } from "./whole_page.js";
import { words } from "./words.js";

const HOUR = 3_600_000;
const COLOURS = {
  persistence: "var(--series-2)",
  har: "var(--series-1)",
  gru: "var(--series-4)",
};

/** Fills the page. `data` is `data/forecasts.json`. */
export function forecastsPage(data, lang) {
  const t = words[lang];
  const f = t.forecasts;
  const opening = {
    heading: f.heading,
    lead: leadOf(f.lead, data.markets.length, data.of, lang),
  };
  if (!data.skill || data.markets.length === 0) {
    return wholePage(
      lang,
      opening,
      section(
        f.skill,
        null,
        el("p", {}, data.skill ? f.none : t.absent("forecasts")),
      ),
    );
  }
  const show = (quantity, value) =>
    value === null || value === undefined
      ? "–"
      : quantity === "volatility"
      ? `${number(value * 100, lang, 2)}%`
      : quantity === "volume"
      ? compact(value, lang)
      : share(value, lang);
  const market = select(
    t.talk.market,
    "market",
    marketOptions(data.markets, lang),
    data.markets[0].key,
    () => redraw(),
  );
  const quantity = segments(
    f.quantity,
    "quantity",
    f.quantities,
    "volatility",
    () => redraw(),
  );
  const skills = region(f.skill, "scroll stack");
  const next = el("div", { class: "premiums", role: "status" });
  const drawing = chart("forecast");
  const redraw = follow(drawing, (width) => {
    const of = quantity.state.value;
    const m = data.markets.find((other) => other.key === market.state.value);
    const one = data.series[`${m.key}|${of}`];
    skills.replaceChildren(skillTable(of, m));
    drawing.replaceChildren(...(one ? [hours(one, of, m, width)] : []));
    next.replaceChildren(...(one ? newest(one, of) : [f.none]));
  });

  function skillTable(of, m) {
    const c = f.columns;
    const rows = data.skill.filter((row) =>
      row.quantity === of && (row.market === null || row.market === m.key)
    ).sort((a, b) => Number(a.market !== null) - Number(b.market !== null));
    if (rows.length === 0) return el("p", { class: "lead" }, f.none);
    return table(
      f.skill,
      [
        c.model,
        c.markets,
        c.verdict,
        c.skill,
        scale(lang),
        c.interval,
        c.p,
        c.n,
        ...(of === "direction" ? [c.hit] : []),
      ],
      rows.map((row) => [
        el(
          "span",
          {},
          f.models[row.model] ?? row.model,
          el(
            "small",
            { title: row.version },
            ` ${f.version(row.version.split(":")[0])} · ${
              f.origins[row.origin]
            }`,
          ),
        ),
        row.market === null ? f.all : m.market,
        el(
          "span",
          { class: row.beats ? "verdict beats" : "verdict" },
          row[lang],
        ),
        row.skill === null ? "–" : number(row.skill, lang, 2),
        row.low === null ? "" : whisker(row.skill, row.low, row.high),
        row.low === null ? "–" : span(row.low, row.high, lang),
        probability(row.p, lang),
        number(row.n, lang),
        ...(of === "direction" ? [share(row.hit, lang)] : []),
      ]),
      ["", "", "whole", "num", "num wide", "num", "num", "num", "num"],
    );
  }

  /** What came as a line, each model's forecast for the same hour beside it. */
  function hours(one, of, m, width) {
    const x = (i) => new Date(one.at[i] + HOUR / 2);
    const domain = [one.at[0], one.at.at(-1) + HOUR];
    // An hour without a forecast breaks the line.
    const line = (values) =>
      values.flatMap((y, i) =>
        i > 0 && one.at[i] - one.at[i - 1] > HOUR * 1.5
          ? [{ x: new Date(one.at[i] - HOUR / 2), y: null }, { x: x(i), y }]
          : [{ x: x(i), y }]
      );
    const direction = of === "direction";
    const plot = Plot.plot({
      width,
      height: 280,
      marginLeft: 2,
      marginRight: 64,
      marginTop: 10,
      marginBottom: 24,
      x: timeScale(domain, width, lang),
      y: rightAxis(
        5,
        (v) => show(of, v),
        direction ? { domain: [0, 1] } : { nice: true },
      ),
      marks: [
        Plot.gridY({ ticks: 5, stroke: "var(--line)", strokeOpacity: 1 }),
        ...Object.entries(one.models).map(([model, values]) =>
          Plot.lineY(line(values), {
            x: "x",
            y: "y",
            stroke: COLOURS[model] ?? "var(--series-3)",
            strokeWidth: 1.3,
          })
        ),
        Plot.lineY(direction ? [] : line(one.actual), {
          x: "x",
          y: "y",
          stroke: "var(--ink)",
          strokeWidth: 1.6,
        }),
        Plot.dot(line(one.actual).filter((d) => d.y !== null), {
          x: "x",
          y: "y",
          r: 2,
          fill: "var(--ink)",
        }),
        hover(one.at, {
          x: (_, i) => x(i),
          y: (_, i) =>
            one.actual[i] ??
              Object.values(one.models).map((v) => v[i])
                .find((v) => v !== null),
          title: (_, i) =>
            [
              moment(one.at[i], lang),
              `${f.actual} ${show(of, one.actual[i])}`,
              ...Object.entries(one.models).map(([model, values]) =>
                `${f.models[model] ?? model} ${show(of, values[i])}`
              ),
              f.origins[one.origin[i]],
            ].join("\n"),
        }),
      ],
    });
    return label(
      plot,
      f.label({
        quantity: f.quantities[of],
        name: m.market,
        n: number(one.at.length, lang),
        models: Object.keys(one.models).map((k) => f.models[k] ?? k).join(", "),
      }),
    );
  }

  /** The newest hour that was forecast. */
  function newest(one, of) {
    const i = one.at.length - 1;
    return [
      el(
        "div",
        {},
        el("span", { class: "quiet" }, f.next),
        el("b", {}, moment(one.at[i], lang)),
        el(
          "small",
          {},
          `${f.issued(moment(one.issued[i], lang))} `,
          ageOf(one.issued[i], lang),
        ),
      ),
      ...Object.entries(one.models).map(([model, values]) =>
        el(
          "div",
          { style: `--dot: ${COLOURS[model] ?? "var(--series-3)"}` },
          el("span", { class: "quiet" }, f.models[model] ?? model),
          el("b", {}, show(of, values[i])),
        )
      ),
      el(
        "div",
        { style: "--dot: var(--ink)" },
        el("span", { class: "quiet" }, f.actual),
        el(
          "b",
          {},
          one.actual[i] === null ? f.open : show(of, one.actual[i]),
        ),
      ),
    ];
  }

  return wholePage(
    lang,
    { ...opening, aside: market.node },
    el("div", { class: "choices" }, quantity.node),
    section(f.skill, f.skillLead, skills),
    section(
      f.hours,
      f.hoursLead,
      next,
      drawing,
      el("p", { class: "note" }, t.timesIn),
    ),
  );
}
