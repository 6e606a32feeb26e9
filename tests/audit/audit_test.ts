import assert from "node:assert/strict";
import type postgres from "postgres";
import { audit, type AuditOptions } from "../../collector/audit/report.ts";
import { auditText, share, utcAndSeoul } from "../../collector/audit/text.ts";
import { belowWords } from "../../collector/audit/known.ts";
import {
  type Database,
  openDatabase,
} from "../../collector/database/client.ts";
import { CliError } from "../../collector/cli/errors.ts";
import {
  type LedgerEntry,
  type Seen,
  writeLedger,
} from "../../collector/store/ledger.ts";
import { runTask } from "../support/run_task.ts";
import { emptyData } from "../support/empty_database.ts";

const NOON = Date.UTC(2026, 10, 18, 12);
const at = (seconds: number) => (NOON + seconds * 1000) * 1000;
const iso = (seconds: number) => new Date(NOON + seconds * 1000).toISOString();
const span = (n: number) =>
  `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
const begin = (
  n: number,
  seconds: number,
  more: Partial<Extract<LedgerEntry, { kind: "begin" }>> = {},
): LedgerEntry => ({
  kind: "begin",
  span: span(n),
  venue: "upbit",
  markets: ["KRW-BTC"],
  channels: ["trade"],
  from: at(seconds),
  reason: { code: "not_collected" },
  ...more,
});
const seen = (
  n: number,
  seconds: number,
  ids: Partial<Pick<Seen, "first" | "last">> = {},
): LedgerEntry => ({
  kind: "seen",
  span: span(n),
  to: at(seconds),
  first: [],
  last: [],
  ...ids,
});
const end = (n: number, seconds: number): LedgerEntry => ({
  kind: "end",
  span: span(n),
  to: at(seconds),
  reason: { code: "stopped" },
});

/** A ledger of a thousand seconds: seen, repaired, open, seen, and a gap that was lost in it. */
async function fillLedger(sql: postgres.Sql): Promise<void> {
  await writeLedger(sql, span(0), [
    begin(1, 0, { channels: ["trade", "book"] }),
    end(1, 500),
    begin(2, 600, { channels: ["trade", "book"] }),
    seen(2, 700),
    end(2, 800),
    begin(3, 810, { channels: ["trade", "book"] }),
    seen(3, 1000),
  ]);
  await sql`update gaps set state = 'repaired', recovered = 1234, from_id = 17853950411240001,
    to_id = 17853950437790001, closed_at = now(), note = 'met the stored id'
    where channel = 'trade' and from_ts < ${new Date(NOON + 700_000)}`;
  await sql`update gaps set state = 'unrecoverable', closed_at = now() where channel = 'book'`;
}

async function fillCandles(sql: postgres.Sql): Promise<void> {
  const row = (minute: number, state: string, source = "venue") => ({
    venue: "upbit",
    market: "KRW-BTC",
    interval: "1m",
    ts: new Date(NOON + minute * 60_000),
    open: 1,
    high: 1,
    low: 1,
    close: 1,
    volume: 1,
    quote_volume: 1,
    source,
    state,
    received_at: new Date(NOON),
  });
  await sql`insert into candles ${
    sql([
      row(0, "closed"),
      row(1, "no_trade"),
      row(4, "closed"),
      row(5, "partial"),
      row(7, "closed"),
      row(0, "closed", "trades"),
    ])
  }`;
  const count = (minute: number, complete: boolean) => ({
    source: "x",
    query: "#bitcoin",
    bucket: "1m",
    ts: new Date(NOON + minute * 60_000),
    count: 0,
    first_count: 0,
    complete,
    observed_at: new Date(NOON),
  });
  await sql`insert into counts ${
    sql([count(0, true), count(1, false), count(3, true)])
  }`;
}

/** A data folder with an open database. */
async function withDatabase(
  run: (db: Database, data: string) => Promise<void>,
): Promise<void> {
  const data = await emptyData();
  const db = await openDatabase({ data });
  try {
    await run(db, data);
  } finally {
    await db.close();
    await Deno.remove(data, { recursive: true });
  }
}

Deno.test("the audit", async (t) => {
  await withDatabase(async ({ sql }, data) => {
    const span = { from: NOON, to: NOON + 1_000_000 };
    const look = (more: AuditOptions = {}) => audit(sql, { ...span, ...more });

    await t.step("an empty ledger is said to be empty", async () => {
      const report = await audit(sql);
      assert.deepEqual(report.streams, []);
      assert.match(
        auditText(report),
        /^The ledger is empty: .*deno task collect/,
      );
      await assert.rejects(audit(sql, { venue: "upbit" }), CliError);
    });

    await fillLedger(sql);
    await fillCandles(sql);

    await t.step("each part of the span, in seconds and percent", async () => {
      const { streams, open, from } = await look({ channel: "trade" });
      assert.equal(from, iso(0));
      assert.deepEqual(streams.map((s) => [s.channel, s.seconds]), [["trade", {
        observed: 890,
        repaired: 100,
        unrecoverable: 0,
        open: 10,
        unknown: 0,
      }]]);
      assert.equal(streams[0]!.percent.observed, 89);
      assert.equal(open, 1);
    });

    await t.step(
      "every gap with reason, state, exact ids and note",
      async () => {
        const { streams } = await look({ channel: "trade" });
        assert.deepEqual(streams[0]!.gaps, [{
          from: "2026-11-18T12:08:20.000000Z",
          to: "2026-11-18T12:10:00.000000Z",
          from_id: "17853950411240001",
          to_id: "17853950437790001",
          reason: "stopped",
          detail: {},
          state: "repaired",
          recovered: 1234,
          note: "met the stored id",
          note_detail: {},
          clock_offset_ms: null,
        }, {
          from: "2026-11-18T12:13:20.000000Z",
          to: "2026-11-18T12:13:30.000000Z",
          from_id: null,
          to_id: null,
          reason: "stopped",
          detail: {},
          state: "open",
          recovered: 0,
          note: null,
          note_detail: {},
          clock_offset_ms: null,
        }]);
      },
    );

    await t.step("what is lost for good is not open", async () => {
      const { streams, open } = await look({ channel: "book" });
      assert.equal(open, 0);
      assert.equal(streams[0]!.seconds.unrecoverable, 110);
    });

    await t.step(
      "a span cuts gaps; what was not asked for is unknown",
      async () => {
        const { streams, open } = await look({
          from: NOON - 100_000,
          to: NOON + 550_000,
          channel: "trade",
        });
        assert.deepEqual(streams[0]!.seconds, {
          observed: 500,
          repaired: 50,
          unrecoverable: 0,
          open: 0,
          unknown: 100,
        });
        assert.equal(open, 0);
      },
    );

    await t.step(
      "from the first observation on, where no span is asked",
      async () => {
        const report = await audit(sql, { now: NOON + 1_005_000 });
        assert.deepEqual([report.from, report.to], [iso(0), iso(1000)]);
      },
    );

    await t.step(
      "a clock an hour behind the collector's audits what that has seen",
      async () => {
        const { from, to } = await audit(sql, { now: NOON - 3_600_000 });
        assert.deepEqual([from, to], [iso(0), iso(995)]);
      },
    );

    await t.step("a gap under way is open", async () => {
      await writeLedger(sql, "00000000-0000-4000-8000-000000000000", [
        end(3, 1000),
      ]);
      const { streams, open } = await look({ to: NOON + 1_200_000 });
      assert.equal(open, 3);
      const trade = streams.find((s) => s.channel === "trade")!;
      assert.deepEqual([trade.seconds.open, trade.gaps.at(-1)!.to], [
        210,
        null,
      ]);
      assert.match(
        auditText(await look({ to: NOON + 1_200_000 })),
        /open, .*under way: the collector was stopped/,
      );
    });

    await t.step("candles: holes between the first and the last", async () => {
      const { candles, streams } = await audit(sql, { channel: "candle" });
      assert.deepEqual(streams, []);
      assert.deepEqual(candles.map((c) => c.source), ["trades", "venue"]);
      const { known_percent, ...own } = candles[1]!;
      assert.deepEqual(own, {
        venue: "upbit",
        market: "KRW-BTC",
        interval: "1m",
        source: "venue",
        from: iso(0),
        to: iso(480),
        rows: 5,
        closed: 3,
        no_trade: 1,
        partial: 1,
        missing: 3,
        holes: [
          {
            from: "2026-11-18T12:02:00Z",
            to: "2026-11-18T12:04:00Z",
            missing: 2,
          },
          {
            from: "2026-11-18T12:06:00Z",
            to: "2026-11-18T12:07:00Z",
            missing: 1,
          },
        ],
      });
      assert.equal(known_percent, 50);
    });

    await t.step("candles: an asked span has holes at its edges", async () => {
      const { candles } = await audit(sql, {
        from: NOON - 90_000,
        to: NOON + 600_000,
        channel: "candle",
        source: "venue",
      });
      assert.deepEqual(candles[0]!.holes.map((h) => h.missing), [1, 2, 1, 2]);
      assert.deepEqual([candles[0]!.from, candles[0]!.to], [
        iso(-60),
        iso(600),
      ]);
      const empty = await audit(sql, {
        from: NOON + 3_600_000,
        to: NOON + 3_900_000,
        channel: "candle",
        source: "venue",
      });
      assert.deepEqual(
        empty.candles.map((c) => [c.rows, c.missing, c.holes.length]),
        [[0, 5, 1]],
      );
    });

    await t.step("counts: incomplete and missing are two things", async () => {
      const { counts } = await audit(sql, { channel: "count" });
      const { holes, incomplete, missing, rows } = counts[0]!;
      assert.deepEqual([rows, incomplete, missing, holes.length], [3, 1, 1, 1]);
    });

    await t.step("a name of which nothing is known is told", async () => {
      await assert.rejects(look({ venue: "upbti" }), /There is upbit, x\./);
      await assert.rejects(
        look({ venue: "upbit", market: "BTC-KRW" }),
        /Of upbit there is KRW-BTC\./,
      );
      await assert.rejects(look({ to: NOON }), /--from has to be earlier/);
    });

    await t.step("a long list is cut in the text and counted", async () => {
      for (let i = 0; i < 20; i++) {
        await sql`insert into gaps (venue, market, channel, from_ts, to_ts, reason, state)
          values ('upbit', 'KRW-ETH', 'trade', ${new Date(NOON + i * 1000)},
            ${new Date(NOON + i * 1000 + 500)}, ${`cut ${i}`}, ${
          i === 3 ? "open" : "repaired"
        })`;
      }
      const report = await look({ market: "KRW-ETH" });
      assert.equal(report.streams[0]!.gaps.length, 20);
      const text = auditText(report);
      assert.match(text, /and 12 further gaps; --json has them all/);
      const [first] = text.split("\n").filter((line) => /^ {2}\w/.test(line));
      assert.match(first!, /^ {2}open, .*cut 3/);
    });

    await t.step("what is unknown stands in the first line", async () => {
      const first = async (more: AuditOptions) =>
        auditText(await look(more)).split("\n")[0];
      assert.equal(
        await first({ channel: "book" }),
        "unknown: nothing of the span",
      );
      assert.match(
        (await first({ channel: "trade", from: NOON - 1_000_000 }))!,
        /^unknown: 99\.5 % of upbit KRW-ETH trade, 50 % of upbit KRW-BTC trade$/,
      );
      // Of minutes 0 to 15 there are eight candles of the venue, or one of trades.
      assert.match(
        (await first({ channel: "candle" }))!,
        /^unknown: 94\.12 % of upbit KRW-BTC 1m candles from trades, \d/,
      );
    });

    await t.step("a share can be required", async () => {
      const report = await look({ channel: "trade", market: "KRW-BTC" });
      // 890 s observed and 100 s repaired, of 1,000.
      assert.equal(belowWords(report, 99), null);
      assert.match(
        belowWords(report, 99.01)!,
        /^Less than 99\.01 % .* of 1 stream of 1: upbit KRW-BTC trade \(99 %\)\.$/,
      );
      // What is lost is not known; candles of the same span do not count, unless they are asked for.
      const all = await look();
      assert.match(belowWords(all, 99)!, /book/);
      assert.doesNotMatch(belowWords(all, 100)!, /candles/);
      assert.match(
        belowWords(await look({ channel: "candle" }), 99)!,
        /candles from venue/,
      );
      const nothing = {
        ...all,
        streams: [],
        candles: [],
        counts: [],
      };
      assert.match(belowWords(nothing, 0.1)!, /^Nothing is known/);
    });

    await t.step("the task: exit code 1 while something is open", async () => {
      const env = { CROWDTAPE_DATA: data };
      const ask = (...args: string[]) => runTask(["audit", ...args], env);
      const [from, to] = [
        "--from=2026-11-18T21:00+09:00",
        "--to=2026-11-18 12:16:40",
      ];
      const trade = await ask(from, to, "--channel=trade", "--json");
      assert.equal(trade.code, 1);
      const report = JSON.parse(trade.out);
      assert.equal(report.from, iso(0));
      assert.ok(report.open > 0);
      const book = await ask(
        from,
        "--to=2026-11-18T12:16:39Z",
        "--channel=book",
      );
      assert.equal(book.code, 0, book.out + book.err);
      assert.match(
        book.out,
        /observed +repaired +unrecoverable +open +unknown/,
      );
      assert.match(book.out, /2026-11-18 12:00:00Z \(KST 21:00:00\)/);
      const ask99 = (share: string, ...more: string[]) =>
        ask(
          from,
          "--to=2026-11-18T12:08:20Z",
          "--venue=upbit",
          "--market=KRW-BTC",
          `--require=${share}`,
          ...more,
        );
      const whole = await ask99("100");
      assert.deepEqual([whole.code, whole.err], [0, ""], whole.out);
      const less = await ask(
        from,
        "--to=2026-11-18T12:16:39Z",
        "--channel=book",
        "--require=99.9",
      );
      assert.equal(less.code, 1);
      assert.match(
        less.err,
        /^error: Less than 99\.9 % of the span is known of 1 stream/,
      );
      for (
        const [args, words] of [
          [["--require=most"], /--require wants a share in percent/],
          [["--require=101"], /--require wants a share in percent/],
          [["--channel=trades"], /--channel wants one of trade, /],
          [["--from=noon"], /--from wants a time such as/],
          [["--form=1"], /--help/],
        ] as const
      ) {
        const { code, err } = await ask(...args);
        assert.equal(code, 1);
        assert.match(err, words);
        assert.equal(err.trim().split("\n").length, 1);
      }
    });
  });
});

Deno.test("neither 0 nor 100 percent is said unless it is", () => {
  assert.deepEqual(
    [0, 0.001, 33.333, 99.9999, 100].map(share),
    ["0 %", "<0.01 %", "33.33 %", "99.99 %", "100 %"],
  );
});

Deno.test("times of Seoul stand beside UTC", () => {
  assert.equal(
    utcAndSeoul("2026-11-18T12:00:00.000000Z"),
    "2026-11-18 12:00:00Z (KST 21:00:00)",
  );
  assert.equal(
    utcAndSeoul("2026-11-18T16:00:00.000Z"),
    "2026-11-18 16:00:00Z (KST 2026-11-19 01:00:00)",
  );
});
