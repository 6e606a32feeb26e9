/** Which coins a text speaks of: longest match, by the rules of {@link coinsIn}. */
import {
  AMBIGUOUS,
  BEAT,
  type Coin,
  COINS,
  JOSA,
  MARKET_WORDS,
  MONEY,
  NOT_COINS,
  ORDINARY_ENGLISH,
  REPLY,
  STOP_CODES,
} from "./coins.ts";

/** A market as its venue lists it; of the names those that the venue gives. */
export interface Listed {
  base: string;
  korean_name: string | null;
  english_name: string | null;
}

/** Compiled names. */
export interface Dictionary {
  /** Every coin with its names, by code. */
  coins: Coin[];
  /** Hangul names and what they stand for; null: a word that is no coin. */
  korean: Map<string, string | null>;
  /** Lengths of the Hangul names, longest first. */
  lengths: number[];
  /** English names in lower case. */
  english: Map<string, string>;
  englishPattern: RegExp;
  codes: Set<string>;
}

/**
 * A dictionary of the built-in names and those that venues list.
 * A listed name that another coin has already is left out.
 */
export function makeDictionary(listed: Iterable<Listed> = []): Dictionary {
  const coins = new Map(
    COINS.map((c) => [c.coin, {
      coin: c.coin,
      korean: [...c.korean],
      english: [...c.english],
    }]),
  );
  const korean = new Map<string, string | null>(
    NOT_COINS.map((word) => [word, null]),
  );
  const english = new Map<string, string>();
  for (const { coin, korean: hangul, english: latin } of COINS) {
    for (const name of hangul) korean.set(name, coin);
    for (const name of latin) english.set(name, coin);
  }
  const sorted = [...listed].sort((a, b) => a.base < b.base ? -1 : 1);
  for (const market of sorted) {
    const code = market.base.toUpperCase();
    if (MONEY.has(code) || !/^[A-Z0-9]{1,12}$/.test(code)) continue;
    let known = coins.get(code);
    if (!known) {
      coins.set(code, known = { coin: code, korean: [], english: [] });
    }
    const hangul = market.korean_name?.replace(/\s+/g, "") ?? "";
    if (/^[가-힣]{2,}$/.test(hangul) && !korean.has(hangul)) {
      korean.set(hangul, code);
      known.korean.push(hangul);
    }
    const latin = market.english_name?.trim().toLowerCase() ?? "";
    if (
      /^[a-z][a-z0-9 .]{3,}$/.test(latin) && !english.has(latin) &&
      !ORDINARY_ENGLISH.has(latin)
    ) {
      english.set(latin, code);
      known.english.push(latin);
    }
  }
  const names = [...english.keys()].sort((a, b) => b.length - a.length)
    .map((name) => name.replace(/[.\\]/g, "\\$&"));
  return {
    coins: [...coins.values()].sort((a, b) => a.coin < b.coin ? -1 : 1),
    korean,
    lengths: [...new Set([...korean.keys()].map((name) => name.length))]
      .sort((a, b) => b - a),
    english,
    // A name in $…, in an address or in a longer word is another's.
    englishPattern: new RegExp(
      `(?<![A-Za-z0-9_$@./])(?:${names.join("|")})(?![A-Za-z0-9_]|\\.[a-z])`,
      "gi",
    ),
    codes: new Set(coins.keys()),
  };
}

/** A name found in a text. */
interface Found {
  coin: string;
  name: string;
}

/**
 * The codes of the coins that a text names, each once, sorted.
 *
 * - Hangul: the longest name at a place; before it no letter or digit, after
 *   it nothing of a word but one particle of {@link JOSA}.
 * - English: names as whole words; codes as `$CODE`, or in capitals of at
 *   least three letters that are no ordinary word ({@link STOP_CODES}).
 * - Names that are ordinary words ({@link AMBIGUOUS}) want a market around them.
 */
export function coinsIn(text: string, dictionary: Dictionary): string[] {
  return [...new Set(namesIn(text, dictionary).map((f) => f.coin))].sort();
}

/** The names of {@link coinsIn} as they stand in the dictionary: words of ours, not of the writer. */
export function namesIn(text: string, dictionary: Dictionary): Found[] {
  const plain = text.normalize("NFC").replace(/https?:\/\/\S+/g, " ");
  const sure: Found[] = englishIn(plain, dictionary);
  const doubtful: Found[] = [];
  for (const found of koreanIn(plain, dictionary)) {
    (AMBIGUOUS.has(found.name) ? doubtful : sure).push(found);
  }
  return sure.length > 0 || MARKET_WORDS.test(plain)
    ? [...sure, ...doubtful]
    : sure;
}

function englishIn(text: string, dictionary: Dictionary): Found[] {
  const found: Found[] = [];
  for (const [name] of text.matchAll(dictionary.englishPattern)) {
    const coin = dictionary.english.get(name.toLowerCase())!;
    found.push({ coin, name: name.toLowerCase() });
  }
  for (
    const [, dollar, code] of text.matchAll(
      /(?<![A-Za-z0-9_])(\$?)([A-Za-z][A-Za-z0-9]{0,11})(?![A-Za-z0-9_])/g,
    )
  ) {
    const coin = code!.toUpperCase();
    if (!dictionary.codes.has(coin)) continue;
    const counts = dollar
      ? true
      : code === coin && coin.length >= 3 && !STOP_CODES.has(coin);
    if (counts) found.push({ coin, name: coin });
  }
  return found;
}

const LETTER = /[\p{L}\p{N}_]/u;
const HANGUL = /[가-힣]/;

function* koreanIn(text: string, dictionary: Dictionary): Generator<Found> {
  for (let at = 0; at < text.length;) {
    const name = HANGUL.test(text[at]!)
      ? longestAt(text, at, dictionary)
      : null;
    if (name === null) {
      at++;
      continue;
    }
    const coin = dictionary.korean.get(name)!;
    const end = at + name.length;
    const starts = at === 0 || !LETTER.test(text[at - 1]!);
    if (coin && starts && endsAt(text, end) && !isOther(name, text, at, end)) {
      yield { coin, name };
    }
    at = end;
  }
}

function longestAt(
  text: string,
  at: number,
  { korean, lengths }: Dictionary,
): string | null {
  for (const length of lengths) {
    const name = text.slice(at, at + length);
    if (name.length === length && korean.has(name)) return name;
  }
  return null;
}

/** Whether a word ends at `end`, perhaps after a particle or the word 코인. */
function endsAt(text: string, end: number): boolean {
  const rest = text.slice(end, end + 4);
  const tail = /^(?:코인)?([가-힣])?/u.exec(rest)!;
  const after = text[end + tail[0].length] ?? " ";
  if (tail[1] !== undefined && !JOSA.includes(tail[1])) return false;
  return !/[가-힣A-Za-z0-9_]/.test(after);
}

/** Names that mean something else by what stands around them. */
function isOther(
  name: string,
  text: string,
  at: number,
  end: number,
): boolean {
  if (name === "리플") {
    return REPLY.after.test(text.slice(end)) ||
      REPLY.before.test(text.slice(0, at));
  }
  return name === "비트" && BEAT.test(text);
}
