/** The Premium page: what the same coin costs in Korea and elsewhere. */
import { ageOf } from "./age.js";
import { legend, sides } from "./axes.js";
import {
  chart,
  el,
  follow,
  region,
  section,
  segments,
  select,
  table,
} from "./page.js";
import { agePane, premiumPane, PREMIUMS } from "./premium_panes.js";
import { change, coinName, moment, number, share, venueName } from "./shape.js";
import { leadOf, wholePage } from "./whole_page.js";
import { words } from "./words.js";

/** Fills the page. `data` is `data/premium.json`. */
export function premiumPage(data, lang) {
  const t = words[lang];
  const p = t.premium;
  const opening = {
    heading: p.heading,
    lead: leadOf(p.lead, data.pairs?.length ?? 0, data.of, lang),
  };
  if (!data.pairs || data.pairs.length === 0) {
    return wholePage(
      lang,
      opening,
      section(
        p.overTime,
        null,
        el("p", {}, data.pairs ? p.noPair : t.absent("premium")),
      ),
    );
  }
  const percent = (value) => change(value, lang).replace(/^[▲▼] /, "");
  const venue = (name) => venueName(name, lang);
  // A venue, or the page that a rate is read from.
  const source = (name) => name ? t.sources[name] ?? venue(name) : t.unknown;
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
  const marked = el("p", { class: "note" });
  const warnings = el("div", { role: "status" });
  const panes = chart("premium");
  const spreads = region(p.spread, "scroll stack");
  const assumed = el("div", {}, el("h3", {}, p.fees.heading));
  const fees = region(p.fees.heading, "scroll stack");
  assumed.append(fees, el("p", { class: "note" }, p.fees.note));
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
    const known = r.states.replaceAll("u", "").length;
    const part = (marks) =>
      share(
        known === 0 ? null : marks.replaceAll("0", "").length / known,
        lang,
      );
    marked.textContent = known === 0 ? p.nothingKnown : p.marked({
      stale: part(r.stale),
      disagree: part(r.disagree),
      unknown: share(1 - known / r.n, lang),
    });
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
              fx: source(one.fxSource),
              usdt: source(one.usdtSource),
            }),
          ),
        )
      ),
    );
    warnings.replaceChildren(
      el(
        "p",
        { class: "note" },
        `${p.asOf(moment(latest.at, lang))} `,
        ageOf(latest.at, lang),
      ),
      ...(latest.fx === null ? [warning(p.noRate)] : []),
      ...(latest.stale ? [warning(p.staleNow(age(latest.age)))] : []),
      ...(latest.disagree ? [warning(p.disagreeNow)] : []),
    );
    spreads.replaceChildren(spreadTable(one));
    const charged = feeTable(one);
    fees.replaceChildren(...charged);
    assumed.hidden = charged.length === 0;
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
        row.stale && row.filled
          ? el(
            "span",
            { class: "invalid" },
            shown(row, row.netFx),
            el("small", {}, ` ${p.staleShort}`),
          )
          : shown(row, row.netFx),
        shown(row, row.grossUsdt),
        shown(row, row.netUsdt),
        row.fees === null
          ? el("small", {}, t.unknown)
          : `${number(row.fees * 100, lang, 2)}%${
            row.transfer === null ? "" : ` + $${number(row.transfer, lang, 2)}`
          }`,
        el("small", {}, moment(row.at, lang)),
      ]),
      ["", "num", "num", "num", "num", "num", "num", "end"],
    );
  }

  /** What the spreads were charged with, each fee with the day it is assumed from. */
  function feeTable(one) {
    const venues = [one.korean[0], one.global[0]];
    const rows = (data.fees ?? []).filter((fee) => venues.includes(fee.venue));
    if (rows.length === 0) return [];
    const c = p.fees.columns;
    return [
      table(
        p.fees.heading,
        [c.venue, c.taker, c.transfer],
        rows.map((fee) => {
          const sent = fee.withdrawals.find((w) => w.base === one.base);
          return [
            venue(fee.venue),
            el(
              "span",
              {},
              `${number(fee.taker * 100, lang, 2)}%`,
              el("small", {}, ` ${p.fees.from(fee.from)}`),
            ),
            sent
              ? el(
                "span",
                {},
                `${sent.units} ${sent.base}`,
                el("small", {}, ` ${p.fees.from(sent.from)}`),
              )
              : el("small", {}, t.unknown),
          ];
        }),
        ["", "num", "num"],
      ),
    ];
  }

  return wholePage(
    lang,
    { ...opening, aside: pair.node },
    section(
      p.overTime,
      null,
      figures,
      warnings,
      el("div", { class: "choices below" }, range.node),
      panes,
      marked,
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
      assumed,
    ),
  );
}

const warning = (text) => el("p", { class: "warning" }, text);
