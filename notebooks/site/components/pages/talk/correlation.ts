// @ts-nocheck Its types are still to come.
/** Correlation with its intervals, the lags, and the verdict on every pair. */
import * as Plot from "@observablehq/plot";
import { scale, span, whisker } from "../../charts/interval.js";
import { el, label, table } from "../../parts/elements.js";
import { hover } from "../../charts/panel.js";
import { marketName, number } from "../../parts/format.js";
import { FOUND, pairsOf, probability } from "../../words/verdict.js";

/** A bar a lag, both bands behind, the peak marked where it stands out. */
export function lagChart({ pair, bucket, width, lang, t, text }) {
  const c = t.correlation;
  const scale = bucket === "5m" ? 5 : 1;
  const { lag, r, band, family, n } = pair.lags;
  const rows = lag.map((at, i) => ({
    at: at * scale,
    r: r[i],
    n: n[i],
    band: band[i],
    family: family[i],
    peak: FOUND.includes(pair.verdict) && pair.lag === at,
  }));
  const known = rows.filter((d) => d.r !== null);
  const end = Math.max(...rows.map((d) => d.at)) + scale;
  const step = [1, 2, 3, 6, 12, 15, 30, 60, 120]
    .find((s) => end / s <= (width < 500 ? 2.5 : 4.5)) ?? 240;
  const ticks = Array.from(
    { length: 2 * Math.floor(end / step) + 1 },
    (_, i) => (i - Math.floor(end / step)) * step,
  );
  const top = Math.min(
    1,
    Math.max(0.2, ...known.flatMap((d) => [Math.abs(d.r), d.family])) * 1.25,
  );
  const edge = (sign) =>
    Plot.line(rows, {
      x: "at",
      y: (d) => d.family === null ? null : sign * d.family,
      stroke: "var(--ink-3)",
      strokeDasharray: "3 3",
      curve: "step",
    });
  const plot = Plot.plot({
    width,
    height: 270,
    marginLeft: 40,
    marginRight: 8,
    marginTop: 26,
    marginBottom: 40,
    x: {
      domain: [-end, end],
      ticks,
      tickSize: 4,
      label: c.lagAxis[bucket],
      labelAnchor: "center",
      labelArrow: "none",
      tickFormat: (v) => number(v, lang),
    },
    y: {
      domain: [-top, top],
      ticks: 5,
      tickSize: 0,
      label: null,
      tickFormat: (v) => number(v, lang, 1),
    },
    marks: [
      Plot.areaY(rows.filter((d) => d.band !== null), {
        x: "at",
        y1: (d) => -d.band,
        y2: "band",
        fill: "var(--ink-3)",
        fillOpacity: 0.16,
        curve: "step",
      }),
      Plot.gridY({ ticks: 5, stroke: "var(--line)", strokeOpacity: 1 }),
      Plot.ruleX([0], { stroke: "var(--line-2)" }),
      edge(1),
      edge(-1),
      Plot.rect(known, {
        x1: (d) => d.at - 0.35 * scale,
        x2: (d) => d.at + 0.35 * scale,
        y1: 0,
        y2: "r",
        fill: (d) =>
          Math.abs(d.r) > d.family ? "var(--accent)" : "var(--ink-3)",
        fillOpacity: (d) => Math.abs(d.r) > d.family ? 1 : 0.6,
        className: "lags",
      }),
      Plot.ruleY([0], { stroke: "var(--ink-3)" }),
      Plot.text(rows.filter((d) => d.peak && d.r !== null), {
        x: "at",
        y: "r",
        dy: pair.r < 0 ? 10 : -9,
        text: (d) =>
          `${d.at < 0 ? "−" : "+"}${c.span(Math.abs(pair.minutes))} · r = ${
            number(d.r, lang, 2)
          }`,
        fill: "var(--accent)",
        stroke: "var(--card)",
        strokeWidth: 4,
        fontWeight: 600,
        textAnchor: pair.lag > 12 ? "end" : pair.lag < -12 ? "start" : "middle",
      }),
      Plot.text([c.later], {
        frameAnchor: "top-left",
        dy: -20,
        fill: "var(--ink-2)",
      }),
      Plot.text([c.first], {
        frameAnchor: "top-right",
        dy: -20,
        fill: "var(--ink-2)",
      }),
      hover(known, {
        x: "at",
        y: "r",
        title: (d) =>
          `${c.lagAxis[bucket]} ${number(d.at, lang)}\nr = ${
            number(d.r, lang, 3)
          }, ± ${number(d.band, lang, 3)}, n = ${number(d.n, lang)}`,
      }),
    ],
  });
  return label(plot, text);
}

