import assert from "node:assert/strict";
import { analyze } from "../../analytics/analyze.ts";
import { lakeAsOf, readMoment } from "../../analytics/lake/as_of.ts";
import { martNames, openLake } from "../../analytics/lake/lake.ts";
import { lakeTables } from "../../analytics/lake/tables.ts";
import { snapshot } from "../../analytics/snapshot.ts";
import { CliError } from "../../collector/cli/errors.ts";
import { onEmbedded, parquet, TODAY } from "../support/lake_steps.ts";

const MINUTE = 60_000, HOUR = 60 * MINUTE;
const FIRST = Date.parse("2026-11-20T09:00Z");

/** Every row of every table and mart, as text. */
async function contents(data: string): Promise<Record<string, string[]>> {
  const lake = await openLake({ data });
  try {
    const found: Record<string, string[]> = {};
    const names = [
      ...lakeTables.map(({ name }) => `lake.${name}`),
      ...(await martNames(data)).map((name) => `marts.${name}`),
    ];
    for (const name of names) {
      const rows = await lake.connection.runAndReadAll(
        `select t::varchar from ${name} t order by 1`,
      );
      found[name] = rows.getRowsJson().map(([row]) => String(row));
    }
    return found;
  } finally {
    lake.close();
  }
}

onEmbedded("what was known", async (step, database) => {
  const { sql } = database;

  /** One round of news: minutes go on, earlier ones are revised, a trade comes late, a gap is repaired. */
  async function news(round: number): Promise<void> {
    const candles = (
      day: string,
      from: number,
      to: number,
      factor: number,
    ) =>
      sql`
        insert into candles (venue, market, interval, ts, open, high, low, close, volume, quote_volume,
          trade_count, source, state, received_at)
        select 'upbit', 'KRW-BTC', '1m', ${day}::text::timestamptz + make_interval(mins => i),
          1000 + i % 7, 1010, 990, 1000 + (i * ${factor}) % 9, 1 + i % 5, 1000, 3, 'venue', 'closed', now()
        from generate_series(${from}::int, ${to}::int) i
        on conflict (venue, market, interval, ts, source) do update set close = excluded.close,
          revision = candles.revision + 1, written = current_transaction()`;
    await candles("2026-11-19T00:00Z", round * 200, round * 200 + 260, 1);
    await candles("2026-11-18T00:00Z", 0, 100, round + 1);
    await sql`
      insert into trades (venue, market, trade_id, ts, price, size, side, received_at)
      values ('upbit', 'KRW-BTC', ${
      100 - round
    }, ${`2026-11-18T0${round}:00Z`}::text::timestamptz, 1000, 1,
        'buy', now())`;
    await sql`
      insert into counts (source, query, ts, bucket, count, complete, first_count, observed_at)
      select 'dcinside', 'posts:bitcoins_new1', '2026-11-19T00:00Z'::timestamptz + make_interval(mins => i), '1m',
        (i * ${round + 1}) % 11, true, 1, now() from generate_series(0, ${
      300 + round
    }::int) i
      on conflict (source, query, bucket, ts) do update set count = excluded.count,
        written = current_transaction()`;
    if (round % 2 === 0) {
      await sql`
        insert into gaps (venue, market, channel, from_ts, to_ts, reason, opened_at)
        values ('upbit', 'KRW-BTC', 'trade', '2026-11-19T01:00Z', '2026-11-19T02:00Z', 'cut', now())`;
    } else await sql`update gaps set state = 'repaired', closed_at = now()`;
  }

  await step(
    "at five moments is what analyze gave then, whatever came later",
    async ({ data }) => {
      const kept: Record<string, string[]>[] = [];
      for (let round = 0; round < 6; round++) {
        await news(round);
        await snapshot({
          data,
          database,
          today: TODAY,
          now: FIRST + round * HOUR,
        });
        await analyze({ data });
        kept.push(await contents(data));
      }
      for (let round = 0; round < 5; round++) {
        const asOf = FIRST + round * HOUR + 20 * MINUTE;
        await analyze({ data, asOf });
        const then = await contents(
          `${data}/as-of/${new Date(asOf).toISOString().replaceAll(":", "")}`,
        );
        assert.deepEqual(then, kept[round], `as of round ${round}`);
        assert.notDeepEqual(then, kept[5], "the present is another");
      }
      assert.deepEqual(
        await contents(data),
        kept[5],
        "the present is as it was",
      );
    },
  );

  await step(
    "is refused where it is not kept, in one sentence",
    async ({ data }) => {
      await assert.rejects(
        lakeAsOf(data, FIRST),
        /has no manifest\. Run `deno task snapshot` first\.$/,
      );
      await news(0);
      await snapshot({ data, database, today: TODAY, now: FIRST });
      await assert.rejects(
        lakeAsOf(data, FIRST - 1),
        new CliError(
          "The lake was empty at 2026-11-20T08:59:59.999Z: its first snapshot began at 2026-11-20T09:00:00.000Z.",
        ),
      );
      await news(1);
      await snapshot({ data, database, today: TODAY, now: FIRST + HOUR });
      const [past] = await Array.fromAsync(Deno.readDir(`${data}/lake/.past`));
      assert.ok(past, "files of before are kept");
      const later = FIRST + HOUR + 31 * 24 * HOUR;
      await snapshot({ data, database, today: TODAY, now: later });
      assert.deepEqual(
        await Array.fromAsync(Deno.readDir(`${data}/lake/.past`)),
        [],
      );
      await assert.rejects(
        lakeAsOf(data, FIRST + 1),
        /is no longer kept; the earliest moment is 2026-11-21T10:00:00.000Z\.$/,
      );
      // A clock that was set back makes no snapshot older than the one before it.
      await news(2);
      await snapshot({ data, database, today: TODAY, now: FIRST });
      await assert.rejects(lakeAsOf(data, FIRST + 1), /is no longer kept/);
      const folder = await lakeAsOf(data, later);
      assert.deepEqual(await parquet(folder), await parquet(data));
    },
  );
});

Deno.test("a moment says its zone and is not to come", () => {
  const now = Date.parse("2026-11-21T00:00Z");
  assert.equal(readMoment("2026-11-20T18:00+09:00", now), FIRST);
  assert.equal(readMoment("2026-11-20 09:00Z", now), FIRST);
  assert.equal(readMoment("2026-11-20 18:00:00+09", now), FIRST);
  assert.throws(
    () => readMoment("2026-11-20T18:00", now),
    /does not say in which zone/,
  );
  assert.throws(() => readMoment("yesterday", now), /is no moment/);
  assert.throws(() => readMoment("2026-11-22T00:00Z", now), /is still to come/);
});
