import assert from "node:assert/strict";
import { Batch } from "../../collector/store/batch.ts";
import type { Book, Event, Trade } from "../../collector/model/events.ts";
import { Spool } from "../../collector/store/spool.ts";
import { Spools, type SpoolsOptions } from "../../collector/store/spools.ts";

const TS = 1785395041124000;
const WRITER = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

const trade = (id: number, more: Partial<Trade> = {}): Trade => ({
  kind: "trade",
  venue: "upbit",
  market: "KRW-BTC",
  id: String(17853950411240000n + BigInt(id)),
  ts: TS + id,
  price: "91368000",
  size: "0.00010945",
  side: "buy",
  fills: 1,
  ...more,
});

const book = (id: number): Book => ({
  kind: "book",
  venue: "upbit",
  market: "KRW-BTC",
  ts: TS + id,
  bids: [["91368000", "1.5"]],
  asks: [["91369000", "0.00000001"]],
});

function batch(number: number, events: Event[]): Batch {
  const made = new Batch(WRITER, number);
  for (const event of events) made.add(event, event.ts + 40_000);
  return made;
}

const refillable = (source: string, kind: string) =>
  source === "upbit" && kind === "trade";

interface Opened {
  spool: Spool;
  damaged: string[];
  evicted: Record<string, number>[];
}

async function open(folder: string, maxBytes = 1e9): Promise<Opened> {
  const damaged: string[] = [];
  const evicted: Record<string, number>[] = [];
  const lock = await Deno.open(`${folder}/lock`, { create: true, write: true });
  const spool = await Spool.open(folder, {
    maxBytes,
    refillable,
    onEvict: (lost) => evicted.push(lost),
    onDamage: (_, line) => damaged.push(line),
  }, lock);
  return { spool, damaged, evicted };
}

/** Takes everything out. */
async function drain(spool: Spool): Promise<Batch[]> {
  const batches: Batch[] = [];
  for (let first; (first = await spool.first());) {
    batches.push(first);
    await spool.shift();
  }
  return batches;
}

const inFolder =
  (body: (folder: string, t: Deno.TestContext) => Promise<void>) =>
  async (t: Deno.TestContext) => {
    const folder = await Deno.makeTempDir();
    try {
      await body(folder, t);
    } finally {
      await Deno.remove(folder, { recursive: true }).catch(() => {});
    }
  };

Deno.test(
  "what goes into a spool comes out the same, in order, also in another process",
  inFolder(async (folder) => {
    const { spool } = await open(folder);
    const whole = batch(1, [trade(1), book(2), trade(3, { venue: "coinone" })]);
    whole.before.push({
      kind: "begin",
      span: WRITER,
      venue: "upbit",
      markets: ["KRW-BTC"],
      channels: ["trade"],
      from: TS,
      reason: { code: "not_collected" },
    });
    whole.after.push({
      kind: "end",
      span: WRITER,
      to: TS + 9,
      reason: { code: "stopped" },
    });
    whole.advance(WRITER, { to: TS + 8, first: [["KRW-BTC", "7"]], last: [] });
    whole.rejects.push({
      source: "upbit",
      place: "wss",
      reason: "no JSON",
      payload: 'line\n"two"\u2028',
    });
    whole.markets.set("upbit KRW-BTC", {
      venue: "upbit",
      market: "KRW-BTC",
      base: "BTC",
      quote: "KRW",
      koreanName: "비트코인",
      englishName: null,
      active: true,
      warning: null,
    });
    await spool.append(whole);
    await spool.append(batch(2, [trade(4)]));
    assert.equal(spool.rows, 4);
    await spool.close();

    const again = await open(folder);
    const [first, second] = await drain(again.spool);
    const sorted = (of: Batch) => ({
      ...of,
      rows: [...of.rows].map(([kind, rows]) => [
        kind,
        rows.toSorted((a, b) => a.event.ts - b.event.ts),
      ]).sort(),
    });
    assert.deepEqual(sorted(first!), sorted(whole));
    assert.equal(second!.rows.get("trade")![0]!.event.ts, TS + 4);
    assert.ok(again.spool.empty);
    assert.deepEqual(again.damaged, []);
    await again.spool.close();
    assert.equal(await Deno.stat(folder).catch(() => null), null);
  }),
);

Deno.test(
  "a line that was cut off anywhere is dropped, all before it is kept",
  inFolder(async (root) => {
    await Deno.mkdir(`${root}/whole`);
    const { spool } = await open(`${root}/whole`);
    await spool.append(batch(1, [trade(1), book(1)]));
    await spool.append(batch(2, [trade(2), book(2)]));
    await spool.close();
    const path = (part: string) => `${root}/whole/00000001.${part}`;
    const rest = await Deno.readFile(path("rest"));
    const lane = await Deno.readFile(path("refillable"));
    const firstEnd = rest.indexOf(10) + 1;
    for (let cut = firstEnd + 1; cut < rest.length; cut += 17) {
      const folder = `${root}/cut${cut}`;
      await Deno.mkdir(folder);
      await Deno.writeFile(`${folder}/00000001.rest`, rest.subarray(0, cut));
      await Deno.writeFile(`${folder}/00000001.refillable`, lane);
      const torn = await open(folder);
      const batches = await drain(torn.spool);
      assert.deepEqual(batches.map(({ number, size }) => [number, size]), [
        [1, 2],
      ]);
      assert.equal(torn.damaged.length, 1);
      await torn.spool.close();
    }
  }),
);

