/** The marts of completeness equal the ledger and the counts that they are made from. */
import assert from "node:assert/strict";
import { analyze } from "../../analytics/analyze.ts";
import { snapshot } from "../../analytics/snapshot.ts";
import { openDatabase } from "../../collector/database/client.ts";
import { ask, fillLake, withData } from "../bench/fill_lake.ts";
import { randomFrom } from "../support/random.ts";

const PARTS = ["observed", "repaired", "unrecoverable", "open", "unknown"];
const NOON = Date.UTC(2026, 10, 18, 12);
const time = (seconds: number) => new Date(NOON + seconds * 1000).toISOString();

/** A ledger of six hours in which everything overlaps everything; also names that Postgres quotes. */
function randomLedger(seed: number) {
  const random = randomFrom(seed);
  const some = <T>(list: readonly T[]) => list.filter(() => random() < 0.6);
  const one = <T>(list: readonly T[]) =>
    list[Math.floor(random() * list.length)]!;
  const venues = ["upbit", "binance"] as const;
  const markets = ["KRW-BTC", 'a"b\\c', "{x, y}", "NULL"] as const;
  const channels = ["trade", "book"] as const;
  const length = () => Math.floor(random() ** 3 * 9e6) / 1e3;
  const observed = Array.from({ length: 14 }, (_, i) => {
    const from = random() * 20_000;
    return {
      span_id: `00000000-0000-4000-8000-${String(i).padStart(12, "0")}`,
      collector: "00000000-0000-4000-8000-000000000000",
      venue: one(venues),
      markets: some(markets),
      channels: some(channels),
      from_ts: time(from),
      to_ts: time(from + length()),
      ended: random() < 0.9,
    };
  });
  const gaps = Array.from({ length: 30 }, (_, i) => {
    const from = random() * 20_000;
    const state = one(["open", "repaired", "unrecoverable"]);
    return {
      venue: one(venues),
      market: one(markets),
      channel: one(channels),
      from_ts: time(from),
      to_ts: state === "open" && random() < 0.5 ? null : time(from + length()),
      reason: `reason ${i}`,
      state,
      note: i % 2 ? null : "noted",
    };
  });
  return { observed, gaps };
}

