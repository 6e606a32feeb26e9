import { DuckDBInstance } from "@duckdb/node-api";
import assert from "node:assert/strict";
import type postgres from "postgres";
import { audit } from "../collector/audit.ts";
import { openDatabase } from "../collector/database.ts";
import { CliError } from "../collector/errors.ts";
import { parseMapping } from "../collector/imports/columns.ts";
import {
  importFile,
  type ImportOptions,
  type ImportReport,
} from "../collector/imports/import_file.ts";
import { importText } from "../collector/imports/import_text.ts";
import { REAL, test } from "./needs.ts";
import { runTask } from "./run_task.ts";

const folder = await Deno.makeTempDir();
addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

type Asked = Partial<Omit<ImportOptions, "mapping">> & { columns?: string };

/** Writes a file and imports it; candles of upbit KRW-BTC unless said otherwise. */
async function take(
  sql: postgres.Sql | null,
  name: string,
  text: string | Uint8Array | null,
  { columns, ...more }: Asked = {},
): Promise<ImportReport> {
  const file = `${folder}/${name}`;
  if (typeof text === "string") await Deno.writeTextFile(file, text);
  else if (text) await Deno.writeFile(file, text);
  const kind = more.kind ?? "candles";
  return await importFile(sql, {
    file,
    venue: "upbit",
    market: "KRW-BTC",
    kind,
    interval: "1m",
    step: 60e6,
    replace: false,
    complete: false,
    mapping: parseMapping(columns, kind),
    ...more,
  });
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const zipped = new Blob([bytes]).stream().pipeThrough(
    new CompressionStream("gzip"),
  );
  return new Uint8Array(await new Response(zipped).arrayBuffer());
}

const encode = (text: string) => new TextEncoder().encode(text);

/** A Parquet file made of a query. */
async function parquet(name: string, query: string): Promise<string> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(
    `copy (${query}) to '${folder}/${name}' (format parquet)`,
  );
  connection.closeSync();
  instance.closeSync();
  return name;
}

async function withDatabase(
  run: (sql: postgres.Sql, data: string) => Promise<void>,
): Promise<void> {
  const data = await Deno.makeTempDir();
  const db = await openDatabase({ data });
  try {
    await run(db.sql, data);
  } finally {
    await db.close();
    await Deno.remove(data, { recursive: true });
  }
}

const T = 1509836520; // 2017-11-04T23:02:00Z
const minute = (n: number) => T + 60 * n;
const stored = async (sql: postgres.Sql) =>
  (await sql`
    select extract(epoch from ts)::int as s, open::text as o, high::text as h, low::text as l, close::text as c,
      volume::text as v, quote_volume::text as q, trade_count as n, state, source, revision
    from candles order by venue, market, interval, ts`).map((row) => ({
    ...row,
  }));

/** Two candles and a minute without trades. */
const BARS = [
  [minute(0), "1.5", "3", "1", "2", "10"],
  [minute(1), "2", "2", "2", "2", "0"],
  [
    minute(2),
    "2",
    "2.000000000000000001",
    "1.25",
    "1.5",
    "0.123456789012345678",
  ],
];
const EXPECTED = [
  {
    s: minute(0),
    o: "1.5",
    h: "3",
    l: "1",
    c: "2",
    v: "10",
    q: null,
    n: null,
    state: "closed",
    source: "venue",
    revision: 0,
  },
  {
    s: minute(1),
    o: "2",
    h: "2",
    l: "2",
    c: "2",
    v: "0",
    q: "0",
    n: 0,
    state: "no_trade",
    source: "venue",
    revision: 0,
  },
  {
    s: minute(2),
    o: "2",
    h: "2.000000000000000001",
    l: "1.25",
    c: "1.5",
    v: "0.123456789012345678",
    q: null,
    n: null,
    state: "closed",
    source: "venue",
    revision: 0,
  },
];
const HEADER = "time,open,high,low,close,volume";
const iso = (s: number) => new Date(s * 1000).toISOString();
const ROWS = BARS.map(([ts, ...rest]) => [ts, ...rest].join(",")).join("\n");

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

