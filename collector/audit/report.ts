/** The audit: what was observed of each market and channel, and what was not. */
import type postgres from "postgres";
import { CliError } from "../cli/errors.ts";
import { auditIds } from "./ids.ts";
import type { AuditReport, Gap, Part, StreamCoverage } from "./findings.ts";
import { auditImports, type Import } from "./imports.ts";
import { unclaimed } from "./known.ts";
import { auditCandles, auditCounts, percent } from "./tables.ts";
import { venues } from "../venues/registry.ts";

/** What the sockets deliver now is committed by then; in milliseconds. */
const FLUSH_DELAY = 5000;

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
  const observed = ledger ? await ends(sql, options) : null;
  const from = options.from ??
    (ledger ? observed?.first ?? await firstImported(sql, options) : null);
  // A collector may run elsewhere, by a clock ahead of this one.
  const now = Math.max(
    options.now ?? Date.now(),
    observed?.last ?? -Infinity,
  );
  const to = options.to ?? now - FLUSH_DELAY;
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
      Math.min(to, Math.floor(now / 60_000) * 60_000),
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

/** The ledger's beginning and the last moment that it has seen, in milliseconds by the collector's clock, or null. */
async function ends(
  sql: postgres.Sql,
  options: AuditOptions,
): Promise<{ first: number; last: number | null } | null> {
  const [row] = await sql<{ first: number | null; last: number | null }[]>`
    select floor(min(extract(epoch from from_ts) * 1000 - offset_ms))::float8 as first,
      floor(max(extract(epoch from to_ts) * 1000 - offset_ms))::float8 as last from (
      select venue, market, channel, from_ts, to_ts
      from observed, unnest(markets) as market, unnest(channels) as channel
      union all select venue, market, channel, from_ts, null from gaps
    ) as ledger left join (${offsets(sql)}) as clocks using (venue)
    cross join lateral (select coalesce(clocks.ms, 0) as offset_ms) as known
    where ${asked(sql, options)}`;
  if (!row || row.first === null) return null;
  return { first: row.first, last: row.last };
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
      from_id::text, to_id::text, reason, detail, state, recovered, note, note_detail, clock_offset_ms
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
