import assert from "node:assert/strict";
import { importText } from "../../collector/imports/import_text.ts";
import {
  BARS,
  EXPECTED,
  folder,
  HEADER,
  minute,
  parquet,
  ROWS,
  stored,
  take,
  withDatabase,
} from "../support/import_files.ts";
import { REAL, test } from "../support/requirements.ts";
import { runTask } from "../support/run_task.ts";

test(
  "a real file: 13,681 rows, 538 holes and 717 missing minutes",
  ["real"],
  async () => {
    await withDatabase(async (sql, data) => {
      const file = new URL("candles/UNITTEST_BTC-1m.json", REAL).pathname;
      const ask = {
        file,
        venue: "binance",
        market: "UNITTEST_BTC",
      };
      const first = await take(sql, "", null, ask);
      assert.deepEqual(
        [first.rows, first.added, first.rejected, first.unordered],
        [13681, 13681, 0, 0],
      );
      const [candles] = first.audit!.candles;
      assert.deepEqual(
        [candles!.rows, candles!.holes.length, candles!.missing],
        [13681, 538, 717],
      );
      const again = await take(sql, "", null, ask);
      assert.deepEqual(
        [again.added, again.replaced, again.unchanged],
        [0, 0, 13681],
      );
      assert.match(
        importText(again),
        /nothing changed: .*13,681 there already/,
      );
      const told = await runTask(["audit", "--channel=candle"], {
        CROWDTAPE_DATA: data,
      });
      assert.equal(told.code, 0);
      assert.match(told.out, /13,681 rows, 538 holes, 717 minutes missing/);
      // To the last digit of what stood in the file.
      const [row] = await sql`select volume::text from candles
        where ts = '2017-11-04 23:02:00+00'`;
      assert.equal(row!.volume, "108.14853839");
    });
  },
);

Deno.test("candles that cannot be are rejected with line and reason", async () => {
  await withDatabase(async (sql) => {
    const good = Array.from(
      { length: 12 },
      (_, i) => `${minute(i)},2,3,1,2,5`,
    );
    const bad = [
      [`${minute(20)},4,3,1,2,5`, /line 14: .*open 4 is not between low 1/],
      [`${minute(21)},2,3,1,0.5,5`, /close 0.5 is not between/],
      [`${minute(22)},2,3,1,2,-5`, /volume: -5 is below zero/],
      [`${minute(23)},0,3,0,2,5`, /open: a price or size is 0/],
      [`${minute(24)},2,3,1,2,`, /volume: "" is not a decimal/],
      [`${minute(25)},2,3,1,2,0`, /no volume, but prices that differ/],
      [`${minute(26) + 7},2,3,1,2,5`, /is not the open time of a 1m candle/],
      [`2100000000,2,3,1,2,5`, /is not over yet/],
      [`yesterday,2,3,1,2,5`, /"yesterday" is no time/],
      [`${minute(27)},2,3,1,2`, /5 columns, the first row 6/],
      [
        `${minute(3)},2,3,1,2,6`,
        /an earlier row of the file says otherwise: volume 6, not 5/,
      ],
      [
        `${minute(28)},2,3,1,2.1234567890123456789,1`,
        /close: 2.123\d+ has more digits/,
      ],
    ] as const;
    const text = [HEADER, ...good, ...bad.map(([row]) => row)].join("\n");
    const report = await take(sql, "bad.csv", text);
    assert.deepEqual([report.rows, report.added, report.rejected], [
      24,
      12,
      12,
    ]);
    const rejects =
      await sql`select source, place, reason, payload from rejects order by reject_id`;
    for (const [i, [row, words]] of bad.entries()) {
      const reject = rejects.find((r) => r.payload === row);
      assert.equal(reject?.place, `upbit KRW-BTC ${folder}/bad.csv:${14 + i}`);
      assert.match(`line ${14 + i}: ${reject.reason}`, words);
      assert.equal(reject.source, "import");
    }
    assert.match(
      importText(report),
      /rejected: 1, first at line 14: the open 4 is not/,
    );
    await take(sql, "bad.csv", text);
    assert.equal(
      (await sql`select count(*)::int as n from rejects`)[0]!.n,
      12,
      "what was rejected before is not rejected twice",
    );
  });
});

