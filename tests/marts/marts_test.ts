import assert from "node:assert/strict";
import { analyze } from "../../analytics/analyze.ts";
import { CliError } from "../../collector/cli/errors.ts";
import { ask, fillLake, withData } from "../bench/fill_lake.ts";

const START = "timestamptz '2026-11-01 00:00:00+00'";

/** Every mart has a file named after it. */
/** Whether a mart is made by the day, into a folder. */
const byDay = (mart: string): boolean =>
  /^-- period: day$/m.test(
    Deno.readTextFileSync(`analytics/marts/${mart}.sql`),
  );

const MARTS = [...Deno.readDirSync("analytics/marts")]
  .map((file) => file.name.replace(/\.sql$/, "")).sort();

/** A candle row as SQL values: minute, open, high, low, close, volume, state, source, count, written. */
type CandleRow = [
  minute: number,
  open: number,
  high: number,
  low: number,
  close: number,
  volume: number,
  state: string,
  source: string,
  count: number | null,
  written?: number,
];

const sql = (value: unknown) =>
  value === null || value === undefined
    ? "null"
    : typeof value === "string"
    ? `'${value}'`
    : String(value);

const candles = (data: string, rows: CandleRow[], market = "KRW-BTC") =>
  fillLake(
    data,
    "candles",
    `select 'upbit' as venue, '${market}' as market, '1m' as interval, ${START} + to_minutes(minute) as ts,
      open, high, low, close, volume, close * volume as quote_volume, state, source, count as trade_count,
      coalesce(written, 1) as written, coalesce(written, 1) - 1 as revision
    from (values ${
      rows.map((r) =>
        `(${Array.from({ length: 10 }, (_, i) => sql(r[i])).join(", ")})`
      ).join(", ")
    }) v(minute, open, high, low, close, volume, state, source, count, written)`,
    market,
  );

const bars = (data: string, interval: string) =>
  ask(
    data,
    `select epoch(ts)::integer // 60 - ${
      Date.parse("2026-11-01") / 60000
    } as minute, open, high, low, close, volume, trade_count as count, state, source, revision
    from marts.candles where interval = '${interval}' order by ts`,
  );

Deno.test("candles: the venue's own first, then trades; the last version; longer ones from minutes", async () => {
  await withData(async (data) => {
    await candles(data, [
      [0, 10, 12, 9, 11, 1, "closed", "venue", null],
      // The trades know how many they were.
      [0, 10, 12, 9, 11, 1, "closed", "trades", 7],
      // Revised: the last version counts.
      [1, 11, 11, 11, 11, 1, "closed", "trades", 1, 1],
      [1, 11, 15, 11, 14, 3, "closed", "trades", 2, 5],
      [2, 14, 14, 14, 14, 0, "no_trade", "venue", 0],
      [3, 16, 17, 16, 17, 2, "closed", "trades", 4],
      // The venue's own is whole where the trades' is not.
      [4, 17, 17, 8, 9, 1, "closed", "venue", 3],
      [4, 17, 17, 17, 17, 0.5, "partial", "trades", 1],
      // Minute 5 opens with nothing traded, 7 is unknown.
      [5, 9, 9, 9, 9, 0, "no_trade", "venue", 0],
      [6, 20, 21, 19, 20, 1, "closed", "venue", 1],
      [8, 20, 20, 20, 20, 1, "closed", "venue", 1],
      [9, 20, 20, 20, 20, 1, "closed", "venue", 1],
      ...[10, 11, 12, 13, 14].map((m): CandleRow => [
        m,
        20,
        20,
        20,
        20,
        0,
        "no_trade",
        "venue",
        0,
      ]),
    ]);
    await analyze({ data, only: "candles" });
    const minutes = await bars(data, "1m");
    assert.equal(minutes.length, 14);
    assert.deepEqual(minutes.slice(0, 2), [
      {
        minute: 0,
        open: 10,
        high: 12,
        low: 9,
        close: 11,
        volume: 1,
        count: "7",
        state: "closed",
        source: "venue",
        revision: 0,
      },
      {
        minute: 1,
        open: 11,
        high: 15,
        low: 11,
        close: 14,
        volume: 3,
        count: "2",
        state: "closed",
        source: "trades",
        revision: 4,
      },
    ]);
    assert.deepEqual(
      [minutes[4]!.source, minutes[4]!.state, minutes[4]!.low],
      ["venue", "closed", 8],
    );
    assert.deepEqual(await bars(data, "5m"), [
      {
        minute: 0,
        open: 10,
        high: 17,
        low: 8,
        close: 9,
        volume: 7,
        count: "16",
        state: "closed",
        source: "mixed",
        revision: 4,
      },
      // The first trade opens it, not the price carried over; a minute is unknown.
      {
        minute: 5,
        open: 20,
        high: 21,
        low: 19,
        close: 20,
        volume: 3,
        count: "3",
        state: "partial",
        source: "venue",
        revision: 0,
      },
      {
        minute: 10,
        open: 20,
        high: 20,
        low: 20,
        close: 20,
        volume: 0,
        count: "0",
        state: "no_trade",
        source: "venue",
        revision: 0,
      },
    ]);
    assert.deepEqual(
      (await bars(data, "1d")).map((b) => [b.minute, b.state, b.close]),
      [[0, "partial", 20]],
    );
  });
});

