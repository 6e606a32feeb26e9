/**
 * How often the verdict is wrong where the truth is known: pairs that share a
 * rhythm, news or volatility but do not lead one another, recorded series
 * beside themselves of other weeks, and pairs of which one does lead.
 *
 * `deno run -A tests/bench/calibration.ts [pairs] [name]` prints the table.
 */
import { adf } from "../../analytics/statistics/adf.ts";
import { eventStudy } from "../../analytics/statistics/event_study.ts";
import { grangerPlacebo } from "../../analytics/statistics/granger_placebo.ts";
import { pearson } from "../../analytics/statistics/pearson.ts";
import { deseason } from "../../analytics/statistics/rhythm.ts";
import {
  placedCorrelation,
  rotationsOf,
} from "../../analytics/statistics/rotation.ts";
import { seasonOf } from "../../analytics/statistics/seasonality.ts";
import {
  leaderOf,
  Prepared,
  type Verdict,
  verdict,
} from "../../analytics/statistics/verdict.ts";
import { randomFrom } from "../support/random.ts";
import { type Chance, nulls, type Pair } from "./calibration_nulls.ts";
import { leadOf, type Plant, plants } from "./calibration_plants.ts";
import { otherWeeks } from "./calibration_recorded.ts";
import { normalFrom } from "./calibration_series.ts";
import { type Figure, table } from "./figures.ts";

/** Where the chance of a run comes from. */
export const chanceFrom = (seed: number): Chance => ({
  normal: normalFrom(seed),
  random: randomFrom(seed + 1),
});

const decide = ({ x, y, grid }: Pair): Verdict =>
  verdict(new Prepared(x, grid), new Prepared(y, grid));

/** What came out over many pairs of which none leads, as shares. */
export interface Rates {
  pairs: number;
  /** One side was said to lead or to add, on levels or differences. */
  leads: number;
  together: number;
  oneEvent: number;
  /** Not interpretable for unit roots. */
  unitRoots: number;
  /** The p that is shown is below .05. */
  significant: number;
}

/** Shares of what was said of these pairs. */
export function ratesOf(pairs: Iterable<Pair>): Rates {
  let n = 0, leads = 0, together = 0, oneEvent = 0, unitRoots = 0;
  let significant = 0;
  for (const pair of pairs) {
    const { code, found } = decide(pair);
    n++;
    if (found && leaderOf(found.finding)) leads++;
    if (found?.finding === "together") together++;
    if (found?.finding === "one_event") oneEvent++;
    if (code === "unit_roots") unitRoots++;
    if (found && found.p < 0.05) significant++;
  }
  return {
    pairs: n,
    leads: leads / n,
    together: together / n,
    oneEvent: oneEvent / n,
    unitRoots: unitRoots / n,
    significant: significant / n,
  };
}

/** Pairs of a null, `n` buckets of `step` milliseconds each. */
export function* pairsOf(
  name: string,
  pairs: number,
  n: number,
  step = HOUR,
  seed = 11,
): Generator<Pair> {
  const chance = chanceFrom(seed);
  for (let i = 0; i < pairs; i++) yield nulls[name]!(n, step, chance);
}

const HOUR = 3_600_000, FIVE_MINUTES = 300_000;

/** How often a planted lead is found with its side, lag and sign, and how often the other side is said to lead. */
export function plantFound(
  plant: Plant,
  pairs: number,
  seed = 21,
): { right: number; wrong: number } {
  const chance = chanceFrom(seed);
  let right = 0, wrong = 0;
  for (let i = 0; i < pairs; i++) {
    const { found } = decide(plant.make(chance));
    const leader = found && leaderOf(found.finding);
    if (leader === "y") wrong++;
    if (leader === "x" && found!.peak.lag === plant.lag && found!.peak.r > 0) {
      right++;
    }
  }
  return { right: right / pairs, wrong: wrong / pairs };
}

/** Shares of pairs in which a figure that stands beside the verdict is beyond 5 %; NaN where there was none. */
export interface Beside {
  pairs: number;
  /** Correlation of levels without their season, where neither has a unit root; its interval excludes 0. */
  correlation: number;
  interval: number;
  granger: number;
  eventsAfter: number;
}

/** What correlations, Granger's test and events say of pairs that have no tie. */
export function besideOf(pairs: Pair[]): Beside {
  let stationary = 0, correlation = 0, interval = 0, precedes = 0;
  let studied = 0, eventsAfter = 0;
  for (const { x, y, grid } of pairs) {
    const season = seasonOf(grid), rotations = rotationsOf(grid);
    const [a, b] = [x, y].map((v) =>
      deseason(v, grid, season, true).residuals
    ) as [Float64Array, Float64Array];
    if (adf(a)!.p < 0.05 && adf(b)!.p < 0.05) {
      stationary++;
      const placed = placedCorrelation(a, b, pearson(a, b), rotations);
      if (placed.p <= 0.05) correlation++;
      const bounds = placed.interval;
      if (bounds && bounds.low * bounds.high > 0) interval++;
    }
    if (grangerPlacebo(a, b, 24, rotations) <= 0.05) precedes++;
    const events = eventStudy(x, y, grid);
    if (events) {
      studied++;
      if (events.pAfter <= 0.05) eventsAfter++;
    }
  }
  return {
    pairs: pairs.length,
    correlation: correlation / stationary,
    interval: interval / stationary,
    granger: precedes / pairs.length,
    eventsAfter: eventsAfter / studied,
  };
}

