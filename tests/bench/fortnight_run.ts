/** What {@link benchFortnight} runs by a fast clock; its result is its only line on stdout. */
import { DuckDBInstance } from "@duckdb/node-api";
import { analyze } from "../../analytics/analyze.ts";
import { parseDuration } from "../../collector/cli/duration.ts";
import { openDatabase } from "../../collector/database/client.ts";
import { readContents } from "../../notebooks/marts.ts";
import { readPages } from "../../notebooks/site/pages.ts";
import { writeData } from "../../notebooks/site_data.ts";
import { freePort } from "../support/free_port.ts";
import { randomFrom } from "../support/random.ts";
import { type Running, runTask, startTask } from "../support/run_task.ts";
import type { FortnightOptions, FortnightResult } from "./fortnight.ts";
import { assertSame } from "./histories.ts";

const options: FortnightOptions = JSON.parse(Deno.args[0]!);
const problems: string[] = [];
const say = (text: string) =>
  console.error(`${new Date().toISOString().slice(0, 19)} ${text}`);
const sleep = (ms: number) => new Promise((wake) => setTimeout(wake, ms));
const HOUR = 3_600_000;

const data = await Deno.makeTempDir({ prefix: "crowdtape-fortnight-" });
const world = new Deno.Command(Deno.execPath(), {
  args: [
    "run",
    "-A",
    "--quiet",
    new URL("fortnight_world.ts", import.meta.url).pathname,
    String(options.rate),
  ],
  stdin: "piped",
  stdout: "piped",
  stderr: "inherit",
}).spawn();
const answers = world.stdout.pipeThrough(new TextDecoderStream()).getReader();
const asked = world.stdin.getWriter();

/** The next line of the simulator's. */
let rest = "";
async function answer(): Promise<string> {
  while (!rest.includes("\n")) {
    const { value, done } = await answers.read();
    if (done) throw new Error("the simulator has ended");
    rest += value;
  }
  const line = rest.slice(0, rest.indexOf("\n"));
  rest = rest.slice(line.length + 1);
  return line;
}

const { config, tokens } = JSON.parse(await answer());
const env: Record<string, string> = {
  CROWDTAPE_DATA: data,
  CROWDTAPE_CONFIG: `${data}/config.json`,
  CROWDTAPE_SALT: "a salt for tests",
  DATABASE_URL: "",
  ...tokens,
};
await Deno.writeTextFile(
  env.CROWDTAPE_CONFIG!,
  JSON.stringify({
    ...config,
    historyDays: 1,
    api: { host: "127.0.0.1", port: freePort() },
    run: { every: options.every, after: "5m", pages: `${data}/pages` },
  }),
);

/** Runs the collector with the chain for so long, killed so often. */
async function live(): Promise<FortnightResult["memory"]> {
  const random = randomFrom(1);
  const began = Date.now(), end = began + options.days * 24 * HOUR;
  const share = (end - began) / options.kills;
  // One in each equal part, anywhere in it.
  const kills = Array.from(
    { length: options.kills },
    (_, i) => began + share * (i + random()),
  );
  const memory: number[] = [];
  const log = await Deno.open(`${data}/run.log`, {
    create: true,
    append: true,
  });
  let running: Running | null = null;
  let told = 0, logged = 0;
  const hear = async () => {
    const text = running!.said();
    await log.write(new TextEncoder().encode(text.slice(logged)));
    logged = text.length;
  };
  while (Date.now() < end) {
    if (!running) {
      running = startTask(["run"], env);
      logged = 0;
    }
    let ended = false;
    running.ended.then(() => ended = true);
    await sleep(5 * 60_000);
    await hear();
    if (ended) {
      const { code, err } = await running.ended;
      problems.push(`run ended by itself with ${code}: ${err.slice(-500)}`);
      running = null;
      if (problems.length > 5) break;
      continue;
    }
    const size = await residentMegabytes(running.pid);
    if (size) memory.push(size);
    if (Date.now() - told > 6 * HOUR) {
      told = Date.now();
      say(
        `${((told - began) / HOUR).toFixed(0)} h, ${
          options.kills - kills.length
        } kills, ${size} MB`,
      );
    }
    if (kills.length > 0 && Date.now() > kills[0]!) {
      kills.shift();
      running.stop("SIGKILL");
      await running.ended;
      await hear();
      running = null;
      await sleep(20_000 * random());
    }
  }
  running?.stop("SIGTERM");
  const last = await running?.ended;
  if (last && last.code !== 0) {
    problems.push(`run ended with ${last.code}: ${last.err.slice(-500)}`);
  }
  log.close();
  const tenth = Math.max(1, Math.floor(memory.length / 10));
  const mean = (some: number[]) =>
    Math.round(some.reduce((a, b) => a + b, 0) / some.length);
  return {
    early: mean(memory.slice(tenth, 2 * tenth)),
    late: mean(memory.slice(-tenth)),
    most: Math.max(...memory),
    samples: memory.length,
  };
}

