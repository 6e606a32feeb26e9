import assert from "node:assert/strict";
import { adf } from "../../analytics/statistics/adf.ts";
import { benjaminiHochberg } from "../../analytics/statistics/benjamini_hochberg.ts";
import { crossCorrelation } from "../../analytics/statistics/cross_correlation.ts";
import { effectiveSize } from "../../analytics/statistics/effective_size.ts";
import { eventStudy } from "../../analytics/statistics/event_study.ts";
import {
  correlationP,
  fisherInterval,
} from "../../analytics/statistics/fisher.ts";
import { granger } from "../../analytics/statistics/granger.ts";
import { kendall } from "../../analytics/statistics/kendall.ts";
import { kpss } from "../../analytics/statistics/kpss.ts";
import { neweyWest } from "../../analytics/statistics/newey_west.ts";
import { partialCorrelation } from "../../analytics/statistics/partial.ts";
import { pearson } from "../../analytics/statistics/pearson.ts";
import { report } from "../../analytics/statistics/report.ts";
import { rollingCorrelation } from "../../analytics/statistics/rolling.ts";
import { withoutSeason } from "../../analytics/statistics/seasonality.ts";
import { midRanks, spearman } from "../../analytics/statistics/spearman.ts";
import {
  bootstrapCorrelation,
  pairBlockLength,
} from "../../analytics/statistics/stationary_bootstrap.ts";
import { Prepared, verdict } from "../../analytics/statistics/verdict.ts";
import { verdictSentence } from "../../analytics/statistics/verdict_sentence.ts";
import { hourly, kinds, normalFrom } from "../bench/calibration_series.ts";

const near = (got: number, want: number, what = "") =>
  assert.ok(
    Math.abs(got - want) <= 1e-8 * Math.max(1, Math.abs(want)),
    `${what} ${got} is not ${want}`,
  );

/** Whole and half numbers: the same doubles in every language. */
const x = Float64Array.from(
  { length: 240 },
  (_, i) => (i * 7919) % 211 + ((i * i * 31) % 97) * 0.5,
);
const y = Float64Array.from(
  { length: 240 },
  (_, i) => (i * i * 13) % 101 + 0.5 * (x[i - 2] ?? 0),
);
const walk = (() => {
  let sum = 0;
  return Float64Array.from(
    { length: 240 },
    (_, i) => sum += (i * 7919 + i * i) % 211 - 105,
  );
})();

Deno.test("figures of scipy, statsmodels and arch on fixed series", () => {
  near(pearson(x, y), 0.47780860207678144, "pearson");
  near(spearman(x, y), 0.4790065530318724, "spearman");
  near(kendall(x, y), 0.34114134168940596, "kendall");
  near(correlationP(pearson(x, y), 240), 4.308491788605484e-15, "p");
  const hac = neweyWest(x, y, { standardise: true })!;
  near(hac.error, 0.06100672355160688, "Newey–West");
  assert.equal(hac.lags, 4);
  near(pairBlockLength(x, y), 2.249370738138783, "block");
  near(partialCorrelation(x, y, hourly(240)).r, 0.5029687994154047, "partial");
  near(effectiveSize(x, y).nEffective, 56.3420342332894, "n_eff");
  const unitRoot = adf(x)!;
  near(unitRoot.statistic, -5.809361556987792, "ADF");
  near(unitRoot.p, 4.438588807181589e-7, "ADF p");
  assert.deepEqual([unitRoot.lags, unitRoot.n], [15, 224]);
  const wandering = adf(walk)!;
  near(wandering.statistic, -1.6511384695523463, "ADF of a walk");
  near(wandering.p, 0.456446746866031, "ADF p of a walk");
  near(adf(walk, { trend: "ct" })!.p, 0.2645286483103547, "with a trend");
  near(kpss(walk)!.statistic, 1.7681185088646427, "KPSS");
  near(kpss(walk, "schwert")!.statistic, 1.2657364056242466, "KPSS, Schwert");
  assert.deepEqual([kpss(walk)!.p, kpss(walk)!.bound], [0.01, "≤"]);
  const ahead = granger(x, y, 3)!, back = granger(y, x, 3)!;
  near(ahead.F, 45.37796121097133, "F");
  near(back.p, 0.23492532152873363, "p of F");
  assert.deepEqual([ahead.df1, ahead.df2], [3, 230]);
  near(granger(x, y, 2, 1)!.F, 64.72031116387528, "Toda–Yamamoto");
  const cross = crossCorrelation(x, y, 5);
  near(
    cross.find((row) => row.lag === 2)!.r,
    0.6838674817739704,
    "x leads by 2",
  );
  near(cross.find((row) => row.lag === -2)!.r, 0.2567930250283231, "lag −2");
});

Deno.test("ties share a rank; weights count copies", () => {
  assert.deepEqual(
    [...midRanks(Float64Array.of(3, 1, 3, 2, 3))],
    [4, 1, 4, 2, 4],
  );
  // Twice the same pairs: the same coefficients as weights of two.
  const a = x.map((v) => Math.round(v / 30)), b = y.map((v) => v % 7);
  const twice = (v: Float64Array) => Float64Array.from([...v, ...v]);
  near(
    pearson(a, b, new Float64Array(240).fill(2)),
    pearson(twice(a), twice(b)),
  );
  near(spearman(twice(a), twice(b)), spearman(a, b), "spearman");
});

