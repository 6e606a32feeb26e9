/** The Premium page: what the same coin costs in Korea and elsewhere. */
import { legend, patterns, sides } from "./axes.js";
import { listen } from "./live.js";
import {
  chart,
  el,
  follow,
  keepInLinks,
  section,
  segments,
  select,
  table,
  themeButton,
} from "./page.js";
import { agePane, premiumPane, PREMIUMS } from "./premium_panes.js";
import { change, coinName, moment, number } from "./shape.js";
import { words } from "./words.js";

/** Fills the page. `data` is `data/premium.json`. */
export function premiumPage(data, lang) {
  const t = words[lang];
  const p = t.premium;
  patterns();
  listen(lang, () => {});
  requestAnimationFrame(() => {
    keepInLinks();
    themeButton();
  });
  const top = (...more) =>
    el(
      "div",
      { class: "top" },
      el(
        "div",
        {},
        el("h1", {}, p.heading),
        el("p", { class: "lead" }, p.lead),
      ),
      ...more,
    );
  if (!data.pairs || data.pairs.length === 0) {
    return el(
      "div",
      {},
      top(),
      section(
        p.overTime,
        null,
        el("p", {}, data.pairs ? p.noPair : t.absent("premium")),
      ),
    );
  }
  const percent = (value) => change(value, lang).replace(/^[▲▼] /, "");
  const venue = (name) => t.venues[name] ?? name;
  const age = (minutes) =>
    minutes === null
      ? "–"
      : minutes < 120
      ? p.minutes(number(minutes, lang))
      : p.hours(number(minutes / 60, lang));
  const range = segments(
    t.range,
    "range",
    Object.fromEntries(
      Object.entries(data.ranges).map(([key, r]) => [
        key,
        `${t.ranges[key]} · ${t.intervals[r.interval]}`,
      ]),
    ),
    "1d",
    () => redraw(),
  );
  const pair = select(
    p.pair,
    "pair",
    data.pairs.map((one) => [
      one.key,
      `${coinName(one, lang)} · ${venue(one.korean[0])} ${one.korean[1]} / ${
        venue(one.global[0])
      } ${one.global[1]}`,
    ]),
    data.pairs[0].key,
    () => redraw(),
  );
  const figures = el("div", { class: "premiums", role: "status" });
  const warnings = el("div", { role: "status" });
  const panes = chart("premium");
  const spreads = el("div", {
    class: "scroll",
    tabindex: "0",
    role: "region",
    "aria-label": p.spread,
  });
  const redraw = follow(panes, (width) => {
    const one = data.pairs.find((other) => other.key === pair.state.value);
    const { pairs, ...axis } = data.ranges[range.state.value];
    const r = { ...axis, ...pairs[one.key] };
    const context = {
      r,
      width,
      lang,
      t,
      percent,
      age,
      sides: sides("−00.00%"),
      name: `${one.korean[1]} / ${one.global[1]}`,
      range: range.state.value,
    };
    panes.replaceChildren(premiumPane(context), agePane(context));
    const { latest } = one;
    figures.replaceChildren(
      ...Object.entries(PREMIUMS).map(([key, colour]) =>
        el(
          "div",
          { style: `--dot: ${colour}` },
          el("span", { class: "quiet" }, p.names[key]),
          el("b", {}, percent(latest[key])),
          el(
            "small",
            {},
            p.by[key]({
              age: age(latest.age),
              fx: one.fxSource ?? t.unknown,
              usdt: venue(one.usdtSource) ?? t.unknown,
            }),
          ),
        )
      ),
    );
    warnings.replaceChildren(
      el("p", { class: "note" }, p.asOf(moment(latest.at, lang))),
      ...(latest.fx === null ? [warning(p.noRate)] : []),
      ...(latest.stale ? [warning(p.staleNow(age(latest.age)))] : []),
      ...(latest.disagree ? [warning(p.disagreeNow)] : []),
    );
    spreads.replaceChildren(spreadTable(one));
  });

  function spreadTable(one) {
    const rows = (data.spreads ?? []).filter((row) =>
      row.pairs.includes(one.key)
    );
    if (rows.length === 0) {
      return el(
        "p",
        { class: "lead" },
        data.spreads ? p.noBooks : t.absent("arbitrage"),
      );
    }
    const c = p.columns;
    const shown = (row, value) =>
      row.filled
        ? value === null ? el("small", {}, t.unknown) : percent(value)
        : "";
    return table(
      p.spread,
      [
        c.way,
        c.size,
        c.grossFx,
        c.netFx,
        c.grossUsdt,
        c.netUsdt,
        c.costs,
        c.at,
      ],
      rows.map((row) => [
        `${venue(row.buy[0])} → ${venue(row.sell[0])}`,
        `$${number(row.size, lang)}`,
        row.filled ? percent(row.grossFx) : el("small", {}, p.thin),
        el(
          "span",
          row.stale ? { class: "invalid" } : {},
          shown(row, row.netFx),
          row.stale && row.filled ? el("small", {}, ` ${p.staleShort}`) : null,
        ),
        shown(row, row.grossUsdt),
        shown(row, row.netUsdt),
        row.fees === null
          ? el("small", {}, t.unknown)
          : `${percent(row.fees)}${
            row.transfer === null ? "" : ` + $${number(row.transfer, lang, 2)}`
          }`,
        el("small", {}, moment(row.at, lang)),
      ]),
      ["", "num", "num", "num", "num", "num", "num", "end"],
    );
  }

  return el(
    "div",
    {},
    top(pair.node),
    section(
      p.overTime,
      null,
      figures,
      warnings,
      el("div", { class: "choices below" }, range.node),
      panes,
      legend([
        ["u", p.legend.u],
        ["p", p.legend.stale],
        ["disagree", p.legend.disagree],
      ]),
      el("p", { class: "note" }, `${t.timesIn} ${p.definitions}`),
    ),
    section(
      p.spread,
      null,
      el("p", { class: "warning" }, p.indicative),
      el("p", { class: "lead" }, p.spreadLead),
      spreads,
    ),
  );
}

const warning = (text) => el("p", { class: "warning" }, text);
