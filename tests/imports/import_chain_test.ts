/** From a file of trades to a page: candles, lake, marts, the pages' data. */
import assert from "node:assert/strict";
import { analyze } from "../../analytics/analyze.ts";
import { snapshot } from "../../analytics/snapshot.ts";
import { openDatabase } from "../../collector/database/client.ts";
import { ask, withData } from "../bench/fill_lake.ts";
import { stored, take } from "../support/import_files.ts";

const MINUTE = 60_000;
/** 18 November 2026, 22:00 UTC: the file goes on over midnight. */
const START = Date.UTC(2026, 10, 18, 22);
const MINUTES = 180;
/** Of this one there is no trade. */
const QUIET = 77;

/** Three trades in each minute but one, at prices that say which minute it is. */
const rows = (from: number, to: number) => {
  const list = ["id,timestamp,price,qty,side,symbol"];
  for (let minute = from; minute < to; minute++) {
    if (minute === QUIET) continue;
    const at = START + minute * MINUTE;
    for (const [i, price] of [1000, 1010, 990].entries()) {
      // The first and the last are of whole minutes: the span is what the file says of itself.
      const ms = at + (i === 0 ? 0 : i === 2 ? MINUTE - 1 : 30_000);
      list.push(
        `${9007199254740993n + BigInt(minute * 3 + i)},${ms},${
          price + minute
        }.5,0.5,${i % 2 ? "sell" : "buy"},BTC/KRW`,
      );
    }
  }
  return list.join("\n");
};

/** What a page's data loader gives. */
async function load(data: string, loader: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `notebooks/site/data/${loader}`, ...args],
    env: { CROWDTAPE_DATA: data, DATABASE_URL: "" },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("imported trades become candles, marts and pages", async () => {
  await withData(async (data) => {
    const options = { kind: "trades" } as const;
    const copy = async (file: string, text: string, complete: boolean) => {
      const database = await openDatabase({ data });
      const report = await take(database.sql, file, text, {
        ...options,
        complete,
      });
      const candles = await stored(database.sql);
      await snapshot({ data, database, today: "2026-11-20" });
      await database.close();
      await analyze({ data });
      return { report, candles };
    };
    const count = (table: string, where = "true") =>
      ask(data, `select count(*)::integer as n from ${table} where ${where}`)
        .then(([row]) => row!.n);

    // Half of it first, of which nobody says that it is all.
    const half = await copy("half.csv", rows(0, 60), false);
    assert.equal(half.report.candles, 60);
    assert.ok(
      half.candles.every(({ state, source }) =>
        state === "partial" && source === "trades"
      ),
    );
    assert.equal(await count("lake.trades"), 180);
    assert.equal(
      await count("marts.candles", "interval = '1m' and state = 'partial'"),
      60,
    );

    // Then the whole: what was seen in part is whole now, and days that the lake had are made anew.
    const { report, candles } = await copy("all.csv", rows(0, MINUTES), true);
    assert.deepEqual([report.added, report.complete], [
      (MINUTES - 61) * 3,
      true,
    ]);
    assert.equal(candles.length, MINUTES);
    assert.deepEqual(
      candles.filter(({ state }) => state !== "closed").map((
        c,
      ) => [c.s, c.state]),
      [
        [(START + QUIET * MINUTE) / 1000, "no_trade"],
        // A file cannot claim the time after its last trade.
        [(START + (MINUTES - 1) * MINUTE) / 1000, "partial"],
      ],
    );
    const first = candles[0]!;
    assert.deepEqual(
      [first.o, first.h, first.l, first.c, first.v, first.q, first.n],
      ["1000.5", "1010.5", "990.5", "990.5", "1.5", "1500.75", 3],
    );
    assert.deepEqual(
      await ask(
        data,
        `select trade_count::integer as trade_count, high, low from marts.candles
        where interval = '1h' and ts = '2026-11-18 23:00:00'`,
      ),
      [{ trade_count: 177, high: 1129.5, low: 1050.5 }],
    );
    assert.ok((await count("marts.indicators")) as number > 0);

    const market = await load(data, "market.json.ts");
    const [shown] = market.markets;
    assert.equal(shown.key, "upbit-KRW-BTC");
    assert.equal(shown.last, 990.5 + MINUTES - 1);
    assert.equal(
      market.lines["upbit-KRW-BTC"].filter((c: number | null) => c !== null)
        .length,
      MINUTES,
    );
    // The exact ids, beyond what a double holds.
    assert.equal(
      market.trades[0].id ?? market.trades[0][0],
      String(9007199254740993n + BigInt(MINUTES * 3 - 1)),
    );
    const coin = await load(
      data,
      "coin/[market].json.ts",
      "--market=upbit-KRW-BTC",
    );
    assert.match(JSON.stringify(coin), /1129\.5/);
  });
});
