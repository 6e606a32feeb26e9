/** How far a venue's clock is from ours, measured. */
import assert from "node:assert/strict";
import {
  offsetInWords,
  VenueClock,
} from "../../collector/model/venue_clock.ts";
import { IdBelief } from "../../collector/watch/id_belief.ts";
import { SECOND } from "../../collector/model/time.ts";

/** A clock whose host and monotonic time a test moves. */
function stage(offset: number) {
  const time = { host: 1_000_000 * SECOND, elapsed: 5 * SECOND };
  const clock = new VenueClock(() => time.host, () => time.elapsed);
  const pass = (seconds: number) => {
    time.host += seconds * SECOND;
    time.elapsed += seconds * SECOND;
  };
  /** The venue's true time; it is never set. */
  const origin = 1_000_000 * SECOND + offset - 5 * SECOND;
  const venue = () => origin + time.elapsed;
  return { time, clock, pass, venue };
}

Deno.test("events tell the offset, late ones and ones beyond belief do not", () => {
  for (const offset of [-3600, -90, -15, 0.5, 15, 90].map((s) => s * SECOND)) {
    const { clock, pass, venue } = stage(offset);
    assert.equal(clock.offset, null, "nothing was measured yet");
    for (let n = 0; n < 300; n++) {
      pass(0.3);
      // Between 20 and 400 ms on the way; one in ten is hours old, one from next year.
      const late = n % 10 === 3 ? 7200 : 0.02 + (n * 37 % 38) / 100;
      clock.heard(venue() - late * SECOND);
      if (n === 100) clock.heard(venue() + 365 * 86_400 * SECOND);
    }
    const error = Math.abs(clock.offset! - offset) / SECOND;
    assert.ok(error < 0.5, `${error} s off at ${offset / SECOND} s`);
  }
});

Deno.test("the Date of an answer tells it to a second, and better with each", () => {
  const { clock, pass, venue, time } = stage(-90.4 * SECOND);
  for (let n = 0; n < 40; n++) {
    pass(7.137);
    const asked = time.elapsed;
    pass(0.05);
    clock.answered(Math.floor(venue() / SECOND) * 1000, asked);
    if (n === 0) {
      assert.ok(Math.abs(clock.offset! + 90.4 * SECOND) < 1.1 * SECOND);
    }
  }
  assert.equal(clock.method, "responses");
  assert.ok(Math.abs(clock.offset! + 90.4 * SECOND) < 0.2 * SECOND);
});

Deno.test("one Date of another machine is not believed, two that agree are", () => {
  const { clock, pass, venue, time } = stage(-26 * SECOND);
  const answered = (date: number) => {
    const asked = time.elapsed;
    pass(0.05);
    clock.answered(Math.floor(date / SECOND) * 1000, asked);
  };
  const off = () => Math.abs(clock.now() - venue()) / SECOND;
  for (let n = 0; n < 30; n++) {
    pass(1);
    clock.heard(venue());
    if (n % 3 === 0) answered(venue());
    // What stands before the venue has the host's time.
    if (n % 3 === 1) answered(time.host);
    assert.ok(n === 0 || off() < 2, `${off()} s off`);
  }
  const set = 600 * SECOND;
  answered(venue() + set);
  assert.ok(off() < 2);
  answered(venue() + set);
  assert.ok(off() > 590, "a clock that was set is followed");
});

Deno.test("setting the host's clock moves neither the venue's time nor the ledger's", () => {
  const { clock, pass, venue, time } = stage(2 * SECOND);
  for (let n = 0; n < 50; n++) {
    pass(1);
    clock.heard(venue());
  }
  const before = { venue: venue(), elapsed: time.elapsed };
  pass(7);
  time.host -= 3600 * SECOND;
  assert.ok(Math.abs(clock.now() - venue()) < SECOND);
  assert.equal(Math.round(clock.offset! / SECOND), 3602);
  // What waited while it was set is still of its own moment.
  assert.ok(Math.abs(clock.at(before.elapsed) - before.venue) < SECOND);
});

Deno.test("an offset in words, beyond two seconds", () => {
  assert.equal(offsetInWords(1.9 * SECOND), null);
  assert.equal(offsetInWords(-30.24 * SECOND), "30.2 s behind ours");
  assert.equal(offsetInWords(90 * SECOND), "90.0 s ahead of ours");
});

Deno.test("dense ids far ahead are doubted, also many of them; a while without others confirms", () => {
  const belief = new IdBelief();
  const doubt = (id: bigint, seconds = 0, market = "BTCUSDT") =>
    belief.doubt({
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
  assert.equal(doubt(100n), null);
  const far = 2n ** 62n;
  for (let n = 0; n < 59; n++) {
    assert.match(
      doubt(far + BigInt(n), n)!,
      /beyond belief: the one before it is \d+/,
    );
    if (n % 10 === 0) assert.equal(doubt(101n + BigInt(n), n), null);
  }
  assert.equal(doubt(far, 60, "ETHUSDT"), null, "the first of a market");
  for (let n = 0; n < 20; n++) assert.ok(doubt(1_000_200n + BigInt(n), n));
  assert.equal(doubt(1_000_221n, 21), null, "the venue counts from there");
  const another = new IdBelief();
  another.know("BTCUSDT", "100");
  assert.ok(
    another.doubt({
      kind: "trade",
      venue: "binance",
      market: "BTCUSDT",
      id: "1000100",
      ts: 0,
      price: "1",
      size: "1",
      side: "buy",
      fills: 1,
    }),
    "known from before this process",
  );
});