Deno.test("coverage in the marts equals the ledger's own function", async (t) => {
  await withData(async (data) => {
    const database = await openDatabase({ data });
    const { sql } = database;
    try {
      for (const seed of [1, 2, 3]) {
        await t.step(`random ledger ${seed}`, async () => {
          const { observed, gaps } = randomLedger(seed);
          await sql`truncate observed, gaps`;
          await sql`insert into observed ${sql(observed)}`;
          await sql`insert into gaps ${sql(gaps)}`;
          await snapshot({ data, database, tables: ["observed", "gaps"] });
          await analyze({ data, only: "coverage_spans" });
          await analyze({ data, only: "coverage" });
          assert.deepEqual(
            await ask(
              data,
              "select count(*) as n, count(note) as notes from lake.gaps",
            ),
            [{ n: "30", notes: "15" }],
          );
          const spans = await ask(
            data,
            `select venue, market, channel, state, strftime(from_ts, '%Y-%m-%dT%H:%M:%S.%fZ') as "from",
               strftime(to_ts, '%Y-%m-%dT%H:%M:%S.%fZ') as "to"
             from marts.coverage_spans order by venue, market, channel, from_ts`,
          );
          assert.ok(new Set(spans.map((s) => s.state)).size === 5);
          const ends = (key: string) => spans.map((s) => String(s[key])).sort();
          const [first, last] = [ends("from")[0]!, ends("to").at(-1)!];
          // The function's own words, as rows of the same form.
          const iso = (bound: string) =>
            `to_char(${bound}(r) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
          const expected = await sql.unsafe(
            `select venue, market, channel, state, ${iso("lower")} as "from", ${
              iso("upper")
            } as "to"
             from coverage('${first}', '${last}') c, lateral (${
              PARTS.map((part) =>
                `select '${part}' as state, unnest(c.${part}) as r`
              ).join(" union all ")
            }) as parts
             order by venue collate "C", market collate "C", channel collate "C", r`,
          );
          assert.deepEqual(spans, expected.map((row) => ({ ...row })));

          const hours = await ask(
            data,
            `select *, strftime(ts, '%Y-%m-%dT%H:%M:%SZ') as ts from marts.coverage
             order by venue, market, channel, ts`,
          );
          assert.ok(hours.length > 50);
          for (const ts of new Set(hours.map((h) => String(h.ts)))) {
            const rows = await sql.unsafe(
              `with hour as (select greatest('${ts}'::timestamptz, '${first}') as a,
                 least('${ts}'::timestamptz + interval '1 hour', '${last}') as b)
               select venue, market, channel, ${
                PARTS.map((part) =>
                  `(select coalesce(sum(extract(epoch from upper(r) - lower(r))), 0)::float8
                    from unnest(c.${part}) as r) as ${part}`
                ).join(", ")
              }, extract(epoch from b - a)::float8 as whole
               from hour, coverage(a, b) c`,
            );
            const made = new Map(
              hours.filter((h) => h.ts === ts)
                .map((h) => [`${h.venue} ${h.market} ${h.channel}`, h]),
            );
            for (const row of rows) {
              const key = `${row.venue} ${row.market} ${row.channel}`;
              const hour = made.get(key);
              if (!hour) {
                // Nothing is known of the stream yet.
                assert.equal(row.unknown, row.whole);
                assert.ok(
                  !hours.some((h) =>
                    `${h.venue} ${h.market} ${h.channel}` === key &&
                    String(h.ts) < ts
                  ),
                );
                continue;
              }
              assert.deepEqual(
                PARTS.map((part) => hour[part]),
                PARTS.map((part) => row[part]),
              );
              const sum = PARTS.reduce(
                (all, part) => all + Number(hour[part]),
                0,
              );
              assert.ok(Math.abs(sum - row.whole) < 1e-6);
              made.delete(key);
            }
            assert.equal(made.size, 0);
          }
        });
      }
    } finally {
      await database.close();
    }
  });
});

Deno.test("the ledger's last moment, where a socket lives and is quiet", async () => {
  for (
    const [quiet, last] of [[40, time(560)], [70, time(600)]] as const
  ) {
    await withData(async (data) => {
      const row = (market: string, to: number, ended: boolean) =>
        `select 'upbit' as venue, ['${market}'] as markets, ['trade'] as channels,
           timestamptz '${time(0)}' as from_ts, timestamptz '${
          time(to)
        }' as to_ts, ${ended} as ended`;
      await fillLake(
        data,
        "observed",
        [
          row("A", 600, false),
          row("B", 600 - quiet, false),
          row("C", 598, true),
        ].join(" union all "),
      );
      await analyze({ data, only: "coverage_spans" });
      const [found] = await ask(
        data,
        "select epoch_ms(max(to_ts))::double as last from marts.coverage_spans",
      );
      assert.equal(found!.last, Date.parse(last));
    });
  }
});

Deno.test("minutes of communities: whole, in part, not at all", async () => {
  await withData(async (data) => {
    const row = (minute: number, complete: boolean) =>
      `select 'x' as source, '#bitcoin' as query, '1m' as bucket, 1 as written,
         timestamptz '${
        time(minute * 60)
      }' as ts, 0 as count, ${complete} as complete`;
    await fillLake(
      data,
      "counts",
      [row(58, true), row(59, false), row(62, true), row(185, true)]
        .join(" union all "),
    );
    await analyze({ data, only: "count_coverage" });
    assert.deepEqual(
      await ask(
        data,
        "select hour(ts)::integer as h, complete as c, incomplete as i, missing as m from marts.count_coverage order by ts",
      ),
      [
        { h: 12, c: 1, i: 1, m: 0 },
        { h: 13, c: 1, i: 0, m: 59 },
        { h: 14, c: 0, i: 0, m: 60 },
        { h: 15, c: 1, i: 0, m: 5 },
      ],
    );
  });
});

Deno.test("an empty ledger makes empty marts", async () => {
  await withData(async (data) => {
    await fillLake(
      data,
      "markets",
      "select 'upbit' as venue, 'KRW-BTC' as market, now() as first_seen",
    );
    for (const mart of ["coverage_spans", "coverage", "count_coverage"]) {
      await analyze({ data, only: mart });
      assert.deepEqual(
        await ask(data, `select count(*) as n from marts.${mart}`),
        [{ n: "0" }],
      );
    }
  });
});

Deno.test("a lake that was written before a column was thought of can be read", async () => {
  await withData(async (data) => {
    await fillLake(
      data,
      "gaps",
      "select 'upbit' as venue, 'M' as market, now() as from_ts, 'open' as state",
    );
    const { openDuckdb } = await import("../../analytics/lake/lake.ts");
    const duckdb = await openDuckdb(data);
    const day = new Date().toISOString().slice(0, 10);
    const file = `${data}/lake/gaps/venue=upbit/date=${day}/0-1.parquet`;
    await duckdb.connection.run(
      `create table t as select * exclude (note) from read_parquet('${file}', hive_partitioning = false);
       copy t to '${file}' (format parquet)`,
    );
    duckdb.close();
    assert.deepEqual(await ask(data, "select market, note from lake.gaps"), [
      { market: "M", note: null },
    ]);
  });
});
