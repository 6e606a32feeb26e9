/**
 * `deno task collect`: markets and communities into the database, until it is
 * stopped.
 */
import { api } from "./api/api.ts";
import { processMetrics } from "./api/process_metrics.ts";
import { Front } from "./api/front.ts";
import { authorHasher, loadSalt } from "./communities/authors.ts";
import { communities } from "./communities/registry.ts";
import { watchCommunity } from "./communities/watch.ts";
import { type Config, loadConfig, type VenueConfig } from "./config.ts";
import { Crawler } from "./net/crawl.ts";
import { dataFolder, keepApart } from "./cli/data_folder.ts";
import { connect, type Database, openDatabase } from "./database/client.ts";
import { parseDuration } from "./cli/duration.ts";
import { CliError, readOptions, runTask } from "./cli/errors.ts";
import type { Event } from "./model/events.ts";
import { schedule } from "./database/jobs.ts";
import { pause, within } from "./model/pause.ts";
import { polledStreams, reportPresence } from "./watch/presence.ts";
import { watchRate } from "./watch/rates.ts";
import { dropOldText } from "./database/retention.ts";
import { keepSecret, masked } from "./cli/secrets.ts";
import { megabytes } from "./store/spools.ts";
import { Store } from "./store/store.ts";
import { VenueClock } from "./model/venue_clock.ts";
import { venues } from "./venues/registry.ts";
import { listMarkets, type Watch, watchVenue } from "./watch/watch.ts";

const HELP = `Collects markets and communities into the database.

  deno task collect [--for 90s]

  --for DURATION   stop by itself after that time (90s, 5m, 1h)
  --help           show this

CROWDTAPE_CONFIG names a configuration, DATABASE_URL a PostgreSQL, CROWDTAPE_DATA
the data folder. Ctrl-C stops it: what was received is written first.`;

/** After a stop was asked for: how long what is under way may take, and then the store. */
const WORK_WITHIN_MS = 2500, CLOSE_WITHIN_MS = 5000;

/** Trades that the venue pages back are evicted first when the spool is full. */
const canRefill = (source: string, kind: Event["kind"]): boolean =>
  kind === "trade" && source in venues &&
  venues[source]!.trades.paging !== "newest";

/** What is done beside collecting, until the signal aborts. */
export type Beside = (deps: {
  config: Config;
  database: Database;
  /** Of this process. */
  id: string;
  signal: AbortSignal;
  log(line: string): void;
}) => Promise<void>;

/** Collects until it is stopped. */
export async function collectTask(
  args: string[],
  { task, help, beside }: { task: string; help: string; beside?: Beside },
): Promise<void> {
  const values = readArguments(task, args);
  if (values.help) return console.log(help);
  const { duration } = values;
  const config = await loadConfig();
  await keepApart(config.simulated);
  const stop = new AbortController();
  const ended = () => stop.abort();
  Deno.addSignalListener("SIGINT", ended);
  Deno.addSignalListener("SIGTERM", ended);

  log(`configuration: ${Deno.env.get("CROWDTAPE_CONFIG") ?? "built in"}`);
  const listener = listen(config.api);
  const database = await openDatabase();
  log(
    `database: ${
      database.embedded
        ? `embedded under ${dataFolder()}`
        : masked(database.url)
    }`,
  );
  if (database.psql) log(`psql: ${database.psql}`);
  try {
    await collect(config, database, listener, stop.signal, duration, beside);
  } finally {
    await Promise.race([
      database.close(),
      new Promise((wake) => setTimeout(wake, 2000)),
    ]);
  }
}

function readArguments(
  task: string,
  args: string[],
): { help: boolean; duration: number | null } {
  const values = readOptions(task, args, {
    for: { type: "string" },
    help: { type: "boolean", default: false },
  });
  return {
    help: values.help,
    duration: values.for === undefined
      ? null
      : parseDuration(values.for, "--for"),
  };
}

/** Opens the API's port before anything else, so that a port in use is reported at once. */
function listen({ host, port }: Config["api"]): Deno.TcpListener {
  try {
    return Deno.listen({ hostname: host, port });
  } catch (error) {
    throw new CliError(
      error instanceof Deno.errors.AddrInUse
        ? `Port ${port} on ${host} is in use, by another collector perhaps. ` +
          `Stop that one, or set api.port in the configuration.`
        : `The API cannot listen on ${host}:${port}: ${
          (error as Error).message
        }.`,
    );
  }
}

