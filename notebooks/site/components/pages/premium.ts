/// <reference lib="dom" />
/** The Premium page: what the same coin costs in Korea and elsewhere. */
import type {
  Pair,
  PremiumColumns,
  PremiumData,
} from "../../data/premium.json.ts";
import { sides } from "../charts/axes.js";
import {
  agePanel,
  PREMIUM_NAMES,
  premiumPanel,
  PREMIUMS,
} from "../charts/premium_panels.js";
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
import {
  coinName,
  mapValues,
  moment,
  number,
  share,
  sourceName,
} from "../parts/format.js";
import { legend } from "../parts/legend.js";
import { layout, leadOf } from "../parts/layout.js";
import { HOUR, type Page } from "../parts/page.js";
import { i18n, type Lang, type Words } from "../words/i18n.js";
import { feeTable, percent, spreadTable } from "./premium/tables.js";

/** The page's declaration. */
export const page: Page<PremiumData> = {
  order: 40,
  name: { en: "Premium", ko: "프리미엄" },
  newest: {
    mart: "premium",
    at:
      "case when coalesce(premium_fx, premium_usdt) is not null then ts + interval 1 minute end",
  },
  usual: 2 * HOUR,
  charts: ["premium"],
  show: premiumPage,
};

/** Fills the page. `data` is `data/premium.json`. */
function premiumPage(data: PremiumData, lang: Lang): HTMLElement {
  const t = i18n[lang];
  const p = t.premium;
  const opening = {
    heading: p.heading,
    lead: leadOf(p.lead, data.pairs?.length ?? 0, data.of, lang),
  };
  const { pairs } = data;
  if (!pairs || pairs.length === 0) {
    const reason = pairs ? p.noPair : t.absent("premium");
    return layout(
      lang,
      opening,
      section(p.overTime, null, el("p", {}, reason)),
    );
  }
  const pair = select(
    p.pair,
    "pair",
    pairs.map((one) => [one.key, pairName(one, lang)]),
    pairs[0]!.key,
    () => redraw(),
  );
  const spreads = region(p.spread, "scroll stack");
  const fees = region(p.fees.heading, "scroll stack");
  const assumed = el(
    "div",
    {},
    el("h3", {}, p.fees.heading),
    fees,
    el("p", { class: "note" }, p.fees.note),
  );
  const { node, redraw } = overTime(data, lang, () => {
    const one = pairs.find((other) => other.key === pair.state.value)!;
    spreads.replaceChildren(spreadTable(data, one, lang));
    const charged = feeTable(data, one, lang);
    fees.replaceChildren(...(charged ? [charged] : []));
    assumed.hidden = charged === null;
    return one;
  });
  return layout(
    lang,
    { ...opening, aside: pair.node },
    node,
    section(
      p.spread,
      null,
      el("p", { class: "warning" }, p.indicative),
      el("p", { class: "lead" }, p.spreadLead),
      spreads,
      assumed,
    ),
  );
}

/** A pair as its choice names it. */
const pairName = (one: Pair, lang: Lang): string =>
  `${coinName(one, lang)} · ${sourceName(one.korean[0], lang)} ${
    one.korean[1]
  } / ${sourceName(one.global[0], lang)} ${one.global[1]}`;

/** The premiums of the pair that `chosen` gives, drawn anew with the rest that depends on it. */
function overTime(
  data: PremiumData,
  lang: Lang,
  chosen: () => Pair,
): { node: HTMLElement; redraw: () => void } {
  const t = i18n[lang];
  const p = t.premium;
  const range = segments(
    t.range,
    "range",
    mapValues(
      data.ranges,
      (r, key) => `${t.ranges[key]} · ${t.intervals[r.interval]}`,
    ),
    "1d",
    () => redraw(),
  );
  const figures = el("div", { class: "premiums", role: "status" });
  const marked = el("p", { class: "note" });
  const warnings = el("div", { role: "status" });
  const panels = chart("premium");
  const redraw = follow(panels, (width) => {
    const one = chosen();
    const { pairs, ...axis } = data.ranges[range.state.value];
    const r = { ...axis, ...pairs[one.key]! };
    const context = {
      r,
      width,
      lang,
      t,
      percent: (value: number | null) => percent(value, lang),
      age: (minutes: number | null) => ageText(minutes, lang),
      sides: sides("−00.00%"),
      name: `${one.korean[1]} / ${one.global[1]}`,
      range: range.state.value,
    };
    panels.replaceChildren(premiumPanel(context), agePanel(context));
    marked.textContent = markedText(r, r.n, lang);
    figures.replaceChildren(...latestFigures(one, lang));
    warnings.replaceChildren(...latestWarnings(one, lang));
  });
  const node = section(
    p.overTime,
    null,
    figures,
    warnings,
    el("div", { class: "choices below" }, range.node),
    panels,
    marked,
    legend([
      ["u", p.legend.u],
      ["p", p.legend.stale],
      ["disagree", p.legend.disagree],
    ]),
    el("p", { class: "note" }, `${t.timesIn} ${p.definitions}`),
  );
  return { node, redraw };
}

/** Minutes as a length of time. */
function ageText(minutes: number | null, lang: Lang): string {
  const p = i18n[lang].premium;
  return minutes === null
    ? "–"
    : minutes < 120
    ? p.minutes(number(minutes, lang))
    : p.hours(number(minutes / 60, lang));
}

/** How much of the span is marked, of `n` bars. */
function markedText(r: PremiumColumns, n: number, lang: Lang): string {
  const p = i18n[lang].premium;
  const known = r.states.replaceAll("u", "").length;
  const part = (marks: string) =>
    share(known === 0 ? null : marks.replaceAll("0", "").length / known, lang);
  return known === 0 ? p.nothingKnown : p.marked({
    stale: part(r.stale),
    disagree: part(r.disagree),
    unknown: share(1 - known / n, lang),
  });
}

/** A venue, or the page that a rate is read from. */
const rateSource = (name: string | null, t: Words, lang: Lang): string =>
  name ? sourceName(name, lang) : t.unknown;

/** The three premiums as they are now. */
function latestFigures(one: Pair, lang: Lang): HTMLElement[] {
  const t = i18n[lang];
  const p = t.premium;
  return PREMIUM_NAMES.map((key) =>
    el(
      "div",
      { style: `--dot: ${PREMIUMS[key]}` },
      el("span", { class: "quiet" }, p.names[key]),
      el("b", {}, percent(one.latest[key], lang)),
      el(
        "small",
        {},
        p.by[key]({
          age: ageText(one.latest.age, lang),
          fx: rateSource(one.fxSource, t, lang),
          usdt: rateSource(one.usdtSource, t, lang),
        }),
      ),
    )
  );
}

/** As of when they are, and what there is to be careful about. */
function latestWarnings({ latest }: Pair, lang: Lang): HTMLElement[] {
  const p = i18n[lang].premium;
  const warning = (text: string) => el("p", { class: "warning" }, text);
  return [
    el(
      "p",
      { class: "note" },
      `${p.asOf(moment(latest.at, lang))} `,
      ageOf(latest.at, lang),
    ),
    ...(latest.fx === null ? [warning(p.noRate)] : []),
    ...(latest.stale ? [warning(p.staleNow(ageText(latest.age, lang)))] : []),
    ...(latest.disagree ? [warning(p.disagreeNow)] : []),
  ];
}
