/// <reference lib="dom" />
/** The executable spread by size, and the fees it is charged with. */
import type { Pair, PremiumData, Spread } from "../../../data/premium.json.ts";
import { el, table } from "../../parts/elements.js";
import { change, moment, number, sourceName } from "../../parts/format.js";
import { i18n, type Lang } from "../../words/i18n.js";

/** A signed percentage without the arrow that a change bears. */
export const percent = (value: number | null, lang: Lang): string =>
  change(value, lang).replace(/^[▲▼] /, "");

/** What buying on one venue and selling on the other would have brought. */
export function spreadTable(
  { spreads }: PremiumData,
  one: Pair,
  lang: Lang,
): HTMLElement {
  const t = i18n[lang];
  const p = t.premium;
  const rows = (spreads ?? []).filter((row) => row.pairs.includes(one.key));
  if (rows.length === 0) {
    return el(
      "p",
      { class: "lead" },
      spreads ? p.noBooks : t.absent("arbitrage"),
    );
  }
  const c = p.columns;
  const shown = (row: Spread, value: number | null) =>
    row.filled
      ? value === null ? el("small", {}, t.unknown) : percent(value, lang)
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
      `${sourceName(row.buy[0], lang)} → ${sourceName(row.sell[0], lang)}`,
      `$${number(row.size, lang)}`,
      row.filled ? percent(row.grossFx, lang) : el("small", {}, p.thin),
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

/** What the spreads were charged with, each fee with the day it is assumed from; null where nothing is known. */
export function feeTable(
  data: PremiumData,
  one: Pair,
  lang: Lang,
): HTMLElement | null {
  const t = i18n[lang];
  const { fees } = t.premium;
  const venues = [one.korean[0], one.global[0]];
  const rows = data.fees.filter((fee) => venues.includes(fee.venue));
  if (rows.length === 0) return null;
  const c = fees.columns;
  return table(
    fees.heading,
    [c.venue, c.taker, c.transfer],
    rows.map((fee) => {
      const sent = fee.withdrawals.find((w) => w.base === one.base);
      return [
        sourceName(fee.venue, lang),
        el(
          "span",
          {},
          `${number(fee.taker * 100, lang, 2)}%`,
          el("small", {}, ` ${fees.from(fee.from)}`),
        ),
        sent
          ? el(
            "span",
            {},
            `${sent.units} ${sent.base}`,
            el("small", {}, ` ${fees.from(sent.from)}`),
          )
          : el("small", {}, t.unknown),
      ];
    }),
    ["", "num", "num"],
  );
}