/** Each form and coefficient in the same bucket, with both intervals, n and effective n. */
export function intervalTable({ pair, t, lang }) {
  const c = t.correlation;
  const k = c.columns;
  return table(
    c.same,
    [
      k.form,
      k.method,
      k.r,
      scale(lang),
      k.interval,
      k.bootstrap,
      k.n,
      k.nEff,
      k.p,
    ],
    pair.rows.map((
      [form, method, r, low, high, bootLow, bootHigh, n, nEff, p, valid],
    ) => [
      el(
        "span",
        valid ? {} : { class: "invalid" },
        c.forms[form] ?? form,
        valid ? null : el("small", {}, ` ${c.invalid}`),
      ),
      c.methods[method],
      number(r, lang, 2),
      low === null || !valid ? "" : whisker(r, low, high),
      low === null ? el("small", {}, c.none) : span(low, high, lang),
      bootLow === null ? "–" : span(bootLow, bootHigh, lang),
      number(n, lang),
      number(nEff, lang),
      probability(p, lang),
    ]),
    ["", "", "num", "num wide", "num", "num", "num", "num", "num"],
  );
}

/** Every lag with its band, n and adjusted p. */
export function lagTable({ pair, bucket, t, lang }) {
  const k = t.correlation.lagColumns;
  const { lag, r, band, n, p } = pair.lags;
  return table(
    t.correlation.table,
    [t.correlation.lagAxis[bucket], k.r, k.band, k.n, k.p],
    lag.map((at, i) => [
      number(at * (bucket === "5m" ? 5 : 1), lang),
      number(r[i], lang, 3),
      `± ${number(band[i], lang, 3)}`,
      number(n[i], lang),
      probability(p[i], lang),
    ]),
    ["num", "num", "num", "num", "num"],
  );
}

/** Each talk series against each market; a cell chooses its pair. */
export function pairTable(
  { data, lang, t, against, bucket, querySource, chosen, choose },
) {
  const c = t.correlation;
  return table(
    c.allPairs,
    [
      t.talk.market,
      ...data.series.map((s) =>
        el(
          "span",
          {},
          t.talk.measures[s.measure],
          " ",
          el("small", {}, querySource(s)),
        )
      ),
    ],
    data.markets.map((m) => [
      marketName(m, lang),
      ...data.series.map((s) => {
        const pair = data.correlation[`${s.key}|${m.key}|${against}|${bucket}`];
        const found = pair && FOUND.includes(pair.verdict) && pair.lag !== 0;
        return el(
          "button",
          {
            type: "button",
            class: "cell",
            "aria-pressed": String(chosen === `${s.key}|${m.key}`),
            onclick: () => choose(s.key, m.key),
          },
          pair
            ? `${c.short[pair.verdict]}${
              found ? ` ${c.span(Math.abs(pair.minutes))}` : ""
            }`
            : t.unknown,
          pair
            ? el(
              "small",
              {},
              ` r ${number(pair.r, lang, 2)}`,
              el(
                "span",
                { class: "wide" },
                ` · n ${number(pairsOf(pair), lang)}`,
              ),
            )
            : null,
        );
      }),
    ]),
    ["", ...data.series.map(() => "num")],
  );
}