Deno.test("what the venue gave is not overwritten unless asked", async () => {
  await withDatabase(async (sql) => {
    await take(sql, "a.csv", `${HEADER}\n${ROWS}`);
    const changed = `${HEADER}\n${ROWS}`.replace(
      "1.5,3,1,2,10",
      "1.5,3,1,2,11",
    );
    const refused = await take(sql, "b.csv", changed);
    assert.deepEqual([refused.unchanged, refused.rejected], [2, 1]);
    assert.match(
      refused.reasons[0]!.reason,
      /what is stored says otherwise \(--replace/,
    );
    assert.deepEqual(await stored(sql), EXPECTED);
    const taken = await take(sql, "b.csv", changed, { replace: true });
    assert.deepEqual([taken.unchanged, taken.replaced], [2, 1]);
    assert.deepEqual(
      (await stored(sql)).map((row) => [row.v, row.revision]),
      [["11", 1], ["0", 0], ["0.123456789012345678", 0]],
    );
    // What was not known is filled in without being asked.
    const more = `${HEADER},quote_volume,trades\n${minute(2)},${
      BARS[2]!.slice(1).join(",")
    },0.2,7`;
    const filled = await take(sql, "c.csv", more, {
      columns: "trade_count=trades",
    });
    assert.deepEqual([filled.replaced, filled.rejected], [1, 0]);
    assert.deepEqual(
      (await stored(sql)).map((row) => [row.q, row.n]),
      [[null, null], ["0", 0], ["0.2", 7]],
    );
    // A file that says less takes nothing away.
    const less = await take(
      sql,
      "a.csv",
      `${HEADER}\n${minute(2)},${BARS[2]!.slice(1).join(",")}`,
    );
    assert.equal(less.unchanged, 1);
  });
});

const AGG =
  "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker";

Deno.test("trades", async (t) => {
  await withDatabase(async (sql) => {
    const trades = async () =>
      (await sql`
        select trade_id::text as id, (extract(epoch from ts) * 1e6)::bigint as ts, price::text, size::text, side, fills
        from trades order by trade_id`).map((row) => ({ ...row }));

    await t.step("ids of 17 digits and 18 decimals stay exact", async () => {
      const row = (id: string) =>
        `{"market":"KRW-BTC","timestamp":1785395041124,"trade_price":91368000.0,"trade_volume":5.485e-05,"ask_bid":"BID","sequential_id":${id}}`;
      const ids = ["17853950411240001", "17853950411240000"];
      const report = await take(
        sql,
        "upbit.json",
        `[${ids.map(row).join(",")}]`,
        { kind: "trades" },
      );
      assert.equal(report.added, 2, importText(report));
      assert.equal(report.columns.ts, "timestamp");
      const one = {
        ts: "1785395041124000",
        price: "91368000",
        size: "0.00005485",
        side: "buy",
        fills: 1,
      };
      assert.deepEqual(await trades(), [{ id: ids[1], ...one }, {
        id: ids[0],
        ...one,
      }]);
      const name = await parquet(
        "upbit.parquet",
        `select ${
          ids[0]
        }::bigint as id, 1785395041124000::bigint as ts, 91368000::decimal(38,18) as price,
          0.00005485::decimal(38,18) as size, 'BUY' as side
         union all select 17853950411249999, 1785395041124999, 1.000000000000000001, 0.000000000000000001, 'sell'`,
      );
      const again = await take(sql, name, null, { kind: "trades" });
      assert.deepEqual([again.added, again.unchanged], [1, 1]);
      assert.deepEqual((await trades()).at(-1), {
        id: "17853950411249999",
        ts: "1785395041124999",
        price: "1.000000000000000001",
        size: "0.000000000000000001",
        side: "sell",
        fills: 1,
      });
      const [partition] =
        await sql`select to_regclass('partitions.trades_20260730')::text as name`;
      assert.equal(partition!.name, "partitions.trades_20260730");
    });

    await t.step("a Binance aggregate holds its executions", async () => {
      await sql`truncate trades`;
      const ask = {
        kind: "trades",
        venue: "binance",
        market: "BTCUSDT",
      } as const;
      const report = await take(
        sql,
        "agg.csv",
        `${AGG}\n7,1.5,2,11,14,1785395041124,true\n8,1.5,2,15,15,1785395041124,False\n`,
        ask,
      );
      assert.equal(report.added, 2, importText(report));
      assert.deepEqual(
        (await trades()).map((row) => [row.id, row.side, row.fills]),
        [["7", "sell", 4], ["8", "buy", 1]],
      );
      await assert.rejects(
        take(
          sql,
          "single.csv",
          "id,price,qty,time,is_buyer_maker\n1,1,1,1785395041124,true",
          ask,
        ),
        /aggTrades/,
      );
    });

    await t.step("an id that says something else is not taken", async () => {
      await sql`truncate trades`;
      const header = "id,ts,price,size,side";
      const rows = ["1,1785395041124,5,1,buy", "2,1785395041125,5,1,sell"];
      const ask = { kind: "trades" } as const;
      await take(sql, "t.csv", [header, ...rows].join("\n"), ask);
      const report = await take(
        sql,
        "t.csv",
        [
          header,
          rows[0],
          "2,1785362641125,5,1,sell",
          "3,1785395041126,5,0,buy",
          "4,1785395041126,5,1,both",
          "5,1785395041126,5,1,buy",
          "5,1785395041126,6,1,buy",
          "x,1785395041126,5,1,buy",
          "6,1785395041126,5,1,buy",
          "7,1785395041126,5,1,buy",
        ].join("\n"),
        ask,
      );
      assert.deepEqual(
        [report.added, report.unchanged, report.rejected],
        [3, 1, 5],
        importText(report),
      );
      assert.deepEqual((await trades()).map((row) => row.id), [
        "1",
        "2",
        "5",
        "6",
        "7",
      ]);
      const reasons = report.reasons.map((r) => r.reason).join("\n");
      for (
        const words of [
          /stored trade of its id says otherwise: time/,
          /size: a price or size is 0/,
          /both is no side/,
          /earlier row of the file says otherwise: price/,
          /"x" is not a 64-bit id/,
        ]
      ) {
        assert.match(reasons, words);
      }
    });
  });
});

Deno.test("many rows go through batch by batch", async () => {
  await withDatabase(async (sql) => {
    const rows = Array.from(
      { length: 12_000 },
      (_, i) => `${minute(i)},2,3,1,2,${i + 1}`,
    );
    rows.push(`${minute(0)},2,3,1,2,1`, `${minute(1)},2,3,1,2,1`);
    const seen: number[] = [];
    const report = await take(sql, "long.csv", [HEADER, ...rows].join("\n"), {
      onProgress: ({ rows }) => seen.push(rows),
    });
    assert.deepEqual(
      [report.added, report.unchanged, report.rejected, report.unordered],
      [12_000, 1, 1, 1],
    );
    assert.deepEqual(seen, [5000, 10_000]);
    assert.match(report.reasons[0]!.reason, /earlier row of the file/);
    const [c] = report.audit!.candles;
    assert.deepEqual([c!.rows, c!.missing], [12_000, 0]);
  });
});
