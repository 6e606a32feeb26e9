/**
 * Hours in small: 5,000 trades a second for ten minutes, and for four minutes
 * with PostgreSQL away for two of them.
 */
import { CandleBuilder } from "../../collector/candles/candle_builder.ts";
import {
  type Database,
  openDatabase,
} from "../../collector/database/client.ts";
import { Store } from "../../collector/store/store.ts";
import { take } from "./ingest.ts";
import type { Figure } from "./figures.ts";
import {
  type PostgresServer,
  startPostgres,
} from "../support/postgres_server.ts";

const RATE = 5000;
const MB = 1e6;

/** Memory of this process, each second, in MB. */
function watchMemory(): { at: number; mb: number }[] & { end(): void } {
  const began = performance.now();
  const samples: { at: number; mb: number }[] = [];
  const timer = setInterval(
    () =>
      samples.push({
        at: (performance.now() - began) / 1000,
        mb: Deno.memoryUsage().rss / MB,
      }),
    1000,
  );
  return Object.assign(samples, { end: () => clearInterval(timer) });
}

/** A collector's path from socket to table, on a server of its own. */
async function withStore<T>(
  body: (store: Store, db: Database, server: PostgresServer) => Promise<T>,
): Promise<T> {
  const server = await startPostgres({ synced: true });
  const data = await Deno.makeTempDir();
  const db = await openDatabase({ url: server.url });
  const store = new Store(db.sql, {
    spool: { folder: `${data}/spool`, maxBytes: 2 * 2 ** 30 },
  });
  try {
    return await body(store, db, server);
  } finally {
    await store.close();
    await db.close();
    await server.stop();
    await Deno.remove(data, { recursive: true });
  }
}

/** What the venue sent and the tables lack, and what the streams' counters say too much. */
async function missing(db: Database, sent: number): Promise<number> {
  const [row] = await db.sql`
    select (select count(*)::int from trades) as trades,
      (select sum(events)::int from stream_stats) as events`;
  if (row!.events !== row!.trades) {
    throw new Error(`${row!.events} counted, ${row!.trades} stored`);
  }
  return sent - row!.trades;
}

/**
 * Ten minutes at 5,000 trades a second, after two that warm up: does memory
 * grow, and how long does a row take at worst?
 */
export async function benchSteady(seconds = 720): Promise<Figure[]> {
  return await withStore(async (store, db) => {
    const builder = new CandleBuilder("upbit");
    const memory = watchMemory();
    const sent: number[] = [];
    // Counted by the millisecond: a list would be the memory that is measured.
    const waits = new Uint32Array(60_000);
    let counted = 0;
    const watch = setInterval(() => {
      const committed = store.counters.rows.trade ?? 0;
      const now = Date.now();
      for (const at of sent.splice(0, committed - counted)) {
        waits[Math.min(Math.max(now - at, 0), waits.length - 1)]!++;
      }
      counted = committed;
    }, 2);
    await take(RATE * seconds, RATE, (trades, receivedAt) => {
      for (const trade of trades) {
        sent.push(trade.ts / 1000);
        builder.add(trade, receivedAt);
      }
      store.write(trades, receivedAt);
    });
    await store.flush();
    await new Promise((wake) => setTimeout(wake, 10));
    clearInterval(watch);
    memory.end();
    const lost = await missing(db, RATE * seconds);
    if (lost !== 0) throw new Error(`${lost} trades lost`);
    // The first two minutes fill the caches, and the heap settles.
    const warm = Math.min(120, seconds / 4);
    const rest = memory.filter(({ at }) => at > warm);
    const means: number[] = [];
    for (let from = 0; from < rest.length; from += 60) {
      const minute = rest.slice(from, from + 60).map(({ mb }) => mb);
      if (minute.length < 30) break;
      means.push(minute.reduce((a, b) => a + b) / minute.length);
    }
    const mean = means.reduce((a, b) => a + b, 0) / means.length;
    const worst = Math.max(...means.map((mb) => Math.abs(mb / mean - 1)));
    let p99 = 0;
    for (let sum = waits[0]!; sum < RATE * seconds * 0.99;) {
      sum += waits[++p99]!;
    }
    return [{
      work: `memory over ${
        (seconds - warm) / 60
      } minutes at 5,000 trades/s, a minute's mean from the whole's`,
      value: worst * 100,
      unit: "%",
      aim: 10,
      note: `${
        means.map((mb) => mb.toFixed(0)).join(", ")
      } MB, minute by minute`,
    }, {
      work: "frame → queryable row meanwhile, p99",
      value: p99,
      unit: "ms",
      aim: 250,
    }];
  });
}

/** PostgreSQL stopped for a while at 5,000 trades a second. */
export async function benchAway(
  awaySeconds = 120,
  beforeSeconds = 20,
  afterSeconds = 100,
): Promise<Figure[]> {
  return await withStore(async (store, db, server) => {
    const memory = watchMemory();
    const seconds = beforeSeconds + awaySeconds + afterSeconds;
    const wait = (s: number) =>
      new Promise((wake) => setTimeout(wake, s * 1000));
    let spooled = 0, drained = NaN, live = 0, taken = 0;
    const outage = (async () => {
      await wait(beforeSeconds);
      await server.halt();
      await wait(awaySeconds);
      spooled = store.spooled.bytes;
      await server.resume();
      const back = performance.now(), then = taken;
      while (store.spooled.rows > 0) await wait(0.05);
      drained = (performance.now() - back) / 1000;
      live = taken - then;
    })();
    await take(RATE * seconds, RATE, (trades, receivedAt) => {
      taken += trades.length;
      store.write(trades, receivedAt);
    });
    await outage;
    await store.flush();
    memory.end();
    const work = `PostgreSQL away for ${awaySeconds} s at 5,000 trades/s`;
    return [{
      work: `${work}: trades lost or counted twice`,
      value: await missing(db, RATE * seconds),
      unit: "trades",
      aim: 0,
    }, {
      work: `${work}: most memory`,
      value: Math.max(...memory.map(({ mb }) => mb)),
      unit: "MB",
      aim: 500,
      note: `${(spooled / MB).toFixed(0)} MB in the spool`,
    }, {
      work: `${work}: back until drained`,
      value: drained,
      unit: "s",
      aim: awaySeconds,
      note: `${live.toLocaleString("en-US")} live trades came in meanwhile`,
    }];
  });
}
