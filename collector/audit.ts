/** `deno task audit`: what was observed, what was missed, and why. */
import { parseArgs } from "node:util";
import type postgres from "postgres";
import {
  auditCandles,
  auditCounts,
  type CandleCoverage,
  type CountCoverage,
  percent,
} from "./audit/tables.ts";
import { auditIds, type IdCount } from "./audit/ids.ts";
import { auditImports, type Import } from "./audit/imports.ts";
import { belowWords, readShare, unclaimed } from "./audit/known.ts";
import { auditText } from "./audit/text.ts";
import { openDatabase } from "./database/client.ts";
import { CliError, runTask } from "./cli/errors.ts";
import { venues } from "./venues/registry.ts";

const HELP = `What was observed of each market and channel, and what was not.

  deno task audit [--from TIME] [--to TIME] [--venue ID] [--market CODE] [--channel NAME]
                  [--require PERCENT]

  --from, --to TIME  the span by the venue's clock, such as 2026-11-20 or
                     2026-11-20T09:00+09:00; UTC where no zone is named. Default:
                     from the first observation to a few seconds ago
  --venue ID         only this venue or community
  --market CODE      only this market, board or query
  --channel NAME     only trade, ticker or book (the ledger of what sockets
                     delivered), candle (holes in the table of candles) or count
                     (minutes of communities)
  --require PERCENT  fail where less of the span than that, such as 99.9, is known
                     of any stream: observed or repaired. Of the ledger's streams,
                     or of the tables where --channel is candle or count
  --json             everything as data, with each gap and hole
  --help             show this

The first line says what of the span is unknown. Ends with 1 while a gap is open,
that is, neither repaired nor given up, and below what --require asks for.`;

/** What the sockets deliver now is committed by then; in milliseconds. */
const FLUSH_DELAY = 5000;

/** The channels that can be asked for. */
const CHANNELS = ["trade", "ticker", "book", "candle", "count"];

/** What is looked at; times in milliseconds UTC. */
export interface AuditOptions {
  from?: number;
  to?: number;
  venue?: string;
  market?: string;
  channel?: string;
  /** Only candles of this interval or source. */
  interval?: string;
  source?: string;
  /** Milliseconds UTC, default the clock. */
  now?: number;
}

/** The parts of a span; together they are the whole. */
export type Part =
  | "observed"
  | "repaired"
  | "unrecoverable"
  | "open"
  | "unknown";

/** A row of `gaps`; times are ISO in UTC, ids exact. */
export interface Gap {
  from: string;
  /** Null while it is under way. */
  to: string | null;
  from_id: string | null;
  to_id: string | null;
  reason: string;
  state: "open" | "repaired" | "unrecoverable";
  /** Rows that a refill brought. */
  recovered: number;
  note: string | null;
  /** The venue's clock less ours when it was opened, in milliseconds; null where it was not measured. */
  clock_offset_ms: number | null;
}

/** Coverage of one market and channel. */
export interface StreamCoverage {
  venue: string;
  market: string;
  channel: string;
  seconds: Record<Part, number>;
  percent: Record<Part, number>;
  gaps: Gap[];
}

/** What {@link audit} found. */
export interface AuditReport {
  /** ISO times of the ledger's span; null where the ledger holds nothing. */
  from: string | null;
  to: string | null;
  streams: StreamCoverage[];
  /** Markets whose ids are dense, whatever span was asked for. */
  ids: IdCount[];
  candles: CandleCoverage[];
  counts: CountCoverage[];
  /** Files that brought something of the span. */
  imports: Import[];
  /** Gaps that are open. */
  open: number;
}

/**
 * Looks through the ledger, the candles and the counts.
 * @throws {CliError} for a span that is none, or a venue or market of which nothing is known.
 */
export async function audit(
  sql: postgres.Sql,
  options: AuditOptions = {},
): Promise<AuditReport> {
  const { venue, market, channel } = options;
  const ledger = channel === undefined ||
    !["candle", "count"].includes(channel);
  const to = options.to ?? (options.now ?? Date.now()) - FLUSH_DELAY;
  const from = options.from ??
    (ledger
      ? await firstObserved(sql, options) ?? await firstImported(sql, options)
      : null);
  if (from !== null && from >= to) {
    throw new CliError(
      options.from === undefined
        ? "Nothing was observed before --to. Give a later time, or none."
        : "--from has to be earlier than --to, which is now where it is not given.",
    );
  }
  const scope = {
    from: options.from === undefined ? null : iso(options.from),
    // A candle of the minute under way is not missing yet.
    to: options.to === undefined && options.from === undefined ? null : iso(
      Math.min(to, Math.floor((options.now ?? Date.now()) / 60_000) * 60_000),
    ),
    venue,
    market,
    interval: options.interval,
    source: options.source,
  };
  const wants = (name: string) => channel === undefined || channel === name;
  const report: AuditReport = {
    from: ledger && from !== null ? iso(from) : null,
    to: ledger && from !== null ? iso(to) : null,
    streams: ledger && from !== null
      ? await coverage(sql, from, to, options)
      : [],
    ids: wants("trade")
      ? await auditIds(
        sql,
        Object.values(venues).filter((v) => v.trades.dense).map((v) => v.id),
        options,
      )
      : [],
    candles: wants("candle") ? await auditCandles(sql, scope) : [],
    counts: wants("count") ? await auditCounts(sql, scope) : [],
    imports: await importsOf(sql, options, scope),
    open: 0,
  };
  if (report.from !== null && report.to !== null) {
    report.streams.push(...unclaimed(report, report.from, report.to));
  }
  for (const { gaps } of report.streams) {
    report.open += gaps.filter((gap) => gap.state === "open").length;
  }
  const found = [report.streams, report.candles, report.counts, report.imports]
    .some((part) => part.length > 0);
  if (!found && (venue !== undefined || market !== undefined)) {
    throw new CliError(await unknownName(sql, options));
  }
  return report;
}

