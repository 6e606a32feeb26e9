/**
 * Many viewers: a collector of 800 markets, 1,000 clients of its `/v1/live` and
 * somebody who asks `/healthz` all the time.
 */
import type { Figure } from "./figures.ts";
import { CollectorProcess } from "../support/collector_process.ts";
import { startPostgres } from "../support/postgres_server.ts";

const MARKETS = 800;
const CLIENTS = 1000;
const SECONDS = 60;
/** Every market's first news, and the heap settles. */
const WARM_UP = 30;

const wait = (ms: number) => new Promise((wake) => setTimeout(wake, ms));

/** Memory of a process in MB, as the system counts it, and the processor seconds that it has used. */
function usage(pid: number): { mb: number; cpu: number } {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!
    .split(" ");
  return {
    mb: Number(/VmRSS:\s+(\d+)/.exec(status)![1]) * 1024 / 1e6,
    // In ticks of 10 ms.
    cpu: (Number(stat[11]) + Number(stat[12])) / 100,
  };
}

/** One script as a process that prints what it found at last, or its port at first. */
const start = (file: string, ...args: string[]) =>
  new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-net=127.0.0.1", `tests/bench/${file}`, ...args],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const part of stream) {
    text += new TextDecoder().decode(part);
    if (text.includes("\n")) break;
  }
  return text.trim();
}

/** Asks again and again. @returns the answers' times in milliseconds, ascending. */
async function askHealth(
  url: string,
  forMs: number,
): Promise<{ times: number[]; unwell: number }> {
  const times: number[] = [];
  let unwell = 0;
  const end = performance.now() + forMs;
  while (performance.now() < end) {
    const began = performance.now();
    const answer = await fetch(url);
    await answer.body?.cancel();
    times.push(performance.now() - began);
    if (!answer.ok) unwell++;
    await wait(50);
  }
  return { times: times.sort((a, b) => a - b), unwell };
}

/** 1,000 clients of `/v1/live`, with the answers' times of `/healthz` beside them. */
export async function benchLive(): Promise<Figure[]> {
  const server = await startPostgres({ synced: true });
  const data = await Deno.makeTempDir();
  const source = start("live_source.ts", String(MARKETS));
  const port = await firstLine(source.stdout);
  const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const api = probe.addr.port;
  probe.close();
  await Deno.writeTextFile(
    `${data}/config.json`,
    JSON.stringify({
      venues: {
        upbit: {
          markets: ["KRW-*"],
          socket: `ws://127.0.0.1:${port}`,
          rest: `http://127.0.0.1:${port}`,
        },
      },
      rates: {},
      historyDays: 0,
      api: { port: api },
    }),
  );
  const collector = new CollectorProcess({
    DATABASE_URL: server.url,
    CROWDTAPE_DATA: data,
    CROWDTAPE_CONFIG: `${data}/config.json`,
  }, `${data}/log`);
  const samples: { mb: number; cpu: number }[] = [];
  try {
    const health = `http://127.0.0.1:${api}/healthz`;
    for (let i = 0;; i++) {
      const answer = await fetch(health).catch(() => null);
      await answer?.body?.cancel();
      if (answer?.ok) break;
      if (i === 120) throw new Error(await Deno.readTextFile(`${data}/log`));
      await wait(1000);
    }
    await wait(WARM_UP * 1000);
    const before = usage(collector.pid!);
    const clients = start(
      "live_clients.ts",
      String(api),
      String(CLIENTS),
      String(SECONDS),
    );
    const timer = setInterval(() => samples.push(usage(collector.pid!)), 500);
    // Asked from this process, which has nothing else to do: the clients' own is busy reading.
    const asked = askHealth(health, SECONDS * 1000);
    const { least, mb, closed } = JSON.parse(await firstLine(clients.stdout));
    clearInterval(timer);
    const { times, unwell } = await asked;
    await clients.status;
    if (collector.failures.length > 0) {
      throw new Error(collector.failures[0]!.said);
    }
    const at = (share: number) =>
      times[Math.floor((times.length - 1) * share)]!;
    const cpu = samples.at(-1)!.cpu - samples[0]!.cpu;
    const work = `${
      CLIENTS.toLocaleString("en-US")
    } clients of /v1/live, ${MARKETS} markets, ${SECONDS} s`;
    return [{
      work: `${work}: the collector's memory at most`,
      value: Math.max(...samples.map(({ mb }) => mb)),
      unit: "MB",
      aim: 300,
      note: `${before.mb.toFixed(0)} MB before them; ${
        (100 * cpu / (samples.length / 2)).toFixed(0)
      } % of a core, all of its work`,
    }, {
      work: `${work}: /healthz, p99`,
      value: at(0.99),
      unit: "ms",
      aim: 250,
      note: `p50 ${at(0.5).toFixed(1)} ms, longest ${
        at(1).toFixed(0)
      } ms, of ${times.length}; ${unwell} not 200`,
    }, {
      work: `${work}: events that the slowest client got`,
      value: least,
      unit: "events",
      note: `${
        (mb / SECONDS).toFixed(0)
      } MB/s together, gzipped; ${closed} closed`,
    }];
  } finally {
    await collector.end();
    source.kill("SIGKILL");
    await source.status;
    await server.stop();
    await Deno.remove(data, { recursive: true });
  }
}