Deno.test(
  "a byte changed on disk is noticed and costs one batch",
  inFolder(async (folder) => {
    const { spool } = await open(folder);
    for (const n of [1, 2, 3]) await spool.append(batch(n, [book(n)]));
    await spool.close();
    const path = `${folder}/00000001.rest`;
    const text = await Deno.readTextFile(path);
    await Deno.writeTextFile(
      path,
      text.replace(`"number":2,`, `"number":7,`),
    );
    const again = await open(folder);
    const batches = await drain(again.spool);
    assert.deepEqual(batches.map(({ number }) => number), [1, 3]);
    assert.equal(again.damaged.length, 1);
    await again.spool.close();
  }),
);

Deno.test(
  "a full spool lets go of what can be had again first, and says exactly what",
  inFolder(async (folder, t) => {
    const maxBytes = 400_000;
    const { spool, evicted } = await open(folder, maxBytes);
    let number = 0, at = 0;
    const sent = new Map<string, Event>();
    const key = (e: Event) =>
      "venue" in e
        ? `${e.kind} ${e.venue} ${e.market} ${e.ts}`
        : `${e.kind} ${e.ts}`;
    const fill = async (bytes: number) => {
      for (let before = spool.bytes, sum = 0; sum < bytes;) {
        const events: Event[] = [];
        for (let i = 0; i < 40; i++) {
          at++;
          events.push(
            trade(at),
            trade(at, { venue: "coinone", market: "BTC" }),
            ...(i % 10 === 0 ? [book(at)] : []),
          );
        }
        for (const event of events) sent.set(key(event), event);
        const next = batch(++number, events);
        next.advance(WRITER, { to: TS + at, first: [], last: [] });
        await spool.append(next);
        sum += Math.max(2000, spool.bytes - before);
        before = spool.bytes;
        assert.ok(
          spool.bytes < maxBytes + maxBytes / 8,
          `${spool.bytes} bytes`,
        );
      }
    };

    await t.step("refillable trades go first", async () => {
      while (evicted.length < 3) await fill(10_000);
      for (const lost of evicted) {
        assert.deepEqual(Object.keys(lost), ["trade"]);
      }
      for (const { gap } of spool.lost) assert.equal(gap.venue, "upbit");
    });
    await t.step("then the others; the bound holds", async () => {
      while (!spool.lost.some(({ gap }) => gap.channel === "book")) {
        await fill(10_000);
      }
    });
    await t.step("the gaps are exactly what is missing", async () => {
      const gaps = spool.lost.map(({ gap }) => gap);
      const batches = await drain(spool);
      assert.deepEqual(
        batches.map((b) => b.number),
        Array.from({ length: number }, (_, i) => i + 1),
        "what the ledger has to know stays",
      );
      assert.ok(batches.every((b) => b.seen.size === 1));
      const kept = new Set(
        batches.flatMap((b) => [...b.rows.values()].flat())
          .map((row) => key(row.event)),
      );
      let missing = 0;
      for (const [name, event] of sent) {
        if (kept.has(name)) continue;
        missing++;
        assert.ok("venue" in event);
        const covering = gaps.filter((gap) =>
          gap.venue === event.venue && gap.market === event.market &&
          gap.channel === event.kind && gap.from <= event.ts &&
          event.ts <= gap.to! &&
          (event.kind !== "trade" ||
            BigInt(gap.fromId!) < BigInt(event.id) &&
              BigInt(event.id) < BigInt(gap.toId!))
        );
        assert.equal(covering.length, 1, name);
      }
      assert.equal(
        missing,
        evicted.reduce((sum, l) => sum + (l.trade ?? 0) + (l.book ?? 0), 0),
      );
      assert.ok(missing > 100);
      const ids = new Set(
        batches.flatMap((b) => b.rows.get("trade") ?? [])
          .map(({ event }) => (event as Trade).venue + (event as Trade).id),
      );
      for (const gap of gaps) {
        assert.equal(gap.reason.code, "spool_full");
        if (gap.channel !== "trade") continue;
        // A refill needs a stored trade on either side.
        assert.ok(
          ids.has(gap.venue + gap.fromId) && ids.has(gap.venue + gap.toId),
        );
      }
    });
    await t.step("gaps survive a crash until they are committed", async () => {
      const { lost } = spool;
      spool.lock.close();
      const again = await open(folder, maxBytes);
      assert.deepEqual(again.spool.lost, lost);
      assert.ok(!again.spool.empty);
      await again.spool.forget(lost.at(-1)!.step);
      assert.ok(again.spool.empty);
      await again.spool.close();
    });
  }),
);

Deno.test(
  "a spool belongs to its process while that lives, then to the next",
  inFolder(async (folder) => {
    const lines: string[] = [];
    const options: SpoolsOptions = {
      refillable,
      onEvict: () => {},
      onDamage: () => {},
      log: (line) => lines.push(line),
    };
    const place = { folder: `${folder}/spool`, maxBytes: 1e9 };
    const first = new Spools(place, WRITER, options);
    const own = await first.own();
    await own.append(batch(1, [trade(1)]));

    const beside = new Spools(place, crypto.randomUUID(), options);
    await beside.ready;
    assert.equal(beside.next, null);
    await beside.close();

    // As the system does when a process dies.
    own.lock.close();
    const after = new Spools(place, crypto.randomUUID(), options);
    await after.ready;
    assert.ok(after.inherited);
    assert.equal(after.next!.id, WRITER);
    assert.match(lines[0]!, /^1 kB that an earlier process kept go first$/);
    await drain(after.next!);
    assert.equal(after.next, null);
    await after.close();
    assert.deepEqual([...Deno.readDirSync(place.folder)], []);
  }),
);
