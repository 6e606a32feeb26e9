import assert from "node:assert/strict";
import {
  type CandleDeps,
  compareCandles,
  fetchMissingCandles,
  reviseCandles,
  staleCandles,
} from "../../collector/candles/candles.ts";
import { openDatabase } from "../../collector/database/client.ts";
import type { Candle, Trade } from "../../collector/model/events.ts";
import { Rest } from "../../collector/net/rest.ts";
import { Store } from "../../collector/store/store.ts";
import { startSandbox } from "../../collector/sandbox/sandbox.ts";
import { upbit } from "../../collector/venues/upbit.ts";
import { emptyData } from "../support/empty_database.ts";
import { MINUTE } from "../../collector/model/time.ts";

Deno.test("candles: fetched where missing, compared, made anew", async (t) => {
  const data = await emptyData();
  const db = await openDatabase({ data });
  const { sql } = db;
  const store = new Store(sql);
  const sandbox = await startSandbox({ days: 1 });
  const stop = new AbortController();
  const asked: string[] = [];
  const client = new Rest(upbit, { signal: stop.signal });
  const get = client.get.bind(client);
  client.get = (url) => {
    asked.push(url);
    return get(url);
  };
  const deps: CandleDeps = {
    venue: upbit,
    rest: sandbox.upbit.rest,
    client,
    sql,
    store,
    signal: stop.signal,
    now: () => Date.now() * 1000,
    log: () => {},
  };
  const from = Date.now() * 1000 - 600 * MINUTE;
  const stored = async () => {
    await store.flush();
    return [
      ...await sql<
        {
          ts: string;
          state: string;
          trade_count: number | null;
          close: string;
        }[]
      >`
      select (extract(epoch from ts) * 1e6)::bigint as ts, state, trade_count, close::text from candles
      where source = 'venue' and market = 'KRW-XRP' order by ts`,
    ];
  };

  await t.step(
    "every minute of the span has a row, those without trades too",
    async () => {
      await fetchMissingCandles("KRW-XRP", from, deps);
      const rows = await stored();
      assert.ok(
        rows.length >= 597 && rows.length <= 600,
        `${rows.length} rows`,
      );
      for (const [i, row] of rows.entries()) {
        if (i > 0) {
          assert.equal(
            Number(row.ts) - Number(rows[i - 1]!.ts),
            MINUTE,
          );
        }
        const truth = sandbox.world.trades(
          "upbit",
          "KRW-XRP",
          Number(row.ts),
          Number(row.ts) + MINUTE,
        );
        assert.equal(row.state, truth.length > 0 ? "closed" : "no_trade");
        if (truth.length === 0) {
          assert.equal(row.trade_count, 0);
          assert.equal(row.close, rows[i - 1]?.close ?? row.close);
        }
      }
      assert.ok(
        rows.some((row) => row.state === "no_trade"),
        "the simulator has quiet minutes",
      );
    },
  );

  await t.step("only what is missing is asked for again", async () => {
    const before = await stored();
    const gone = before.slice(200, 230).map((row) => row.ts);
    await sql`delete from candles where source = 'venue'
      and (extract(epoch from ts) * 1e6)::bigint = any(${gone}::bigint[])`;
    asked.length = 0;
    await fetchMissingCandles("KRW-XRP", from, deps);
    assert.ok(asked.length <= 3, asked.join("\n"));
    const after = await stored();
    assert.deepEqual(after.slice(0, before.length), before);
  });

  const candle = (
    minute: number,
    source: Candle["source"],
    more: Partial<Candle> = {},
  ): Candle => ({
    kind: "candle",
    venue: "upbit",
    market: "M",
    interval: "1m",
    ts: (Math.floor(Date.now() / 60_000) - 100 + minute) * MINUTE,
    open: "1",
    high: "2",
    low: "1",
    close: "2",
    volume: "0.00000001",
    quoteVolume: "4",
    tradeCount: source === "venue" ? null : 2,
    source,
    state: "closed",
    ...more,
  });

  await t.step(
    "compared to the last digit, counts where both are known, partial ones not at all",
    async () => {
      store.write([
        candle(0, "venue"),
        candle(0, "trades"),
        candle(1, "venue", { volume: "0.00000002" }),
        candle(1, "trades"),
        candle(2, "venue", { tradeCount: 3 }),
        candle(2, "trades"),
        candle(3, "venue"),
        candle(3, "trades", { state: "partial" }),
        candle(4, "trades"),
      ], Date.now() * 1000);
      await store.flush();
      const { compared, differing } = await compareCandles("upbit", sql);
      assert.equal(compared, 3);
      assert.deepEqual(differing.map((row) => row.ts.getTime() * 1000).sort(), [
        candle(1, "venue").ts,
        candle(2, "venue").ts,
      ]);
      assert.equal(
        (await compareCandles("upbit", sql)).compared,
        0,
        "each is compared once",
      );
    },
  );

  await t.step(
    "a trade that came hours late makes a revision from the stored trades",
    async () => {
      const { ts } = candle(4, "trades");
      const trade = (
        id: string,
        at: number,
        price: string,
        size: string,
      ): Trade => ({
        kind: "trade",
        venue: "upbit",
        market: "M",
        id,
        ts: ts + at,
        price,
        size,
        side: "buy",
        fills: 1,
      });
      store.write([
        trade("3", 5, "7", "0.1"),
        trade("2", 1, "5", "0.2"),
        trade("1", 1, "6", "0.3"),
      ], ts);
      await reviseCandles("M", ts, ts, deps);
      await store.flush();
      const [row] = await sql`
      select open::text, high::text, low::text, close::text, volume::text, quote_volume::text, trade_count,
        state, revision
      from candles where market = 'M' and source = 'trades' and ts = to_timestamp(${ts}::float8 / 1e6)`;
      assert.deepEqual({ ...row }, {
        open: "6",
        high: "7",
        low: "5",
        close: "7",
        volume: "0.6",
        quote_volume: "3.5",
        trade_count: 3,
        state: "closed",
        revision: 1,
      });
    },
  );

  await t.step(
    "what a process that was killed owed is found at the next start",
    async () => {
      assert.deepEqual(await staleCandles(sql, "upbit"), []);
      const { ts } = candle(4, "trades");
      await sql`
        insert into stream_stats (source, stream, channel, last_ts, last_received_at)
        values ('upbit', 'M', 'trade', now(), now()) on conflict do nothing`;
      assert.deepEqual(await staleCandles(sql, "upbit"), []);
      store.write([{
        kind: "trade",
        venue: "upbit",
        market: "M",
        id: "4",
        ts: ts + 7,
        price: "7",
        size: "0.1",
        side: "buy",
        fills: 1,
      }], ts);
      await store.flush();
      assert.deepEqual(await staleCandles(sql, "upbit"), [{ market: "M", ts }]);
      await reviseCandles("M", ts, ts, deps);
      await store.flush();
      assert.deepEqual(await staleCandles(sql, "upbit"), []);
    },
  );

  stop.abort();
  await store.close();
  await sandbox.close();
  await db.close();
  await Deno.remove(data, { recursive: true });
});
