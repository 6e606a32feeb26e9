/// <reference lib="dom" />
/** The Liquidity page: how easily the same coin trades on each venue. */
import * as Plot from "@observablehq/plot";
import type { Column, Market } from "../../../marts.ts";
import type { Liquidity, LiquidityData } from "../../data/liquidity.json.ts";
import { openOf, sides } from "../charts/axes.js";
import {
  caption,
  frame,
  gridX,
  hatched,
  hover,
  knownOf,
  newestOf,
  type PanelContext,
  rightAxis,
  series,
} from "../charts/panel.js";
import { ageOf } from "../parts/age.js";
import {
  chart,
  el,
  follow,
  label,
  region,
  section,
  select,
  table,
} from "../parts/elements.js";
import {
  amount,
  coinName,
  marketName,
  moment,
  number,
  share,
} from "../parts/format.js";
import { layout, leadOf } from "../parts/layout.js";
import { legend } from "../parts/legend.js";
import { HOUR, type Page } from "../parts/page.js";
import { i18n, type Lang } from "../words/i18n.js";

const en = {
  heading: "Liquidity and spreads",
  lead:
    "How easily the same coin trades on each venue: how far its price moves, what a market order pays, and how much a trade moves the price.",
  coin: "Coin",
  none: "No whole hour has been collected yet.",
  overTime: "The last seven days, hour by hour",
  volatility: "Realised volatility, a year",
  spread: "Effective spread, in basis points",
  perYear: (share: string) => `volatility ${share} a year`,
  bp: (n: string) => `${n} bp`,
  unseen: "unknown for every market of the coin",
  label: (d: Record<string, string>) =>
    `${d.panel} of ${d.coin}, hour by hour over seven days. Newest: ${d.newest}.`,
  day: "The last day, market by market",
  dayLead:
    "Medians over the hours of the last day that are known. The smaller, the easier it trades.",
  columns: {
    market: "Market",
    spread: "Effective spread",
    roll: "Roll spread",
    amihud: "Price impact",
    volatility: "Volatility",
    hours: "Hours",
  },
  of: (n: string) => `${n} of 24`,
  impact: (d: Record<string, string>) => `${d.n} bp / million ${d.quote}`,
  means:
    "Effective spread: twice the distance of a trade from the middle of the book at most five seconds before. Roll spread: the same guessed from prices alone, in the quote currency, where they bounce enough to tell. Price impact (Amihud): the mean move of a minute for each million of the quote currency traded, so won and dollar markets do not compare. Volatility: of one-minute returns, as a fraction a year, of hours with at least 30 known minutes.",
};

const ko: typeof en = {
  heading: "유동성과 스프레드",
  lead:
    "같은 코인이 거래소마다 얼마나 쉽게 거래되는지 보여 줍니다. 가격이 얼마나 움직이는지, 시장가 주문이 얼마를 더 내는지, 거래가 가격을 얼마나 움직이는지입니다.",
  coin: "코인",
  none: "온전히 수집한 한 시간이 아직 없습니다.",
  overTime: "최근 7일, 시간별",
  volatility: "실현 변동성(연율)",
  spread: "실효 스프레드(bp)",
  perYear: (share) => `변동성 연 ${share}`,
  bp: (n) => `${n}bp`,
  unseen: "이 코인의 모든 마켓에서 알 수 없음",
  label: (d) =>
    `${d.coin} ${d.panel}, 최근 7일 시간별. 가장 최근 값: ${d.newest}.`,
  day: "최근 하루, 마켓별",
  dayLead:
    "최근 하루 가운데 값이 있는 시간들의 중앙값입니다. 작을수록 쉽게 거래됩니다.",
  columns: {
    market: "마켓",
    spread: "실효 스프레드",
    roll: "롤 스프레드",
    amihud: "가격 충격",
    volatility: "변동성",
    hours: "시간",
  },
  of: (n) => `24시간 중 ${n}시간`,
  impact: (d) => `${d.n}bp / 100만 ${d.quote}`,
  means:
    "실효 스프레드는 체결가와 길어야 5초 전 호가 중간값의 거리의 두 배입니다. 롤 스프레드는 같은 것을 가격만으로 어림한 값으로, 가격이 충분히 오르내릴 때만 결제 통화로 나타냅니다. 가격 충격(아미후드)은 결제 통화 100만 단위가 거래될 때 1분간의 평균 변동이므로 원화 마켓과 달러 마켓을 서로 견줄 수 없습니다. 변동성은 30분 이상 수집된 시간의 1분 수익률을 연율로 나타낸 것입니다.",
};

