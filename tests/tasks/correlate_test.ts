/** `deno task correlate` as a user runs it, and the marts made of the same code. */
import assert from "node:assert/strict";
import { openDuckdb } from "../../analytics/lake/lake.ts";
import { analyze } from "../../analytics/analyze.ts";
import { correlate } from "../../analytics/correlate.ts";
import { align, logarithm } from "../../analytics/statistics/align.ts";
import { neweyWest } from "../../analytics/statistics/newey_west.ts";
import { pearson } from "../../analytics/statistics/pearson.ts";
import { hourly, normalFrom } from "../bench/calibration_series.ts";
import { ask, fillLake, withData } from "../bench/fill_lake.ts";
import { REAL, test } from "../support/requirements.ts";
import { runTask } from "../support/run_task.ts";

const run = (...args: string[]) => runTask(["correlate", ...args]);

/** A folder with `talk.csv` and `market.csv`: talk leads by 3 hours. */
async function withFiles(
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "crowdtape-correlate-" });
  const normal = normalFrom(9);
  const n = 1200;
  const news = Array.from({ length: n + 3 }, normal);
  const time = (t: number) =>
    new Date(hourly(n).start + t * 3_600_000).toISOString();
  const lines = (value: (t: number) => string | null, head: string) =>
    [
      head,
      ...Array.from({ length: n }, (_, t) => value(t)).filter((v) =>
        v !== null
      ),
    ].join("\n");
  try {
    await Deno.writeTextFile(
      `${folder}/talk.csv`,
      lines(
        (t) => `${time(t)},${Math.round(100 * Math.exp(0.5 * news[t + 3]!))}`,
        "at,posts: all",
      ),
    );
    await Deno.writeTextFile(
      `${folder}/market.csv`,
      lines(
        // An outage of 50 hours, and 10 without a value.
        (t) =>
          t >= 500 && t < 550
            ? null
            : t >= 700 && t < 710
            ? `${time(t)},`
            : `${time(t)},${Math.exp(0.5 * news[t]! + normal())}`,
        "at,Volume BTC",
      ),
    );
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("correlate finds a lead of three hours, and says what it dropped", async () => {
  await withFiles(async (folder) => {
    const asked = [
      "--x",
      `${folder}/talk.csv:posts: all`,
      "--y",
      `${folder}/market.csv:Volume BTC`,
      "--time",
      "at",
      "--bucket",
      "1h",
      "--draws",
      "200",
    ];
    const { code, out, err } = await run(...asked, "--json");
    assert.equal(code, 0, err);
    const data = JSON.parse(out);
    assert.equal(data.verdict.code, "x_leads");
    assert.deepEqual(
      [data.verdict.found.lag, data.verdict.found.minutes],
      [3, 180],
    );
    assert.match(data.verdict.en, /posts: all leads Volume BTC by 3 buckets/);
    assert.match(data.verdict.ko, /3구간\(3시간\) 먼저/);
    assert.equal(data.alignment.pairs, 1140);
    assert.deepEqual(
      [data.alignment.y.absent, data.alignment.y.missing],
      [50, 10],
    );
    assert.deepEqual(data.scales, { x: "log1p", y: "log" });
    assert.equal(data.leadLag.length, 49);
    assert.equal(
      data.leadLag.find((r: { lag: number }) => r.lag === 3).minutes,
      180,
    );
    assert.deepEqual(
      [...new Set(data.correlations.map((r: { rawN: number }) => r.rawN))],
      [1140, 1137],
    );
    // The largest joint events, of which chance makes some, and what came after.
    const { at, buckets } = data.without;
    for (const { n, rawN } of data.correlations) {
      assert.ok(n < rawN && n >= rawN - at.length * (buckets + 1), `${n}`);
    }
    const [forward] = data.granger;
    assert.equal(forward.direction, "x→y");
    assert.ok(forward.p < 1e-3 && forward.pAdjusted >= forward.p);
    // Every p that is shown takes part in the adjustment.
    const shown = [
      ...data.correlations.filter((r: { valid: boolean }) => r.valid),
      ...data.partial,
      ...data.leadLag,
      ...data.granger,
    ]
      .filter((r) => r.p !== null);
    assert.equal(data.tests, shown.length + (data.events ? 2 : 0));
    assert.ok(shown.every((r) => r.pAdjusted >= r.p));
    assert.equal((await run(...asked, "--json")).out, out, "the same again");

    const text = await run(...asked);
    for (
      const heading of [
        "VERDICT",
        "DATA",
        "STATIONARITY",
        "CORRELATION",
        "LEAD AND LAG",
        "GRANGER",
        "STABILITY",
      ]
    ) assert.match(text.out, new RegExp(`^${heading}`, "m"));
    assert.doesNotMatch(text.out, /NaN|undefined|null/);
  });
});

Deno.test("correlate takes one series of a file that holds several, and asks which", async () => {
  await withFiles(async (folder) => {
    const file = `${folder}/both.parquet`;
    const { connection, close } = await openDuckdb(folder);
    // What Volume BTC is, under its market; the other market is its mirror.
    await connection.run(
      `copy (select "at", market, case market when 'KRW-BTC' then v else 1e6 - v end as volume
         from (select "at", try_cast("Volume BTC" as double) as v from read_csv('${folder}/market.csv', header = true)),
           (values ('KRW-BTC'), ('KRW-ETH')) m(market))
       to '${file}' (format parquet)`,
    );
    close();
    const asked = [
      `--x=${folder}/talk.csv:posts: all`,
      `--y=${file}:volume`,
      "--time=at",
      "--bucket=1h",
      "--draws=0",
      "--json",
    ];
    const { code, err } = await run(...asked);
    assert.equal(code, 1);
    assert.match(
      err,
      /more than one series\. Choose one, such as --where-y "market = 'KRW-BTC'"/,
    );
    const of = async (...where: string[]) =>
      JSON.parse((await run(...asked, ...where)).out).verdict.found;
    const own = await of("--where-y", "market = 'KRW-BTC'");
    assert.deepEqual([own.finding, own.lag], ["x_leads", 3]);
    assert.ok(own.r > 0);
    const other = await of("--where-y=market = 'KRW-ETH'");
    assert.ok(other.lag === 3 && other.r < 0);
    for (
      const [where, said] of [
        ["coin = 'BTC'", /--where "coin = 'BTC'" cannot be asked of .*coin/],
        ["market = 'none'", /has no row with market = 'none'/],
      ] as const
    ) {
      const wrong = await run(...asked, "--where-y", where);
      assert.equal(wrong.code, 1);
      assert.match(wrong.err, said);
    }
  });
});

Deno.test("correlate: what cannot be done is told in one sentence", async () => {
  await withFiles(async (folder) => {
    const good = {
      x: `${folder}/talk.csv:posts: all`,
      y: `${folder}/market.csv:Volume BTC`,
      time: "at",
      bucket: "1h",
    };
    await Deno.writeFile(`${folder}/broken.parquet`, new Uint8Array(20));
    const cases: [Record<string, string>, RegExp][] = [
      [{ x: "nowhere.csv:n" }, /--x: there is no file "nowhere\.csv"/],
      [{ x: "talk" }, /--x wants FILE:COLUMN/],
      [
        { y: `${folder}/market.csv:volume` },
        /no column "volume"\. It has: at, Volume BTC/,
      ],
      [{ time: "when" }, /no column "when"/],
      [{ time: "posts: all" }, /no column "posts: all"/],
      [{ bucket: "11m" }, /--bucket wants whole minutes that divide a week/],
      [{ bucket: "often" }, /--bucket wants a duration/],
      [
        { bucket: "5m" },
        /60 minutes apart and cannot fill buckets of 5 minutes/,
      ],
      [{ from: "yesterday" }, /--from wants a time/],
      [{ from: "2030-01-01" }, /no bucket in common/],
      [{ from: "2024-02-01", to: "2024-01-01" }, /--from has to be earlier/],
      [{ combine: "max" }, /--combine wants sum, mean or last/],
      [{ lags: "-1" }, /lags/],
      [{ x: `${folder}/broken.parquet:n` }, /cannot be read as CSV or Parquet/],
      [{ y: `${folder}/market.csv:at` }, /holds no numbers/],
    ];
    await Promise.all(cases.map(async ([wrong, said]) => {
      const args = Object.entries({ ...good, ...wrong }).flatMap(([k, v]) => [
        `--${k}=${v}`,
      ]);
      const { code, err } = await run(...args);
      assert.equal(code, 1, err);
      assert.match(err, said);
      const lines = err.trim().split("\n");
      // Deno itself may say that it waits.
      const own = lines.filter((line) => !line.includes("Blocking"));
      assert.equal(own.length, 1, err);
    }));
  });
});

Deno.test("finer rows make a bucket only where all of them are there", () => {
  const minute = 60_000;
  const times: number[] = [], values: number[] = [];
  for (let m = 0; m < 180; m++) {
    if (m === 75) continue;
    times.push(m * minute);
    values.push(m < 60 ? 1 : 2);
  }
  // A row twice is one row; the same time with another value is a contradiction.
  times.push(5 * minute, 130 * minute);
  values.push(1, 99);
  const rows = {
    times: Float64Array.from(times),
    values: Float64Array.from(values),
  };
  const hours = {
    times: Float64Array.of(0, 60 * minute, 120 * minute),
    values: Float64Array.of(7, 8, 9),
  };
  const made = align(rows, hours, 60 * minute);
  assert.deepEqual([...made.x], [60, NaN, NaN]);
  assert.deepEqual([...made.y], [7, 8, 9]);
  assert.equal(made.pairs, 1);
  const { takenX } = made;
  assert.deepEqual(
    [takenX.repeated, takenX.incomplete, takenX.contradictory, takenX.every],
    [1, 1, 1, minute],
  );
  // Parts of a bucket at the edge of what is asked for are left out.
  const cut = align(hours, hours, 60 * minute, { from: minute });
  assert.deepEqual([...cut.x], [8, 9]);
});

Deno.test("days of Korea and days of UTC: refused, or put into one another where hours are there", async () => {
  const folder = await Deno.makeTempDir({ prefix: "crowdtape-days-" });
  const normal = normalFrom(61);
  const value = Array.from({ length: 24 * 81 }, () => Math.exp(0.3 * normal()));
  const start = Date.UTC(2024, 0, 1);
  const iso = (hour: number) =>
    new Date(start + hour * 3_600_000).toISOString();
  const sumOf = (from: number) =>
    value.slice(from, from + 24).reduce((sum, v) => sum + v, 0);
  const write = (name: string, rows: string[]) =>
    Deno.writeTextFile(`${folder}/${name}`, ["t,v", ...rows].join("\n"));
  const days = Array.from({ length: 79 }, (_, day) => day * 24);
  try {
    await write(
      "korea.csv",
      days.map((d) => `${iso(d + 15)},${sumOf(d + 15)}`),
    );
    await write("utc.csv", days.map((d) => `${iso(d)},${sumOf(d)}`));
    await write("hours.csv", value.map((v, t) => `${iso(t)},${v}`));
    await write(
      "dates.csv",
      days.map((d) => `${iso(d + 24).slice(0, 10)},${sumOf(d + 15)}`),
    );
    const ask = (x: string, y: string, more = {}) =>
      correlate({
        x: `${folder}/${x}:v`,
        y: `${folder}/${y}:v`,
        time: "t",
        bucket: 86_400_000,
        draws: 0,
        ...more,
      });
    await assert.rejects(
      ask("korea.csv", "utc.csv"),
      /begin at 15:00 UTC \(midnight in Korea\).* at 00:00 UTC.*Give one of them in finer rows/,
    );
    await assert.rejects(
      ask("dates.csv", "hours.csv"),
      /holds dates.*--zone Asia\/Seoul/,
    );
    await assert.rejects(
      ask("dates.csv", "utc.csv", { zoneX: "Asia/Seoul", zoneY: "UTC" }),
      /begin at 15:00 UTC/,
    );
    // Hours are put into Korea's days, and so the sums are the same.
    for (const x of ["korea.csv", "dates.csv"]) {
      const { aligned } = await ask(x, "hours.csv", { zoneX: "Asia/Seoul" });
      assert.equal(aligned.grid.start, start + 15 * 3_600_000, x);
      assert.equal(aligned.pairs, 79, x);
      aligned.x.forEach((v, i) =>
        assert.ok(Math.abs(v - aligned.y[i]!) < 1e-9, `${x} ${i}`)
      );
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test(
  "the recorded tweets and volume: mostly together, and talk follows by an hour",
  [
    "real",
  ],
  async () => {
    const file = new URL(
      "series/joined_hourly_tweets_x_coinbase.csv",
      REAL,
    ).pathname;
    const { report, aligned } = await correlate({
      x: `${file}:n`,
      y: `${file}:Volume BTC`,
      time: "t",
      bucket: 3_600_000,
      draws: 200,
    });
    assert.equal(aligned.pairs, 12_332);
    const row = (transform: string, method: string) =>
      report.correlations.find((r) =>
        r.transform === transform && r.method === method
      )!;
    // What scipy and statsmodels give for the same definitions.
    const near = (got: number, want: number) =>
      assert.ok(Math.abs(got - want) < 1e-8, `${got} is not ${want}`);
    near(row("level", "pearson").raw, LEVEL.pearson);
    near(row("log", "pearson").raw, LEVEL.log);
    near(row("log", "spearman").raw, LEVEL.spearman);
    near(row("log", "kendall").raw, LEVEL.kendall);
    near(row("dlog", "pearson").raw, LEVEL.dlog);
    const [logX, logY] = [aligned.x, aligned.y].map((v) => logarithm(v).values);
    const hac = neweyWest(logX!, logY!, { standardise: true })!;
    near(hac.error, LEVEL.neweyWest);
    near(pearson(aligned.x, aligned.y), LEVEL.pearson);
    const { iid, interval } = row("log", "pearson");
    assert.ok(interval!.high - interval!.low > 5 * (iid!.high - iid!.low));
    // No lead: the same hour first of all, and beyond it an hour in which talk follows.
    assert.equal(report.verdict.code, "y_adds");
    assert.equal(report.verdict.found!.peak.lag, -1);
    assert.match(report.words.en, /move mostly in the same bucket/);
    assert.match(report.words.ko, /대부분 같은 구간에서 함께합니다/);
  },
);

/** Of the recorded series: ln(1 + tweets), ln(volume), changes from hour to hour. */
const LEVEL = {
  pearson: 0.5513903154715097,
  log: 0.560474492972092,
  spearman: 0.5500730536102956,
  kendall: 0.3836528627138642,
  dlog: 0.08997886785271537,
  neweyWest: 0.017404935681965838,
};

Deno.test("the mart: talk leads one market, not the other; unknown minutes stay unknown", async () => {
  await withData(async (data) => {
    const normal = normalFrom(12);
    const n = 900;
    const news = Array.from({ length: n + 2 }, normal);
    await Deno.writeTextFile(
      `${data}/made.json`,
      JSON.stringify(
        Array.from({ length: n }, (_, i) => ({
          bucket: i,
          talk: Math.round(50 * Math.exp(0.5 * news[i + 2]!)),
          led: Math.exp(0.5 * news[i]! + 0.5 * normal()),
          other: Math.exp(0.5 * normal()),
        })),
      ),
    );
    const START = "timestamptz '2026-11-01 00:00:00+00'";
    const rows =
      `read_json('${data}/made.json', columns = {bucket: 'BIGINT', talk: 'BIGINT', led: 'DOUBLE', other: 'DOUBLE'}), range(5) r(m)`;
    await fillLake(
      data,
      "counts",
      `select 'x' as source, '#btc' as query, ${START} + to_minutes(5 * bucket + m) as ts, '1m' as bucket,
        case when m = 0 then talk else 0 end as count, bucket not between 300 and 320 as complete,
        case when m = 0 then talk else 0 end as first_count, 1 as written from ${rows}`,
    );
    await fillLake(
      data,
      "candles",
      ["led", "other"].map((name) =>
        `select 'upbit' as venue, 'KRW-${name}' as market, '1m' as interval,
          ${START} + to_minutes(5 * bucket + m) as ts, 100 as open, 100 as high, 100 as low,
          (100 + (bucket * 7 + m * 3) % 11)::decimal(38,18) as close, (${name} / 5)::decimal(38,18) as volume,
          1 as quote_volume, 'closed' as state, 'venue' as source, 0 as revision, 1 as written from ${rows}`
      ).join(" union all "),
    );
    await analyze({ data, only: "correlation" });
    await analyze({ data, only: "correlation_lags" });
    const found = await ask(
      data,
      `select market, transform, verdict, lag, lag_minutes, n::integer as n, r, low, high, boot_low, p, p_adjusted
       from marts.correlation where against = 'volume' and bucket = '5m' and method = 'pearson' order by all`,
    );
    assert.deepEqual(
      found.map((r) => [r.market, r.transform, r.verdict]),
      [
        ["KRW-led", "dlog", "x_leads"],
        ["KRW-led", "log", "x_leads"],
        ["KRW-other", "dlog", "nothing"],
        ["KRW-other", "log", "nothing"],
      ],
    );
    assert.deepEqual([found[0]!.lag, found[0]!.lag_minutes], [2, 10]);
    const [{ events }] = await ask(
      data,
      `select any_value(events)::integer as events from marts.correlation_lags
       where market = 'KRW-led' and against = 'volume' and bucket = '5m'`,
    ) as [{ events: number }];
    const known = found[1]!.n as number;
    assert.ok(known <= n - 21 && known >= n - 21 - 48 * events, `${known}`);
    for (const r of found as Record<string, number>[]) {
      assert.ok(r.low! < r.r! && r.r! < r.high! && r.boot_low! < r.high!);
      assert.ok(r.p_adjusted! >= r.p!);
    }
    const lags = await ask(
      data,
      `select lag from marts.correlation_lags where market = 'KRW-led' and against = 'volume'
         and bucket = '5m' and abs(r) > family_band`,
    );
    assert.deepEqual(lags.map((r) => r.lag), [2]);
    const broken = await ask(
      data,
      `select count(*)::integer as n from marts.correlation
       where isnan(r) or isnan(p) or verdict_en is null or verdict_ko is null or bucket not in ('5m', '1h')`,
    );
    assert.equal(broken[0]!.n, 0);
  });
});
