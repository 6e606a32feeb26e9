/**
 * The fault run: collectors as processes on a real PostgreSQL, simulated venues
 * of which everything is known, and much that goes wrong.
 */
import type postgres from "postgres";
import { connect, migrate } from "../../collector/database/client.ts";
import type { Fault } from "../../collector/sandbox/faults.ts";
import { type Sandbox, startSandbox } from "../../collector/sandbox/sandbox.ts";
import { CollectorProcess } from "../support/collector_process.ts";
import { auditOf } from "./fault_audit.ts";
import { type FaultReport, problemsOf } from "./fault_problems.ts";
import { marketsOf, nameOf, type Planned, VENUES } from "./fault_plan.ts";
import {
  lateOutsideGaps,
  type Loss,
  lossesOf,
  readGaps,
  untold,
} from "./fault_gaps.ts";
import { compareMarket, type MarketReport } from "./fault_report.ts";
import { settled } from "./fault_settled.ts";
import { Times } from "./fault_times.ts";
import { HostClock, type HostSpan } from "../support/host_clock.ts";
import type { ConditionsOption } from "../../collector/sandbox/conditions.ts";
import type { SimulatedVenue } from "../../collector/sandbox/simulators.ts";
import {
  type PostgresServer,
  startPostgres,
} from "../support/postgres_server.ts";

/** How a run is made. */
export interface FaultRunOptions {
  seed: number;
  plan: Planned[];
  /** Default {@link VENUES}. */
  venues?: SimulatedVenue[] | undefined;
  /** The order flow, relative to the usual one. */
  rate: number;
  channels: string[];
  collectors: number;
  /** Milliseconds that each collector's clock is ahead at first; left out: the true clock. */
  hostClocks?: number[];
  /** Of the venues; default `unkind`. */
  conditions?: ConditionsOption;
  /** Time without faults at the start and, at least, at the end. */
  calmMs: number;
  /** Longest time that the refill may take after the last fault. */
  settleMs: number;
  log?: (line: string) => void;
}

const sleep = (ms: number) =>
  new Promise<void>((wake) => setTimeout(wake, Math.max(0, ms)));

/** Runs the plan and compares what is stored with what was traded. */
export async function faultRun(options: FaultRunOptions): Promise<FaultReport> {
  const { seed, rate, venues = VENUES, log = () => {} } = options;
  const server = await startPostgres();
  const folder = await Deno.makeTempDir({ prefix: "crowdtape-faults-" });
  // The order flow grows with the minute after the start: it began a minute ago.
  let made = false;
  const sandbox = await startSandbox({
    seed,
    rate,
    days: 1,
    venues,
    ...(options.conditions && { conditions: options.conditions }),
    now: () => made ? Date.now() : Date.now() - 60_000,
  });
  made = true;
  const collectors: CollectorProcess[] = [];
  const clocks = (options.hostClocks ?? []).map((offsetMs, i) =>
    new HostClock(`${folder}/clock-${i}`, offsetMs)
  );
  log(
    JSON.stringify({
      conditions: sandbox.conditions,
      ...options.hostClocks && { hostClocks: options.hostClocks },
    }),
  );
  try {
    const sql = connect(server.url, 2);
    await migrate(sql);
    for (let i = 0; i < options.collectors; i++) {
      collectors.push(
        await startCollector(options, sandbox, server, folder, i, clocks[i]),
      );
    }
    const run = new Run(options, server, sandbox, collectors, clocks, sql);
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
  clock: HostClock | undefined,
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
    ...clock?.env,
  }, `${folder}/collector-${i}.log`);
}

class Run {
  #losses: Loss[] = [];
  #halted: Promise<unknown> = Promise.resolve();
  #faults: Record<string, number> = {};
  /** Each market's newest id when all were observed. */
  #since = new Map<string, bigint>();
  #log: (line: string) => void;
  #venues: SimulatedVenue[];