/** The page's own texts. */
const texts: Record<Lang, typeof en> = { en, ko };

/** A market of the chosen coin, with its hours and its colour. */
interface Line {
  market: Market;
  one: Liquidity;
  colour: string;
}

/** What a panel shows of a market. */
type Measure = "volatility" | "spread";

/** A spread as basis points. */
const inPoints = (value: number | null | undefined, lang: Lang): string =>
  texts[lang].bp(
    number(
      value === null || value === undefined ? null : value * 10_000,
      lang,
      2,
    ),
  );

const shown = (measure: Measure, value: number | null, lang: Lang): string =>
  value === null
    ? "–"
    : measure === "spread"
    ? inPoints(value, lang)
    : share(value, lang);

/** Fills the page. `data` is `data/liquidity.json`. */
function liquidityPage(data: LiquidityData, lang: Lang): HTMLElement {
  const t = i18n[lang];
  const p = texts[lang];
  const { liquidity, markets } = data;
  const opening = {
    heading: p.heading,
    lead: leadOf(p.lead, markets.length, data.of, lang),
  };
  const known = markets.filter(({ key }) => liquidity?.[key]?.newest);
  if (!liquidity || known.length === 0) {
    const reason = liquidity ? p.none : t.absent("liquidity");
    return layout(
      lang,
      opening,
      section(p.overTime, null, el("p", {}, reason)),
    );
  }
  const coins = coinsOf(known, lang);
  const coin = select(
    p.coin,
    "coin",
    coins,
    coins[0]![0],
    () => redraw(),
  );
  const { node, redraw } = overTime(
    data.axis,
    lang,
    () =>
      known.filter(({ base }) => base === coin.state.value)
        .map((market, i) => ({
          market,
          one: liquidity[market.key]!,
          colour: `var(--series-${[0, 1, 5, 4, 2, 3][i % 6]})`,
        })),
  );
  const days = region(p.day, "scroll stack");
  days.append(dayTable(known, liquidity, lang));
  return layout(
    lang,
    { ...opening, aside: coin.node },
    node,
    section(
      p.day,
      p.dayLead,
      days,
      el("p", { class: "note" }, p.means),
    ),
  );
}

/** The coins with their names, the one with the most markets first. */
function coinsOf(
  markets: Market[],
  lang: Lang,
): [base: string, name: string][] {
  const byCoin = Map.groupBy(markets, ({ base }) => base);
  return [...byCoin].sort(([, a], [, b]) => b.length - a.length)
    .map(([base, some]) => {
      const named = some.find((m) => m.ko || m.en) ?? some[0]!;
      return [base, coinName(named, lang)];
    });
}

/** The markets of the coin that `chosen` gives, over time. */
function overTime(
  axis: LiquidityData["axis"],
  lang: Lang,
  chosen: () => Line[],
): { node: HTMLElement; redraw: () => void } {
  const t = i18n[lang];
  const p = texts[lang];
  const figures = el("div", { class: "premiums", role: "status" });
  const panels = chart("liquidity");
  const redraw = follow(panels, (width) => {
    const lines = chosen();
    const context = {
      r: axis,
      width,
      lang,
      t,
      range: "7d" as const,
      sides: sides(inPoints(0.01, lang), share(10, lang)),
    };
    figures.replaceChildren(...lines.map((line) => figure(line, lang)));
    panels.replaceChildren(
      panel(context, "spread", lines, false),
      panel(context, "volatility", lines, true),
    );
  });
  const node = section(
    p.overTime,
    null,
    figures,
    panels,
    legend([["u", p.unseen]]),
    el("p", { class: "note" }, t.timesIn),
  );
  return { node, redraw };
}

/** A market's newest values beside its colour. */
const figure = ({ market, one, colour }: Line, lang: Lang): HTMLElement =>
  el(
    "div",
    { style: `--dot: ${colour}` },
    el("span", { class: "quiet" }, marketName(market, lang)),
    el("b", {}, shown("spread", newestOf(one.spread), lang)),
    el(
      "small",
      {},
      `${
        texts[lang].perYear(shown("volatility", newestOf(one.volatility), lang))
      }, `,
      ageOf(one.newest, lang),
    ),
  );

