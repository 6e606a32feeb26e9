/** `deno task publish`: marts into the tables that the API reads. */
import assert from "node:assert/strict";
import { publish } from "../../analytics/publish.ts";
import { literal } from "../../analytics/lake/tables.ts";
import { openDuckdb } from "../../analytics/lake/lake.ts";
import { api } from "../../collector/api/api.ts";
import {
  type Database,
  openDatabase,
} from "../../collector/database/client.ts";
import {
  correlationMart,
  indicatorsMart,
  premiumMart,
  publishedMarts,
  tableColumns,
} from "../../collector/api/published_marts.ts";
import { indicatorColumns } from "../../collector/indicators/list.ts";
import { withData } from "../bench/fill_lake.ts";
import { test } from "../support/requirements.ts";
import { startPostgres } from "../support/postgres_server.ts";
import { runTask } from "../support/run_task.ts";
import { sharedMarts } from "../support/site_fixture.ts";
import { putDatabase } from "../support/empty_database.ts";

/** Writes `data/marts/<name>.parquet`; columns that `query` does not name are null doubles. */
async function mart(
  data: string,
  name: string,
  query: string,
  columns: string[] = [],
): Promise<void> {
  const duckdb = await openDuckdb(data);
  try {
    await Deno.mkdir(`${data}/marts`, { recursive: true });
    const given = await duckdb.connection.runAndReadAll(
      `select column_name from (describe ${query})`,
    );
    const names = new Set(given.getRowsJson().map(([column]) => column));
    const rest = columns.filter((column) => !names.has(column))
      .map((column) => `, null::double as "${column}"`);
    await duckdb.connection.run(
      `copy (select *${rest.join("")} from (${query})) to ${
        literal(`${data}/marts/${name}.parquet`)
      } (format parquet)`,
    );
  } finally {
    duckdb.close();
  }
}

const NOON = "timestamp '2026-11-20 12:00:00'";

/** An indicator each minute and each day of a hundred days, a coin and a query, one correlation, a premium. */
async function makeSmallMarts(data: string): Promise<void> {
  await mart(
    data,
    "indicators",
    `select 'upbit' as venue, 'KRW-BTC' as market, '1m' as interval, ${NOON} - to_hours(i) as ts,
       91368000.5 + i as close, case i when 0 then 'nan'::double when 1 then 'infinity'::double else 0.1e0 + 0.2e0 end as sma20
     from range(100 * 24) r(i)
     union all
     select 'upbit', 'KRW-BTC', '1d', date_trunc('day', ${NOON}) - to_days(i::integer), 1.0, i from range(100) r(i)`,
    Object.keys(indicatorsMart.answer.shape),
  );
  await mart(
    data,
    "attention",
    `select 'dcinside' as source, 'posts:b' as query, 'posts' as measure, bucket, ${NOON} as ts,
       5::bigint as count_raw, case bucket when '1h' then 5::bigint end as count_complete
     from (values ('1m'), ('5m'), ('1h')) b(bucket)`,
  );
  await mart(
    data,
    "mentions",
    `select 'dcinside' as source, 'posts' as measure, '1h' as bucket, ${NOON} as ts, coin,
       n::bigint as count_raw, n::bigint as count_complete, n::bigint as count_deduplicated
     from (values ('BTC', 3), ('ETH', 1)) c(coin, n)
     union all select 'x', 'tweets', '1h', ${NOON}, 'BTC', 40, 40, null`,
  );
  await mart(
    data,
    "attention_share",
    `select 'dcinside' as source, 'posts' as measure, bucket, date_trunc(unit, ${NOON}) as ts, coin,
       n::bigint as count_raw, n::bigint as count_deduplicated, unit = 'hour' as complete,
       case when unit = 'hour' then n / 4 end as share, case when unit = 'hour' then n / 4 end as share_deduplicated
     from (values ('BTC', 3), ('ETH', 1)) c(coin, n), (values ('1h', 'hour'), ('1d', 'day')) b(bucket, unit)`,
  );
  await mart(
    data,
    "attention_z",
    `select 'dcinside' as source, query, coin, 'posts' as measure, ${NOON} as ts, 1::bigint as count,
       2.5::double as expected, z, 6::bigint as weeks, null::double as expected_daily, null::double as z_daily, 3::bigint as days
     from (values ('posts:b', null, 1.5::double), (null, 'BTC', -0.5)) z(query, coin, z)`,
  );
  await mart(
    data,
    "correlation",
    `select 'x' as source, '#bitcoin' as query, 'tweets' as measure, 'upbit' as venue, 'KRW-BTC' as market,
       'volume' as against, '5m' as bucket, transform, 'pearson' as method, 0.25::double as r, 900::bigint as n,
       true as valid, 3 as lag, 15 as lag_minutes, 'x_leads' as verdict, 'talk first' as verdict_en, '말이 먼저' as verdict_ko
     from (values ('log'), ('dlog')) t(transform)`,
    Object.keys(correlationMart.columns),
  );
  await mart(
    data,
    "premium",
    `select ${NOON} as ts, 'BTC' as base, 'upbit' as korean_venue, 'KRW-BTC' as korean_market, 'binance' as global_venue,
       'BTCUSDT' as global_market, 'book' as basis, null as fx_source, true as stale, null::boolean as disagree,
       null as usdt_source, null as usdt_basis, 0.0125::double as premium_fx`,
    Object.keys(premiumMart.columns),
  );
}

