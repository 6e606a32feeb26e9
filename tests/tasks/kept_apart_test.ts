/** What the demo makes and what is collected never mix, whichever comes first. */
import assert from "node:assert/strict";
import { openDatabase } from "../../collector/database/client.ts";
import { startSandbox } from "../../collector/sandbox/sandbox.ts";
import { putDatabase } from "../support/empty_database.ts";
import { freePort } from "../support/free_port.ts";
import { runTask, startTask, taskArguments } from "../support/run_task.ts";

/** Every file of a folder with its size and the time of its last change. */
async function looksOf(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) found.push(...await looksOf(path));
    else {
      const { size, mtime } = await Deno.stat(path);
      found.push(`${path} ${size} ${mtime?.getTime()}`);
    }
  }
  return found.sort();
}

async function tradesIn(data: string): Promise<string> {
  const { sql, close } = await openDatabase({ data });
  const [row] = await sql`
    select count(*) || ' ' || coalesce(sum(trade_id), 0) as trades from trades`;
  await close();
  return row!.trades;
}

Deno.test("a demo, a collector, a demo again: nothing of the second is lost or mixed", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "crowdtape-apart-" });
  const [shown, real] = [`${folder}/shown`, `${folder}/real`];
  await putDatabase(real);
  const sandbox = await startSandbox({ days: 1 });
  const config = `${folder}/config.json`;
  await Deno.writeTextFile(
    config,
    JSON.stringify({ ...sandbox.config, historyDays: 0, api: { port: 0 } }),
  );
  const refused = async (
    words: RegExp,
    args: string[],
    env: Record<string, string>,
  ) => {
    const data = env.CROWDTAPE_DATA!;
    const before = await looksOf(data);
    const { code, err } = await runTask(args, env);
    assert.equal(code, 1, err);
    assert.match(err, words);
    assert.equal(err.trim().split("\n").length, 1, err);
    assert.deepEqual(await looksOf(data), before);
  };
  /** Until it says so. */
  const demo = async (words: RegExp) => {
    await using task = startTask(
      ["demo", "--port", `${freePort()}`, "--api-port", `${freePort()}`],
      { CROWDTAPE_DATA: shown },
    );
    await task.says(words);
    task.stop("SIGINT");
    return await task.ended;
  };
  try {
    const first = await demo(/database: embedded under/);
    assert.equal(first.code, 130, first.err);

    await t.step("into the demo's folder comes nothing else", async () => {
      const env = { CROWDTAPE_DATA: shown, CROWDTAPE_CONFIG: config };
      const words = /^error: The data folder \S+ holds simulated data /;
      await refused(words, ["collect", "--for", "1s"], env);
      await Deno.writeTextFile(`${folder}/rows.csv`, "ts,open\n1,2\n");
      await refused(words, [
        "import",
        `${folder}/rows.csv`,
        "--venue=upbit",
        "--market=KRW-BTC",
        "--kind=candles",
      ], env);
      // Nor does what is simulated go from there into a real database.
      const away = { ...env, DATABASE_URL: "postgres://me@127.0.0.1:1/db" };
      for (const task of ["snapshot", "forecast", "publish"]) {
        await refused(words, [task], away);
      }
    });

    await t.step("a collector's folder is not the demo's", async () => {
      const env = { CROWDTAPE_DATA: real, CROWDTAPE_CONFIG: config };
      await using collector = startTask(["collect"], env);
      await collector.says(/written: .*trades/);
      collector.stop();
      assert.equal((await collector.ended).code, 0);
      await refused(
        /^error: The data folder \S+ holds data that the demo did not make\./,
        ["demo", "--once", "--port", "0", "--api-port", "0"],
        env,
      );
      await refused(
        /^error: The configuration is of a simulator, /,
        ["collect", "--for", "1s"],
        { ...env, CROWDTAPE_CONFIG: `${shown}/demo-config.json` },
      );
    });

    await t.step("a second demo empties its own folder alone", async () => {
      const before = await tradesIn(real);
      assert.match(before, /^[1-9]/);
      await Deno.writeTextFile(`${shown}/left`, "by the first");
      const again = await demo(/Collector: history/);
      assert.equal(again.code, 130, again.err);
      assert.match(again.out, /Removing what an earlier demo left in \S+shown/);
      await assert.rejects(Deno.stat(`${shown}/left`), Deno.errors.NotFound);
      assert.equal(await tradesIn(real), before);
    });
  } finally {
    await sandbox.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("unless a setting names another, collected data are in data and the demo's in data-demo", () => {
  const written = (task: string, env: Record<string, string> = {}) =>
    taskArguments(task, { CROWDTAPE_DATA: "", CROWDTAPE_CONFIG: "", ...env })
      .find((word) => word.startsWith("--allow-write"));
  assert.equal(written("collect"), "--allow-write=data");
  assert.equal(written("demo"), "--allow-write=data-demo");
  const named = { CROWDTAPE_DATA: "/srv/a, b" };
  assert.equal(written("collect", named), "--allow-write=/srv/a,, b");
  assert.equal(written("demo", named), "--allow-write=/srv/a,, b");
});
