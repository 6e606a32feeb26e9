import assert from "node:assert/strict";
import { compareDecimals, Sum } from "../../collector/model/decimal.ts";
import { Unreadable } from "../../collector/model/events.ts";
import {
  parseExact,
  toDecimal,
  toId,
  toMicros,
} from "../../collector/model/wire.ts";
import { randomFrom } from "../support/random.ts";

/** Any JSON value as text, with all that a number may look like. */
function randomJson(random: () => number, depth = 0): string {
  const pick = Math.floor(random() * (depth > 4 ? 4 : 6));
  const many = Math.floor(random() * 4);
  if (pick === 0) return randomNumber(random);
  if (pick === 1) return randomString(random);
  if (pick === 2) return ["true", "false", "null"][Math.floor(random() * 3)]!;
  if (pick === 3) return randomNumber(random);
  const space = () => [" ", "", "\n\t", ""][Math.floor(random() * 4)]!;
  const parts = Array.from(
    { length: many },
    () =>
      space() + (pick === 4 ? "" : randomString(random) + space() + ":") +
      space() + randomJson(random, depth + 1) + space(),
  );
  return pick === 4 ? `[${parts.join(",")}]` : `{${parts.join(",")}}`;
}

function randomNumber(random: () => number): string {
  const digits = (most: number) =>
    Array.from(
      { length: 1 + Math.floor(random() * most) },
      () => Math.floor(random() * 10),
    ).join("");
  const whole = random() < 0.3 ? "0" : digits(19).replace(/^0+(?=.)/, "");
  const fraction = random() < 0.5 ? "" : `.${digits(12)}`;
  const exponent = random() < 0.7
    ? ""
    : `${random() < 0.5 ? "e" : "E"}${
      ["", "+", "-"][Math.floor(random() * 3)]
    }${Math.floor(random() * 20)}`;
  return (random() < 0.2 ? "-" : "") + whole + fraction + exponent;
}

function randomString(random: () => number): string {
  const alphabet = [
    "a",
    "1",
    "-",
    '\\"',
    "\\\\",
    "\\u0031",
    "비",
    "{",
    "[",
    ":",
    ",",
    "e5",
    "\\n",
    "😀",
  ];
  return '"' + Array.from(
    { length: Math.floor(random() * 6) },
    () => alphabet[Math.floor(random() * alphabet.length)],
  ).join("") + '"';
}

/** The same by the engine's own reviver, which knows the source of each number. */
function parseByReviver(text: string): unknown {
  const reviver = (_: string, value: unknown, context: { source?: string }) =>
    typeof value === "number" ? context.source : value;
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
}

Deno.test("parseExact keeps each number as its source text", () => {
  const random = randomFrom(20261121);
  for (let i = 0; i < 20_000; i++) {
    const text = randomJson(random);
    assert.deepEqual(parseExact(text), parseByReviver(text), text);
  }
});

Deno.test("parseExact refuses what JSON.parse refuses", () => {
  const random = randomFrom(7);
  const noise = '{}[]",:0123456789.eE+-\\tfn ';
  let refused = 0;
  for (let i = 0; i < 20_000; i++) {
    const valid = randomJson(random);
    const at = Math.floor(random() * (valid.length + 1));
    const broken = valid.slice(0, at) +
      noise[Math.floor(random() * noise.length)] +
      valid.slice(at + Math.floor(random() * 2));
    let expected: unknown, fails = false;
    try {
      expected = parseByReviver(broken);
    } catch {
      fails = true;
      refused++;
    }
    if (fails) assert.throws(() => parseExact(broken), SyntaxError, broken);
    else assert.deepEqual(parseExact(broken), expected, broken);
  }
  assert.ok(refused > 5000);
});

/** Numerator over 10^60. */
function exact(text: string): bigint {
  const [mantissa = "", exponent = "0"] = text.toLowerCase().split("e");
  const minus = mantissa.startsWith("-");
  const [whole = "", fraction = ""] = mantissa.replace("-", "").split(".");
  const units = BigInt(whole + fraction) *
    10n ** BigInt(60 + Number(exponent) - fraction.length);
  return minus ? -units : units;
}

Deno.test("toDecimal: the same number, in one form only", () => {
  const random = randomFrom(3);
  for (let i = 0; i < 50_000; i++) {
    const text = randomNumber(random);
    const plain = toDecimal(text);
    assert.match(plain, /^(0|-?(0|[1-9]\d*)(\.\d*[1-9])?)$/, text);
    assert.notEqual(plain, "-0");
    assert.equal(exact(plain), exact(text), text);
    assert.equal(toDecimal(plain), plain);
  }
  assert.deepEqual(
    ["1.16539E8", "5.485e-05", "127.0", "0.00000000", "1E+2", "-0.0"].map(
      toDecimal,
    ),
    ["116539000", "0.00005485", "127", "0", "100", "0"],
  );
  for (const wrong of ["", "-", ".5", "1e", "0x1", "NaN", " 1", null, 1, {}]) {
    assert.throws(() => toDecimal(wrong), Unreadable);
  }
});

Deno.test("compareDecimals and sums are exact", () => {
  const random = randomFrom(11);
  const sum = new Sum(), products = new Sum();
  let total = 0n, totalProducts = 0n;
  for (let i = 0; i < 20_000; i++) {
    const [a, b] = [
      toDecimal(randomNumber(random)),
      toDecimal(randomNumber(random)),
    ];
    const [x, y] = [exact(a), exact(b)];
    assert.equal(
      Math.sign(compareDecimals(a, b)),
      x === y ? 0 : x < y ? -1 : 1,
    );
    assert.equal(compareDecimals(a, a), 0);
    sum.add(a);
    products.addProduct(a, b);
    total += x;
    totalProducts += x * y;
  }
  assert.equal(exact(String(sum)), total);
  assert.equal(exact(String(products)) * 10n ** 60n, totalProducts);
});

Deno.test("ids and times", () => {
  assert.equal(toId("9223372036854775807"), "9223372036854775807");
  assert.equal(toId("0"), "0");
  for (const wrong of ["9223372036854775808", "-1", "1.0", "", "1e3", 5]) {
    assert.throws(() => toId(wrong), Unreadable);
  }
  assert.equal(toMicros("1785395041124"), 1785395041124000);
  assert.equal(toMicros("1691530805062000"), 1691530805062000);
  for (const wrong of ["1785395041", "0", "17853950411240001", "x", 1]) {
    assert.throws(() => toMicros(wrong), Unreadable);
  }
});
