/** The API's routes of published marts. */
import assert from "node:assert/strict";
import { api } from "../../collector/api/api.ts";
import { indicatorColumns } from "../../collector/indicators/list.ts";
import { openDatabase } from "../../collector/database/client.ts";
import { emptyData } from "../support/empty_database.ts";

Deno.test("the API answers from published marts", async (t) => {
  const data = await emptyData();
  const db = await openDatabase({ data });
  const app = api({ sql: db.sql });
  const get = async (path: string) => {
    const response = await app.request(path);
    return { status: response.status, body: await response.json() };
  };

  await t.step("not published yet: empty, and how to publish", async () => {
    for (
      const [path, name] of [
        ["/v1/indicators?venue=upbit&market=KRW-BTC", "indicators"],
        ["/v1/attention", "attention"],
        ["/v1/correlation", "correlation"],
        ["/v1/premium", "premium"],
      ] as const
    ) {
      const { status, body } = await get(path);
      assert.equal(status, 200);
      assert.deepEqual(
        [body[name], body.next, body.published_at],
        [[], null, null],
      );
      assert.match(body.note, /Run `deno task publish`/);
    }
  });

  await db.sql`insert into published_marts (mart, published_at, row_count)
    select mart, '2026-07-30T08:00:00Z', 1 from unnest(array['indicators', 'attention', 'correlation', 'premium']) mart`;
  // As an older version published them: in another order, with one that is no more.
  await db
    .sql`update published_marts set measures = array['gone', 'sma20'] where mart = 'indicators'`;
  await db
    .sql`insert into published_indicators (venue, market, interval, ts, close, measures)
    select 'upbit', 'KRW-BTC', '1h', timestamptz '2026-07-30T00:00Z' + i * interval '1 hour', i,
      array[7, nullif(i, 3) + 0.25]
    from generate_series(0, 9) i`;
  await db
    .sql`insert into published_attention (source, query, coin, measure, bucket, ts, count_raw, count_complete, share)
    select 'dcinside', case when coin is null then 'posts:b' end, coin, 'posts', '1h',
      timestamptz '2026-07-30T00:00Z' + i * interval '1 hour', i, nullif(i, 1), case when coin is not null then 0.5 end
    from generate_series(0, 3) i, unnest(array['BTC', 'ETH', null]) coin`;
  await db
    .sql`insert into published_correlation (source, query, measure, venue, market, against, bucket, transform, method,
      r, n, valid, lag, verdict, verdict_en, verdict_ko)
    select 'x', '#bitcoin', 'tweets', 'upbit', 'KRW-BTC', 'volume', '5m', transform, method,
      case when method = 'kendall' then null else 0.25 end, 900, true, 3, 'x_leads', 'talk first', '말이 먼저'
    from unnest(array['log', 'dlog']) transform, unnest(array['pearson', 'spearman', 'kendall']) method`;
  await db
    .sql`insert into published_premium (ts, base, korean_venue, korean_market, global_venue, global_market, basis,
      stale, premium_fx)
    select timestamptz '2026-07-30T00:00Z' + i * interval '1 minute', base, 'upbit', 'KRW-' || base, 'binance',
      base || 'USDT', 'book', true, 0.0125 from generate_series(0, 3) i, unnest(array['BTC', 'ETH']) base`;

  await t.step(
    "indicators: the newest, page by page to the oldest",
    async () => {
      const ask = "/v1/indicators?venue=upbit&market=KRW-BTC&limit=4";
      const { body } = await get(ask);
      assert.equal(body.published_at, "2026-07-30T08:00:00.000Z");
      assert.equal(body.note, null);
      const closes: number[] = [];
      let page = body;
      for (;;) {
        closes.unshift(
          ...page.indicators.map((row: { close: number }) => row.close),
        );
        if (page.next === null) break;
        page = (await get(`${ask}&to=${page.next}`)).body;
      }
      assert.deepEqual(closes, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      const span = "from=2026-07-30T02:00:00Z&to=2026-07-30T13:00:00%2B09:00";
      const { indicators } = (await get(`${ask}&${span}`)).body;
      assert.deepEqual(
        indicators.map((
          r: Record<string, unknown>,
        ) => [r.ts, r.sma20, r.rsi14]),
        [
          ["2026-07-30T02:00:00.000Z", 2.25, null],
          ["2026-07-30T03:00:00.000Z", null, null],
        ],
      );
      assert.deepEqual(Object.keys(indicators[0]), [
        "ts",
        "close",
        ...indicatorColumns.map(({ column }) => column),
      ]);
    },
  );

  await t.step(
    "attention: by coin or query; a page never parts a time",
    async () => {
      const { body } = await get("/v1/attention?limit=4");
      assert.equal(body.attention.length, 3);
      assert.equal(body.next, "2026-07-30T03:00:00.000Z");
      assert.deepEqual(
        body.attention.map((r: Record<string, unknown>) => r.coin),
        ["BTC", "ETH", null],
      );
      const coin = (await get("/v1/attention?coin=BTC&measure=posts")).body;
      assert.deepEqual(
        coin.attention.map((
          r: Record<string, unknown>,
        ) => [r.coin, r.query, r.count_raw, r.count_complete, r.share, r.z]),
        [0, 1, 2, 3].map((
          i,
        ) => ["BTC", null, i, i === 1 ? null : i, 0.5, null]),
      );
      const query = (await get("/v1/attention?query=posts:b")).body.attention;
      assert.deepEqual([query.length, query[0].coin], [4, null]);
      const few = await get("/v1/attention?limit=2");
      assert.equal(few.status, 400);
      assert.match(few.body.error, /more than 2 rows share one time/);
      const none = (await get("/v1/attention?coin=XRP")).body;
      assert.deepEqual(none.attention, []);
      assert.match(none.note, /Nothing that is published matches/);
    },
  );

  await t.step("correlation: filters and pages", async () => {
    const { body } = await get("/v1/correlation?transform=log&verdict=x_leads");
    assert.deepEqual(
      body.correlation.map((r: Record<string, unknown>) => [r.method, r.r]),
      [["kendall", null], ["pearson", 0.25], ["spearman", 0.25]],
    );
    assert.equal(body.correlation[0].verdict_ko, "말이 먼저");
    const first = (await get("/v1/correlation?limit=4")).body;
    assert.equal(first.next, 4);
    const rest =
      (await get(`/v1/correlation?limit=4&offset=${first.next}`)).body;
    assert.deepEqual([rest.correlation.length, rest.next], [2, null]);
  });

  await t.step("premium: by coin and venue, stale rates say so", async () => {
    const { body } = await get("/v1/premium?base=ETH&korean_venue=upbit");
    assert.equal(body.premium.length, 4);
    assert.deepEqual(
      [body.premium[0].stale, body.premium[0].premium_fx, body.premium[0].fx],
      [true, 0.0125, null],
    );
    const { premium } = (await get("/v1/premium?limit=5")).body;
    assert.equal(premium.length, 4);
  });

  await t.step("a bad question about marts gets a sentence too", async () => {
    const ask = "/v1/indicators?venue=upbit&market=KRW-BTC";
    for (
      const [path, status, words] of [
        ["/v1/indicators?venue=upbit", 400, /^market is missing\. .*openapi/],
        [`${ask}&interval=2h`, 400, /^interval: .*"4h"/],
        [`${ask}&venue=binance`, 400, /^venue: .*array/],
        [`${ask}&from=yesterday`, 400, /^from: /],
        [`${ask}&limit=5001`, 400, /^limit: .*5000/],
        [
          `${ask}&from=2026-07-30T02:00:00Z&to=2026-07-30T02:00:00Z`,
          400,
          /^from: has to be earlier than `to`/,
        ],
        ["/v1/attention?coins=BTC", 400, /coins/],
        ["/v1/correlation?method=cosine", 400, /^method: .*"kendall"/],
        ["/v1/correlation?offset=-1", 400, /^offset: /],
        ["/v1/premium?base=", 400, /^base: /],
        [
          "/v1/indicators?venue=upbit&market=NOPE",
          404,
          /No indicators of NOPE at upbit are published/,
        ],
      ] as const
    ) {
      const { status: got, body } = await get(path);
      assert.equal(got, status, path);
      assert.match(body.error, words);
    }
  });

  await t.step("what is asked by time is found by an index", async () => {
    const plan = async (query: string) =>
      await db.sql.begin(async (tx) => {
        await tx`set local enable_seqscan = off`;
        const rows = await tx.unsafe(`explain ${query}`);
        return rows.map((row) => row["QUERY PLAN"]).join("\n");
      }) as string;
    const newest = "ts < now() order by ts desc";
    assert.match(
      await plan(
        `select * from published_indicators where venue = 'a' and market = 'b' and interval = 'c' and ${newest} limit 5`,
      ),
      /Index Scan Backward using published_indicators_pkey/,
    );
    assert.match(
      await plan(
        `select * from published_attention where bucket = '1h' and ${newest}, coin desc, query desc limit 5`,
      ),
      /Index Scan Backward using published_attention_time/,
    );
    assert.match(
      await plan(
        `select * from published_premium where base = 'BTC' and ${newest}, korean_venue desc limit 5`,
      ),
      /Index Scan Backward using published_premium_pkey/,
    );
  });

  await db.close();
  await Deno.remove(data, { recursive: true });
});
