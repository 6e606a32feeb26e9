/**
 * Reads coins, tone and repetition out of the texts in Postgres into the table
 * `talk`, which holds no text: the lake and the marts get only that.
 */
import { createHash } from "node:crypto";
import type postgres from "postgres";
import { loadSalt } from "../../collector/communities/authors.ts";
import {
  type Dictionary,
  type Listed,
  makeDictionary,
  namesIn,
} from "./dictionary.ts";
import { fingerprinter, normalised } from "./fingerprint.ts";
import { languageOf, TONE_VERSION, toneOf } from "./tone.ts";

/** Raised when the rules in code change: kept texts are then read again. */
const RULES = 1;

/** Texts read in one statement. */
const BATCH = 4000;

/** What is read out of one text. */
export interface Reading {
  /** Codes of the coins named, sorted. */
  coins: string[];
  positive: number;
  negative: number;
  language: "ko" | "en" | "other";
  /** Names and words found, as our lists have them. */
  words: string[];
  /** Letters and digits of the normalised text. */
  length: number;
  /** Salted hash of the normalised text. */
  hash: string;
}

/** Reads one text. */
export function readText(
  text: string,
  dictionary: Dictionary,
  fingerprint: (text: string) => string,
): Reading {
  const names = namesIn(text, dictionary);
  const tone = toneOf(text);
  return {
    coins: [...new Set(names.map((found) => found.coin))].sort(),
    positive: tone.positive,
    negative: tone.negative,
    language: languageOf(text),
    words: [...new Set([...names.map((found) => found.name), ...tone.words])]
      .sort(),
    length: [...normalised(text)].length,
    hash: fingerprint(text),
  };
}

const sources = {
  post: { table: "posts", id: "post_id", text: "title" },
  comment: { table: "comments", id: "comment_id", text: "text" },
} as const;

/**
 * Reads every committed text that is new or changed since the last call, and
 * all that are still kept where the dictionary or the lexicon has changed.
 * Doing it twice changes nothing; what was read of a text outlives the text.
 * @param data folder that holds the salt.
 * @returns rows of `talk` that are new or changed.
 */
export async function readTalk(
  sql: postgres.Sql,
  data: string,
): Promise<number> {
  const listed = await sql<Listed[]>`
    select distinct base, korean_name, english_name from markets`;
  const dictionary = makeDictionary(listed);
  const rules = rulesOf(dictionary);
  let changed = 0;
  let salt: string | undefined;
  for (const kind of ["post", "comment"] as const) {
    const [state] = await sql`
      select read_to, rules from talk_readings where kind = ${kind}`;
    const from = state?.rules === rules ? BigInt(state.read_to) : 0n;
    const [bound] = await sql`
      select (pg_snapshot_xmin(pg_current_snapshot())::text::bigint + transactions_ahead())::text as bound`;
    const to = BigInt(bound!.bound);
    for await (const rows of texts(sql, kind, from, to)) {
      salt ??= await loadSalt(data, () => {});
      changed += await keep(sql, kind, rows, dictionary, fingerprinter(salt));
    }
    await sql`
      insert into talk_readings (kind, read_to, rules)
      values (${kind}, ${to.toString()}::text::bigint, ${rules})
      on conflict (kind) do update set read_to = excluded.read_to, rules = excluded.rules`;
  }
  return changed;
}

/** Names the rules by which texts are read: dictionary, and words and rules of the tone. */
export function rulesOf(
  { coins, korean, english }: Dictionary,
  tone: string = TONE_VERSION,
): string {
  const all = [RULES, coins, [...korean], [...english], tone];
  return createHash("sha256").update(JSON.stringify(all)).digest("hex")
    .slice(0, 16);
}

interface Text {
  source: string;
  board: string;
  id: string;
  ts: string;
  text: string;
}

/** The texts written in [from, to), in batches, in the order of their keys. */
async function* texts(
  sql: postgres.Sql,
  kind: keyof typeof sources,
  from: bigint,
  to: bigint,
): AsyncGenerator<Text[]> {
  const { table, id, text } = sources[kind];
  let after = ["", "", "-9223372036854775808"];
  for (;;) {
    const rows = await sql<Text[]>`
      select source, board, ${sql(id)}::text as id, ts::text as ts, ${
      sql(text)
    } as text
      from ${sql(table)}
      where ${sql(text)} is not null
        and written >= ${from.toString()}::text::bigint and written < ${to.toString()}::text::bigint
        and (source, board, ${
      sql(id)
    }) > (${after[0]!}, ${after[1]!}, ${after[2]!}::text::bigint)
      order by source, board, ${sql(id)} limit ${BATCH}`;
    if (rows.length > 0) yield rows;
    if (rows.length < BATCH) return;
    const last = rows.at(-1)!;
    after = [last.source, last.board, last.id];
  }
}

async function keep(
  sql: postgres.Sql,
  kind: keyof typeof sources,
  rows: Text[],
  dictionary: Dictionary,
  fingerprint: (text: string) => string,
): Promise<number> {
  const read = rows.map((row) => readText(row.text, dictionary, fingerprint));
  const result = await sql`
    insert into talk (source, board, kind, text_id, ts, coins, positive, negative, language, words, length, text_hash)
    select source, board, ${kind}, id, ts, coins, positive, negative, language, words, length, text_hash
    from unnest(
      ${rows.map((r) => r.source)}::text[],
      ${rows.map((r) => r.board)}::text[],
      ${rows.map((r) => r.id)}::bigint[],
      ${rows.map((r) => r.ts)}::text[]::timestamptz[],
      ${read.map((r) => r.coins.join(","))}::text[],
      ${read.map((r) => r.positive)}::integer[],
      ${read.map((r) => r.negative)}::integer[],
      ${read.map((r) => r.language)}::text[],
      ${read.map((r) => r.words.join(","))}::text[],
      ${read.map((r) => r.length)}::integer[],
      ${read.map((r) => r.hash)}::text[]
    ) as read (source, board, id, ts, coins, positive, negative, language, words, length, text_hash)
    on conflict (source, board, kind, text_id) do update set
      ts = excluded.ts, coins = excluded.coins, positive = excluded.positive, negative = excluded.negative,
      language = excluded.language, words = excluded.words, length = excluded.length,
      text_hash = excluded.text_hash, written = current_transaction()
    where (talk.ts, talk.coins, talk.positive, talk.negative, talk.language, talk.words, talk.length, talk.text_hash)
      is distinct from (excluded.ts, excluded.coins, excluded.positive, excluded.negative, excluded.language,
        excluded.words, excluded.length, excluded.text_hash)`;
  return result.count;
}
