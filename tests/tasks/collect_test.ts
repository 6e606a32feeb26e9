/** The collector as a user runs it, against the simulator. */
import assert from "node:assert/strict";
import { connect, openDatabase } from "../../collector/database/client.ts";
import { type Sandbox, startSandbox } from "../../collector/sandbox/sandbox.ts";
import { sandboxTokens } from "../../collector/sandbox/community_simulators.ts";
import { putDatabase } from "../support/empty_database.ts";
import { test } from "../support/requirements.ts";
import { startPostgres } from "../support/postgres_server.ts";
import { runTask, startTask } from "../support/run_task.ts";

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** A data folder with a configuration that points at the simulator. */
async function prepare(sandbox: Sandbox, config: object = {}) {
  const data = await Deno.makeTempDir({ prefix: "crowdtape-test-" });
  const env = {
    CROWDTAPE_DATA: data,
    CROWDTAPE_CONFIG: `${data}/config.json`,
    CROWDTAPE_SALT: "a salt for tests",
    ...sandboxTokens,
  };
  await Deno.writeTextFile(
    env.CROWDTAPE_CONFIG,
    JSON.stringify({ ...sandbox.config, api: { port: 0 }, ...config }),
  );
  return { data, env };
}

/** What one table holds of each source. */
const TABLES = {
  trades: "venue",
  tickers: "venue",
  books: "venue",
  candles: "venue",
  posts: "source",
  comments: "source",
  counts: "source",
} as const;

/** Asserts that the database holds what the simulator really did, each thing once. */
async function assertFaithful(url: string, sandbox: Sandbox): Promise<void> {
  const sql = connect(url, 2);
  for (const [table, by] of Object.entries(TABLES)) {
    const rows = await sql`select distinct ${sql(by)} as source from ${
      sql(table)
    }`;
    const expected = by === "venue"
      ? ["binance", "upbit"]
      : table === "counts"
      ? ["dcinside", "x"]
      : ["dcinside"];
    assert.deepEqual(rows.map((row) => row.source).sort(), expected, table);
  }
  const markets = await sql`
    select venue, market, (extract(epoch from min(ts)) * 1e6)::bigint as "from",
      (extract(epoch from max(ts)) * 1e6)::bigint as "to", count(*)::int as stored
    from trades group by venue, market order by 1, 2`;
  // Upbit greets with each market's last trade; on Binance a quiet one may have had none yet.
  assert.ok(markets.length >= 5, `trades of ${markets.length} markets`);
  let whole = 0;
  for (const { venue, market, from, to } of markets) {
    const truth = new Map(
      sandbox.world.trades(venue, market, Number(from), Number(to) + 1).map((
        trade,
      ) => [trade.id, trade]),
    );
    const stored = await sql`
      select trade_id::text as id, price::text, size::text, side, fills,
        (extract(epoch from ts) * 1e6)::bigint::text as ts
      from trades where venue = ${venue} and market = ${market}`;
    assert.equal(new Set(stored.map((trade) => trade.id)).size, stored.length);
    for (const trade of stored) {
      const real = truth.get(trade.id);
      assert.ok(real, `${venue} ${market} ${trade.id} was never traded`);
      assert.deepEqual(
        [trade.price, trade.size, trade.side, trade.fills, trade.ts],
        [real.price, real.size, real.side, real.fills, String(real.ts)],
      );
    }
    whole += stored.length;
  }
  assert.ok(whole > 20, `only ${whole} trades`);
  const [books] = await sql`
    select min(jsonb_array_length(bids)) as bids, max(jsonb_array_length(asks)) as asks,
      bool_and((bids->0->>0)::numeric < (asks->0->>0)::numeric) as sound,
      bool_or(bids::text like '%"0"%' or asks::text like '%"0"%') as empty_levels
    from books`;
  assert.ok(
    books!.bids >= 1 && books!.asks <= 10 && books!.sound &&
      !books!.empty_levels,
    JSON.stringify(books),
  );
  const [doubled] = await sql`
    select count(*)::int as n from (
      select 1 from trades group by venue, market, trade_id having count(*) > 1) as d`;
  assert.equal(doubled!.n, 0);
  await sql.end();
}

