/** Williams %R by hand; `talib_test.ts` compares it with TA-Lib's. */
import assert from "node:assert/strict";
import { WilliamsR } from "../../collector/indicators/williams_r.ts";

/** Its values at some bars of high, low and close, after a restart. */
function valuesOf(r: WilliamsR, bars: [number, number, number][]): number[] {
  const column = (of: 0 | 1 | 2) => Float64Array.from(bars, (bar) => bar[of]);
  const out = new Float64Array(bars.length);
  const none = new Float64Array(bars.length);
  r.restart();
  r.run(
    {
      high: column(0),
      low: column(1),
      close: column(2),
      volume: none,
      midnight: new Uint8Array(bars.length),
    },
    0,
    bars.length,
    [out],
  );
  return [...out];
}

Deno.test("Williams %R: the close within the range of the last bars", () => {
  const values = valuesOf(new WilliamsR(3), [
    [10, 8, 9],
    [12, 9, 11],
    // 8 to 12, twice 9 to 12: a close at the top, in the middle, at the bottom.
    [12, 11, 12],
    [11, 10, 10.5],
    [11, 9, 9],
  ]);
  assert.deepEqual(values, [NaN, NaN, 0, -50, -100]);
});

Deno.test("Williams %R: 0 where nothing moved, and a new warm-up after a restart", () => {
  const r = new WilliamsR(2);
  // The last close is at the top: 0, not −0.
  assert.deepEqual(valuesOf(r, [[5, 5, 5], [5, 5, 5], [6, 5, 6]]), [NaN, 0, 0]);
  assert.deepEqual(valuesOf(r, [[6, 4, 5], [6, 4, 4]]), [NaN, -100]);
});
