import assert from "node:assert/strict";
import { CandleBuilder } from "../../collector/candles/candle_builder.ts";
import type { Candle, Trade } from "../../collector/model/events.ts";
import { randomFrom, shuffled } from "../support/random.ts";
import { MINUTE, SECOND } from "../../collector/model/time.ts";

const START = Date.UTC(2026, 6, 30, 6, 50) * 1000;

const trade = (
  seconds: number,
  price: string,
  id: number | string,
  size = "1",
): Trade => ({
  kind: "trade",
  venue: "upbit",
  market: "M",
  id: `${id}`,
  ts: START + seconds * SECOND,
  price,
  size,
  side: "buy",
  fills: 1,
});

/** A builder that has observed M since a minute before the start. */
function observing(options = {}): CandleBuilder {
  const builder = new CandleBuilder("upbit", options);
  builder.observedSince("M", START - MINUTE);
  return builder;
}
const add = (builder: CandleBuilder, ...trades: Trade[]) =>
  trades.map((t) => builder.add(t, t.ts));
const clock = (builder: CandleBuilder, seconds: number) =>
  builder.tick(START + seconds * SECOND, START + seconds * SECOND);
const brief = (candles: Candle[]) =>
  candles.map((c) =>
    [
      (c.ts - START) / MINUTE,
      c.open,
      c.high,
      c.low,
      c.close,
      c.volume,
      c.state,
    ].join(" ")
  );

Deno.test("a minute closes by the venue's clock, five seconds late", () => {
  const builder = observing();
  add(
    builder,
    trade(1, "100", 1, "0.1"),
    trade(30, "90.5", 3, "0.2"),
    trade(59.9, "95", 4, "0.00000001"),
  );
  clock(builder, 64.9);
  assert.deepEqual(builder.closed(), []);
  clock(builder, 65);
  const [candle, ...more] = builder.closed();
  assert.deepEqual(more, []);
  assert.deepEqual(candle, {
    kind: "candle",
    venue: "upbit",
    market: "M",
    interval: "1m",
    ts: START,
    open: "100",
    high: "100",
    low: "90.5",
    close: "95",
    volume: "0.30000001",
    quoteVolume: "28.10000095",
    tradeCount: 3,
    source: "trades",
    state: "closed",
  });
  assert.deepEqual(builder.closed(), []);
});

Deno.test("quiet minutes carry the close once a later frame passes them", () => {
  const builder = observing();
  add(builder, trade(1, "100", 1));
  clock(builder, 190);
  assert.deepEqual(brief(builder.closed()), [
    "0 100 100 100 100 1 closed",
    "1 100 100 100 100 0 no_trade",
    "2 100 100 100 100 0 no_trade",
  ]);
});

Deno.test("quiet minutes before the first trade have no price and no row", () => {
  const builder = observing();
  clock(builder, 70);
  assert.deepEqual(builder.closed(), []);
  add(builder, trade(75, "7", 1));
  clock(builder, 130);
  assert.deepEqual(brief(builder.closed()), ["1 7 7 7 7 1 closed"]);
});

Deno.test("a late trade makes a new version, and of the quiet minutes after it", () => {
  const builder = observing();
  add(builder, trade(1, "100", 1), trade(200, "120", 9));
  clock(builder, 250);
  assert.equal(builder.closed().length, 4);
  assert.deepEqual(add(builder, trade(50, "101", 2)), ["counted"]);
  assert.deepEqual(brief(builder.closed()), [
    "0 100 101 100 101 2 closed",
    "1 101 101 101 101 0 no_trade",
    "2 101 101 101 101 0 no_trade",
  ]);
  assert.deepEqual(add(builder, trade(70, "99", 3)), ["counted"]);
  assert.deepEqual(brief(builder.closed()), [
    "1 99 99 99 99 1 closed",
    "2 99 99 99 99 0 no_trade",
  ]);
});

Deno.test("open and close are decided by time, then by id", () => {
  const builder = observing();
  add(
    builder,
    trade(5, "2", "17853950411240001"),
    trade(5, "1", "17853950411240000"),
    trade(5, "3", "17853950411240002"),
    trade(5, "4", "999"),
  );
  clock(builder, 65);
  assert.deepEqual(brief(builder.closed()), ["0 4 4 1 3 4 closed"]);
});