async function residentMegabytes(pid: number): Promise<number | null> {
  try {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)![1]) / 1024);
  } catch {
    return null;
  }
}

/** Each step once in each round, in their order, none beside itself. @returns the rounds. */
async function checkRuns(): Promise<number> {
  const { sql, close } = await openDatabase({ data, url: "", max: 1 });
  const runs = await sql<
    {
      round: Date;
      step: string;
      state: string;
      started_at: Date;
      ended_at: Date | null;
      error: string | null;
    }[]
  >`select * from runs order by run_id`;
  await close();
  const rounds = new Map<number, Map<string, number>>();
  let before: typeof runs[number] | null = null;
  for (const run of runs) {
    const steps = rounds.get(run.round.getTime()) ?? new Map<string, number>();
    rounds.set(run.round.getTime(), steps);
    if (run.state === "done") {
      steps.set(run.step, (steps.get(run.step) ?? 0) + 1);
    }
    if (run.state === "failed") {
      say(`${run.round.toISOString()} ${run.step} failed: ${run.error}`);
    }
    if (before && (!before.ended_at || before.ended_at > run.started_at)) {
      problems.push(
        `${run.step} of ${run.round.toISOString()} began before ${before.step} had ended`,
      );
    }
    before = run;
  }
  const times = [...rounds.keys()].sort((a, b) => a - b);
  const every = parseDuration(options.every, "every");
  for (let at = times[0]!; at < times.at(-1)!; at += every) {
    const steps = rounds.get(at);
    for (const step of ["snapshot", "forecast", "analyze", "publish", "site"]) {
      const done = steps?.get(step) ?? 0;
      if (done !== 1) {
        problems.push(
          `${step} of ${new Date(at).toISOString()} was done ${done} times`,
        );
      }
    }
  }
  return times.length;
}

