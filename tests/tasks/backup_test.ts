/** `deno task backup` and `deno task restore` as a user runs them: the same data elsewhere, or a sentence. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { openDatabase } from "../../collector/database/client.ts";
import type { Trade } from "../../collector/model/events.ts";
import { Store } from "../../collector/store/store.ts";
import { snapshot } from "../../analytics/snapshot.ts";
import { emptyData } from "../support/empty_database.ts";
import { startPostgres } from "../support/postgres_server.ts";
import { test } from "../support/requirements.ts";
import { runTask, startTask } from "../support/run_task.ts";

const START = Date.UTC(2026, 10, 20, 23, 59) * 1000;
/** Beyond what a double holds. */
const ID = 9007199254740993n;

/** A trade a second, from 23:59 on: over midnight. */
const trade = (n: number): Trade => ({
  kind: "trade",
  venue: "upbit",
  market: "KRW-BTC",
  id: String(ID + BigInt(n)),
  ts: START + n * 1e6,
  price: `90000000.${n}1`,
  size: "0.000000010000000001",
  side: n % 2 ? "buy" : "sell",
  fills: 1,
});

/** Trades, a gap, a post with a title and an author, and a file of marts. */
async function fill(data: string, url = "", from = 0, to = 120) {
  const { sql, close } = await openDatabase({ data, url });
  const store = new Store(sql);
  store.write(
    Array.from({ length: to - from }, (_, i) => trade(from + i)),
    START,
  );
  store.ledger({
    kind: "gap",
    venue: "upbit",
    market: "KRW-BTC",
    channel: "trade",
    from: START,
    to: START + 1e6,
    fromId: String(ID),
    toId: String(ID + 1n),
    reason: { code: "ids_missing", ids: "3" },
  });
  await store.close();
  await sql`
    insert into posts (source, board, post_id, ts, title, author_hash, first_seen, observed_at)
    values ('dcinside', 'board', ${from}, now(), 'a title', 'a hash', now(), now())
    on conflict do nothing`;
  await close();
  await Deno.mkdir(`${data}/marts/overview`, { recursive: true });
  await Deno.writeTextFile(`${data}/marts/overview/all.parquet`, "of marts");
}

/** Every row of every table whose rows are kept, as text; titles, authors and a row's transaction apart. */
async function contents(data: string, url = ""): Promise<string[]> {
  const { sql, close } = await openDatabase({ data, url, max: 1 });
  try {
    const rows: string[] = [];
    for (const table of ["trades", "gaps", "posts", "observed", "lake_files"]) {
      const found = await sql`
        select (to_jsonb(t) - 'title' - 'author_hash')::text as row from ${
        sql(table)
      } t order by 1`;
      rows.push(...found.map(({ row }) => `${table} ${row}`));
    }
    return rows;
  } finally {
    await close();
  }
}

