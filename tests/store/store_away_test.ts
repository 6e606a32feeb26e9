import assert from "node:assert/strict";
import { connect, openDatabase } from "../../collector/database/client.ts";
import type { Trade } from "../../collector/model/events.ts";
import { pause } from "../../collector/model/pause.ts";
import { Store, type StoreOptions } from "../../collector/store/store.ts";
import { test } from "../support/requirements.ts";
import { startPostgres } from "../support/postgres_server.ts";

const TS = 1785395041124000;
const signal = new AbortController().signal;
const wait = (ms: number) => pause(ms, signal);

const trade = (n: number): Trade => ({
  kind: "trade",
  venue: "upbit",
  market: "KRW-BTC",
  id: String(17853950411240000n + BigInt(n)),
  ts: TS + n,
  price: "91368000",
  size: "0.00010945",
  side: "buy",
  fills: 1,
});

/** Waits for something that must come about. */
async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; !(await what()); i++) {
    assert.ok(i < 600, `still waiting for ${what}`);
    await wait(50);
  }
}

test("PostgreSQL goes away and comes back", ["postgres"], async (t) => {
  const server = await startPostgres();
  const root = await Deno.makeTempDir();
  const db = await openDatabase({ url: server.url });
  const { sql } = db;
  const state = async () => {
    const [row] = await sql`
      select (select count(*)::int from trades) as trades,
        (select coalesce(sum(events), 0)::int from stream_stats) as events,
        (select count(*)::int from rejects) as rejects`;
    return { ...row } as Record<"trades" | "events" | "rejects", number>;
  };
  const reset = () =>
    sql`truncate trades, stream_stats, rejects, gaps, observed, writer_offsets`;
  const lines: string[] = [];
  const options = (name: string): StoreOptions => ({
    spool: { folder: `${root}/${name}`, maxBytes: 1e9 },
    stuckMs: 200,
    windowRows: 2000,
    batchRows: 500,
    closeMs: 1000,
    onSpool: (line) => lines.push(line),
  });
  try {
    await t.step(
      "what comes in meanwhile is kept and written in order",
      async () => {
        const store = new Store(sql, options("away"));
        let n = 0;
        const live = async (ms: number) => {
          for (const end = Date.now() + ms; Date.now() < end; await wait(20)) {
            store.write(Array.from({ length: 100 }, () => trade(++n)), TS + n);
            store.reject({
              source: "upbit",
              place: `wss://${n}`,
              reason: "r",
              payload: "",
            });
          }
        };
        await live(300);
        await server.halt();
        await live(1500);
        assert.ok(store.spooled.rows > 0, "on disk");
        assert.ok(store.backlog >= n - 2000, "nothing forgotten");
        const inMemory = store.backlog - store.spooled.rows;
        assert.ok(inMemory <= 4000, `${inMemory} rows in memory`);
        await server.resume();
        await live(1000);
        await store.flush();
        assert.equal(store.backlog, 0);
        const after = await state();
        assert.equal(after.trades, n);
        assert.equal(after.events, n, "no stream counted twice");
        assert.equal(after.rejects, store.counters.rejects.upbit);
        assert.ok(store.counters.retries > 0);
        assert.ok(lines.includes("what was kept on disk is written"));
        await store.close();
        assert.deepEqual([...Deno.readDirSync(`${root}/away`)], []);
        const [left] = await sql`select count(*)::int as n from writer_offsets`;
        assert.equal(left!.n, 0, "nothing waits, so nothing is remembered");
      },
    );

    await t.step(
      "stopped meanwhile, what waits is for the next start",
      async () => {
        await reset();
        await server.halt();
        const store = new Store(sql, options("stopped"));
        for (let n = 0; n < 3000; n++) store.write([trade(n)], TS);
        await wait(500);
        for (let n = 3000; n < 4000; n++) store.write([trade(n)], TS);
        await store.close();
        assert.equal(store.spooled.rows, 4000);
        await server.resume();
        const next = new Store(sql, options("stopped"));
        next.write([trade(4000)], TS);
        await next.flush();
        assert.deepEqual(await state(), {
          trades: 4001,
          events: 4001,
          rejects: 0,
        });
        await next.close();
      },
    );

    await t.step("a server that hangs is away too", async () => {
      await reset();
      // Accepts connections and never says a word.
      const mute = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      const held: Deno.Conn[] = [];
      (async () => {
        for await (const connection of mute) held.push(connection);
      })();
      const hung = connect(
        `postgres://postgres@127.0.0.1:${mute.addr.port}/postgres`,
        2,
      );
      const store = new Store(hung, options("hung"));
      for (let n = 0; n < 1000; n++) store.write([trade(n)], TS);
      await until(() => store.spooled.rows === 1000);
      await store.close();
      mute.close();
      for (const connection of held) connection.close();
      await hung.end({ timeout: 0 });
      const next = new Store(sql, options("hung"));
      await next.flush();
      assert.deepEqual(await state(), {
        trades: 1000,
        events: 1000,
        rejects: 0,
      });
      await next.close();
    });

    await t.step(
      "a connection that stops answering is given up, and what it still does counts once",
      async () => {
        await reset();
        const pids = () =>
          sql`select pid from pg_stat_activity where application_name = 'crowdtape'`
            .then((rows) => rows.map((row) => row.pid as number));
        const others = await pids();
        const client = await openDatabase({ url: server.url, max: 4 });
        const store = new Store(client.sql, {
          ...options("stuck"),
          answerMs: 400,
        });
        let n = 0;
        const live = async (ms: number) => {
          for (const end = Date.now() + ms; Date.now() < end; await wait(10)) {
            store.write(Array.from({ length: 200 }, () => trade(++n)), TS + n);
          }
        };
        await live(300);
        const backends = (await pids()).filter((pid) => !others.includes(pid));
        for (const pid of backends) Deno.kill(pid, "SIGSTOP");
        try {
          await live(2000);
        } finally {
          for (const pid of backends) Deno.kill(pid, "SIGCONT");
        }
        assert.ok(backends.length > 0);
        assert.ok(store.counters.retries > 0);
        await live(500);
        await store.flush();
        const after = await state();
        assert.deepEqual([after.trades, after.events], [n, n]);
        await store.close();
        await client.close();
      },
    );

    await t.step(
      "killed at any moment, nothing that was kept is lost, nothing doubled, nothing claimed too early",
      async () => {
        await reset();
        const folder = `${root}/killed`;
        const start = (first: number, count: number) =>
          new Deno.Command("deno", {
            args: [
              "run",
              "-A",
              "--quiet",
              "tests/support/store_writer.ts",
              server.url,
              folder,
              String(first),
              String(count),
            ],
            stdout: "piped",
          }).spawn();
        await server.halt();
        const writer = start(0, 30_000);
        const reader = writer.stdout.pipeThrough(new TextDecoderStream())
          .getReader();
        assert.equal((await reader.read()).value, "kept 30000\n");
        writer.kill("SIGKILL");
        await reader.cancel();
        await writer.status;
        await server.resume();

        let early = 0;
        for (let kills = 0; kills < 4; kills++) {
          const drainer = start(0, 0);
          const before = (await state()).trades;
          await until(async () => (await state()).trades > before + 500);
          drainer.kill("SIGKILL");
          await drainer.stdout.cancel();
          await drainer.status;
          const { trades } = await state();
          if (trades < 30_000) early++;
          const [claim] = await sql`
            select (extract(epoch from max(to_ts)) * 1e6)::bigint - ${TS}::bigint as seen from observed`;
          assert.ok(
            Number(claim!.seen) < trades,
            `${claim!.seen} claimed, ${trades} there`,
          );
        }
        assert.ok(early > 0, "killed in the middle of it");
        const last = start(0, 0);
        const output = await last.output();
        assert.equal(new TextDecoder().decode(output.stdout), "written\n");
        assert.deepEqual(await state(), {
          trades: 30_000,
          events: 30_000,
          rejects: 0,
        });
        const [spans] = await sql`
          select count(*)::int as n, (extract(epoch from max(to_ts)) * 1e6)::bigint - ${TS}::bigint as seen
          from observed`;
        assert.deepEqual({ ...spans }, { n: 1, seen: "29999" });
        assert.deepEqual([...Deno.readDirSync(folder)], []);
      },
    );

    await t.step(
      "two collectors that deliver the same at once never wait crosswise",
      async () => {
        await reset();
        const second = await openDatabase({ url: server.url });
        const stores = [
          new Store(sql, options("one")),
          new Store(second.sql, options("two")),
        ];
        const markets = ["KRW-BTC", "KRW-ETH", "KRW-XRP"];
        for (let round = 0; round < 40; round++) {
          const events = Array.from({ length: 300 }, (_, i) => ({
            ...trade(round * 200 + i),
            market: markets[i % 3]!,
          }));
          stores[0]!.write(events, TS);
          stores[1]!.write(events.toReversed(), TS);
          await Promise.all(stores.map((store) => store.flush()));
        }
        for (const store of stores) {
          assert.equal(store.counters.retries, 0);
          await store.close();
        }
        const [row] = await sql`
          select count(*)::int as n, count(distinct (market, trade_id))::int as distinct from trades`;
        assert.equal(row!.n, row!.distinct);
        await second.close();
      },
    );

    await t.step("a spool that cannot be read holds nothing back", async () => {
      await reset();
      const folder = `${root}/broken/${crypto.randomUUID()}`;
      await Deno.mkdir(`${folder}/00000001.rest`, { recursive: true });
      await Deno.writeTextFile(`${folder}/00000001.rest/x`, "not a file");
      lines.length = 0;
      const store = new Store(sql, options("broken"));
      store.write([trade(1)], TS);
      await until(async () => (await state()).trades === 1);
      assert.match(lines.join("\n"), /fails \(.*directory/);
      await store.close();
      assert.ok(Deno.statSync(`${folder}/00000001.rest/x`).isFile, "kept");
    });

    await t.step("what a full spool lets go is in the ledger", async () => {
      await reset();
      await server.halt();
      const store = new Store(sql, {
        ...options("full"),
        spool: { folder: `${root}/full`, maxBytes: 200_000 },
        refillable: (_, kind) => kind === "trade",
      });
      let n = 0;
      await until(() => {
        store.write(Array.from({ length: 500 }, () => trade(++n)), TS + n);
        return (store.counters.evicted.trade ?? 0) > 2000;
      });
      await server.resume();
      await store.flush();
      const gaps = await sql`
        select from_id::bigint - 17853950411240000 as from, to_id::bigint - 17853950411240000 as to,
          reason from gaps order by 1`;
      assert.ok(gaps.length > 0);
      assert.ok(gaps.every((gap) => gap.reason === "spool_full"));
      const there = new Set(
        (await sql`select trade_id::bigint - 17853950411240000 as n from trades`)
          .map((row) => Number(row.n)),
      );
      let missing = 0;
      for (let i = 1; i <= n; i++) {
        if (there.has(i)) continue;
        missing++;
        assert.equal(
          gaps.filter((gap) => Number(gap.from) < i && i < Number(gap.to))
            .length,
          1,
        );
      }
      assert.equal(missing, store.counters.evicted.trade);
      await store.close();
    });
  } finally {
    await db.close();
    await server.stop();
    await Deno.remove(root, { recursive: true });
  }
});
