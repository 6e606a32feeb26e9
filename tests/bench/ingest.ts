/**
 * From a socket frame to a committed row: rows a second on PostgreSQL and on
 * the embedded database, and how long it takes at 5,000 trades a second.
 */
import { reasonInWords } from "../../collector/model/gap_reason.ts";
import { CandleBuilder } from "../../collector/candles/candle_builder.ts";
import { openDatabase } from "../../collector/database/client.ts";
import { feed } from "../../collector/net/feed.ts";
import { Store } from "../../collector/store/store.ts";
import type { Trade } from "../../collector/model/events.ts";
import { upbit } from "../../collector/venues/upbit.ts";
import { startPostgres } from "../support/postgres_server.ts";
import type { Figure } from "./figures.ts";

/** Starts the frame source; its port and a way to end it. */
async function source(frames: number, rate?: number) {
  const child = new Deno.Command("deno", {
    args: [
      "run",
      "--allow-net=127.0.0.1",
      "tests/bench/source.ts",
      String(frames),
      ...(rate ? [String(rate)] : []),
    ],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const port = Number((await reader.read()).value);
  return {
    connection: {
      url: `ws://127.0.0.1:${port}/`,
      subscribe: ["go"],
      markets: ["KRW-BTC"],
      channels: ["trade" as const],
    },
    end: async () => {
      child.kill("SIGTERM");
      await reader.cancel();
      await child.status;
    },
  };
}

/** Takes frames from the source until `frames` have come. */
export async function take(
  frames: number,
  rate: number | undefined,
  onTrades: (trades: Trade[], receivedAt: number) => void,
): Promise<void> {
  const { connection, end } = await source(frames, rate);
  const stop = new AbortController();
  let taken = 0;
  for await (const items of feed(upbit, connection, { signal: stop.signal })) {
    for (const item of items) {
      if (item.kind === "unreadable") throw new Error(item.reason);
      if (item.kind === "down" && taken < frames) {
        throw new Error(reasonInWords(item.reason));
      }
      if (item.kind !== "frame") continue;
      onTrades(item.readings as Trade[], item.at);
      taken += item.readings.length;
    }
    if (taken >= frames) stop.abort();
  }
  await end();
}

interface Target {
  name: string;
  aim: number;
  url?: string;
}

async function throughput(
  target: Target,
  frames: number,
  baseline: Figure["baseline"],
): Promise<Figure[]> {
  const data = await Deno.makeTempDir();
  const db = await openDatabase({
    data,
    ...(target.url ? { url: target.url } : {}),
  });
  await db.sql`truncate trades`;
  const store = new Store(db.sql);
  const builder = new CandleBuilder("upbit");
  let began = 0;
  await take(frames, undefined, (trades, receivedAt) => {
    began ||= performance.now();
    for (const trade of trades) builder.add(trade, receivedAt);
    store.write(trades, receivedAt);
  });
  await store.close();
  const seconds = (performance.now() - began) / 1000;
  const [row] = await db.sql`select count(*)::int as n from trades`;
  if (row!.n !== frames) {
    throw new Error(`${row!.n} of ${frames} rows on ${target.name}`);
  }
  await db.close();
  await Deno.remove(data, { recursive: true });
  return [{
    work: `socket frame → committed row, ${target.name}`,
    value: frames / seconds,
    unit: "trades/s",
    aim: target.aim,
    ...(baseline ? { baseline } : {}),
  }];
}

/** p99 of the time from a trade's sending to its row being there for a query, at a steady rate. */
async function latency(
  target: Target,
  rate: number,
  seconds: number,
): Promise<Figure[]> {
  const data = await Deno.makeTempDir();
  const db = await openDatabase({
    data,
    ...(target.url ? { url: target.url } : {}),
  });
  await db.sql`truncate trades`;
  const store = new Store(db.sql);
  const waits: number[] = [];
  // The trade's own time is when it was sent; rows are counted once they are committed.
  const sent: number[] = [];
  const watch = setInterval(() => {
    const committed = store.counters.rows.trade ?? 0;
    const now = Date.now();
    while (waits.length < committed) waits.push(now - sent[waits.length]!);
  }, 2);
  await take(rate * seconds, rate, (trades, receivedAt) => {
    for (const trade of trades) sent.push(trade.ts / 1000);
    store.write(trades, receivedAt);
  });
  await store.close();
  await new Promise((wake) => setTimeout(wake, 10));
  clearInterval(watch);
  const [row] = await db.sql`select count(*)::int as n from trades`;
  if (row!.n !== rate * seconds) {
    throw new Error(`${row!.n} of ${rate * seconds} rows`);
  }
  await db.close();
  await Deno.remove(data, { recursive: true });
  waits.sort((a, b) => a - b);
  return [{
    work: `frame → queryable row at ${
      rate.toLocaleString("en-US")
    }/s, p99, ${target.name}`,
    value: waits[Math.floor(waits.length * 0.99)]!,
    unit: "ms",
    aim: 250,
  }];
}

/** Trades a second when the same frames are read and nothing is stored: what the socket and the adapter alone can do. */
async function readingOnly(frames: number): Promise<number> {
  let began = 0;
  await take(frames, undefined, () => {
    began ||= performance.now();
  });
  return frames / ((performance.now() - began) / 1000);
}

/** From socket frame to committed row on both databases. */
export async function benchIngest(frames = 300_000): Promise<Figure[]> {
  const baseline = {
    name: "frames read, nothing stored",
    value: await readingOnly(frames),
  };
  const server = await startPostgres({ synced: true });
  const figures: Figure[] = [];
  try {
    for (
      const target of [
        { name: "PostgreSQL", aim: 50_000, url: server.url },
        { name: "embedded, synced", aim: 30_000 },
      ]
    ) {
      figures.push(...await throughput(target, frames, baseline));
      figures.push(...await latency(target, 5000, 10));
    }
  } finally {
    await server.stop();
  }
  return figures;
}
