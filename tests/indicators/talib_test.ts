import assert from "node:assert/strict";
import { analyze } from "../../analytics/analyze.ts";
import { ask, fillLake, withData } from "../bench/fill_lake.ts";
import { KEPT_FOR_GOOD } from "../support/kept_for_good.ts";
import { REAL, test } from "../support/requirements.ts";
import { askOracle } from "../support/oracles/ask.ts";
import { talibCalls } from "../support/oracles/talib_calls.ts";
import { randomFrom } from "../support/random.ts";

interface Series {
  /** Minutes since 2026-11-01. */
  minute: number[];
  high: number[];
  low: number[];
  close: number[];
  volume: number[];
}

const empty = (): Series => ({
  minute: [],
  high: [],
  low: [],
  close: [],
  volume: [],
});

const DAY = 1440;
const START = Date.parse("2026-11-01") / 60_000;

async function mart(data: string, series: Series) {
  const file = `${data}/series.json`;
  await Deno.writeTextFile(
    file,
    JSON.stringify(series.minute.map((minute, i) => ({
      minute,
      high: series.high[i],
      low: series.low[i],
      close: series.close[i],
      volume: series.volume[i],
    }))),
  );
  await fillLake(
    data,
    "candles",
    `select 'v' as venue, 'm' as market, '1m' as interval,
      timestamptz '2026-11-01 00:00:00+00' + to_minutes(minute::integer) as ts,
      close as open, high, low, close, volume, close::double * volume::double as quote_volume,
      'venue' as source, 'closed' as state, 0 as revision, 1 as written
    from read_json('${file}', columns = {minute: 'BIGINT', high: 'DECIMAL(38,18)',
      low: 'DECIMAL(38,18)', close: 'DECIMAL(38,18)', volume: 'DECIMAL(38,18)'})`,
  );
  await analyze({ data, only: "indicators", keepDays: KEPT_FOR_GOOD });
  return await ask(
    data,
    `select i.*, epoch_ms(ts)::double / 60000 - ${START} as minute, c.high, c.low, c.volume
    from marts.indicators i join marts.candles c using (venue, market, interval, ts)
    where interval = '1m' order by ts`,
  );
}

/** Runs of bars one minute apart. */
function runsOf(series: Series): Series[] {
  const runs: Series[] = [];
  for (const [i, minute] of series.minute.entries()) {
    if (i === 0 || minute !== series.minute[i - 1]! + 1) runs.push(empty());
    const run = runs.at(-1)!;
    for (const name of Object.keys(run) as (keyof Series)[]) {
      run[name].push(series[name][i]!);
    }
  }
  return runs;
}

/**
 * Each run of bars by itself: the same rows undefined, the others within 1e-9.
 * @return how many values were compared.
 */
async function assertTalib(series: Series): Promise<number> {
  return await comparison(async (data) => {
    const rows = await mart(data, series);
    assert.equal(rows.length, series.minute.length);
    // Both sides read the candles' doubles: a decimal that becomes one may differ in the last bit.
    const given = empty();
    for (const row of rows) {
      for (const name of Object.keys(given) as (keyof Series)[]) {
        given[name].push(Number(row[name]));
      }
    }
    assert.deepEqual(given.minute, series.minute);
    const runs = runsOf(given);
    const expected = await askOracle<Record<string, (number | null)[]>[]>(
      "indicators",
      {
        calls: talibCalls,
        series: runs.map((run) => ({
          ...run,
          // Sessions that are seen from midnight on; the minute is that of the run's file.
          sessions: run.minute.flatMap((m, i) => m % DAY === 0 ? [i] : []),
        })),
      },
    );
    let at = 0, compared = 0;
    assert.deepEqual(
      Object.keys(expected[0]!).sort(),
      [...talibCalls.flatMap(({ results }) => results), "vwap"]
        .filter((name) => name !== null).sort(),
    );
    for (const [r, want] of expected.entries()) {
      for (const [name, values] of Object.entries(want)) {
        for (const [i, value] of values.entries()) {
          const got = rows[at + i]![name] as number | null;
          const where = `${name}, run ${r}, bar ${i} of ${values.length}`;
          if (value === null || got === null) {
            assert.equal(got, value, where);
          } else {
            compared++;
            assert.ok(
              Math.abs(got - value) <= 1e-9 * Math.abs(value),
              `${where}: ${got} is not TA-Lib's ${value}`,
            );
          }
        }
      }
      at += want.sma20!.length;
    }
    return compared;
  });
}

async function comparison(
  use: (data: string) => Promise<number>,
): Promise<number> {
  let compared = 0;
  await withData(async (data) => {
    compared = await use(data);
  });
  return compared;
}

/** Prices in ticks around a walk, with minutes in which nothing moves and, on request, holes. */
function walk(
  seed: number,
  n: number,
  { tick, start, holes = 0 }: { tick: number; start: number; holes?: number },
): Series {
  const random = randomFrom(seed);
  const series = empty();
  const round = (steps: number) => Number((steps * tick).toFixed(12));
  let steps = Math.round(start / tick);
  for (let minute = 0; minute < n; minute++) {
    const still = random() < 0.15 || (minute % 400) < 25;
    const move = still ? 0 : Math.round((random() - 0.5) * 40);
    const up = still ? 0 : Math.floor(random() * 12);
    const down = still ? 0 : Math.floor(random() * 12);
    const before = steps;
    steps = Math.max(steps + move, 200);
    if (random() < holes) continue;
    series.minute.push(minute);
    series.close.push(round(steps));
    series.high.push(round(Math.max(before, steps) + up));
    series.low.push(round(Math.min(before, steps) - down));
    series.volume.push(
      still && random() < 0.5 ? 0 : Number((random() * 20).toFixed(8)),
    );
  }
  return series;
}

test(
  "recorded minutes: TA-Lib's numbers in every run",
  ["real", "oracles"],
  async () => {
    const bars = JSON.parse(
      await Deno.readTextFile(new URL("candles/UNITTEST_BTC-1m.json", REAL)),
    ) as [number, number, number, number, number, number][];
    const series = empty();
    for (const [ms, , high, low, close, volume] of bars) {
      series.minute.push(ms / 60_000 - START);
      series.high.push(high);
      series.low.push(low);
      series.close.push(close);
      series.volume.push(volume);
    }
    assert.ok(await assertTalib(series) > 100_000);
  },
);

for (
  const [name, seed, options] of [
    ["in won", 1, { tick: 1000, start: 140_000_000 }],
    ["in dollars, with holes", 2, { tick: 0.01, start: 95_000, holes: 0.002 }],
    ["of a coin worth little", 3, { tick: 1e-6, start: 0.004 }],
  ] as const
) {
  test(`a random walk ${name}: TA-Lib's numbers`, ["oracles"], async () => {
    assert.ok(await assertTalib(walk(seed, 6000, options)) > 50_000);
  });
}
