/** Recorded talk beside recorded volume of other weeks: real rhythm, memory and bursts, and no tie. */
import { readSeries } from "../../analytics/statistics/read_series.ts";
import { REAL } from "../support/requirements.ts";
import { shuffled } from "../support/random.ts";
import { randomFrom } from "../support/random.ts";
import type { Pair } from "./calibration_nulls.ts";

const HOUR = 3_600_000, WEEK = 168;

/** Hourly log counts of tweets and log volume, one value an hour. */
async function recorded(): Promise<
  { start: number; talk: Float64Array; volume: Float64Array } | null
> {
  const file = new URL(
    "series/joined_hourly_tweets_x_coinbase.csv",
    REAL,
  ).pathname;
  try {
    await Deno.stat(file);
  } catch {
    return null;
  }
  const tweets = await readSeries({ file, column: "n" }, "t");
  const traded = await readSeries({ file, column: "Volume BTC" }, "t");
  const start = tweets.times[0]!;
  const place = (
    { times, values }: { times: Float64Array; values: Float64Array },
  ) => {
    const out = new Float64Array(1 + (times.at(-1)! - start) / HOUR).fill(NaN);
    times.forEach((time, i) => {
      const value = values[i]!;
      if (value > 0) out[(time - start) / HOUR] = Math.log(value);
    });
    return out;
  };
  return { start, talk: place(tweets), volume: place(traded) };
}

/**
 * At most so many pairs of `n` hours that do not overlap, both from the same
 * hour of the week on; null where the recording is missing.
 */
export async function otherWeeks(
  n: number,
  pairs: number,
): Promise<Pair[] | null> {
  const series = await recorded();
  if (!series) return null;
  const { start, talk, volume } = series;
  const weeks = Math.floor((talk.length - n) / WEEK) + 1;
  const all: [number, number][] = [];
  for (let i = 0; i < weeks; i++) {
    for (let j = 0; j < weeks; j++) {
      if (Math.abs(i - j) * WEEK >= n) all.push([i, j]);
    }
  }
  const part = (values: Float64Array, week: number) =>
    values.slice(week * WEEK, week * WEEK + n);
  return shuffled(all, randomFrom(31)).slice(0, pairs).map(([i, j]) => ({
    x: part(talk, i),
    y: part(volume, j),
    grid: { start: start + i * WEEK * HOUR, step: HOUR, length: n },
  }));
}
