/** Williams %R by hand; `talib_test.ts` compares it with TA-Lib's. */
import assert from "node:assert/strict";
import { WilliamsR } from "../../collector/indicators/williams_r.ts";

Deno.test("Williams %R: the close within the range of the last bars", () => {
  const r = new WilliamsR(3);
  r.restart();
  const bars = [
    [10, 8, 9, NaN],
    [12, 9, 11, NaN],
    // 8 to 12: a close at the top, in the middle, at the bottom.
    [12, 11, 12, 0],
    [11, 10, 10.5, -50],
    [11, 9, 9, -100],
  ] as const;
  for (const [i, [high, low, close, want]] of bars.entries()) {
    const got = r.next(high, low, close);
    if (Number.isNaN(want)) assert.ok(Number.isNaN(got), `bar ${i}`);
    else assert.ok(Math.abs(got - want) < 1e-12, `bar ${i}: ${got}`);
  }
});

Deno.test("Williams %R: 0 where nothing moved, and a new warm-up after a restart", () => {
  const r = new WilliamsR(2);
  r.restart();
  r.next(5, 5, 5);
  assert.equal(r.next(5, 5, 5), 0);
  // Not −0.
  assert.equal(r.next(6, 5, 6), 0);
  r.restart();
  assert.ok(Number.isNaN(r.next(6, 4, 5)));
  assert.equal(r.next(6, 4, 4), -100);
});
