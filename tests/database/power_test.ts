/** The power goes while the embedded database is under load. `deno task bench power` cuts more often. */
import assert from "node:assert/strict";
import { openDatabase } from "../../collector/database/client.ts";
import { Spools } from "../../collector/store/spools.ts";
import { acknowledgement, powerRun } from "../bench/power_cuts.ts";
import { type Call, calls, PowerDisk, record } from "../bench/power_disk.ts";
import { ext4Cut } from "../bench/power_ext4.ts";
import { emptyData } from "../support/empty_database.ts";
import { test } from "../support/requirements.ts";
import { randomFrom } from "../support/random.ts";

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
      control: 1,
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

Deno.test("a lock file of PostgreSQL that a cut left empty keeps nobody out", async () => {
  const data = await emptyData();
  await Deno.writeTextFile(`${data}/postgres/postmaster.pid`, "");
  await (await openDatabase({ data })).close();
  await Deno.remove(data, { recursive: true });
});

test(
  "the same on a real ext4 that the kernel stops as if the power had gone",
  ["loop"],
  async () => {
    const { acknowledged, losses, held } = await ext4Cut(2500);
    assert.ok(acknowledged >= 120 && held.trades > 100);
    assert.deepEqual(losses, NOTHING);
  },
);

/** The numbers of the batches in a spool that a process left, whole or without its rows. */
async function batchesIn(folder: string): Promise<Set<number>> {
  const found = new Set<number>();
  const spools = new Spools({ folder, maxBytes: 1e9 }, crypto.randomUUID(), {
    refillable: () => false,
    onEvict: () => {},
    onDamage: () => {},
    log: (line) => assert.ok(!line.includes("cannot be read"), line),
  });
  await spools.ready;
  for (let spool; (spool = spools.next);) {
    for (let batch; (batch = await spool.first());) {
      found.add(batch.number);
      await spool.shift();
    }
    await spool.forget(Infinity);
  }
  await spools.close();
  return found;
}

test(
  "what the spool has kept is there after a power cut",
  ["strace"],
  async () => {
    const folder = await Deno.makeTempDir();
    const trace = `${folder}/trace`;
    const { success } = await record(trace, [
      Deno.execPath(),
      ...["run", "-A", "tests/bench/power_spool_load.ts", `${folder}/spool`],
      ...[`${folder}/acknowledged`, "300"],
    ]).output();
    assert.ok(success);
    const all: Call[] = [];
    for await (const call of calls(trace)) all.push(call);
    const random = randomFrom(3);
    const disk = new PowerDisk(`${folder}/spool`);
    const kept = new Set<number>();
    let cuts = 0;
    for (const call of all) {
      if (kept.size > 0 && random() < 40 / all.length) {
        const image = `${folder}/cut`;
        await disk.cut(image, [0, 0.5, 0.97][cuts++ % 3]!, random);
        const found = await batchesIn(image);
        for (const number of kept) {
          assert.ok(found.has(number), `batch ${number} of ${kept.size}`);
        }
        await Deno.remove(image, { recursive: true });
      }
      disk.play(call);
      const [, what, number] =
        /^(kept|taken) (\d+)$/.exec(acknowledgement(call) ?? "") ?? [];
      if (what === "kept") kept.add(Number(number));
      else if (what) kept.delete(Number(number));
    }
    assert.ok(cuts > 10 && kept.size > 100);
    await Deno.remove(folder, { recursive: true });
  },
);
