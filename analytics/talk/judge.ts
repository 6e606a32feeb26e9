import { benjaminiHochberg } from "../statistics/benjamini_hochberg.ts";
import { type Verdict, verdict } from "../statistics/verdict.ts";
import {
  type Sentence,
  tell,
  verdictSentence,
} from "../statistics/verdict_sentence.ts";
import type { Pair } from "./pairs.ts";

/** A pair and what may be said of it among all. */
export interface Judged {
  pair: Pair;
  made: Verdict;
}

/**
 * The verdict on every pair. Among many pairs some stand out by chance, so the
 * probability of each peak is adjusted over all of them (Benjamini–Hochberg),
 * and what does not hold then was not found; likewise what only events show.
 */
export function judge(all: Pair[]): Judged[] {
  const verdicts = all.map(({ talk, market }) =>
    verdict(talk.prepared, market.prepared)
  );
  const adjusted = benjaminiHochberg(
    verdicts.map(({ found }) => found?.p ?? NaN),
  );
  const withEvents = benjaminiHochberg(
    verdicts.map(({ found }) => found?.withEvents ?? found?.p ?? NaN),
  );
  return verdicts.map((made, i) => {
    const pair = all[i]!;
    if (!made.found) return { pair, made };
    const p = adjusted[i]!;
    const held = made.found.finding === "one_event" ? withEvents[i]! : p;
    const finding = held < 0.05 ? made.found.finding : "nothing";
    return {
      pair,
      made: {
        ...made,
        code: made.code === "unit_roots" ? made.code : finding,
        found: { ...made.found, finding, p, pairs: all.length },
      },
    };
  });
}

const NAMES: Record<string, Sentence> = {
  volume: { en: "volume", ko: "거래량" },
  volatility: { en: "volatility", ko: "변동성" },
  abs_return: { en: "|return|", ko: "|수익률|" },
  return: { en: "return", ko: "수익률" },
  posts: { en: "posts", ko: "글" },
  posts_deduplicated: {
    en: "posts without repeats",
    ko: "중복을 뺀 글",
  },
  comments: { en: "comments", ko: "댓글" },
  comments_deduplicated: {
    en: "comments without repeats",
    ko: "중복을 뺀 댓글",
  },
  tweets: { en: "tweets", ko: "트윗" },
  tone: { en: "tone", ko: "어조" },
};

/** The sentence for a pair: under unit roots those of the differences stand beside the differences. */
export function sentenceOf(
  { made, pair: { talk, market, grid } }: Judged,
  ofChanges: boolean,
): Sentence & { code: string } {
  const name = (language: "en" | "ko", [, , what]: string[]) =>
    NAMES[what!]?.[language] ?? what!;
  const inLanguage = (language: "en" | "ko") => {
    const x = name(language, talk.names);
    const whole = { en: "all markets", ko: "전체 시장" }[language];
    const where = market.names[1] === "*" ? whole : market.names[1];
    const y = `${where} ${name(language, market.names)}`;
    return ofChanges && made.code === "unit_roots" && made.found
      ? tell(made.found, x, y, grid.step)[language]
      : verdictSentence(made, x, y, grid.step)[language];
  };
  return {
    code: ofChanges && made.code === "unit_roots" && made.found
      ? made.found.finding
      : made.code,
    en: inLanguage("en"),
    ko: inLanguage("ko"),
  };
}
