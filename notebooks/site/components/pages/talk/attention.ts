/// <reference lib="dom" />
/** Attention by coin: names, share, z-score, and the lexicon score with its error. */
import type {
  Attention,
  AttentionGroup,
  CoinAttention,
  ShareBetween,
  ToneError,
} from "../../../../attention.ts";
import { el, region, section, table } from "../../parts/elements.js";
import { number, share, sourceName } from "../../parts/format.js";
import type { Lang, Words } from "../../words/i18n.js";

/** The section of the Talk page. */
export function attentionSection(
  data: Attention | null,
  lang: Lang,
  t: Words,
): HTMLElement {
  const a = t.attention;
  if (!data) {
    return section(a.heading, null, el("p", {}, t.absent("attention_share")));
  }
  if (data.groups.length === 0) {
    return section(a.heading, null, el("p", {}, a.none));
  }
  return section(
    a.heading,
    a.lead,
    ...data.groups.flatMap((group) => [
      el(
        "h3",
        {},
        `${t.talk.measures[group.measure]} · ${sourceName(group.source, lang)}${
          group.day ? ` · ${a.day(group.day)}` : ""
        }${group.complete === false ? ` · ${a.part}` : ""}`,
      ),
      scrolling(
        `${a.heading}: ${t.talk.measures[group.measure]}`,
        groupTable(group, lang, t),
      ),
      group.measure === "tweets"
        ? el("p", { class: "note" }, a.tweets)
        : searched(group)
        ? el("p", { class: "note" }, a.searched)
        : "",
    ]),
    el(
      "p",
      { class: "note" },
      [
        a.score,
        ...(["ko", "en"] as const).map((language) =>
          scoreError(language, data.error[language], lang, t)
        ),
      ].join(" "),
    ),
  );
}

/** How well the score does in a language, in words. */
function scoreError(
  language: Lang,
  error: ToneError | undefined,
  lang: Lang,
  t: Words,
): string {
  const name = t.repeats.languages[language];
  if (!error) return t.attention.unmeasured(name);
  const between = (named: string, [of, low, high]: ShareBetween) => ({
    [named]: share(of, lang),
    [`${named}Low`]: share(low, lang),
    [`${named}High`]: share(high, lang),
  });
  return t.attention.measured({
    language: name,
    texts: number(error.texts, lang),
    ...between("coverage", error.coverage),
    ...between("precision", error.precision.all),
    ...between("positive", error.precision.positive),
    ...between("negative", error.precision.negative),
  });
}

function scrolling(name: string, inner: Node): HTMLElement {
  const node = region(name, "scroll stack");
  node.append(inner);
  return node;
}

/** Posts that were searched for by the names of coins: no coin has a share of them. */
const searched = (group: AttentionGroup): boolean =>
  group.coins.every((row) => row.raw === undefined);

/** A column: its head, its class, and its cell of a coin. */
type Column = [
  head: string,
  kind: string,
  cell: (row: CoinAttention) => Node | string,
];

function groupTable(
  group: AttentionGroup,
  lang: Lang,
  t: Words,
): HTMLElement {
  const a = t.attention;
  const unshared = searched(group);
  const columns: Column[] = [
    [a.columns.coin, "", (row) => row.coin],
    [
      unshared ? a.columns.hour : a.columns.raw,
      "num",
      (row) => number(row.raw ?? row.count, lang),
    ],
    ...(unshared ? [] : [
      [a.columns.unique, "num", (row) => number(row.deduplicated, lang)],
      [a.columns.share, "num", (row) => shareCell(row, lang)],
    ] satisfies Column[]),
    [a.columns.z, "num", (row) => zCell(row, lang, a)],
    ...(group.measure === "tweets" ? [] : [
      [a.columns.tone, "num", (row) => toneCell(row, lang, a)],
    ] satisfies Column[]),
  ];
  return table(
    a.heading,
    columns.map(([head]) => head),
    group.coins.map((row) => columns.map(([, , cell]) => cell(row))),
    columns.map(([, name]) => name),
  );
}

const shareCell = (row: CoinAttention, lang: Lang): Node | string =>
  row.share === null || row.share === undefined ? "–" : el(
    "span",
    { class: "part", style: `--part-of: ${row.share * 100}%` },
    share(row.share, lang),
  );

function zCell(
  row: CoinAttention,
  lang: Lang,
  a: Words["attention"],
): HTMLElement {
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

function toneCell(
  row: CoinAttention,
  lang: Lang,
  a: Words["attention"],
): HTMLElement {
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
