import assert from "node:assert/strict";
import { openLake } from "../../analytics/lake/lake.ts";
import { snapshot } from "../../analytics/snapshot.ts";
import { CliError } from "../../collector/cli/errors.ts";
import { ask } from "../bench/fill_lake.ts";
import { onBoth, parquet } from "../support/lake_steps.ts";

/** Ids 1 apart beyond 2^53: doubles would make them one. */
const IDS = ["17853950411290000", "17853950411290001", "9223372036854775807"];

const PRICES = [
  "0.000000000000000001",
  "12345678901234567890.123456789012345678",
  "0.00005485",
];

onBoth("the lake", async (step, database) => {
  const { sql } = database;

  await step("an empty database adds nothing", async ({ data, run }) => {
    const report = await run();
    assert.equal(Object.keys(report).length, 16);
    for (const table of Object.values(report)) {
      assert.deepEqual([table.rows, table.files, table.bytes], [0, 0, 0]);
    }
    await assert.rejects(
      openLake({ data }),
      new CliError(
        `The lake under ${data}/lake is empty. Run \`deno task snapshot\` first.`,
      ),
    );
  });

  await step(
    "ids beyond 2^53 and prices arrive to the last digit, once",
    async ({ data, run, trade }) => {
      for (const [i, id] of IDS.entries()) {
        await trade(id, { price: PRICES[i], size: PRICES[i] });
      }
      const { trades } = await run();
      assert.deepEqual([trades!.rows, trades!.files], [3, 1]);
      const rows = await ask(
        data,
        `select trade_id::text as id, price::text as price, size::text as size, venue,
          typeof(trade_id) as id_type, typeof(price) as price_type,
          epoch_us(ts) as ts, date::text as date from lake.trades order by trade_id`,
      );
      assert.deepEqual(rows.map((r) => r.id), IDS);
      const trim = (x: unknown) => String(x).replace(/\.?0+$/, "");
      assert.deepEqual(rows.map((r) => trim(r.price)), PRICES);
      assert.deepEqual(rows.map((r) => trim(r.size)), PRICES);
      assert.deepEqual(
        [rows[0]!.id_type, rows[0]!.price_type, rows[0]!.venue],
        ["BIGINT", "DECIMAL(38,18)", "upbit"],
      );
      assert.equal(
        rows[0]!.ts,
        `${Date.parse("2026-11-20T10:00:00Z") / 1000}123456`,
      );
      assert.equal(rows[0]!.date, "2026-11-20");
      const [path, ...others] = await parquet(data);
      assert.match(
        path!,
        /^trades\/venue=upbit\/date=2026-11-20\/0-\d+\.parquet$/,
      );
      assert.deepEqual(others, []);
      const again = await run();
      assert.ok(Object.values(again).every((r) => r.rows === 0));
    },
  );

  await step(
    "a late row of an old day is picked up; a closed day stays one file",
    async ({ data, run, trade }) => {
      await trade("1", { ts: "2026-11-18T23:59:59.999999Z" });
      await trade("2", { ts: "2026-11-21T00:00:00Z" });
      assert.equal((await run()).trades!.rows, 2);
      await trade("3", { ts: "2026-11-18T00:00:00Z" });
      await trade("4", { ts: "2026-11-21T00:00:01Z" });
      const { trades } = await run();
      assert.deepEqual([trades!.rows, trades!.compacted], [2, 1]);
      const counted = await ask(
        data,
        `select date::text as date, string_agg(trade_id::text, ',' order by trade_id) as ids
         from lake.trades group by date order by date`,
      );
      assert.deepEqual(counted, [
        { date: "2026-11-18", ids: "1,3" },
        { date: "2026-11-21", ids: "2,4" },
      ]);
      // The open day keeps its two files.
      assert.equal((await parquet(data)).length, 3);
      const recorded =
        await sql`select path, rows::integer as rows, bytes::integer as bytes from lake_files order by path`;
      assert.deepEqual(recorded.map((r) => r.rows), [2, 1, 1]);
      for (const { path, bytes } of recorded) {
        assert.equal((await Deno.stat(`${data}/${path}`)).size, bytes);
      }
    },
  );

  await step(
    "a row that changes is a further version; readers see the last",
    async ({ data, run }) => {
      const write = (count: number) =>
        sql`insert into counts (source, query, ts, bucket, count, complete, first_count, observed_at)
          values ('x', 'q', '2026-11-19T00:00:00Z', '1m', ${count}, true, 3, now())
          on conflict (source, query, bucket, ts) do update set count = excluded.count, written = current_transaction()`;
      await write(3);
      assert.equal((await run()).counts!.rows, 1);
      await write(8);
      const { counts } = await run();
      assert.deepEqual([counts!.rows, counts!.compacted], [1, 1]);
      assert.deepEqual(
        await ask(data, "select count, first_count from lake.counts"),
        [{ count: 8, first_count: 3 }],
      );
      await write(9);
      // Today's date makes the day an open one: both versions stay.
      await snapshot({ data, database, today: "2026-11-19" });
      assert.deepEqual(
        await ask(
          data,
          `select count(*) as files, sum(n) as rows, (select max(count) from lake.counts) as count
           from (select count(*) n from read_parquet('${data}/lake/counts/*/*/*.parquet', filename = true) group by filename)`,
        ),
        [{ files: "2", rows: "2", count: 9 }],
      );
    },
  );

  await step(
    "small tables are copied whole, and anew where they changed",
    async ({ data, run }) => {
      await sql`insert into markets (venue, market, base, quote, korean_name, english_name, warning)
        values ('upbit', 'KRW-BTC', 'BTC', 'KRW', '비트"코인', ${"a,\nb\\"}, ''), ('binance', 'BTCUSDT', 'BTC', 'USDT', null, 'null', null)`;
      await sql`insert into gaps (venue, market, channel, from_ts, reason) values ('upbit', 'KRW-BTC', 'trade', '2026-11-20Z', 'x')`;
      assert.deepEqual(
        [(await run()).markets!.rows, (await run()).markets!.rows],
        [2, 0],
      );
      await sql`insert into observed (span_id, collector, venue, markets, channels, from_ts, to_ts)
        values (gen_random_uuid(), gen_random_uuid(), 'upbit', ${[
        'a"b\\,c',
        "{}",
        "NULL",
        "KRW-BTC",
      ]}, '{}',
          '2026-11-20Z', '2026-11-20Z')`;
      await run();
      await sql`update observed set to_ts = '2026-11-20 00:00:01Z'`;
      // The claim of a refill is no part of what the lake holds.
      await sql`update gaps set claimed_until = now()`;
      const moved = await run();
      assert.deepEqual([moved.observed!.rows, moved.gaps!.rows], [1, 0]);
      assert.deepEqual(
        await ask(
          data,
          "select markets, channels, epoch(to_ts)::bigint % 60 as s from lake.observed",
        ),
        [{
          markets: ['a"b\\,c', "{}", "NULL", "KRW-BTC"],
          channels: [],
          s: "1",
        }],
      );
      await sql`insert into rejects (source, place, reason, payload) values ('x', 'p', 'secret words', 'secret words')`;
      assert.equal((await run()).rejects!.rows, 1);
      await sql`update gaps set state = 'repaired'`;
      const { gaps, markets } = await run();
      assert.deepEqual([gaps!.rows, markets!.rows], [1, 0]);
      assert.deepEqual(
        await ask(data, "select state, to_id from lake.gaps"),
        [{ state: "repaired", to_id: null }],
      );
      assert.deepEqual(
        await ask(
          data,
          "select korean_name as k, english_name as e, warning as w from lake.markets order by venue",
        ),
        [
          { k: null, e: "null", w: null },
          { k: '비트"코인', e: "a,\nb\\", w: "" },
        ],
      );
    },
  );

  await step(
    "text and author hashes stay in Postgres",
    async ({ data, run }) => {
      await sql`insert into posts (source, board, post_id, ts, title, author_hash, first_seen, observed_at)
      values ('dcinside', 'b', 1, '2026-11-20Z', 'secret words', 'hash', now(), now())`;
      await sql`insert into comments (source, board, post_id, comment_id, ts, text, author_hash, first_seen)
      values ('dcinside', 'b', 1, 9007199254740993, '2026-11-20Z', 'secret words', 'hash', now())`;
      await run();
      const columns = await ask(
        data,
        "select column_name from information_schema.columns where column_name in ('title', 'text', 'author_hash', 'payload', 'reason') and table_name <> 'gaps'",
      );
      assert.deepEqual(columns, []);
      assert.deepEqual(
        await ask(data, "select comment_id, source from lake.comments"),
        [{ comment_id: "9007199254740993", source: "dcinside" }],
      );
      assert.ok(
        (await parquet(data)).some((f) =>
          f.startsWith("posts/venue=dcinside/")
        ),
      );
    },
  );

  for (
    const misfit of [
      { price: "1.0000000000000000001" },
      { size: "100000000000000000000" },
      { price: "NaN" },
    ]
  ) {
    await step(
      `${JSON.stringify(misfit)} is refused by name, not rounded`,
      async ({ data, run, trade }) => {
        await trade("1");
        await trade("77", misfit);
        await assert.rejects(run(["trades"]), (error: Error) => {
          assert.ok(error instanceof CliError);
          assert.match(error.message, /does not fit DECIMAL\(38,18\).*,77,/);
          return true;
        });
        assert.deepEqual(await parquet(data), []);
      },
    );
  }

  await step(
    "superfluous zeros are no misfit",
    async ({ data, run, trade }) => {
      await trade("1", { price: "1.50000000000000000000000" });
      await run(["trades"]);
      assert.deepEqual(
        await ask(data, "select price::text as p from lake.trades"),
        [
          { p: "1.500000000000000000" },
        ],
      );
    },
  );

  // The embedded database runs one transaction after the other.
  if (!database.embedded) {
    await step(
      "a transaction that commits late is not skipped",
      async ({ data, run, trade }) => {
        const slow = await sql.reserve();
        await slow`begin`;
        await slow`insert into trades (venue, market, trade_id, ts, price, size, side, received_at)
          values ('upbit', 'KRW-BTC', 1, '2026-11-20Z', 1, 1, 'buy', now())`;
        await trade("2");
        // The slow one is older and still open: nothing above it counts as final.
        assert.equal((await run()).trades!.rows, 0);
        await slow`commit`;
        slow.release();
        assert.equal((await run()).trades!.rows, 2);
        assert.equal((await run()).trades!.rows, 0);
        assert.deepEqual(
          await ask(
            data,
            "select count(distinct trade_id) as n from lake.trades",
          ),
          [{ n: "2" }],
        );
      },
    );
  }
});
