/** What one page of the newest trades proves of a gap's beginning, and what it leaves in doubt. */
import assert from "node:assert/strict";
import type { Trade } from "../../collector/model/events.ts";
import { openDatabase } from "../../collector/database/client.ts";
import { refillGaps } from "../../collector/backfill/refill.ts";
import { reopenVerified } from "../../collector/backfill/uncertain.ts";
import type { Rest } from "../../collector/net/rest.ts";
import { coinone } from "../../collector/venues/coinone.ts";
import { emptyData } from "../support/empty_database.ts";

const START = Date.UTC(2026, 10, 20) * 1000;
/** Seconds after the start in microseconds, and as a date. */
const at = (seconds: number) => START + seconds * 1e6;
const date = (seconds: number) => new Date(at(seconds) / 1000);

/** A trade a second; the page ends at 50 s. */
const pageFrom = (first: number): Trade[] =>
  Array.from({ length: 51 - first }, (_, i) => ({
    kind: "trade",
    venue: "coinone",
    market: "KRW-BTC",
    id: String(1000 + first + i),
    ts: at(first + i),
    price: "100",
    size: "1",
    side: "buy",
    fills: 1,
  }));

Deno.test("a gap's beginning is whole only where a page reaches well beyond it", async (t) => {
  const data = await emptyData();
  const { sql, close } = await openDatabase({ data });
  await sql`select ensure_day_partitions('trades', '2026-11-20', '2026-11-20')`;
  /** A socket from `up` to 30 s, and a gap from there on. */
  const begin = async (
    up: number,
    to: number | null,
    verified: number | null,
  ) => {
    await sql`truncate gaps, observed, stream_stats, trades`;
    await sql`
      insert into observed (span_id, collector, venue, markets, channels, from_ts, to_ts)
      values (gen_random_uuid(), gen_random_uuid(), 'coinone', array['KRW-BTC'], array['trade'], ${
      date(up)
    }, ${date(30)})`;
    await sql`
      insert into stream_stats (source, stream, channel, events, last_ts, last_received_at, verified_id, verified_ts)
      values ('coinone', 'KRW-BTC', 'trade', 1, ${date(30)}, ${date(30)}, 1, ${
      verified === null ? null : date(verified)
    })`;
    // All came that was traded while a socket was up.
    for (const { id, ts } of pageFrom(0)) {
      const second = (ts - START) / 1e6;
      if (second > 30 && second < 40) continue;
      await sql`
        insert into trades (venue, market, trade_id, ts, price, size, side, received_at)
        values ('coinone', 'KRW-BTC', ${id}::bigint, ${
        date(second)
      }, 100, 1, 'buy', ${date(second)})`;
    }
    await sql`
      insert into gaps (venue, market, channel, from_ts, to_ts, from_id, to_id, reason)
      values ('coinone', 'KRW-BTC', 'trade', ${date(30)}, ${
      to === null ? null : date(to)
    }, 1030, ${to === null ? null : 1000 + to}, 'cut')`;
  };
  const gaps = async () =>
    (await sql`
      select (extract(epoch from from_ts) - ${START / 1e6})::int as "from",
        (extract(epoch from to_ts) - ${START / 1e6})::int as "to", state, note
      from gaps order by from_ts, to_ts`).map((gap) =>
      `${gap.from}-${gap.to ?? ""} ${gap.state}${
        gap.note === "on_their_way" ? ", in doubt" : ""
      }`
    );
  const refilled = async (
    first: number,
    { up = 0, verified = null as number | null } = {},
  ) => {
    await begin(up, 40, verified);
    return await attempt(pageFrom(first));
  };
  /** One attempt at each gap, for which the venue gives this page, or one after the other. */
  const attempt = async (page: Trade[], ...later: Trade[][]) => {
    const pages = [page, ...later];
    const refill = refillGaps(["KRW-BTC"], {
      venue: {
        ...coinone,
        trades: {
          ...coinone.trades,
          read: () => pages.length > 1 ? pages.shift()! : pages[0]!,
        },
      },
      rest: "http://127.0.0.1",
      client: {
        page: <T>(_: string, read: (body: string) => T) =>
          Promise.resolve(read("")),
      } as unknown as Rest,
      sql,
      store: { flush: () => Promise.resolve() },
      signal: new AbortController().signal,
      now: () => at(51),
      received: () => at(51),
      reject: () => {},
      log: () => {},
    });
    for await (const _ of refill);
    return await gaps();
  };
  const expect = (
    name: string,
    work: () => Promise<string[]>,
    gaps: string[],
  ) => t.step(name, async () => assert.deepEqual(await work(), gaps));
  try {
    await expect(
      "a page that proves a gap proves the next one too, whose own would begin too late",
      async () => {
        await begin(0, 40, null);
        await sql`
          insert into gaps (venue, market, channel, from_ts, to_ts, from_id, to_id, reason)
          values ('coinone', 'KRW-BTC', 'trade', ${date(42)}, ${
          date(44)
        }, 1042, 1044, 'cut')`;
        return await attempt(pageFrom(15), pageFrom(48));
      },
      ["30-40 repaired", "42-44 repaired"],
    );
    await expect("ten seconds before it: whole", () => refilled(15), [
      "30-40 repaired",
    ]);
    await expect(
      "hardly before it: what was on its way may be lost",
      () => refilled(25),
      ["20-25 unrecoverable, in doubt", "30-40 repaired"],
    );
    await expect("not to it: lost, and in doubt before", () => refilled(35), [
      "20-30 unrecoverable, in doubt",
      "30-35 unrecoverable",
      "35-40 repaired",
    ]);
    await expect(
      "what was compared with the venue's page is proved",
      () => refilled(35, { verified: 27 }),
      [
        "27-30 unrecoverable, in doubt",
        "30-35 unrecoverable",
        "35-40 repaired",
      ],
    );
    await expect(
      "before its socket the ledger has said what it knows",
      () => refilled(35, { up: 28 }),
      [
        "28-30 unrecoverable, in doubt",
        "30-35 unrecoverable",
        "35-40 repaired",
      ],
    );
    await expect(
      "pages that do not meet: what lies between them is lost, and no more",
      async () => {
        await begin(0, 40, null);
        // Behind the socket: it ends at 33 s.
        await attempt(pageFrom(15).slice(0, 19));
        await sql`update gaps set claimed_until = null`;
        return await attempt(pageFrom(37));
      },
      ["30-33 repaired", "33-37 unrecoverable", "37-40 repaired"],
    );
    await expect(
      "also where the first of them began hardly before the gap: that alone is in doubt",
      async () => {
        await begin(0, 40, null);
        await attempt(pageFrom(25).slice(0, 9));
        await sql`update gaps set claimed_until = null`;
        return await attempt(pageFrom(37));
      },
      [
        "20-25 unrecoverable, in doubt",
        "30-33 repaired",
        "33-37 unrecoverable",
        "37-40 repaired",
      ],
    );
    await t.step(
      "the candle of a minute in which trades may be lost is not called whole",
      async () => {
        const state = async (first: number) => {
          await sql`truncate candles`;
          await sql`
            insert into candles (venue, market, interval, ts, open, high, low, close, volume, trade_count,
              source, state, received_at)
            values ('coinone', 'KRW-BTC', '1m', ${
            date(0)
          }, 100, 100, 100, 100, 51, 51, 'trades', 'closed', now())`;
          await refilled(first);
          const [candle] = await sql`select state from candles`;
          return candle!.state;
        };
        assert.equal(await state(15), "closed");
        assert.equal(await state(25), "partial");
        assert.equal(await state(35), "partial");
      },
    );
    await expect("a page of another errand, while the gap grows", async () => {
      await begin(0, null, null);
      const page = pageFrom(23);
      await reopenVerified(sql, "coinone", "KRW-BTC", {
        first: page[0]!,
        newest: page.at(-1)!,
      });
      return await gaps();
    }, ["20-23 unrecoverable, in doubt", "30-50 repaired", "50- open"]);
  } finally {
    await close();
    await Deno.remove(data, { recursive: true });
  }
});
