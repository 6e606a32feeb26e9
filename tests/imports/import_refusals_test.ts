import assert from "node:assert/strict";
import { CliError } from "../../collector/cli/errors.ts";
import {
  type Asked,
  encode,
  folder,
  HEADER,
  minute,
  ROWS,
  T,
  take,
  withDatabase,
} from "../support/import_files.ts";
import { runTask } from "../support/run_task.ts";

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
    ...["KRW-ETH", "BTC/USDT", "ETH/KRW", "KRW-BTCUP"].map((
      market,
      i,
    ): [string, string, RegExp] => [
      `market${i}.csv`,
      `${HEADER},symbol\n${
        ROWS.split("\n").map((row) => `${row},${market}`).join("\n")
      }`,
      /is not what was named; line 2: it is of the market \S+, not of KRW-BTC\. Name its own/,
    ]),
    [
      "venue.csv",
      `${HEADER},exchange\n${
        ROWS.split("\n").map((row) => `${row},Bithumb`).join("\n")
      }`,
      /line 2: it is of the venue Bithumb, not of upbit/,
    ],
    [
      "trades.json",
      '[{"id":1,"price":1,"qty":1,"side":"buy","timestamp":1785395041124,"market":"KRW-ETH"}]',
      /row 1: it is of the market KRW-ETH/,
      { kind: "trades" },
    ],
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
