import assert from "node:assert/strict";
import { analyze } from "../../analytics/analyze.ts";
import { Cross, RULES, Trigger } from "../../analytics/indicators/signals.ts";
import { ask, withData } from "../bench/fill_lake.ts";
import { fillMinutes, type Minute, START } from "../bench/fill_minutes.ts";
import { randomFrom } from "../support/random.ts";

const MINUTE = 60_000;

async function signals(data: string, where: string) {
  await analyze({ data, only: "signals" });
  return await ask(
    data,
    `select (epoch_ms(ts) / 60000 - ${START})::integer as minute, * exclude (ts, venue, market)
    from marts.signals where ${where} order by ts, signal`,
  );
}

/** The bars, numbered from 0 and a minute long, at which a rule fires. */
const firesAt = (trigger: Trigger, values: number[]): number[] =>
  values.flatMap((value, i) => trigger.next(i * MINUTE, value) ? [i] : []);

Deno.test("a trigger fires when it passes its threshold, not while it stays beyond", () => {
  const rule = { ...RULES.rsi[0]!, minutes: 0 };
  const values = [50, 69, 70, 75, 80, 66, 71, 64, 69.9, 70.1, 90];
  // 66 is not back within 65: hysteresis. Cooldown: four bars at least.
  assert.deepEqual(firesAt(new Trigger(rule, MINUTE), values), [2, 9]);
  const down = { ...RULES.rsi[1]!, minutes: 0 };
  assert.deepEqual(
    firesAt(new Trigger(down, MINUTE), values.map((v) => 100 - v)),
    [2, 9],
  );
});

Deno.test("a trigger keeps its cooldown, and tells late what still holds", () => {
  const values = Array.from({ length: 90 }, (_, i) => i % 10 < 5 ? 50 : 75);
  assert.deepEqual(
    firesAt(new Trigger(RULES.rsi[0]!, MINUTE), values),
    [5, 35, 65],
  );
  // Of hours half an hour would be nothing: four bars at least.
  const hours = new Trigger(RULES.rsi[0]!, 60 * MINUTE);
  assert.deepEqual(
    [50, 75, 50, 75, 75, 75, 75].flatMap((v, i) =>
      hours.next(i * 60 * MINUTE, v) ? [i] : []
    ),
    [1, 5],
  );
});

Deno.test("a threshold passed where nobody looked fires nothing", () => {
  const trigger = new Trigger(RULES.rsi[0]!, MINUTE);
  assert.deepEqual(firesAt(trigger, [80, 90, NaN, 80, 60, 80]), [5]);
  assert.deepEqual(
    firesAt(new Trigger(RULES.rsi[0]!, MINUTE), [50, NaN, 80]),
    [],
  );
});

Deno.test("crosses alternate; averages that lie on each other cross without an event", () => {
  const told = (distances: number[]) => {
    const cross = new Cross(MINUTE);
    return distances.flatMap((d, i) => {
      const event = cross.next(i * 40 * MINUTE, 1 + d, 1);
      return event ? [`${i} ${event}`] : [];
    });
  };
  const [near, far] = [0.0001, 0.001];
  assert.deepEqual(told([far, far, -near, -far, near]), [
    "2 dead_cross",
    "4 golden_cross",
  ]);
  // Back and forth within the band after the first; then they part.
  assert.deepEqual(told([far, -near, near, -near, near, far]), [
    "1 dead_cross",
    "5 golden_cross",
  ]);
  assert.deepEqual(told([near, -near, near]), []);
  assert.deepEqual(told([far, NaN, -far, -far]), []);
  assert.deepEqual(told([far, 0, 0, far]), []);
  const quick = new Cross(MINUTE);
  const events = [far, -far, far, far].map((d, i) =>
    quick.next(i * 29 * MINUTE, 1 + d, 1)
  );
  assert.deepEqual(events, [null, "dead_cross", null, "golden_cross"]);
});

