import assert from "node:assert/strict";
import { importText } from "../../collector/imports/import_text.ts";
import {
  type Asked,
  BARS,
  encode,
  EXPECTED,
  folder,
  gzip,
  HEADER,
  iso,
  parquet,
  ROWS,
  stored,
  take,
  withDatabase,
} from "../support/import_files.ts";

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

Deno.test("a gzip of several members is read to its end", async () => {
  const [header, ...rows] = [HEADER, ...ROWS.split("\n")];
  const lines = [header, ...rows].map((line) => encode(`${line}\n`));
  const members = await Promise.all(lines.map(gzip));
  const joined = (...parts: Uint8Array[]) =>
    new Uint8Array(parts.flatMap((part) => [...part]));
  await withDatabase(async (sql) => {
    const report = await take(sql, "members.csv.gz", joined(...members));
    assert.deepEqual([report.rows, report.added], [rows.length, rows.length]);
    // Padded with zeros, as tapes are; and one that is cut off in its second member.
    const padded = joined(...members, new Uint8Array(512));
    const again = await take(sql, "padded.csv.gz", padded);
    assert.equal(again.unchanged, rows.length);
    await assert.rejects(
      take(sql, "cut.csv.gz", joined(...members).slice(0, -6)),
      /is a broken gzip file/,
    );
  });
});

Deno.test("a column that says the market may spell it otherwise; a row of another is a reject", async () => {
  await withDatabase(async (sql) => {
    const spelt = ["KRW-BTC", "krw_btc", "KRWBTC", "BTC/KRW"];
    for (const [i, market] of spelt.entries()) {
      const text = `${HEADER},Symbol,venue\n${
        ROWS.split("\n").map((row) => `${row},${market},Upbit`).join("\n")
      }`;
      const report = await take(sql, `spelt${i}.csv`, text);
      assert.equal(report.good, 3, market);
    }
    const mixed = await take(
      sql,
      "mixed.csv",
      `${HEADER},symbol\n${
        ROWS.split("\n").map((row, i) =>
          `${row},${i === 1 ? "KRW-ETH" : "KRW-BTC"}`
        )
          .join("\n")
      }`,
    );
    assert.deepEqual([mixed.good, mixed.rejected], [2, 1]);
    const [reject] = await sql`select place, reason from rejects`;
    assert.match(reject!.place, /mixed\.csv:3$/);
    assert.equal(
      reject!.reason,
      "it is of the market KRW-ETH, not of KRW-BTC",
    );
  });
});