/** The |r| that is said to be found nine times in ten, and how often a lead of that size is. */
export function powerOf(
  n: number,
  pairs: number,
): { seen: number; found: number } {
  const [first] = pairsOf("AR(0.9)", 1, n);
  const seen = decide(first!).found!.seen;
  return { seen, found: plantFound(leadOf(seen, n), pairs).right };
}

/** How often the interval of the forecast's gain holds the truth, r², in leads that were found. */
export function gainCovered(r: number, n: number, pairs: number): number {
  const chance = chanceFrom(51);
  let held = 0, found = 0;
  for (let i = 0; i < pairs; i++) {
    const gain = decide(leadOf(r, n).make(chance)).found?.gain;
    if (!gain) continue;
    found++;
    if (gain.low <= r * r && r * r <= gain.high) held++;
  }
  return held / found;
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** A row of a null: what may come up in 7 % of its pairs at most. */
function nullFigure(work: string, rates: Rates): Figure {
  return {
    work,
    value: Math.round(1000 * rates.leads) / 10,
    unit: "%",
    aim: 7,
    note: `${rates.pairs} pairs; p < .05 in ${percent(rates.significant)}, ` +
      `together ${percent(rates.together)}, same event ${
        percent(rates.oneEvent)
      }` +
      (rates.unitRoots > 0.5
        ? `; ${percent(rates.unitRoots)} with unit roots, told of differences`
        : ""),
    details: rates,
  };
}

const BESIDE: Record<string, string> = {
  correlation: "correlation's p ≤ .05",
  interval: "correlation's interval without 0",
  granger: "Granger's p ≤ .05",
  eventsAfter: "p ≤ .05 after events",
};

/** How often pairs that do not lead are said to, and planted leads are missed, in percent. */
export async function benchCalibration(
  pairs = 400,
  only = "",
  onFigure?: (figure: Figure) => void,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  const add = (figure: Figure) => {
    figures.push(figure);
    onFigure?.(figure);
  };
  for (const [step, unit] of [[HOUR, "h"], [FIVE_MINUTES, "5 min"]] as const) {
    for (const n of [500, 2000]) {
      for (const name of Object.keys(nulls)) {
        const work = `"leads" where none does: ${name}, ${n} × ${unit}`;
        if (!work.includes(only)) continue;
        add(nullFigure(work, ratesOf(pairsOf(name, pairs, n, step))));
      }
    }
  }
  for (const n of [500, 2000, 5000]) {
    const work = `"leads" where none does: recorded, other weeks, ${n} × h`;
    if (!work.includes(only)) continue;
    const recorded = await otherWeeks(n, pairs);
    if (!recorded) continue;
    add(nullFigure(work, ratesOf(recorded)));
    const { pairs: count, ...beside } = besideOf(recorded);
    for (const [what, share] of Object.entries(beside)) {
      if (Number.isNaN(share)) continue;
      add({
        work: `${BESIDE[what]}: recorded, other weeks, ${n} × h`,
        value: Math.round(1000 * share) / 10,
        unit: "%",
        aim: 7,
        note: `${count} pairs`,
      });
    }
  }
  for (const plant of plants) {
    const work = `lead of r = ${plant.r} missed: ${plant.name}`;
    if (!work.includes(only)) continue;
    const { right, wrong } = plantFound(plant, pairs);
    add({
      work,
      value: Math.round(1000 * (1 - right)) / 10,
      unit: "%",
      aim: 10,
      note: `${pairs} pairs; the wrong side in ${percent(wrong)}`,
    });
  }
  for (const n of [500, 2000]) {
    const work =
      `found less often than nine in ten: the |r| that is stated, ${n} × h`;
    if (!work.includes(only)) continue;
    const { seen, found } = powerOf(n, pairs);
    add({
      work,
      value: Math.max(0, Math.round(1000 * (0.9 - found)) / 10),
      unit: "points",
      aim: 5,
      note: `${pairs} pairs; |r| ≥ ${seen.toFixed(3)} found in ${
        percent(found)
      }`,
    });
  }
  const work = "interval of the forecast's gain without r², r = 0.2, 2000 × h";
  if (work.includes(only)) {
    const held = gainCovered(0.2, 2000, pairs);
    add({
      work,
      value: Math.round(1000 * (1 - held)) / 10,
      unit: "%",
      aim: 7,
      note: `${pairs} pairs`,
    });
  }
  return figures;
}

if (import.meta.main) {
  const [pairs, only] = Deno.args;
  const figures = await benchCalibration(
    Number(pairs ?? 400),
    only,
    ({ work, value, note }) => console.error(`${value} %  ${work}  (${note})`),
  );
  console.log(table(figures));
}