Deno.test("what is not defined is NaN or null, never a number", () => {
  const constant = new Float64Array(50).fill(2), noise = x.subarray(0, 50);
  for (const f of [pearson, spearman, kendall]) {
    assert.ok(Number.isNaN(f(constant, noise)));
    assert.ok(Number.isNaN(f(Float64Array.of(1), Float64Array.of(2))));
  }
  assert.equal(adf(constant), null);
  assert.equal(kpss(constant), null);
  assert.equal(neweyWest(constant, noise), null);
  assert.equal(bootstrapCorrelation(constant, noise, "pearson"), null);
  assert.equal(granger(constant, constant, 2), null);
  assert.equal(fisherInterval(0.5, 3), null);
  assert.equal(
    verdict(
      new Prepared(constant, hourly(50)),
      new Prepared(noise.slice(), hourly(50)),
    ).code,
    "too_little",
  );
  assert.ok(Number.isNaN(effectiveSize(constant, noise).nEffective));
});

Deno.test("effective n: n for noise, less under persistence, never above n", () => {
  const normal = normalFrom(3);
  const of = (kind: string) => kinds[kind]!(4000, normal);
  const noise = effectiveSize(of("white noise"), of("white noise")).nEffective;
  assert.ok(noise > 3500 && noise <= 4000, String(noise));
  // (1 + φ²)/(1 − φ²) = 9.53 times fewer for two AR(0.9).
  const slow = effectiveSize(of("AR(0.9)"), of("AR(0.9)")).nEffective;
  assert.ok(slow > 4000 / 16 && slow < 4000 / 6, String(slow));
  const turning = x.map((_, i) => (-1) ** i + 0.01 * x[i]!);
  assert.ok(effectiveSize(turning, turning.map((v) => -v)).nEffective <= 240);
});

Deno.test("p adjusted by Benjamini and Hochberg; NaN takes no part", () => {
  assert.deepEqual(
    [...benjaminiHochberg([0.01, 0.04, 0.03, 0.5])].map((q) =>
      Number(q.toFixed(10))
    ),
    [0.04, 0.0533333333, 0.0533333333, 0.5],
  );
  assert.deepEqual([...benjaminiHochberg([NaN, 0.2, 0.9])], [NaN, 0.4, 0.9]);
});

Deno.test("holes change no coefficient beyond the loss of their pairs", () => {
  const a = x.slice(), b = y.slice();
  a.fill(NaN, 100, 120);
  b.fill(NaN, 110, 140);
  const keep = (v: Float64Array) =>
    Float64Array.from([...v.subarray(0, 100), ...v.subarray(140)]);
  near(pearson(a, b), pearson(keep(x), keep(y)));
  near(spearman(a, b), spearman(keep(x), keep(y)));
  near(kendall(a, b), kendall(keep(x), keep(y)));
  // The past of a bucket next to the hole is unknown: rows there are lost, the others stay.
  assert.equal(granger(a, b, 3)!.n, 240 - 3 - (40 + 3));
  const window = rollingCorrelation(a, b, hourly(240), 24 * 3_600_000, 5);
  near(window[99]!, pearson(x.subarray(76, 100), y.subarray(76, 100)));
  assert.ok(Number.isNaN(window[130]!));
});

Deno.test("the season: means of hour and weekday, nothing left of a pure one", () => {
  const grid = hourly(24 * 28);
  const pure = Float64Array.from(
    { length: grid.length },
    (_, t) => 5 * (t % 24) + 100 * (Math.floor(t / 24) % 7),
  );
  const factors = [
    (time: number) => new Date(time).getUTCHours(),
    (time: number) => new Date(time).getUTCDay(),
  ];
  const { residuals, parameters } = withoutSeason(pure, grid, factors);
  assert.equal(parameters, 23 + 6);
  assert.ok(residuals.every((v) => v === 0));
});

Deno.test("the bootstrap is seeded, and its interval holds the truth about 95 times in 100", () => {
  const normal = normalFrom(8);
  let held = 0;
  for (let i = 0; i < 200; i++) {
    const a = kinds["AR(0.9)"]!(300, normal);
    const b = kinds["AR(0.9)"]!(300, normal);
    const { low, high } = bootstrapCorrelation(a, b, "pearson", {
      draws: 300,
      seed: i,
    })!;
    if (low < 0 && high > 0) held++;
  }
  // Short blocks leave the interval somewhat narrow under this much memory.
  assert.ok(held > 150 && held < 200, `${held} of 200`);
  const once = bootstrapCorrelation(x, y, "spearman", { draws: 300, seed: 5 });
  assert.deepEqual(
    bootstrapCorrelation(x, y, "spearman", { draws: 300, seed: 5 }),
    once,
  );
  assert.notDeepEqual(
    bootstrapCorrelation(x, y, "spearman", { draws: 300, seed: 6 }),
    once,
  );
});