/** The files of lake and marts with their hashes. */
async function files(data: string, folder = ""): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${data}/${folder}`)) {
    const path = folder ? `${folder}/${name}` : name;
    if (!/^(lake|marts)(\/|$)|^lake$|^marts$/.test(path)) continue;
    if (name === ".staging") continue;
    if (isDirectory) found.push(...await files(data, path));
    else {
      const hash = createHash("sha256")
        .update(await Deno.readFile(`${data}/${path}`)).digest("hex");
      found.push(`${path} ${hash}`);
    }
  }
  return found.sort();
}

/** Begins a restore and kills it when its first files are there. */
async function killOnce(env: Record<string, string>): Promise<void> {
  const begun = startTask(["restore"], env);
  for (;;) {
    try {
      await Deno.stat(`${env.CROWDTAPE_DATA}/marts`);
      break;
    } catch {
      await new Promise((wake) => setTimeout(wake, 20));
    }
  }
  begun.stop("SIGKILL");
  await begun.ended;
}

const lastLine = (text: string) => text.trim().split("\n").at(-1)!;

test(
  "a backup restored elsewhere is the same, embedded and in PostgreSQL, and goes on",
  ["postgres"],
  async (t) => {
    const data = await emptyData();
    const backup = await Deno.makeTempDir({ prefix: "crowdtape-test-" });
    const env = { CROWDTAPE_DATA: data, CROWDTAPE_BACKUP: backup };
    await fill(data);
    await snapshot({ data, today: "2026-11-22" });
    const back = async () =>
      JSON.parse((await runTask(["backup", "--json"], env)).out);
    const first = await back();
    assert.equal(first.added_bytes, first.bytes);

    await t.step("what has not changed is not written again", async () => {
      const second = await back();
      assert.equal(second.added_bytes, 0);
      assert.equal(second.rows, first.rows);
      await fill(data, "", 120, 130);
      const third = await back();
      assert.ok(third.added_bytes > 0);
      assert.ok(third.added_bytes < third.bytes / 2, JSON.stringify(third));
    });

    const was = { rows: await contents(data), files: await files(data) };
    assert.equal(
      was.rows.filter((row) => row.startsWith("trades")).length,
      130,
    );
    const server = await startPostgres();
    for (const url of ["", server.url]) {
      await t.step(
        url ? "in PostgreSQL" : "embedded, after a kill",
        async () => {
          const folder = await Deno.makeTempDir({ prefix: "crowdtape-test-" });
          const there = {
            CROWDTAPE_DATA: folder,
            CROWDTAPE_BACKUP: backup,
            DATABASE_URL: url,
          };
          if (!url) await killOnce(there);
          const { code, err, out } = await runTask(["restore"], there);
          assert.equal(code, 0, err);
          assert.match(out, /restored the backup of .* rows, \d+ files/);
          assert.deepEqual(await files(folder), was.files);
          assert.deepEqual(await contents(folder, url), was.rows);
          const again = await runTask(["restore"], there);
          assert.match(
            again.err,
            /error: The data folder .* is not empty\. Set CROWDTAPE_DATA to a new one\./,
          );

          // Transactions are counted on, so that the lake goes on with what is new.
          await fill(folder, url, 130, 140);
          const database = await openDatabase({ data: folder, url });
          const reports = await snapshot({ data: folder, database });
          const trades = reports.find(({ table }) => table === "trades");
          assert.equal(
            trades?.rows,
            20,
            "ten since the last snapshot, ten here",
          );
          const [post] = await database.sql`
          select title, author_hash from posts where post_id = 0`;
          assert.deepEqual({ ...post }, { title: null, author_hash: null });
          const [gap] = await database.sql`
          insert into gaps (venue, market, channel, from_ts, to_ts, reason)
          values ('upbit', 'KRW-BTC', 'trade', now(), now(), 'cut') returning gap_id`;
          assert.ok(
            Number(gap!.gap_id) >
              was.rows.filter((row) => row.startsWith("gaps")).length,
          );
          await database.close();
          await Deno.remove(folder, { recursive: true });
        },
      );
    }

    await server.stop();
    for (const folder of [data, backup]) {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test("a backup that is damaged is refused with the place, and nothing is changed", async (t) => {
  const data = await emptyData();
  const backup = await Deno.makeTempDir({ prefix: "crowdtape-test-" });
  await fill(data);
  const made = await runTask(["backup"], {
    CROWDTAPE_DATA: data,
    CROWDTAPE_BACKUP: backup,
  });
  assert.equal(made.code, 0, made.err);
  const [record] = await Array.fromAsync(
    Deno.readDir(`${backup}/backups`),
    ({ name }) => name,
  );
  const { tables } = JSON.parse(
    await Deno.readTextFile(`${backup}/backups/${record}`),
  );
  const { parts: [part] } = tables.find(({ name }: { name: string }) =>
    name === "trades"
  );
  const object = `${backup}/objects/${part.sha256.slice(0, 2)}/${part.sha256}`;
  const whole = await Deno.readFile(object);
  const folder = `${data}-restored`;
  const refused = async (words: RegExp, env: Record<string, string> = {}) => {
    const { code, err } = await runTask(["restore"], {
      CROWDTAPE_DATA: folder,
      CROWDTAPE_BACKUP: backup,
      ...env,
    });
    assert.equal(code, 1);
    assert.match(lastLine(err), words);
    await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
  };
  await t.step("a bit turned over", async () => {
    const damaged = whole.slice();
    damaged[whole.length >> 1]! ^= 1;
    await Deno.writeFile(object, damaged);
    await refused(
      /^error: The backup of .* is damaged, and nothing was restored: .*objects.* does not hold what its name says \(table trades of 2026-11-20\)\./,
    );
  });
  await t.step("cut off", async () => {
    await Deno.writeFile(object, whole.slice(0, 10));
    await refused(/is missing, or not \d+ bytes long/);
  });
  await t.step("gone", async () => {
    await Deno.remove(object);
    await refused(/is missing, or not \d+ bytes long/);
  });
  await t.step("its record cut off", async () => {
    const path = `${backup}/backups/${record}`;
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, text.slice(0, 50));
    await refused(/\.json cannot be read: /);
    await Deno.writeTextFile(path, text.replace('"format":1', '"format":7'));
    await refused(/is no backup's record: format: /);
  });
  await t.step("no backup there, or none named", async () => {
    await refused(/holds no backup of crowdtape/, { CROWDTAPE_BACKUP: data });
    await refused(/^error: Set CROWDTAPE_BACKUP to a folder for backups/, {
      CROWDTAPE_BACKUP: "",
    });
  });
  await t.step("a folder of something else is left alone", async () => {
    const { code, err } = await runTask(["backup"], {
      CROWDTAPE_DATA: data,
      CROWDTAPE_BACKUP: `${data}/marts`,
    });
    assert.equal(code, 1);
    assert.match(err, /holds something other than backups of crowdtape/);
  });
  for (const path of [data, backup]) {
    await Deno.remove(path, { recursive: true });
  }
});
