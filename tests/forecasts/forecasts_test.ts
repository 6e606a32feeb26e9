import assert from "node:assert/strict";
import { analyze } from "../../analytics/analyze.ts";
import { means, SPANS } from "../../analytics/forecasts/features.ts";
import { forecast, store } from "../../analytics/forecast.ts";
import { fitHar } from "../../analytics/forecasts/har.ts";
import { type Hours } from "../../analytics/forecasts/hours.ts";
import { MS } from "../../collector/model/time.ts";
import {
  checkIssue,
  type Issue,
  Leakage,
} from "../../analytics/forecasts/leakage.ts";
import { skillOf } from "../../analytics/forecasts/skill.ts";
import {
  forecastHour,
  walkForward,
} from "../../analytics/forecasts/walk_forward.ts";
import { snapshot } from "../../analytics/snapshot.ts";
import { openDatabase } from "../../collector/database/client.ts";
import { ask, withData } from "../bench/fill_lake.ts";
import { randomFrom } from "../support/random.ts";
import { putDatabase } from "../support/empty_database.ts";

const START = Date.parse("2026-11-02T00:00:00Z");

/** A market whose log volume is an autoregression of weight `weight`. */
function market(
  name: string,
  count: number,
  weight: number,
  seed: number,
): Hours {
  const random = randomFrom(seed);
  const noise = () => random() + random() + random() + random() - 2;
  const series = () => {
    let value = 0;
    return Float64Array.from(
      { length: count },
      () => value = weight * value + noise(),
    );
  };
  return {
    venue: "upbit",
    market: name,
    start: START,
    volatility: series().map((v) => v - 6),
    volume: series(),
    change: Float64Array.from({ length: count }, () => noise() / 100),
  };
}

Deno.test("a forecast that knows its future is thrown out", () => {
  const good: Issue = {
    issuedAt: START + 10,
    targetFrom: START + 10,
    targetTo: START + 20,
    dataTo: START + 10,
    trainedTo: START,
  };
  checkIssue(good);
  for (
    const leak of [
      { issuedAt: START + 11 },
      { dataTo: START + 11 },
      { trainedTo: START + 11 },
      { targetTo: START + 10 },
      { dataTo: NaN },
    ]
  ) {
    assert.throws(
      () => checkIssue({ ...good, ...leak }),
      Leakage,
      JSON.stringify(leak),
    );
  }
});

Deno.test("features and training that reach past the issue are caught", () => {
  const hours = market("A", 200, 0.5, 1);
  const issuedAt = START + 100 * MS.hour;
  assert.ok(means(hours, hours.volume, 99, issuedAt));
  assert.throws(() => means(hours, hours.volume, 100, issuedAt), Leakage);
  assert.throws(
    () =>
      forecastHour(
        [hours],
        "backtest",
        issuedAt,
        issuedAt,
        issuedAt + MS.hour,
      ),
    Leakage,
  );
  // The fit takes every hour that has ended, and none after.
  assert.equal(fitHar(hours, "volume", issuedAt)!.trainedTo, issuedAt);
});

Deno.test("HAR finds the weights that the data has, from the past alone", () => {
  const hours = market("A", 3000, 0.7, 3);
  const fit = fitHar(hours, "volume", START + 3000 * MS.hour)!;
  assert.ok(
    Math.abs(fit.coefficients[1]! - 0.7) < 0.06,
    String(fit.coefficients),
  );
  const early = START + 500 * MS.hour;
  const half = fitHar(hours, "volume", early)!;
  assert.equal(half.trainedTo, early);
  hours.volume.fill(99, 500);
  assert.deepEqual(
    fitHar(hours, "volume", early),
    half,
    "what comes later changes nothing",
  );
  assert.equal(fitHar(hours, "volume", START + 40 * MS.hour), null);
});

Deno.test("walk forward: an unknown hour is no forecast, the future changes no past one", () => {
  const make = () => [market("A", 150, 0.6, 5), market("B", 150, 0.6, 6)];
  const from = START + 126 * MS.hour;
  const one = make(), other = make();
  one[0]!.volume[140] = NaN;
  const made = walkForward(one, from);
  for (const hours of other) {
    hours.volume.fill(3, 146);
    hours.volatility.fill(-3, 146);
    hours.change.fill(0.1, 146);
  }
  other[0]!.volume[140] = NaN;
  const again = walkForward(other, from);
  const early = (list: typeof made) =>
    list.filter((f) => f.issuedAt <= START + 146 * MS.hour);
  assert.equal(early(made).length, early(again).length);
  early(made).forEach((f, i) => {
    const g = early(again)[i]!;
    assert.deepEqual(f, g);
  });
  assert.deepEqual(
    new Set(made.map((f) => f.model)),
    new Set(["persistence", "har"]),
  );
  const after = made.filter((f) =>
    f.market === "A" && f.targetFrom === START + 141 * MS.hour &&
    f.quantity === "volume"
  );
  assert.deepEqual(after, [], `an hour of the last ${SPANS[2]} is unknown`);
  assert.ok(
    made.every((f) =>
      f.issuedAt <= f.targetFrom && (f.trainedTo ?? 0) <= f.issuedAt
    ),
  );
});

