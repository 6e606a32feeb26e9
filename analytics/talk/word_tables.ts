/** The word lists and their measured error as tables for the marts. */
import type { DuckDBConnection } from "@duckdb/node-api";
import { communities } from "../../collector/communities/registry.ts";
import { literal } from "../lake/tables.ts";
import { coinsIn, type Listed, makeDictionary } from "./dictionary.ts";
import { LEXICON } from "./lexicon.ts";
import { type Label, labelOf, toneOf } from "./tone.ts";

/** A text of our own with the tone that a reader gives it. */
export interface Labelled {
  language: string;
  label: Label;
  text: string;
}

/**
 * The labelled sample: texts written for it, before the lexicon was, and
 * labelled by hand. The lexicon's authors know how they write, so other
 * people's texts, with their irony and slang, will be scored worse.
 */
export async function labelledSample(): Promise<Labelled[]> {
  const text = await Deno.readTextFile(
    new URL("./sample.tsv", import.meta.url),
  );
  return text.trim().split("\n").slice(1).map((line) => {
    const [language, label, text] = line.split("\t");
    return { language: language!, label: label as Label, text: text! };
  });
}

/** Makes the table `tone_sample` (language, label, predicted): one row a labelled text. */
export async function toneSample(connection: DuckDBConnection): Promise<void> {
  const sample = await labelledSample();
  await fill(
    connection,
    "tone_sample",
    "language varchar, label varchar, predicted varchar",
    sample.map((s) => [s.language, s.label, labelOf(toneOf(s.text))]),
  );
}

/** Makes the table `lexicon_words` (word, language, polarity). */
export const lexiconWords = (connection: DuckDBConnection): Promise<void> =>
  fill(
    connection,
    "lexicon_words",
    "word varchar, language varchar, polarity integer",
    LEXICON.map((w) => [w.word, w.language, w.polarity]),
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
  for (const row of rows) {
    for (const value of row) {
      if (typeof value === "number") appender.appendInteger(value);
      else appender.appendVarchar(value);
    }
    appender.endRow();
  }
  appender.closeSync();
}
