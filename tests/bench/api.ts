/** Charts that are opened: many clients ask for the newest candles of a market with a year of minutes. */
import { connect, openDatabase } from "../../collector/database/client.ts";
import { startPostgres } from "../support/postgres_server.ts";
import type { Figure } from "./figures.ts";

const CLIENTS = 16;
const BARS = 100;
const SECONDS = 15;

/** Asks from so many clients at once. @returns answers a second, and their times in milliseconds, ascending. */
async function ask(
  url: string,
  seconds: number,
): Promise<{ rate: number; times: number[] }> {
  const times: number[] = [];
  const began = performance.now();
  await Promise.all(Array.from({ length: CLIENTS }, async () => {
    while (performance.now() - began < seconds * 1000) {
      const asked = performance.now();
      const answer = await fetch(url);
      const { length } = await answer.bytes();
      if (!answer.ok || length < BARS * 100) {
        throw new Error(`${url} answered ${answer.status}, ${length} bytes`);
      }
      times.push(performance.now() - asked);
    }
  }));
  const rate = times.length / ((performance.now() - began) / 1000);
  return { rate, times: times.sort((a, b) => a - b) };
}

/** `/v1/candles` beside the same answer read from the whole history. */
export async function benchApi(): Promise<Figure[]> {
  const server = await startPostgres({ synced: true });
  let source: Deno.ChildProcess | undefined;
  try {
    await (await openDatabase({ url: server.url })).close();
    const sql = connect(server.url, 1);
    // Of every minute the venue's candle and the one of trades.
    await sql`
      insert into candles (venue, market, interval, ts, open, high, low, close, volume, quote_volume,
        trade_count, source, state, received_at)
      select 'upbit', 'KRW-BTC', '1m', ts, 91368000.5, 91370000, 91360000, 91369000, 1.23456789,
        112738291.5, 42, source, 'closed', ts
      from generate_series(timestamptz '2025-11-01', timestamptz '2026-10-31 23:59', interval '1 minute') as ts,
        unnest(array['venue', 'trades']) as source`;
    await sql`vacuum analyze candles`;
    const [{ minutes } = {}] = await sql`
      select count(distinct ts)::int as minutes from candles`;
    await sql.end();
    source = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--allow-net=127.0.0.1",
        "--allow-env",
        "--allow-read",
        "tests/bench/api_source.ts",
        server.url,
      ],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    let port = "";
    for await (
      const text of source.stdout.pipeThrough(new TextDecoderStream())
    ) {
      port += text;
      if (port.includes("\n")) break;
    }
    const at = `http://127.0.0.1:${port.trim()}`;
    const query = `?venue=upbit&market=KRW-BTC&limit=${BARS}`;
    await ask(`${at}/v1/candles${query}`, 3);
    const { rate, times } = await ask(`${at}/v1/candles${query}`, SECONDS);
    const whole = await ask(`${at}/whole${query}`, SECONDS);
    const p99 = (all: number[]) => all[Math.floor((all.length - 1) * .99)]!;
    const work = `/v1/candles, ${BARS} bars of a market with ${
      Number(minutes).toLocaleString("en-US")
    } minutes, ${CLIENTS} clients`;
    const name = "the whole history read for each answer";
    return [{
      work,
      value: rate,
      unit: "requests/s",
      aim: 1000,
      baseline: { name, value: whole.rate },
      note: "clients, API and PostgreSQL share the cores",
    }, {
      work: `${work}: p99`,
      value: p99(times),
      unit: "ms",
      aim: 50,
      baseline: { name, value: p99(whole.times) },
      note: `p50 ${times[times.length >> 1]!.toFixed(1)} ms`,
    }];
  } finally {
    source?.kill("SIGKILL");
    await source?.status;
    await server.stop();
  }
}
