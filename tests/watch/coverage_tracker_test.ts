/** What a socket observed, lost and went silent about, without a socket. */
import assert from "node:assert/strict";
import type { Trade } from "../../collector/model/events.ts";
import type { LedgerEntry } from "../../collector/store/ledger.ts";
import { binance } from "../../collector/venues/binance.ts";
import { IdRun } from "../../collector/watch/sequence_tracker.ts";
import { Pulse } from "../../collector/watch/silence_detector.ts";
import { upbit } from "../../collector/venues/upbit.ts";
import type { Venue } from "../../collector/venues/venue.ts";
import { Witness } from "../../collector/watch/coverage_tracker.ts";

const SECOND = 1_000_000;
const trade = (id: number, seconds: number, market = "BTCUSDT"): Trade => ({
  kind: "trade",
  venue: "binance",
  market,
  id: String(id),
  ts: seconds * SECOND,
  price: "1",
  size: "1",
  side: "buy",
  fills: 1,
});

Deno.test("a silence is measured by the usual pauses", () => {
  const pulse = new Pulse(0, 5 * SECOND);
  assert.equal(pulse.silent(1000 * SECOND), false, "nothing is usual yet");
  for (let n = 1; n <= 30; n++) pulse.beat(n * SECOND);
  assert.equal(pulse.silent(50 * SECOND), false);
  assert.equal(pulse.silent(56 * SECOND), true);
  pulse.rest(60 * SECOND);
  assert.equal(pulse.silent(80 * SECOND), false, "a new socket");
  const busy = new Pulse(0, 5 * SECOND);
  for (let n = 1; n <= 100; n++) busy.beat(n * 1000);
  assert.equal(busy.silent(4 * SECOND), false, "never after so short a time");
  assert.equal(busy.silent(6 * SECOND), true);
});

Deno.test("ids that are left out are a hole, those that come late are none", () => {
  const run = new IdRun();
  for (const [id, at] of [[10, 0], [11, 0], [15, 1], [13, 2], [12, 2]]) {
    run.add(trade(id!, at!), at! * SECOND);
  }
  assert.deepEqual(run.holes(3 * SECOND), [], "14 may still come");
  assert.deepEqual(run.holes(5 * SECOND), [{
    before: "13",
    after: "15",
    from: 0,
    to: SECOND,
    ids: 1n,
  }]);
  assert.deepEqual(run.holes(Infinity), [], "told once");
  // Any order and repetition of whole ids leaves nothing.
  const whole = new IdRun();
  for (const id of [1, 4, 2, 2, 8, 3, 6, 5, 7, 1]) whole.add(trade(id, 0), 0);
  assert.deepEqual(whole.holes(Infinity), []);
});

/** A witness of two markets and all that it said. */
function stage(venue: Venue, markets = ["BTCUSDT", "ETHUSDT"]) {
  const said: LedgerEntry[] = [];
  const suspects: string[] = [];
  const dropped: string[] = [];
  const witness = new Witness(venue, {
    url: "",
    subscribe: [],
    markets,
    channels: ["trade"],
  }, {
    ledger: (entry) => said.push(entry),
    suspect: (market) => suspects.push(market),
  });
  witness.opened((reason) => dropped.push(reason));
  return { witness, said, suspects, dropped };
}

Deno.test("a socket's life: begin, seen as far as its frames, end", () => {
  const { witness, said } = stage(binance);
  witness.up(100 * SECOND);
  witness.tick(101 * SECOND);
  assert.deepEqual(said.map((e) => e.kind), ["begin"], "nothing came yet");
  witness.frame([trade(1, 101)], 102 * SECOND);
  witness.frame([], 103 * SECOND);
  witness.tick(110 * SECOND);
  witness.tick(111 * SECOND);
  witness.down(120 * SECOND, "cut");
  assert.deepEqual(
    said.map((e) => [e.kind, "to" in e ? e.to! / SECOND : null]),
    [["begin", null], ["seen", 103], ["seen", 103], ["end", 103]],
    "what our clock says proves nothing: the last frame does",
  );
  witness.down(121 * SECOND, "again");
  assert.equal(said.length, 4);
});

Deno.test("frames that can't be read are one gap of the markets they name, or of all", () => {
  const { witness, said } = stage(upbit, ["KRW-BTC", "KRW-ETH"]);
  witness.up(0);
  witness.unreadable('{"cd":"KRW-ETH","tp":', 10 * SECOND);
  witness.unreadable('{"cd":"KRW-ETH"', 11 * SECOND);
  witness.tick(12 * SECOND);
  assert.equal(said.length, 2, "more may follow");
  witness.tick(15 * SECOND);
  witness.unreadable("\0\0", 20 * SECOND);
  witness.down(21 * SECOND, "cut");
  const gaps = said.filter((e) => e.kind === "gap");
  assert.deepEqual(
    gaps.map((g) => [g.market, g.from / SECOND, g.to! / SECOND]),
    [
      ["KRW-ETH", 9, 12],
      ["KRW-BTC", 19, 21],
      ["KRW-ETH", 19, 21],
    ],
  );
});

Deno.test("missing ids are a gap with the ids on both sides", () => {
  const { witness, said } = stage(binance);
  witness.up(0);
  for (const id of [1, 2, 5]) witness.frame([trade(id, id)], id * SECOND);
  witness.tick(9 * SECOND);
  const [gap] = said.filter((e) => e.kind === "gap");
  assert.deepEqual([gap?.fromId, gap?.toId, gap?.reason], [
    "2",
    "5",
    "2 ids were missing",
  ]);
});

Deno.test("an open and mute socket is dropped, a mute market suspected", () => {
  const { witness, suspects, dropped } = stage(binance);
  witness.up(0);
  for (let n = 1; n <= 60; n++) {
    witness.frame([trade(n, n), trade(n, n, "ETHUSDT")], n * SECOND);
  }
  for (let n = 61; n <= 100; n++) {
    witness.frame([trade(n, n, "ETHUSDT")], n * SECOND);
    witness.tick(n * SECOND);
  }
  assert.deepEqual([suspects, dropped], [["BTCUSDT"], []], "told once");
  assert.equal(witness.undelivered("BTCUSDT", "50"), false, "an old one");
  assert.equal(witness.undelivered("BTCUSDT", "70"), true);
  assert.match(dropped[0]!, /BTCUSDT is mute/);
  witness.opened((reason) => dropped.push(reason));
  // Answers to keepalives are frames without data.
  for (let n = 101; n <= 140; n++) {
    witness.frame([{ kind: "notice", code: "alive", message: "" }], n * SECOND);
    witness.tick(n * SECOND);
  }
  assert.match(dropped[1]!, /open and mute, for \d+ s/);
});
