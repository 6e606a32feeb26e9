/** Charts' numbers as bytes, and columns from a mart. */
import assert from "node:assert/strict";
import { openDuckdb } from "../../analytics/lake/lake.ts";
import { drawn, noColumns, readColumns } from "../../notebooks/columns.ts";
import { JsonBytes } from "../../notebooks/json_bytes.ts";
import { digits, type Marts } from "../../notebooks/marts.ts";
import { randomFrom } from "../support/random.ts";

Deno.test("numbers as bytes are those that digits rounds, to the last one", () => {
  const random = randomFrom(8);
  const json = new JsonBytes();
  for (let round = 0; round < 400; round++) {
    const count = 3 + round % 10;
    const values = Float64Array.from({ length: 100 }, (_, i) => {
      const value = (random() - 0.5) * 10 ** (random() * 60 - 30);
      return [
        value,
        Math.round(value),
        Number(value.toPrecision(1 + i % 5)),
        Math.round(random() * 1e12) / 1e4,
        [NaN, Infinity, 0, -0, 1, -99999.5, 2147483648, 1e22, 5e-324][i % 9]!,
      ][i % 5]!;
    });
    json.clear();
    json.numbers(values, count);
    const text = new TextDecoder().decode(json.bytes);
    assert.deepEqual(
      (JSON.parse(text) as (number | null)[]).map((x) => x === 0 ? 0 : x),
      drawn(values, count),
      text,
    );
  }
  json.clear();
  json.text('{"이름":');
  json.numbers(new Float64Array(0), 3);
  json.text("}");
  assert.equal(new TextDecoder().decode(json.bytes), '{"이름":[]}');
});

Deno.test("columns: each value in its bar whatever the order of rows, unknown ones unknown", async () => {
  const data = await Deno.makeTempDir();
  const { connection, close } = await openDuckdb(data);
  try {
    await connection.run(`create schema marts; create table marts.bars as
      select 'v' as venue, market, make_timestamptz(minute * 60000000::bigint) as ts, value, mark from (values
        ('B', 12, 1.5, 'closed'), ('A', 11, 0.1, 'partial'), ('B', 10, null, 'no_trade'), ('B', 14, 'inf'::double, 'closed'),
        ('A', 9, 7, 'closed'), ('A', 15, 8, 'closed'), ('B', 11, 123456.789, 'partial')) t(market, minute, value, mark)`);
    const marts: Pick<Marts, "chunks"> = {
      chunks: async (sql) => await (await connection.run(sql)).fetchAllChunks(),
    };
    const about = {
      mart: "bars",
      where: "venue = 'v'",
      axis: { start: 10, step: 1, n: 5 },
      numbers: { value: 4 },
      marks: { state: { letter: "mark[1]", none: "u" } },
    };
    const found = await readColumns(marts as Marts, about);
    assert.deepEqual([...found.keys()].sort(), ["v-A", "v-B"]);
    const bars = (key: string) => {
      const { numbers, marks } = found.get(key) ?? noColumns(about);
      return [drawn(numbers.value!, 4), marks.state];
    };
    assert.deepEqual(bars("v-A"), [[null, 0.1, null, null, null], "upuuu"]);
    assert.deepEqual(bars("v-B"), [
      [null, digits(123456.789, 4), 1.5, null, null],
      "npcuc",
    ]);
    assert.deepEqual(bars("v-C"), [[null, null, null, null, null], "uuuuu"]);
  } finally {
    close();
    await Deno.remove(data, { recursive: true });
  }
});
