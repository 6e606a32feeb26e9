import assert from "node:assert/strict";
import { analyze } from "../../analytics/analyze.ts";
import { ask, fillLake, withData } from "../bench/fill_lake.ts";
import { REAL, test } from "../support/requirements.ts";

/** Whole and half numbers: the same doubles in every language. */
const formula = (i: number) =>
  1000 + (i * 7919) % 211 - ((i * i * 31) % 97) * 0.5;

/** A bar around `formula(i)`: exact halves. */
const bar = (i: number) => ({
  close: formula(i),
  high: formula(i) + ((i * 13) % 17) * 0.5,
  low: formula(i) - ((i * 29) % 19) * 0.5,
  volume: (i * 37) % 101,
});

/** What TA-Lib gives on `bar(0…299)`: undefined rows, first value, value 299. */
const TALIB: Record<string, [number, number, number]> = {
  sma20: [19, 1068.225, 1082.9],
  sma60: [59, 1076.675, 1081.9083333333333],
  sma240: [239, 1080.25, 1081.5583333333334],
  ema12: [11, 1061.375, 1078.4756291197575],
  ema26: [25, 1067.826923076923, 1081.1201942736675],
  bb_upper: [19, 1183.0359206478197, 1209.254105592181],
  bb_middle: [19, 1068.225, 1082.9],
  bb_lower: [19, 953.41407935218, 956.5458944078192],
  rsi14: [14, 52.29709035222052, 51.672702072919094],
  macd: [33, 15.103980401503577, -2.64456515390998],
  macd_signal: [33, 6.328419672252014, -0.22207543356669565],
  macd_hist: [33, 8.775560729251563, -2.4224897203432842],
  bb240_upper: [239, 1205.5342102315105, 1208.1192661768544],
  bb240_lower: [239, 954.9657897684895, 954.9974004898124],
  atr14: [14, 97, 111.8920362195447],
  obv: [0, 0, -902],
  cci20: [19, -91.663800022933, 58.032420582221526],
  stoch_k: [17, 37.542467392975006, 51.03056147832274],
  stoch_d: [17, 51.02005331115348, 42.05164652925857],
  adx14: [27, 6.287742438898991, 4.08323211383105],
  mfi14: [14, 47.93378605747184, 56.78435531801346],
  // Nothing was traded in the first minute.
  vwap: [1, 1097, 1079.3681520577234],
};

/** A plain reading of TA-Lib's definitions, one loop an indicator. */
function reference(c: number[]): Record<string, (number | null)[]> {
  const mean = (v: number[]) => v.reduce((a, b) => a + b, 0) / v.length;
  const rolling = (n: number, f: (v: number[]) => number) =>
    c.map((_, i) => i < n - 1 ? null : f(c.slice(i - n + 1, i + 1)));
  /** Seeded at bar `first` with the mean of the `n` values up to it. */
  const ema = (v: (number | null)[], n: number, first: number) => {
    const out: (number | null)[] = v.map(() => null);
    if (v.length <= first) return out;
    let at = mean(v.slice(first - n + 1, first + 1) as number[]);
    out[first] = at;
    for (let i = first + 1; i < v.length; i++) {
      at += (v[i]! - at) * 2 / (n + 1);
      out[i] = at;
    }
    return out;
  };
  const minus = (a: (number | null)[], b: (number | null)[]) =>
    a.map((x, i) => x === null || b[i] === null ? null : x - b[i]!);
  const deviation = (v: number[]) =>
    Math.sqrt(mean(v.map((x) => (x - mean(v)) ** 2)));
  const line = minus(ema(c, 12, 25), ema(c, 26, 25));
  const signal = ema(line, 9, 33);
  const macd = line.map((x, i) => i < 33 ? null : x);
  const rsi: (number | null)[] = c.map(() => null);
  let up = 0, down = 0;
  for (let i = 1; i < c.length; i++) {
    const change = c[i]! - c[i - 1]!;
    const gain = Math.max(change, 0), loss = Math.max(-change, 0);
    if (i <= 14) {
      up += gain / 14;
      down += loss / 14;
    } else {
      up = (13 * up + gain) / 14;
      down = (13 * down + loss) / 14;
    }
    if (i >= 14) rsi[i] = up + down === 0 ? 0 : 100 * up / (up + down);
  }
  return {
    sma20: rolling(20, mean),
    sma60: rolling(60, mean),
    sma240: rolling(240, mean),
    ema12: ema(c, 12, 11),
    ema26: ema(c, 26, 25),
    bb_upper: rolling(20, (v) => mean(v) + 2 * deviation(v)),
    bb_middle: rolling(20, mean),
    bb_lower: rolling(20, (v) => mean(v) - 2 * deviation(v)),
    rsi14: rsi,
    macd,
    macd_signal: signal,
    macd_hist: minus(macd, signal),
  };
}