/** Imports of what is asked for. */
async function importsOf(
  sql: postgres.Sql,
  { channel, venue, market }: AuditOptions,
  { from, to }: { from: string | null; to: string | null },
): Promise<Import[]> {
  if (channel !== undefined && channel !== "trade" && channel !== "candle") {
    return [];
  }
  const kind = channel && (channel === "trade" ? "trades" : "candles");
  return await auditImports(sql, { from, to, venue, market, kind });
}

/** Restricts a query to what is asked for. */
const asked = (sql: postgres.Sql, { venue, market, channel }: AuditOptions) =>
  sql`
  ${venue === undefined ? sql`true` : sql`venue = ${venue}`}
  and ${market === undefined ? sql`true` : sql`market = ${market}`}
  and ${channel === undefined ? sql`true` : sql`channel = ${channel}`}`;

/** The beginning of the ledger in milliseconds, or null. */
async function firstObserved(
  sql: postgres.Sql,
  options: AuditOptions,
): Promise<number | null> {
  const [row] = await sql<{ first: number | null }[]>`
    select floor(min(extract(epoch from from_ts) * 1000 - offset_ms))::float8 as first from (
      select venue, market, channel, from_ts
      from observed, unnest(markets) as market, unnest(channels) as channel
      union all select venue, market, channel, from_ts from gaps
    ) as ledger left join (${offsets(sql)}) as clocks using (venue)
    cross join lateral (select coalesce(clocks.ms, 0) as offset_ms) as known
    where ${asked(sql, options)}`;
  return row?.first ?? null;
}

/** The first imported trade in milliseconds, where the ledger itself knows nothing. */
async function firstImported(
  sql: postgres.Sql,
  options: AuditOptions,
): Promise<number | null> {
  const found = await importsOf(sql, options, { from: null, to: null });
  const times = found.filter(({ kind }) => kind === "trades")
    .map(({ from }) => Math.floor(Date.parse(from)));
  return times.length === 0 ? null : Math.min(...times);
}

/** Each venue's clock less ours, as it was measured last. */
const offsets = (sql: postgres.Sql) =>
  sql`
  select distinct on (source) source as venue, offset_ms as ms from clock_offsets
  order by source, measured_at desc`;

/**
 * Each stream's parts of a span. Ends that were not asked for are moments of
 * ours: each venue's ledger is on the venue's own clock.
 */
async function coverage(
  sql: postgres.Sql,
  from: number,
  to: number,
  options: AuditOptions,
): Promise<StreamCoverage[]> {
  const clocks = await sql<{ venue: string; ms: number }[]>`
    select venue, coalesce(ms, 0)::float8 as ms
    from (select venue from observed union select venue from gaps) as known
    left join (${offsets(sql)}) as clocks using (venue)
    where ${
    options.venue === undefined ? sql`true` : sql`venue = ${options.venue}`
  } order by venue`;
  const streams: StreamCoverage[] = [];
  for (const { venue, ms } of clocks) {
    const first = from + (options.from === undefined ? ms : 0);
    const last = to + (options.to === undefined ? ms : 0);
    streams.push(
      ...await venueCoverage(sql, first, Math.max(first, last), {
        ...options,
        venue,
      }),
    );
  }
  return streams;
}

async function venueCoverage(
  sql: postgres.Sql,
  first: number,
  last: number,
  options: AuditOptions & { venue: string },
): Promise<StreamCoverage[]> {
  const [from, to] = [iso(first), iso(last)];
  const seconds = (part: Part) =>
    sql`(select coalesce(sum(extract(epoch from upper(r) - lower(r))), 0)::float8
      from unnest(${sql(part)}) as r)`;
  const rows = await sql<
    (
      & { venue: string; market: string; channel: string }
      & Record<Part, number>
    )[]
  >`
    select venue, market, channel, ${seconds("observed")} as observed, ${
    seconds("repaired")
  } as repaired,
      ${seconds("unrecoverable")} as unrecoverable, ${
    seconds("open")
  } as open, ${seconds("unknown")} as unknown
    from coverage(${from}::timestamptz, ${to}::timestamptz, ${options.venue})
    where ${asked(sql, options)} order by venue, market, channel`;
  const whole = (last - first) / 1000;
  const gaps = await gapsOf(sql, from, to, options);
  return rows.map(({ venue, market, channel, ...parts }) => ({
    venue,
    market,
    channel,
    seconds: parts,
    percent: Object.fromEntries(
      Object.entries(parts).map(([part, s]) => [part, percent(s, whole)]),
    ) as Record<Part, number>,
    gaps: gaps.get(`${venue} ${market} ${channel}`) ?? [],
  }));
}

