/** The power goes while the embedded database is under load. `deno task bench power` cuts more often. */
import assert from "node:assert/strict";
import { test } from "../support/needs.ts";
import { powerRun } from "../bench/power_cuts.ts";
import { ext4Cut } from "../bench/power_ext4.ts";

const NOTHING = { rows: 0, claimed: 0, wrong: 0 };

test(
  "after a power cut the embedded database opens, with all that was acknowledged and claimed",
  ["strace"],
  async () => {
    const { cuts, control } = await powerRun({
      seed: 1,
      seconds: 6,
      cuts: 3,
      early: 2,
      control: 2,
    });
    for (const cut of cuts) {
      assert.equal(cut.failure, null, JSON.stringify(cut));
      assert.deepEqual(cut.losses, NOTHING, JSON.stringify(cut));
    }
    const last = cuts.at(-1)!;
    assert.ok(last.acknowledged > 100, "rows were acknowledged");
    assert.ok(
      last.held.trades > 1000 && last.held.repaired > 0,
      "trades and repaired gaps are claimed",
    );
    // The same cuts on a disk whose syncs do nothing: the disk of the test takes what is not synced.
    for (const cut of control) {
      assert.ok(
        cut.failure !== null || cut.losses.rows > 0,
        JSON.stringify(cut),
      );
    }
  },
);

test(
  "the same on a real ext4 that the kernel stops as if the power had gone",
  ["loop"],
  async () => {
    const { acknowledged, losses, held } = await ext4Cut(2500);
    assert.ok(acknowledged > 100 && held.trades > 1000);
    assert.deepEqual(losses, NOTHING);
  },
);
