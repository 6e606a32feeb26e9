/** `/healthz` of a collector whose venue goes away, and how pauses are measured. */
import assert from "node:assert/strict";
import type { Event } from "../../collector/model/events.ts";
import { startSandbox } from "../../collector/sandbox/sandbox.ts";
import { Store } from "../../collector/store/store.ts";
import { withDatabase } from "../support/import_files.ts";
import { startTask } from "../support/run_task.ts";
import { emptyData } from "../support/empty_database.ts";

Deno.test("without its venue a collector is not well, and is again with it", async () => {
  const data = await emptyData();
  let sandbox = await startSandbox({ days: 1 });
  const { port } = new URL(sandbox.upbit.rest);
  await Deno.writeTextFile(
    `${data}/config.json`,
    JSON.stringify({
      ...sandbox.config,
      venues: {
        upbit: {
          markets: ["KRW-BTC"],
          channels: ["trade", "ticker"],
          ...sandbox.upbit,
        },
      },
      communities: {},
      rates: {},
      api: { port: 0 },
    }),
  );
  const collector = startTask(["collect"], {
    CROWDTAPE_DATA: data,
    CROWDTAPE_CONFIG: `${data}/config.json`,
  });
  let address = "";
  /** Asks until it says so. */
  const until = async (status: string, code: number) => {
    let said: { status: string } | null = null;
    for (let i = 0; i < 240; i++) {
      const answer = await fetch(address);
      said = await answer.json();
      if (said!.status === status) return assert.equal(answer.status, code);
      await new Promise((wake) => setTimeout(wake, 250));
    }
    assert.fail(`never ${status}: ${JSON.stringify(said)}`);
  };
  try {
    await collector.says(/API: http\S+healthz/);
    address = /http\S+healthz/.exec(collector.said())![0];
    await until("ok", 200);
    await sandbox.close();
    await until("disconnected", 503);
    sandbox = await startSandbox({ days: 1, port: Number(port) });
    await until("ok", 200);
  } finally {
    collector.stop();
    await collector.ended;
    await sandbox.close();
    await Deno.remove(data, { recursive: true });
  }
});

Deno.test("a stream's pauses are measured by the database, and an outage is none", async () => {
  await withDatabase(async (sql) => {
    const store = new Store(sql);
    let id = 0;
    const news = async () => {
      store.write([
        {
          kind: "trade",
          venue: "upbit",
          market: "KRW-BTC",
          id: String(++id),
          ts: 1785395041000000 + id,
          price: "1",
          size: "1",
          side: "buy",
          fills: 1,
        } satisfies Event,
      ], (1785395041000 + id) * 1000);
      await store.flush();
      const [row] = await sql`select pauses, longest_pause as longest,
        extract(epoch from clock_timestamp() - news_at)::float8 as age from stream_stats`;
      return row as unknown as { pauses: number; longest: number; age: number };
    };
    /** As if the newest news were so old. */
    const silent = (seconds: number) =>
      sql`update stream_stats set paused_from = paused_from - make_interval(secs => ${seconds})`;
    const near = (value: number, wanted: number) =>
      assert.ok(Math.abs(value - wanted) < 5, `${value}, not about ${wanted}`);

    assert.equal((await news()).pauses, 0);
    await silent(30);
    const first = await news();
    assert.equal(first.pauses, 1);
    near(first.longest, 30);
    // The collector's clock is years off; the age is not.
    assert.ok(first.age < 60);
    // Before the rhythm is known every pause may be usual.
    await silent(900);
    near((await news()).longest, 900);

    await sql`update stream_stats set pauses = 100, longest_pause = 30`;
    await silent(290);
    near((await news()).longest, 290);
    await sql`update stream_stats set longest_pause = 30`;
    await silent(9000);
    near((await news()).longest, 45);
    // A day later half of it is forgotten.
    await sql`update stream_stats set longest_pause = 30000`;
    await silent(86_400);
    near((await news()).longest, 86_400);
    await sql`update stream_stats set longest_pause = 300000`;
    await silent(86_400);
    near((await news()).longest, 150_000);

    // A new socket: the time without one is no pause of the market.
    await sql`update stream_stats set longest_pause = 30`;
    await silent(200);
    store.ledger({
      kind: "begin",
      span: crypto.randomUUID(),
      venue: "upbit",
      markets: ["KRW-BTC"],
      channels: ["trade"],
      from: 1785395049000000,
      reason: { code: "stopped" },
    });
    const { longest, pauses } = await news();
    near(longest, 30);
    assert.equal(
      pauses,
      (await sql`select pauses from stream_stats`)[0]!.pauses,
    );
    near((await news()).longest, 30);
    await store.close();
  });
});
