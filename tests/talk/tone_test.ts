import assert from "node:assert/strict";
import { analyze } from "../../analytics/analyze.ts";
import { fingerprinter, normalised } from "../../analytics/talk/fingerprint.ts";
import { LEXICON } from "../../analytics/talk/lexicon.ts";
import { labelOf, languageOf, toneOf } from "../../analytics/talk/tone.ts";
import { labelledSample } from "../../analytics/talk/word_tables.ts";
import { ask, fillLake, withData } from "../bench/fill_lake.ts";

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

Deno.test("the labelled sample is balanced, and no text stands twice", async () => {
  const sample = await labelledSample();
  assert.ok(sample.length >= 200);
  assert.equal(new Set(sample.map((s) => s.text)).size, sample.length);
  for (const language of ["ko", "en"]) {
    for (const label of ["positive", "negative", "neutral"]) {
      const n = sample.filter((s) =>
        s.language === language && s.label === label
      ).length;
      assert.ok(n >= 30, `${language} ${label}: ${n}`);
    }
  }
  assert.ok(sample.every((s) => languageOf(s.text) === s.language));
  assert.ok(LEXICON.length >= 150);
  assert.equal(
    new Set(LEXICON.map((w) => `${w.language} ${w.word}`)).size,
    LEXICON.length,
  );
});

Deno.test("tone_error: the score's error is what counting gives, and better than guessing", async () => {
  await withData(async (data) => {
    await fillLake(
      data,
      "tickers",
      "select 'upbit' as venue, 'KRW-BTC' as market, timestamptz '2026-11-01' as ts, 5 as last",
    );
    await analyze({ data, only: "tone_error" });
    const sample = await labelledSample();
    for (const language of ["ko", "en", "all"]) {
      const own = sample.filter((s) =>
        language === "all" || s.language === language
      );
      const right = own.filter((s) => label(s.text) === s.label).length;
      const [all] = await ask(
        data,
        `from marts.tone_error where language = '${language}' and label = 'all'`,
      );
      const { accuracy, accuracy_low, accuracy_high } = all as Record<
        string,
        number
      >;
      assert.equal(Number(all!.n), own.length);
      assert.equal(accuracy, right / own.length);
      assert.ok(
        accuracy_low! < accuracy! && accuracy! < accuracy_high! &&
          accuracy_high! < 1,
      );
      // Three labels: guessing is right in a third. Nobody's lexicon is always right either.
      assert.ok(
        accuracy_low! > 0.5 && accuracy! < 0.98,
        `${language}: ${accuracy}`,
      );
      const said = own.filter((s) => label(s.text) === "negative");
      const hits = said.filter((s) => s.label === "negative").length;
      const [negative] = await ask(
        data,
        `from marts.tone_error where language = '${language}' and label = 'negative'`,
      );
      assert.equal(negative!.precision, hits / said.length);
      assert.equal(
        negative!.recall,
        hits / own.filter((s) => s.label === "negative").length,
      );
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
