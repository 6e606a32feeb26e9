import assert from "node:assert/strict";
import type { Candle, Trade } from "../../collector/model/events.ts";
import { startSandbox } from "../../collector/sandbox/sandbox.ts";
import { MINUTE } from "../../collector/sandbox/world.ts";
import { binance } from "../../collector/venues/binance.ts";
import { upbit, upbitTrade } from "../../collector/venues/upbit.ts";
import { parseExact } from "../../collector/model/wire.ts";
import { get, NOON, withSandbox } from "../support/simulated.ts";

Deno.test("Upbit's pages: candles are the sums of exactly the trades", async () => {
  const options = { days: 1, limits: false };
  await withSandbox(options, async ({ upbit: { rest }, world }) => {
    for (const market of ["KRW-BTC", "KRW-XRP"]) {
      // All trades of the past day, page by page, by cursor.
      const trades: Trade[] = [];
      for (let cursor = "";;) {
        const page = parseExact(
          await get(
            `${rest}/v1/trades/ticks?market=${market}&count=9999${cursor}`,
          ),
        ) as Record<string, unknown>[];
        assert.ok(page.length <= 500);
        if (page.length === 0) break;
        trades.push(...page.map(upbitTrade));
        cursor = `&cursor=${trades.at(-1)!.id}`;
      }
      const truth = world.trades(
        "upbit",
        market,
        world.start * MINUTE * 1000,
        NOON * 1000 + 1,
      );
      assert.deepEqual(trades.reverse(), truth);

      // All candles, page by page, by time.
      const candles: Candle[] = [];
      for (let before = (world.liveFrom * MINUTE) * 1000;;) {
        const url = upbit.candles.url(rest, market, 0, before)
          .replace(/count=\d+/, "count=1000");
        const page = upbit.candles.read(await get(url), market);
        assert.ok(page.length <= 200);
        if (page.length === 0) break;
        assert.ok(page.at(-1)!.ts < before, "`to` is exclusive");
        candles.unshift(...page);
        before = page[0]!.ts;
      }
      const minutes = Map.groupBy(
        truth,
        (t) => Math.floor(t.ts / 60e6) * 60e6,
      );
      assert.deepEqual(candles.map((c) => c.ts), [...minutes.keys()]);
      if (market === "KRW-XRP") assert.ok(candles.length < 1440, "empty ones");
      for (const candle of candles) {
        const some = minutes.get(candle.ts)!;
        assert.deepEqual(sums(some), {
          open: candle.open,
          high: candle.high,
          low: candle.low,
          close: candle.close,
          volume: candle.volume,
          quoteVolume: candle.quoteVolume,
        });
      }
    }
  });
});

Deno.test("Binance's pages: klines and aggregates agree, and page without a hole", async () => {
  await withSandbox({ days: 1 }, async ({ binance: { rest }, world }) => {
    const symbol = "XRPUSDT";
    const start = world.start * MINUTE;
    const first = JSON.parse(
      await get(
        `${rest}/api/v3/aggTrades?symbol=${symbol}&startTime=${start}&limit=1`,
      ),
    )[0].a;
    const rows: Record<string, unknown>[] = [];
    for (let from = first;;) {
      const page = JSON.parse(
        await get(
          `${rest}/api/v3/aggTrades?symbol=${symbol}&fromId=${from}&limit=5000`,
        ),
      );
      assert.ok(page.length <= 1000);
      if (page.length === 0) break;
      rows.push(...page);
      from = page.at(-1).a + 1;
    }
    rows.forEach((row, at) => {
      const before = rows[at - 1];
      if (!before) return;
      assert.equal(row.a, Number(before.a) + 1);
      assert.equal(row.f, Number(before.l) + 1);
    });
    const trades = rows.map((row) =>
      binance.read(JSON.stringify({ e: "aggTrade", s: symbol, ...row }))[0]
    ) as Trade[];
    assert.deepEqual(
      trades,
      world.trades("binance", symbol, start * 1000, NOON * 1000 + 1),
    );
    const candles: Candle[] = [];
    for (let before = world.liveFrom * 60e6; before > start * 1000;) {
      const page = binance.candles.read(
        await get(binance.candles.url(rest, symbol, start * 1000, before)),
        symbol,
      );
      candles.unshift(...page);
      before = page[0]!.ts;
    }
    assert.equal(candles.length, 1441);
    const minutes = Map.groupBy(trades, (t) => Math.floor(t.ts / 60e6) * 60e6);
    for (const candle of candles) {
      const some = minutes.get(candle.ts);
      assert.equal(
        candle.tradeCount,
        some?.reduce((sum, t) => sum + t.fills, 0) ?? 0,
      );
      if (!some) {
        assert.equal(candle.state, "no_trade");
        continue;
      }
      const { volume, quoteVolume, open, close } = sums(some);
      assert.deepEqual(
        [candle.volume, candle.quoteVolume, candle.open, candle.close],
        [volume, quoteVolume, open, close],
      );
    }
  });
});

