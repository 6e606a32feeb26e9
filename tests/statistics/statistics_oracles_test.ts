/** `analytics/statistics/` beside statsmodels, scipy and arch, on the same series. */
import assert from "node:assert/strict";
import { adf } from "../../analytics/statistics/adf.ts";
import { autocorrelation } from "../../analytics/statistics/autocorrelation.ts";
import { autoregression } from "../../analytics/statistics/autoregression.ts";
import { benjaminiHochberg } from "../../analytics/statistics/benjamini_hochberg.ts";
import {
  crossCorrelation,
  leadLag,
  whiten,
} from "../../analytics/statistics/cross_correlation.ts";
import { effectiveSize } from "../../analytics/statistics/effective_size.ts";
import { correlationP } from "../../analytics/statistics/fisher.ts";
import { granger } from "../../analytics/statistics/granger.ts";
import { kendall } from "../../analytics/statistics/kendall.ts";
import { kpss } from "../../analytics/statistics/kpss.ts";
import { knownPairs } from "../../analytics/statistics/lags.ts";
import { neweyWest } from "../../analytics/statistics/newey_west.ts";
import { partialCorrelation } from "../../analytics/statistics/partial.ts";
import { pearson } from "../../analytics/statistics/pearson.ts";
import { rollingCorrelation } from "../../analytics/statistics/rolling.ts";
import { spearman } from "../../analytics/statistics/spearman.ts";
import {
  bootstrapCorrelation,
  pairBlockLength,
} from "../../analytics/statistics/stationary_bootstrap.ts";
import { varOrder } from "../../analytics/statistics/vector_autoregression.ts";
import { hourly, kinds, normalFrom } from "../bench/calibration_series.ts";
import { test } from "../support/requirements.ts";

interface Pair {
  name: string;
  x: Float64Array;
  y: Float64Array;
}

/** Two dozen pairs: noise, memory, unit roots, seasons, ties, constants, short ones, holes. */
function pairs(): Pair[] {
  const normal = normalFrom(20);
  const of = (kind: string, n: number) => kinds[kind]!(n, normal);
  const ar = (n: number, phi: number) => {
    let v = 0;
    return Float64Array.from({ length: n }, () => v = phi * v + normal());
  };
  const mix = (x: Float64Array, y: Float64Array, r: number, lag = 0) =>
    y.map((v, t) => v + r * (x[t - lag] ?? 0));
  const round = (x: Float64Array) => x.map((v) => Math.round(v));
  const holes = (x: Float64Array, every: number, length: number) =>
    x.map((v, t) => t % every < length ? NaN : v);
  const all: [string, Float64Array, Float64Array][] = [
    ["white noise", of("white noise", 300), of("white noise", 300)],
    ["long white noise", of("white noise", 2500), of("white noise", 2500)],
    ["AR(0.5)", ar(400, 0.5), ar(400, 0.5)],
    ["AR(0.9)", of("AR(0.9)", 500), of("AR(0.9)", 500)],
    ["AR(−0.6)", ar(300, -0.6), ar(300, -0.6)],
    ["AR(0.98)", ar(800, 0.98), ar(800, 0.98)],
    ["random walks", of("random walk", 500), of("random walk", 500)],
    ["long random walks", of("random walk", 2000), of("random walk", 2000)],
    ["walk and noise", of("random walk", 400), of("white noise", 400)],
    [
      "walk with a drift",
      of("random walk", 300).map((v, t) => v + 0.5 * t),
      ar(300, 0.3),
    ],
    ["trend", ar(300, 0.4).map((v, t) => v + 0.05 * t), ar(300, 0.4)],
    ["seasons", of("hourly seasonality", 600), of("hourly seasonality", 600)],
    ["ties", round(ar(500, 0.7)), round(ar(500, 0.7))],
    [
      "zeros and ones",
      of("white noise", 200).map((v) => v > 0.5 ? 1 : 0),
      of("white noise", 200).map((v) => v > 0 ? 1 : 0),
    ],
    ["constant", new Float64Array(100).fill(3), of("white noise", 100)],
    ["short", ar(30, 0.3), ar(30, 0.3)],
    ["very short", of("white noise", 12), of("white noise", 12)],
    [
      "great level",
      ar(400, 0.9).map((v) => 60_000 + v),
      ar(400, 0.9).map((v) => 1e8 + 1000 * v),
    ],
    [
      "log-normal",
      ar(500, 0.8).map(Math.exp),
      ar(500, 0.8).map((v) => Math.exp(2 * v)),
    ],
  ];
  const x = ar(500, 0.6), cause = of("white noise", 600);
  all.push(
    ["together", x, mix(x, ar(500, 0.6), 0.5)],
    ["against", x, mix(x, ar(500, 0.6), -2)],
    ["led by two", cause, mix(cause, of("white noise", 600), 0.4, 2)],
    ["few holes", holes(ar(500, 0.7), 97, 3), ar(500, 0.7)],
    [
      "holes on both sides",
      holes(of("hourly seasonality", 700), 61, 7),
      holes(of("hourly seasonality", 700), 83, 11),
    ],
  );
  return all.map(([name, x, y]) => ({ name, x, y }));
}

