// @ts-nocheck Its types are still to come.
/** Attention by coin: names, share, z-score, and the lexicon score with its error. */
import { el, region, section, table } from "../../parts/elements.js";
import { number, share } from "../../parts/format.js";

/** The section of the Talk page. */
export function attentionSection(data, lang, t) {
  const a = t.attention;
  if (!data) {
    return section(a.heading, null, el("p", {}, t.absent("attention_share")));
  }
  if (data.groups.length === 0) {
    return section(a.heading, null, el("p", {}, a.none));
  }
  const { all, ko, en } = data.error;
  return section(
    a.heading,
    a.lead,
    ...data.groups.flatMap((group) => [
      el(
        "h3",
        {},
        `${t.talk.measures[group.measure]} · ${
          t.sources[group.source] ?? group.source
        }${group.day ? ` · ${a.day(group.day)}` : ""}${
          group.complete === false ? ` · ${a.part}` : ""
        }`,
      ),
      scrolling(
        `${a.heading}: ${t.talk.measures[group.measure]}`,
        groupTable(group, lang, t),
      ),
      group.source === "x"
        ? el("p", { class: "note" }, a.tweets)
        : searched(group)
        ? el("p", { class: "note" }, a.searched)
        : "",
    ]),
    all
      ? el(
        "p",
        { class: "note" },
        a.error({
          n: number(all.n, lang),
          share: share(all.share, lang),
          low: share(all.low, lang),
          high: share(all.high, lang),
          ko: share(ko?.share ?? null, lang),
          en: share(en?.share ?? null, lang),
        }),
      )
      : "",
  );
}

function scrolling(name, inner) {
  const node = region(name, "scroll stack");
  node.append(inner);
  return node;
}

/** Posts that were searched for by the names of coins: no coin has a share of them. */
const searched = (group) => group.coins.every((row) => row.raw === undefined);

function groupTable(group, lang, t) {
  const a = t.attention;
  const unshared = searched(group);
  const columns = [
    [a.columns.coin, "", (row) => row.coin],
    [
      unshared ? a.columns.hour : a.columns.raw,
      "num",
      (row) => number(row.raw ?? row.count, lang),
    ],
    ...(unshared ? [] : [
      [a.columns.unique, "num", (row) => number(row.deduplicated, lang)],
      [a.columns.share, "num", (row) => shareCell(row, lang)],
    ]),
    [a.columns.z, "num", (row) => zCell(row, lang, a)],
    ...(group.source === "x"
      ? []
      : [[a.columns.tone, "num", (row) => toneCell(row, lang, a)]]),
  ];
  return table(
    a.heading,
    columns.map(([head]) => head),
    group.coins.map((row) => columns.map(([, , cell]) => cell(row))),
    columns.map(([, name]) => name),
  );
}

const shareCell = (row, lang) =>
  row.share === null || row.share === undefined ? "–" : el(
    "span",
    { class: "part", style: `--part-of: ${row.share * 100}%` },
    share(row.share, lang),
  );

function zCell(row, lang, a) {
  if (row.z === null || row.z === undefined) return el("small", {}, a.short);
  const since = row.weeks === null
    ? a.days(number(row.days, lang))
    : a.weeks(number(row.weeks, lang));
  return el(
    "span",
    {},
    `${row.z > 0 ? "+" : ""}${number(row.z, lang, 1)}`,
    el("small", {}, ` ${since}`),
  );
}

function toneCell(row, lang, a) {
  if (row.low === null || row.low === undefined) {
    return el("small", {}, a.few);
  }
  return el(
    "span",
    {},
    number(row.score, lang, 2),
    el(
      "small",
      {},
      ` (${number(row.low, lang, 2)} … ${number(row.high, lang, 2)}`,
      `; ${a.texts(number(row.scored, lang))})`,
    ),
  );
}
