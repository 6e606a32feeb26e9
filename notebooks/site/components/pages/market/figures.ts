/// <reference lib="dom" />
/** The day's movers, and each market's share of its venue's volume. */
import type { MarketFigures } from "../../../data/market.json.ts";
import { el, table } from "../../parts/elements.js";
import {
  amount,
  change,
  coinName,
  direction,
  number,
  price,
  share,
  sourceName,
} from "../../parts/format.js";
import { i18n, type Lang } from "../../words/i18n.js";

/** Every market, the largest move of the day first. */
export function movers(markets: MarketFigures[], lang: Lang): HTMLElement {
  const t = i18n[lang].market;
  const c = t.columns;
  const rows = [...markets].sort((a, b) =>
    Math.abs(b.h24 ?? 0) - Math.abs(a.h24 ?? 0)
  );
  const moved = (value: number | null) =>
    el("span", { class: direction(value) }, change(value, lang));
  return el(
    "div",
    { class: "scroll" },
    table(
      t.movers,
      [c.market, c.last, c.m1, c.h1, c.h24, c.value, c.trades],
      rows.map((m) => [
        el(
          "a",
          { href: `./coin/${m.key}` },
          coinName(m, lang),
          el("small", {}, ` ${sourceName(m.venue, lang)} ${m.quote}`),
        ),
        el(
          "span",
          { "data-cell": m.key },
          price(m.last, lang, m.last ?? undefined, m.quote),
        ),
        moved(m.m1),
        moved(m.h1),
        moved(m.h24),
        atLeast(m, lang),
        number(m.trades, lang),
      ]),
      ["", "num", "num wide", "num wide", "num", "num wide", "num wide"],
    ),
  );
}

/** A day's volume; "≥" where some of its minutes are unknown. */
const atLeast = (m: MarketFigures, lang: Lang): string =>
  `${m.known < 1 && m.value !== null ? "≥ " : ""}${
    amount(m.value, m.quote, lang)
  }`;

/** One bar a venue and quote currency: amounts in different currencies are not added. */
export function shares(markets: MarketFigures[], lang: Lang): HTMLElement[] {
  const groups = Map.groupBy(
    markets,
    (m) => `${sourceName(m.venue, lang)} ${m.quote}`,
  );
  return [...groups].map(([name, members]) =>
    el(
      "div",
      { class: "share" },
      el("h3", {}, name),
      shareBar(members, lang),
      el(
        "ul",
        {},
        ...members.map((m, i) =>
          el(
            "li",
            { style: `--dot: var(--series-${i % 6})` },
            el("b", {}, m.base),
            el("span", {}, share(m.share, lang)),
            el("span", { class: "amount" }, amount(m.value, m.quote, lang)),
          )
        ),
      ),
    )
  );
}

function shareBar(members: MarketFigures[], lang: Lang): HTMLElement {
  const text = members.map((m) => `${m.base} ${share(m.share, lang)}`)
    .join(", ");
  return el(
    "div",
    {
      class: "bar",
      role: "img",
      "aria-label": i18n[lang].market.shareLabel(text),
      "data-chart": "share",
    },
    ...members.filter((m) => (m.share ?? 0) > 0).map((m, i) =>
      el("span", {
        style: `flex-grow: ${m.share}; background: var(--series-${i % 6})`,
        title: `${m.base} ${share(m.share, lang)} · ${
          amount(m.value, m.quote, lang)
        }`,
      })
    ),
  );
}