async function withDatabase(
  use: (data: string, database: Database) => Promise<void>,
): Promise<void> {
  await withData(async (data) => {
    const database = await openDatabase({ data: await putDatabase(data) });
    try {
      await use(data, database);
    } finally {
      await database.close();
    }
  });
}

Deno.test("publish: a bounded span, unknown as null, the same again changes nothing", async (t) => {
  await withDatabase(async (data, database) => {
    const { sql } = database;
    await makeSmallMarts(data);
    const [indicators, attention] = await publish({ data, database, days: 1 });

    await t.step("a day of minutes, 52 of days", () => {
      assert.deepEqual(
        [indicators!.rows, indicators!.changed, indicators!.removed],
        [24 + 52, 24 + 52, 0],
      );
    });

    await t.step(
      "values as in the mart; NaN and infinity are null",
      async () => {
        const rows = await sql`select ts, close,
          p.measures[array_position(names.measures, 'sma20')] as sma20,
          p.measures[array_position(names.measures, 'ema12')] as ema12
        from published_indicators p,
          (select measures from published_marts where mart = 'indicators') names(measures)
        where interval = '1m' order by ts desc limit 3`;
        assert.deepEqual(rows.map((r) => [r.close, r.sma20, r.ema12]), [
          [91368000.5, null, null],
          [91368001.5, null, null],
          [91368002.5, 0.1 + 0.2, null],
        ]);
        assert.equal(rows[0]!.ts.toISOString(), "2026-11-20T12:00:00.000Z");
      },
    );

    await t.step(
      "attention: queries and coins, share and z where they belong",
      async () => {
        // The query's 5m and 1h, three coins of the hour, two of the day.
        assert.equal(attention!.rows, 7);
        const rows =
          await sql`select bucket, coin, query, source, count_complete, share, z, weeks
        from published_attention order by bucket, coin, source`;
        assert.deepEqual(rows.map((r) => Object.values(r)), [
          ["1d", "BTC", null, "dcinside", null, null, null, null],
          ["1d", "ETH", null, "dcinside", null, null, null, null],
          ["1h", "BTC", null, "dcinside", 3, 0.75, -0.5, 6],
          ["1h", "BTC", null, "x", 40, null, null, null],
          ["1h", "ETH", null, "dcinside", 1, 0.25, null, null],
          ["1h", null, "posts:b", "dcinside", 5, null, 1.5, 6],
          ["5m", null, "posts:b", "dcinside", null, null, null, null],
        ]);
      },
    );

    await t.step(
      "the same marts again change nothing but the time",
      async () => {
        const [before] =
          await sql`select published_at, row_count from published_marts where mart = 'premium'`;
        for (const report of await publish({ data, database, days: 1 })) {
          assert.deepEqual([report.changed, report.removed], [0, 0]);
        }
        const [after] =
          await sql`select published_at, row_count, from_ts from published_marts where mart = 'premium'`;
        assert.ok(after!.published_at > before!.published_at);
        assert.equal(after!.row_count, 1);
        assert.equal(after!.from_ts.toISOString(), "2026-11-20T12:00:00.000Z");
      },
    );

    await t.step(
      "what changed is changed, what is gone is removed",
      async () => {
        await mart(
          data,
          "correlation",
          `select * replace (0.5::double as r, 'nothing' as verdict)
         from read_parquet(${
            literal(`${data}/marts/correlation.parquet`)
          }) where transform = 'log'`,
        );
        const reports = await publish({ data, database, days: 1 });
        const { rows, changed, removed } = reports.find((r) =>
          r.mart === "correlation"
        )!;
        assert.deepEqual([rows, changed, removed], [1, 1, 1]);
        assert.deepEqual(
          [...await sql`select transform, r, verdict from published_correlation`],
          [{ transform: "log", r: 0.5, verdict: "nothing" }],
        );
      },
    );

    await t.step(
      "a mart that cannot be taken leaves the old one whole",
      async () => {
        await mart(
          data,
          "premium",
          `select * replace (null as base) from read_parquet(${
            literal(`${data}/marts/premium.parquet`)
          })`,
        );
        await assert.rejects(
          publish({ data, database, days: 1 }),
          /The mart premium cannot be published: null value .* stays/,
        );
        const rows = await sql`select base, premium_fx from published_premium`;
        assert.deepEqual([...rows], [{ base: "BTC", premium_fx: 0.0125 }]);
      },
    );
  });
});

Deno.test("publish: without marts one sentence says what to run", async () => {
  await withData(async (data) => {
    await assert.rejects(
      publish({ data }),
      /lacks indicators, .*deno task analyze/,
    );
    const wrong = await runTask(["publish", "--days", "0"], {
      CROWDTAPE_DATA: data,
    });
    assert.equal(wrong.code, 1);
    assert.match(
      wrong.err,
      /^error: --days wants a whole number from 1 to 365/,
    );
  });
});