/** The gaps that reach into the span, by their stream. */
async function gapsOf(
  sql: postgres.Sql,
  from: string,
  to: string,
  options: AuditOptions,
): Promise<Map<string, Gap[]>> {
  const time = (column: string) =>
    sql`to_char(${
      sql(column)
    } at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
  const rows = await sql<(Gap & { stream: string })[]>`
    select venue || ' ' || market || ' ' || channel as stream, ${
    time("from_ts")
  } as "from", ${time("to_ts")} as "to",
      from_id::text, to_id::text, reason, state, recovered, note, clock_offset_ms
    from gaps
    where ${asked(sql, options)}
      and from_ts < ${to}::timestamptz
      and (from_ts >= ${from}::timestamptz or coalesce(to_ts, 'infinity') > ${from}::timestamptz)
    order by from_ts, gap_id`;
  const gaps = new Map<string, Gap[]>();
  for (const { stream, ...gap } of rows) {
    const list = gaps.get(stream);
    if (list) list.push(gap);
    else gaps.set(stream, [gap]);
  }
  return gaps;
}

/** A sentence that names what could have been asked for. */
async function unknownName(
  sql: postgres.Sql,
  { venue, market, channel }: AuditOptions,
): Promise<string> {
  const rows = await sql<{ venue: string; markets: string[] }[]>`
    select venue, array_agg(distinct market order by market) as markets from (
      select venue, market from observed, unnest(markets) as market
      union select venue, market from gaps
      union select distinct venue, market from candles
      union select distinct source, query from counts
    ) as known group by venue order by venue`;
  const what = [venue, market, channel].filter((word) => word !== undefined)
    .join(" ");
  const own = rows.find((row) => row.venue === venue);
  const known = own
    ? `Of ${venue} there is ${some(own.markets)}.`
    : rows.length > 0
    ? `There is ${some(rows.map((row) => row.venue))}.`
    : "Nothing was collected or imported yet.";
  return `Nothing is known of ${what}. ${known}`;
}

const some = (names: string[]) =>
  names.slice(0, 8).join(", ") + (names.length > 8 ? ", …" : "");

const iso = (ms: number) => new Date(ms).toISOString();

/** Milliseconds of an ISO time, UTC where it names no zone. */
function readTime(text: string | undefined, option: string) {
  if (text === undefined) return undefined;
  const zoned = /^\d{4}-\d\d-\d\d$/.test(text) ||
      /[T ].*(Z|[+-]\d\d:?\d\d)$/.test(text)
    ? text
    : `${text}Z`;
  const time = Date.parse(zoned.replace(" ", "T"));
  if (!Number.isNaN(time)) return time;
  throw new CliError(
    `${option} wants a time such as 2026-11-20 or 2026-11-20T09:00+09:00, not "${text}".`,
  );
}

function readArguments(args: string[]) {
  const string = { type: "string" } as const;
  const boolean = { type: "boolean", default: false } as const;
  try {
    return parseArgs({
      args,
      options: {
        from: string,
        to: string,
        venue: string,
        market: string,
        channel: string,
        require: string,
        json: boolean,
        help: boolean,
      },
    }).values;
  } catch (error) {
    throw new CliError(
      `${
        (error as Error).message.replace(/\.$/, "")
      }. See \`deno task audit --help\`.`,
    );
  }
}

async function main(args: string[]): Promise<number> {
  const { json, help, from, to, require, ...scope } = readArguments(args);
  if (help) {
    console.log(HELP);
    return 0;
  }
  if (scope.channel !== undefined && !CHANNELS.includes(scope.channel)) {
    throw new CliError(
      `--channel wants one of ${CHANNELS.join(", ")}, not "${scope.channel}".`,
    );
  }
  const required = require === undefined ? null : readShare(require);
  const options = {
    ...scope,
    from: readTime(from, "--from"),
    to: readTime(to, "--to"),
  };
  const database = await openDatabase();
  try {
    const report = await audit(database.sql, options);
    console.log(json ? JSON.stringify(report) : auditText(report));
    const lacking = required === null ? null : belowWords(report, required);
    if (lacking !== null) console.error(`error: ${lacking}`);
    return report.open > 0 || lacking !== null ? 1 : 0;
  } finally {
    await database.close();
  }
}

if (import.meta.main) await runTask(main);
