/**
 * How often the lexicon score covers a text and how often it is then right, on
 * comments that others wrote and labelled. Half of them, told by a hash of the
 * text, is for tuning; only the other half is reported.
 */
import { createHash } from "node:crypto";
import { csvParse } from "d3";
import { normalised } from "../../analytics/talk/fingerprint.ts";
import {
  type Label,
  labelOf,
  languageOf,
  TONE_VERSION,
  toneOf,
} from "../../analytics/talk/tone.ts";
import type { Measured } from "../../analytics/talk/word_tables.ts";
import { jeffreys } from "../../analytics/statistics/jeffreys.ts";
import { REAL } from "../support/requirements.ts";
import type { Figure } from "./figures.ts";

/** Where the figures are kept; the mart tone_error reads them. */
const KEPT = new URL(
  "../../analytics/talk/tone_measured.json",
  import.meta.url,
);

/** A text with the tone that its reader gave it. */
export interface Labelled {
  text: string;
  label: Label;
}

/**
 * The two parts of the texts. Texts that say the same are one, so none stands
 * in both; those that were given two labels are left out.
 */
export function split(
  texts: Labelled[],
): { tuning: Labelled[]; held: Labelled[] } {
  const bySaying = new Map<string, Labelled[]>();
  for (const labelled of texts) {
    const saying = normalised(labelled.text);
    bySaying.set(saying, [...bySaying.get(saying) ?? [], labelled]);
  }
  const parts = { tuning: [] as Labelled[], held: [] as Labelled[] };
  for (const [saying, [first, ...same]] of bySaying) {
    if (same.some(({ label }) => label !== first!.label)) continue;
    const byte = createHash("sha256").update(saying).digest()[0]!;
    parts[byte % 2 === 0 ? "tuning" : "held"].push(first!);
  }
  return parts;
}

/** The recorded comments. */
export async function recordedComments(): Promise<Labelled[]> {
  const text = await Deno.readTextFile(new URL("tone/train.csv", REAL));
  return (csvParse(text) as Record<string, string>[]).map((row) => ({
    text: row["Comment Text"]!,
    label: row["Sentiment"]!.toLowerCase() as Label,
  }));
}

/** Scores texts: how many of each language and label got each score. */
export function measure(texts: Labelled[]): Measured["counts"] {
  const counts = new Map<string, Measured["counts"][number]>();
  for (const { text, label } of texts) {
    const row = {
      language: languageOf(text),
      label,
      scored: labelOf(toneOf(text)),
    };
    const key = Object.values(row).join(" ");
    const kept = counts.get(key) ?? { ...row, texts: 0 };
    kept.texts++;
    counts.set(key, kept);
  }
  return [...counts.keys()].sort().map((key) => counts.get(key)!);
}

/** What is kept, whether it is still true or not. */
export const kept = async (): Promise<Measured> =>
  JSON.parse(await Deno.readTextFile(KEPT));

/** What is true today. */
export async function measured(): Promise<Measured> {
  const { tuning, held } = split(await recordedComments());
  return {
    measured_on: new Date().toISOString().slice(0, 10),
    sample: "comments on cryptocurrencies, labelled by Surge AI (2022)",
    licence: "MIT",
    version: TONE_VERSION,
    tuning: tuning.length,
    held: held.length,
    counts: measure(held),
  };
}

/** Measures, and keeps the figures where they have changed. */
export async function benchTone(): Promise<Figure[]> {
  let now: Measured;
  try {
    now = await measured();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.error("tone: skipped, needs the recorded data in ../shared/real");
    return [];
  }
  const before = await kept().catch(() => null);
  const same = before !== null &&
    JSON.stringify({ ...before, measured_on: now.measured_on }) ===
      JSON.stringify(now);
  if (!same) {
    await Deno.writeTextFile(KEPT, JSON.stringify(now, null, 2) + "\n");
  }
  const sum = (which: (row: Measured["counts"][number]) => boolean) =>
    now.counts.filter(which).reduce((all, { texts }) => all + texts, 0);
  const figure = (work: string, right: number, of: number): Figure => {
    const [low, high] = jeffreys(right, of)
      .map((share) => (100 * share).toFixed(1));
    return {
      work: `tone, held-out comments in English: ${work}`,
      value: 100 * right / of,
      unit: "%",
      note: `${right} of ${of}; 95 %: ${low} to ${high}`,
    };
  };
  const scored = sum((row) => row.scored !== "neutral");
  return [
    figure("with a score", scored, now.held),
    figure(
      "right among these",
      sum((row) => row.scored === row.label),
      scored,
    ),
    ...(["positive", "negative"] as const).map((label) =>
      figure(
        `right among those scored ${label}`,
        sum((row) => row.scored === label && row.label === label),
        sum((row) => row.scored === label),
      )
    ),
  ];
}
