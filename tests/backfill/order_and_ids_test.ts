/** What proves a gap whole, against servers that lie, lag and break: order and ids, never a clock. */
import assert from "node:assert/strict";
import type postgres from "postgres";
import { openDatabase } from "../../collector/database/client.ts";
import type { Trade } from "../../collector/model/events.ts";
import { ofColumns, outcomeInWords } from "../../collector/model/gap_reason.ts";
import { auditIds } from "../../collector/audit/ids.ts";
import { IdCounter } from "../../collector/backfill/id_counter.ts";
import { refillGaps } from "../../collector/backfill/refill.ts";
import { AwaitedTrades } from "../../collector/backfill/awaited.ts";
import { verifyTrades } from "../../collector/backfill/verify.ts";
import type { Rest } from "../../collector/net/rest.ts";
import type { Reject } from "../../collector/store/batch.ts";
import { Store } from "../../collector/store/store.ts";
import { binance } from "../../collector/venues/binance.ts";
import { coinone } from "../../collector/venues/coinone.ts";
import { okx } from "../../collector/venues/okx.ts";
import { upbit } from "../../collector/venues/upbit.ts";
import type { TradeCursor, Venue } from "../../collector/venues/venue.ts";
import { emptyData } from "../support/empty_database.ts";

const START = Date.UTC(2026, 10, 20) * 1000;
/** The venue's clock is an hour behind ours; nothing below may notice. */
const at = (seconds: number) => START + seconds * 1e6;

const trade = (venue: string, market: string, n: number): Trade => ({
  kind: "trade",
  venue,
  market,
  id: String(1000 + n),
  ts: at(n),
  price: "100",
  size: "1",
  side: "buy",
  fills: 1,
});
const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

/** Answers with the trades that `page` chooses; counts what was asked. */
class Pages {
  asked = 0;
  rejects: Reject[] = [];
  awaited = new AwaitedTrades();
  /** Commits what sockets delivered. */
  flush: () => Promise<void> = () => Promise.resolve();
  page: (
    market: string,
    cursor: TradeCursor | null,
    asked: number,
  ) => Trade[] = () => [];

  constructor(readonly real: Venue, readonly sql: postgres.Sql) {}

  venue(): Venue {
    return {
      ...this.real,
      trades: {
        ...this.real.trades,
        pageLimit: 10,
        url: (_rest, market, cursor) => JSON.stringify({ market, cursor }),
        read: (body) => JSON.parse(body),
      },
    };
  }

