/** An audit's report as text. */
import type { AuditReport, Gap, Part, StreamCoverage } from "../audit.ts";
import { offsetInWords } from "../model/venue_clock.ts";
import type { Hole } from "./tables.ts";

/** Gaps and holes told of one series; the rest is counted. */
const MOST = 8;

/** The report in lines, times in UTC with those of Seoul beside them. */
export function auditText(report: AuditReport): string {
  const { streams, candles, counts, imports } = report;
  if (
    streams.length + candles.length + counts.length + imports.length === 0
  ) {
    return "The ledger is empty: nothing was collected or imported yet. " +
      "`deno task collect` begins it.";
  }
  const parts = [unknownText(report), ledgerText(report)];
  if (candles.length > 0) {
    parts.push(section("candles", candles, candleLine, (c) => c.holes));
  }
  if (counts.length > 0) {
    parts.push(section("counts", counts, countLine, (c) => c.holes));
  }
  if (imports.length > 0) {
    parts.push(["imported files", ...imports.map(importLine)].join("\n"));
  }
  return parts.filter((part) => part !== "").join("\n\n");
}

/** Whether anything in the span is unknown, in one line: the most of it first. */
function unknownText({ streams, candles, counts }: AuditReport): string {
  const unknown = [
    ...streams.map(({ venue, market, channel, percent }) => ({
      name: `${venue} ${market} ${channel}`,
      percent: percent.unknown,
    })),
    ...candles.map((c) => ({
      name: `${c.venue} ${c.market} ${c.interval} candles from ${c.source}`,
      percent: percentMissing(c),
    })),
    ...counts.map((c) => ({
      name: `${c.source} ${c.query} counts`,
      percent: percentMissing(c),
    })),
  ];
  if (unknown.length === 0) return "";
  const some = unknown.filter(({ percent }) => percent > 0)
    .sort((a, b) => b.percent - a.percent);
  if (some.length === 0) return "unknown: nothing of the span";
  return `unknown: ${
    some.slice(0, MOST).map(({ name, percent }) =>
      `${share(percent)} of ${name}`
    ).join(", ")
  }${some.length > MOST ? `, and of ${some.length - MOST} more` : ""}`;
}

const percentMissing = ({ rows, missing }: { rows: number; missing: number }) =>
  rows + missing === 0 ? 0 : 100 * missing / (rows + missing);

const importLine = (one: AuditReport["imports"][number]): string =>
  `${one.venue} ${one.market} ${one.interval}${
    one.interval && " "
  }${one.kind} from ${one.file}, ${utcAndSeoul(one.from)} to ${
    utcAndSeoul(one.to)
  }: ${
    [
      count(one.rows, "row"),
      ...(one.first_id !== null
        ? [`ids ${one.first_id} to ${one.last_id}`]
        : []),
      ...(one.rejected > 0 ? [`${number(one.rejected)} rejected`] : []),
      ...(one.kind === "candles"
        ? []
        : one.complete
        ? ["its span counts as observed"]
        : ["nobody says that they are all of its span (--complete)"]),
    ].join(", ")
  }`;

const PARTS: Part[] = [
  "observed",
  "repaired",
  "unrecoverable",
  "open",
  "unknown",
];

function ledgerText({ from, to, streams, ids, open }: AuditReport): string {
  if (from === null || to === null) return "";
  const rows = streams.map((stream) => [
    stream.venue,
    stream.market,
    stream.channel,
    ...PARTS.map((part) => share(stream.percent[part])),
    String(stream.gaps.length),
  ]);
  const lines = [
    `ledger, ${utcAndSeoul(from)} to ${utcAndSeoul(to)}`,
    ...columns([["venue", "market", "channel", ...PARTS, "gaps"], ...rows], 3),
  ];
  for (const stream of streams) lines.push(...gapLines(stream));
  for (const { venue, market, first, last, missing, holes } of ids) {
    lines.push(
      `${venue} ${market} ids ${first} to ${last}: ${
        missing === "0"
          ? "none is missing"
          : `${missing} missing in ${count(holes, "hole")}`
      }`,
    );
  }
  lines.push(
    open === 0
      ? "no gap is open"
      : `${open} ${open === 1 ? "gap is" : "gaps are"} open`,
  );
  return lines.join("\n");
}

/** The open ones first, then the newest. */
function gapLines({ venue, market, channel, gaps }: StreamCoverage): string[] {
  if (gaps.length === 0) return [];
  const rank = (gap: Gap) =>
    gap.state === "open" ? 0 : gap.state === "unrecoverable" ? 1 : 2;
  const shown = gaps
    .map((gap, i) => ({ gap, i }))
    .sort((a, b) => rank(a.gap) - rank(b.gap) || b.i - a.i)
    .slice(0, MOST)
    .map(({ gap }) => `  ${gapLine(gap)}`);
  return [
    `${venue} ${market} ${channel}:`,
    ...shown,
    ...rest(gaps.length, "gap"),
  ];
}

