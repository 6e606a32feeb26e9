import assert from "node:assert/strict";
import {
  type Database,
  openDatabase,
} from "../../collector/database/client.ts";
import type { Market } from "../../collector/model/events.ts";
import { Store } from "../../collector/store/store.ts";
import {
  inWords,
  marketsToFollow,
  recordFlags,
  reportFlags,
} from "../../collector/watch/market_flags.ts";
import { test } from "../support/requirements.ts";
import { startPostgres } from "../support/postgres_server.ts";
import { emptyData } from "../support/empty_database.ts";
import { DAY } from "../../collector/model/time.ts";

const START = Date.UTC(2026, 10, 1) * 1000;

const market = (code: string, more: Partial<Market> = {}): Market => ({
  venue: "upbit",
  market: code,
  base: code.split("-")[1]!,
  quote: "KRW",
  koreanName: null,
  englishName: null,
  active: true,
  warning: null,
  ...more,
});

Deno.test("market flags on the embedded database", async (t) => {
  const data = await emptyData();
  await story(t, await openDatabase({ data }));
  await Deno.remove(data, { recursive: true });
});

test("market flags on PostgreSQL", ["postgres"], async (t) => {
  const server = await startPostgres();
  await story(t, await openDatabase({ url: server.url }));
  await server.stop();
});