  constructor(
    readonly options: FaultRunOptions,
    readonly server: PostgresServer,
    readonly sandbox: Sandbox,
    readonly collectors: CollectorProcess[],
    readonly clocks: HostClock[],
    readonly sql: postgres.Sql,
  ) {
    const began = Date.now();
    this.#venues = options.venues ?? VENUES;
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
    const settledAfter = await settled(this.sql, sandbox, {
      venues: this.#venues,
      over,
      withinMs: options.settleMs,
      log: this.#log,
    });
    this.#log(
      settledAfter === null ? "not settled" : "no gap is open",
    );
    // What was traded by then has had the time to be delivered and verified.
    const until = Object.fromEntries(
      this.#venues.map((
        venue,
      ) => [venue, (sandbox.clock(venue) - 15_000) * 1000]),
    );
    const times = new Times(sandbox, this.#hostSpans());
    // Later there are those of the collectors' own end.
    const [open] = await this.sql`
      select count(*)::int as n from gaps where state = 'open'`;
    const audit = await auditOf(this.server.url);
    await Promise.all(collectors.map((collector) => collector.end()));
    return await this.#report({
      began,
      until,
      times,
      settledAfter,
      open: open!.n,
      audit,
      folder,
    });
  }

  /** How far the collectors' clocks were off, and when. */
  #hostSpans(): HostSpan[] {
    return this.clocks.length > 0
      ? this.clocks.flatMap(({ spans }) => spans)
      : [{ from: -Infinity, to: Infinity, offsetMs: 0 }];
  }

  /** Resolves once every market's trades are stored. */
  async #listening(): Promise<void> {
    const wanted = marketsOf(this.#venues).length;
    for (let waited = 0; waited < 60_000; waited += 250) {
      const [row] = await this.sql`
        select count(distinct (source, stream))::int as n from stream_stats where channel = 'trade'`;
      if (row!.n >= wanted) {
        const newest = await this.sql`
          select venue, market, max(trade_id)::text as id from trades group by 1, 2`;
        for (const { venue, market, id } of newest) {
          this.#since.set(`${venue} ${market}`, BigInt(id));
        }
        if (newest.length >= wanted) return;
      }
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
      case "clock":
        this.#setClock(planned.collector, planned.clockMs);
        break;
      case "kill": {
        const { collector, forMs, clockMs } = planned;
        const killed = collectors[collector]!.kill(forMs);
        if (clockMs !== undefined) this.#setClock(collector, clockMs);
        this.#log(
          killed ? `collector ${collector} is killed` : "nothing to kill",
        );
        if (!killed || collectors.length > 1) break;
        for (const venue of this.#venues) {
          const from = Date.now() * 1000;
          const to = from + forMs * 1000;
          this.#losses.push({ what: "kill", venue, markets: [], from, to });
        }
      }
    }
  }

  #setClock(collector: number, offsetMs: number): void {
    this.clocks[collector]!.set(offsetMs);
    this.#log(`the clock of collector ${collector} is set to ${offsetMs} ms`);
  }

  /** The cut after which so many trades will have been made; an hour at most. */
  #away(
    { venue, market, trades }: Extract<Planned, { what: "away" }>,
  ): Fault {
    const { world } = this.sandbox;
    const from = this.sandbox.clock(venue);
    let forMs = 1000;
    while (
      forMs < 3_600_000 &&
      world.trades(venue, market, from * 1000, (from + forMs) * 1000).length <
        trades
    ) forMs += 1000;
    return { kind: "cut", venue, forMs };
  }

  async #report(
    { began, until, times, ...found }:
      & { began: number; until: Record<string, number>; times: Times }
      & Pick<FaultReport, "settledAfter" | "open" | "audit" | "folder">,
  ): Promise<FaultReport> {
    const { sql, sandbox, collectors, options } = this;
    const markets: MarketReport[] = [];
    const lateTrades: Record<string, string> = {};
    const rows = await readGaps(sql);
    const iso = (ts: number) => new Date(ts / 1000).toISOString();
    for (const of of marketsOf(this.#venues)) {
      const { venue, market } = of;
      const since = this.#since.get(`${venue} ${market}`)!;
      markets.push(
        await compareMarket(of, {
          sql,
          sandbox,
          gaps: rows,
          since,
          until: until[venue]!,
        }),
      );
      const late = await lateOutsideGaps(sql, of, since, rows, times);
      const [from, to] = [late[0], late.at(-1)];
      if (!from || !to) continue;
      lateTrades[`${venue} ${market}`] =
        `${late.length} trades, ${from.id} of ${iso(from.ts)} to ${to.id} of ${
          iso(to.ts)
        }, ` +
        `received at ${iso(from.received)}`;
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
      untold: untold(
        losses,
        rows,
        sandbox.world,
        times,
        (venue) => marketsOf([venue as SimulatedVenue]).map((m) => m.market),
      ),
      lateOutsideGaps: lateTrades,
      hostClockSet: this.clocks.some(({ spans }) => spans.length > 1),
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
    const ledger = await sql`select * from gaps order by gap_id`;
    const spans = await sql`select * from observed order by from_ts`;
    await Deno.writeTextFile(
      `${found.folder}/ledger.json`,
      [...ledger, ...spans].map((row) => JSON.stringify(row)).join("\n"),
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
