import assert from "node:assert/strict";
import { analyze } from "../../analytics/analyze.ts";
import { snapshot } from "../../analytics/snapshot.ts";
import { audit } from "../../collector/audit/report.ts";
import { openDatabase } from "../../collector/database/client.ts";
import { CliError } from "../../collector/cli/errors.ts";
import { ask, withData } from "../bench/fill_lake.ts";
import {
  folder,
  HEADER,
  parquet,
  ROWS,
  take,
} from "../support/import_files.ts";
import { test } from "../support/requirements.ts";
import { startPostgres } from "../support/postgres_server.ts";
import { randomFrom } from "../support/random.ts";
import { runTask } from "../support/run_task.ts";
import { putDatabase } from "../support/empty_database.ts";

Deno.test("a volume that a file does not say is unknown up to the marts", async () => {
  await withData(async (data) => {
    const database = await openDatabase({ data: await putDatabase(data) });
    const start = Date.UTC(2026, 10, 18, 12);
    const row = (minute: number, quote: string) =>
      `${start + minute * 60_000},2,3,1,2,5,${quote}`;
    const header = `${HEADER},quote_volume`;
    const minutes = Array.from({ length: 10 }, (_, i) => i);
    // The first five minutes say it, of the others one does not.
    const rows = minutes.map((i) => row(i, i === 7 ? "" : "10.5"));
    const report = await take(
      database.sql,
      "quoted.csv",
      [header, ...rows].join("\n"),
    );
    assert.equal(report.added, 10);
    await snapshot({ data, database, today: "2026-11-19" });
    await database.close();
    await analyze({ data, only: "overview" });
    assert.deepEqual(
      await ask(
        data,
        `select interval, volume, quote_volume from marts.candles
        where interval = '5m' or quote_volume is null and interval = '1m' order by interval, ts`,
      ),
      [
        { interval: "1m", volume: 5, quote_volume: null },
        { interval: "5m", volume: 25, quote_volume: 52.5 },
        { interval: "5m", volume: 25, quote_volume: null },
      ],
    );
    assert.deepEqual(
      await ask(
        data,
        "select volume_24h, quote_volume_24h from marts.overview",
      ),
      [{ volume_24h: 50, quote_volume_24h: null }],
    );
  });
});

test(
  "on a PostgreSQL: imported, imported again, audited",
  ["postgres"],
  async () => {
    const server = await startPostgres();
    const database = await openDatabase({ url: server.url });
    try {
      const { sql } = database;
      const first = await take(sql, "a.csv", `${HEADER}\n${ROWS}`);
      const again = await take(sql, "a.csv", `${HEADER}\n${ROWS}`);
      assert.deepEqual([first.added, again.added, again.unchanged], [3, 0, 3]);
      const hours = await take(
        sql,
        "hours.csv",
        `${HEADER}\n${
          [0, 1, 3].map((h) => `${1509836400 + h * 3600},2,3,1,2,5`).join("\n")
        }`,
        { interval: "1h", step: 3600e6 },
      );
      assert.equal(hours.audit!.candles[0]!.missing, 1);
      const trades = await take(
        sql,
        "t.csv",
        "id,ts,price,size,side\n1,1785395041124,5,1,buy\n2,1785395101124,5,1,buy",
        { kind: "trades", complete: true },
      );
      assert.ok(trades.audit!.streams[0]!.percent.observed > 99);
      const { candles } = await audit(sql, { channel: "candle" });
      assert.deepEqual(candles.map((c) => [c.interval, c.rows, c.missing]), [
        ["1h", 3, 1],
        // Made of the two trades, each of its own minute.
        ["1m", 2, 0],
        ["1m", 3, 0],
      ]);
    } finally {
      await database.close();
      await server.stop();
    }
  },
);

Deno.test("the task may read Parquet with the permissions that it has", async () => {
  const name = await parquet(
    "task.parquet",
    "select 1509836520::bigint as time, 1 as open, 2 as high, 1 as low, 2 as close, 1.5::decimal(38,18) as volume",
  );
  const { code, out, err } = await runTask([
    "import",
    `${folder}/${name}`,
    "--venue=upbit",
    "--market=KRW-BTC",
    "--kind=candles",
    "--dry-run",
  ]);
  assert.equal(code, 0, err);
  assert.match(out, /\(Parquet\).*1 rows are good/s);
});

Deno.test("a broken file gives rejects or one sentence, never a crash", async () => {
  const random = randomFrom(9);
  const pick = <T>(list: T[]) => list[Math.floor(random() * list.length)]!;
  const encode = new TextEncoder();
  const whole = [
    `${HEADER}\n${ROWS}`,
    `[[1509836520,2,3,1,2,5],[1509836580,2,3,1,2,5]]`,
    '[{"time":1509836520,"open":2,"high":3,"low":1,"close":2,"volume":5}]',
    '{"time":1509836520,"open":2,"high":3,"low":1,"close":2,"volume":5}\n',
  ].map((text) => encode.encode(text));
  const told = new Set<string>();
  for (let i = 0; i < 600; i++) {
    let bytes = [...pick(whole)];
    for (let cuts = 1 + Math.floor(random() * 4); cuts > 0; cuts--) {
      const at = Math.floor(random() * bytes.length);
      switch (Math.floor(random() * 4)) {
        case 0:
          bytes[at] = Math.floor(random() * 256);
          break;
        case 1:
          bytes.splice(at, 1 + Math.floor(random() * 20));
          break;
        case 2:
          bytes.splice(
            at,
            0,
            ...encode.encode(
              pick(['"', ",", "\n", "[", "]", "{", "e99", "\0", "-", "null"]),
            ),
          );
          break;
        default:
          bytes = bytes.slice(0, at + 1);
      }
    }
    try {
      const report = await take(null, "fuzz", new Uint8Array(bytes));
      assert.equal(report.rows, report.good + report.rejected);
      told.add("report");
    } catch (error) {
      assert.ok(
        error instanceof CliError,
        `${(error as Error).stack}\n${
          new TextDecoder().decode(new Uint8Array(bytes))
        }`,
      );
      assert.ok(!/[\n\0]/.test(error.message), error.message);
      told.add("sentence");
    }
  }
  assert.equal(told.size, 2);
});
