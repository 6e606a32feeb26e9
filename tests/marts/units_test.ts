import assert from "node:assert/strict";
import { analyze } from "../../analytics/analyze.ts";
import { CliError } from "../../collector/cli/errors.ts";
import { declare, inOrder } from "../../analytics/units/declaration.ts";
import { compareHistories } from "../bench/histories.ts";
import { fillLake, withData } from "../bench/fill_lake.ts";

const STEPS = new Set(["fees"]);

const mart = (name: string, text: string) => declare(name, text, STEPS, "");

Deno.test("made of the news, killed and repaired, every mart is what it is made anew", async () => {
  await compareHistories(3, 1);
});

Deno.test("a mart that declares what is not there is refused in one sentence", () => {
  const refused = (text: string, message: string) =>
    assert.throws(() => mart("m", text), new CliError(message));
  refused(
    "-- needs:\n-- run: sums\nselect 1;",
    'analytics/marts/m.sql runs "sums", which is no step; there are: fees.',
  );
  refused("select 1;", 'analytics/marts/m.sql has no line "-- needs:".');
  refused(
    "-- needs: candles 1 before\nselect 1;",
    'analytics/marts/m.sql needs "candles 1 before", which has to be a name and then "N back" or "N ahead".',
  );
  refused(
    "-- needs:\n-- period: hour\nselect 1;",
    'analytics/marts/m.sql says "-- period: hour", which has to be day or all.',
  );
  refused(
    "-- needs:\n-- run: fees\n",
    "analytics/marts/m.sql does not end in a query.",
  );
  const ordered = (...marts: [string, string][]) =>
    inOrder(new Map(marts.map(([name, text]) => [name, mart(name, text)])))
      .map(({ name }) => name);
  assert.deepEqual(
    ordered(["a", "-- needs: b\nselect 1;"], ["b", "-- needs:\nselect 1;"]),
    ["b", "a"],
  );
  assert.throws(
    () => ordered(["a", "-- needs: candels\nselect 1;"]),
    new CliError("analytics/marts/a.sql needs candels, which is no mart."),
  );
  assert.throws(
    () => ordered(["a", "-- needs: lake.candels\nselect 1;"]),
    new CliError(
      "analytics/marts/a.sql needs lake.candels, which is no table of the lake.",
    ),
  );
  assert.throws(
    () =>
      ordered(["a", "-- needs: b\nselect 1;"], ["b", "-- needs: a\nselect 1;"]),
    new CliError("The marts need one another in a circle: a → b → a."),
  );
});

Deno.test("a late candle makes its market's days from there on, and nothing of others", async () => {
  await withData(async (data) => {
    const candles = (market: string, day: number, written: number) =>
      fillLake(
        data,
        "candles",
        `select 'v' as venue, '${market}' as market, '1m' as interval,
          timestamptz '2026-11-01 00:00:00+00' + to_days(${day}) + to_minutes(i::integer) as ts,
          ${written} as open, 9 as high, 1 as low, 5 as close, ${written} as volume, 1 as quote_volume,
          'venue' as source, 'closed' as state, 0 as revision, ${written} as written from range(1440) r(i)`,
        `${market}-${written}`,
      );
    for (let day = 0; day < 5; day++) {
      await candles("a", day, 1);
      await candles("b", day, 1);
    }
    const units = async () =>
      Object.fromEntries(
        (await analyze({ data })).filter((mart) => mart.units > 0)
          .map((mart) => [mart.mart, mart.units]),
      );
    await units();
    assert.deepEqual(await units(), {});
    await candles("a", 2, 2);
    const made = await units();
    // Its bar of the Korean day opens the day before.
    assert.equal(made.candles, 2);
    // From the second day on: what comes after goes on from there. The minutes,
    // five minutes and quarters of an hour are units of their own.
    assert.equal(made.indicators, 4 * 4);
    assert.equal(made.tone, undefined);
    assert.equal(made.book_stats, undefined);
  });
});