/** The indicators of closes alone, which `reference` knows. */
const NAMES = Object.keys(reference([]));

interface Bar {
  /** Minutes since 2026-11-01. */
  minute: number;
  close: number;
  /** As high as the close where not given, and so the low; the volume is 1. */
  high?: number;
  low?: number;
  volume?: number;
  state?: string;
}

async function fill(data: string, market: string, bars: Bar[]) {
  const file = `${data}/${market}.json`;
  await Deno.writeTextFile(
    file,
    JSON.stringify(bars.map((b) => ({
      state: "closed",
      high: b.close,
      low: b.close,
      volume: 1,
      ...b,
    }))),
  );
  await fillLake(
    data,
    "candles",
    `select 'v' as venue, '${market}' as market, '1m' as interval,
      timestamptz '2026-11-01 00:00:00+00' + to_minutes(minute::integer) as ts,
      close as open, high, low, close, volume, close as quote_volume,
      'venue' as source, state, 0 as revision, 1 as written
    from read_json('${file}', columns = {minute: 'BIGINT', high: 'DECIMAL(38,18)', low: 'DECIMAL(38,18)',
      close: 'DECIMAL(38,18)', volume: 'DECIMAL(38,18)', state: 'VARCHAR'})`,
    market,
  );
}

async function indicators(data: string, market: string, interval = "1m") {
  await analyze({ data, only: "indicators" });
  return await ask(
    data,
    `select epoch(ts)::bigint::integer // 60 - ${
      Date.parse("2026-11-01") / 60000
    } as minute, * exclude (ts)
    from marts.indicators where market = '${market}' and interval = '${interval}' order by ts`,
  );
}

/** Equal within 1e-9 of the value, and undefined at the same rows. */
function assertEqual(
  rows: Record<string, unknown>[],
  closes: number[],
  tolerance = 1e-9,
) {
  assert.equal(rows.length, closes.length);
  const expected = reference(closes);
  for (const name of NAMES) {
    for (const [i, row] of rows.entries()) {
      const want = expected[name]![i]!, got = row[name] as number | null;
      if (want === null || got === null) {
        assert.equal(got, want, `${name} at ${i}`);
      } else {
        assert.ok(
          Math.abs(got - want) <= tolerance * Math.abs(want),
          `${name} at ${i}: ${got} is not ${want}`,
        );
      }
    }
  }
}

Deno.test("indicators are TA-Lib's, from the first defined row on", async () => {
  await withData(async (data) => {
    const closes = Array.from({ length: 300 }, (_, i) => formula(i));
    await fill(data, "m", closes.map((_, i) => ({ minute: i, ...bar(i) })));
    const rows = await indicators(data, "m");
    assertEqual(rows, closes);
    for (const [name, [undefinedRows, first, last]] of Object.entries(TALIB)) {
      const values = rows.map((row) => row[name] as number | null);
      assert.equal(
        values.filter((v) => v === null).length,
        undefinedRows,
        name,
      );
      for (const [at, want] of [[undefinedRows, first], [299, last]] as const) {
        assert.ok(
          Math.abs(values[at]! - want) <= 1e-9 * Math.abs(want),
          `${name} at ${at}: ${values[at]} is not TA-Lib's ${want}`,
        );
      }
    }
  });
});