Deno.test("every format gives the same rows", async (t) => {
  const cells = (row: (string | number)[]) =>
    `[${row[0]}, ${row.slice(1).join(", ")}]`;
  const object = (row: (string | number)[]) =>
    JSON.stringify(
      Object.fromEntries(HEADER.split(",").map((name, i) => [name, row[i]])),
    );
  const ms = (row: (string | number)[]) => [`${row[0]}000`, ...row.slice(1)];
  const files: Record<string, [text: string, more?: Asked]> = {
    "plain.csv": [`${HEADER}\n${ROWS}\n`],
    "bom-crlf.csv": [`\uFEFF${HEADER}\r\n${ROWS.replaceAll("\n", "\r\n")}`],
    "semicolons.csv": [`${HEADER}\n${ROWS}`.replaceAll(",", ";")],
    "tabs.tsv": [`${HEADER}\n${ROWS}`.replaceAll(",", "\t")],
    "quoted.csv": [
      `"Open Time","Open","High","Low","Close","Volume","a ""note"""\n` +
      BARS.map((row) => [...row, "x, y"].map((c) => `"${c}"`).join(","))
        .join("\n"),
    ],
    "headerless.csv": [ROWS],
    "titled.csv": [`https://example.org/data\n${HEADER}\n${ROWS}`],
    "mapped.csv": [
      `${HEADER}\n${ROWS}`.replace(HEADER, "when,first,top,bottom,last,base"),
      {
        columns:
          "ts=when,open=first,high=top,low=bottom,close=last,volume=base",
      },
    ],
    "moved.csv": [
      BARS.map(([ts, o, h, l, c, v]) => [v, c, l, h, o, ts].join(",")).join(
        "\n",
      ),
      { columns: "ts=6,open=5,high=4,low=3,close=2,volume=1" },
    ],
    "binance.csv": [
      BARS.map((row) => [...ms(row), "0", "", "", "0", "0", "0"].join(","))
        .join("\n"),
    ],
    "milliseconds.csv": [
      `${HEADER}\n${BARS.map((row) => ms(row).join(",")).join("\n")}`,
    ],
    "nanoseconds.csv": [
      `${HEADER}\n${
        BARS.map(([ts, ...rest]) => [`${ts}000000000`, ...rest].join(","))
          .join("\n")
      }`,
    ],
    "iso.csv": [
      `${HEADER}\n${
        BARS.map(([ts, ...rest]) => [iso(Number(ts)), ...rest].join(","))
          .join("\n")
      }`,
    ],
    "seoul.csv": [
      `${HEADER}\n${
        BARS.map(([ts, ...rest]) =>
          [
            iso(Number(ts) + 9 * 3600).slice(0, 19).replace("T", " "),
            ...rest,
          ].join(",")
        ).join("\n")
      }`,
      { zone: "Asia/Seoul" },
    ],
    "kst.csv": [
      `candle_date_time_kst,opening_price,high_price,low_price,trade_price,timestamp,candle_acc_trade_volume\n${
        BARS.map(([ts, o, h, l, c, v]) =>
          [iso(Number(ts) + 9 * 3600).slice(0, 19), o, h, l, c, "1", v].join(
            ",",
          )
        ).join("\n")
      }`,
    ],
    "arrays.json": [`[${BARS.map(ms).map(cells).join(",\n")}]`],
    "objects.json": [`[\n${BARS.map(ms).map(object).join(",")}\n]\n`],
    "objects.jsonl": [BARS.map(ms).map(object).join("\n")],
    "arrays.jsonl": [BARS.map(ms).map(cells).join("\n\n")],
  };
  await withDatabase(async (sql) => {
    for (const [name, [text, more]] of Object.entries(files)) {
      await t.step(name, async () => {
        await sql`truncate candles`;
        const report = await take(sql, name, text, more);
        assert.equal(report.added, 3, importText(report));
        assert.deepEqual(await stored(sql), EXPECTED);
        const zipped = `${name}.gz`;
        const again = await take(sql, zipped, await gzip(encode(text)), more);
        assert.deepEqual([again.added, again.unchanged], [0, 3]);
        assert.equal(again.format, report.format);
      });
    }
    await t.step("Parquet, with decimals, doubles and times", async () => {
      const values = BARS.map(([ts, o, h, l, c, v]) =>
        `(to_timestamp(${ts}), ${o}::double, ${h}::decimal(38,18), ${l}::float, ${c}::decimal(10,4), ${v}::decimal(38,18), ${ts}::bigint)`
      ).join(", ");
      const rows =
        `from (values ${values}) as t (time, open, high, low, close, volume, s)`;
      const forms: [string, string, Asked?][] = [
        ["zoned", "time"],
        ["naive", "time at time zone 'UTC' as time", { zone: "UTC" }],
        ["whole", "s * 1000000 as time"],
      ];
      for (const [form, time, more] of forms) {
        await sql`truncate candles`;
        const name = await parquet(
          `${form}.parquet`,
          `select ${time}, open, high, low, close, volume ${rows}`,
        );
        assert.equal((await take(sql, name, null, more)).added, 3);
        assert.deepEqual(await stored(sql), EXPECTED);
        const bytes = await Deno.readFile(`${folder}/${name}`);
        const zipped = await take(
          sql,
          `${name}.gz`,
          await gzip(bytes),
          more,
        );
        assert.deepEqual([zipped.format, zipped.unchanged], ["Parquet", 3]);
      }
      await assert.rejects(take(sql, "naive.parquet", null), /--zone UTC/);
    });
  });
});

