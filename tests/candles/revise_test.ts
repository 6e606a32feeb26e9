/** Candles made anew after a refill: what each minute's state must be. */
import assert from "node:assert/strict";
import {
  type CandleDeps,
  reviseCandles,
} from "../../collector/candles/candles.ts";
import { openDatabase } from "../../collector/database/client.ts";
import { writeLedger } from "../../collector/store/ledger.ts";
import { Store } from "../../collector/store/store.ts";
import { upbit } from "../../collector/venues/upbit.ts";
import { emptyData } from "../support/empty_database.ts";
import { MINUTE } from "../../collector/model/time.ts";

const START = Date.UTC(2026, 10, 18, 12) * 1000;
const at = (minute: number, seconds = 0) =>
  START + minute * MINUTE + seconds * 1_000_000;

Deno.test("a refilled minute is closed, one still open partial, a quiet one no_trade, an unknown one absent", async () => {
  const data = await emptyData();
  const db = await openDatabase({ data });
  const store = new Store(db.sql);
  const deps = {
    venue: upbit,
    sql: db.sql,
    store,
    now: () => at(60),
  } as unknown as CandleDeps;
  let id = 0;
  const trade = (ts: number, price: string, size = "1") => ({
    kind: "trade" as const,
    venue: "upbit",
    market: "KRW-BTC",
    id: String(++id),
    ts,
    price,
    size,
    side: "buy" as const,
    fills: 1,
  });
  // Observed from 12:00:30 to 12:05 but for 12:01:15–12:01:40 and 12:04.
  const span = "00000000-0000-4000-8000-000000000001";
  const gap = (from: number, to: number) => ({
    kind: "gap" as const,
    venue: "upbit",
    market: "KRW-BTC",
    channel: "trade",
    from,
    to,
    fromId: null,
    toId: null,
    reason: { code: "stopped" } as const,
  });
  await writeLedger(db.sql, span, [
    {
      kind: "begin",
      span,
      venue: "upbit",
      markets: ["KRW-BTC"],
      channels: ["trade"],
      from: at(0, 30),
      reason: { code: "not_collected" },
    },
    { kind: "seen", span, to: at(5), first: [], last: [] },
    gap(at(1, 15), at(1, 40)),
    gap(at(4), at(4, 20)),
  ]);
  store.write([
    trade(at(0, 5), "100"),
    trade(at(1, 10), "110"),
    trade(at(1, 20), "90", "0.5"),
    trade(at(1, 30), "105"),
    trade(at(3, 5), "120"),
    trade(at(4, 5), "130"),
  ], at(5));
  await store.flush();
  const states = async () => {
    await store.flush();
    const rows = await db.sql`
      select ts, state, open::text, high::text, low::text, close::text, volume::text, quote_volume::text
      from candles where source = 'trades' order by ts`;
    return rows.map((c) =>
      `${
        c.ts.toISOString().slice(14, 16)
      } ${c.state} ${c.open} ${c.high} ${c.low} ${c.close} ${c.volume} ${c.quote_volume}`
    );
  };
  await reviseCandles("KRW-BTC", at(0), at(6), deps);
  assert.deepEqual(await states(), [
    "00 partial 100 100 100 100 1 100",
    "01 partial 110 110 90 105 2.5 260",
    "02 no_trade 105 105 105 105 0 0",
    "03 closed 120 120 120 120 1 120",
    "04 partial 130 130 130 130 1 130",
  ]);
  await db
    .sql`update gaps set state = 'repaired' where from_ts < to_timestamp(${
    at(2) / 1e6
  }::float8)`;
  await db.sql`update gaps set state = 'unrecoverable' where state = 'open'`;
  await reviseCandles("KRW-BTC", at(1), at(4), deps);
  const now = await states();
  assert.equal(now[1], "01 closed 110 110 90 105 2.5 260");
  assert.equal(now[4], "04 partial 130 130 130 130 1 130");
  await store.close();
  await db.close();
  await Deno.remove(data, { recursive: true });
});