Deno.test("an unknown minute, or a partial one, starts every warm-up anew", async () => {
  await withData(async (data) => {
    const bars = Array.from({ length: 700 }, (_, i): Bar => ({
      minute: i,
      close: formula(i),
      // A minute without trades is known: it ends nothing.
      state: i === 100 ? "no_trade" : i === 300 ? "partial" : "closed",
    })).filter((bar) => bar.minute !== 290 && bar.minute !== 610);
    await fill(data, "m", bars);
    const rows = await indicators(data, "m");
    assert.equal(rows.length, bars.length);
    const between = (from: number, to: number) =>
      rows.filter((r) => Number(r.minute) >= from && Number(r.minute) < to);
    for (
      const [from, to] of [[0, 290], [291, 300], [301, 610], [
        611,
        700,
      ]] as const
    ) {
      assertEqual(
        between(from, to),
        bars.filter((b) => b.minute >= from && b.minute < to).map((b) =>
          b.close
        ),
      );
    }
    // A partial bar has its row and nothing in it.
    const [partial] = between(300, 301);
    const { minute: _, venue: __, market: ___, interval: ____, ...values } =
      partial!;
    assert.deepEqual(
      Object.entries(values).filter(([, value]) => value !== null),
      [["close", formula(300)]],
    );
  });
});

Deno.test("markets and intervals do not run into one another", async () => {
  await withData(async (data) => {
    const a = Array.from({ length: 2000 }, (_, i) => formula(i));
    const b = Array.from({ length: 50 }, (_, i) => formula(i + 7) / 1024);
    await fill(data, "a", a.map((close, minute) => ({ minute, close })));
    await fill(data, "b", b.map((close, minute) => ({ minute, close })));
    assertEqual(await indicators(data, "b"), b);
    assertEqual(
      await indicators(data, "a", "5m"),
      a.filter((_, i) => i % 5 === 4),
    );
  });
});

Deno.test("prices that do not move: RSI 0, bands on the mean, no difference", async () => {
  await withData(async (data) => {
    await fill(
      data,
      "m",
      Array.from({ length: 40 }, (_, minute) => ({ minute, close: 0.5 })),
    );
    const last = (await indicators(data, "m")).at(-1)!;
    assert.deepEqual(
      [last.rsi14, last.bb_upper, last.bb_lower, last.macd, last.macd_hist],
      [0, 0.5, 0.5, 0, 0],
    );
  });
});

test(
  "recorded minutes with 538 holes: each run by itself",
  ["real"],
  async () => {
    const bars = JSON.parse(
      await Deno.readTextFile(new URL("candles/UNITTEST_BTC-1m.json", REAL)),
    ) as [number, number, number, number, number, number][];
    const start = Date.parse("2026-11-01") / 60000;
    await withData(async (data) => {
      const series = bars.map((bar) => ({
        minute: bar[0] / 60000 - start,
        close: bar[4],
      }));
      await fill(data, "m", series);
      const rows = await indicators(data, "m");
      assert.equal(rows.length, 13681);
      const runs: number[][] = [[]];
      for (const [i, { minute, close }] of series.entries()) {
        if (i > 0 && minute !== series[i - 1]!.minute + 1) runs.push([]);
        runs.at(-1)!.push(close);
      }
      assert.equal(runs.length, 539);
      let at = 0;
      for (const run of runs) {
        // Differences of averages near zero carry the rounding of the prices.
        assertEqual(rows.slice(at, at + run.length), run, 1e-6);
        at += run.length;
      }
    });
  },
);