Deno.test("candles that cannot be are rejected with line and reason", async () => {
  await withDatabase(async (sql) => {
    const good = Array.from(
      { length: 12 },
      (_, i) => `${minute(i)},2,3,1,2,5`,
    );
    const bad = [
      [`${minute(20)},4,3,1,2,5`, /line 14: .*open 4 is not between low 1/],
      [`${minute(21)},2,3,1,0.5,5`, /close 0.5 is not between/],
      [`${minute(22)},2,3,1,2,-5`, /volume: -5 is not above zero/],
      [`${minute(23)},0,3,0,2,5`, /open: 0 is not above zero/],
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
      [`${minute(28)},2,3,1,2,0.1234567890123456789`, /18 behind the point/],
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
          /size: 0 is not above zero/,
          /both is no side/,
          /earlier row of the file says otherwise: price/,
          /"x" is not a 64-bit id/,
        ]
      ) {
        assert.match(reasons, words);
      }
    });

    await t.step("the ledger claims only what the user says", async () => {
      await sql`truncate trades, observed`;
      const text =
        "id,ts,price,size,side\n1,1785395041124,5,1,buy\n2,1785395101124,5,1,buy";
      const ask = { kind: "trades" } as const;
      const silent = await take(sql, "t.csv", text, ask);
      assert.equal(silent.audit, null);
      assert.match(importText(silent), /makes no claim .* --complete/s);
      for (let twice = 0; twice < 2; twice++) {
        const said = await take(sql, "t.csv", text, { ...ask, complete: true });
        assert.ok(said.complete);
        const [stream] = said.audit!.streams;
        assert.ok(
          stream!.seconds.observed >= 60 && stream!.percent.observed > 99,
        );
      }
      assert.equal((await sql`select from observed`).length, 1);
      const { streams } = await audit(sql, {
        from: 1785395041124,
        to: 1785395161124,
        channel: "trade",
      });
      assert.deepEqual([
        streams[0]!.seconds.observed,
        streams[0]!.seconds.unknown,
      ], [60, 60]);
      const holed = await take(
        sql,
        "holed.csv",
        `${text}\n3,1785395201124,5,0,buy\n4,1785395301124,5,1,buy`,
        { ...ask, complete: true },
      );
      assert.deepEqual([holed.complete, holed.rejected], [false, 1]);
      assert.equal((await sql`select from observed`).length, 1);
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

Deno.test("a wrong file is refused in one sentence, before anything is written", async (t) => {
  const wrong: [
    name: string,
    text: string | Uint8Array,
    words: RegExp,
    more?: Asked,
  ][] = [
    ["empty.csv", "", /is empty/],
    ["blank.csv", "\n \n", /holds no rows/],
    ["header.csv", `${HEADER}\n`, /holds no rows/],
    ["none.json", "[]", /holds no rows/],
    [
      "page.json",
      '{"result":"ok","chart":[\n]}',
      /No row .*line 1: .*one object a line/,
    ],
    ["binary.bin", new Uint8Array([0, 1, 2, 3, 0, 0]), /none of CSV, JSON/],
    [
      "latin.csv",
      new Uint8Array([0x74, 0x2c, 0xb0, 0x0a, 0x31, 0x2c, 0x32]),
      /UTF-8/,
    ],
    [
      "broken.csv.gz",
      new Uint8Array([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 99]),
      /broken gzip/,
    ],
    ["fake.parquet", encode("PAR1 and no more"), /cannot be read as Parquet/],
    [
      "names.csv",
      "a,b\nx,y",
      /no column that is known as ts, open.*it has a, b.*--columns ts=NAME/,
    ],
    [
      "naive.csv",
      `${HEADER}\n2026-11-20 00:00:00,1,1,1,1,1`,
      /--zone UTC or --zone Asia\/Seoul/,
    ],
    [
      "unit.csv",
      `${HEADER}\n20261120,1,1,1,1,1`,
      /--time-unit s, ms, us or ns/,
    ],
    [
      "units.csv",
      `${HEADER}\n${T},1,1,1,1,1\n${T}000,1,1,1,1,1`,
      /s or ms\. Say which with --time-unit/,
    ],
    ["words.csv", `${HEADER}\nsoon,1,1,1,1,1`, /holds no times/],
    [
      "order.csv",
      [0, 1, 2].map((i) => `${minute(i)},1,3,2,2,5`).join("\n"),
      /are no candles; line 1: the open 1 is not between/,
    ],
    [
      "hourly.csv",
      [0, 60, 120].map((i) => `${minute(i)},2,3,1,2,5`).join("\n"),
      /60 minutes apart, not 1m.*--interval/,
    ],
    [
      "mapped.csv",
      `${HEADER}\n${ROWS}`,
      /no column "when"; it has time, open/,
      { columns: "ts=when" },
    ],
    ["zoneless.csv", `${HEADER}\n${ROWS}`, /--zone wants UTC or a name/, {
      zone: "KST9",
    }],
    [
      "idless.csv",
      "time,price,size,side\n1785395041124,1,1,buy",
      /no column of trade ids.*--columns id=/,
      { kind: "trades" },
    ],
    [
      "sideless.csv",
      "id,time,price,size\n1,1785395041124,1,1",
      /which side took/,
      { kind: "trades" },
    ],
    ["cut.json", `[[${T}, 2, 3, 1, 2, 5`, /ends in the middle/],
  ];
  await withDatabase(async (sql, data) => {
    for (const [name, text, words, more] of wrong) {
      await t.step(name, async () => {
        await assert.rejects(take(sql, name, text, more), (error) => {
          assert.ok(error instanceof CliError, String(error));
          assert.match(error.message, words);
          assert.ok(!error.message.includes("\n"), error.message);
          return true;
        });
        assert.equal((await sql`select from candles`).length, 0);
        assert.equal((await sql`select from rejects`).length, 0);
      });
    }
    await t.step("the task ends with 1 and one line", async () => {
      await Deno.writeTextFile(`${folder}/ok.csv`, `${HEADER}\n${ROWS}`);
      const ok = ["--venue=upbit", "--market=KRW-BTC", "--kind=candles"];
      const run = (...args: string[]) =>
        runTask(["import", ...args], { CROWDTAPE_DATA: data });
      const asked: [string[], RegExp][] = [
        [[`${folder}/nowhere.csv`, ...ok], /There is no file/],
        [[folder, ...ok], /is not a file/],
        [ok, /Name one file/],
        [[`${folder}/ok.csv`], /--venue wants/],
        [
          [`${folder}/ok.csv`, ...ok.slice(0, 2), "--kind=books"],
          /candles or trades, not "books"/,
        ],
        [[`${folder}/ok.csv`, ...ok, "--interval=7m"], /divide a day/],
        [
          [`${folder}/ok.csv`, ...ok, "--columns=open"],
          /--columns wants pairs/,
        ],
        [[`${folder}/ok.csv`, ...ok, "--zone=KST9"], /--zone wants/],
      ];
      for (const [args, words] of asked) {
        const { code, err } = await run(...args);
        assert.equal(code, 1, args.join(" "));
        assert.match(err, words);
        assert.equal(err.trim().split("\n").length, 1, err);
      }
      const dry = await run(`${folder}/ok.csv`, ...ok, "--dry-run");
      assert.equal(dry.code, 0, dry.err);
      assert.match(dry.out, /checked only: 3 rows are good/);
      assert.equal((await sql`select from candles`).length, 0);
      const done = await run(`${folder}/ok.csv`, ...ok, "--json");
      const report = JSON.parse(done.out);
      assert.deepEqual([report.added, report.audit.candles[0].rows], [3, 3]);
    });
  });
});

Deno.test("clocks that are put back are not guessed", async () => {
  const at = (time: string) => `${time},2,3,1,2,5`;
  const report = await take(
    null,
    "dst.csv",
    [
      HEADER,
      ...["00:58", "00:59", "01:00", "02:00", "02:01"].map((t) =>
        at(`2026-11-01 ${t}:00`)
      ),
    ].join("\n"),
    { zone: "America/New_York" },
  );
  assert.deepEqual([report.good, report.rejected], [4, 1]);
  assert.match(report.reasons[0]!.reason, /skipped or repeated by the clocks/);
  assert.equal(report.from, "2026-11-01T04:58:00.000Z");
  assert.equal(report.to, "2026-11-01T07:01:00.000Z");
});
