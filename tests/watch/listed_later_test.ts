/** Markets that a venue lists, and takes off its list, while the collector runs. */
import assert from "node:assert/strict";
import { checkConfig } from "../../collector/config.ts";
import { openDatabase } from "../../collector/database/client.ts";
import { startSandbox } from "../../collector/sandbox/sandbox.ts";
import { Store } from "../../collector/store/store.ts";
import { type Watch, watchVenue } from "../../collector/watch/watch.ts";
import { emptyData } from "../support/empty_database.ts";

/** A venue's REST host as it is while it does not know one of its markets. */
function without(rest: string, market: string) {
  let hidden: string | null = market;
  let broken = false;
  const server = Deno.serve({ port: 0, onListen() {} }, async (request) => {
    const { pathname, search } = new URL(request.url);
    if (hidden !== null && search.includes(hidden)) {
      return Response.json(
        { error: { name: 404, message: "Code not found" } },
        {
          status: 404,
        },
      );
    }
    const answer = await fetch(rest + pathname + search);
    const body = await answer.text();
    const init = { status: answer.status, headers: answer.headers };
    if (!/\/(market\/all|exchangeInfo)$/.test(pathname)) {
      return new Response(body, init);
    }
    if (broken) return new Response(body.slice(0, body.length / 2), init);
    if (hidden === null) return new Response(body, init);
    const list = JSON.parse(body);
    const shown = (row: { market?: string; symbol?: string }) =>
      (row.market ?? row.symbol) !== hidden;
    return Response.json(
      Array.isArray(list)
        ? list.filter(shown)
        : { ...list, symbols: list.symbols.filter(shown) },
    );
  });
  return {
    rest: `http://127.0.0.1:${server.addr.port}`,
    hide: (market: string | null) => hidden = market,
    break: (how: boolean) => broken = how,
    close: () => server.shutdown(),
  };
}

const FIRST: Record<string, string[]> = {
  upbit: ["KRW-BTC", "KRW-ETH"],
  binance: ["BTCUSDT", "ETHUSDT"],
};
const LATER: Record<string, string> = { upbit: "KRW-XRP", binance: "XRPUSDT" };

