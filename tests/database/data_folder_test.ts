/** Data folders that cannot be used, and disks that fill up. */
import assert from "node:assert/strict";
import {
  type Database,
  openDatabase,
} from "../../collector/database/client.ts";
import type { Trade } from "../../collector/model/events.ts";
import { pause } from "../../collector/model/pause.ts";
import { Store } from "../../collector/store/store.ts";
import { putDatabase } from "../support/empty_database.ts";
import { test } from "../support/requirements.ts";
import { sh } from "../bench/power_ext4.ts";
import { runTask } from "../support/run_task.ts";

const never = new AbortController().signal;

Deno.test("a data folder that is a file, or lies in one, is told in one sentence", async () => {
  const parent = await Deno.makeTempDir();
  await Deno.writeTextFile(`${parent}/file`, "mine");
  for (const data of [`${parent}/file`, `${parent}/file/data`]) {
    const { code, out, err } = await runTask(["audit"], {
      CROWDTAPE_DATA: data,
    });
    assert.equal(code, 1);
    assert.equal(out, "");
    assert.equal(
      err,
      `error: The data folder ${data} is a file, or lies in one. Move it away, or set CROWDTAPE_DATA to a folder.\n`,
    );
  }
  assert.equal(await Deno.readTextFile(`${parent}/file`), "mine");
  await Deno.remove(parent, { recursive: true });
});

test("a data folder that cannot be written to is told in one sentence", [
  "mounts",
], async () => {
  await mounted("20m", async (folder, remount) => {
    await remount("ro");
    const { code, out, err } = await runTask(["audit"], {
      CROWDTAPE_DATA: `${folder}/data`,
    });
    assert.equal(code, 1);
    assert.equal(out, "");
    assert.match(
      err,
      /^error: The data folder .* cannot be written to by this user \(.*\)\. Give it to the user, or set CROWDTAPE_DATA to a folder that can be written to\.\n$/,
    );
  });
});

Deno.test("another's folder in place of the database is left alone", async () => {
  const data = await Deno.makeTempDir();
  await Deno.mkdir(`${data}/postgres`);
  await Deno.writeTextFile(`${data}/postgres/mine`, "mine");
  await assert.rejects(openDatabase({ data }), {
    name: "CliError",
    message: /is not one that crowdtape made/,
  });
  assert.deepEqual(
    [...Deno.readDirSync(`${data}/postgres`)].map(({ name }) => name),
    ["mine"],
  );
  await Deno.remove(data, { recursive: true });
});

test("a full disk is told in one sentence at the start, and damages nothing", [
  "mounts",
], async () => {
  await mounted("30m", async (folder, remount) => {
    const data = `${folder}/data`;
    const full = {
      name: "CliError",
      message:
        /^The disk of the data folder .* is full \(.*No space left on device.*\)\. Free some space and start again; what is there is not damaged\.$/,
    };
    // Too small for a new one.
    await assert.rejects(openDatabase({ data }), full);
    await remount("size=200m");
    const made = await openDatabase({ data });
    await made
      .sql`create table kept as select n from generate_series(1, 1000) as n`;
    await made.close();
    // Filled by others.
    await fill(folder);
    await assert.rejects(openDatabase({ data }), full);
    await Deno.remove(`${folder}/filler`);
    const again = await openDatabase({ data });
    const [row] = await again.sql`select count(*)::int as n from kept`;
    assert.equal(row!.n, 1000);
    await again.close();
  });
});

test(
  "a disk that fills while collecting: it is said, nothing acknowledged is lost, and it goes on once there is room",
  ["mounts"],
  async () => {
    await mounted("400m", async (folder) => {
      const said: string[] = [];
      const { error } = console;
      console.error = (line: string) => said.push(line);
      const until = async (words: RegExp) => {
        while (!said.some((line) => words.test(line))) await pause(100, never);
      };
      try {
        const db = await openDatabase({
          data: await putDatabase(`${folder}/data`),
        });
        const { port } = new URL(db.url);
        await db.sql`create table acknowledged (n int primary key)`;
        const store = new Store(db.sql, {
          spool: { folder: `${folder}/data/spool`, maxBytes: 1e9 },
          onRetry: ({ message }) => said.push(`away (${message})`),
        });
        let ended = false, n = 0;
        const rows: number[] = [];
        const client = inserts(db, rows, () => ended);
        await pause(500, never);
        await fill(folder);
        // First a table cannot grow, which fails a statement.
        while (!said.some((line) => /No space left/.test(line))) {
          store.write(trades(n, n += 2000), 1);
          await pause(50, never);
        }
        // Then the log cannot, and PostgreSQL gives up.
        while (!said.some((line) => /has stopped/.test(line))) {
          await db
            .sql`select pg_logical_emit_message(false, 'fill', repeat('x', 1000000), true)`
            .catch(() => pause(50, never));
        }
        assert.match(
          said.find((line) => /has stopped/.test(line))!,
          /^The embedded database has stopped \(.*No space left on device\)\. Nothing that it acknowledged is lost/,
        );
        store.write(trades(n, n += 100), 1);
        await pause(2500, never);
        await Deno.remove(`${folder}/filler`);
        await until(/is open again/);
        ended = true;
        await client;
        await store.flush();
        assert.equal(store.backlog, 0);
        assert.ok(rows.length > 0);
        const [row] = await db.sql`
        select (select count(*)::int from trades) as trades,
          (select count(*)::int from acknowledged where n = any (${rows})) as rows`;
        assert.deepEqual({ ...row }, { trades: n, rows: rows.length });
        assert.equal(new URL(db.url).port, port, "at the same port");
        await store.close();
        await db.close();
      } finally {
        console.error = error;
      }
    });
  },
);

async function inserts(
  db: Database,
  rows: number[],
  ended: () => boolean,
): Promise<void> {
  for (let n = 0; !ended(); n++) {
    try {
      await db.sql`insert into acknowledged values (${n})`;
      rows.push(n);
    } catch {
      // Not acknowledged.
      await pause(50, never);
    }
  }
}

const trades = (from: number, to: number): Trade[] =>
  Array.from({ length: to - from }, (_, i) => ({
    kind: "trade",
    venue: "binance",
    market: "BTCUSDT",
    id: String(from + i),
    ts: 1785395041124000 + from + i,
    price: "91368000",
    size: "0.00010945",
    side: "buy",
    fills: 1,
  }));

/** Takes all the room that is left. */
async function fill(folder: string): Promise<void> {
  using file = await Deno.open(`${folder}/filler`, {
    create: true,
    write: true,
  });
  for (const size of [1 << 20, 4096]) {
    try {
      for (;;) await file.write(new Uint8Array(size));
    } catch {
      // Full for that size.
    }
  }
}

/** A file system of its own, in memory. */
async function mounted(
  size: string,
  act: (
    folder: string,
    remount: (how: string) => Promise<void>,
  ) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  await sh("mount", "-t", "tmpfs", "-o", `size=${size}`, "none", folder);
  try {
    await act(folder, (how) => sh("mount", "-o", `remount,${how}`, folder));
  } finally {
    await sh("umount", "-l", folder);
    await Deno.remove(folder);
  }
}