function gapLine(gap: Gap): string {
  const length = gap.to === null
    ? "under way"
    : duration((Date.parse(gap.to) - Date.parse(gap.from)) / 1000);
  return [
    `${gap.state}, ${utcAndSeoul(gap.from)}, ${length}: ${gap.reason}`,
    ...(gap.from_id !== null || gap.to_id !== null
      ? [`ids ${gap.from_id ?? "?"} to ${gap.to_id ?? "?"}`]
      : []),
    ...(gap.recovered > 0 ? [`${number(gap.recovered)} recovered`] : []),
    ...(gap.note !== null ? [gap.note] : []),
    ...clockWords(gap.clock_offset_ms),
  ].join("; ");
}

/** The venue's clock, where it was far from ours when the gap was opened. */
function clockWords(offset: number | null): string[] {
  const words = offset === null ? null : offsetInWords(offset * 1000);
  return words ? [`the venue's clock was ${words}`] : [];
}

function section<T>(
  title: string,
  series: T[],
  line: (one: T) => string,
  holesOf: (one: T) => Hole[],
): string {
  const lines = [title];
  for (const one of series) {
    const holes = holesOf(one);
    lines.push(line(one));
    const longest = [...holes].sort((a, b) => b.missing - a.missing);
    for (const hole of longest.slice(0, MOST)) {
      lines.push(
        `  unknown, ${utcAndSeoul(hole.from)}, ${number(hole.missing)} missing`,
      );
    }
    lines.push(...rest(holes.length, "hole"));
  }
  return lines.join("\n");
}

const candleLine = (
  { venue, market, interval, source, ...c }: AuditReport["candles"][number],
): string =>
  `${venue} ${market} ${interval} from ${source}, ${utcAndSeoul(c.from)} to ${
    utcAndSeoul(c.to)
  }: ${count(c.rows, "row")}, ${count(c.holes.length, "hole")}, ${
    count(c.missing, missingName(interval))
  } missing, ${number(c.no_trade)} no_trade, ${number(c.partial)} partial, ${
    share(c.known_percent)
  } known`;

const countLine = (
  { source, query, bucket, ...c }: AuditReport["counts"][number],
): string =>
  `${source} ${query} ${bucket}, ${utcAndSeoul(c.from)} to ${
    utcAndSeoul(c.to)
  }: ${count(c.rows, "row")}, ${number(c.incomplete)} incomplete, ${
    count(c.holes.length, "hole")
  }, ${count(c.missing, missingName(bucket))} missing, ${
    share(c.known_percent)
  } complete`;

const missingName = (interval: string) =>
  interval === "1m" ? "minute" : `interval`;

function rest(all: number, what: string): string[] {
  return all > MOST
    ? [`  and ${count(all - MOST, `further ${what}`)}; --json has them all`]
    : [];
}

/** Text in columns, the first `left` of them to the left. */
function columns(rows: string[][], left: number): string[] {
  const widths = rows[0]!.map((_, i) =>
    Math.max(...rows.map((row) => row[i]!.length))
  );
  return rows.map((row) =>
    row.map((cell, i) =>
      i < left ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)
    ).join("  ").trimEnd()
  );
}

/** Percent of which neither 0 nor 100 is said unless it is. */
export function share(percent: number): string {
  if (percent > 0 && percent < 0.01) return "<0.01 %";
  if (percent < 100 && percent > 99.99) return "99.99 %";
  return `${Number(percent.toFixed(2))} %`;
}

/** `2026-11-20 00:00:00Z (KST 09:00:00)`, the Korean day beside it where it is another. */
export function utcAndSeoul(iso: string): string {
  const utc = iso.slice(0, 19).replace("T", " ");
  const seoul = new Date(Date.parse(iso) + 9 * 3_600_000).toISOString()
    .slice(0, 19).replace("T", " ");
  const sameDay = seoul.slice(0, 10) === utc.slice(0, 10);
  return `${utc}Z (KST ${sameDay ? seoul.slice(11) : seoul})`;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${Number(seconds.toFixed(3))} s`;
  if (seconds < 7200) return `${(seconds / 60).toFixed(1)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

const number = (n: number) => n.toLocaleString("en-US");
/** `1 row`, `2 rows`. */
export const count = (n: number, word: string) =>
  `${number(n)} ${word}${n === 1 ? "" : "s"}`;
