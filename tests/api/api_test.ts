import assert from "node:assert/strict";
import { api } from "../../collector/api/api.ts";
import { premiumMart } from "../../collector/api/published_marts.ts";
import { shared, together } from "../../collector/api/shared.ts";
import { openDatabase } from "../../collector/database/client.ts";
import type { Candle, Event } from "../../collector/model/events.ts";
import { marketStreams } from "../../collector/watch/presence.ts";
import { Store } from "../../collector/store/store.ts";
import { emptyData } from "../support/empty_database.ts";

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
  const data = await emptyData();
  const db = await openDatabase({ data });
  const store = new Store(db.sql);
  const app = api({ sql: db.sql, liveEveryMs: 20 });
  const get = async (path: string) => {
    const response = await app.request(path);
    return { status: response.status, body: await response.json() };
  };

  await t.step("an empty database is starting, not down", async () => {
    const { status, body } = await get("/healthz");
    assert.equal(status, 503);
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
        // What PostgreSQL cannot take: a NUL, and times that it does not know.
        ["/v1/markets?venue=up%00bit", 400, /venue: holds a NUL/],
        ["/v1/candles?venue=upbit&market=%00", 400, /market: holds a NUL/],
        ["/v1/correlation?query=a%00b", 400, /query: holds a NUL/],
        ...[
          "0000-01-01T00:00:00Z",
          "9999-12-31T23:59:59-23:59",
          "0001-01-01T00:00:00%2B23:59",
          "2026-02-30T00:00:00Z",
          "2026-13-01T00:00:00Z",
          "2026-01-01T00:00:00%2B99:99",
        ].flatMap((time) =>
          [
            [`/v1/gaps?from=${time}`, 400, /from/],
            [`/v1/candles?venue=u&market=m&to=${time}`, 400, /to/],
            [`/v1/premium?to=${time}`, 400, /to/],
          ] as const
        ),
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

  /** A collector as it tells of itself; of upbit's KRW-BTC unless said otherwise. */
  const tell = async (
    { channels = ["trade", "ticker", "candle"], up = 1, began = 0 } = {},
  ) =>
    await db.sql`
      insert into collectors (collector, began_at, sockets, streams)
      values (${store.id}, clock_timestamp() - make_interval(secs => ${began}),
        ${
      JSON.stringify([{ venue: "upbit", all: 1, up, down_seconds: up ? 0 : 3 }])
    }::text::jsonb,
        ${
      JSON.stringify(marketStreams("upbit", ["KRW-BTC"], channels as ["trade"]))
    }::text::jsonb)
      on conflict (collector) do update set seen_at = excluded.seen_at, began_at = excluded.began_at,
        sockets = excluded.sockets, streams = excluded.streams`;
  /** What `/healthz` says now; it says the same for a second. */
  const healthz = async () => {
    const response = await api({ sql: db.sql }).request("/healthz");
    return { status: response.status, body: await response.json() };
  };

  await t.step("health tells feeds and rejects", async () => {
    assert.equal((await healthz()).body.status, "disconnected");
    // News that came before the collector began is none of its.
    await tell();
    assert.deepEqual((await healthz()).body.awaited, [
      "upbit * candle",
      "upbit * ticker",
      "upbit * trade",
    ]);
    await tell({ began: 60 });
    const { status, body } = await healthz();
    assert.deepEqual([status, body.status], [200, "ok"]);
    assert.equal(body.rejects_last_hour, 1);
    const trades = body.feeds.find((f: { channel: string }) =>
      f.channel === "trade"
    );
    assert.equal(trades.events, "1");
    assert.ok(trades.age_seconds < 60);
    assert.equal(trades.last_ts, "2026-07-30T07:04:00.000Z");
  });

  await t.step("a sudden rise of rejects shows", async () => {
    await db.sql`
      insert into rejects (source, place, reason, payload)
      select 'binance', 'wss://x', 'not JSON', 'x' from generate_series(1, 40)`;
    const { status, body } = await healthz();
    assert.deepEqual([status, body.status], [503, "unreadable"]);
    assert.deepEqual(body.rejects_rising, [
      { source: "binance", last_5_minutes: 40, usual: 0 },
    ]);
    // Usual for this source, so no rise.
    await db.sql`
      insert into rejects (source, place, reason, payload, received_at)
      select 'binance', 'wss://x', 'not JSON', 'x', now() - interval '1 hour' from generate_series(1, 3000)`;
    assert.equal((await healthz()).body.status, "ok");
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
    assert.equal((await healthz()).body.gaps_open, 1);
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

  await t.step("health is judged by what is configured", async (t) => {
    const { sql } = db;
    /** All news came so long ago, in seconds, but for that of some channels. */
    const quiet = (seconds: number, more: Record<string, number> = {}) =>
      Promise.all(
        ["trade", "ticker", "candle"].map((channel) =>
          sql`update stream_stats set news_at = clock_timestamp() - make_interval(secs => ${
            more[channel] ?? seconds
          }) where channel = ${channel}`
        ),
      );
    const learned = (pauses: number, longest: number) =>
      sql`update stream_stats set pauses = ${pauses}, longest_pause = ${longest}`;
    const said = async () => {
      const { status, body } = await healthz();
      return [status, body.status, ...body.stale];
    };

    await t.step("a market that trades wants tickers", async () => {
      await tell({ began: 3600 });
      await quiet(300, { trade: 1 });
      assert.deepEqual(await said(), [503, "stale", "upbit KRW-BTC ticker"]);
      await sql`
        insert into market_flags (venue, market, flag, first_seen, last_seen)
        values ('upbit', 'KRW-BTC', 'delisted', now(), now())`;
      assert.deepEqual(await said(), [200, "ok"]);
      await sql`delete from market_flags`;
    });

    await t.step("a quiet one is judged by its own pauses", async () => {
      await quiet(300);
      assert.deepEqual(await said(), [200, "ok"], "nothing is known of it yet");
      await learned(100, 31);
      assert.deepEqual(await said(), [200, "ok"], "31 s are usual");
      await learned(100, 29);
      const all = ["candle", "ticker", "trade"].map((c) =>
        `upbit KRW-BTC ${c}`
      );
      assert.deepEqual(await said(), [503, "stale", ...all]);
      await learned(0, 0);
      await quiet(700);
      const channels = ["candle", "ticker", "trade"].map((c) => `upbit * ${c}`);
      assert.deepEqual(await said(), [503, "stale", ...channels]);
    });

    await t.step("a channel that never came is missed", async () => {
      await quiet(1);
      await tell({ began: 60, channels: ["trade", "book"] });
      assert.deepEqual(await said(), [503, "starting"]);
      await tell({ began: 200, channels: ["trade", "book"] });
      assert.deepEqual(await said(), [503, "stale", "upbit * book"]);
    });

    await t.step("what is configured no more is not missed", async () => {
      await quiet(1, { ticker: 9000 });
      await learned(200, 1);
      await tell({ began: 200, channels: ["trade"] });
      assert.deepEqual(await said(), [200, "ok"]);
    });

    await t.step("without a socket nothing is well", async () => {
      await tell({ began: 200, up: 0, channels: ["trade"] });
      assert.deepEqual(await said(), [503, "disconnected"]);
      const text = await (await app.request("/metrics")).text();
      assert.match(text, /crowdtape_sockets\{venue="upbit"\} 1/);
      assert.match(text, /crowdtape_sockets_up\{venue="upbit"\} 0/);
      // Another collector has one.
      await sql`
        insert into collectors (collector, began_at, sockets, streams)
        select gen_random_uuid(), began_at, jsonb_set(sockets, '{0,up}', '1'), streams from collectors`;
      assert.deepEqual(await said(), [200, "ok"]);
      await sql`update collectors set seen_at = seen_at - interval '1 minute'`;
      assert.deepEqual(await said(), [503, "disconnected"]);
    });

    await t.step("what is looked at has missed three turns", async () => {
      await sql`delete from collectors`;
      await sql`
        insert into collectors (collector, began_at, streams) values (${store.id}, now() - interval '1 hour',
          '[{"source": "x", "channel": "count", "every": 300, "streams": ["#bitcoin -is:retweet"]}]')`;
      await sql`
        insert into stream_stats (source, stream, channel, last_ts, last_received_at, news_at)
        values ('x', '#bitcoin -is:retweet', 'count', now(), now(), now() - interval '14 minutes')`;
      assert.deepEqual(await said(), [200, "ok"]);
      await sql`update stream_stats set news_at = now() - interval '16 minutes' where source = 'x'`;
      assert.deepEqual(await said(), [
        503,
        "stale",
        "x #bitcoin -is:retweet count",
      ]);
      await sql`delete from stream_stats where source = 'x'`;
    });
    await learned(0, 0);
    await tell();
  });

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
    // Nobody knows yet for how long this stream may be silent.
    assert.doesNotMatch(text, /crowdtape_mute_after_seconds/);
    await db
      .sql`update stream_stats set pauses = 100, longest_pause = 30 where channel = 'trade'`;
    assert.match(
      await (await app.request("/metrics")).text(),
      /^crowdtape_mute_after_seconds\{source="upbit",stream="KRW-BTC",channel="trade"\} 300$/m,
    );
    await db.sql`update stream_stats set pauses = 0, longest_pause = 0`;
    for (const line of text.trim().split("\n")) {
      assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? -?[\d.e+-]+)$/);
    }
  });

  await t.step("live prices stream, each with its exact text", async () => {
    // A second market: PostgreSQL breaks the line between two.
    await db.sql`
      insert into tickers select venue, 'KRW-ETH', ts, last, volume_24h, value_24h, change_rate, received_at
      from tickers where market = 'KRW-BTC' limit 1`;
    await db.sql`
      insert into stream_stats (source, stream, channel, last_ts, last_received_at)
      values ('upbit', 'KRW-ETH', 'ticker', now(), now()) on conflict do nothing`;
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
    assert.deepEqual(
      data.tickers.map((ticker: { market: string }) => ticker.market),
      ["KRW-BTC", "KRW-ETH"],
    );
    for (const line of text.split("\n")) {
      assert.match(
        line,
        /^(event: |data: |$)/,
        "what else begins a line is lost",
      );
    }
    assert.equal(data.tickers[0].last, "91368000.10");
    assert.equal(data.tickers[0].ts, "2026-07-30T07:04:00.000Z");
    assert.match(text, /event: feeds\n/);
  });

  await t.step("the OpenAPI description names every route", async () => {
    const { body } = await get("/openapi.json");
    assert.equal(body.openapi, "3.0.3");
    // What checks a question is listed as well as what answers it.
    const served = [
      ...new Set(
        app.routes.filter((r) => r.method === "GET").map((r) => r.path),
      ),
    ];
    assert.deepEqual(
      Object.keys(body.paths).sort(),
      served.filter((path) => path !== "/openapi.json").sort(),
    );
    const { parameters, responses } = body.paths["/v1/premium"].get;
    assert.deepEqual(
      parameters.map((p: { name: string }) => p.name),
      ["base", "korean_venue", "global_venue", "from", "to", "limit"],
    );
    const { properties } = responses[200].content["application/json"].schema;
    assert.deepEqual(
      Object.keys(properties.premium.items.properties),
      Object.keys(premiumMart.columns),
    );
  });

  await t.step("a defect is 500, with an id that the log has", async () => {
    const logged: string[] = [];
    const { error: print } = console;
    console.error = (text: string) => logged.push(text);
    try {
      await db.sql`alter table markets rename to elsewhere`;
      const { status, body } = await get("/v1/markets");
      assert.equal(status, 500);
      assert.match(body.error, new RegExp(body.id));
      assert.ok(
        logged.some((line) =>
          line.includes(body.id) && /"markets" does not exist/.test(line)
        ),
      );
      await db.sql`alter table gaps rename to elsewhere_too`;
      const health = await healthz();
      assert.deepEqual([health.status, health.body.status], [500, "failed"]);
    } finally {
      console.error = print;
      await db.sql`alter table elsewhere rename to markets`;
      await db.sql`alter table elsewhere_too rename to gaps`;
    }
  });

  await db.close();
  await t.step("without a database health is 503", async () => {
    const { status, body } = await healthz();
    assert.equal(status, 503);
    assert.equal(body.status, "down");
    assert.equal((await app.request("/v1/markets")).status, 503);
    assert.equal((await app.request("/v1/premium")).status, 503);
  });
  await Deno.remove(data, { recursive: true });
});