interface Fit {
  statistic: number;
  p: number;
  lags: number;
  n?: number;
}

interface Answer {
  pearson: number | null;
  pearson_p: number | null;
  spearman: number | null;
  kendall: number | null;
  newey_west: { slope: number; error: number; p: number; lags: number } | null;
  block: number | null;
  partial: number | null;
  rolling: (number | null)[];
  cross: (number | null)[];
  acf: (number | null)[] | null;
  adf?: Fit | null;
  adf_trend?: Fit | null;
  kpss?: Fit | null;
  kpss_schwert?: Fit | null;
  autoregression?: { order: number; params: number[] } | null;
  granger?: { F: number; p: number; df1: number; df2: number } | null;
  granger_back?: { F: number; p: number; df1: number; df2: number } | null;
  toda_yamamoto?: { F: number; p: number; df2: number } | null;
  orders?: { aic: number; bic: number } | null;
  n_effective?: number | null;
  prewhitened?: (number | null)[] | null;
}

async function ask<T>(question: unknown): Promise<T> {
  const program = new Deno.Command("python3", {
    args: [
      new URL("../support/oracles/statistics.py", import.meta.url).pathname,
    ],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = program.stdin.getWriter();
  // NaN becomes null.
  await writer.write(new TextEncoder().encode(JSON.stringify(question)));
  await writer.close();
  const { success, stdout, stderr } = await program.output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** Equal to 1e-8, relative above 1. */
function near(
  got: number | null | undefined,
  want: number | null | undefined,
  what: string,
): void {
  const undefinedHere = got === null || got === undefined || Number.isNaN(got);
  if (want === null || want === undefined) {
    assert.ok(undefinedHere, `${what}: ${got}, and the oracle has none`);
    return;
  }
  assert.ok(
    !undefinedHere &&
      Math.abs(got - want) <= 1e-8 * Math.max(1, Math.abs(want)),
    `${what}: ${got} is not ${want}`,
  );
}

const known = (x: Float64Array) => !x.some(Number.isNaN);

test("statistics equal statsmodels, scipy and arch", ["oracles"], async (t) => {
  const all = pairs();
  const p = [0.001, 0.04, 0.03, 0.5, 0.5, 0.0001, 0.9, 0.049];
  const { pairs: answers, bh } = await ask<{ pairs: Answer[]; bh: number[] }>({
    pairs: all.map(({ name, x, y }) => ({ name, x: [...x], y: [...y] })),
    p,
  });
  assert.ok(all.length >= 20);
  benjaminiHochberg(p).forEach((q, i) => near(q, bh[i], `q ${i}`));
  for (const [i, { name, x, y }] of all.entries()) {
    const want = answers[i]!;
    await t.step(name, () => {
      const grid = hourly(x.length);
      near(pearson(x, y), want.pearson, "pearson");
      near(spearman(x, y), want.spearman, "spearman");
      near(kendall(x, y), want.kendall, "kendall");
      const [a, b] = knownPairs(x, y);
      near(correlationP(pearson(a, b), a.length), want.pearson_p, "p");
      const hac = neweyWest(a, b, { standardise: true });
      near(hac?.slope, want.newey_west?.slope, "slope");
      near(hac?.error, want.newey_west?.error, "HAC error");
      near(hac?.p, want.newey_west?.p, "HAC p");
      near(pairBlockLength(a, b), want.block, "block length");
      if (name === "constant") {
        // The oracle correlates what rounding leaves.
        assert.ok(Number.isNaN(partialCorrelation(x, y, grid).r));
      } else if (x.length > 40) {
        near(partialCorrelation(x, y, grid).r, want.partial, "partial");
      }
      rollingCorrelation(x, y, grid, 48 * 3_600_000, 10).forEach((r, at) =>
        near(r, want.rolling[at], `rolling ${at}`)
      );
      crossCorrelation(x, y, 5).forEach((row, at) =>
        near(row.r, want.cross[at], `lag ${row.lag}`)
      );
      if (want.acf?.every((v) => v !== null)) {
        autocorrelation(x, 10).forEach((r, k) =>
          near(r, want.acf![k], `acf ${k}`)
        );
      }
      if (!known(x) || !known(y)) return;
      if (name === "constant") {
        assert.equal(adf(x), null);
        assert.equal(kpss(x), null);
        return;
      }
      for (
        const [trend, fit] of [["c", want.adf], ["ct", want.adf_trend]] as const
      ) {
        const got = adf(x, { trend });
        near(got?.statistic, fit?.statistic, `ADF ${trend}`);
        near(got?.p, fit?.p, `ADF ${trend} p`);
        assert.equal(got?.lags, fit?.lags, `ADF ${trend} lags`);
        assert.equal(got?.n, fit?.n, `ADF ${trend} n`);
      }
      for (
        const [lags, fit] of [
          ["auto", want.kpss],
          ["schwert", want.kpss_schwert],
        ] as const
      ) {
        const got = kpss(x, lags);
        near(got?.statistic, fit?.statistic, `KPSS ${lags}`);
        near(got?.p, fit?.p, `KPSS ${lags} p`);
        assert.equal(got?.lags, fit?.lags, `KPSS ${lags} lags`);
      }
      near(effectiveSize(x, y).nEffective, want.n_effective, "n_eff");
      if (x.length < 100) return;
      const model = autoregression(x)!;
      assert.equal(
        model.coefficients.length,
        want.autoregression!.order,
        "order",
      );
      [model.constant, ...model.coefficients].forEach((c, k) =>
        near(c, want.autoregression!.params[k], `AR ${k}`)
      );
      leadLag(whiten(x)!, whiten(y)!, 5)!.rows.forEach((row, at) =>
        near(row.rFilteredByX, want.prewhitened![at], `prewhitened ${row.lag}`)
      );
      const order = varOrder(x, y, 8)!;
      assert.deepEqual({ aic: order.aic, bic: order.bic }, want.orders);
      const ways = [
        [granger(x, y, 3), want.granger],
        [granger(y, x, 3), want.granger_back],
      ] as const;
      for (const [got, test] of ways) {
        near(got?.F, test?.F, "F");
        near(got?.p, test?.p, "p of F");
        assert.equal(got?.df1, test?.df1);
        assert.equal(got?.df2, test?.df2);
      }
      const extra = granger(x, y, 2, 1);
      near(extra?.F, want.toda_yamamoto?.F, "Toda–Yamamoto F");
      near(extra?.p, want.toda_yamamoto?.p, "Toda–Yamamoto p");
      assert.equal(extra?.df2, want.toda_yamamoto?.df2);
    });
  }
});

test(
  "the bootstrap equals arch's within its Monte Carlo error",
  ["oracles"],
  async () => {
    const { x, y } = pairs().find((pair) => pair.name === "together")!;
    const block = pairBlockLength(x, y);
    const { bootstrap: want } = await ask<
      { bootstrap: { low: number; high: number; error: number } }
    >({ pairs: [], bootstrap: { x: [...x], y: [...y], block } });
    const got = bootstrapCorrelation(x, y, "pearson", { block, draws: 4000 })!;
    // A quantile at 2.5 % of 4,000 draws has an error of about 0.042 deviations, the deviation one of 1.1 %.
    const error = 4 * Math.SQRT2 * 0.042 * want.error;
    assert.ok(Math.abs(got.low - want.low) < error, `${got.low} ${want.low}`);
    assert.ok(
      Math.abs(got.high - want.high) < error,
      `${got.high} ${want.high}`,
    );
    assert.ok(Math.abs(got.error / want.error - 1) < 4 * Math.SQRT2 * 0.0112);
  },
);
