/**
 * The fault run: collectors as processes on a real PostgreSQL, four simulated
 * venues of which everything is known, and much that goes wrong.
 */
import type postgres from "postgres";
import { connect, migrate } from "../collector/database.ts";
import type { Fault } from "../collector/sandbox/faults.ts";
import { worldMarkets } from "../collector/sandbox/markets.ts";
import { type Sandbox, startSandbox } from "../collector/sandbox/sandbox.ts";
import { CollectorProcess } from "./collector_process.ts";
import { type FaultReport, problemsOf } from "./fault_problems.ts";
import { nameOf, type Planned, VENUES } from "./fault_plan.ts";
import {
  compareMarket,
  lateOutsideGaps,
  type Loss,
  lossesOf,
  type MarketReport,
  untold,
} from "./fault_report.ts";
import type { AuditReport } from "../collector/audit.ts";
import { type PostgresServer, startPostgres } from "./postgres_server.ts";
import { runTask } from "./run_task.ts";

/** How a run is made. */
export interface FaultRunOptions {
  seed: number;
  plan: Planned[];
  /** The order flow, relative to the usual one. */
  rate: number;
  channels: string[];
  collectors: number;
  /** Time without faults at the start and, at least, at the end. */
  calmMs: number;
  /** Longest time that the refill may take after the last fault. */
  settleMs: number;
  /** Told of what happens. */
  log?: (line: string) => void;
}

const sleep = (ms: number) =>
  new Promise<void>((wake) => setTimeout(wake, Math.max(0, ms)));

/** Runs the plan and compares what is stored with what was traded. */
export async function faultRun(options: FaultRunOptions): Promise<FaultReport> {
  const { seed, rate, log = () => {} } = options;
  const server = await startPostgres();
  const folder = await Deno.makeTempDir({ prefix: "crowdtape-faults-" });
  // The order flow grows with the minute after the start: it began a minute ago.
  let made = false;
  const sandbox = await startSandbox({
    seed,
    rate,
    days: 1,
    venues: VENUES,
    now: () => made ? Date.now() : Date.now() - 60_000,
  });
  made = true;
  const collectors: CollectorProcess[] = [];
  try {
    const sql = connect(server.url, 2);
    await migrate(sql);
    for (let i = 0; i < options.collectors; i++) {
      collectors.push(
        await startCollector(options, sandbox, server, folder, i),
      );
    }
    const run = new Run(options, server, sandbox, collectors, sql);
    const report = await run.run(folder);
    await sql.end({ timeout: 5 });
    if (report.problems.length === 0) {
      await Deno.remove(folder, { recursive: true });
    } else log(`the collectors' logs are in ${folder}`);
    return report;
  } finally {
    await Promise.all(collectors.map((collector) => collector.end()));
    await sandbox.close();
    await server.stop();
  }
}

async function startCollector(
  { channels }: FaultRunOptions,
  sandbox: Sandbox,
  server: PostgresServer,
  folder: string,
  i: number,
): Promise<CollectorProcess> {
  // Each as on a machine of its own.
  const data = `${folder}/${i}`;
  await Deno.mkdir(data);
  const venues = Object.fromEntries(
    Object.entries(sandbox.config.venues).map(([id, venue]) => [
      id,
      { ...venue, channels },
    ]),
  );
  await Deno.writeTextFile(
    `${data}/config.json`,
    JSON.stringify({
      venues,
      communities: {},
      rates: {},
      historyDays: 0,
      verifySeconds: 5,
      api: { port: 0 },
    }),
  );
  return new CollectorProcess({
    CROWDTAPE_DATA: data,
    CROWDTAPE_CONFIG: `${data}/config.json`,
    CROWDTAPE_SALT: "a salt for tests",
    DATABASE_URL: server.url,
  }, `${folder}/collector-${i}.log`);
}

class Run {
  #losses: Loss[] = [];
  #halted: Promise<unknown> = Promise.resolve();
  #faults: Record<string, number> = {};
  #log: (line: string) => void;