/** One measure of every market of the coin. */
function panel(
  context: PanelContext,
  measure: Measure,
  lines: Line[],
  last: boolean,
): SVGElement | HTMLElement {
  const { r, lang } = context;
  const p = texts[lang];
  const columns = lines.map(({ one }): Column => one[measure]);
  const most = Math.max(...columns.flatMap(knownOf), 0) || 0.0001;
  const hours = Array.from({ length: r.n }, (_, i) => i)
    .filter((i) => columns.some((column) => column[i] !== null));
  const plot = Plot.plot({
    ...frame(context, 150, last),
    y: rightAxis(4, (v) => shown(measure, v, lang), {
      domain: [0, most * 1.1],
    }),
    marks: [
      hatched(r, (i) => columns.every((column) => column[i] === null)),
      Plot.gridY({ ticks: 4, stroke: "var(--line)", strokeOpacity: 1 }),
      gridX(context),
      ...lines.flatMap(({ colour }, at) => [
        Plot.lineY(series(r, columns[at]!), {
          x: "x",
          y: "y",
          stroke: colour,
          strokeWidth: 1.5,
        }),
        // An hour between two unknown ones has no line of its own.
        Plot.dot(lone(series(r, columns[at]!)), {
          x: "x",
          y: "y",
          r: 2,
          fill: colour,
        }),
      ]),
      Plot.ruleY([0], { stroke: "var(--line-2)" }),
      hover(hours, {
        x: (i: number) => new Date(openOf(r, i + 0.5)),
        y: (i: number) => columns.find((column) => column[i] !== null)?.[i],
        title: (i: number) =>
          [
            moment(openOf(r, i), lang),
            ...lines.map(({ market }, at) =>
              `${marketName(market, lang)} ${
                shown(measure, columns[at]![i] ?? null, lang)
              }`
            ),
          ].join("\n"),
      }),
      caption(p[measure]),
    ],
  });
  return label(
    plot,
    p.label({
      panel: p[measure],
      coin: lines[0] ? coinName(lines[0].market, lang) : "",
      newest: lines.map(({ market }, at) =>
        `${marketName(market, lang)} ${
          shown(measure, newestOf(columns[at]!), lang)
        }`
      ).join(", "),
    }),
  );
}

/** Points without a neighbour that is known. */
const lone = <Point extends { y: number | null }>(points: Point[]): Point[] =>
  points.filter(({ y }, i) =>
    y !== null && (points[i - 1]?.y ?? null) === null &&
    (points[i + 1]?.y ?? null) === null
  );

/** The last day of every market, the narrowest spread first. */
function dayTable(
  markets: Market[],
  liquidity: Record<string, Liquidity>,
  lang: Lang,
): HTMLTableElement {
  const p = texts[lang];
  const c = p.columns;
  const names = new Map(coinsOf(markets, lang));
  const dayOf = ({ key }: Market) => liquidity[key]!.day;
  const rows = markets.toSorted((a, b) =>
    a.base.localeCompare(b.base) ||
    (dayOf(a).spread ?? Infinity) - (dayOf(b).spread ?? Infinity) || 0
  );
  return table(
    p.day,
    [c.market, c.spread, c.roll, c.amihud, c.volatility, c.hours],
    rows.map((market) => {
      const day = dayOf(market);
      return [
        el(
          "span",
          {},
          names.get(market.base),
          el("small", {}, ` ${marketName(market, lang)}`),
        ),
        shown("spread", day.spread, lang),
        day.roll === null ? "–" : amount(day.roll, market.quote, lang),
        day.amihud === null ? "–" : p.impact({
          n: number(day.amihud * 10_000, lang, 3),
          quote: market.quote,
        }),
        shown("volatility", day.volatility, lang),
        p.of(number(day.hours, lang)),
      ];
    }),
    ["", "num", "num", "num", "num", "num"],
  );
}

/** The page's declaration. */
export const page: Page<LiquidityData> = {
  order: 45,
  name: { en: "Liquidity", ko: "유동성" },
  newest: {
    mart: "liquidity",
    // A running hour counts as far as it has come.
    at: "ts + to_minutes(returns::integer)",
  },
  usual: 2 * HOUR,
  charts: ["liquidity"],
  show: liquidityPage,
};
