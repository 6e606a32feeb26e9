/** The panes of the Coin page, one above the other on one time axis. */
import * as Plot from "@observablehq/plot";
import {
  domainOf,
  MINUTE,
  openOf,
  plainScale,
  runs,
  timeScale,
} from "./axes.js";
import { label } from "./page.js";
import { compact, number } from "./shape.js";

const OVERLAYS = ["sma20", "sma60", "sma240", "ema12", "ema26"];

/** One object a known bar; `x` is its middle. */
function bars({ r }) {
  const found = [];
  for (let i = 0; i < r.n; i++) {
    if (r.states[i] === "u") continue;
    const open = openOf(r, i);
    const width = r.step * MINUTE;
    found.push({
      i,
      state: r.states[i],
      x: new Date(open + width / 2),
      x1: new Date(open + width * 0.16),
      x2: new Date(open + width * 0.84),
      open: r.open[i],
      high: r.high[i],
      low: r.low[i],
      close: r.close[i],
      volume: r.volume[i],
    });
  }
  return found;
}

/** A series with its gaps: null breaks the line. */
const series = (r, name) =>
  r[name].map((y, i) => ({ x: new Date(openOf(r, i + 0.5)), y }));

const colourOf = (bar) => bar.close >= bar.open ? "var(--up)" : "var(--down)";

/** Hatching over the spans that nobody saw. */
const unknown = (r) =>
  Plot.rect(runs(r, (i) => r.states[i] === "u"), {
    x1: (d) => new Date(d.x1),
    x2: (d) => new Date(d.x2),
    fill: "url(#hatch)",
    className: "unknown-span",
  });

const frame = (context, height, last) => ({
  width: context.width,
  height: height + (last ? 22 : 0),
  ...context.sides,
  marginTop: 10,
  marginBottom: last ? 24 : 2,
  x: last
    ? timeScale(domainOf(context.r), context.width, context.lang)
    : plainScale(timeScale(domainOf(context.r), context.width, context.lang)),
});

/** Whether this pane is the lowest chosen one, which bears the time axis. */
const lowest = (context, pane) =>
  ["macd", "rsi", "volume"].find((name) => context.chosen.has(name)) === pane;

/** Vertical lines at the ticks. */
const gridX = (context) =>
  Plot.ruleX(
    timeScale(domainOf(context.r), context.width, context.lang).ticks,
    {
      stroke: "var(--line)",
    },
  );

/** Candlesticks with the chosen overlays. */
export function pricePane(context) {
  const { r, chosen, lang, t, show, name, live, colours } = context;
  const known = bars(context);
  const last = !["macd", "rsi", "volume"].some((pane) => chosen.has(pane));
  const overlays = OVERLAYS.filter((field) => chosen.has(field));
  const values = known.flatMap((bar) => [bar.low, bar.high]);
  for (const field of overlays) values.push(...r[field]);
  if (chosen.has("bollinger")) values.push(...r.bb_upper, ...r.bb_lower);
  if (live) values.push(Number(live.last));
  const real = values.filter((v) => v !== null && Number.isFinite(v));
  const low = Math.min(...real);
  const high = Math.max(...real);
  const room = (high - low || high * 0.001 || 1) * 0.05;
  const seen = known.filter((bar) => bar.state === "c");
  const part = known.filter((bar) => bar.state === "p");
  const still = known.filter((bar) => bar.state === "n");
  const body = {
    x1: "x1",
    x2: "x2",
    y1: (bar) => Math.min(bar.open, bar.close),
    y2: (bar) => Math.max(bar.open, bar.close),
    insetTop: -0.5,
    insetBottom: -0.5,
  };
  const wick = { x: "x", y1: "low", y2: "high", strokeWidth: 1 };
  const newest = live ? Number(live.last) : null;
  const plot = Plot.plot({
    ...frame(context, context.width < 500 ? 260 : 340, last),
    y: {
      domain: [low - room, high + room],
      axis: "right",
      ticks: 6,
      tickSize: 0,
      label: null,
      tickFormat: (v) => show(v),
    },
    marks: [
      unknown(r),
      Plot.gridY({ ticks: 6, stroke: "var(--line)", strokeOpacity: 1 }),
      gridX(context),
      chosen.has("bollinger")
        ? Plot.areaY(
          series(r, "bb_upper").map((d, i) => ({ ...d, low: r.bb_lower[i] })),
          {
            x: "x",
            y1: "low",
            y2: "y",
            fill: colours.bollinger.colour,
            fillOpacity: 0.07,
          },
        )
        : null,
      ...(chosen.has("bollinger")
        ? ["bb_upper", "bb_lower"].map((field) =>
          Plot.lineY(series(r, field), {
            x: "x",
            y: "y",
            stroke: colours.bollinger.colour,
            strokeWidth: 1,
            strokeOpacity: 0.7,
          })
        )
        : []),
      Plot.ruleX(seen, { ...wick, stroke: colourOf }),
      Plot.rect(seen, { ...body, fill: colourOf, className: "candles" }),
      Plot.ruleX(part, {
        ...wick,
        stroke: "var(--part)",
        strokeDasharray: "2 2",
      }),
      Plot.rect(part, {
        ...body,
        fill: "url(#hatch-part)",
        stroke: "var(--part)",
        className: "partial",
      }),
      Plot.ruleY(still, {
        x1: "x1",
        x2: "x2",
        y: "close",
        stroke: "var(--ink-3)",
        strokeWidth: 1.5,
      }),
      ...overlays.map((field) =>
        Plot.lineY(series(r, field), {
          x: "x",
          y: "y",
          stroke: colours[field].colour,
          strokeWidth: 1.4,
        })
      ),
      newest === null ? null : Plot.ruleY([newest], {
        stroke: "var(--accent)",
        strokeDasharray: "3 3",
      }),
      newest === null ? null : Plot.text([newest], {
        y: (v) => v,
        text: (v) => show(v),
        frameAnchor: "right",
        textAnchor: "start",
        dx: 3,
        fill: "var(--accent)",
        stroke: "var(--card)",
        strokeWidth: 11,
        fontWeight: 600,
      }),
    ],
  });
  return label(
    plot,
    t.coin.label({
      name,
      range: t.ranges[context.range],
      interval: t.intervals[r.interval],
      close: show(known.at(-1)?.close),
      low: show(Math.min(...known.map((bar) => bar.low))),
      high: show(Math.max(...known.map((bar) => bar.high))),
      partial: number(part.length, lang),
      unknown: number(r.n - known.length, lang),
    }),
  );
}