Deno.test("a market listed later is followed from its first trade, one that is delisted is dropped", async () => {
  const data = await emptyData();
  const db = await openDatabase({ data });
  const { sql } = db;
  // The order flow begins with the minute after the start: that was a minute ago.
  let made = false;
  const sandbox = await startSandbox({
    now: () => made ? Date.now() : Date.now() - 60_000,
    days: 1,
    venues: ["upbit", "binance"],
    rate: 20,
  });
  made = true;
  const { venues } = checkConfig({
    ...sandbox.config,
    communities: {},
    rates: {},
    historyDays: 0,
  }, "test");
  const stop = new AbortController();
  const store = new Store(sql);
  const lines: string[] = [];
  const fronts = Object.fromEntries(
    Object.entries(venues).map(([id, { rest }]) => [
      id,
      without(rest, LATER[id]!),
    ]),
  );
  const deps = {
    config: checkConfig({ ...sandbox.config, historyDays: 0 }, "test"),
    sql,
    store,
    signal: stop.signal,
    now: () => Date.now() * 1000,
    log: (line: string) => lines.push(line),
  };
  const began = Date.now();
  const watches: Watch[] = Object.entries(venues).map(([id, venue]) =>
    watchVenue(
      id,
      {
        ...venue,
        rest: fronts[id]!.rest,
        markets: id === "upbit" ? ["KRW-*"] : ["*USDT"],
        channels: ["trade", "candle"],
      },
      FIRST[id]!,
      deps,
    )
  );
  const until = async (what: string, holds: () => Promise<boolean>) => {
    for (let tries = 0; !(await holds()); tries++) {
      if (tries > 120) {
        throw new Error(
          `after a minute still not: ${what}\n${lines.join("\n")}`,
        );
      }
      await new Promise((wake) => setTimeout(wake, 500));
    }
  };
  const stored = async (market: string) =>
    (await sql`select 1 from trades where market = ${market} limit 1`).length >
      0;

  await until(
    "the first markets trade",
    async () => await stored("KRW-BTC") && await stored("BTCUSDT"),
  );
  assert.equal(await stored("KRW-XRP"), false);

  fronts.upbit!.break(true);
  await assert.rejects(watches[0]!.relist(), /market\/all/);
  fronts.upbit!.break(false);
  await store.flush();
  const rejects = await sql`select source, place, payload from rejects`;
  assert.equal(rejects.length, 1);
  assert.match(rejects[0]!.place, /\/v1\/market\/all/);
  assert.match(rejects[0]!.payload, /KRW-BTC/);

  for (const watch of watches) await watch.relist();
  // What is listed from here on has no past that the collector would have to know.
  const clocks = () => ({
    upbit: sandbox.clock("upbit"),
    binance: sandbox.clock("binance"),
  });
  const since: Record<string, number> = clocks();
  const traded = (venue: string, to: Record<string, number>, less = 0) =>
    sandbox.world.trades(
      venue,
      LATER[venue]!,
      since[venue]! * 1000,
      (to[venue]! - less) * 1000,
    );
  await until("they have traded unheard", () =>
    Promise.resolve(
      Object.keys(LATER).every((venue) => traded(venue, clocks()).length > 3),
    ));
  for (const front of Object.values(fronts)) front.hide(null);
  for (const watch of watches) await watch.relist();
  for (const watch of watches) await watch.relist(); // changes nothing more
  assert.equal(lines.filter((line) => /follows/.test(line)).length, 2);
  await until("their gaps are closed", async () => {
    const gaps = await sql`
      select state from gaps where reason = 'listed_meanwhile' and channel = 'trade'`;
    return gaps.length === 2 && gaps.every(({ state }) => state === "repaired");
  });
  await until("they trade", async () => {
    const [row] = await sql`
      select count(distinct market)::int as n from trades
      where market in ('KRW-XRP', 'XRPUSDT') and received_at > now() - interval '20 seconds'`;
    return row!.n === 2;
  });
  const now = clocks();

  fronts.upbit!.hide("KRW-ETH");
  await sql`
    insert into gaps (venue, market, channel, from_ts, to_ts, reason)
    values ('upbit', 'KRW-ETH', 'trade', now() - interval '2 minutes', now() - interval '1 minute', 'of before')`;
  await watches[0]!.relist();
  const delisted =
    await sql`select venue, market from market_flags where flag = 'delisted'`;
  assert.deepEqual([...delisted], [{ venue: "upbit", market: "KRW-ETH" }]);
  await until("the gap of the delisted market is settled", async () => {
    const [gap] = await sql`select state from gaps where reason = 'of before'`;
    return gap!.state === "unrecoverable";
  });
  assert.ok(lines.some((line) => /KRW-ETH, delisted, is lost/.test(line)));

  stop.abort();
  await Promise.all(watches.map((watch) => watch.done));
  await store.close();

  for (const [venue, market] of Object.entries(LATER)) {
    // Up to what had its time to come.
    const truth = traded(venue, now, 3000);
    const rows = await sql`
      select trade_id::text as id from trades where venue = ${venue} and market = ${market}`;
    const ids = new Set(rows.map(({ id }) => id));
    assert.ok(truth.length > 3);
    assert.deepEqual(truth.filter(({ id }) => !ids.has(id)), [], market);
  }
  // Nobody's socket was closed for it.
  const [ended] = await sql`
    select count(*)::int as n from gaps where reason not in ('listed_meanwhile', 'stopped', 'of before')
      and channel = 'trade' and from_ts > to_timestamp(${
    began / 1000
  }::float8)`;
  assert.equal(ended!.n, 0);

  for (const front of Object.values(fronts)) await front.close();
  await sandbox.close();
  await db.close();
  await Deno.remove(data, { recursive: true });
});