Deno.test("▲▼: two per cent in five minutes, at the close of the bar, never over a gap", async () => {
  await withData(async (data) => {
    const close = (minute: number) =>
      minute < 20
        ? 100
        : minute < 60
        ? 102.5
        : minute < 100
        ? 99
        : minute < 140
        ? 100.9
        : 120;
    await fillMinutes(
      data,
      Array.from({ length: 180 }, (_, minute) => ({
        minute,
        close: close(minute),
      })).filter(({ minute }) => minute !== 141),
    );
    const found = await signals(data, "signal = 'price_move'");
    assert.deepEqual(
      found.map((s) => [s.minute, s.interval, s.direction, s.threshold]),
      [
        // Bar 20 closes at minute 21.
        [21, "1m", "up", 0.02],
        [61, "1m", "down", -0.02],
        [141, "1m", "up", 0.02],
      ],
    );
    assert.ok(Math.abs(Number(found[0]!.value) - 0.025) < 1e-12);
  });
  await withData(async (data) => {
    // The jump lies in an unknown minute.
    await fillMinutes(
      data,
      Array.from({ length: 60 }, (_, minute) => ({
        minute,
        close: minute < 30 ? 100 : 110,
      })).filter(({ minute }) => minute !== 29),
    );
    assert.deepEqual(await signals(data, "signal = 'price_move'"), []);
  });
});

Deno.test("a volume surge is one against the same hour of the days before, not of those after", async () => {
  const surgeDay = 5;
  const series = (later: number) =>
    Array.from({ length: 7 * 1440 }, (_, minute): Minute => {
      const day = Math.floor(minute / 1440),
        hour = Math.floor(minute / 60) % 24;
      // At nine there is always ten times the volume of the other hours.
      const usual = hour === 9 ? 10 : 1;
      const surge = day === surgeDay && hour === 4 && minute % 60 < 5;
      return {
        minute,
        close: 100,
        volume: (surge ? 4 : 1) * usual * (day > surgeDay ? later : 1),
      };
    });
  const at = surgeDay * 1440 + 4 * 60 + 5;
  for (const later of [1, 1000]) {
    await withData(async (data) => {
      await fillMinutes(data, series(later));
      const found = await signals(
        data,
        `signal = 'volume_surge' and ts < timestamp '2026-11-07'`,
      );
      assert.deepEqual(found, [{
        minute: at,
        interval: "5m",
        signal: "volume_surge",
        direction: "up",
        value: 20,
        threshold: 15,
      }]);
    });
  }
});

/** The minute at which a cell of minutes begins, and the rules with it. */
const MONDAY = 1440;

Deno.test("RSI, stochastic and crosses of the mart are those of its indicators", async () => {
  await withData(async (data) => {
    const random = randomFrom(11);
    let close = 1000;
    await fillMinutes(
      data,
      Array.from({ length: 3000 }, (_, minute) => {
        close += Math.round((random() - 0.5 + Math.sin(minute / 300) / 8) * 8);
        return {
          minute,
          close,
          high: close + 2,
          low: close - 2,
          state: minute === 1500 ? "partial" : "closed",
        };
      }),
    );
    const found = await signals(data, "interval = '1m'");
    const bars = await ask(
      data,
      `select sma60, sma240, rsi14, stoch_k from marts.indicators where interval = '1m' order by ts`,
    ) as Record<string, number | null>[];
    const expected: unknown[] = [];
    for (
      const [rules, column] of [[RULES.rsi, "rsi14"], [
        RULES.stochastic,
        "stoch_k",
      ]] as const
    ) {
      for (const rule of rules) {
        let trigger = new Trigger(rule, MINUTE);
        for (const [i, bar] of bars.entries()) {
          if (i === MONDAY) trigger = new Trigger(rule, MINUTE);
          const value = bar[column] ?? NaN;
          if (trigger.next(i * MINUTE, value)) {
            expected.push([
              i + 1,
              rule.signal,
              rule.direction,
              value,
              rule.threshold,
            ]);
          }
        }
      }
    }
    let cross = new Cross(MINUTE);
    for (const [i, { sma60, sma240 }] of bars.entries()) {
      if (i === MONDAY) cross = new Cross(MINUTE);
      const name = cross.next(i * MINUTE, sma60 ?? NaN, sma240 ?? NaN);
      if (name) {
        expected.push([
          i + 1,
          name,
          name === "golden_cross" ? "up" : "down",
          sma60,
          sma240,
        ]);
      }
    }
    const rows = found.filter((s) => s.signal !== "price_move").map((s) => [
      s.minute,
      s.signal,
      s.direction,
      s.value,
      s.threshold,
    ]);
    const sorted = (list: unknown[]) =>
      list.map((r) => JSON.stringify(r)).sort();
    assert.deepEqual(sorted(rows), sorted(expected));
    const kinds = new Set(rows.map((row) => `${row[1]} ${row[2]}`));
    assert.equal(kinds.size, 6, [...kinds].join());
    // The partial minute, and the warm-up after it, fire nothing.
    assert.ok(
      !rows.some((r) => Number(r[0]) > 1500 && Number(r[0]) <= 1501 + 14),
    );
  });
});
