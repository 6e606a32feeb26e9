import assert from "node:assert/strict";
import { openDatabase } from "../../collector/database/client.ts";
import {
  asCsv,
  asJson,
  asTable,
  widthOf,
} from "../../analytics/shell/results.ts";
import { fillLake } from "../bench/fill_lake.ts";
import { emptyData } from "../support/empty_database.ts";
import { runTask } from "../support/run_task.ts";

const answer = {
  columns: ["id", "title", "note"],
  rows: [["9007199254740993", "비트 떡상 간다 가즈아", null], ["2", "", "a,b"]],
  more: false,
};

Deno.test("an answer as a table fits the screen, and says what it leaves out", () => {
  for (const width of [20, 30, 60, 200]) {
    const text = asTable(answer, width);
    const lines = text.split("\n").slice(0, -1);
    for (const line of lines) assert.ok(widthOf(line) <= width, line);
    const said = text.split("\n").at(-1)!;
    assert.match(said, width < 30 ? /^2 rows; not shown: .*note$/ : /^2 rows/);
  }
  assert.match(asTable(answer, 200), /^9007199254740993 {2}비트 떡상/m);
  assert.equal(
    asTable({ columns: ["a"], rows: [["1"]], more: true }, 80).split("\n").at(
      -1,
    ),
    "the first 1 rows",
  );
});

Deno.test("as CSV and JSON nothing is lost: NULL, an empty text, commas, digits", () => {
  assert.equal(
    asCsv(answer),
    'id,title,note\n9007199254740993,비트 떡상 간다 가즈아,\n2,"","a,b"',
  );
  assert.deepEqual(JSON.parse(asJson(answer))[0], {
    id: "9007199254740993",
    title: "비트 떡상 간다 가즈아",
    note: null,
  });
});

Deno.test("the task: lake and database by the same names, read unless asked to write", async (t) => {
  const data = await emptyData();
  const sql = (...args: string[]) =>
    runTask(["sql", ...args], { CROWDTAPE_DATA: data });
  try {
    const trade =
      `'upbit' as venue, 'KRW-BTC' as market, 9007199254740993 as trade_id, timestamptz '2026-11-20 10:00:00.123456+00' as ts,
       0.1 as price, 2 as size, 'buy' as side, now() as received_at`;
    await fillLake(data, "trades", `select ${trade}, 1 as written`);
    const database = await openDatabase({ data });
    await database
      .sql`select ensure_day_partitions('trades', '2026-11-20', '2026-11-20')`;
    await database.sql.unsafe(
      `insert into trades (venue, market, trade_id, ts, price, size, side, received_at) select ${trade}`,
    );
    await database.close();
    const query = "select trade_id, ts from trades";
    for (const where of [[], ["--database"]]) {
      await t.step(where.join() || "lake", async () => {
        const { code, out, err } = await sql(...where, "--csv", "-c", query);
        assert.equal(code, 0, err);
        assert.equal(
          out,
          "trade_id,ts\n9007199254740993,2026-11-20 10:00:00.123456+00\n",
        );
        const json = await sql(
          ...where,
          "--json",
          "-c",
          "select 0.1 as x, null as y",
        );
        assert.deepEqual(JSON.parse(json.out), [{ x: "0.1", y: null }]);
        const many = await sql(
          ...where,
          "--rows",
          "3",
          "-c",
          "select * from generate_series(1, 9)",
        );
        assert.match(many.out, /\nthe first 3 rows\n$/);
        const change = await sql(
          ...where,
          "-c",
          "create table x as select 1 as a",
        );
        assert.equal(change.code, 1);
        assert.match(change.err, /^error: This session only reads\. .*--write/);
        const wrong = await sql(...where, "-c", "select nothing from trades");
        assert.equal(wrong.code, 1);
        assert.match(wrong.err, /^error: .*nothing/);
      });
    }
    await t.step("a transaction cannot be made a writing one", async () => {
      for (
        const text of ["set transaction read write", "delete from trades"]
      ) {
        const { code, err } = await sql("--database", "-c", text);
        assert.equal(code, 1, text);
        assert.match(err, /only reads/);
      }
      const { out } = await sql(
        "--database",
        "--csv",
        "-c",
        "select count(*) from trades",
      );
      assert.equal(out, "count\n1\n");
      const copy = await sql("-c", `copy (select 1) to '${data}/out.csv'`);
      assert.match(copy.err, /only reads/);
    });
    await t.step("with --write the database changes", async () => {
      const { code, err } = await sql(
        "--database",
        "--write",
        "-c",
        "delete from trades",
      );
      assert.equal(code, 0, err);
      const { out } = await sql(
        "--database",
        "--csv",
        "-c",
        "select count(*) from trades",
      );
      assert.equal(out, "count\n0\n");
    });
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});