/** Lists that change, and what must be kept of them. */
async function story(t: Deno.TestContext, db: Database): Promise<void> {
  const { sql } = db;
  const store = new Store(sql);
  const old = ["A", "B", "C", "D"].map((base) => market(`KRW-${base}`));
  let day = 0;
  const at = () => START + day * DAY;
  /** A list is read and stored, in either order. */
  const read = async (listed: Market[], storedFirst = day % 2 === 0) => {
    const save = async () => {
      store.list(listed);
      await store.flush();
    };
    if (storedFirst) await save();
    const changes = await recordFlags(sql, "upbit", listed, at());
    if (!storedFirst) await save();
    return changes.map(inWords);
  };
  const underWay = async () =>
    (await sql`select market, flag, (extract(epoch from first_seen) / 86400
        - ${START / DAY})::int as first, (extract(epoch from last_seen) / 86400
        - ${START / DAY})::int as last from market_flags where ended_at is null
        order by market, flag`)
      .map((row) => `${row.market} ${row.flag} ${row.first}-${row.last}`);

  const closed = async () =>
    (await sql`select market from markets where venue = 'upbit' and not active`)
      .map((row) => row.market);

  await t.step("the first list is no news, but its flags are", async () => {
    const flagged = [
      ...old.slice(0, 2),
      market("KRW-C", { warning: "WARNING,DEPOSIT_AMOUNT_SOARING" }),
      market("KRW-D", { active: false }),
    ];
    assert.deepEqual(await read(flagged), [
      "KRW-C: DEPOSIT_AMOUNT_SOARING",
      "KRW-C: WARNING",
      "KRW-D is halted",
    ]);
    assert.deepEqual(await read(flagged), [], "the same list again");
    day = 1;
    assert.deepEqual(await read(flagged), []);
    assert.deepEqual(await underWay(), [
      "KRW-C DEPOSIT_AMOUNT_SOARING 0-1",
      "KRW-C WARNING 0-1",
      "KRW-D halted 0-1",
    ]);
  });

  await t.step("a new market, a flag that ends, one that left", async () => {
    day = 3;
    const listed = [
      market("KRW-A"),
      market("KRW-C", { warning: "WARNING" }),
      market("KRW-D"),
      market("KRW-NEW"),
    ];
    assert.deepEqual(await read(listed), [
      "KRW-B is delisted",
      "KRW-C: DEPOSIT_AMOUNT_SOARING is over",
      "KRW-D is no longer halted",
      "KRW-NEW is listed",
    ]);
    assert.deepEqual(await read(listed), []);
    assert.deepEqual(await underWay(), [
      "KRW-B delisted 3-3",
      "KRW-C WARNING 0-3",
      "KRW-NEW listed 3-3",
    ]);
    const [ended] = await sql`select first_seen, last_seen, ended_at
      from market_flags where flag = 'halted'`;
    assert.deepEqual(
      [ended!.first_seen, ended!.last_seen, ended!.ended_at].map((time) =>
        (time.getTime() * 1000 - START) / DAY
      ),
      [0, 1, 3],
    );
    assert.deepEqual(await closed(), ["KRW-B"]);
  });

  await t.step("a market that comes back, a flag raised again", async () => {
    day = 5;
    const listed = [...old, market("KRW-NEW", { warning: "WARNING" })];
    assert.deepEqual(await read(listed), [
      "KRW-B is no longer delisted",
      "KRW-B is listed",
      "KRW-C: WARNING is over",
      "KRW-NEW: WARNING",
    ]);
    day = 6;
    listed[2] = market("KRW-C", { warning: "WARNING" });
    assert.deepEqual(await read(listed), ["KRW-C: WARNING"]);
    assert.deepEqual(await underWay(), [
      "KRW-B listed 5-6",
      "KRW-C WARNING 6-6",
      "KRW-NEW WARNING 5-6",
      "KRW-NEW listed 3-6",
    ]);
    const [{ active } = { active: null }] =
      await sql`select active from markets where market = 'KRW-B'`;
    assert.equal(active, true);
  });

  await t.step("a broken page delists nobody", async () => {
    day = 7;
    const before = await underWay();
    for (const listed of [[], [market("KRW-A"), market("KRW-B")]]) {
      assert.deepEqual(await recordFlags(sql, "upbit", listed, at()), []);
    }
    assert.deepEqual(await closed(), []);
    assert.equal((await underWay()).length, before.length);
  });

  await t.step("a market that left with its flag takes it along", async () => {
    day = 9;
    assert.deepEqual(
      await read([...old.slice(0, 2), market("KRW-NEW")], true),
      [
        "KRW-C: WARNING is over",
        "KRW-C is delisted",
        "KRW-D is delisted",
        "KRW-NEW: WARNING is over",
      ],
    );
  });

  await t.step("two collectors at once, and another venue", async () => {
    day = 10;
    const listed = [...old.slice(0, 2), market("KRW-NEW"), market("KRW-E")];
    const both = await Promise.all(
      [1, 2, 3].map(() => recordFlags(sql, "upbit", listed, at())),
    );
    assert.deepEqual(both.flat().map(inWords), ["KRW-E is listed"]);
    const other = listed.map((m) => ({ ...m, venue: "bithumb" }));
    assert.deepEqual(await recordFlags(sql, "bithumb", other, at()), []);
    const [{ n } = { n: 0 }] =
      await sql`select count(*)::int as n from market_flags where venue = 'bithumb'`;
    assert.equal(n, 0);
  });

  await t.step("what to follow, with the list and without", async () => {
    const follow = (wanted: string[], listed: Market[] | null) =>
      marketsToFollow(sql, "upbit", wanted, listed);
    assert.deepEqual(await follow(["KRW-*"], old), old.map((m) => m.market));
    assert.deepEqual(await follow(["KRW-X"], null), ["KRW-X"]);
    assert.deepEqual(await follow(["KRW-X", "KRW-*"], null), [
      "KRW-X",
      "KRW-A",
      "KRW-B",
      "KRW-NEW",
    ]);
    await assert.rejects(follow(["KRW-X"], old), /no market KRW-X/);
    await assert.rejects(
      marketsToFollow(sql, "coinone", ["KRW-*"], null),
      /KRW-\* means cannot be told: coinone's list .* none was stored/,
    );
  });

  await t.step(
    "a first list with many flags does not flood the log",
    async () => {
      const lines: string[] = [];
      const many = Array.from(
        { length: 50 },
        (_, i) => market(`KRW-${i}`, { venue: "binance", active: false }),
      );
      const deps = { sql, now: at, log: (line: string) => lines.push(line) };
      await reportFlags("binance", many, deps);
      assert.equal(lines.length, 11);
      assert.equal(lines[0], "binance: KRW-0 is halted");
      assert.equal(lines[10], "binance: and 40 more flags of markets");
      await reportFlags("binance", many, deps);
      assert.equal(lines.length, 11);
    },
  );

  await store.close();
  await db.close();
}
