/** What is declared of a venue, and what derives from it. */
import assert from "node:assert/strict";
import { checkConfig } from "../../collector/config.ts";
import { simulators } from "../../collector/sandbox/simulators.ts";
import * as list from "../../collector/venues/list.ts";
import { knownVenues, venues } from "../../collector/venues/registry.ts";

Deno.test("a venue stands in the list and in the registry under its id, and is known once", () => {
  for (const [name, venue] of Object.entries(list)) {
    assert.equal(venue.id, name);
    assert.equal(venues[name], venue);
  }
  const ids = knownVenues.map(({ id }) => id);
  assert.deepEqual(ids.slice(0, 2), ["upbit", "binance"]);
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("each venue can be configured, by its own hosts and markets where nothing else is said", () => {
  for (const { id, defaultMarkets, socket, rest } of Object.values(venues)) {
    const config = checkConfig({ venues: { [id]: {} } }, "a test");
    assert.deepEqual(config.venues, {
      [id]: {
        markets: defaultMarkets,
        channels: ["trade", "ticker", "book", "candle"],
        socket,
        rest,
      },
    });
  }
  assert.throws(
    () => checkConfig({ venues: { nowhere: {} } }, "a test"),
    (error: Error) =>
      Object.keys(venues).every((id) => error.message.includes(id)),
  );
});

Deno.test("names are in both languages; each fee has its day and its source", () => {
  for (const { id, names, fees } of knownVenues) {
    assert.ok(names.en && names.ko, id);
    for (const { taker } of fees.taker) assert.ok(taker > 0 && taker < 0.01);
    for (const { from, source } of [...fees.taker, ...fees.withdrawal]) {
      assert.match(from, /^20\d\d-[01]\d-[0-3]\d$/);
      assert.ok(source, id);
    }
  }
  // Without a fee there is no net spread.
  for (const { id, fees } of Object.values(venues)) {
    assert.ok(fees.taker.length > 0, id);
  }
});

Deno.test("the simulator speaks for each venue, by markets of its own that are collected by default", () => {
  assert.deepEqual(simulators.map(({ id }) => id), Object.keys(venues));
  for (const { id, markets } of simulators) {
    assert.deepEqual(
      markets.map(({ venue, market }) => [venue, market]),
      venues[id]!.defaultMarkets.map((market) => [id, market]),
    );
  }
});