const sizes = async (url: string) => {
  const sql = connect(url, 1);
  const [row] = await sql`
    select (select count(*) from candles where source = 'venue')::int as candles,
      (select count(*) from posts)::int as posts, (select count(*) from counts)::int as counts,
      (select count(*) from rejects)::int as rejects,
      (select sum(revision) from candles where source = 'venue')::int as revisions`;
  await sql.end();
  return row!;
};

Deno.test("collect on the embedded database: filled, stopped by a signal, resumed, nothing doubled", async () => {
  const sandbox = await startSandbox({ days: 1 });
  const { data, env } = await prepare(sandbox, { historyDays: 0.25 });
  await using running = startTask(["collect"], env);
  await running.says(/written: (?=.*trades)(?=.*comments)(?=.*candles)/);
  running.stop("SIGTERM");
  const first = await running.ended;
  assert.equal(first.code, 0, first.err);
  assert.match(first.out, /stopped; written: /);
  assert.ok(first.ms < 5000, `stopping took ${first.ms} ms`);
  let db = await openDatabase({ data });
  await assertFaithful(db.url, sandbox);
  const before = await sizes(db.url);
  await db.close();

  await using again = startTask(["collect"], env);
  await again.says(/written: .*trades/);
  again.stop("SIGINT");
  const second = await again.ended;
  assert.equal(second.code, 0, second.err);
  db = await openDatabase({ data });
  await assertFaithful(db.url, sandbox);
  const after = await sizes(db.url);
  await db.close();
  assert.equal(after.rejects, 0);
  assert.ok(
    after.candles - before.candles <= 6 * 3,
    "only the minutes between were fetched",
  );
  assert.ok(after.posts - before.posts < 30);

  await sandbox.close();
  await Deno.remove(data, { recursive: true });
});

test(
  "collect on an empty PostgreSQL makes the schema and fills it; twice, nothing is doubled",
  ["postgres"],
  async () => {
    const server = await startPostgres();
    const sandbox = await startSandbox({ days: 1 });
    const { data, env } = await prepare(sandbox, { historyDays: 0.25 });
    try {
      for (
        const words of [
          /written: (?=.*trades)(?=.*comments)(?=.*candles)/,
          /written: .*trades/,
        ]
      ) {
        await using running = startTask(["collect"], {
          ...env,
          DATABASE_URL: server.url,
        });
        await running.says(words);
        running.stop();
        const run = await running.ended;
        assert.equal(run.code, 0, run.err);
        await assertFaithful(server.url, sandbox);
      }
      assert.equal((await sizes(server.url)).rejects, 0);
    } finally {
      await sandbox.close();
      await server.stop();
      await Deno.remove(data, { recursive: true });
    }
  },
);

test(
  "supabase db push applies the same migrations, and the collector finds them applied",
  ["postgres", "supabase"],
  async () => {
    const server = await startPostgres();
    try {
      const push = await new Deno.Command("supabase", {
        args: [
          "db",
          "push",
          "--yes",
          "--db-url",
          server.url.replace("postgres@", "postgres:none@"),
        ],
        stdin: "null",
      }).output();
      assert.ok(push.success, decode(push.stdout) + decode(push.stderr));
      const pushed = await openDatabase({ url: server.url });
      const versions = await pushed
        .sql`select version from supabase_migrations.schema_migrations order by 1`;
      const files = [...Deno.readDirSync("supabase/migrations")].map((f) =>
        f.name.split("_")[0]
      ).sort();
      assert.deepEqual(versions.map((v) => v.version), files);
      const columns = (sql: typeof pushed.sql) =>
        sql`select table_name, column_name, data_type, is_nullable from information_schema.columns
        where table_schema = 'public' order by 1, 2`;
      const own = await openDatabase({ url: await server.database("own") });
      assert.deepEqual([...await columns(pushed.sql)], [
        ...await columns(own.sql),
      ]);
      await own.close();
      await pushed.close();
    } finally {
      await server.stop();
    }
  },
);

Deno.test("without an X token one line says so and the rest runs", async () => {
  const sandbox = await startSandbox({ days: 1 });
  const { data, env } = await prepare(sandbox, { historyDays: 0 });
  await putDatabase(data);
  await using collector = startTask(["collect"], {
    ...env,
    X_BEARER_TOKEN: "",
  });
  await collector.says(/dcinside: bitcoins_new1 done/);
  collector.stop();
  const run = await collector.ended;
  assert.equal(run.code, 0, run.err);
  assert.equal(run.out.match(/X_BEARER_TOKEN is not set/g)?.length, 1);
  await sandbox.close();
  await Deno.remove(data, { recursive: true });
});

