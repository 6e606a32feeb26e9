/// <reference lib="dom" />
/** The list of the latest trades: every digit of id, price and size as collected. */
import type { MarketData } from "../../../data/market.json.ts";
import { el, region, section, select, table } from "../../parts/elements.js";
import { clock, dateTime, marketName, zone } from "../../parts/format.js";
import { i18n, type Lang } from "../../words/i18n.js";

/** The section, with a choice of the market. */
export function tradeList(data: MarketData, lang: Lang): HTMLElement {
  const t = i18n[lang];
  const body = region(t.market.trades, "scroll tall trades");
  const names = new Map(data.markets.map((m) => [m.key, marketName(m, lang)]));
  const chooser = select(
    t.coin.choose,
    "trades",
    [
      ["all", t.market.allMarkets],
      ...names,
    ],
    "all",
    draw,
  );
  function draw(): void {
    const rows = data.trades
      .filter((trade) =>
        chooser.state.value === "all" || trade.key === chooser.state.value
      )
      .slice(0, 60);
    const c = t.market.tradeColumns;
    body.replaceChildren(
      rows.length === 0 ? el("p", { class: "lead" }, t.market.noTrades) : table(
        t.market.trades,
        [c.time, c.market, c.side, c.price, c.size, c.id],
        rows.map((trade) => [
          el("time", {
            datetime: trade.ts,
            title: dateTime(Date.parse(trade.ts), lang),
          }, clock(Date.parse(trade.ts), zone(lang)[0], true)),
          names.get(trade.key) ?? trade.key,
          el(
            "span",
            { class: trade.side === "buy" ? "up" : "down" },
            trade.side === "buy" ? t.market.buy : t.market.sell,
          ),
          grouped(trade.price),
          trade.size,
          trade.id,
        ]),
        ["", "wide", "", "num", "num size", "num id"],
      ),
    );
  }
  draw();
  return section(t.market.trades, t.market.tradesLead, chooser.node, body);
}

/** Thousands separators in a decimal text, every digit kept. */
const grouped = (text: string): string => {
  const [whole = "", fraction] = text.split(".");
  const spaced = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return fraction === undefined ? spaced : `${spaced}.${fraction}`;
};
