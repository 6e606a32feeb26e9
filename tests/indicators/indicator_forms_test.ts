/** What TA-Lib does not have: Ichimoku, the share of rises, VWAP over gaps; and that no row knows the future. */
import assert from "node:assert/strict";
import { Indicators } from "../../analytics/indicators/calculate.ts";
import { indicatorText } from "../../collector/indicators/indicator.ts";
import {
  indicatorColumns,
  indicators,
} from "../../collector/indicators/list.ts";
import { UpShare } from "../../collector/indicators/momentum.ts";
import { RollingVwap, SessionVwap } from "../../collector/indicators/volume.ts";
import { randomFrom } from "../support/random.ts";

const outputs = indicatorColumns.map(({ column }) => column);

interface Bar {
  high: number;
  low: number;
  close: number;
  volume: number;
  midnight: boolean;
}

function walk(seed: number, n: number): Bar[] {
  const random = randomFrom(seed);
  let close = 1000;
  return Array.from({ length: n }, (_, i) => {
    close = Math.max(close + Math.round((random() - 0.5) * 20) / 4, 100);
    return {
      close,
      high: close + Math.round(random() * 8) / 4,
      low: close - Math.round(random() * 8) / 4,
      volume: Math.round(random() * 100) / 8,
      midnight: i % 1440 === 0,
    };
  });
}

/** The indicators of some bars by column, run in pieces of uneven lengths. */
function columnsOf(
  bars: Bar[],
  indicators = new Indicators(),
): Record<string, number[]> {
  const of = (name: keyof Bar) =>
    Float64Array.from(bars, (bar) => Number(bar[name]));
  const given = {
    high: of("high"),
    low: of("low"),
    close: of("close"),
    volume: of("volume"),
    midnight: Uint8Array.from(of("midnight")),
  };
  const columns = outputs.map(() => new Float64Array(bars.length));
  for (let from = 0, n = 1; from < bars.length; from += n, n = n * 5 % 97) {
    const to = Math.min(from + n, bars.length);
    indicators.run(given, from, to, columns);
  }
  return Object.fromEntries(
    outputs.map((name, i) => [name, Array.from(columns[i]!)]),
  );
}

Deno.test("each column is known after its declared warm-up, and from then on", () => {
  const columns = columnsOf(
    walk(11, 500).map((bar) => ({ ...bar, volume: bar.volume + 1 })),
  );
  for (const { column, warmup } of indicatorColumns) {
    const unknown = columns[column]!.filter((value) => Number.isNaN(value));
    assert.equal(unknown.length, warmup, column);
    assert.ok(!Number.isNaN(columns[column]![warmup]), column);
  }
});

Deno.test("no two indicators have one name, choice or column", () => {
  for (
    const names of [
      outputs,
      indicators.map(({ id }) => id),
      ...(["en", "ko"] as const).map((lang) =>
        indicators.map((one) => indicatorText(one)[lang])
      ),
    ]
  ) assert.deepEqual([...new Set<string>(names)], names);
});

Deno.test("Ichimoku against a plain reading of its definition", () => {
  const bars = walk(4, 700);
  const middle = (i: number, n: number) => {
    if (i < n - 1) return NaN;
    const window = bars.slice(i - n + 1, i + 1);
    return (Math.max(...window.map((b) => b.high)) +
      Math.min(...window.map((b) => b.low))) / 2;
  };
  const leadA = (i: number) => (middle(i, 9) + middle(i, 26)) / 2;
  const columns = columnsOf(bars);
  for (
    const [name, first, value] of [
      ["ichimoku_conversion", 8, (i: number) => middle(i, 9)],
      ["ichimoku_base", 25, (i: number) => middle(i, 26)],
      ["ichimoku_lead_a", 25, leadA],
      ["ichimoku_lead_b", 51, (i: number) => middle(i, 52)],
      // The cloud over a bar was made 26 bars before it.
      ["ichimoku_span_a", 51, (i: number) => leadA(i - 26)],
      ["ichimoku_span_b", 77, (i: number) => middle(i - 26, 52)],
    ] as const
  ) {
    const got = columns[name]!;
    assert.equal(got.findIndex((v) => !Number.isNaN(v)), first, name);
    for (const [i, found] of got.entries()) {
      if (i >= first) assert.equal(found, value(i), `${name} at ${i}`);
    }
  }
});

Deno.test("no row depends on what comes after it", () => {
  const bars = walk(5, 600);
  const whole = columnsOf(bars);
  for (const n of [30, 100, 400]) {
    const other = [...bars.slice(0, n), ...walk(6, 200)];
    const columns = columnsOf(other);
    for (const name of outputs) {
      assert.deepEqual(
        columns[name]!.slice(0, n),
        whole[name]!.slice(0, n),
        name,
      );
    }
  }
});

Deno.test("a restart leaves nothing of the bars before", () => {
  const before = walk(7, 500), bars = walk(8, 400);
  const indicators = new Indicators();
  columnsOf(before, indicators);
  indicators.restart();
  assert.deepEqual(columnsOf(bars, indicators), columnsOf(bars));
});

Deno.test("a price out of this world leaves the bands after 240 bars", () => {
  const bars = walk(9, 900);
  const spiked = bars.map((bar, i) =>
    i === 300 ? { ...bar, close: 1e12, high: 1e12, low: 1e12 } : bar
  );
  const [want, got] = [columnsOf(bars), columnsOf(spiked)];
  for (const i of [600, 777, 899]) {
    for (const name of ["bb_upper", "bb240_upper"] as const) {
      // The means keep what a running sum loses to such a price, as TA-Lib's do.
      const mean = name === "bb_upper" ? "sma20" : "sma240";
      const [a, b] = [want, got].map((c) => c[name]![i]! - c[mean]![i]!) as [
        number,
        number,
      ];
      assert.ok(Math.abs(a - b) <= 1e-6 * a, `${name} at ${i}: ${b}, not ${a}`);
    }
  }
});

Deno.test("the share of rises: AU / (AU + AD), unknown where nothing moves", () => {
  const share = new UpShare(4);
  const values = [10, 11, 11, 9, 12, 12, 12, 12, 12, 11.5].map((v) =>
    share.next(v)
  );
  assert.deepEqual(values, [
    NaN,
    NaN,
    NaN,
    NaN,
    4 / 6,
    3 / 5,
    3 / 5,
    1,
    NaN,
    0,
  ]);
});

Deno.test("VWAP: of a whole session, or of none", () => {
  const vwap = new SessionVwap();
  vwap.restart();
  // Seen from noon on: unknown until the next midnight.
  assert.ok(Number.isNaN(vwap.next(100, 1, false)));
  assert.ok(Number.isNaN(vwap.next(100, 0, true)), "nothing traded yet");
  assert.equal(vwap.next(110, 2, false), 110);
  assert.equal(vwap.next(140, 1, false), 120);
  assert.equal(vwap.next(50, 1, true), 50);
  vwap.restart();
  assert.ok(Number.isNaN(vwap.next(60, 1, false)));

  const rolling = new RollingVwap(3);
  rolling.restart();
  assert.deepEqual(
    [[1, 1], [2, 1], [3, 2], [4, 0], [5, 0], [6, 0], [7, 4]].map(([p, v]) =>
      rolling.next(p!, v!)
    ),
    [NaN, NaN, 9 / 4, 8 / 3, 3, NaN, 7],
  );
});
