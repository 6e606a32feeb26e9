import assert from "node:assert/strict";
import { api } from "../collector/api/api.ts";
import { openDatabase } from "../collector/database.ts";
import type { Candle, Event } from "../collector/events.ts";
import { Store } from "../collector/store/store.ts";

const MINUTE = 60e6;
const T0 = Date.UTC(2026, 6, 30, 7, 4) * 1000;

const candle = (minute: number, more: Partial<Candle> = {}): Candle => ({
  kind: "candle",
  venue: "upbit",
  market: "KRW-BTC",
  interval: "1m",
  ts: T0 + minute * MINUTE,
  open: "91368000.5",
  high: "2",
  low: "1",
  close: "2",
  volume: "0.123456789012345678",
  quoteVolume: "4",
  tradeCount: 2,
  source: "venue",
  state: "closed",
  ...more,
});

Deno.test("the API answers from the database", async (t) => {
  const data = await Deno.makeTempDir();
  const db = await openDatabase({ data });
  const store = new Store(db.sql);
  const app = api({ sql: db.sql, liveEveryMs: 20 });
  const get = async (path: string) => {
    const response = await app.request(path);
    return { status: response.status, body: await response.json() };
  };

  await t.step("an empty database is starting, not broken", async () => {
    const { status, body } = await get("/healthz");
    assert.equal(status, 200);
    assert.equal(body.status, "starting");
  });

  const events: Event[] = [
    candle(0),
    candle(0, { source: "trades", close: "9" }),
    candle(1, { source: "trades", state: "closed", close: "7" }),
    candle(2, { source: "trades", state: "partial" }),
    candle(4, { state: "no_trade", tradeCount: 0 }),
    {
      kind: "ticker",
      venue: "upbit",
      market: "KRW-BTC",
      ts: T0,
      last: "91368000.10",
      volume24h: "1",
      value24h: "2",
      changeRate: "-0.01",
    },
    {
      kind: "trade",
      venue: "upbit",
      market: "KRW-BTC",
      id: "17853950411240001",
      ts: T0,
      price: "1",
      size: "1",
      side: "buy",
      fills: 1,
    },
  ];
  store.write(events, Date.now() * 1000);
  store.list([
    {
      venue: "upbit",
      market: "KRW-BTC",
      base: "BTC",
      quote: "KRW",
      koreanName: "비트코인",
      englishName: "Bitcoin",
      active: true,
      warning: null,
    },
    {
      venue: "upbit",
      market: "KRW-ETH",
      base: "ETH",
      quote: "KRW",
      koreanName: "이더리움",
      englishName: "Ethereum",
      active: true,
      warning: "CAUTION",
    },
  ]);
  store.reject({
    source: "upbit",
    place: "KRW-BTC",
    reason: "not JSON",
    payload: "{\0",
  });
  await store.close();

  await t.step(
    "candles: the venue's own first, exact, ascending, unknown minutes absent",
    async () => {
      const { body } = await get("/v1/candles?venue=upbit&market=KRW-BTC");
      assert.deepEqual(
        body.candles.map((
          c: Record<string, unknown>,
        ) => [c.ts, c.close, c.source, c.state]),
        [
          ["2026-07-30T07:04:00.000Z", "2", "venue", "closed"],
          ["2026-07-30T07:05:00.000Z", "7", "trades", "closed"],
          ["2026-07-30T07:06:00.000Z", "2", "trades", "partial"],
          ["2026-07-30T07:08:00.000Z", "2", "venue", "no_trade"],
        ],
      );
      assert.equal(body.candles[0].open, "91368000.5");
      assert.equal(body.candles[0].volume, "0.123456789012345678");
    },
  );

  await t.step("candles: range and limit", async () => {
    const range = "from=2026-07-30T07:05:00Z&to=2026-07-30T07:08:00Z";
    const { body } = await get(
      `/v1/candles?venue=upbit&market=KRW-BTC&${range}&limit=1`,
    );
    assert.deepEqual(body.candles.map((c: { ts: string }) => c.ts), [
      "2026-07-30T07:06:00.000Z",
    ]);
  });

  await t.step("a bad question gets a sentence", async () => {
    for (
      const [path, status, words] of [
        ["/v1/candles?venue=upbit", 400, /market/],
        ["/v1/candles?venue=upbit&market=KRW-BTC&limit=0", 400, /limit/],
        ["/v1/candles?venue=upbit&market=KRW-BTC&from=yesterday", 400, /from/],
        ["/v1/candles?venue=upbit&market=KRW-BTC&interval=5m", 400, /interval/],
        ["/v1/candles?venue=upbit&market=NOPE", 404, /No market NOPE at upbit/],
        ["/nothing", 404, /openapi\.json/],
      ] as const
    ) {
      const { status: got, body } = await get(path);
      assert.equal(got, status, path);
      assert.match(body.error, words);
    }
  });

  await t.step("what looks like SQL is a value", async () => {
    const { status } = await get(
      "/v1/candles?venue=upbit&market=" +
        encodeURIComponent("'; drop table trades; --"),
    );
    assert.equal(status, 404);
    const [row] = await db.sql`select count(*)::int as n from trades`;
    assert.equal(row!.n, 1);
  });

  await t.step("markets, and those that are collected", async () => {
    const { body } = await get("/v1/markets");
    assert.equal(body.markets.length, 2);
    assert.equal(body.markets[1].warning, "CAUTION");
    const collected = (await get("/v1/markets?collected=true")).body.markets;
    assert.deepEqual(collected.map((m: { market: string }) => m.market), [
      "KRW-BTC",
    ]);
  });

  await t.step("health tells feeds and rejects", async () => {
    const { body } = await get("/healthz");
    assert.equal(body.status, "ok");
    assert.equal(body.rejects_last_hour, 1);
    const trades = body.feeds.find((f: { channel: string }) =>
      f.channel === "trade"
    );
    assert.equal(trades.events, "1");
    assert.ok(trades.age_seconds < 60);
  });

  await t.step("a sudden rise of rejects shows", async () => {
    await db.sql`
      insert into rejects (source, place, reason, payload)
      select 'binance', 'wss://x', 'not JSON', 'x' from generate_series(1, 40)`;
    const { body } = await get("/healthz");
    assert.equal(body.status, "unreadable");
    assert.deepEqual(body.rejects_rising, [
      { source: "binance", last_5_minutes: 40, usual: 0 },
    ]);
    // Usual for this source, so no rise.
    await db.sql`
      insert into rejects (source, place, reason, payload, received_at)
      select 'binance', 'wss://x', 'not JSON', 'x', now() - interval '1 hour' from generate_series(1, 3000)`;
    assert.equal((await get("/healthz")).body.status, "ok");
    await db.sql`delete from rejects where source = 'binance'`;
  });

  await t.step("gaps, newest first, and counted", async () => {
    await db.sql`
      insert into gaps (venue, market, channel, from_ts, to_ts, from_id, reason, state, recovered) values
        ('upbit', 'KRW-BTC', 'trade', '2026-11-18 12:00Z', '2026-11-18 12:01Z', 17853950411240001, 'cut', 'repaired', 7),
        ('upbit', 'KRW-BTC', 'trade', '2026-11-18 13:00Z', null, null, 'cut', 'open', 0)`;
    const { body } = await get("/v1/gaps?venue=upbit");
    assert.deepEqual(
      body.gaps.map((g: Record<string, unknown>) => [
        g.from_ts,
        g.to_ts,
        g.from_id,
        g.state,
        g.recovered,
      ]),
      [
        ["2026-11-18T13:00:00.000Z", null, null, "open", 0],
        [
          "2026-11-18T12:00:00.000Z",
          "2026-11-18T12:01:00.000Z",
          "17853950411240001",
          "repaired",
          7,
        ],
      ],
    );
    const one = await get("/v1/gaps?state=repaired&to=2026-11-18T12:30:00Z");
    assert.equal(one.body.gaps.length, 1);
    assert.equal(
      (await get("/v1/gaps?from=2026-11-18T12:30:00Z")).body.gaps.length,
      1,
    );
    assert.equal((await get("/v1/gaps?state=lost")).status, 400);
    assert.equal((await get("/healthz")).body.gaps_open, 1);
    const text = await (await app.request("/metrics")).text();
    assert.match(
      text,
      /crowdtape_gaps\{venue="upbit",channel="trade",state="repaired"\} 1/,
    );
    assert.match(
      text,
      /crowdtape_gap_seconds\{venue="upbit",channel="trade",state="repaired"\} 60/,
    );
  });

  await t.step("a stream that went quiet is stale", async () => {
    await db
      .sql`update feeds set last_received_at = now() - interval '10 minutes'`;
    const { body } = await get("/healthz");
    assert.equal(body.status, "stale");
    assert.deepEqual(body.stale, ["upbit KRW-BTC ticker"]);
  });

  await t.step(
    "a market in which nothing happens, or that is gone, is not",
    async () => {
      const stale = async () => (await get("/healthz")).body.stale;
      const { sql } = db;
      await sql`
      insert into observed (span_id, collector, venue, markets, channels, from_ts, to_ts)
      values (gen_random_uuid(), gen_random_uuid(), 'upbit', array['KRW-BTC'], array['ticker', 'trade'],
        now() - interval '1 hour', now())`;
      assert.deepEqual(await stale(), []);
      // It trades, and still no ticker comes.
      await sql`update feeds set last_received_at = now() where channel = 'trade'`;
      assert.deepEqual(await stale(), ["upbit KRW-BTC ticker"]);
      await sql`
      insert into notices (venue, market, notice, first_seen, last_seen)
      values ('upbit', 'KRW-BTC', 'delisted', now(), now())`;
      assert.deepEqual(await stale(), []);
      await sql`delete from notices`;
      await sql`delete from observed`;
    },
  );

  await t.step("metrics in Prometheus' form", async () => {
    const response = await api({
      sql: db.sql,
      metrics: () => [{
        name: "crowdtape_odd",
        help: "h",
        type: "gauge",
        labels: { a: 'q"\\\n' },
        value: 1,
      }],
    }).request("/metrics");
    const text = await response.text();
    assert.match(
      response.headers.get("content-type")!,
      /^text\/plain; version=0\.0\.4/,
    );
    assert.match(
      text,
      /^crowdtape_events_total\{source="upbit",stream="KRW-BTC",channel="trade"\} 1$/m,
    );
    assert.match(text, /^crowdtape_rejects\{source="upbit"\} 1$/m);
    assert.match(text, /^crowdtape_odd\{a="q\\"\\\\\\n"\} 1$/m);
    for (const line of text.trim().split("\n")) {
      assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? -?[\d.e+-]+)$/);
    }
  });

  await t.step("live prices stream, each with its exact text", async () => {
    const response = await app.request("/v1/live");
    assert.match(response.headers.get("content-type")!, /^text\/event-stream/);
    const reader = response.body!.pipeThrough(new TextDecoderStream())
      .getReader();
    let text = "";
    while ((text.match(/event: tickers/g) ?? []).length < 2) {
      text += (await reader.read()).value;
    }
    await reader.cancel();
    const data = JSON.parse(/event: tickers\ndata: (.*)\n/.exec(text)![1]!);
    assert.equal(data.tickers[0].last, "91368000.10");
    assert.equal(data.tickers[0].ts, "2026-07-30T07:04:00.000Z");
    assert.match(text, /event: feeds\n/);
  });

  await t.step("the OpenAPI description names every route", async () => {
    const { body } = await get("/openapi.json");
    assert.equal(body.openapi, "3.0.3");
    const served = app.routes.filter((r) => r.method === "GET").map((r) =>
      r.path
    );
    assert.deepEqual(
      Object.keys(body.paths).sort(),
      served.filter((path) => path !== "/openapi.json").sort(),
    );
  });

  await db.close();
  await t.step("without a database health is 503", async () => {
    const { status, body } = await get("/healthz");
    assert.equal(status, 503);
    assert.equal(body.status, "down");
    assert.equal((await app.request("/v1/markets")).status, 503);
    assert.equal((await app.request("/v1/premium")).status, 503);
  });
  await Deno.remove(data, { recursive: true });
});

Deno.test("the edge function serves the same app under /api", async () => {
  const data = await Deno.makeTempDir();
  const db = await openDatabase({ data });
  const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = probe.addr;
  probe.close();
  const edge = new Deno.Command("deno", {
    args: [
      "run",
      "--no-prompt",
      "--allow-net",
      "--allow-env",
      "--allow-read",
      "supabase/functions/api/index.ts",
    ],
    env: {
      SUPABASE_DB_URL: db.url,
      DENO_SERVE_ADDRESS: `tcp:127.0.0.1:${port}`,
    },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const err = new Response(edge.stderr).text();
  let health: Response | null = null, premium: Response | null = null;
  for (let i = 0; i < 100 && !health; i++) {
    await new Promise((wake) => setTimeout(wake, 100));
    health = await fetch(`http://127.0.0.1:${port}/api/healthz`).catch(() =>
      null
    );
  }
  if (health) premium = await fetch(`http://127.0.0.1:${port}/api/v1/premium`);
  edge.kill("SIGTERM");
  await edge.status;
  await db.close();
  await Deno.remove(data, { recursive: true });
  assert.equal(health?.status, 200, await err);
  assert.equal((await health.json()).status, "starting");
  assert.match((await premium!.json()).note, /deno task publish/);
});
