import { dcinside } from "../../collector/sandbox/communities/dcinside.ts";
import assert from "node:assert/strict";
import { authorHasher } from "../../collector/communities/authors.ts";
import { Crawler } from "../../collector/net/crawl.ts";
import { openDatabase } from "../../collector/database/client.ts";
import {
  crawlGallery,
  type GalleryDeps,
} from "../../collector/communities/dcinside/gallery.ts";
import type {
  Failure,
  LoggedRequest,
} from "../../collector/sandbox/communities/dcinside.ts";
import { Random } from "../../collector/sandbox/random.ts";
import { startSandbox } from "../../collector/sandbox/sandbox.ts";
import { Board } from "../../collector/sandbox/talk.ts";
import { Store } from "../../collector/store/store.ts";
import { emptyData } from "../support/empty_database.ts";

const MINUTE = 60_000, HOUR = 60 * MINUTE, DAY = 24 * HOUR;
const START = Date.parse("2026-11-20T03:00:20Z");
const FAILURES: Failure[] = ["empty", "403", "429", "5xx", "layout"];

/** Comments under a post that a list shows at `ms`. */
function shown(board: Board, index: number, ms: number): number {
  return board.comments(index, board.post(index), ms)
    .filter(({ goneMs }) => goneMs === null || goneMs > ms).length;
}

Deno.test("a simulated day with its faults: never more than a request a second, nothing forbidden, comments only where their number changed, no unknown minute a zero", async () => {
  let ms = START;
  const sandbox = await startSandbox({ seed: 11, days: 2, now: () => ms });
  const data = await emptyData();
  const database = await openDatabase({ data });
  const { sql } = database;
  const store = new Store(sql);
  const deps: GalleryDeps = {
    config: { base: sandbox.of(dcinside).base, historyDays: 1 / 24 },
    sql,
    store,
    crawler: new Crawler({
      pauseMs: 1100,
      random: () => 0,
      clock: {
        now: () => ms,
        sleep: (wait) => Promise.resolve(void (ms += wait)),
      },
    }),
    hashAuthor: authorHasher("pepper"),
    types: new Map(),
    now: () => ms * 1000,
    log: () => {},
  };
  const random = new Random(5);
  const outcomes = new Map<string, number>();
  let failingUntil = START + HOUR / 2, well = true;
  for (let turn = START; turn < START + DAY; turn += 5 * MINUTE) {
    // As on a schedule: a run that takes longer leaves turns out.
    if (ms > turn) continue;
    ms = turn;
    if (turn >= failingUntil) {
      well = !well;
      sandbox.of(dcinside).fail(well ? null : random.pick(FAILURES));
      failingUntil = turn + (well ? 60 : 5 + random.below(4) * 5) * MINUTE;
    }
    // robots.txt excludes the second.
    for (const gallery of ["bitcoins_new1", "47"]) {
      const { outcome } = await crawlGallery(gallery, deps);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  }
  sandbox.of(dcinside).fail(null);
  // After the longest rest that a day of trouble can bring.
  for (let hours = 0; hours < 24; hours += 2) {
    ms += 2 * HOUR;
    const { outcome, pending } = await crawlGallery("bitcoins_new1", deps);
    if (outcome === "done" && pending === 0) break;
  }
  const end = ms;
  for (
    const outcome of [
      "done",
      "excluded",
      "resting",
      "blocked",
      "forbidden",
      "limited",
      "outage",
      "layoutChanged",
    ]
  ) assert(outcomes.has(outcome), outcome);

  const { requests } = sandbox.of(dcinside);
  assert(requests.length > 1000 && requests.length < 10_000);
  for (const [i, { at, path }] of requests.entries()) {
    if (i > 0) assert(at - requests[i - 1]!.at >= 1000, `${path} at ${at}`);
    assert(!/kcaptcha|id=47/.test(path), path);
  }
  const robots = requests.filter(({ path }) => path === "/robots.txt");
  assert(robots.length >= 1 && robots.length <= 3);

  const truth = new Board(sandbox.world, "bitcoins_new1", 1);
  onlyWhereChanged(truth, requests);

  const counts = await sql`select ts, count, complete, first_count from counts
    where query = 'posts:bitcoins_new1' order by ts`;
  const written = new Map<number, { all: number; lasting: number }>();
  for (let i = truth.countAt(end) - 1; i >= 0; i--) {
    const post = truth.post(i);
    if (post.ms < START - 2 * HOUR) break;
    const minute = Math.floor(post.ms / MINUTE);
    const at = written.get(minute) ?? { all: 0, lasting: 0 };
    at.all++;
    if (post.goneMs === null) at.lasting++;
    written.set(minute, at);
  }
  assert(counts.every((row) => row.complete));
  assert.equal((counts.at(-1)!.ts - counts[0]!.ts) / MINUTE + 1, counts.length);
  assert(counts.at(-1)!.ts >= START + DAY - 5 * MINUTE);
  for (const { ts, count } of counts) {
    // Whoever deletes a post before anyone looks leaves no trace of it.
    const { all, lasting } = written.get(Number(ts) / MINUTE) ??
      { all: 0, lasting: 0 };
    assert(count >= lasting && count <= all, `${ts.toISOString()}: ${count}`);
  }
  await sandbox.close();
  await store.close();
  await database.close();
  await Deno.remove(data, { recursive: true });
});

/** Checks that each post's comments were asked for only when the list had shown another number since. */
function onlyWhereChanged(board: Board, requests: LoggedRequest[]): void {
  const listed = new Map<number, number>();
  const read = new Map<number, number>();
  let asked = 0;
  for (const { at, path, comments, failed } of requests) {
    if (failed) continue;
    const page = /\/lists\/\?id=bitcoins_new1.*&page=(\d+)$/.exec(path);
    if (page) {
      let skip = (Number(page[1]) - 1) * 100, rows = 100;
      for (let i = board.countAt(at) - 1; i >= 0 && rows > 0; i--) {
        const { goneMs, no } = board.post(i);
        if (goneMs !== null && goneMs <= at || skip-- > 0) continue;
        rows--;
        listed.set(no, shown(board, i, at));
      }
    } else if (comments?.page === 1) {
      asked++;
      const { post } = comments;
      assert.notEqual(listed.get(post), read.get(post) ?? 0, `post ${post}`);
      read.set(post, listed.get(post)!);
    }
  }
  assert(asked > 500);
}