  #deps(now: number) {
    return {
      venue: this.venue(),
      rest: "",
      client: {
        page: <T>(url: string, read: (body: string) => T) => {
          const { market, cursor } = JSON.parse(url);
          this.asked++;
          return Promise.resolve().then(() =>
            read(JSON.stringify(this.page(market, cursor, this.asked)))
          );
        },
      } as unknown as Rest,
      sql: this.sql,
      store: { flush: () => this.flush() } as Store,
      awaited: this.awaited,
      signal: new AbortController().signal,
      now: () => at(now),
      received: () => at(now + 3600),
      reject: (reject: Reject) => this.rejects.push(reject),
      log: () => {},
      turns: 6,
    };
  }

  async refill(...markets: string[]): Promise<void> {
    for await (const _ of refillGaps(markets, this.#deps(10_000)));
  }

  /** Compares at a second by the venue's clock. @returns how many trades were not stored. */
  async verify(market: string, now: number): Promise<number | undefined> {
    return (await verifyTrades(market, this.#deps(now)))?.undelivered;
  }
}

interface Stage {
  sql: postgres.Sql;
  /** Stores trades as a socket would. */
  deliver(venue: string, market: string, ns: number[]): Promise<void>;
  /** A gap that has ended; `null`: no trade came after it. */
  gap(
    venue: string,
    market: string,
    before: number,
    after: number | null,
  ): Promise<void>;
  /** Each gap in words. */
  gaps(): Promise<string[]>;
  stored(market: string): Promise<number[]>;
  /** The pause until the next attempt is over, and `seconds` have gone by since the gap's end. */
  later(seconds: number): Promise<void>;
}

async function onStage(
  t: Deno.TestContext,
  cases: Record<string, (stage: Stage) => Promise<void>>,
): Promise<void> {
  const data = await emptyData();
  const { sql, close } = await openDatabase({ data });
  const stage: Stage = {
    sql,
    async deliver(venue, market, ns) {
      const store = new Store(sql);
      store.write(ns.map((n) => trade(venue, market, n)), at(13_600));
      await store.close();
    },
    async gap(venue, market, before, after) {
      await sql`
        insert into gaps (venue, market, channel, from_ts, to_ts, from_id, to_id, reason, ended_at)
        values (${venue}, ${market}, 'trade', ${new Date(
        at(3600) / 1000,
      )}, ${new Date(
        at(3605) / 1000,
      )}, ${1000 + before}, ${
        after === null ? null : 1000 + after
      }, 'cut', clock_timestamp() - interval '11 seconds')`;
    },
    async gaps() {
      const rows = await sql`
        select state, recovered, note, note_detail from gaps order by gap_id`;
      return rows.map((g) =>
        `${g.state}, ${g.recovered}: ${
          outcomeInWords(ofColumns(g.note, g.note_detail))
        }`
      );
    },
    async stored(market) {
      const rows = await sql`
        select trade_id::int - 1000 as n from trades where market = ${market} order by trade_id`;
      return rows.map((row) => row.n);
    },
    async later(seconds) {
      await sql`
        update gaps set claimed_until = clock_timestamp() - interval '1 second',
          ended_at = ended_at - make_interval(secs => ${seconds}) where state = 'open'`;
    },
  };
  try {
    for (const [name, run] of Object.entries(cases)) {
      await sql`truncate observed, observed_ids, gaps, stream_stats, trades, id_checks, rejects`;
      await t.step(name, () => run(stage));
    }
  } finally {
    await close();
    await Deno.remove(data, { recursive: true });
  }
}

/** The page from the cursor upward, as Binance gives it, of what the venue has. */
const upward =
  (has: number[], market = "BTCUSDT") => (_: string, c: TradeCursor | null) =>
    has.filter((n) => !c || 1000 + n >= Number(c.id)).slice(0, 10)
      .map((n) => trade("binance", market, n));
/** The page below the cursor, as Upbit gives it. */
const downward = (has: number[]) => (_: string, c: TradeCursor | null) =>
  has.filter((n) => !c || 1000 + n < Number(c.id)).slice(-10)
    .map((n) => trade("upbit", "KRW-BTC", n));

Deno.test("a gap is whole when the venue's pages hold both of its ends", async (t) => {
  await onStage(t, {
    "dense ids, pages from the one end to the other": async (stage) => {
      await stage.deliver("binance", "BTCUSDT", [...range(0, 5), 40, 41]);
      await stage.gap("binance", "BTCUSDT", 5, 40);
      const pages = new Pages(binance, stage.sql);
      pages.page = upward(range(0, 60));
      await pages.refill("BTCUSDT");
      assert.match((await stage.gaps())[0]!, /^repaired, 34: refilled/);
      assert.deepEqual(
        (await stage.stored("BTCUSDT")).slice(0, 42),
        range(0, 41),
      );
    },
    "what a socket delivered before a page is the socket's, also where the page is read first":
      async (stage) => {
        await stage.deliver("binance", "BTCUSDT", [...range(0, 5), 9]);
        await stage.gap("binance", "BTCUSDT", 5, 9);
        const pages = new Pages(binance, stage.sql);
        pages.page = upward(range(0, 9));
        pages.flush = () => stage.deliver("binance", "BTCUSDT", [6, 7]);
        await pages.refill("BTCUSDT");
        assert.match((await stage.gaps())[0]!, /^repaired, 1: refilled/);
      },
    "ids of which none is missing need no page": async (stage) => {
      await stage.deliver("binance", "BTCUSDT", range(0, 9));
      await stage.gap("binance", "BTCUSDT", 5, 9);
      const pages = new Pages(binance, stage.sql);
      await pages.refill("BTCUSDT");
      assert.deepEqual(await stage.gaps(), ["repaired, 0: no id is missing"]);
      assert.equal(pages.asked, 0);
    },
    "an empty answer of a quiet market is asked for again": async (stage) => {
      await stage.deliver("binance", "BTCUSDT", range(0, 5));
      await stage.gap("binance", "BTCUSDT", 5, null);
      const pages = new Pages(binance, stage.sql);
      await pages.refill("BTCUSDT");
      assert.match((await stage.gaps())[0]!, /^open, 0: .*is empty/);
      await stage.later(600);
      pages.page = upward(range(0, 18));
      await pages.refill("BTCUSDT");
      assert.match((await stage.gaps())[0]!, /^repaired, 13/);
      assert.deepEqual(await stage.stored("BTCUSDT"), range(0, 18));
    },
    "a market that trades faster than its pages are turned is whole well after the gap":
      async (stage) => {
        await stage.deliver("binance", "BTCUSDT", range(3590, 3600));
        await stage.gap("binance", "BTCUSDT", 3600, null);
        const pages = new Pages(binance, stage.sql);
        // Two more with each request.
        pages.page = (market, c, asked) =>
          upward(range(3590, 3606 + 2 * asked))(market, c);
        for (let n = 0; n < 3; n++) {
          await stage.later(600);
          await pages.refill("BTCUSDT");
        }
        assert.match((await stage.gaps())[0]!, /^repaired, \d+: refilled/);
      },
    "where nothing came, pages are read until they had the time to know":
      async (
        stage,
      ) => {
        await stage.deliver("binance", "BTCUSDT", range(0, 5));
        await stage.gap("binance", "BTCUSDT", 5, null);
        const pages = new Pages(binance, stage.sql);
        pages.page = upward(range(0, 5));
        await pages.refill("BTCUSDT");
        assert.match((await stage.gaps())[0]!, /^open, 0: no trade has come/);
        await stage.later(60);
        await pages.refill("BTCUSDT");
        assert.match((await stage.gaps())[0]!, /^repaired, 0/);
      },
    "pages behind the socket prove nothing yet": async (stage) => {
      for (const venue of [binance, upbit]) {
        const market = venue === binance ? "BTCUSDT" : "KRW-BTC";
        await stage.sql`truncate gaps`;
        await stage.deliver(venue.id, market, [...range(0, 5), 14, 15]);
        await stage.gap(venue.id, market, 5, 14);
        const pages = new Pages(venue, stage.sql);
        const has = venue === binance ? upward : downward;
        pages.page = has(range(0, 8));
        await pages.refill(market);
        assert.match(
          (await stage.gaps())[0]!,
          /^open, \d+: the venue's pages end with 1008, before 1014/,
        );
        await stage.later(2);
        pages.page = has(range(0, 40));
        await pages.refill(market);
        assert.match((await stage.gaps())[0]!, /^repaired/);
        assert.deepEqual(
          (await stage.stored(market)).slice(0, 16),
          range(0, 15),
        );
      }
    },
    "pages that are empty now and then, and requests that fail, hold back no long gap":
      async (stage) => {
        await stage.deliver("okx", "BTC-USDT", [...range(0, 5), 400, 401]);
        await stage.gap("okx", "BTC-USDT", 5, 400);
        const pages = new Pages(okx, stage.sql);
        pages.page = (_, c, asked) => {
          if (asked % 7 === 0) return [];
          if (asked % 11 === 0) throw new Error("HTTP 503");
          return range(-60, 440).filter((n) => !c || 1000 + n < Number(c.id))
            .slice(-10).map((n) => trade("okx", "BTC-USDT", n));
        };
        for (let n = 0; n < 20; n++) {
          await pages.refill("BTC-USDT");
          await stage.later(600);
        }
        assert.match((await stage.gaps())[0]!, /^repaired, 394: refilled/);
        assert.deepEqual(
          (await stage.stored("BTC-USDT")).filter((n) => n >= 0 && n < 402),
          range(0, 401),
        );
        assert.ok(pages.asked < 100, `${pages.asked} pages were asked for`);
      },
    "pages downward must hold the trade before the gap too": async (stage) => {
      await stage.deliver("upbit", "KRW-BTC", [...range(0, 5), 14, 15]);
      await stage.gap("upbit", "KRW-BTC", 5, 14);
      const pages = new Pages(upbit, stage.sql);
      // The pages skip what lies around the gap's beginning.
      pages.page = downward([...range(-60, 2), ...range(9, 40)]);
      await pages.refill("KRW-BTC");
      assert.match(
        (await stage.gaps())[0]!,
        /^open, \d+: the venue's pages lack 1005/,
      );
      await stage.later(600);
      pages.page = downward(range(-60, 40));
      await pages.refill("KRW-BTC");
      assert.match((await stage.gaps())[0]!, /^repaired/);
      assert.deepEqual(
        (await stage.stored("KRW-BTC")).filter((n) => n >= 0 && n < 16),
        range(0, 15),
      );
    },
  });
});

Deno.test("a server that breaks the rules leaves a gap open with its reason, within bounded requests", async (t) => {
  await onStage(t, {
    "the cursor is ignored": async (stage) => {
      await stage.deliver("upbit", "KRW-BTC", [...range(0, 5), 30, 31]);
      await stage.gap("upbit", "KRW-BTC", 5, 30);
      const pages = new Pages(upbit, stage.sql);
      pages.page = () => downward(range(0, 31))("", null);
      await pages.refill("KRW-BTC");
      assert.match(
        (await stage.gaps())[0]!,
        /^open, .*ignores where a page should end/,
      );
      assert.ok(pages.asked <= 3, `${pages.asked} requests`);
    },
    "pages without end": async (stage) => {
      await stage.deliver("binance", "BTCUSDT", range(0, 5));
      await stage.gap("binance", "BTCUSDT", 5, null);
      const pages = new Pages(binance, stage.sql);
      pages.page = (_, c) =>
        upward(range(Number(c!.id) - 1000, Number(c!.id) - 990))("", c);
      // A turn of one gap ends, so that the others have theirs; this one goes on later.
      await stage.deliver("binance", "ETHUSDT", [...range(0, 5), 9]);
      await stage.gap("binance", "ETHUSDT", 5, 9);
      const both = pages.page;
      const other = upward(range(0, 9), "ETHUSDT");
      pages.page = (market, c, asked) => {
        return (market === "BTCUSDT" ? both : other)(market, c, asked);
      };
      await pages.refill("BTCUSDT", "ETHUSDT");
      const [first, second] = await stage.gaps();
      assert.match(
        first!,
        /^open, \d+: its pages have not ended after 7 turns/,
      );
      assert.ok(pages.asked < 200, `${pages.asked} requests`);
      assert.match(second!, /^repaired, 3/);
    },
    "an id beyond belief on a page": async (stage) => {
      await stage.deliver("binance", "BTCUSDT", [...range(0, 5), 8]);
      await stage.gap("binance", "BTCUSDT", 5, 8);
      const pages = new Pages(binance, stage.sql);
      pages.page = (_, c) => [
        ...upward(range(0, 8))(_, c).slice(0, 3),
        { ...trade("binance", "BTCUSDT", 7), id: String(2n ** 62n) },
      ];
      await pages.refill("BTCUSDT");
      assert.match((await stage.gaps())[0]!, /^open, 0: .* lacks \d+ ids/);
      assert.deepEqual(await stage.stored("BTCUSDT"), [...range(0, 5), 8]);
    },
    "one market that fails holds back no other": async (stage) => {
      for (const market of ["AAAUSDT", "BTCUSDT"]) {
        await stage.deliver("binance", market, [...range(0, 5), 8]);
        await stage.gap("binance", market, 5, 8);
      }
      const pages = new Pages(binance, stage.sql);
      pages.page = (market, c) => {
        if (market === "AAAUSDT") throw new Error("HTTP 500");
        return upward(range(0, 8))(market, c);
      };
      await pages.refill("AAAUSDT", "BTCUSDT");
      assert.deepEqual(await stage.gaps(), [
        "open, 0: HTTP 500",
        "repaired, 2: refilled by exact id",
      ]);
    },
    "another time, price or size for a stored id is a reject, never a row":
      async (
        stage,
      ) => {
        await stage.deliver("binance", "BTCUSDT", [...range(0, 5), 8]);
        await stage.gap("binance", "BTCUSDT", 5, 8);
        const pages = new Pages(binance, stage.sql);
        pages.page = (_, c) =>
          upward(range(0, 8))(_, c).map((one, i) => ({
            ...one,
            ts: one.ts + (i === 0 ? 1000 : i === 3 ? 86_400e6 : 0),
          }));
        await pages.refill("BTCUSDT");
        assert.match((await stage.gaps())[0]!, /^repaired, 2/);
        assert.deepEqual(await stage.stored("BTCUSDT"), range(0, 8));
        assert.deepEqual(
          pages.rejects.map((reject) => reject.reason.slice(0, 43)),
          [
            "trade 1005 is stored with another time; the",
            "trade 1008 is stored with another time; the",
          ],
        );
        // By a socket just so.
        const store = new Store(stage.sql);
        store.write(
          [{ ...trade("binance", "BTCUSDT", 3), price: "101" }],
          at(1),
        );
        await store.close();
        const [said] = await stage.sql`select reason from rejects`;
        assert.match(said!.reason, /^trade 1003 is stored with another price/);
        assert.deepEqual(await stage.stored("BTCUSDT"), range(0, 8));
      },
  });
});

Deno.test("what sockets did not deliver is found on the venue's pages, however busy the market", async (t) => {
  await onStage(t, {
    "at the first look, whose first page is all too new": async (stage) => {
      const had = range(0, 100).filter((n) => n !== 85);
      await stage.deliver("upbit", "KRW-BTC", had);
      const pages = new Pages(upbit, stage.sql);
      pages.page = downward(range(0, 100));
      assert.equal(await pages.verify("KRW-BTC", 100), 1);
      assert.deepEqual(await stage.gaps(), [
        "repaired, 1: found on the venue's own page",
      ]);
      assert.equal(await pages.verify("KRW-BTC", 100), 0);
      const asked = pages.asked;
      assert.equal(await pages.verify("KRW-BTC", 101), 0);
      assert.ok(pages.asked - asked <= 3, "back to where the last look ended");
    },
    "what a page for another gap brought before a socket could, and no socket did":
      async (stage) => {
        await stage.deliver("upbit", "KRW-BTC", [...range(0, 5), 14, 15]);
        await stage.gap("upbit", "KRW-BTC", 5, 14);
        const pages = new Pages(upbit, stage.sql);
        pages.page = downward(range(0, 20));
        const delivered = (...ns: number[]) => {
          for (const n of ns) {
            pages.awaited.delivered(trade("upbit", "KRW-BTC", n));
          }
        };
        // One comes while the page is on its way to the database.
        pages.flush = () => {
          delivered(16);
          return Promise.resolve();
        };
        await pages.refill("KRW-BTC");
        delivered(17, 20);
        await stage.deliver("upbit", "KRW-BTC", range(21, 40));
        pages.page = downward(range(0, 40));
        assert.equal(await pages.verify("KRW-BTC", 25), 0, "not overdue yet");
        assert.equal(await pages.verify("KRW-BTC", 40), 2);
        assert.match(
          (await stage.gaps())[1]!,
          /^repaired, 2: found while another gap was refilled/,
        );
        assert.equal(await pages.verify("KRW-BTC", 40), 0);
        const [row] = await stage.sql`
          select from_id::int - 1000 as from, to_id::int - 1000 as to from gaps order by gap_id desc limit 1`;
        assert.deepEqual({ ...row }, { from: 17, to: 20 });
      },
    "a page that reaches a chain only with what may still come takes back what was called lost":
      async (stage) => {
        await stage.deliver("coinone", "KRW-BTC", [...range(0, 5), 60, 61]);
        await stage.gap("coinone", "KRW-BTC", 5, 60);
        await stage.sql`
          update gaps set from_ts = to_timestamp(${
          at(5) / 1e6
        }::float8), to_ts = to_timestamp(${at(60) / 1e6}::float8)`;
        const pages = new Pages(coinone, stage.sql);
        const page = (from: number, to: number) =>
          range(from, to).map((n) => trade("coinone", "KRW-BTC", n));
        // Cut short, it calls lost what the next one holds.
        pages.page = () => page(58, 61);
        await pages.refill("KRW-BTC");
        const lost = async () => {
          const [row] = await stage.sql`
            select max(to_id)::int - 1000 as to from gaps where state = 'unrecoverable'`;
          return row!.to;
        };
        assert.equal(await lost(), 58);
        pages.page = () => page(20, 62);
        assert.equal(await pages.verify("KRW-BTC", 62), 33);
        assert.equal(await lost(), 20);
        assert.deepEqual(await stage.stored("KRW-BTC"), [
          ...range(0, 5),
          ...range(20, 61),
        ]);
        // 53 to 57 came before a socket could bring them; none does.
        await stage.deliver("coinone", "KRW-BTC", range(62, 90));
        pages.page = () => page(60, 90);
        await pages.verify("KRW-BTC", 90);
        const [row] = await stage.sql`
          select count(*)::int as n from gaps where state = 'repaired'
            and from_id <= 1053 and to_id >= 1057`;
        assert.ok(row!.n > 0);
      },
    "what pages had proved before they no longer met is not called lost":
      async (stage) => {
        await stage.deliver("coinone", "KRW-BTC", [...range(0, 20), 60, 61]);
        const gap = async (before: number, after: number) => {
          await stage.gap("coinone", "KRW-BTC", before, after);
          await stage.sql`
            update gaps set from_ts = to_timestamp(${
            at(before) / 1e6
          }::float8), to_ts = to_timestamp(${at(after) / 1e6}::float8)
            where state = 'open'`;
        };
        const pages = new Pages(coinone, stage.sql);
        const page = (from: number, to: number) =>
          range(from, to).map((n) => trade("coinone", "KRW-BTC", n));
        // A page for another gap goes on beyond it.
        await gap(15, 18);
        pages.page = () => page(0, 30);
        await pages.refill("KRW-BTC");
        // The next one that comes begins later.
        await gap(20, 60);
        pages.page = () => page(50, 61);
        await pages.refill("KRW-BTC");
        const rows = await stage.sql`
          select from_id::int - 1000 as from, to_id::int - 1000 as to from gaps
          where state = 'unrecoverable' and note = 'beyond_pages'`;
        assert.deepEqual(rows.map((row) => ({ ...row })), [{
          from: 30,
          to: 50,
        }]);
      },
    "too much for one look: left to the refill, once": async (stage) => {
      const had = range(0, 1000).filter((n) => n !== 85);
      await stage.deliver("upbit", "KRW-BTC", had);
      await stage.sql`
        update stream_stats set verified_id = 1050, verified_ts = to_timestamp(${
        at(50) / 1e6
      }::float8)`;
      const pages = new Pages(upbit, stage.sql);
      pages.page = downward(range(0, 1000));
      assert.equal(await pages.verify("KRW-BTC", 1000), undefined);
      await pages.refill("KRW-BTC");
      while ((await stage.gaps())[0]!.startsWith("open")) {
        await stage.later(1);
        await pages.refill("KRW-BTC");
      }
      assert.match((await stage.gaps())[0]!, /^repaired, 1: refilled/);
      assert.equal(await pages.verify("KRW-BTC", 1000), 0);
      assert.equal((await stage.gaps()).length, 1);
    },
  });
});

Deno.test("a hole in dense ids is a gap, whatever was thought before", async (t) => {
  await onStage(t, {
    "three rows deleted by hand are found, refilled and told": async (
      stage,
    ) => {
      const { sql } = stage;
      await stage.deliver("binance", "BTCUSDT", range(0, 50));
      const counter = new IdCounter("binance", sql);
      await counter.count();
      await sql`delete from trades where trade_id in (1007, 1008, 1030)`;
      await stage.deliver("binance", "BTCUSDT", [51]);
      const [found] = await counter.count();
      assert.deepEqual(found, { market: "BTCUSDT", missing: 3n, gaps: 2 });
      assert.deepEqual((await counter.count())[0]!.gaps, 0, "opened once");
      const [told] = await auditIds(sql, ["binance"], {});
      assert.deepEqual([told!.missing, told!.holes], ["3", 2]);
      const pages = new Pages(binance, sql);
      pages.page = upward(range(0, 60));
      await pages.refill("BTCUSDT");
      assert.deepEqual(
        (await stage.gaps()).map((gap) => gap.split(":")[0]),
        ["repaired, 2", "repaired, 1"],
      );
      assert.equal((await auditIds(sql, ["binance"], {}))[0]!.missing, "0");
      const [check] = await sql`select missing from id_checks`;
      assert.equal(check!.missing, "3");
    },
    "also within what is called repaired; what is lost for good stays so":
      async (
        stage,
      ) => {
        const { sql } = stage;
        await stage.deliver("binance", "BTCUSDT", [...range(0, 9), 20, 30]);
        await stage.gap("binance", "BTCUSDT", 9, 20);
        await stage.gap("binance", "BTCUSDT", 20, 30);
        await sql`update gaps set state = case when from_id = 1009 then 'repaired' else 'unrecoverable' end`;
        const counter = new IdCounter("binance", sql);
        await counter.count();
        await counter.count();
        assert.deepEqual(
          (await sql`select from_id, to_id, reason, detail from gaps where state = 'open'`)
            .map((row) => [row.from_id, row.to_id, row.reason, row.detail.ids]),
          [["1009", "1020", "ids_missing", "10"]],
        );
      },
  });
});