Deno.test("the venues refuse as the venues do", async () => {
  await withSandbox({ days: 1 }, async ({ upbit, binance }) => {
    const answer = async (url: string) => {
      const response = await fetch(url);
      return [
        response.status,
        await response.text(),
        response.headers,
      ] as const;
    };
    const [status, text] = await answer(
      `${upbit.rest}/v1/candles/minutes/1?market=KRW-NOPE`,
    );
    assert.equal(status, 404);
    assert.equal(text, '{"error":{"name":404,"message":"Code not found"}}');
    const [bad, message, headers] = await answer(
      `${binance.rest}/api/v3/klines?symbol=NOPE&interval=1m`,
    );
    assert.equal(bad, 400);
    assert.equal(message, '{"code":-1121,"msg":"Invalid symbol."}');
    assert.match(headers.get("x-mbx-used-weight-1m")!, /^\d+$/);
    const [, , left] = await answer(`${upbit.rest}/v1/market/all`);
    assert.equal(left.get("remaining-req"), "group=market; min=600; sec=9");
    const many = await Promise.all(
      Array.from(
        { length: 60 },
        () => answer(`${upbit.rest}/v1/ticker?markets=KRW-BTC`),
      ),
    );
    const seen = new Set(many.map(([status]) => status));
    assert.ok(seen.has(200) && seen.has(429) && seen.has(418), `${[...seen]}`);
  });
});

Deno.test("a port in use is one clear sentence", async () => {
  await withSandbox({ days: 1 }, async ({ upbit }) => {
    const port = Number(new URL(upbit.rest).port);
    await assert.rejects(startSandbox({ port }), {
      name: "CliError",
      message: new RegExp(`^Port ${port} is in use`),
    });
  });
});

/** Open, high, low, close and exact volumes of trades. */
function sums(trades: Trade[]) {
  const prices = trades.map((t) => Number(t.price));
  let volume = 0n, value = 0n;
  for (const { price, size } of trades) {
    volume += tenBillionths(size);
    value += tenBillionths(price) * tenBillionths(size);
  }
  const find = (wanted: number) =>
    trades.find((t) => Number(t.price) === wanted)!.price;
  return {
    open: trades[0]!.price,
    high: find(Math.max(...prices)),
    low: find(Math.min(...prices)),
    close: trades.at(-1)!.price,
    volume: decimal(volume, 10),
    quoteVolume: decimal(value, 20),
  };
}

function tenBillionths(text: string): bigint {
  const [whole, fraction = ""] = text.split(".");
  return BigInt(whole + fraction.padEnd(10, "0"));
}

function decimal(value: bigint, digits: number): string {
  const text = value.toString().padStart(digits + 1, "0");
  return `${text.slice(0, -digits)}.${text.slice(-digits)}`
    .replace(/\.?0+$/, "");
}
