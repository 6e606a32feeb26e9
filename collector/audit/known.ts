/** How much of an audit's span is known, and whether that is enough. */
import type { AuditReport, StreamCoverage } from "./findings.ts";
import { CliError } from "../cli/errors.ts";
import { count, share } from "./text.ts";

/** Series that are named; the rest is counted. */
const MOST = 8;

/** How much is known of one series. */
interface Known {
  /** `venue market channel`. */
  name: string;
  percent: number;
}

/** Streams that have trades but no record of what was observed. */
export function unclaimed(
  { streams, imports }: AuditReport,
  from: string,
  to: string,
): StreamCoverage[] {
  const known = new Set(
    streams.map((s) => `${s.venue} ${s.market} ${s.channel}`),
  );
  const whole = (Date.parse(to) - Date.parse(from)) / 1000;
  const none = { observed: 0, repaired: 0, unrecoverable: 0, open: 0 };
  const added: StreamCoverage[] = [];
  for (const { venue, market, kind } of imports) {
    const name = `${venue} ${market} trade`;
    if (kind !== "trades" || known.has(name)) continue;
    known.add(name);
    added.push({
      venue,
      market,
      channel: "trade",
      seconds: { ...none, unknown: whole },
      percent: { ...none, unknown: 100 },
      gaps: [],
    });
  }
  return added;
}

/**
 * How much of the span is known of each series: of the ledger's streams what was
 * observed or repaired, else of the tables' series, which have no ledger.
 */
function known({ streams, candles, counts }: AuditReport): Known[] {
  if (streams.length > 0) {
    return streams.map(({ venue, market, channel, percent }) => ({
      name: `${venue} ${market} ${channel}`,
      percent: percent.observed + percent.repaired,
    }));
  }
  return [
    ...candles.map((c) => ({
      name: `${c.venue} ${c.market} ${c.interval} candles from ${c.source}`,
      percent: c.known_percent,
    })),
    ...counts.map((c) => ({
      name: `${c.source} ${c.query} counts`,
      percent: c.known_percent,
    })),
  ];
}

/**
 * The share in percent of `--require`.
 * @throws {CliError} when it is none.
 */
export function readShare(text: string): number {
  const percent = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (percent <= 100) return percent;
  throw new CliError(
    `--require wants a share in percent such as 99.9, not "${text}".`,
  );
}

/** Which series are below the share in percent that is required, in words; null where none is. */
export function belowWords(
  report: AuditReport,
  percent: number,
): string | null {
  const all = known(report);
  if (all.length === 0 && percent > 0) {
    return `Nothing is known of the span, and --require asks for ${percent} %.`;
  }
  const below = all.filter((one) => one.percent < percent)
    .sort((a, b) => a.percent - b.percent);
  if (below.length === 0) return null;
  const names = below.map((one) => `${one.name} (${share(one.percent)})`);
  return `Less than ${percent} % of the span is known of ${
    count(below.length, "stream")
  } of ${all.length}: ${names.slice(0, MOST).join(", ")}${
    names.length > MOST ? ", …" : ""
  }.`;
}
