/// <reference lib="dom" />
/** The Forecasts page: each model's skill against persistence, and what came. */
import type { Market } from "../../../marts.ts";
import type {
  ForecastsData,
  ForecastSeries,
  Quantity,
  Skill,
} from "../../data/forecasts.json.ts";
import {
  colourOfModel,
  forecastChart,
  showQuantity,
} from "../charts/forecast_chart.js";
import { scale, span, whisker } from "../charts/interval.js";
import { ageOf } from "../parts/age.js";
import {
  chart,
  el,
  follow,
  region,
  section,
  segments,
  select,
  table,
} from "../parts/elements.js";
import {
  marketOptions,
  moment,
  nameIn,
  number,
  share,
} from "../parts/format.js";
import { layout, leadOf } from "../parts/layout.js";
import { HOUR, type Page } from "../parts/page.js";
import { i18n, type Lang } from "../words/i18n.js";
import { skillWords } from "../words/verdict_words.js";
import { probability } from "../parts/verdict.js";

/** The page's declaration. */
export const page: Page<ForecastsData> = {
  order: 50,
  name: { en: "Forecasts", ko: "예측" },
  newest: { mart: "forecasts", at: "data_to" },
  // The newest forecast stands on the hour before.
  usual: 3 * HOUR,
  charts: ["forecast"],
  show: forecastsPage,
};

/** Fills the page. `data` is `data/forecasts.json`. */
function forecastsPage(data: ForecastsData, lang: Lang): HTMLElement {
  const t = i18n[lang];
  const f = t.forecasts;
  const opening = {
    heading: f.heading,
    lead: leadOf(f.lead, data.markets.length, data.of, lang),
  };
  const { skill } = data;
  if (!skill || data.markets.length === 0) {
    const reason = skill ? f.none : t.absent("forecasts");
    return layout(
      lang,
      opening,
      section(f.skill, null, el("p", {}, reason)),
    );
  }
  const market = select(
    t.talk.market,
    "market",
    marketOptions(data.markets, lang),
    data.markets[0]!.key,
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
    const m = data.markets.find((other) => other.key === market.state.value)!;
    const one = data.series[`${m.key}|${of}`];
    skills.replaceChildren(skillTable(skill, of, m, lang));
    drawing.replaceChildren(
      ...(one ? [forecastChart({ one, of, name: m.market, width, lang })] : []),
    );
    next.replaceChildren(...(one ? newest(one, of, lang) : [f.none]));
  });
  return layout(
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

/** Each model's skill in a market and over all of them, with its interval and its verdict. */
function skillTable(
  skill: Skill[],
  of: Quantity,
  m: Market,
  lang: Lang,
): HTMLElement {
  const f = i18n[lang].forecasts;
  const c = f.columns;
  const rows = skill.filter((row) =>
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
        nameIn(f.models, row.model),
        el(
          "small",
          { title: row.version },
          ` ${f.version(row.version.split(":")[0]!)} · ${
            f.origins[row.origin]
          }`,
        ),
      ),
      row.market === null ? f.all : m.market,
      el(
        "span",
        { class: row.beats ? "verdict beats" : "verdict" },
        verdictOf(row, lang),
      ),
      row.skill === null ? "–" : number(row.skill, lang, 2),
      row.skill === null || row.low === null || row.high === null
        ? ""
        : whisker(row.skill, row.low, row.high),
      row.low === null || row.high === null
        ? "–"
        : span(row.low, row.high, lang),
      probability(row.p, lang),
      number(row.n, lang),
      ...(of === "direction" ? [share(row.hit, lang)] : []),
    ]),
    ["", "", "whole", "num", "num wide", "num", "num", "num", "num"],
  );
}

/** The verdict on a model's skill. */
const verdictOf = ({ verdict, n, skill }: Skill, lang: Lang): string =>
  verdict === null ? "–" : skillWords[lang][verdict]({
    n: number(n, lang),
    percent: share(skill === null ? null : Math.abs(skill), lang),
  });

/** The newest hour that was forecast. */
function newest(
  one: ForecastSeries,
  of: Quantity,
  lang: Lang,
): HTMLElement[] {
  const f = i18n[lang].forecasts;
  const i = one.at.length - 1;
  const actual = one.actual[i] ?? null;
  return [
    el(
      "div",
      {},
      el("span", { class: "quiet" }, f.next),
      el("b", {}, moment(one.at[i]!, lang)),
      el(
        "small",
        {},
        `${f.issued(moment(one.issued[i]!, lang))} `,
        ageOf(one.issued[i], lang),
      ),
    ),
    ...Object.entries(one.models).map(([model, values]) =>
      el(
        "div",
        { style: `--dot: ${colourOfModel(model)}` },
        el("span", { class: "quiet" }, nameIn(f.models, model)),
        el("b", {}, showQuantity(of, values[i], lang)),
      )
    ),
    el(
      "div",
      { style: "--dot: var(--ink)" },
      el("span", { class: "quiet" }, f.actual),
      el("b", {}, actual === null ? f.open : showQuantity(of, actual, lang)),
    ),
  ];
}
