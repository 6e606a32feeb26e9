/** Sockets cut and muted, and the ledger and the refill after them, against the simulator's truth. */
import assert from "node:assert/strict";
import type postgres from "postgres";
import { checkConfig } from "../../collector/config.ts";
import { openDatabase } from "../../collector/database/client.ts";
import { type Sandbox, startSandbox } from "../../collector/sandbox/sandbox.ts";
import {
  simulatedVenues,
  worldMarkets,
} from "../../collector/sandbox/simulators.ts";
import { Store } from "../../collector/store/store.ts";
import { venues } from "../../collector/venues/registry.ts";
import { watchVenue } from "../../collector/watch/watch.ts";
import { emptyData } from "../support/empty_database.ts";

/** Those whose every trade can be had again. */
const VENUES = simulatedVenues.filter((id) =>
  venues[id]!.trades.paging !== "newest"
);

interface Stage {
  sandbox: Sandbox;
  sql: postgres.Sql;
  /** Watches them until the returned function is called. */
  collect(): () => Promise<void>;
  lines: string[];
}

/** A simulator with much traffic, and an empty database. */
async function onStage(
  run: (stage: Stage) => Promise<void>,
): Promise<void> {
  const data = await emptyData();
  const db = await openDatabase({ data });
  // The order flow grows with the minute after the start: that was a minute ago.
  let made = false;
  const sandbox = await startSandbox({
    now: () => made ? Date.now() : Date.now() - 60_000,
    days: 1,
    rate: 20,
    venues: VENUES,
  });
  made = true;
  const config = checkConfig({
    ...sandbox.config,
    communities: {},
    rates: {},
    historyDays: 0,
    verifySeconds: 2,
  }, "test");
  const lines: string[] = [];
  let stopped = () => Promise.resolve();
  const collect = () => {
    const stop = new AbortController();
    const store = new Store(db.sql);
    const deps = {
      config,
      sql: db.sql,
      store,
      signal: stop.signal,
      now: () => Date.now() * 1000,
      log: (line: string) => lines.push(line),
    };
    const watches = Object.entries(config.venues).map(([id, venue]) =>
      watchVenue(
        id,
        { ...venue, channels: ["trade", "candle"] },
        venue.markets,
        deps,
      )
    );
    stopped = async () => {
      stop.abort();
      await Promise.all(watches.map((watch) => watch.done));
      await store.close();
    };
    return stopped;
  };
  try {
    await run({ sandbox, sql: db.sql, collect, lines });
  } finally {
    // Also where the test failed: a database does not close under a collector.
    await stopped();
    await sandbox.close();
    await db.close();
    await Deno.remove(data, { recursive: true });
  }
}

const wait = (seconds: number) =>
  new Promise((wake) => setTimeout(wake, seconds * 1000));

/** Waits until it holds; fails after two minutes. */
async function until(what: string, holds: () => Promise<boolean>) {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries > 240) throw new Error(`after two minutes still not: ${what}`);
    await wait(0.5);
  }
}

/** What each venue's clock says now, in milliseconds: no other clock tells which trades there are. */
const clocks = ({ clock }: Sandbox): Map<string, number> =>
  new Map(VENUES.map((venue) => [venue, clock(venue)]));

/** Trades of the truth in [from, to) by each venue's clock that are not stored, and stored ones that are not true. */
async function compare(
  { sandbox, sql }: Stage,
  begun: Map<string, number>,
  ended: Map<string, number>,
): Promise<{ lost: string[]; false: string[]; stored: number }> {
  const out = { lost: [] as string[], false: [] as string[], stored: 0 };
  for (const { venue, market } of worldMarkets) {
    const from = begun.get(venue), to = ended.get(venue);
    if (from === undefined || to === undefined) continue;
    const truth = new Map(
      sandbox.world.trades(venue, market, from * 1000, to * 1000)
        .map((t) => [t.id, `${t.price} ${t.size} ${t.side}`]),
    );
    const rows = await sql`
      select trade_id, price::text, size::text, side from trades
      where venue = ${venue} and market = ${market}
        and ts >= to_timestamp(${from / 1000}::float8) and ts < to_timestamp(${
      to / 1000
    }::float8)`;
    out.stored += rows.length;
    for (const row of rows) {
      const said = `${row.price} ${row.size} ${row.side}`;
      if (truth.get(row.trade_id) !== said) {
        out.false.push(`${venue} ${market} ${row.trade_id}`);
      }
      truth.delete(row.trade_id);
    }
    out.lost.push(...[...truth.keys()].map((id) => `${venue} ${market} ${id}`));
  }
  return out;
}

const open = async (sql: postgres.Sql) =>
  (await sql`select 1 from gaps where state = 'open'`).length;

Deno.test("what a cut, a mute market, a mute venue and a stop lost is refilled", async () => {
  await onStage(async (stage) => {
    const { sandbox, sql, collect } = stage;
    let stop = collect();
    await until(
      "trades of all",
      async () =>
        (await sql`select distinct venue, market from trades`).length ===
          worldMarkets.filter(({ venue }) =>
            (VENUES as string[]).includes(venue)
          )
            .length,
    );
    const from = clocks(sandbox);
    await wait(3);
    sandbox.cut();
    await wait(4);
    sandbox.mute("KRW-BTC");
    sandbox.mute("BTCUSDT");
    await until(
      "a mute market is seen",
      async () =>
        (await sql`select 1 from gaps where reason = 'market_mute'`).length > 0,
    );
    sandbox.mute(null);
    await wait(3);
    await stop();
    assert.equal(await open(sql) > 0, true, "a stop leaves gaps that grow");
    await wait(5);
    stop = collect();
    await wait(3);
    const to = clocks(sandbox);
    await until(
      "no gap open, nothing lost",
      async () =>
        await open(sql) === 0 &&
        (await compare(stage, from, to)).lost.length === 0,
    );
    await stop();
    const { lost, false: wrong, stored } = await compare(stage, from, to);
    assert.deepEqual(
      { lost, wrong },
      { lost: [], wrong: [] },
      stage.lines.join("\n"),
    );
    assert.ok(stored > 50, `${stored} stored`);
  });
});
