/** The word lists and how well they do as tables for the marts. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { communities } from "../../collector/communities/registry.ts";
import { literal } from "../lake/tables.ts";
import { coinsIn, type Listed, makeDictionary } from "./dictionary.ts";
import { jeffreys } from "../statistics/jeffreys.ts";
import { GENERAL, LEXICON } from "./lexicon.ts";
import type { Label } from "./tone.ts";
import measured from "./tone_measured.json" with { type: "json" };

/** What `deno task bench tone` measures: figures only, no text. */
export interface Measured {
  /** UTC date. */
  measured_on: string;
  /** What the texts are and who labelled them. */
  sample: string;
  licence: string;
  /** Of words and rules, see {@link TONE_VERSION}. */
  version: string;
  /** Texts that words and rules were tuned on; none of them is counted below. */
  tuning: number;
  /** Texts that are counted below. */
  held: number;
  /** Scored `neutral` is a text without a score: no word, or as many up as down. */
  counts: { language: string; label: Label; scored: Label; texts: number }[];
}

/** Makes the table `tone_measured`: what was scored on texts of others, one row a language, label and score. */
export const toneMeasured = (connection: DuckDBConnection): Promise<void> =>
  fill(
    connection,
    "tone_measured",
    "language varchar, label varchar, scored varchar, texts integer, measured_on varchar, sample varchar, licence varchar",
    measured.counts.map((row) => [
      row.language,
      row.label,
      row.scored,
      row.texts,
      measured.measured_on,
      measured.sample,
      measured.licence,
    ]),
  );

/** Makes of the table `shares` (yes, n) the table `share_intervals` (yes, n, low, high) by {@link jeffreys}. */
export async function shareIntervals(
  connection: DuckDBConnection,
): Promise<void> {
  const reader = await connection.runAndReadAll(
    "select yes, n from shares where n > 0",
  );
  await fill(
    connection,
    "share_intervals",
    "yes double, n double, low double, high double",
    (reader.getRows() as [number, number][])
      .map(([yes, n]) => [yes, n, ...jeffreys(yes, n)]),
  );
}

/** Makes the table `lexicon_words` (word, language, polarity, list: coin or general). */
export const lexiconWords = (connection: DuckDBConnection): Promise<void> =>
  fill(
    connection,
    "lexicon_words",
    "word varchar, language varchar, polarity integer, list varchar",
    [
      ...LEXICON.map((w) => [w.word, w.language, w.polarity, "coin"]),
      ...GENERAL.map((w) => [w.word, w.language, w.polarity, "general"]),
    ],
  );

/** Makes the table `coin_names` (coin, korean_names, english_names; names by commas) from the venues' names and the aliases. */
export async function coinNames(connection: DuckDBConnection): Promise<void> {
  const { coins } = await dictionaryOf(connection);
  await fill(
    connection,
    "coin_names",
    "coin varchar, korean_names varchar, english_names varchar",
    coins.map((c) => [c.coin, c.korean.join(","), c.english.join(",")]),
  );
}

/** Makes the table `query_coins` (source, query, coin): what a searched query asks for. */
export async function queryCoins(connection: DuckDBConnection): Promise<void> {
  const dictionary = await dictionaryOf(connection);
  // Of the others what a series counts is the name of a board or of a term.
  const searched = Object.values(communities)
    .filter(({ counted }) => counted !== undefined).map(({ id }) => id);
  const reader = await connection.runAndReadAll(
    `select distinct source, query from lake.counts
     where list_contains([${
      searched.map(literal).join(", ")
    }]::varchar[], source) order by all`,
  );
  const rows = (reader.getRowsJson() as [string, string][]).flatMap((
    [source, query],
  ) =>
    // What a query leaves out it does not ask for.
    coinsIn(query.replace(/(?:^|\s)-\S+/g, " "), dictionary)
      .map((coin) => [source, query, coin])
  );
  await fill(
    connection,
    "query_coins",
    "source varchar, query varchar, coin varchar",
    rows,
  );
}

async function dictionaryOf(connection: DuckDBConnection) {
  const reader = await connection.runAndReadAll(
    "select distinct base, korean_name, english_name from lake.markets",
  );
  return makeDictionary(
    reader.getRowObjectsJson() as unknown as Listed[],
  );
}

async function fill(
  connection: DuckDBConnection,
  table: string,
  columns: string,
  rows: (string | number)[][],
): Promise<void> {
  await connection.run(`create or replace temp table ${table} (${columns})`);
  const appender = await connection.createAppender(
    table,
    "main",
    "temp",
  );
  const doubles = columns.split(", ").map((column) =>
    column.endsWith(" double")
  );
  for (const row of rows) {
    for (const [i, value] of row.entries()) {
      if (typeof value === "string") appender.appendVarchar(value);
      else if (doubles[i]) appender.appendDouble(value);
      else appender.appendInteger(value);
    }
    appender.endRow();
  }
  appender.closeSync();
}
