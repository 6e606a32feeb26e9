/**
 * How often the verdict is wrong where the truth is known: pairs of independent
 * series of several kinds, and pairs of which one leads by k buckets.
 *
 * `deno run -A tests/bench/calibration.ts [pairs]` prints the rates and the time.
 */
import type { Figure } from "./figures.ts";
import type { Grid } from "../../analytics/statistics/seasonality.ts";
import {
  Prepared,
  type Verdict,
  verdict,
} from "../../analytics/statistics/verdict.ts";
import { randomFrom } from "../support/random.ts";

/** Standard normal numbers from a seed. */
export function normalFrom(seed: number): () => number {
  const random = randomFrom(seed);
  return () =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

const autoregressive = (n: number, phi: number, normal: () => number) => {
  let value = normal() / Math.sqrt(1 - phi * phi);
  return Float64Array.from(
    { length: n },
    () => value = phi * value + normal(),
  );
};

/** Kinds of series, each from its innovations. */
export const kinds: Record<
  string,
  (n: number, normal: () => number) => Float64Array
> = {
  "white noise": (n, normal) => Float64Array.from({ length: n }, normal),
  "AR(0.9)": (n, normal) => autoregressive(n, 0.9, normal),
  "hourly seasonality": (n, normal) =>
    autoregressive(n, 0.5, normal).map((v, t) =>
      v + 2 * Math.sin(2 * Math.PI * t / 24) + (t % 24 === 9 ? 3 : 0)
    ),
  "random walk": (n, normal) => {
    let value = 0;
    return Float64Array.from({ length: n }, () => value += normal());
  },
};

/** Hourly buckets from a Monday. */
export const hourly = (length: number): Grid => ({
  start: Date.UTC(2024, 0, 1),
  step: 3_600_000,
  length,
});

const decide = (x: Float64Array, y: Float64Array): Verdict => {
  const grid = hourly(x.length);
  return verdict(new Prepared(x, grid), new Prepared(y, grid));
};

/** What came out over many pairs. */
export interface Rates {
  kind: string;
  pairs: number;
  /** Share with the verdict "x leads" or "y leads". */
  leads: number;
  /** Share called not interpretable for unit roots. */
  unitRoots: number;
  /** Of those, the share whose differences were said to lead. */
  leadsInDifferences: number;
  seconds: number;
}

/** Verdicts over `pairs` pairs of independent series of `n` buckets. */
export function falseLeads(
  kind: string,
  pairs: number,
  n = 1000,
  seed = 1,
): Rates {
  const started = performance.now();
  const normal = normalFrom(seed);
  let leads = 0, unitRoots = 0, inDifferences = 0;
  for (let i = 0; i < pairs; i++) {
    const made = decide(kinds[kind]!(n, normal), kinds[kind]!(n, normal));
    const says = (finding?: string) => finding?.endsWith("_leads") ?? false;
    if (says(made.code)) leads++;
    if (made.code === "unit_roots") {
      unitRoots++;
      if (says(made.found?.finding)) inDifferences++;
    }
  }
  return {
    kind,
    pairs,
    leads: leads / pairs,
    unitRoots: unitRoots / pairs,
    leadsInDifferences: unitRoots === 0 ? NaN : inDifferences / unitRoots,
    seconds: (performance.now() - started) / 1000,
  };
}

/** Share of pairs in which a planted lead is found at its lag, with its sign and side. */
export function plantedFound(
  kind: string,
  pairs: number,
  n = 2000,
  r = 0.2,
  seed = 2,
): number {
  const normal = normalFrom(seed), random = randomFrom(seed + 1);
  let found = 0;
  for (let i = 0; i < pairs; i++) {
    const lag = 1 + Math.floor(12 * random());
    const side = random() < 0.5 ? 1 : -1, sign = random() < 0.5 ? 1 : -1;
    const first = Float64Array.from({ length: n + lag }, normal);
    const second = Float64Array.from(
      { length: n },
      (_, t) => sign * r * first[t]! + Math.sqrt(1 - r * r) * normal(),
    );
    // Each innovation of `second` holds one of `first` of `lag` buckets before.
    const lead = made(kind, first.subarray(lag)), late = made(kind, second);
    const [x, y] = side > 0 ? [lead, late] : [late, lead];
    const { found: finding } = decide(x, y);
    const wanted = side > 0 ? "x_leads" : "y_leads";
    if (
      finding?.finding === wanted && finding.peak.lag === side * lag &&
      Math.sign(finding.peak.r) === sign
    ) found++;
  }
  return found / pairs;
}

/** A series of this kind from given innovations. */
function made(kind: string, innovations: Float64Array): Float64Array {
  let at = 0;
  return kinds[kind]!(
    innovations.length,
    () => innovations[at++ % innovations.length]!,
  );
}

/** How often independent series are said to lead, and a planted lead is found, in percent. */
export function benchCalibration(pairs = 1000): Figure[] {
  return Object.keys(kinds).flatMap((kind) => {
    const rates = falseLeads(kind, pairs);
    const found = 100 * plantedFound(kind, pairs / 4);
    // A random walk's levels are not interpreted: what is calibrated is what the differences say.
    const walks = rates.unitRoots > 0.5;
    return [{
      work: `"leads" between ${pairs} independent pairs, ${kind}${
        walks ? ", in differences" : ""
      }`,
      value: 100 * (walks ? rates.leadsInDifferences : rates.leads),
      unit: "%",
      aim: 7,
      note: `at least 3; ${
        (100 * rates.unitRoots).toFixed(1)
      } % are called not interpretable`,
    }, {
      work: `planted lead missed, ${kind}`,
      value: 100 - found,
      unit: "%",
      aim: 5,
      note: `${pairs / 4} pairs, |r| = 0.2, n = 2,000`,
    }];
  });
}