/** The pane's name in its corner. */
const caption = (text) =>
  Plot.text([text], {
    frameAnchor: "top-left",
    dx: 4,
    dy: -2,
    fill: "var(--ink-2)",
    stroke: "var(--card)",
    strokeWidth: 4,
  });

/** Volume in base units. */
export function volumePane(context) {
  const { r, lang, t } = context;
  const known = bars(context);
  const plot = Plot.plot({
    ...frame(context, 80, lowest(context, "volume")),
    y: {
      axis: "right",
      ticks: 2,
      tickSize: 0,
      label: null,
      tickFormat: (v) => v === 0 ? "" : compact(v, lang),
    },
    marks: [
      unknown(r),
      gridX(context),
      Plot.rect(known, {
        x1: "x1",
        x2: "x2",
        y1: 0,
        y2: "volume",
        fill: (bar) => bar.state === "p" ? "url(#hatch-part)" : colourOf(bar),
        fillOpacity: 0.65,
      }),
      Plot.ruleY([0], { stroke: "var(--line-2)" }),
      caption(`${t.coin.volume} (${context.data.base})`),
    ],
  });
  return label(
    plot,
    t.coin.paneLabel(t.coin.volume, compact(known.at(-1)?.volume, lang)),
  );
}

/** RSI with its usual bounds at 30 and 70. */
export function rsiPane(context) {
  const { r, lang, t } = context;
  const plot = Plot.plot({
    ...frame(context, 90, lowest(context, "rsi")),
    y: {
      domain: [0, 100],
      axis: "right",
      ticks: [30, 70],
      tickSize: 0,
      label: null,
    },
    marks: [
      unknown(r),
      gridX(context),
      Plot.rect([0], {
        y1: 30,
        y2: 70,
        fill: "var(--series-0)",
        fillOpacity: 0.05,
      }),
      Plot.ruleY([30, 70], { stroke: "var(--line-2)", strokeDasharray: "3 3" }),
      Plot.lineY(series(r, "rsi14"), {
        x: "x",
        y: "y",
        stroke: "var(--series-0)",
        strokeWidth: 1.4,
      }),
      caption("RSI 14"),
    ],
  });
  return label(
    plot,
    t.coin.paneLabel("RSI 14", number(newestOf(r.rsi14), lang, 1)),
  );
}

/** MACD, its signal and their difference. */
export function macdPane(context) {
  const { r, lang, t } = context;
  const difference = r.macd_hist.map((y, i) => ({
    x1: new Date(openOf(r, i + 0.16)),
    x2: new Date(openOf(r, i + 0.84)),
    y,
  })).filter((d) => d.y !== null);
  const plot = Plot.plot({
    ...frame(context, 100, lowest(context, "macd")),
    y: {
      axis: "right",
      ticks: 3,
      tickSize: 0,
      label: null,
      tickFormat: (v) => compact(v, lang),
    },
    marks: [
      unknown(r),
      gridX(context),
      Plot.rect(difference, {
        x1: "x1",
        x2: "x2",
        y1: 0,
        y2: "y",
        fill: (d) => d.y >= 0 ? "var(--up)" : "var(--down)",
        fillOpacity: 0.5,
      }),
      Plot.ruleY([0], { stroke: "var(--line-2)" }),
      Plot.lineY(series(r, "macd"), {
        x: "x",
        y: "y",
        stroke: "var(--series-0)",
        strokeWidth: 1.4,
      }),
      Plot.lineY(series(r, "macd_signal"), {
        x: "x",
        y: "y",
        stroke: "var(--series-1)",
        strokeWidth: 1.4,
      }),
      caption(`MACD 12, 26 · ${t.coin.signal} 9`),
    ],
  });
  return label(
    plot,
    t.coin.paneLabel("MACD", number(newestOf(r.macd), lang, 2)),
  );
}

const newestOf = (values) => values.findLast((v) => v !== null) ?? null;