test(
  "publish: every column of the real marts, through the task and on PostgreSQL",
  [
    "postgres",
  ],
  async () => {
    const server = await startPostgres();
    try {
      const data = await sharedMarts();
      const env = { CROWDTAPE_DATA: data, DATABASE_URL: server.url };
      const first = await runTask(["publish", "--json"], env);
      assert.equal(first.code, 0, first.err);
      const { marts } = JSON.parse(first.out) as {
        marts: { mart: string; rows: number; changed: number }[];
      };
      assert.deepEqual(marts.map((m) => m.mart), [
        "indicators",
        "attention",
        "correlation",
        "premium",
      ]);
      for (const { mart, rows, changed } of marts) {
        assert.ok(rows > 100 && changed === rows, `${mart}: ${rows} rows`);
      }
      const again = await runTask(["publish", "--json"], env);
      assert.ok(
        JSON.parse(again.out).marts.every((m: { changed: number }) =>
          m.changed === 0
        ),
      );
      const database = await openDatabase({ url: server.url });
      const app = api({ sql: database.sql });
      for (
        const path of [
          "/v1/indicators?venue=upbit&market=KRW-BTC&interval=5m",
          "/v1/attention?source=dcinside",
          "/v1/correlation?market=KRW-BTC",
          "/v1/premium?base=BTC",
        ]
      ) {
        const body = await (await app.request(path)).json();
        const [rows] = Object.values(body) as Record<string, unknown>[][];
        assert.ok(rows!.length > 10, path);
        assert.equal(body.note, null);
      }
      await database.close();
    } finally {
      await server.stop();
    }
  },
);

Deno.test("row level security: anyone reads what is published, the service role alone writes", async () => {
  await withDatabase(async (data, database) => {
    await makeSmallMarts(data);
    await publish({ data, database, days: 1 });
    const as = (role: string, query: string) =>
      database.sql.begin(async (tx) => {
        await tx.unsafe(`set local role ${role}`);
        return await tx.unsafe(query);
      }) as Promise<unknown[]>;
    const tables = [
      "marts",
      "indicators",
      "attention",
      "correlation",
      "premium",
    ]
      .map((name) => `published_${name}`);
    for (const table of tables) {
      const column = table === "published_marts" ? "mart" : "market";
      for (const role of ["anon", "authenticated"]) {
        assert.ok((await as(role, `select * from ${table}`)).length > 0);
        for (
          const query of [
            `insert into ${table} default values`,
            `update ${table} set ${
              table === "published_attention"
                ? "coin"
                : table === "published_premium"
                ? "base"
                : column
            } = 'x'`,
            `delete from ${table}`,
            `truncate ${table}`,
          ]
        ) {
          await assert.rejects(
            as(role, query),
            /permission denied/,
            `${role}: ${query}`,
          );
        }
      }
      assert.ok(
        (await as("service_role", `delete from ${table} returning 1`)).length >
          0,
      );
    }
  });
});

Deno.test("the tables have the declared columns, of the declared types", async () => {
  await withDatabase(async (_, { sql }) => {
    for (const mart of publishedMarts) {
      const byName = (a: { name: string }, b: { name: string }) =>
        a.name < b.name ? -1 : 1;
      const found = await sql<
        { name: string; type: string; nullable: boolean }[]
      >`
        select attname as name, format_type(atttypid, null) as type, not attnotnull as nullable
        from pg_attribute where attrelid = ${`published_${mart.mart}`}::regclass
          and attnum > 0 and not attisdropped`;
      assert.deepEqual(
        [...found].sort(byName),
        tableColumns(mart).sort(byName),
        mart.mart,
      );
    }
  });
});

Deno.test("publish: what an older version published has its names, and a further indicator changes no table", async () => {
  await withDatabase(async (data, database) => {
    const { sql } = database;
    await makeSmallMarts(data);
    await publish({ data, database, days: 1 });
    const ask = async () => {
      const path = "/v1/indicators?venue=upbit&market=KRW-BTC&interval=1m";
      const body = await (await api({ sql }).request(path)).json();
      return body.indicators.at(-3);
    };
    const before = await ask();
    assert.equal(before.sma20, 0.1 + 0.2);
    // As if it were of a version without the last indicator, in another order.
    await sql`update published_marts set measures = array_remove(measures, ${
      indicatorColumns.at(-1)!.column
    }) where mart = 'indicators'`;
    await sql`update published_marts set measures = array['sma60', 'sma20'] || measures[3:] where mart = 'indicators'`;
    await sql`update published_indicators set measures =
      array[measures[2], measures[1]] || measures[3:array_length(measures, 1) - 1]`;
    assert.deepEqual(await ask(), before);
    const [report] = await publish({ data, database, days: 1 });
    assert.equal(report!.changed, report!.rows);
    assert.deepEqual(await ask(), before);
  });
});