Deno.test("a shift by one bucket shifts the lag by one; turning a sign turns r", () => {
  const normal = normalFrom(15);
  const n = 1500;
  const a = Float64Array.from({ length: n }, normal);
  const b = a.map((_, t) => 0.4 * (a[t - 3] ?? 0) + normal());
  const find = (u: Float64Array, v: Float64Array) => {
    const grid = hourly(u.length);
    return verdict(new Prepared(u, grid), new Prepared(v, grid));
  };
  const base = find(a, b);
  assert.deepEqual([base.code, base.found!.peak.lag], ["x_leads", 3]);
  const later = find(a.subarray(1), b.subarray(0, n - 1));
  assert.deepEqual([later.code, later.found!.peak.lag], ["x_leads", 4]);
  const back = find(b, a);
  assert.deepEqual([back.code, back.found!.peak.lag], ["y_leads", -3]);
  near(back.found!.peak.r, base.found!.peak.r);
  assert.ok(find(a, b.map((v) => -v)).found!.peak.r < -0.3);
  assert.equal(find(a, a.map((v) => v + normal())).code, "together");
});

Deno.test("a walk that follows another: no lead on levels, one in the differences", () => {
  const normal = normalFrom(31);
  const steps = Float64Array.from({ length: 2000 }, normal);
  let a = 0, b = 0;
  const first = steps.map((v) => a += v);
  const second = steps.map((_, t) => b += 0.5 * (steps[t - 4] ?? 0) + normal());
  const grid = hourly(2000);
  const made = verdict(new Prepared(first, grid), new Prepared(second, grid));
  assert.equal(made.code, "unit_roots");
  assert.deepEqual(
    [made.found!.on, made.found!.finding, made.found!.peak.lag],
    ["differences", "x_leads", 4],
  );
  const said = verdictSentence(made, "talk", "volume", grid.step);
  assert.match(
    said.en,
    /^Not interpretable: unit roots.*In differences: talk leads volume by 4 buckets \(4 h\)/,
  );
  assert.match(said.ko, /^해석할 수 없음: 단위근.*4구간\(4시간\) 먼저/);
});

Deno.test("a series around a rising line is no unit root; a walk is", () => {
  const normal = normalFrom(71);
  const n = 1000, grid = hourly(n);
  const rising = () =>
    kinds["AR(0.9)"]!(n, normal).map((v, t) => 100 + v + 40 * t / n);
  const readings = (make: () => Float64Array) =>
    report(make(), make(), grid, { draws: 0 });
  const line = readings(rising);
  assert.equal(line.verdict.code, "nothing");
  assert.ok(line.correlations.every(({ valid }) => valid));
  for (const { form, reading } of line.stationarity) {
    if (form === "level") assert.equal(reading, "line");
  }
  const walks = readings(() => kinds["random walk"]!(n, normal));
  assert.equal(walks.verdict.code, "unit_roots");
  assert.ok(
    walks.correlations.every(({ transform, valid }) =>
      valid === (transform === "dlog")
    ),
  );
});

Deno.test("an outage changes the verdict in nothing but n", () => {
  const normal = normalFrom(44);
  const a = Float64Array.from({ length: 2000 }, normal);
  const b = a.map((_, t) => 0.3 * (a[t - 5] ?? 0) + normal());
  const gone = b.slice().fill(NaN, 900, 1000);
  const grid = hourly(2000);
  const made = verdict(new Prepared(a, grid), new Prepared(gone, grid));
  assert.deepEqual(
    [made.code, made.found!.peak.lag, made.n],
    ["x_leads", 5, 1900],
  );
});

Deno.test("events: volume after bursts of talk stands out, before them not", () => {
  const normal = normalFrom(53);
  const n = 24 * 7 * 30;
  const talk = Float64Array.from(
    { length: n },
    (_, t) => 3 + Math.sin(2 * Math.PI * t / 24) + 0.2 * normal(),
  );
  const volume = talk.map((_, t) =>
    5 + Math.sin(2 * Math.PI * t / 24) + 0.5 * normal()
  );
  const bursts = Array.from({ length: 12 }, (_, i) => 24 * 7 * 11 + i * 263);
  for (const at of bursts) {
    talk[at]! += 3;
    for (let t = at + 1; t <= at + 12; t++) volume[t]! += 1;
  }
  const study = eventStudy(talk, volume, hourly(n))!;
  for (const at of bursts) assert.ok(study.events.includes(at), String(at));
  assert.ok(study.after > 0.2, String(study.after));
  assert.ok(study.pAfter < 0.01 && study.pBefore > 0.01, String(study.pBefore));
  assert.deepEqual(
    [study.path[0]!.offset, study.path.at(-1)!.offset],
    [-6, 24],
  );
  // Without what follows the bursts there is nothing.
  const calm = eventStudy(talk, talk.map(() => normal()), hourly(n))!;
  assert.ok(calm.pAfter > 0.01 && calm.pBefore > 0.01);
});
