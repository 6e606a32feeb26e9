import assert from "node:assert/strict";
import { openDatabase } from "../../collector/database/client.ts";
import { startSandbox } from "../../collector/sandbox/sandbox.ts";
import { runTask } from "../support/run_task.ts";

Deno.test("patterns in the configuration are followed, whole markets of four venues", async () => {
  const data = await Deno.makeTempDir();
  const sandbox = await startSandbox({
    days: 1,
    venues: ["upbit", "bithumb", "coinone", "binance"],
  });
  const venues = Object.fromEntries(
    Object.entries(sandbox.config.venues).map(([id, venue]) => [id, {
      ...venue,
      markets: [id === "binance" ? "*USDT" : "KRW-*"],
      channels: ["trade"],
    }]),
  );
  const path = `${data}/config.json`;
  const run = async (config: object) => {
    await Deno.writeTextFile(
      path,
      JSON.stringify({
        communities: {},
        rates: {},
        ...config,
        api: { port: 0 },
      }),
    );
    return await runTask(["collect", "--for", "8s"], {
      CROWDTAPE_DATA: data,
      CROWDTAPE_CONFIG: path,
    });
  };
  const done = await run({ venues });
  assert.equal(done.code, 0, done.err);
  const db = await openDatabase({ data });
  const seen = await db.sql`select distinct venue, markets from observed
    order by venue`;
  const won = ["KRW-BTC", "KRW-ETH", "KRW-XRP"];
  assert.deepEqual([...seen].map(({ venue, markets }) => [venue, markets]), [
    ["binance", ["BTCUSDT", "ETHUSDT", "XRPUSDT"]],
    ["bithumb", won],
    ["coinone", won],
    ["upbit", won],
  ]);
  const [rejects] = await db.sql`select count(*)::int as n from rejects`;
  assert.equal(rejects!.n, 0);
  await db.close();

  const wrong = await run({
    venues: { upbit: { ...venues.upbit, markets: ["KRV-*"] } },
  });
  assert.equal(wrong.code, 1);
  assert.match(
    wrong.err,
    /^error: upbit lists no open market that matches KRV-\*\. Did you mean KRW-\*\?/m,
  );
  await sandbox.close();
  await Deno.remove(data, { recursive: true });
});
