/** Sockets cut and muted, and the ledger and the refill after them, against the simulator's truth. */
import assert from "node:assert/strict";
import type postgres from "postgres";
import { checkConfig } from "../collector/config.ts";
import { openDatabase } from "../collector/database.ts";
import { type Sandbox, startSandbox } from "../collector/sandbox/sandbox.ts";
import { Store } from "../collector/store.ts";
import { watchVenue } from "../collector/venues/watch.ts";

interface Stage {
  sandbox: Sandbox;
  sql: postgres.Sql;
  /** Watches Upbit and Binance until the returned function is called. */
  collect(): () => Promise<void>;
  lines: string[];
}

/** A simulator with much traffic, and an empty database. */
async function onStage(
  rate: number,
  run: (stage: Stage) => Promise<void>,
): Promise<void> {
  const data = await Deno.makeTempDir();
  const db = await openDatabase({ data });
  // The order flow grows with the next minute: this one has already begun.
  const clock = () => Date.now() + 60_000;
  const sandbox = await startSandbox({ days: 1, rate, now: clock });
  const config = checkConfig({
    ...sandbox.config,
    communities: {},
    rates: {},
    historyDays: 0,
    verifySeconds: 2,
  }, "test");
  const lines: string[] = [];
  const collect = () => {
    const stop = new AbortController();
    const store = new Store(db.sql);
    const deps = {
      config,
      sql: db.sql,
      store,
      signal: stop.signal,
      now: () => clock() * 1000,
      log: (line: string) => lines.push(line),
    };
    const watches = Object.entries(config.venues).map(([id, venue]) =>
      watchVenue(id, { ...venue, channels: ["trade", "candle"] }, deps)
    );
    return async () => {
      stop.abort();
      await Promise.all(watches.map((watch) => watch.done));
      await store.close();
    };
  };
  try {
    await run({ sandbox, sql: db.sql, collect, lines });
  } finally {
    await sandbox.close();
    await db.close();
    await Deno.remove(data, { recursive: true });
  }
}
