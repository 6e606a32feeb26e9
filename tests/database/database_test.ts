import assert from "node:assert/strict";
import {
  connect,
  migrate,
  openDatabase,
} from "../../collector/database/client.ts";
import { emptyData } from "../support/empty_database.ts";

Deno.test("the embedded database serves many connections at once", async (t) => {
  const data = await emptyData();
  const db = await openDatabase({ data, max: 4 });

  await t.step("answers do not mix, whatever the kinds of query", async () => {
    const clients = Array.from({ length: 4 }, () => connect(db.url, 3));
    await db.sql`create table tally (client int, n int)`;
    const work = clients.map(async (sql, client) => {
      for (let n = 0; n < 40; n++) {
        await Promise.all([
          sql`insert into tally select ${client}::int, i from unnest(${[
            n,
            n,
          ]}::int[]) as i`,
          sql`select ${client}::int as client, ${n}::int as n, repeat('x', ${
            n * 500
          }) as filler`
            .then(([row]) => {
              assert.equal(row!.client, client);
              assert.equal(row!.n, n);
              assert.equal(row!.filler.length, n * 500);
            }),
          sql.begin(async (tx) => {
            await tx`insert into tally values (${client}, -1)`;
            const [row] =
              await tx`select count(*)::int as mine from tally where client = ${client} and n = -1`;
            assert.equal(row!.mine, n + 1);
          }),
        ]);
      }
      await sql.end();
    });
    await Promise.all(work);
    const [row] = await db.sql`select count(*)::int as n from tally`;
    assert.equal(row!.n, 4 * 40 * 3);
  });

  await t.step(
    "a client that vanishes in a transaction leaves nothing and blocks nobody",
    async () => {
      const lost = connect(db.url, 1);
      const reserved = await lost.reserve();
      await reserved`begin`;
      await reserved`insert into tally values (9, 9)`;
      const waiting = db
        .sql`select count(*)::int as n from tally where client = 9`;
      await lost.end({ timeout: 0 });
      const [row] = await waiting;
      assert.equal(row!.n, 0);
    },
  );

  await t.step(
    "an error ends its own query only, however they are mixed",
    async () => {
      const clients = Array.from({ length: 3 }, () => connect(db.url, 2));
      await Promise.all(clients.map(async (sql, client) => {
        for (let n = 0; n < 60; n++) {
          const [bad, divided, good] = await Promise.allSettled([
            sql.unsafe(`select * from nothing_${client}_${n}`),
            sql`select 1 / ${n - n}::int as never`,
            sql`select ${client}::int as client, ${n}::int as n`,
          ]);
          assert.match(
            String(bad.status === "rejected" && bad.reason),
            /does not exist/,
          );
          assert.match(
            String(divided.status === "rejected" && divided.reason),
            /division by zero/,
          );
          assert.deepEqual(
            good.status === "fulfilled" && { ...good.value[0] },
            { client, n },
          );
          await assert.rejects(
            sql.begin(async (tx) => {
              await tx`insert into tally values (77, ${n})`;
              await tx`select * from nothing_here`;
            }),
            /does not exist/,
          );
        }
        await sql.end();
      }));
      const [row] = await db
        .sql`select count(*)::int as n from tally where client = 77`;
      assert.equal(row!.n, 0);
    },
  );

  await t.step("a large answer arrives whole", async () => {
    const rows = await db
      .sql`select i, repeat('y', 100) as filler from generate_series(1, 30000) as i`;
    assert.equal(rows.length, 30000);
    assert.equal(rows[29999]!.i, 30000);
  });

  await t.step("COPY streams out", async () => {
    const sql = connect(db.url, 1);
    let text = "";
    const stream =
      await sql`copy (select i from generate_series(1, 5000) i) to stdout`
        .readable();
    for await (const chunk of stream) text += chunk;
    assert.equal(text.trim().split("\n").length, 5000);
    const [row] = await sql`select 1 as one`;
    assert.equal(row!.one, 1);
    await sql.end();
  });

  await t.step("migrations are applied once", async () => {
    assert.deepEqual(await migrate(db.sql), []);
  });

  await db.close();
  await Deno.remove(data, { recursive: true });
});

/** What a role may see and do, in the words of `check`. */
Deno.test("row level security: the public reads market data, and neither text nor author", async () => {
  const data = await emptyData();
  const db = await openDatabase({ data });
  const { sql } = db;
  await sql`insert into trades (venue, market, trade_id, ts, price, size, side, received_at)
    values ('upbit', 'KRW-BTC', 1, now(), 1, 1, 'buy', now())`;
  await sql`insert into posts (source, board, post_id, ts, title, author_hash, first_seen, observed_at)
    values ('dcinside', 'b', 1, now(), 'secret', 'hash', now(), now())`;
  await sql`insert into comments (source, board, post_id, comment_id, ts, text, author_hash, first_seen)
    values ('dcinside', 'b', 1, 1, now(), 'secret', 'hash', now())`;
  const as = (role: string, query: string) =>
    sql.begin(async (tx) => {
      await tx.unsafe(`set local role ${role}`);
      return await tx.unsafe(query);
    }) as Promise<unknown[]>;

  const all = await sql`select c.relname, c.relrowsecurity from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('public', 'partitions') and c.relkind in ('r', 'p')`;
  assert.ok(all.length > 20);
  assert.deepEqual(
    all.filter((t) => !t.relrowsecurity).map((t) => t.relname),
    [],
  );

  for (const role of ["anon", "authenticated"]) {
    assert.equal((await as(role, "select * from trades")).length, 1);
    assert.equal(
      (await as(role, "select post_id, ts, comment_count from posts")).length,
      1,
    );
    assert.equal(
      (await as(role, "select comment_id, ts from comments")).length,
      1,
    );
    for (
      const table of [
        "candles",
        "counts",
        "gaps",
        "observed",
        "markets",
        "tickers",
        "books",
        "rates",
        "stream_stats",
        "market_flags",
      ]
    ) {
      await as(role, `select * from ${table}`);
    }
    for (
      const query of [
        "select title from posts",
        "select author_hash from posts",
        "select text from comments",
        "select author_hash from comments",
        "select * from posts",
        "select * from rejects",
        "insert into rates (source, base, quote, ts, rate, received_at) values ('s','USD','KRW',now(),1,now())",
        "insert into trades (venue, market, trade_id, ts, price, size, side, received_at) values ('u','m',2,now(),1,1,'buy',now())",
        "update trades set price = 2",
        "delete from trades",
        "truncate trades",
        "select ensure_day_partitions('trades', '2026-01-01', '2026-01-01')",
        `select * from partitions.trades_${
          new Date().toISOString().slice(0, 10).replaceAll("-", "")
        }`,
      ]
    ) {
      await assert.rejects(
        as(role, query),
        /permission denied/,
        `${role}: ${query}`,
      );
    }
  }
  assert.equal((await as("service_role", "select title from posts")).length, 1);
  assert.equal(
    (await as("service_role", "delete from trades returning 1")).length,
    1,
  );
  await db.close();
  await Deno.remove(data, { recursive: true });
});
