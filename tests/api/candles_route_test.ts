/** `/v1/candles` reads no more than it answers with; that is to change no answer. */
import assert from "node:assert/strict";
import { api } from "../../collector/api/api.ts";
import { openDatabase } from "../../collector/database/client.ts";
import { emptyData } from "../support/empty_database.ts";
import { randomFrom } from "../support/random.ts";

const T0 = Date.UTC(2026, 6, 30);
const MINUTES = 400;
const time = (minute: number) => new Date(T0 + minute * 60e3).toISOString();

Deno.test("/v1/candles answers as if it had read the whole history, on random candles", async () => {
  const db = await openDatabase({ data: await emptyData() });
  const { sql } = db;
  const app = api({ sql });
  const random = randomFrom(10);
  const pick = <T>(list: readonly T[]) =>
    list[Math.floor(random() * list.length)]!;
  try {
    // Gaps of minutes, either source or both, every state, revisions; a second market beside it.
    const rows = ["KRW-BTC", "KRW-ETH"].flatMap((market) =>
      Array.from(
        { length: MINUTES },
        (_, minute) =>
          ["venue", "trades"].filter(() => random() < .6).map((source) => ({
            venue: "upbit",
            market,
            interval: "1m",
            ts: time(minute),
            ...Object.fromEntries(
              ["open", "high", "low", "close", "volume"].map((name) => [
                name,
                (random() * 1e6).toFixed(9),
              ]),
            ),
            quote_volume: random() < .2 ? null : (random() * 1e9).toFixed(6),
            trade_count: random() < .2 ? null : Math.floor(random() * 99),
            source,
            state: pick(["closed", "closed", "partial", "no_trade"]),
            revision: pick([0, 0, 1, 7]),
            received_at: time(minute),
          })),
      ).flat()
    );
    // The key is in the order of time; the table is not.
    rows.sort(() => random() - .5);
    await sql`insert into candles ${sql(rows)}`;
    await sql`insert into markets (venue, market, base, quote, active)
      values ('upbit', 'KRW-BTC', 'BTC', 'KRW', true)`;
    let asked = 0, both = 0;
    for (let i = 0; i < 150; i++) {
      const from = random() < .5 ? null : time(random() * MINUTES);
      const to = random() < .5 ? null : time(random() * MINUTES);
      const limit = pick([1, 2, 3, 10, 100, 399, 5000]);
      const whole = await sql`
        select * from (
          select distinct on (ts) ts, open::text, high::text, low::text, close::text, volume::text,
            quote_volume::text, trade_count, source, state, revision
          from candles
          where venue = 'upbit' and market = 'KRW-BTC' and interval = '1m'
            and (${from}::timestamptz is null or ts >= ${from})
            and (${to}::timestamptz is null or ts < ${to})
          order by ts desc, state = 'partial', source = 'trades'
          limit ${limit}) as newest
        order by ts`;
      const query = new URLSearchParams({
        venue: "upbit",
        market: "KRW-BTC",
        limit: String(limit),
        ...(from && { from }),
        ...(to && { to }),
      });
      const response = await app.request(`/v1/candles?${query}`);
      const { candles } = await response.json();
      assert.deepEqual(
        candles,
        JSON.parse(JSON.stringify([...whole])),
        String(query),
      );
      asked += candles.length;
      both += new Set(candles.map((c: { source: string }) => c.source)).size;
    }
    assert.ok(asked > 5000 && both > 200, `${asked} candles`);
  } finally {
    await db.close();
  }
});