async function collect(
  config: Config,
  database: Database,
  listener: Deno.TcpListener,
  stop: AbortSignal,
  duration: number | null,
  beside?: Beside,
): Promise<void> {
  const { sql, url } = database;
  const store = new Store(sql, {
    signal: stop,
    spool: { folder: `${dataFolder()}/spool`, ...config.spool },
    refillable: canRefill,
    onRetry: (error) =>
      log(`the database is away (${error.message}); what comes in waits`),
    onSpool: log,
  });
  const now = () => Date.now() * 1000;
  const work = new AbortController();
  const signal = AbortSignal.any([stop, work.signal]);
  const deps = { config, sql, store, signal, now, log };

  const watches: Watch[] = [];
  // Its own connections: requests do not wait behind writes.
  const asked = connect(url, 2);
  const server = new Front(
    listener,
    api({ sql: asked, metrics: () => processMetrics(store, watches) }).fetch,
    { onError: (error) => log(`API: ${error.message}`) },
  );
  const { hostname, port } = listener.addr;
  log(`API: http://${hostname}:${port}/healthz`);
  try {
    // A market that does not exist is reported before anything starts.
    const venues: [string, VenueConfig, string[], VenueClock][] = [];
    for (const [id, venue] of Object.entries(config.venues)) {
      const clock = new VenueClock(now);
      const markets = await listMarkets(id, venue, { ...deps, clock });
      venues.push([id, venue, markets, clock]);
    }
    if (duration !== null) setTimeout(() => work.abort(), duration);
    const tokens = communityTokens(config);
    const polled = polledStreams(config, (id) => tokens[id] !== undefined);
    for (const [id, venue, markets, clock] of venues) {
      watches.push(watchVenue(id, venue, markets, { ...deps, clock }));
    }
    const others: Promise<void>[] = [];
    const hashAuthor = authorHasher(await authorSalt(config));
    for (const [id, settings] of Object.entries(config.communities)) {
      others.push(
        watchCommunity(id, settings, {
          ...deps,
          hashAuthor,
          token: tokens[id],
        }),
      );
    }
    for (const [pair, rate] of Object.entries(config.rates)) {
      const crawler = new Crawler({ pauseMs: 1000 });
      others.push(watchRate(pair, rate, { ...deps, crawler }));
    }
    others.push(
      schedule(
        "day partitions",
        "7 * * * *",
        deps,
        () => ensurePartitions(database),
      ),
      schedule("retention", "23 3 * * *", deps, async () => {
        await dropOldText(sql, config.textDays, now());
      }),
      reportProgress(store, signal),
      reportPresence(sql, store.id, {
        streams: () => [...watches.flatMap((w) => w.streams()), ...polled],
        sockets: () => watches.map((watch) => watch.sockets()),
      }, signal),
    );
    if (beside) {
      others.push(beside({ config, database, id: store.id, signal, log }));
    }
    const running = [...watches.map((watch) => watch.done), ...others];
    await Promise.race([Promise.all(running), aborted(signal)]);
    log("stopping: writing what was received");
    const settled = new AbortController();
    await Promise.race([
      Promise.all(running),
      pause(WORK_WITHIN_MS, settled.signal),
    ]);
    settled.abort();
    try {
      await within(store.close(), CLOSE_WITHIN_MS);
    } catch (error) {
      throw new CliError(
        `${store.backlog} events could not be written or kept (${
          (error as Error).message
        }).`,
      );
    }
    log(`stopped; ${summary(store)}`);
    const { bytes } = store.spooled;
    if (bytes > 0) {
      log(
        `${
          megabytes(bytes)
        } that the database did not take are kept in ${dataFolder()}/spool; the next start writes them first`,
      );
    }
  } finally {
    work.abort();
    await Promise.race([
      server.shutdown().then(() => asked.end({ timeout: 1 })),
      new Promise((wake) => setTimeout(wake, 500)),
    ]);
  }
}

/** The token of each configured community, empty for one that needs none; one whose token is not set is left out. */
function communityTokens(config: Config): Record<string, string> {
  const tokens: Record<string, string> = {};
  for (const id of Object.keys(config.communities)) {
    const { token } = communities[id]!;
    const value = token && Deno.env.get(token.variable);
    if (token && !value) continue;
    if (value) keepSecret(value);
    tokens[id] = value ?? "";
  }
  return tokens;
}

/** The salt of authors' hashes; none is made where no community has authors. */
const authorSalt = async (config: Config): Promise<string> =>
  Object.keys(config.communities)
      .some((id) => communities[id]!.yields.includes("posts"))
    ? await loadSalt(dataFolder(), log)
    : "";

/** Partitions for the days to come, a week ahead; those of now in order where nothing else keeps them so. */
async function ensurePartitions({ sql, embedded }: Database): Promise<void> {
  await sql`
    select ensure_day_partitions(parent, (now() at time zone 'UTC')::date, (now() at time zone 'UTC')::date + 7)
    from unnest(array['trades', 'books']) as parent`;
  if (!embedded) return;
  await sql`select tend_day_partitions((now() at time zone 'UTC')::date - age)
    from generate_series(0, 1) as age`;
}

/** Logs every ten seconds what came in and how much waits. */
async function reportProgress(
  store: Store,
  signal: AbortSignal,
): Promise<void> {
  const timer = setInterval(() => log(summary(store)), 10_000);
  await aborted(signal);
  clearInterval(timer);
}

const number = new Intl.NumberFormat("en-US");

function summary({ counters, backlog, spooled }: Store): string {
  const kinds = Object.entries(counters.rows).map(([kind, rows]) =>
    `${number.format(rows)} ${PLURALS[kind] ?? kind}`
  );
  const rejects = Object.values(counters.rejects).reduce(
    (sum, n) => sum + n,
    0,
  );
  return `written: ${kinds.join(", ") || "nothing yet"}` +
    (rejects > 0 ? `; ${number.format(rejects)} rejects` : "") +
    (backlog > 1000 ? `; ${number.format(backlog)} waiting` : "") +
    (spooled.bytes > 0 ? `, ${megabytes(spooled.bytes)} on disk` : "");
}

const PLURALS: Record<string, string> = {
  trade: "trades",
  ticker: "tickers",
  book: "books",
  candle: "candles",
  post: "posts",
  comment: "comments",
  count: "counts",
  rate: "rates",
};

/** Resolves when the signal aborts. */
function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}

function log(line: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)}Z ${line}`);
}

if (import.meta.main) {
  await runTask((args) => collectTask(args, { task: "collect", help: HELP }));
}
