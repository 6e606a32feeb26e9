import assert from "node:assert/strict";
import type postgres from "postgres";
import { openDatabase } from "../../collector/database/client.ts";
import type {
  Candle,
  Count,
  Event,
  Post,
  Trade,
} from "../../collector/model/events.ts";
import { isAway, Store } from "../../collector/store/store.ts";
import { emptyData } from "../support/empty_database.ts";

const TS = 1785395041124000;

const trade = (id: string, more: Partial<Trade> = {}): Trade => ({
  kind: "trade",
  venue: "upbit",
  market: "KRW-BTC",
  id,
  ts: TS,
  price: "91368000",
  size: "0.00010945",
  side: "buy",
  fills: 1,
  ...more,
});

const candle = (more: Partial<Candle>): Candle => ({
  kind: "candle",
  venue: "upbit",
  market: "KRW-BTC",
  interval: "1m",
  ts: 1785395040000000,
  open: "1",
  high: "2",
  low: "1",
  close: "2",
  volume: "3",
  quoteVolume: "4",
  tradeCount: 2,
  source: "trades",
  state: "closed",
  ...more,
});

Deno.test("the embedded database keeps what the store writes", async (t) => {
  const data = await emptyData();
  const db = await openDatabase({ data });
  const { sql } = db;
  const store = new Store(sql);
  const write = async (...events: Event[]) => {
    store.write(events, TS);
    await store.flush();
  };

  await t.step(
    "two trades that differ only in an id beyond 2^53 are two rows",
    async () => {
      await write(trade("17853950411240000"), trade("17853950411240001"));
      const rows =
        await sql`select trade_id::text from trades order by trade_id`;
      assert.deepEqual([...rows].map((r) => r.trade_id), [
        "17853950411240000",
        "17853950411240001",
      ]);
    },
  );

  await t.step("delivered again, in any order, nothing changes", async () => {
    await write(trade("17853950411240001"), trade("17853950411240000"));
    await write(trade("17853950411240000"), trade("17853950411240000"));
    const [row] = await sql`select count(*)::int as n from trades`;
    assert.equal(row!.n, 2);
  });

  await t.step("prices and sizes keep each digit", async () => {
    const price = "123456789012345678.123456789012345678";
    const size = "0.000000000000000000000000000001";
    await write(trade("1", { price, size, market: "X" }));
    const [row] =
      await sql`select price::text, size::text, ts from trades where market = 'X'`;
    assert.equal(row!.price, price);
    assert.equal(row!.size, size);
    assert.equal(row!.ts.toISOString(), "2026-07-30T07:04:01.124Z");
  });

  await t.step("a trade of any day finds its partition", async () => {
    await write(trade("7", { ts: 1618678262712000, market: "OLD" }));
    const [row] = await sql`select ts::text from trades where market = 'OLD'`;
    assert.equal(row!.ts, "2021-04-17 16:51:02.712+00");
  });

  await t.step("microseconds are kept", async () => {
    await write(trade("8", { ts: 1622591014555058, market: "MICRO" }));
    const [row] = await sql`select ts::text from trades where market = 'MICRO'`;
    assert.equal(row!.ts, "2021-06-01 23:43:34.555058+00");
  });

  await t.step(
    "a row that the database refuses becomes a reject and holds nothing back",
    async () => {
      await write(
        trade("20", { market: "Z" }),
        trade("21", { market: "Z", price: "0" }),
        trade("22", { market: "Z" }),
      );
      const rows =
        await sql`select trade_id::int as id from trades where market = 'Z' order by 1`;
      assert.deepEqual([...rows].map((r) => r.id), [20, 22]);
      const [reject] =
        await sql`select source, place, reason, payload from rejects`;
      assert.equal(reject!.source, "upbit");
      assert.match(reject!.reason, /violates check constraint/);
      assert.match(reject!.payload, /"id":"21"/);
    },
  );

  await t.step(
    "a changed candle is a revision, the same one is not",
    async () => {
      await write(candle({}));
      await write(candle({}));
      await write(candle({ high: "2.5" }));
      await write(candle({ high: "9", state: "partial" }));
      const rows =
        await sql`select high::text, revision, state from candles where source = 'trades'`;
      assert.deepEqual([...rows].map((r) => ({ ...r })), [{
        high: "2.5",
        revision: 1,
        state: "closed",
      }]);
    },
  );

  await t.step(
    "what waited somewhere does not undo what is newer",
    async () => {
      const at = { ts: 1785395160000000 };
      const write = async (receivedAt: number, ...events: Event[]) => {
        store.write(events, receivedAt);
        await store.flush();
      };
      const count: Count = {
        kind: "count",
        source: "x",
        query: "late",
        ts: TS,
        bucket: "1m",
        count: 9,
        complete: true,
      };
      await write(TS + 2, candle({ ...at, volume: "8" }), count);
      await write(TS, candle({ ...at, volume: "7" }), { ...count, count: 8 });
      const [row] = await sql`
      select volume::text, (select count from counts where query = 'late') as count
      from candles where ts = to_timestamp(1785395160)`;
      assert.deepEqual({ ...row }, { volume: "8", count: 9 });
      // Whatever the clock says, of two made from trades the one of more trades is newer.
      await write(TS, candle({ ...at, volume: "9", tradeCount: 1000 }));
      const [more] = await sql`
      select volume::text from candles where ts = to_timestamp(1785395160)`;
      assert.equal(more!.volume, "9");
      // But a whole one is better than a newer part of it.
      await sql`update candles set state = 'partial' where ts = to_timestamp(1785395160)`;
      await write(TS, candle({ ...at, volume: "7" }));
      const [whole] = await sql`
      select volume::text, state from candles where ts = to_timestamp(1785395160)`;
      assert.deepEqual({ ...whole }, { volume: "7", state: "closed" });
      await sql`delete from candles where ts = to_timestamp(1785395160)`;
      await sql`delete from counts`;
    },
  );

  await t.step("a partial candle becomes whole", async () => {
    const at = { ts: 1785395100000000 };
    await write(candle({ ...at, state: "partial" }));
    await write(candle({ ...at, volume: "5" }));
    const [row] = await sql`
      select state, volume::text, revision from candles where ts = to_timestamp(1785395100)`;
    assert.deepEqual({ ...row }, { state: "closed", volume: "5", revision: 1 });
  });

  await t.step(
    "a count keeps what it was when first seen complete",
    async () => {
      const count = (n: number, complete: boolean): Count => ({
        kind: "count",
        source: "x",
        query: "#bitcoin",
        ts: TS,
        bucket: "1m",
        count: n,
        complete,
      });
      await write(count(3, false));
      await write(count(9, true));
      await write(count(8, true));
      await write(count(1, false));
      const [row] = await sql`select count, first_count, complete from counts`;
      assert.deepEqual({ ...row }, {
        count: 8,
        first_count: 9,
        complete: true,
      });
    },
  );

  await t.step(
    "a post seen again keeps its first sight and takes the new numbers",
    async () => {
      const post: Post = {
        kind: "post",
        source: "dcinside",
        board: "b",
        id: "9554448",
        ts: TS,
        title: "비트 가즈아 \u{1F680}",
        author: "hash",
        authorKind: "member",
        comments: 1,
        views: 10,
        likes: 0,
      };
      store.write([post], TS);
      await store.flush();
      store.write([{ ...post, comments: 5, views: 90 }], TS + 60e6);
      await store.flush();
      const [row] = await sql`
      select comment_count, view_count, title, first_seen < observed_at as later from posts`;
      assert.deepEqual({ ...row }, {
        comment_count: 5,
        view_count: 90,
        title: "비트 가즈아 \u{1F680}",
        later: true,
      });
    },
  );

  await t.step("each stream's newest event is known", async () => {
    const [row] = await sql`
      select events::int, last_ts from stream_stats where source = 'upbit' and stream = 'KRW-BTC' and channel = 'trade'`;
    assert.equal(row!.events, 6);
    assert.equal(row!.last_ts.getTime() * 1000, TS);
  });

  await t.step(
    "the ledger: begin and gap before the events after them, end and seen after those before",
    async () => {
      const order: string[] = [];
      const watched = new Store(
        new Proxy(sql, {
          apply: (target, self, args) => {
            const text = Array.isArray(args[0]) ? args[0].join("?") : "";
            if (/insert into trades/.test(text)) order.push("trades");
            return Reflect.apply(target, self, args);
          },
          get: (target, name) =>
            name !== "begin" ? Reflect.get(target, name) : (
              act: (tx: postgres.TransactionSql) => Promise<unknown>,
            ) =>
              sql.begin((tx) =>
                act(
                  new Proxy(tx, {
                    apply: (inner, self, args) => {
                      const text = Array.isArray(args[0])
                        ? args[0].join("?")
                        : "";
                      for (
                        const [word, pattern] of Object.entries({
                          begin: /insert into observed/,
                          end: /ended = true/,
                          seen:
                            /update observed set to_ts = greatest[^=]*where/,
                          gap: /insert into gaps.*values/s,
                        })
                      ) if (pattern.test(text)) order.push(word);
                      return Reflect.apply(inner, self, args);
                    },
                  }),
                )
              ),
        }),
        { everyMs: 60_000 },
      );
      const span = crypto.randomUUID();
      const at = { venue: "bithumb", market: "KRW-DOGE" };
      watched.write([trade("30", { ...at })], TS);
      watched.ledger({
        kind: "begin",
        span,
        venue: "bithumb",
        markets: ["KRW-DOGE"],
        channels: ["trade"],
        from: TS,
        reason: { code: "not_collected" },
      });
      watched.write([trade("31", { ...at })], TS);
      watched.ledger({ kind: "seen", span, to: TS + 5, first: [], last: [] });
      watched.ledger({ kind: "seen", span, to: TS + 4, first: [], last: [] });
      watched.ledger({
        kind: "end",
        span,
        to: TS + 7,
        reason: { code: "stopped" },
      });
      watched.ledger({
        kind: "gap",
        ...at,
        channel: "trade",
        from: TS + 1,
        to: TS + 2,
        fromId: "30",
        toId: "31",
        reason: { code: "market_mute", market: "KRW-BTC" },
      });
      watched.write([trade("32", { ...at, ts: TS + 9 })], TS + 9);
      await watched.close();
      assert.deepEqual(order, [
        "begin",
        "trades",
        "seen",
        "end",
        "gap",
        "trades",
      ]);
      const [row] = await sql`
        select (extract(epoch from to_ts) * 1e6)::bigint::text as seen, ended, collector from observed
        where span_id = ${span}`;
      assert.deepEqual({ ...row }, {
        seen: String(TS + 7),
        ended: true,
        collector: watched.id,
      });
    },
  );

  await t.step(
    "a flood of rejects is counted whole and kept in part",
    async () => {
      let now = Date.UTC(2026, 10, 21, 6, 0, 5);
      const flooded = new Store(sql, { now: () => now });
      const flood = (place: string, n: number) => {
        for (let i = 0; i < n; i++) {
          flooded.reject({
            source: "coinone",
            place,
            reason: "r",
            payload: "p",
          });
        }
      };
      flood("wss://stream", 1000);
      // A page with a reject is not a page read, so each has one.
      flood("https://page/1", 5);
      now += 60_000;
      flood("wss://stream", 3);
      await flooded.close();
      assert.equal(flooded.counters.rejects.coinone, 1008);
      const rows = await sql`
      select place, count(*)::int as n from rejects where source = 'coinone' group by place order by place`;
      assert.deepEqual(rows.map((row) => ({ ...row })), [
        { place: "https://page/1", n: 1 },
        { place: "rejects", n: 1 },
        { place: "wss://stream", n: 103 },
      ]);
      const [said] = await sql`
      select reason from rejects where source = 'coinone' and place = 'rejects'`;
      assert.equal(
        said!.reason,
        "904 more within the minute from 2026-11-21T06:00Z were counted and not kept",
      );
    },
  );

  await t.step("a second process shares the open folder", async () => {
    const second = await openDatabase({ data });
    const [row] = await second
      .sql`select count(*)::int as n from trades where market = 'KRW-BTC'`;
    assert.equal(row!.n, 2);
    await second.close();
  });

  await store.close();
  await db.close();

  await t.step(
    "what was written is there when it is opened again",
    async () => {
      const again = await openDatabase({ data });
      const [row] = await again
        .sql`select count(*)::int as n from trades where market = 'KRW-BTC'`;
      assert.equal(row!.n, 2);
      await again.close();
    },
  );
  await Deno.remove(data, { recursive: true });
});

Deno.test("only data is ever refused; whatever else is wrong, it is tried again", () => {
  const failure = (code: string) => Object.assign(new Error(code), { code });
  for (
    const code of [
      "ECONNREFUSED",
      "CONNECT_TIMEOUT",
      "CONNECTION_CLOSED",
      "57P03", // starting up, or in recovery
      "57P01",
      "25006", // became a standby
      "53100", // disk full
      "40P01",
      "42P01", // a table is missing
      "58030",
      "ESOMETHING",
    ]
  ) assert.ok(isAway(failure(code)), code);
  assert.ok(isAway(new Error("something unknown")));
  assert.ok(isAway(new TypeError("Cannot read properties of null")));
  assert.ok(isAway(new AggregateError([failure("ECONNREFUSED")])));
  for (const code of ["22P02", "22003", "23514", "23502", "54000"]) {
    assert.ok(!isAway(failure(code)), code);
  }
});