Deno.test("mistakes get one clear sentence with the remedy, no stack trace", async (t) => {
  const sandbox = await startSandbox({ days: 1 });
  const { data, env } = await prepare(sandbox);
  await putDatabase(data);
  const fails = async (
    name: string,
    args: string[],
    more: Record<string, string>,
    words: RegExp[],
  ) => {
    await t.step(name, async () => {
      const run = await runTask(args, { ...env, ...more });
      assert.notEqual(run.code, 0);
      const lines = run.err.trim().split("\n");
      assert.equal(lines.length, 1, run.err);
      assert.match(lines[0]!, /^error: .*\.$/);
      for (const word of words) assert.match(lines[0]!, word);
      assert.doesNotMatch(run.out + run.err, /\bat .*\.ts:\d+/);
    });
  };
  const config = async (value: unknown) => {
    const path = await Deno.makeTempFile({ dir: data, suffix: ".json" });
    await Deno.writeTextFile(
      path,
      typeof value === "string" ? value : JSON.stringify(value),
    );
    return { CROWDTAPE_CONFIG: path };
  };
  const { upbit } = sandbox.config.venues;

  await fails(
    "a wrong key",
    ["collect"],
    await config({ venues: { upbit: { market: ["KRW-BTC"] } } }),
    [
      /unknown key "market" at venues\.upbit/,
      /allowed there: markets, channels/,
    ],
  );
  await fails(
    "a wrong value",
    ["collect"],
    await config({ historyDays: "seven" }),
    [/historyDays/],
  );
  await fails(
    "a venue that does not exist",
    ["collect"],
    await config({ venues: { upbeat: {} } }),
    [/upbeat/, /upbit/],
  );
  await fails("not JSON", ["collect"], await config("{"), [/is not JSON/]);
  await fails("no such file", ["collect"], {
    CROWDTAPE_CONFIG: `${data}/none.json`,
  }, [/cannot be read/, /CROWDTAPE_CONFIG/]);
  await fails(
    "an unknown market",
    ["collect"],
    await config({
      venues: { upbit: { ...upbit, markets: ["BTC-KRW"] } },
      api: { port: 0 },
    }),
    [/upbit lists no market BTC-KRW/, /Did you mean KRW-BTC/],
  );
  await fails(
    "not an address",
    ["collect"],
    { DATABASE_URL: "localhost:5432" },
    [/DATABASE_URL is not a PostgreSQL address/],
  );
  await fails("nobody there", ["collect"], {
    DATABASE_URL: "postgres://me:secret@127.0.0.1:1/db",
  }, [
    /postgres:\/\/me:\*\*\*@127\.0\.0\.1:1\/db cannot be used/,
    /Check DATABASE_URL/,
  ]);
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await fails(
    "a port in use",
    ["collect"],
    await config({ ...sandbox.config, api: { port: taken.addr.port } }),
    [/is in use/, /api\.port/],
  );
  taken.close();
  await fails("an unknown option", ["collect", "--fro", "5s"], {}, [
    /--fro/,
    /--help/,
  ]);
  await fails("a duration that is none", ["collect", "--for", "soon"], {}, [
    /--for wants a duration/,
  ]);
  await fails("an empty lake", ["analyze"], {}, [/lake/, /deno task snapshot/]);
  await fails("no marts", ["site"], {}, [/deno task analyze/]);
  await fails("a data folder that is none", ["collect"], {
    CROWDTAPE_DATA: "/dev/null/data",
  }, [/CROWDTAPE_DATA/]);
  await fails("a demo over collected data", ["demo", "--once"], {}, [
    /demo did not make/,
    /CROWDTAPE_DATA/,
  ]);

  await t.step("each task has --help", async () => {
    for (
      const name of [
        "collect",
        "demo",
        "snapshot",
        "analyze",
        "site",
        "preview",
      ]
    ) {
      const run = await runTask([name, "--help"], env);
      assert.equal(run.code, 0, run.err);
      assert.match(run.out, new RegExp(`deno task ${name}`));
    }
  });
  await sandbox.close();
  await Deno.remove(data, { recursive: true });
});