/** What the simulator traded is in the lake, once, to the last digit, or in a gap that is not closed. */
async function checkTrades(): Promise<number> {
  await asked.write(new TextEncoder().encode(`${data}/truth.ndjson\n`));
  await answer();
  const instance = await DuckDBInstance.create();
  const db = await instance.connect();
  await db.run(`
    create table truth as select * from read_json('${data}/truth.ndjson', format = 'newline_delimited',
      columns = {venue: 'varchar', market: 'varchar', id: 'varchar', ts: 'bigint', size: 'varchar'});
    create table stored as select venue, market, trade_id::varchar as id, ts, size
      from read_parquet('${data}/lake/trades/**/*.parquet', hive_partitioning = true, union_by_name = true);`);
  const { sql, close } = await openDatabase({ data, url: "", max: 1 });
  const gaps = await sql`
    select venue, market, (extract(epoch from from_ts) * 1e6)::bigint::text as a,
      (extract(epoch from to_ts) * 1e6)::bigint::text as b
    from gaps where channel = 'trade' and state <> 'repaired' and to_ts is not null`;
  await close();
  await db.run(
    "create table gaps (venue varchar, market varchar, a bigint, b bigint)",
  );
  for (const { venue, market, a, b } of gaps) {
    await db.run(
      `insert into gaps values ('${venue}', '${market}', ${a}, ${b})`,
    );
  }
  const [row] = (await db.runAndReadAll(`
    with first as (select venue, market, min(ts) as ts from stored group by all),
    newest as (select venue, market, max(ts) as ts from stored group by all)
    select count(*) as traded,
      count(*) filter (where s.id is null) as lost,
      count(*) filter (where s.id is null and not exists (from gaps g where g.venue = t.venue
        and g.market = t.market and t.ts between g.a - 1000000 and g.b + 1000000)) as untold,
      count(*) filter (where s.size <> t.size::decimal(38,18)) as wrong
    from truth t join newest n using (venue, market) join first f using (venue, market)
    left join stored s on s.venue = t.venue and s.market = t.market and s.id = t.id
    where t.ts <= epoch_us(n.ts) and t.ts >= epoch_us(f.ts)`))
    .getRowObjectsJson();
  const { traded, lost, untold, wrong } = row as Record<string, string>;
  const [twice] = (await db.runAndReadAll(
    "select count(*) - count(distinct (venue, market, id)) as n from stored",
  )).getRowObjectsJson();
  db.closeSync();
  say(
    `${traded} trades, ${lost} lost of which ${untold} in no gap, ${wrong} wrong, ${
      twice!.n
    } twice`,
  );
  if (Number(untold) > 0) problems.push(`${untold} trades are lost untold`);
  if (Number(wrong) > 0) problems.push(`${wrong} trades are wrong`);
  if (Number(twice!.n) > 0) problems.push(`${twice!.n} trades are there twice`);
  return Number(traded);
}

/** The data of every page, as the site would show them. */
async function figuresOf(folder: string): Promise<Map<string, string>> {
  Deno.env.set("CROWDTAPE_DATA", folder);
  const pages = await readPages();
  const { markets } = await readContents(pages);
  const files = await writeData(
    `${folder}/figures`,
    pages,
    markets,
    new Set(),
  );
  // A name holds the hash of what is in it.
  return new Map(files.map(({ path, name }) => [path, name]));
}

try {
  const memory = await live();
  const rounds = await checkRuns();
  const seconds: Record<string, number> = {};
  const timed = async (name: string, work: () => Promise<unknown>) => {
    const start = performance.now();
    await work();
    seconds[name] = (performance.now() - start) / 1000 / options.speed;
    say(`${name}: ${seconds[name]!.toFixed(1)} s`);
  };
  for (const task of ["snapshot", "forecast", "analyze", "publish"]) {
    await timed(task, async () => {
      const { code, err } = await runTask([task], env);
      if (code !== 0) problems.push(`${task}: ${err.slice(-500)}`);
    });
  }
  const trades = await checkTrades();
  const fresh = `${data}/fresh`;
  await Deno.mkdir(fresh);
  for await (const { name } of Deno.readDir(data)) {
    if (/^(lake|simulated|\.)/.test(name)) {
      await Deno.symlink(`${data}/${name}`, `${fresh}/${name}`);
    }
  }
  await timed("full build", () => analyze({ data: fresh, full: true }));
  try {
    await assertSame(data, fresh, "kept up and made anew");
  } catch (error) {
    problems.push((error as Error).message.slice(0, 2000));
  }
  const kept = await figuresOf(data), anew = await figuresOf(fresh);
  for (const [path, hash] of anew) {
    if (kept.get(path) !== hash) problems.push(`${path} differs`);
  }
  const result: FortnightResult = {
    hours: options.days * 24,
    kills: options.kills,
    rounds,
    trades,
    problems,
    memory,
    seconds,
  };
  console.log(JSON.stringify(result));
  if (problems.length === 0) await Deno.remove(data, { recursive: true });
  else say(`what was found lies in ${data}`);
} finally {
  await asked.close();
  await world.status;
}
