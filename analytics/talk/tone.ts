/** The lexicon score of a text: words that speak of rising against those that speak of falling. */
import { createHash } from "node:crypto";
import { GENERAL, LEXICON, type Word } from "./lexicon.ts";

/** Raised when the rules below change. */
const RULES = 2;

/** Names words and rules: two scores of one version mean the same. */
export const TONE_VERSION: string = createHash("sha256")
  .update(JSON.stringify([RULES, LEXICON, GENERAL])).digest("hex").slice(0, 16);

/** What the lexicon finds in a text. */
export interface Tone {
  /** Words that point up, after negation. */
  positive: number;
  /** Words that point down, after negation. */
  negative: number;
  /** The words counted, as they stand in the lists. */
  words: string[];
}

/** What a score says. */
export type Label = "positive" | "negative" | "neutral";

const korean = new Map<string, Word>();
const english = new Map<string, Word>();
for (const entry of LEXICON) {
  (entry.language === "ko" ? korean : english).set(entry.word, entry);
}
const general = new Map(GENERAL.map((entry) => [entry.word, entry]));
const lengths = [...new Set([...korean.keys()].map((word) => word.length))]
  .sort((a, b) => b - a);

/** Coin words (group 1), or any word: letters stand between boundaries, signs anywhere. */
const englishPattern = (() => {
  const longest = [...english.keys()].sort((a, b) => b.length - a.length);
  const words = longest.filter((word) => /[a-z]/.test(word))
    .map((word) => word.replace(/ /g, "\\s+").replace("*", "[a-z]*"));
  const signs = longest.filter((word) => !/[a-z]/.test(word));
  return new RegExp(
    `((?<![a-z0-9_])(?:${words.join("|")})(?![a-z0-9_])|${
      signs.join("|")
    })|[a-z0-9_]+(?:'[a-z]+)*`,
    "gu",
  );
})();
const open = [...english.values()].filter((entry) => entry.word.endsWith("*"))
  .map((entry) => ({ stem: entry.word.slice(0, -1), entry }));

/**
 * Scores a text. Coin words decide; where there are none, or as many up as
 * down, general words count as well. A word counts the other way where it is
 * negated: Korean 안 and 못 before it, -지 않/못/마, 없, 아니 and 끝 after it;
 * English not, no, never, -n't and the like up to three words before it, as in
 * VADER (C. J. Hutto, E. Gilbert, 2014). Words are counted, not weighed, so
 * boosters (very, really) change nothing. Irony is beyond it.
 */
export function toneOf(text: string): Tone {
  const tone: Tone = { positive: 0, negative: 0, words: [] };
  const add = (entry: Word, negated: boolean) => {
    if ((entry.polarity > 0) !== negated) tone.positive++;
    else tone.negative++;
    tone.words.push(entry.word);
  };
  const plain = text.normalize("NFC").replace(/https?:\/\/\S+/g, " ")
    .replace(/[’‘]/g, "'");
  scoreKorean(plain, add);
  const lower = plain.toLowerCase();
  const others: [Word, negated: boolean][] = [];
  for (const match of lower.matchAll(englishPattern)) {
    const coin = match[1]?.replace(/\s+/g, " ");
    const entry = coin === undefined
      ? general.get(match[0])
      : english.get(coin) ??
        open.find(({ stem }) => coin.startsWith(stem))!.entry;
    if (!entry) continue;
    const negated = negatedInEnglish(lower.slice(0, match.index));
    if (coin !== undefined) add(entry, negated);
    else others.push([entry, negated]);
  }
  if (tone.positive === tone.negative) {
    for (const [entry, negated] of others) add(entry, negated);
  }
  return tone;
}

/** The label of a text's score: its sign. */
export const labelOf = ({ positive, negative }: Tone): Label =>
  positive > negative
    ? "positive"
    : positive < negative
    ? "negative"
    : "neutral";

/** The language of a text by its letters: `ko`, `en`, or `other` where it has neither. */
export const languageOf = (text: string): "ko" | "en" | "other" =>
  /[가-힣ㄱ-ㅎㅏ-ㅣ]/.test(text)
    ? "ko"
    : /[A-Za-z]/.test(text)
    ? "en"
    : "other";

const HANGUL = /[가-힣]/;

function scoreKorean(
  text: string,
  add: (entry: Word, negated: boolean) => void,
): void {
  for (let at = 0; at < text.length;) {
    const entry = HANGUL.test(text[at]!) ? koreanAt(text, at) : null;
    if (!entry) {
      at++;
      continue;
    }
    const end = at + entry.word.length;
    add(entry, negatedInKorean(text.slice(0, at), text.slice(end, end + 16)));
    at = end;
  }
}

function koreanAt(text: string, at: number): Word | null {
  for (const length of lengths) {
    const entry = korean.get(text.slice(at, at + length));
    if (!entry) continue;
    // The prefixes 안 and 못 are often written without a space.
    const starts = at === 0 || !HANGUL.test(text[at - 1]!) ||
      /(?:^|[^가-힣])[안못]$/.test(text.slice(0, at));
    if (!entry.first || starts) return entry;
  }
  return null;
}

function negatedInKorean(before: string, after: string): boolean {
  return /(?:^|[^가-힣])[안못]\s*$/.test(before) ||
    /^[가-힣]{0,3}?지[는도를가]?\s*(?:않|못|마|말)/.test(after) ||
    /^(?:은|는|이|가|을|를|도)?\s*(?:(?:안|못)(?:\s|[가-힣]*[다네음함해임])|없|아니|아닌|끝)/
      .test(after);
}

const negatedInEnglish = (before: string): boolean =>
  /(?:\b(?:not|no|never|nobody|none|nothing|without|cannot|neither|nor|rarely|seldom|(?:do|ca|wo|is|was|does|did|are|ai|would|could|should)nt)|n't)(?:\s+[a-z0-9'$%]+){0,2}\s+$/
    .test(before.slice(-60));
