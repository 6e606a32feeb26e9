import assert from "node:assert/strict";
import { analyze } from "../../analytics/analyze.ts";
import { ask, fillLake, withData } from "../bench/fill_lake.ts";
import { randomFrom } from "../support/random.ts";

const START = "timestamptz '2026-11-01 00:00:00+00'";

interface Pair {
  /** Per 5 minutes; null: that bucket was not observed. */
  talk: (number | null)[];
  volume: (number | null)[];
}

async function pair(data: string, { talk, volume }: Pair): Promise<void> {
  await Deno.writeTextFile(
    `${data}/pair.json`,
    JSON.stringify(
      talk.map((t, i) => ({
        minute: i * 5,
        talk: t,
        volume: volume[i],
      })),
    ),
  );
  const rows =
    `read_json('${data}/pair.json', columns = {minute: 'BIGINT', talk: 'BIGINT', volume: 'DOUBLE'}), range(5) r(m)`;
  await fillLake(
    data,
    "counts",
    `select 'dcinside' as source, 'posts:b' as query, ${START} + to_minutes(minute + m) as ts, '1m' as bucket,
      case when m = 0 then coalesce(talk, 9) else 0 end as count, talk is not null or m <> 3 as complete,
      case when m = 0 then coalesce(talk, 9) else 0 end as first_count, 1 as written
    from ${rows}`,
  );
  await fillLake(
    data,
    "candles",
    `select 'upbit' as venue, 'KRW-BTC' as market, '1m' as interval, ${START} + to_minutes(minute + m) as ts,
      1 as open, 1 as high, 1 as low, 1 as close, (volume / 5)::decimal(38,18) as volume, 1 as quote_volume,
      'closed' as state, 'venue' as source, 0 as revision, 1 as written
    from ${rows} where volume is not null`,
  );
  await analyze({ data });
}

const lags = (data: string) =>
  ask(
    data,
    "select lag, lag_minutes, pearson, spearman, n::integer as n from marts.lead_lag order by lag",
  ) as Promise<
    {
      lag: number;
      lag_minutes: number;
      pearson: number | null;
      spearman: number | null;
      n: number;
    }[]
  >;

/** Noise whose logarithm's changes show up in volume `lag` buckets later. */
function planted(lag: number, n = 600): Pair {
  const next = randomFrom(7);
  const level = Array.from({ length: n + 60 }, () => next());
  return {
    talk: Array.from(
      { length: n },
      (_, i) => Math.round(20 * Math.exp(2 * level[i + 30]!)),
    ),
    volume: Array.from(
      { length: n },
      (_, i) => Math.exp(level[i + 30 - lag]! + 0.5 * next()),
    ),
  };
}

for (const lag of [3, -2, 0]) {
  Deno.test(`lead_lag finds talk ${lag} buckets before volume`, async () => {
    await withData(async (data) => {
      await pair(data, planted(lag));
      const rows = await lags(data);
      assert.deepEqual(
        rows.map((r) => r.lag),
        Array.from({ length: 49 }, (_, i) => i - 24),
      );
      const best = rows.toSorted((a, b) => b.pearson! - a.pearson!);
      assert.equal(best[0]!.lag, lag);
      assert.equal(best[0]!.lag_minutes, 5 * lag);
      assert.ok(best[0]!.pearson! > 0.7, String(best[0]!.pearson));
      assert.ok(
        best.filter((r) => Math.abs(r.lag - lag) > 1).every((r) =>
          Math.abs(r.pearson!) < 0.2
        ),
      );
      assert.equal(
        rows.toSorted((a, b) => b.spearman! - a.spearman!)[0]!.lag,
        lag,
      );
      assert.equal(rows.find((r) => r.lag === 0)!.n, 599);
      assert.equal(rows.find((r) => r.lag === 24)!.n, 575);
    });
  });
}

Deno.test("where talk and volume are independent no lag stands out", async () => {
  await withData(async (data) => {
    await pair(data, {
      talk: planted(0).talk,
      volume: Array.from({ length: 600 }, (_, i) => {
        const next = randomFrom(1000 + i);
        return Math.exp(next());
      }),
    });
    for (const { lag, pearson, spearman } of await lags(data)) {
      assert.ok(
        Math.abs(pearson!) < 0.2 && Math.abs(spearman!) < 0.2,
        `lag ${lag}: ${pearson}, ${spearman}`,
      );
    }
  });
});

/** Pearson of the two, and of their mid-ranks, by the definitions. */
function reference({ talk, volume }: Pair, lag: number) {
  const change = (
    v: (number | null)[],
    f: (x: number) => number,
    i: number,
  ) =>
    i < 1 || i >= v.length || v[i] === null || v[i - 1] === null
      ? null
      : f(v[i]!) - f(v[i - 1]!);
  const x: number[] = [], y: number[] = [];
  for (let i = 0; i < talk.length; i++) {
    const a = change(talk, Math.log1p, i - lag),
      b = change(volume, Math.log, i);
    if (a !== null && b !== null) {
      x.push(a);
      y.push(b);
    }
  }
  const ranks = (v: number[]) =>
    v.map((p) =>
      v.filter((q) => q < p).length + (v.filter((q) => q === p).length + 1) / 2
    );
  const pearson = (a: number[], b: number[]) => {
    const mean = (v: number[]) => v.reduce((s, q) => s + q, 0) / v.length;
    const ma = mean(a), mb = mean(b);
    const sum = (f: (i: number) => number) =>
      a.reduce((s, _, i) => s + f(i), 0);
    return sum((i) => (a[i]! - ma) * (b[i]! - mb)) /
      Math.sqrt(sum((i) => (a[i]! - ma) ** 2) * sum((i) => (b[i]! - mb) ** 2));
  };
  return {
    n: x.length,
    pearson: pearson(x, y),
    spearman: pearson(ranks(x), ranks(y)),
  };
}

Deno.test("lead_lag by the definitions: ties share a rank, unknown buckets are left out", async () => {
  await withData(async (data) => {
    const next = randomFrom(3);
    const n = 120;
    const series: Pair = {
      // Few values: many ties, some zeros; a tenth unknown.
      talk: Array.from(
        { length: n },
        () => next() < 0.1 ? null : Math.floor(3 * next()),
      ),
      volume: Array.from(
        { length: n },
        () => next() < 0.1 ? null : 5 * (1 + Math.floor(4 * next())),
      ),
    };
    await pair(data, series);
    for (const row of await lags(data)) {
      const want = reference(series, row.lag);
      assert.equal(row.n, want.n, `lag ${row.lag}`);
      assert.ok(
        Math.abs(row.pearson! - want.pearson) < 1e-9,
        `pearson at ${row.lag}: ${row.pearson} is not ${want.pearson}`,
      );
      assert.ok(
        Math.abs(row.spearman! - want.spearman) < 1e-9,
        `spearman at ${row.lag}: ${row.spearman} is not ${want.spearman}`,
      );
    }
  });
});

Deno.test("a series that does not change has no correlation, not NaN", async () => {
  await withData(async (data) => {
    await pair(data, {
      talk: Array.from({ length: 100 }, () => 4),
      volume: planted(0, 100).volume,
    });
    for (const row of await lags(data)) {
      assert.deepEqual([row.pearson, row.spearman], [null, null]);
      assert.ok(row.n > 70);
    }
  });
});
