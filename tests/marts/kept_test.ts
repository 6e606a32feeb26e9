/** What is kept of a mart, and for how long. */
import assert from "node:assert/strict";
import { analyze, type AnalyzeOptions } from "../../analytics/analyze.ts";
import { checkConfig } from "../../collector/config.ts";
import { assertSame } from "../bench/histories.ts";
import { ask, fillLake, withData } from "../bench/fill_lake.ts";
import { KEPT_FOR_GOOD } from "../support/kept_for_good.ts";
import { runTask } from "../support/run_task.ts";

const { keepDays } = checkConfig({
  keepDays: { indicators: { "1m": 2 }, signals: { "1m": 2 } },
}, "a test");
/** Minutes of a market, days since Monday, 2 November 2026. */
const fill = (
  data: string,
  market: string,
  from: number,
  to: number,
  level = 100,
) =>
  fillLake(
    data,
    "candles",
    `select 'v' as venue, '${market}' as market, '1m' as interval, ts, price as open, price * 1.001 as high,
       price * 0.999 as low, price * (1 + 0.0001 * (i % 7)) as close, 1 + i % 13 as volume, 1 as quote_volume,
       'venue' as source, case when i % 4001 = 0 then 'partial' else 'closed' end as state, 0 as revision, ${level} as written
     from (select i, timestamptz '2026-11-02 00:00:00+00' + to_minutes(i::integer) as ts,
       round(${level} * (1 + 0.05 * sin(i / 300.0) + 0.01 * sin(i / 11.0)), 6) as price
       from range(${from * 1440}, ${to * 1440}, 1) r(i))`,
    `${market}-${from}-${level}`,
  );

/** The marts that are made of bars, one after the other. @returns units made of each. */
async function make(options: AnalyzeOptions): Promise<Record<string, number>> {
  const units: Record<string, number> = {};
  for (const only of ["candles", "indicators", "signals"]) {
    const { span, forget, ...others } = options;
    const reports = await analyze({
      keepDays,
      ...others,
      ...only === "indicators" && { span, forget },
      only,
    });
    for (const { mart, units: made } of reports) {
      units[mart] = (units[mart] ?? 0) + made;
    }
  }
  return units;
}

/** First and last day of each interval. */
const daysOf = async (data: string, mart: string) =>
  Object.fromEntries(
    (await ask(
      data,
      `select interval, min(ts)::date::text as first, max(ts)::date::text as last, count(distinct ts::date)::integer as days
       from marts.${mart} where interval in ('1m', '5m') group by 1 order by 1`,
    )).map(({ interval, first, last, days }) => [
      interval,
      `${first} ${last} ${days}`,
    ]),
  );

