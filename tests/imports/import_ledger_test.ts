import assert from "node:assert/strict";
import { audit } from "../../collector/audit.ts";
import { rejectRises } from "../../collector/api/health.ts";
import { importText } from "../../collector/imports/import_text.ts";
import { writeLedger } from "../../collector/store/ledger.ts";
import { take, withDatabase } from "../support/import_files.ts";

const ID = "00000000-0000-4000-8000-00000000000a";

Deno.test("what an import says to the ledger", async (t) => {
  await withDatabase(async (sql) => {
    await t.step("the ledger claims only what the user says", async () => {
      const text =
        "id,ts,price,size,side\n1,1785395041124,5,1,buy\n2,1785395101124,5,1,buy";
      const ask = { kind: "trades" } as const;
      const silent = await take(sql, "t.csv", text, ask);
      // What came in is said, and that nobody says it is all.
      assert.deepEqual(silent.audit!.streams.map((s) => s.percent.unknown), [
        100,
      ]);
      const [came] = silent.audit!.imports;
      assert.deepEqual(
        [came!.file, came!.rows, came!.first_id, came!.last_id, came!.complete],
        ["t.csv", 2, "1", "2", false],
      );
      const words = importText(silent);
      assert.match(words, /2 candles were made of them/);
      assert.match(words, /\n\nunknown: 100 % of upbit KRW-BTC trade\n/);
      assert.match(
        words,
        /trades from t\.csv, .*: 2 rows, ids 1 to 2, nobody says that they are all/,
      );
      assert.match(words, /makes no claim .* --complete/s);
      // The audit says so by itself too, whatever it is asked.
      for (const scope of [{}, { channel: "trade" }, { venue: "upbit" }]) {
        const report = await audit(sql, scope);
        assert.equal(report.imports[0]!.rows, 2);
        assert.equal(report.streams[0]!.percent.unknown, 100);
      }
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

    await t.step("gaps in the span of a whole file are closed", async () => {
      await sql`truncate trades, observed, gaps`;
      const gap = (from: number, to: number | null, state: string) =>
        sql`insert into gaps (venue, market, channel, from_ts, to_ts, reason, state)
          values ('upbit', 'KRW-BTC', 'trade', ${new Date(from)}, ${
          to && new Date(to)
        }, 'cut', ${state})`;
      const T = 1785395041000;
      await gap(T + 1000, T + 2000, "unrecoverable");
      await gap(T + 3000, T + 4000, "open");
      await gap(T - 5000, T + 500, "open");
      await gap(T + 5000, null, "open");
      const rows = [0, 6000].map((ms, i) => `${i},${T + ms},5,1,buy`);
      const text = `id,ts,price,size,side\n${rows.join("\n")}`;
      const report = await take(sql, "whole.csv", text, {
        kind: "trades",
        complete: true,
      });
      assert.equal(report.gaps_closed, 2);
      assert.match(importText(report), /counts as observed; 2 gaps closed/);
      const states = await sql`select state, note from gaps order by gap_id`;
      assert.deepEqual(states.map((row) => row.state), [
        "repaired",
        "repaired",
        "open",
        "open",
      ]);
    });

    await t.step(
      "the time from a file's end to the first socket is no gap",
      async () => {
        await sql`truncate gaps`;
        await writeLedger(sql, ID, [{
          kind: "begin",
          span: ID,
          venue: "upbit",
          markets: ["KRW-BTC"],
          channels: ["trade"],
          from: Date.UTC(2026, 10, 20) * 1000,
          reason: "nothing was collected",
        }]);
        assert.equal((await sql`select from gaps`).length, 0);
        const { streams } = await audit(sql, {
          from: 1785395041000,
          to: Date.UTC(2026, 10, 20),
        });
        assert.ok(streams[0]!.percent.unknown > 99);
        assert.equal(streams[0]!.seconds.open, 0);
      },
    );

    await t.step("a bad file alarms nobody about a feed", async () => {
      // Every other one is of size 0.
      const rows = Array.from(
        { length: 500 },
        (_, i) => `${i + 10},${1785395041000 + i},5,${i % 2},buy`,
      );
      const report = await take(
        sql,
        "bad.csv",
        `id,ts,price,size,side\n${rows.join("\n")}`,
        { kind: "trades" },
      );
      assert.equal(report.rejected, 250);
      assert.deepEqual(await rejectRises(sql), []);
      // As many from a venue would.
      await sql`update rejects set source = 'upbit'`;
      assert.equal((await rejectRises(sql)).length, 1);
    });

    await t.step(
      "a file with holes in ids that have none is not whole",
      async () => {
        const header =
          "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker";
        const row = (id: number) =>
          `${id},1,1,${id},${id},${1785395041000 + id},true`;
        const ask = {
          kind: "trades",
          venue: "binance",
          market: "BTCUSDT",
          complete: true,
        } as const;
        const text = (ids: number[]) => [header, ...ids.map(row)].join("\n");
        const holed = await take(sql, "holed.csv", text([1, 2, 5]), ask);
        assert.equal(holed.complete, false);
        assert.match(
          importText(holed),
          /not entered: 2 ids between 1 and 5 are missing/,
        );
        const whole = await take(sql, "whole.csv", text([1, 2, 3, 4, 5]), ask);
        assert.deepEqual([whole.complete, whole.added], [true, 2]);
      },
    );
  });
});