Deno.test("skill: better, no better and worse than persistence, and too little to say", () => {
  const random = randomFrom(9);
  const base = Float64Array.from({ length: 400 }, () => random() + 0.5);
  const scaled = (by: number) => base.map((v) => v * by + (random() - 0.5) / 5);
  const better = skillOf(scaled(0.5), base);
  assert.ok(
    Math.abs(better.skill! - 0.5) < 0.05 && better.low! > 0.4 &&
      better.p! < 1e-6,
  );
  const worse = skillOf(scaled(1.5), base);
  assert.ok(worse.high! < 0 && worse.p! > 0.99);
  assert.deepEqual([
    skillOf(base.subarray(0, 29), base.subarray(0, 29)).p,
    skillOf(base, base).low,
  ], [null, null]);
  // Dependent differences make the interval wider than independent ones would.
  const slow = Float64Array.from(
    { length: 400 },
    (_, i) => 1 + 0.4 * Math.sin(i / 20),
  );
  const flat = new Float64Array(400).fill(1);
  const hac = skillOf(slow, flat);
  const iid = 1.96 * 0.4 / Math.sqrt(2) / Math.sqrt(400);
  assert.ok((hac.high! - hac.low!) / 2 > 1.8 * iid);
});

Deno.test("issued, stored, kept and scored against what came later", async () => {
  await withData(async (data) => {
    await putDatabase(data);
    const minutes = 60 * 80;
    const candles = async (from: number, until: number) => {
      const database = await openDatabase({ data });
      try {
        await database.sql`
          insert into candles (venue, market, interval, ts, open, high, low, close, volume, quote_volume,
            trade_count, source, state, received_at)
          select 'upbit', 'KRW-BTC', '1m', to_timestamp(${
          START / 1000
        }::float8 + m * 60), price, price, price, price,
            round((2 + sin(m / 300.0))::numeric, 6), 1, 1, 'venue', 'closed', now()
          from (
            select m, round((100 + sin(m * 1.7) + sin(m / 200.0))::numeric, 6) as price
            from generate_series(${from}::integer, ${until - 1}::integer) as m
          ) as minutes`;
        await snapshot({ data, database });
      } finally {
        await database.close();
      }
    };
    await candles(0, minutes);
    const now = START + minutes * 60_000 + 5000;
    const first = await forecast({ data, days: 1, now });
    assert.equal(first.refused, null);
    assert.ok(
      first.issued >= 3 && first.backtest >= 3 * 24,
      JSON.stringify(first),
    );
    const again = await forecast({ data, days: 1, now });
    assert.deepEqual([again.issued, again.backtest], [0, 0]);
    await analyze({ data, only: "forecasts" });
    const issued = () =>
      ask(
        data,
        "select quantity, model, actual, loss, value, issued_at < target_from as ahead from marts.forecasts where origin = 'issued' order by all",
      );
    assert.ok(
      (await issued()).every((r) =>
        r.actual === null && r.loss === null && r.ahead === true
      ),
    );
    // Two hours later.
    await candles(minutes, minutes + 125);
    await analyze({ data, only: "candles" });
    await analyze({ data, only: "forecasts" });
    for (const row of await issued()) {
      const { actual, loss, value } = row as Record<string, number>;
      if (row.quantity === "direction") assert.ok([0, 0.5, 1].includes(loss!));
      else {assert.ok(
          Math.abs((Math.log(value!) - Math.log(actual!)) ** 2 - loss!) < 1e-9,
        );}
    }
    await analyze({ data, only: "forecast_skill" });
    const skill = await ask(
      data,
      "from marts.forecast_skill where market is not null and origin = 'backtest'",
    );
    assert.ok(skill.length > 0);
    assert.ok(
      skill.every((r) =>
        r.beats_persistence === null && r.verdict === "unknown" &&
        String(r.verdict_en).includes("not known yet")
      ),
      "24 hours are too few",
    );
    // A venue whose clock is ahead has closed a minute that is not over by ours.
    const ahead = START + (minutes + 125) * MS.minute - 20_000;
    const early = await forecast({ data, days: 1, now: ahead });
    assert.equal(early.refused, null);
    assert.ok(early.issued > 0);
    const stale = await forecast({ data, days: 1, now: now + 10 * MS.hour });
    assert.match(stale.refused!, /more than an hour ago/);
    assert.equal(stale.issued, 0);

    const database = await openDatabase({ data });
    try {
      await assert.rejects(
        database.sql`update forecasts set value = 0`,
        /never changed/,
      );
      await assert.rejects(
        store(database.sql, [{
          origin: "issued",
          venue: "upbit",
          market: "KRW-BTC",
          quantity: "volume",
          model: "har",
          modelVersion: "x",
          issuedAt: now + 1,
          targetFrom: now,
          targetTo: now + MS.hour,
          dataTo: now,
          trainedTo: null,
          value: 1,
        }]),
        /check constraint/,
      );
      const [late] = await database
        .sql`select count(*)::integer as n from forecasts where issued_at > target_from`;
      assert.equal(late!.n, 0);
    } finally {
      await database.close();
    }
  });
});
