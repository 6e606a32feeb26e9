import assert from "node:assert/strict";
import { analyze } from "../../analytics/analyze.ts";
import { fingerprinter, normalised } from "../../analytics/talk/fingerprint.ts";
import { GENERAL, LEXICON } from "../../analytics/talk/lexicon.ts";
import { labelOf, TONE_VERSION, toneOf } from "../../analytics/talk/tone.ts";
import { jeffreys } from "../../analytics/statistics/jeffreys.ts";
import { ask, fillLake, withData } from "../bench/fill_lake.ts";
import { kept, measured, recordedComments, split } from "../bench/tone.ts";
import { test } from "../support/requirements.ts";

const label = (text: string) => labelOf(toneOf(text));

Deno.test("tone: words, stems and phrases in both languages", () => {
  assert.equal(label("비트 떡상"), "positive");
  assert.equal(label("개떡락했네"), "negative");
  assert.equal(label("오르네"), "positive");
  assert.equal(
    label("서오르"),
    "neutral",
    "a stem that counts at the beginning only",
  );
  assert.equal(label("To the MOON"), "positive");
  assert.equal(label("moonlight and pumpkin"), "neutral");
  assert.equal(label("it plummeted"), "negative");
  assert.equal(label("🚀"), "positive");
  assert.equal(label("호재와 악재"), "neutral");
  assert.equal(label("https://moon.example/rally"), "neutral");
});

Deno.test("tone: negation turns a word round", () => {
  for (
    const text of [
      "안 오르네",
      "안오르네",
      "못 오르네",
      "오르지 않네",
      "반등 없다",
      "호재가 아니다",
      "not bullish",
      "it isn't a strong market",
      "no rally",
    ]
  ) assert.equal(label(text), "negative", text);
  for (
    const text of [
      "떨어지지 않는다",
      "폭락은 안 온다",
      "손절 안 한다",
      "never crashed",
      "don't panic",
    ]
  ) assert.equal(label(text), "positive", text);
});

Deno.test("tone: coin words win over general words, and no word stands twice", () => {
  assert.deepEqual(toneOf("what a horrible day"), {
    positive: 0,
    negative: 1,
    words: ["horrible"],
  });
  assert.deepEqual(toneOf("a horrible, nasty day, but we go up"), {
    positive: 1,
    negative: 0,
    words: ["go up"],
  });
  assert.equal(label("bullish or bearish? horrible"), "negative");
  assert.equal(label("not horrible"), "positive");
  assert.equal(label("they call it 'horrible'"), "negative");
  assert.equal(label("a coin like gold"), "neutral");
  assert.equal(label("constructor toString __proto__"), "neutral");
  for (const words of [LEXICON, GENERAL]) {
    assert.equal(
      new Set(words.map((w) => `${w.language} ${w.word}`)).size,
      words.length,
    );
  }
  assert.ok(GENERAL.length > 2000);
});

Deno.test("the split: texts that say the same stand once, those with two labels nowhere", () => {
  const parts = split([
    ...Array.from({ length: 400 }, (_, i) => [
      { text: `Text number ${i}.`, label: "positive" as const },
      { text: `text NUMBER ${i}!`, label: "positive" as const },
    ]).flat(),
    { text: "both ways", label: "positive" },
    { text: "Both ways!", label: "negative" },
  ]);
  const all = [...parts.tuning, ...parts.held].map(({ text }) => text);
  assert.equal(all.length, 400);
  assert.equal(new Set(all.map(normalised)).size, 400);
  assert.ok(!all.includes("both ways"));
  assert.ok(Math.abs(parts.held.length - 200) < 50);
});

Deno.test("the kept figures are of the words and rules of today", async () => {
  assert.equal(
    (await kept()).version,
    TONE_VERSION,
    "run deno task bench tone and commit analytics/talk/tone_measured.json",
  );
});

test(
  "the kept figures are what the held-out comments give, and none of them was tuned on",
  ["real"],
  async () => {
    const today = await measured();
    assert.deepEqual({ ...await kept(), measured_on: "" }, {
      ...today,
      measured_on: "",
    });
    const { tuning, held } = split(await recordedComments());
    const tuned = new Set(tuning.map(({ text }) => normalised(text)));
    assert.ok(held.every(({ text }) => !tuned.has(normalised(text))));
    assert.equal(held.length, today.held);
    assert.ok(held.length >= 100 && tuning.length >= 100);
  },
);

Deno.test("tone_error: coverage and precision are what counting gives; nothing is said of Korean", async () => {
  await withData(async (data) => {
    await fillLake(
      data,
      "tickers",
      "select 'upbit' as venue, 'KRW-BTC' as market, timestamptz '2026-11-01' as ts, 5 as last",
    );
    await analyze({ data, only: "tone_error" });
    const figures = await kept();
    const sum = (which: (row: (typeof figures.counts)[number]) => boolean) =>
      figures.counts.filter(which).reduce((all, { texts }) => all + texts, 0);
    for (const label of ["all", "positive", "negative"]) {
      const is = (one: string) => label === "all" || one === label;
      const texts = sum((row) => is(row.label));
      const scored = sum((row) => is(row.label) && row.scored !== "neutral");
      const said = sum((row) => row.scored !== "neutral" && is(row.scored));
      const correct = sum((row) => row.scored === row.label && is(row.label));
      const [row] = await ask(
        data,
        `from marts.tone_error where language = 'en' and label = '${label}'`,
      );
      const [coverageLow, coverageHigh] = jeffreys(scored, texts);
      const [low, high] = jeffreys(correct, said);
      assert.deepEqual(row, {
        language: "en",
        label,
        texts: `${texts}`,
        scored: `${scored}`,
        coverage: scored / texts,
        coverage_low: coverageLow,
        coverage_high: coverageHigh,
        said: `${said}`,
        correct: `${correct}`,
        precision: correct / said,
        precision_low: low,
        precision_high: high,
        measured_on: figures.measured_on,
        sample: figures.sample,
        licence: figures.licence,
      });
      assert.ok(low > 0 && low < correct / said && correct / said < high);
      const [korean] = await ask(
        data,
        `select texts, scored, coverage, coverage_low, precision, precision_high, sample
         from marts.tone_error where language = 'ko' and label = '${label}'`,
      );
      assert.deepEqual(korean, {
        texts: "0",
        scored: "0",
        coverage: null,
        coverage_low: null,
        precision: null,
        precision_high: null,
        sample: null,
      });
    }
  });
});

Deno.test("texts that say the same have one fingerprint, and only with one salt", () => {
  const fingerprint = fingerprinter("a secret");
  const same = [
    "비트 간다!!! ㅋㅋㅋㅋ",
    "비트간다",
    "비트 간다 https://x.example/1 🚀",
    "비트 간다ㅠㅠ",
  ];
  assert.equal(new Set(same.map(fingerprint)).size, 1);
  assert.match(fingerprint(same[0]!), /^[0-9a-f]{32}$/);
  assert.notEqual(fingerprint("비트 간다"), fingerprint("비트 온다"));
  assert.notEqual(fingerprint("10%"), fingerprint("11%"));
  assert.notEqual(
    fingerprint("비트 간다"),
    fingerprinter("another")("비트 간다"),
  );
  assert.equal(normalised("WOOOOW"), "wow");
  assert.equal(fingerprint("ㅋㅋㅋ ?!"), "");
});
