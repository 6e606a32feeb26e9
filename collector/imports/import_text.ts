/** An import's report as text. */
import { auditText, utcAndSeoul } from "../audit/text.ts";
import type { ImportReport } from "./import_report.ts";

/** Reasons of rejects that are told; the rest is counted. */
const MOST = 8;

/** The report in lines. */
export function importText(report: ImportReport): string {
  const { kind, venue, market, file, format, unit } = report;
  const what = [report.interval, kind].filter((word) => word !== null).join(
    " ",
  );
  const lines = [
    `${file} (${format}): ${n(report.rows)} ${what} of ${venue} ${market}` +
    (report.from && report.to
      ? `, ${utcAndSeoul(report.from)} to ${utcAndSeoul(report.to)}`
      : ""),
    `  columns: ${
      Object.entries(report.columns).map(([field, name]) => `${field}=${name}`)
        .join(", ")
    }; times ${report.times}`,
  ];
  if (report.unused_columns.length > 0) {
    lines.push(`  not used: ${report.unused_columns.join(", ")}`);
  }
  for (const note of report.notes) lines.push(`  ${note}`);
  lines.push(`  ${outcome(report)}`);
  if (report.unordered > 0) {
    lines.push(`  ${n(report.unordered)} rows are earlier than the one before`);
  }
  for (const { reason, rows, first } of report.reasons.slice(0, MOST)) {
    lines.push(`  rejected: ${n(rows)}, first at ${unit} ${first}: ${reason}`);
  }
  if (report.reasons.length > MOST) {
    lines.push(
      `  and ${
        n(report.reasons.length - MOST)
      } further reasons; --json has them all`,
    );
  }
  if (report.complete) {
    lines.push(
      `  its span counts as observed; ${
        n(report.gaps_closed)
      } gaps closed by it`,
    );
  }
  if (report.candles > 0) {
    lines.push(`  ${n(report.candles)} candles were made of them`);
  }
  if (report.audit) lines.push("", auditText(report.audit));
  if (kind === "trades" && report.audit && !report.complete) {
    lines.push(
      "",
      "The ledger makes no claim about this span. If the file holds every trade of it, " +
        "say so with --complete.",
    );
  }
  return lines.join("\n");
}

function outcome(report: ImportReport): string {
  const { added, replaced, unchanged, rejected } = report;
  if (report.dry_run) {
    return `checked only: ${n(report.good)} rows are good, ${
      n(rejected)
    } would be rejected`;
  }
  const counts = `${n(added)} new, ${n(replaced)} replaced, ${
    n(unchanged)
  } there already, ${n(rejected)} rejected`;
  return added + replaced === 0 ? `nothing changed: ${counts}` : counts;
}

const n = (value: number) => value.toLocaleString("en-US");
