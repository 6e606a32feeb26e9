/** The lead–lag chart and its tables. */
import * as Plot from "@observablehq/plot";
import { band, peak } from "./lag.js";
import { el, label, table } from "./page.js";
import { number } from "./shape.js";

/** A bar a lag, the band behind, the peak marked where it stands out. */
export function lagChart({ pair, best, width, lang, t, method, text }) {
  const rows = pair.lag.map((lag, i) => ({
    minutes: lag * 5,
    r: pair[method][i],
    n: pair.n[i],
    edge: band(pair.n[i]),
    peak: best?.out && best.lag === lag,
  }));
  const known = rows.filter((d) => d.r !== null);
  const top = Math.min(
    1,
    Math.max(0.2, ...known.flatMap((d) => [Math.abs(d.r), d.edge])) * 1.25,
  );
  const symbol = t.talk.symbols[method];
  const plot = Plot.plot({
    width,
    height: 270,
    marginLeft: 40,
    marginRight: 8,
    marginTop: 26,
    marginBottom: 40,
    x: {
      domain: [-125, 125],
      ticks: width < 500
        ? [-120, -60, 0, 60, 120]
        : [-120, -90, -60, -30, 0, 30, 60, 90, 120],
      tickSize: 4,
      label: t.talk.lagAxis,
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
      Plot.areaY(rows.filter((d) => Number.isFinite(d.edge)), {
        x: "minutes",
        y1: (d) => -d.edge,
        y2: "edge",
        fill: "var(--ink-3)",
        fillOpacity: 0.16,
        curve: "step",
      }),
      Plot.gridY({ ticks: 5, stroke: "var(--line)", strokeOpacity: 1 }),
      Plot.ruleX([0], { stroke: "var(--line-2)" }),
      Plot.rect(known, {
        x1: (d) => d.minutes - 1.7,
        x2: (d) => d.minutes + 1.7,
        y1: 0,
        y2: "r",
        fill: (d) => Math.abs(d.r) > d.edge ? "var(--accent)" : "var(--ink-3)",
        fillOpacity: (d) => Math.abs(d.r) > d.edge ? 1 : 0.6,
        className: "lags",
      }),
      Plot.ruleY([0], { stroke: "var(--ink-3)" }),
      Plot.text(rows.filter((d) => d.peak), {
        x: "minutes",
        y: "r",
        dy: (best?.r ?? 0) < 0 ? 10 : -9,
        text: (d) =>
          `${d.minutes > 0 ? "+" : ""}${
            t.talk.minutes(number(d.minutes, lang))
          } · ${symbol} = ${number(d.r, lang, 2)}`,
        fill: "var(--accent)",
        stroke: "var(--card)",
        strokeWidth: 4,
        fontWeight: 600,
        textAnchor: (best?.lag ?? 0) > 12
          ? "end"
          : (best?.lag ?? 0) < -12
          ? "start"
          : "middle",
      }),
      Plot.text([t.talk.volumeFirst], {
        frameAnchor: "top-left",
        dy: -20,
        fill: "var(--ink-2)",
      }),
      Plot.text([t.talk.talkFirst], {
        frameAnchor: "top-right",
        dy: -20,
        fill: "var(--ink-2)",
      }),
      Plot.tip(
        known,
        Plot.pointerX({
          x: "minutes",
          y: "r",
          title: (d) =>
            `${t.talk.minutes(number(d.minutes, lang))}\n${symbol} = ${
              number(d.r, lang, 3)
            }, n = ${number(d.n, lang)}`,
          fill: "var(--card)",
          stroke: "var(--line-2)",
        }),
      ),
    ],
  });
  return label(plot, text);
}

/** Every lag with both coefficients, n and whether it lies outside the band. */
export function lagTable({ pair, t, lang }) {
  const c = t.talk.columns;
  return table(
    t.talk.table,
    [c.lag, t.talk.pearson, t.talk.spearman, c.n, ""],
    pair.lag.map((lag, i) => [
      number(lag * 5, lang),
      number(pair.pearson[i], lang, 3),
      number(pair.spearman[i], lang, 3),
      number(pair.n[i], lang),
      Math.abs(pair.pearson[i] ?? 0) > band(pair.n[i])
        ? t.talk.standsOut
        : t.talk.inside,
    ]),
    ["num", "num", "num", "num", "end wide"],
  );
}

/**
 * Correlations of a pair in levels and changes, each with its interval on the
 * effective number of observations.
 */
export function correlationTable({ pair, t, lang }) {
  const c = t.talk.columns;
  const words = t.talk.transforms;
  return table(
    t.talk.sure,
    [c.bucket, c.of, c.method, c.r, c.interval, c.n, c.effective, c.adjusted],
    pair.rows.map(([bucket, transform, method, r, low, high, n, nEff, q]) => [
      t.talk.buckets[bucket] ?? bucket,
      words[transform] ?? transform,
      t.talk.methods[method] ?? method,
      number(r, lang, 3),
      low === null
        ? t.talk.noInterval
        : `${number(low, lang, 2)} … ${number(high, lang, 2)}`,
      number(n, lang),
      number(nEff === null ? null : Math.round(nEff), lang),
      q === null ? "–" : q < 0.001 ? "< 0.001" : number(q, lang, 3),
    ]),
    ["", "", "", "num", "num", "num", "num", "num"],
  );
}

/** Each talk series against each market; a cell chooses its pair. */
export function pairTable(
  { data, lang, t, method, querySource, chosen, choose },
) {
  return table(
    t.talk.allPairs,
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
      `${t.venues[m.venue] ?? m.venue} ${m.market}`,
      ...data.series.map((s) => {
        const best = peak(data.leadLag[`${s.key}|${m.key}`], method);
        const text = best === null
          ? t.unknown
          : best.out
          ? `${best.lag > 0 ? "+" : ""}${
            t.talk.minutes(number(best.lag * 5, lang))
          }`
          : "—";
        return el(
          "button",
          {
            type: "button",
            class: "cell",
            "aria-pressed": String(chosen === `${s.key}|${m.key}`),
            onclick: () => choose(s.key, m.key),
          },
          text,
          best === null ? null : el(
            "small",
            {},
            ` ${t.talk.symbols[method]} ${number(best.r, lang, 2)} · n ${
              number(best.n, lang)
            }`,
          ),
        );
      }),
    ]),
    ["", ...data.series.map(() => "num")],
  );
}
