import assert from "node:assert/strict";
import type postgres from "postgres";
import { openDatabase } from "../../collector/database/client.ts";
import {
  type LedgerEntry,
  resolveCovered,
  type Seen,
  writeLedger,
} from "../../collector/store/ledger.ts";
import { emptyData } from "../support/empty_database.ts";
import { SECOND } from "../../collector/model/time.ts";

const NOON = Date.UTC(2026, 10, 18, 12) * 1000;
const at = (seconds: number) => NOON + seconds * SECOND;
const A = "00000000-0000-4000-8000-00000000000a";
const B = "00000000-0000-4000-8000-00000000000b";
const span = (n: number) =>
  `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

const begin = (n: number, seconds: number, more: Partial<LedgerEntry> = {}) =>
  ({
    kind: "begin",
    span: span(n),
    venue: "upbit",
    markets: ["KRW-BTC"],
    channels: ["trade"],
    from: at(seconds),
    reason: { code: "not_collected" },
    ...more,
  }) as LedgerEntry;
const seen = (
  n: number,
  seconds: number,
  ids: Partial<Pick<Seen, "first" | "last">> = {},
): LedgerEntry => ({
  kind: "seen",
  span: span(n),
  to: at(seconds),
  first: [],
  last: [],
  ...ids,
});
const end = (n: number, seconds: number): LedgerEntry => ({
  kind: "end",
  span: span(n),
  to: at(seconds),
  reason: { code: "stopped" },
});

/** Each case on an empty ledger of the same database. */
async function onLedger(
  t: Deno.TestContext,
  cases: Record<string, (sql: postgres.Sql) => Promise<void>>,
): Promise<void> {
  const data = await emptyData();
  const db = await openDatabase({ data });
  try {
    for (const [name, run] of Object.entries(cases)) {
      await db.sql`truncate observed, observed_ids, gaps, stream_stats`;
      await t.step(name, () => run(db.sql));
    }
  } finally {
    await db.close();
    await Deno.remove(data, { recursive: true });
  }
}

/** Each gap in words: seconds after noon. */
async function gaps(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql`
    select channel, reason, state, extract(epoch from from_ts - ${new Date(
    NOON / 1000,
  )})::float8 as a,
      extract(epoch from to_ts - ${new Date(NOON / 1000)})::float8 as b
    from gaps order by gap_id`;
  return rows.map((g) =>
    `${g.channel} ${g.a}-${g.b ?? ""} ${g.state}: ${g.reason}`
  );
}

/** The five parts of [from, to), seconds after noon. */
async function coverage(sql: postgres.Sql, from: number, to: number) {
  const [row] = await sql`
    select channel, observed::text, repaired::text, unrecoverable::text, open::text, unknown::text
    from coverage(to_timestamp(${at(from) / 1e6}::float8), to_timestamp(${
    at(to) / 1e6
  }::float8))`;
  const short = (ranges: string) =>
    ranges.replaceAll(
      /"2026-11-18 12:(\d\d):(\d\d)(\.\d+)?\+00"/g,
      (_, m, s) => String(Number(m) * 60 + Number(s)),
    );
  return Object.fromEntries(
    Object.entries(row!).filter(([name]) => name !== "channel").map((
      [name, ranges],
    ) => [name, short(ranges)]),
  );
}

Deno.test("the ledger", async (t) => {
  await onLedger(t, {
    "a first socket leaves no gap behind it": async (sql) => {
      await writeLedger(sql, A, [begin(1, 0), seen(1, 10)]);
      assert.deepEqual(await gaps(sql), []);
      assert.deepEqual(await coverage(sql, 0, 20), {
        observed: "{[0,10)}",
        repaired: "{}",
        unrecoverable: "{}",
        open: "{}",
        unknown: "{[10,20)}",
      });
    },
    "a cut socket's gap grows until the next is up": async (sql) => {
      await writeLedger(sql, A, [begin(1, 0), end(1, 10)]);
      assert.deepEqual(await gaps(sql), ["trade 10- open: stopped"]);
      await writeLedger(sql, A, [begin(2, 15), seen(2, 20)]);
      assert.deepEqual(await gaps(sql), ["trade 10-15 open: stopped"]);
      assert.deepEqual(await coverage(sql, 0, 20), {
        observed: "{[0,10),[15,20)}",
        repaired: "{}",
        unrecoverable: "{}",
        open: "{[10,15)}",
        unknown: "{}",
      });
      await sql`update gaps set state = 'repaired'`;
      assert.equal((await coverage(sql, 0, 20)).repaired, "{[10,15)}");
    },
    "a killed process says nothing; the next one finds its end": async (
      sql,
    ) => {
      await writeLedger(sql, A, [begin(1, 0), seen(1, 10)]);
      await writeLedger(sql, B, [begin(2, 60)]);
      assert.deepEqual(await gaps(sql), [
        "trade 10-60 open: not_collected",
      ]);
    },
    "where the ledger knows nothing, the newest event counts": async (sql) => {
      await sql`insert into stream_stats (source, stream, channel, last_ts, last_received_at)
        values ('upbit', 'KRW-BTC', 'trade', to_timestamp(${
        at(5) / 1e6
      }::float8), now())`;
      await writeLedger(sql, A, [begin(1, 60)]);
      assert.deepEqual(await gaps(sql), [
        "trade 5-60 open: not_collected",
      ]);
    },
    "an entry written twice changes nothing": async (sql) => {
      const entries = [begin(1, 0), end(1, 10), begin(2, 15)];
      await writeLedger(sql, A, entries);
      await writeLedger(sql, A, entries);
      assert.deepEqual(await gaps(sql), ["trade 10-15 open: stopped"]);
    },
    "trades that another socket delivered on both sides are no gap": async (
      sql,
    ) => {
      const delivered = (id: string) =>
        sql`insert into stream_stats (source, stream, channel, last_ts, last_received_at, last_id)
          values ('upbit', 'KRW-BTC', 'trade', now(), now(), ${id}::bigint)
          on conflict (source, stream, channel) do update set last_id = excluded.last_id`;
      await writeLedger(sql, B, [begin(2, 0)]);
      await writeLedger(sql, A, [begin(1, 0)]);
      await delivered("20");
      await writeLedger(sql, B, [
        seen(2, 9, { first: [["KRW-BTC", "11"]], last: [["KRW-BTC", "20"]] }),
      ]);
      await writeLedger(sql, A, [end(1, 10), begin(3, 12)]);
      await delivered("25");
      await writeLedger(sql, A, [seen(3, 30, { first: [["KRW-BTC", "24"]] })]);
      await resolveCovered(sql, "upbit");
      assert.equal((await gaps(sql)).at(-1), "trade 10-12 open: stopped");
      // What our clocks say of that socket proves nothing: its last trade does.
      await writeLedger(sql, B, [seen(2, 60)]);
      await resolveCovered(sql, "upbit");
      assert.equal((await gaps(sql)).at(-1), "trade 10-12 open: stopped");
      await writeLedger(sql, B, [seen(2, 61, { last: [["KRW-BTC", "25"]] })]);
      await resolveCovered(sql, "upbit");
      assert.equal((await gaps(sql)).at(-1), "trade 10-12 repaired: stopped");
    },
    "a socket that begins leaves a gap, whatever the clocks say": async (
      sql,
    ) => {
      await writeLedger(sql, A, [begin(1, 3600), seen(1, 3700)]);
      await sql`insert into stream_stats (source, stream, channel, last_ts, last_received_at, first_id, last_id)
        values ('upbit', 'KRW-BTC', 'trade', now(), now(), 3, 9)`;
      // Killed, and the clock was set back an hour.
      await writeLedger(sql, B, [
        begin(2, 110),
        seen(2, 120, { first: [["KRW-BTC", "15"]] }),
      ]);
      const [gap] = await sql`
        select reason, state, from_id, to_id, from_ts <= to_ts as ordered from gaps`;
      assert.deepEqual({ ...gap }, {
        reason: "clock_set_back",
        state: "open",
        from_id: "9",
        to_id: "15",
        ordered: true,
      });
    },
    "a growing gap ends where another socket goes on": async (sql) => {
      await writeLedger(sql, B, [
        begin(2, -5),
        seen(2, 9, { first: [["KRW-BTC", "5"]], last: [["KRW-BTC", "20"]] }),
      ]);
      await sql`insert into stream_stats (source, stream, channel, last_ts, last_received_at, first_id, last_id)
        values ('upbit', 'KRW-BTC', 'trade', now(), now(), 3, 20)`;
      await writeLedger(sql, A, [begin(1, 0), end(1, 10)]);
      await resolveCovered(sql, "upbit");
      assert.equal((await gaps(sql)).at(-1), "trade 10- open: stopped");
      await writeLedger(sql, B, [seen(2, 30, { last: [["KRW-BTC", "27"]] })]);
      await resolveCovered(sql, "upbit");
      assert.equal((await gaps(sql)).at(-1), "trade 10-30 repaired: stopped");
    },
    "what another socket observed of a book is no gap": async (sql) => {
      const books = { channels: ["book"] } as Partial<LedgerEntry>;
      await writeLedger(sql, B, [begin(2, 0, books)]);
      await writeLedger(sql, A, [begin(1, 0, books), end(1, 10)]);
      await writeLedger(sql, A, [begin(3, 12, books), seen(3, 30)]);
      await writeLedger(sql, B, [seen(2, 30)]);
      await resolveCovered(sql, "upbit");
      assert.equal((await gaps(sql)).at(-1), "book 10-12 repaired: stopped");
    },
    "a part that nobody observed stays open": async (sql) => {
      await writeLedger(sql, B, [begin(2, -5), end(2, 11)]);
      await writeLedger(sql, A, [begin(1, 0), end(1, 10), begin(3, 14)]);
      await resolveCovered(sql, "upbit");
      assert.equal((await coverage(sql, 0, 14)).open, "{[10,14)}");
    },
    "what an open socket lost is not proved by its own span": async (sql) => {
      await writeLedger(sql, A, [begin(1, 0), seen(1, 20), {
        kind: "gap",
        venue: "upbit",
        market: "KRW-BTC",
        channel: "trade",
        from: at(3),
        to: at(4),
        fromId: null,
        toId: null,
        reason: { code: "frame_unreadable" },
      }]);
      await resolveCovered(sql, "upbit");
      assert.deepEqual(await gaps(sql), [
        "trade 3-4 open: frame_unreadable",
      ]);
      assert.equal((await coverage(sql, 0, 10)).observed, "{[0,3),[4,10)}");
    },
    "a delisted market's gap ends with the list without it": async (sql) => {
      await sql`
        insert into market_flags (venue, market, flag, first_seen, last_seen)
        values ('upbit', 'KRW-BTC', 'delisted', ${new Date(
        at(20) / 1000,
      )}, ${new Date(at(90) / 1000)})`;
      await writeLedger(sql, A, [begin(1, 0), end(1, 10)]);
      await resolveCovered(sql, "upbit");
      assert.deepEqual(await gaps(sql), ["trade 10-20 open: stopped"]);
      // A socket that it shares with others is cut later.
      await sql`truncate observed, observed_ids, gaps`;
      await writeLedger(sql, A, [begin(1, 0), end(1, 40)]);
      await resolveCovered(sql, "upbit");
      assert.deepEqual(await gaps(sql), ["trade 40-40 repaired: stopped"]);
      await sql`truncate market_flags`;
    },
    "books of the past are not recoverable": async (sql) => {
      await writeLedger(sql, A, [
        begin(1, 0, { channels: ["book"] } as Partial<LedgerEntry>),
        end(1, 10),
        begin(2, 15, { channels: ["book"] } as Partial<LedgerEntry>),
      ]);
      await resolveCovered(sql, "upbit");
      assert.deepEqual(await gaps(sql), ["book 10-15 open: stopped"]);
      // What another collector observed would be known by then; the venue's clock has no say.
      await sql`update gaps set ended_at = ended_at - interval '6 seconds',
        from_ts = from_ts + interval '1 hour', to_ts = to_ts + interval '1 hour'`;
      await resolveCovered(sql, "upbit");
      assert.deepEqual(await gaps(sql), [
        "book 3610-3615 unrecoverable: stopped",
      ]);
    },
  });
});