Deno.test("the minute of the start is partial, trades before it are outside", () => {
  const builder = new CandleBuilder("upbit");
  builder.observedSince("M", START + 10 * SECOND);
  assert.deepEqual(
    add(builder, trade(-300, "5", 1), trade(20, "6", 2), trade(70, "7", 3)),
    ["outside", "counted", "counted"],
  );
  clock(builder, 130);
  assert.deepEqual(brief(builder.closed()), [
    "0 6 6 6 6 1 partial",
    "1 7 7 7 7 1 closed",
  ]);
});

Deno.test("observation begins two seconds late, or when the venue's clock says", () => {
  const early = new CandleBuilder("upbit");
  early.observedSince("M", START - 1 * SECOND);
  add(early, trade(5, "6", 2));
  clock(early, 65);
  assert.deepEqual(brief(early.closed()), ["0 6 6 6 6 1 partial"]);
  const ahead = new CandleBuilder("upbit");
  ahead.observedSince("M", START - 10 * SECOND);
  ahead.tick(START + SECOND, START - 9 * SECOND);
  add(ahead, trade(5, "6", 2));
  clock(ahead, 65);
  assert.deepEqual(brief(ahead.closed()), ["0 6 6 6 6 1 partial"]);
});

Deno.test("a gap: what it touches is partial, what it covers has no row", () => {
  const builder = observing();
  add(builder, trade(1, "100", 1), trade(70, "101", 2), trade(80, "102", 3));
  builder.lost("M");
  builder.observedSince("M", START + 250 * SECOND);
  add(builder, trade(255, "103", 4), trade(310, "104", 5));
  clock(builder, 400);
  assert.deepEqual(brief(builder.closed()), [
    "0 100 100 100 100 1 closed",
    "1 101 102 101 102 2 partial",
    "4 103 103 103 103 1 partial",
    "5 104 104 104 104 1 closed",
  ]);
  assert.deepEqual(add(builder, trade(150, "1", 6)), ["outside"]);
});

Deno.test("after a gap no price is carried over it", () => {
  const builder = observing();
  add(builder, trade(1, "100", 1));
  clock(builder, 100);
  builder.lost("M");
  builder.observedSince("M", START + 130 * SECOND);
  clock(builder, 400);
  assert.deepEqual(brief(builder.closed()), ["0 100 100 100 100 1 closed"]);
});

Deno.test("an absurd time does not close the minutes up to it", () => {
  const builder = observing();
  builder.add({ ...trade(1, "100", 1), ts: START + 1e6 * MINUTE }, START);
  clock(builder, 65);
  assert.ok(builder.closed().length < 3);
});

Deno.test("memory is bounded; what is forgotten is reported", () => {
  const byTime = observing({ minutes: 2 });
  add(byTime, trade(1, "1", 1));
  clock(byTime, 300);
  byTime.closed();
  assert.deepEqual(add(byTime, trade(2, "1", 2)), ["outside"]);
  const byIds = observing({ ids: 10 });
  for (let i = 0; i < 40; i++) add(byIds, trade(i * 6, "1", i));
  clock(byIds, 300);
  byIds.closed();
  assert.deepEqual(add(byIds, trade(0, "1", 0)), ["outside"]);
  assert.deepEqual(add(byIds, trade(234, "1", 39)), ["duplicate"]);
});

Deno.test("any order and repetition gives the same last versions", () => {
  const random = randomFrom(5);
  const trades = Array.from({ length: 400 }, (_, i) =>
    trade(
      Math.floor(random() * 600),
      (100 + Math.floor(random() * 1000) / 100).toString(),
      i,
      (1 + Math.floor(random() * 1e8)).toString() + ".5",
    ));
  const last = (sequence: Trade[], often: boolean) => {
    const builder = observing();
    const versions = new Map<number, Candle>();
    const take = () => builder.closed().forEach((c) => versions.set(c.ts, c));
    for (const t of sequence) {
      builder.add(t, START + 700 * SECOND);
      if (often) take();
    }
    clock(builder, 700);
    take();
    return [...versions.values()].sort((a, b) => a.ts - b.ts);
  };
  const sorted = [...trades].sort((a, b) => a.ts - b.ts);
  const truth = last(sorted, true);
  assert.equal(truth.length, 11, "ten with trades, one quiet");
  for (let round = 0; round < 30; round++) {
    const mixed = shuffled([...trades, ...trades.slice(0, 200)], random);
    assert.deepEqual(last(mixed, true).slice(-1), truth.slice(-1));
    assert.deepEqual(last(mixed, false), truth);
    assert.deepEqual(last(mixed, true), truth);
  }
});