Deno.test("an interval is kept for as long as the configuration says, made older on demand, and always the same", async () => {
  await withData(async (data) => {
    const fresh = `${data}/fresh`;
    await Deno.mkdir(fresh);
    await Deno.symlink(`${data}/lake`, `${fresh}/lake`);
    const sameAsAnew = async (
      message: string,
      span?: AnalyzeOptions["span"],
    ) => {
      await make({ data: fresh, full: true, span, forget: !span });
      await assertSame(data, fresh, message);
      assert.deepEqual(
        await make({ data }),
        { candles: 0, indicators: 0, signals: 0 },
        `${message}: nothing new`,
      );
    };
    await fill(data, "a", -3, 5);
    await fill(data, "b", -3, 5);
    await make({ data });
    assert.deepEqual(await daysOf(data, "indicators"), {
      "1m": "2026-11-02 2026-11-06 5",
      "5m": "2026-10-30 2026-11-06 8",
    });

    // The next Tuesday the last day but one lies in the new week, and the old one goes.
    await fill(data, "a", 5, 9);
    await fill(data, "b", 5, 9);
    await make({ data });
    assert.deepEqual(
      (await daysOf(data, "indicators"))["1m"],
      "2026-11-09 2026-11-10 2",
    );
    assert.match((await daysOf(data, "signals"))["1m"]!, /^2026-11-09/);
    await sameAsAnew("a week later");

    // A revision of long ago makes longer bars anew, and no minutes.
    await fill(data, "a", 2, 3, 101);
    await make({ data });
    assert.deepEqual(
      (await daysOf(data, "indicators"))["1m"],
      "2026-11-09 2026-11-10 2",
    );
    await sameAsAnew("revised");

    const span = { from: "2026-11-04", until: "2026-11-04", interval: "1m" };
    const units = await make({ data, span });
    assert.deepEqual(
      (await daysOf(data, "indicators"))["1m"],
      "2026-11-02 2026-11-10 9",
    );
    assert.equal(
      units.indicators,
      14,
      "a week of two markets and nothing else",
    );
    await sameAsAnew("made on demand", span);

    // Nothing shows where weeks meet but the base of a running sum.
    const all = `${data}/all`;
    await Deno.mkdir(all);
    await Deno.symlink(`${data}/lake`, `${all}/lake`);
    await make({ data: all, keepDays: KEPT_FOR_GOOD });
    const [differ] = await ask(
      data,
      `select count(*)::integer as rows, count(*) filter (
         abs(a.sma240 - b.sma240) > 1e-9 or abs(a.rsi14 - b.rsi14) > 1e-9 or abs(a.macd - b.macd) > 1e-9
         or a.sma240 is null <> (b.sma240 is null) or a.adx14 is null <> (b.adx14 is null)
         or a.mfi14 is null <> (b.mfi14 is null))::integer as differ
       from marts.indicators a join read_parquet('${all}/marts/indicators/*/*.parquet', hive_partitioning = false) b
         using (venue, market, interval, ts)`,
    );
    const [rows] = await ask(
      data,
      "select count(*)::integer as rows from marts.indicators",
    );
    assert.deepEqual(differ, { rows: rows!.rows, differ: 0 });

    await make({ data, forget: true });
    assert.deepEqual(
      (await daysOf(data, "indicators"))["1m"],
      "2026-11-09 2026-11-10 2",
    );
    await sameAsAnew("forgotten");
  });
});

Deno.test("marts by the day are dropped by the day, and never outlive what they are made of", async () => {
  const { keptOf } = await import("../../analytics/units/kept.ts");
  const { declare } = await import("../../analytics/units/declaration.ts");
  const mart = (name: string, needs: string) =>
    declare(
      name,
      `-- needs: ${needs}\n-- period: day\n-- kept: by day\nselect 1;`,
      new Set(),
      "",
    );
  const kept = keptOf(
    [mart("mean_prices", "lake.rates"), mart("exchange_spread", "mean_prices")],
    { ...keepDays, mean_prices: 10, exchange_spread: null },
    [{ from: "2026-01-01", until: "2026-01-02" }],
  );
  for (const name of ["mean_prices", "exchange_spread"]) {
    const keeps = (day: string) => kept.get(name)!.keeps(day, "", "2026-11-20");
    assert.deepEqual(
      ["2026-11-20", "2026-11-11", "2026-11-10", "2026-01-02"].map(keeps),
      [true, true, false, true],
    );
  }
});

Deno.test("a span that is none is refused in one sentence", async () => {
  const refused = async (sentence: string, ...args: string[]) => {
    const { code, err } = await runTask(["analyze", ...args]);
    assert.equal(code, 1);
    assert.equal(err.trim(), `error: ${sentence}`);
  };
  await refused(
    "--until 2026-03-01 is before --from 2026-03-02.",
    "--from",
    "2026-03-02",
    "--until",
    "2026-03-01",
  );
  await refused(
    '--interval wants 1m, 5m, 15m, 1h, 4h, 1d, 1d-kst, not "2m".',
    "--from",
    "2026-03-01",
    "--until",
    "2026-03-02",
    "--interval",
    "2m",
  );
  await refused(
    '--from wants a UTC day such as 2026-03-02, not "2026-02-30".',
    "--from",
    "2026-02-30",
    "--until",
    "2026-03-02",
  );
});
