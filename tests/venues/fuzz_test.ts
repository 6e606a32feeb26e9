/** Damaged frames and pages of every source: events or rejects, nothing else. */
import assert from "node:assert/strict";
import { openDatabase } from "../../collector/database/client.ts";
import { type Event, Unreadable } from "../../collector/model/events.ts";
import { Store } from "../../collector/store/store.ts";
import * as read from "../../collector/venues/fields.ts";
import { fuzz, wrong } from "../bench/fuzz_texts.ts";
import { fuzzSources } from "../bench/fuzz_sources.ts";
import { mutate } from "../support/mutate.ts";
import { test } from "../support/requirements.ts";
import { startPostgres } from "../support/postgres_server.ts";
import { randomFrom } from "../support/random.ts";

const sources = await fuzzSources();

Deno.test("each source's own texts are read as they are", () => {
  for (const { name, samples } of sources) {
    assert.ok(samples.length > 0, name);
    let events = 0, unreadable = 0;
    for (const { text, read } of samples) {
      try {
        for (const one of read(text)) {
          const event = one as Event;
          if (!("kind" in event)) continue;
          assert.equal(wrong(event), null, name);
          events++;
        }
      } catch (error) {
        // Some recordings leave out fields.
        assert.ok(error instanceof Unreadable, `${name}: ${error}`);
        unreadable++;
      }
    }
    assert.ok(events > 3, `${name}: ${events} events`);
    assert.ok(unreadable < 3, `${name}: ${unreadable} unreadable`);
  }
});

for (const source of sources) {
  Deno.test(`4,000 damaged texts of ${source.name}: no exception`, () => {
    const result = fuzz(source, 4000, 20261121);
    assert.deepEqual(result.failures, []);
    assert.ok(result.rejects > 500, `${result.rejects} rejects`);
    assert.ok(result.events > 100, `${result.events} events`);
  });
}

test(
  "the database takes every event of a damaged text",
  ["postgres"],
  async () => {
    const server = await startPostgres();
    const database = await openDatabase({ url: server.url });
    const store = new Store(database.sql);
    try {
      let stored = 0;
      for (const source of sources) {
        fuzz(source, 1500, 7, (event) => {
          // Those that are no rows of their own.
          if (/^(delta|notice)$/.test(event.kind)) return;
          // Each year would bring its partitions.
          if (Math.abs(event.ts / 1000 - Date.now()) > 86_400_000 * 3) return;
          stored++;
          store.write([event], Date.now() * 1000);
        });
      }
      await store.flush();
      const refused = await database
        .sql`select reason, payload from rejects where reason not like '%is stored with another%' limit 5`;
      assert.deepEqual([...refused], []);
      assert.ok(stored > 300, `${stored} events`);
    } finally {
      await store.close();
      await database.close();
      await server.stop();
    }
  },
);

Deno.test("the same seed damages alike, another one otherwise", () => {
  const text = sources[0]!.samples[0]!.text;
  const some = (seed: number) => {
    const random = randomFrom(seed);
    return Array.from({ length: 50 }, () => mutate(text, random, [text]));
  };
  assert.deepEqual(some(1), some(1));
  assert.notDeepEqual(some(1), some(2));
});

Deno.test("numbers that the lake cannot hold are refused, and a sum's noise is cut off", () => {
  assert.equal(read.positive("99999999999999999999"), "99999999999999999999");
  assert.equal(read.positive("0.000000000000000001"), "0.000000000000000001");
  for (
    const value of [
      "100000000000000000000",
      "1e20",
      "0.1000000000000000001",
      "1e-19",
      "1e-999",
    ]
  ) assert.throws(() => read.positive(value), Unreadable, value);
  assert.equal(read.notNegative("0.00030000000000000003"), "0.0003");
  assert.equal(read.decimal("-0.00030000000000000003"), "-0.0003");
  assert.equal(read.decimal("-99999999999999999999"), "-99999999999999999999");
  assert.equal(read.notNegative("1e-30"), "0");
  assert.throws(() => read.notNegative("1e20"), Unreadable);
  assert.throws(() => read.decimal("-1e20"), Unreadable);
  assert.throws(() => read.count("2147483648"), Unreadable);
  assert.equal(read.count("2147483647"), 2147483647);
  for (const name of ["", "a\0b", "\ud800", "a\nb", "x".repeat(201), 1]) {
    assert.throws(() => read.text(name), Unreadable);
  }
  assert.equal(read.text("币安人生USDT"), "币安人生USDT");
});