Deno.test("one read for all who ask: none waits but the first, and an error is nobody's answer for long", async () => {
  let reads = 0, fails = false;
  const ask = shared(80, 2000, async () => {
    const mine = ++reads, failing = fails;
    await new Promise((wake) => setTimeout(wake, 200));
    if (failing) throw new Error("away");
    return mine;
  });
  assert.deepEqual(await Promise.all([ask(), ask(), ask()]), [1, 1, 1]);
  await new Promise((wake) => setTimeout(wake, 120));
  // Old, but not too old: a new one is made meanwhile.
  assert.deepEqual([await ask(), await ask(), reads], [1, 1, 2]);
  fails = true;
  await new Promise((wake) => setTimeout(wake, 400));
  assert.equal(await ask(), 2);
  await new Promise((wake) => setTimeout(wake, 400));
  await assert.rejects(ask(), /away/);
  // A database that hangs is away too.
  const hung = shared(80, 200, () => new Promise<number>(() => {}));
  await assert.rejects(hung(), { code: "ETIMEDOUT" });
});

Deno.test("the edge function serves the same app under /api", async () => {
  const data = await emptyData();
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
  assert.equal(health?.status, 503, await err);
  assert.equal((await health.json()).status, "starting");
  assert.match((await premium!.json()).note, /deno task publish/);
});

Deno.test("together: one read for all who ask at once, none older than its question", async () => {
  const reads: PromiseWithResolvers<number>[] = [];
  const ask = together<number>();
  const read = () => {
    const one = Promise.withResolvers<number>();
    reads.push(one);
    return one.promise;
  };
  const turn = () => new Promise((wake) => setTimeout(wake));
  const first = ask("a", read);
  const later = [ask("a", read), ask("a", read)];
  const other = ask("b", read);
  await turn();
  // Those that asked later wait, for the first read began before them.
  assert.equal(reads.length, 2);
  reads[0]!.reject(new Error("away"));
  await assert.rejects(first, /away/);
  await turn();
  assert.equal(reads.length, 3);
  const latest = ask("a", read);
  reads[2]!.resolve(3);
  assert.deepEqual(await Promise.all(later), [3, 3]);
  await turn();
  reads[3]!.resolve(4);
  reads[1]!.resolve(2);
  assert.deepEqual(await Promise.all([latest, other]), [4, 2]);
  // Nothing is kept: who asks afterwards is answered anew.
  const again = ask("a", read);
  reads[4]!.resolve(5);
  assert.equal(await again, 5);
});
