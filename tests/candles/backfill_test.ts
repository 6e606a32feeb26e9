import assert from "node:assert/strict";
import { backfillCandles } from "../../collector/candles/backfill.ts";
import { type Candle, Unreadable } from "../../collector/model/events.ts";
import { Rest } from "../../collector/net/rest.ts";
import { binance } from "../../collector/venues/binance.ts";
import { upbit } from "../../collector/venues/upbit.ts";
import type { Venue } from "../../collector/venues/venue.ts";
import { randomFrom } from "../support/random.ts";
import { MINUTE } from "../../collector/model/time.ts";

const START = Date.UTC(2026, 6, 30) * 1000;

/** An Upbit that traded in the given minutes and serves at most `cap` rows. */
function serveCandles(minutes: number[], cap: number, seen: URL[] = []) {
  return Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => {
      const url = new URL(request.url);
      seen.push(url);
      const to = Date.parse(url.searchParams.get("to")!) * 1000;
      const count = Math.min(cap, Number(url.searchParams.get("count")));
      const rows = minutes.filter((m) => START + m * MINUTE < to)
        .sort((a, b) => b - a).slice(0, count).map((m) => ({
          market: "KRW-BTC",
          candle_date_time_utc: new Date((START + m * MINUTE) / 1000)
            .toISOString().slice(0, 19),
          opening_price: m + 1,
          high_price: m + 3,
          low_price: m + 1,
          trade_price: m + 2,
          candle_acc_trade_price: 10,
          candle_acc_trade_volume: 5,
        }));
      return Response.json(rows);
    },
  );
}

const client = (venue: Venue, options = {}) =>
  new Rest({ ...venue, restPauseMs: 0 }, {
    signal: new AbortController().signal,
    backoffMs: 1,
    ...options,
  });

async function history(
  minutes: number[],
  cap: number,
  from: number,
  to: number,
  seen: URL[] = [],
) {
  const server = serveCandles(minutes, cap, seen);
  const pages: Candle[][] = [];
  for await (
    const page of backfillCandles(
      upbit,
      `http://127.0.0.1:${server.addr.port}`,
      "KRW-BTC",
      START + from * MINUTE,
      START + to * MINUTE,
      { client: client(upbit), now: () => START + 10_000 * MINUTE },
    )
  ) pages.push(page);
  await server.shutdown();
  return pages;
}

const minuteOf = (candle: Candle) => (candle.ts - START) / MINUTE;

Deno.test("history without a hole, whatever the page size and the quiet minutes", async () => {
  const random = randomFrom(8);
  for (const cap of [1000, 200, 37, 1]) {
    const traded = new Set([0]);
    for (let m = 1; m < 300; m++) if (random() < 0.6) traded.add(m);
    const pages = await history([...traded], cap, 20, 300);
    const candles = pages.flat().sort((a, b) => a.ts - b.ts);
    assert.deepEqual(
      candles.map(minuteOf),
      Array.from({ length: 280 }, (_, i) => i + 20),
      `cap ${cap}`,
    );
    let close = "";
    for (const candle of candles) {
      const m = minuteOf(candle);
      if (traded.has(m)) {
        assert.deepEqual([candle.state, candle.close], ["closed", `${m + 2}`]);
      } else {
        assert.equal(candle.state, "no_trade");
        if (close) {
          const { open, high, low, volume, quoteVolume, tradeCount } = candle;
          assert.deepEqual(
            [open, high, low, candle.close, volume, quoteVolume, tradeCount],
            [close, close, close, close, "0", "0", 0],
          );
        }
      }
      close = candle.close;
    }
  }
});

Deno.test("nothing is made up before the listing", async () => {
  const seen: URL[] = [];
  const pages = await history([50, 52], 200, 0, 55, seen);
  assert.deepEqual(pages.flat().map((c) => [minuteOf(c), c.state]), [
    [50, "closed"],
    [51, "no_trade"],
    [52, "closed"],
    [53, "no_trade"],
    [54, "no_trade"],
  ]);
  assert.equal(seen.length, 2);
});

Deno.test("the running minute is not taken", async () => {
  const server = serveCandles([1, 2, 3], 200);
  const taken: number[] = [];
  const reached: number[] = [];
  for await (
    const page of backfillCandles(
      upbit,
      `http://127.0.0.1:${server.addr.port}`,
      "KRW-BTC",
      START,
      START + 9 * MINUTE,
      {
        client: client(upbit),
        now: () => START + 3 * MINUTE + 30_000_000,
        onPage: (p) => reached.push(p.reached),
      },
    )
  ) taken.push(...page.map(minuteOf));
  await server.shutdown();
  assert.deepEqual(taken, [1, 2]);
  assert.deepEqual(reached, [START + MINUTE]);
});

