/**
 * Seeded damage to texts off the wire: the same seed gives the same damage.
 * JSON is damaged as a text, so that what comes out may be JSON or not.
 */

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null/g;
const PAIR =
  /"(?:[^"\\]|\\.)*"\s*:\s*(?:"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)\s*,?/g;

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
const wrapped = (depth: number) =>
  '{"a":'.repeat(depth) + "1" + "}".repeat(depth);

/** Values that stand where another is expected. */
const VALUES = [
  "null",
  "true",
  "false",
  "{}",
  "[]",
  '""',
  "0",
  "-0",
  "-1",
  "1e999",
  "1e-999",
  "-1e400",
  "1E+308",
  "5e-324",
  "0.1e-30",
  "123456789012345678901234567890",
  "0.1234567890123456789012345",
  "9223372036854775807",
  "9223372036854775808",
  "18446744073709551616",
  "9007199254740993",
  "2147483648",
  "1e3",
  "01",
  "+1",
  ".5",
  "1.",
  "0x10",
  "NaN",
  "-Infinity",
  "253402300799999",
  "9999999999999999",
  "1230000000000000",
  "1000000000000",
  '"NaN"',
  '"Infinity"',
  '"1,000"',
  '" 1"',
  '"1 "',
  '"１"',
  '"1e5"',
  '"1e99999"',
  '"-5"',
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"\\u202e\\ufeff"',
  '"비트코인"',
  '"<script>alert(1)</script>"',
  '"\'; drop table trades; --"',
  '"9999-12-31T23:59:59"',
  '"0001-01-01T00:00:00Z"',
  '"2026-02-30T00:00:00"',
  '{"toString":1}',
  '{"toString":1,"valueOf":1}',
  '{"__proto__":{"a":1}}',
  '{"length":-1}',
  '{"then":1,"toJSON":1}',
  '[["1","1"],["1"]]',
  '[[["1"]]]',
  nested(50),
  nested(20_000),
  wrapped(3000),
  `"${"0".repeat(5000)}x"`,
  "9".repeat(2000),
  `0.${"0".repeat(2000)}1`,
  `"${"a".repeat(20_000)}"`,
  `"${"\\\\".repeat(500)}"`,
];

/** Names that mean something to JavaScript. */
const NAMES = [
  '"__proto__"',
  '"constructor"',
  '"toString"',
  '"hasOwnProperty"',
  '"length"',
  '""',
  '"data"',
  '"error"',
  '"type"',
];

/** What is put in between. */
const SCRAPS = [
  "\0",
  "\0\0\0\0",
  "\uFEFF",
  "\uFFFD",
  "\u2028",
  "\uD83D",
  "🪙",
  "가",
  '"',
  "\\",
  "\\u",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "-",
  "e",
  "\n",
  "<",
  ">",
  "&#0;",
  "&#x110000;",
  "<!--",
  "</td>",
  "<tr class='ub-content'>",
  "<td class=gall_num>",
  "</body>",
  "<script>location.replace('/derror/deleted')</script>",
];

/** Whole texts that are no frame. */
const STRANGERS = [
  "",
  " ",
  "null",
  "true",
  "0",
  '""',
  "{}",
  "[]",
  "[null]",
  "[[]]",
  "[{}]",
  '{"data":null}',
  '{"error":null}',
  '{"error":{"toString":1}}',
  '{"status":{"toString":1}}',
  '{"msg":{"toString":1}}',
  '{"result":[[]]}',
  "undefined",
  "<html></html>",
  "\0",
  "\uFEFF{}",
  nested(40_000),
  "[".repeat(60_000),
  wrapped(15_000),
  '{"status":' + nested(40_000) + "}",
  '{"data":[' + nested(40_000) + "," + wrapped(15_000) + "]}",
  '{"total_cnt":1,"comments":[' + nested(40_000) + "," + wrapped(15_000) + "]}",
  '{"error":' + wrapped(15_000) + "}",
  '{"type":' + nested(40_000) + "}",
  "<div>".repeat(3000),
];

/**
 * A damaged copy of `text`.
 * @param random numbers in [0, 1)
 * @param others texts of the same source, pieces of which may be put in
 */
export function mutate(
  text: string,
  random: () => number,
  others: string[],
): string {
  let damaged = text;
  for (
    let times = random() < 0.6 ? 1 : 2 + below(random, 2);
    times > 0;
    times--
  ) {
    damaged = damage(damaged, random, others);
  }
  return damaged;
}

const below = (random: () => number, most: number) =>
  Math.floor(random() * most);
const pick = <T>(random: () => number, list: T[]): T =>
  list[below(random, list.length)]!;

function damage(
  text: string,
  random: () => number,
  others: string[],
): string {
  const at = below(random, text.length + 1);
  const length = 1 + below(random, Math.min(200, text.length + 1));
  const put = (piece: string, until = at) =>
    text.slice(0, at) + piece + text.slice(until);
  switch (below(random, 16)) {
    case 0:
    case 1: {
      // Bits flipped, here and there.
      const letters = [...text.slice(at, at + 400)].map((letter) =>
        random() < 0.02
          ? String.fromCharCode(letter.charCodeAt(0) ^ (1 << below(random, 8)))
          : letter
      );
      return put(letters.join(""), at + 400);
    }
    case 2:
      return text.slice(0, at);
    case 3:
      return text.slice(at);
    case 4:
      return put("", at + length);
    case 5:
      return put(text.slice(at, at + length).repeat(2), at + length);
    case 6: {
      const other = pick(random, others);
      return put(other.slice(below(random, other.length)));
    }
    case 7:
    case 8:
    case 9:
      return swap(text, TOKEN, random, () => pick(random, VALUES));
    case 10:
      return swap(text, TOKEN, random, (token) => token + token.slice(1));
    case 11: {
      // Another value of the same text.
      const tokens = text.match(TOKEN) ?? ["1"];
      return swap(text, TOKEN, random, () => pick(random, tokens));
    }
    case 12:
      return swap(text, PAIR, random, () => "");
    case 13:
      return swap(
        text,
        /"(?:[^"\\]|\\.)*"(?=\s*:)/g,
        random,
        () => pick(random, NAMES),
      );
    case 14:
      return put(pick(random, SCRAPS));
    default:
      return random() < 0.15
        ? pick(random, STRANGERS)
        : swap(text, TOKEN, random, (token) => `[${token}]`);
  }
}

/** Replaces one of what a pattern finds. */
function swap(
  text: string,
  pattern: RegExp,
  random: () => number,
  by: (found: string) => string,
): string {
  const found = [...text.matchAll(pattern)];
  if (found.length === 0) return text + by("1");
  const { index, 0: token } = pick(random, found);
  return text.slice(0, index) + by(token) + text.slice(index + token.length);
}
