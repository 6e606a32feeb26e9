/** What a socket observed, lost and went silent about, without a socket. */
import assert from "node:assert/strict";
import type { Trade } from "../../collector/model/events.ts";
import type { LedgerEntry } from "../../collector/store/ledger.ts";
import { reasonInWords } from "../../collector/model/gap_reason.ts";
import { binance } from "../../collector/venues/binance.ts";
import { SequenceTracker } from "../../collector/watch/sequence_tracker.ts";
import { SilenceDetector } from "../../collector/watch/silence_detector.ts";
import { upbit } from "../../collector/venues/upbit.ts";
import type { Venue } from "../../collector/venues/venue.ts";
import { CoverageTracker } from "../../collector/watch/coverage_tracker.ts";
import { SECOND } from "../../collector/model/time.ts";

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
  const detector = new SilenceDetector(0, 5 * SECOND);
  assert.equal(detector.silent(1000 * SECOND), false, "nothing is usual yet");
  for (let n = 1; n <= 30; n++) detector.beat(n * SECOND);
  assert.equal(detector.silent(50 * SECOND), false);
  assert.equal(detector.silent(56 * SECOND), true);
  detector.rest(60 * SECOND);
  assert.equal(detector.silent(80 * SECOND), false, "a new socket");
  const busy = new SilenceDetector(0, 5 * SECOND);
  for (let n = 1; n <= 100; n++) busy.beat(n * 1000);
  assert.equal(busy.silent(4 * SECOND), false, "never after so short a time");
  assert.equal(busy.silent(6 * SECOND), true);
});

Deno.test("ids that are left out are a hole, those that come late are none", () => {
  const sequence = new SequenceTracker();
  for (const [id, at] of [[10, 0], [11, 0], [15, 1], [13, 2], [12, 2]]) {
    sequence.add(trade(id!, at!), at! * SECOND);
  }
  assert.deepEqual(sequence.holes(3 * SECOND), [], "14 may still come");
  assert.deepEqual(sequence.holes(5 * SECOND), [{
    before: "13",
    after: "15",
    from: 0,
    to: SECOND,
    ids: 1n,
  }]);
  assert.deepEqual(sequence.holes(Infinity), [], "told once");
  // Any order and repetition of whole ids leaves nothing.
  const whole = new SequenceTracker();
  for (const id of [1, 4, 2, 2, 8, 3, 6, 5, 7, 1]) whole.add(trade(id, 0), 0);
  assert.deepEqual(whole.holes(Infinity), []);
});

/** A tracker of two markets and all that it said. */
function stage(venue: Venue, markets = ["BTCUSDT", "ETHUSDT"]) {
  const said: LedgerEntry[] = [];
  const suspects: string[] = [];
  const dropped: string[] = [];
  const tracker = new CoverageTracker(venue, {
    url: "",
    subscribe: [],
    markets,
    channels: ["trade"],
  }, {
    ledger: (entry) => said.push(entry),
    suspect: (market) => suspects.push(market),
  });
  tracker.opened((reason) => dropped.push(reasonInWords(reason)));
  return { tracker, said, suspects, dropped };
}

Deno.test("a socket's life: begin, seen as far as its frames, end", () => {
  const { tracker, said } = stage(binance);
  tracker.up(100 * SECOND);
  tracker.tick(101 * SECOND);
  assert.deepEqual(said.map((e) => e.kind), ["begin"], "nothing came yet");
  tracker.frame([trade(1, 101)], 102 * SECOND);
  tracker.frame([], 103 * SECOND);
  tracker.tick(110 * SECOND);
  tracker.tick(111 * SECOND);
  tracker.down(120 * SECOND, { code: "stopped" });
  assert.deepEqual(
    said.map((e) => [e.kind, "to" in e ? e.to! / SECOND : null]),
    [["begin", null], ["seen", 103], ["seen", 103], ["end", 103]],
    "what our clock says proves nothing: the last frame does",
  );
  tracker.down(121 * SECOND, { code: "stopped" });
  assert.equal(said.length, 4);
});

Deno.test("frames that can't be read are one gap of the markets they name, or of all", () => {
  const { tracker, said } = stage(upbit, ["KRW-BTC", "KRW-ETH"]);
  tracker.up(0);
  tracker.unreadable('{"cd":"KRW-ETH","tp":', 10 * SECOND);
  tracker.unreadable('{"cd":"KRW-ETH"', 11 * SECOND);
  tracker.tick(12 * SECOND);
  assert.equal(said.length, 2, "more may follow");
  tracker.tick(15 * SECOND);
  tracker.unreadable("\0\0", 20 * SECOND);
  tracker.down(21 * SECOND, { code: "stopped" });
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
  const { tracker, said } = stage(binance);
  tracker.up(0);
  for (const id of [1, 2, 5]) tracker.frame([trade(id, id)], id * SECOND);
  tracker.tick(9 * SECOND);
  const [gap] = said.filter((e) => e.kind === "gap");
  assert.deepEqual([gap?.fromId, gap?.toId, gap?.reason], [
    "2",
    "5",
    { code: "ids_missing", ids: "2" },
  ]);
});

Deno.test("an open and mute socket is dropped, a mute market suspected", () => {
  const { tracker, suspects, dropped } = stage(binance);
  tracker.up(0);
  for (let n = 1; n <= 60; n++) {
    tracker.frame([trade(n, n), trade(n, n, "ETHUSDT")], n * SECOND);
  }
  for (let n = 61; n <= 100; n++) {
    tracker.frame([trade(n, n, "ETHUSDT")], n * SECOND);
    tracker.tick(n * SECOND);
  }
  assert.deepEqual([suspects, dropped], [["BTCUSDT"], []], "told once");
  assert.equal(tracker.undelivered("BTCUSDT", "50"), false, "an old one");
  assert.equal(tracker.undelivered("BTCUSDT", "70"), true);
  assert.match(dropped[0]!, /BTCUSDT is mute/);
  tracker.opened((reason) => dropped.push(reasonInWords(reason)));
  // Answers to keepalives are frames without data.
  for (let n = 101; n <= 140; n++) {
    tracker.frame([{ kind: "notice", code: "alive", message: "" }], n * SECOND);
    tracker.tick(n * SECOND);
  }
  assert.match(dropped[1]!, /open and mute, for \d+ s/);
});
