/** The fault run in short: much goes wrong, nothing is lost, and the ledger says what happened. */
import assert from "node:assert/strict";
import { drawJumps, oneClock, twoClocks } from "../bench/fault_clocks.ts";
import { nameOf, planFaults } from "../bench/fault_plan.ts";
import type { FaultReport } from "../bench/fault_problems.ts";
import { faultRun } from "../bench/fault_run.ts";
import { test } from "../support/requirements.ts";

/** What helps to find the cause. */
const details = ({ markets, ...report }: FaultReport) =>
  JSON.stringify(
    { ...report, markets: markets.filter((m) => m.examples.length > 0) },
    null,
    1,
  );

const CHANNELS = ["trade", "candle"];

test("26 faults at random: nothing lost, nothing doubled, each in the ledger", [
  "postgres",
], async () => {
  const seed = 20261121;
  const report = await faultRun({
    seed,
    plan: planFaults({
      seed,
      faults: 26,
      forMs: 35_000,
      collectors: 1,
      bans: 0,
    }),
    rate: 40,
    channels: CHANNELS,
    collectors: 1,
    calmMs: 5000,
    settleMs: 120_000,
  });
  assert.deepEqual(report.problems, [], details(report));
  const faults = Object.values(report.faults).reduce((sum, n) => sum + n, 0);
  assert.equal(faults, 26 + 1);
  const lost = report.markets.reduce((sum, market) => sum + market.lost, 0);
  assert.ok(lost > 0, "Coinone was away for longer than its page reaches");
  assert.ok(report.kills > 0);
  assert.ok(report.rejects > 0);
});

/** Fails unless nothing is lost for good where all can be had again. */
function assertWhole(report: FaultReport): void {
  assert.deepEqual(report.problems, [], details(report));
  for (const { venue, market, traded, lost, holes } of report.markets) {
    assert.ok(traded > 5, `${venue} ${market}`);
    assert.equal(holes, 0);
    if (venue !== "coinone") assert.equal(lost, 0);
  }
}

test(
  "no clock is right: the venues' are off by up to an hour, the host's jumps while running and across a SIGKILL",
  [
    "postgres",
    "faketime",
  ],
  async () => {
    const report = await faultRun({
      ...oneClock(3, [90, -3600], 8000),
      rate: 20,
      channels: CHANNELS,
      calmMs: 4000,
      settleMs: 120_000,
    });
    assertWhole(report);
    assert.equal(report.kills, 1);
  },
);

test(
  "two collectors whose clocks differ by 30 s, killed in turn: nothing lost, nothing doubled",
  [
    "postgres",
    "faketime",
  ],
  async () => {
    const report = await faultRun({
      ...twoClocks(4, 2, -90, 8000),
      rate: 12,
      channels: CHANNELS,
      calmMs: 4000,
      settleMs: 120_000,
    });
    assertWhole(report);
    assert.equal(report.kills, 2);
  },
);

Deno.test("the same seed makes the same plan, with every kind of fault", () => {
  const plan = (seed: number) =>
    planFaults({
      seed,
      faults: 120,
      forMs: 300_000,
      collectors: 1,
      bans: 2,
    });
  assert.deepEqual(plan(1), plan(1));
  assert.notDeepEqual(plan(1), plan(2));
  const kinds = plan(1).map(nameOf);
  assert.equal(kinds.length, 120 + 1);
  assert.equal(new Set(kinds).size, 21);
  assert.equal(kinds.filter((kind) => kind === "banned").length, 2);
  assert.deepEqual(oneClock(1, [15], 0), oneClock(1, [15], 0));
  // In five seeds each venue's clock is off by each of five amounts.
  const offsets = [0, 1, 2, 3, 4].map((seed) =>
    Object.values(oneClock(seed, drawJumps(seed, 2)).conditions as object)
      .map(({ offsetMs }) => offsetMs)
  );
  for (let venue = 0; venue < 4; venue++) {
    assert.equal(new Set(offsets.map((some) => some[venue])).size, 5);
  }
});