  constructor(
    readonly options: FaultRunOptions,
    readonly server: PostgresServer,
    readonly sandbox: Sandbox,
    readonly collectors: CollectorProcess[],
    readonly sql: postgres.Sql,
  ) {
    const began = Date.now();
    this.#log = (line) =>
      options.log?.(`${((Date.now() - began) / 1000).toFixed(1)} s: ${line}`);
  }

  async run(folder: string): Promise<FaultReport> {
    const { options, sandbox, collectors } = this;
    const began = Date.now();
    await this.#listening();
    this.#log("all venues are observed");
    await sleep(options.calmMs);
    const start = Date.now();
    for (const planned of options.plan) {
      await sleep(start + planned.atMs - Date.now());
      this.#begin(planned);
    }
    await this.#halted;
    const lastTo = Math.max(...sandbox.faults.records.map(({ to }) => to));
    await sleep(lastTo - Date.now());
    sandbox.faults.stop();
    this.#log(`the last of ${options.plan.length} faults is over`);
    const over = Date.now();
    await sleep(options.calmMs);
    const settledAfter = await this.#settled(over);
    this.#log(
      settledAfter === null ? "gaps are still open" : "no gap is open",
    );
    // What was traded by then has had the time to be delivered and verified.
    const until = (Date.now() - 15_000) * 1000;
    // Later there are those of the collectors' own end.
    const [open] = await this.sql`
      select count(*)::int as n from gaps where state = 'open'`;
    const audit = await this.#audit();
    await Promise.all(collectors.map((collector) => collector.end()));
    return await this.#report({
      began,
      until,
      settledAfter,
      open: open!.n,
      audit,
      folder,
    });
  }

  async #audit(): Promise<FaultReport["audit"]> {
    const { code, out, err } = await runTask(
      ["audit", "--json", "--channel", "trade"],
      { DATABASE_URL: this.server.url },
    );
    if (out === "") throw new Error(`audit: ${err}`);
    const { open, streams }: AuditReport = JSON.parse(out);
    const of = (part: "unrecoverable" | "unknown") =>
      Object.fromEntries(
        streams.filter(({ seconds }) => seconds[part] > 0).map((
          { venue, market, seconds },
        ) => [`${venue} ${market}`, seconds[part]]),
      );
    return {
      code,
      open,
      unrecoverable: of("unrecoverable"),
      unknown: of("unknown"),
    };
  }

  /** Resolves once every market's trades are stored. */
  async #listening(): Promise<void> {
    const wanted = worldMarkets.length;
    for (let waited = 0; waited < 60_000; waited += 250) {
      const [row] = await this.sql`
        select count(distinct (source, stream))::int as n from feeds where channel = 'trade'`;
      if (row!.n >= wanted) return;
      await sleep(250);
    }
    const said = this.collectors.flatMap((c) => c.failures.map((f) => f.said));
    throw new Error(`not every market trades after a minute: ${said.at(-1)}`);
  }

  #begin(planned: Planned): void {
    const { sandbox, collectors, server } = this;
    const name = nameOf(planned);
    this.#faults[name] = (this.#faults[name] ?? 0) + 1;
    switch (planned.what) {
      case "venue":
      case "away": {
        const fault = planned.what === "venue"
          ? planned.fault
          : this.#away(planned);
        sandbox.faults.start(fault);
        this.#log(JSON.stringify(fault));
        break;
      }
      case "postgres": {
        const { how, forMs } = planned;
        this.#log(`PostgreSQL is stopped (${how}) for ${forMs} ms`);
        // One after the other where two of them meet.
        this.#halted = this.#halted.then(async () => {
          await server.halt(how);
          await sleep(forMs);
          await server.resume();
        });
        break;
      }
      case "kill": {
        const { collector, forMs } = planned;
        const killed = collectors[collector]!.kill(forMs);
        this.#log(
          killed ? `collector ${collector} is killed` : "nothing to kill",
        );
        if (!killed || collectors.length > 1) break;
        for (const venue of VENUES) {
          const from = Date.now() * 1000;
          const to = from + forMs * 1000;
          this.#losses.push({ what: "kill", venue, markets: [], from, to });
        }
      }
    }
  }

  /** The cut after which so many trades will have been made; an hour at most. */
  #away(
    { venue, market, trades }: Extract<Planned, { what: "away" }>,
  ): Fault {
    const from = Date.now();
    const { world } = this.sandbox;
    let forMs = 1000;
    while (
      forMs < 3_600_000 &&
      world.trades(venue, market, from * 1000, (from + forMs) * 1000).length <
        trades
    ) forMs += 1000;
    return { kind: "cut", venue, forMs };
  }

  /** Waits until no gap is open for a while; seconds since `over`, or null when it never was so. */
  async #settled(over: number): Promise<number | null> {
    let since: number | null = null;
    let told = 0;
    while (Date.now() < over + this.options.settleMs) {
      const [row] = await this.sql`
        select count(*)::int as n from gaps where state = 'open'`;
      if (row!.n > 0) since = null;
      else since ??= Date.now();
      if (since !== null && Date.now() - since > 12_000) {
        return Math.max(0, since - over) / 1000;
      }
      if (row!.n > 0 && Date.now() - told > 15_000) {
        told = Date.now();
        this.#log(`${row!.n} gaps are open`);
      }
      await sleep(500);
    }
    return null;
  }

  async #report(
    { began, until, ...found }:
      & { began: number; until: number }
      & Pick<FaultReport, "settledAfter" | "open" | "audit" | "folder">,
  ): Promise<FaultReport> {
    const { sql, sandbox, collectors, options } = this;
    const markets: MarketReport[] = [];
    const lateTrades: Record<string, string> = {};
    for (const { venue, market } of worldMarkets) {
      markets.push(await compareMarket(sql, sandbox, venue, market, until));
      const late = await lateOutsideGaps(sql, venue, market);
      const [from, to] = [late[0], late.at(-1)];
      if (!from || !to) continue;
      lateTrades[`${venue} ${market}`] =
        `${late.length} trades of ${from.ts.toISOString()} to ${to.ts.toISOString()}, ` +
        `received at ${from.received_at.toISOString()}`;
    }
    const gaps: Record<string, number> = {};
    for (
      const row of await sql`
        select venue, state, case when channel = 'trade' then 'trades' else 'others' end as of,
          regexp_replace(reason, '[0-9]+', 'n', 'g') as reason, count(*)::int as n
        from gaps where not (state = 'open' and reason = 'stopped') group by 1, 2, 3, 4 order by 1, 2, 5 desc`
    ) {
      gaps[`${row.venue} ${row.of} ${row.state}: ${row.reason}`] = row.n;
    }
    const [rejects] = await sql`select count(*)::int as n from rejects`;
    const losses = collectors.length > 1
      ? [] // another collector may have seen it
      : [...this.#losses, ...lossesOf(sandbox.faults.records)];
    const report: FaultReport = {
      seed: options.seed,
      seconds: Math.round((Date.now() - began) / 1000),
      faults: this.#faults,
      markets,
      ...found,
      gaps,
      rejects: rejects!.n,
      untold: await untold(
        sql,
        losses,
        (venue) =>
          worldMarkets.filter((m) => m.venue === venue).map((m) => m.market),
      ),
      lateOutsideGaps: lateTrades,
      kills: collectors.reduce((sum, c) => sum + c.kills, 0),
      failures: collectors.flatMap((c) =>
        c.failures.map(({ code, said }) =>
          `${code}: ${said.trim().split("\n").at(-1)}`
        )
      ),
      exits: collectors.map((collector) => collector.exit),
      problems: [],
    };
    report.problems = problemsOf(report);
    const rows = await sql`select * from gaps order by gap_id`;
    const spans = await sql`select * from observed order by from_ts`;
    await Deno.writeTextFile(
      `${found.folder}/ledger.json`,
      [...rows, ...spans].map((row) => JSON.stringify(row)).join("\n"),
    );
    await Deno.writeTextFile(
      `${found.folder}/faults.json`,
      sandbox.faults.records.map(({ lostTrades, from, to, ...record }) =>
        JSON.stringify({
          from: new Date(from),
          to: new Date(to),
          ...record,
          lost: [...lostTrades],
        })
      ).join("\n"),
    );
    return report;
  }
}