Deno.test("overview: changes over whole minutes, shares of the quote's volume", async () => {
  await withData(async (data) => {
    const at = (m: number, close: number, volume: number): CandleRow => [
      m,
      close,
      close,
      close,
      close,
      volume,
      "closed",
      "venue",
      2,
    ];
    // 1,500 minutes, but the one an hour before the last is unknown.
    await candles(
      data,
      Array.from({ length: 1500 }, (_, m) => at(m, 100 + m, 1))
        .filter(([m]) => m !== 1439),
    );
    await candles(data, [at(1499, 50, 10)], "KRW-ETH");
    await fillLake(
      data,
      "markets",
      `select 'upbit' as venue, m as market, m[5:] as base, 'KRW' as quote, '비트코인' as korean_name,
        'Bitcoin' as english_name, true as active, ${START} as first_seen
      from (values ('KRW-BTC'), ('KRW-ETH'), ('KRW-NEW')) v(m)`,
    );
    await fillLake(
      data,
      "trades",
      `select 'upbit' as venue, 'KRW-BTC' as market, 1 as trade_id, ${START} + to_minutes(1500) + to_seconds(7) as ts,
        1600.5 as price, 1 as size`,
    );
    await analyze({ data, only: "overview" });
    const rows = await ask(data, "from marts.overview");
    assert.deepEqual(rows.map((r) => r.market), ["KRW-BTC", "KRW-ETH"]);
    const [btc, eth] = rows as [
      Record<string, unknown>,
      Record<string, unknown>,
    ];
    assert.equal(btc.last, 1600.5);
    assert.equal(btc.last_ts, "2026-11-02 01:00:07");
    assert.ok(Math.abs(Number(btc.change_1m) - (1599 - 1598) / 1598) < 1e-15);
    assert.equal(btc.change_1h, null, "that minute is unknown");
    assert.ok(Math.abs(Number(btc.change_24h) - (1599 - 159) / 159) < 1e-14);
    assert.deepEqual([btc.volume_24h, btc.trades_24h, btc.minutes_24h], [
      1439,
      "2878",
      1439,
    ]);
    assert.equal(eth.quote_volume_24h, 500);
    assert.equal(eth.change_1m, null);
    assert.ok(
      Math.abs(Number(btc.volume_share) + Number(eth.volume_share) - 1) < 1e-12,
    );
    assert.deepEqual([eth.base, eth.quote, eth.korean_name], [
      "ETH",
      "KRW",
      "비트코인",
    ]);
  });
});

Deno.test("attention: a zero is known, an unknown minute is not zero", async () => {
  await withData(async (data) => {
    const known = (minute: number) =>
      // Minute 7 was never seen; 12 only in part.
      minute === 7 ? [] : [
        `('dcinside', 'posts:b', ${minute}, ${minute < 5 ? 0 : 2}, ${
          minute !== 12
        })`,
      ];
    await fillLake(
      data,
      "counts",
      `select source, query, ${START} + to_minutes(minute) as ts, '1m' as bucket, count, complete,
        count + 1 as first_count, 1 as written
      from (values ${
        Array.from({ length: 60 }, (_, m) => known(m)).flat().join(", ")
      }, ('x', '#bitcoin -is:retweet', 0, 4, true)) v(source, query, minute, count, complete)`,
    );
    await analyze({ data, only: "attention" });
    const five = await ask(
      data,
      `select count_raw as raw, count_complete as complete from marts.attention
       where bucket = '5m' and measure = 'posts' order by ts limit 4`,
    );
    assert.deepEqual(five, [
      // As first seen: what was deleted since still counts.
      { raw: "0", complete: "5" },
      { raw: "8", complete: null },
      { raw: "10", complete: null },
      { raw: "10", complete: "15" },
    ]);
    assert.deepEqual(
      await ask(
        data,
        `select bucket, count(*) as n, count(count_complete) as whole from marts.attention
         where measure = 'posts' group by bucket order by bucket`,
      ),
      [
        { bucket: "1h", n: "1", whole: "0" },
        { bucket: "1m", n: "59", whole: "58" },
        { bucket: "5m", n: "12", whole: "10" },
      ],
    );
    assert.deepEqual(
      await ask(
        data,
        "select measure, count_complete as n from marts.attention where source = 'x' and bucket = '1m'",
      ),
      [{ measure: "tweets", n: "5" }],
    );
  });
});

Deno.test("analyze says which mart there is not, and what an empty lake needs", async () => {
  await withData(async (data) => {
    await assert.rejects(
      analyze({ data }),
      new CliError(
        `The lake under ${data}/lake is empty. Run \`deno task snapshot\` first.`,
      ),
    );
    await assert.rejects(
      analyze({ data, only: "candels" }),
      new CliError(
        `There is no mart "candels". There are: ${MARTS.join(", ")}.`,
      ),
    );
  });
});

Deno.test("every mart is made, empty where the lake has nothing for it", async () => {
  await withData(async (data) => {
    await fillLake(
      data,
      "tickers",
      `select 'upbit' as venue, 'KRW-BTC' as market, ${START} as ts, 5 as last`,
    );
    const made = await analyze({ data });
    assert.deepEqual(made.map((m) => m.mart).sort(), MARTS);
    // These say what the code knows by itself: names of coins, words of the lexicon and how well it does.
    const own = ["coins", "lexicon", "tone_error"];
    assert.deepEqual(
      made.filter((m) => m.rows > 0).map((m) => m.mart).sort(),
      [...own, "overview"].sort(),
    );
    const [row] = await ask(
      data,
      "select last, base, change_1m from marts.overview",
    );
    assert.deepEqual(row, { last: 5, base: null, change_1m: null });
    const left = await Array.fromAsync(Deno.readDir(`${data}/marts`));
    assert.deepEqual(
      left.map((f) => f.name).sort(),
      [".units", ...MARTS.map((mart) => byDay(mart) ? mart : `${mart}.parquet`)]
        .sort(),
    );
  });
});
