/**
 * How often the verdict is wrong where the truth is known: pairs that share a
 * rhythm, news or volatility but do not lead one another, recorded series
 * beside themselves of other weeks, and pairs of which one does lead.
 *
 * `deno run -A tests/bench/calibration.ts [pairs] [name]` prints the table.
 */
import {
  Prepared,
  type Verdict,
  verdict,
} from "../../analytics/statistics/verdict.ts";
import { leaderOf } from "../../analytics/statistics/verdict.ts";
import { randomFrom } from "../support/random.ts";
import { type Chance, nulls, type Pair } from "./calibration_nulls.ts";
import { type Plant, plants } from "./calibration_plants.ts";
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
    if (recorded) add(nullFigure(work, ratesOf(recorded)));
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