Deno.test("a broken page is named, a foreign market refused", async () => {
  const bodies = ["[{}]", "<html>"];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () => new Response(bodies.shift()),
  );
  const rest = `http://127.0.0.1:${server.addr.port}`;
  const options = { client: client(upbit), now: () => START + 9 * MINUTE };
  const read = async () => {
    for await (
      const _ of backfillCandles(
        upbit,
        rest,
        "KRW-BTC",
        START,
        START + MINUTE,
        options,
      )
    );
  };
  await assert.rejects(read, (error) => {
    assert.ok(error instanceof Unreadable);
    assert.match(error.message, /candles\/minutes\/1\?market=KRW-BTC/);
    return true;
  });
  await assert.rejects(read, /html/);
  await server.shutdown();
});

/** A server that answers from a list and notes when it was asked. */
function serveAnswers(answers: (() => Response)[]) {
  const at: number[] = [];
  const origins: (string | null)[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => {
      at.push(performance.now());
      origins.push(request.headers.get("origin"));
      return answers.shift()!();
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}/x`;
  return { url, at, origins, close: () => server.shutdown() };
}
const ok = () => new Response('[{"fine":1}]');

Deno.test("REST waits as the venue asks, and sends no Origin", async () => {
  const venue = serveAnswers([
    () =>
      new Response("[]", {
        headers: { "Remaining-Req": "group=candle; min=600; sec=0" },
      }),
    ok,
    () =>
      new Response("slow down", {
        status: 429,
        headers: { "Retry-After": "1" },
      }),
    () => new Response("oops", { status: 503 }),
    ok,
  ]);
  const why: string[] = [];
  const rest = client(upbit, {
    onPause: (_: number, text: string) => why.push(text),
  });
  assert.equal(await rest.get(venue.url), "[]");
  assert.equal(await rest.get(venue.url), '[{"fine":1}]');
  assert.equal(await rest.get(venue.url), '[{"fine":1}]');
  await venue.close();
  assert.ok(venue.at[1]! - venue.at[0]! >= 990);
  assert.ok(venue.at[3]! - venue.at[2]! >= 990);
  assert.equal(venue.at.length, 5);
  assert.deepEqual(venue.origins, [null, null, null, null, null]);
  assert.match(why.join(), /HTTP 429.*HTTP 503/);
});

Deno.test("REST keeps its pause between requests asked for at once", async () => {
  const venue = serveAnswers([ok, ok, ok]);
  const rest = new Rest({ ...upbit, restPauseMs: 60 }, {
    signal: new AbortController().signal,
  });
  await Promise.all([1, 2, 3].map(() => rest.get(venue.url)));
  await venue.close();
  assert.ok(venue.at[1]! - venue.at[0]! >= 59);
  assert.ok(venue.at[2]! - venue.at[1]! >= 59);
});

Deno.test("REST gives up with the place, the reason and a remedy", async () => {
  const refused = '{"code":-1121,"msg":"Invalid symbol."}';
  const venue = serveAnswers([
    () => new Response(refused),
    ...Array.from({ length: 3 }, () => () => new Response("", { status: 500 })),
    () =>
      new Response("banned", {
        status: 418,
        headers: { "Retry-After": "7200" },
      }),
  ]);
  const rest = client(binance, { attempts: 3 });
  await assert.rejects(
    rest.get(venue.url),
    /\/x failed after 1 attempt: HTTP 200, -1121: Invalid symbol\. Check the market/,
  );
  await assert.rejects(rest.get(venue.url), /after 3 attempts: HTTP 500/);
  await assert.rejects(rest.get(venue.url), /HTTP 418/);
  assert.equal(venue.at.length, 5);
  await venue.close();
});

Deno.test("REST stops when told, also while it waits", async () => {
  const venue = serveAnswers([
    () => new Response("", { status: 429, headers: { "Retry-After": "200" } }),
  ]);
  const stop = new AbortController();
  const rest = client(upbit, {
    signal: stop.signal,
    onPause: () => stop.abort(new Error("stopped")),
  });
  await assert.rejects(rest.get(venue.url), /stopped/);
  await assert.rejects(rest.get(venue.url), /stopped/);
  await venue.close();
});
