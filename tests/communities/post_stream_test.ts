import { bluesky } from "../../collector/sandbox/communities/bluesky.ts";
import assert from "node:assert/strict";
import type postgres from "postgres";
import { postId } from "../../collector/communities/bluesky/bluesky.ts";
import { openDatabase } from "../../collector/database/client.ts";
import {
  followPosts,
  type PostStreamDeps,
} from "../../collector/communities/bluesky/post_stream.ts";
import { type Sandbox, startSandbox } from "../../collector/sandbox/sandbox.ts";
import { Store } from "../../collector/store/store.ts";
import { test } from "../support/requirements.ts";
import { startPostgres } from "../support/postgres_server.ts";
import { emptyData } from "../support/empty_database.ts";
import { MINUTE, SECOND } from "../../collector/model/time.ts";

/** Milliseconds at which every simulated clock starts: half a minute in. */
const START = Date.UTC(2026, 10, 18, 12, 0, 30);
const TERMS = ["bitcoin", "비트코인", "dogecoin"];

/** Waits until `done` says so. */
async function until(what: string, done: () => Promise<boolean> | boolean) {
  const late = Date.now() + 20_000;
  while (!await done()) {
    if (Date.now() > late) throw new Error(`waited in vain until ${what}`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

/** A collector on the simulated stream, whose clock a test moves. */
function world(sql: postgres.Sql, store: Store) {
  let ms = START;
  let running: { stop: AbortController; done: Promise<void> }[] = [];
  let sandbox: Sandbox;
  const lines: string[] = [];
  const has = (words: string) => lines.some((line) => line.includes(words));
  const self = {
    lines,
    now: () => ms,
    get stream() {
      return sandbox.of(bluesky).stream;
    },
    async open() {
      for (const table of ["posts", "counts", "cursors", "rejects"]) {
        await sql`delete from ${sql(table)}`;
      }
      sandbox = await startSandbox({ now: () => ms, days: 1 });
    },
    /** Starts a collector; what it gives ends that one. */
    async follow(
      more: {
        idleMs?: number;
        terms?: string[];
        beside?: PostStreamDeps["store"];
      } = {},
    ) {
      lines.length = 0;
      const stop = new AbortController();
      const done = followPosts(
        { socket: sandbox.of(bluesky).socket, terms: more.terms ?? TERMS },
        {
          sql,
          store: more.beside ?? store,
          hashAuthor: (did) => `h:${did}`,
          signal: stop.signal,
          now: () => ms * 1000,
          log: (line) => lines.push(line),
          settleMs: 20,
          feed: {
            minPauseMs: 5,
            maxPauseMs: 20,
            ...(more.idleMs ? { idleMs: more.idleMs } : {}),
          },
        },
      );
      running.push({ stop, done });
      await until("connected", () => has("connected"));
      return () => {
        stop.abort();
        return done;
      };
    },
    /** Lets the clock run, a few seconds at a time. */
    async pass(seconds: number, step = 10) {
      for (let left = seconds; left > 0; left -= step) {
        ms += Math.min(step, left) * 1000;
        await new Promise((wake) => setTimeout(wake, 60));
      }
    },
    jump: (seconds: number) => void (ms += seconds * 1000),
    /** Cuts its socket, once there is one again. */
    cut: () => until("a socket is cut", () => sandbox.cut("bluesky") === 1),
    /** Waits until the stream is read and committed up to the simulated present. */
    async caughtUp() {
      const posts = sandbox.of(bluesky).stream.posts(
        (ms - 120_000) * 1000,
        ms * 1000 + 1,
      );
      await until("caught up", async () => {
        const [row] = await sql`select cursor::text from cursors`;
        return Number(row?.cursor) >= posts.at(-1)!.us;
      });
    },
    async stop() {
      for (const { stop } of running) stop.abort();
      await Promise.all(running.map(({ done }) => done));
      running = [];
    },
    async close() {
      await self.stop();
      await sandbox.close();
    },
    /**
     * Compares the stored posts with all that were written since, in milliseconds.
     * @param unseen in this span nobody could see that a post was deleted.
     */
    async postsAreTrue(from: number, to = ms, unseen = [Infinity, Infinity]) {
      const truth = sandbox.of(bluesky).stream.posts(from * 1000, to * 1000 + 1)
        .filter((post) => post.terms.length > 0);
      const rows = await sql`
        select post_id::text as id, board, title, deleted, author_hash,
          (extract(epoch from ts) * 1000000)::bigint::text as us
        from posts where ts >= ${new Date(from)} and ts <= ${new Date(to)}
        order by ts, post_id`;
      const gone = (post: typeof truth[number]) =>
        post.goneUs !== null && post.goneUs <= ms * 1000 &&
        !(post.goneUs > unseen[0]! * 1000 && post.goneUs < unseen[1]! * 1000);
      assert.deepEqual(
        rows.map((row) => ({ ...row })),
        truth.map((post) => ({
          id: postId(post.did, post.rkey),
          board: post.terms.toSorted().join(","),
          title: gone(post) ? null : post.text,
          deleted: gone(post),
          author_hash: `h:${post.did}`,
          us: String(post.us),
        })),
      );
      return truth;
    },
    /** The counts of a term: "HH:MM" to the number, or to null where it is not complete. */
    async counts(term: string): Promise<Record<string, number | null>> {
      const rows = await sql`
        select ts, count, complete from counts
        where source = 'bluesky' and bucket = '1m' and query = ${`posts:${term}`} order by ts`;
      return Object.fromEntries(
        rows.map((
          row,
        ) => [
          row.ts.toISOString().slice(11, 16),
          row.complete ? row.count : null,
        ]),
      );
    },
    /** What the counts must be: exact in [from, to), not complete in `open`. */
    expected(term: string, from: string, to: string, open: string[] = []) {
      const at = (clock: string) => Date.parse(`2026-11-18T${clock}:00Z`);
      const all: Record<string, number | null> = {};
      for (let t = at(from); t < at(to); t += 60_000) {
        const clock = new Date(t).toISOString().slice(11, 16);
        all[clock] = open.includes(clock)
          ? null
          : sandbox.of(bluesky).stream.posts(t * 1000, t * 1000 + MINUTE)
            .filter((post) => post.terms.includes(term)).length;
      }
      return all;
    },
  };
  return self;
}

Deno.test("Bluesky's stream, against the simulator's truth, on the embedded database", async (t) => {
  const data = await emptyData();
  const db = await openDatabase({ data });
  const { sql } = db;
  const store = new Store(sql);

  await t.step(
    "cut again and again: resumed five seconds earlier, no post lost, none doubled, no minute open",
    async () => {
      const w = world(sql, store);
      await w.open();
      await w.follow();
      for (const seconds of [47, 3, 61, 20, 90, 7, 130]) {
        await w.pass(seconds);
        await w.cut();
      }
      await w.pass(60);
      await w.caughtUp();
      await w.stop();
      assert.equal(w.lines.filter((l) => l.includes("lost")).length, 7);
      const truth = await w.postsAreTrue(START);
      assert(truth.length > 100);
      assert(truth.some((post) => post.goneUs! <= w.now() * 1000));
      // 12:00:30 + 418 s = 12:07:28; the first minute and the last are partial.
      for (const term of TERMS) {
        assert.deepEqual(
          await w.counts(term),
          w.expected(term, "12:00", "12:08", ["12:00", "12:07"]),
        );
      }
      assert(Object.values(await w.counts("dogecoin")).includes(0));
      const [first, ...resumed] = w.stream.asked;
      assert.equal(first, "?wantedCollections=app.bsky.feed.post");
      assert.equal(resumed.length, 7);
      const before = (w.now() - 60_000) * 1000;
      for (const query of resumed) {
        const cursor = Number(/&cursor=(\d+)$/.exec(query)![1]);
        assert(cursor > START * 1000 - 5 * SECOND && cursor < before);
      }
      const [row] = await sql`select count(*)::int as n from rejects`;
      assert.equal(row!.n, 0);
      await w.close();
    },
  );

  await t.step(
    "an outage leaves its minutes open, and the cursor closes them",
    async () => {
      const w = world(sql, store);
      await w.open();
      await w.follow();
      await w.pass(165);
      await w.caughtUp();
      w.stream.fail("refuse");
      await w.cut();
      await w.pass(7 * 60, 30);
      await until(
        "the minute of the cut is told",
        async () => "12:03" in await w.counts("bitcoin"),
      );
      for (const term of TERMS) {
        assert.deepEqual(
          await w.counts(term),
          w.expected(term, "12:00", "12:04", ["12:00", "12:03"]),
        );
      }
      w.stream.fail(null);
      await w.pass(20);
      await w.caughtUp();
      await w.stop();
      // 12:10:35 now.
      for (const term of TERMS) {
        assert.deepEqual(
          await w.counts(term),
          w.expected(term, "12:00", "12:11", ["12:00", "12:10"]),
        );
      }
      await w.postsAreTrue(START);
      const [closed] = await sql`
        select first_count, count from counts
        where query = 'posts:bitcoin' and ts = '2026-11-18T12:03:00Z'`;
      assert.equal(closed!.first_count, closed!.count);
      await w.close();
    },
  );

  await t.step(
    "a stream that does not go back far enough: what lies between stays unknown, not zero",
    async () => {
      const w = world(sql, store);
      await w.open();
      w.stream.lookbackMs = 90_000;
      await w.follow();
      await w.pass(165);
      await w.caughtUp();
      w.stream.fail("refuse");
      await w.cut();
      w.jump(6 * 60);
      const back = w.now() - 90_000;
      w.stream.fail(null);
      await until("connected again", () => w.stream.asked.length === 2);
      await w.pass(150);
      await w.caughtUp();
      await w.stop();
      assert(
        w.lines.some((line) => /the stream goes back to .* only/.test(line)),
      );
      // Cut at 12:03:15, resumed at 12:09:15 with what came since 12:07:45; now 12:11:45.
      const counts = await w.counts("bitcoin");
      assert.deepEqual(counts, {
        ...w.expected("bitcoin", "12:00", "12:04", ["12:00", "12:03"]),
        ...w.expected("bitcoin", "12:07", "12:12", ["12:07", "12:11"]),
      });
      const cut = Date.UTC(2026, 10, 18, 12, 3, 15);
      await w.postsAreTrue(START, cut, [cut, back]);
      await w.postsAreTrue(back);
      await w.close();
    },
  );

  await t.step(
    "stopped and started again, and crashed: as if nothing had been",
    async () => {
      const w = world(sql, store);
      await w.open();
      await w.follow();
      await w.pass(100);
      await w.stop();
      w.jump(150);
      await w.follow();
      assert.match(w.lines[0]!, /connected, from 2026-11-18T12:02:/);
      await w.pass(30);
      await w.caughtUp();
      await w.stop();
      // As a crash leaves it: rows committed beyond the cursor.
      const rows = () =>
        sql`select *, null as observed_at, null as written from posts order by post_id`;
      const before = await rows();
      await sql`update cursors set cursor = cursor - 70000000`;
      await w.follow();
      await w.caughtUp();
      assert.deepEqual([...await rows()], [...before]);
      await w.pass(60);
      await w.caughtUp();
      await w.stop();
      // 12:06:10 now.
      for (const term of TERMS) {
        assert.deepEqual(
          await w.counts(term),
          w.expected(term, "12:00", "12:07", ["12:00", "12:06"]),
        );
      }
      await w.postsAreTrue(START);
      await w.close();
    },
  );

  await t.step(
    "a term that is new knows no minute from before it was asked for",
    async () => {
      const w = world(sql, store);
      await w.open();
      await w.follow({ terms: ["bitcoin"] });
      await w.pass(100);
      await w.caughtUp();
      await w.stop();
      await w.follow({ terms: ["비트코인", "bitcoin"] });
      await w.pass(90);
      await w.caughtUp();
      await w.stop();
      // Begun at 12:02:10, now 12:03:40.
      assert.deepEqual(
        await w.counts("비트코인"),
        w.expected("비트코인", "12:02", "12:04", ["12:02", "12:03"]),
      );
      await w.close();
    },
  );

  await t.step(
    "posts that the spool had to evict leave their minutes open",
    async () => {
      const w = world(sql, store);
      await w.open();
      const counters = { ...store.counters, evicted: {} as { post?: number } };
      await w.follow({
        beside: {
          counters,
          write: (events, at) => store.write(events, at),
          reject: (reject) => store.reject(reject),
          flush: () => store.flush(),
        },
      });
      await w.pass(100);
      await w.caughtUp();
      counters.evicted.post = 1;
      await w.pass(130);
      await w.caughtUp();
      await w.stop();
      // Known to be lost at 12:02:10, now 12:04:20.
      assert.deepEqual(
        await w.counts("bitcoin"),
        w.expected("bitcoin", "12:00", "12:05", ["12:00", "12:02", "12:04"]),
      );
      await w.close();
    },
  );

  await t.step("open and mute is dead, and loses nothing", async () => {
    const w = world(sql, store);
    await w.open();
    await w.follow({ idleMs: 400 });
    await w.pass(40);
    w.stream.fail("mute");
    await until(
      "given up",
      () => w.lines.some((line) => line.includes("no frame for 0.4 s")),
    );
    w.jump(30);
    w.stream.fail(null);
    await w.pass(60);
    await w.caughtUp();
    await w.stop();
    assert.deepEqual(
      await w.counts("bitcoin"),
      w.expected("bitcoin", "12:00", "12:03", ["12:00", "12:02"]),
    );
    await w.postsAreTrue(START);
    await w.close();
  });

  await store.close();
  await db.close();
  await Deno.remove(data, { recursive: true });
});

test(
  "two collectors follow Bluesky at once, on PostgreSQL: no post twice, and one takes over from the other",
  [
    "postgres",
  ],
  async () => {
    const server = await startPostgres();
    const db = await openDatabase({ url: server.url });
    const { sql } = db;
    const stores = [new Store(sql), new Store(sql)] as const;
    const w = world(sql, stores[0]);
    await w.open();
    let end = await w.follow();
    for (const [turn, seconds] of [70, 55, 90, 40].entries()) {
      await w.pass(seconds);
      const next = await w.follow({ beside: stores[(turn + 1) % 2]! });
      await w.pass(15);
      await end();
      end = next;
    }
    await w.pass(40);
    await w.caughtUp();
    await w.stop();
    // 12:00:30 + 355 s = 12:06:25.
    for (const term of TERMS) {
      const counts = await w.counts(term);
      assert.deepEqual(
        counts,
        w.expected(term, "12:00", "12:07", ["12:00", "12:06"]),
      );
    }
    await w.postsAreTrue(START);
    await w.close();
    for (const store of stores) await store.close();
    await db.close();
    await server.stop();
  },
);
